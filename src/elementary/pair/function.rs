//! e^a and log(1 + t) of pairs.

use super::Part;
use super::arithmetic::{ETA, guarded, lowered, tails};
use crate::elementary::making::Making;
use crate::elementary::program::{At, Bound, F64, Program, Step};
use crate::elementary::table;

/// A row of Sollya's output: its error, and its numbers.
pub(super) fn row(name: &str) -> (f64, Vec<f64>) {
    let mut lines = include_str!("coefficients.txt").lines();
    let row = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).expect("a row of the table");
    let mut words = row.split(' ');
    let error = words.next().and_then(|text| text.parse().ok()).expect("an error");
    (error, words.map(table::dyadic).collect())
}

/// Pairs of a row's numbers.
pub(super) fn pairs(numbers: &[f64]) -> Vec<[f64; 2]> {
    numbers.chunks(2).map(|pair| [pair[0], pair[1]]).collect()
}

/// How many coefficients of e^r and of 2 atanh are pairs, behind those that are fixed.
pub(super) const EXP_PAIRS: usize = 6;
pub(super) const ATANH_PAIRS: usize = 4;

fn constants(to: &mut Making, pair: [f64; 2]) -> [At; 2] {
    pair.map(|part| to.constant(part))
}

fn named(to: &mut Making, pair: [At; 2], hi: &'static str, lo: &'static str) -> [At; 2] {
    [to.named(pair[0], hi), to.named(pair[1], lo)]
}

/// The polynomial in r whose first coefficients are pairs, the constant first: the tail in floats, a step that adds it to
/// the last pair, Horner's steps on pairs from there.
fn polynomial(to: &mut Making, r: [At; 2], pairs: &[[f64; 2]], tail: &[f64]) -> [At; 2] {
    const NAMES: [[&str; 2]; 8] = [
        ["s0", "s0_lo"],
        ["s1", "s1_lo"],
        ["s2", "s2_lo"],
        ["s3", "s3_lo"],
        ["s4", "s4_lo"],
        ["s5", "s5_lo"],
        ["s6", "s6_lo"],
        ["s7", "s7_lo"],
    ];
    let tail = to.polynomial(r[0], tail);
    let more = to.mul(r[0], tail);
    to.named(more, "more");
    let last = pairs.len() - 1;
    let [c, c_lo] = constants(to, pairs[last]);
    let [s, s_lo] = to.call(Part::FastTwoSum, &[c, more]);
    named(to, [s, s_lo], NAMES[last][0], "e");
    let lo = to.add(s_lo, c_lo);
    let mut sum = [s, to.named(lo, NAMES[last][1])];
    for place in (0..last).rev() {
        let [c, c_lo] = constants(to, pairs[place]);
        sum = to.call(Part::Horner, &[sum[0], sum[1], r[0], r[1], c, c_lo]);
        named(to, sum, NAMES[place][0], NAMES[place][1]);
    }
    sum
}

/// `if x < cut { one } else { next }` from the last cut on: values between cuts.
fn choice(to: &mut Making, x: At, cuts: &[f64], values: &[f64], name: &'static str) -> At {
    let mut chosen = to.constant(values[values.len() - 1]);
    for (cut, value) in cuts.iter().zip(values).rev() {
        let value = to.constant(*value);
        chosen = to.step(Step::Below(x, *cut, value, chosen));
    }
    to.named(chosen, name)
}

