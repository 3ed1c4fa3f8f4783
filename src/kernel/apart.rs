//! A kernel over a row whose classes stand apart: the kernel of one class, and how a row goes through it.
//!
//! ```text
//! target     term(p[t], alpha[t]) → the loss, and the derivatives in p[t]; those in the other p[k] are 0, whatever they hold
//! labels     y[k] · term(p[k], alpha[k]) of each class → the derivatives; 0 where y[k] is 0, whatever p[k] holds
//!            the loss: each term as it is held inside, as f64 (of a pair hi), times y[k], rounded once;
//!            added in f64 in the row's order, of f64 with what each sum loses added up beside it
//! ```
//!
//! A row is NaN where a class that counts has p or alpha outside its domain, or a label that is negative or no number.

use super::{Evaluator, Format, Kernel, Output, row::Row};

/// Straight-line code for the rows of a loss whose classes stand apart.
#[derive(Clone, Debug)]
pub struct ApartKernel {
    /// Of the target: its loss and derivatives.
    pub term: Kernel,
    /// Of each class: the same with a weight, which is its label; the loss is held as it is inside.
    pub labelled: Kernel,
}

impl ApartKernel {
    /// The kernels of a row, from that of a class.
    pub fn of(term: Kernel) -> ApartKernel {
        let outputs = term.outputs.iter().enumerate().map(|(place, of)| Output { inside: place == 0, ..of.clone() });
        let labelled = Kernel { weighted: true, outputs: outputs.collect(), ..term.clone() };
        ApartKernel { term, labelled }
    }

    /// Format of inputs and results.
    pub fn format(&self) -> Format {
        self.term.format
    }

    /// 0: loss; 1: and gradient; 2: and the diagonal of the Hessian.
    pub fn order(&self) -> usize {
        self.term.outputs.len() - 1
    }

    /// The results of a row whose own class is `target`, with the values of its open parameters: the bits that the emitted
    /// text gives.
    ///
    /// # Panics
    /// Where `target` is no class, or `open` does not fit.
    pub fn eval(&self, p: &[f64], target: usize, open: &[f64]) -> Row {
        let own = super::eval::point(&self.term, p[target], 1.0, None, open);
        let of = |&value: &f64| {
            let mut row = vec![if own[0].is_nan() { f64::NAN } else { 0.0 }; p.len()];
            row[target] = value;
            row
        };
        Row { loss: own[0], derivatives: own[1..].iter().map(of).collect() }
    }

    /// The results of a row whose classes have labels; `open` gives the values of the open parameters of a class.
    ///
    /// # Panics
    /// Where lengths differ, or `open` does not fit.
    pub fn eval_labels(&self, p: &[f64], y: &[f64], open: &dyn Fn(usize) -> Vec<f64>) -> Row {
        assert_eq!(p.len(), y.len(), "lengths of p and y");
        let mut sum = Sum::new(self.format());
        let mut derivatives = vec![Vec::new(); self.order()];
        for (class, (&p, &y)) in p.iter().zip(y).enumerate() {
            let mut evaluator = Evaluator::new(&self.labelled, &open(class), 1);
            let mut given = vec![[0.0]; self.order() + 1];
            let mut parts: Vec<&mut [f64]> = given.iter_mut().map(<[f64; 1]>::as_mut_slice).collect();
            evaluator.run(&[p], &[1.0], Some(&[y]), &mut parts);
            let valid = (0.0..=f64::MAX).contains(&y);
            let counted = |value: f64| if valid { value } else { f64::NAN };
            sum.add(counted(if y == 0.0 { 0.0 } else { given[0][0] * y }));
            derivatives.iter_mut().zip(&given[1..]).for_each(|(row, value)| row.push(counted(value[0])));
        }
        let loss = sum.finish();
        if loss.is_nan() {
            derivatives.iter_mut().for_each(|row| row.fill(f64::NAN));
        }
        Row { loss, derivatives }
    }
}

/// A sum of terms that are not negative, in the order that they come in.
struct Sum {
    format: Format,
    sum: f64,
    /// What the sums lost, of f64.
    lost: f64,
}

impl Sum {
    fn new(format: Format) -> Sum {
        Sum { format, sum: 0.0, lost: 0.0 }
    }

    fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let of_term = sum - self.sum;
        self.lost += (self.sum - (sum - of_term)) + (term - of_term);
        self.sum = sum;
    }

    fn finish(&self) -> f64 {
        match self.format {
            Format::F32 => f64::from(self.sum as f32),
            // beyond the largest number what was lost is no number
            Format::F64 if self.sum.is_finite() => self.sum + self.lost,
            Format::F64 => self.sum,
        }
    }
}
