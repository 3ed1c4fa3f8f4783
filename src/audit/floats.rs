//! A claim in floats at many points: to screen what may explain it, never to decide.

use std::sync::Arc;

use super::points::Point;
use super::sides::Sides;
use super::{Problem, derivative};
use crate::expr::Expr;
use crate::real::Program;

/// Points that corrections are screened at.
const POINTS: usize = 24;
/// Tries to find them.
const TRIES: usize = 120;
/// Relative difference of values that count as equal here.
const NEAR: f64 = 1e-7;

/// Points in floats, with the values of both sides.
pub struct Floats {
    /// The left side at each point.
    pub lhs: Vec<f64>,
    /// The right side at each point.
    pub rhs: Vec<f64>,
    names: Vec<Arc<str>>,
    inputs: Vec<Vec<f64>>,
    definitions: Vec<(Arc<str>, Expr)>,
}

impl Floats {
    /// Points at which both sides are finite.
    pub fn of(problem: &Problem, sides: &Sides) -> Floats {
        Floats::at(problem, sides, POINTS)
    }

    /// As many points.
    pub fn at(problem: &Problem, sides: &Sides, points: usize) -> Floats {
        let names: Vec<Arc<str>> = sides.point(0).keys().cloned().collect();
        let mut floats =
            Floats { lhs: Vec::new(), rhs: Vec::new(), names, inputs: Vec::new(), definitions: problem.lets.clone() };
        let program = Program::new(&floats.names, &[], &[sides.lhs.clone(), sides.rhs.clone()]);
        let numbers = program.numbers(&0.0_f64);
        for n in 0..TRIES.max(points * 3) {
            let at: Point = sides.point(n);
            let input: Vec<f64> = at.values().map(crate::rational::Rational::to_f64).collect();
            let values = program.run(&input, &numbers);
            if let [Ok(lhs), Ok(rhs)] = values[..]
                && lhs.is_finite()
                && rhs.is_finite()
            {
                floats.lhs.push(lhs);
                floats.rhs.push(rhs);
                floats.inputs.push(input);
                if floats.inputs.len() == points {
                    break;
                }
            }
        }
        floats
    }

    /// How many points there are.
    pub fn points(&self) -> usize {
        self.inputs.len()
    }

    /// The values of an expression of free names and lets; `None` where one is not finite.
    pub fn values(&self, expr: &Expr) -> Option<Vec<f64>> {
        let values = self.with(expr, "", &vec![0.0; self.points()]);
        values.iter().all(|value| value.is_finite()).then_some(values)
    }

    /// The values with a further name that has a value at each point; NaN where there is none.
    pub fn with(&self, expr: &Expr, name: &str, values: &[f64]) -> Vec<f64> {
        let names: Vec<Arc<str>> = self.names.iter().cloned().chain([Arc::from(name)]).collect();
        let program = Program::new(&names, &self.definitions, std::slice::from_ref(expr));
        let numbers = program.numbers(&0.0_f64);
        let value = |(input, value): (&Vec<f64>, &f64)| {
            let inputs: Vec<f64> = input.iter().copied().chain([*value]).collect();
            program.run(&inputs, &numbers).pop().and_then(Result::ok).unwrap_or(f64::NAN)
        };
        self.inputs.iter().zip(values).map(value).collect()
    }

    /// Is the expression the left side, as far as floats tell? Not where all of it is 0.
    pub fn is_left(&self, values: &[f64]) -> bool {
        self.points() >= 4
            && self.lhs.iter().any(|value| *value != 0.0)
            && self.lhs.iter().zip(values).all(|(a, b)| near(*a, *b))
    }
}

/// Are they equal but for rounding?
pub fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= NEAR * a.abs().max(b.abs()).max(1e-9)
}

/// Do both sides of a claim agree in floats, and are they something?
pub fn agree(problem: &Problem, lhs: &Expr, rhs: &Expr, sides: &Sides) -> bool {
    let flat = |expr: &Expr| derivative::flat(problem, expr).ok();
    let (Some(lhs), Some(rhs)) = (flat(lhs), flat(rhs)) else { return false };
    let other = sides.with(lhs, rhs);
    let floats = Floats::of(problem, &other);
    floats.is_left(&floats.rhs)
}
