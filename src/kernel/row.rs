//! A kernel over a row of classes: three kernels, and how a row goes through them.
//!
//! ```text
//! greatest   the greatest of the other classes' inputs, −0 as +0; −∞ where there is none
//! term       of an other class, e^(z − greatest)
//! rest       Σ e^(z − greatest) − 1, a difference without rounding, since the greatest's term is 1; 0 where all are absent
//! beside     the same less what the greatest's term left of the digits: where rest < 1 the sum is made without it (order 2)
//! row        own input, greatest, rest and beside → loss and derivatives for the own class, and what the classes take
//! class      an other class's input and term, and what it takes → its derivatives
//! ```
//!
//! Where the greatest is infinite, those that equal it stand for 0 and the others for −∞, below a greatest of 0.
//!
//! The sum goes in the row's order into eight lanes, which are added pairwise; on pairs, by sums of pairs. A row is NaN
//! where an input is NaN, where two infinite inputs leave a difference undefined, or where a parameter is outside its
//! domain. An input that is −∞ is absent; a row whose other classes are all absent has loss and derivatives 0.

use super::{Evaluator, Format, Kernel, pair};
use crate::elementary::pair::Part;

/// Lanes that the sum is made in; a row is filled up to a multiple of them by absent classes.
pub const LANES: usize = 8;

/// Bounds hold for rows of at most this many classes.
pub const MOST_CLASSES: usize = 1 << 17;

/// What a row's kernels hand on: see [`Kernel`]'s `Given`.
pub const GREATEST: &str = "greatest";
/// See [`GREATEST`].
pub const REST: &str = "rest";
/// See [`GREATEST`].
pub const BESIDE: &str = "beside";

/// The term of a class: it differs from element to element.
pub const TERM: &str = "term";

/// Straight-line code for the rows of a loss.
#[derive(Clone, Debug)]
pub struct RowKernel {
    /// Of the own class: outputs in the format, then what classes take, by the names that they take it under.
    pub row: Kernel,
    /// An other class's term.
    pub term: Kernel,
    /// An other class: its gradient and, in order 2, its part of the Hessian's diagonal; nothing in order 0.
    pub class: Option<Kernel>,
}

/// Results of a row, widened to f64.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The loss.
    pub loss: f64,
    /// A row for the gradient, then one for the diagonal of the Hessian, as the order has them.
    pub derivatives: Vec<Vec<f64>>,
}

impl RowKernel {
    /// Format of inputs and results.
    pub fn format(&self) -> Format {
        self.row.format
    }

    /// 0: loss; 1: and gradient; 2: and the diagonal of the Hessian.
    pub fn order(&self) -> usize {
        self.class.as_ref().map_or(0, |class| class.outputs.len())
    }

    /// The results of a row whose own class is `target`, with the values of the row's open parameters: the bits that the
    /// emitted text gives.
    ///
    /// # Panics
    /// Where `target` is no class, or `open` does not fit.
    pub fn eval(&self, z: &[f64], target: usize, open: &[f64]) -> Row {
        let mut others = z.to_vec();
        others[target] = f64::NEG_INFINITY;
        others.resize(z.len().div_ceil(LANES) * LANES, f64::NEG_INFINITY);
        let greatest = others.iter().fold(f64::NEG_INFINITY, |most, &z| if most < z { z } else { most }) + 0.0;
        let tied = others.iter().filter(|z| **z == greatest).count() > 1;
        let undefined =
            others.iter().any(|z| z.is_nan()) || (z[target] - greatest).is_nan() || (greatest == f64::INFINITY && tied);
        let own = if undefined { f64::NAN } else { z[target] };
        let mut level = greatest;
        if greatest.is_infinite() {
            level = 0.0;
            others.iter_mut().for_each(|z| *z = if *z == greatest { 0.0 } else { f64::NEG_INFINITY });
        }
        let (terms, mut rest, mut beside) = self.terms(&others, level);
        if greatest == f64::NEG_INFINITY {
            [rest, beside] = [[0.0; 2]; 2];
        }
        let mut row = Evaluator::new(&self.row, open, 1);
        row.hand(&[(GREATEST, [greatest, 0.0]), (REST, rest), (BESIDE, beside)]);
        let mut finished = vec![vec![0.0]; self.row.outputs.len()];
        let mut parts: Vec<&mut [f64]> = finished.iter_mut().map(Vec::as_mut_slice).collect();
        row.run(&[own], &[0.0], None, &mut parts);
        let inside = |&(place, output): &(usize, &super::Output)| {
            let lost = own.is_nan() || finished[place][0].is_nan();
            (output.name, if lost { [f64::NAN, 0.0] } else { row.register(output.value) })
        };
        let outputs = self.row.outputs.iter().enumerate();
        let mut given: Vec<(&str, [f64; 2])> =
            outputs.filter(|(_, output)| output.inside).collect::<Vec<_>>().iter().map(inside).collect();
        given.push((GREATEST, [level, 0.0]));
        let mut derivatives = vec![vec![0.0; z.len()]; self.order()];
        if let Some(class) = &self.class {
            let mut evaluator = Evaluator::new(class, &[], others.len());
            evaluator.hand(&given);
            evaluator.hand_each(TERM, &terms);
            let labels = vec![0.0; z.len()];
            let mut parts: Vec<&mut [f64]> = derivatives.iter_mut().map(Vec::as_mut_slice).collect();
            evaluator.run(&others[..z.len()], &labels, None, &mut parts);
        }
        for (place, values) in derivatives.iter_mut().enumerate() {
            values[target] = finished[place + 1][0];
        }
        Row { loss: finished[0][0], derivatives }
    }

    /// The terms; rest; and what the sum is beside the greatest's term, see the head of the file.
    fn terms(&self, others: &[f64], level: f64) -> (Vec<[f64; 2]>, [f64; 2], [f64; 2]) {
        let mut evaluator = Evaluator::new(&self.term, &[], LANES);
        evaluator.hand(&[(GREATEST, [level, 0.0])]);
        let term = self.term.outputs[0].value;
        let arithmetic = self.term.arithmetic();
        let add = |a, b| pair::op(arithmetic, Part::Add, a, b);
        let (mut terms, mut all, mut without) = (Vec::new(), [[0.0; 2]; LANES], [[0.0; 2]; LANES]);
        let mut given = [0.0; LANES];
        for some in others.chunks(LANES) {
            evaluator.run(some, &[0.0; LANES], None, &mut [&mut given]);
            for (lane, &z) in some.iter().enumerate() {
                let term = evaluator.register_at(term, lane);
                let left_out = z == level || z == f64::NEG_INFINITY;
                all[lane] = add(all[lane], term);
                without[lane] = add(without[lane], if left_out { [0.0; 2] } else { term });
                terms.push(term);
            }
        }
        let sum = |lanes| pair::lane_sum(arithmetic, lanes);
        let rest = add(sum(all), [-1.0, 0.0]);
        (terms, rest, if rest[0] < 1.0 { sum(without) } else { rest })
    }
}
