//! What holds at a position of a formula: which names stand for themselves, what is given, where each name lies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Statement;
use super::case::{Case, implies, mirrored, negated};
use super::fraction::{self, Compared, Kind};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::{Interval, Truth};
use crate::op::Op;
use crate::rational::Rational;

/// Most cases that a condition is proved by.
const MOST_CASES: usize = 64;

/// What holds at a position.
#[derive(Clone, Debug)]
pub struct World<'a> {
    /// Names and definitions.
    pub statement: &'a Statement,
    /// The variables of the derivatives around: they stand for themselves.
    pub bound: Vec<Arc<str>>,
    /// The case: what holds of names and expressions.
    pub case: Case,
    /// Where each name lies; `None` where it may be undefined.
    ranges: Ranges,
    /// The same where nothing is known but the statement.
    stated: Ranges,
}

type Ranges = BTreeMap<Arc<str>, Option<Interval>>;

/// An operator that may be undefined, with the operands that say where.
pub type Partial = (Op, Vec<Expr>);

impl<'a> World<'a> {
    /// The world outside every derivative, in a case.
    pub fn new(statement: &'a Statement, case: Case) -> World<'a> {
        World { statement, bound: Vec::new(), case, ranges: Ranges::new(), stated: Ranges::new() }.entered()
    }

    /// The world inside a derivative by the name.
    ///
    /// What is known of the sign of an expression holds there as well where the variable does not change it, or where
    /// it is continuous and the sign is strict: then it holds around the point.
    pub fn under(&self, variable: &Arc<str>) -> World<'a> {
        let mut inner = self.clone();
        let stays = |(of, sign): &(Expr, Op)| {
            let strict = matches!(sign, Op::Lt | Op::Gt);
            !self.reached(of).contains(variable) || (strict && self.is_continuous(of))
        };
        inner.case.signs.retain(stays);
        inner.bound.push(variable.clone());
        inner.entered()
    }

