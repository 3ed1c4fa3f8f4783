//! `d(e, x)` → the next step of its differentiation, by a table of derivatives.
//!
//! In the table `c` stands for what does not change with `x`, any other name for any expression, `t == t` for any
//! condition. The first row that fits is taken. A derivative that is piecewise (`abs`, `min`, `where` …) holds on each piece; where the pieces meet
//! there is none, and the row says which piece's value the form takes there.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;

/// A row of the table.
pub struct Row {
    /// The name of the rule.
    pub name: &'static str,
    /// What is differentiated, as `d(…, x)`.
    pub lhs: &'static str,
    /// Its derivative.
    pub rhs: &'static str,
    /// The reason in words.
    pub why: &'static str,
}

macro_rules! derivatives {
    ($($name:literal : $lhs:literal => $rhs:literal ; $why:literal)*) => {
        /// The derivatives.
        pub const TABLE: &[Row] = &[$(Row { name: $name, lhs: $lhs, rhs: $rhs, why: $why }),*];
    };
}

derivatives! {
    // name             what                   derivative                                        reason
    "d-variable"     : "d(x, x)"            => "1"                                             ; "the variable grows as itself"
    "d-constant"     : "d(c, x)"            => "0"                                             ; "it does not change with the variable"
    "d-sum"          : "d(a + b, x)"        => "d(a, x) + d(b, x)"                             ; "a sum is differentiated term by term"
    "d-difference"   : "d(a - b, x)"        => "d(a, x) - d(b, x)"                             ; "a difference is differentiated term by term"
    "d-negation"     : "d(-a, x)"           => "-d(a, x)"                                      ; "the sign stays"
    "d-factor"       : "d(c*a, x)"          => "c*d(a, x)"                                     ; "a constant factor stays"
    "d-factor"       : "d(a*c, x)"          => "d(a, x)*c"                                     ; "a constant factor stays"
    "d-product"      : "d(a*b, x)"          => "d(a, x)*b + a*d(b, x)"                         ; "product rule"
    "d-divisor"      : "d(a/c, x)"          => "d(a, x)/c"                                     ; "a constant divisor stays"
    "d-quotient"     : "d(a/b, x)"          => "(d(a, x)*b - a*d(b, x))/b^2"                   ; "quotient rule"
    "d-power"        : "d(a^c, x)"          => "c*a^(c - 1)*d(a, x)"                           ; "power rule and chain rule"
    "d-exponential"  : "d(c^a, x)"          => "c^a*log(c)*d(a, x)"                            ; "c^a = exp(a log c), and the chain rule"
    "d-power-both"   : "d(a^b, x)"          => "a^b*(d(b, x)*log(a) + b*(d(a, x)/a))"          ; "a^b = exp(b log a), and the chain rule"
    "d-exp"          : "d(exp(a), x)"       => "exp(a)*d(a, x)"                                ; "exp' = exp, and the chain rule"
    "d-log"          : "d(log(a), x)"       => "d(a, x)/a"                                     ; "log' a = 1/a, and the chain rule"
    "d-log1p"        : "d(log1p(a), x)"     => "d(a, x)/(1 + a)"                               ; "log1p' a = 1/(1 + a), and the chain rule"
    "d-expm1"        : "d(expm1(a), x)"     => "exp(a)*d(a, x)"                                ; "expm1' = exp, and the chain rule"
    "d-sigmoid"      : "d(sigmoid(a), x)"   => "sigmoid(a)*(1 - sigmoid(a))*d(a, x)"           ; "sigmoid' = sigmoid (1 - sigmoid), and the chain rule"
    "d-softplus"     : "d(softplus(a), x)"  => "sigmoid(a)*d(a, x)"                            ; "softplus' = sigmoid, and the chain rule"
    "d-sqrt"         : "d(sqrt(a), x)"      => "d(a, x)/(2*sqrt(a))"                           ; "sqrt' a = 1/(2 sqrt a), and the chain rule"
    "d-abs"          : "d(abs(a), x)"       => "where(a < 0, -d(a, x), d(a, x))"               ; "abs a is -a below 0 and a above; at a = 0 there is no derivative, the form takes the one from above"
    "d-min"          : "d(min(a, b), x)"    => "where(a < b, d(a, x), d(b, x))"                ; "min is the smaller one; at a = b there may be no derivative, the form takes that of b"
    "d-max"          : "d(max(a, b), x)"    => "where(a > b, d(a, x), d(b, x))"                ; "max is the greater one; at a = b there may be no derivative, the form takes that of b"
    "d-clamp"        : "d(clamp(a, b, t), x)" => "where(a < b, d(b, x), where(a > t, d(t, x), d(a, x)))" ; "clamp is a between its ends and the end beyond; at an end the form takes the derivative of a"
    "d-where"        : "d(where(t == t, a, b), x)" => "where(t == t, d(a, x), d(b, x))"        ; "each branch by itself; where the condition changes there may be no derivative"
}

/// The rule of a name whose value is written out.
pub const DEFINITION: (&str, &str) = ("definition", "by definition");
/// The rule of a dependence that passes through one name.
pub const CHAIN: (&str, &str) = ("d-chain", "chain rule: it depends on the variable through this name alone");

