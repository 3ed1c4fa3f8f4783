//! The doubters: kernels and derivatives against oracle and dual numbers.
