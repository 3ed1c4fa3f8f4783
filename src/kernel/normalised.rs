//! A kernel over a row that is divided by its sum: the kernel of one class, and how a row goes through it.
//!
//! ```text
//! others     of a class the sum of the other classes' numbers, none of which is subtracted again
//! target     term(p[t], others, alpha[t]) → the loss, its derivative in p[t], and that in every other p[k], which is one number
//! labels     of each class whose label is not 0 the same in registers: loss, own (in p[k] itself), push (in any other, times S,
//!            the sum of the row), and for the Hessian own_2 and bent likewise, so that
//!            loss    = Σ y[k] loss[k]
//!            grad[i] = y[i] own[i] + (Σ of y[k] push[k] over the other classes)/S
//!            hess[i] = y[i] own_2[i] + (Σ of y[k] bent[k] over the other classes)/S²
//! ```
//!
//! The sum goes in the row's order into eight lanes, which are added pairwise; on pairs, by sums of pairs. With labels the sum
//! of the others is S less one number, which is at most half of it; for the greatest number it is made without it. Sums of
//! terms go in the row's order; that over the others is the sum of all less one term, and for the term of the greatest
//! magnitude that of the rest, in which it never was. All of it is in registers, and results are rounded once.
//!
//! A row is NaN where one of its numbers is negative or none, where their sum is 0 or beyond [`LARGEST_SUM`], where a
//! label is negative, infinite or none, or where a parameter that counts is outside its domain.

use super::row::{LANES, Row};
use super::{Evaluator, Format, Kernel, pair};
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
        let found = of_class(&self.term, (own, others), open).0;
        let of = |order: usize| {
            let mut row = vec![found[2 * order]; p.len()];
            row[target] = found[2 * order - 1];
            row
        };
        Row { loss: found[0], derivatives: (1..=self.order()).map(of).collect() }
    }

    /// The results of a row whose classes have labels; `open` gives the values of the open parameters of a class.
    ///
    /// # Panics
    /// Where lengths differ, or `open` does not fit.
    pub fn eval_labels(&self, p: &[f64], y: &[f64], open: &dyn Fn(usize) -> Vec<f64>) -> Row {
        assert_eq!(p.len(), y.len(), "lengths of p and y");
        let sum = self.sum(p, None);
        let lost = !valid(p, sum) || y.iter().any(|y| !(0.0..=f64::MAX).contains(y));
        let most = p.iter().fold(f64::NEG_INFINITY, |most, &p| if most < p { p } else { most });
        let greatest = p.iter().position(|p| *p == most).unwrap_or(0);
        let rest = self.sum(p, Some(greatest));
        let order = self.order();
        let mut loss = [0.0; 2];
        let mut own = vec![vec![[0.0; 2]; p.len()]; order];
        let mut others = vec![Others::default(); order];
        for (class, (&p, &y)) in p.iter().zip(y).enumerate().filter(|(_, (_, y))| **y != 0.0) {
            let of_class = if class == greatest { rest } else { self.op(Part::Sub, sum, [p, 0.0]) };
            let found = self::of_class(&self.labelled, (p, of_class), &open(class));
            let registers =
                found.0.iter().zip(found.1).map(|(given, held)| if given.is_nan() { [f64::NAN; 2] } else { held });
            let weighed: Vec<Held> = registers.map(|held| self.op(Part::Mul, held, [y, 0.0])).collect();
            loss = self.add(loss, weighed[0]);
            for order in 0..order {
                own[order][class] = weighed[2 * order + 1];
                others[order].take(class, weighed[2 * order + 2], |a, b| self.add(a, b));
            }
        }
        let lost = lost || loss[0].is_nan();
        let finish = |held: Held| if lost { f64::NAN } else { self.format().round(held[0]) };
        let derivative = |order: usize, class: usize| {
            let mut others = others[order].without(class, |part, a, b| self.op(part, a, b));
            for _ in 0..=order {
                others = self.op(Part::Div, others, sum);
            }
            finish(self.add(own[order][class], others))
        };
        let row = |order: usize| (0..p.len()).map(|class| derivative(order, class)).collect();
        Row { loss: finish(loss), derivatives: (0..order).map(row).collect() }
    }

    /// The sum of a row's numbers but for one.
    fn sum(&self, p: &[f64], but: Option<usize>) -> Held {
        let mut lanes = [[0.0; 2]; LANES];
        for (class, &p) in p.iter().enumerate() {
            let term = if Some(class) == but { 0.0 } else { p };
            lanes[class % LANES] = self.add(lanes[class % LANES], [term, 0.0]);
        }
        pair::lane_sum(self.term.arithmetic(), lanes)
    }

    /// The sum of two registers.
    fn add(&self, a: Held, b: Held) -> Held {
        self.op(Part::Add, a, b)
    }

    /// An operation on two registers.
    fn op(&self, part: Part, a: Held, b: Held) -> Held {
        pair::op(self.term.arithmetic(), part, a, b)
    }
}

/// A sum of terms, of which the one of the greatest magnitude stands apart.
#[derive(Clone, Default)]
struct Others {
    greatest: Held,
    class: Option<usize>,
    rest: Held,
    terms: Vec<(usize, Held)>,
}

impl Others {
    fn take(&mut self, class: usize, term: Held, add: impl Fn(Held, Held) -> Held) {
        self.terms.push((class, term));
        let less = if self.greatest[0].abs() < term[0].abs() {
            self.class = Some(class);
            std::mem::replace(&mut self.greatest, term)
        } else {
            term
        };
        self.rest = add(self.rest, less);
    }

    /// The sum but for a class.
    fn without(&self, class: usize, op: impl Fn(Part, Held, Held) -> Held) -> Held {
        if self.class == Some(class) {
            return self.rest;
        }
        let all = op(Part::Add, self.rest, self.greatest);
        let term = self.terms.iter().find(|(of, _)| *of == class).map_or([0.0; 2], |(_, term)| *term);
        op(Part::Sub, all, term)
    }
}

/// Are they the numbers of a row?
fn valid(p: &[f64], total: Held) -> bool {
    p.iter().all(|p| *p >= 0.0) && total[0] > 0.0 && total[0] <= LARGEST_SUM
}

/// The results of a class's kernel, and its registers.
fn of_class(kernel: &Kernel, (own, others): (f64, Held), open: &[f64]) -> (Vec<f64>, Vec<Held>) {
    let mut evaluator = Evaluator::new(kernel, open, 1);
    evaluator.hand(&[(OTHERS, others)]);
    let mut given = vec![[0.0]; kernel.outputs.len()];
    let mut parts: Vec<&mut [f64]> = given.iter_mut().map(<[f64; 1]>::as_mut_slice).collect();
    evaluator.run(&[own], &[1.0], None, &mut parts);
    let results = given.iter().map(|given| given[0]).collect();
    let registers = kernel.outputs.iter().map(|output| evaluator.register(output.value)).collect();
    (results, registers)
}
