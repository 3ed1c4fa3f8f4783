//! A kernel → the form that each output is computed by, regime by regime, with the bound proved.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::kernel::{self, Inst, Kernel, Let, Proved, Val};
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::Spec;

/// The form of one output in one regime.
#[derive(Clone, Debug)]
pub struct Form<'k> {
    /// `loss`, `d_x` or `d2_x`.
    pub target: &'static str,
    /// The regime, e.g. `z >= 0` and `z < 2`; empty where one form serves every input.
    pub regime: Vec<Expr>,
    /// The form, as it is computed.
    pub form: Expr,
    /// Its bounds.
    pub bounds: &'k [Proved],
}

/// Longer forms are given in the notation of the kernel only.
const LONGEST: usize = 400;

/// The forms of a kernel, output by output: one for each stretch between 0 and the thresholds of its pivot, on either
/// side; neighbours with one form are one regime.
pub fn of<'k>(kernel: &'k Kernel, spec: &Spec) -> Vec<Form<'k>> {
    let split = kernel.lets.iter().position(|one| matches!(one.inst, Inst::Less(_, zero) if is_zero(kernel, zero)));
    let mut cuts = thresholds(kernel);
    cuts.insert(0, 0.0);
    // from -inf to inf: the side, and the magnitude from which the stretch begins
    let below = cuts.iter().rev().map(|from| (true, *from));
    let stretches: Vec<(bool, f64)> = below.chain(cuts.iter().map(|from| (false, *from))).collect();
    let mut all = Vec::new();
    for output in &kernel.outputs {
        let form = |from: f64, below: Option<bool>| {
            let mut unrolled = Unrolled { kernel, spec, split, below, from, known: BTreeMap::new() };
            let form = unrolled.expr(output.value)?;
            let pivot = split.and_then(|at| match kernel.lets[at].inst {
                Inst::Less(pivot, _) => unrolled.expr(pivot),
                _ => None,
            });
            (form.size() <= LONGEST).then_some((form, pivot))
        };
        let found: Option<Vec<(Expr, Expr)>> = stretches
            .iter()
            .map(|(below, from)| form(*from, Some(*below)).and_then(|(form, pivot)| Some((form, pivot?))))
            .collect();
        let Some(found) = found else {
            if let Some((form, _)) = form(0.0, None) {
                all.push(Form { target: output.name, regime: Vec::new(), form, bounds: &output.bounds });
            }
            continue;
        };
        let starts = |at: usize| at == 0 || found[at].0 != found[at - 1].0;
        let begins: Vec<usize> = (0..found.len()).filter(|at| starts(*at)).collect();
        for (place, at) in begins.iter().enumerate() {
            let (form, pivot) = &found[*at];
            let end = |at: usize| {
                let (below, from) = stretches[at];
                // where the stretch begins: the one below 0 that is next to 0 ends there
                let start = if below { stretches.get(at.wrapping_sub(1)).map_or(f64::INFINITY, |s| s.1) } else { from };
                Expr::Number(Rational::from_f64(if below { -start } else { start }).unwrap_or(Rational::ZERO))
            };
            let mut regime = Vec::new();
            if *at > 0 {
                let op = if stretches[*at].0 { Op::Gt } else { Op::Ge };
                regime.push(Expr::apply(op, &[pivot.clone(), end(*at)]));
            }
            if let Some(next) = begins.get(place + 1) {
                let op = if stretches[*next].0 { Op::Le } else { Op::Lt };
                regime.push(Expr::apply(op, &[pivot.clone(), end(*next)]));
            }
            all.push(Form { target: output.name, regime, form: form.clone(), bounds: &output.bounds });
        }
    }
    all
}

/// The magnitudes at which a form gives way to another, in order.
fn thresholds(kernel: &Kernel) -> Vec<f64> {
    let mut found: Vec<f64> = Vec::new();
    for one in &kernel.lets {
        let Inst::Select(condition, _, _) = one.inst else { continue };
        if let Inst::Less(_, bound) = kernel.lets[condition.0].inst
            && let Inst::Const(bound) = kernel.lets[bound.0].inst
            && bound > 0.0
        {
            found.push(bound);
        }
    }
    found.sort_by(f64::total_cmp);
    found.dedup();
    found
}

