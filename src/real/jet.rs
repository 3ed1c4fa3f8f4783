//! Jets: value, first and second derivative in one variable, over any scalar.
//!
//! The rules of differentiation are stated here a second time, on numbers, so that they doubt the symbolic ones.
//! Three things keep digits where the plain rules would cancel them, at points as far out as the floats go:
//!
//! - A jet that comes from `exp` and `sigmoid` by products, quotients and powers also carries the derivatives
//!   of log|v|, its *slope* (λ, μ): v' = vλ, v'' = v(λ² + μ), and log v has the derivatives λ and μ themselves. (By
//!   the plain rule (log σ(u))'' = σ''/σ − (σ'/σ)² = q(q − p) − q², whose terms agree in all digits where p is small.)
//! - A sigmoid remembers its argument and its complement: `1 - sigmoid(u)` is the complement, never a difference.
//! - The log of a remembered sigmoid is −softplus of the negated argument, that of a remembered exp its argument:
//!   sigmoid(−1e300) is positive, but below every number that a 64-bit exponent can hold.

use std::cmp::Ordering;

use super::{Checked, Fault, Real};
use crate::rational::Rational;

/// Value and derivatives up to `ORDER` ≤ 2 of a function of one variable. A derivative that is `None` is exactly 0.
#[derive(Clone, Debug)]
pub struct Jet<R, const ORDER: usize> {
    /// The value.
    pub value: R,
    /// The first derivative.
    pub first: Option<R>,
    /// The second derivative.
    pub second: Option<R>,
    slope: Option<Slope<R>>,
    origin: Option<Box<Origin<R>>>,
}

/// First and second derivative of log|v|.
#[derive(Clone, Debug)]
struct Slope<R> {
    first: Option<R>,
    second: Option<R>,
}

/// What a value was made as.
#[derive(Clone, Debug)]
enum Origin<R> {
    /// exp of the argument.
    Exp { argument: R },
    /// sigmoid of the argument, whose derivatives are `first` and `second`; `complement` is sigmoid(−argument).
    Logistic { argument: R, first: Option<R>, second: Option<R>, complement: R },
}

/// Sum of two derivatives.
fn plus<R: Real>(a: Option<R>, b: Option<R>) -> Checked<Option<R>> {
    match (a, b) {
        (Some(a), Some(b)) => Ok(Some(a.add(&b)?)),
        (a, b) => Ok(a.or(b)),
    }
}

/// Product of a derivative and a factor.
fn times<R: Real>(a: &Option<R>, factor: &R) -> Checked<Option<R>> {
    a.as_ref().map(|a| a.mul(factor)).transpose()
}

/// Product of two derivatives.
fn product<R: Real>(a: &Option<R>, b: &Option<R>) -> Checked<Option<R>> {
    match (a, b) {
        (Some(a), Some(b)) => Ok(Some(a.mul(b)?)),
        _ => Ok(None),
    }
}

fn negated<R: Real>(a: &Option<R>) -> Option<R> {
    a.as_ref().map(R::neg)
}

fn over<R: Real>(a: Option<R>, divisor: &R) -> Checked<Option<R>> {
    a.map(|a| a.div(divisor)).transpose()
}

impl<R: Real, const ORDER: usize> Jet<R, ORDER> {
    /// What does not vary.
    pub fn constant(value: R) -> Self {
        Jet { value, first: None, second: None, slope: None, origin: None }
    }

    /// The variable itself.
    pub fn variable(value: R) -> Self {
        let one = value.integer(1);
        Jet { first: (ORDER > 0).then_some(one), ..Jet::constant(value) }
    }

    fn is_constant(&self) -> bool {
        self.first.is_none() && self.second.is_none()
    }

    fn is_one(&self) -> bool {
        self.is_constant() && self.value.whole() == Some(1)
    }

    /// A function of this jet, given its value and its derivatives at the value.
    fn chain(&self, value: R, d: impl FnOnce() -> Checked<R>, d2: impl FnOnce(&R) -> Checked<R>) -> Checked<Self> {
        if self.is_constant() {
            return Ok(Jet::constant(value));
        }
        let d = d()?;
        let first = times(&self.first, &d)?;
        let second = match (&self.first, ORDER > 1) {
            (Some(inner), true) => plus(times(&self.second, &d)?, Some(inner.mul(inner)?.mul(&d2(&d)?)?))?,
            _ => None,
        };
        Ok(Jet { value, first, second, slope: None, origin: None })
    }

    /// A value whose logarithm has these derivatives.
    fn of_slope(value: R, slope: Slope<R>) -> Checked<Self> {
        let first = times(&slope.first, &value)?;
        let second = if ORDER > 1 {
            let squared = product(&slope.first, &slope.first)?;
            times(&plus(squared, slope.second.clone())?, &value)?
        } else {
            None
        };
        Ok(Jet { value, first, second, slope: Some(slope), origin: None })
    }

