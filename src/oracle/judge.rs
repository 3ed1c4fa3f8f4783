//! Spec × point → the true loss, gradient and Hessian, known to far more digits than any float format has.
//!
//! The judge differentiates the formula of the spec itself, by jets; it reads nothing of the defence.

use std::sync::Arc;

use super::edge::Edge;
use super::filter::Filter;
use super::outward;
use super::shift::Shift;
use super::within::Within;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::{self, KernelParameter, Setting};
use crate::real::Program;
use crate::spec::Spec;

pub use super::known::Known;

/// The true value at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Truth {
    /// A finite real.
    Finite(Known),
    /// +∞ or −∞, as a limit that the spec's `[edges]` state.
    Infinite {
        /// Is it −∞?
        negative: bool,
    },
    /// Neither defined nor a stated limit: the kernel must give NaN.
    Undefined,
    /// A limit at an infinite input that no line of `[edges]` states: nothing is promised.
    Unstated,
    /// Not settled by the digits that the oracle allows itself: nothing can be said of a kernel here.
    Unsettled,
}

/// The truths of one point.
#[derive(Clone, Debug)]
pub struct Truths {
    /// Loss, then d_x, then d2_x, as many as the order asks for.
    pub outputs: Vec<Truth>,
    /// The sum T of absolute terms that an error of d2_x is measured against, where one was given.
    pub terms: Option<Truth>,
}

/// Knows the truth of one loss under one setting of its parameters.
pub struct Judge {
    label: Option<Within>,
    pub(super) variable: Within,
    /// The parameters that have a value, in the order of the spec: fixed, or an argument with its domain.
    parameters: Vec<Value>,
    pub(super) loss: Filter,
    pub(super) terms: Option<Filter>,
    edges: Vec<Edge>,
    /// Where the variable is cut.
    pub(super) clip: Option<[f64; 2]>,
    /// What is added to the variable, and the loss where the sum is not below 1.
    pub(super) shift: Option<(Shift, Filter)>,
}

/// Where a parameter has its value from.
enum Value {
    Fixed(f64),
    Argument(Within),
}

impl Judge {
    /// A judge of the spec under settings: fixed parameters count as the value that they were rounded to, `none` as
    /// the spec says. `terms` is the sum of absolute terms of d2_x, in names of the spec.
    pub fn new(spec: &Spec, parameters: &[KernelParameter], terms: Option<&Expr>) -> Judge {
        let replaced: Vec<&(Arc<str>, Expr)> = parameters
            .iter()
            .filter(|parameter| parameter.setting == Setting::None)
            .filter_map(|parameter| spec.parameters.iter().find(|known| *known.name == parameter.name)?.none.as_ref())
            .flatten()
            .collect();
        let definitions: Vec<(Arc<str>, Expr)> = spec
            .formula
            .iter()
            .map(|line| match replaced.iter().find(|(name, _)| *name == line.name) {
                Some((name, value)) => (name.clone(), value.clone()),
                None => (line.name.clone(), line.value.clone()),
            })
            .collect();
        let shift = spec.inputs.first().zip(kernel::log_eps(parameters));
        let shift = shift.map(|(input, by)| Shift::of(&input.name, by));
        let shifted = |expr: &Expr| shift.as_ref().map_or_else(|| expr.clone(), |shift| shift.below(expr));
        let beyond = shift.as_ref().map(|shift| shift.beyond(&definitions));
        let definitions: Vec<(Arc<str>, Expr)> =
            definitions.iter().map(|(name, value)| (name.clone(), shifted(value))).collect();
        let definitions = outward::definitions(&definitions);
        let valued: Vec<&KernelParameter> = parameters.iter().filter(|one| one.setting != Setting::None).collect();
        // x comes last, so that it can be left out where it is infinite
        let mut names: Vec<Arc<str>> = spec.inputs.iter().skip(1).take(1).map(|label| label.name.clone()).collect();
        names.extend(valued.iter().map(|parameter| Arc::from(parameter.name.as_str())));
        names.extend(spec.inputs.first().map(|variable| variable.name.clone()));
        let loss = spec.formula.last().map(|line| Expr::Symbol(line.name.clone()));
        let filter = |outputs: &[Expr]| Filter::new(Program::new(&names, &definitions, outputs));
        let beyond = beyond.map(|beyond| Filter::new(Program::new(&names, &beyond, loss.as_slice())));
        Judge {
            label: spec.inputs.get(1).map(|label| Within::of(&label.domain)),
            variable: Within::of(spec.inputs.first().map_or(&Domain::Finite, |variable| &variable.domain)),
            parameters: valued.iter().map(|parameter| Value::of(parameter)).collect(),
            loss: filter(loss.as_slice()),
            terms: terms.map(|terms| filter(&[outward::expr(&shifted(terms), &definitions)])),
            edges: spec.edges.iter().map(|edge| Edge::new(edge, &names, &definitions)).collect(),
            clip: kernel::clip(parameters),
            shift: shift.zip(beyond),
        }
    }

