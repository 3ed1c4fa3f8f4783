//! E-graph × pieces → for each class the form with the least bound, as a shared term.
//!
//! Each class is held in up to four ways: *best*; *finite*, whose computed value is finite where |w| = ∞; *pair*, an
//! unevaluated sum of two floats, which only an exponential may take; *inner*, best on the
//! middle of the line. Where two of them are better on different parts, a threshold of |w| chooses between them: the one
//! with which the bound is the least.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::enclosure::values;
use super::error::Approx;
use super::operation::{at_end, bound};
use super::order::{Cost, HOLDS, Hold};
use super::piece::Piece;
use super::term::{Head, Term, Terms, operations};
use crate::arithmetic::Arithmetic;
use crate::egraph::{Member, Saturated};
use crate::elementary::Set;
use crate::interval::{Interval, Wide};
use crate::kernel::Format;
use crate::op::Op;
use crate::rational::Rational;

#[derive(Clone, Debug)]
pub(super) struct State {
    pub(super) cost: Cost,
    pub(super) approx: Rc<Vec<Option<Approx>>>,
    pub(super) ends: Ends,
    pub(super) term: Rc<Term>,
}

/// The computed values at w = −∞ and w = ∞: with every other leaf at its least value, then with each at its greatest.
pub type Ends = [f64; 4];

/// A leaf of the forms.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What it holds, piece by piece.
    pub single: Vec<Option<Approx>>,
    /// As a pair, where it has one.
    pub pair: Option<Vec<Option<Approx>>>,
    /// Its values at the ends.
    pub ends: Ends,
    /// Does it stand for another leaf where that must be finite?
    pub stands_in: bool,
}

/// What the extraction needs to know beside the e-graph.
pub struct Question<'a> {
    /// Format of the results.
    pub format: Format,
    /// What is computed in.
    pub arithmetic: Arithmetic,
    /// The pieces.
    pub pieces: &'a [Piece],
    /// Leaves by name.
    pub leaves: &'a BTreeMap<Arc<str>, Leaf>,
    /// |w| by name of w, which may be cut at the clamp.
    pub clamp: f64,
    /// Name of the pivot.
    pub pivot: &'a str,
    /// May exponents be carried as pairs?
    pub pairs: bool,
    /// May a threshold of |w| choose between two forms?
    pub thresholds: bool,
    /// Is what the quotient of a/(1 + a) leaves added to it?
    pub refined: bool,
    /// The elementary functions.
    pub set: &'a Set,
    /// Every term made so far.
    pub terms: &'a Terms,
}

/// The best forms of every class.
pub struct Extraction<'a> {
    pub(super) question: Question<'a>,
    classes: BTreeMap<usize, Vec<Member>>,
    values: BTreeMap<usize, Vec<Option<Interval>>>,
    states: BTreeMap<usize, [Option<State>; HOLDS]>,
    /// For classes that cross 0: the least magnitude of all their forms, piece by piece. Their bounds are compared
    /// relative to it, since relative to the value they are infinite whatever the form.
    magnitudes: BTreeMap<usize, Vec<Wide>>,
    /// Terms that are computed anyway.
    free: BTreeSet<usize>,
}

