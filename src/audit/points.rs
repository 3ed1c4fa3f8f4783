//! Where names lie → points that no symmetry makes special: no 0, 1 or 1/2, no two names alike.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::conditions::Lies;
use crate::domain::Domain;
use crate::rational::Rational;

/// A value for each name.
pub type Point = BTreeMap<Arc<str>, Rational>;

/// Thousandths: any number, of both signs.
const ANY: [i64; 13] = [700, -1300, 2100, -600, 1700, -2900, 310, -3700, 3300, -170, 5300, -4600, 1100];
/// Thousandths: above an end.
const ABOVE: [i64; 13] = [2300, 600, 3700, 1400, 300, 5200, 1700, 2900, 150, 4300, 850, 3100, 1900];
/// Thousandths of the way between two ends.
const BETWEEN: [i64; 13] = [300, 800, 150, 650, 920, 410, 70, 570, 260, 730, 470, 860, 340];

/// The n-th point of names that lie somewhere.
pub fn point(lies: &BTreeMap<Arc<str>, Lies>, n: usize) -> Point {
    let mut stride = 1;
    let mut place = 0;
    let mut value = |lies: &Lies| match &lies.domain {
        Domain::Set(values) => {
            let value = values[n / stride % values.len()].clone();
            stride *= values.len();
            value
        }
        domain => {
            place += 1;
            let start = n * (1 + 2 * (place % 5)) + 4 * place;
            let tried = (0..ANY.len()).map(|more| inside(domain, start + more, place as i64));
            tried.into_iter().find(|value| lies.contains(value)).unwrap_or(Rational::ONE)
        }
    };
    lies.iter().map(|(name, lies)| (name.clone(), value(lies))).collect()
}

/// A point far out in every name that may be any number: there functions are cut off, and exponentials flow over.
pub fn far(lies: &BTreeMap<Arc<str>, Lies>, n: usize) -> Point {
    let mut at = point(lies, n);
    for (name, value) in &mut at {
        let far = &*value * &Rational::from(71);
        if lies.get(name).is_some_and(|lies| lies.domain == Domain::Finite && lies.contains(&far)) {
            *value = far;
        }
    }
    at
}

/// The n-th value for the name at a place: no two names have the same list.
fn inside(domain: &Domain, n: usize, place: i64) -> Rational {
    // each round of the list is a little off the one before
    let round = (n / 13 % 7) as i64;
    let thousandths = |list: &[i64; 13], off: i64| {
        let value = list[n % 13];
        Rational::ratio(value + value.signum() * (round * off + (place - 1) * 7), 1000).unwrap_or(Rational::ONE)
    };
    match domain {
        Domain::Interval { lo: Some(lo), hi: Some(hi), .. } => lo + &(&(hi - lo) * &thousandths(&BETWEEN, 9)),
        Domain::Interval { lo: Some(lo), .. } => lo + &thousandths(&ABOVE, 57),
        Domain::Interval { hi: Some(hi), .. } => hi - &thousandths(&ABOVE, 57),
        _ => thousandths(&ANY, 83),
    }
}
