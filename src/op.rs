//! The one table of operators → parser, printer, evaluators, intervals, egg language and cost.
//!
//! A new operator is one row here, one arm in each function that gives operators a meaning
//! (`eval`, `interval`, `diff`), and nothing else: the compiler names the arms that are missing.

use std::fmt;

/// How an operator is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// Between its two operands, with a binding strength; greater binds tighter.
    Infix(u8),
    /// Before its operand, with a binding strength.
    Prefix(u8),
    /// A name and arguments in brackets.
    Call,
    /// Behind a name, in square brackets.
    Subscript,
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The operator.
    pub op: Op,
    /// What is written in formulas.
    pub name: &'static str,
    /// Number of operands.
    pub arity: usize,
    /// How it is written.
    pub notation: Notation,
    /// Nodes that it counts for when the shortest form is looked for.
    pub size: u32,
    /// The domain in words, for messages; empty where it is total on the reals.
    pub domain: &'static str,
}

macro_rules! operators {
    ($($op:ident $name:literal $arity:literal $notation:expr, $size:literal, $domain:literal;)*) => {
        /// An operator of the notation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Op { $(#[doc = concat!("`", $name, "`")] $op),* }

        /// Every operator, in the order of the table.
        pub const TABLE: &[Row] = &[$(Row {
            op: Op::$op, name: $name, arity: $arity, notation: $notation, size: $size, domain: $domain,
        }),*];
    };
}

use Notation::{Call, Infix, Prefix, Subscript};

operators! {
    // operator  name    arity  notation   size  domain
    Eq       "=="         2  Infix(1),    1, "";
    Ne       "!="         2  Infix(1),    1, "";
    Lt       "<"          2  Infix(1),    1, "";
    Le       "<="         2  Infix(1),    1, "";
    Gt       ">"          2  Infix(1),    1, "";
    Ge       ">="         2  Infix(1),    1, "";
    Add      "+"          2  Infix(2),    1, "";
    Sub      "-"          2  Infix(2),    1, "";
    Mul      "*"          2  Infix(3),    1, "";
    Div      "/"          2  Infix(3),    1, "a divisor other than 0";
    Neg      "-"          1  Prefix(4),   1, "";
    Pow      "^"          2  Infix(5),    1, "a base > 0, or 0 with an exponent >= 0, or an integer exponent";
    Exp      "exp"        1  Call,        2, "";
    Log      "log"        1  Call,        2, "an argument > 0";
    Log1p    "log1p"      1  Call,        2, "an argument > -1";
    Expm1    "expm1"      1  Call,        2, "";
    Sigmoid  "sigmoid"    1  Call,        2, "";
    Softplus "softplus"   1  Call,        2, "";
    Sqrt     "sqrt"       1  Call,        2, "an argument >= 0";
    Abs      "abs"        1  Call,        1, "";
    Min      "min"        2  Call,        1, "";
    Max      "max"        2  Call,        1, "";
    Clamp    "clamp"      3  Call,        1, "lo <= hi";
    Where    "where"      3  Call,        1, "";
    D        "d"          2  Call,       50, "a variable as the second argument";
    Index    "[]"         2  Subscript,   1, "";
    Sum      "sum"        2  Call,        2, "";
    Logsumexp "logsumexp" 2  Call,        2, "";
}

impl Op {
    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// What is written in formulas.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Number of operands.
    pub fn arity(self) -> usize {
        self.row().arity
    }

    /// The operator that is written as a call of `name`.
    pub fn of_call(name: &str) -> Option<Op> {
        TABLE.iter().find(|row| row.notation == Call && row.name == name).map(|row| row.op)
    }

    /// Is it over classes, with a name that it binds: `sum(k, e)`, `logsumexp(k != t, e)`?
    pub fn binds(self) -> bool {
        matches!(self, Op::Sum | Op::Logsumexp)
    }

    /// Is it one of `== != < <= > >=`, whose value is a truth value?
    pub fn is_comparison(self) -> bool {
        matches!(self, Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_operator() {
        for (place, row) in TABLE.iter().enumerate() {
            assert_eq!(row.op as usize, place, "{}", row.name);
        }
    }

    #[test]
    fn calls_have_distinct_names() {
        for row in TABLE.iter().filter(|row| row.notation == Call) {
            assert_eq!(Op::of_call(row.name), Some(row.op));
        }
    }
}
