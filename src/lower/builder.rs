//! Lets, each once: instructions and terms → the lets of a kernel, with names and meanings.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::expr::Expr;
use crate::kernel::{Arithmetic, Inst, Let, Val};
use crate::op::Op;
use crate::rational::Rational;
use crate::regime::term::{Head, Term};

/// How the pivot is held.
#[derive(Clone, Copy, Debug)]
pub struct Pivot {
    /// As one float.
    pub single: Val,
    /// As a pair, where it has one.
    pub pair: Option<Val>,
}

/// Lets under construction.
pub struct Builder {
    /// What constants are rounded to.
    arithmetic: Arithmetic,
    insts: Vec<Inst>,
    known: BTreeMap<String, Val>,
    /// The exact value of each constant.
    pub constants: BTreeMap<Val, Rational>,
    /// The e-class that a let is a member of.
    pub classes: BTreeMap<Val, usize>,
    of_term: BTreeMap<usize, Val>,
    /// What lets are called that stand for nothing in the forms.
    pub stems: BTreeMap<Val, Stem>,
}

/// The name of a let, and what it is of another let, which is written `t`.
#[derive(Clone, Copy, Debug)]
pub struct Stem {
    /// Its name.
    pub name: &'static str,
    /// What it is, in t.
    pub meaning: &'static str,
    /// The let that t stands for.
    pub t: Val,
}

impl Builder {
    /// No lets yet.
    pub fn of(arithmetic: Arithmetic) -> Builder {
        Builder {
            arithmetic,
            insts: Vec::new(),
            known: BTreeMap::new(),
            constants: BTreeMap::new(),
            classes: BTreeMap::new(),
            of_term: BTreeMap::new(),
            stems: BTreeMap::new(),
        }
    }

    /// What is computed in.
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// The instructions so far.
    pub fn insts(&self) -> &[Inst] {
        &self.insts
    }

    /// Takes over what is known of the lets of another one, which are found at `place` here.
    pub fn taken_over(&mut self, old: &Builder, place: &BTreeMap<Val, Val>) {
        for (val, class) in &old.classes {
            self.classes.entry(place[val]).or_insert(*class);
        }
        for (val, stem) in &old.stems {
            self.stems.entry(place[val]).or_insert(Stem { t: place[&stem.t], ..*stem });
        }
    }

    /// The let of an instruction; made where it is new.
    pub fn inst(&mut self, inst: Inst) -> Val {
        let key = format!("{inst:?}");
        self.named(key, inst)
    }

    /// Another instruction for a let of the same value.
    pub fn replace(&mut self, val: Val, inst: Inst) {
        self.insts[val.0] = inst;
    }

    fn named(&mut self, key: String, inst: Inst) -> Val {
        if let Some(val) = self.known.get(&key) {
            return *val;
        }
        let val = Val(self.insts.len());
        self.insts.push(inst);
        self.known.insert(key, val);
        val
    }

    /// A constant, rounded once.
    pub fn constant(&mut self, value: &Rational) -> Val {
        let hi = self.arithmetic.format().nearest(value);
        let rest = Rational::from_f64(hi).map_or(0.0, |float| (value - &float).to_f64());
        let pair = self.arithmetic == Arithmetic::Pair && rest != 0.0;
        let inst = if pair { Inst::ConstPair(hi, rest) } else { Inst::Const(hi) };
        let val = self.named(format!("constant {value}"), inst);
        self.constants.insert(val, value.clone());
        val
    }

    /// An expression of open parameters and numbers.
    pub fn of_parameters(&mut self, expr: &Expr, parameter: &dyn Fn(&str) -> Option<usize>) -> Option<Val> {
        match expr {
            Expr::Number(value) => Some(self.constant(value)),
            Expr::Symbol(name) => Some(self.inst(Inst::Parameter(parameter(name)?))),
            Expr::Apply(op, operands) => {
                let vals: Option<Vec<Val>> =
                    operands.iter().map(|operand| self.of_parameters(operand, parameter)).collect();
                let inst = arithmetic(*op, &vals?)?;
                Some(self.inst(inst))
            }
        }
    }

