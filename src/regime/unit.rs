//! A pivot in (0, 1): what depends on p and q = 1 − p, neither of which is computed as the other's difference.
//!
//! An input without a label is such a pivot, and so is a name of the formula that is the input for label 1 and 1 − input
//! for label 0: one of p and q is the input itself, and the other one is rounded once. In them a target is a number times powers of p
//! and q times a bracket, by arithmetic; −log p is q times a ratio that goes to 1 with p.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::pivot::fold;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::{self, Known};
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::Spec;

/// The pivot p.
pub const P: &str = "_p_t";
/// 1 − p
pub const Q: &str = "_q";
/// −log p
pub const ELL: &str = "_ell";
/// −log q
pub const ELL_Q: &str = "_ell_q";
/// −log(p)/(1 − p)
pub const RATIO: &str = "_ratio";
/// −log p, but finite where p is 0
pub const ELL_MOST: &str = "_ell_most";
/// −log(p)/(1 − p), but finite where p is 0
pub const RATIO_MOST: &str = "_ratio_most";

/// Every name, and what it is.
pub const NAMES: [(&str, &str); 7] = [
    (P, "_p_t"),
    (Q, "1 - _p_t"),
    (ELL, "-log(_p_t)"),
    (ELL_Q, "-log(1 - _p_t)"),
    (RATIO, "-log(_p_t)/(1 - _p_t)"),
    (ELL_MOST, "-log(_p_t)"),
    (RATIO_MOST, "-log(_p_t)/(1 - _p_t)"),
];

/// Where a name lies.
pub fn range(name: &str) -> Interval {
    match name {
        P | Q => Interval::open(0.0, 1.0),
        ELL | ELL_Q | ELL_MOST => Interval::open(0.0, f64::INFINITY),
        _ => Interval::open(1.0, f64::INFINITY),
    }
}

/// Where every name lies.
pub fn ranges() -> BTreeMap<Arc<str>, Interval> {
    NAMES.iter().map(|(name, _)| (Arc::from(*name), range(name))).collect()
}

/// The name of the formula that is the input for label 1 and 1 − input for label 0, where the input lies in (0, 1); without
/// a label the input itself.
pub fn name(spec: &Spec, at_label: &dyn Fn(&Expr, i64) -> Expr) -> Option<Arc<str>> {
    let input = spec.inputs.first()?;
    let unit = Domain::Interval { lo: Some(Rational::ZERO), lo_open: true, hi: Some(Rational::ONE), hi_open: true };
    match spec.inputs.len() {
        _ if input.domain != unit => return None,
        1 => return Some(input.name.clone()),
        2 => {}
        _ => return None,
    }
    let p = Expr::Symbol(input.name.clone());
    let is = |value: &Expr, label: i64, expected: &Expr| fold(&at_label(value, label)) == *expected;
    let less = Expr::integer(1) - p.clone();
    let found = spec.formula.iter().find(|line| is(&line.value, 1, &p) && is(&line.value, 0, &less));
    found.map(|line| line.name.clone())
}

/// What a loss is where 1 − p is 0 and stays it, however p changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtNoRest {
    /// 0
    Zero,
    /// 0 where this open parameter, an exponent of 1 − p, is above 0; where it is 0 as in [`AtNoRest::Same`].
    ZeroAbove(Arc<str>),
    /// What it is elsewhere: it does not depend on 1 − p.
    Same,
}

impl AtNoRest {
    /// Of a loss in the pivot; `None` where it is none of these.
    pub fn of(loss: &Expr) -> Option<AtNoRest> {
        let mut exponents = BTreeSet::new();
        open_exponents(loss, &mut exponents);
        let with = |power: i64| fold(&at_no_rest(loss, power));
        let no_rest = |form: Expr| form.substitute(&|name| (name == Q).then(|| Expr::integer(0)));
        let is_zero = fold(&no_rest(with(0))) == Expr::integer(0);
        let is_same = |form: Expr| !form.mentions(Q);
        match exponents.pop_first() {
            None if is_zero => Some(AtNoRest::Zero),
            None => is_same(with(0)).then_some(AtNoRest::Same),
            Some(open) if exponents.is_empty() && is_zero && is_same(with(1)) => Some(AtNoRest::ZeroAbove(open)),
            Some(_) => None,
        }
    }
}

