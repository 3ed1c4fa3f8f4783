//! Spec × point → the true loss, gradient and Hessian, known to far more digits than any float format has.
//!
//! The judge differentiates the formula of the spec itself, by jets; it reads nothing of the defence.

use std::sync::Arc;

use super::twofold::Twofold;
use super::{Backend, Outcome, settle};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::{KernelParameter, Setting};
use crate::op::Op;
use crate::rational::Rational;
use crate::real::Program;
use crate::real::jet::Jet;
use crate::spec::{self, EdgeCondition, EdgeValue, Spec};

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
    variable: Within,
    /// The parameters that have a value, in the order of the spec: fixed, or an argument with its domain.
    parameters: Vec<Value>,
    loss: Filter,
    terms: Option<Filter>,
    edges: Vec<Edge>,
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
        let valued: Vec<&KernelParameter> = parameters.iter().filter(|one| one.setting != Setting::None).collect();
        // x comes last, so that it can be left out where it is infinite
        let mut names: Vec<Arc<str>> = spec.inputs.iter().skip(1).take(1).map(|label| label.name.clone()).collect();
        names.extend(valued.iter().map(|parameter| Arc::from(parameter.name.as_str())));
        names.extend(spec.inputs.first().map(|variable| variable.name.clone()));
        let loss = spec.formula.last().map(|line| Expr::Symbol(line.name.clone()));
        let filter = |outputs: &[Expr]| Filter::new(Program::new(&names, &definitions, outputs));
        Judge {
            label: spec.inputs.get(1).map(|label| Within::of(&label.domain)),
            variable: Within::of(spec.inputs.first().map_or(&Domain::Finite, |variable| &variable.domain)),
            parameters: valued.iter().map(|parameter| Value::of(parameter)).collect(),
            loss: filter(loss.as_slice()),
            terms: terms.map(|terms| filter(std::slice::from_ref(terms))),
            edges: spec.edges.iter().map(|edge| Edge::new(edge, &names, &definitions)).collect(),
        }
    }

    /// The truths at a point; `open` are the values of the parameters left as arguments, in order. NaN anywhere, a
    /// label that is none and a parameter outside its domain give `Undefined`.
    pub fn truths(&self, x: f64, y: f64, open: &[f64], order: u8) -> Truths {
        let order = usize::from(order.min(2));
        let Some(inputs) = self.inputs(x, y, open) else {
            let terms = self.terms.as_ref().map(|_| Truth::Undefined);
            return Truths { outputs: vec![Truth::Undefined; order + 1], terms };
        };
        let mut outputs = self.settled(&self.loss, &inputs, order);
        if outputs.contains(&Truth::Undefined) {
            let edge = self.edges.iter().find(|edge| edge.holds(x, &inputs));
            for (output, place) in outputs.iter_mut().zip(0..).filter(|(output, _)| **output == Truth::Undefined) {
                *output = edge.map_or(Truth::Undefined, |edge| edge.limit(place, &inputs));
            }
        }
        let terms = self.terms.as_ref().map(|terms| match (self.settled(terms, &inputs, 0)[0], outputs.get(2)) {
            // at an edge T is the limit's own size
            (Truth::Undefined, Some(Truth::Finite(limit))) => Truth::Finite(limit.abs()),
            (terms, _) => terms,
        });
        Truths { outputs, terms }
    }

    /// Every input in the order of the programs, x last and only where it is finite; `None` where one is outside its domain.
    fn inputs(&self, x: f64, y: f64, open: &[f64]) -> Option<Vec<f64>> {
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
        if x.is_finite() {
            self.variable.holds(x).then(|| inputs.push(x))?;
        } else if !self.variable.reaches(x) {
            return None;
        }
        Some(inputs)
    }

    fn settled(&self, filter: &Filter, inputs: &[f64], order: usize) -> Vec<Truth> {
        filter.settled(inputs, self.parameters.len() + usize::from(self.label.is_some()), order)
    }
}

/// A program with its numbers as the scalars of the filter, by order.
struct Filter {
    program: Program,
    numbers: (Vec<Jet<Twofold, 0>>, Vec<Jet<Twofold, 1>>, Vec<Jet<Twofold, 2>>),
}

impl Filter {
    fn new(program: Program) -> Filter {
        let numbers = (
            program.numbers(&Jet::constant(Twofold::ZERO)),
            program.numbers(&Jet::constant(Twofold::ZERO)),
            program.numbers(&Jet::constant(Twofold::ZERO)),
        );
        Filter { program, numbers }
    }

