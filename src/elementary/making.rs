//! A program under construction, step by step.

use super::pair::Part;
use super::program::{At, Bound, Float, Program, Step};

/// A program under construction.
pub struct Making {
    float: Float,
    steps: Vec<(Step, &'static str)>,
}

impl Making {
    /// Nothing yet.
    pub fn new(float: Float) -> Making {
        Making { float, steps: Vec::new() }
    }

    /// The float of the program.
    pub fn float(&self) -> Float {
        self.float
    }

    /// The place of a step; made where it is new.
    fn push(&mut self, step: Step) -> At {
        if let Some(known) = self.steps.iter().position(|(one, _)| *one == step) {
            return At(known);
        }
        self.steps.push((step, ""));
        At(self.steps.len() - 1)
    }

    /// Gives a step a name.
    pub fn named(&mut self, at: At, name: &'static str) -> At {
        self.steps[at.0].1 = name;
        at
    }

    /// An argument.
    pub fn argument(&mut self, place: usize) -> At {
        self.push(Step::Argument(place))
    }

    /// A constant, rounded to the float.
    pub fn constant(&mut self, value: f64) -> At {
        let value = self.float.format.round(value);
        self.push(Step::Constant(value))
    }

    /// a + b
    pub fn add(&mut self, a: At, b: At) -> At {
        self.push(Step::Add(a, b))
    }

    /// a − b
    pub fn sub(&mut self, a: At, b: At) -> At {
        self.push(Step::Sub(a, b))
    }

    /// a · b
    pub fn mul(&mut self, a: At, b: At) -> At {
        self.push(Step::Mul(a, b))
    }

    /// a / b
    pub fn div(&mut self, a: At, b: At) -> At {
        self.push(Step::Div(a, b))
    }

    /// Any other step.
    pub fn step(&mut self, step: Step) -> At {
        self.push(step)
    }

    /// The polynomial in x with these coefficients, the constant first, by Estrin's scheme, written out.
    pub fn polynomial(&mut self, x: At, coefficients: &[f64]) -> At {
        const POWERS: [&str; 5] = ["square", "fourth", "eighth", "sixteenth", "last"];
        const PAIRS: [&str; 8] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7"];
        let mut row: Vec<At> = coefficients.iter().map(|value| self.constant(*value)).collect();
        let mut power = x;
        let mut names = POWERS.iter();
        loop {
            let mut next = Vec::with_capacity(row.len().div_ceil(2));
            for (place, pair) in row.chunks(2).enumerate() {
                next.push(match pair {
                    [low, high] => {
                        let high = self.mul(power, *high);
                        let sum = self.add(*low, high);
                        if power == x { self.named(sum, PAIRS[place]) } else { sum }
                    }
                    _ => pair[0],
                });
            }
            row = next;
            if row.len() == 1 {
                return self.named(row[0], "p");
            }
            power = self.mul(power, power);
            self.named(power, names.next().expect("fewer than 64 coefficients"));
        }
    }

    /// A call: hi and lo.
    pub fn call(&mut self, part: Part, arguments: &[At]) -> [At; 2] {
        let of = std::array::from_fn(|place| *arguments.get(place).unwrap_or(&arguments[0]));
        let hi = self.push(Step::Call(part, of));
        [hi, self.push(Step::Tail(hi))]
    }

    /// The finished program; its last step is the result.
    pub fn finish(
        self,
        name: &'static str,
        about: String,
        arguments: &'static [&'static str],
        bound: Bound,
    ) -> Program {
        let results = vec![At(self.steps.len() - 1)];
        Program { name, about, arguments, float: self.float, steps: self.steps, results, bound, fused: false }
    }

    /// The finished program whose result is this pair.
    pub fn finish_pair(
        self,
        name: &'static str,
        about: String,
        arguments: &'static [&'static str],
        results: [At; 2],
        bound: Bound,
    ) -> Program {
        let results = results.to_vec();
        Program { name, about, arguments, float: self.float, steps: self.steps, results, bound, fused: false }
    }
}
