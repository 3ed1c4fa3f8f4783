//! Kernel × points × truths → for each output the largest error, where it is, and the mean.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::error;
use super::finding::Unit;
use super::points::Points;
use crate::expr::Expr;
use crate::kernel::{Kernel, Output, Setting, eval};
use crate::notation::{self, Origin};
use crate::op::Op;
use crate::oracle::judge::Truths;
use crate::rational::Rational;

/// What an output's error is counted in and may be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Yardstick {
    /// The proved bound that applies, where one does.
    pub bound: Option<f64>,
    /// What it holds for, in words, where not for every value of open parameters.
    pub within: String,
    /// Is the error relative to the sum of absolute terms?
    pub of_terms: bool,
}

impl Yardstick {
    /// The first of the output's bounds that applies under the values of the kernel's open parameters.
    pub fn of(output: &Output, kernel: &Kernel, open: &[f64]) -> Yardstick {
        let bound = output.bounds.iter().find(|bound| applies(&bound.within, kernel, open));
        let of_terms = bound.or(output.bounds.last()).is_some_and(|bound| bound.of_terms);
        Yardstick {
            bound: bound.map(|bound| bound.ulps),
            within: bound.map(|bound| bound.within.clone()).unwrap_or_default(),
            of_terms,
        }
    }

    /// What the error is counted in.
    pub fn unit(&self) -> Unit {
        if self.of_terms { Unit::UlpOfTerms } else { Unit::Ulp }
    }
}

/// Does `gamma <= 5` hold? Nothing said holds always; what cannot be decided from the parameters does not.
fn applies(within: &str, kernel: &Kernel, open: &[f64]) -> bool {
    if within.is_empty() {
        return true;
    }
    let mut left = open.iter();
    let values = kernel.parameters.iter().filter_map(|parameter| {
        let value = match parameter.setting {
            Setting::Fixed { value, .. } => value,
            Setting::Argument => *left.next()?,
            Setting::None => return None,
        };
        Some((parameter.name.as_str(), Rational::from_f64(value)?))
    });
    let values: Vec<(&str, Rational)> = values.collect();
    let holds = |condition: &Expr| match condition {
        Expr::Apply(op, sides) if op.is_comparison() => {
            let (lhs, rhs) = (value(&sides[0], &values)?, value(&sides[1], &values)?);
            Some(match op {
                Op::Eq => lhs == rhs,
                Op::Ne => lhs != rhs,
                Op::Lt => lhs < rhs,
                Op::Le => lhs <= rhs,
                Op::Gt => lhs > rhs,
                _ => lhs >= rhs,
            })
        }
        _ => None,
    };
    notation::conditions(within, &Origin::alone("<bound>", within))
        .is_ok_and(|all| all.iter().all(|condition| holds(condition) == Some(true)))
}

fn value(expr: &Expr, values: &[(&str, Rational)]) -> Option<Rational> {
    let of = |operand: &Expr| value(operand, values);
    match expr {
        Expr::Number(number) => Some(number.clone()),
        Expr::Symbol(name) => values.iter().find(|(other, _)| **other == **name).map(|(_, value)| value.clone()),
        Expr::Apply(Op::Neg, a) => Some(-&of(&a[0])?),
        Expr::Apply(Op::Add, a) => Some(&of(&a[0])? + &of(&a[1])?),
        Expr::Apply(Op::Sub, a) => Some(&of(&a[0])? - &of(&a[1])?),
        Expr::Apply(Op::Mul, a) => Some(&of(&a[0])? * &of(&a[1])?),
        Expr::Apply(Op::Div, a) => of(&a[0])?.checked_div(&of(&a[1])?),
        Expr::Apply(..) => None,
    }
}

/// What was measured of one output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The largest error; infinite where only one of result and truth is a number, or finite.
    pub worst: f64,
    /// The first point where it is.
    pub at: usize,
    /// The sum of the finite errors.
    pub sum: f64,
    /// Number of points that were judged.
    pub count: usize,
    /// Number of points where the truth was not settled.
    pub unsettled: usize,
}

impl Measured {
    const NONE: Measured = Measured { worst: f64::NEG_INFINITY, at: 0, sum: 0.0, count: 0, unsettled: 0 };

    /// The mean of the finite errors.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    fn take(&mut self, error: Option<f64>, at: usize) {
        let Some(error) = error else {
            self.unsettled += 1;
            return;
        };
        let sum = if error.is_finite() { error } else { 0.0 };
        *self = self.merge(Measured { worst: error, at, sum, count: 1, unsettled: 0 });
    }

    /// Of two stretches, the earlier one first.
    fn merge(self, later: Measured) -> Measured {
        let (worst, at) = if later.worst > self.worst { (later.worst, later.at) } else { (self.worst, self.at) };
        Measured {
            worst,
            at,
            sum: self.sum + later.sum,
            count: self.count + later.count,
            unsettled: self.unsettled + later.unsettled,
        }
    }
}

/// Points that a thread takes at once.
const STRETCH: usize = 2048;

