//! Names of a problem: which words can be one, and what depends on what.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Problem;
use crate::expr::Expr;
use crate::op::{Notation, TABLE};

/// Longest name, in letters.
const LONGEST: usize = 40;

/// Why the word cannot be a name; `None` where it can.
pub fn allowed(name: &str) -> Option<&'static str> {
    let identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !identifier {
        return Some("names are letters, digits and `_`, a letter first");
    }
    if name.len() > LONGEST {
        return Some("it is too long");
    }
    if TABLE.iter().any(|row| row.notation == Notation::Call && row.name == name) {
        return Some("it is a function of the notation");
    }
    ["inf", "infinity", "nan"].contains(&name).then_some("it has a meaning of its own")
}

/// Does the expression change with the name, through whatever it is made of?
pub fn depends(problem: &Problem, expr: &Expr, on: &str) -> bool {
    reached(problem, expr).contains(on)
}

/// Every name that the expression is made of, through the lets.
pub fn reached(problem: &Problem, expr: &Expr) -> BTreeSet<Arc<str>> {
    let mut open: Vec<Arc<str>> = expr.symbols().into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            open.extend(problem.value(&name).iter().flat_map(|value| value.symbols()));
        }
    }
    seen
}

/// The free names among them.
pub fn free(problem: &Problem, expr: &Expr) -> BTreeSet<Arc<str>> {
    reached(problem, expr).into_iter().filter(|name| problem.value(name).is_none()).collect()
}