    /// The first output and its derivatives in the input at `variable`: by the filter where its bounds settle them,
    /// else by arbitrary precision.
    fn settled(&self, inputs: &[f64], variable: usize, order: usize) -> Vec<Truth> {
        let filtered = match order {
            0 => filtered(&self.program, &self.numbers.0, inputs, variable),
            1 => filtered(&self.program, &self.numbers.1, inputs, variable),
            _ => filtered(&self.program, &self.numbers.2, inputs, variable),
        };
        filtered.unwrap_or_else(|| exactly(&self.program, inputs, variable, order))
    }
}

fn filtered<const ORDER: usize>(
    program: &Program,
    numbers: &[Jet<Twofold, ORDER>],
    inputs: &[f64],
    variable: usize,
) -> Option<Vec<Truth>> {
    let jet = |(at, value): (usize, &f64)| {
        let value = Twofold::from_f64(*value);
        if at == variable { Jet::variable(value) } else { Jet::constant(value) }
    };
    let inputs: Vec<Jet<Twofold, ORDER>> = inputs.iter().enumerate().map(jet).collect();
    let output = program.run(&inputs, numbers).pop()?.ok()?;
    let parts = [Some(output.value), output.first, output.second];
    parts[..=ORDER].iter().map(|part| part.unwrap_or(Twofold::ZERO).settled().map(Truth::Finite)).collect()
}

/// The first output of the program and its derivatives in the input at `variable`, by arbitrary precision.
fn exactly(program: &Program, inputs: &[f64], variable: usize, order: usize) -> Vec<Truth> {
    let exact = |value: &f64| Rational::from_f64(*value).unwrap_or(Rational::ZERO);
    let inputs: Vec<(Rational, bool)> =
        inputs.iter().map(exact).zip(0..).map(|(value, at)| (value, at == variable)).collect();
    let mut outputs = settle(Backend::Dashu, program, &inputs, order);
    let parts = if outputs.is_empty() { vec![Outcome::Undefined; order + 1] } else { outputs.swap_remove(0) };
    parts.into_iter().map(Truth::from).collect()
}

impl From<Outcome> for Truth {
    fn from(outcome: Outcome) -> Truth {
        match outcome {
            Outcome::Value(known) => Truth::Finite(known),
            Outcome::Undefined => Truth::Undefined,
            Outcome::Unsettled => Truth::Unsettled,
        }
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

/// A domain as a test on floats, exact for ends that are no floats too.
enum Within {
    Set(Vec<f64>),
    Between { lo: f64, lo_open: bool, hi: f64, hi_open: bool },
}

impl Within {
    fn of(domain: &Domain) -> Within {
        let end = |end: &Option<Rational>, open: bool, infinite: f64| match end {
            None => (infinite, true),
            Some(end) => {
                let near = end.to_f64();
                match Rational::from_f64(near).map(|exact| exact.cmp(end)) {
                    Some(std::cmp::Ordering::Equal) => (near, open),
                    // the float next to the end is inside where it lies on the inner side
                    Some(side) => (near, (side == std::cmp::Ordering::Less) == (infinite < 0.0)),
                    None => (near, true),
                }
            }
        };
        match domain {
            Domain::Finite => {
                Within::Between { lo: f64::NEG_INFINITY, lo_open: true, hi: f64::INFINITY, hi_open: true }
            }
            Domain::Set(values) => Within::Set(
                values
                    .iter()
                    .map(|value| (value.to_f64(), value))
                    .filter(|(near, value)| Rational::from_f64(*near).as_ref() == Some(value))
                    .map(|(near, _)| near)
                    .collect(),
            ),
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                let (lo, lo_open) = end(lo, *lo_open, f64::NEG_INFINITY);
                let (hi, hi_open) = end(hi, *hi_open, f64::INFINITY);
                Within::Between { lo, lo_open, hi, hi_open }
            }
        }
    }

    fn holds(&self, value: f64) -> bool {
        match self {
            Within::Set(values) => values.contains(&value),
            Within::Between { lo, lo_open, hi, hi_open } => {
                let above = if *lo_open { value > *lo } else { value >= *lo };
                above && if *hi_open { value < *hi } else { value <= *hi }
            }
        }
    }

    /// Is ±∞ an end of it, so that there may be a limit?
    fn reaches(&self, infinite: f64) -> bool {
        matches!(self, Within::Between { lo, hi, .. } if *lo == infinite || *hi == infinite)
    }
}

/// An edge of the spec: its conditions and limits as programs on the judge's inputs.
struct Edge {
    conditions: Vec<Condition>,
    limits: Vec<(String, Limit)>,
}

/// A condition: on x against an infinite value, decided by itself, or a comparison to evaluate.
enum Condition {
    /// x and ±∞, compared as floats.
    Variable(Op, f64),
    /// A name against ±∞.
    Always(bool),
    /// A name and a finite value; the operator where the name is x, which may be infinite.
    Compared(Program, Option<Op>),
}

enum Limit {
    Infinite { negative: bool },
    Finite(Program),
}

impl Edge {
    fn new(edge: &spec::Edge, names: &[Arc<str>], definitions: &[(Arc<str>, Expr)]) -> Edge {
        let program = |expr: Expr| Program::new(names, definitions, &[expr]);
        let condition = |condition: &EdgeCondition| {
            let op = comparison(&condition.comparison);
            let of_variable = names.last() == Some(&condition.name);
            match &condition.value {
                EdgeValue::Finite(value) => Condition::Compared(
                    program(Expr::apply(op, &[Expr::Symbol(condition.name.clone()), value.clone()])),
                    of_variable.then_some(op),
                ),
                EdgeValue::Infinity if of_variable => Condition::Variable(op, f64::INFINITY),
                EdgeValue::NegativeInfinity if of_variable => Condition::Variable(op, f64::NEG_INFINITY),
                EdgeValue::Infinity => Condition::Always(compares(op, 0.0, f64::INFINITY)),
                EdgeValue::NegativeInfinity => Condition::Always(compares(op, 0.0, f64::NEG_INFINITY)),
            }
        };
        let limit = |value: &EdgeValue| match value {
            EdgeValue::Infinity => Limit::Infinite { negative: false },
            EdgeValue::NegativeInfinity => Limit::Infinite { negative: true },
            EdgeValue::Finite(value) => Limit::Finite(program(value.clone())),
        };
        Edge {
            conditions: edge.conditions.iter().map(condition).collect(),
            limits: edge.limits.iter().map(|(output, value)| (output.clone(), limit(value))).collect(),
        }
    }

