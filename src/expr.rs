//! An expression of the notation: exact numbers, names, and operators applied to expressions.
//!
//! Two shapes never occur, so that printing and parsing are inverse: the negation of a number
//! (it is a negative number) and the quotient of two numbers (it is a fraction). The constructors see to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::op::Op;
use crate::rational::Rational;

/// An expression; cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expr {
    /// An exact number.
    Number(Rational),
    /// A name: input, parameter or a name of the formula.
    Symbol(Arc<str>),
    /// An operator applied to its operands.
    Apply(Op, Arc<[Expr]>),
}

impl Expr {
    /// A name.
    pub fn symbol(name: &str) -> Expr {
        Expr::Symbol(Arc::from(name))
    }

    /// A whole number.
    pub fn integer(value: i64) -> Expr {
        Expr::Number(Rational::from(value))
    }

    /// `op` applied to `operands`. Panics where the number of operands is not the operator's.
    pub fn apply(op: Op, operands: &[Expr]) -> Expr {
        assert_eq!(operands.len(), op.arity(), "operands of `{op}`");
        match (op, operands) {
            (Op::Neg, [Expr::Number(a)]) => Expr::Number(-a),
            (Op::Div, [Expr::Number(a), Expr::Number(b)]) if !b.is_zero() => Expr::Number(a / b),
            _ => Expr::Apply(op, operands.into()),
        }
    }

    /// a − b, which is a itself where b is 0: what a comparison of both compares with 0.
    pub fn difference(a: &Expr, b: &Expr) -> Expr {
        if b.as_number().is_some_and(Rational::is_zero) { a.clone() } else { a.clone() - b.clone() }
    }

    /// The operands; empty for numbers and names.
    pub fn operands(&self) -> &[Expr] {
        match self {
            Expr::Apply(_, operands) => operands,
            _ => &[],
        }
    }

    /// The number, where it is one.
    pub fn as_number(&self) -> Option<&Rational> {
        if let Expr::Number(value) = self { Some(value) } else { None }
    }

    /// Every name that occurs in it, in alphabetical order.
    pub fn symbols(&self) -> BTreeSet<Arc<str>> {
        fn collect(expr: &Expr, names: &mut BTreeSet<Arc<str>>) {
            if let Expr::Symbol(name) = expr {
                names.insert(name.clone());
            }
            expr.operands().iter().for_each(|operand| collect(operand, names));
        }
        let mut names = BTreeSet::new();
        collect(self, &mut names);
        names
    }

    /// Does the name occur in it?
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Expr::Symbol(symbol) => &**symbol == name,
            _ => self.operands().iter().any(|operand| operand.mentions(name)),
        }
    }

    /// Number of numbers, names and operators in it.
    pub fn size(&self) -> usize {
        1 + self.operands().iter().map(Expr::size).sum::<usize>()
    }

    /// It with each name replaced where `replace` gives an expression; all names at once.
    pub fn substitute(&self, replace: &dyn Fn(&str) -> Option<Expr>) -> Expr {
        match self {
            Expr::Number(_) => self.clone(),
            Expr::Symbol(name) => replace(name).unwrap_or_else(|| self.clone()),
            Expr::Apply(op, operands) => {
                let operands: Vec<Expr> = operands.iter().map(|operand| operand.substitute(replace)).collect();
                Expr::apply(*op, &operands)
            }
        }
    }
}

macro_rules! infix {
    ($($trait:ident $method:ident $op:ident;)*) => {$(
        impl std::ops::$trait for Expr {
            type Output = Expr;
            fn $method(self, other: Expr) -> Expr {
                Expr::apply(Op::$op, &[self, other])
            }
        }
    )*};
}
infix! { Add add Add; Sub sub Sub; Mul mul Mul; Div div Div; }

impl std::ops::Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        Expr::apply(Op::Neg, &[self])
    }
}

impl From<i64> for Expr {
    fn from(value: i64) -> Expr {
        Expr::integer(value)
    }
}

macro_rules! calls {
    ($($(#[$doc:meta])* $method:ident $op:ident;)*) => {
        impl Expr {$(
            $(#[$doc])*
            pub fn $method(self) -> Expr {
                Expr::apply(Op::$op, &[self])
            }
        )*}
    };
}
calls! {
    /// `exp(self)`
    exp Exp;
    /// `log(self)`
    log Log;
    /// `log1p(self)`
    log1p Log1p;
    /// `sigmoid(self)`
    sigmoid Sigmoid;
    /// `softplus(self)`
    softplus Softplus;
    /// `sqrt(self)`
    sqrt Sqrt;
    /// `abs(self)`
    abs Abs;
}

impl Expr {
    /// `self^exponent`
    pub fn pow(self, exponent: Expr) -> Expr {
        Expr::apply(Op::Pow, &[self, exponent])
    }
}