    /// The let of a term; `leaf` gives those of names.
    pub fn term(&mut self, term: &Rc<Term>, pivot: Pivot, clamp: f64, leaf: &BTreeMap<Arc<str>, Val>) -> Option<Val> {
        if let Some(val) = self.of_term.get(&term.id) {
            return Some(*val);
        }
        let operands: Option<Vec<Val>> =
            term.operands.iter().map(|operand| self.term(operand, pivot, clamp, leaf)).collect();
        let operands = operands?;
        let val = match (&term.head, operands.as_slice()) {
            (Head::Number(value), _) => self.constant(value),
            (Head::Symbol(name), _) => *leaf.get(name)?,
            (Head::PairLeaf(_), _) => pivot.pair?,
            (Head::Clamped, _) => {
                let magnitude = self.inst(Inst::Abs(pivot.single));
                self.inst(Inst::AtMost(magnitude, clamp))
            }
            (Head::PairClamped(_), _) => self.pair_clamped(pivot, clamp)?,
            (Head::Below(threshold), [near, far]) => {
                let magnitude = self.inst(Inst::Abs(pivot.single));
                let threshold = self.constant(&Rational::from_f64(f64::from_bits(*threshold))?);
                let below = self.inst(Inst::Less(magnitude, threshold));
                self.inst(Inst::Select(below, *near, *far))
            }
            (Head::Apply(op), operands) => {
                let inst = arithmetic(*op, operands)?;
                self.inst(inst)
            }
            (Head::Shrunk(_), [a, b]) => {
                let part = self.inst(Inst::Mul(*a, *b));
                self.inst(Inst::Sub(*a, part))
            }
            (Head::Refined, [a, b]) => {
                let (rest, part) = (self.inst(Inst::Sub(*a, *b)), self.inst(Inst::Mul(*b, *a)));
                let left = self.inst(Inst::Sub(rest, part));
                let one = self.constant(&Rational::ONE);
                let large = self.inst(Inst::Sub(one, *b));
                let more = self.inst(Inst::Mul(large, left));
                self.inst(Inst::Add(*b, more))
            }
            (Head::Widen, [a]) => self.inst(Inst::Widen(*a)),
            (Head::TwoSum, [a, b]) => self.inst(Inst::TwoSum(*a, *b)),
            (Head::PairTimes, [a, b]) => self.inst(Inst::PairTimes(*a, *b)),
            (Head::PairNeg, [a]) => self.inst(Inst::NegPair(*a)),
            (Head::ExpPair, [a]) => self.inst(Inst::ExpPair(*a)),
            _ => return None,
        };
        self.of_term.insert(term.id, val);
        self.classes.entry(val).or_insert(term.class);
        Some(val)
    }

    /// |w| of a pivot that is a pair, cut at the clamp: beyond it the tail of the pair may be NaN and is not used.
    fn pair_clamped(&mut self, pivot: Pivot, clamp: f64) -> Option<Val> {
        let pair = pivot.pair?;
        let zero = self.constant(&Rational::ZERO);
        let below = self.inst(Inst::Less(pivot.single, zero));
        let negated = self.inst(Inst::NegPair(pair));
        let magnitude = self.inst(Inst::Select(below, negated, pair));
        let most = self.constant(&Rational::from_f64(clamp)?);
        let single = self.inst(Inst::Abs(pivot.single));
        let far = self.inst(Inst::Less(most, single));
        let most = self.inst(Inst::Widen(most));
        Some(self.inst(Inst::Select(far, most, magnitude)))
    }

    /// The lets that the outputs need, with names and meanings; `place` gives where each went.
    pub fn finish(
        self,
        outputs: &[Val],
        name: &dyn Fn(Val) -> Option<(String, String)>,
    ) -> (Vec<Let>, BTreeMap<Val, Val>) {
        let mut needed: BTreeSet<Val> = outputs.iter().copied().collect();
        for at in (0..self.insts.len()).rev() {
            if needed.contains(&Val(at)) {
                needed.extend(self.insts[at].operands());
            }
        }
        let mut place = BTreeMap::new();
        let mut lets: Vec<Let> = Vec::new();
        let mut taken = BTreeSet::new();
        for old in needed {
            let new = Val(lets.len());
            let inst = self.insts[old.0].moved(&|val| place[&val]);
            let own = || match self.stems.get(&old) {
                Some(stem) => {
                    let t = place.get(&stem.t).map_or("t", |t: &Val| &lets[t.0].name);
                    (stem.name.to_string(), stem.meaning.replace('t', t))
                }
                None => (stem(&inst).to_string(), String::new()),
            };
            let (stem, meaning) = name(old).unwrap_or_else(own);
            let stem = stem.to_ascii_lowercase();
            let mut unique = stem.clone();
            let mut count = 1;
            while !taken.insert(unique.clone()) {
                count += 1;
                unique = format!("{stem}_{count}");
            }
            lets.push(Let { name: unique, inst, meaning });
            place.insert(old, new);
        }
        (lets, place)
    }
}

/// What a let without a name of its own is called.
fn stem(inst: &Inst) -> &'static str {
    match inst {
        Inst::X => "x",
        Inst::LabelIsOne => "one",
        Inst::Const(_) | Inst::ConstPair(..) => "c",
        Inst::Parameter(_) => "given",
        Inst::Less(..) | Inst::Equal(..) | Inst::Same(..) => "is",
        Inst::TwoSum(..) | Inst::TwoProduct(..) | Inst::PairTimes(..) | Inst::PairPlus(..) | Inst::NegPair(_) => "pair",
        Inst::Widen(_) => "wide",
        _ => "v",
    }
}

/// The instruction of an operator of the table on single floats.
fn arithmetic(op: Op, operands: &[Val]) -> Option<Inst> {
    Some(match (op, operands) {
        (Op::Add, [a, b]) => Inst::Add(*a, *b),
        (Op::Sub, [a, b]) => Inst::Sub(*a, *b),
        (Op::Mul, [a, b]) => Inst::Mul(*a, *b),
        (Op::Div, [a, b]) => Inst::Div(*a, *b),
        (Op::Neg, [a]) => Inst::Neg(*a),
        (Op::Abs, [a]) => Inst::Abs(*a),
        (Op::Sqrt, [a]) => Inst::Sqrt(*a),
        (Op::Exp, [a]) => Inst::Exp(*a),
        (Op::Log1p, [a]) => Inst::Log1p(*a),
        (Op::Lt, [a, b]) => Inst::Less(*a, *b),
        (Op::Where, [c, a, b]) => Inst::Select(*c, *a, *b),
        _ => return None,
    })
}
