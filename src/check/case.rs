//! The conditions of a case: what a name is, between which ends it lies, what sign an expression has. And do the cases
//! of a chain cover every point of the statement?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::world::World;
use super::{Chain, Statement};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::notation::{self, Origin};
use crate::op::Op;
use crate::rational::Rational;

/// Most cells that the points of a statement are divided into.
const MOST_CELLS: usize = 4_096;

/// Conditions that all hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// Names with the number that each is.
    pub given: BTreeMap<Arc<str>, Rational>,
    /// Names compared with a number.
    pub ends: Vec<(Arc<str>, Op, Rational)>,
    /// Expressions compared with 0.
    pub signs: Vec<(Expr, Op)>,
}

impl Case {
    /// Reads `y = 0, x < 1, x - b >= 0`: of a name with finitely many values only what it is.
    ///
    /// # Errors
    /// Where a condition is none; the text says which.
    pub fn read(text: &str, statement: &Statement) -> Result<Case, String> {
        let conditions = notation::conditions(text, &Origin::alone("<case>", text)).map_err(|message| message.text)?;
        let mut case = Case::default();
        for condition in conditions {
            let wrong = format!("`{condition}` is no case: a case is `name = number`, or an end or a sign");
            let (Expr::Apply(op, _), [a, b]) = (&condition, condition.operands()) else { return Err(wrong) };
            if !matches!(op, Op::Eq | Op::Lt | Op::Le | Op::Gt | Op::Ge) {
                return Err(wrong);
            }
            match (a, b) {
                (Expr::Symbol(name), Expr::Number(value)) => {
                    let domain = statement.names.iter().find(|(of, _)| of == name).map(|(_, domain)| domain);
                    match (domain, op) {
                        (None, _) => {
                            return Err(format!("`{name}` is no input or parameter: there are no cases of it"));
                        }
                        (Some(_), Op::Eq) if case.given.contains_key(name) => return Err(wrong),
                        (Some(_), Op::Eq) => drop(case.given.insert(name.clone(), value.clone())),
                        (Some(Domain::Set(_)), _) => return Err(wrong),
                        (Some(_), _) => case.ends.push((name.clone(), *op, value.clone())),
                    }
                }
                _ => case.signs.push((difference(a, b), *op)),
            }
        }
        Ok(case)
    }

    /// The ends of the name, as an interval.
    pub fn within(&self, name: &str, range: Interval) -> Interval {
        let mut ends = self.ends.iter().filter(|(of, _, _)| &**of == name);
        let met = ends.try_fold(range, |range, (_, op, value)| {
            let (end, open) = (Some(value.clone()), matches!(op, Op::Lt | Op::Gt));
            let half = match op {
                Op::Lt | Op::Le => Domain::Interval { lo: None, lo_open: true, hi: end, hi_open: open },
                _ => Domain::Interval { lo: end, lo_open: open, hi: None, hi_open: true },
            };
            range.intersect(&Interval::of_domain(&half))
        });
        // where nothing is left everything holds; what is said of it is said of nothing
        met.unwrap_or(range)
    }

    /// The names that it is about.
    fn names(&self) -> BTreeSet<Arc<str>> {
        self.given.keys().cloned().chain(self.ends.iter().map(|(name, _, _)| name.clone())).collect()
    }

    /// Every name in it.
    pub fn symbols(&self) -> BTreeSet<Arc<str>> {
        self.names().into_iter().chain(self.signs.iter().flat_map(|(of, _)| of.symbols())).collect()
    }
}

/// What is compared with 0.
fn difference(a: &Expr, b: &Expr) -> Expr {
    if b.as_number().is_some_and(Rational::is_zero) { a.clone() } else { a.clone() - b.clone() }
}

/// Where a comparison with 0 holds, does another?
pub fn implies(known: Op, asked: Op) -> bool {
    match known {
        Op::Eq => matches!(asked, Op::Eq | Op::Le | Op::Ge),
        Op::Lt => matches!(asked, Op::Lt | Op::Le | Op::Ne),
        Op::Gt => matches!(asked, Op::Gt | Op::Ge | Op::Ne),
        Op::Le | Op::Ge => asked == known,
        _ => false,
    }
}

/// The comparison with both sides exchanged.
pub fn mirrored(op: Op) -> Op {
    match op {
        Op::Lt => Op::Gt,
        Op::Le => Op::Ge,
        Op::Gt => Op::Lt,
        Op::Ge => Op::Le,
        other => other,
    }
}

