//! One division for a logarithm and a sigmoid: lets → lets.
//!
//! Where log1p(t) is computed for a t in [0, 1], its division serves t/(1 + t) too, and 1/(1 + t) is what is left of 1:
//!
//! ```text
//! r = t/((1 + t)·(2 + t))     the one division
//! t/(1 + t) = r·(2 + t)       1/(1 + t) = 1 − t/(1 + t)
//! log1p(t) = two_atanh(r·(1 + t))
//! ```
//!
//! Where results are as wide as registers, the roundings that sharing adds show in them, and powers multiply them; so there
//! each of the two has its own:
//!
//! ```text
//! log1p(t) = two_atanh(t/(2 + t))
//! ```
//!
//! Pairs have a logarithm that takes t itself, and the two divisions of the forms.
//!
//! An exponential of what is not above 0 becomes one that need not look above.

use std::collections::BTreeMap;

use super::builder::{Builder, Stem};
use crate::interval::Interval;
use crate::kernel::{Arithmetic, Format, Inst, Val};
use crate::rational::Rational;

/// The lets with divisions shared, and where each went; `within` tells where the value of a let lies, `format` is that of the
/// results.
pub fn divisions(
    old: &Builder,
    format: Format,
    within: &dyn Fn(Val) -> Option<Interval>,
) -> (Builder, BTreeMap<Val, Val>) {
    let unit = Interval::new(0.0, 1.0);
    let pairs = old.arithmetic() == Arithmetic::Pair;
    let fits = |t: &Val| !pairs && within(*t).is_some_and(|value| unit.intersect(&value) == Some(value));
    let logs = old.insts().iter().filter_map(|inst| if let Inst::Log1p(t) = inst { Some(*t) } else { None });
    let logs: Vec<Val> = logs.filter(fits).collect();
    let apart = !old.arithmetic().widens(format);
    let mut making = Making { old, new: Builder::of(old.arithmetic()), place: BTreeMap::new(), logs, apart };
    for at in 0..old.insts().len() {
        making.one(Val(at), within);
    }
    let Making { mut new, place, .. } = making;
    new.taken_over(old, &place);
    (new, place)
}

struct Making<'a> {
    old: &'a Builder,
    new: Builder,
    place: BTreeMap<Val, Val>,
    /// Every t whose log1p is computed.
    logs: Vec<Val>,
    /// Has each of the two a division of its own?
    apart: bool,
}

/// What is divided by 1 + t and by 2 + t.
struct Shared {
    /// t/(2 + t)
    u: Val,
    /// t/(1 + t)
    small: Val,
}

impl Making<'_> {
    fn one(&mut self, at: Val, within: &dyn Fn(Val) -> Option<Interval>) {
        let inst = self.old.insts()[at.0];
        let place = match inst {
            Inst::Log1p(t) if self.logs.contains(&t) => {
                let u = self.shared(t).u;
                self.new.inst(Inst::TwoAtanh(u))
            }
            Inst::Div(top, sum) => match self.of_one_plus(sum) {
                Some(t) => self.quotient(top, t),
                None => self.moved(at),
            },
            Inst::Exp(x) if within(x).is_some_and(|x| x.neg().nonnegative().is_yes()) => {
                let minus = match self.old.insts()[x.0] {
                    Inst::Neg(a) => self.place[&a],
                    _ => self.new.inst(Inst::Neg(self.place[&x])),
                };
                self.new.inst(Inst::ExpMinus(minus))
            }
            _ => self.moved(at),
        };
        self.place.insert(at, place);
    }

    fn moved(&mut self, at: Val) -> Val {
        if let Some(value) = self.old.constants.get(&at) {
            return self.new.constant(value);
        }
        self.new.inst(self.old.insts()[at.0].moved(&|val| self.place[&val]))
    }

    /// The t of a let that is 1 + t.
    fn of_one_plus(&self, sum: Val) -> Option<Val> {
        let Inst::Add(one, t) = self.old.insts()[sum.0] else { return None };
        (self.is_one(one) && self.logs.contains(&t)).then_some(t)
    }

    fn is_one(&self, val: Val) -> bool {
        self.old.constants.get(&val).is_some_and(|value| *value == Rational::ONE)
    }

    fn shared(&mut self, t: Val) -> Shared {
        let t = self.place[&t];
        let one = self.new.constant(&Rational::ONE);
        let two = self.new.constant(&Rational::from(2));
        let d = self.new.inst(Inst::Add(one, t));
        let d2 = self.new.inst(Inst::Add(two, t));
        let (u, small) = if self.apart {
            (self.new.inst(Inst::Div(t, d2)), self.new.inst(Inst::Div(t, d)))
        } else {
            let below = self.new.inst(Inst::Mul(d, d2));
            let r = self.new.inst(Inst::Div(t, below));
            let meaning = "t/((1 + t)*(2 + t))";
            self.new.stems.insert(r, Stem { name: "r", meaning, t });
            (self.new.inst(Inst::Mul(r, d)), self.new.inst(Inst::Mul(r, d2)))
        };
        let named = [(d2, "d2", ""), (u, "u", "t/(2 + t)"), (small, "small", "t/(1 + t)")];
        for (val, name, meaning) in named {
            self.new.stems.insert(val, Stem { name, meaning, t });
        }
        Shared { u, small }
    }

    /// top/(1 + t)
    fn quotient(&mut self, top: Val, t: Val) -> Val {
        let small = self.shared(t).small;
        if top == t {
            return small;
        }
        let of = self.place[&t];
        let one = self.new.constant(&Rational::ONE);
        let large = self.new.inst(Inst::Sub(one, small));
        self.new.stems.insert(large, Stem { name: "large", meaning: "1/(1 + t)", t: of });
        match self.old.insts()[top.0] {
            _ if self.is_one(top) => large,
            Inst::Select(c, a, b) if a == t && self.is_one(b) => {
                self.new.inst(Inst::Select(self.place[&c], small, large))
            }
            Inst::Select(c, a, b) if b == t && self.is_one(a) => {
                self.new.inst(Inst::Select(self.place[&c], large, small))
            }
            _ => self.new.inst(Inst::Mul(self.place[&top], large)),
        }
    }
}