    /// sigmoid(argument) with the complement, where the argument has these derivatives.
    fn of_logistic(argument: R, first: Option<R>, second: Option<R>, value: R, complement: R) -> Checked<Self> {
        // λ = q·u', μ = q·u'' − p·q·u'²
        let slope_first = times(&first, &complement)?;
        let slope_second = if ORDER > 1 {
            let bend = product(&slope_first, &times(&first, &value)?)?;
            plus(times(&second, &complement)?, negated(&bend))?
        } else {
            None
        };
        let jet = Jet::of_slope(value, Slope { first: slope_first, second: slope_second })?;
        let origin = Origin::Logistic { argument, first, second, complement };
        Ok(Jet { origin: Some(Box::new(origin)), ..jet })
    }

    /// log of the value, where it is remembered.
    fn remembered_log(&self) -> Option<Checked<R>> {
        match self.origin.as_deref()? {
            Origin::Exp { argument } => Some(Ok(argument.clone())),
            Origin::Logistic { argument, .. } => Some(argument.neg().softplus().map(|value| value.neg())),
        }
    }

    /// base^exponent for an exponent that does not vary.
    fn power(&self, exponent: &R) -> Checked<Self> {
        let whole = exponent.whole();
        if whole == Some(0) {
            return Ok(Jet::constant(self.value.integer(1)));
        }
        if whole == Some(1) {
            return Ok(self.clone());
        }
        if let Some(slope) = &self.slope {
            let value = match self.remembered_log() {
                Some(log) if whole.is_none_or(|power| power.abs() > 64) => log?.mul(exponent)?.exp()?,
                _ => self.value.pow(exponent)?,
            };
            let slope = Slope { first: times(&slope.first, exponent)?, second: times(&slope.second, exponent)? };
            return Jet::of_slope(value, slope);
        }
        let one = exponent.integer(1);
        let below = exponent.sub(&one)?;
        self.chain(
            self.value.pow(exponent)?,
            || exponent.mul(&self.value.pow(&below)?),
            |_| {
                let leading = exponent.mul(&below)?;
                // x^2 has the second derivative 2, at 0 too
                if below.whole() == Some(1) {
                    return Ok(leading);
                }
                leading.mul(&self.value.pow(&below.sub(&one)?)?)
            },
        )
    }
}

impl<R: Real, const ORDER: usize> Real for Jet<R, ORDER> {
    fn number(&self, value: &Rational) -> Self {
        Jet::constant(self.value.number(value))
    }

    fn integer(&self, value: i32) -> Self {
        Jet::constant(self.value.integer(value))
    }

    fn add(&self, other: &Self) -> Checked<Self> {
        let value = self.value.add(&other.value)?;
        let first = plus(self.first.clone(), other.first.clone())?;
        let second = plus(self.second.clone(), other.second.clone())?;
        Ok(Jet { value, first, second, slope: None, origin: None })
    }

    fn neg(&self) -> Self {
        let (first, second) = (negated(&self.first), negated(&self.second));
        Jet { value: self.value.neg(), first, second, slope: self.slope.clone(), origin: None }
    }

    fn sub(&self, other: &Self) -> Checked<Self> {
        if let (true, Some(Origin::Logistic { argument, first, second, complement })) =
            (self.is_one(), other.origin.as_deref())
        {
            let (first, second) = (negated(first), negated(second));
            return Jet::of_logistic(argument.neg(), first, second, complement.clone(), other.value.clone());
        }
        if let (true, Some(Origin::Logistic { complement, .. })) = (other.is_one(), self.origin.as_deref()) {
            return Ok(Jet { value: complement.neg(), slope: None, origin: None, ..self.clone() });
        }
        self.add(&other.neg())
    }

    fn mul(&self, other: &Self) -> Checked<Self> {
        let value = self.value.mul(&other.value)?;
        if self.is_constant() || other.is_constant() {
            let (factor, varying) = if self.is_constant() { (self, other) } else { (other, self) };
            let (first, second) = (times(&varying.first, &factor.value)?, times(&varying.second, &factor.value)?);
            return Ok(Jet { value, first, second, slope: varying.slope.clone(), origin: None });
        }
        if let (Some(a), Some(b)) = (&self.slope, &other.slope) {
            let first = plus(a.first.clone(), b.first.clone())?;
            return Jet::of_slope(value, Slope { first, second: plus(a.second.clone(), b.second.clone())? });
        }
        let first = plus(times(&self.first, &other.value)?, times(&other.first, &self.value)?)?;
        let second = if ORDER > 1 {
            let cross = product(&self.first, &other.first)?;
            let ends = plus(times(&self.second, &other.value)?, times(&other.second, &self.value)?)?;
            plus(ends, plus(cross.clone(), cross)?)?
        } else {
            None
        };
        Ok(Jet { value, first, second, slope: None, origin: None })
    }

