//! What the ranges of names say about an expression: refuses what is defined nowhere.
//!
//! Ranges are sound, so a refusal is right; what they leave open is let through.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Expr;
use crate::interval::{Interval, Truth};
use crate::message::Message;
use crate::notation::{Located, Origin};
use crate::op::Op;

/// The range of each name; a name without one is any finite number. `None`: it may be undefined somewhere.
pub type Ranges = BTreeMap<Arc<str>, Option<Interval>>;

/// Largest constant exponent.
pub const LARGEST_EXPONENT: f64 = 1000.0;
/// Longer descriptions of a range say nothing to a person.
const LONGEST_RANGE: usize = 40;

/// The range of the expression; `None` where it may be undefined.
pub fn range(read: &Located, origin: &Origin, ranges: &Ranges) -> Result<Option<Interval>, Message> {
    match &read.expr {
        Expr::Number(value) => Ok(Some(Interval::of_rational(value))),
        Expr::Symbol(name) => Ok(ranges.get(name).copied().unwrap_or_else(|| Some(Interval::whole()))),
        Expr::Apply(Op::Index, _) => range(&read.operands[0], origin, ranges),
        Expr::Apply(op, _) if op.binds() => {
            let member = range(&read.operands[1], origin, ranges)?;
            Ok(member.map(|member| member.over_classes(*op, read.expr.left_out().len())))
        }
        Expr::Apply(op, _) => {
            let operands: Vec<Option<Interval>> =
                read.operands.iter().map(|operand| range(operand, origin, ranges)).collect::<Result<_, _>>()?;
            check(*op, read, &operands, origin)?;
            Ok(operands.into_iter().collect::<Option<Vec<_>>>().and_then(|known| Interval::eval(*op, &known)))
        }
    }
}

fn check(op: Op, read: &Located, operands: &[Option<Interval>], origin: &Origin) -> Result<(), Message> {
    let Some((operand, text)) = nowhere(op, operands) else { return exponent(op, read, operands, origin) };
    let range = operands[operand].map(|range| range.to_string()).filter(|range| range.len() <= LONGEST_RANGE);
    let beside = match range {
        Some(range) if operands[operand].is_some_and(|range| range.is_point().is_none()) => {
            format!("it lies in {range}")
        }
        Some(_) => format!("it is {}", operands[operand].and_then(|range| range.is_point()).unwrap_or_default()),
        None => "here".to_string(),
    };
    let place = origin.place(read.operands[operand].at.clone());
    Err(Message::new(text).at(place, beside).help(format!("`{op}` takes {}", op.row().domain)))
}

/// The operand and the words for it, where the operator is defined for no value of its operands.
fn nowhere(op: Op, operands: &[Option<Interval>]) -> Option<(usize, &'static str)> {
    let no = |truth: Truth| truth == Truth::No;
    let known = |place: usize| operands.get(place).copied().flatten();
    match op {
        Op::Log => no(known(0)?.positive()).then_some((0, "log of what is never positive")),
        Op::Log1p => no(Interval::point(-1.0).less_than(&known(0)?)).then_some((0, "log1p of what is never above -1")),
        Op::Sqrt => no(known(0)?.nonnegative()).then_some((0, "sqrt of what is always negative")),
        Op::Div => no(known(1)?.nonzero()).then_some((1, "division by what is always 0")),
        Op::Clamp => no(known(1)?.at_most(&known(2)?))
            .then_some((1, "clamp to an interval whose lower end is above its upper end")),
        Op::Pow => {
            let (base, exponent) = (known(0)?, known(1)?);
            if base.is_point() == Some(0.0) && exponent.negative().is_yes() {
                return Some((0, "0 to a negative power"));
            }
            let fraction = exponent.is_point().is_some_and(|power| power.fract() != 0.0);
            (fraction && base.negative().is_yes())
                .then_some((0, "a power of what is always negative, with an exponent that is no integer"))
        }
        _ => None,
    }
}

fn exponent(op: Op, read: &Located, operands: &[Option<Interval>], origin: &Origin) -> Result<(), Message> {
    let (Op::Pow, [_, exponent], [_, range]) = (op, &read.operands[..], operands) else { return Ok(()) };
    let constant = exponent.expr.symbols().is_empty() || range.is_some_and(|range| range.is_point().is_some());
    if constant && range.is_some_and(|range| range.mig().to_f64_down() > LARGEST_EXPONENT) {
        return Err(Message::new("an exponent too large to differentiate")
            .at(origin.place(exponent.at.clone()), format!("above {LARGEST_EXPONENT}"))
            .help(format!("constant exponents lie between -{LARGEST_EXPONENT} and {LARGEST_EXPONENT}")));
    }
    Ok(())
}
