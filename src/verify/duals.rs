//! Derived forms × dual numbers → do they agree in the interior?
//!
//! A form is evaluated in f64; the formula of the spec is differentiated by second-order duals over a batch, as one
//! gradient vector and one Hessian matrix of the sum of its losses. Off the diagonal the matrix must be 0: no
//! example touches the derivative of another.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Doubt, Findings, Witness};
use super::plan;
use super::points::Xorshift;
use super::shapes::{Doubted, valued};
use super::tally::{Compared, Tally};
use crate::expr::Expr;
use crate::kernel::{Format, Setting};
use crate::real::{self, dual};

/// Examples in a batch.
const BATCH: usize = 4;
/// Half of the range that inputs are drawn from.
const RANGE: f64 = 12.0;
/// A name that varies in (0, 1) is kept this far from both ends: what the interior is.
const MARGIN: f64 = 1.0 / 16.0;

type Values = BTreeMap<Arc<str>, f64>;

impl Doubted<'_> {
    /// Doubts the form by duals at `samples` points of the interior.
    pub fn by_duals(&self, samples: usize, seed: u64, to: &mut Findings) {
        let mut random = Xorshift::new(seed);
        let sets = plan::open_values(self.parameters, Format::F64, &[]);
        let mut tally = Tally::new(self.subject(), Doubt::Duals, self.again(Some((samples, seed))));
        for turn in 0..samples.div_ceil(BATCH) {
            let open = &sets[turn % sets.len()];
            let batch: Vec<Values> = (0..BATCH).filter_map(|_| self.interior(open, &mut random)).collect();
            for (values, compared) in batch.iter().zip(self.compared(&batch, open)) {
                tally.take(&compared, self.witness(values, open));
            }
        }
        tally.finish(to);
    }

    /// What is allowed, relative to the sum of absolute terms.
    ///
    /// In the interior p and 1 − p are at least 1/16, so neither 1 − p nor log p enlarges a rounding error more than
    /// 16 times, one inside the other 16² times; a power or a product with a parameter enlarges it by the parameter,
    /// at most twice over. There are no more roundings than nodes in form and formula, where duals do at most four
    /// products at a node. What is wrong in a formula is a factor or a term, which is larger by ten decades.
    fn allowed(&self, open: &[f64]) -> f64 {
        let size = self.form.size() + 4 * self.formula.size();
        let largest = valued(self.parameters, open).map(|(_, value)| value.abs()).fold(0.0, f64::max);
        f64::EPSILON / 2.0 * size as f64 * MARGIN.powi(-2) * (1.0 + largest).powi(2)
    }

    fn witness(&self, values: &Values, open: &[f64]) -> Witness {
        let inputs = self.derivation.spec.inputs.iter().take(2);
        let inputs = inputs.map(|input| (input.name.to_string(), values[&input.name]));
        let names = self.parameters.iter().filter(|one| one.setting == Setting::Argument);
        let open = names.zip(open).map(|(one, value)| (one.name.clone(), *value));
        Witness { values: inputs.chain(open).collect(), format: Format::F64 }
    }

    /// Every name's value at a point drawn from the interior; `None` where none is found.
    fn interior(&self, open: &[f64], random: &mut Xorshift) -> Option<Values> {
        let spec = &self.derivation.spec;
        for _ in 0..1000 {
            let x = random.signed() * random.unit() * RANGE;
            let y = if random.next() & 1 == 0 { 1.0 } else { 0.0 };
            let inputs = spec.inputs.iter().map(|input| input.name.clone()).zip([x, y]);
            let mut values: Values = inputs.chain(valued(self.parameters, open)).collect();
            let defined = self.definitions.iter().all(|(name, value)| {
                real::eval(value, &values, &0.0).is_ok_and(|value| values.insert(name.clone(), value).is_none())
            });
            let inside = |name: &Arc<str>| (MARGIN..=1.0 - MARGIN).contains(&values[name]);
            if defined && self.shares.iter().all(inside) {
                return Some(values);
            }
        }
        None
    }

    /// The form and the dual at each point of a batch.
    fn compared(&self, batch: &[Values], open: &[f64]) -> Vec<Compared> {
        let expected = self.derivatives(batch);
        let measure = |(values, expected): (&Values, f64)| {
            let value = |expr: &Expr| real::eval(expr, values, &0.0).unwrap_or(f64::NAN);
            let (measured, terms) = (value(self.form), value(&self.terms));
            let error = (expected - measured).abs() / terms;
            let error = match error {
                _ if expected == measured => 0.0,
                error if error.is_nan() => f64::INFINITY,
                error => error,
            };
            Compared { expected, measured, error, allowed: self.allowed(open) }
        };
        batch.iter().zip(expected).map(measure).collect()
    }

    /// The derivative at each point of the batch, by duals; NaN where there is none, or where it depends on another
    /// point.
    fn derivatives(&self, batch: &[Values]) -> Vec<f64> {
        let parameter = |name: &str| self.parameters.iter().any(|one| one.name == name);
        let at = |name: &str, place: usize| Arc::<str>::from(format!("{name}_{place}"));
        let mut sum = Expr::integer(0);
        let (mut variables, mut point, mut fixed) = (Vec::new(), Vec::new(), Values::new());
        for (place, values) in batch.iter().enumerate() {
            let own = |name: &str| (!parameter(name)).then(|| Expr::Symbol(at(name, place)));
            sum = sum + self.formula.substitute(&own);
            variables.push(at(&self.asked.by, place));
            point.push(values[&self.asked.by]);
            for (name, value) in values.iter().filter(|(name, _)| **name != self.asked.by) {
                let name = if parameter(name) { name.clone() } else { at(name, place) };
                fixed.insert(name, *value);
            }
        }
        let fixed: Vec<(Arc<str>, f64)> = fixed.into_iter().collect();
        let Ok((gradient, hessian)) = dual::gradient_hessian(&sum, &variables, &point, &fixed) else {
            return vec![f64::NAN; batch.len()];
        };
        let alone = |place: usize| (0..batch.len()).all(|other| other == place || hessian[(place, other)] == 0.0);
        let derivative = |place: usize| match self.asked.order {
            1 => gradient[place],
            2 if alone(place) => hessian[(place, place)],
            _ => f64::NAN,
        };
        (0..batch.len()).map(derivative).collect()
    }
}
