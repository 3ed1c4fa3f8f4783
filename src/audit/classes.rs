//! Formulas over classes: which names have a number for each class, and does every index stand where it may?
//!
//! `t` is the true class and `i` any other one; a sum binds a class of its own. A text in which nothing has an index is
//! about numbers, and there `t` and `i` are names like others.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::read::Source;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::Located;
use crate::op::Op;
use crate::spec::Classes;

/// The true class.
pub const TARGET: &str = "t";

/// A formula of a text, as it was read.
pub type Read<'a> = (Located, Source<'a>);

/// The names that have an index somewhere; none in a text about numbers.
pub fn lists(formulas: &[Read]) -> BTreeSet<Arc<str>> {
    let parts = formulas.iter().flat_map(|(read, _)| read.parts());
    let list = |part: &Located| match (&part.expr, part.expr.operands()) {
        (Expr::Apply(Op::Index, _), [Expr::Symbol(list), _]) => Some(list.clone()),
        _ => None,
    };
    parts.filter_map(list).collect()
}

/// A part that numbers have none of: an index, a sum over classes.
pub fn over(read: &Located) -> Option<&Located> {
    read.parts().find(|part| matches!(part.expr, Expr::Apply(Op::Index | Op::Sum | Op::Logsumexp, _)))
}

/// Checks every formula of a text.
///
/// # Errors
/// Where an index is out of place, or missing.
pub fn check(formulas: &[Read], defined: &BTreeSet<Arc<str>>) -> Result<(), Message> {
    let lists = lists(formulas);
    for (read, source) in formulas {
        Reading { lists: &lists, defined, source }.part(read, &mut Vec::new())?;
    }
    Ok(())
}

struct Reading<'a> {
    lists: &'a BTreeSet<Arc<str>>,
    defined: &'a BTreeSet<Arc<str>>,
    source: &'a Source<'a>,
}

impl Reading<'_> {
    fn part(&self, part: &Located, bound: &mut Vec<Arc<str>>) -> Result<(), Message> {
        match &part.expr {
            Expr::Symbol(name) if self.lists.contains(name) => {
                let text = format!("`{name}` is a number for each class");
                let help = format!("write `{name}[{TARGET}]`, or `{name}[k]` in a sum over `k`");
                Err(self.source.wrong(part.at.clone(), text, "of which class?").help(help))
            }
            Expr::Symbol(name) if !self.lists.is_empty() && (is_class(name) || bound.contains(name)) => {
                let text = format!("`{name}` is a class, no number");
                let help = match bound.contains(name) {
                    true => format!("a class stands in square brackets, as in `z[{name}]`"),
                    false => format!(
                        "where names have an index, `{TARGET}` is the true class and `{}` any other one: call the number otherwise",
                        Classes::OTHER
                    ),
                };
                Err(self.source.wrong(part.at.clone(), text, "here a number belongs").help(help))
            }
            Expr::Apply(Op::Index, _) => self.index(part, bound),
            Expr::Apply(Op::D, _) if !bound.is_empty() => {
                let help = "take the derivative out of the sum, or write it out";
                Err(self.source.wrong(part.at.clone(), "a derivative in a sum", "not here").help(help))
            }
            Expr::Apply(op, _) if op.binds() => self.sum(part, bound),
            _ => part.operands.iter().try_for_each(|operand| self.part(operand, bound)),
        }
    }

    /// `z[k]`
    fn index(&self, part: &Located, bound: &[Arc<str>]) -> Result<(), Message> {
        let [list, class] = &part.operands[..] else { return Ok(()) };
        let (Expr::Symbol(of), Expr::Symbol(name)) = (&list.expr, &class.expr) else {
            return Err(self.source.wrong(part.at.clone(), "an index is a class", "this is none"));
        };
        if self.defined.contains(of) {
            let text = format!("`{of}` has no index");
            let help = "a definition is one number: write its value out where a number for each class is needed";
            return Err(self.source.wrong(list.at.clone(), text, "it is defined as one number").help(help));
        }
        if is_class(of) || bound.contains(of) {
            return Err(self.source.wrong(list.at.clone(), format!("`{of}` is a class, and has no index"), "here"));
        }
        if is_class(name) || bound.contains(name) {
            return Ok(());
        }
        let help = format!(
            "a class is the true one `{TARGET}`, any other one `{}`, or what a sum binds, as in `sum(k, {of}[k])`",
            Classes::OTHER
        );
        Err(self.source.wrong(class.at.clone(), format!("`{name}` is no class here"), "nothing binds it").help(help))
    }

    /// `sum(k != t, e)`
    fn sum(&self, part: &Located, bound: &mut Vec<Arc<str>>) -> Result<(), Message> {
        let ([range, member], Some(name)) = (&part.operands[..], part.expr.bound().cloned()) else { return Ok(()) };
        let wrong = |at: &Located, text: String, beside: &str| self.source.wrong(at.at.clone(), text, beside);
        let (mut now, mut left_out) = (range, Vec::new());
        while let [inner, but] = &now.operands[..] {
            if !matches!(&but.expr, Expr::Symbol(class) if is_class(class)) {
                let help = format!("a sum leaves out `{TARGET}` or `{}`: `{name} != {TARGET}`", Classes::OTHER);
                return Err(wrong(but, format!("`{}` is no class here", but.expr), "it cannot be left out").help(help));
            }
            if left_out.contains(&&but.expr) {
                return Err(wrong(
                    but,
                    format!("{} is left out twice", quoted(&but.expr.to_string())),
                    "once is enough",
                ));
            }
            left_out.push(&but.expr);
            now = inner;
        }
        if is_class(&name) || self.lists.contains(&name) || self.defined.contains(&name) {
            let text = format!("`{name}` cannot be what a sum binds");
            let beside = if is_class(&name) { "it is a class already" } else { "it is a name already" };
            return Err(wrong(now, text, beside).help("bind a name that nothing else has, such as `k`"));
        }
        if !bound.is_empty() {
            let help = "give the inner sum a name of its own, or write the formula with one sum";
            return Err(wrong(part, "a sum within a sum".to_string(), "the inner one").help(help));
        }
        if !member.expr.mentions(&name) {
            let text = format!("{} does not use `{name}`", quoted(&member.expr.to_string()));
            let help = format!("the members of a sum are such as `z[{name}]`, and what is made of it");
            return Err(wrong(member, text, "every member would be the same").help(help));
        }
        bound.push(name);
        self.part(member, bound)?;
        bound.pop();
        Ok(())
    }
}

/// Does the name say a class where names have an index?
pub fn is_class(name: &str) -> bool {
    name == TARGET || name == Classes::OTHER
}
