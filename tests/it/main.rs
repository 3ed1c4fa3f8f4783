//! The doubts, a file each.

mod bad;
mod notation;
mod oracle;
