//! Derived forms × arbitrary precision → do they agree where p goes to 0 and to 1?
//!
//! Duals have no digits left there. Both sides are evaluated at exact points by the oracle, the form as it is and the
//! formula of the spec by jets, in the variable that was differentiated by. They are known to 90 bits or more: what
//! they may differ by is far below the rounding of any float, and no error of a formula is that small.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Doubt, Findings, Witness};
use super::names;
use super::plan;
use super::shapes::{Doubted, valued};
use super::tally::{Compared, Tally};
use crate::kernel::Format;
use crate::oracle::{self, Backend, Known, Outcome};
use crate::rational::Rational;

/// Values of the variable far out on either side; and for one that lies in (0, 1), close to both ends.
const FAR: [f64; 6] = [36.75, -36.75, 110.5, -110.5, 746.25, -746.25];
const CLOSE: [f64; 4] = [f64::EPSILON, 1.0 - f64::EPSILON, 7.0 * f64::MIN_POSITIVE, 1e-30];

/// What two values known to 90 bits may differ by, relative to them.
const ALLOWED: f64 = 1.0 / (1u128 << 88) as f64;

impl Doubted<'_> {
    /// Doubts the form by the oracle where duals have no digits left. Points where either side is undefined or not
    /// settled are counted apart.
    pub fn by_oracle(&self, to: &mut Findings) {
        let sets = plan::open_values(self.parameters, Format::F64, &[]);
        let mut tally = Tally::new(self.subject(), Doubt::Ends, self.again(None));
        let range = names::ranges(&self.derivation.spec).get(&self.asked.by).copied();
        let far = FAR.iter().chain(&CLOSE).filter(|value| range.is_none_or(|range| range.contains(**value)));
        for (turn, &value) in far.enumerate() {
            for y in [0.0, 1.0] {
                let open = &sets[(2 * turn + y as usize) % sets.len()];
                match self.compared_exactly(&[(self.asked.by.clone(), value)], y, open) {
                    Some(compared) => tally.take(&compared, self.place(value, y, open)),
                    None => tally.unsettled(),
                }
            }
        }
        tally.finish(to);
    }

    /// Both sides at exact values of the variable and what else varies; `None` where one is undefined or not settled.
    pub fn compared_exactly(&self, varying: &[(Arc<str>, f64)], y: f64, open: &[f64]) -> Option<Compared> {
        let inputs = &self.derivation.spec.inputs;
        let label = inputs.get(1).map(|input| (input.name.clone(), y));
        let values = valued(self.parameters, open).chain(label).chain(varying.iter().cloned());
        let at: BTreeMap<Arc<str>, Rational> =
            values.filter_map(|(name, value)| Some((name, Rational::from_f64(value)?))).collect();
        let others: Vec<_> = self.definitions.iter().filter(|(name, _)| *name != self.asked.by).cloned().collect();
        let formula = names::unfold(&self.asked.of, &others);
        let expected = oracle::derivatives_by(Backend::Dashu, &formula, &self.asked.by, &at);
        let measured = oracle::value(&names::unfold(self.form, &others), &at);
        let (Outcome::Value(expected), Outcome::Value(measured)) = (*expected.get(self.asked.order)?, measured) else {
            return None;
        };
        let error = apart(expected, measured);
        Some(Compared { expected: expected.to_f64(), measured: measured.to_f64(), error, allowed: ALLOWED })
    }

    fn place(&self, value: f64, y: f64, open: &[f64]) -> Witness {
        let label = self.derivation.spec.inputs.get(1).map(|input| (input.name.to_string(), y));
        let open = plan::named(self.parameters, open);
        let variable = [(self.asked.by.to_string(), value)];
        Witness { values: variable.into_iter().chain(label).chain(open).collect(), format: Format::F64 }
    }
}

/// |a − b| / |a|
fn apart(a: Known, b: Known) -> f64 {
    if a == b {
        return 0.0;
    }
    if a.is_zero() || a.exponent.abs_diff(b.exponent) > 2 {
        return f64::INFINITY;
    }
    let scale = 2f64.powi((b.exponent - a.exponent) as i32);
    (((a.hi - b.hi * scale) + (a.lo - b.lo * scale)) / a.hi).abs()
}
