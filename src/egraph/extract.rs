//! Classes → their members of least cost.

use std::collections::BTreeMap;

use egg::Id;

use super::{Member, Saturated};
use crate::cost::{self, Cost};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;

/// The cost of an operator on classes, given the costs of their best members.
type Price<'a> = dyn Fn(Op, &[usize], &[Cost]) -> Cost + 'a;

/// The best member so far of each class.
type Best = BTreeMap<usize, (Cost, Expr)>;

impl Saturated {
    /// The shortest member of the class of `of`, by [`crate::cost`], then by order of expressions.
    pub fn shortest(&self, of: &Expr) -> Expr {
        self.extracted(of, &|_| cost::LEAF)
    }

    /// The member of least cost of the class of `of`, given the cost of names; then by order of expressions.
    pub fn extracted(&self, of: &Expr, name: &dyn Fn(&str) -> u32) -> Expr {
        let Some(goal) = self.class(of) else { return of.clone() };
        let apply = |op, operands: &[usize], costs: &[Cost]| Cost::apply(op, costs, self.is_complement(op, operands));
        self.members_of_least(name, &apply).remove(&goal).unwrap_or_else(|| of.clone())
    }

    /// The shortest member of every class, by the sizes of the operator table.
    pub fn shortest_members(&self) -> BTreeMap<usize, Expr> {
        self.cheapest_members(&|op| op.row().size)
    }

    /// The cheapest member of every class, given what each operator costs.
    pub fn cheapest_members(&self, cost: &dyn Fn(Op) -> u32) -> BTreeMap<usize, Expr> {
        let sum = |op, _: &[usize], costs: &[Cost]| {
            Cost::leaf(costs.iter().fold(cost(op), |sum, operand| sum.saturating_add(operand.total)))
        };
        self.members_of_least(&|_| 1, &sum)
    }

    /// The cost of an operator is greater than that of each operand, so no member stands within itself.
    fn members_of_least(&self, name: &dyn Fn(&str) -> u32, apply: &Price) -> BTreeMap<usize, Expr> {
        let measured = |member: &Member, best: &Best| match member {
            Member::Number(value) => Some((Cost::leaf(name("")), Expr::Number(value.clone()))),
            Member::Symbol(symbol) => Some((Cost::leaf(name(symbol)), Expr::Symbol(symbol.clone()))),
            Member::Apply(op, operands) => {
                let known: Option<Vec<&(Cost, Expr)>> = operands.iter().map(|class| best.get(class)).collect();
                let known = known?;
                let costs: Vec<Cost> = known.iter().map(|(cost, _)| *cost).collect();
                let exprs: Vec<Expr> = known.iter().map(|(_, expr)| expr.clone()).collect();
                Some((apply(*op, operands, &costs), Expr::apply(*op, &exprs)))
            }
        };
        let less = |(cost, expr): &(Cost, Expr), known: &(Cost, Expr)| {
            cost.total < known.0.total || (cost.total == known.0.total && *expr < known.1)
        };
        let classes = self.classes();
        let mut best = Best::new();
        loop {
            let mut changed = false;
            for (&class, members) in &classes {
                for found in members.iter().filter_map(|member| measured(member, &best)).collect::<Vec<_>>() {
                    if best.get(&class).is_none_or(|known| less(&found, known)) {
                        best.insert(class, found);
                        changed = true;
                    }
                }
            }
            if !changed {
                return best.into_iter().map(|(class, (_, expr))| (class, expr)).collect();
            }
        }
    }

    /// Is it `1 - a` for an `a` in [0, 1]?
    fn is_complement(&self, op: Op, operands: &[usize]) -> bool {
        let data = |class: usize| &self.egraph[Id::from(class)].data;
        let unit = Interval::new(0.0, 1.0);
        op == Op::Sub
            && data(operands[0]).constant == Some(Rational::ONE)
            && data(operands[1]).constant.is_none()
            && data(operands[1]).interval.is_some_and(|range| range.hull(&unit) == unit)
    }
}
