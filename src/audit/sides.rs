//! Both sides of a claim at points: in floats to screen, by arbitrary precision to decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doubt::Table;
use super::points::{self, Point};
use super::{Claim, Problem, derivative, names};
use crate::expr::Expr;
use crate::oracle::{Backend, Known, Outcome, settle};
use crate::rational::Rational;
use crate::real::Program;

/// Points that are looked at before a proof is tried.
const POINTS: usize = 10;
/// Tries to find them.
const TRIES: usize = 60;
/// Points far out, after those.
const FAR: usize = 4;
/// Points that are looked at more closely where no proof was found.
const CLOSER: usize = 4;
/// Digits of a value that are printed, at most.
const DIGITS: usize = 28;
/// Bits below which a difference counts as one: values are known to more.
const BITS: i64 = 96;

/// A point where the sides differ: enclosures of both that do not meet.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The value of each free name.
    pub at: Vec<(Arc<str>, Rational)>,
    /// The left side, in digits that are sure.
    pub lhs: String,
    /// The right side.
    pub rhs: String,
    /// Left less right, where those digits do not show it.
    pub difference: Option<String>,
}

/// What points say of a claim.
pub enum Screen {
    /// The sides differ there.
    Apart(Witness),
    /// They agree at as many points.
    Agree(usize),
    /// No point was found at which both are defined and settled.
    Nowhere,
}

/// Both sides in free names, ready to be evaluated.
pub struct Sides {
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    names: Vec<Arc<str>>,
    lies: BTreeMap<Arc<str>, super::Lies>,
    program: Program,
}

impl Sides {
    /// The sides of a claim without lets and derivatives, or the limit that was hit.
    pub fn of(problem: &Problem, claim: &Claim) -> Result<Sides, String> {
        Sides::by_table(problem, claim, &derivative::flat)
    }

    /// The same, with derivatives worked out by a table.
    pub fn by_table(problem: &Problem, claim: &Claim, table: Table) -> Result<Sides, String> {
        let (lhs, rhs) = (table(problem, &claim.lhs)?, table(problem, &claim.rhs)?);
        let mut lies = BTreeMap::new();
        for name in names::free(problem, &(claim.lhs.clone() - claim.rhs.clone())) {
            lies.insert(name.clone(), problem.lies(&name));
        }
        Ok(Sides::flat(lhs, rhs, lies))
    }

    /// Sides that are flat already.
    pub fn flat(lhs: Expr, rhs: Expr, lies: BTreeMap<Arc<str>, super::Lies>) -> Sides {
        let names: Vec<Arc<str>> = lies.keys().cloned().collect();
        let program = Program::new(&names, &[], &[lhs.clone(), rhs.clone()]);
        Sides { lhs, rhs, names, lies, program }
    }

    /// Other flat sides; names that were not there before lie anywhere.
    pub fn with(&self, lhs: Expr, rhs: Expr) -> Sides {
        let mut lies = self.lies.clone();
        let names = (lhs.clone() - rhs.clone()).symbols();
        lies.retain(|name, _| names.contains(name));
        for name in names {
            lies.entry(name).or_insert_with(super::Lies::anywhere);
        }
        Sides::flat(lhs, rhs, lies)
    }

    /// The n-th point.
    pub fn point(&self, n: usize) -> Point {
        points::point(&self.lies, n)
    }

    /// Both values at a point.
    pub fn exact(&self, at: &Point) -> [Outcome; 2] {
        let value = |name: &Arc<str>| (at.get(name).cloned().unwrap_or(Rational::ZERO), false);
        let inputs: Vec<(Rational, bool)> = self.names.iter().map(value).collect();
        let outputs = settle(Backend::Dashu, &self.program, &inputs, 0);
        std::array::from_fn(|side| {
            outputs.get(side).and_then(|parts| parts.first()).copied().unwrap_or(Outcome::Undefined)
        })
    }

    /// What points say.
    pub fn screen(&self) -> Screen {
        let mut agree = 0;
        for n in (0..TRIES).chain(0..FAR) {
            let at = if agree >= POINTS { points::far(&self.lies, n) } else { self.point(n) };
            if let [Outcome::Value(lhs), Outcome::Value(rhs)] = self.exact(&at) {
                if let Some((lhs, rhs)) = apart(lhs, rhs) {
                    return Screen::Apart(Witness { at: at.into_iter().collect(), lhs, rhs, difference: None });
                }
                agree += 1;
            }
            if agree == POINTS + FAR || self.names.is_empty() {
                break;
            }
        }
        if agree == 0 { Screen::Nowhere } else { Screen::Agree(agree) }
    }

