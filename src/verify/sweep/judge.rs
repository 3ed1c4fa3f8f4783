//! Results at a block of points × values with a bound of their error → errors, and the points that the bound leaves open.
//!
//! For each result the loop knows its error in ulps up to a margin (larger where the truth may be on either side of a power
//! of two, where units change), and asks where the margin matters: where the error is so close to a step of the histogram
//! (one of them is 1/2 ulp, which tells a right rounding from a wrong one) that it may lie on the other side; and where it
//! may be the largest so far. What is asked is judged by the filter and by arbitrary precision. All else is exact in what it
//! is counted as.
//!
//! A truth within 2^−78 of a float of 53 digits counts as that float, here and where the judge is asked ([`PINNED`]): the
//! judge knows 80 bits, and so cannot tell on which side of a tie of f32 such a truth lies.

use super::BLOCK;
use super::tally::STEPS;

/// 2^−126 and 2^23: the least normal number of f32, and units in the last place per binade.
const NORMAL: f64 = f32::MIN_POSITIVE as f64;
const UNITS: f64 = (1u32 << 23) as f64;
/// Truths from here on may be beyond f32.
const LARGE: f64 = 3.4e38;
/// Below this error no point can be the largest that matters: it is taken as it is, up to its margin.
const SMALL: f64 = 0.25;
/// What a computed error may be off by for the loop's own roundings, relative.
const OWN: f64 = 1.0 / (1u64 << 48) as f64;
/// Below this size of T its bound is no longer relative.
const TINY: f64 = 1e-250;

/// A truth that is this close to a value counts as the value, relative: four times what the judge may be off by, so that
/// what is pinned here, within half of it, is pinned by the judge as well.
pub(super) const PINNED: f64 = 1.0 / (1u128 << 78) as f64;

/// Values without a sign and the sign of all, and what the truth is off by.
#[derive(Clone, Copy)]
pub(super) struct Near<'a> {
    /// One for each point, or one for all.
    pub values: &'a [f64],
    /// The sign of all.
    pub sign: f64,
    /// The truth is within `relative·|v| + absolute` of the value v.
    pub relative: f64,
    /// See `relative`.
    pub absolute: f64,
}

impl Near<'_> {
    /// Is every truth so close to its value that it counts as the value?
    fn is_pinned(&self) -> bool {
        let least = || self.values.iter().fold(f64::INFINITY, |least, value| value.abs().min(least));
        self.relative <= PINNED / 4.0 && self.absolute <= PINNED / 4.0 * least()
    }
}

/// What the loop writes.
pub(super) struct Errors {
    /// The errors, in ulps.
    pub errors: [f64; BLOCK],
    /// 1 where the judge is asked, else 0; what is asked is 0 in all others.
    pub asked: [f64; BLOCK],
    /// 1 where the result is the rounded truth, else 0.
    pub right: [f64; BLOCK],
    /// Upper ends of errors below `SMALL`.
    pub upper: [f64; BLOCK],
}

impl Errors {
    pub fn new() -> Errors {
        let zeros = [0.0; BLOCK];
        Errors { errors: zeros, asked: zeros, right: zeros, upper: zeros }
    }
}

/// A pair of places to write to.
type To<'a> = (&'a mut f64, &'a mut f64);

/// What is asked counts for nothing here: neither error nor rounding.
#[inline(always)]
fn write(settled: bool, error: f64, margin: f64, rounded: bool, (to, asked): To, (right, upper): To) {
    *to = if settled { error } else { 0.0 };
    *asked = if settled { 0.0 } else { 1.0 };
    *right = if settled & rounded { 1.0 } else { 0.0 };
    *upper = if settled { error + margin } else { 0.0 };
}

/// 2^⌊log2 v⌋ for a normal v.
#[inline(always)]
fn binade(v: f64) -> f64 {
    f64::from_bits(v.to_bits() & 0x7ff0_0000_0000_0000)
}

/// The distance to the nearest step of the histogram but 0; in units of steps.
#[inline(always)]
fn from_step(error: f64) -> f64 {
    // beyond 2^40 an error is certain to be in the last bin
    const ROUNDER: f64 = 6_755_399_441_055_744.0;
    let in_steps = (error * STEPS as f64).min(1e12);
    let nearest = (in_steps + ROUNDER) - ROUNDER;
    let nearest = if nearest < 1.0 { 1.0 } else { nearest };
    (in_steps - nearest).abs()
}