    fn holds(&self, x: f64, inputs: &[f64]) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Variable(op, value) => compares(*op, x, *value),
            Condition::Always(holds) => *holds,
            Condition::Compared(_, Some(op)) if x.is_infinite() => compares(*op, x, 0.0),
            Condition::Compared(program, _) => {
                matches!(exactly(program, inputs, usize::MAX, 0)[0], Truth::Finite(known) if !known.is_zero())
            }
        })
    }

    /// The limit of the output at this place: loss, d_x, d2_x.
    fn limit(&self, place: usize, inputs: &[f64]) -> Truth {
        let name = ["loss", "d_x", "d2_x"][place.min(2)];
        match self.limits.iter().find(|(output, _)| output == name) {
            None => Truth::Undefined,
            Some((_, Limit::Infinite { negative })) => Truth::Infinite { negative: *negative },
            Some((_, Limit::Finite(program))) => exactly(program, inputs, usize::MAX, 0)[0],
        }
    }
}

fn comparison(text: &str) -> Op {
    match text {
        "<" => Op::Lt,
        "<=" => Op::Le,
        ">" => Op::Gt,
        ">=" => Op::Ge,
        "!=" => Op::Ne,
        _ => Op::Eq,
    }
}

fn compares(op: Op, a: f64, b: f64) -> bool {
    match op {
        Op::Lt => a < b,
        Op::Le => a <= b,
        Op::Gt => a > b,
        Op::Ge => a >= b,
        Op::Ne => a != b,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracle::known::power_of_two;

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
                let Some(found) = filtered(&judge.loss.program, &judge.loss.numbers.2, &inputs, variable) else {
                    asked += 1;
                    continue;
                };
                for (found, exact) in found.iter().zip(exactly(&judge.loss.program, &inputs, variable, 2)) {
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

    #[test]
    fn ends_of_domains_are_exact() {
        let third = Rational::ratio(1, 3);
        let between = |lo_open, hi_open| {
            Within::of(&Domain::Interval { lo: third.clone(), lo_open, hi: Rational::ratio(2, 3), hi_open })
        };
        let (near_third, near_two) = (1.0 / 3.0, 2.0 / 3.0);
        for open in [true, false] {
            // 1/3 as a float lies below 1/3, 2/3 below 2/3
            assert!(!between(open, open).holds(near_third) && between(open, open).holds(f64::next_up(near_third)));
            assert!(between(open, open).holds(near_two) && !between(open, open).holds(f64::next_up(near_two)));
        }
        let unit = Within::of(&Domain::Interval { lo: Rational::ratio(0, 1), lo_open: true, hi: None, hi_open: true });
        assert!(!unit.holds(0.0) && unit.holds(5e-324) && !unit.holds(f64::INFINITY) && unit.reaches(f64::INFINITY));
        assert!(!unit.holds(f64::NAN) && !unit.reaches(f64::NAN));
    }
}
