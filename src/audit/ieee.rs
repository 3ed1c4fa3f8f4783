//! Floats as processors have them: every operation gives a result, infinite or NaN where there is no number.

use std::cmp::Ordering;

use crate::kernel::Format;
use crate::rational::Rational;
use crate::real::{Checked, Fault, Program, Real};

macro_rules! ieee {
    ($($name:ident $float:ident $convert:ident;)*) => {$(
        /// A float whose operations never fail.
        #[derive(Clone, Copy, Debug)]
        struct $name($float);

        impl Real for $name {
            fn number(&self, value: &Rational) -> $name {
                $name(value.$convert())
            }
            fn add(&self, other: &$name) -> Checked<$name> {
                Ok($name(self.0 + other.0))
            }
            fn neg(&self) -> $name {
                $name(-self.0)
            }
            fn mul(&self, other: &$name) -> Checked<$name> {
                Ok($name(self.0 * other.0))
            }
            fn div(&self, other: &$name) -> Checked<$name> {
                Ok($name(self.0 / other.0))
            }
            fn pow(&self, exponent: &$name) -> Checked<$name> {
                Ok($name(self.0.powf(exponent.0)))
            }
            fn exp(&self) -> Checked<$name> {
                Ok($name(self.0.exp()))
            }
            fn log(&self) -> Checked<$name> {
                Ok($name(self.0.ln()))
            }
            fn log1p(&self) -> Checked<$name> {
                Ok($name(self.0.ln_1p()))
            }
            fn expm1(&self) -> Checked<$name> {
                Ok($name(self.0.exp_m1()))
            }
            fn logistic(&self) -> Checked<($name, $name)> {
                let small = (-self.0.abs()).exp();
                let (large, small) = ($name(1.0 / (1.0 + small)), $name(small / (1.0 + small)));
                Ok(if self.0 >= 0.0 { (large, small) } else { (small, large) })
            }
            fn softplus(&self) -> Checked<$name> {
                Ok($name(self.0.max(0.0) + (-self.0.abs()).exp().ln_1p()))
            }
            fn sqrt(&self) -> Checked<$name> {
                Ok($name(self.0.sqrt()))
            }
            fn compare(&self, other: &$name) -> Checked<Ordering> {
                self.0.partial_cmp(&other.0).ok_or(Fault::Undefined)
            }
            fn whole(&self) -> Option<i64> {
                // the floats from −2^53 to 2^53 are exact as i64
                (self.0.fract() == 0.0 && self.0.abs() <= 9.0e15).then_some(self.0 as i64)
            }
        }
    )*};
}
ieee! { Ieee32 f32 to_f32; Ieee64 f64 to_f64; }

/// A program in floats, at a point.
pub type Run = Box<dyn Fn(&[f64]) -> f64>;

/// The program in floats of the format; NaN where a comparison has no answer.
pub fn runner(program: &Program, format: Format) -> Run {
    let program = program.clone();
    match format {
        Format::F32 => {
            let numbers = program.numbers(&Ieee32(0.0));
            Box::new(move |at| {
                let inputs: Vec<Ieee32> = at.iter().map(|value| Ieee32(*value as f32)).collect();
                program.run(&inputs, &numbers).pop().and_then(Result::ok).map_or(f64::NAN, |value| f64::from(value.0))
            })
        }
        Format::F64 => {
            let numbers = program.numbers(&Ieee64(0.0));
            Box::new(move |at| {
                let inputs: Vec<Ieee64> = at.iter().map(|value| Ieee64(*value)).collect();
                program.run(&inputs, &numbers).pop().and_then(Result::ok).map_or(f64::NAN, |value| value.0)
            })
        }
    }
}
