//! The doubts, a file each.

mod apart;
mod audit;
mod bad;
mod build;
mod calculus;
mod categorical;
mod check;
mod classes;
mod cli;
mod committed;
mod coq;
mod derive;
mod duals;
mod emit;
mod generated;
mod losses;
mod normalised;
mod notation;
mod only;
mod oracle;
mod own;
mod peers;
mod probability;
mod records;
mod rows;
#[cfg(feature = "kernels")]
mod speed;
mod steps;
mod stranger;
mod sweep;
mod tampered;
mod tidy;
mod verify;