    /// The same world in a case.
    fn in_case(&self, case: &BTreeMap<Arc<str>, Rational>) -> World<'a> {
        let mut inner = self.clone();
        inner.case.given.extend(case.clone());
        inner.with_ranges()
    }

    /// Ranges with nothing known but the statement, and with what is known.
    fn entered(mut self) -> World<'a> {
        let case = std::mem::take(&mut self.case);
        self.stated = Ranges::new();
        let mut world = self.with_ranges();
        world.stated = world.ranges.clone();
        world.case = case;
        if world.case == Case::default() { world } else { world.with_ranges() }
    }

    /// A variable of a derivative lies where it lay, if that has an inside; a derivative by a label has no facts of it.
    ///
    /// Around its value it may lie beyond an end that a case holds closed: there the end of the statement counts.
    fn with_ranges(mut self) -> World<'a> {
        self.ranges.clear();
        let inside = |range: Interval| if range.is_point().is_some() { Interval::whole() } else { range };
        for (name, domain) in &self.statement.names {
            let whole = Interval::of_domain(domain);
            let range = match (self.is_bound(name), domain, self.case.given.get(name)) {
                (true, Domain::Set(_), _) => Interval::whole(),
                (true, ..) => inside(self.case.within(name, whole).around(&whole)),
                (false, _, Some(value)) => Interval::of_rational(value),
                (false, ..) => self.case.within(name, whole),
            };
            self.ranges.insert(name.clone(), Some(range));
        }
        for (name, value) in &self.statement.formula {
            let range = self.range(value);
            let range = if self.is_bound(name) {
                Some(self.around(name, range).map_or_else(Interval::whole, inside))
            } else {
                range
            };
            self.ranges.insert(name.clone(), range);
        }
        self
    }

    /// Where a name of the formula may lie around its value.
    fn around(&self, name: &str, range: Option<Interval>) -> Option<Interval> {
        match self.stated.get(name) {
            Some(Some(stated)) => Some(range?.around(stated)),
            Some(None) => Some(range?.around(&Interval::whole())),
            None => range,
        }
    }

    /// Is it made of continuous functions alone, defined everywhere?
    fn is_continuous(&self, expr: &Expr) -> bool {
        match (expr, expr.operands()) {
            (Expr::Number(_), _) => true,
            (Expr::Symbol(name), _) => self.value(name).is_none_or(|value| self.is_continuous(value)),
            (Expr::Apply(Op::Pow, _), [a, by]) => {
                let natural = by.as_number().and_then(Rational::to_i64).is_some_and(|by| by >= 0);
                natural && self.is_continuous(a)
            }
            (
                Expr::Apply(Op::Add | Op::Sub | Op::Neg | Op::Mul | Op::Exp | Op::Sigmoid | Op::Softplus, _),
                operands,
            ) => operands.iter().all(|operand| self.is_continuous(operand)),
            _ => false,
        }
    }

    /// Is the name the variable of a derivative around?
    pub fn is_bound(&self, name: &str) -> bool {
        self.bound.iter().any(|bound| &**bound == name)
    }

    /// What the name stands for here; `None` where it stands for itself.
    pub fn value(&self, name: &str) -> Option<&'a Expr> {
        if self.is_bound(name) {
            return None;
        }
        self.statement.formula.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// The values that the name has, where they are finitely many here.
    pub fn values(&self, name: &str) -> Option<&'a [Rational]> {
        match self.statement.names.iter().find(|(of, _)| &**of == name) {
            Some((_, Domain::Set(values))) if !self.is_bound(name) => Some(values),
            _ => None,
        }
    }

    /// The values of the expression; `None` where it may be undefined. A derivative may be any number.
    pub fn range(&self, expr: &Expr) -> Option<Interval> {
        match expr {
            Expr::Number(value) => Some(Interval::of_rational(value)),
            Expr::Symbol(name) => self.ranges.get(name).copied().unwrap_or_else(|| Some(Interval::whole())),
            Expr::Apply(Op::D, _) => Some(Interval::whole()),
            Expr::Apply(op, operands) => {
                let share = Interval::share(expr, &|part| self.range(part));
                let operands: Option<Vec<Interval>> = operands.iter().map(|operand| self.range(operand)).collect();
                let found = Interval::eval(*op, &operands?)?;
                Some(share.and_then(|share| share.intersect(&found)).unwrap_or(found))
            }
        }
    }

    /// Does the condition, a comparison, hold? By intervals, and where that is not enough case by case.
    pub fn holds(&self, condition: &Expr) -> bool {
        let yes = |world: &World| world.range(condition).is_some_and(|truth| truth.is_point() == Some(1.0));
        if yes(self) || self.holds_by_sign(condition) {
            return true;
        }
        let cases = self.cases(condition);
        cases.len() > 1 && cases.iter().all(|case| yes(&self.in_case(case)))
    }

    /// Does the comparison follow from a sign that is known in this case?
    fn holds_by_sign(&self, condition: &Expr) -> bool {
        let (Expr::Apply(asked, _), [a, b]) = (condition, condition.operands()) else { return false };
        let is = |left: &Expr, right: &Expr| fraction::compare(left, right, Kind::Ring) == Compared::Equal;
        self.case.signs.iter().any(|(of, sign)| {
            let of = self.written_out(of);
            let difference = self.written_out(&(a.clone() - b.clone()));
            (implies(*sign, *asked) && is(&of, &difference))
                || (implies(mirrored(*sign), *asked) && is(&of, &-difference))
        })
    }

    /// Does the condition hold here, or fail; `None` where neither is known.
    pub fn settled(&self, condition: &Expr) -> Option<bool> {
        let fails = || negated(condition).is_some_and(|not| self.holds(&not));
        if self.holds(condition) { Some(true) } else { fails().then_some(false) }
    }

    /// Is it never 0?
    pub fn nonzero(&self, expr: &Expr) -> bool {
        self.holds(&Expr::apply(Op::Ne, &[expr.clone(), Expr::integer(0)]))
    }

    /// Every choice of values for the names with finitely many that the expression is made of; none beyond the limit.
    pub fn cases(&self, expr: &Expr) -> Vec<BTreeMap<Arc<str>, Rational>> {
        let mut all = vec![BTreeMap::new()];
        for name in self.reached(expr) {
            let Some(values) = self.values(&name).filter(|_| !self.case.given.contains_key(&name)) else { continue };
            let with = |case: &BTreeMap<Arc<str>, Rational>| {
                let (name, case) = (name.clone(), case.clone());
                values.iter().map(move |value| {
                    let mut case = case.clone();
                    case.insert(name.clone(), value.clone());
                    case
                })
            };
            all = all.iter().flat_map(with).collect();
            if all.len() > MOST_CASES {
                return Vec::new();
            }
        }
        all
    }

    /// Every name that the expression is made of, through definitions, whatever is bound.
    pub fn reached(&self, expr: &Expr) -> BTreeSet<Arc<str>> {
        self.reached_but(expr, None)
    }

    /// The same, with one name that is not looked into.
    fn reached_but(&self, expr: &Expr, cut: Option<&str>) -> BTreeSet<Arc<str>> {
        let mut open: Vec<Arc<str>> = expr.symbols().into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if cut == Some(&*name) || !seen.insert(name.clone()) {
                continue;
            }
            let value = self.statement.formula.iter().find(|(of, _)| *of == name);
            open.extend(value.iter().flat_map(|(_, value)| value.symbols()));
        }
        seen
    }

    /// Does it not change with the name? A *no* may be caution.
    pub fn constant(&self, expr: &Expr, by: &Arc<str>) -> bool {
        !self.reached(expr).contains(by) || !self.moves(expr, by, None)
    }

    /// Does it change with the name through `middle` alone?
    pub fn through(&self, expr: &Expr, middle: &str, by: &Arc<str>) -> bool {
        !self.reached_but(expr, Some(middle)).contains(by) || !self.moves(expr, by, Some(middle))
    }

    /// Does it change with the name otherwise than through `cut`, where choices that are settled around the point take
    /// their branch?
    fn moves(&self, expr: &Expr, by: &Arc<str>, cut: Option<&str>) -> bool {
        self.case == Case::default() || !self.under(by).is_still(expr, by, cut)
    }

    /// Does nothing in it change with the name that is bound here?
    fn is_still(&self, expr: &Expr, by: &Arc<str>, cut: Option<&str>) -> bool {
        let still = |operand: &Expr| self.is_still(operand, by, cut);
        let compared = |op: Op, a: &Expr, b: &Expr| self.holds(&Expr::apply(op, &[a.clone(), b.clone()]));
        match (expr, expr.operands()) {
            (Expr::Number(_), _) => true,
            (Expr::Symbol(name), _) if name == by => false,
            (Expr::Symbol(name), _) if cut == Some(&**name) => true,
            // a variable of a derivative further out: that it stands for itself is no news of what it is defined by
            (Expr::Symbol(name), _) if self.is_bound(name) => !self.reached(expr).contains(by),
            (Expr::Symbol(name), _) => self.value(name).is_none_or(still),
            (Expr::Apply(Op::D, _), _) => !self.reached_but(expr, cut).contains(by),
            (Expr::Apply(Op::Where, _), [condition, yes, no]) => match self.settled(condition) {
                Some(true) => still(yes),
                Some(false) => still(no),
                None => expr.operands().iter().all(still),
            },
            (Expr::Apply(Op::Min, _), [a, b]) if compared(Op::Le, a, b) => still(a),
            (Expr::Apply(Op::Min, _), [a, b]) if compared(Op::Ge, a, b) => still(b),
            (Expr::Apply(Op::Max, _), [a, b]) if compared(Op::Ge, a, b) => still(a),
            (Expr::Apply(Op::Max, _), [a, b]) if compared(Op::Le, a, b) => still(b),
            (Expr::Apply(Op::Mul, _), [a, b]) => {
                let nothing = |factor: &Expr| self.range(factor).is_some_and(|range| range.is_point() == Some(0.0));
                nothing(a) || nothing(b) || (still(a) && still(b))
            }
            _ => expr.operands().iter().all(still),
        }
    }

    /// The expression with every definition written out that holds here.
    pub fn written_out(&self, expr: &Expr) -> Expr {
        match expr {
            Expr::Number(_) => expr.clone(),
            Expr::Symbol(name) => self.value(name).map_or_else(|| expr.clone(), |value| self.written_out(value)),
            Expr::Apply(Op::D, operands) => match &operands[1] {
                Expr::Symbol(name) => {
                    Expr::apply(Op::D, &[self.under(name).written_out(&operands[0]), operands[1].clone()])
                }
                _ => expr.clone(),
            },
            Expr::Apply(op, operands) => {
                let operands: Vec<Expr> = operands.iter().map(|operand| self.written_out(operand)).collect();
                Expr::apply(*op, &operands)
            }
        }
    }

    /// Every operator in it that is not known to be defined, definitions written out.
    pub fn partial(&self, expr: &Expr) -> BTreeSet<Partial> {
        let mut all = BTreeSet::new();
        self.collect_partial(expr, &mut all);
        all
    }

    fn collect_partial(&self, expr: &Expr, to: &mut BTreeSet<Partial>) {
        match expr {
            Expr::Number(_) => {}
            Expr::Symbol(name) => {
                if let (Some(value), Some(None)) = (self.value(name), self.ranges.get(name)) {
                    self.collect_partial(value, to);
                }
            }
            Expr::Apply(Op::D, operands) => {
                if let Expr::Symbol(name) = &operands[1] {
                    self.under(name).collect_partial(&operands[0], to);
                }
            }
            Expr::Apply(op, operands) => {
                operands.iter().for_each(|operand| self.collect_partial(operand, to));
                let decisive = if *op == Op::Div { &operands[1..] } else { &operands[..] };
                if !self.defined(*op, operands) {
                    to.insert((*op, decisive.iter().map(|operand| self.written_out(operand)).collect()));
                }
            }
        }
    }

    /// Is the operator defined for these operands, wherever they are?
    fn defined(&self, op: Op, operands: &[Expr]) -> bool {
        let known = |operand: &Expr| self.range(operand).unwrap_or_else(Interval::whole);
        let holds = |op: Op, a: &Expr, b: i64| self.holds(&Expr::apply(op, &[a.clone(), Expr::integer(b)]));
        match (op, operands) {
            (Op::Div, [_, b]) => self.nonzero(b),
            (Op::Log, [a]) => holds(Op::Gt, a, 0),
            (Op::Log1p, [a]) => holds(Op::Gt, a, -1),
            (Op::Sqrt, [a]) => holds(Op::Ge, a, 0),
            (Op::Clamp, [_, lo, hi]) => self.holds(&Expr::apply(Op::Le, &[lo.clone(), hi.clone()])),
            (Op::Pow, [a, b]) => {
                let whole = known(b).is_point().filter(|power| power.fract() == 0.0);
                holds(Op::Gt, a, 0)
                    || (holds(Op::Ge, a, 0) && known(b).nonnegative() == Truth::Yes)
                    || whole.is_some_and(|power| power >= 0.0 || self.nonzero(a))
            }
            _ => true,
        }
    }
}