    /// The truths at a point; `open` are the values of the parameters left as arguments, in order. NaN anywhere, a
    /// label that is none and a parameter outside its domain give `Undefined`.
    ///
    /// Where the variable is cut, the loss is that of the nearer end, and beyond an end the derivatives are 0. Where
    /// something is added to it, see `oracle::shift`.
    pub fn truths(&self, x: f64, y: f64, open: &[f64], order: u8) -> Truths {
        let given = x;
        let x = self.clip.filter(|_| !x.is_nan()).map_or(x, |[lo, hi]| x.clamp(lo, hi));
        let mut truths = self.of_cut(x, y, open, order);
        if x != given && !given.is_nan() {
            let derivatives = truths.outputs.iter_mut().skip(1).filter(|truth| **truth != Truth::Undefined);
            derivatives.for_each(|truth| *truth = Truth::Finite(Known::ZERO));
        }
        truths
    }

    fn of_cut(&self, x: f64, y: f64, open: &[f64], order: u8) -> Truths {
        let order = usize::from(order.min(2));
        let Some(inputs) = self.inputs(x, y, open) else {
            let terms = self.terms.as_ref().map(|_| Truth::Undefined);
            return Truths { outputs: vec![Truth::Undefined; order + 1], terms };
        };
        if let Some((_, beyond)) = self.shift.as_ref().filter(|(shift, _)| shift.reaches_one(x)) {
            let outputs = self.settled(beyond, &inputs, order);
            let terms = self.terms.as_ref().map(|_| match outputs.get(2) {
                Some(Truth::Finite(second)) => Truth::Finite(second.abs()),
                second => second.copied().unwrap_or(Truth::Undefined),
            });
            return Truths { outputs, terms };
        }
        let mut outputs = self.settled(&self.loss, &inputs, order);
        if outputs.contains(&Truth::Undefined) {
            let edge = self.edges.iter().find(|edge| edge.holds(x, &inputs));
            let unstated = if x.is_infinite() { Truth::Unstated } else { Truth::Undefined };
            for (output, place) in outputs.iter_mut().zip(0..).filter(|(output, _)| **output == Truth::Undefined) {
                *output = edge.and_then(|edge| edge.limit(place, &inputs)).unwrap_or(unstated);
            }
        }
        let terms = self.terms.as_ref().map(|terms| match (self.settled(terms, &inputs, 0)[0], outputs.get(2)) {
            // at an edge T is the limit's own size
            (Truth::Undefined, Some(Truth::Finite(limit))) => Truth::Finite(limit.abs()),
            (terms, _) => terms,
        });
        Truths { outputs, terms }
    }

    /// Every input in the order of the programs, x last and only where it is finite; `None` where one is outside its domain
    /// and, if it is x, no end of it.
    fn inputs(&self, x: f64, y: f64, open: &[f64]) -> Option<Vec<f64>> {
        let mut inputs = self.others(y, open)?;
        if x.is_finite() {
            (self.variable.holds(x) || self.variable.reaches(x)).then(|| inputs.push(x))?;
        } else if !self.variable.reaches(x) {
            return None;
        }
        Some(inputs)
    }

    /// Every input but x.
    pub(super) fn others(&self, y: f64, open: &[f64]) -> Option<Vec<f64>> {
        let mut inputs = Vec::with_capacity(self.parameters.len() + 2);
        if let Some(label) = &self.label {
            label.holds(y).then(|| inputs.push(y))?;
        }
        let mut open = open.iter();
        for parameter in &self.parameters {
            inputs.push(match parameter {
                Value::Fixed(value) => *value,
                Value::Argument(within) => open.next().copied().filter(|value| within.holds(*value))?,
            });
        }
        Some(inputs)
    }

    /// Loss, gradient, Hessian, and T where there is one, at a point where they are defined, by a backend.
    #[cfg(test)]
    pub(super) fn exactly(&self, backend: super::Backend, x: f64, y: f64, open: &[f64]) -> Vec<Known> {
        let inputs = self.inputs(x, y, open).expect("an input");
        let rational = |(place, value): (usize, &f64)| {
            (crate::rational::Rational::from_f64(*value).expect("a number"), place + 1 == inputs.len())
        };
        let inputs: Vec<(crate::rational::Rational, bool)> = inputs.iter().enumerate().map(rational).collect();
        let mut outcomes = super::settle(backend, &self.loss.program, &inputs, 2).swap_remove(0);
        if let Some(terms) = &self.terms {
            outcomes.extend(super::settle(backend, &terms.program, &inputs, 0).swap_remove(0));
        }
        let known = |outcome| match outcome {
            super::Outcome::Value(known) => known,
            other => panic!("{other:?}"),
        };
        outcomes.into_iter().map(known).collect()
    }