/// The comparison that holds where this one fails.
pub fn negated(condition: &Expr) -> Option<Expr> {
    let Expr::Apply(op, operands) = condition else { return None };
    let other = match op {
        Op::Eq => Op::Ne,
        Op::Ne => Op::Eq,
        Op::Lt => Op::Ge,
        Op::Ge => Op::Lt,
        Op::Gt => Op::Le,
        Op::Le => Op::Gt,
        _ => return None,
    };
    Some(Expr::apply(other, operands))
}

/// Where one subject of the cases is.
#[derive(Clone, Debug)]
enum Cell {
    /// A name is a number.
    Is(Arc<str>, Rational),
    /// A name lies between two numbers, neither of them.
    Between(Arc<str>, Option<Rational>, Option<Rational>),
    /// An expression is below, above or equal to 0.
    Sign(Expr, Op),
}

impl Cell {
    /// Where the subject is there, does the condition on it hold?
    fn is_in(&self, case: &Case) -> bool {
        match self {
            Cell::Is(name, value) => {
                case.given.get(name).is_none_or(|given| given == value)
                    && case.ends.iter().filter(|(of, _, _)| of == name).all(|(_, op, end)| match op {
                        Op::Lt => value < end,
                        Op::Le => value <= end,
                        Op::Gt => value > end,
                        _ => value >= end,
                    })
            }
            Cell::Between(name, lo, hi) => {
                !case.given.contains_key(name)
                    && case.ends.iter().filter(|(of, _, _)| of == name).all(|(_, op, end)| match op {
                        Op::Lt | Op::Le => hi.as_ref().is_some_and(|hi| hi <= end),
                        _ => lo.as_ref().is_some_and(|lo| lo >= end),
                    })
            }
            Cell::Sign(of, sign) => {
                case.signs.iter().filter(|(other, _)| other == of).all(|(_, asked)| implies(*sign, *asked))
            }
        }
    }

    fn put(&self, to: &mut Case) {
        match self {
            Cell::Is(name, value) => drop(to.given.insert(name.clone(), value.clone())),
            Cell::Between(name, lo, hi) => {
                to.ends.extend(lo.iter().map(|lo| (name.clone(), Op::Gt, lo.clone())));
                to.ends.extend(hi.iter().map(|hi| (name.clone(), Op::Lt, hi.clone())));
            }
            Cell::Sign(of, sign) => to.signs.push((of.clone(), *sign)),
        }
    }

    fn words(&self) -> String {
        match self {
            Cell::Is(name, value) => format!("{name} = {value}"),
            Cell::Between(name, lo, hi) => {
                let lo = lo.as_ref().map(|lo| format!("{name} > {lo}"));
                lo.into_iter().chain(hi.as_ref().map(|hi| format!("{name} < {hi}"))).collect::<Vec<_>>().join(", ")
            }
            Cell::Sign(of, sign) => {
                let sign = if *sign == Op::Lt { "<" } else { if *sign == Op::Gt { ">" } else { "=" } };
                format!("{of} {sign} 0")
            }
        }
    }
}

/// Is every point of the statement in a case, or in what is left out, or a point at which the claim says nothing?
pub fn complete(cases: &[Case], except: &[Case], chain: &Chain, statement: &Statement) -> Result<(), String> {
    let all: Vec<&Case> = cases.iter().chain(except).collect();
    let mut cells: Vec<Vec<Cell>> = vec![Vec::new()];
    for subject in subjects(&all, statement) {
        cells = cells.iter().flat_map(|cell| subject.iter().map(|part| with(cell, part))).collect();
        if cells.len() > MOST_CELLS {
            return Err("there are too many cases".to_string());
        }
    }
    let covered = |cell: &Vec<Cell>| all.iter().any(|case| cell.iter().all(|part| part.is_in(case)));
    match cells.iter().find(|cell| !covered(cell) && !is_void(cell, chain, statement)) {
        None => Ok(()),
        Some(cell) => {
            let words: Vec<String> = cell.iter().map(Cell::words).filter(|words| !words.is_empty()).collect();
            Err(format!("the case {} is missing", words.join(", ")))
        }
    }
}

fn with(cell: &[Cell], part: &Cell) -> Vec<Cell> {
    cell.iter().chain([part]).cloned().collect()
}

