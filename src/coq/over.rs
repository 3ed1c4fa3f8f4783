//! An expression over classes → a term: rows are functions on the classes, which are the natural numbers below `classes`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::term::{Scope, definition, plain, variable};
use crate::check::Classes;
use crate::expr::Expr;
use crate::op::Op;

/// The number of classes; no name of the notation ends like it.
pub const COUNT: &str = "classes";

/// Where names of a loss over classes are written.
#[derive(Clone)]
pub struct Over<'a> {
    /// The loss.
    pub classes: &'a Classes,
    /// The row that is differentiated, as it is here.
    row: String,
    /// Names that stand for themselves.
    bound: BTreeSet<Arc<str>>,
    /// Number of derivatives around.
    depth: usize,
}

impl<'a> Over<'a> {
    /// Outside every derivative.
    pub fn new(classes: &'a Classes) -> Over<'a> {
        Over { classes, row: variable(&classes.list), bound: BTreeSet::new(), depth: 0 }
    }

    /// Where a name stands for itself: in a derivative by it.
    pub fn under(&self, name: &Arc<str>) -> Over<'a> {
        let mut inner = self.clone();
        inner.bound.insert(name.clone());
        inner
    }

    /// What a name stands for.
    pub fn name(&self, name: &Arc<str>) -> Result<String, String> {
        if *name == self.classes.list {
            return Ok(self.row.clone());
        }
        let line = self.classes.formula.iter().find(|(of, _)| of == name && !self.bound.contains(name));
        let Some((_, value)) = line else { return Ok(variable(name)) };
        let mut term = format!("({} {COUNT}", definition(name));
        for used in value.symbols() {
            term += &format!(" {}", self.name(&used)?);
        }
        Ok(term + ")")
    }

    /// The type of a name.
    pub fn kind(&self, name: &Arc<str>) -> &'static str {
        if *name == self.classes.target {
            "nat"
        } else if lists(self.classes).contains(name) {
            "nat -> R"
        } else {
            "R"
        }
    }

    /// `z[k]`, or a sum over classes.
    pub fn member(&self, expr: &Expr) -> Result<String, String> {
        match (expr, expr.operands()) {
            (Expr::Apply(Op::Index, _), [Expr::Symbol(list), Expr::Symbol(class)]) => {
                Ok(format!("({} {})", self.name(list)?, variable(class)))
            }
            (Expr::Apply(op, _), [_, member]) if op.binds() => {
                let bound = expr.bound().ok_or("a sum that binds no class")?;
                let inner = Scope::Classes(&self.under(bound)).term(member)?;
                let out: Vec<String> =
                    expr.left_out().iter().flat_map(|out| out.symbols()).map(|out| variable(&out)).collect();
                let sum = |member: &str| {
                    format!("(total {COUNT} [{}] (fun {} : nat => {member}))", out.join("; "), variable(bound))
                };
                Ok(match op {
                    Op::Sum => sum(&inner),
                    _ => format!("(ln {})", sum(&format!("(exp {inner})"))),
                })
            }
            _ => Err(format!("`{expr}` stands alone")),
        }
    }

    /// A derivative by the number of a class: the function of that number, and where it is taken.
    pub fn derived(&self, of: &Expr, by: &Expr) -> Result<(String, String), String> {
        let (Expr::Apply(Op::Index, _), [Expr::Symbol(list), Expr::Symbol(class)]) = (by, by.operands()) else {
            return Err(format!("a derivative by `{by}`"));
        };
        if *list != self.classes.list {
            return Err(format!("a derivative by `{by}`, which is no input"));
        }
        // inside another derivative the variable must not hide the one outside
        let new = format!("{}_at_{}{}", plain(list), plain(class), self.depth);
        let mut inner = self.clone();
        inner.row = format!("(put {} {} {new})", self.row, variable(class));
        inner.depth += 1;
        let function = format!("(fun {new} : R => {})", Scope::Classes(&inner).term(of)?);
        Ok((function, self.member(by)?))
    }

    /// The definitions of the formula.
    pub fn definitions(&self) -> Result<String, String> {
        let mut text = String::new();
        for (name, value) in &self.classes.formula {
            // in its own definition every name stands for itself
            let inner = value.symbols().iter().fold(self.clone(), |inner, symbol| inner.under(symbol));
            let arguments: String = value
                .symbols()
                .iter()
                .map(|symbol| format!(" ({} : {})", variable(symbol), self.kind(symbol)))
                .collect();
            let term = Scope::Classes(&inner).term(value)?;
            text += &format!("Definition {} ({COUNT} : nat){arguments} : R := {term}.\n", definition(name));
        }
        Ok(text)
    }
}

/// The names with a number for each class.
pub fn lists(classes: &Classes) -> BTreeSet<Arc<str>> {
    fn indexed(expr: &Expr, names: &mut BTreeSet<Arc<str>>) {
        if let (Expr::Apply(Op::Index, _), [Expr::Symbol(list), _]) = (expr, expr.operands()) {
            names.insert(list.clone());
        }
        expr.operands().iter().for_each(|operand| indexed(operand, names));
    }
    let mut names = BTreeSet::from([classes.list.clone()]);
    classes.formula.iter().for_each(|(_, value)| indexed(value, &mut names));
    for part in &classes.parts {
        part.meanings.iter().for_each(|(_, is)| indexed(is, &mut names));
    }
    names
}
