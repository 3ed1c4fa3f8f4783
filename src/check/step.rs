//! One elementary step × what may be used → accepted, or why not.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::case::Case;
use super::fraction::{self, Compared, Kind};
use super::world::World;
use super::{Chain, derivative, fit};
use crate::derivation::Step;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;
use crate::rule::{Rule, RuleBook};

/// Most numbers that a change may be folded into: `-a` and `a/3` are numbers where `a` is one.
const MOST_FOLDS: usize = 6;
/// Longest part that a refusal shows whole, in characters.
const LONGEST: usize = 300;

/// The rule of a step that stands for the gap between a shown line and the steps behind it.
pub const SHOWN: &str = "shown line";

/// What a step may use.
pub struct Means<'a> {
    /// The rules.
    pub book: &'a RuleBook,
    /// The derivatives found above, each with the names whose definitions its proof uses.
    pub lemmas: Vec<(&'a Chain, BTreeSet<Arc<str>>)>,
}

/// Why a step is refused, and what stands at the position.
pub struct Fault {
    /// What stands there before and after, where both have the position.
    pub parts: Option<(String, String)>,
    /// The reason.
    pub why: String,
}

impl Means<'_> {
    /// Judges the step; the names whose definitions it uses go to `opened`.
    pub fn judge(&self, step: &Step, outside: &World, opened: &mut BTreeSet<Arc<str>>) -> Result<(), Fault> {
        let alone = |why: &str| Fault { parts: None, why: why.to_string() };
        if step.before == step.after {
            return Err(alone("nothing changes"));
        }
        let (world, before, after) = at(step, outside).map_err(|why| alone(&why))?;
        self.folded(&step.rule, before, after, &world, opened, MOST_FOLDS)
            .map_err(|why| Fault { parts: Some((shown(before), shown(after))), why })
    }

    /// By the rule at the position, or inside what it is folded into.
    fn folded(
        &self,
        rule: &str,
        before: &Expr,
        after: &Expr,
        world: &World,
        opened: &mut BTreeSet<Arc<str>>,
        folds: usize,
    ) -> Result<(), String> {
        let why = match self.by_rule(rule, before, after, world, opened) {
            Ok(()) => return Ok(()),
            Err(why) => why,
        };
        if folds > 0
            && let Some((before, after)) = unfolded(before, after)
            && self.folded(rule, &before, &after, world, opened, folds - 1).is_ok()
        {
            return Ok(());
        }
        Err(why)
    }

    fn by_rule(
        &self,
        rule: &str,
        before: &Expr,
        after: &Expr,
        world: &World,
        opened: &mut BTreeSet<Arc<str>>,
    ) -> Result<(), String> {
        match rule {
            "ring" => arithmetic(before, after, Kind::Ring, world),
            "field" => arithmetic(before, after, Kind::Field, world),
            "definition" => definition(before, after, world, opened),
            "derived" => self.derived(before, after, world, opened),
            "case" => case(before, after, world).or_else(|why| case(after, before, world).map_err(|_| why)),
            "cases" => cases(before, after, world),
            "branch" => branch(before, after, world).or_else(|why| branch(after, before, world).map_err(|_| why)),
            SHOWN => Err("the shown line does not begin and end where its steps do".to_string()),
            _ if rule.starts_with("d-") => derivative::judge(rule, before, after, world)
                .or_else(|why| derivative::judge(rule, after, before, world).map_err(|_| why)),
            _ => match self.book.rules.iter().find(|known| &*known.name == rule) {
                Some(rule) => by_book(rule, before, after, world),
                None => Err(format!("there is no rule `{rule}`")),
            },
        }
    }

    /// A derivative found above, as long as its proof holds here: nothing bound here was written out there.
    fn derived(
        &self,
        before: &Expr,
        after: &Expr,
        world: &World,
        opened: &mut BTreeSet<Arc<str>>,
    ) -> Result<(), String> {
        let is = |lemma: &Chain| {
            (lemma.lhs == *before && lemma.rhs == *after) || (lemma.lhs == *after && lemma.rhs == *before)
        };
        let Some((lemma, used)) = self.lemmas.iter().find(|(lemma, _)| is(lemma)) else {
            return Err("no derivative found above says so".to_string());
        };
        let outside = World::new(world.statement, Case::default());
        for name in &world.bound {
            let symbol = Expr::Symbol(name.clone());
            if used.contains(name) || outside.range(&symbol).is_some_and(|range| Some(range) != world.range(&symbol)) {
                return Err(format!("`{}` was found with what `{name}` is, and here `{name}` changes", lemma.name));
            }
        }
        opened.extend(used.iter().cloned());
        Ok(())
    }
}

