//! The doubts, a file each.
