//! The rule book → what arbitrary precision says of each rule: true at sampled points of its condition, defined wherever
//! its left side is, fired in some derivation; a rejected rule still fails at its point.
//!
//! The points are special values in all combinations (0, 1, −1, 2, 1/2) and values drawn from a fixed seed: unsymmetric,
//! of both signs, tiny and large. A point counts where the conditions hold and both sides are settled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::expr::Expr;
use crate::op::Op;
use crate::oracle::{Known, Outcome, value};
use crate::rational::Rational;
use crate::rule::{Rejected, Rule, RuleBook};

/// Points that a rule must hold at.
pub const POINTS: usize = 60;
/// Draws after which a condition counts as too hard to meet.
const DRAWS: usize = 4000;
/// Special points that are tried at most.
const SPECIAL: usize = 250;
/// Bits that both sides must agree to.
const BITS: i32 = 98;

/// A value for each name.
pub type Point = BTreeMap<Arc<str>, Rational>;

/// A point where the two sides of a rule part, and what they are there.
#[derive(Clone, Debug)]
pub struct RuleWitness {
    /// The point.
    pub at: Point,
    /// The left side.
    pub lhs: Outcome,
    /// The right side.
    pub rhs: Outcome,
}

/// What became of a rule.
#[derive(Clone, Debug)]
pub enum RuleVerdict {
    /// It holds at every point tried; of a rejected rule: it fails at its point.
    Stands,
    /// The sides differ.
    Differs(RuleWitness),
    /// A side is undefined where the one that it is made from is defined.
    Undefined(RuleWitness),
    /// Too few points meet the conditions with both sides settled.
    TooFew,
    /// A rejected rule that holds at its point, or is not settled there: the point does not kill it.
    Survives(RuleWitness),
}

/// A rule, judged.
#[derive(Clone, Debug)]
pub struct JudgedRule {
    /// Its name.
    pub name: Arc<str>,
    /// Stem of its file.
    pub group: Arc<str>,
    /// Is it a rejected one?
    pub rejected: bool,
    /// Points at which both sides were compared.
    pub points: usize,
    /// Did it fire in a derivation? Rejected ones never do.
    pub fired: bool,
    /// What became of it.
    pub verdict: RuleVerdict,
}

impl JudgedRule {
    /// Nothing is found against it.
    pub fn holds(&self) -> bool {
        matches!(self.verdict, RuleVerdict::Stands) && (self.fired || self.rejected)
    }
}

/// Judges every rule of the book, then every rejected one, in their order; `fired` names the rules that some
/// derivation used.
pub fn rules(book: &RuleBook, fired: &BTreeSet<Arc<str>>) -> Vec<JudgedRule> {
    let of_rule = |rule: &Rule| {
        let (points, verdict) = judge(rule);
        let fired = fired.contains(&rule.name);
        JudgedRule { name: rule.name.clone(), group: rule.group.clone(), rejected: false, points, fired, verdict }
    };
    let of_rejected = |rule: &Rejected| JudgedRule {
        name: rule.name.clone(),
        group: rule.group.clone(),
        rejected: true,
        points: 1,
        fired: false,
        verdict: judge_rejected(rule),
    };
    book.rules.iter().map(of_rule).chain(book.rejected.iter().map(of_rejected)).collect()
}