/// What the loop needs of one point: error in ulps, its margin, by how much it may be less besides, and whether the truth is certain to be in the range of f32.
#[inline(always)]
fn error(result: f64, value: f64, near: &Near) -> (f64, f64, f64, bool) {
    let size = value.abs();
    let off = near.relative * size + near.absolute;
    let (lower, upper) = ((size - off).max(NORMAL), (size + off).max(NORMAL));
    let power = binade(lower);
    // 1/power, exactly
    let per_unit = f64::from_bits(0x7fe0_0000_0000_0000 - power.to_bits()) * UNITS;
    let error = (result - near.sign * value).abs() * per_unit;
    // in the binade above the same distance is half as many units
    let binade_off = if power == binade(upper) { 0.0 } else { error * 0.5 };
    (error, off * per_unit + error * OWN, binade_off, upper < LARGE)
}

/// Errors of results in ulps. `least` is the largest error so far.
pub(super) fn errors(results: &[f64], near: &Near, least: f64, to: &mut Errors) {
    if near.is_pinned() {
        return errors_at(results, near, least, to);
    }
    let places = to.errors.iter_mut().zip(&mut to.asked).zip(to.right.iter_mut().zip(&mut to.upper));
    let one = |result: f64, value: f64, ((to, asked), (right, upper)): (To, To)| {
        let (error, margin, below, inside) = error(result, value, near);
        let settled =
            inside & (from_step(error) > (margin + below) * STEPS as f64) & (error + margin < least.max(SMALL));
        write(settled, error, margin, error < 0.5, (to, asked), (right, upper));
    };
    each(results, near.values, places, one);
}

/// Errors of results where values are the truths.
fn errors_at(results: &[f64], near: &Near, least: f64, to: &mut Errors) {
    let places = to.errors.iter_mut().zip(&mut to.asked).zip(to.right.iter_mut().zip(&mut to.upper));
    let one = |result: f64, value: f64, ((to, asked), (right, upper)): (To, To)| {
        let (error, margin, _, inside) = error(result, value, near);
        // just below a power of two units are half as large
        let unit = (error == 0.0) | (binade(value.abs()) != value.abs());
        // what is below PINNED is lost in any other error
        let margin = if error == 0.0 { margin * 2.0 } else { 0.0 };
        let even = (result as f32).to_bits() & 1 == 0;
        let settled = inside & unit & (error <= least.max(SMALL));
        write(settled, error, margin, (error < 0.5) | (error == 0.5) & even, (to, asked), (right, upper));
    };
    each(results, near.values, places, one);
}

/// Errors of results in ulps of the sum T of absolute terms; rounding right is told by the plain error.
pub(super) fn errors_of_terms(results: &[f64], near: &Near, terms: &Near, least: f64, to: &mut Errors) {
    let places = to.errors.iter_mut().zip(&mut to.asked).zip(to.right.iter_mut().zip(&mut to.upper));
    let results = results.iter().zip(every(terms.values, results.len()));
    let values = every(near.values, BLOCK);
    for (((&result, total), value), ((to, asked), (right, upper))) in results.zip(values).zip(places) {
        let (plain, margin, below, inside) = error(result, value, near);
        let rounding = from_step(plain) > (margin + below) * STEPS as f64;
        // |v|/T, at most 1
        let (size, total) = (value.abs(), total.abs());
        let off = near.relative * size + near.absolute;
        let total_off = terms.relative + terms.absolute / total;
        let known = (total > TINY) & (total_off < 0.25);
        let share = if known { size / total } else { 1.0 };
        // with e for `total_off`: |V/T − v/t| ≤ (|V − v| + |v|e)/(t(1 − e)), and 1/(1 − e) ≤ 1 + 2e
        let share_off = if known { (off + size * total_off) * (1.0 + 2.0 * total_off) / total } else { 0.0 };
        let error = plain * share;
        let margin = (plain + margin) * (share + share_off) - error + error * OWN;
        // where T is not known, the share may be anything up to 1
        let settled = inside
            & rounding
            & (from_step(error) > (margin + below * share) * STEPS as f64)
            & (error + margin < least.max(SMALL))
            & (known | (plain < SMALL / 4.0));
        write(settled, error, margin, plain < 0.5, (to, asked), (right, upper));
    }
}

/// Every value; one counts for all.
fn every(values: &[f64], length: usize) -> impl Iterator<Item = f64> {
    let one = values.len() == 1;
    (0..length).map(move |place| values[if one { 0 } else { place }])
}

/// The loop over points; one value counts for all.
#[inline(always)]
fn each<P>(results: &[f64], values: &[f64], places: impl Iterator<Item = P>, one: impl Fn(f64, f64, P)) {
    match values {
        &[value] => results.iter().zip(places).for_each(|(&result, place)| one(result, value, place)),
        values => {
            results.iter().zip(values).zip(places).for_each(|((&result, &value), place)| one(result, value, place))
        }
    }
}