/// The world and both parts at the step's position, where nothing else changes.
fn at<'e, 'a>(step: &'e Step, outside: &World<'a>) -> Result<(World<'a>, &'e Expr, &'e Expr), String> {
    let (mut before, mut after, mut world) = (&step.before, &step.after, outside.clone());
    for (depth, place) in step.at.iter().enumerate() {
        let here = || format!("{:?}", &step.at[..=depth]);
        let (Expr::Apply(op, left), Expr::Apply(same, right)) = (before, after) else {
            return Err(format!("there is no position {}", here()));
        };
        if op != same {
            return Err("more changes than this position".to_string());
        }
        let (Some(inner), Some(changed)) = (left.get(*place), right.get(*place)) else {
            return Err(format!("there is no position {}", here()));
        };
        let others = (0..left.len()).filter(|other| other != place).all(|other| left[other] == right[other]);
        if !others {
            return Err("more changes than this position".to_string());
        }
        if *op == Op::D {
            match (&left[1], place) {
                (Expr::Symbol(name), 0) => world = world.under(name),
                _ => return Err(format!("`{}` stands where a variable belongs", left[1])),
            }
        }
        (before, after) = (inner, changed);
    }
    Ok((world, before, after))
}

/// `-a`, `a/3` and `3/a` are numbers where `a` is one: the change of `a` behind that of the number.
fn unfolded(before: &Expr, after: &Expr) -> Option<(Expr, Expr)> {
    let inner = |whole: &Expr, value: &Rational| match (whole, whole.operands()) {
        (Expr::Apply(Op::Neg, _), [a]) => Some((a.clone(), Expr::Number(-value))),
        (Expr::Apply(Op::Div, _), [a, Expr::Number(by)]) => Some((a.clone(), Expr::Number(value * by))),
        (Expr::Apply(Op::Div, _), [Expr::Number(of), b]) if !of.is_zero() => {
            Some((b.clone(), Expr::Number(of.checked_div(value)?)))
        }
        _ => None,
    };
    match (before, after) {
        (_, Expr::Number(value)) => inner(before, value),
        (Expr::Number(value), _) => inner(after, value).map(|(a, number)| (number, a)),
        _ => None,
    }
}

fn by_book(rule: &Rule, before: &Expr, after: &Expr, world: &World) -> Result<(), String> {
    let (lhs, rhs) = (&rule.lhs, &rule.rhs);
    let bound = fit::both(lhs, rhs, before, after).or_else(|| fit::both(lhs, rhs, after, before));
    let Some(bound) = bound else {
        return Err(format!("they are no instance of `{lhs}` and `{rhs}`"));
    };
    for condition in &rule.when {
        let instance = fit::put(condition, &bound);
        if !world.holds(&instance) {
            return Err(format!("the condition `{condition}` is not known: here it is `{}`", shown(&instance)));
        }
    }
    as_defined(before, after, world)
}

fn arithmetic(before: &Expr, after: &Expr, kind: Kind, world: &World) -> Result<(), String> {
    match fraction::compare(before, after, kind) {
        Compared::Equal => as_defined(before, after, world),
        Compared::Differ if kind == Kind::Ring => Err("they are not equal as polynomials".to_string()),
        Compared::Differ => Err("they are not equal as rational functions".to_string()),
        Compared::Divides => Err("`ring` has no division by what is no number".to_string()),
        Compared::Limit => Err("they are too long to compare, or something is divided by 0".to_string()),
    }
}

/// Both are undefined at the same places, as far as anything may be undefined at all.
fn as_defined(before: &Expr, after: &Expr, world: &World) -> Result<(), String> {
    let (left, right) = (world.partial(before), world.partial(after));
    match left.symmetric_difference(&right).next() {
        None => Ok(()),
        Some((op, operands)) => {
            let operands: Vec<String> = operands.iter().map(shown).collect();
            Err(format!("one of them is not known to be defined: `{op}` of `{}`", operands.join("`, `")))
        }
    }
}

/// A name and its value; or the same inside a derivative.
fn definition(before: &Expr, after: &Expr, world: &World, opened: &mut BTreeSet<Arc<str>>) -> Result<(), String> {
    if let (Expr::Apply(Op::D, left), Expr::Apply(Op::D, right)) = (before, after)
        && let (true, Expr::Symbol(name)) = (left[1] == right[1], &left[1])
    {
        return definition(&left[0], &right[0], &world.under(name), opened);
    }
    for (name, value) in [(before, after), (after, before)] {
        let Expr::Symbol(name) = name else { continue };
        if world.value(name) == Some(value) {
            opened.insert(name.clone());
            return Ok(());
        }
        if world.is_bound(name) {
            return Err(format!("inside a derivative by `{name}` it stands for itself"));
        }
    }
    Err("neither is a name that the formula defines as the other".to_string())
}

