//! What the calculus knows of an arithmetic: where numbers turn subnormal, and the terms of second order.

use crate::arithmetic::Arithmetic;
use crate::interval::{Interval, Wide};

impl Arithmetic {
    pub(super) fn tiny(self) -> Wide {
        match self {
            Arithmetic::F32 | Arithmetic::F64 => Wide::from_f64(self.format().least_normal()),
            // below it the low part underflows
            Arithmetic::Pair => Wide::from_f64(self.format().least_normal() / (f64::EPSILON / 2.0)),
        }
    }

    pub(super) fn eta(self) -> Wide {
        Wide::from_f64(self.format().least())
    }

    pub(super) fn half_eta(self) -> Wide {
        self.eta().mul_up(Wide::from_f64(0.5))
    }

    /// What a subnormal result of one operation loses; of pairs, what has a subnormal low part, too.
    pub(super) fn lost(self) -> Wide {
        if self == Arithmetic::Pair { self.slackened(self.half_eta()) } else { self.half_eta() }
    }

    /// A relative bound that second-order terms are put on, as a number.
    pub(super) fn widened(self, relative: f64) -> f64 {
        relative * self.unit() * self.slack()
    }

    /// The absolute bound with second-order terms.
    pub(super) fn slackened(self, absolute: Wide) -> Wide {
        absolute.mul_up(Wide::from_f64(self.slack()))
    }

    /// Where values lie that are rounded from an interval: ends are f64, of which f32 has fewer.
    pub(super) fn outward(self, interval: &Interval) -> Interval {
        let (lo, hi) = (interval.lo().to_f64_down(), interval.hi().to_f64_up());
        let (near_lo, near_hi) = (lo as f32, hi as f32);
        let lo = if f64::from(near_lo) > lo { near_lo.next_down() } else { near_lo };
        let hi = if f64::from(near_hi) < hi { near_hi.next_up() } else { near_hi };
        match self {
            Arithmetic::F32 => Interval::new(lo.into(), hi.into()),
            Arithmetic::F64 | Arithmetic::Pair => *interval,
        }
    }

    /// Where a factor lies that is off by errors of which none is beyond the largest.
    pub(super) fn off_by_errors(self) -> Interval {
        Interval::new(2.0 - self.slack(), self.slack())
    }
}
