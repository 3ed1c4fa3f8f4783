//! Kernel × pieces → the bound proved for each output.
//!
//! The lets of the finished kernel are run over errors instead of numbers, piece by piece, for either label, so the
//! bound holds for the kernel as it is and not only for the form that it came from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::Approx;
use super::piece::Piece;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{Fused as Sign, Inst, Kernel, Shared, Val};
use crate::rational::Rational;

/// Meanings beyond this many nodes are not used to tighten enclosures: they would cost more than they give.
const SHORT: usize = 7;

/// Lets and what they hold.
pub type Leaves = Vec<(Val, Option<Approx>)>;

/// What is known of a kernel.
pub struct Model<'a> {
    /// The kernel.
    pub kernel: &'a Kernel,
    /// What leaves hold on a piece: the pivot, and what is known of more than the instruction tells.
    pub leaves: &'a (dyn Fn(&Piece) -> Leaves + Sync),
    /// Where the names of leaves lie on a piece.
    pub names: &'a (dyn Fn(&Piece, &str) -> Option<Interval> + Sync),
    /// The exact values of constants.
    pub constants: &'a BTreeMap<Val, Rational>,
    /// What lets stand for, in the pivot and names.
    pub meanings: &'a BTreeMap<Val, Expr>,
    /// For each output the sum of its absolute terms, where its error is measured against it.
    pub terms: &'a [Option<Expr>],
    /// Is the magnitude of that output's form proved to be this sum?
    pub exact: &'a [bool],
    /// Quotients and products that outputs are made of by nothing but quotients, choices and signs.
    pub last: BTreeSet<Val>,
}

/// See [`Model::last`]: what is done to one that is infinite leaves it so, where it is divided by at most 1.
pub fn last(kernel: &Kernel) -> BTreeSet<Val> {
    let mut inner: BTreeSet<Val> = BTreeSet::new();
    let mut outer: BTreeSet<Val> = kernel.outputs.iter().map(|output| output.value).collect();
    for place in (0..kernel.lets.len()).rev() {
        let inst = &kernel.lets[place].inst;
        let passed: Vec<Val> = match inst {
            Inst::Div(a, _) | Inst::Neg(a) => vec![*a],
            Inst::Select(_, a, b) => vec![*a, *b],
            _ => Vec::new(),
        };
        let is_outer = outer.contains(&Val(place)) && !inner.contains(&Val(place));
        for operand in inst.operands() {
            let passes = is_outer && passed.contains(&operand);
            if passes {
                outer.insert(operand)
            } else {
                inner.insert(operand)
            };
        }
    }
    let grows = |val: &Val| matches!(kernel.lets[val.0].inst, Inst::Div(..) | Inst::Mul(..)) && !inner.contains(val);
    outer.iter().copied().filter(grows).collect()
}

/// One label with the ranges that go with it.
pub struct Side {
    /// Is the label 1?
    pub one: bool,
    /// Ranges of open parameters, by their place in the kernel.
    pub parameters: BTreeMap<usize, Interval>,
    /// Ranges of the names that meanings and terms use.
    pub names: BTreeMap<Arc<str>, Interval>,
}

/// The largest bound of each output over the pieces and sides, in ulps.
pub fn prove(model: &Model, pieces: &[Piece], sides: &[Side]) -> Vec<f64> {
    let run = |part: &[Piece]| {
        let mut largest = vec![0.0_f64; model.kernel.outputs.len()];
        for piece in part {
            for side in sides {
                for (largest, found) in largest.iter_mut().zip(on_piece(model, piece, side)) {
                    *largest = largest.max(found);
                }
            }
        }
        largest
    };
    let (left, right) = pieces.split_at(pieces.len() / 2);
    let (left, right) = std::thread::scope(|scope| {
        let left = scope.spawn(|| run(left));
        (run(right), left.join().expect("the bound of a piece does not panic"))
    });
    left.into_iter().zip(right).map(|(a, b)| a.max(b)).collect()
}

fn on_piece(model: &Model, piece: &Piece, side: &Side) -> Vec<f64> {
    let mut values: Vec<Option<Approx>> = Vec::with_capacity(model.kernel.lets.len());
    let mut same: Vec<Val> = Vec::with_capacity(model.kernel.lets.len());
    let leaves = (model.leaves)(piece);
    for (at, one) in model.kernel.lets.iter().enumerate() {
        let at = Val(at);
        let found = match leaves.iter().find(|(leaf, _)| *leaf == at) {
            Some((_, known)) => *known,
            None => value(model, &one.inst, at, side, (&values, &same)),
        };
        same.push(stands_for(&one.inst, at, (&values, &same)));
        let short = model.meanings.get(&at).filter(|meaning| meaning.size() <= SHORT);
        let known = short.and_then(|meaning| enclose(model, meaning, piece, side));
        values.push(found.map(|found| known.map_or(found, |known| found.within(known))));
    }
    let outputs = model.kernel.outputs.iter().zip(model.terms.iter().zip(model.exact));
    outputs
        .map(|(output, (terms, exact))| {
            let Some(found) = values[output.value.0] else { return f64::INFINITY };
            let terms = terms.as_ref().map(|terms| enclose(model, terms, piece, side).map(|terms| terms.mig()));
            match terms {
                None if output.inside => found.units(model.kernel.format, None),
                Some(Some(least)) if output.inside => found.units(model.kernel.format, Some((least, *exact))),
                None => found.ulps(model.kernel.format, None),
                Some(Some(least)) => found.ulps_of_terms(model.kernel.format, least, *exact),
                Some(None) => f64::INFINITY,
            }
        })
        .collect()
}

