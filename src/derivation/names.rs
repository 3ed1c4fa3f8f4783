//! What depends on what: a spec → its names, what each stands for, where each lies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::Domain;
use crate::egraph::{self, Equality};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::Known;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::Spec;

/// The names of a spec.
pub struct Names {
    /// Definitions in order.
    pub definitions: Vec<(Arc<str>, Expr)>,
    /// Ranges, finite domains and what changes with the first input.
    pub known: Known,
}

impl Names {
    /// Reads them off the spec.
    pub fn of(spec: &Spec) -> Names {
        let definitions: Vec<(Arc<str>, Expr)> =
            spec.formula.iter().map(|line| (line.name.clone(), line.value.clone())).collect();
        let mut names = Names { definitions, known: Known::default() };
        let inputs = spec.inputs.iter().map(|input| (&input.name, &input.domain));
        let parameters = spec.parameters.iter().map(|parameter| (&parameter.name, &parameter.domain));
        for (name, domain) in inputs.clone().chain(parameters) {
            names.known.ranges.insert(name.clone(), Interval::of_domain(domain));
        }
        for (name, domain) in inputs {
            if let Domain::Set(values) = domain {
                names.known.finite.insert(name.clone(), values.clone());
            }
        }
        for (name, value) in &names.definitions {
            if let Some(range) = names.known.range(value) {
                names.known.ranges.insert(name.clone(), range);
            }
        }
        if let Some(first) = spec.inputs.first() {
            let all = names.definitions.iter().map(|(name, _)| name.clone()).chain([first.name.clone()]);
            names.known.varying = all.filter(|name| names.depends(&Expr::Symbol(name.clone()), &first.name)).collect();
        }
        names
    }

    /// What the name stands for, where it is defined by the formula.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        self.definitions.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// The name that stands for the expression.
    pub fn named(&self, value: &Expr) -> Option<Expr> {
        let found = self.definitions.iter().find(|(_, of)| of == value);
        found.map(|(name, _)| Expr::Symbol(name.clone()))
    }

    /// What a name that changes with `by`, other than it, stands for.
    pub fn opened(&self, of: &Expr, by: &str) -> Option<&Expr> {
        match of {
            Expr::Symbol(name) if &**name != by && self.depends(of, by) => self.value(name),
            _ => None,
        }
    }

    /// Is it differentiated by itself: a name, or something that depends on `by` through one name?
    pub fn inner(&self, of: &Expr, by: &str) -> bool {
        let variable = matches!(of, Expr::Symbol(name) if &**name == by);
        !variable && self.depends(of, by) && (matches!(of, Expr::Symbol(_)) || self.between(of, by).is_some())
    }

    /// Does the expression change with the name, through whatever it is made of?
    pub fn depends(&self, expr: &Expr, on: &str) -> bool {
        self.reaches(expr, on, None)
    }

    /// The first name of the formula, other than both ends, that every dependence of `expr` on `on` passes through.
    pub fn between(&self, expr: &Expr, on: &str) -> Option<Arc<str>> {
        let inner = |name: &Arc<str>| {
            let symbol = Expr::Symbol(name.clone());
            &**name != on && symbol != *expr && self.depends(&symbol, on) && self.depends(expr, name)
        };
        let through = |name: &Arc<str>| !self.reaches(expr, on, Some(name));
        self.definitions.iter().map(|(name, _)| name).find(|name| inner(name) && through(name)).cloned()
    }

    /// Does a dependence on `on` remain when the name `cut` stands still?
    fn reaches(&self, expr: &Expr, on: &str, cut: Option<&str>) -> bool {
        let mut open: Vec<Arc<str>> = expr.symbols().into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if cut == Some(&*name) || !seen.insert(name.clone()) {
                continue;
            }
            if &*name == on {
                return true;
            }
            open.extend(self.value(&name).iter().flat_map(|value| value.symbols()));
        }
        false
    }

    /// Every part made of names with finitely many values that is one number in every case.
    pub fn cases(&self, expr: &Expr, to: &mut Vec<Equality>) {
        if let (Expr::Apply(..), true) = (expr, self.known.is_finite(expr)) {
            let mut values = self.assignments(expr).into_iter().map(|case| exact(expr, &case));
            if let Some(Some(first)) = values.next()
                && values.all(|value| value.as_ref() == Some(&first))
            {
                to.push(Equality { a: expr.clone(), b: Expr::Number(first), reason: "cases" });
                return;
            }
        }
        expr.operands().iter().for_each(|operand| self.cases(operand, to));
    }

    /// Every choice of values for the names with finitely many that the expression is made of; none beyond 64.
    pub fn assignments(&self, expr: &Expr) -> Vec<BTreeMap<Arc<str>, Rational>> {
        let mut all = vec![BTreeMap::new()];
        for (name, values) in self.known.finite.iter().filter(|(name, _)| self.depends(expr, name)) {
            let with = |case: &BTreeMap<Arc<str>, Rational>| {
                let (name, case) = (name.clone(), case.clone());
                values.iter().map(move |value| {
                    let mut case = case.clone();
                    case.insert(name.clone(), value.clone());
                    case
                })
            };
            all = all.iter().flat_map(with).collect();
            if all.len() > 64 {
                return Vec::new();
            }
        }
        all
    }
}

/// The value at the names' values, where it is exact.
fn exact(expr: &Expr, at: &BTreeMap<Arc<str>, Rational>) -> Option<Rational> {
    match expr {
        Expr::Number(value) => Some(value.clone()),
        Expr::Symbol(name) => at.get(name).cloned(),
        Expr::Apply(Op::Where, operands) => {
            let condition = exact(&operands[0], at)?;
            exact(&operands[if condition.is_zero() { 2 } else { 1 }], at)
        }
        Expr::Apply(op, operands) => {
            let values: Option<Vec<Rational>> = operands.iter().map(|operand| exact(operand, at)).collect();
            let values = values?;
            let truth = |holds: bool| Some(if holds { Rational::ONE } else { Rational::ZERO });
            match (op, &values[..]) {
                (Op::Eq, [a, b]) => truth(a == b),
                (Op::Ne, [a, b]) => truth(a != b),
                (Op::Lt, [a, b]) => truth(a < b),
                (Op::Le, [a, b]) => truth(a <= b),
                (Op::Gt, [a, b]) => truth(a > b),
                (Op::Ge, [a, b]) => truth(a >= b),
                (Op::Min, [a, b]) => Some(a.min(b).clone()),
                (Op::Max, [a, b]) => Some(a.max(b).clone()),
                _ => egraph::arithmetic(*op, &values),
            }
        }
    }
}