/// Points compared, and the verdict.
fn judge(rule: &Rule) -> (usize, RuleVerdict) {
    let mut names = rule.lhs.symbols();
    names.extend(rule.rhs.symbols());
    let names: Vec<Arc<str>> = names.into_iter().collect();
    let mut compared = 0;
    let compare = |at: &Point, compared: &mut usize| -> Option<RuleVerdict> {
        if !rule.when.iter().all(|condition| holds(condition, at)) {
            return None;
        }
        let witness = RuleWitness { lhs: value(&rule.lhs, at), rhs: value(&rule.rhs, at), at: at.clone() };
        match (witness.lhs, witness.rhs) {
            (Outcome::Value(lhs), Outcome::Value(rhs)) if agree(lhs, rhs) => *compared += 1,
            (Outcome::Value(_), Outcome::Value(_)) => return Some(RuleVerdict::Differs(witness)),
            (Outcome::Value(_), Outcome::Undefined) => return Some(RuleVerdict::Undefined(witness)),
            (Outcome::Undefined, Outcome::Value(_)) if rule.both_ways => return Some(RuleVerdict::Undefined(witness)),
            _ => {}
        }
        None
    };
    for at in special_points(&names).iter().map(|at| pinned(at, &rule.when)) {
        if let Some(verdict) = compare(&at, &mut compared) {
            return (compared, verdict);
        }
    }
    let mut draw = Draw(1);
    let mut drawn = 0;
    for _ in 0..DRAWS {
        let at: Point = names.iter().map(|name| (name.clone(), draw.number())).collect();
        if let Some(verdict) = compare(&pinned(&at, &rule.when), &mut drawn) {
            return (compared + drawn, verdict);
        }
        if drawn == POINTS {
            break;
        }
    }
    let enough = drawn == POINTS || (names.is_empty() && drawn > 0);
    (compared + drawn, if enough { RuleVerdict::Stands } else { RuleVerdict::TooFew })
}

fn judge_rejected(rule: &Rejected) -> RuleVerdict {
    let at: Point = rule.at.iter().cloned().collect();
    let witness = RuleWitness { lhs: value(&rule.lhs, &at), rhs: value(&rule.rhs, &at), at };
    let fails = match (witness.lhs, witness.rhs) {
        (Outcome::Value(lhs), Outcome::Value(rhs)) => !agree(lhs, rhs),
        (Outcome::Value(_), Outcome::Undefined) | (Outcome::Undefined, Outcome::Value(_)) => true,
        _ => false,
    };
    if fails { RuleVerdict::Stands } else { RuleVerdict::Survives(witness) }
}

/// Does the condition hold there? Not where it is undefined or unsettled.
fn holds(condition: &Expr, at: &Point) -> bool {
    matches!(value(condition, at), Outcome::Value(truth) if !truth.is_zero())
}

/// The point with the names set that a condition ties to a number (`a == 1`): no draw would hit it.
fn pinned(at: &Point, when: &[Expr]) -> Point {
    let mut at = at.clone();
    for condition in when {
        if let Expr::Apply(Op::Eq, operands) = condition
            && let [Expr::Symbol(name), Expr::Number(number)] | [Expr::Number(number), Expr::Symbol(name)] =
                &operands[..]
        {
            at.insert(name.clone(), number.clone());
        }
    }
    at
}

fn agree(a: Known, b: Known) -> bool {
    if a.is_zero() || b.is_zero() {
        let small = |known: Known| known.is_zero() || known.exponent < Known::LEAST;
        return small(a) && small(b);
    }
    if (a.exponent - b.exponent).abs() > 1 {
        return false;
    }
    let scale = 2f64.powi((b.exponent - a.exponent) as i32);
    ((a.hi - b.hi * scale) + (a.lo - b.lo * scale)).abs() <= 2f64.powi(-BITS)
}

/// The special values in all combinations, the first `SPECIAL` of them.
fn special_points(names: &[Arc<str>]) -> Vec<Point> {
    let values: Vec<Rational> =
        [(0, 1), (1, 1), (-1, 1), (2, 1), (1, 2)].into_iter().filter_map(|(n, d)| Rational::ratio(n, d)).collect();
    let combinations = values.len().saturating_pow(u32::try_from(names.len()).unwrap_or(u32::MAX)).min(SPECIAL);
    let point = |mut number: usize| {
        let mut next = || {
            let value = values[number % values.len()].clone();
            number /= values.len();
            value
        };
        names.iter().map(|name| (name.clone(), next())).collect()
    };
    (0..combinations).map(point).collect()
}

