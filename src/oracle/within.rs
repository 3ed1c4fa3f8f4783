//! A domain → a test on floats, exact for ends that are no floats too.

use crate::domain::Domain;
use crate::rational::Rational;

/// A domain, for floats.
pub(super) enum Within {
    Set(Vec<f64>),
    Between { lo: f64, lo_open: bool, hi: f64, hi_open: bool },
}

impl Within {
    pub(super) fn of(domain: &Domain) -> Within {
        let end = |end: &Option<Rational>, open: bool, infinite: f64| match end {
            None => (infinite, true),
            Some(end) => {
                let near = end.to_f64();
                match Rational::from_f64(near).map(|exact| exact.cmp(end)) {
                    Some(std::cmp::Ordering::Equal) => (near, open),
                    // the float next to the end is inside where it lies on the inner side
                    Some(side) => (near, (side == std::cmp::Ordering::Less) == (infinite < 0.0)),
                    None => (near, true),
                }
            }
        };
        match domain {
            Domain::Finite | Domain::Class => {
                Within::Between { lo: f64::NEG_INFINITY, lo_open: true, hi: f64::INFINITY, hi_open: true }
            }
            Domain::Set(values) => Within::Set(
                values
                    .iter()
                    .map(|value| (value.to_f64(), value))
                    .filter(|(near, value)| Rational::from_f64(*near).as_ref() == Some(value))
                    .map(|(near, _)| near)
                    .collect(),
            ),
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                let (lo, lo_open) = end(lo, *lo_open, f64::NEG_INFINITY);
                let (hi, hi_open) = end(hi, *hi_open, f64::INFINITY);
                Within::Between { lo, lo_open, hi, hi_open }
            }
        }
    }

    pub(super) fn holds(&self, value: f64) -> bool {
        match self {
            Within::Set(values) => values.contains(&value),
            Within::Between { lo, lo_open, hi, hi_open } => {
                let above = if *lo_open { value > *lo } else { value >= *lo };
                above && if *hi_open { value < *hi } else { value <= *hi }
            }
        }
    }

    /// Do two numbers, and all between them, lie on one side of it and of its ends?
    pub(super) fn one_side(&self, lower: f64, upper: f64) -> bool {
        matches!(self, Within::Between { lo, hi, .. } if upper < *lo || lower > *hi)
    }

    /// Is it an end, so that there may be a limit?
    pub(super) fn reaches(&self, end: f64) -> bool {
        matches!(self, Within::Between { lo, hi, .. } if *lo == end || *hi == end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_domains_are_exact() {
        let third = Rational::ratio(1, 3);
        let between = |lo_open, hi_open| {
            Within::of(&Domain::Interval { lo: third.clone(), lo_open, hi: Rational::ratio(2, 3), hi_open })
        };
        let (near_third, near_two) = (1.0 / 3.0, 2.0 / 3.0);
        for open in [true, false] {
            // 1/3 as a float lies below 1/3, 2/3 below 2/3
            assert!(!between(open, open).holds(near_third) && between(open, open).holds(f64::next_up(near_third)));
            assert!(between(open, open).holds(near_two) && !between(open, open).holds(f64::next_up(near_two)));
        }
        let unit = Within::of(&Domain::Interval { lo: Rational::ratio(0, 1), lo_open: true, hi: None, hi_open: true });
        assert!(!unit.holds(0.0) && unit.holds(5e-324) && !unit.holds(f64::INFINITY) && unit.reaches(f64::INFINITY));
        assert!(!unit.holds(f64::NAN) && !unit.reaches(f64::NAN));
    }
}
