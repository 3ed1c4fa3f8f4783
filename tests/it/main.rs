//! The doubts, a file each.

mod audit;
mod bad;
mod calculus;
mod cli;
mod committed;
mod derive;
mod emit;
mod generated;
mod losses;
mod notation;
mod oracle;
mod steps;
mod tidy;
mod verify;
