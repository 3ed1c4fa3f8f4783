//! A kernel over a row that is divided by its sum: the kernel of one class, and how a row goes through it.
//!
//! ```text
//! others     of a class the sum of the other classes' numbers, none of which is subtracted again
//! target     term(p[t], others, alpha[t]) → the loss, its derivative in p[t], and that in every other p[k], which is one number
//! labels     of each class whose label is not 0 the same terms inside: loss, own (in p[k] itself) and push (in any other, times
//!            Σ), so that grad[i] = y[i]·own[i] + (Σ of y[k]·push[k] over the other classes)/(Σ p[k]), as f64 (of pairs hi)
//! ```
//!
//! Sums over a row go in its order into eight lanes, which are added pairwise; on pairs, by sums of pairs. The sum of the
//! others is Σ less one number where that is at most half of it; for the greatest it is made without it. A row is NaN where
//! one of its numbers is negative or none, where their sum is 0 or beyond [`LARGEST_SUM`], or where a parameter is outside
//! its domain.

use super::row::{LANES, Row};
use super::{Arithmetic, Evaluator, Format, Kernel};
use crate::elementary::pair::Part;

/// What a row hands to the kernel of a class: see the head of the file.
pub const OTHERS: &str = "others";

/// Rows with a greater sum are none: 2^100.
pub const LARGEST_SUM: f64 = (1_u128 << 100) as f64;

/// Straight-line code for the rows of a loss of the target's share.
#[derive(Clone, Debug)]
pub struct NormalisedKernel {
    /// Of the target: its loss, then the derivatives in its own number and in another class's, by order.
    pub term: Kernel,
    /// Of each class with a label: the same as registers, from which those of the row are made.
    pub labelled: Kernel,
}

/// A number of a register: of a pair both parts.
type Held = [f64; 2];

impl NormalisedKernel {
    /// Format of inputs and results.
    pub fn format(&self) -> Format {
        self.term.format
    }

    /// 0: loss; 1: and gradient; 2: and the diagonal of the Hessian.
    pub fn order(&self) -> usize {
        (self.term.outputs.len() - 1) / 2
    }

    /// The results of a row whose own class is `target`, with the values of its open parameters: the bits that the emitted
    /// text gives.
    ///
    /// # Panics
    /// Where `target` is no class, or `open` does not fit.
    pub fn eval(&self, p: &[f64], target: usize, open: &[f64]) -> Row {
        let others = self.sum(p, Some(target));
        let total = self.add(others, [p[target], 0.0]);
        let own = if valid(p, total) { p[target] } else { f64::NAN };
        let found = of_class(&self.term, (own, others), open, None).0;
        let of = |order: usize| {
            let mut row = vec![found[2 * order]; p.len()];
            row[target] = found[2 * order - 1];
            row
        };
        Row { loss: found[0], derivatives: (1..=self.order()).map(of).collect() }
    }

    /// The sum of a row's numbers but for one.
    fn sum(&self, p: &[f64], but: Option<usize>) -> Held {
        let mut lanes = [[0.0; 2]; LANES];
        for (class, &p) in p.iter().enumerate() {
            let term = if Some(class) == but { 0.0 } else { p };
            lanes[class % LANES] = self.add(lanes[class % LANES], [term, 0.0]);
        }
        let [a, b, c, d] = [0, 1, 2, 3].map(|lane| self.add(lanes[lane], lanes[lane + 4]));
        self.add(self.add(a, c), self.add(b, d))
    }

    /// The sum of two registers.
    fn add(&self, a: Held, b: Held) -> Held {
        if self.term.arithmetic() != Arithmetic::Pair {
            return [a[0] + b[0], 0.0];
        }
        let (mut hi, mut lo) = ([0.0], [0.0]);
        let rows = [a[0], a[1], b[0], b[1]].map(|part| [part]);
        let rows: Vec<&[f64]> = rows.iter().map(|row| &row[..]).collect();
        Part::Add.program(false).block_pair(&rows, &mut hi, &mut lo, &mut Vec::new());
        [hi[0], lo[0]]
    }
}

/// Are they the numbers of a row?
fn valid(p: &[f64], total: Held) -> bool {
    p.iter().all(|p| *p >= 0.0) && total[0] > 0.0 && total[0] <= LARGEST_SUM
}

/// The results of a class's kernel, and its registers.
fn of_class(kernel: &Kernel, (own, others): (f64, Held), open: &[f64], y: Option<f64>) -> (Vec<f64>, Vec<Held>) {
    let mut evaluator = Evaluator::new(kernel, open, 1);
    evaluator.hand(&[(OTHERS, others)]);
    let mut given = vec![[0.0]; kernel.outputs.len()];
    let mut parts: Vec<&mut [f64]> = given.iter_mut().map(<[f64; 1]>::as_mut_slice).collect();
    evaluator.run(&[own], &[1.0], y.as_ref().map(std::slice::from_ref), &mut parts);
    let results = given.iter().map(|given| given[0]).collect();
    let registers = kernel.outputs.iter().map(|output| evaluator.register(output.value)).collect();
    (results, registers)
}
