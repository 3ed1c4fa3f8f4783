//! Sums, products, quotients and roots of pairs.

use super::Part;
use crate::elementary::fuse::Fused;
use crate::elementary::making::Making;
use crate::elementary::program::{At, Bound, F64, Program, Step};
use crate::elementary::root;

/// Names of two floats, of one pair, and of two.
const FLOATS: &[&str] = &["a", "b"];
const ONE: &[&str] = &["a", "a_lo"];
const TWO: &[&str] = &["a", "a_lo", "b", "b_lo"];
const HORNER: &[&str] = &["a", "a_lo", "r", "r_lo", "c", "c_lo"];

/// The smallest subnormal, η: half of it, but for 2^−50, is lost where a result is subnormal, or its low part.
pub(super) const ETA: f64 = 5e-324;

const fn bound(relative: f64, absolute: f64) -> Bound {
    Bound { relative, slope: 0.0, absolute }
}

fn arguments<const N: usize>(to: &mut Making) -> [At; N] {
    std::array::from_fn(|place| to.argument(place))
}

pub(super) fn two_sum() -> Program {
    let mut to = Making::new(F64);
    let [a, b] = arguments(&mut to);
    let s = to.add(a, b);
    to.named(s, "s");
    let v = to.sub(s, a);
    to.named(v, "v");
    let kept = to.sub(s, v);
    let (of_a, of_b) = (to.sub(a, kept), to.sub(b, v));
    let lost = to.add(of_a, of_b);
    to.finish_pair("two_sum", "a + b exactly (Knuth)".into(), FLOATS, [s, lost], bound(0.0, 0.0))
}

pub(super) fn two_difference() -> Program {
    let mut to = Making::new(F64);
    let [a, b] = arguments(&mut to);
    let s = to.sub(a, b);
    to.named(s, "s");
    let v = to.sub(s, a);
    to.named(v, "v");
    let kept = to.sub(s, v);
    let (of_a, of_b) = (to.sub(a, kept), to.add(b, v));
    let lost = to.sub(of_a, of_b);
    to.finish_pair("two_difference", "a - b exactly (Knuth)".into(), FLOATS, [s, lost], bound(0.0, 0.0))
}

pub(super) fn fast_two_sum() -> Program {
    let mut to = Making::new(F64);
    let [a, b] = arguments(&mut to);
    let s = to.add(a, b);
    to.named(s, "s");
    let kept = to.sub(s, a);
    let lost = to.sub(b, kept);
    to.finish_pair("fast_two_sum", "a + b exactly for |a| >= |b| (Dekker)".into(), FLOATS, [s, lost], bound(0.0, 0.0))
}

/// Of four products three are exact; the one of the trailing digits has up to 54 digits and loses one unit of them, 4u²
/// of the whole. A mask never overflows, as Veltkamp's split does.
pub(super) fn two_product() -> Program {
    let mut to = Making::new(F64);
    let [a, b] = arguments(&mut to);
    let p = to.mul(a, b);
    to.named(p, "p");
    let mut halves = |whole: At, names: [&'static str; 2]| {
        let high = to.step(Step::Leading(whole));
        to.named(high, names[0]);
        let low = to.sub(whole, high);
        [high, to.named(low, names[1])]
    };
    let [a1, a2] = halves(a, ["a1", "a2"]);
    let [b1, b2] = halves(b, ["b1", "b2"]);
    let first = to.mul(a1, b1);
    let rest = to.sub(first, p);
    let across = to.mul(a1, b2);
    let rest = to.add(rest, across);
    let across = to.mul(a2, b1);
    let rest = to.add(rest, across);
    let last = to.mul(a2, b2);
    let rest = to.add(rest, last);
    let about = "a * b (Dekker's product; leading and trailing digits by a mask)".to_string();
    to.finish_pair("two_product", about, FLOATS, [p, rest], bound(4.0, 2.0 * ETA))
}

/// p = a · b, and what that leaves, which is a float where it does not underflow.
pub(super) fn two_product_fused() -> Program {
    let mut to = Making::new(F64);
    let [a, b] = arguments(&mut to);
    let p = to.mul(a, b);
    to.named(p, "p");
    let rest = to.step(Step::Fused(Fused::Less, [a, b, p]));
    let about = "a * b exactly".to_string();
    let program = to.finish_pair("two_product", about, FLOATS, [p, rest], bound(0.0, ETA));
    Program { fused: true, ..program }
}

