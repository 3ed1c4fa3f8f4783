//! The doubts, a file each.

mod audit;
mod bad;
mod build;
mod calculus;
mod cli;
mod committed;
mod derive;
mod emit;
mod generated;
mod losses;
mod notation;
mod oracle;
mod own;
mod steps;
mod tidy;
mod verify;