/// e^a, or e^-a for a ≥ 0 where `minus`.
pub(super) fn exp(minus: bool) -> Program {
    let mut to = Making::new(F64);
    let (mut x, mut x_lo) = (to.argument(0), to.argument(1));
    if minus {
        let zero = to.constant(0.0);
        (x, x_lo) = (to.sub(zero, x), to.sub(zero, x_lo));
    }
    let mut cut = to.step(Step::AtLeast(x, -746.0));
    if !minus {
        cut = to.step(Step::AtMost(cut, 710.0));
    }
    to.named(cut, "x");
    // what is cut has no low part: that of a large x is large
    let zero = to.constant(0.0);
    let mut kept = to.step(Step::Below(x, -746.0, zero, x_lo));
    if !minus {
        to.named(kept, "above_least");
        kept = to.step(Step::Below(x, 710.0, kept, zero));
    }
    let x_lo = to.named(kept, "x_lo");
    // x log2 e = k + j/8 + a rest
    let scale = to.constant(row("log2e").1[0]);
    let u = to.mul(cut, scale);
    to.named(u, "u");
    let magic = to.constant(F64.magic);
    let k = to.add(u, magic);
    to.named(k, "k");
    let whole = to.sub(k, magic);
    to.named(whole, "whole");
    let eight = to.constant(8.0);
    let rest = to.sub(u, whole);
    let rest = to.mul(rest, eight);
    let rounded = to.add(rest, magic);
    let j = to.sub(rounded, magic);
    to.named(j, "j");
    let whole = to.mul(whole, eight);
    let n = to.add(whole, j);
    to.named(n, "n");
    // r = x − n·ln 2/8, whose first two parts are exact
    let parts = row("eighth_of_ln2").1;
    let [c1, c2, c3] = [parts[0], parts[1], parts[2]].map(|part| {
        let part = to.constant(part);
        to.mul(n, part)
    });
    let near = to.sub(cut, c1);
    let [d, d_lo] = to.call(Part::TwoDifference, &[near, c2]);
    named(&mut to, [d, d_lo], "d", "d_lo");
    let low = to.sub(x_lo, c3);
    let low = to.add(d_lo, low);
    let r = to.call(Part::TwoSum, &[d, low]);
    named(&mut to, r, "r", "r_lo");
    let numbers = row("exp").1;
    let mut coefficients = vec![[1.0, 0.0], [1.0, 0.0]];
    coefficients.extend(pairs(&numbers[..2 * EXP_PAIRS]));
    let sum = polynomial(&mut to, r, &coefficients, &numbers[2 * EXP_PAIRS..]);
    // times 2^(j/8)
    let table = row("eighths").1;
    let cuts: Vec<f64> = (-4..4).map(|j| f64::from(j) + 0.5).collect();
    let [high, low]: [Vec<f64>; 2] = [0, 1].map(|part| pairs(&table).iter().map(|pair| pair[part]).collect());
    let power = [choice(&mut to, j, &cuts, &high, "t"), choice(&mut to, j, &cuts, &low, "t_lo")];
    let [p, e] = to.call(Part::TwoProduct, &[sum[0], power[0]]);
    named(&mut to, [p, e], "p", "e");
    let tails = tails(&mut to, sum, power);
    let e = to.add(e, tails);
    let [hi, lo] = to.call(Part::FastTwoSum, &[p, e]);
    named(&mut to, [hi, lo], "hi", "lo");
    // times 2^k in two steps, so that a subnormal result is rounded once
    let mut near = to.step(Step::AtLeast(k, F64.magic - 1000.0));
    if !minus {
        near = to.step(Step::AtMost(near, F64.magic + 1000.0));
    }
    to.named(near, "near_k");
    let power = to.step(Step::Power(near, magic));
    to.named(power, "most");
    let rest = to.step(Step::Power(k, near));
    to.named(rest, "rest");
    let back = to.step(Step::Power(magic, near));
    to.named(back, "back");
    let rest_back = to.step(Step::Power(near, k));
    to.named(rest_back, "rest_back");
    to.named(rest, "rest");
    let mut result = lowered(&mut to, [hi, lo], &[rest, power], &[back, rest_back]);
    if !minus {
        let plain = to.mul(hi, rest);
        let plain = to.mul(plain, power);
        result = guarded(&mut to, result, plain);
    }
    let (name, about) = if minus { ("pair_exp_minus", "e^-a for a >= 0") } else { ("pair_exp", "e^a") };
    let bound = Bound { relative: 41.0, slope: 2.1, absolute: ETA };
    to.finish_pair(name, about.into(), &["a", "a_lo"], result, bound)
}

