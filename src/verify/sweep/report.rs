//! A sweep → text for a person.

use std::fmt;

use super::{BINS, STEPS, Sweep, Swept};
use crate::verify::finding::amount;

impl fmt::Display for Sweep {
    /// What was swept, each output with its errors and their histogram, and refutations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let labels = if self.labels > 1 { ", both labels" } else { "" };
        writeln!(f, "{}: {}{labels}: {} points", self.loss, self.asked.words(), self.labels * self.floats)?;
        self.outputs.iter().try_for_each(|one| write!(f, "\n{one}"))?;
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        match self.findings.len() {
            0 => writeln!(
                f,
                "\nall hold: {} results, {} of them judged by arbitrary precision",
                self.results(),
                self.judged
            ),
            1 => writeln!(f, "\n1 finding"),
            more => writeln!(f, "\n{more} findings"),
        }
    }
}

impl Sweep {
    /// As a JSON document that ends in a line break; floats of formats are hexadecimal text.
    pub fn json(&self) -> String {
        crate::verify::json::sweep(self)
    }

    /// Results that were compared, of every output.
    pub fn results(&self) -> u64 {
        self.outputs.iter().map(|one| one.tally.count).sum()
    }
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Swept { subject, unit, bound, tally, worst, .. } = self;
        writeln!(f, "{subject}")?;
        let bound = match bound {
            Some((ulps, within)) if within.is_empty() => format!("bound {}", amount(*ulps)),
            Some((ulps, within)) => format!("bound {} where {within}", amount(*ulps)),
            None => "no bound".to_string(),
        };
        writeln!(f, "  worst    {} {unit}   {bound}", seven(tally.worst))?;
        if let Some(point) = worst {
            let number = |value| crate::verify::hexfloat::with_decimal(value, subject.format);
            writeln!(f, "  at       {}", point.witness)?;
            writeln!(f, "  expected {}   measured {}", number(point.expected), number(point.measured))?;
        }
        let share = |count: u64| 100.0 * count as f64 / tally.count.max(1) as f64;
        writeln!(f, "  mean     {:.7} {unit}", tally.mean())?;
        writeln!(
            f,
            "  rounded  {:.6} % of {} as the truth is, {} not",
            share(tally.right),
            tally.count,
            tally.count - tally.right
        )?;
        if tally.unsettled > 0 {
            writeln!(f, "  skipped  {} whose truth is not settled or not stated", tally.unsettled)?;
        }
        let last = tally.bins.iter().rposition(|count| *count > 0).unwrap_or(0);
        for (place, count) in tally.bins.iter().enumerate().take(last + 1).filter(|(_, count)| **count > 0) {
            let from = place as f64 / STEPS as f64;
            let to = if place < BINS { format!("{:.3}", from + 1.0 / STEPS as f64) } else { String::new() };
            writeln!(f, "           {from:.3}..{to:5} {count:>11}  {:9.5} %", share(*count))?;
        }
        Ok(())
    }
}

/// An error with seven digits behind the point, rounded up.
fn seven(error: f64) -> String {
    if error < 1e4 { format!("{}", (error * 1e7).ceil() / 1e7) } else { amount(error) }
}
