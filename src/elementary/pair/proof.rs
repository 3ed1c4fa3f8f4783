//! The bounds of e^a and log(1 + t), derived anew: polynomials and tables by exact rationals, rounding errors step by step,
//! and both against the oracle.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Part;
use super::doubt::{Random, U, exact};
use super::function::{ATANH_PAIRS, EXP_PAIRS, pairs, row};
use crate::elementary::approximation::{float, largest, ln_2, rational, short};
use crate::elementary::program::{Program, Step};
use crate::expr::Expr;
use crate::oracle::{self, Outcome};
use crate::rational::Rational;

/// How large a computed pair is, how large its low part, and how far off it may be.
#[derive(Clone, Copy, Debug)]
struct Twin {
    size: f64,
    tail: f64,
    off: f64,
    /// Are products fused with sums?
    fused: bool,
}

impl Twin {
    fn of(size: f64, fused: bool) -> Twin {
        Twin { size, tail: U * size, off: 0.0, fused }
    }

    /// Two-product of the leading parts, and what the low parts add: left as it comes out.
    fn times(self, other: Twin) -> Twin {
        let size = self.size * other.size;
        let cross = self.size * other.tail + self.tail * other.size;
        // the product of the trailing digits, which a fused one does not lose; two products and their sum, or one product and
        // the fused sum
        let (trailing, crossed) =
            if self.fused { (0.0, self.size * other.tail + cross) } else { (4.0 * U * U * size, 2.0 * cross) };
        // of the low parts, which is left out, and the last sum
        let own = trailing + self.tail * other.tail + U * crossed + U * (U * size + cross);
        let off = own + self.off * (other.size + other.off) + other.off * self.size;
        Twin { size, tail: (U * size + cross) * (1.0 + 4.0 * U), off, ..self }
    }

    /// `horner`: c + self·r, c a pair.
    fn horner(self, r: Twin, c: f64) -> Twin {
        let product = self.times(r);
        assert!(product.size < c);
        let size = c + product.size;
        let low = product.tail + U * c;
        Twin {
            size,
            tail: (U * size + low) * (1.0 + 2.0 * U),
            off: product.off + U * low + U * (U * size + low),
            ..self
        }
    }

    /// After a fast two-sum.
    fn settled(self) -> Twin {
        Twin { tail: U * self.size, ..self }
    }
}

/// The pairs and the tail of a row's polynomial at the end of its range, by Horner's steps; the tail by Estrin's scheme,
/// in which its first coefficient takes part in a sum for each doubling.
fn polynomial(r: Twin, pairs: &[[f64; 2]], tail: &[f64]) -> Twin {
    let sums = f64::from((tail.len() as f64).log2().ceil() as u32);
    // what is beyond the first coefficient is rounded up to three times as often, and is less than a twelfth
    assert!(tail.iter().skip(1).rev().fold(0.0, |sum, c| (sum + c.abs()) * r.size) < tail[0].abs() / 12.0);
    let tail = tail.iter().rev().fold(0.0, |sum, c| sum * r.size + c.abs());
    let last = pairs[pairs.len() - 1][0];
    let more = r.size * tail;
    // those sums, the product with r, what r's low part would have added; the sum with the low part of the coefficient
    let off = more * (sums * 1.25 + 2.0) * U + U * 3.0 * U * (last + more);
    let start = Twin { size: last + more, tail: U * (2.0 * last + more), off, ..r };
    pairs.iter().rev().skip(1).fold(start, |sum, c| sum.horner(r, c[0]))
}

/// A row of Sollya's against a series: the largest error relative to the function.
fn approximation(own: &[Rational], series: Vec<Rational>, f: fn(f64) -> f64, range: [f64; 2]) -> f64 {
    let mut off = series;
    for (place, coefficient) in own.iter().enumerate() {
        off[place] = &off[place] - coefficient;
    }
    largest(&off, f, range, 512, 1e-40)
}

/// The coefficients of a row, those that are fixed first.
fn coefficients(name: &str, fixed: &[i64], count: usize) -> Vec<Rational> {
    let numbers = row(name).1;
    let mut all: Vec<Rational> = fixed.iter().map(|one| rational(*one, 1)).collect();
    all.extend(numbers[..2 * count].chunks(2).map(exact));
    all.extend(numbers[2 * count..].iter().map(|one| float(*one)));
    all
}

/// Where r lies: half an eighth of ln 2, what the rounding of x log2 e moves it by, and the low part of x.
const REST: f64 = std::f64::consts::LN_2 / 16.0 + 1e-12;
/// Where u² lies.
const SQUARE: f64 = 0.0705 * 0.0705;

