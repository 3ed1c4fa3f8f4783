//! Kernel × points × truths → for each output and bound the largest error, where it is, and the mean.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::error;
use super::points::Points;
use super::yardstick::Yardstick;
use crate::kernel::{Kernel, eval};
use crate::oracle::judge::Truths;

/// What was measured of one output, where one of its bounds applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The largest error; infinite where only one of result and truth is a number, or finite.
    pub worst: f64,
    /// The first point where it is.
    pub at: usize,
    /// The sum of the finite errors.
    pub sum: f64,
    /// Number of points that were judged.
    pub count: usize,
    /// Number of points where the truth was not settled.
    pub unsettled: usize,
}

impl Measured {
    const NONE: Measured = Measured { worst: f64::NEG_INFINITY, at: 0, sum: 0.0, count: 0, unsettled: 0 };

    /// The mean of the finite errors.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    fn take(&mut self, error: Option<f64>, at: usize) {
        let Some(error) = error else {
            self.unsettled += 1;
            return;
        };
        let sum = if error.is_finite() { error } else { 0.0 };
        *self = self.merge(Measured { worst: error, at, sum, count: 1, unsettled: 0 });
    }

    /// Of two stretches, the earlier one first.
    fn merge(self, later: Measured) -> Measured {
        let (worst, at) = if later.worst > self.worst { (later.worst, later.at) } else { (self.worst, self.at) };
        Measured {
            worst,
            at,
            sum: self.sum + later.sum,
            count: self.count + later.count,
            unsettled: self.unsettled + later.unsettled,
        }
    }
}

/// Points that a thread takes at once.
const STRETCH: usize = 2048;

/// Measures a kernel at points, on every core; the result does not depend on how many there are.
///
/// `open` are the values of the open parameters, `truths` knows the truth at (x, y) under them. For each output there is
/// a result for each of its yardstick's limits, and a last one for points that none applies to.
///
/// # Panics
/// Where `open` or `yardsticks` do not fit the kernel, or `truths` gives fewer outputs than it has.
pub fn measure(
    kernel: &Kernel,
    open: &[f64],
    points: &Points,
    yardsticks: &[Yardstick],
    truths: &(dyn Fn(f64, f64) -> Truths + Sync),
) -> Vec<Vec<Measured>> {
    let stretches = points.len().div_ceil(STRETCH);
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![Vec::new(); stretches]);
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= stretches {
                break;
            }
            let one = stretch(kernel, open, points, place * STRETCH, yardsticks, truths);
            results.lock().expect("no thread panicked")[place] = one;
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(stretches.max(1));
    thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let results = results.into_inner().expect("no thread panicked");
    results.iter().fold(nothing(yardsticks), |mut all, one| {
        for (all, one) in all.iter_mut().flatten().zip(one.iter().flatten()) {
            *all = all.merge(*one);
        }
        all
    })
}

fn nothing(yardsticks: &[Yardstick]) -> Vec<Vec<Measured>> {
    yardsticks.iter().map(|yardstick| vec![Measured::NONE; yardstick.limits.len() + 1]).collect()
}

fn stretch(
    kernel: &Kernel,
    open: &[f64],
    points: &Points,
    start: usize,
    yardsticks: &[Yardstick],
    truths: &(dyn Fn(f64, f64) -> Truths + Sync),
) -> Vec<Vec<Measured>> {
    let end = points.len().min(start + STRETCH);
    let mut out = vec![Vec::new(); kernel.outputs.len()];
    eval::block(kernel, &points.x[start..end], &points.y[start..end], None, open, &mut out);
    let mut all = nothing(yardsticks);
    for i in start..end {
        let (x, y) = (points.x[i], points.y[i]);
        let truths = truths(x, y);
        for (k, yardstick) in yardsticks.iter().enumerate() {
            let terms = truths.terms.as_ref().filter(|_| yardstick.of_terms);
            let measured = &mut all[k][yardstick.place(x, y)];
            measured.take(error::error(out[k][i - start], &truths.outputs[k], terms, kernel.format), i);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::{points, sample};
    use super::*;
    use crate::kernel::Format;
    use crate::oracle::judge::Truth;

    /// A judge for tests of the measuring alone: the evaluator's own results, off by `share` of an ulp.
    fn nearly(kernel: &Kernel, share: f64) -> impl Fn(f64, f64) -> Truths + Sync {
        let kernel = kernel.clone();
        move |x, y| {
            let outputs = eval::point(&kernel, x, y, None, &[]).into_iter().map(|value| match value {
                v if v.is_nan() => Truth::Undefined,
                v if v.is_infinite() => Truth::Infinite { negative: v < 0.0 },
                v => Truth::Finite(sample::known(v, share)),
            });
            Truths { outputs: outputs.collect(), terms: None }
        }
    }

    #[test]
    fn the_largest_error_and_its_first_place() {
        let kernel = sample::cross_entropy(Format::F64);
        let some = points::points(&kernel, &[], 30_000, 5);
        let none = vec![Yardstick { limits: Vec::new(), of_terms: false }; 3];
        let measure =
            |truths: &(dyn Fn(f64, f64) -> Truths + Sync)| measure(&kernel, &[], &some, &none, truths).concat();
        let exact = measure(&nearly(&kernel, 0.0));
        assert!(exact.iter().all(|one| one.worst == 0.0 && one.count == 30_000 && one.sum == 0.0), "{exact:?}");
        let off = measure(&nearly(&kernel, 0.25));
        assert!(off.iter().all(|one| one.worst == 0.25 && one.mean() > 0.1 && one.mean() < 0.25), "{off:?}");
        let place = 20_001;
        let (x, y) = (some.x[place], some.y[place]);
        let judge = nearly(&kernel, 0.0);
        let planted = |at_x: f64, at_y: f64| {
            let mut truths = judge(at_x, at_y);
            if (at_x, at_y) == (x, y) {
                truths.outputs[1] = Truth::Undefined;
            }
            truths
        };
        let first = (0..some.len()).find(|&i| (some.x[i], some.y[i]) == (x, y)).unwrap();
        let found = measure(&planted);
        assert_eq!((found[1].worst, found[1].at), (f64::INFINITY, first));
        assert_eq!(found[0].worst, 0.0);
    }
}