impl<'a> Extraction<'a> {
    /// Computes the best forms.
    pub fn of(saturated: &Saturated, question: Question<'a>) -> Extraction<'a> {
        let classes = saturated.classes();
        let values = values(&classes, saturated, &question);
        let mut all = Extraction {
            question,
            classes,
            values,
            states: BTreeMap::new(),
            magnitudes: BTreeMap::new(),
            free: BTreeSet::new(),
        };
        all.magnitudes = all.crossing();
        all.settle();
        all
    }

    /// Looks again, given terms that are computed anyway.
    pub fn given(&mut self, free: BTreeSet<usize>) {
        self.free = free;
        for slots in self.states.values_mut() {
            // a choice by a threshold is not parted again, so what its sides did not know to be free would stay
            let stale = |state: &State| self.question.refined && matches!(state.term.head, Head::Below(_));
            slots.iter_mut().for_each(|slot| drop(slot.take_if(|state| stale(state))));
            for state in slots.iter_mut().flatten() {
                state.cost.operations = operations(&state.term, &self.free);
            }
        }
        self.settle();
    }

    /// The best form of a class, its largest bound in ulps, and its values at the ends.
    pub fn best(&self, class: usize, hold: Hold) -> Option<(Rc<Term>, f64, Ends)> {
        let state = self.states.get(&class)?[hold as usize].as_ref()?;
        Some((state.term.clone(), state.cost.bound(), state.ends))
    }

    fn crossing(&self) -> BTreeMap<usize, Vec<Wide>> {
        let crosses = |value: &Option<Interval>| value.is_some_and(|v| v.lo().sign() < 0 && v.hi().sign() > 0);
        let crossing = self.values.iter().filter(|(_, values)| values.iter().any(crosses));
        crossing.map(|(class, values)| (*class, vec![Wide::INFINITY; values.len()])).collect()
    }

    fn settle(&mut self) {
        let keys: Vec<usize> = self.classes.keys().copied().collect();
        let mut changed: BTreeSet<usize> = keys.iter().copied().collect();
        for _ in 0..64 {
            let mut next = BTreeSet::new();
            for class in &keys {
                let members = self.classes[class].clone();
                for member in &members {
                    let touched = match member {
                        Member::Apply(_, operands) => operands.iter().any(|o| changed.contains(o) || next.contains(o)),
                        _ => {
                            let slot = if self.stands_in(member) { Hold::Finite } else { Hold::Best };
                            changed.contains(class) && self.held(*class, slot).is_none()
                        }
                    };
                    if touched && self.offer(*class, member) {
                        next.insert(*class);
                    }
                }
                if next.contains(class) {
                    self.parted(*class);
                }
            }
            if next.is_empty() {
                return;
            }
            changed = next;
        }
    }

    fn stands_in(&self, member: &Member) -> bool {
        matches!(member, Member::Symbol(name) if self.question.leaves.get(name).is_some_and(|leaf| leaf.stands_in))
    }

    /// Tries every way to compute the member; true where one is better than what was known.
    fn offer(&mut self, class: usize, member: &Member) -> bool {
        let mut found: Vec<(Hold, State)> = Vec::new();
        match member {
            Member::Number(value) => found.extend(self.number(class, value)),
            Member::Symbol(name) => found.extend(self.leaf(class, name)),
            Member::Apply(op, operands) => self.applied(class, *op, operands, &mut found),
        }
        let mut better = false;
        for (hold, state) in found {
            better |= self.keep(class, hold, state);
        }
        better
    }

    pub(super) fn keep(&mut self, class: usize, hold: Hold, mut state: State) -> bool {
        if let Some(magnitudes) = self.magnitudes.get_mut(&class) {
            for (least, one) in magnitudes.iter_mut().zip(state.approx.iter()) {
                if let Some(one) = one.filter(|one| one.most < *least) {
                    *least = one.most;
                }
            }
            let magnitudes = magnitudes.clone();
            state.cost = self.cost(&state.approx, Some(&magnitudes), state.cost.operations);
            if let Some(mut slots) = self.states.remove(&class) {
                for known in slots.iter_mut().flatten() {
                    known.cost = self.cost(&known.approx, Some(&magnitudes), known.cost.operations);
                }
                self.states.insert(class, slots);
            }
        }
        let slots = self.states.entry(class).or_insert([const { None }; HOLDS]);
        let mut better = false;
        let mut holds = vec![hold];
        if hold == Hold::Best {
            holds.push(Hold::Inner);
        }
        if hold == Hold::Best && state.ends.iter().all(|end| end.is_finite()) {
            holds.push(Hold::Finite);
        }
        if state.ends.iter().any(|end| end.is_nan()) {
            // a choice may leave out such an end
            if self.question.thresholds {
                return false;
            }
            holds.retain(|hold| *hold == Hold::Inner);
        }
        for hold in holds {
            let slot = &mut slots[hold as usize];
            if slot.as_ref().is_none_or(|known| state.cost.less(&known.cost, hold)) {
                *slot = Some(state.clone());
                better = true;
            }
        }
        better
    }

    fn number(&self, class: usize, value: &Rational) -> Option<(Hold, State)> {
        let arithmetic = self.question.arithmetic;
        let rounded = arithmetic.format().nearest(value);
        let exact = Rational::from_f64(rounded).as_ref() == Some(value);
        let one = Approx::of(arithmetic, Interval::of_rational(value), if exact { 0.0 } else { 1.0 });
        let approx = vec![Some(one); self.question.pieces.len()];
        Some((Hold::Best, self.state(approx, [rounded; 4], class, Head::Number(value.clone()), &[])))
    }

    fn leaf(&self, class: usize, name: &Arc<str>) -> Vec<(Hold, State)> {
        let Some(leaf) = self.question.leaves.get(name) else { return Vec::new() };
        let single = self.state(leaf.single.clone(), leaf.ends, class, Head::Symbol(name.clone()), &[]);
        let mut all = vec![(if leaf.stands_in { Hold::Finite } else { Hold::Best }, single)];
        if let Some(pair) = &leaf.pair {
            all.push((Hold::Pair, self.state(pair.clone(), leaf.ends, class, Head::PairLeaf(name.clone()), &[])));
        }
        all
    }

    pub(super) fn state(
        &self,
        approx: Vec<Option<Approx>>,
        ends: Ends,
        class: usize,
        head: Head,
        parts: &[&State],
    ) -> State {
        let values = self.values.get(&class);
        let approx: Vec<Option<Approx>> = approx
            .into_iter()
            .enumerate()
            .map(|(at, one)| {
                let value = values.and_then(|values| values[at]);
                one.map(|one| value.map_or(one, |value| one.within(value)))
            })
            .collect();
        let operands = parts.iter().map(|part| part.term.clone()).collect();
        let term = self.question.terms.of(head, operands, class);
        let cost = self.cost(&approx, None, operations(&term, &self.free));
        State { cost, approx: Rc::new(approx), ends, term }
    }

    fn cost(&self, approx: &[Option<Approx>], magnitudes: Option<&[Wide]>, operations: u32) -> Cost {
        Cost::of(approx, magnitudes, (self.question.pieces, self.question.format, self.question.arithmetic), operations)
    }

    pub(super) fn held(&self, class: usize, hold: Hold) -> Option<&State> {
        self.states.get(&class)?[hold as usize].as_ref()
    }

    fn applied(&self, class: usize, op: Op, operands: &[usize], found: &mut Vec<(Hold, State)>) {
        use Hold::{Best, Finite, Inner, Pair};
        if op == Op::Where {
            for hold in [Best, Finite, Pair, Inner] {
                let kept = if hold == Inner && !self.question.thresholds { Best } else { hold };
                found.extend(self.chosen(class, operands, hold).map(|state| (kept, state)));
            }
            return;
        }
        if op == Op::Abs && self.is_pivot(operands[0]) {
            found.extend(self.clamped(class, operands[0], Hold::Best, Head::Clamped));
            let name: Arc<str> = Arc::from(self.question.pivot);
            let pair = self.clamped(class, operands[0], Hold::Pair, Head::PairClamped(name));
            found.extend(pair.map(|(_, state)| (Hold::Pair, state)));
        }
        let mut tried: Vec<Vec<usize>> = Vec::new();
        let ways = [Best, Finite, Inner];
        for (first, second) in ways.iter().flat_map(|first| ways.iter().map(move |second| (*first, *second))) {
            if operands.len() == 1 && first != second {
                continue;
            }
            let parts = operands.iter().zip([first, second]).map(|(operand, hold)| self.held(*operand, hold));
            let Some(parts) = parts.collect::<Option<Vec<&State>>>() else { continue };
            let ids: Vec<usize> = parts.iter().map(|part| part.term.id).collect();
            if !tried.contains(&ids) {
                tried.push(ids);
                let plain = self.combined(class, Head::Apply(op), &parts);
                let refined = plain.as_ref().and_then(|plain| self.refined(class, parts[0], plain));
                found.extend(refined.or(plain).map(|state| (Best, state)));
            }
        }
        if op == Op::Mul {
            for (a, rest) in [(operands[0], operands[1]), (operands[1], operands[0])] {
                found.extend(self.shrunk(class, a, rest).map(|state| (Best, state)));
            }
        }
        if self.question.pairs {
            self.paired(class, op, operands, found);
        }
    }

    /// a·(1 − b) as a − a·b, where b is small: then a's error counts once and b's hardly at all.
    fn shrunk(&self, class: usize, a: usize, rest: usize) -> Option<State> {
        let one =
            |class: &usize| self.classes[class].iter().any(|m| matches!(m, Member::Number(n) if *n == Rational::ONE));
        let of_one = self.classes[&rest].iter().find_map(|member| match member {
            Member::Apply(Op::Sub, operands) if one(&operands[0]) => Some(operands[1]),
            _ => None,
        })?;
        let (a, b) = (self.held(a, Hold::Best)?, self.held(of_one, Hold::Best)?);
        let again = matches!(b.term.head, Head::Shrunk(_));
        if again { None } else { self.combined(class, Head::Shrunk(b.term.is_share(&a.term)), &[a, b]) }
    }

    /// a/(1 + a) with what its quotient leaves, where that has a bound wherever the quotient has one.
    fn refined(&self, class: usize, a: &State, quotient: &State) -> Option<State> {
        if !self.question.refined || !quotient.term.is_share(&a.term) {
            return None;
        }
        let refined = self.combined(class, Head::Refined, &[a, quotient])?;
        let kept = refined.approx.iter().zip(quotient.approx.iter()).all(|(new, old)| new.is_some() || old.is_none());
        kept.then_some(refined)
    }

    fn is_pivot(&self, class: usize) -> bool {
        self.classes[&class]
            .iter()
            .any(|member| matches!(member, Member::Symbol(name) if &**name == self.question.pivot))
    }

    /// |w| cut at the clamp.
    fn clamped(&self, class: usize, pivot: usize, hold: Hold, head: Head) -> Option<(Hold, State)> {
        let inside = self.held(pivot, hold)?;
        let approx =
            inside.approx.iter().map(|one| one.and_then(|one| one.abs().at_most(self.question.clamp))).collect();
        let mut state = self.state(approx, [self.question.clamp; 4], class, head, &[inside]);
        // on the tails the clamped value stands for |w| in what vanishes there: no fault of the clamp itself
        state.cost = state.cost.without_tails();
        Some((Hold::Finite, state))
    }

    /// Ways that hold operands or the result as pairs.
    fn paired(&self, class: usize, op: Op, operands: &[usize], found: &mut Vec<(Hold, State)>) {
        use Hold::{Finite, Pair};
        let single = |at: usize| self.held(operands[at], Finite);
        let pair = |at: usize| self.held(operands[at], Pair);
        let mut offer = |hold: Hold, head: Head, parts: Option<Vec<&State>>| {
            if let Some(parts) = parts {
                found.extend(self.combined(class, head, &parts).map(|state| (hold, state)));
            }
        };
        match op {
            Op::Exp => offer(Hold::Best, Head::ExpPair, pair(0).map(|a| vec![a])),
            Op::Neg => offer(Pair, Head::PairNeg, pair(0).map(|a| vec![a])),
            Op::Add => offer(Pair, Head::TwoSum, single(0).zip(single(1)).map(|(a, b)| vec![a, b])),
            Op::Mul => {
                offer(Pair, Head::PairTimes, pair(0).zip(single(1)).map(|(a, b)| vec![a, b]));
                offer(Pair, Head::PairTimes, pair(1).zip(single(0)).map(|(a, b)| vec![a, b]));
            }
            Op::Log1p => {
                // small beside what it is added to, so that a single float is enough
                let log = single(0).and_then(|a| self.combined(class, Head::Apply(op), &[a]));
                offer(Pair, Head::Widen, log.as_ref().map(|log| vec![log]));
            }
            _ => {}
        }
    }

    fn combined(&self, class: usize, head: Head, parts: &[&State]) -> Option<State> {
        let pieces = self.question.pieces.len();
        let terms: Vec<Rc<Term>> = parts.iter().map(|part| part.term.clone()).collect();
        let quotient = head == Head::Apply(Op::Div);
        let approx: Vec<Option<Approx>> = (0..pieces)
            .map(|at| {
                let parts: Option<Vec<Approx>> = parts.iter().map(|part| part.approx[at]).collect();
                let parts = parts?;
                let share = quotient && terms[1].is_one_plus(self.stands_for(&terms[0], at));
                if share { parts[0].div_by_one_plus(&parts[1], false) } else { bound(&head, &parts, self.question.set) }
            })
            .collect();
        if approx.iter().all(Option::is_none) {
            return None;
        }
        let ends = [0, 1, 2, 3].map(|end| at_end(&head, &parts.iter().map(|part| part.ends[end]).collect::<Vec<_>>()));
        Some(self.state(approx, ends, class, head, parts))
    }

    /// What the term is on a piece: a choice whose condition is known there is one of its branches.
    fn stands_for<'t>(&self, term: &'t Term, at: usize) -> &'t Term {
        let (Head::Apply(Op::Where), [condition, yes, no]) = (&term.head, &term.operands[..]) else { return term };
        let truth = self.values.get(&condition.class).and_then(|values| values[at]);
        match truth.and_then(|truth| truth.is_point()) {
            Some(1.0) => self.stands_for(yes, at),
            Some(_) => self.stands_for(no, at),
            None => term,
        }
    }

    /// A `where`: on each piece the branch that its condition takes there.
    fn chosen(&self, class: usize, operands: &[usize], hold: Hold) -> Option<State> {
        let [condition, yes, no] = operands else { return None };
        let truths = self.values.get(condition)?;
        let (yes, no) = (self.held(*yes, hold)?, self.held(*no, hold)?);
        let test = self.held(*condition, Hold::Best)?;
        let approx = truths
            .iter()
            .enumerate()
            .map(|(at, truth)| match truth.and_then(|truth| truth.is_point()) {
                Some(1.0) => yes.approx[at],
                Some(_) => no.approx[at],
                None => Some(yes.approx[at]?.either(&no.approx[at]?)),
            })
            .collect();
        let ends = [0, 1, 2, 3].map(|end| if test.ends[end] == 1.0 { yes.ends[end] } else { no.ends[end] });
        Some(self.state(approx, ends, class, Head::Apply(Op::Where), &[test, yes, no]))
    }
}
