//! Results that may be beyond the largest float: they are infinite then, and right so.

use super::Approx;
use crate::interval::Interval;

impl Approx {
    /// self / other, where a quotient beyond the largest float is infinite and stays so, whatever is done to it.
    pub fn div_beyond(&self, other: &Approx) -> Option<Approx> {
        let (quotient, computed) = self.quotient(other)?;
        quotient.beyond(computed)
    }

    /// self · other, likewise.
    pub fn mul_beyond(&self, other: &Approx) -> Option<Approx> {
        let (product, computed) = self.product(other, 1.0, true)?;
        product.beyond(computed)
    }

    fn beyond(self, computed: Option<Interval>) -> Option<Approx> {
        if computed.is_some() {
            return self.checked(computed);
        }
        (self.relative <= self.arithmetic.largest()).then_some(self)
    }
}
