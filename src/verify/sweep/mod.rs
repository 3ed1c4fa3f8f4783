//! Kernel × a part of all floats → for each output its largest error, its mean and its histogram.
//!
//! The result does not depend on the number of threads: every float of the part is judged, with both labels, and what
//! is found is joined in the order of the line.

mod judge;
mod part;
pub mod record;
mod report;
mod tally;
mod worker;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::at;
use super::finding::{AtPoint, Finding, Subject, Unit};
use super::kernels::{Doubted, refutation};
use super::names;
use super::yardstick::{Limit, Yardstick};
use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel};
use crate::message::Message;
use crate::oracle::judge::Judge;
use part::Block;
use worker::Worker;

pub use crate::oracle::blocks::BLOCK;
pub use part::{Asked, Part, range, sample};
pub use tally::{BINS, STEPS, Tally};

/// A float and a label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The differentiated input.
    pub x: f32,
    /// The label.
    pub y: f64,
}

/// What was found of one output, where one of its bounds applies.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// `loss`, `d_x` or `d2_x`.
    pub output: &'static str,
    /// What was swept.
    pub subject: Subject,
    /// What errors are counted in.
    pub unit: Unit,
    /// The bound that is proved, and what it holds for.
    pub bound: Option<(f64, String)>,
    /// The errors.
    pub tally: Tally,
    /// The point where the error is largest.
    pub worst: Option<AtPoint>,
}

/// What came of a sweep.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// The loss.
    pub loss: String,
    /// What was swept.
    pub asked: Asked,
    /// Number of floats.
    pub floats: u64,
    /// Labels that each of them has; 1 where the loss has none.
    pub labels: u64,
    /// Points at which the judge was asked for what the bound left open.
    pub judged: u64,
    /// Each output, or part of one where a bound of its own applies.
    pub outputs: Vec<Swept>,
    /// Where a proved bound is exceeded.
    pub findings: Vec<Finding>,
}

impl Sweep {
    /// Does every bound hold?
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Floats done and floats in all.
pub type Progress<'a> = &'a (dyn Fn(u64, u64) + Sync);

/// Sweeps an f32 kernel of a loss; `at` has the values of its open parameters by name.
///
/// # Errors
/// A kernel in f64, one with a weight, and open parameters without a value or outside their domain.
pub fn sweep(
    derivation: &Derivation,
    kernel: &Kernel,
    asked: &Asked,
    at: &[(String, String)],
    progress: Progress,
) -> Result<Sweep, Message> {
    let derivation = derivation.of_elements();
    let spec = &derivation.spec;
    kernel.check()?;
    if kernel.format != Format::F32 {
        return Err(Message::new("only f32 kernels can be swept: f64 has 2^64 inputs")
            .help("leave out --exhaustive to verify an f64 kernel at sampled points"));
    }
    if kernel.weighted {
        return Err(Message::new("a kernel with a weight cannot be swept").help("leave out the weight"));
    }
    let open = at::open(at, spec, kernel)?;
    let terms = names::terms(derivation);
    let judge = Judge::new(spec, &kernel.parameters, terms.as_ref());
    let doubted = Doubted { kernel, judge: &judge, spec, inputs: super::inputs(spec)? };
    let line = Line { doubted: &doubted, yardsticks: doubted.yardsticks(&open), open: &open, asked };
    let (tallies, floats, judged) = line.run(progress);
    Ok(line.findings(tallies, floats, judged))
}

/// Blocks that a thread takes at once.
const STRETCH: u32 = 1024;

/// Blocks that are swept first, to know an error that is reached.
const FEW: usize = 64;

/// For each output a tally for each of its bounds, and one where none applies.
type Tallies = Vec<Vec<Tally>>;

/// A sweep that is about to run.
struct Line<'a> {
    doubted: &'a Doubted<'a>,
    yardsticks: Vec<Yardstick>,
    open: &'a [f64],
    asked: &'a Asked,
}