/// In a case a name is its number.
fn case(name: &Expr, number: &Expr, world: &World) -> Result<(), String> {
    match (name, number) {
        (Expr::Symbol(name), Expr::Number(value)) if world.is_bound(name) => {
            Err(format!("inside a derivative by `{name}` it is not `{value}`"))
        }
        (Expr::Symbol(name), Expr::Number(value)) if world.case.given.get(name) == Some(value) => Ok(()),
        (Expr::Symbol(name), Expr::Number(value)) => Err(format!("here it is not known that `{name} = {value}`")),
        _ => Err("a case is a name and its number".to_string()),
    }
}

/// A choice that is settled here, and the branch that it takes.
fn branch(choice: &Expr, taken: &Expr, world: &World) -> Result<(), String> {
    let Expr::Apply(op, operands) = choice else { return Err("there is no choice".to_string()) };
    let least = |a: &Expr, b: &Expr| world.holds(&Expr::apply(Op::Le, &[a.clone(), b.clone()]));
    let zero = Expr::integer(0);
    let branch = match (op, &operands[..]) {
        // the other branch may be undefined: it is not looked at
        (Op::Where, [condition, yes, no]) => {
            return match world.settled(condition) {
                Some(holds) if taken == if holds { yes } else { no } => Ok(()),
                Some(holds) => Err(format!("the condition {} here", if holds { "holds" } else { "fails" })),
                None => Err(format!("it is not known whether `{}` holds", shown(condition))),
            };
        }
        (Op::Abs, [a]) if least(&zero, a) => Some(a.clone()),
        (Op::Abs, [a]) if least(a, &zero) => Some(-a.clone()),
        (Op::Min, [a, b]) if least(a, b) => Some(a.clone()),
        (Op::Min, [a, b]) if least(b, a) => Some(b.clone()),
        (Op::Max, [a, b]) if least(b, a) => Some(a.clone()),
        (Op::Max, [a, b]) if least(a, b) => Some(b.clone()),
        (Op::Clamp, [a, lo, hi]) if least(lo, a) && least(a, hi) => Some(a.clone()),
        (Op::Clamp, [a, lo, hi]) if least(a, lo) && least(lo, hi) => Some(lo.clone()),
        (Op::Clamp, [a, lo, hi]) if least(hi, a) && least(lo, hi) => Some(hi.clone()),
        _ => None,
    };
    match branch {
        None => Err(format!("it is not known which branch `{}` takes", shown(choice))),
        Some(branch) if branch == *taken => as_defined(choice, taken, world),
        Some(branch) => Err(format!("it is `{}`", shown(&branch))),
    }
}

/// Both are the same number in every case.
fn cases(before: &Expr, after: &Expr, world: &World) -> Result<(), String> {
    let both = before.clone() - after.clone();
    let cases = world.cases(&both);
    if cases.is_empty() {
        return Err("there are too many cases".to_string());
    }
    for case in cases {
        let mut known = world.case.given.clone();
        known.extend(case);
        let (left, right) = (exact(before, &known, world), exact(after, &known, world));
        if left.is_none() || left != right {
            let names: Vec<String> = known.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            return Err(format!("they are not the same number where {}", names.join(", ")));
        }
    }
    Ok(())
}

/// The value, where every name has one and it is exact.
fn exact(expr: &Expr, known: &BTreeMap<Arc<str>, Rational>, world: &World) -> Option<Rational> {
    let of = |expr: &Expr| exact(expr, known, world);
    let truth = |holds: bool| Some(if holds { Rational::ONE } else { Rational::ZERO });
    match (expr, expr.operands()) {
        (Expr::Number(value), _) => Some(value.clone()),
        (Expr::Symbol(name), _) if world.is_bound(name) => None,
        (Expr::Symbol(name), _) => known.get(name).cloned().or_else(|| of(world.value(name)?)),
        (Expr::Apply(Op::Where, _), [condition, yes, no]) => of(if of(condition)?.is_zero() { no } else { yes }),
        (Expr::Apply(Op::Neg, _), [a]) => Some(-&of(a)?),
        (Expr::Apply(op, _), [a, b]) if *op != Op::D => {
            let (a, b) = (of(a)?, of(b)?);
            match op {
                Op::Add => Some(&a + &b),
                Op::Sub => Some(&a - &b),
                Op::Mul => Some(&a * &b),
                Op::Div => a.checked_div(&b),
                Op::Pow => a.checked_pow(b.to_i64().filter(|power| power.abs() <= 64)?),
                Op::Eq => truth(a == b),
                Op::Ne => truth(a != b),
                Op::Lt => truth(a < b),
                Op::Le => truth(a <= b),
                Op::Gt => truth(a > b),
                Op::Ge => truth(a >= b),
                Op::Min => Some(a.min(b)),
                Op::Max => Some(a.max(b)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The expression, shortened in the middle where it is long.
fn shown(expr: &Expr) -> String {
    let text: Vec<char> = expr.to_string().chars().collect();
    if text.len() <= LONGEST {
        return text.into_iter().collect();
    }
    let half = LONGEST / 2;
    text[..half].iter().chain(&[' ', '…', ' ']).chain(&text[text.len() - half..]).collect()
}