pub(super) fn ln_1p() -> Program {
    let mut to = Making::new(F64);
    let (t, t_lo) = (to.argument(0), to.argument(1));
    let one = to.constant(1.0);
    // d = 1 + t
    let [d, e] = to.call(Part::TwoSum, &[one, t]);
    named(&mut to, [d, e], "s", "s_lo");
    let low = to.add(e, t_lo);
    let d = to.call(Part::FastTwoSum, &[d, low]);
    named(&mut to, d, "d", "d_lo");
    let [hi, lo] = logarithm(&mut to, d, [t, t_lo], (d[0], None));
    // an infinite t has no mantissa
    let zero = to.constant(0.0);
    let result = [to.step(Step::Below(t, f64::INFINITY, hi, t)), to.step(Step::Below(t, f64::INFINITY, lo, zero))];
    to.finish_pair("pair_ln_1p", "log(1 + t) for t > -1".into(), &["t", "t_lo"], result, LOGARITHM)
}

pub(super) fn ln() -> Program {
    let mut to = Making::new(F64);
    let [p, p_lo, q, q_lo] = [0, 1, 2, 3].map(|place| to.argument(place));
    let zero = to.constant(0.0);
    // so far that the powers of two that the tail is multiplied by are normal
    let (least, lift) = (2f64.powi(-480), 600);
    let by = to.constant(2f64.powi(lift));
    let d = [(p, "d"), (p_lo, "d_lo")].map(|(of, name)| {
        let lifted = to.mul(of, by);
        let d = to.step(Step::Below(p, least, lifted, of));
        to.named(d, name)
    });
    let lift = to.constant(f64::from(lift));
    let lift = to.step(Step::Below(p, least, lift, zero));
    to.named(lift, "lift");
    let minus = [to.sub(zero, q), to.sub(zero, q_lo)];
    let [hi, lo] = logarithm(&mut to, d, minus, (p, Some(lift)));
    let none = to.constant(f64::NEG_INFINITY);
    let nothing = f64::from_bits(1);
    let result = [to.step(Step::Below(p, nothing, none, hi)), to.step(Step::Below(p, nothing, zero, lo))];
    let about = "log(x) for x in [0, 1], given r = 1 - x";
    to.finish_pair("pair_ln", about.into(), &["x", "x_lo", "r", "r_lo"], result, LOGARITHM)
}

/// Of both logarithms.
const LOGARITHM: Bound = Bound { relative: 145.0, slope: 0.0, absolute: ETA };

