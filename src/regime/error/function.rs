//! Bounds of sqrt, exp and log1p.

use super::{Approx, larger, zero};
use crate::arithmetic::Arithmetic;
use crate::elementary::{Bound, FAR, Set};
use crate::interval::{Interval, Wide};

/// What is lost before the logarithm, which counts up to 1.09 times: a sum and a quotient, and in f64, where a sigmoid
/// shares its division, two products.
fn before_log(arithmetic: Arithmetic) -> f64 {
    match arithmetic {
        Arithmetic::F32 => 2.2,
        Arithmetic::F64 | Arithmetic::Pair => 4.4,
    }
}

/// Farther out every program of exp is cut.
const CUT: f64 = 750.0;

impl Approx {
    /// √self
    pub fn sqrt(&self, set: &Set) -> Option<Approx> {
        if self.computed.is_some() || !self.clean {
            return None;
        }
        let value = self.value.sqrt()?;
        let relative = (self.relative / 2.0 + set.sqrt.bound.relative) * self.arithmetic.slack();
        let absolute = if self.absolute == zero() {
            zero()
        } else {
            // |√(v + s) − √v| is at most √s, and at most s/√v
            let near = if value.mig() > zero() { self.absolute.div_up(value.mig()) } else { self.absolute.sqrt_up() };
            if near < self.absolute.sqrt_up() { near } else { self.absolute.sqrt_up() }
        };
        let (least, most) = (value.mig(), value.mag());
        let root = Approx { value, least, most, relative, absolute, rounded: value, ..*self };
        root.rounded_within(None).checked(None)
    }

    /// e^self by a program: its own error, and what it is cut at.
    fn exponential(&self, of: &Bound) -> Option<Approx> {
        let value = self.value.exp()?;
        let arithmetic = self.arithmetic;
        if of.absolute > arithmetic.format().least() && value.mag() > Wide::from_f64(1.0 / of.absolute) {
            // beyond the cut
            return None;
        }
        // beyond the cut `absolute` is all
        let own = of.relative + of.slope * self.value.abs().mag().to_f64_up().min(CUT);
        let cut = if arithmetic == Arithmetic::Pair { arithmetic.lost() } else { Wide::from_f64(of.absolute) };
        let lost = if value.mig() <= larger(cut, arithmetic.tiny()) { cut } else { zero() };
        let off = self.error().to_f64_up();
        // what is computed may be subnormal, and so anything below
        let rounded = Interval::new(0.0, arithmetic.slack());
        let computed = match self.computed {
            None if off / arithmetic.unit() <= arithmetic.largest() / 2.0 => None,
            None => Some(self.spread()?.exp()?.mul(&rounded)?),
            Some(near) => Some(near.exp()?.mul(&rounded)?),
        };
        let relative = (off / arithmetic.unit() + own) * arithmetic.slack();
        let (least, most, absolute) = (value.mig(), value.mag(), lost);
        let first =
            Approx { value, least, most, clean: true, relative, absolute, computed: None, rounded: value, ..*self };
        let result = first.checked(computed)?;
        let absolute = result.absolute.add_up(if result.relative == 0.0 { lost } else { zero() });
        // the programs give at most 1 for what is not above 0
        let capped = self.rounded.neg().nonnegative().is_yes();
        let known = capped.then(|| Interval::new(0.0, 1.0));
        Some(Approx { absolute, ..result }.rounded_within(known))
    }

    /// exp(self)
    pub fn exp(&self, set: &Set) -> Option<Approx> {
        self.exponential(&set.exp.bound)
    }

    /// exp(−self), for self ≥ 0; the program is not cut below, so what is computed may be a little less.
    pub fn exp_minus(&self, set: &Set) -> Option<Approx> {
        let minus = self.neg();
        let falls = minus.computed.unwrap_or(minus.rounded).at_most(&Interval::point(1.0)).is_yes();
        if falls { minus.exponential(&set.exp_minus.bound) } else { None }
    }

    /// exp of a pair.
    pub fn exp_pair(&self, set: &Set) -> Option<Approx> {
        self.exponential(&set.exp_pair.bound)
    }

