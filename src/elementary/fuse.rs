//! Programs → programs with fused steps: a product that one sum alone reads goes into it, and is not rounded.
//!
//! What a fused step computes is the sum of the exact product and the other term, rounded once (IEEE 754's fusedMultiplyAdd,
//! which `mul_add` is everywhere). So each step is as near to the exact value of its operands as the two that it stands for,
//! or nearer, and nothing else changes. The parts of exact sums have no products among their operands, and an exact product
//! is a part of its own, so none of them is torn apart: `pair` makes its exact product anew.

use super::program::{At, Bound, Program, Step};
use crate::format::Format;

/// Signs of a fused operation: one rounding of the exact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fused {
    /// a·b + c
    Plus,
    /// a·b − c
    Less,
    /// c − a·b
    From,
}

impl Fused {
    /// Its value for floats of a format.
    pub fn of(self, format: Format, a: f64, b: f64, c: f64) -> f64 {
        macro_rules! fused {
            ($a:expr, $b:expr, $c:expr) => {
                match self {
                    Fused::Plus => $a.mul_add($b, $c),
                    Fused::Less => $a.mul_add($b, -$c),
                    Fused::From => (-$a).mul_add($b, $c),
                }
            };
        }
        match format {
            // in f64 and then rounded it would be rounded twice
            Format::F32 => f64::from(fused!((a as f32), b as f32, c as f32)),
            Format::F64 => fused!(a, b, c),
        }
    }
}

/// Which of the terms of a sum goes into it: the right one, where both can.
pub fn chosen<T>(terms: [T; 2], minus: bool, factors: &dyn Fn(&T) -> Option<[T; 2]>) -> Option<(Fused, [T; 3], T)> {
    let [left, right] = terms;
    if let Some([a, b]) = factors(&right) {
        return Some((if minus { Fused::From } else { Fused::Plus }, [a, b, left], right));
    }
    let [a, b] = factors(&left)?;
    Some((if minus { Fused::Less } else { Fused::Plus }, [a, b, right], left))
}

impl Program {
    /// The same function with fused steps, and what is proved of it.
    pub fn fused(&self, bound: Bound) -> Program {
        let mut uses = vec![0; self.steps.len()];
        let read = self.steps.iter().flat_map(|(step, _)| step.operands()).chain(self.results.iter().copied());
        read.for_each(|at| uses[at.0] += 1);
        let factors = |at: &At| match self.steps[at.0].0 {
            Step::Mul(a, b) if uses[at.0] == 1 => Some([a, b]),
            _ => None,
        };
        let mut gone = vec![false; self.steps.len()];
        let mut steps = self.steps.clone();
        for (step, _) in &mut steps {
            let (terms, minus) = match *step {
                Step::Add(a, b) => ([a, b], false),
                Step::Sub(a, b) => ([a, b], true),
                _ => continue,
            };
            if let Some((fused, [a, b, c], product)) = chosen(terms, minus, &factors) {
                gone[product.0] = true;
                *step = Step::Fused(fused, [a, b, c]);
            }
        }
        let mut place = Vec::with_capacity(steps.len());
        let mut kept = Vec::new();
        for (old, (step, name)) in steps.iter().enumerate() {
            place.push(At(kept.len()));
            if !gone[old] {
                kept.push((step.moved(&|at| place[at.0]), *name));
            }
        }
        let results = self.results.iter().map(|at| place[at.0]).collect();
        Program { steps: kept, results, bound, fused: true, ..self.clone() }
    }
}
