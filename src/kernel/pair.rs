//! Instructions on registers that are pairs, by the programs of [`crate::elementary::pair`].

use super::row::LANES;
use super::{Arithmetic, Inst, Val};
use crate::elementary::pair::Part;

/// Gives hi or lo of an earlier let.
type Rows<'f, 'r> = &'f dyn Fn(&Val) -> &'r [f64];

impl Inst {
    /// What it calls in an arithmetic of pairs, and its operands.
    pub fn part(&self) -> Option<(Part, Vec<Val>)> {
        use Inst::*;
        Some(match *self {
            Sqrt(a) => (Part::Sqrt, vec![a]),
            Exp(a) => (Part::Exp, vec![a]),
            ExpMinus(a) => (Part::ExpMinus, vec![a]),
            Log1p(a) => (Part::Ln1p, vec![a]),
            Ln(a, b) => (Part::Ln, vec![a, b]),
            Add(a, b) => (Part::Add, vec![a, b]),
            Sub(a, b) => (Part::Sub, vec![a, b]),
            Mul(a, b) => (Part::Mul, vec![a, b]),
            Div(a, b) => (Part::Div, vec![a, b]),
            _ => return None,
        })
    }
}

/// An operation on two registers, each as hi and lo; where they are no pairs lo is 0.
pub fn op(arithmetic: Arithmetic, part: Part, a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    if arithmetic != Arithmetic::Pair {
        let found = match part {
            Part::Add => a[0] + b[0],
            Part::Sub => a[0] - b[0],
            Part::Mul => a[0] * b[0],
            Part::Div => a[0] / b[0],
            _ => unreachable!("rows add, subtract, multiply and divide"),
        };
        return [found, 0.0];
    }
    let (mut hi, mut lo) = ([0.0], [0.0]);
    let rows = [a[0], a[1], b[0], b[1]].map(|part| [part]);
    let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
    part.program(false).block_pair(&rows, &mut hi, &mut lo, &mut Vec::new());
    [hi[0], lo[0]]
}

/// The lanes of a sum, added pairwise.
pub fn lane_sum(arithmetic: Arithmetic, lanes: [[f64; 2]; LANES]) -> [f64; 2] {
    let add = |a, b| op(arithmetic, Part::Add, a, b);
    let [a, b, c, d] = [0, 1, 2, 3].map(|lane| add(lanes[lane], lanes[lane + 4]));
    add(add(a, c), add(b, d))
}

/// Runs an instruction whose result depends on low parts, by programs that are fused or not; `false` where it is none.
pub fn run(
    (inst, fused): (&Inst, bool),
    (h, l): (Rows, Rows),
    (hi, lo): (&mut [f64], &mut [f64]),
    scratch: &mut Vec<f64>,
) -> bool {
    if let Some((part, operands)) = inst.part() {
        let rows: Vec<&[f64]> = operands.iter().flat_map(|value| [h(value), l(value)]).collect();
        part.program(fused).block_pair(&rows, hi, lo, scratch);
        return true;
    }
    let both = hi.iter_mut().zip(lo.iter_mut()).enumerate();
    match inst {
        Inst::Neg(a) => both.for_each(|(i, (hi, lo))| (*hi, *lo) = (-h(a)[i], -l(a)[i])),
        Inst::Abs(a) => both.for_each(|(i, (hi, lo))| {
            let a = (h(a)[i], l(a)[i]);
            (*hi, *lo) = if a.0 < 0.0 { (-a.0, -a.1) } else { a };
        }),
        Inst::AtMost(a, most) => both.for_each(|(i, (hi, lo))| {
            let a = (h(a)[i], l(a)[i]);
            (*hi, *lo) = if *most < a.0 { (*most, 0.0) } else { a };
        }),
        Inst::Less(a, b) => both.for_each(|(i, (hi, _))| {
            let (a, b) = ((h(a)[i], l(a)[i]), (h(b)[i], l(b)[i]));
            *hi = f64::from(u8::from(a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)));
        }),
        Inst::Equal(a, b) => both.for_each(|(i, (hi, _))| {
            *hi = f64::from(u8::from((h(a)[i], l(a)[i]) == (h(b)[i], l(b)[i])));
        }),
        _ => return false,
    }
    true
}
