//! A division that a logarithm and a sigmoid share: recognised in the lets.

use super::{Inst, Kernel, Val};

/// A product t/((1 + t)·(2 + t)) times one of the two sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// t
    pub t: Val,
    /// 1 + t and 2 + t
    pub sums: [Val; 2],
    /// Is 2 + t what is left below, so that it stands for t/(2 + t)?
    pub by_two: bool,
}

impl Kernel {
    /// The shared division in r·by; `same` gives the let that one stands for.
    pub fn shared(&self, r: Val, by: Val, same: &dyn Fn(Val) -> Val) -> Option<Shared> {
        let inst = |val: Val| self.lets[same(val).0].inst;
        let is = |val: Val, number: f64| matches!(inst(val), Inst::Const(value) if value == number);
        let equal = |a: Val, b: Val| same(a) == same(b);
        let Inst::Div(t, below) = inst(r) else { return None };
        let Inst::Mul(d, d2) = inst(below) else { return None };
        let Inst::Add(one, of) = inst(d) else { return None };
        let Inst::Add(two, beside) = inst(d2) else { return None };
        let fits = is(one, 1.0) && is(two, 2.0) && equal(of, t) && equal(beside, t);
        let by_two = equal(by, d);
        (fits && (by_two || equal(by, d2))).then_some(Shared { t: same(t), sums: [d, d2], by_two })
    }
}
