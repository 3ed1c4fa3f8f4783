//! A float and the truth → how far apart they are, in units in the last place.

use super::line;
use crate::kernel::Format;
use crate::oracle::judge::{Known, Truth};
use crate::rational::Rational;

/// The error of a result of the format; infinite where only one of the two is a number, or finite.
///
/// An infinity is right only where the exact value is one or exceeds the largest finite number. With `terms` the
/// error is relative to the sum of absolute terms T: times |value|/T.
pub fn error(measured: f64, truth: &Truth, terms: Option<&Truth>, format: Format) -> f64 {
    match truth {
        Truth::Undefined if measured.is_nan() => 0.0,
        Truth::Undefined => f64::INFINITY,
        Truth::Infinite { negative } if measured.is_infinite() && (measured < 0.0) == *negative => 0.0,
        Truth::Infinite { .. } => f64::INFINITY,
        Truth::Finite(exact) => finite(measured, exact, terms, format),
    }
}

fn finite(measured: f64, exact: &Known, terms: Option<&Truth>, format: Format) -> f64 {
    let ulps = ulps(measured, exact, format);
    match terms {
        Some(Truth::Finite(terms)) if ulps.is_finite() && terms.hi != 0.0 && exact.hi != 0.0 => {
            ulps * scaled((exact.hi / terms.hi).abs(), exact.exponent - terms.exponent)
        }
        _ => ulps,
    }
}

/// |measured − exact| over the spacing of floats in the binade of the exact value.
fn ulps(measured: f64, exact: &Known, format: Format) -> f64 {
    if measured.is_nan() {
        return f64::INFINITY;
    }
    if measured.is_infinite() {
        let right = exceeds_largest(exact, format) && (measured < 0.0) == (exact.hi < 0.0);
        return if right { 0.0 } else { f64::INFINITY };
    }
    let precision = i64::from(line::precision(format));
    let below = exact.hi.abs() == 1.0 && exact.hi * exact.lo < 0.0;
    let lowest = match format {
        Format::F32 => -149,
        Format::F64 => -1074,
    };
    let unit = if exact.hi == 0.0 { lowest } else { (exact.exponent - i64::from(below) - precision + 1).max(lowest) };
    // Near the exact value both scalings and the first difference are exact.
    let places = exact.exponent - unit;
    ((scaled(measured, -unit) - scaled(exact.hi, places)) - scaled(exact.lo, places)).abs()
}

fn exceeds_largest(exact: &Known, format: Format) -> bool {
    let highest = match format {
        Format::F32 => 127,
        Format::F64 => 1023,
    };
    let largest = 2.0 - 2f64.powi(1 - line::precision(format));
    let above = exact.hi.abs() > largest || (exact.hi.abs() == largest && exact.hi * exact.lo > 0.0);
    exact.hi != 0.0 && (exact.exponent > highest || (exact.exponent == highest && above))
}

/// The truth rounded to the format and widened: NaN where it is undefined.
pub fn rounded(truth: &Truth, format: Format) -> f64 {
    match truth {
        Truth::Undefined => f64::NAN,
        Truth::Infinite { negative: true } => f64::NEG_INFINITY,
        Truth::Infinite { negative: false } => f64::INFINITY,
        Truth::Finite(exact) => nearest(exact, format),
    }
}

fn nearest(exact: &Known, format: Format) -> f64 {
    if exact.exponent > 1100 {
        return exact.hi.signum() * f64::INFINITY;
    }
    let number = |value| Rational::from_f64(value).expect("a finite float");
    let power = exact.exponent.max(-4000);
    let scale = Rational::from(2).checked_pow(power).expect("a small power");
    let exact = &(&number(exact.hi) + &number(exact.lo)) * &scale;
    match format {
        Format::F32 => f64::from(exact.to_f32()),
        Format::F64 => exact.to_f64(),
    }
}