    /// log((1 + self)/(1 − self)), for self in [0, 1/3].
    pub fn two_atanh(&self, set: &Set) -> Option<Approx> {
        let inside = self.value.nonnegative().is_yes() && self.value.at_most(&Interval::point(0.3335)).is_yes();
        if !inside || self.computed.is_some() || !self.clean {
            return None;
        }
        let whole = Interval::point(1.0).add(&self.value)?;
        let value = whole.div(&Interval::point(1.0).add(&self.value.neg())?)?.log()?;
        // the log itself tells little where s is small: it lies between 2 s and 2.08 s
        let near = self.value.mul(&Interval::new(2.0, 2.0796))?;
        let value = value.intersect(&near).unwrap_or(near);
        // s/((1 − s²) atanh(s)) grows with s
        let top = self.value.hi().to_f64_up();
        let grown = if top < 1e-8 { 1.0 } else { top / ((1.0 - top * top) * top.atanh()) };
        let grown = grown * (1.0 + 1e-12);
        let (rounding, lost) = Approx::rounding(self.arithmetic, &value, set.two_atanh.as_ref()?.bound.relative);
        let relative = (self.relative * grown + rounding) * self.arithmetic.slack();
        let absolute = self.absolute.mul_up(Wide::from_f64(2.26)).add_up(lost);
        let (least, most) = (value.mig(), value.mag());
        let log = Approx { value, least, most, relative, absolute, rounded: value, ..*self };
        log.rounded_within(None).checked(None)
    }

    /// log1p(self); on [0, 1] through the division that it shares with a sigmoid.
    pub fn log1p(&self, set: &Set) -> Option<Approx> {
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
        let shared = lowest >= 0.0 && highest <= 1.0;
        let own = match &set.two_atanh {
            Some(two_atanh) if shared => before_log(self.arithmetic) + two_atanh.bound.relative,
            _ => set.ln_1p.bound.relative,
        };
        let (rounding, lost) = Approx::rounding(self.arithmetic, &value, own);
        let relative = (self.relative * grown + rounding) * self.arithmetic.slack();
        let slope = Wide::from_f64((1.0 / (1.0 + lowest.min(0.0))) * (1.0 + 1e-9));
        // where t is so small, a pair is given back as it is
        let held = lost == zero() || self.arithmetic == Arithmetic::Pair;
        let subnormal = if held { zero() } else { self.arithmetic.eta() };
        let absolute = self.absolute.mul_up(slope).add_up(subnormal);
        let (least, most) = (value.mig(), value.mag());
        let log = Approx { value, least, most, relative, absolute, rounded: value, ..*self };
        log.rounded_within(None).checked(None)
    }

    /// log(self), for self in (0, 1) and `less` = 1 − self: from the one or the other, whichever is below.
    pub fn ln(&self, less: &Approx, set: &Set) -> Option<Approx> {
        // where the program goes over from one to the other, and a little on either side of it
        let turn = if self.arithmetic == Arithmetic::Pair { [0.933, 0.9332] } else { [0.707, 0.7072] };
        let apart = |a: &Approx| a.computed.is_some() || !a.clean || a.absolute != zero();
        let (lo, hi) = (self.value.lo().to_f64_down(), self.value.hi().to_f64_up());
        if apart(self) || apart(less) || lo <= 0.0 {
            return None;
        }
        // q ≤ −log p ≤ q/p
        let minus = less.value.neg();
        let near = minus.div(&self.value)?.hull(&minus);
        let value = self.value.log()?.intersect(&near)?;
        let mut grown = 0.0_f64;
        if hi > turn[0] {
            // q/(p·|log p|) grows with q
            let q = less.value.hi().to_f64_up().clamp(1e-6, 1.0 - turn[0]);
            grown = grown.max(less.relative * q / ((1.0 - q) * -(-q).ln_1p()));
        }
        if lo < turn[1] {
            grown = grown.max(self.relative / -hi.min(turn[1]).ln());
        }
        // no result is subnormal unless q is, which is then given back
        let own = if hi < FAR { set.ln_far } else { set.ln.bound.relative };
        let relative = (grown * (1.0 + 1e-9) + own) * self.arithmetic.slack();
        let (least, most) = (value.mig(), value.mag());
        let log = Approx { value, least, most, relative, absolute: zero(), rounded: value, ..*self };
        log.rounded_within(None).checked(None)
    }
}
