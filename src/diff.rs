//! Differentiation as a trace of steps.