fn is_rest(expr: &Expr) -> bool {
    matches!(expr, Expr::Apply(Op::Sub, operands) if operands[0] == Expr::integer(1) && operands[1] == Expr::symbol(P))
}

/// Symbols that 1 − p is raised to.
fn open_exponents(expr: &Expr, to: &mut BTreeSet<Arc<str>>) {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Pow, _), [base, Expr::Symbol(name)]) if is_rest(base) => drop(to.insert(name.clone())),
        (_, operands) => operands.iter().for_each(|operand| open_exponents(operand, to)),
    }
}

/// With powers of 1 − p by a positive number 0, by 0 one, and by a symbol the number given; else it stays, as q.
fn at_no_rest(expr: &Expr, open: i64) -> Expr {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Pow, _), [base, Expr::Symbol(_)]) if is_rest(base) => Expr::integer(open),
        (Expr::Apply(Op::Pow, _), [base, Expr::Number(power)]) if is_rest(base) && !power.is_negative() => {
            Expr::integer(i64::from(power.is_zero()))
        }
        _ if is_rest(expr) => Expr::symbol(Q),
        (Expr::Apply(op, _), operands) => {
            Expr::apply(*op, &operands.iter().map(|operand| at_no_rest(operand, open)).collect::<Vec<_>>())
        }
        _ => expr.clone(),
    }
}

/// The same with ratios and what stands in for infinite values by p, q and −log p.
pub fn unnamed(expr: &Expr) -> Expr {
    expr.substitute(&|name| match name {
        ELL_MOST => Some(Expr::symbol(ELL)),
        RATIO | RATIO_MOST => Some(Expr::symbol(ELL) / Expr::symbol(Q)),
        _ => None,
    })
}

/// The same in p, q and −log p.
pub fn plain(of_pivot: &Expr) -> Expr {
    rewritten(of_pivot, &-Expr::symbol(ELL))
}

/// The same with 1 − p as q, and log p as given.
fn rewritten(expr: &Expr, log: &Expr) -> Expr {
    let p = Expr::symbol(P);
    match expr {
        Expr::Apply(Op::Sub, operands) if operands[0] == Expr::integer(1) && operands[1] == p => Expr::symbol(Q),
        Expr::Apply(Op::Log, operands) if operands[0] == p => log.clone(),
        Expr::Apply(op, operands) => {
            Expr::apply(*op, &operands.iter().map(|operand| rewritten(operand, log)).collect::<Vec<_>>())
        }
        _ => expr.clone(),
    }
}

/// Ways to compute a target, each with its scale: by −log p, and by its ratio to q, where that may be.
pub fn ways(of_pivot: &Expr, scale: Option<&Expr>, known: &Known, by_ratio: bool) -> Vec<Expr> {
    let ell = plain(of_pivot);
    let ratio = by_ratio.then(|| rewritten(of_pivot, &-(Expr::symbol(Q) * Expr::symbol(RATIO))));
    let forms = std::iter::once(ell).chain(ratio).filter_map(|form| normal::product(&form, known));
    let mut all: Vec<Expr> = forms.filter_map(|form| Product::of(&form)?.written(scale)).collect();
    all.dedup();
    all
}

/// A target as a product.
#[derive(Debug)]
struct Product {
    /// Numbers, parameters, logarithms and brackets.
    factors: Vec<Expr>,
    /// The exponent of q: a number and what is added to it.
    q: (Rational, Option<Expr>),
    /// The exponent of p.
    p: i64,
    negative: bool,
}

impl Product {
    fn of(form: &Expr) -> Option<Product> {
        let mut product = Product { factors: Vec::new(), q: (Rational::ZERO, None), p: 0, negative: false };
        product.take(form, 1)?;
        Some(product)
    }

