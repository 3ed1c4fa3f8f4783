//! Derived forms × dual numbers → do they agree in the interior?
//!
//! A form is evaluated in f64; the formula of the spec is differentiated by second-order duals over a batch, as one
//! gradient vector and one Hessian matrix of the sum of its losses. Off the diagonal the matrix must be 0: no
//! example touches the derivative of another.
//!
//! A formula may lose digits where no name of it says so: in `log(1 + exp(-z))`, say. Where floats disagree, both sides
//! are compared at the exact point as well; where they agree there to 88 bits, it was rounding, and the point settles
//! nothing.

pub mod rows;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::finding::{Doubt, Findings, Witness};
use super::plan;
use super::points::Xorshift;
use super::shapes::{Doubted, valued};
use super::tally::{Compared, Tally};
use crate::expr::Expr;
use crate::kernel::{Format, KernelParameter};
use crate::real::{self, dual};

/// Examples in a batch.
const BATCH: usize = 4;
/// Half of the range that inputs are drawn from.
const RANGE: f64 = 12.0;
/// A name that varies in (0, 1) is kept this far from both ends: what the interior is.
const MARGIN: f64 = 1.0 / 16.0;
/// Draws for a point of the interior, at most; and once that many have missed it.
const DRAWS: usize = 1000;
const FEW_DRAWS: usize = 10;

type Values = BTreeMap<Arc<str>, f64>;

impl Doubted<'_> {
    /// Doubts the form by duals at `samples` points of the interior.
    pub fn by_duals(&self, samples: usize, seed: u64, to: &mut Findings) {
        let mut random = Xorshift::new(seed);
        let sets = plan::open_values(self.parameters, Format::F64, &[]);
        let mut tally = Tally::new(self.subject(), Doubt::Duals, self.again(Some((samples, seed))));
        let mut draws = DRAWS;
        for turn in 0..samples.div_ceil(BATCH) {
            let open = &sets[turn % sets.len()];
            let batch: Vec<Values> = (0..BATCH).filter_map(|_| self.interior(open, &mut random, &mut draws)).collect();
            for (values, compared) in batch.iter().zip(self.compared(&batch, open)) {
                match compared.error > compared.allowed && self.only_rounded(values, open) {
                    true => tally.unsettled(),
                    false => tally.take(&compared, self.witness(values, open)),
                }
            }
        }
        tally.finish(to);
    }

    /// Do form and formula agree at the exact point?
    fn only_rounded(&self, values: &Values, open: &[f64]) -> bool {
        let inputs = &self.derivation.spec.inputs;
        let label = inputs.get(1).map_or(f64::NAN, |input| values[&input.name]);
        let names = inputs.iter().take(1).map(|input| &input.name).chain([&self.asked.by]);
        let varying: Vec<(Arc<str>, f64)> = names.map(|name| (name.clone(), values[name])).collect();
        self.compared_exactly(&varying, label, open).is_some_and(|exact| exact.error <= exact.allowed)
    }

    fn allowed(&self, open: &[f64]) -> f64 {
        allowed(self.form, &self.formula, self.parameters, open)
    }

    fn witness(&self, values: &Values, open: &[f64]) -> Witness {
        let inputs = self.derivation.spec.inputs.iter().take(2);
        let inputs = inputs.map(|input| (input.name.to_string(), values[&input.name]));
        let open = plan::named(self.parameters, open);
        Witness { values: inputs.chain(open).collect(), format: Format::F64 }
    }

    /// Every name's value at a point drawn from the interior; where all `draws` miss it, at the first one where the
    /// formula is defined, and there is no looking for the interior again; `None` where it is defined at none.
    fn interior(&self, open: &[f64], random: &mut Xorshift, draws: &mut usize) -> Option<Values> {
        let spec = &self.derivation.spec;
        let mut outside = None;
        for _ in 0..*draws {
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
            outside = outside.or(defined.then_some(values));
        }
        *draws = FEW_DRAWS;
        outside
    }

    /// The form and the dual at each point of a batch.
    fn compared(&self, batch: &[Values], open: &[f64]) -> Vec<Compared> {
        let expected = self.derivatives(batch);
        let measure = |(values, expected): (&Values, f64)| {
            let value = |expr: &Expr| real::eval(expr, values, &0.0).unwrap_or(f64::NAN);
            let (measured, terms) = (value(self.form), value(&self.terms));
            Compared { expected, measured, error: error(expected, measured, terms), allowed: self.allowed(open) }
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

/// What is allowed between a form and what duals make of the formula, relative to the sum of absolute terms.
///
/// In the interior p and 1 − p are at least 1/16, so neither 1 − p nor log p enlarges a rounding error more than
/// 16 times, one inside the other 16² times; a power or a product with a parameter enlarges it by the parameter,
/// at most twice over. There are no more roundings than nodes in form and formula, where duals do at most four
/// products at a node. What is wrong in a formula is a factor or a term, which is larger by ten decades.
fn allowed(form: &Expr, formula: &Expr, parameters: &[KernelParameter], open: &[f64]) -> f64 {
    let size = form.size() + 4 * formula.size();
    let largest = valued(parameters, open).map(|(_, value)| value.abs()).fold(0.0, f64::max);
    f64::EPSILON / 2.0 * size as f64 * MARGIN.powi(-2) * (1.0 + largest).powi(2)
}

/// How far two values are apart, relative to the sum of absolute terms; infinite where one is no number.
fn error(expected: f64, measured: f64, terms: f64) -> f64 {
    match (expected - measured).abs() / terms {
        _ if expected == measured => 0.0,
        error if error.is_nan() => f64::INFINITY,
        error => error,
    }
}
