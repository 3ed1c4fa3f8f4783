//! A loss over classes at one row of numbers → the scalar loss in one of its logits or in all, every sum written out.

use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Classes, Definition, Input, Spec};

/// A row: its logits, its true class, and the class that is looked at.
pub struct Row<'a> {
    /// The logits, finite ones.
    pub logits: &'a [f64],
    /// The true class.
    pub target: usize,
    /// The class whose logit is the input of the scalar loss, or that is meant by another class than the target.
    pub class: usize,
}

/// The loss of a row as its formula has it, a function of one logit; it has no label and states no edges. A parameter with a
/// number for each class is that of the target.
///
/// # Errors
/// A loss without classes, a logit that is no number, and a parameter of a class other than the target.
pub fn row(spec: &Spec, row: &Row) -> Result<Spec, Message> {
    let numbers = numbers(row.logits)?;
    let list = classes(spec)?.list.clone();
    let one = |class: usize| if class == row.class { Expr::Symbol(list.clone()) } else { numbers[class].clone() };
    written(spec, std::slice::from_ref(&list), (numbers.len(), row.target), &one)
}

/// The loss of a row of so many classes as its formula has it, a function of all its logits: those of the list `z` are called
/// `z[0]`, `z[1]` and so on, which no name of a formula is. Otherwise as [`row`].
///
/// # Errors
/// A loss without classes, and a parameter of a class other than the target.
pub fn whole_row(spec: &Spec, classes: usize, target: usize) -> Result<Spec, Message> {
    let list = &self::classes(spec)?.list;
    let names: Vec<Arc<str>> = (0..classes).map(|class| format!("{list}[{class}]").into()).collect();
    written(spec, &names, (classes, target), &|class| Expr::Symbol(names[class].clone()))
}

/// An expression over classes at a row of numbers, where it speaks of [`Classes::OTHER`] as well: that is the row's class.
///
/// # Errors
/// As [`row`].
pub fn at_row(spec: &Spec, expr: &Expr, row: &Row) -> Result<Expr, Message> {
    let numbers = numbers(row.logits)?;
    let classes = classes(spec)?;
    let logit = |class: usize| numbers[class].clone();
    let member = member(classes, row.target, &logit);
    let known = [(classes.target.clone(), row.target), (Arc::from(Classes::OTHER), row.class)];
    write_out(expr, numbers.len(), &known, &member)
}

/// What stands for the number that a list has for a class.
pub type Member<'a> = dyn Fn(&Arc<str>, usize) -> Result<Expr, Message> + 'a;

/// An expression over so many classes with every sum written out: names that are `known` stand for classes, and `member` says
/// what the number of a list is.
///
/// # Errors
/// A class that nothing says, and what `member` refuses.
pub fn write_out(expr: &Expr, count: usize, known: &[(Arc<str>, usize)], member: &Member) -> Result<Expr, Message> {
    Writing { count, member }.expr(expr, &mut known.to_vec())
}

/// The number of a class: a logit as it is said; a parameter by class is that of the target.
fn member<'a>(
    classes: &'a Classes,
    target: usize,
    logit: &'a dyn Fn(usize) -> Expr,
) -> impl Fn(&Arc<str>, usize) -> Result<Expr, Message> + 'a {
    move |list, class| match *list == classes.list {
        true => Ok(logit(class)),
        false if class == target => Ok(Expr::Symbol(list.clone())),
        false => Err(Message::new(format!("`{list}` of a class other than the target"))),
    }
}

fn classes(spec: &Spec) -> Result<&Classes, Message> {
    spec.classes.as_ref().ok_or_else(|| Message::new(format!("`{}` is no loss over classes", spec.name)))
}

fn numbers(logits: &[f64]) -> Result<Vec<Expr>, Message> {
    let numbers = logits.iter().map(|logit| Rational::from_f64(*logit).map(Expr::Number)).collect::<Option<_>>();
    numbers.ok_or_else(|| Message::new("a logit is no finite number"))
}

/// The formula with each logit written as it is said, a scalar loss of these names.
fn written(
    spec: &Spec,
    names: &[Arc<str>],
    (count, target): (usize, usize),
    logit: &dyn Fn(usize) -> Expr,
) -> Result<Spec, Message> {
    let classes = classes(spec)?;
    let (member, known) = (member(classes, target, logit), [(classes.target.clone(), target)]);
    let mut formula = Vec::new();
    for line in &spec.formula {
        formula.push(Definition { name: line.name.clone(), value: write_out(&line.value, count, &known, &member)? });
    }
    let input =
        |name: &Arc<str>| Input { name: name.clone(), domain: Domain::Finite, unit: spec.inputs[0].unit.clone() };
    Ok(Spec {
        inputs: names.iter().map(input).collect(),
        classes: None,
        formula,
        claims: Vec::new(),
        edges: Vec::new(),
        ..spec.clone()
    })
}

struct Writing<'a> {
    count: usize,
    /// What stands for the number of a class.
    member: &'a Member<'a>,
}

impl Writing<'_> {
    /// The formula with `bound` names standing for classes.
    fn expr(&self, expr: &Expr, bound: &mut Vec<(Arc<str>, usize)>) -> Result<Expr, Message> {
        match (expr, expr.operands()) {
            (Expr::Apply(Op::Index, _), [Expr::Symbol(list), class]) => (self.member)(list, self.class(class, bound)?),
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
        let known = bound.iter().rev().find(|(name, _)| *class == Expr::Symbol(name.clone())).map(|(_, class)| *class);
        known.ok_or_else(|| Message::new(format!("`{class}` is no class of a row")))
    }

    fn sum(&self, sum: &Expr, member: &Expr, bound: &mut Vec<(Arc<str>, usize)>) -> Result<Expr, Message> {
        let Some(name) = sum.bound().cloned() else { return Ok(sum.clone()) };
        let but: Vec<usize> =
            sum.left_out().into_iter().map(|class| self.class(class, bound)).collect::<Result<_, _>>()?;
        let mut terms = Vec::new();
        for class in (0..self.count).filter(|class| !but.contains(class)) {
            bound.push((name.clone(), class));
            terms.push(self.expr(member, bound)?);
            bound.pop();
        }
        // a class other than the target has no others beside it where there are two
        Ok(balanced(&terms).unwrap_or(Expr::integer(0)))
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