/// What the cases are about, each with the cells that it falls into.
fn subjects(cases: &[&Case], statement: &Statement) -> Vec<Vec<Cell>> {
    let mut subjects = Vec::new();
    for (name, domain) in &statement.names {
        if !cases.iter().any(|case| case.names().contains(name)) {
            continue;
        }
        let given = cases.iter().filter_map(|case| case.given.get(name));
        let ends = cases.iter().flat_map(|case| &case.ends).filter(|(of, _, _)| of == name).map(|(_, _, end)| end);
        let points: BTreeSet<Rational> = given.chain(ends).cloned().collect();
        subjects.push(cells(name, domain, &points));
    }
    let mut signs: Vec<&Expr> = Vec::new();
    for (of, _) in cases.iter().flat_map(|case| &case.signs) {
        if !signs.contains(&of) {
            signs.push(of);
        }
    }
    let all = |of: &Expr| [Op::Lt, Op::Eq, Op::Gt].map(|sign| Cell::Sign(of.clone(), sign)).to_vec();
    subjects.extend(signs.into_iter().map(all));
    subjects
}

/// The values of a name: each of finitely many; else the points, and what lies between them.
fn cells(name: &Arc<str>, domain: &Domain, points: &BTreeSet<Rational>) -> Vec<Cell> {
    if let Domain::Set(values) = domain {
        return values.iter().map(|value| Cell::Is(name.clone(), value.clone())).collect();
    }
    let (lo, hi) = match domain {
        Domain::Interval { lo, hi, .. } => (lo.clone(), hi.clone()),
        _ => (None, None),
    };
    let inside =
        |value: &&Rational| lo.as_ref().is_none_or(|lo| *value > lo) && hi.as_ref().is_none_or(|hi| *value < hi);
    let stops: Vec<&Rational> = points.iter().filter(inside).collect();
    let ends = [&lo, &hi].into_iter().flatten().filter(|end| domain.contains(end));
    let is = |value: &Rational| Cell::Is(name.clone(), value.clone());
    let mut cells: Vec<Cell> = ends.map(is).chain(stops.iter().map(|value| is(value))).collect();
    let bounds: Vec<Option<&Rational>> =
        [lo.as_ref()].into_iter().chain(stops.iter().map(|value| Some(*value))).chain([hi.as_ref()]).collect();
    let between = |pair: &[Option<&Rational>]| Cell::Between(name.clone(), pair[0].cloned(), pair[1].cloned());
    cells.extend(bounds.windows(2).map(between));
    cells
}

/// Is there no such point, or does the claim say nothing there, since a side is undefined?
fn is_void(cell: &[Cell], chain: &Chain, statement: &Statement) -> bool {
    let mut case = Case::default();
    cell.iter().for_each(|part| part.put(&mut case));
    let names = World::new(statement, Case { signs: Vec::new(), ..case.clone() });
    let contradicts = |(of, sign): &(Expr, Op)| {
        let is = Expr::apply(*sign, &[of.clone(), Expr::integer(0)]);
        negated(&is).is_some_and(|not| names.holds(&not))
    };
    let there = World::new(statement, case.clone());
    case.signs.iter().any(contradicts) || [&chain.lhs, &chain.rhs].into_iter().any(|side| undefined(side, &there))
}

/// Is it certain that it is undefined?
fn undefined(expr: &Expr, world: &World) -> bool {
    let compared = |op: Op, a: &Expr, b: i64| world.holds(&Expr::apply(op, &[a.clone(), Expr::integer(b)]));
    let here = match (expr, expr.operands()) {
        (Expr::Apply(Op::Div, _), [_, b]) => compared(Op::Eq, b, 0),
        (Expr::Apply(Op::Log, _), [a]) => compared(Op::Le, a, 0),
        (Expr::Apply(Op::Log1p, _), [a]) => compared(Op::Le, a, -1),
        (Expr::Apply(Op::Sqrt, _), [a]) => compared(Op::Lt, a, 0),
        // a branch may not be taken
        (Expr::Apply(Op::Where, _), [condition, ..]) => return undefined(condition, world),
        (Expr::Apply(Op::D, _), [of, _]) => return undefined(of, world),
        (Expr::Symbol(name), _) => return world.value(name).is_some_and(|value| undefined(value, world)),
        _ => false,
    };
    here || expr.operands().iter().any(|operand| undefined(operand, world))
}