    fn take(&mut self, expr: &Expr, sign: i64) -> Option<()> {
        match expr {
            Expr::Apply(Op::Neg, operands) => {
                self.negative = !self.negative;
                self.take(&operands[0], sign)
            }
            Expr::Apply(Op::Mul, operands) => operands.iter().try_for_each(|operand| self.take(operand, sign)),
            Expr::Apply(Op::Div, operands) => {
                self.take(&operands[0], sign)?;
                self.take(&operands[1], -sign)
            }
            Expr::Apply(Op::Pow, operands) => match (&operands[0], &operands[1]) {
                (Expr::Symbol(name), exponent) if &**name == Q => self.q_power(exponent, sign),
                (Expr::Symbol(name), exponent) if &**name == P => {
                    self.p += sign * exponent.as_number()?.to_i64()?;
                    Some(())
                }
                _ => self.factor(expr, sign),
            },
            Expr::Apply(Op::Sqrt, operands) if operands[0] == Expr::symbol(Q) => {
                self.q_power(&Expr::Number(Rational::ratio(1, 2)?), sign)
            }
            Expr::Symbol(name) if &**name == Q => self.q_power(&Expr::integer(1), sign),
            Expr::Symbol(name) if &**name == P => {
                self.p += sign;
                Some(())
            }
            Expr::Number(value) if value.is_negative() => {
                self.negative = !self.negative;
                self.factor(&Expr::Number(-value), sign)
            }
            _ => self.factor(expr, sign),
        }
    }

    fn factor(&mut self, expr: &Expr, sign: i64) -> Option<()> {
        if *expr != Expr::integer(1) {
            self.factors.push(if sign > 0 { expr.clone() } else { Expr::integer(1) / expr.clone() });
        }
        Some(())
    }

    /// A number, a parameter, or sums and differences of both.
    fn q_power(&mut self, exponent: &Expr, sign: i64) -> Option<()> {
        match exponent {
            Expr::Number(value) => self.q.0 = if sign > 0 { &self.q.0 + value } else { &self.q.0 - value },
            Expr::Apply(Op::Add, operands) => {
                self.q_power(&operands[0], sign)?;
                self.q_power(&operands[1], sign)?;
            }
            Expr::Apply(Op::Sub, operands) => {
                self.q_power(&operands[0], sign)?;
                self.q_power(&operands[1], -sign)?;
            }
            Expr::Symbol(_) if sign > 0 && self.q.1.is_none() => self.q.1 = Some(exponent.clone()),
            _ => return None,
        }
        Some(())
    }

    /// scale · powers of q · the rest, divided by p as often as it must be, last: what is large becomes so last.
    fn written(self, scale: Option<&Expr>) -> Option<Expr> {
        if let (number, Some(exponent)) = self.q.clone()
            && number == Rational::from(-1)
        {
            return self.apart(scale, &exponent);
        }
        let (q, one) = (Expr::symbol(Q), Expr::integer(1));
        let mut product = scale.cloned();
        let mut times = |factor: Expr| {
            product = Some(product.take().map_or_else(|| factor.clone(), |product| product * factor.clone()));
        };
        // what is about 1 comes before what may be subnormal, factor by factor
        self.factors.into_iter().for_each(&mut times);
        let (number, symbol) = self.q;
        match symbol {
            Some(symbol) => {
                times(power(&symbol));
                match number.to_i64()? {
                    0 => {}
                    count @ 1.. => (0..count).for_each(|_| times(q.clone())),
                    _ => return None,
                }
            }
            None if is_half(&number) && !number.is_negative() => {
                let (whole, rest) = number.floor();
                if !rest.is_zero() {
                    times(q.clone().pow(Expr::Number(rest)));
                }
                (0..whole.to_i64()?).for_each(|_| times(q.clone()));
            }
            None if is_half(&number) => times(one.clone() / q.pow(Expr::Number(-&number))),
            None if number.is_negative() => {
                // in two steps, of which the first is not infinite before the result is
                let half = &-&number * &Rational::ratio(1, 2)?;
                let half = (Expr::Number(half) * Expr::symbol(ELL_Q)).exp();
                times(half.clone());
                times(half);
            }
            None => times((-(Expr::Number(number) * Expr::symbol(ELL_Q))).exp()),
        }
        Some(divided(product.unwrap_or(one), self.p, self.negative))
    }

