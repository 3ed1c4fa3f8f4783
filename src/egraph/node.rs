//! `Expr` ⇄ egg: the e-node is one type built on the operator table, so no second list of operators exists.

use std::fmt;
use std::sync::Arc;

use egg::{ENodeOrVar, Id, Language, PatternAst, RecExpr, Var};

use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// An e-node: a number, a name, or an operator of the table on e-classes.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Node {
    /// An exact number.
    Number(Rational),
    /// A name.
    Symbol(Arc<str>),
    /// An operator and its operands.
    Apply(Op, Box<[Id]>),
}

/// What two nodes must share to be alike but for their operands.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Head {
    Number(Rational),
    Symbol(Arc<str>),
    Apply(Op),
}

impl Language for Node {
    type Discriminant = Head;

    fn discriminant(&self) -> Head {
        match self {
            Node::Number(value) => Head::Number(value.clone()),
            Node::Symbol(name) => Head::Symbol(name.clone()),
            Node::Apply(op, _) => Head::Apply(*op),
        }
    }

    fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Node::Apply(a, _), Node::Apply(b, _)) => a == b,
            (Node::Number(a), Node::Number(b)) => a == b,
            (Node::Symbol(a), Node::Symbol(b)) => a == b,
            _ => false,
        }
    }

    fn children(&self) -> &[Id] {
        if let Node::Apply(_, operands) = self { operands } else { &[] }
    }

    fn children_mut(&mut self) -> &mut [Id] {
        if let Node::Apply(_, operands) = self { operands } else { &mut [] }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Number(value) => write!(f, "{value}"),
            Node::Symbol(name) => f.write_str(name),
            Node::Apply(op, _) => write!(f, "{op}"),
        }
    }
}

/// The expression as egg holds it.
pub fn tree(expr: &Expr) -> RecExpr<Node> {
    fn add(expr: &Expr, to: &mut RecExpr<Node>) -> Id {
        let node = match expr {
            Expr::Number(value) => Node::Number(value.clone()),
            Expr::Symbol(name) => Node::Symbol(name.clone()),
            Expr::Apply(op, operands) => Node::Apply(*op, operands.iter().map(|operand| add(operand, to)).collect()),
        };
        to.add(node)
    }
    let mut to = RecExpr::default();
    add(expr, &mut to);
    to
}

/// The expression as a pattern: names that `variable` accepts stand for any expression.
pub fn pattern(expr: &Expr, variable: &dyn Fn(&str) -> bool) -> PatternAst<Node> {
    fn add(expr: &Expr, variable: &dyn Fn(&str) -> bool, to: &mut PatternAst<Node>) -> Id {
        let node = match expr {
            Expr::Number(value) => ENodeOrVar::ENode(Node::Number(value.clone())),
            Expr::Symbol(name) if variable(name) => ENodeOrVar::Var(var(name)),
            Expr::Symbol(name) => ENodeOrVar::ENode(Node::Symbol(name.clone())),
            Expr::Apply(op, operands) => {
                let operands = operands.iter().map(|operand| add(operand, variable, to)).collect();
                ENodeOrVar::ENode(Node::Apply(*op, operands))
            }
        };
        to.add(node)
    }
    let mut to = PatternAst::default();
    add(expr, variable, &mut to);
    to
}

/// A rule's name as egg's variable.
pub fn var(name: &str) -> Var {
    format!("?{name}").parse().expect("a name is a variable of egg")
}
