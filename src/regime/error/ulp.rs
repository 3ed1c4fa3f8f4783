//! Bounds in units in the last place of a format.

use super::{Approx, larger};
use crate::arithmetic::Arithmetic;
use crate::interval::Wide;
use crate::kernel::Format;

/// Registers of f64 count as numbers with all their digits down to this: over a sum of f32 it is nothing.
const FAR_BELOW: f64 = f64::from_bits((1023 - 900) << 52);

impl Approx {
    /// The bound in units in the last place of the result, rounded to the format. `of_terms` gives M/T from above
    /// where the bound is relative to the sum of absolute terms T: then it is in ulp·T/|value|.
    pub fn ulps(&self, format: Format, of_terms: Option<f64>) -> f64 {
        let ulp = unit_of(self.value.mig(), format);
        // u of the arithmetic in u of the format, of which k are at most k ulp
        let share = self.arithmetic.unit() / format.unit();
        let apart = match of_terms {
            Some(ratio) => self.relative * share * ratio,
            // less where the spacing no longer shrinks
            None if self.clean => {
                let off = Wide::from_f64(self.arithmetic.widened(self.relative)).mul_up(self.value.mag());
                (self.relative * share).min(off.div_up(ulp).to_f64_up())
            }
            None if self.relative == 0.0 => 0.0,
            None => self.relative * share * self.most.div_up(self.value.mig()).to_f64_up(),
        };
        let apart = if apart.is_nan() { f64::INFINITY } else { apart };
        self.last_rounding(format) + apart + self.absolute.div_up(ulp).to_f64_up()
    }

    /// The bound of a result that crosses 0, in ulp·T/|value|, given T from below: that unit is never less than u·T,
    /// u of the format, or the spacing of subnormals.
    pub fn ulps_of_terms(&self, format: Format, least: Wide, exact: bool) -> f64 {
        let unit_of_terms = unit_of(least, format);
        let off = Wide::from_f64(self.arithmetic.widened(self.relative)).mul_up(self.most);
        let apart = off.div_up(unit_of_terms).to_f64_up();
        // where the magnitude is T itself, u·M is at most the unit, u of the format
        let own = self.relative * (self.arithmetic.unit() / format.unit());
        let apart = if exact { apart.min(own) } else { apart };
        self.last_rounding(format) + apart + self.absolute.div_up(unit_of_terms).to_f64_up()
    }

    /// The bound of a register, in u of the format times its magnitude, or times the sum of absolute terms, given from below and
    /// whether that is the magnitude. Results are made of it by products and quotients: it counts relative to what is
    /// subnormal in the format as well, as far as registers have digits.
    pub fn units(&self, format: Format, of_terms: Option<(Wide, bool)>) -> f64 {
        let least = of_terms.map_or(self.value.mig(), |(least, _)| least);
        let smallest = if self.arithmetic.widens(format) && format == Format::F32 { FAR_BELOW } else { format.least() };
        let unit = larger(least.mul_down(Wide::from_f64(format.unit())), Wide::from_f64(smallest));
        let own = self.relative * (self.arithmetic.unit() / format.unit());
        let apart = match of_terms {
            Some((_, exact)) => {
                let off = Wide::from_f64(self.arithmetic.widened(self.relative)).mul_up(self.most);
                let apart = off.div_up(unit).to_f64_up();
                if exact { apart.min(own) } else { apart }
            }
            None if self.clean || self.relative == 0.0 => own,
            None => own * self.most.div_up(self.value.mig()).to_f64_up(),
        };
        let apart = if apart.is_nan() { f64::INFINITY } else { apart };
        apart + self.absolute.div_up(unit).to_f64_up()
    }

    /// The absolute bound in units in the last place of a result of magnitude `of`.
    pub fn ulps_of(&self, format: Format, of: Wide) -> f64 {
        self.last_rounding(format) + self.error().div_up(unit_of(of, format)).to_f64_up()
    }

    /// What the rounding to the format costs, in ulps.
    pub(crate) fn last_rounding(&self, format: Format) -> f64 {
        // a pair that is subnormal has no low part
        let held = self.arithmetic == Arithmetic::Pair && self.value.mag() < Wide::from_f64(f64::MIN_POSITIVE);
        if self.arithmetic.widens(format) && !held { 0.5 } else { 0.0 }
    }
}

/// Spacing of the floats at `least`, at least the smallest subnormal.
fn unit_of(least: Wide, format: Format) -> Wide {
    larger(least.mul_down(Wide::from_f64(format.unit())), Wide::from_f64(format.least()))
}