fn exp_approximation() -> f64 {
    let mut series = vec![Rational::ONE];
    for k in 1..30 {
        series.push(short(&series[series.len() - 1].checked_div(&rational(k, 1)).unwrap()));
    }
    approximation(&coefficients("exp", &[1, 1], EXP_PAIRS), series, f64::exp, [-REST, REST])
}

fn atanh_approximation() -> f64 {
    let term = |k: i64| {
        let below = &rational(4, 1).checked_pow(k).unwrap() * &rational(2 * k + 1, 1);
        short(&Rational::ONE.checked_div(&below).unwrap())
    };
    let own = coefficients("two_atanh", &[1], ATANH_PAIRS);
    approximation(&own, (0..30).map(term).collect(), |_| 1.0, [0.0, SQUARE])
}

fn proved(what: &str, derived: f64, stated: f64) {
    println!("{what}: {derived:.3} u² derived, {stated} u² stated");
    assert!(derived <= stated, "{what}: {derived} u², but {stated} u² are stated");
    assert!(stated <= derived * 1.25 + 0.2, "{what}: {stated} u² are stated for {derived} u²");
}

#[test]
fn rows_of_sollya_are_as_exact_as_they_say() {
    for (name, derived) in [("exp", exp_approximation()), ("two_atanh", atanh_approximation())] {
        let stated = row(name).0;
        println!("{name}: {derived:e}, stated {stated:e}");
        assert!(derived <= stated * 1.1 && stated < 0.5 * U * U, "{name}: {derived:e}, stated {stated:e}");
    }
}

/// log((1 + z)/(1 − z)) = 2 atanh z, to 10^−60, for |z| < 1/4.
fn two_atanh(z: &Rational) -> Rational {
    let square = z * z;
    let (mut power, mut sum) = (z.clone(), Rational::ZERO);
    for k in 0..52 {
        sum = &sum + &(&rational(2, 2 * k + 1) * &power);
        power = short(&(&power * &square));
    }
    sum
}

#[test]
fn tables_are_rounded_once() {
    // a power of two to the eighth power
    for (place, pair) in pairs(&row("eighths").1).iter().enumerate() {
        let power = exact(pair).checked_pow(8).unwrap();
        let off = power.checked_div(&rational(2, 1).checked_pow(place as i64 - 4).unwrap()).unwrap();
        assert!((&off - &Rational::ONE).to_f64().abs() / 8.0 <= 0.5 * U * U, "2^{}/8", place as i64 - 4);
    }
    let factors = row("factors").1;
    for (c, pair) in factors.iter().zip(pairs(&row("logs").1)) {
        // −log c = 2 atanh((1 − c)/(1 + c))
        let log = two_atanh(&(&Rational::ONE - &float(*c)).checked_div(&(&Rational::ONE + &float(*c))).unwrap());
        let off = &exact(&pair) - &log;
        assert!(off.to_f64().abs() <= U * U * 0.5 * log.to_f64().abs(), "log {c}");
        assert!(c.to_bits().trailing_zeros() >= 45, "{c} has more than 8 bits");
    }
    let log = row("ln2").1;
    assert!((&exact(&log) - &ln_2()).to_f64().abs() <= U * U / 2.0);
    let eighth = row("eighth_of_ln2").1;
    // multiples up to 8·1076 are exact, and so is x less the first
    assert!(eighth[..2].iter().all(|part| part.to_bits().trailing_zeros() >= 14));
    let off = &(&rational(8, 1) * &exact(&eighth)) - &ln_2();
    assert!(off.to_f64().abs() < 2f64.powi(-127));
}

#[test]
fn exponentials_keep_their_bounds() {
    [false, true].into_iter().for_each(exponential);
}

fn exponential(fused: bool) {
    let numbers = row("exp").1;
    let mut coefficients = vec![[1.0, 0.0], [1.0, 0.0]];
    coefficients.extend(pairs(&numbers[..2 * EXP_PAIRS]));
    let sum = polynomial(Twin::of(REST, fused), &coefficients, &numbers[2 * EXP_PAIRS..]);
    // the table's power is rounded once; its least value times that of the polynomial is the least result
    let power = Twin { off: U * U / 2.0, ..Twin::of(1.0, fused) };
    let result = sum.times(power).settled();
    let rounding = result.off / (-REST).exp() / (U * U);
    // r: the third part of n ln 2/8 is off by its rounding and by what the three parts lack, the low part of x is up to u x
    // and is added twice to what is below 2^−58
    let n = 8.0 * 1076.0;
    let low = 2f64.powi(-58) + n * 2f64.powi(-80);
    let reduction = (n * (2f64.powi(-130) + U * 2f64.powi(-80)) + 2.0 * U * low) / (U * U);
    let derived = rounding + reduction + exp_approximation() / (U * U);
    for part in [Part::Exp, Part::ExpMinus] {
        let bound = part.program(fused).bound;
        proved(part.program(fused).name, derived, bound.relative);
        proved("slope", 2.0 * (1.0 + 1e-9), bound.slope);
    }
}

