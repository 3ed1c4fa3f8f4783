//! The doubts, a file each.

mod emit;
mod bad;
mod cli;
mod notation;
mod oracle;
mod verify;
