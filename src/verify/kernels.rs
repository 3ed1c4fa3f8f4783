//! Kernel × judge → checks and findings, an output each.

use super::error;
use super::finding::{AtPoint, Check, Doubt, Finding, Findings, Subject, Witness};
use super::measure::{Measured, measure};
use super::plan;
use super::points::{Points, points};
use super::yardstick::{Limit, Yardstick};
use crate::kernel::{Kernel, eval};
use crate::oracle::judge::{Judge, Truth};
use crate::spec::Spec;

/// What a person calls an output.
pub fn function(output: &str) -> &str {
    match output {
        "loss" => "forward",
        "d_x" => "backward",
        "d2_x" => "hessian",
        other => other,
    }
}

/// A kernel and its judge.
pub struct Doubted<'a> {
    /// The kernel.
    pub kernel: &'a Kernel,
    /// Knows the truth under the kernel's parameters.
    pub judge: &'a Judge,
    /// The loss.
    pub spec: &'a Spec,
    /// Names of the inputs; that of a label is empty where there is none.
    pub inputs: [&'a str; 2],
}

/// What stands for the label of a loss that has none.
const ANY: f64 = 1.0;

impl Doubted<'_> {
    pub(super) fn order(&self) -> u8 {
        (self.kernel.outputs.len().saturating_sub(1)) as u8
    }

    fn has_label(&self) -> bool {
        !self.inputs[1].is_empty()
    }

    /// The labels that points have.
    pub(super) fn labels(&self) -> &'static [f64] {
        if self.has_label() { &[0.0, 1.0] } else { &[ANY] }
    }

    pub(super) fn subject(&self, output: usize) -> Subject {
        Subject::of(self.spec, function(self.kernel.outputs[output].name), self.kernel)
    }

    pub(super) fn yardsticks(&self, open: &[f64]) -> Vec<Yardstick> {
        self.kernel.outputs.iter().map(|output| Yardstick::of(output, self.kernel, self.inputs, open)).collect()
    }

    fn witness(&self, x: f64, y: f64, open: &[f64]) -> Witness {
        let open = plan::named(&self.kernel.parameters, open);
        let inputs = self.named(x, y).map(|(name, value)| (name.to_string(), value));
        Witness { values: inputs.chain(open).collect(), format: self.kernel.format }
    }

    /// The inputs by name.
    fn named(&self, x: f64, y: f64) -> impl Iterator<Item = (&str, f64)> {
        self.inputs.into_iter().zip([x, y]).filter(|(name, _)| !name.is_empty())
    }

    /// Doubts the kernel at `samples` structured points, shared out among the values of open parameters, and refuses
    /// to take a NaN for granted: values outside their domains must give it.
    pub fn sweep(&self, samples: usize, seed: u64, to: &mut Findings) {
        let Kernel { format, parameters, outputs, .. } = self.kernel;
        let sets = plan::open_values(parameters, *format, &plan::ends(self.kernel));
        let mut found = vec![Found::default(); outputs.len()];
        for (place, open) in (0u64..).zip(&sets) {
            let mut left = samples.div_ceil(sets.len());
            for round in 0u64.. {
                let now = left.min(ROUND);
                let seed = seed.wrapping_add(place).wrapping_add(round << 32);
                self.measured(open, points(self.kernel, open, now, seed), "", &mut found);
                left -= now;
                if left == 0 {
                    break;
                }
            }
        }
        let few = Points { x: vec![0.5, -30.0, f64::INFINITY, 0.5], y: vec![1.0, 0.0, 1.0, 2.0] };
        for open in plan::outside_values(parameters, *format) {
            self.measured(&open, few.clone(), "outside the domain", &mut found);
        }
        found.into_iter().for_each(|one| one.finish(to));
    }

    fn measured(&self, open: &[f64], mut some: Points, aside: &str, found: &mut [Found]) {
        if !self.has_label() {
            some.y.fill(ANY);
        }
        let some = &some;
        let yardsticks = self.yardsticks(open);
        let truths = |x, y| self.judge.truths(x, y, open, self.order());
        let all = measure(self.kernel, open, some, &yardsticks, &truths);
        for (output, yardstick) in yardsticks.iter().enumerate() {
            for (place, measured) in all[output].iter().enumerate() {
                let limit = yardstick.limits.get(place).filter(|_| aside.is_empty());
                if measured.count + measured.unsettled > 0 {
                    let worst = self.worst(output, measured, some, open);
                    let mut check = self.check(output, measured, yardstick, limit);
                    check.within += aside;
                    check.witness = worst.as_ref().map(|point| point.witness.clone());
                    found[output].take(check, worst.and_then(refutation));
                }
            }
        }
    }

    /// The point where the error is largest; `None` where nothing was compared.
    fn worst(&self, output: usize, measured: &Measured, some: &Points, open: &[f64]) -> Option<AtPoint> {
        let (x, y) = (some.x[measured.at], some.y[measured.at]);
        (measured.count > 0).then(|| self.value(output, x, y, open))
    }

    fn check(&self, output: usize, measured: &Measured, yardstick: &Yardstick, limit: Option<&Limit>) -> Check {
        Check {
            subject: self.subject(output),
            doubt: Doubt::Kernel,
            points: measured.count,
            unsettled: measured.unsettled,
            worst: if measured.count > 0 { measured.worst } else { f64::NAN },
            mean: measured.mean(),
            witness: None,
            bound: limit.map(|limit| limit.ulps),
            within: limit.map(|limit| limit.within.clone()).unwrap_or_default(),
            unit: yardstick.unit(),
        }
    }

    fn value(&self, output: usize, x: f64, y: f64, open: &[f64]) -> AtPoint {
        self.values(x, y, open).swap_remove(output)
    }

    /// Every output at a point beside its truth.
    pub(super) fn values(&self, x: f64, y: f64, open: &[f64]) -> Vec<AtPoint> {
        let format = self.kernel.format;
        let y = if self.has_label() { y } else { ANY };
        let truths = self.judge.truths(x, y, open, self.order());
        let measured = eval::point(self.kernel, x, y, None, open);
        let each = self.yardsticks(open).into_iter().zip(&truths.outputs).zip(measured).enumerate();
        let value = |(output, ((yardstick, truth), measured)): (usize, ((Yardstick, &Truth), f64))| {
            let terms = truths.terms.as_ref().filter(|_| yardstick.of_terms);
            AtPoint {
                subject: self.subject(output),
                witness: self.witness(x, y, open),
                expected: error::rounded(truth, format),
                measured,
                error: error::error(measured, truth, terms, format).unwrap_or(f64::NAN),
                bound: yardstick.limits.get(yardstick.place(x, y)).map(|limit| limit.ulps),
                unit: yardstick.unit(),
            }
        };
        each.map(value).collect()
    }

    /// Every output at one point.
    pub fn at(&self, x: f64, y: f64, open: &[f64], to: &mut Findings) {
        for point in self.values(x, y, open) {
            to.findings.extend(refutation(point.clone()));
            to.points.push(point);
        }
    }

    /// Notes at which of these points `[edges]` leaves out a limit, so that a result is not judged.
    pub fn unstated(&self, some: &[(f64, f64)], to: &mut Findings) {
        let sets = plan::open_values(&self.kernel.parameters, self.kernel.format, &[]);
        let silent = |&&(x, y): &&(f64, f64)| {
            let truths = |open: &Vec<f64>| self.judge.truths(x, y, open, self.order()).outputs;
            sets.iter().any(|open| truths(open).contains(&Truth::Unstated))
        };
        let place =
            |&(x, y): &(f64, f64)| self.named(x, y).map(|(name, v)| format!("{name} = {v}")).collect::<Vec<_>>();
        let mut places: Vec<String> = some.iter().filter(silent).map(|at| place(at).join(", ")).collect();
        places.dedup();
        let note = format!(
            "no limit of each output is stated under [edges] for {}: what is not stated is not judged",
            places.join("; ")
        );
        if !places.is_empty() && !to.notes.contains(&note) {
            to.notes.push(note);
        }
    }

    /// The first refutation among points, each with values of the open parameters.
    pub fn first_refuted(&self, some: &[(f64, f64, &[f64])]) -> Option<Finding> {
        some.iter().flat_map(|&(x, y, open)| self.values(x, y, open)).find_map(refutation)
    }
}