    fn div(&self, other: &Self) -> Checked<Self> {
        let value = self.value.div(&other.value)?;
        if other.is_constant() {
            let first = over(self.first.clone(), &other.value)?;
            let second = over(self.second.clone(), &other.value)?;
            return Ok(Jet { value, first, second, slope: self.slope.clone(), origin: None });
        }
        let none = Slope { first: None, second: None };
        let above = if self.is_constant() { Some(&none) } else { self.slope.as_ref() };
        if let (Some(a), Some(b)) = (above, &other.slope) {
            let first = plus(a.first.clone(), negated(&b.first))?;
            return Jet::of_slope(value, Slope { first, second: plus(a.second.clone(), negated(&b.second))? });
        }
        // v = a/b: v' = (a' − v b')/b, v'' = (a'' − 2 v' b' − v b'')/b
        let first = over(plus(self.first.clone(), negated(&times(&other.first, &value)?))?, &other.value)?;
        let second = if ORDER > 1 {
            let cross = product(&first, &other.first)?;
            let rest = plus(plus(cross.clone(), cross)?, times(&other.second, &value)?)?;
            over(plus(self.second.clone(), negated(&rest))?, &other.value)?
        } else {
            None
        };
        Ok(Jet { value, first, second, slope: None, origin: None })
    }

    fn pow(&self, exponent: &Self) -> Checked<Self> {
        if exponent.is_constant() {
            if self.is_constant() && self.origin.is_none() {
                return Ok(Jet::constant(self.value.pow(&exponent.value)?));
            }
            return self.power(&exponent.value);
        }
        // the exponent varies: the base must be above 0
        self.log()?.mul(exponent)?.exp()
    }

    fn exp(&self) -> Checked<Self> {
        let value = self.value.exp()?;
        let slope = Slope { first: self.first.clone(), second: self.second.clone() };
        let origin = Origin::Exp { argument: self.value.clone() };
        Ok(Jet { origin: Some(Box::new(origin)), ..Jet::of_slope(value, slope)? })
    }

    fn log(&self) -> Checked<Self> {
        let value = match self.remembered_log() {
            Some(value) => value?,
            None => self.value.log()?,
        };
        if let Some(Slope { first, second }) = self.slope.clone() {
            return Ok(Jet { value, first, second, slope: None, origin: None });
        }
        let reciprocal = || self.integer(1).value.div(&self.value);
        self.chain(value, reciprocal, |d| Ok(d.mul(d)?.neg()))
    }

    fn log1p(&self) -> Checked<Self> {
        let one = self.value.integer(1);
        let reciprocal = || one.div(&self.value.add(&one)?);
        self.chain(self.value.log1p()?, reciprocal, |d| Ok(d.mul(d)?.neg()))
    }

    fn expm1(&self) -> Checked<Self> {
        self.chain(self.value.expm1()?, || self.value.exp(), |d| Ok(d.clone()))
    }

    fn logistic(&self) -> Checked<(Self, Self)> {
        let (p, q) = self.value.logistic()?;
        let (first, second) = (negated(&self.first), negated(&self.second));
        let flipped = Jet::of_logistic(self.value.neg(), first, second, q.clone(), p.clone())?;
        Ok((Jet::of_logistic(self.value.clone(), self.first.clone(), self.second.clone(), p, q)?, flipped))
    }

    fn sigmoid(&self) -> Checked<Self> {
        let (p, q) = self.value.logistic()?;
        Jet::of_logistic(self.value.clone(), self.first.clone(), self.second.clone(), p, q)
    }

    fn softplus(&self) -> Checked<Self> {
        let value = self.value.softplus()?;
        if self.is_constant() {
            return Ok(Jet::constant(value));
        }
        let (p, q) = self.value.logistic()?;
        self.chain(value, || Ok(p.clone()), |p| p.mul(&q))
    }

    fn sqrt(&self) -> Checked<Self> {
        let root = self.value.sqrt()?;
        if let Some(slope) = &self.slope {
            let two = root.integer(2);
            let slope = Slope { first: over(slope.first.clone(), &two)?, second: over(slope.second.clone(), &two)? };
            return Jet::of_slope(root, slope);
        }
        // r' = 1/(2r), r'' = −r'/(2v)
        let doubled = |of: &R| of.add(of);
        self.chain(root.clone(), || root.integer(1).div(&doubled(&root)?), |d| d.neg().div(&doubled(&self.value)?))
    }

    fn compare(&self, other: &Self) -> Checked<Ordering> {
        self.value.compare(&other.value)
    }

    fn whole(&self) -> Option<i64> {
        if self.is_constant() { self.value.whole() } else { None }
    }

    fn abs(&self) -> Checked<Self> {
        if self.is_constant() {
            return Ok(Jet::constant(self.value.abs()?));
        }
        match self.compare(&self.integer(0))? {
            Ordering::Less => Ok(self.neg()),
            Ordering::Greater => Ok(self.clone()),
            // a kink
            Ordering::Equal => Err(Fault::Undefined),
        }
    }

    fn min(&self, other: &Self) -> Checked<Self> {
        if self.is_constant() && other.is_constant() {
            return Ok(Jet::constant(self.value.min(&other.value)?));
        }
        match self.compare(other)? {
            Ordering::Less => Ok(self.clone()),
            Ordering::Greater => Ok(other.clone()),
            // a kink
            Ordering::Equal => Err(Fault::Undefined),
        }
    }
}
