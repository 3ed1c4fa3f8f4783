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
        if let Some(depth) = inside_exponent(before, after, at) {
            return self.same_power(before, after, &at[..depth], world);
        }
        let mut hole = Scope::World(world).context(before, at)?;
        let Some(inner) = hole.inside.take() else {
            let (b, a) = (part(before, at)?, part(after, at)?);
            return Ok(format!("(f_equal (fun h : R => {}) {})", hole.text, self.local(rule, b, a, world)?));
        };
        let (b, a) = (part(before, &at[..inner])?, part(after, &at[..inner])?);
        let proof = self.through(rule, &at[inner + 1..], b, a, world)?;
        Ok(if inner == 0 { proof } else { format!("(f_equal (fun h : R => {}) {proof})", hole.text) })
    }

    /// The exponent is a whole number before and after: both powers are written alike.
    fn same_power(&self, before: &Expr, after: &Expr, at: &[usize], world: &World) -> Result<String, String> {
        let exponents =
            (whole(part(before, at)?.operands().get(1).ok_or("no power")?), whole(operand(part(after, at)?, 1)?));
        if exponents.0 != exponents.1 {
            return Err("a power whose exponent becomes a number".to_string());
        }
        let scope = Scope::World(world);
        Ok(format!("(eq_refl : {} = {})", scope.term(before)?, scope.term(after)?))
    }

    /// Two derivatives of functions that are equal wherever the variable may lie.
    fn through(&self, rule: &str, at: &[usize], before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        let (Expr::Symbol(by), scope) = (operand(before, 1)?, Scope::World(world)) else {
            return Err("a derivative by what is no name".to_string());
        };
        let inner = world.under(by);
        if inner.case.signs.iter().any(|(of, _)| inner.reached(of).contains(by)) {
            return Err(format!("a sign that holds around `{by}`, not between two ends of it"));
        }
        let (left, right) = (operand(before, 0)?, operand(after, 0)?);
        let equal = self.lifted(rule, at, left, right, &inner)?;
        let (name, at) = (variable(by), scope.term(operand(before, 1)?)?);
        let (f, g) = (scope.function(left, by)?, scope.function(right, by)?);
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
            "branch" => tactic("branch_step"),
            "derived" => self.derived(before, after, world),
            _ if rule.starts_with("d-") => match matches!(before, Expr::Apply(Op::D, _)) {
                true => self.row(rule, before, after, world),
                false => self.row(rule, after, before, world).map(|proof| format!("(eq_sym {proof})")),
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
        if whole_power(&rule.lhs, &bound) || whole_power(&rule.rhs, &bound) {
            let scope = Scope::World(world);
            return Ok(Some(format!("(ltac:(power_step) : {} = {})", scope.term(before)?, scope.term(after)?)));
        }
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

/// How the lemma of a row is applied: to the operands as functions, or as constants; then to the point, and to proofs
/// that the functions are differentiable, and of as many other conditions.
enum Argument {
    Function(usize),
    Constant(usize),
}

/// The rows by rule: the lemma, its arguments, whether differentiability is asked for, other conditions.
const ROWS: &[(&str, &str, &[Argument], bool, usize)] = {
    use Argument::{Constant, Function};
    &[
        ("d-sum", "d_sum", &[Function(0), Function(1)], true, 0),
        ("d-difference", "d_difference", &[Function(0), Function(1)], true, 0),
        ("d-negation", "d_negation", &[Function(0)], false, 0),
        ("d-factor", "d_factor_right", &[Function(0), Constant(1)], false, 0),
        ("d-factor-left", "d_factor_left", &[Constant(0), Function(1)], false, 0),
        ("d-product", "d_product", &[Function(0), Function(1)], true, 0),
        ("d-divisor", "d_divisor", &[Function(0), Constant(1)], false, 0),
        ("d-quotient", "d_quotient", &[Function(0), Function(1)], true, 1),
        ("d-power", "d_power", &[Function(0), Constant(1)], true, 1),
        ("d-exponential", "d_exponential", &[Constant(0), Function(1)], true, 0),
        ("d-power-both", "d_power_both", &[Function(0), Function(1)], true, 1),
        ("d-exp", "d_exp", &[Function(0)], true, 0),
        ("d-log", "d_log", &[Function(0)], true, 1),
        ("d-log1p", "d_log1p", &[Function(0)], true, 1),
        ("d-expm1", "d_expm1", &[Function(0)], true, 0),
        ("d-sigmoid", "d_sigmoid", &[Function(0)], true, 0),
        ("d-softplus", "d_softplus", &[Function(0)], true, 0),
        ("d-sqrt", "d_sqrt", &[Function(0)], true, 1),
    ]
};

impl Means<'_> {
    /// A row of the table of derivatives.
    fn row(&self, rule: &str, before: &Expr, after: &Expr, world: &World) -> Result<String, String> {
        let scope = Scope::World(world);
        let (of, by) = (operand(before, 0)?, operand(before, 1)?);
        let Expr::Symbol(name) = by else { return Err("a derivative by what is no name".to_string()) };
        let at = scope.term(by)?;
        let left = rule == "d-factor" && after.operands().first() == of.operands().first();
        let power = if rule == "d-power" { whole(operand(of, 1)?) } else { None };
        match (rule, power) {
            ("d-variable", _) => return Ok(format!("(d_variable {at})")),
            ("d-constant", _) => return Ok(format!("(d_constant {} {at})", scope.term(of)?)),
            ("d-chain", _) => return self.chain(of, name, after, world),
            (_, Some(power)) => {
                let (base, count) = (operand(of, 0)?, number(&power.into()));
                let (f, smooth) = (scope.function(base, name)?, self.smooth(base, name, &at, world)?);
                let size = power.unsigned_abs();
                return Ok(match power {
                    ..0 => format!("(d_power_negative {f} {size} {count} {at} ltac:(negative) {smooth} ltac:(smooth))"),
                    // what is multiplied by 0 is written otherwise in the table
                    0 => {
                        let (before, after) = (scope.term(&d(base, by))?, scope.term(after)?);
                        format!(
                            "(eq_trans (d_power_whole {f} 0 0 {at} ltac:(whole) {smooth}) \
                             (ltac:(simpl; ring) : (0 * ({f} {at}) ^ (pred 0) * {before}) = {after}))"
                        )
                    }
                    _ => format!("(d_power_whole {f} {size} {count} {at} ltac:(whole) {smooth})"),
                });
            }
            _ => {}
        }
        let rule = if left { "d-factor-left" } else { rule };
        let row = ROWS.iter().find(|(known, ..)| *known == rule);
        let (_, lemma, arguments, asked, others) = row.ok_or_else(|| format!("`{rule}`: a derivative in pieces"))?;
        let (mut proof, mut conditions) = (format!("({lemma}"), String::new());
        for argument in *arguments {
            match argument {
                Argument::Constant(place) => proof += &format!(" {}", scope.term(operand(of, *place)?)?),
                Argument::Function(place) => {
                    proof += &format!(" {}", scope.function(operand(of, *place)?, name)?);
                    if *asked {
                        conditions += &format!(" {}", self.smooth(operand(of, *place)?, name, &at, world)?);
                    }
                }
            }
        }
        Ok(format!("{proof} {at}{conditions}{})", " ltac:(smooth)".repeat(*others)))
    }

    /// Through a name: both functions are differentiable.
    fn chain(&self, of: &Expr, by: &Arc<str>, after: &Expr, world: &World) -> Result<String, String> {
        let scope = Scope::World(world);
        let middle = part(after, &[1, 0])?;
        let Expr::Symbol(through) = middle else { return Err("no chain".to_string()) };
        let (f, g) = (scope.function(of, through)?, scope.function(middle, by)?);
        let at = scope.term(&Expr::Symbol(by.clone()))?;
        let (outer, inner) =
            (self.smooth(of, through, &scope.term(middle)?, world)?, self.smooth(middle, by, &at, world)?);
        Ok(format!("(d_chain {f} {g} {at} {outer} {inner})"))
    }

    /// `fun by => of` is differentiable at the point: derivatives in it are the forms that were found for them.
    fn smooth(&self, of: &Expr, by: &Arc<str>, at: &str, world: &World) -> Result<String, String> {
        let mut now = of.clone();
        let mut equal: Option<String> = None;
        while let Some(place) = derivative(&now) {
            let known = part(&now, &place)?;
            let lemma = self.lemmas.iter().find(|lemma| lemma.lhs == *known);
            let lemma = lemma.ok_or_else(|| format!("it is not known that `{known}` is differentiable"))?;
            let next = put(&now, &place, &lemma.rhs);
            let step = self.lifted("derived", &place, &next, &now, &world.under(by))?;
            equal = Some(equal.map_or(step.clone(), |equal| format!("(eq_trans {step} {equal})")));
            now = next;
        }
        let Some(equal) = equal else { return Ok("ltac:(smooth)".to_string()) };
        let scope = Scope::World(world);
        let (form, of) = (scope.function(&now, by)?, scope.function(of, by)?);
        let name = variable(by);
        Ok(format!("(ex_derive_ext {form} {of} {at} (fun {name} : R => {equal}) ltac:(smooth))"))
    }
}

fn d(of: &Expr, by: &Expr) -> Expr {
    Expr::apply(Op::D, &[of.clone(), by.clone()])
}

/// How deep a power stands on the way whose exponent changes and is a whole number.
fn inside_exponent(before: &Expr, after: &Expr, at: &[usize]) -> Option<usize> {
    let power = |expr: &Expr, depth: usize| match part(expr, &at[..depth]) {
        Ok(Expr::Apply(Op::Pow, operands)) => whole(&operands[1]).is_some(),
        _ => false,
    };
    (0..at.len()).find(|depth| at[*depth] == 1 && (power(before, *depth) || power(after, *depth)))
}

/// Is a symbolic exponent of the rule a whole number here? Then the power is written as a natural one.
fn whole_power(pattern: &Expr, bound: &fit::Bound) -> bool {
    if let Expr::Apply(Op::Pow, operands) = pattern
        && whole(&operands[1]).is_none()
        && whole(&fit::put(&operands[1], bound)).is_some()
    {
        return true;
    }
    pattern.operands().iter().any(|operand| whole_power(operand, bound))
}

/// The position of an outermost derivative.
fn derivative(expr: &Expr) -> Option<Vec<usize>> {
    if matches!(expr, Expr::Apply(Op::D, _)) {
        return Some(Vec::new());
    }
    expr.operands().iter().enumerate().find_map(|(place, operand)| {
        let mut at = derivative(operand)?;
        at.insert(0, place);
        Some(at)
    })
}

fn part<'a>(expr: &'a Expr, at: &[usize]) -> Result<&'a Expr, String> {
    let found = at.iter().try_fold(expr, |expr, place| expr.operands().get(*place));
    found.ok_or_else(|| format!("there is no position {at:?}"))
}

fn operand(expr: &Expr, place: usize) -> Result<&Expr, String> {
    part(expr, &[place])
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
        let derivative = (0..at.len()).find(|depth| matches!(part(expr, &at[..*depth]), Ok(Expr::Apply(Op::D, _))));
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
