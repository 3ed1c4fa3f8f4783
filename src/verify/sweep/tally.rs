//! Errors of results, block by block → their number, mean and histogram, and the largest one with its place.

use super::Place;

/// Steps of the histogram per ulp.
pub const STEPS: usize = 8;
/// Steps that are counted apart; all larger errors together.
pub const BINS: usize = 64;

/// What was found of the results of one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Results that were compared.
    pub count: u64,
    /// Those that are the truth rounded to the format.
    pub right: u64,
    /// Sum of the finite errors, in ulps.
    pub sum: f64,
    /// The largest error; infinite where only one of result and truth is a number, or finite.
    pub worst: f64,
    /// Its place, the first one in the order of the sweep.
    pub at: Option<Place>,
    /// Results with an error from k/8 up to (k + 1)/8 ulp, at place k; at the last one all larger ones.
    pub bins: Vec<u64>,
    /// Results whose truth was not settled, so that nothing was compared.
    pub unsettled: u64,
}

impl Default for Tally {
    /// Nothing yet.
    fn default() -> Tally {
        Tally { count: 0, right: 0, sum: 0.0, worst: 0.0, at: None, bins: vec![0; BINS + 1], unsettled: 0 }
    }
}

impl Tally {
    /// The mean of the finite errors.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    /// One result whose error is known exactly; `None` where the truth is not settled.
    pub fn take(&mut self, error: Option<f64>, right: bool, at: Place) {
        let Some(error) = error else {
            self.unsettled += 1;
            return;
        };
        self.count += 1;
        self.right += u64::from(right);
        self.sum += if error.is_finite() { error } else { 0.0 };
        self.bins[bin(error)] += 1;
        self.worse(error, at);
    }

    /// An error that may be the largest.
    pub fn worse(&mut self, error: f64, at: Place) {
        if self.at.is_none() || error > self.worst {
            (self.worst, self.at) = (error, Some(at));
        }
    }

    /// With what was found later in the order of the sweep.
    pub fn join(&mut self, later: &Tally) {
        self.count += later.count;
        self.right += later.right;
        self.sum += later.sum;
        self.unsettled += later.unsettled;
        self.bins.iter_mut().zip(&later.bins).for_each(|(all, more)| *all += more);
        if let Some(at) = later.at {
            self.worse(later.worst, at);
        }
    }
}

/// The place of an error in the histogram.
pub(super) fn bin(error: f64) -> usize {
    // a conversion to a whole number takes what is too large as the largest
    ((error * STEPS as f64) as usize).min(BINS)
}
