//! exp, expm1, log and log1p in floats, written so that loops over them vectorise, each with a bound of its error.
//!
//! u = 2^−53, ∘ is a rounded operation, and every bound is relative. They are proved here by hand, recomputed level by
//! level in the tests, and compared with arbitrary precision.
//!
//! - The reduction x = k·ln 2 + r, |r| ≤ 0.3467: k·LN2_HIGH is exact (42 digits times 10). For k ≠ 0 the number x is a multiple
//!   of 2^−54, so is k·LN2_HIGH, and their difference is below 1/2: exact too. k·LN2_LOW is within 2^−84, and the last
//!   difference adds 0.35u: r is within 0.36u.
//! - exp: Taylor's sum up to r^12/12! leaves out less than r^13/13!·e^|r| < 2.4e−16 < 2.2u. Horner's scheme is within 1.1u before
//!   the last sum, whose value is above 0.7: 1.6u, and u for the sum. With the reduction: 0.36u. The scaling is exact. 6u in all.
//! - expm1 for |x| ≤ 0.3467: x times the same scheme's inner value, which is above 0.84 and within 1.8u: 2.2u, u for the product.
//!   What is left out is below 5.8e−16 < 5.3u relative to x. 10u in all.
//! - 2·atanh(s), |s| ≤ 0.1716, by its series up to s^19/19: what is left out is below s^20/21·1.04 < 2.4e−17 < 0.3u. s = f/(2 + f) is
//!   within 2u for an exact f; the series from s³ on weighs at most 0.01 of the result and is within 12u of itself; a last
//!   sum: 3.5u.
//! - log1p for −0.29 ≤ t ≤ √2 − 1 with f = t: 3.5u. Beyond, up to 1, it is log 2 + log1p(f) with f = (t − 1)/2, within 2^−55 (exact for
//!   t ≥ 1/2): 0.3466·5u for the series, 0.25u for log 2, over a result above 0.3465; u for the sum: 7u. Both below 8u.
//! - log of m·2^k, m between √½ and √2: f = m − 1 is exact; the series is within 0.3466·3.5u = 1.3u, k·LN2_LOW is below
//!   2^−33 and within 2^−86, its sum with the series adds 0.35u; k·LN2_HIGH is exact. For k ≠ 0 the result is above 0.3465: 4.8u, and u
//!   for the last sum; for k = 0 both sums are exact. Below 8u.

use super::U;

/// Bound of the error of [`exp`].
pub(super) const EXP: f64 = 6.0 * U;
/// Bound of the error of [`expm1`].
pub(super) const EXPM1: f64 = 10.0 * U;
/// Bound of the error of [`log1p`].
pub(super) const LOG1P: f64 = 8.0 * U;
/// Bound of the error of [`log`].
pub(super) const LOG: f64 = 8.0 * U;

/// The least argument of [`exp`]: below it the result is that at this one.
pub(super) const EXP_LEAST: f64 = -690.0;
/// Where [`expm1`] may be asked.
pub(super) const EXPM1_REACH: f64 = 0.34;
/// Where [`log1p`] may be asked.
pub(super) const LOG1P_RANGE: (f64, f64) = (-0.29, 1.0);

/// 1.5·2^52: a number below 2^51 added to it is rounded to a whole one, which stands in the last bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// ln 2 to 42 bits.
pub(super) const LN2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fefa_3800);
/// What follows it.
pub(super) const LN2_LOW: f64 = 5.497_923_018_708_371e-14;
/// 1/n! at place n.
pub(super) const FACTORS: [f64; 13] = {
    let mut all = [1.0; 13];
    let (mut n, mut factorial) = (2, 1.0);
    while n < 13 {
        factorial *= n as f64;
        all[n] = 1.0 / factorial;
        n += 1;
    }
    all
};
/// 1/(2n + 1) at place n.
pub(super) const ODD: [f64; 10] = {
    let mut all = [1.0; 10];
    let mut n = 1;
    while n < 10 {
        all[n] = 1.0 / (2 * n + 1) as f64;
        n += 1;
    }
    all
};
/// √2 − 1
const HALVED: f64 = std::f64::consts::SQRT_2 - 1.0;

/// (exp(r) − 1)/r
#[inline(always)]
fn inner(r: f64) -> f64 {
    let mut sum = FACTORS[12];
    let mut n = 11;
    while n > 0 {
        sum = FACTORS[n] + r * sum;
        n -= 1;
    }
    sum
}

/// exp(x) within `EXP` for `EXP_LEAST` ≤ x ≤ 700.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let x = if x < EXP_LEAST { EXP_LEAST } else { x };
    let rounded = x * std::f64::consts::LOG2_E + ROUNDER;
    let k = rounded - ROUNDER;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    let power = f64::from_bits((rounded.to_bits().wrapping_add(1023)) << 52);
    (1.0 + r * inner(r)) * power
}

/// expm1(x) within `EXPM1` for |x| ≤ `EXPM1_REACH`.
#[inline(always)]
pub(super) fn expm1(x: f64) -> f64 {
    x * inner(x)
}

/// 2·atanh(f/(2 + f)) = log(1 + f) for 1 + f between √½ and √2
#[inline(always)]
fn series(f: f64) -> f64 {
    let s = f / (2.0 + f);
    let square = s * s;
    let mut sum = ODD[9];
    let mut n = 8;
    while n > 0 {
        sum = ODD[n] + square * sum;
        n -= 1;
    }
    let doubled = s + s;
    doubled + doubled * (square * sum)
}

/// log1p(t) within `LOG1P` for t in `LOG1P_RANGE`.
#[inline(always)]
pub(super) fn log1p(t: f64) -> f64 {
    let beyond = t > HALVED;
    let f = if beyond { (t - 1.0) * 0.5 } else { t };
    let shift = if beyond { std::f64::consts::LN_2 } else { 0.0 };
    shift + series(f)
}

/// log(v) within `LOG` for v between 2^−1000 and 2^1000.
#[inline(always)]
pub(super) fn log(v: f64) -> f64 {
    // the bits of √½, so that the exponent turns there
    const TURN: u64 = 0x3fe6_a09e_667f_3bcd;
    let above = v.to_bits().wrapping_sub(TURN);
    // its first 12 bits as a whole number with a sign
    let power = ((above >> 52) ^ 0x800).wrapping_sub(0x800);
    let m = f64::from_bits((above & 0x000f_ffff_ffff_ffff).wrapping_add(TURN));
    let k = f64::from_bits(ROUNDER.to_bits().wrapping_add(power)) - ROUNDER;
    k * LN2_HIGH + (series(m - 1.0) + k * LN2_LOW)
}
