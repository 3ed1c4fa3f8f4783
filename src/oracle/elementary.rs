//! exp, expm1, log and log1p on pairs, each with a bound of its error.
//!
//! u = 2^−53; the bounds of sums, products and quotients are in [`super::pair`]. Tables are computed on first use by
//! series whose errors are counted below; a test compares every function with arbitrary precision.
//!
//! - exp: x = k·ln 2 + j/64 + r. k·LN2[0] and k·LN2[1] are exact pairs (|k| < 2^31), k·LN2[2] is a float (error 2^−131),
//!   the digits left out of ln 2 weigh 2^−132. Three sums whose results stay below 0.36 add 3·4u²·0.36 < 5u², and the
//!   exact j/64 at most 4u²·2^−7. exp(j/64) is within 25u² (below), its product with expm1(r), |r| ≤ 2^−7, adds 14u²·2^−7,
//!   the last sum 4u²: below 48u² in all.
//! - expm1(r) for |r| ≤ 2^−7: r + r²(1/2! + r/3! + … + r¹¹/13!); what is left out is below 2^−127 relative to r. The factors
//!   of r⁷ and on are floats: 2^−42/7!·3u < 1.3u². r² and its factor are within 40u² of themselves, weighing 2^−8; the sum
//!   adds 4u²: below 6u².
//! - log1p(t) for |t| ≤ 1/79: 2s(1 + s²/3 + …) with s = t/(2 + t), s² < 2^−14.6, up to s^14/15. Sum 4u², quotient 24u²,
//!   product 8u²; the series weighs 2^−16 and its last sum adds 4u²; what is left out is below 2^−120: below 44u².
//! - log(m) for m about 1: c = j/64 with |m·c − 1| ≤ 1/89, log(m) = log1p(m·c − 1) − log(c). The product is within 3u²,
//!   log1p adds 44u²/89, the table 16u², the last sum 4u²·0.37: below 24u² in the absolute. Where c = 1 the result is
//!   log1p of an exact difference (4u²): within 52u² of itself.
//! - The tables: exp(x) = 1 + x(1 + x/2(1 + x/3(…))), |x| ≤ 0.36: the error e of a level obeys e ≤ 4u²·|v| + |x|/k(e' + 27u²),
//!   so at the top e ≤ 17u² with a value above 0.69: 25u². log(c) = 2·atanh(w), w = (c − 1)/(c + 1), |w| ≤ 0.18: quotient 24u²,
//!   series 5u², product 8u² of at most 0.36: 14u².

use std::sync::LazyLock;

use super::pair::{Pair, UNIT, two_product};

/// ln 2 in three floats.
pub(super) const LN2: [f64; 3] = [std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17, 5.707_708_438_416_212e-34];

/// Bound of the error of `exp`, relative.
pub(super) const EXP: f64 = 48.0 * UNIT;
/// Bound of the error of `expm1`, relative.
pub(super) const EXPM1: f64 = 6.0 * UNIT;
/// Bound of the error of `log1p`, relative.
pub(super) const LOG1P: f64 = 44.0 * UNIT;
/// Bound of the error of `log` where it is not close to 0, absolute.
pub(super) const LOG: f64 = 24.0 * UNIT;
/// Bound of the error of `log` where it is close to 0, relative.
pub(super) const LOG_NEAR: f64 = 52.0 * UNIT;

/// Steps of the tables per unit.
const STEPS: f64 = 64.0;
const EXP_REACH: usize = 23;
const LOG_FIRST: usize = 44;
const LOG_LAST: usize = 92;

struct Tables {
    /// exp(j/64) at place j + 23.
    exp: [Pair; 2 * EXP_REACH + 1],
    /// log(j/64) at place j − 44.
    log: [Pair; LOG_LAST - LOG_FIRST + 1],
    /// 1/n! at place n.
    factorial: [Pair; 14],
    /// 1/(2n + 1) at place n.
    odd: [Pair; 8],
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables {
    exp: std::array::from_fn(|place| exp_series((place as f64 - EXP_REACH as f64) / STEPS)),
    log: std::array::from_fn(|place| log_series((place + LOG_FIRST) as f64)),
    factorial: std::array::from_fn(|n| Pair::ONE.div(Pair::of((1..=n).map(|k| k as f64).product()))),
    odd: std::array::from_fn(|n| Pair::ONE.div(Pair::of((2 * n + 1) as f64))),
});

/// exp(x) for |x| ≤ 0.36.
fn exp_series(x: f64) -> Pair {
    (1..=32).rev().fold(Pair::ONE, |value, k| Pair::ONE.add(value.scale(x).div(Pair::of(f64::from(k)))))
}

/// log(j/64) for j from 44 to 92.
fn log_series(j: f64) -> Pair {
    let w = Pair::of(j - STEPS).div(Pair::of(j + STEPS));
    let square = w.mul(w);
    let sum =
        (0..26).rev().fold(Pair::ZERO, |value, k| Pair::ONE.div(Pair::of(f64::from(2 * k + 1))).add(value.mul(square)));
    w.mul(sum).scale(2.0)
}

/// (m, k) with exp(x) = m·2^k within `EXP`, for |x| ≤ 2^30.
pub(super) fn exp(x: Pair) -> (Pair, i64) {
    let tables = &*TABLES;
    let k = (x.hi / LN2[0]).round_ties_even();
    let rest = x.add(two_product(k, LN2[0]).neg()).add(two_product(k, LN2[1]).neg()).add(Pair::of(-k * LN2[2]));
    let j = (rest.hi * STEPS).round_ties_even();
    let rest = rest.add(Pair::of(-j / STEPS));
    let step = tables.exp[(j as isize + EXP_REACH as isize).clamp(0, 2 * EXP_REACH as isize) as usize];
    (step.add(step.mul(expm1(rest))), k as i64)
}

/// expm1(r) within `EXPM1`, for |r| ≤ 2^−7.
pub(super) fn expm1(r: Pair) -> Pair {
    let factor = &TABLES.factorial;
    let mut tail = factor[13].hi;
    for n in (7..13).rev() {
        tail = factor[n].hi + r.hi * tail;
    }
    let mut sum = factor[6].add(Pair::of(r.hi * tail));
    for n in (2..6).rev() {
        sum = factor[n].add(r.mul(sum));
    }
    r.add(r.mul(r).mul(sum))
}

/// log1p(t) within `LOG1P`, for |t| ≤ 1/79.
pub(super) fn log1p(t: Pair) -> Pair {
    let factor = &TABLES.odd;
    let s = t.div(t.add(Pair::of(2.0)));
    let square = s.mul(s);
    let mut tail = factor[7].hi;
    for n in (4..7).rev() {
        tail = factor[n].hi + square.hi * tail;
    }
    let mut sum = factor[3].add(Pair::of(square.hi * tail));
    for n in (0..3).rev() {
        sum = factor[n].add(square.mul(sum));
    }
    let doubled = Pair { hi: 2.0 * s.hi, lo: 2.0 * s.lo };
    doubled.mul(sum)
}

/// log(m) for 0.7 ≤ m ≤ 1.42 and whether it is close to 0: then within `LOG_NEAR`, else within `LOG`.
pub(super) fn log(m: Pair) -> (Pair, bool) {
    let j = (STEPS / m.hi).round_ties_even();
    if j == STEPS {
        return (log1p(m.add(Pair::of(-1.0))), true);
    }
    let step = TABLES.log[(j as usize).clamp(LOG_FIRST, LOG_LAST) - LOG_FIRST];
    let rest = log1p(m.scale(j / STEPS).add(Pair::of(-1.0)));
    (rest.add(step.neg()), false)
}
