//! The doubts, a file each.

mod bad;
mod cli;
mod derive;
mod emit;
mod losses;
mod notation;
mod oracle;
mod steps;
mod tidy;
mod verify;
