//! The binary: a thin door over the library.

fn main() {}