fn is_zero(kernel: &Kernel, value: Val) -> bool {
    matches!(kernel.lets[value.0].inst, Inst::Const(value) if value == 0.0)
}

/// Lets written out, on one side of the split.
struct Unrolled<'k, 's> {
    kernel: &'k Kernel,
    spec: &'s Spec,
    split: Option<usize>,
    below: Option<bool>,
    /// The magnitude of the pivot from which the stretch begins.
    from: f64,
    known: BTreeMap<usize, Option<Expr>>,
}

impl Unrolled<'_, '_> {
    fn expr(&mut self, value: Val) -> Option<Expr> {
        if let Some(known) = self.known.get(&value.0) {
            return known.clone();
        }
        let found = self.written(value).filter(|expr| expr.size() <= LONGEST);
        self.known.insert(value.0, found.clone());
        found
    }

    fn written(&mut self, value: Val) -> Option<Expr> {
        let one = &self.kernel.lets[value.0];
        // a probability without a label is an input, but is written otherwise where it is computed
        let input = self.spec.inputs.first().filter(|_| self.spec.inputs.len() == 1).map(|input| &*input.name);
        let named = |name: &str| input == Some(name) || self.spec.formula.iter().any(|line| &*line.name == name);
        if named(&one.meaning) {
            return Some(Expr::symbol(&one.meaning));
        }
        if let Some(expr) = share(self.kernel, one) {
            return Some(expr);
        }
        let pair = |op, a: Expr, b: Expr| Some(Expr::apply(op, &[a, b]));
        match one.inst {
            Inst::X => Some(Expr::Symbol(self.spec.inputs.first()?.name.clone())),
            Inst::Given(name) => Some(Expr::symbol(name)),
            Inst::Parameter(place) => Some(Expr::symbol(&self.kernel.parameters.get(place)?.name)),
            Inst::Const(number) => Some(Expr::Number(Rational::from_f64(number)?)),
            Inst::ConstPair(hi, lo) => Some(Expr::Number(&Rational::from_f64(hi)? + &Rational::from_f64(lo)?)),
            Inst::Neg(a) | Inst::NegPair(a) => Some(minus(self.expr(a)?)),
            Inst::Abs(a) => {
                let inner = self.expr(a)?;
                let pivot =
                    matches!(self.split.map(|at| self.kernel.lets[at].inst), Some(Inst::Less(of, _)) if of == a);
                Some(match self.below {
                    Some(true) if pivot => minus(inner),
                    Some(false) if pivot => inner,
                    _ => inner.abs(),
                })
            }
            Inst::Sqrt(a) => Some(self.expr(a)?.sqrt()),
            Inst::Exp(a) | Inst::ExpPair(a) => Some(self.expr(a)?.exp()),
            Inst::ExpMinus(a) => Some(minus(self.expr(a)?).exp()),
            Inst::Log1p(a) => Some(self.expr(a)?.log1p()),
            Inst::Ln(a, _) => Some(self.expr(a)?.log()),
            Inst::Add(a, b) | Inst::TwoSum(a, b) | Inst::PairPlus(a, b) => pair(Op::Add, self.expr(a)?, self.expr(b)?),
            Inst::Sub(a, b) => pair(Op::Sub, self.expr(a)?, self.expr(b)?),
            Inst::Mul(a, b) | Inst::TwoProduct(a, b) | Inst::PairTimes(a, b) => self.product(a, b),
            Inst::Div(a, b) => pair(Op::Div, self.expr(a)?, self.expr(b)?),
            Inst::AtMost(a, _) | Inst::AtLeast(a, _) | Inst::Hi(a) | Inst::Widen(a) => self.expr(a),
            Inst::Select(condition, yes, no) => self.select(condition, yes, no),
            Inst::LabelIsOne => {
                let label = Expr::Symbol(self.spec.inputs.get(1)?.name.clone());
                pair(Op::Eq, label, Expr::integer(1))
            }
            // what is shown is of a kernel of pairs without FMA, which has none of these
            Inst::TwoAtanh(_) | Inst::Fused(..) | Inst::Reduced(..) | Inst::Raised(..) => None,
            Inst::Less(a, b) if self.of_parameter(value) => pair(Op::Lt, self.expr(a)?, self.expr(b)?),
            Inst::Less(..) | Inst::Equal(..) | Inst::Same(..) => None,
        }
    }

