//! Stable forms by regime: forms with the least rounding bound.
