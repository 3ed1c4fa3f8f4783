//! An expression in a world → a term of Coq.

use std::sync::Arc;

use super::over::Over;
use crate::check::World;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// Greatest whole exponent that is written as a natural power.
const GREATEST: i64 = 4096;

/// Where names are written: in a world, or as they are, in a rule.
#[derive(Clone, Copy)]
pub enum Scope<'a> {
    /// In a world.
    World(&'a World<'a>),
    /// In a rule: every name is a variable.
    Rule,
    /// In a loss over classes.
    Classes(&'a Over<'a>),
}

/// The variable of Coq for a name: letters and digits, and never a word of its own.
pub fn variable(name: &str) -> String {
    format!("{}_", plain(name))
}

/// The definition of Coq for a name of the formula.
pub fn definition(name: &str) -> String {
    format!("f_{}", plain(name))
}

/// The name with nothing but letters, digits and `_` of ASCII.
pub fn plain(name: &str) -> String {
    let one = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '_' => c.to_string(),
        '-' => "_".to_string(),
        c => format!("u{:x}", c as u32),
    };
    name.chars().map(one).collect()
}

/// A number.
pub fn number(value: &Rational) -> String {
    let (above, below) = value.digits();
    if below == "1" && !value.is_negative() {
        above
    } else if below == "1" {
        format!("({above})")
    } else {
        format!("({above} / {below})")
    }
}

/// The whole number that the exponent is, where it is made of numbers alone.
pub fn whole(exponent: &Expr) -> Option<i64> {
    fn exact(expr: &Expr) -> Option<Rational> {
        match (expr, expr.operands()) {
            (Expr::Number(value), _) => Some(value.clone()),
            (Expr::Apply(Op::Add, _), [a, b]) => Some(&exact(a)? + &exact(b)?),
            (Expr::Apply(Op::Sub, _), [a, b]) => Some(&exact(a)? - &exact(b)?),
            (Expr::Apply(Op::Mul, _), [a, b]) => Some(&exact(a)? * &exact(b)?),
            (Expr::Apply(Op::Neg, _), [a]) => Some(-&exact(a)?),
            _ => None,
        }
    }
    exact(exponent)?.to_i64().filter(|power| power.abs() <= GREATEST)
}

