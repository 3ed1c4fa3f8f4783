//! The programs of each level, with their bounds.

use super::halves::halves;
use super::logarithm::{ln, ln_1p, two_atanh};
use super::making::Making;
use super::program::{At, Bound, F32, F64, Float, Program, Step};
use super::root::sqrt;
use super::{Level, Set};
use crate::format::Format;

/// A level in numbers.
pub struct Row {
    /// What it computes in.
    pub float: Float,
    /// Name and degree of the polynomial of exp.
    pub exp: (&'static str, usize),
    /// Name and degree of the polynomial of two_atanh.
    pub two_atanh: (&'static str, usize),
    /// Where exp is cut.
    pub cut: [f64; 2],
    /// Bounds of exp, two_atanh, ln_1p, sqrt and ln.
    pub bounds: [Bound; 5],
    /// Bound of exp of a pair.
    pub pair: Bound,
    /// The relative bound of ln far from 1.
    pub far: f64,
}

impl Row {
    /// The bounds where products are fused with sums: those without, but the square of a root is not rounded.
    fn fused(&self) -> [Bound; 5] {
        let [exp, two_atanh, ln_1p, sqrt, ln] = self.bounds;
        [exp, two_atanh, ln_1p, bound(sqrt.relative.min(1.1), 0.0, 0.0), ln]
    }
}

const fn bound(relative: f64, slope: f64, absolute: f64) -> Bound {
    Bound { relative, slope, absolute }
}

/// Where exp is cut for results in f32: e^−700 is nothing to them, and e^700 is infinite.
const FAR: [f64; 2] = [-700.0, 700.0];

fn row(level: Level) -> Row {
    let sqrt = bound(1.6, 0.0, 0.0);
    match level {
        Level::Low => Row {
            float: F64,
            exp: ("exp2", 8),
            two_atanh: ("two_atanh", 6),
            cut: FAR,
            bounds: [
                bound(7600.0, 1.13, 1e-303),
                bound(25250.0, 0.0, 0.0),
                bound(36600.0, 0.0, 0.0),
                sqrt,
                bound(36600.0, 0.0, 0.0),
            ],
            pair: bound(7600.0, 1.13, 1e-303),
            far: 3050.0,
        },
        Level::Middle => Row {
            float: F64,
            exp: ("exp2", 9),
            two_atanh: ("two_atanh", 8),
            cut: FAR,
            bounds: [
                bound(147.0, 1.13, 1e-303),
                bound(19.3, 0.0, 0.0),
                bound(30.0, 0.0, 0.0),
                sqrt,
                bound(30.0, 0.0, 0.0),
            ],
            pair: bound(147.0, 1.13, 1e-303),
            far: 4.0,
        },
        Level::Full => Row {
            float: F64,
            exp: ("exp", 11),
            two_atanh: ("two_atanh", 9),
            cut: [-746.0, 710.0],
            bounds: [bound(1.65, 0.0, 5e-324), bound(1.6, 0.0, 0.0), bound(5.8, 0.0, 0.0), sqrt, bound(4.6, 0.0, 0.0)],
            pair: bound(1.65, 0.0, 5e-324),
            far: 1.8,
        },
        Level::Double => {
            let full = row(Level::Full);
            let [_, two_atanh, ln_1p, _, ln] = full.bounds;
            let bounds = [bound(1.12, 0.0, 5e-324), two_atanh, ln_1p, bound(1.03, 0.0, 0.0), ln];
            Row { bounds, ..full }
        }
        Level::Single => Row {
            float: F32,
            exp: ("exp_f32", 6),
            two_atanh: ("two_atanh_f32", 4),
            cut: [-104.0, 89.0],
            bounds: [
                bound(1.6, 0.0, 7.1e-46),
                bound(1.17, 0.0, 0.0),
                bound(5.15, 0.0, 0.0),
                sqrt,
                bound(4.4, 0.0, 0.0),
            ],
            pair: bound(1.6, 0.0, 7.1e-46),
            far: 1.8,
        },
        Level::Pair => unreachable!("made of parts, not of a row"),
    }
}

/// The coefficients of a row of Sollya's output.
pub fn coefficients(name: &str, degree: usize) -> (f64, Vec<f64>) {
    let key = [name, &degree.to_string()];
    let line = include_str!("coefficients.txt").lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let row = line.into_iter().find(|row| row[..2] == key).expect("a row of the table");
    (row[2].parse().expect("an error"), row[3..].iter().map(|text| dyadic(text)).collect())
}

/// `mbe` stands for m·2^e.
pub fn dyadic(text: &str) -> f64 {
    let (mantissa, exponent) = text.split_once('b').unwrap_or((text, "0"));
    let mantissa: f64 = mantissa.parse().expect("a mantissa");
    mantissa * 2f64.powi(exponent.parse().expect("an exponent"))
}

/// Every program of a level, with products fused with sums or not.
pub fn set(level: Level, fused: bool) -> Set {
    let row = row(level);
    let with = |program: Program, place: usize| if fused { program.fused(row.fused()[place]) } else { program };
    let named = [("exp", Exponential::Both), ("exp_minus", Exponential::Minus), ("exp_pair", Exponential::Pair)];
    let [whole, minus, pair] = named.map(|(name, signs)| {
        let program = exp(level, &row, name, signs);
        let bound = program.bound;
        if fused { program.fused(bound) } else { program }
    });
    let each = [&whole, &minus, &pair].into_iter().zip(EXPONENTIALS);
    Set {
        halves: each.map(|(program, of)| halves(program, of)).collect(),
        exp: whole,
        exp_minus: minus,
        exp_pair: pair,
        two_atanh: Some(with(two_atanh(&row), 1)),
        ln_1p: with(ln_1p(&row), 2),
        sqrt: with(sqrt(level, &row), 3),
        ln: with(ln(level, &row), 4),
        ln_far: row.far,
    }
}

/// What an exponential is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exponential {
    /// e^x
    Both,
    /// e^−a for a ≥ 0
    Minus,
    /// e^(hi + lo)
    Pair,
}

/// All of them, in order.
pub const EXPONENTIALS: [Exponential; 3] = [Exponential::Both, Exponential::Minus, Exponential::Pair];

/// Are results right down to the last subnormal?
pub fn whole(level: Level) -> bool {
    matches!(level, Level::Full | Level::Double | Level::Single)
}

fn exp(level: Level, row: &Row, name: &'static str, signs: Exponential) -> Program {
    let mut to = Making::new(row.float);
    let full = whole(level);
    let x = to.argument(0);
    let lo = (signs == Exponential::Pair).then(|| to.argument(1));
    let [least, most] = row.cut;
    let cut = if signs == Exponential::Minus {
        let cut = to.step(Step::AtMost(x, -least));
        to.named(cut, "a")
    } else {
        let cut = to.step(Step::AtLeast(x, least));
        let cut = to.step(Step::AtMost(cut, most));
        to.named(cut, "x")
    };
    let last =
        if full { divided(&mut to, (level, row), cut, lo, signs) } else { doubled(&mut to, row, cut, lo, signs) };
    to.named(last, "");
    let (about, arguments): (&str, &'static [&'static str]) = match signs {
        Exponential::Both => ("e^x", &["x"]),
        Exponential::Minus => ("e^-a for a >= 0", &["a"]),
        Exponential::Pair => ("e^(hi + lo)", &["hi", "lo"]),
    };
    let about = if full {
        about.to_string()
    } else if signs == Exponential::Minus {
        format!("{about}; a is cut at {}", -least)
    } else {
        format!("{about}; cut at {least} and {most}")
    };
    to.finish(name, about, arguments, if signs == Exponential::Pair { row.pair } else { row.bounds[0] })
}

