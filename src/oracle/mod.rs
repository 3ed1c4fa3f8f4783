//! Arbitrary precision: doubles its digits until two precisions agree.

pub mod judge;
