//! Definitions and expressions → a list of operators in order, each shared expression once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Checked, Fault, Real, apply};
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// Expressions as a list of nodes: operands stand before what uses them.
#[derive(Clone, Debug)]
pub struct Program {
    nodes: Vec<Node>,
    numbers: Vec<Rational>,
    outputs: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    /// Place in `Program::numbers`.
    Number(usize),
    /// Place in the inputs.
    Input(usize),
    /// A name that stands for nothing.
    Unbound,
    /// Operator, operands' places (the first `arity` count).
    Apply(Op, [usize; 3]),
}

struct Builder {
    program: Program,
    known: BTreeMap<Node, usize>,
    names: BTreeMap<Arc<str>, usize>,
}

impl Program {
    /// The outputs, in names of the inputs and of the definitions; a definition may use the ones above it. A name
    /// that stands for nothing makes undefined what uses it.
    pub fn new(inputs: &[Arc<str>], definitions: &[(Arc<str>, Expr)], outputs: &[Expr]) -> Program {
        let program = Program { nodes: Vec::new(), numbers: Vec::new(), outputs: Vec::new() };
        let mut builder = Builder { program, known: BTreeMap::new(), names: BTreeMap::new() };
        for (place, name) in inputs.iter().enumerate() {
            let place = builder.node(Node::Input(place));
            builder.names.insert(name.clone(), place);
        }
        for (name, value) in definitions {
            let place = builder.place(value);
            builder.names.insert(name.clone(), place);
        }
        builder.program.outputs = outputs.iter().map(|output| builder.place(output)).collect();
        builder.program
    }

    /// Its numbers as scalars; computed once where a program runs often.
    pub fn numbers<R: Real>(&self, like: &R) -> Vec<R> {
        self.numbers.iter().map(|number| like.number(number)).collect()
    }

    /// The values of the outputs.
    pub fn run<R: Real>(&self, inputs: &[R], numbers: &[R]) -> Vec<Checked<R>> {
        let mut values: Vec<Checked<R>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = match node {
                Node::Number(place) => Ok(numbers[*place].clone()),
                Node::Input(place) => inputs.get(*place).cloned().ok_or(Fault::Undefined),
                Node::Unbound => Err(Fault::Undefined),
                Node::Apply(op, [a, b, c]) => apply(*op, &[&values[*a], &values[*b], &values[*c]]),
            };
            values.push(value);
        }
        self.outputs.iter().map(|place| values[*place].clone()).collect()
    }
}

impl Builder {
    fn node(&mut self, node: Node) -> usize {
        let next = self.program.nodes.len();
        let place = *self.known.entry(node.clone()).or_insert(next);
        if place == next {
            self.program.nodes.push(node);
        }
        place
    }

    fn place(&mut self, expr: &Expr) -> usize {
        match expr {
            Expr::Number(value) => {
                let numbers = &mut self.program.numbers;
                let at = numbers.iter().position(|number| number == value).unwrap_or(numbers.len());
                if at == numbers.len() {
                    numbers.push(value.clone());
                }
                self.node(Node::Number(at))
            }
            Expr::Symbol(name) => match self.names.get(name) {
                Some(place) => *place,
                None => self.node(Node::Unbound),
            },
            Expr::Apply(op, operands) => {
                let mut places = [0; 3];
                for (place, operand) in places.iter_mut().zip(operands.iter()) {
                    *place = self.place(operand);
                }
                // places that the operator has no operand for repeat the first, so that they exist
                let first = places[0];
                places.iter_mut().skip(operands.len()).for_each(|place| *place = first);
                self.node(Node::Apply(*op, places))
            }
        }
    }
}
