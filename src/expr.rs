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

    /// The name that a sum over classes binds: `k` of `sum(k, e)` and of `sum(k != t, e)`.
    pub fn bound(&self) -> Option<&Arc<str>> {
        let Expr::Apply(op, operands) = self else { return None };
        let mut range = &operands[0];
        while let (Expr::Apply(Op::Ne, _), [inner, _]) = (range, range.operands()) {
            range = inner;
        }
        match range {
            Expr::Symbol(name) if op.binds() => Some(name),
            _ => None,
        }
    }

    /// The classes that a sum over classes leaves out: `t` of `sum(k != t, e)`.
    pub fn left_out(&self) -> Vec<&Expr> {
        let mut classes = Vec::new();
        if let Expr::Apply(op, operands) = self
            && op.binds()
        {
            let mut range = &operands[0];
            while let (Expr::Apply(Op::Ne, _), [inner, but]) = (range, range.operands()) {
                classes.insert(0, but);
                range = inner;
            }
        }
        classes
    }

    /// `sum(k != t, e)`, or `logsumexp` of it: the name that is bound, the classes left out, a member.
    pub fn over(op: Op, bound: &str, left_out: &[Expr], member: Expr) -> Expr {
        let but = |range: Expr, class: &Expr| Expr::apply(Op::Ne, &[range, class.clone()]);
        let range = left_out.iter().fold(Expr::symbol(bound), but);
        Expr::apply(op, &[range, member])
    }

    /// Every name that occurs in it, in alphabetical order, but for what a sum binds in it.
    pub fn symbols(&self) -> BTreeSet<Arc<str>> {
        fn collect(expr: &Expr, names: &mut BTreeSet<Arc<str>>) {
            if let Expr::Symbol(name) = expr {
                names.insert(name.clone());
            }
            match expr.bound() {
                Some(bound) => {
                    let mut inner = BTreeSet::new();
                    expr.operands().iter().for_each(|operand| collect(operand, &mut inner));
                    inner.remove(bound);
                    names.append(&mut inner);
                }
                None => expr.operands().iter().for_each(|operand| collect(operand, names)),
            }
        }
        let mut names = BTreeSet::new();
        collect(self, &mut names);
        names
    }

    /// The expression with another one in every place of a part of it.
    pub fn replaced(&self, part: &Expr, by: &Expr) -> Expr {
        match self {
            _ if self == part => by.clone(),
            Expr::Apply(op, operands) => {
                Expr::apply(*op, &operands.iter().map(|operand| operand.replaced(part, by)).collect::<Vec<_>>())
            }
            _ => self.clone(),
        }
    }

    /// Does the name occur in it, other than as what a sum binds?
    pub fn mentions(&self, name: &str) -> bool {
        match self {
            Expr::Symbol(symbol) => &**symbol == name,
            _ if self.bound().is_some_and(|bound| &**bound == name) => false,
            _ => self.operands().iter().any(|operand| operand.mentions(name)),
        }
    }

    /// Number of numbers, names and operators in it.
    pub fn size(&self) -> usize {
        1 + self.operands().iter().map(Expr::size).sum::<usize>()
    }

    /// It with each name replaced where `replace` gives an expression; all names at once, but for what a sum binds.
    pub fn substitute(&self, replace: &dyn Fn(&str) -> Option<Expr>) -> Expr {
        match self {
            Expr::Number(_) => self.clone(),
            Expr::Symbol(name) => replace(name).unwrap_or_else(|| self.clone()),
            Expr::Apply(op, operands) => {
                let bound = self.bound();
                let free = |name: &str| if bound.is_some_and(|bound| &**bound == name) { None } else { replace(name) };
                let replace = if bound.is_some() { &free as &dyn Fn(&str) -> Option<Expr> } else { replace };
                let operands: Vec<Expr> = operands.iter().map(|operand| operand.substitute(replace)).collect();
                Expr::apply(*op, &operands)
            }
        }
    }

    /// `list[class]`
    pub fn index(list: &str, class: &str) -> Expr {
        Expr::apply(Op::Index, &[Expr::symbol(list), Expr::symbol(class)])
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