/// log2(e), with the sign that the argument has in the exponent.
fn log2_e(to: &mut Making, signs: Exponential) -> At {
    to.constant(if signs == Exponential::Minus { -std::f64::consts::LOG2_E } else { std::f64::consts::LOG2_E })
}

/// 2^(x log2 e): one product is off by x times 1.5 u, which results in f32 do not see.
fn doubled(to: &mut Making, row: &Row, x: At, lo: Option<At>, signs: Exponential) -> At {
    let (_, coefficients) = coefficients(row.exp.0, row.exp.1);
    let scale = log2_e(to, signs);
    let u = to.mul(x, scale);
    to.named(u, "u");
    let magic = to.constant(to.float().magic);
    let k = to.add(u, magic);
    to.named(k, "k");
    let whole = to.sub(k, magic);
    let mut r = to.sub(u, whole);
    if let Some(lo) = lo {
        let scaled = to.mul(lo, scale);
        r = to.add(r, scaled);
    }
    to.named(r, "r");
    let all: Vec<f64> = std::iter::once(1.0).chain(coefficients).collect();
    let p = to.polynomial(r, &all);
    to.step(Step::Shifted(p, k))
}

/// ln 2 to so many bits that k ln 2 is exact, and the rest: 33 bits in f64, 15 in f32.
pub fn ln_2(format: Format) -> [f64; 2] {
    match format {
        Format::F32 => [0.693145751953125, 1.428606765330187e-6],
        Format::F64 => [0.6931471803691238, 1.9082149292705877e-10],
    }
}

