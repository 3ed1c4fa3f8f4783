//! The doubts, a file each.

mod bad;
mod cli;
mod emit;
mod notation;
