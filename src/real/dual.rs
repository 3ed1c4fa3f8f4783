//! Dual numbers as scalars, and gradient and Hessian by them. The one file that names `num_dual`.
//!
//! Traps of num-dual: `powf` gives NaN for 0^0.5 and ∞ for 1e-150^0.5, and a sigmoid close to 1 has no digits left in
//! its complement, so duals judge in the interior and the oracle judges at the ends.

use std::cmp::Ordering;
use std::sync::Arc;

use nalgebra::{DMatrix, DVector, Dyn};
use num_dual::{Dual2Vec, DualNum};

use super::{Checked, Fault, Program, Real};
use crate::expr::Expr;
use crate::rational::Rational;

/// A dual number of any kind over f64.
#[derive(Clone, Debug)]
pub struct Dual<D> {
    /// The number and its derivatives.
    pub inner: D,
    varies: bool,
}

impl<D: DualNum<Primitive = f64>> Dual<D> {
    /// A number that carries derivatives.
    pub fn variable(inner: D) -> Dual<D> {
        Dual { inner, varies: true }
    }

    /// A number without derivatives.
    pub fn constant(value: f64) -> Dual<D> {
        Dual { inner: D::from(value), varies: false }
    }

    fn map(&self, function: impl FnOnce(&D) -> D) -> Dual<D> {
        Dual { inner: function(&self.inner), varies: self.varies }
    }

    fn join(&self, other: &Dual<D>, function: impl FnOnce(D, &D) -> D) -> Dual<D> {
        Dual { inner: function(self.inner.clone(), &other.inner), varies: self.varies || other.varies }
    }

    fn checked(&self, defined: bool, function: impl FnOnce(&D) -> D) -> Checked<Dual<D>> {
        if defined { Ok(self.map(function)) } else { Err(Fault::Undefined) }
    }
}

impl<D: DualNum<Primitive = f64>> Real for Dual<D> {
    fn number(&self, value: &Rational) -> Self {
        Dual::constant(value.to_f64())
    }

    fn add(&self, other: &Self) -> Checked<Self> {
        Ok(self.join(other, |a, b| a + b))
    }

    fn neg(&self) -> Self {
        self.map(|a| -a.clone())
    }

    fn mul(&self, other: &Self) -> Checked<Self> {
        Ok(self.join(other, |a, b| a * b))
    }

    fn div(&self, other: &Self) -> Checked<Self> {
        if other.inner.re() == 0.0 { Err(Fault::Undefined) } else { Ok(self.join(other, |a, b| a / b)) }
    }

    fn pow(&self, exponent: &Self) -> Checked<Self> {
        let base = self.inner.re();
        match exponent.whole().and_then(|power| i32::try_from(power).ok()) {
            Some(power) if base != 0.0 || power >= 0 => Ok(self.map(|a| a.powi(power))),
            Some(_) => Err(Fault::Undefined),
            None if base > 0.0 => Ok(self.join(exponent, |a, b| (a.ln() * b).exp())),
            // 0^b is 0 for b > 0, but its derivatives need not exist
            None => Err(Fault::Undefined),
        }
    }

    fn exp(&self) -> Checked<Self> {
        Ok(self.map(D::exp))
    }

    fn log(&self) -> Checked<Self> {
        self.checked(self.inner.re() > 0.0, D::ln)
    }

    fn log1p(&self) -> Checked<Self> {
        self.checked(self.inner.re() > -1.0, D::ln_1p)
    }

    fn expm1(&self) -> Checked<Self> {
        Ok(self.map(D::exp_m1))
    }

    fn logistic(&self) -> Checked<(Self, Self)> {
        let small = self.map(|a| if a.re() >= 0.0 { (-a.clone()).exp() } else { a.exp() });
        let whole = small.map(|small| small.clone() + 1.0);
        let (large, small) = (whole.map(D::recip), small.join(&whole, |a, b| a / b));
        Ok(if self.inner.re() >= 0.0 { (large, small) } else { (small, large) })
    }

    fn softplus(&self) -> Checked<Self> {
        let tail = |a: D| a.exp().ln_1p();
        Ok(self.map(|a| if a.re() > 0.0 { a.clone() + tail(-a.clone()) } else { tail(a.clone()) }))
    }

    fn sqrt(&self) -> Checked<Self> {
        self.checked(self.inner.re() > 0.0 || (self.inner.re() == 0.0 && !self.varies), D::sqrt)
    }

    fn compare(&self, other: &Self) -> Checked<Ordering> {
        self.inner.re().partial_cmp(&other.inner.re()).ok_or(Fault::Undefined)
    }

    fn whole(&self) -> Option<i64> {
        if self.varies { None } else { self.inner.re().whole() }
    }
}

/// A gradient and a Hessian.
pub type Derivatives = (DVector<f64>, DMatrix<f64>);

/// The gradient and the Hessian of an expression in `names` at a point; `fixed` are names that do not vary.
///
/// Shape   `at` has as many numbers as `names`; the results have that length, and its square.
///
/// # Errors
/// Where an operation is undefined, or has no second derivative that duals can give.
pub fn gradient_hessian(
    expr: &Expr,
    names: &[Arc<str>],
    at: &[f64],
    fixed: &[(Arc<str>, f64)],
) -> Checked<Derivatives> {
    let mut inputs: Vec<Arc<str>> = names.to_vec();
    inputs.extend(fixed.iter().map(|(name, _)| name.clone()));
    let program = Program::new(&inputs, &[], std::slice::from_ref(expr));
    let numbers = program.numbers(&Dual::<Dual2Vec<f64, Dyn>>::constant(0.0));
    let point =
        DVector::from_iterator(names.len(), at.iter().copied().chain(std::iter::repeat(f64::NAN)).take(names.len()));
    let fault = std::cell::Cell::new(None);
    let value = |at: DVector<Dual2Vec<f64, Dyn>>| {
        let mut inputs: Vec<_> = at.iter().map(|x| Dual::variable(x.clone())).collect();
        inputs.extend(fixed.iter().map(|(_, value)| Dual::constant(*value)));
        match program.run(&inputs, &numbers).pop().unwrap_or(Err(Fault::Undefined)) {
            Ok(value) => value.inner,
            Err(why) => {
                fault.set(Some(why));
                Dual2Vec::from_re(f64::NAN)
            }
        }
    };
    let (_, gradient, hessian) = num_dual::hessian(value, &point);
    fault.get().map_or(Ok((gradient, hessian)), Err)
}