impl Scope<'_> {
    /// The term.
    ///
    /// # Errors
    /// What has no form in Coq, in words.
    pub fn term(self, expr: &Expr) -> Result<String, String> {
        let (op, operands) = match expr {
            Expr::Number(value) => return Ok(number(value)),
            Expr::Symbol(name) => return self.name(name),
            Expr::Apply(op, operands) => (*op, operands),
        };
        match (op, &operands[..]) {
            (Op::Where, [condition, yes, no]) => self.choice(condition, yes, no),
            (Op::Index | Op::Sum | Op::Logsumexp, _) => match self {
                Scope::Classes(over) => over.member(expr),
                _ => Err(format!("`{op}` in a loss of numbers")),
            },
            (Op::D, [of, Expr::Symbol(by)]) => {
                Ok(format!("(Derive {} {})", self.function(of, by)?, self.term(&operands[1])?))
            }
            (Op::D, [of, by]) => match self {
                Scope::Classes(over) => {
                    let (function, at) = over.derived(of, by)?;
                    Ok(format!("(Derive {function} {at})"))
                }
                _ => Err(format!("a derivative by `{by}`")),
            },
            (Op::Pow, [base, exponent]) => {
                let base = self.term(base)?;
                Ok(match whole(exponent) {
                    Some(power) if power >= 0 => format!("({base} ^ {power})"),
                    Some(power) => format!("(/ ({base} ^ {}))", power.unsigned_abs()),
                    None => format!("(Rpower {base} {})", self.term(exponent)?),
                })
            }
            _ => {
                let terms: Vec<String> = operands.iter().map(|operand| self.term(operand)).collect::<Result<_, _>>()?;
                written(op, &terms).ok_or_else(|| format!("`{op}` stands alone"))
            }
        }
    }

    /// `fun v => …`
    pub fn function(self, of: &Expr, by: &Arc<str>) -> Result<String, String> {
        let inner = match self {
            Scope::World(world) => Scope::World(&world.under(by)).term(of)?,
            Scope::Classes(over) => Scope::Classes(&over.under(by)).term(of)?,
            Scope::Rule => return Err("a derivative in a rule".to_string()),
        };
        Ok(format!("(fun {} : R => {inner})", variable(by)))
    }

    fn name(self, name: &Arc<str>) -> Result<String, String> {
        let world = match self {
            Scope::World(world) => world,
            Scope::Classes(over) => return over.name(name),
            Scope::Rule => return Ok(plain(name)),
        };
        let Some(value) = world.value(name) else { return Ok(variable(name)) };
        let mut term = format!("({}", definition(name));
        for used in value.symbols() {
            term += &format!(" {}", self.name(&used)?);
        }
        Ok(if value.symbols().is_empty() { definition(name) } else { term + ")" })
    }

    fn choice(self, condition: &Expr, yes: &Expr, no: &Expr) -> Result<String, String> {
        let (Expr::Apply(op, _), [a, b]) = (condition, condition.operands()) else {
            return Err(format!("the condition `{condition}` is no comparison"));
        };
        let (a, b, yes, no) = (self.term(a)?, self.term(b)?, self.term(yes)?, self.term(no)?);
        match op {
            Op::Eq => Ok(format!("(where_eq {a} {b} {yes} {no})")),
            Op::Ne => Ok(format!("(where_eq {a} {b} {no} {yes})")),
            Op::Lt => Ok(format!("(where_lt {a} {b} {yes} {no})")),
            Op::Le => Ok(format!("(where_le {a} {b} {yes} {no})")),
            Op::Gt => Ok(format!("(where_lt {b} {a} {yes} {no})")),
            Op::Ge => Ok(format!("(where_le {b} {a} {yes} {no})")),
            _ => Err(format!("the condition `{condition}` is no comparison")),
        }
    }

    /// A comparison as a proposition.
    pub fn proposition(self, condition: &Expr) -> Result<String, String> {
        let (Expr::Apply(op, _), [a, b]) = (condition, condition.operands()) else {
            return Err(format!("`{condition}` is no comparison"));
        };
        let (a, b) = (self.term(a)?, self.term(b)?);
        match op {
            Op::Eq => Ok(format!("{a} = {b}")),
            Op::Ne => Ok(format!("{a} <> {b}")),
            Op::Lt => Ok(format!("{a} < {b}")),
            Op::Le => Ok(format!("{a} <= {b}")),
            Op::Gt => Ok(format!("{b} < {a}")),
            Op::Ge => Ok(format!("{b} <= {a}")),
            _ => Err(format!("`{condition}` is no comparison")),
        }
    }
}

/// An operator on written operands.
fn written(op: Op, terms: &[String]) -> Option<String> {
    let called = |name: &str| format!("({name} {})", terms.join(" "));
    Some(match (op, terms) {
        (Op::Add, [a, b]) => format!("({a} + {b})"),
        (Op::Sub, [a, b]) => format!("({a} - {b})"),
        (Op::Mul, [a, b]) => format!("({a} * {b})"),
        (Op::Div, [a, b]) => format!("({a} / {b})"),
        (Op::Neg, [a]) => format!("(- {a})"),
        (Op::Exp, _) => called("exp"),
        (Op::Log, _) => called("ln"),
        (Op::Log1p, _) => called("log1p"),
        (Op::Expm1, _) => called("expm1"),
        (Op::Sigmoid, _) => called("sigmoid"),
        (Op::Softplus, _) => called("softplus"),
        (Op::Sqrt, _) => called("sqrt"),
        (Op::Abs, _) => called("Rabs"),
        (Op::Min, _) => called("Rmin"),
        (Op::Max, _) => called("Rmax"),
        (Op::Clamp, _) => called("clamp"),
        _ => return None,
    })
}
