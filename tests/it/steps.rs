//! Is each step what it says? Judged by matching and by numbers, without the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use focal_derive::derivation::{Step, known};
use focal_derive::diff;
use focal_derive::expr::Expr;
use focal_derive::interval::Interval;
use focal_derive::normal::field::{self, Kind};
use focal_derive::op::Op;
use focal_derive::rule::RuleBook;
use focal_derive::spec::Spec;

use crate::losses::formula;

/// Values of names.
pub type Point = BTreeMap<Arc<str>, f64>;

/// The chain begins at `from`, ends at `to`, each step goes on where the last ended, changes one position, and is an
/// instance of its rule that holds at the points; `lemmas` is what was derived before.
pub fn check(spec: &Spec, lemmas: &[(Expr, Expr)], [from, to]: [&Expr; 2], steps: &[Step], points: &[Point]) {
    let ends: Vec<&Expr> = std::iter::once(from).chain(steps.iter().map(|step| &step.after)).collect();
    let starts: Vec<&Expr> = steps.iter().map(|step| &step.before).chain([to]).collect();
    assert_eq!(ends, starts, "the chain is broken");
    for step in steps {
        let (before, after) = (part(&step.before, &step.at), part(&step.after, &step.at));
        assert_ne!(before, after, "nothing changes: {step:?}");
        assert_eq!(put(&step.before, &step.at, after), step.after, "another position changes: {step:?}");
        let stands = match &*step.rule {
            "derived" => lemmas.iter().any(|(of, form)| [(before, after), (after, before)].contains(&(of, form))),
            _ => justified(spec, step, before, after),
        };
        assert!(stands, "no instance of `{}`: {before} → {after}", step.rule);
        for point in points {
            let (a, b) = (value(spec, &step.before, point), value(spec, &step.after, point));
            let close = (a - b).abs() <= 1e-6 * (1.0 + a.abs().max(b.abs()));
            assert!(close, "{a} is not {b} at {point:?} by `{}`: {} → {}", step.rule, step.before, step.after);
        }
    }
}

fn part<'a>(expr: &'a Expr, at: &[usize]) -> &'a Expr {
    at.iter().fold(expr, |expr, place| &expr.operands()[*place])
}

fn put(expr: &Expr, at: &[usize], part: &Expr) -> Expr {
    let (Some((place, rest)), Expr::Apply(op, operands)) = (at.split_first(), expr) else { return part.clone() };
    let mut operands = operands.to_vec();
    operands[*place] = put(&operands[*place], rest, part);
    Expr::apply(*op, &operands)
}

/// Is the change an instance of the step's rule, in one direction or the other?
fn justified(spec: &Spec, step: &Step, before: &Expr, after: &Expr) -> bool {
    one_way(spec, &step.rule, before, after) || one_way(spec, &step.rule, after, before)
}

fn one_way(spec: &Spec, name: &str, before: &Expr, after: &Expr) -> bool {
    match name {
        "ring" => field::kind(before, after, &known(spec)) == Some(Kind::Ring),
        "field" => field::kind(before, after, &known(spec)).is_some(),
        "definition" => defined(spec, before) == Some(after),
        "case" => matches!((before, after), (Expr::Symbol(_), Expr::Number(_))),
        "cases" => {
            let y = |value: f64| Point::from([(Arc::from("y"), value)]);
            [0.0, 1.0].iter().all(|at| value(spec, before, &y(*at)) == value(spec, after, &y(*at)))
        }
        "d-chain" => match (before.operands(), after.operands()) {
            ([of, by], [left, right]) => left.operands().get(1).is_some_and(|middle| {
                let d = |of: &Expr, by: &Expr| Expr::apply(Op::D, &[of.clone(), by.clone()]);
                *left == d(of, middle) && *right == d(middle, by)
            }),
            _ => false,
        },
        _ if name.starts_with("d-") => diff::TABLE
            .iter()
            .filter(|row| row.name == name)
            .any(|row| instance(&conditions(&formula(row.lhs)), &conditions(&formula(row.rhs)), before, after)),
        _ => {
            let book = RuleBook::builtin();
            let rule = book.rules.iter().find(|rule| &*rule.name == name).expect("a rule of the book");
            let mut bound = BTreeMap::new();
            let yes = Interval::point(1.0);
            let holds = |condition: &Expr, bound: &BTreeMap<String, Expr>| {
                known(spec).range(&condition.substitute(&|name| bound.get(name).cloned())) == Some(yes)
            };
            matches(&rule.lhs, before, &mut bound)
                && matches(&rule.rhs, after, &mut bound)
                && rule.when.iter().all(|condition| holds(condition, &bound))
        }
    }
}