/// `value·2^exponent`, where neither the way nor the result needs to be exact beyond the range of f64.
fn scaled(value: f64, exponent: i64) -> f64 {
    let first = exponent.clamp(-1000, 1000);
    let second = (exponent - first).clamp(-1000, 1000);
    value * 2f64.powi(first as i32) * 2f64.powi(second as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(hi: f64, lo: f64, exponent: i64) -> Known {
        Known { hi, lo, exponent }
    }

    #[test]
    fn distances_in_the_binade_of_the_exact_value() {
        let of = |measured, exact, format| error(measured, &Truth::Finite(exact), None, format);
        let (one, third) = (known(1.0, 0.0, 0), known(1.0, f64::EPSILON / 4.0, 0));
        assert_eq!(of(1.0f64.next_up(), one, Format::F64), 1.0);
        assert_eq!(of(1.0f64.next_down(), one, Format::F64), 0.5);
        assert_eq!(of(1.0, third, Format::F64), 0.25);
        assert_eq!(of(1.0f64.next_up(), third, Format::F64), 0.75);
        // Just below 1 the spacing is half as wide.
        assert_eq!(of(1.0, known(1.0, -f64::EPSILON / 8.0, 0), Format::F64), 0.25);
        assert_eq!(of(1.0, known(1.0, 2f64.powi(-24), 0), Format::F32), 0.5);
        // Subnormal, and below the smallest one.
        assert_eq!(of(0.0, known(1.5, 0.0, -1075), Format::F64), 0.75);
        assert_eq!(of(f64::from_bits(3), known(1.0, 0.0, -1074), Format::F64), 2.0);
        assert_eq!(of(0.0, known(1.0, 0.0, -1_000_000), Format::F64), 0.0);
        assert_eq!(of(f64::from_bits(7), known(0.0, 0.0, 0), Format::F64), 7.0);
        assert!(of(1.0, known(1.0, 0.0, -1_000_000), Format::F64) > 1e300);
        assert_eq!(of(-1.0, one, Format::F64), 2f64.powi(53));
    }

    #[test]
    fn infinity_is_right_beyond_the_largest_float_alone() {
        let of = |measured, exact, format| error(measured, &Truth::Finite(exact), None, format);
        let largest = 2.0 - 2f64.powi(-23);
        assert_eq!(of(f64::INFINITY, known(largest, 0.0, 127), Format::F32), f64::INFINITY);
        assert_eq!(of(f64::INFINITY, known(largest, 2f64.powi(-60), 127), Format::F32), 0.0);
        assert_eq!(of(f64::NEG_INFINITY, known(largest, 2f64.powi(-60), 127), Format::F32), f64::INFINITY);
        assert_eq!(of(f64::INFINITY, known(1.0, 0.0, 1024), Format::F64), 0.0);
        assert_eq!(of(f64::NAN, known(1.0, 0.0, 0), Format::F64), f64::INFINITY);
        assert_eq!(of(0.0, known(1.0, 0.0, 0), Format::F64), 2f64.powi(52));
        let infinite = Truth::Infinite { negative: true };
        assert_eq!(error(f64::NEG_INFINITY, &infinite, None, Format::F64), 0.0);
        assert_eq!(error(f64::INFINITY, &infinite, None, Format::F64), f64::INFINITY);
        assert_eq!(error(f64::MIN, &infinite, None, Format::F64), f64::INFINITY);
        assert_eq!(error(f64::NAN, &Truth::Undefined, None, Format::F64), 0.0);
        assert_eq!(error(0.0, &Truth::Undefined, None, Format::F64), f64::INFINITY);
    }

    #[test]
    fn errors_of_terms_shrink_by_the_share_of_the_value() {
        let terms = Truth::Finite(known(1.0, 0.0, 10));
        let exact = Truth::Finite(known(1.0, 0.0, 0));
        assert_eq!(error(1.0f64.next_up(), &exact, Some(&terms), Format::F64), 2f64.powi(-10));
        assert_eq!(error(f64::NAN, &exact, Some(&terms), Format::F64), f64::INFINITY);
    }

    #[test]
    fn rounds_to_nearest() {
        let of = |exact, format| rounded(&Truth::Finite(exact), format);
        assert_eq!(of(known(1.5, 0.0, -1075), Format::F64), f64::from_bits(1));
        assert_eq!(of(known(-1.0, -1e-20, -150), Format::F32), f64::from(-f32::from_bits(1)));
        assert_eq!(of(known(-1.0, 0.0, 1_000_000), Format::F32), f64::NEG_INFINITY);
        assert_eq!(of(known(1.0, 0.0, -1_000_000), Format::F64), 0.0);
        assert_eq!(of(known(1.25, 0.0, 3), Format::F32), 10.0);
    }
}
