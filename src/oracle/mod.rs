//! Arbitrary precision: doubles its digits until two agree.
