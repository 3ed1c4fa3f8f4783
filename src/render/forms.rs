//! A kernel → the form that each output is computed by, regime by regime, with the bound proved.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::kernel::{Inst, Kernel, Proved, Val};
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::Spec;

/// The form of one output in one regime.
#[derive(Clone, Debug)]
pub struct Form<'k> {
    /// `loss`, `d_x` or `d2_x`.
    pub target: &'static str,
    /// The regime, e.g. `z < 0`; `None` where one form serves every input.
    pub regime: Option<Expr>,
    /// The form, as it is computed.
    pub form: Expr,
    /// Its bounds.
    pub bounds: &'k [Proved],
}

/// Longer forms are given in the notation of the kernel only.
const LONGEST: usize = 400;

/// The forms of a kernel, output by output.
pub fn of<'k>(kernel: &'k Kernel, spec: &Spec) -> Vec<Form<'k>> {
    let split = kernel.lets.iter().position(|one| matches!(one.inst, Inst::Less(_, zero) if is_zero(kernel, zero)));
    let mut all = Vec::new();
    for output in &kernel.outputs {
        let on = |below: Option<bool>| {
            let mut unrolled = Unrolled { kernel, spec, split, below, known: BTreeMap::new() };
            let form = unrolled.expr(output.value)?;
            let pivot = split.and_then(|at| match kernel.lets[at].inst {
                Inst::Less(pivot, _) => unrolled.expr(pivot),
                _ => None,
            });
            (form.size() <= LONGEST).then_some((form, pivot))
        };
        let (Some((below, Some(pivot))), Some((above, _))) = (on(Some(true)), on(Some(false))) else {
            if let Some((form, _)) = on(None) {
                all.push(Form { target: output.name, regime: None, form, bounds: &output.bounds });
            }
            continue;
        };
        let (one, zero) = (below == above, Expr::integer(0));
        for (op, form) in [(Op::Lt, below), (Op::Ge, above)] {
            let regime = (!one).then(|| Expr::apply(op, &[pivot.clone(), zero.clone()]));
            if !one || op == Op::Ge {
                all.push(Form { target: output.name, regime, form, bounds: &output.bounds });
            }
        }
    }
    all
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
        let named = |name: &str| self.spec.formula.iter().any(|line| &*line.name == name);
        if named(&one.meaning) {
            return Some(Expr::symbol(&one.meaning));
        }
        let pair = |op, a: Expr, b: Expr| Some(Expr::apply(op, &[a, b]));
        match one.inst {
            Inst::X => Some(Expr::Symbol(self.spec.inputs.first()?.name.clone())),
            Inst::Parameter(place) => Some(Expr::symbol(&self.kernel.parameters.get(place)?.name)),
            Inst::Const(number) => Some(Expr::Number(Rational::from_f64(number)?)),
            Inst::Neg(a) | Inst::NegPair(a) => Some(match self.expr(a)? {
                Expr::Apply(Op::Neg, operands) => operands[0].clone(),
                inner => -inner,
            }),
            Inst::Abs(a) => {
                let inner = self.expr(a)?;
                let pivot =
                    matches!(self.split.map(|at| self.kernel.lets[at].inst), Some(Inst::Less(of, _)) if of == a);
                Some(match self.below {
                    Some(true) if pivot => -inner,
                    Some(false) if pivot => inner,
                    _ => inner.abs(),
                })
            }
            Inst::Sqrt(a) => Some(self.expr(a)?.sqrt()),
            Inst::Exp(a) | Inst::ExpPair(a) => Some(self.expr(a)?.exp()),
            Inst::Log1p(a) => Some(self.expr(a)?.log1p()),
            Inst::Add(a, b) | Inst::TwoSum(a, b) | Inst::PairPlus(a, b) => pair(Op::Add, self.expr(a)?, self.expr(b)?),
            Inst::Sub(a, b) => pair(Op::Sub, self.expr(a)?, self.expr(b)?),
            Inst::Mul(a, b) | Inst::TwoProduct(a, b) | Inst::PairTimes(a, b) => self.product(a, b),
            Inst::Div(a, b) => pair(Op::Div, self.expr(a)?, self.expr(b)?),
            Inst::AtMost(a, _) | Inst::Hi(a) | Inst::Widen(a) => self.expr(a),
            Inst::Select(condition, yes, no) => self.select(condition, yes, no),
            Inst::LabelIsOne => {
                let label = Expr::Symbol(self.spec.inputs.get(1)?.name.clone());
                pair(Op::Eq, label, Expr::integer(1))
            }
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

    fn select(&mut self, condition: Val, yes: Val, no: Val) -> Option<Expr> {
        if self.split == Some(condition.0) {
            return self.expr(if self.below? { yes } else { no });
        }
        match self.kernel.lets[condition.0].inst {
            // what is put in where a factor is 0
            Inst::Equal(..) => self.expr(no),
            _ => Some(Expr::apply(Op::Where, &[self.expr(condition)?, self.expr(yes)?, self.expr(no)?])),
        }
    }
}
