//! One elementary step → a proof term of Coq: `f_equal` around what changes, `Derive_ext` where that is inside a
//! derivative, and the lemma of the rule at the position.

use std::sync::Arc;

use super::rule;
use super::term::{Scope, definition, number, variable, whole};
use super::{Exported, fact};
use crate::check::{World, fit};
use crate::derivation::Step;
use crate::expr::Expr;
use crate::op::Op;
use crate::rule::{Rule, RuleBook};

/// What a proof may use.
pub struct Means<'a> {
    /// The rules.
    pub book: &'a RuleBook,
    /// The derivatives found above.
    pub lemmas: &'a [Exported],
}

impl Means<'_> {
    /// A term of the type `before = after`.
    ///
    /// # Errors
    /// What has no form in Coq, in words.
    pub fn proof(&self, step: &Step, world: &World) -> Result<String, String> {
        self.lifted(&step.rule, &step.at, &step.before, &step.after, world)
    }

    /// Down to the position: as far as no derivative is entered in one context, then through the derivative.
    fn lifted(&self, rule: &str, at: &[usize], before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        if at.is_empty() {
            return self.local(rule, before, after, world);
        }
        let mut hole = Scope::World(world).context(before, at)?;
        let Some(inner) = hole.inside.take() else {
            let (b, a) = (part(before, at), part(after, at));
            return Ok(format!("(f_equal (fun h : R => {}) {})", hole.text, self.local(rule, b, a, world)?));
        };
        let (b, a) = (part(before, &at[..inner]), part(after, &at[..inner]));
        let proof = self.through(rule, &at[inner + 1..], b, a, world)?;
        Ok(if inner == 0 { proof } else { format!("(f_equal (fun h : R => {}) {proof})", hole.text) })
    }

    /// Two derivatives of functions that are equal wherever the variable may lie.
    fn through(&self, rule: &str, at: &[usize], before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        let (Expr::Symbol(by), scope) = (&before.operands()[1], Scope::World(world)) else {
            return Err("a derivative by what is no name".to_string());
        };
        let inner = world.under(by);
        let equal = self.lifted(rule, at, &before.operands()[0], &after.operands()[0], &inner)?;
        let (name, at) = (variable(by), scope.term(&before.operands()[1])?);
        let (f, g) = (scope.function(&before.operands()[0], by)?, scope.function(&after.operands()[0], by)?);
        let (lo, hi) = fact::open_ends(&inner, by);
        if lo.is_none() && hi.is_none() {
            return Ok(format!("(Derive_ext {f} {g} {at} (fun {name} : R => {equal}))"));
        }
        let end = |end: &Option<String>, infinite: &str| end.clone().unwrap_or_else(|| infinite.to_string());
        let (lo, hi) = (end(&lo, "m_infty"), end(&hi, "p_infty"));
        Ok(format!(
            "(derive_within {lo} {hi} {f} {g} {at} ltac:(bounds) ltac:(bounds) (fun ({name} : R) \
             (Lo : Rbar_lt {lo} {name}) (Hi : Rbar_lt {name} {hi}) => {equal}))"
        ))
    }

    /// What changes, by the rule.
    fn local(&self, rule: &str, before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        let scope = Scope::World(world);
        let statement = format!("{} = {}", scope.term(before)?, scope.term(after)?);
        let tactic = |tactic: &str| Ok(format!("(ltac:({tactic}) : {statement})"));
        match rule {
            "ring" => tactic("ring_step"),
            "field" => tactic("field_step"),
            "definition" => Ok(format!("(eq_refl : {statement})")),
            "cases" => tactic("cases_step"),
            "case" => tactic("case_step"),
            "derived" => self.derived(before, after, world),
            _ if rule.starts_with("d-") => match matches!(before, Expr::Apply(Op::D, _)) {
                true => row(rule, before, after, world),
                false => row(rule, after, before, world).map(|proof| format!("(eq_sym {proof})")),
            },
            _ => match self.book.rules.iter().find(|known| &*known.name == rule) {
                None => Err(format!("there is no rule `{rule}`")),
                Some(rule) => match self.by_book(rule, before, after, world)? {
                    Some(proof) => Ok(proof),
                    // a part that is folded into a number
                    None => tactic("field_step"),
                },
            },
        }
    }

    /// The rule's lemma with its arguments; `None` where it does not fit as written.
    fn by_book(&self, rule: &Rule, before: &Expr, after: &Expr, world: &World) -> Result<Option<String>, String> {
        let (bound, back) = match fit::both(&rule.lhs, &rule.rhs, before, after) {
            Some(bound) => (bound, false),
            None => match fit::both(&rule.lhs, &rule.rhs, after, before) {
                Some(bound) => (bound, true),
                None => return Ok(None),
            },
        };
        let mut proof = rule::name(&rule.name);
        for name in rule::arguments(rule) {
            let argument = bound.get(&name).ok_or_else(|| format!("`{name}` of `{}` is not bound", rule.name))?;
            proof += &format!(" {}", Scope::World(world).term(argument)?);
        }
        proof += &" ltac:(known)".repeat(rule.when.len());
        Ok(Some(if back { format!("(eq_sym ({proof}))") } else { format!("({proof})") }))
    }

    /// A derivative found above, at what its names stand for here.
    fn derived(&self, before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        let is = |lemma: &Exported, lhs: &Expr, rhs: &Expr| lemma.lhs == *lhs && lemma.rhs == *rhs;
        let found = |lhs, rhs| self.lemmas.iter().find(|lemma| is(lemma, lhs, rhs));
        let (lemma, back) = match (found(before, after), found(after, before)) {
            (Some(lemma), _) => (lemma, false),
            (None, Some(lemma)) => (lemma, true),
            _ => return Err("a derivative found above has no form in Coq".to_string()),
        };
        let mut proof = lemma.name.clone();
        for name in &lemma.names {
            proof += &format!(" {}", Scope::World(world).term(&Expr::Symbol(name.clone()))?);
        }
        proof += &" ltac:(known)".repeat(lemma.facts);
        Ok(if back { format!("(eq_sym ({proof}))") } else { format!("({proof})") })
    }
}

