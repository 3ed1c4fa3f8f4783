//! Two expressions that are equal by arithmetic → elementary steps from one to the other.
//!
//! Where one step over polynomials or their quotients is not enough, powers are taken apart by laws of the book on both
//! sides, one step leads from one to the other, and the laws read backwards put the powers together again. What is not
//! needed is left out.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::law;
use super::line::{Line, difference, part_at};
use crate::egraph;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::field::{self, Kind};
use crate::normal::{self, Known};
use crate::op::Op;
use crate::rational::Rational;
use crate::rule::RuleBook;

/// The laws that take a part apart, in the order in which they are tried; `true` reads a law backwards.
const LAWS: &[(&str, bool)] = &[
    ("power-less-one", false),
    ("power-next-one", false),
    ("power-sum", false),
    ("power-difference", false),
    ("power-negative", false),
    ("power-times", true),
    ("power-of-product", false),
    ("power-of-quotient", false),
    ("exp-sum", false),
    ("exp-difference", false),
    ("exp-negative", false),
    ("exp-times", true),
];
/// Laws that make a whole power of what has a number in its exponent.
const TIMES: &[&str] = &["power-times", "power-times-left", "exp-times", "exp-times-left"];
/// Laws that settle a choice between equal branches.
const CHOICES: &[&str] = &["where-both-less", "where-both-greater", "where-both-equal"];
/// Expressions within expressions that arithmetic is told to look into.
const DEEPEST: usize = 6;
/// Parts that are taken apart in one expression.
const PARTS: usize = 200;

/// Equalities that need a law each: what `rules --check` shows the laws to be of use by. `a`, `b` are above 0.
pub const EXERCISES: &[[&str; 2]] = &[
    ["a^(x - 1)*a", "a^x"],
    ["a^(x + 1)/a", "a^x"],
    ["a^(x + y)/a^y", "a^x"],
    ["a^(x - y)*a^y", "a^x"],
    ["a^(-x)*a^x", "1"],
    ["(a^x)^2*a^x", "a^(x*3)"],
    ["(a^x)^2*a^x", "a^(3*x)"],
    ["(a*b)^x/a^x", "b^x"],
    ["(a/b)^x*b^x", "a^x"],
    ["a/sqrt(a)", "a^0.5"],
    ["exp(x + y)/exp(y)", "exp(x)"],
    ["exp(x - y)*exp(y)", "exp(x)"],
    ["exp(-x)*exp(x)", "1"],
    ["exp(x)^2*exp(x)", "exp(x*3)"],
    ["exp(x)^2*exp(x)", "exp(3*x)"],
    ["x/y + 1/y", "(x + 1)/y"],
    ["where(x < y, a, a)", "a"],
    ["where(x > y, a, a)", "a"],
    ["where(x == y, a, a)", "a"],
    ["exp((2 - x)*y)", "exp(y)^2/exp(x*y)"],
    ["sqrt(1 + a^2/b^2)*b", "sqrt(a^2 + b^2)"],
    ["(1 - a/(a + b))^x*(a + b)^x", "b^x"],
];

/// The laws that the exercises need.
pub fn exercised(book: &RuleBook) -> BTreeSet<Arc<str>> {
    let above = Interval::open(0.0, f64::INFINITY);
    let ranges = ["a", "b"].into_iter().map(|name| (Arc::from(name), above)).collect();
    let known = Known { ranges, ..Known::default() };
    let arithmetic = Arithmetic { book, known: &known };
    let read = |text: &str| Expr::parse(text).unwrap_or_else(|message| panic!("{message}"));
    let lines = EXERCISES.iter().filter_map(|[a, b]| arithmetic.line(&read(a), &read(b)));
    lines.flat_map(|line| line.steps.into_iter().map(|step| step.rule)).collect()
}

/// How far parts are taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Depth {
    /// By laws that apply to them as they are written.
    Written,
    /// By laws that apply once exponents are multiplied out and bases are products.
    Inside,
}

/// What arithmetic knows.
#[derive(Clone, Copy)]
pub struct Arithmetic<'a> {
    /// The rules.
    pub book: &'a RuleBook,
    /// What is known of names.
    pub known: &'a Known,
}

/// The reason of a step of arithmetic.
pub fn reason(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Ring => (kind.rule(), "arithmetic of polynomials"),
        Kind::Field => (kind.rule(), "arithmetic of fractions"),
    }
}

