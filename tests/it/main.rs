//! The doubts, a file each.

mod cli;