/// A row of the table of derivatives.
fn row(rule: &str, before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
    let scope = Scope::World(world);
    let [of, by] = before.operands() else { return Err("no derivative".to_string()) };
    let Expr::Symbol(name) = by else { return Err("a derivative by what is no name".to_string()) };
    let (at, of_function) = (scope.term(by)?, |expr: &Expr| scope.function(expr, name));
    let operand = |place: usize| of_function(&of.operands()[place]);
    let term = |place: usize| scope.term(&of.operands()[place]);
    let unary = |lemma: &str, conditions: usize| {
        Ok(format!("({lemma} {} {at}{})", operand(0)?, " ltac:(smooth)".repeat(conditions)))
    };
    let binary = |lemma: &str, conditions: usize| {
        Ok(format!("({lemma} {} {} {at}{})", operand(0)?, operand(1)?, " ltac:(smooth)".repeat(conditions)))
    };
    match rule {
        "d-variable" => Ok(format!("(d_variable {at})")),
        "d-constant" => Ok(format!("(d_constant {} {at})", scope.term(of)?)),
        "d-chain" => {
            let middle = after.operands()[1].operands()[0].clone();
            let Expr::Symbol(through) = &middle else { return Err("no chain".to_string()) };
            let (f, g) = (scope.function(of, through)?, of_function(&middle)?);
            Ok(format!("(d_chain {f} {g} {at} ltac:(smooth) ltac:(smooth))"))
        }
        "d-sum" => binary("d_sum", 2),
        "d-difference" => binary("d_difference", 2),
        "d-negation" => unary("d_negation", 0),
        "d-factor" if after.operands().first() == of.operands().first() => {
            Ok(format!("(d_factor_left {} {} {at})", term(0)?, operand(1)?))
        }
        "d-factor" => Ok(format!("(d_factor_right {} {} {at})", operand(0)?, term(1)?)),
        "d-product" => binary("d_product", 2),
        "d-divisor" => Ok(format!("(d_divisor {} {} {at})", operand(0)?, term(1)?)),
        "d-quotient" => binary("d_quotient", 3),
        "d-power" => match whole(&of.operands()[1]) {
            Some(power) if power >= 0 => {
                let count = number(&power.into());
                Ok(format!("(d_power_whole {} {power} {count} {at} ltac:(whole) ltac:(smooth))", operand(0)?))
            }
            Some(_) => Err("a negative whole power".to_string()),
            None => Ok(format!("(d_power {} {} {at} ltac:(smooth) ltac:(smooth))", operand(0)?, term(1)?)),
        },
        "d-exponential" => Ok(format!("(d_exponential {} {} {at} ltac:(smooth))", term(0)?, operand(1)?)),
        "d-power-both" => binary("d_power_both", 3),
        "d-exp" => unary("d_exp", 1),
        "d-log" => unary("d_log", 2),
        "d-log1p" => unary("d_log1p", 2),
        "d-expm1" => unary("d_expm1", 1),
        "d-sigmoid" => unary("d_sigmoid", 1),
        "d-softplus" => unary("d_softplus", 1),
        "d-sqrt" => unary("d_sqrt", 2),
        _ => Err(format!("`{rule}`: a derivative in pieces")),
    }
}

fn part<'a>(expr: &'a Expr, at: &[usize]) -> &'a Expr {
    at.iter().fold(expr, |expr, place| &expr.operands()[*place])
}

/// A formula with `h` at a position, as far as no derivative is entered.
struct Hole {
    text: String,
    /// The number of places down to the derivative that is entered.
    inside: Option<usize>,
}

impl Scope<'_> {
    fn context(self, expr: &Expr, at: &[usize]) -> Result<Hole, String> {
        let mark = Expr::Symbol(Arc::from(MARK));
        let derivative = (0..at.len()).find(|depth| matches!(part(expr, &at[..*depth]), Expr::Apply(Op::D, _)));
        let text = self.term(&put(expr, &at[..derivative.unwrap_or(at.len())], &mark))?;
        Ok(Hole { text: text.replace(&variable(MARK), "h"), inside: derivative })
    }
}

/// Stands for what changes; no name of the notation.
const MARK: &str = "hole'";

fn put(expr: &Expr, at: &[usize], part: &Expr) -> Expr {
    let (Some((place, rest)), Expr::Apply(op, operands)) = (at.split_first(), expr) else { return part.clone() };
    let mut operands = operands.to_vec();
    operands[*place] = put(&operands[*place], rest, part);
    Expr::apply(*op, &operands)
}

/// Every definition of the formula, for `cbv`.
pub fn definitions(world: &World) -> String {
    world.statement.formula.iter().map(|(name, _)| definition(name)).collect::<Vec<_>>().join(" ")
}
