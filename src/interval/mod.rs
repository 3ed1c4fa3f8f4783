//! Intervals of reals with outward rounding and open or closed ends.