/// The error of u, w, the polynomial and what it adds, relative to u itself.
fn atanh_rounding(g_off: f64, fused: bool) -> f64 {
    // b = 1 + g/2 loses what its low parts add up to; the quotient as in `pair_div`
    let quotient = Part::Div.program(fused).bound.relative;
    let u = Twin { off: quotient * U * U + 1.0 * U * U + g_off, tail: 4.0 * U, size: 1.0, fused };
    let size = SQUARE.sqrt();
    let scaled = Twin { size, tail: u.tail * size, off: u.off * size, fused };
    let w = scaled.times(scaled);
    let numbers = row("two_atanh").1;
    let s = polynomial(w, &pairs(&numbers[..2 * ATANH_PAIRS]), &numbers[2 * ATANH_PAIRS..]);
    let more = u.times(w.times(s));
    // u + more: the exact sum of the leading parts leaves u, and the low parts are added twice
    u.off + more.off + U * (u.tail + more.tail) + U * (U + u.tail + more.tail)
}

#[test]
fn the_logarithm_keeps_its_bound() {
    [false, true].into_iter().for_each(logarithm);
}

fn logarithm(fused: bool) {
    let approximation = atanh_approximation() / (U * U);
    let cuts = row("cuts").1;
    let factors = row("factors").1;
    let ends: Vec<f64> =
        [std::f64::consts::FRAC_1_SQRT_2].iter().chain(&cuts).chain(&[std::f64::consts::SQRT_2]).copied().collect();
    let mut derived = 0.0_f64;
    for (cell, c) in factors.iter().enumerate() {
        let [least, most] = [ends[cell], ends[cell + 1]].map(|m| c * m - 1.0);
        let u = [least, most].map(|g| (g / (1.0 + g / 2.0)).abs()).into_iter().fold(0.0, f64::max);
        assert!(u * u < SQUARE * 0.999, "cell {cell}: {u}");
        for k in -60_i32..=60 {
            let near = k == 0 && *c == 1.0;
            // 1 + t in two parts, times c, which is exact but for the low part's roundings and the last sums
            let g_off = if near { 0.0 } else { U * U * (2.0 + 1.0 + 2.0) };
            // relative to u = g/(1 + g/2), whose size is at most 0.0705
            let rounding = atanh_rounding(0.0, fused) + approximation * U * U;
            if near {
                // nothing else is added, and the last fast two-sum is exact; tails are added twice
                derived = derived.max((rounding + 2.0 * U * 5.0 * U) / (U * U) * (1.0 + u * u / 11.0));
                continue;
            }
            let (log_c, log_2) = (c.ln(), f64::from(k) * std::f64::consts::LN_2);
            let value = |g: f64| log_2 - log_c + g.ln_1p();
            let result = [least, most].map(|g| value(g).abs()).into_iter().fold(f64::INFINITY, f64::min);
            let trailing = if fused { 0.0 } else { 4.0 };
            let product = U * U * (trailing + 0.5 + 1.0 + 2.0) * log_2.abs();
            let table = U * U / 2.0 * log_c.abs();
            // the low parts: of k ln 2, of the table and of u with what it adds; each sum of them is rounded
            let tables = U * (2.0 * log_2.abs() + log_c.abs());
            let before = tables + U * (log_2 - log_c).abs();
            let both = before + 5.0 * U * u;
            let sums = U * (tables + before + both + (both + U * ((log_2 - log_c).abs() + u)));
            let off = product + table + sums + rounding * u * 1.001 + g_off * 1.04;
            derived = derived.max(off / result / (U * U));
        }
    }
    // of a pair itself the sum is missing, of which the tail takes no notice
    for part in [Part::Ln1p, Part::Ln] {
        let program = part.program(fused);
        proved(program.name, derived, program.bound.relative);
    }
}

