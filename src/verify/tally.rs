//! Errors one by one → a check and, where one is larger than allowed, the first refutation.

use super::finding::{Check, Doubt, Finding, Findings, Subject, Unit, Witness};

/// A check in progress.
pub struct Tally {
    check: Check,
    sum: f64,
    refuted: Option<Finding>,
    again: String,
}

/// A comparison: both values, how far they are apart relative to their terms, and what is allowed.
pub struct Compared {
    /// By the doubter.
    pub expected: f64,
    /// By what is doubted.
    pub measured: f64,
    /// Infinite where only one of them is a number.
    pub error: f64,
    /// The most that the error may be.
    pub allowed: f64,
}

impl Tally {
    /// Nothing compared yet; `again` is the command that doubts it again.
    pub fn new(subject: Subject, doubt: Doubt, again: String) -> Tally {
        let check = Check {
            subject,
            doubt,
            points: 0,
            unsettled: 0,
            worst: f64::NAN,
            mean: 0.0,
            witness: None,
            bound: None,
            within: String::new(),
            unit: Unit::Relative,
        };
        Tally { check, sum: 0.0, refuted: None, again }
    }

    /// Takes a comparison into account.
    pub fn take(&mut self, compared: &Compared, witness: Witness) {
        let Compared { expected, measured, error, allowed } = *compared;
        self.check.points += 1;
        self.sum += if error.is_finite() { error } else { 0.0 };
        if error > allowed && self.refuted.is_none() {
            self.refuted = Some(Finding {
                subject: self.check.subject.clone(),
                witness: witness.clone(),
                expected,
                measured,
                error,
                bound: Some(allowed),
                unit: Unit::Relative,
                again: self.again.clone(),
            });
        }
        if self.check.witness.is_none() || error > self.check.worst {
            self.check = Check { worst: error, bound: Some(allowed), witness: Some(witness), ..self.check.clone() };
        }
    }

    /// A point at which the doubter did not settle the value.
    pub fn unsettled(&mut self) {
        self.check.unsettled += 1;
    }

    /// Hands over the check and its refutation.
    pub fn finish(mut self, to: &mut Findings) {
        self.check.mean = self.sum / self.check.points.max(1) as f64;
        to.checks.push(self.check);
        to.findings.extend(self.refuted);
    }
}