/// The sum is left as it comes out: lo may be a few u of hi.
pub(super) fn horner() -> Program {
    let mut to = Making::new(F64);
    let [a, a_lo, r, r_lo, c, c_lo] = arguments(&mut to);
    let [p, e] = to.call(Part::TwoProduct, &[a, r]);
    named(&mut to, [p, e], "p", "e");
    let tails = tails(&mut to, [a, a_lo], [r, r_lo]);
    let e = to.add(e, tails);
    let [s, s_lo] = to.call(Part::FastTwoSum, &[c, p]);
    named(&mut to, [s, s_lo], "s", "s_lo");
    let lo = to.add(e, c_lo);
    let lo = to.add(s_lo, lo);
    // it is proved where it is used
    to.finish_pair("horner", "c + a * r, where |c| > |a * r|".into(), HORNER, [s, lo], bound(0.0, 0.0))
}

fn named(to: &mut Making, pair: [At; 2], hi: &'static str, lo: &'static str) {
    to.named(pair[0], hi);
    to.named(pair[1], lo);
}

/// a · b_lo + a_lo · b
pub(super) fn tails(to: &mut Making, a: [At; 2], b: [At; 2]) -> At {
    let (one, other) = (to.mul(a[0], b[1]), to.mul(a[1], b[0]));
    to.add(one, other)
}

/// The pair, but (plain, 0) where its low part is infinite or NaN.
pub(super) fn guarded(to: &mut Making, pair: [At; 2], plain: At) -> [At; 2] {
    let zero = to.constant(0.0);
    let sound = to.mul(pair[1], zero);
    to.named(sound, "sound");
    [to.step(Step::Below(sound, 1.0, pair[0], plain)), to.step(Step::Below(sound, 1.0, pair[1], zero))]
}

/// The pair times 2^−k, where the factors of `down` make 2^−k, the least last, and those of `up` 2^k: what hi loses where it
/// turns subnormal is put back to lo before both are rounded together, so that the result is rounded once.
pub(super) fn lowered(to: &mut Making, [hi, lo]: [At; 2], down: &[At], up: &[At]) -> [At; 2] {
    let times = |to: &mut Making, of: At, by: &[At]| by.iter().fold(of, |product, factor| to.mul(product, *factor));
    let near = times(to, hi, down);
    to.named(near, "near");
    let back = times(to, near, up);
    let lost = to.sub(hi, back);
    let rest = to.add(lost, lo);
    let rest = times(to, rest, down);
    let pair = to.call(Part::FastTwoSum, &[near, rest]);
    named(to, pair, "s", "s_lo");
    pair
}

pub(super) fn sum(minus: bool) -> Program {
    let mut to = Making::new(F64);
    let [a, a_lo, b, b_lo] = arguments(&mut to);
    let exact = if minus { Part::TwoDifference } else { Part::TwoSum };
    let [s, s_lo] = to.call(exact, &[a, b]);
    named(&mut to, [s, s_lo], "s", "s_lo");
    let [t, t_lo] = to.call(exact, &[a_lo, b_lo]);
    named(&mut to, [t, t_lo], "t", "t_lo");
    let c = to.add(s_lo, t);
    let [v, v_lo] = to.call(Part::FastTwoSum, &[s, c]);
    named(&mut to, [v, v_lo], "v", "v_lo");
    let w = to.add(t_lo, v_lo);
    let [hi, lo] = to.call(Part::FastTwoSum, &[v, w]);
    named(&mut to, [hi, lo], "hi", "lo");
    let result = guarded(&mut to, [hi, lo], s);
    let (name, about) = if minus { ("pair_sub", "a - b") } else { ("pair_add", "a + b") };
    to.finish_pair(name, about.into(), TWO, result, bound(3.01, 0.0))
}

/// Squares below this are of numbers whose products and quotients are scaled.
const TINY: f64 = 9.332636185032189e-302; // 2^-1000

/// (2^200, 2^−200) where the last of `tests` or one before it is tiny, else (1, 1).
fn scale(to: &mut Making, tests: &[At]) -> [At; 2] {
    let one = to.constant(1.0);
    ["up", "down"].map(|name| {
        let power = to.constant(2f64.powi(if name == "up" { 200 } else { -200 }));
        let mut factor = one;
        for test in tests {
            let square = to.mul(*test, *test);
            factor = to.step(Step::Below(square, TINY, power, factor));
        }
        to.named(factor, name)
    })
}