/// A value that is farther from the truth than its bound; without a bound, one that is not a number, or finite,
/// where the truth is.
pub(super) fn refutation(point: AtPoint) -> Option<Finding> {
    let AtPoint { subject, witness, expected, measured, error, bound, unit } = point;
    let refuted = bound.map_or(error.is_infinite(), |bound| error > bound || bound.is_nan());
    let again = format!("{} --at {}", subject.command(), witness.argument());
    refuted.then_some(Finding { subject, witness, expected, measured, error, bound, unit, again })
}

/// Points that are in memory at once.
const ROUND: usize = 1 << 20;

/// What was found of one output.
#[derive(Clone, Default)]
pub(super) struct Found {
    /// A check for each of its bounds, and one where none applies.
    checks: Vec<Check>,
    worst: Option<Finding>,
}

impl Found {
    /// Hands over the checks and the worst refutation.
    pub(super) fn finish(self, to: &mut Findings) {
        to.checks.extend(self.checks);
        to.findings.extend(self.worst);
    }

    /// Takes in a check, and what it refutes.
    pub(super) fn take(&mut self, check: Check, refuted: Option<Finding>) {
        let alike = |other: &&mut Check| other.bound == check.bound && other.within == check.within;
        match self.checks.iter_mut().find(alike) {
            Some(before) => *before = join(before.clone(), check),
            None => self.checks.push(check),
        }
        let used = |finding: &Finding| finding.error / finding.bound.unwrap_or(1.0);
        self.worst = match (self.worst.take(), refuted) {
            (Some(before), Some(now)) => Some(if used(&now) > used(&before) { now } else { before }),
            (before, now) => before.or(now),
        };
    }
}

/// Two checks of one output and bound: counts together, the worse of the two.
fn join(a: Check, b: Check) -> Check {
    let points = a.points + b.points;
    let mean = (a.mean * a.points as f64 + b.mean * b.points as f64) / points.max(1) as f64;
    let unsettled = a.unsettled + b.unsettled;
    let worse = if b.worst > a.worst || a.worst.is_nan() { b } else { a };
    Check { points, unsettled, mean, ..worse }
}
