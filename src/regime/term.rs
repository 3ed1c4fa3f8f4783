//! What a form computes: a shared term whose heads are the operations of a kernel.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::op::Op;
use crate::rational::Rational;

/// What a term computes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Head {
    /// An exact number.
    Number(Rational),
    /// A leaf: pivot, parameter or scale.
    Symbol(Arc<str>),
    /// |w| cut at the clamp.
    Clamped,
    /// The first operand where |w| is below the threshold (the bits of an f64), else the second.
    Below(u64),
    /// An operator of the table on single floats (`where`: on anything).
    Apply(Op),
    /// a·(1 − b), computed as a − a·b; is b = a/(1 + a)?
    Shrunk(bool),
    /// a/(1 + a), of a in [0, 1] and the quotient: what that leaves of a, divided by 1 + a, is added to it.
    Refined,
    /// A single float as a pair.
    Widen,
    /// The sum of two single floats as a pair.
    TwoSum,
    /// A pair times a single float.
    PairTimes,
    /// The negation of a pair.
    PairNeg,
    /// exp of a pair.
    ExpPair,
    /// A leaf that is held as a pair.
    PairLeaf(Arc<str>),
    /// |w| of a pivot that is held as a pair, cut at the clamp.
    PairClamped(Arc<str>),
}

/// A term of a form: shared where it occurs twice.
#[derive(Debug)]
pub struct Term {
    /// Its number: equal terms have one.
    pub id: usize,
    /// What it computes.
    pub head: Head,
    /// Operands.
    pub operands: Vec<Rc<Term>>,
    /// The e-class that it is a member of.
    pub class: usize,
}

/// What makes two terms one: the head and the numbers of the operands.
type Key = (Head, Vec<usize>);

/// Every term once.
#[derive(Debug, Default)]
pub struct Terms(RefCell<BTreeMap<Key, Rc<Term>>>);

impl Terms {
    /// The term; made where it is new.
    pub fn of(&self, head: Head, operands: Vec<Rc<Term>>, class: usize) -> Rc<Term> {
        let mut known = self.0.borrow_mut();
        let id = known.len();
        let key = (head.clone(), operands.iter().map(|operand| operand.id).collect());
        known.entry(key).or_insert_with(|| Rc::new(Term { id, head, operands, class })).clone()
    }
}

impl Term {
    /// Is it `1 + of`?
    pub fn is_one_plus(&self, of: &Term) -> bool {
        let one = |term: &Term| matches!(&term.head, Head::Number(value) if *value == Rational::ONE);
        self.head == Head::Apply(Op::Add) && one(&self.operands[0]) && self.operands[1].id == of.id
    }

    /// Is it `of / (1 + of)`?
    pub fn is_share(&self, of: &Term) -> bool {
        self.head == Head::Apply(Op::Div) && self.operands[0].id == of.id && self.operands[1].is_one_plus(of)
    }
}

/// The numbers of a term and of everything in it.
pub fn parts(term: &Rc<Term>, to: &mut BTreeSet<usize>) {
    if to.insert(term.id) {
        term.operands.iter().for_each(|operand| parts(operand, to));
    }
}

/// Operations of a term in halves of an addition, each shared part counted once, parts in `free` not at all.
pub fn operations(term: &Rc<Term>, free: &BTreeSet<usize>) -> u32 {
    fn count(term: &Rc<Term>, free: &BTreeSet<usize>, seen: &mut Vec<usize>) -> u32 {
        if free.contains(&term.id) || seen.contains(&term.id) {
            return 0;
        }
        seen.push(term.id);
        weight(&term.head) + term.operands.iter().map(|operand| count(operand, free, seen)).sum::<u32>()
    }
    count(term, free, &mut Vec::new())
}

fn weight(head: &Head) -> u32 {
    match head {
        Head::Number(_) | Head::Symbol(_) | Head::Widen | Head::PairLeaf(_) => 0,
        Head::Apply(Op::Neg | Op::Abs) | Head::PairNeg => 1,
        Head::Apply(Op::Div) => 8,
        Head::Apply(Op::Sqrt) => 36,
        Head::Apply(Op::Exp | Op::Log1p) => 28,
        Head::TwoSum => 12,
        Head::PairTimes => 36,
        Head::ExpPair => 32,
        Head::PairClamped(_) | Head::Shrunk(_) => 4,
        Head::Refined => 12,
        // both sides are computed, and read
        Head::Below(_) => 20,
        Head::Clamped | Head::Apply(_) => 2,
    }
}
