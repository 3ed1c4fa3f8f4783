//! A program at a point of floats → truths: by float pairs with error bounds, else by arbitrary precision.
//!
//! The filter takes about 2 µs for value and two derivatives and settles all points but those where a derivative is
//! within about 2^−16 of a change of sign, relative to its terms.

use super::judge::Truth;
use super::twofold::Twofold;
use super::{Backend, Outcome, settle};
use crate::rational::Rational;
use crate::real::Program;
use crate::real::jet::Jet;

/// The numbers of a program.
type Numbers<const ORDER: usize> = Vec<Jet<Twofold, ORDER>>;

/// A program with its numbers as the scalars of the filter, by order.
pub(crate) struct Filter {
    pub(super) program: Program,
    numbers: (Numbers<0>, Numbers<1>, Numbers<2>),
}

impl Filter {
    pub(crate) fn new(program: Program) -> Filter {
        let numbers = (
            program.numbers(&Jet::constant(Twofold::ZERO)),
            program.numbers(&Jet::constant(Twofold::ZERO)),
            program.numbers(&Jet::constant(Twofold::ZERO)),
        );
        Filter { program, numbers }
    }

    /// The first output and its derivatives in the input at `variable`: by the filter where its bounds settle them,
    /// else by arbitrary precision.
    pub(crate) fn settled(&self, inputs: &[f64], variable: usize, order: usize) -> Vec<Truth> {
        self.quick(inputs, variable, order).unwrap_or_else(|| self.slow(inputs, variable, order))
    }

    /// By the filter; `None` where it does not settle all of them.
    pub(super) fn quick(&self, inputs: &[f64], variable: usize, order: usize) -> Option<Vec<Truth>> {
        match order {
            0 => filtered(&self.program, &self.numbers.0, inputs, variable),
            1 => filtered(&self.program, &self.numbers.1, inputs, variable),
            _ => filtered(&self.program, &self.numbers.2, inputs, variable),
        }
    }

    /// By arbitrary precision.
    pub(super) fn slow(&self, inputs: &[f64], variable: usize, order: usize) -> Vec<Truth> {
        exactly(&self.program, inputs, variable, order)
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
pub(super) fn exactly(program: &Program, inputs: &[f64], variable: usize, order: usize) -> Vec<Truth> {
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