#[test]
fn logarithms_of_shares_are_as_exact_on_a_grid() {
    let mut random = Random(17);
    let (of, less_than_one) = (expr("log(x)"), expr("log1p(-x)"));
    let program = Part::Ln.program(false);
    let less = |x: f64| {
        let hi = 1.0 - x;
        (hi, (1.0 - hi) - x)
    };
    let mut worst = 0.0_f64;
    for k in 0..4000 {
        let x = 0.9 * random.unit() * 2f64.powf(-[1.0, 30.0, 1060.0][k % 3] * random.unit());
        let (hi, lo) = less(x);
        let at = |arguments: [f64; 4], truth: &Expr| measured_as(program, truth, x, &arguments);
        let off = at([x, 0.0, hi, lo], &of).max(at([hi, lo, x, 0.0], &less_than_one));
        assert!(off <= program.bound.relative, "{x:e}: {off} u²");
        worst = worst.max(off);
    }
    assert!(worst > program.bound.relative * 0.02, "{worst}");
    assert_eq!(program.run_pair(&[0.0, 0.0, 1.0, 0.0]), (f64::NEG_INFINITY, 0.0));
    assert_eq!(program.run_pair(&[1.0, 0.0, 0.0, 0.0]), (0.0, 0.0));
    assert_eq!(program.run_pair(&[1.0, 0.0, 5e-324, 0.0]), (-5e-324, 0.0));
    assert_eq!(program.run_pair(&[5e-324, 0.0, 1.0, 0.0]).0, -1074.0 * std::f64::consts::LN_2);
}

/// What a small share is lifted to may lie next to 1, and was taken for a share next to 1: 1 % off at 0.96·2^−600.
#[test]
fn logarithms_of_shares_are_as_exact_in_every_binade() {
    let of = expr("log(x)");
    for program in [false, true].map(|fused| Part::Ln.program(fused)) {
        for power in 2..=1074 {
            for mantissa in [1.0, 1.05, 1.5, 1.87, 1.99] {
                let x = mantissa * 2f64.powi(-power / 2) * 2f64.powi(power / 2 - power);
                let (hi, lo) = (1.0 - x, (1.0 - (1.0 - x)) - x);
                let off = measured_as(program, &of, x, &[x, 0.0, hi, lo]);
                assert!(off <= program.bound.relative, "{x:e}: {off} u²");
            }
        }
    }
}

/// |computed − true| in u² of the true value beyond the absolute part of the bound, by the oracle.
fn measured(program: &Program, truth: &Expr, arguments: [f64; 2]) -> f64 {
    let truth = truth.substitute(&|name| (name == "l").then(|| Expr::Number(float(arguments[1]))));
    measured_as(program, &truth, arguments[0], &arguments)
}

/// The same of a function of x alone.
fn measured_as(program: &Program, truth: &Expr, x: f64, arguments: &[f64]) -> f64 {
    let (hi, lo) = program.run_pair(arguments);
    // small results are lifted, so that half of η is a float
    let lift = if hi.abs() < 1.0 { 2f64.powi(1000) } else { 1.0 };
    let names = ["h", "k", "s", "x"].map(Arc::from);
    let values = [hi, lo, lift, x].map(float);
    let at: BTreeMap<Arc<str>, Rational> = names.into_iter().zip(values).collect();
    let Outcome::Value(off) = oracle::value(&Expr::parse(&format!("({truth} - h - k)*s")).unwrap(), &at) else {
        panic!("{truth} at {arguments:?}");
    };
    let lost = program.bound.absolute * lift * if lift > 1.0 { 0.5 * (1.0 + 4.0 * U) } else { 1.0 };
    ((off.to_f64().abs() - lost) / (hi.abs() * lift) / (U * U)).max(0.0)
}

fn expr(text: &str) -> Expr {
    Expr::parse(text).unwrap()
}

#[test]
fn programs_are_as_exact_on_a_grid() {
    [false, true].into_iter().for_each(on_a_grid);
}

fn on_a_grid(fused: bool) {
    let mut random = Random(11);
    let (exp, minus, log) = (expr("exp(x + l)"), expr("exp(-(x + l))"), expr("log1p(x + l)"));
    let mut worst = [0.0_f64; 3];
    for k in 0..6000 {
        let x = (random.unit() - 0.5) * 2.0 * [700.0, 5.0, 0.1][k % 3];
        let tiny = 2f64.powf(-200.0 * random.unit() * random.unit());
        let wide = 2f64.powf(1000.0 * random.unit());
        let below = -1.0 + 2f64.powf(-50.0 * random.unit()) * 0.999;
        let t = [tiny, below, wide, -tiny * 0.9, 2.0 * random.unit() - 0.9][k % 5];
        let with = |x: f64, by: f64| [x, x * U * 0.99 * (2.0 * by - 1.0)];
        for (place, (part, truth, [x, low])) in [
            (Part::Exp, &exp, with(x, random.unit())),
            (Part::ExpMinus, &minus, with(x.abs(), random.unit())),
            (Part::Ln1p, &log, with(t, random.unit())),
        ]
        .into_iter()
        .enumerate()
        {
            let low = if x + low == x { low } else { 0.0 };
            let program = part.program(fused);
            let bound = program.bound.relative + program.bound.slope * if part == Part::Ln1p { 0.0 } else { x.abs() };
            let off = measured(program, truth, [x, low]);
            assert!(off <= bound, "{part:?} {x:e} + {low:e}: {off} u², bound {bound} u²");
            worst[place] = worst[place].max(off / bound);
        }
    }
    println!("{worst:.3?} of the bounds");
    assert!(worst.iter().all(|share| *share > 0.02));
}