impl Arithmetic<'_> {
    /// The line from `a` to `b`; `None` where no way is found.
    pub fn line(&self, a: &Expr, b: &Expr) -> Option<Line> {
        self.within(a, b, DEEPEST)
    }

    fn within(&self, a: &Expr, b: &Expr, deepest: usize) -> Option<Line> {
        let mut line = Line::new(a.clone());
        if a == b {
            return Some(line);
        }
        let (at, part, other) = difference(a, b);
        for (at, part, other) in [(&at[..], part, other), (&[], a, b)] {
            if let Some(kind) = field::kind(part, other, self.known) {
                line.step(at, other.clone(), reason(kind));
                return Some(line);
            }
        }
        let deepest = deepest.checked_sub(1)?;
        for (at, part, other) in [(&at[..], part, other), (&[], a, b)] {
            if let Some(inner) = self.inside(part, other, deepest).or_else(|| self.apart(part, other, deepest)) {
                line.embed(at, &inner);
                return Some(line);
            }
        }
        None
    }

    /// One operator on both sides that arithmetic does not look into: operand by operand.
    fn inside(&self, a: &Expr, b: &Expr, deepest: usize) -> Option<Line> {
        let (Expr::Apply(op, left), Expr::Apply(same, right)) = (a, b) else { return None };
        if op != same || matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg) {
            return None;
        }
        let mut line = Line::new(a.clone());
        for (place, (from, to)) in left.iter().zip(right.iter()).enumerate() {
            line.embed(&[place], &self.within(from, to, deepest)?);
        }
        Some(line)
    }

    /// Powers taken apart on both sides, and one step between.
    fn apart(&self, a: &Expr, b: &Expr, deepest: usize) -> Option<Line> {
        // which powers of e are written as powers of others depends on which are read first
        if !normal::equal(a, b, self.known) && !normal::equal(b, a, self.known) {
            return None;
        }
        let mut sites = BTreeSet::new();
        [a, b].into_iter().for_each(|side| self.sites(side, &mut sites));
        if let Some(line) = self.met(a, b, &sites, deepest, Depth::Written) {
            return Some(line);
        }
        let mut kept = BTreeSet::new();
        let Some(mut best) = self.met(a, b, &kept, deepest, Depth::Written) else {
            return self.met(a, b, &kept, deepest, Depth::Inside);
        };
        for site in sites {
            kept.insert(site.clone());
            match self.met(a, b, &kept, deepest, Depth::Written) {
                Some(shorter) if shorter.steps.len() < best.steps.len() => best = shorter,
                _ => drop(kept.remove(&site)),
            }
        }
        Some(best)
    }

    /// Both sides taken apart but for the parts that are kept, made of the same atoms, and one step between.
    fn met(&self, a: &Expr, b: &Expr, kept: &BTreeSet<Expr>, deepest: usize, depth: Depth) -> Option<Line> {
        let mut left = Line::new(a.clone());
        let mut right = Line::new(b.clone());
        for line in [&mut left, &mut right] {
            let mut limit = PARTS;
            self.exponents(line);
            self.taken_apart(line, &mut Vec::new(), kept, &mut limit, depth);
        }
        self.united(&mut left, &right.now, deepest);
        for line in [&mut left, &mut right] {
            if let Some(squared) = field::roots_squared(&line.now, self.known)
                && let Some(kind) = field::kind(&line.now, &squared, self.known)
            {
                line.step(&[], squared, reason(kind));
                self.taken_apart(line, &mut Vec::new(), kept, &mut PARTS.clone(), depth);
            }
        }
        if left.now != right.now {
            let (at, part, other) = difference(&left.now, &right.now);
            let (at, kind, part) = match field::kind(part, other, self.known) {
                Some(kind) => (at, kind, other.clone()),
                None => (Vec::new(), field::kind(&left.now, &right.now, self.known)?, right.now.clone()),
            };
            left.step(&at, part, reason(kind));
        }
        left.embed(&[], &right.reversed(b));
        Some(left)
    }

    /// Exponents that are numbers, but not written as one, become it: `x^(2 - 1)`.
    fn exponents(&self, line: &mut Line) {
        let mut found = Vec::new();
        constant_exponents(&line.now, &mut Vec::new(), &mut found);
        for (at, value) in found {
            line.step(&at, value, reason(Kind::Ring));
        }
    }

    /// The parts that laws apply to, outermost first.
    fn sites(&self, expr: &Expr, to: &mut BTreeSet<Expr>) {
        if self.law(expr).is_some() {
            to.insert(expr.clone());
        } else if field::looks_into(expr) {
            expr.operands().iter().for_each(|operand| self.sites(operand, to));
        }
    }

    fn taken_apart(
        &self,
        line: &mut Line,
        at: &mut Vec<usize>,
        kept: &BTreeSet<Expr>,
        limit: &mut usize,
        depth: Depth,
    ) {
        while let Some(part) = part_at(&line.now, at).cloned() {
            if depth == Depth::Inside
                && *limit > 0
                && let Some((place, form)) = self.inner_form(&part)
            {
                let Some(steps) = self.within(&part.operands()[place], &form, 1) else { return };
                *limit -= 1;
                at.push(place);
                line.embed(at, &steps);
                at.pop();
                continue;
            }
            if let (Expr::Apply(Op::Where, _), [_, yes, no]) = (&part, part.operands()) {
                // a choice within a choice comes first
                for (place, branch) in [(1, yes), (2, no)] {
                    if let Expr::Apply(Op::Where, _) = branch {
                        at.push(place);
                        self.taken_apart(line, at, kept, limit, depth);
                        at.pop();
                    }
                }
            }
            let Some(part) = part_at(&line.now, at).cloned() else { return };
            let inner = if depth == Depth::Inside { self.law_of_root(&part) } else { None };
            let Some((name, made)) = inner.or_else(|| self.law(&part)).filter(|_| !kept.contains(&part) && *limit > 0)
            else {
                if field::looks_into(&part) {
                    for place in 0..part.operands().len() {
                        at.push(place);
                        self.taken_apart(line, at, kept, limit, depth);
                        at.pop();
                    }
                }
                return;
            };
            *limit -= 1;
            let why = law::named(self.book, name).map_or("", |rule| &rule.source);
            line.step(at, made, (name, why));
        }
    }

    /// The operand of an exponential, a power or a root that must be written otherwise before a law applies, and how: an
    /// exponent multiplied out, a base as a product, `1/b` as `b^-1`.
    fn inner_form(&self, part: &Expr) -> Option<(usize, Expr)> {
        let positive = |expr: &Expr| self.known.range(expr).is_some_and(|range| range.positive().is_yes());
        let exponent = |by: &Expr| match constant(by) {
            Some(value) => Some(Expr::Number(value)),
            None => normal::expanded(by, self.known),
        };
        let base = |of: &Expr| {
            if matches!(of, Expr::Symbol(_) | Expr::Number(_) | Expr::Apply(Op::Pow | Op::Exp, _)) {
                return None;
            }
            let form = normal::product(of, self.known)?;
            match (&form, form.operands()) {
                (Expr::Apply(Op::Div, _), [above, below]) if *above == Expr::integer(1) => {
                    Some(below.clone().pow(Expr::integer(-1)))
                }
                (Expr::Apply(Op::Div | Op::Mul | Op::Pow, _), _) => Some(form),
                _ => None,
            }
            .filter(positive)
        };
        let (place, form) = match (part, part.operands()) {
            (Expr::Apply(Op::Exp, _), [a]) => (0, normal::expanded(a, self.known)),
            (Expr::Apply(Op::Sqrt, _), [a]) => (0, base(a)),
            (Expr::Apply(Op::Pow, _), [a, by]) if whole(by).is_none() => match exponent(by).filter(|form| form != by) {
                Some(form) => (1, Some(form)),
                None => (0, base(a)),
            },
            _ => return None,
        };
        form.filter(|form| *form != part.operands()[place]).map(|form| (place, form))
    }

    /// A root of a product becomes a power, which is taken apart; the root of a power becomes a power.
    fn law_of_root(&self, part: &Expr) -> Option<(&'static str, Expr)> {
        let applied = |name: &'static str, back: bool| {
            Some((name, law::applied(law::named(self.book, name)?, back, part, self.known)?))
        };
        let composed = |of: &Expr| matches!(of, Expr::Apply(Op::Mul | Op::Div | Op::Pow, _));
        match (part, part.operands()) {
            (Expr::Apply(Op::Sqrt, _), [of]) if composed(of) => applied("root-power", false),
            (Expr::Apply(Op::Pow, _), [of, by]) if composed(of) && whole(by).is_none() => {
                ["power-of-product", "power-of-quotient"]
                    .into_iter()
                    .find_map(|name| applied(name, false))
                    .or_else(|| applied("power-times", true))
            }
            _ => None,
        }
    }

    /// The law that takes the part apart, and what it makes.
    fn law(&self, part: &Expr) -> Option<(&'static str, Expr)> {
        let applied = |name: &'static str, back: bool| {
            let made = law::applied(law::named(self.book, name)?, back, part, self.known)?;
            Some((name, made))
        };
        match (part, part.operands()) {
            (Expr::Apply(Op::Div, _), [a, b]) => {
                let settled = self.known.range(b).is_some_and(|range| range.nonzero().is_yes());
                let product = !settled && *a != Expr::integer(1) && b.as_number().is_none();
                product.then(|| applied("quotient-product", false)).flatten()
            }
            (Expr::Apply(Op::Pow, _), [_, by]) if *by == Expr::integer(0) => applied("power-zero", false),
            (Expr::Apply(Op::Pow, _), [_, by]) if whole(by).is_some() => applied("power-of-root", false),
            (Expr::Apply(Op::Pow, _), [_, by]) if by.as_number() == Rational::ratio(1, 2).as_ref() => {
                applied("root-power", true)
            }
            (Expr::Apply(Op::Pow | Op::Exp, _), _) => {
                let times = |name: &&'static str| {
                    let (name, made) = applied(name, false)?;
                    made.operands().get(1).and_then(whole).map(|_| (name, made))
                };
                let law = LAWS.iter().find_map(|(name, back)| applied(name, *back));
                TIMES.iter().find_map(times).or(law)
            }
            (Expr::Apply(Op::Where, _), _) => CHOICES.iter().find_map(|name| applied(name, false)),
            _ => None,
        }
    }

    /// Atoms of the line whose operands are other ways to write those of an atom of `like` become that atom.
    fn united(&self, line: &mut Line, like: &Expr, deepest: usize) {
        let mut wanted = BTreeSet::new();
        atoms(like, &mut Vec::new(), &mut |_, atom| {
            wanted.insert(atom.clone());
        });
        let mut found = Vec::new();
        atoms(&line.now, &mut Vec::new(), &mut |at, atom| found.push((at.to_vec(), atom.clone())));
        for (at, atom) in found {
            if wanted.contains(&atom) {
                continue;
            }
            let twin = |other: &&Expr| match (&atom, *other) {
                (Expr::Apply(a, left), Expr::Apply(b, right)) if a == b && *a != Op::D => {
                    left.iter().zip(right.iter()).all(|(a, b)| a == b || normal::equal(a, b, self.known))
                }
                _ => false,
            };
            let lines = wanted.iter().filter(twin).find_map(|other| self.inside(&atom, other, deepest));
            if let Some(inner) = lines {
                line.embed(&at, &inner);
            }
        }
    }
}