    /// A product; a factor 1 that one side of the split has goes without saying.
    fn product(&mut self, a: Val, b: Val) -> Option<Expr> {
        let one = Expr::integer(1);
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        Some(match (a == one, b == one) {
            (true, _) => b,
            (_, true) => a,
            _ => a * b,
        })
    }

    fn is_number(&self, value: Val) -> bool {
        matches!(self.kernel.lets[value.0].inst, Inst::Const(_))
    }

    /// Is it the comparison of an open parameter with something?
    fn of_parameter(&self, condition: Val) -> bool {
        let open = |val: Val| matches!(self.kernel.lets[val.0].inst, Inst::Parameter(_));
        matches!(self.kernel.lets[condition.0].inst, Inst::Less(a, b) if open(a) || open(b))
    }

    fn select(&mut self, condition: Val, yes: Val, no: Val) -> Option<Expr> {
        if self.split == Some(condition.0) {
            return self.expr(if self.below? { yes } else { no });
        }
        match self.kernel.lets[condition.0].inst {
            // what is put in where a factor is 0
            Inst::Equal(..) => self.expr(no),
            // both stand for a value of the parameter
            Inst::Less(..) if self.of_parameter(condition) => {
                let branches = [self.expr(condition)?, self.expr(yes)?, self.expr(no)?];
                Some(Expr::apply(Op::Where, &branches))
            }
            // what is put in far out, where it vanishes
            Inst::Less(most, _) if self.is_number(most) => self.expr(no),
            // a threshold
            Inst::Less(_, bound) if self.is_number(bound) => {
                let Inst::Const(bound) = self.kernel.lets[bound.0].inst else { return None };
                self.expr(if self.from < bound { yes } else { no })
            }
            _ => Some(Expr::apply(Op::Where, &[self.expr(condition)?, self.expr(yes)?, self.expr(no)?])),
        }
    }
}

/// What a let of a kernel on probabilities is of them, however it is computed.
fn share(kernel: &Kernel, one: &Let) -> Option<Expr> {
    const NAMES: [&str; 7] = ["p_t", "q", "ell", "ell_q", "ratio", "ell_most", "ratio_most"];
    let of_share = kernel.within.is_some() || kernel::clip(&kernel.parameters).is_some();
    let known = of_share && NAMES.contains(&one.name.as_str());
    if known { Expr::parse(&one.meaning).ok() } else { None }
}

/// −expr, with the sign of a factor or a dividend taken out.
fn minus(expr: Expr) -> Expr {
    match unsigned(&expr) {
        Some(positive) => positive,
        None => -expr,
    }
}

/// What an expression is the negative of, where it shows.
fn unsigned(expr: &Expr) -> Option<Expr> {
    match expr {
        Expr::Apply(Op::Neg, operands) => Some(operands[0].clone()),
        Expr::Apply(op @ (Op::Mul | Op::Div), operands) => {
            let (a, b) = (&operands[0], &operands[1]);
            match (unsigned(a), unsigned(b)) {
                (Some(a), Some(b)) => Some(-Expr::apply(*op, &[a, b])),
                (Some(a), None) => Some(Expr::apply(*op, &[a, b.clone()])),
                (None, Some(b)) => Some(Expr::apply(*op, &[a.clone(), b])),
                (None, None) => None,
            }
        }
        _ => None,
    }
}