pub fn parts_of_ln_2(to: &mut Making) -> [At; 2] {
    ln_2(to.float().format).map(|part| to.constant(part))
}

/// e^(x − k ln 2) in two parts, times 2^k in two steps, so that a subnormal result is rounded once: for e^−a
/// times 2^(k + lift), which is normal, and then times 2^−lift.
fn divided(to: &mut Making, (level, row): (Level, &Row), x: At, lo: Option<At>, signs: Exponential) -> At {
    let (_, mut coefficients) = coefficients(row.exp.0, row.exp.1);
    let minus = signs == Exponential::Minus;
    if minus {
        // of what is left of a, which is negated
        coefficients.iter_mut().skip(1).step_by(2).for_each(|value| *value = -*value);
    }
    let scale = log2_e(to, signs);
    let u = to.mul(x, scale);
    let single = to.float().format == Format::F32;
    let lift = if minus { if single { 64 } else { 512 } } else { 0 };
    let magic = to.constant(to.float().magic + f64::from(lift));
    let k = to.add(u, magic);
    to.named(k, "k");
    let n = to.sub(k, magic);
    to.named(n, "n");
    let [high, low] = parts_of_ln_2(to);
    let high = to.mul(n, high);
    let low = to.mul(n, low);
    let near = if minus { to.add(x, high) } else { to.sub(x, high) };
    let p = if level == Level::Double && lo.is_none() {
        in_parts(to, &coefficients, [near, low], minus)
    } else {
        let r = match lo {
            _ if minus => to.add(near, low),
            Some(lo) => {
                let low = to.sub(low, lo);
                to.sub(near, low)
            }
            None => to.sub(near, low),
        };
        to.named(r, "r");
        let square = to.mul(r, r);
        let p = to.polynomial(r, &coefficients);
        let p = to.mul(square, p);
        let p = if minus { to.sub(p, r) } else { to.add(r, p) };
        let one = to.constant(1.0);
        to.add(one, p)
    };
    to.named(p, "e");
    if minus {
        let lifted = to.step(Step::Shifted(p, k));
        to.named(lifted, "lifted");
        let back = to.constant(2f64.powi(-lift));
        return to.mul(lifted, back);
    }
    // so far 2^k and what it is multiplied by are normal
    let reach = if single { 120.0 } else { 1000.0 };
    let near = to.step(Step::AtLeast(k, to.float().magic - reach));
    let near = to.step(Step::AtMost(near, to.float().magic + reach));
    to.named(near, "near");
    let shifted = to.step(Step::Shifted(p, near));
    to.named(shifted, "m");
    let rest = to.step(Step::Power(k, near));
    to.named(rest, "rest");
    to.mul(shifted, rest)
}

/// The exponential of r − low, or of −r − low where `minus`, for an r that lost nothing and a low that is far below it: what
/// 1 ± r loses is kept, and added with what is small.
fn in_parts(to: &mut Making, coefficients: &[f64], [r, low]: [At; 2], minus: bool) -> At {
    to.named(r, "r");
    to.named(low, "low");
    let whole = if minus { to.add(r, low) } else { to.sub(r, low) };
    to.named(whole, "x");
    let square = to.mul(whole, whole);
    to.named(square, "square");
    let beyond = to.polynomial(whole, &coefficients[1..]);
    let beyond = to.mul(whole, beyond);
    let first = to.constant(coefficients[0]);
    let p = to.add(first, beyond);
    let curved = to.mul(square, p);
    let one = to.constant(1.0);
    // exactly, for |r| < 1 (Dekker)
    let [s, lost] = if minus {
        let s = to.sub(one, r);
        let kept = to.sub(one, s);
        [s, to.sub(kept, r)]
    } else {
        let s = to.add(one, r);
        let kept = to.sub(s, one);
        [s, to.sub(r, kept)]
    };
    to.named(s, "s");
    to.named(lost, "lost");
    let small = to.sub(curved, low);
    let small = to.add(lost, small);
    to.add(s, small)
}
