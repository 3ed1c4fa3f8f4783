//! The edges of a spec: conditions and limits as programs, decided by arbitrary precision.

use std::sync::Arc;

use super::filter::exactly;
use super::judge::Truth;
use crate::expr::Expr;
use crate::op::Op;
use crate::real::Program;
use crate::spec::{self, EdgeCondition, EdgeValue};

/// An edge of the spec: its conditions and limits as programs on the judge's inputs.
pub(super) struct Edge {
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
    pub(super) fn new(edge: &spec::Edge, names: &[Arc<str>], definitions: &[(Arc<str>, Expr)]) -> Edge {
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

    pub(super) fn holds(&self, x: f64, inputs: &[f64]) -> bool {
        self.conditions.iter().all(|condition| match condition {
            Condition::Variable(op, value) => compares(*op, x, *value),
            Condition::Always(holds) => *holds,
            Condition::Compared(_, Some(op)) if x.is_infinite() => compares(*op, x, 0.0),
            Condition::Compared(program, _) => {
                matches!(exactly(program, inputs, usize::MAX, 0)[0], Truth::Finite(known) if !known.is_zero())
            }
        })
    }

    /// The limit of the output at this place: loss, d_x, d2_x; `None` where the edge does not state it.
    pub(super) fn limit(&self, place: usize, inputs: &[f64]) -> Option<Truth> {
        let name = ["loss", "d_x", "d2_x"][place.min(2)];
        let (_, limit) = self.limits.iter().find(|(output, _)| output == name)?;
        Some(match limit {
            Limit::Infinite { negative } => Truth::Infinite { negative: *negative },
            Limit::Finite(program) => exactly(program, inputs, usize::MAX, 0)[0],
        })
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
