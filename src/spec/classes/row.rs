//! A loss over classes at one row of numbers → the scalar loss in one of its logits, every sum written out.

use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Classes, Definition, Input, Spec};

/// A row: its logits, its true class, and the class whose logit stays a name.
pub struct Row<'a> {
    /// The logits, finite ones.
    pub logits: &'a [f64],
    /// The true class.
    pub target: usize,
    /// The class whose logit is the input of the scalar loss.
    pub class: usize,
}

/// The loss of a row as its formula has it, a function of one logit; it has no label and states no edges. A parameter with a
/// number for each class is that of the target.
///
/// # Errors
/// A loss without classes, a logit that is no number, and a parameter of a class other than the target.
pub fn row(spec: &Spec, row: &Row) -> Result<Spec, Message> {
    let Some(classes) = &spec.classes else {
        return Err(Message::new(format!("`{}` is no loss over classes", spec.name)));
    };
    let numbers: Option<Vec<Rational>> = row.logits.iter().map(|logit| Rational::from_f64(*logit)).collect();
    let numbers = numbers.ok_or_else(|| Message::new("a logit is no finite number"))?;
    let writing = Writing { classes, row, numbers: &numbers };
    let mut formula = Vec::new();
    for line in &spec.formula {
        formula.push(Definition { name: line.name.clone(), value: writing.expr(&line.value, &mut Vec::new())? });
    }
    Ok(Spec {
        inputs: vec![Input { name: classes.list.clone(), domain: Domain::Finite, unit: spec.inputs[0].unit.clone() }],
        classes: None,
        formula,
        claims: Vec::new(),
        edges: Vec::new(),
        ..spec.clone()
    })
}

struct Writing<'a> {
    classes: &'a Classes,
    row: &'a Row<'a>,
    numbers: &'a [Rational],
}

impl Writing<'_> {
    /// The formula with `bound` names standing for classes.
    fn expr(&self, expr: &Expr, bound: &mut Vec<(Arc<str>, usize)>) -> Result<Expr, Message> {
        match (expr, expr.operands()) {
            (Expr::Apply(Op::Index, _), [Expr::Symbol(list), class]) => self.member(list, self.class(class, bound)?),
            (Expr::Apply(Op::Sum, _), [_, member]) => self.sum(expr, member, bound),
            (Expr::Apply(Op::Logsumexp, _), [_, member]) => Ok(self.sum(expr, &member.clone().exp(), bound)?.log()),
            (Expr::Apply(op, _), operands) => {
                let operands: Vec<Expr> =
                    operands.iter().map(|operand| self.expr(operand, bound)).collect::<Result<_, _>>()?;
                Ok(Expr::apply(*op, &operands))
            }
            _ => Ok(expr.clone()),
        }
    }

    fn class(&self, class: &Expr, bound: &[(Arc<str>, usize)]) -> Result<usize, Message> {
        let known = bound.iter().find(|(name, _)| *class == Expr::Symbol(name.clone())).map(|(_, class)| *class);
        let target = (*class == Expr::Symbol(self.classes.target.clone())).then_some(self.row.target);
        known.or(target).ok_or_else(|| Message::new(format!("`{class}` is no class of a row")))
    }

    fn member(&self, list: &Arc<str>, class: usize) -> Result<Expr, Message> {
        if *list != self.classes.list {
            return match class == self.row.target {
                true => Ok(Expr::Symbol(list.clone())),
                false => Err(Message::new(format!("`{list}` of a class other than the target"))),
            };
        }
        Ok(if class == self.row.class { Expr::Symbol(list.clone()) } else { Expr::Number(self.numbers[class].clone()) })
    }

    fn sum(&self, sum: &Expr, member: &Expr, bound: &mut Vec<(Arc<str>, usize)>) -> Result<Expr, Message> {
        let Some(name) = sum.bound().cloned() else { return Ok(sum.clone()) };
        let but: Vec<usize> =
            sum.left_out().into_iter().map(|class| self.class(class, bound)).collect::<Result<_, _>>()?;
        let mut terms = Vec::new();
        for class in (0..self.numbers.len()).filter(|class| !but.contains(class)) {
            bound.push((name.clone(), class));
            terms.push(self.expr(member, bound)?);
            bound.pop();
        }
        balanced(&terms).ok_or_else(|| Message::new(format!("`{sum}` has no members")))
    }
}

/// A sum of halves: a long one must not be deep.
fn balanced(terms: &[Expr]) -> Option<Expr> {
    match terms {
        [] => None,
        [one] => Some(one.clone()),
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            Some(balanced(left)? + balanced(right)?)
        }
    }
}
