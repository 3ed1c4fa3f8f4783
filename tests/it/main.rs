//! The doubts, a file each.

mod emit;
