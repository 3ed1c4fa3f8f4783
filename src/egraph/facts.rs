//! What is known of an e-class: the interval that its value lies in, and its exact value where it is a constant.
//!
//! Members of a class are equal wherever they are defined, so facts of members are merged by intersection.
//! Two disjoint intervals in one class mean that a rule is false: the contradiction is kept and the search ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use egg::{Analysis, DidMerge, EGraph, Id, PatternAst, Subst};

use super::node::{self, Node};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;

/// The ranges of names, and what the search found wrong.
#[derive(Clone, Debug, Default)]
pub struct Ranges {
    /// Range of each name; a name without one is any finite number.
    pub of: BTreeMap<Arc<str>, Interval>,
    /// The first two disjoint facts that were merged, in words.
    pub contradiction: Option<String>,
}

/// Facts of one e-class.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Every defined value lies in it; `None` where nothing is known or a member may be undefined.
    pub interval: Option<Interval>,
    /// The exact value.
    pub constant: Option<Rational>,
    /// The operation that gave the exact value: named in explanations.
    folded: Option<PatternAst<Node>>,
}

impl Analysis<Node> for Ranges {
    type Data = Fact;

    fn make(egraph: &mut EGraph<Node, Self>, enode: &Node, _id: Id) -> Fact {
        match enode {
            Node::Number(value) => {
                Fact { interval: Some(Interval::of_rational(value)), constant: Some(value.clone()), folded: None }
            }
            Node::Symbol(name) => {
                let interval = egraph.analysis.of.get(name).copied().unwrap_or_else(Interval::whole);
                Fact { interval: Some(interval), constant: None, folded: None }
            }
            Node::Apply(op, operands) => {
                let constants: Option<Vec<Rational>> =
                    operands.iter().map(|id| egraph[*id].data.constant.clone()).collect();
                if let Some((constants, value)) = constants.and_then(|c| Some((c.clone(), arithmetic(*op, &c)?))) {
                    let folded = applied(*op, constants);
                    return Fact {
                        interval: Some(Interval::of_rational(&value)),
                        constant: Some(value),
                        folded: Some(folded),
                    };
                }
                let known: Option<Vec<Interval>> = operands.iter().map(|id| egraph[*id].data.interval).collect();
                let interval = known.and_then(|known| Interval::eval(*op, &known));
                Fact { interval, constant: None, folded: None }
            }
        }
    }

    fn merge(&mut self, to: &mut Fact, from: Fact) -> DidMerge {
        let (mut gained, mut gave) = (false, false);
        if to.constant != from.constant {
            match (&to.constant, &from.constant) {
                (Some(a), Some(b)) => self.contradiction = Some(format!("{a} and {b} in one class")),
                (None, Some(_)) => {
                    to.constant = from.constant;
                    to.folded = from.folded;
                    gained = true;
                }
                _ => gave = true,
            }
        }
        match (to.interval, from.interval) {
            (Some(a), Some(b)) if a != b => match a.intersect(&b) {
                Some(both) => {
                    gained |= both != a;
                    gave |= both != b;
                    to.interval = Some(both);
                }
                None => self.contradiction = Some(format!("{a} and {b} are disjoint, in one class")),
            },
            (None, Some(b)) => {
                to.interval = Some(b);
                gained = true;
            }
            (Some(_), None) => gave = true,
            _ => {}
        }
        DidMerge(gained, gave)
    }

    fn modify(egraph: &mut EGraph<Node, Self>, id: Id) {
        let Fact { constant: Some(value), folded, .. } = egraph[id].data.clone() else { return };
        let number = Expr::Number(value.clone());
        match folded {
            Some(folded) if egraph.are_explanations_enabled() => {
                let number = node::pattern(&number, &|_| false);
                egraph.union_instantiations(&folded, &number, &Subst::default(), "arithmetic".to_string());
            }
            _ => {
                let number = egraph.add(Node::Number(value));
                egraph.union(id, number);
            }
        }
    }
}

/// `op` on numbers, as a pattern of explanations.
fn applied(op: Op, constants: Vec<Rational>) -> PatternAst<Node> {
    let mut to = PatternAst::default();
    let operands = constants.into_iter().map(|value| to.add(egg::ENodeOrVar::ENode(Node::Number(value)))).collect();
    to.add(egg::ENodeOrVar::ENode(Node::Apply(op, operands)));
    to
}

/// `op` on exact numbers where the result is exact.
pub fn arithmetic(op: Op, operands: &[Rational]) -> Option<Rational> {
    Some(match (op, operands) {
        (Op::Add, [a, b]) => a + b,
        (Op::Sub, [a, b]) => a - b,
        (Op::Mul, [a, b]) => a * b,
        (Op::Div, [a, b]) => a.checked_div(b)?,
        (Op::Neg, [a]) => -a,
        (Op::Pow, [a, b]) => a.checked_pow(b.to_i64().filter(|power| power.abs() <= 64)?)?,
        _ => return None,
    })
}