fn whole(by: &Expr) -> Option<i64> {
    by.as_number().and_then(Rational::to_i64)
}

/// The positions of exponents that are made of numbers, and their values as a number, or a whole one and a rest.
fn constant_exponents(expr: &Expr, at: &mut Vec<usize>, found: &mut Vec<(Vec<usize>, Expr)>) {
    if let (Expr::Apply(Op::Pow, _), [_, by]) = (expr, expr.operands())
        && let Some(value) = constant(by)
    {
        let (whole, part) = value.floor();
        let number = Expr::Number(value.clone());
        let split = if part.is_zero() || whole.is_zero() { number } else { Expr::Number(whole) + Expr::Number(part) };
        if split != *by {
            found.push((at.iter().copied().chain([1]).collect(), split));
        }
    }
    for (place, operand) in expr.operands().iter().enumerate() {
        at.push(place);
        constant_exponents(operand, at, found);
        at.pop();
    }
}

/// Its value where it is made of numbers by sums and products.
fn constant(expr: &Expr) -> Option<Rational> {
    match (expr, expr.operands()) {
        (Expr::Number(value), _) => Some(value.clone()),
        (Expr::Apply(op @ (Op::Add | Op::Sub | Op::Mul | Op::Neg), _), operands) => {
            egraph::arithmetic(*op, &operands.iter().map(constant).collect::<Option<Vec<_>>>()?)
        }
        _ => None,
    }
}

/// The parts that arithmetic does not look into, but for numbers and names.
fn atoms(expr: &Expr, at: &mut Vec<usize>, found: &mut dyn FnMut(&[usize], &Expr)) {
    if let Expr::Number(_) | Expr::Symbol(_) = expr {
        return;
    }
    if !field::looks_into(expr) {
        return found(at, expr);
    }
    for (place, operand) in expr.operands().iter().enumerate() {
        at.push(place);
        atoms(operand, at, found);
        at.pop();
    }
}
