//! Judge × a block of points → values of loss, gradient, Hessian and T with a bound of their error.
//!
//! The formula of the spec runs as it does for the judge, by jets, over [`Lanes`]; what those do not settle is left
//! to the judge, point by point. About fifty times as fast as the filter, and to 2^−48 or so, not to 2^−80.

use super::filter::Filter;
use super::judge::Judge;
use super::within::Within;
use crate::real::jet::Jet;

pub use super::lanes::BLOCK;
pub(crate) use super::lanes::Lanes;

/// The judge's programs with their numbers as lanes; one for each thread.
pub(crate) struct Blocks<'a> {
    judge: &'a Judge,
    numbers: Numbers,
    terms: Option<Vec<Jet<Lanes, 0>>>,
    zero: Lanes,
}

enum Numbers {
    Loss(Vec<Jet<Lanes, 0>>),
    Gradient(Vec<Jet<Lanes, 1>>),
    Hessian(Vec<Jet<Lanes, 2>>),
}

/// What is known of the truths at a block of points.
pub(crate) enum Known {
    /// Values of each output, and of the sum T where the judge has one and it is known.
    Values(Vec<Lanes>, Option<Lanes>),
    /// Nothing is defined at any of the points: every result must be NaN.
    Undefined,
    /// Ask the judge.
    Unsettled,
}

impl<'a> Blocks<'a> {
    /// For outputs up to the order.
    pub(crate) fn new(judge: &'a Judge, order: u8) -> Blocks<'a> {
        let zero = Lanes::zero();
        let program = &judge.loss.program;
        let numbers = match order {
            0 => Numbers::Loss(program.numbers(&Jet::constant(zero.clone()))),
            1 => Numbers::Gradient(program.numbers(&Jet::constant(zero.clone()))),
            _ => Numbers::Hessian(program.numbers(&Jet::constant(zero.clone()))),
        };
        let terms = judge.terms.as_ref().filter(|_| order > 1);
        let terms = terms.map(|terms| terms.program.numbers(&Jet::constant(zero.clone())));
        Blocks { judge, numbers, terms, zero }
    }

    /// The differentiated input at the points of a new block.
    pub(crate) fn points(&self, x: Vec<f64>) -> Lanes {
        self.zero.points(x)
    }

    /// What is known where the differentiated input is `x`, with the label and these values of open parameters.
    pub(crate) fn truths(&self, x: &Lanes, y: f64, open: &[f64]) -> Known {
        let (lo, hi) = x.range();
        if !(lo.is_finite() && hi.is_finite()) {
            return Known::Unsettled;
        }
        if self.judge.clip.is_some_and(|[least, most]| lo < least || hi > most) {
            return Known::Unsettled;
        }
        if self.judge.shift.as_ref().is_some_and(|(shift, _)| shift.reaches_one(hi)) {
            return Known::Unsettled;
        }
        let (Within::Between { .. }, Some(inputs)) = (&self.judge.variable, self.judge.others(y, open)) else {
            return Known::Unsettled;
        };
        match (self.judge.variable.holds(lo), self.judge.variable.holds(hi)) {
            (true, true) => {}
            (false, false) if self.judge.variable.one_side(lo, hi) => return Known::Undefined,
            _ => return Known::Unsettled,
        }
        let outputs = match &self.numbers {
            Numbers::Loss(numbers) => self.run(&self.judge.loss, numbers, &inputs, x),
            Numbers::Gradient(numbers) => self.run(&self.judge.loss, numbers, &inputs, x),
            Numbers::Hessian(numbers) => self.run(&self.judge.loss, numbers, &inputs, x),
        };
        let terms = match (&self.judge.terms, &self.terms) {
            (Some(terms), Some(numbers)) => {
                self.run(terms, numbers, &inputs, x).and_then(|terms| terms.into_iter().next())
            }
            _ => None,
        };
        outputs.map_or(Known::Unsettled, |outputs| Known::Values(outputs, terms))
    }

    fn run<const ORDER: usize>(
        &self,
        filter: &Filter,
        numbers: &[Jet<Lanes, ORDER>],
        inputs: &[f64],
        x: &Lanes,
    ) -> Option<Vec<Lanes>> {
        let constants = inputs.iter().map(|value| Jet::constant(self.zero.float(*value)));
        let inputs: Vec<Jet<Lanes, ORDER>> = constants.chain([Jet::variable(x.clone())]).collect();
        let jet = filter.program.run(&inputs, numbers).pop()?.ok()?;
        let parts = [Some(jet.value), jet.first, jet.second];
        Some(parts.into_iter().take(ORDER + 1).map(|part| part.unwrap_or_else(|| self.zero.clone())).collect())
    }
}
