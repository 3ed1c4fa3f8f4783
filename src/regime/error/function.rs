//! Bounds of sqrt, exp and log1p.

use super::{Approx, EXPONENT, LARGEST, PAIR, SLACK, U, eta, zero};
use crate::interval::{Interval, Wide};
use crate::kernel::SEAM_BOUND;

impl Approx {
    /// √self
    pub fn sqrt(&self) -> Option<Approx> {
        if self.computed.is_some() || !self.clean {
            return None;
        }
        let value = self.value.sqrt()?;
        let relative = (self.relative / 2.0 + 1.0) * SLACK;
        let absolute = if self.absolute == zero() {
            zero()
        } else {
            // |√(v + s) − √v| is at most √s, and at most s/√v
            let near = if value.mig() > zero() { self.absolute.div_up(value.mig()) } else { self.absolute.sqrt_up() };
            if near < self.absolute.sqrt_up() { near } else { self.absolute.sqrt_up() }
        };
        let (least, most) = (value.mig(), value.mag());
        let root = Approx { value, least, most, clean: true, relative, absolute, computed: None, rounded: value };
        root.rounded_within(self.rounded.sqrt()).checked(None)
    }

    /// `seam` is the function's own error, `more` what follows it, in u; the function loses up to η where its result is
    /// subnormal, and `tail` is what follows there, in η.
    fn exponential(&self, seam: f64, more: f64, tail: f64) -> Option<Approx> {
        let value = self.value.exp()?;
        let (least, most) = (value.mig(), value.mag());
        let (rounding, lost) = Approx::rounding(&value, seam);
        let subnormal = if lost == zero() { zero() } else { eta().mul_up(Wide::from_f64(1.0 + tail)) };
        let rounding = rounding + more;
        let off = self.error().to_f64_up();
        let first = Approx {
            value,
            least,
            most,
            clean: true,
            relative: f64::INFINITY,
            absolute: subnormal,
            computed: None,
            rounded: value,
        };
        let computed = match self.computed {
            None if off <= EXPONENT && off / U <= LARGEST / 2.0 => None,
            None => Some(self.spread()?.exp()?.mul(&Interval::new(0.0, 1.0 + 1e-9))?),
            Some(near) => Some(near.exp()?.mul(&Interval::new(0.0, 1.0 + 1e-9))?),
        };
        let relative = (off / U + rounding) * SLACK;
        let relative = if off <= EXPONENT { relative } else { f64::INFINITY };
        let result = Approx { relative, ..first }.checked(computed)?;
        let absolute = result.absolute.add_up(if result.relative == 0.0 { subnormal } else { zero() });
        // the seam is off by less than the spacing below 1, so that exp of what is not above 0 is not above 1
        let capped = self.rounded.neg().nonnegative().is_yes() && more == 0.0;
        let known = capped.then(|| Interval::new(0.0, 1.0));
        Some(Approx { absolute, ..result }.rounded_within(known))
    }

    /// exp(self), with the assumed error of the seam; 1 smallest subnormal where the result is subnormal.
    pub fn exp(&self) -> Option<Approx> {
        self.exponential(SEAM_BOUND, 0.0, 0.0)
    }

    /// exp of a pair: the seam, one multiplication and one addition.
    pub fn exp_pair(&self) -> Option<Approx> {
        self.exponential(SEAM_BOUND, 1.0 + PAIR, 0.5)
    }

    /// log1p(self), with the assumed error of the seam.
    pub fn log1p(&self) -> Option<Approx> {
        if self.computed.is_some() || !self.clean {
            return None;
        }
        let value = self.value.log1p()?;
        let lowest = self.value.lo().to_f64_down();
        let highest = self.value.hi().to_f64_up();
        if lowest <= -1.0 {
            return None;
        }
        // t / ((1 + t)·log1p(t)) falls with t; it is 1 at 0
        let grown = |t: f64| {
            if t == 0.0 {
                1.0
            } else if t.is_infinite() {
                0.0
            } else {
                t / ((1.0 + t) * t.ln_1p())
            }
        };
        let grown = grown(lowest).max(grown(highest)) * (1.0 + 1e-12);
        let (rounding, lost) = Approx::rounding(&value, SEAM_BOUND);
        let relative = (self.relative * grown + rounding) * SLACK;
        let slope = Wide::from_f64((1.0 / (1.0 + lowest.min(0.0))) * (1.0 + 1e-9));
        let subnormal = if lost == zero() { zero() } else { eta() };
        let absolute = self.absolute.mul_up(slope).add_up(subnormal);
        let (least, most) = (value.mig(), value.mag());
        let log = Approx { value, least, most, clean: true, relative, absolute, computed: None, rounded: value };
        log.rounded_within(None).checked(None)
    }
}
