//! Spec × point → the true loss, gradient and Hessian, known to far more digits than any float format has.
//!
//! The judge differentiates the formula of the spec itself, by jets; it reads nothing of the defence.

use crate::expr::Expr;
use crate::kernel::KernelParameter;
use crate::spec::Spec;

/// A real known to at least 90 bits: `(hi + lo)·2^exponent`, 1 ≤ |hi| < 2 or hi = 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The leading part.
    pub hi: f64,
    /// What follows it, |lo| ≤ ulp(hi)/2.
    pub lo: f64,
    /// Power of two.
    pub exponent: i64,
}

/// The true value at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Truth {
    /// A finite real.
    Finite(Known),
    /// +∞ or −∞, as a limit that the spec's `[edges]` state.
    Infinite {
        /// Is it −∞?
        negative: bool,
    },
    /// Neither defined nor a stated limit: the kernel must give NaN.
    Undefined,
}

/// The truths of one point.
#[derive(Clone, Debug)]
pub struct Truths {
    /// Loss, then d_x, then d2_x, as many as the order asks for.
    pub outputs: Vec<Truth>,
    /// The sum T of absolute terms that an error of d2_x is measured against, where one was given.
    pub terms: Option<Truth>,
}

/// Knows the truth of one loss under one setting of its parameters.
pub struct Judge {
    _private: (),
}

impl Judge {
    /// A judge of the spec under settings: fixed parameters count as the value that they were rounded to, `none` as
    /// the spec says. `terms` is the sum of absolute terms of d2_x, in names of the spec.
    pub fn new(_spec: &Spec, _parameters: &[KernelParameter], _terms: Option<&Expr>) -> Judge {
        Judge { _private: () }
    }

    /// The truths at a point; `open` are the values of the parameters left as arguments, in order. NaN anywhere, a
    /// label that is none and a parameter outside its domain give `Undefined`.
    pub fn truths(&self, _x: f64, _y: f64, _open: &[f64], _order: u8) -> Truths {
        Truths { outputs: Vec::new(), terms: None }
    }
}