/// A fixed sequence of numbers.
struct Draw(u64);

impl Draw {
    fn below(&mut self, count: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % count) as i64
    }

    /// A number of either sign: most between 1/64 and 16, some tiny, some in the hundreds.
    fn number(&mut self) -> Rational {
        let exponent = match self.below(8) {
            0 => -30 - self.below(60),
            1 => 4 + self.below(6),
            2 => -12 + self.below(6),
            _ => -6 + self.below(10),
        };
        // an odd numerator of 20 bits over a power of two
        let numerator = (1 << 20) + 2 * self.below(1 << 19) + 1;
        let sign = if self.below(2) == 0 { 1 } else { -1 };
        let scale = Rational::from(2).checked_pow(exponent - 20).unwrap_or(Rational::ONE);
        &Rational::from(sign * numerator) * &scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> JudgedRule {
        let book = RuleBook::parse(&[("test", text)]).unwrap_or_else(|message| panic!("{message}"));
        let fired = book.rules.iter().map(|rule| rule.name.clone()).collect();
        rules(&book, &fired).remove(0)
    }

    #[test]
    fn the_book_stands() {
        let book = RuleBook::builtin();
        let fired = book.rules.iter().map(|rule| rule.name.clone()).collect();
        let judged = rules(book, &fired);
        assert_eq!(judged.len(), book.rules.len() + book.rejected.len());
        for rule in judged {
            assert!(rule.holds(), "{rule:?}");
            assert!(rule.rejected || rule.points >= POINTS, "{rule:?}");
        }
    }

    #[test]
    fn false_rules_are_refuted_with_a_witness() {
        for text in [
            "r : log(a*b) => log(a) + log(b)            ; true for positive ones only",
            "r : a/a => 1                               ; undefined at 0 on the left is no fault, so it stands",
            "r : a^b*a^c => a^(b*c)        when a > 0   ; an exponent is a sum",
            "r : softplus(a) => max(a, 0)               ; nearly",
            "r : sqrt(a*a) => a                         ; false below 0",
            "r : a*(b - c) => a*b - c                   ; distributivity half done",
        ] {
            let stands = text.contains("it stands");
            let rule = judged(text);
            assert_eq!(rule.holds(), stands, "{text}: {rule:?}");
        }
        let undefined = judged("r : a + 1 => exp(log(a + 1)) ; undefined below -1");
        assert!(matches!(undefined.verdict, RuleVerdict::Undefined(_)), "{undefined:?}");
        let backwards = judged("r : a/a*b <=> b*(a/a + 0*log(abs(a))) ; defined alike");
        assert!(backwards.holds(), "{backwards:?}");
        let one_way = judged("r : a*0 + 0*b <=> 0*a/a + 0*b ; the right side is undefined at 0");
        assert!(matches!(one_way.verdict, RuleVerdict::Undefined(_)), "{one_way:?}");
        let few = judged("r : log(a) => log(a) + 1 when a < 0 ; never defined");
        assert!(matches!(few.verdict, RuleVerdict::TooFew), "{few:?}");
        let tied = judged("r : a*b => b when a == 1 ; a number that no draw hits");
        assert!(tied.holds(), "{tied:?}");
    }

    #[test]
    fn a_rejected_rule_must_fail_at_its_point() {
        let dead = judged("! r : a/a => 1 at a = 0 ; undefined on the left");
        assert!(dead.holds(), "{dead:?}");
        let alive = judged("! r : a/a => 1 at a = 2 ; holds there");
        assert!(matches!(alive.verdict, RuleVerdict::Survives(_)), "{alive:?}");
    }

    #[test]
    fn a_rule_that_fires_nowhere_is_a_finding() {
        let book = RuleBook::parse(&[("test", "r : a + 0 => a ; 0 is neutral")]).unwrap();
        assert!(!rules(&book, &BTreeSet::new())[0].holds());
    }
}