pub(super) fn mul() -> Program {
    let mut to = Making::new(F64);
    let [a, a_lo, b, b_lo] = arguments(&mut to);
    let plain = to.mul(a, b);
    to.named(plain, "plain");
    let [up, down] = scale(&mut to, &[plain]);
    let (a, a_lo) = (to.mul(a, up), to.mul(a_lo, up));
    let [p, e] = to.call(Part::TwoProduct, &[a, b]);
    named(&mut to, [p, e], "p", "e");
    let tails = tails(&mut to, [a, a_lo], [b, b_lo]);
    let e = to.add(e, tails);
    let [hi, lo] = to.call(Part::FastTwoSum, &[p, e]);
    named(&mut to, [hi, lo], "hi", "lo");
    let scaled = lowered(&mut to, [hi, lo], &[down], &[up]);
    let result = guarded(&mut to, scaled, plain);
    to.finish_pair("pair_mul", "a * b".into(), TWO, result, bound(11.0, ETA))
}

pub(super) fn div() -> Program {
    let mut to = Making::new(F64);
    let [a, a_lo, b, b_lo] = arguments(&mut to);
    let plain = to.div(a, b);
    to.named(plain, "plain");
    let [up, down] = scale(&mut to, &[a, plain]);
    let (a, a_lo) = (to.mul(a, up), to.mul(a_lo, up));
    to.named(a, "x");
    let q = to.div(a, b);
    to.named(q, "q");
    let [p, e] = to.call(Part::TwoProduct, &[q, b]);
    named(&mut to, [p, e], "p", "e");
    let rest = to.sub(a, p);
    let rest = to.sub(rest, e);
    let across = to.mul(q, b_lo);
    let low = to.sub(a_lo, across);
    let rest = to.add(rest, low);
    let more = to.div(rest, b);
    let [hi, lo] = to.call(Part::FastTwoSum, &[q, more]);
    named(&mut to, [hi, lo], "hi", "lo");
    let scaled = lowered(&mut to, [hi, lo], &[down], &[up]);
    let result = guarded(&mut to, scaled, plain);
    to.finish_pair("pair_div", "a / b".into(), TWO, result, bound(18.0, ETA))
}

pub(super) fn sqrt() -> Program {
    let mut to = Making::new(F64);
    let [a, a_lo] = arguments(&mut to);
    // the square of the root and its low part neither overflow nor underflow
    let mut scale = |tiny: f64, huge: f64, name| {
        let [tiny, one, huge] = [tiny, 1.0, huge].map(|factor| to.constant(factor));
        let factor = to.step(Step::Below(a, 2f64.powi(1000), one, huge));
        let factor = to.step(Step::Below(a, 2f64.powi(-500), tiny, factor));
        to.named(factor, name)
    };
    let up = scale(2f64.powi(200), 2f64.powi(-200), "up");
    let down = scale(2f64.powi(-100), 2f64.powi(100), "down");
    let (x, x_lo) = (to.mul(a, up), to.mul(a_lo, up));
    to.named(x, "x");
    let s = root::root_of(&mut to, x);
    to.named(s, "s");
    let [p, e] = to.call(Part::TwoProduct, &[s, s]);
    named(&mut to, [p, e], "p", "e");
    let rest = to.sub(x, p);
    let rest = to.sub(rest, e);
    let rest = to.add(rest, x_lo);
    let twice = to.add(s, s);
    let more = to.div(rest, twice);
    let [hi, lo] = to.call(Part::FastTwoSum, &[s, more]);
    named(&mut to, [hi, lo], "hi", "lo");
    let scaled = [to.mul(hi, down), to.mul(lo, down)];
    // where the root is 0 or infinite; NaN stays
    let plain = to.step(Step::Below(a, 2f64.powi(-1074), a, s));
    let plain = to.step(Step::Below(a, f64::INFINITY, plain, a));
    to.named(plain, "plain");
    let result = guarded(&mut to, scaled, plain);
    to.finish_pair("pair_sqrt", "the square root of a >= 0".into(), ONE, result, bound(10.5, 0.0))
}