#[test]
fn subnormal_results_are_rounded_once() {
    [false, true].into_iter().for_each(subnormal);
}

fn subnormal(fused: bool) {
    let [exp, exp_minus] = [Part::Exp, Part::ExpMinus].map(|part| part.program(fused));
    let mut random = Random(12);
    let minus = expr("exp(-(x + l))");
    for _ in 0..2000 {
        let a = 708.0 + 38.0 * random.unit();
        let off = measured(exp_minus, &minus, [a, a * U * 0.4 * random.unit()]);
        let bound = exp_minus.bound;
        assert!(off <= bound.relative + bound.slope * a, "{a}: {off} u²");
        assert_eq!(exp.run_pair(&[-a, 0.0]), exp_minus.run_pair(&[a, 0.0]));
    }
}

#[test]
fn ends_are_right() {
    [false, true].into_iter().for_each(ends);
}

fn ends(fused: bool) {
    for (part, sign) in [(Part::Exp, 1.0), (Part::ExpMinus, -1.0)] {
        let f = |x: f64| part.program(fused).run_pair(&[sign * x, 0.0]);
        assert_eq!((f(f64::NEG_INFINITY), f(-1e9), f(0.0)), ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0)));
        assert!(f(f64::NAN).0.is_nan());
    }
    // beyond the cut the low part is as large as it likes
    for x in [-746.5, -1e4, -1e40, -1e300, -f64::MAX] {
        for lo in [x * U * 0.9, -x * U * 0.9] {
            assert_eq!(Part::Exp.program(fused).run_pair(&[x, lo]), (0.0, 0.0), "{x}");
            assert_eq!(Part::ExpMinus.program(fused).run_pair(&[-x, -lo]), (0.0, 0.0), "{x}");
            assert_eq!(Part::Exp.program(fused).run_pair(&[-x, lo]), (f64::INFINITY, 0.0), "{x}");
        }
    }
    let f = |x: f64| Part::Exp.program(fused).run(&[x, 0.0]);
    assert_eq!((f(f64::INFINITY), f(709.9)), (f64::INFINITY, f64::INFINITY));
    assert!(f(709.7).is_finite());
    let f = |t: f64| Part::Ln1p.program(fused).run_pair(&[t, 0.0]);
    assert_eq!((f(f64::INFINITY), f(0.0)), ((f64::INFINITY, 0.0), (0.0, 0.0)));
    assert!(f(f64::NAN).0.is_nan());
    for tiny in [5e-324, 1e-310, -3e-308, 1e-200] {
        assert_eq!(f(tiny).0, tiny);
    }
    assert_eq!(f(f64::MAX).0, f64::MAX.ln());
}

/// The program with one constant moved by a part in 2^`by`.
fn planted(part: Part, constant: f64, by: i32) -> Program {
    let mut program = part.program(false).clone();
    let place = program.steps.iter().position(|(step, _)| *step == Step::Constant(constant)).unwrap();
    program.steps[place].0 = Step::Constant(constant * (1.0 + 2f64.powi(-by)));
    program
}

#[test]
fn a_wrong_coefficient_is_caught() {
    let (exp, log) = (expr("exp(x + l)"), expr("log1p(x + l)"));
    let exp_row = row("exp").1;
    let atanh_row = row("two_atanh").1;
    // a unit in the last place of a leading part, a part in 2^20 of a low part or of the last pair's
    for (part, truth, constant, by) in [
        (Part::Exp, &exp, exp_row[2], 52),
        (Part::Exp, &exp, exp_row[3], 3),
        (Part::Exp, &exp, row("eighths").1[3], 20),
        (Part::Ln1p, &log, atanh_row[0], 52),
        (Part::Ln1p, &log, row("logs").1[1], 20),
    ] {
        let program = planted(part, constant, by);
        let mut random = Random(13);
        let worst = (0..3000).map(|_| measured(&program, truth, [random.unit(), 0.0])).fold(0.0, f64::max);
        assert!(worst > program.bound.relative, "{part:?} {constant:e}: {worst} u²");
    }
}
