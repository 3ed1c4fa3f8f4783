//! Where an input or parameter may lie: `finite`, `[0, 1]`, `(0, inf)`, `{0, 1}`.

use crate::rational::Rational;

/// A set of reals that a name may take its values from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Every finite real.
    Finite,
    /// Between two ends; `None` is an infinite end.
    Interval {
        /// The lower end.
        lo: Option<Rational>,
        /// Is the lower end itself outside?
        lo_open: bool,
        /// The upper end.
        hi: Option<Rational>,
        /// Is the upper end itself outside?
        hi_open: bool,
    },
    /// One of these.
    Set(Vec<Rational>),
}

impl Domain {
    /// Is the number in it?
    pub fn contains(&self, value: &Rational) -> bool {
        match self {
            Domain::Finite => true,
            Domain::Set(values) => values.contains(value),
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                lo.as_ref().is_none_or(|lo| if *lo_open { value > lo } else { value >= lo })
                    && hi.as_ref().is_none_or(|hi| if *hi_open { value < hi } else { value <= hi })
            }
        }
    }
}
