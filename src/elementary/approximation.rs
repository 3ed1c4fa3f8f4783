//! Tests: the error of each polynomial of the table, by exact rationals.

use super::doubt::SLACK;
use super::table;
use crate::rational::Rational;

pub(super) fn rational(numerator: i64, denominator: i64) -> Rational {
    Rational::ratio(numerator, denominator).unwrap()
}

pub(super) fn float(value: f64) -> Rational {
    Rational::from_f64(value).unwrap()
}

/// Rounded to 220 binary digits behind the point, so that sums stay short; what is lost is far below what is shown.
pub(super) fn short(value: &Rational) -> Rational {
    let scale = rational(2, 1).checked_pow(220).unwrap();
    let (whole, _) = (value * &scale).floor();
    whole.checked_div(&scale).unwrap()
}

/// ln 2 = 2 atanh(1/3), to 10^−60.
pub(super) fn ln_2() -> Rational {
    let mut sum = Rational::ZERO;
    for k in 0..63 {
        let below = &rational(2 * k + 1, 1) * &rational(3, 1).checked_pow(2 * k + 1).unwrap();
        sum = &sum + &rational(2, 1).checked_div(&below).unwrap();
    }
    short(&sum)
}

/// The largest |p(x)|/f(x) over [lo, hi], for an f that rises, by the coefficients of p around the middle of each of many
/// parts; p is off by up to `beyond`.
pub(super) fn largest(p: &[Rational], f: fn(f64) -> f64, [lo, hi]: [f64; 2], parts: u32, beyond: f64) -> f64 {
    const DIGITS: f64 = 16_777_216.0;
    let mut most = 0.0_f64;
    let half = (hi - lo) / f64::from(parts) / 2.0;
    for part in 0..parts {
        // a middle of few digits; the part is widened by what that moves it
        let middle = ((lo + half * f64::from(2 * part + 1)) * DIGITS).round() / DIGITS;
        let reach = half + 1.0 / DIGITS;
        let mut around = p.to_vec();
        let at = float(middle);
        for first in 0..around.len() {
            for place in (first..around.len() - 1).rev() {
                around[place] = &around[place] + &(&around[place + 1] * &at);
            }
        }
        let mut power = 1.0;
        let mut sum = 0.0;
        for coefficient in &around {
            sum += coefficient.to_f64().abs() * power;
            power *= reach;
        }
        most = most.max((sum + beyond) / f(middle - reach) * SLACK);
    }
    most
}

/// Terms of each Taylor series; what follows is below `BEYOND`.
const TERMS: usize = 34;
const BEYOND: f64 = 1e-30;

/// The error of a row's polynomial relative to the function that it stands for.
pub(super) fn approximation(name: &str, degree: usize) -> f64 {
    let (_, coefficients) = table::coefficients(name, degree);
    // the fixed coefficients are those of the series
    type Series = (usize, Vec<Rational>, [f64; 2], fn(f64) -> f64);
    let (fixed, taylor, range, f): Series = match name.trim_end_matches("_f32") {
        "exp2" => {
            let mut terms = vec![Rational::ONE];
            for k in 1..TERMS as i64 {
                let next = (&terms[terms.len() - 1] * &ln_2()).checked_div(&rational(k, 1)).unwrap();
                terms.push(short(&next));
            }
            (1, terms, [-0.5, 0.5], f64::exp2)
        }
        "exp" => {
            let mut terms = vec![Rational::ONE];
            for k in 1..TERMS as i64 {
                terms.push(short(&terms[terms.len() - 1].checked_div(&rational(k, 1)).unwrap()));
            }
            (2, terms, [-0.34658, 0.34658], f64::exp)
        }
        "two_atanh" => {
            let term = |k: i64| {
                let below = &rational(4, 1).checked_pow(k).unwrap() * &rational(2 * k + 1, 1);
                short(&Rational::ONE.checked_div(&below).unwrap())
            };
            (1, (0..TERMS as i64).map(term).collect(), [0.0, 0.4445], |w| 1.0 + w.max(0.0) / 12.0)
        }
        _ => unreachable!("a row without a function"),
    };
    let mut p = taylor;
    p[..fixed].fill(Rational::ZERO);
    for (place, value) in coefficients.iter().enumerate() {
        p[fixed + place] = &p[fixed + place] - &float(*value);
    }
    largest(&p, f, range, 256, BEYOND)
}