impl Line<'_> {
    fn nothing(&self) -> Tallies {
        self.yardsticks.iter().map(|yardstick| vec![Tally::default(); yardstick.limits.len() + 1]).collect()
    }

    /// Errors that some points of the sweep have, so that the judge is not asked for each error that is the largest so far.
    fn least(&self) -> Vec<Vec<f64>> {
        let mut tallies = self.nothing();
        let nothing = self.all(0.0);
        let mut worker = Worker::new(self, &nothing);
        let blocks: Vec<Block> = (0..Asked::BLOCKS).filter_map(|place| self.asked.block(place)).collect();
        blocks.iter().step_by(blocks.len() / FEW + 1).for_each(|block| worker.block(block, &mut tallies));
        tallies.iter().map(|some| some.iter().map(|tally| tally.worst).collect()).collect()
    }

    fn all(&self, value: f64) -> Vec<Vec<f64>> {
        self.yardsticks.iter().map(|yardstick| vec![value; yardstick.limits.len() + 1]).collect()
    }

    /// Tallies, the number of floats, and of points that the judge was asked at.
    fn run(&self, progress: Progress) -> (Tallies, u64, u64) {
        let least = self.least();
        let stretches = (Asked::BLOCKS / STRETCH) as usize;
        let blocks = |stretch: usize| {
            let first = stretch as u32 * STRETCH;
            (first..first + STRETCH).filter_map(|place| self.asked.block(place))
        };
        let floats = |stretch: usize| blocks(stretch).map(|block| block.len() as u64).sum::<u64>();
        let all: u64 = (0..stretches).map(floats).sum();
        let next = AtomicUsize::new(0);
        let results = Mutex::new((vec![None; stretches], 0));
        let work = || {
            let mut worker = Worker::new(self, &least);
            loop {
                let stretch = next.fetch_add(1, Ordering::Relaxed);
                if stretch >= stretches {
                    break;
                }
                let mut tallies = self.nothing();
                let before = worker.judged;
                blocks(stretch).for_each(|block| worker.block(&block, &mut tallies));
                let mut results = results.lock().expect("no thread panicked");
                results.0[stretch] = Some((tallies, worker.judged - before));
                results.1 += floats(stretch);
                let done = results.1;
                drop(results);
                progress(done, all);
            }
        };
        let threads = thread::available_parallelism().map_or(1, usize::from).min(stretches);
        thread::scope(|scope| {
            (1..threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        let (results, _) = results.into_inner().expect("no thread panicked");
        let mut tallies = self.nothing();
        let mut judged = 0;
        for (more, asked) in results.into_iter().flatten() {
            let pairs = tallies.iter_mut().flatten().zip(more.iter().flatten());
            pairs.for_each(|(all, more)| all.join(more));
            judged += asked;
        }
        (tallies, all, judged)
    }

    fn findings(&self, tallies: Tallies, floats: u64, judged: u64) -> Sweep {
        let mut sweep = Sweep {
            loss: self.doubted.spec.name.clone(),
            asked: *self.asked,
            floats,
            labels: self.doubted.labels().len() as u64,
            judged,
            outputs: Vec::new(),
            findings: Vec::new(),
        };
        for (output, (yardstick, tallies)) in self.yardsticks.iter().zip(tallies).enumerate() {
            for (place, tally) in tallies.into_iter().enumerate().filter(|(_, one)| one.count + one.unsettled > 0) {
                let limit: Option<&Limit> = yardstick.limits.get(place);
                let value = |at: Place| self.doubted.values(f64::from(at.x), at.y, self.open).swap_remove(output);
                let worst = tally.at.map(value);
                sweep.findings.extend(worst.clone().and_then(refutation));
                sweep.outputs.push(Swept {
                    output: self.doubted.kernel.outputs[output].name,
                    subject: self.doubted.subject(output),
                    unit: yardstick.unit(),
                    bound: limit.map(|limit| (limit.ulps, limit.within.clone())),
                    tally,
                    worst,
                });
            }
        }
        sweep
    }
}
