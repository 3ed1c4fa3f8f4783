//! Bounds in units in the last place of a format.

use super::{Approx, SLACK, U, larger};
use crate::interval::Wide;
use crate::kernel::Format;

impl Approx {
    /// The bound in units in the last place of the result, rounded to the format. `of_terms` gives M/T from above
    /// where the bound is relative to the sum of absolute terms T: then it is in ulp·T/|value|.
    pub fn ulps(&self, format: Format, of_terms: Option<f64>) -> f64 {
        let apart = match of_terms {
            Some(ratio) => self.relative * ratio,
            // k u is at most k ulp, and less where the spacing no longer shrinks
            None if self.clean => {
                let off = Wide::from_f64(self.relative * U * SLACK).mul_up(self.value.mag());
                let grown = if format == Format::F32 { 2f64.powi(29) } else { 1.0 };
                let spread = off.div_up(unit_of(self.value.mig(), format)).to_f64_up() * grown;
                self.relative.min(spread)
            }
            None if self.relative == 0.0 => 0.0,
            None => self.relative * self.most.div_up(self.value.mig()).to_f64_up(),
        };
        let apart = if apart.is_nan() { f64::INFINITY } else { apart };
        let ulp = unit_of(self.value.mig(), format);
        match format {
            Format::F64 => apart + self.absolute.div_up(ulp).to_f64_up(),
            Format::F32 => 0.5 + apart * 2f64.powi(-29) + self.absolute.div_up(ulp).to_f64_up(),
        }
    }

    /// The bound of a result that crosses 0, in ulp·T/|value|, given T from below: that unit is never less than u·T,
    /// u of the format, or the spacing of subnormals.
    pub fn ulps_of_terms(&self, format: Format, least: Wide, exact: bool) -> f64 {
        let unit = unit_of(least, format);
        let apart = Wide::from_f64(self.relative * U * SLACK).mul_up(self.most).div_up(unit).to_f64_up();
        // where the magnitude is T itself, u·M is at most the unit, u of the format
        let own = match format {
            Format::F32 => self.relative * 2f64.powi(-29),
            Format::F64 => self.relative,
        };
        let apart = if exact { apart.min(own) } else { apart };
        let off = apart + self.absolute.div_up(unit).to_f64_up();
        match format {
            Format::F64 => off,
            Format::F32 => 0.5 + off,
        }
    }

    /// The absolute bound in units in the last place of a result of magnitude `of`.
    pub fn ulps_of(&self, format: Format, of: Wide) -> f64 {
        let off = self.error().div_up(unit_of(of, format)).to_f64_up();
        if format == Format::F32 { 0.5 + off } else { off }
    }
}

/// Spacing of the floats at `least`, at least the smallest subnormal.
fn unit_of(least: Wide, format: Format) -> Wide {
    let (relative, smallest) = match format {
        Format::F64 => (f64::EPSILON / 2.0, f64::from_bits(1)),
        Format::F32 => (f64::from(f32::EPSILON) / 2.0, f64::from(f32::from_bits(1))),
    };
    larger(least.mul_down(Wide::from_f64(relative)), Wide::from_f64(smallest))
}