/// Greatest exponent that is differentiated.
const GREATEST: i64 = 4096;

/// The row that fits `d(of, by)` and what it gives; `constant` says what does not change with `by`.
///
/// # Errors
/// Where no row fits, or an exponent is too large.
pub fn step(of: &Expr, by: &Expr, constant: &dyn Fn(&Expr) -> bool) -> Result<(&'static Row, Expr), Message> {
    let whole = Expr::apply(Op::D, &[of.clone(), by.clone()]);
    for (row, lhs, rhs) in rows() {
        let mut bound = BTreeMap::from([("x".to_string(), by.clone())]);
        if fits(lhs, &whole, constant, &mut bound) {
            limited(of)?;
            return Ok((row, rhs.substitute(&|name| bound.get(name).cloned())));
        }
    }
    Err(Message::new(format!("`{of}` cannot be differentiated with respect to `{by}`"))
        .help("a comparison is no number: put it into `where(…)`"))
}

fn rows() -> &'static [(&'static Row, Expr, Expr)] {
    static ROWS: OnceLock<Vec<(&'static Row, Expr, Expr)>> = OnceLock::new();
    ROWS.get_or_init(|| {
        let read = |text| conditions(&Expr::parse(text).unwrap_or_else(|message| panic!("{message}")));
        TABLE.iter().map(|row| (row, read(row.lhs), read(row.rhs))).collect()
    })
}

/// The pattern with each `t == t` replaced by the name `t`, which stands for any condition.
fn conditions(pattern: &Expr) -> Expr {
    match pattern {
        Expr::Apply(Op::Eq, operands) => operands[0].clone(),
        Expr::Apply(op, operands) => Expr::apply(*op, &operands.iter().map(conditions).collect::<Vec<_>>()),
        _ => pattern.clone(),
    }
}

/// Does the pattern fit the expression? Binds its names.
fn fits(pattern: &Expr, expr: &Expr, constant: &dyn Fn(&Expr) -> bool, bound: &mut BTreeMap<String, Expr>) -> bool {
    match (pattern, expr) {
        (Expr::Symbol(name), _) => match bound.get(&**name) {
            Some(known) => known == expr,
            None if &**name == "c" && !constant(expr) => false,
            None => {
                bound.insert(name.to_string(), expr.clone());
                true
            }
        },
        (Expr::Apply(op, patterns), Expr::Apply(same, operands)) if op == same => {
            patterns.iter().zip(operands.iter()).all(|(pattern, operand)| fits(pattern, operand, constant, bound))
        }
        (Expr::Number(a), Expr::Number(b)) => a == b,
        _ => false,
    }
}

fn limited(of: &Expr) -> Result<(), Message> {
    let Expr::Apply(Op::Pow, operands) = of else { return Ok(()) };
    let beyond = |value: &crate::rational::Rational| value.to_f64().abs() > GREATEST as f64;
    match operands[1].as_number().filter(|value| beyond(value)) {
        Some(value) => Err(Message::new(format!("the exponent {value} is too large to differentiate"))
            .help(format!("exponents reach from -{GREATEST} to {GREATEST}"))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::TABLE as OPERATORS;

    fn derivative(text: &str) -> Result<(&'static str, String), String> {
        let of = Expr::parse(text).expect("a formula");
        let by = Expr::symbol("v");
        match step(&of, &by, &|expr| !expr.mentions("v")) {
            Ok((row, result)) => Ok((row.name, result.to_string())),
            Err(message) => Err(message.text),
        }
    }

    #[test]
    fn the_first_row_that_fits_is_taken() {
        let found = |text| derivative(text).expect("differentiable");
        assert_eq!(found("v"), ("d-variable", "1".into()));
        assert_eq!(found("w"), ("d-constant", "0".into()));
        assert_eq!(found("w*v"), ("d-factor", "w * d(v, v)".into()));
        assert_eq!(found("v*exp(v)"), ("d-product", "d(v, v) * exp(v) + v * d(exp(v), v)".into()));
        assert_eq!(found("v^w"), ("d-power", "w * v^(w - 1) * d(v, v)".into()));
        assert_eq!(found("2^v").0, "d-exponential");
        assert_eq!(found("v^v").0, "d-power-both");
    }

    #[test]
    fn every_operator_but_comparisons_has_a_row() {
        // what is over classes is differentiated in what it unfolds to
        let plain = |op: Op| !op.is_comparison() && !op.binds() && !matches!(op, Op::D | Op::Index);
        for row in OPERATORS.iter().filter(|row| plain(row.op)) {
            let operands: Vec<Expr> = (0..row.arity).map(|_| Expr::symbol("v")).collect();
            let of = Expr::apply(row.op, &operands);
            assert!(step(&of, &Expr::symbol("v"), &|_| false).is_ok(), "{of}");
        }
    }

    #[test]
    fn a_large_exponent_is_a_message() {
        assert_eq!(derivative("v^999999999999"), Err("the exponent 999999999999 is too large to differentiate".into()));
    }
}