/// Measures a kernel at points, on every core; the result does not depend on how many there are.
///
/// `open` are the values of the open parameters, `truths` knows the truth at (x, y) under them.
///
/// # Panics
/// Where `open` or `yardsticks` do not fit the kernel, or `truths` gives fewer outputs than it has.
pub fn measure(
    kernel: &Kernel,
    open: &[f64],
    points: &Points,
    yardsticks: &[Yardstick],
    truths: &(dyn Fn(f64, f64) -> Truths + Sync),
) -> Vec<Measured> {
    let stretches = points.len().div_ceil(STRETCH);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![Vec::new(); stretches]);
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= stretches {
                break;
            }
            let one = stretch(kernel, open, points, place * STRETCH, yardsticks, truths);
            results.lock().expect("no thread panicked")[place] = one;
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(stretches.max(1));
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let results = results.into_inner().expect("no thread panicked");
    let begin = vec![Measured::NONE; kernel.outputs.len()];
    results.iter().fold(begin, |all, one| all.iter().zip(one).map(|(a, b)| a.merge(*b)).collect())
}

fn stretch(
    kernel: &Kernel,
    open: &[f64],
    points: &Points,
    start: usize,
    yardsticks: &[Yardstick],
    truths: &(dyn Fn(f64, f64) -> Truths + Sync),
) -> Vec<Measured> {
    let end = points.len().min(start + STRETCH);
    let mut out = vec![Vec::new(); kernel.outputs.len()];
    eval::block(kernel, &points.x[start..end], &points.y[start..end], None, open, &mut out);
    let mut all = vec![Measured::NONE; kernel.outputs.len()];
    for i in start..end {
        let truths = truths(points.x[i], points.y[i]);
        for (k, measured) in all.iter_mut().enumerate() {
            let terms = truths.terms.as_ref().filter(|_| yardsticks[k].of_terms);
            measured.take(error::error(out[k][i - start], &truths.outputs[k], terms, kernel.format), i);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::{points, sample};
    use super::*;
    use crate::kernel::{Format, Proved};
    use crate::oracle::judge::Truth;

    /// A judge for tests of the measuring alone: the evaluator's own results, off by `share` of an ulp.
    fn nearly(kernel: &Kernel, share: f64) -> impl Fn(f64, f64) -> Truths + Sync {
        let kernel = kernel.clone();
        move |x, y| {
            let outputs = eval::point(&kernel, x, y, None, &[]).into_iter().map(|value| match value {
                v if v.is_nan() => Truth::Undefined,
                v if v.is_infinite() => Truth::Infinite { negative: v < 0.0 },
                v => Truth::Finite(sample::known(v, share)),
            });
            Truths { outputs: outputs.collect(), terms: None }
        }
    }

    #[test]
    fn the_largest_error_and_its_first_place() {
        let kernel = sample::cross_entropy(Format::F64);
        let some = points::points(&kernel, &[], 30_000, 5);
        let none = [const { Yardstick { bound: None, within: String::new(), of_terms: false } }; 3];
        let exact = measure(&kernel, &[], &some, &none, &nearly(&kernel, 0.0));
        assert!(exact.iter().all(|one| one.worst == 0.0 && one.count == 30_000 && one.sum == 0.0), "{exact:?}");
        let off = measure(&kernel, &[], &some, &none, &nearly(&kernel, 0.25));
        assert!(off.iter().all(|one| one.worst == 0.25 && one.mean() > 0.1 && one.mean() < 0.25), "{off:?}");
        let place = 20_001;
        let (x, y) = (some.x[place], some.y[place]);
        let judge = nearly(&kernel, 0.0);
        let planted = |at_x: f64, at_y: f64| {
            let mut truths = judge(at_x, at_y);
            if (at_x, at_y) == (x, y) {
                truths.outputs[1] = Truth::Undefined;
            }
            truths
        };
        let first = (0..some.len()).find(|&i| (some.x[i], some.y[i]) == (x, y)).unwrap();
        let found = measure(&kernel, &[], &some, &none, &planted);
        assert_eq!((found[1].worst, found[1].at), (f64::INFINITY, first));
        assert_eq!(found[0].worst, 0.0);
    }

    #[test]
    fn a_bound_applies_within_what_it_says() {
        let mut kernel = sample::cross_entropy(Format::F64);
        kernel.parameters[0].setting = Setting::Argument;
        let bound = |ulps, within: &str| Proved { ulps, of_terms: false, within: within.to_string() };
        kernel.outputs[0].bounds =
            vec![bound(2.0, "alpha <= 0.5"), bound(3.0, "alpha <= 3/4, alpha > 0"), bound(9.0, "")];
        let of = |kernel: &Kernel, alpha| Yardstick::of(&kernel.outputs[0], kernel, &[alpha]).bound;
        assert_eq!(of(&kernel, 0.5), Some(2.0));
        assert_eq!(of(&kernel, 0.75), Some(3.0));
        assert_eq!(of(&kernel, 0.875), Some(9.0));
        kernel.outputs[0].bounds.pop();
        assert_eq!(of(&kernel, 0.875), None);
        kernel.outputs[0].bounds = vec![bound(1.0, "x <= 3")];
        assert_eq!(of(&kernel, 0.5), None);
    }
}
