//! `Expr` × a scalar type → its value: the trait that one generic evaluator runs over.
//!
//! Scalars: f64 and f32 (`float`), dual numbers of num-dual ([`dual`]), second-order jets over any scalar
//! ([`jet`]), the enclosures of the oracle at any precision and its fast filter ([`crate::oracle`]).
//! An operation outside its domain is `Undefined`; a scalar that cannot tell (an enclosure that straddles the end of
//! a domain) says `Unsettled`, never a guess.

pub mod dual;
mod float;
pub mod jet;
mod program;

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

pub use program::Program;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// An operation outside its domain.
    Undefined,
    /// The scalar does not have the digits or the range to tell.
    Unsettled,
}

/// A value, or why there is none.
pub type Checked<R> = Result<R, Fault>;

/// A scalar with the operators of the table.
pub trait Real: Clone {
    /// A number as a scalar of the same kind (the same precision) as `self`.
    fn number(&self, value: &Rational) -> Self;

    /// A whole number as a scalar of the same kind.
    fn integer(&self, value: i32) -> Self {
        self.number(&Rational::from(i64::from(value)))
    }

    /// self + other
    fn add(&self, other: &Self) -> Checked<Self>;

    /// −self
    fn neg(&self) -> Self;

    /// self · other
    fn mul(&self, other: &Self) -> Checked<Self>;

    /// self / other
    fn div(&self, other: &Self) -> Checked<Self>;

    /// self^exponent, for a base above 0, or 0 with an exponent ≥ 0 (0^0 = 1), or an integer exponent.
    fn pow(&self, exponent: &Self) -> Checked<Self>;

    /// exp(self)
    fn exp(&self) -> Checked<Self>;

    /// log(self)
    fn log(&self) -> Checked<Self>;

    /// log1p(self)
    fn log1p(&self) -> Checked<Self>;

    /// expm1(self)
    fn expm1(&self) -> Checked<Self>;

    /// sigmoid(self) and its complement 1 − sigmoid(self) = sigmoid(−self), each to full relative accuracy.
    fn logistic(&self) -> Checked<(Self, Self)>;

    /// softplus(self)
    fn softplus(&self) -> Checked<Self>;

    /// √self
    fn sqrt(&self) -> Checked<Self>;

    /// How it compares with `other`.
    fn compare(&self, other: &Self) -> Checked<Ordering>;

    /// Its value where it is a whole number, known exactly, and does not vary.
    fn whole(&self) -> Option<i64>;

    /// self − other
    fn sub(&self, other: &Self) -> Checked<Self> {
        self.add(&other.neg())
    }

    /// sigmoid(self)
    fn sigmoid(&self) -> Checked<Self> {
        Ok(self.logistic()?.0)
    }

    /// |self|
    fn abs(&self) -> Checked<Self> {
        let below = self.compare(&self.integer(0))? == Ordering::Less;
        Ok(if below { self.neg() } else { self.clone() })
    }

    /// min(self, other)
    fn min(&self, other: &Self) -> Checked<Self> {
        Ok(if self.compare(other)? == Ordering::Greater { other.clone() } else { self.clone() })
    }

    /// max(self, other)
    fn max(&self, other: &Self) -> Checked<Self> {
        Ok(self.neg().min(&other.neg())?.neg())
    }
}

/// The value of an expression; a name that `env` does not have is `Undefined`, and so is `d(…)`, which jets are for.
///
/// `like` is any scalar of the kind that numbers become.
pub fn eval<R: Real>(expr: &Expr, env: &BTreeMap<Arc<str>, R>, like: &R) -> Checked<R> {
    let (names, inputs): (Vec<Arc<str>>, Vec<R>) =
        env.iter().map(|(name, value)| (name.clone(), value.clone())).unzip();
    let program = Program::new(&names, &[], std::slice::from_ref(expr));
    program.run(&inputs, &program.numbers(like)).pop().unwrap_or(Err(Fault::Undefined))
}

/// The operator on its operands. `where` looks at the branch that its condition takes, and at no other.
fn apply<R: Real>(op: Op, operands: &[&Checked<R>]) -> Checked<R> {
    let operand = |place: usize| -> Checked<&R> { operands[place].as_ref().map_err(|fault| *fault) };
    let a = operand(0)?;
    match op {
        Op::Neg => return Ok(a.neg()),
        Op::Exp => return a.exp(),
        Op::Log => return a.log(),
        Op::Log1p => return a.log1p(),
        Op::Expm1 => return a.expm1(),
        Op::Sigmoid => return a.sigmoid(),
        Op::Softplus => return a.softplus(),
        Op::Sqrt => return a.sqrt(),
        Op::Abs => return a.abs(),
        Op::D => return Err(Fault::Undefined),
        Op::Where => {
            let taken = a.compare(&a.integer(0))? != Ordering::Equal;
            return operand(if taken { 1 } else { 2 }).cloned();
        }
        _ => {}
    }
    let b = operand(1)?;
    let truth = |holds: bool| a.integer(i32::from(holds));
    match op {
        Op::Add => a.add(b),
        Op::Sub => a.sub(b),
        Op::Mul => a.mul(b),
        Op::Div => a.div(b),
        Op::Pow => a.pow(b),
        Op::Min => a.min(b),
        Op::Max => a.max(b),
        Op::Clamp => {
            let hi = operand(2)?;
            if b.compare(hi)? == Ordering::Greater { Err(Fault::Undefined) } else { a.max(b)?.min(hi) }
        }
        Op::Eq => Ok(truth(a.compare(b)? == Ordering::Equal)),
        Op::Ne => Ok(truth(a.compare(b)? != Ordering::Equal)),
        Op::Lt => Ok(truth(a.compare(b)? == Ordering::Less)),
        Op::Le => Ok(truth(a.compare(b)? != Ordering::Greater)),
        Op::Gt => Ok(truth(a.compare(b)? == Ordering::Greater)),
        Op::Ge => Ok(truth(a.compare(b)? != Ordering::Less)),
        _ => Err(Fault::Undefined),
    }
}
