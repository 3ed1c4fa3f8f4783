//! A float and the truth → how far apart they are, in units in the last place or relative to the sum of terms.

use crate::kernel::Format;
use crate::oracle::judge::{Known, Truth};

/// The error of a result of the format; infinite where only one of the two is a number, or finite; `None` where the
/// truth is not settled or not stated. With `terms` the error is relative to the sum of absolute terms T: times |value|/T, and
/// where the terms cancel to 0 in units in the last place of T.
pub fn error(measured: f64, truth: &Truth, terms: Option<&Truth>, format: Format) -> Option<f64> {
    // an error that is no number must not pass for a small one
    let ulps = Some(truth.ulps(measured, format)).filter(|ulps| !ulps.is_nan()).unwrap_or(f64::INFINITY);
    match (truth, terms) {
        (Truth::Unsettled | Truth::Unstated, _) | (Truth::Finite(_), Some(Truth::Unsettled)) => None,
        (Truth::Finite(exact), Some(Truth::Finite(terms))) if exact.is_zero() && !terms.is_zero() => {
            Some(measured.abs() / spacing(terms.abs().to_f64(), format))
        }
        (Truth::Finite(exact), Some(Truth::Finite(terms))) if ulps.is_finite() => Some(ulps * share(*exact, *terms)),
        _ => Some(ulps),
    }
}

/// The spacing of floats from a number on, not below that of the format's smallest.
fn spacing(of: f64, format: Format) -> f64 {
    let power = of.log2().floor().exp2();
    (2.0 * format.unit() * power).max(format.least())
}

/// |value|/T; 1 where either is 0.
fn share(value: Known, terms: Known) -> f64 {
    if value.is_zero() || terms.is_zero() {
        return 1.0;
    }
    let power = (value.exponent - terms.exponent).clamp(-1000, 1000);
    (value.hi / terms.hi).abs() * 2f64.powi(power as i32)
}

/// The truth rounded to the format and widened: NaN where it is undefined, not settled or not stated.
pub fn rounded(truth: &Truth, format: Format) -> f64 {
    match truth {
        Truth::Undefined | Truth::Unsettled | Truth::Unstated => f64::NAN,
        Truth::Infinite { negative: true } => f64::NEG_INFINITY,
        Truth::Infinite { negative: false } => f64::INFINITY,
        Truth::Finite(exact) => match format {
            Format::F32 => f64::from(exact.to_f32()),
            Format::F64 => exact.to_f64(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(hi: f64, lo: f64, exponent: i64) -> Truth {
        Truth::Finite(Known { hi, lo, exponent })
    }

    #[test]
    fn distances_in_the_binade_of_the_exact_value() {
        let of = |measured, exact| error(measured, &exact, None, Format::F64);
        assert_eq!(of(1.0f64.next_up(), known(1.0, f64::EPSILON / 4.0, 0)), Some(0.75));
        assert_eq!(of(f64::from_bits(3), known(1.0, 0.0, -1074)), Some(2.0));
        assert_eq!(of(f64::NAN, known(1.0, 0.0, 0)), Some(f64::INFINITY));
        assert_eq!(of(f64::NAN, Truth::Undefined), Some(0.0));
        assert_eq!(of(0.0, Truth::Undefined), Some(f64::INFINITY));
        assert_eq!(of(f64::MIN, Truth::Infinite { negative: true }), Some(f64::INFINITY));
        assert_eq!(of(1.0, Truth::Unsettled), None);
        assert_eq!(of(f64::NAN, Truth::Unstated), None);
        assert_eq!(of(0.0, known(0.0, 0.0, 0)), Some(0.0));
        assert_eq!(of(f64::from_bits(2), known(0.0, 0.0, 0)), Some(2.0));
    }

    #[test]
    fn errors_of_terms_shrink_by_the_share_of_the_value() {
        let of = |measured, exact, terms| error(measured, &exact, Some(&terms), Format::F64);
        let (one, terms) = (known(1.0, 0.0, 0), known(1.0, 0.0, 10));
        assert_eq!(of(1.0f64.next_up(), one, terms), Some(2f64.powi(-10)));
        assert_eq!(of(f64::NAN, one, terms), Some(f64::INFINITY));
        assert_eq!(of(0.0, known(1.5, 0.0, -1_000_000), terms), Some(0.0));
        assert_eq!(of(0.0, known(0.0, 0.0, 0), known(0.0, 0.0, 0)), Some(0.0));
        assert_eq!(of(2f64.powi(-52), known(0.0, 0.0, 0), one), Some(1.0));
        assert_eq!(of(1.0, one, Truth::Unsettled), None);
        assert_eq!(of(0.0, Truth::Undefined, terms), Some(f64::INFINITY));
    }
}
