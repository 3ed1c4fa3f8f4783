//! The programs of logarithms, by 2 atanh.

use super::Level;
use super::making::Making;
use super::program::{At, Program, Step};
use super::table::{Row, coefficients, parts_of_ln_2, whole};
use crate::format::Format;

/// log(1 + f)
fn log_of_sum(to: &mut Making, row: &Row, f: At) -> At {
    // half of a subnormal f would be rounded
    let (one, half) = (to.constant(1.0), to.constant(0.5));
    let halved = to.mul(half, f);
    let below = to.add(one, halved);
    let u = to.div(f, below);
    to.named(u, "u");
    two_atanh_of(to, row, u, 1.0)
}

/// 2 atanh(u/2) = u + u³·P(u²), of u = by·s, with the powers of `by` in the coefficients.
fn two_atanh_of(to: &mut Making, row: &Row, s: At, by: f64) -> At {
    let (_, mut coefficients) = coefficients(row.two_atanh.0, row.two_atanh.1);
    let mut scale = 1.0;
    for value in &mut coefficients {
        scale *= by * by;
        *value *= scale;
    }
    let w = to.mul(s, s);
    to.named(w, "w");
    if row.bounds[1].relative > 1000.0 {
        // the error of P is all that counts, and this saves an operation
        let all: Vec<f64> = std::iter::once(by).chain(coefficients.iter().map(|value| by * value)).collect();
        let p = to.polynomial(w, &all);
        return to.mul(s, p);
    }
    let p = to.polynomial(w, &coefficients);
    let u = if by == 1.0 {
        s
    } else {
        let twice = to.add(s, s);
        to.named(twice, "twice")
    };
    let cube = to.mul(u, w);
    let p = to.mul(cube, p);
    to.add(u, p)
}

pub fn two_atanh(row: &Row) -> Program {
    let mut to = Making::new(row.float);
    let s = to.argument(0);
    two_atanh_of(&mut to, row, s, 2.0);
    let about = "ln((1 + s)/(1 - s)) for |s| <= 1/3".to_string();
    to.finish("two_atanh", about, &["s"], row.bounds[1])
}

/// a = 2^k·m, for a normal a > 0: k, what holds 0 and −k as exponents are held, and m.
fn parted(to: &mut Making, row: &Row, a: At) -> [At; 4] {
    let biased = to.step(Step::Exponent(a));
    to.named(biased, "biased");
    let bias = to.constant(row.float.bias());
    let k = to.sub(biased, bias);
    let magic = to.constant(row.float.magic);
    let back = to.sub(magic, k);
    to.named(back, "back");
    let m = to.step(Step::Shifted(a, back));
    [k, magic, back, to.named(m, "m")]
}

/// log(2^k·(1 + f)) but for k times the leading part of ln 2, which comes first.
fn log_with_exponent(to: &mut Making, row: &Row, k: At, f: At) -> [At; 2] {
    let log = log_of_sum(to, row, f);
    let [high, low] = parts_of_ln_2(to);
    let low = to.mul(k, low);
    let rest = to.add(low, log);
    [high, to.named(rest, "log")]
}

pub fn ln_1p(row: &Row) -> Program {
    let mut to = Making::new(row.float);
    let t = to.argument(0);
    let one = to.constant(1.0);
    let s = to.add(one, t);
    to.named(s, "s");
    // what the sum lost, exactly (Knuth)
    let v = to.sub(s, one);
    to.named(v, "v");
    let kept = to.sub(s, v);
    let of_one = to.sub(one, kept);
    let of_t = to.sub(t, v);
    let lost = to.add(of_one, of_t);
    to.named(lost, "lost");
    let [k, magic, back, m] = parted(&mut to, row, s);
    to.named(k, "k");
    let over = to.sub(m, one);
    let power = to.step(Step::Power(back, magic));
    to.named(power, "scale");
    let lost = to.mul(lost, power);
    let f = to.add(over, lost);
    to.named(f, "f");
    let [high, near] = log_with_exponent(&mut to, row, k, f);
    // an infinite t has no mantissa
    let rest = to.step(Step::Below(t, f64::INFINITY, near, t));
    to.named(rest, "rest");
    let high = to.mul(k, high);
    to.add(high, rest);
    to.finish("ln_1p", "ln(1 + t) for t > -1".to_string(), &["t"], row.bounds[2])
}

/// Below it a float of the program may be subnormal; a power of two then lifts it.
pub fn lift(format: Format) -> (f64, i32) {
    match format {
        Format::F32 => (2f64.powi(-100), 25),
        Format::F64 => (2f64.powi(-960), 54),
    }
}

/// log(p) for p in [0, 1] with q = 1 − p: p = 2^k·(1 + f), and where k = 0 it is f = −q, in which nothing cancelled.
pub fn ln(level: Level, row: &Row) -> Program {
    let mut to = Making::new(row.float);
    let (p, q) = (to.argument(0), to.argument(1));
    let (zero, one) = (to.constant(0.0), to.constant(1.0));
    let (least, lift) = lift(row.float.format);
    let near = if whole(level) {
        let by = to.constant(2f64.powi(lift));
        let lifted = to.mul(p, by);
        let near = to.step(Step::Below(p, least, lifted, p));
        to.named(near, "near")
    } else {
        p
    };
    let [mut k, _, _, m] = parted(&mut to, row, near);
    if whole(level) {
        let lift = to.constant(f64::from(lift));
        let lift = to.step(Step::Below(p, least, lift, zero));
        to.named(lift, "lift");
        k = to.sub(k, lift);
    }
    to.named(k, "k");
    let over = to.sub(m, one);
    let minus = to.sub(zero, q);
    let turn = row.float.format.round(std::f64::consts::FRAC_1_SQRT_2);
    let f = to.step(Step::Below(p, turn, over, minus));
    to.named(f, "f");
    let [high, rest] = log_with_exponent(&mut to, row, k, f);
    let (high, none) = (to.mul(k, high), to.constant(f64::NEG_INFINITY));
    let high = to.step(Step::Below(p, row.float.format.least(), none, high));
    to.named(high, "high");
    to.add(high, rest);
    to.finish("ln", "ln(x) for x in [0, 1], given r = 1 - x".to_string(), &["x", "r"], row.bounds[4])
}
