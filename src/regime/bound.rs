//! Kernel × pieces → the bound proved for each output.
