//! An expression as it was read: each part with the bytes of the text that it stands at.

use std::ops::Range;

use crate::expr::Expr;
use crate::op::Op;

/// An expression and where it stands.
#[derive(Clone, Debug)]
pub struct Located {
    /// The expression.
    pub expr: Expr,
    /// The bytes of the text, brackets around it included.
    pub at: Range<usize>,
    /// Its operands; none where operators on numbers were folded into one number.
    pub operands: Vec<Located>,
    height: usize,
}

impl Located {
    pub(super) fn leaf(expr: Expr, at: Range<usize>) -> Located {
        Located { expr, at, operands: Vec::new(), height: 1 }
    }

    pub(super) fn apply(op: Op, operands: Vec<Located>, at: Range<usize>) -> Located {
        let exprs: Vec<Expr> = operands.iter().map(|operand| operand.expr.clone()).collect();
        let expr = Expr::apply(op, &exprs);
        if expr.operands().is_empty() {
            return Located::leaf(expr, at);
        }
        let height = 1 + operands.iter().map(|operand| operand.height).max().unwrap_or(0);
        Located { expr, at, operands, height }
    }

    /// Operators within one another, and the innermost operand.
    pub fn height(&self) -> usize {
        self.height
    }

    /// Itself and every part of it, from left to right, each before its operands.
    pub fn parts(&self) -> impl Iterator<Item = &Located> {
        let mut waiting = vec![self];
        std::iter::from_fn(move || {
            let next = waiting.pop()?;
            waiting.extend(next.operands.iter().rev());
            Some(next)
        })
    }

    /// Every name in it with its place, from left to right, but for what a sum binds in it.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Range<usize>)> {
        fn collect<'a>(read: &'a Located, bound: &mut Vec<&'a str>, to: &mut Vec<(&'a str, &'a Range<usize>)>) {
            match &read.expr {
                Expr::Symbol(name) if !bound.contains(&&**name) => to.push((name, &read.at)),
                _ => {}
            }
            let binds = read.expr.bound();
            bound.extend(binds.map(|name| &**name));
            read.operands.iter().for_each(|operand| collect(operand, bound, to));
            bound.truncate(bound.len() - usize::from(binds.is_some()));
        }
        let mut names = Vec::new();
        collect(self, &mut Vec::new(), &mut names);
        names.into_iter()
    }
}
