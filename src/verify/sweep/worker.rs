//! A block of floats → its results beside what is known of the truths, into tallies. One for each thread.

use std::ops::Range;

use super::judge::{Errors, Near, PINNED, errors, errors_of_terms};
use super::part::Block;
use super::tally::bin;
use super::{BLOCK, Line, Place, Tallies, Tally};
use crate::kernel::Format;
use crate::kernel::eval::Evaluator;
use crate::oracle::blocks::{self, Blocks, Lanes};
use crate::oracle::judge::{Known, Truth};
use crate::real::Real;
use crate::verify::error;
use crate::verify::kernels::Doubted;

/// What a thread works with.
pub(super) struct Worker<'a> {
    line: &'a Line<'a>,
    evaluator: Evaluator<'a>,
    blocks: Blocks<'a>,
    results: Vec<Vec<f64>>,
    errors: Box<Errors>,
    /// For each output and bound an error that a point of the sweep is known to have.
    least: &'a [Vec<f64>],
    /// Points that the judge was asked at.
    pub judged: u64,
}

impl<'a> Worker<'a> {
    pub fn new(line: &'a Line<'a>, least: &'a [Vec<f64>]) -> Worker<'a> {
        let Doubted { kernel, judge, .. } = line.doubted;
        Worker {
            line,
            evaluator: Evaluator::new(kernel, line.open, BLOCK),
            blocks: Blocks::new(judge, line.doubted.order()),
            results: vec![vec![0.0; BLOCK]; kernel.outputs.len()],
            errors: Box::new(Errors::new()),
            least,
            judged: 0,
        }
    }

    /// Every point of a block.
    pub fn block(&mut self, block: &Block, tallies: &mut Tallies) {
        let bits = block.first..block.first + BLOCK as u32;
        let magnitudes: Vec<f64> = bits.map(|bits| f64::from(f32::from_bits(bits))).collect();
        let negated: Vec<f64> = magnitudes.iter().map(|x| -x).collect();
        let points = self.blocks.points(magnitudes.clone());
        for &y in self.line.doubted.labels() {
            let labels = [y; BLOCK];
            for (x, points, places) in [
                (&magnitudes, points.clone(), block.places[0].clone()),
                (&negated, points.neg(), block.places[1].clone()),
            ] {
                if places.is_empty() {
                    continue;
                }
                let mut out: Vec<&mut [f64]> = self.results.iter_mut().map(|values| &mut values[..]).collect();
                self.evaluator.run(x, &labels, None, &mut out);
                let known = if x[0].is_nan() {
                    blocks::Known::Undefined
                } else {
                    self.blocks.truths(&points, y, self.line.open)
                };
                for output in 0..self.results.len() {
                    let yardstick = &self.line.yardsticks[output];
                    let (first, last) = (yardstick.place(x[0], y), yardstick.place(x[BLOCK - 1], y));
                    let tally = &mut tallies[output][first];
                    match &known {
                        blocks::Known::Values(values, terms)
                            if first == last && (terms.is_some() || !yardstick.of_terms) =>
                        {
                            let terms = terms.as_ref().filter(|_| yardstick.of_terms).map(near);
                            let near = near(&values[output]);
                            let results = &self.results[output];
                            let least = tally.worst.max(self.least[output][first]);
                            match &terms {
                                Some(terms) => errors_of_terms(results, &near, terms, least, &mut self.errors),
                                None => errors(results, &near, least, &mut self.errors),
                            }
                            self.count(output, x, y, places.clone(), tally);
                        }
                        blocks::Known::Undefined if first == last => {
                            for i in places.clone() {
                                let right = self.results[output][i].is_nan();
                                let error = if right { 0.0 } else { f64::INFINITY };
                                tally.take(Some(error), right, Place { x: x[i] as f32, y });
                            }
                        }
                        _ => {
                            for i in places.clone() {
                                self.ask(output, i, x[i], y, &mut tallies[output][yardstick.place(x[i], y)]);
                            }
                        }
                    }
                }
            }
        }
    }

    /// Takes the errors of one output into its tally, and asks the judge where that is needed.
    fn count(&mut self, output: usize, x: &[f64], y: f64, places: Range<usize>, tally: &mut Tally) {
        let Errors { errors, asked, right, upper } = &*self.errors;
        let number: f64 = sum(&asked[places.clone()]);
        let before = tally.count;
        tally.count += (places.len() as f64 - number) as u64;
        tally.right += sum(&right[places.clone()]) as u64;
        tally.sum += sum(&errors[places.clone()]);
        let most = largest(&upper[places.clone()]);
        if bin(most) == 0 {
            // most blocks of the line: an error is not above its upper end
            tally.bins[0] += tally.count - before;
        } else {
            for (error, asked) in errors[places.clone()].iter().zip(&asked[places.clone()]) {
                tally.bins[bin(*error)] += u64::from(*asked == 0.0);
            }
        }
        if tally.count > before
            && (tally.at.is_none() || most > tally.worst)
            && let Some(i) = places.clone().find(|&i| asked[i] == 0.0 && upper[i] == most)
        {
            tally.worse(most, Place { x: x[i] as f32, y });
        }
        if number > 0.0 {
            let open: Vec<usize> = places.filter(|&i| asked[i] != 0.0).collect();
            open.into_iter().for_each(|i| self.ask(output, i, x[i], y, tally));
        }
    }

    /// What the judge says of one result.
    fn ask(&mut self, output: usize, i: usize, x: f64, y: f64, tally: &mut Tally) {
        let Line { doubted, yardsticks, open, .. } = self.line;
        self.judged += 1;
        let truths = doubted.judge.truths(x, y, open, doubted.order());
        let (result, truth) = (self.results[output][i], pinned(truths.outputs[output]));
        let terms = truths.terms.as_ref().filter(|_| yardsticks[output].of_terms);
        let rounded = error::rounded(&truth, Format::F32);
        let right = rounded == result || rounded.is_nan() && result.is_nan();
        let error = error::error(result, &truth, terms, Format::F32);
        tally.take(error, right, Place { x: x as f32, y });
    }
}

/// The truth, or the float of 53 digits that it counts as.
fn pinned(truth: Truth) -> Truth {
    match truth {
        Truth::Finite(known) if known.lo.abs() <= PINNED * known.hi.abs() => Truth::Finite(Known { lo: 0.0, ..known }),
        other => other,
    }
}

/// In an order that leaves room for more than one addition at a time.
fn sum(values: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    for chunk in values.chunks(sums.len()) {
        sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
    }
    sums.iter().sum()
}

/// The largest of numbers ≥ 0, in an order that leaves room for more than one comparison at a time.
fn largest(values: &[f64]) -> f64 {
    let mut most = [0.0; 8];
    for chunk in values.chunks(most.len()) {
        most.iter_mut().zip(chunk).for_each(|(most, &value)| *most = if value > *most { value } else { *most });
    }
    most.into_iter().fold(0.0, f64::max)
}

fn near(lanes: &Lanes) -> Near<'_> {
    let ((values, sign), (relative, absolute)) = (lanes.values(), lanes.error());
    Near { values, sign, relative, absolute }
}