/// The row of the table with each `t == t` replaced by `t`, which stands for any condition.
fn conditions(row: &Expr) -> Expr {
    match row {
        Expr::Apply(Op::Eq, operands) => operands[0].clone(),
        Expr::Apply(op, operands) => Expr::apply(*op, &operands.iter().map(conditions).collect::<Vec<_>>()),
        _ => row.clone(),
    }
}

fn defined<'a>(spec: &'a Spec, name: &Expr) -> Option<&'a Expr> {
    spec.formula.iter().find(|line| Expr::Symbol(line.name.clone()) == *name).map(|line| &line.value)
}

fn instance(lhs: &Expr, rhs: &Expr, before: &Expr, after: &Expr) -> bool {
    let mut bound = BTreeMap::new();
    matches(lhs, before, &mut bound) && matches(rhs, after, &mut bound)
}

fn matches(pattern: &Expr, expr: &Expr, bound: &mut BTreeMap<String, Expr>) -> bool {
    match (pattern, expr) {
        (Expr::Symbol(name), _) => bound.entry(name.to_string()).or_insert_with(|| expr.clone()) == expr,
        (Expr::Apply(op, patterns), Expr::Apply(same, operands)) if op == same => {
            patterns.iter().zip(operands.iter()).all(|(pattern, operand)| matches(pattern, operand, bound))
        }
        _ => pattern == expr,
    }
}

/// The value at a point; names of the formula that the point does not give are worked out. A derivative is a quotient
/// of differences of fourth order, in which what the variable is defined by stands still.
pub fn value(spec: &Spec, expr: &Expr, at: &Point) -> f64 {
    let of = |operand: &Expr| value(spec, operand, at);
    match (expr, expr.operands()) {
        (Expr::Number(number), _) => number.to_f64(),
        (Expr::Symbol(name), _) => match (at.get(name), defined(spec, expr)) {
            (Some(value), _) => *value,
            (None, Some(definition)) => of(definition),
            (None, None) => panic!("no value for `{name}`"),
        },
        (Expr::Apply(Op::D, _), [function, Expr::Symbol(variable)]) => {
            let middle = of(&Expr::Symbol(variable.clone()));
            let h = 2e-4 * (0.1 + middle.abs());
            let moved = |by: f64| {
                let mut at = at.clone();
                at.insert(variable.clone(), middle + by * h);
                value(spec, function, &at)
            };
            (moved(-2.0) - moved(2.0) + 8.0 * (moved(1.0) - moved(-1.0))) / (12.0 * h)
        }
        (Expr::Apply(op, _), operands) => {
            let values: Vec<f64> = operands.iter().map(of).collect();
            real(*op, &values)
        }
    }
}

fn real(op: Op, operands: &[f64]) -> f64 {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    match (op, operands) {
        (Op::Add, [a, b]) => a + b,
        (Op::Sub, [a, b]) => a - b,
        (Op::Mul, [a, b]) => a * b,
        (Op::Div, [a, b]) => a / b,
        (Op::Pow, [a, b]) => a.powf(*b),
        (Op::Neg, [a]) => -a,
        (Op::Exp, [a]) => a.exp(),
        (Op::Log, [a]) => a.ln(),
        (Op::Log1p, [a]) => a.ln_1p(),
        (Op::Expm1, [a]) => a.exp_m1(),
        (Op::Sigmoid, [a]) => 1.0 / (1.0 + (-a).exp()),
        (Op::Softplus, [a]) => a.max(0.0) + (-a.abs()).exp().ln_1p(),
        (Op::Sqrt, [a]) => a.sqrt(),
        (Op::Abs, [a]) => a.abs(),
        (Op::Min, [a, b]) => a.min(*b),
        (Op::Max, [a, b]) => a.max(*b),
        (Op::Clamp, [a, lo, hi]) => a.max(*lo).min(*hi),
        (Op::Where, [c, a, b]) => {
            if *c == 0.0 {
                *b
            } else {
                *a
            }
        }
        (Op::Eq, [a, b]) => truth(a == b),
        (Op::Ne, [a, b]) => truth(a != b),
        (Op::Lt, [a, b]) => truth(a < b),
        (Op::Le, [a, b]) => truth(a <= b),
        (Op::Gt, [a, b]) => truth(a > b),
        (Op::Ge, [a, b]) => truth(a >= b),
        _ => panic!("{op} on {operands:?}"),
    }
}