    fn settled(&self, filter: &Filter, inputs: &[f64], order: usize) -> Vec<Truth> {
        filter.settled(inputs, self.parameters.len() + usize::from(self.label.is_some()), order)
    }
}

impl Value {
    fn of(parameter: &KernelParameter) -> Value {
        match &parameter.setting {
            Setting::Fixed { value, .. } => Value::Fixed(*value),
            Setting::None | Setting::Argument => Value::Argument(Within::of(&parameter.domain)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_promised_where_no_limit_is_stated() {
        let text = "[inputs]\nx = { domain = \"finite\" }\ny = { domain = \"{0, 1}\" }\n[formula]\n\
                    loss = \"softplus(-(2*y - 1)*x)\"\n[edges]\n\"x = inf, y = 1\" = { loss = \"0\" }\n";
        let judge = Judge::new(&Spec::parse("own", "own.toml", text).unwrap(), &[], None);
        let zero = Truth::Finite(Known::ZERO);
        let at = |x: f64, y: f64| judge.truths(x, y, &[], 1).outputs;
        assert_eq!(at(f64::INFINITY, 1.0), [zero, Truth::Unstated], "the edge says nothing of d_x");
        assert_eq!(at(f64::NEG_INFINITY, 1.0), [Truth::Unstated; 2]);
        // what is no input, and what is no label, gives NaN whatever is stated
        assert_eq!(at(f64::NAN, 1.0), [Truth::Undefined; 2]);
        assert_eq!(at(f64::INFINITY, 0.5), [Truth::Undefined; 2]);
    }
    use crate::oracle::known::power_of_two;
    use crate::rational::Rational;

    fn judge(loss: &str, settings: &[(&str, Setting)]) -> Judge {
        let spec = Spec::builtin(loss).unwrap();
        let parameters: Vec<KernelParameter> = spec
            .parameters
            .iter()
            .zip(settings)
            .map(|(parameter, (name, setting))| {
                assert_eq!(&*parameter.name, *name);
                KernelParameter { name: name.to_string(), setting: setting.clone(), domain: parameter.domain.clone() }
            })
            .collect();
        Judge::new(&spec, &parameters, None)
    }

    /// Points over every binade, and dense where the losses bend.
    fn logits() -> Vec<f64> {
        let wide =
            (-1074..1024).step_by(7).map(|exponent| power_of_two(exponent) * (1.0 + (exponent & 15) as f64 / 17.0));
        let dense = (0..400).map(|step| f64::from(step) * f64::from(step) * 0.005 + 0.001_7);
        wide.chain(dense).flat_map(|x| [x, -x]).collect()
    }

    #[test]
    fn the_filter_says_what_arbitrary_precision_says() {
        let fixed = |value: f64| Setting::Fixed { exact: Rational::from_f64(value).unwrap(), value };
        let judges = [
            (judge("focal_binary", &[("alpha", fixed(0.25)), ("gamma", fixed(2.0))]), vec![]),
            (judge("focal_binary", &[("alpha", Setting::None), ("gamma", Setting::Argument)]), vec![3.7]),
            (judge("focal_binary", &[("alpha", Setting::Argument), ("gamma", fixed(0.5))]), vec![1e-20]),
            (judge("cross_entropy_binary", &[("alpha", Setting::None)]), vec![]),
            (judge("focal_star", &[("gamma", fixed(3.0)), ("beta", fixed(-1.7))]), vec![]),
        ];
        let (mut points, mut asked) = (0, 0);
        for (judge, open) in &judges {
            for (place, x) in logits().into_iter().enumerate() {
                let inputs = judge.inputs(x, (place / 2 % 2) as f64, open).unwrap();
                let variable = inputs.len() - 1;
                points += 1;
                let Some(found) = judge.loss.quick(&inputs, variable, 2) else {
                    asked += 1;
                    continue;
                };
                for (found, exact) in found.iter().zip(judge.loss.slow(&inputs, variable, 2)) {
                    assert!(agree(*found, exact), "{x:e} {inputs:?}: {found:?} {exact:?}");
                }
            }
        }
        assert!(asked * 1000 < points, "{asked} of {points} points are left to arbitrary precision");
    }

    /// Do they agree to 80 bits?
    fn agree(a: Truth, b: Truth) -> bool {
        match (a, b) {
            (Truth::Finite(a), Truth::Finite(b)) if a.is_zero() || b.is_zero() => {
                let small = |known: Known| known.is_zero() || known.exponent < Known::LEAST;
                small(a) && small(b)
            }
            (Truth::Finite(a), Truth::Finite(b)) => {
                let scale = power_of_two(b.exponent - a.exponent);
                ((a.hi - b.hi * scale) + (a.lo - b.lo * scale)).abs() <= power_of_two(-79)
            }
            (a, b) => a == b,
        }
    }
}
