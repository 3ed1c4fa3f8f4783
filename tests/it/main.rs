//! The doubts, a file each.

mod bad;
mod cli;
mod notation;
mod verify;