/// The enclosure of an expression of pivot and names.
fn enclose(model: &Model, expr: &Expr, piece: &Piece, side: &Side) -> Option<Interval> {
    Interval::of_expr(expr, &|name| (model.names)(piece, name).or_else(|| side.names.get(name).copied()))
}

/// The let that this one is here: a choice whose condition is known is one of its branches.
fn stands_for(inst: &Inst, at: Val, (values, same): (&[Option<Approx>], &[Val])) -> Val {
    let Inst::Select(condition, a, b) = inst else { return at };
    match values[condition.0].and_then(|condition| condition.value.is_point()) {
        Some(1.0) => same[a.0],
        Some(_) => same[b.0],
        None => at,
    }
}

/// Is `sum` the number plus `of`?
fn is_plus(model: &Model, number: i64, sum: Val, of: Val, same: &[Val]) -> bool {
    let number = |val: &Val| model.constants.get(val).is_some_and(|value| *value == Rational::from(number));
    matches!(&model.kernel.lets[same[sum.0].0].inst, Inst::Add(a, b) if number(a) && same[b.0] == same[of.0])
}

/// `a − a·b`, of the factors of the product: the other one, b, and whether it is `a/(1 + a)`.
fn shrunk(model: &Model, a: Val, [x, y]: [Val; 2], same: &[Val]) -> Option<(Val, bool)> {
    let part = if same[x.0] == same[a.0] {
        y
    } else if same[y.0] == same[a.0] {
        x
    } else {
        return None;
    };
    let joint = matches!(
        &model.kernel.lets[same[part.0].0].inst,
        Inst::Div(top, sum) if same[top.0] == same[a.0] && is_plus(model, 1, *sum, a, same)
    ) || is_shared(model, part, a, same);
    Some((part, joint))
}

/// `b + (1 − b)·((a − b) − b·a)` with b = `a/(1 + a)`, of b and the factors of the product: a, and whether `b·a` is fused.
fn refined(model: &Model, b: Val, [large, left]: [Val; 2], same: &[Val]) -> Option<(Val, bool)> {
    let inst = |val: Val| &model.kernel.lets[same[val.0].0].inst;
    let equal = |x: Val, y: Val| same[x.0] == same[y.0];
    let one = |val: &Val| model.constants.get(val).is_some_and(|value| *value == Rational::ONE);
    let Inst::Div(a, sum) = *inst(b) else { return None };
    let (rest, factors, fused) = match *inst(left) {
        Inst::Sub(rest, part) => (rest, factors(model, part, same)?, false),
        Inst::Fused(Sign::From, [x, y, rest]) => (rest, [x, y], true),
        _ => return None,
    };
    let fits = is_plus(model, 1, sum, a, same)
        && matches!(inst(large), Inst::Sub(one_, of) if one(one_) && equal(*of, b))
        && matches!(inst(rest), Inst::Sub(from, of) if equal(*from, a) && equal(*of, b))
        && equal(factors[0], b)
        && equal(factors[1], a);
    fits.then_some((a, fused))
}

/// The factors of a product.
fn factors(model: &Model, product: Val, same: &[Val]) -> Option<[Val; 2]> {
    let Inst::Mul(x, y) = model.kernel.lets[same[product.0].0].inst else { return None };
    Some([x, y])
}

/// Is it t/(1 + t), with its division shared?
fn is_shared(model: &Model, part: Val, t: Val, same: &[Val]) -> bool {
    let Inst::Mul(r, by) = model.kernel.lets[same[part.0].0].inst else { return false };
    let found = model.kernel.shared(r, by, &|val| same[val.0]);
    found.is_some_and(|found| found.t == same[t.0] && !found.by_two)
}

