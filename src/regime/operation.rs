//! One operation of a form: the bound of its result, and its value where |w| = ∞.

use super::error::Approx;
use super::term::Head;
use crate::elementary::Set;
use crate::interval::Interval;
use crate::op::Op;

/// The bound of one operation.
pub fn bound(head: &Head, parts: &[Approx], set: &Set) -> Option<Approx> {
    match (head, parts) {
        (Head::Apply(Op::Add), [a, b]) => a.add(b),
        (Head::Apply(Op::Sub), [a, b]) => a.add(&b.neg()),
        (Head::Apply(Op::Mul), [a, b]) => a.mul(b),
        (Head::Apply(Op::Div), [a, b]) => a.div(b),
        (Head::Apply(Op::Neg), [a]) | (Head::PairNeg, [a]) => Some(a.neg()),
        (Head::Apply(Op::Abs), [a]) => Some(a.abs()),
        (Head::Apply(Op::Sqrt), [a]) => a.sqrt(set),
        (Head::Apply(Op::Exp), [a]) => a.exp(set),
        (Head::Apply(Op::Log1p), [a]) => a.log1p(set),
        (Head::Apply(Op::Lt), [a, b]) => {
            Some(Approx::exact(a.arithmetic, Interval::eval(Op::Lt, &[a.value, b.value])?))
        }
        (Head::Shrunk(joint), [a, b]) => a.shrunk(b, *joint, false),
        (Head::Refined, [a, b]) => a.refined(b, false),
        (Head::Widen, [a]) => Some(*a),
        (Head::TwoSum, [a, b]) => a.two_sum(b),
        (Head::PairTimes, [a, b]) => a.two_product(b),
        (Head::ExpPair, [a]) => a.exp_pair(set),
        _ => None,
    }
}

/// The computed value at |w| = ∞, where an exponential that is cut counts as 0: 0·∞ must not stand for a number.
pub fn at_end(head: &Head, parts: &[f64]) -> f64 {
    match (head, parts) {
        (Head::Apply(Op::Add) | Head::TwoSum, [a, b]) => a + b,
        (Head::Apply(Op::Sub), [a, b]) => a - b,
        (Head::Apply(Op::Mul) | Head::PairTimes, [a, b]) => a * b,
        (Head::Apply(Op::Div), [a, b]) => a / b,
        (Head::Apply(Op::Neg) | Head::PairNeg, [a]) => -a,
        (Head::Apply(Op::Abs), [a]) => a.abs(),
        (Head::Apply(Op::Sqrt), [a]) => a.sqrt(),
        (Head::Apply(Op::Exp) | Head::ExpPair, [a]) => a.exp(),
        (Head::Apply(Op::Log1p), [a]) => a.ln_1p(),
        (Head::Apply(Op::Lt), [a, b]) => f64::from(u8::from(a < b)),
        (Head::Shrunk(_), [a, b]) => a - a * b,
        (Head::Refined, [a, b]) => b + (1.0 - b) * ((a - b) - b * a),
        (Head::Widen, [a]) => *a,
        _ => f64::NAN,
    }
}