/// log(d·2^−lift), where d·2^−lift = 1 + t, which is `whole`: with t itself where nothing is reduced.
fn logarithm(to: &mut Making, [d, d_lo]: [At; 2], [t, t_lo]: [At; 2], (whole, lift): (At, Option<At>)) -> [At; 2] {
    let one = to.constant(1.0);
    // d = 2^k·m, and m·c = 1 + g
    let biased = to.step(Step::Exponent(d));
    to.named(biased, "biased");
    let bias = to.constant(F64.bias());
    let k = to.sub(biased, bias);
    to.named(k, if lift.is_some() { "lifted_k" } else { "k" });
    let magic = to.constant(F64.magic);
    let back = to.sub(magic, k);
    to.named(back, "back");
    let m = to.step(Step::Shifted(d, back));
    to.named(m, "m");
    let k = lift.map_or(k, |lift| {
        let k = to.sub(k, lift);
        to.named(k, "k")
    });
    // in two steps, since 2^−1024 is no normal number
    let (far, down) = (to.constant(512.0), to.constant(2f64.powi(-512)));
    let far = to.add(back, far);
    let scale = to.step(Step::Power(far, magic));
    to.named(scale, "scale");
    let m_lo = to.mul(d_lo, down);
    let m_lo = to.mul(m_lo, scale);
    to.named(m_lo, "m_lo");
    let cuts = row("cuts").1;
    let logs = pairs(&row("logs").1);
    let c = choice(to, m, &cuts, &row("factors").1, "c");
    let [l, l_lo] = [("l", 0), ("l_lo", 1)].map(|(name, part)| {
        let values: Vec<f64> = logs.iter().map(|pair| pair[part]).collect();
        choice(to, m, &cuts, &values, name)
    });
    let [p, e] = to.call(Part::TwoProduct, &[m, c]);
    named(to, [p, e], "p", "e");
    let over = to.sub(p, one);
    let low = to.mul(m_lo, c);
    let low = to.add(e, low);
    let [g, g_lo] = to.call(Part::TwoSum, &[over, low]);
    named(to, [g, g_lo], "f", "f_lo");
    // where k = 0 and c = 1 it is t itself, which is not rounded; what was lifted next to 1 is far from it
    let near = [cuts[1], cuts[2]];
    let [g, g_lo] = [(g, t, "g"), (g_lo, t_lo, "g_lo")].map(|(far, own, name)| {
        let below = to.step(Step::Below(whole, near[1], own, far));
        let g = to.step(Step::Below(whole, near[0], far, below));
        to.named(g, name)
    });
    // u = g/(1 + g/2)
    let half = to.constant(0.5);
    let (halved, halved_lo) = (to.mul(half, g), to.mul(half, g_lo));
    let [b, e] = to.call(Part::FastTwoSum, &[one, halved]);
    named(to, [b, e], "b", "b_e");
    let b_lo = to.add(e, halved_lo);
    to.named(b_lo, "b_lo");
    let q = to.div(g, b);
    to.named(q, "q");
    let [p, e] = to.call(Part::TwoProduct, &[q, b]);
    named(to, [p, e], "back_hi", "back_lo");
    let rest = to.sub(g, p);
    let rest = to.sub(rest, e);
    let across = to.mul(q, b_lo);
    let low = to.sub(g_lo, across);
    let rest = to.add(rest, low);
    let q_lo = to.div(rest, b);
    to.named(q_lo, "q_lo");
    let u = [q, q_lo];
    // w = u²; the polynomial's first coefficient, 1, is added as u
    let [w, e] = to.call(Part::TwoProduct, &[q, q]);
    named(to, [w, e], "w", "w_e");
    let cross = to.mul(q, q_lo);
    let twice = to.add(cross, cross);
    let w_lo = to.add(e, twice);
    to.named(w_lo, "w_lo");
    let numbers = row("two_atanh").1;
    let (first, tail) = numbers.split_at(2 * ATANH_PAIRS);
    let s = polynomial(to, [w, w_lo], &pairs(first), tail);
    let mut product = |a: [At; 2], b: [At; 2], names: [&'static str; 2]| {
        let [p, e] = to.call(Part::TwoProduct, &[a[0], b[0]]);
        named(to, [p, e], names[0], "");
        let tails = tails(to, a, b);
        let low = to.add(e, tails);
        [p, to.named(low, names[1])]
    };
    let more = product([w, w_lo], s, ["h", "h_lo"]);
    let more = product(u, more, ["v", "v_lo"]);
    // k ln 2 − log c + u + v, from the greatest on
    let [high, low] = constants(to, [row("ln2").1[0], row("ln2").1[1]]);
    let [y, e] = to.call(Part::TwoProduct, &[k, high]);
    named(to, [y, e], "y", "y_e");
    let low = to.mul(k, low);
    let y_lo = to.add(e, low);
    let [z, z_lo] = to.call(Part::TwoSum, &[y, l]);
    named(to, [z, z_lo], "z", "z_lo");
    let tail = to.add(y_lo, l_lo);
    let tail = to.add(z_lo, tail);
    to.named(tail, "tail");
    let [o, o_lo] = to.call(Part::FastTwoSum, &[q, more[0]]);
    named(to, [o, o_lo], "o", "o_e");
    let log_lo = to.add(q_lo, more[1]);
    let log_lo = to.add(o_lo, log_lo);
    let [z, z_lo] = to.call(Part::TwoSum, &[z, o]);
    named(to, [z, z_lo], "sum", "sum_e");
    let tail = to.add(tail, log_lo);
    let tail = to.add(z_lo, tail);
    let [hi, lo] = to.call(Part::FastTwoSum, &[z, tail]);
    named(to, [hi, lo], "hi", "lo")
}