fn value(
    model: &Model,
    inst: &Inst,
    at: Val,
    side: &Side,
    (values, same): (&[Option<Approx>], &[Val]),
) -> Option<Approx> {
    use Inst::*;
    let v = |val: &Val| values[val.0];
    let set = model.kernel.set();
    let exact = |value: Interval| Approx::exact(model.kernel.arithmetic(), value);
    match inst {
        X | Given(_) | TwoProduct(..) | PairPlus(..) | AtLeast(..) | Reduced(..) | Raised(..) => None,
        LabelIsOne => Some(exact(Interval::point(f64::from(u8::from(side.one))))),
        Parameter(place) => side.parameters.get(place).map(|range| exact(*range)),
        ConstPair(..) => {
            let truth = model.constants.get(&at)?;
            Some(Approx::of(model.kernel.arithmetic(), Interval::of_rational(truth), 1.0))
        }
        Const(rounded) => {
            let truth = model.constants.get(&at)?;
            let held = Rational::from_f64(*rounded).as_ref() == Some(truth);
            Some(Approx::of(model.kernel.arithmetic(), Interval::of_rational(truth), if held { 0.0 } else { 1.0 }))
        }
        Neg(a) | NegPair(a) => Some(v(a)?.neg()),
        Abs(a) => Some(v(a)?.abs()),
        Sqrt(a) => v(a)?.sqrt(set),
        Exp(a) => v(a)?.exp(set),
        ExpMinus(a) => v(a)?.exp_minus(set),
        ExpPair(a) => v(a)?.exp_pair(set),
        Log1p(a) => v(a)?.log1p(set),
        TwoAtanh(a) => v(a)?.two_atanh(set),
        Ln(a, b) => v(a)?.ln(&v(b)?, set),
        Add(a, b) => match factors(model, *b, same).and_then(|factors| refined(model, *a, factors, same)) {
            Some((of, fused)) => v(&of)?.refined(&v(a)?, fused),
            None => v(a)?.add(&v(b)?),
        },
        Sub(a, b) => match factors(model, *b, same).and_then(|factors| shrunk(model, *a, factors, same)) {
            Some((part, joint)) => v(a)?.shrunk(&v(&part)?, joint, false),
            None => v(a)?.add(&v(b)?.neg()),
        },
        Fused(sign, [a, b, c]) => match sign {
            Sign::Plus => match refined(model, *c, [*a, *b], same) {
                Some((of, fused)) => v(&of)?.refined(&v(c)?, fused),
                None => v(a)?.fused(&v(b)?, &v(c)?),
            },
            Sign::Less => v(a)?.fused(&v(b)?, &v(c)?.neg()),
            Sign::From => match shrunk(model, *c, [*a, *b], same) {
                Some((part, joint)) => v(c)?.shrunk(&v(&part)?, joint, true),
                None => v(a)?.neg().fused(&v(b)?, &v(c)?),
            },
        },
        Mul(a, b) => match model.kernel.shared(*a, *b, &|val| same[val.0]) {
            Some(Shared { t, sums: [d, d2], by_two }) => Approx::shared(&v(&t)?, [&v(&d)?, &v(&d2)?], by_two),
            None if model.last.contains(&at) => v(a)?.mul(&v(b)?).or_else(|| v(a)?.mul_beyond(&v(b)?)),
            None => v(a)?.mul(&v(b)?),
        },
        Div(a, b) if is_plus(model, 1, *b, *a, same) => v(a)?.div_by_one_plus(&v(b)?, false),
        Div(a, b) if is_plus(model, 2, *b, *a, same) => v(a)?.div_by_one_plus(&v(b)?, true),
        Div(a, b) if model.last.contains(&at) && v(b)?.value.at_most(&Interval::point(1.0)).is_yes() => {
            v(a)?.div(&v(b)?).or_else(|| v(a)?.div_beyond(&v(b)?))
        }
        Div(a, b) => v(a)?.div(&v(b)?),
        AtMost(a, most) => v(a)?.at_most(*most),
        Less(a, b) => Some(exact(truth(compared(&v(a)?, &v(b)?).less_than(&v(b)?.value)))),
        Equal(a, b) => Some(exact(truth(v(a)?.value.equal(&v(b)?.value)))),
        Same(a, b) => Some(exact(truth(v(a)?.value.equal(&v(b)?.value)))),
        Select(c, a, b) => match v(c)?.value.is_point() {
            Some(1.0) => v(a),
            Some(_) => v(b),
            // a test for equality picks a value that is exact there; elsewhere the other one stands
            None if matches!(model.kernel.lets[c.0].inst, Equal(..)) => v(b),
            None => Some(v(a)?.either(&v(b)?)),
        },
        TwoSum(a, b) => v(a)?.two_sum(&v(b)?),
        PairTimes(a, b) => v(a)?.two_product(&v(b)?),
        Hi(a) => Some(v(a)?.hi()),
        Widen(a) => v(a),
    }
}

/// Where the computed value that is compared lies: its sign is right, else it is off by its error.
fn compared(a: &Approx, with: &Approx) -> Interval {
    let off = a.error().to_f64_up();
    if off == 0.0 || with.value.is_point() == Some(0.0) || a.computed.is_some() {
        return a.value;
    }
    a.value.add(&Interval::new(-off, off)).unwrap_or_else(Interval::whole)
}

fn truth(truth: crate::interval::Truth) -> Interval {
    match truth {
        crate::interval::Truth::Yes => Interval::point(1.0),
        crate::interval::Truth::No => Interval::point(0.0),
        crate::interval::Truth::Unknown => Interval::new(0.0, 1.0),
    }
}
