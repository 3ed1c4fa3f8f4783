//! f64 and f32 as scalars: the formula as it stands, rounded at every operation.

use std::cmp::Ordering;

use super::{Checked, Fault, Real};
use crate::rational::Rational;

macro_rules! floats {
    ($($float:ident $convert:ident;)*) => {$(
        impl Real for $float {
            fn number(&self, value: &Rational) -> $float {
                value.$convert()
            }
            fn add(&self, other: &$float) -> Checked<$float> {
                Ok(self + other)
            }
            fn neg(&self) -> $float {
                -self
            }
            fn mul(&self, other: &$float) -> Checked<$float> {
                Ok(self * other)
            }
            fn div(&self, other: &$float) -> Checked<$float> {
                if *other == 0.0 { Err(Fault::Undefined) } else { Ok(self / other) }
            }
            fn pow(&self, exponent: &$float) -> Checked<$float> {
                let integer = exponent.fract() == 0.0;
                let defined = *self > 0.0 || (*self == 0.0 && *exponent >= 0.0) || (*self < 0.0 && integer);
                if defined || self.is_nan() || exponent.is_nan() { Ok(self.powf(*exponent)) } else { Err(Fault::Undefined) }
            }
            fn exp(&self) -> Checked<$float> {
                Ok($float::exp(*self))
            }
            fn log(&self) -> Checked<$float> {
                if *self <= 0.0 { Err(Fault::Undefined) } else { Ok(self.ln()) }
            }
            fn log1p(&self) -> Checked<$float> {
                if *self <= -1.0 { Err(Fault::Undefined) } else { Ok(self.ln_1p()) }
            }
            fn expm1(&self) -> Checked<$float> {
                Ok(self.exp_m1())
            }
            fn logistic(&self) -> Checked<($float, $float)> {
                let small = $float::exp(-$float::abs(*self));
                let (large, small) = (1.0 / (1.0 + small), small / (1.0 + small));
                Ok(if *self >= 0.0 { (large, small) } else { (small, large) })
            }
            fn softplus(&self) -> Checked<$float> {
                Ok($float::max(*self, 0.0) + $float::exp(-$float::abs(*self)).ln_1p())
            }
            fn sqrt(&self) -> Checked<$float> {
                if *self < 0.0 { Err(Fault::Undefined) } else { Ok($float::sqrt(*self)) }
            }
            fn compare(&self, other: &$float) -> Checked<Ordering> {
                self.partial_cmp(other).ok_or(Fault::Undefined)
            }
            fn whole(&self) -> Option<i64> {
                // the floats from −2^53 to 2^53 are exact as i64
                (self.fract() == 0.0 && $float::abs(*self) <= 9.0e15).then_some(*self as i64)
            }
        }
    )*};
}
floats! { f64 to_f64; f32 to_f32; }
