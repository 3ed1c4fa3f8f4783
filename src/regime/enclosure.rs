//! E-graph × pieces → where the value of each class lies on each piece.

use std::collections::BTreeMap;

use super::extract::Question;
use crate::egraph::{Member, Saturated};
use crate::interval::Interval;

/// The enclosure of every class on every piece: by all its members, intersected.
pub fn values(
    classes: &BTreeMap<usize, Vec<Member>>,
    saturated: &Saturated,
    question: &Question,
) -> BTreeMap<usize, Vec<Option<Interval>>> {
    let pieces = question.pieces.len();
    let mut values: BTreeMap<usize, Vec<Option<Interval>>> =
        classes.keys().map(|class| (*class, vec![saturated.interval(*class); pieces])).collect();
    for _ in 0..8 {
        let mut changed = false;
        for (class, members) in classes {
            for at in 0..pieces {
                let mut known = values[class][at];
                for member in members {
                    let found = match member {
                        Member::Number(value) => Some(Interval::of_rational(value)),
                        Member::Symbol(name) => {
                            question.leaves.get(name).and_then(|leaf| leaf.single[at]).map(|one| one.value)
                        }
                        Member::Apply(op, operands) => {
                            let operands: Option<Vec<Interval>> = operands.iter().map(|o| values[o][at]).collect();
                            operands.and_then(|operands| Interval::eval(*op, &operands))
                        }
                    };
                    known = match (known, found) {
                        (Some(a), Some(b)) => Some(a.intersect(&b).unwrap_or(a)),
                        (a, b) => a.or(b),
                    };
                }
                if known != values[class][at] {
                    changed = true;
                    values.get_mut(class).expect("every class has values")[at] = known;
                }
            }
        }
        if !changed {
            break;
        }
    }
    values
}