    /// scale · q^(exponent − 1)·(q·a + b) as a·q^exponent + b·q^(exponent − 1), where b is the exponent times something: neither
    /// is undefined where q or the exponent is 0.
    fn apart(self, scale: Option<&Expr>, exponent: &Expr) -> Option<Expr> {
        let is_sum = |factor: &Expr| matches!(factor, Expr::Apply(Op::Add | Op::Sub, _));
        let (brackets, others): (Vec<Expr>, Vec<Expr>) = self.factors.into_iter().partition(is_sum);
        let [bracket] = &brackets[..] else { return None };
        let mut terms = Vec::new();
        addends(bracket, false, &mut terms);
        let (with, without): (Vec<Expr>, Vec<Expr>) = terms.into_iter().partition(|term| term.mentions(Q));
        let mut known = Known { ranges: ranges(), ..Known::default() };
        // what is divided by it stands where it is above 0
        let Expr::Symbol(name) = exponent else { return None };
        known.ranges.insert(name.clone(), Interval::open(0.0, f64::INFINITY));
        let of = |terms: Vec<Expr>, by: &Expr| {
            let sum = terms.into_iter().reduce(|a, b| a + b)?;
            normal::product(&(sum / by.clone()), &known)
        };
        let (near, far) = (of(with, &Expr::symbol(Q))?, of(without, exponent)?);
        if near.mentions(Q) || far.mentions(Q) {
            return None;
        }
        let whole = |factor: Expr| others.iter().cloned().chain(scale.cloned()).fold(factor, |a, b| b * a);
        let (one, zero) = (Expr::integer(1), Expr::integer(0));
        let half = |of: Expr| of / Expr::integer(2) * Expr::symbol(ELL_Q);
        let less = |a: &Expr, b: &Expr| Expr::apply(Op::Lt, &[a.clone(), b.clone()]);
        let choice = |c: Expr, a: Expr, b: Expr| Expr::apply(Op::Where, &[c, a, b]);
        // the root of q^(exponent − 1), in two steps as above; where the exponent is 0 nothing is added
        let rising = half(one.clone() - exponent.clone()).exp();
        let falling = (-half(exponent.clone() - one.clone())).exp();
        let root = choice(less(exponent, &one), rising, choice(less(&one, exponent), falling, one));
        let root = choice(less(&zero, exponent), root, zero);
        let far = whole(exponent.clone()) * root.clone() * far * root;
        let sum = whole(power(exponent)) * near + far;
        Some(divided(sum, self.p, self.negative))
    }
}

/// The members of a sum, with their signs.
fn addends(expr: &Expr, negative: bool, to: &mut Vec<Expr>) {
    match expr {
        Expr::Apply(op @ (Op::Add | Op::Sub), operands) => {
            addends(&operands[0], negative, to);
            addends(&operands[1], negative ^ (*op == Op::Sub), to);
        }
        _ if negative => to.push(-expr.clone()),
        _ => to.push(expr.clone()),
    }
}

/// The product with its sign, times p^exponent: divided by p last, and one by one.
fn divided(product: Expr, exponent: i64, negative: bool) -> Expr {
    let p = Expr::symbol(P);
    let product = (0..exponent).fold(product, |product, _| product * p.clone());
    let product = if negative { -product } else { product };
    (exponent..0).fold(product, |product, _| product / p.clone())
}

fn is_half(number: &Rational) -> bool {
    (number * &Rational::from(2)).to_i64().is_some()
}

/// q to an exponent ≥ 0 that is a parameter: 1 where it is 0, and q may be 0 then.
fn power(exponent: &Expr) -> Expr {
    let above = Expr::apply(Op::Lt, &[Expr::integer(0), exponent.clone()]);
    let exp = (-(exponent.clone() * Expr::symbol(ELL_Q))).exp();
    Expr::apply(Op::Where, &[above, exp, Expr::integer(1)])
}
