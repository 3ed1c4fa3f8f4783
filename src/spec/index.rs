//! Indices of a formula: what is over classes stands where it may, and says which class it means.

use std::sync::Arc;

use super::Classes;
use super::read::Read;
use super::scope::Scope;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::Located;
use crate::op::Op;

/// What formulas are checked by.
pub struct Indices<'a> {
    /// The names of the spec.
    pub scope: &'a Scope,
    /// Which of them have an index; `None` in a loss without classes.
    pub classes: Option<&'a Classes>,
    /// May it speak of a class other than the target?
    pub other: bool,
}

impl Indices<'_> {
    /// Checks a formula.
    ///
    /// # Errors
    /// Where an index is out of place, or missing.
    pub fn check(&self, read: &Read) -> Result<(), Message> {
        self.part(read, &read.located, &mut Vec::new())
    }

    fn part(&self, read: &Read, part: &Located, bound: &mut Vec<Arc<str>>) -> Result<(), Message> {
        let wrong = |at: &Located, text: String, beside: &str| {
            Message::new(text).at(read.origin.place(at.at.clone()), beside.to_string())
        };
        match (&part.expr, self.classes) {
            (Expr::Symbol(name), Some(classes)) if classes.has_index(name) => {
                Err(wrong(part, format!("`{name}` is a number for each class"), "of which class?")
                    .help(format!("write `{name}[{}]`, or `{name}[k]` in a sum over `k`", classes.target)))
            }
            (Expr::Symbol(name), Some(classes)) if self.is_class(name, classes) || bound.contains(name) => {
                Err(wrong(part, format!("`{name}` is a class, no number"), "here a number belongs")
                    .help(format!("a class stands in square brackets, as in `{}[{name}]`", classes.list)))
            }
            (Expr::Apply(op @ (Op::Index | Op::Sum | Op::Logsumexp), _), None) => {
                let text = match op {
                    Op::Index => format!("{} has an index", quoted(&part.expr.to_string())),
                    op => format!("`{op}` in a loss without classes"),
                };
                Err(wrong(part, text, "this loss has no classes").help(
                    "a loss over classes has `index = \"class\"` in its first input, and a target such as \
                     `t = { domain = \"class\" }`",
                ))
            }
            (Expr::Apply(Op::Index, _), Some(classes)) => self.index(read, part, bound, classes),
            (Expr::Apply(op, _), Some(classes)) if op.binds() => self.sum(read, part, bound, classes),
            _ => part.operands.iter().try_for_each(|operand| self.part(read, operand, bound)),
        }
    }

    fn is_class(&self, name: &str, classes: &Classes) -> bool {
        *classes.target == *name || (self.other && name == Classes::OTHER)
    }

    /// `z[k]`
    fn index(&self, read: &Read, part: &Located, bound: &[Arc<str>], classes: &Classes) -> Result<(), Message> {
        let [list, class] = &part.operands[..] else { return Ok(()) };
        let place = |at: &Located| read.origin.place(at.at.clone());
        let (Expr::Symbol(of), Expr::Symbol(name)) = (&list.expr, &class.expr) else { return Ok(()) };
        if !classes.has_index(of) {
            if self.scope.kind(of).is_none() {
                return Ok(()); // the name is unknown, which says more
            }
            return Err(Message::new(format!("`{of}` has no index")).at(place(list), "it is one number").help(
                format!("`index = \"class\"` gives an input or a parameter a number for each class; write `{of}`"),
            ));
        }
        if bound.contains(name) || self.is_class(name, classes) {
            return Ok(());
        }
        let target = &classes.target;
        let message = Message::new(format!("`{name}` is no class here"));
        Err(match name.as_ref() {
            Classes::OTHER => message.at(place(class), "it is a class of claims alone").help(format!(
                "in the formula a class is the target `{target}`, or what a sum binds, as in `sum(k, {of}[k])`"
            )),
            _ => message.at(place(class), "nothing binds it").help(format!(
                "a class is the target `{target}`, what a sum binds, as in `sum(k, {of}[k])`, or in claims `{}`, any other \
                 class",
                Classes::OTHER
            )),
        })
    }

    /// `sum(k != t, e)`
    fn sum(&self, read: &Read, part: &Located, bound: &mut Vec<Arc<str>>, classes: &Classes) -> Result<(), Message> {
        let Some(name) = part.expr.bound().cloned() else { return Ok(()) };
        let [range, member] = &part.operands[..] else { return Ok(()) };
        let wrong =
            |at: &Located, text: String, beside: &str| Message::new(text).at(read.origin.place(at.at.clone()), beside);
        let mut now = range;
        let mut left_out: Vec<&Expr> = Vec::new();
        while let [inner, but] = &now.operands[..] {
            match &but.expr {
                Expr::Symbol(class) if self.is_class(class, classes) && !left_out.contains(&&but.expr) => {}
                Expr::Symbol(class) if self.is_class(class, classes) => {
                    return Err(wrong(but, format!("`{class}` is left out twice"), "once is enough"));
                }
                other => {
                    let help = format!("a sum leaves out the target: `{name} != {}`", classes.target);
                    return Err(wrong(but, format!("`{other}` is no class here"), "it cannot be left out").help(help));
                }
            }
            left_out.push(&but.expr);
            now = inner;
        }
        if self.scope.kind(&name).is_some() || *name == *Classes::OTHER || *name == *Classes::MARGIN {
            let beside = match self.scope.kind(&name) {
                Some(kind) => kind.words(),
                None if *name == *Classes::OTHER => "claims call any class other than the target so",
                None => "edges call the margin so",
            };
            let text = format!("`{name}` cannot be what a sum binds");
            return Err(wrong(now, text, beside).help("bind a name that nothing else has, such as `k`"));
        }
        if !bound.is_empty() {
            let help = "give the inner sum a name of its own, or write the formula with one sum";
            return Err(wrong(part, "a sum within a sum".to_string(), "the inner one").help(help));
        }
        if !member.expr.mentions(&name) {
            let text = format!("`{}` does not use `{name}`", member.expr);
            let help = format!("the members of a sum are `{}[{name}]` and what is made of it", classes.list);
            return Err(wrong(member, text, "every member would be the same").help(help));
        }
        bound.push(name);
        self.part(read, member, bound)?;
        bound.pop();
        Ok(())
    }
}
