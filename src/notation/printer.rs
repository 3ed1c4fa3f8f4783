//! `Expr` → text, with the fewest brackets that parse back to the same expression.

use std::fmt;

use crate::expr::Expr;
use crate::op::{Notation, Op};

const ATOM: u8 = 100;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expr::Number(value) => write!(f, "{value}"),
            Expr::Symbol(name) => f.write_str(name),
            Expr::Apply(op, operands) => apply(f, *op, operands),
        }
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn apply(f: &mut fmt::Formatter<'_>, op: Op, operands: &[Expr]) -> fmt::Result {
    match op.row().notation {
        Notation::Call if op.binds() => {
            write!(f, "{op}(")?;
            range(f, &operands[0])?;
            write!(f, ", {})", operands[1])
        }
        Notation::Call => {
            write!(f, "{op}(")?;
            for (place, operand) in operands.iter().enumerate() {
                write!(f, "{}{operand}", if place == 0 { "" } else { ", " })?;
            }
            f.write_str(")")
        }
        Notation::Subscript => write!(f, "{}[{}]", operands[0], operands[1]),
        Notation::Prefix(strength) => {
            f.write_str(op.name())?;
            operand(f, &operands[0], strength)
        }
        Notation::Infix(strength) => {
            let (left, right) = match op {
                // nothing binds tighter than `^`, so a sign may follow it: `a^-b`
                Op::Pow => (strength + 1, Op::Neg.strength()),
                _ if op.is_comparison() => (strength + 1, strength + 1),
                _ => (strength, strength + 1),
            };
            operand(f, &operands[0], left)?;
            f.write_str(&if op == Op::Pow { "^".to_string() } else { format!(" {op} ") })?;
            operand(f, &operands[1], right)
        }
    }
}

/// The classes that a sum goes over: `k`, `k != t`, or `k != t, k != i`.
fn range(f: &mut fmt::Formatter<'_>, expr: &Expr) -> fmt::Result {
    let (Expr::Apply(Op::Ne, _), [inner, but]) = (expr, expr.operands()) else { return write!(f, "{expr}") };
    let mut bound = inner;
    while let (Expr::Apply(Op::Ne, _), [inner, _]) = (bound, bound.operands()) {
        bound = inner;
    }
    if bound != inner {
        range(f, inner)?;
        f.write_str(", ")?;
    }
    write!(f, "{bound} != {but}")
}

fn operand(f: &mut fmt::Formatter<'_>, expr: &Expr, at_least: u8) -> fmt::Result {
    if strength(expr) < at_least { write!(f, "({expr})") } else { write!(f, "{expr}") }
}

/// How tightly an expression holds together when it is printed.
fn strength(expr: &Expr) -> u8 {
    match expr {
        Expr::Symbol(_) => ATOM,
        // `-1/3` is read as (-1)/3
        Expr::Number(value) if value.to_string().contains('/') => Op::Div.strength(),
        Expr::Number(value) if value.is_negative() => Op::Neg.strength(),
        Expr::Number(_) => ATOM,
        Expr::Apply(op, _) => op.strength(),
    }
}

impl Op {
    fn strength(self) -> u8 {
        match self.row().notation {
            Notation::Infix(strength) | Notation::Prefix(strength) => strength,
            Notation::Call | Notation::Subscript => ATOM,
        }
    }
}