    /// A point where the sides differ by less than is seen else: there the difference itself is enclosed, with as many
    /// digits as the oracle allows itself. Where there is none, at how many points it cannot be told from 0.
    pub fn closer(&self) -> Result<Witness, usize> {
        let difference = Sides::flat(self.lhs.clone() - self.rhs.clone(), Expr::integer(0), self.lies.clone());
        let mut looked = 0;
        for n in 0..TRIES {
            let at = self.point(n);
            if let [Outcome::Value(lhs), Outcome::Value(rhs)] = self.exact(&at) {
                if let [Outcome::Value(apart), _] = difference.exact(&at)
                    && !apart.is_zero()
                    && let (Some(lhs), Some(rhs), Some(apart)) = (rational(lhs), rational(rhs), rational(apart))
                    && !apart.is_zero()
                {
                    let [lhs, rhs] = [lhs, rhs].map(|side| decimal(&side, DIGITS));
                    let difference = Some(decimal(&apart, 12));
                    return Ok(Witness { at: at.into_iter().collect(), lhs, rhs, difference });
                }
                looked += 1;
            }
            if looked == CLOSER || self.names.is_empty() {
                break;
            }
        }
        Err(looked)
    }
}

/// Both values in digits that are sure, where they differ.
fn apart(a: Known, b: Known) -> Option<(String, String)> {
    let (exact_a, exact_b) = (rational(a)?, rational(b)?);
    let size = if exact_abs(&exact_a) > exact_abs(&exact_b) { exact_abs(&exact_a) } else { exact_abs(&exact_b) };
    let off = exact_abs(&(&exact_a - &exact_b));
    let least = &size * &Rational::from(2).checked_pow(-BITS)?;
    if off <= least {
        return None;
    }
    // one digit more than they share, at least twelve
    let mut digits = 12;
    let mut scaled = &off * &Rational::from(10).checked_pow(8)?;
    while scaled < size && digits < DIGITS {
        scaled = &scaled * &Rational::from(10);
        digits += 1;
    }
    Some((decimal(&exact_a, digits), decimal(&exact_b, digits)))
}

fn exact_abs(value: &Rational) -> Rational {
    if value.is_negative() { -value } else { value.clone() }
}

/// The number, exactly; 0 where it is next to nothing.
fn rational(known: Known) -> Option<Rational> {
    if known.is_zero() || known.exponent < -4_000 {
        return Some(Rational::ZERO);
    }
    if known.exponent > 4_000 {
        return None;
    }
    let sum = &Rational::from_f64(known.hi)? + &Rational::from_f64(known.lo)?;
    Some(&sum * &Rational::from(2).checked_pow(known.exponent)?)
}

/// As many significant digits, the rest cut off: `0.482867951399`, `1.5e-12`.
pub fn decimal(value: &Rational, digits: usize) -> String {
    if value.is_zero() {
        return "0".to_string();
    }
    let (size, sign) = (exact_abs(value), if value.is_negative() { "-" } else { "" });
    let ten = Rational::from(10);
    let power = |exponent: i64| ten.checked_pow(exponent).unwrap_or(Rational::ONE);
    let near = size.to_f64();
    let mut exponent = if near.is_finite() && near > 1e-300 { near.log10().floor() as i64 } else { estimate(&size) };
    while power(exponent) > size {
        exponent -= 1;
    }
    while power(exponent + 1) <= size {
        exponent += 1;
    }
    let (whole, _) = (&size * &power(digits as i64 - 1 - exponent)).floor();
    let text = whole.to_string();
    let text = text.trim_end_matches('0');
    let text = if text.is_empty() { "0" } else { text };
    if (-5..=digits as i64 - 1).contains(&exponent) {
        return format!("{sign}{}", plain(text, exponent));
    }
    let (first, rest) = text.split_at(1);
    let point = if rest.is_empty() { String::new() } else { format!(".{rest}") };
    format!("{sign}{first}{point}e{exponent}")
}

fn estimate(size: &Rational) -> i64 {
    let (ten, mut exponent) = (Rational::from(10), 0);
    let step = |by: i64| ten.checked_pow(by).unwrap_or(Rational::ONE);
    while step(exponent - 100) > *size {
        exponent -= 100;
    }
    while step(exponent + 100) <= *size {
        exponent += 100;
    }
    exponent
}

/// Digits with the point after the one that counts 10^exponent.
fn plain(digits: &str, exponent: i64) -> String {
    if exponent < 0 {
        return format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{digits}{}", "0".repeat(whole - digits.len()));
    }
    format!("{}.{}", &digits[..whole], &digits[whole..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_cut_and_not_rounded() {
        for (value, digits, text) in [
            (Rational::ratio(2, 3), 4, "0.6666"),
            (Rational::ratio(-2, 3), 4, "-0.6666"),
            (Rational::ratio(1, 8), 12, "0.125"),
            (Rational::ratio(123_456, 1), 12, "123456"),
            (Rational::ratio(12_345_678, 1), 4, "1.234e7"),
            (Rational::ratio(1, 3_000_000), 3, "3.33e-7"),
            (Rational::ratio(1999, 2), 5, "999.5"),
            (Some(Rational::ZERO), 3, "0"),
        ] {
            assert_eq!(decimal(&value.unwrap(), digits), text);
        }
    }

    #[test]
    fn what_is_equal_is_not_apart() {
        let known = |value: f64| Known::from_f64(value).unwrap();
        assert!(apart(known(0.1), known(0.1)).is_none());
        assert!(apart(Known::ZERO, Known::ZERO).is_none());
        let (a, b) = apart(known(1.0), known(1.0 + f64::EPSILON)).unwrap();
        assert!(a != b, "{a} {b}");
    }
}
