//! Lanes against arbitrary precision: functions, operations and whole formulas; and their bounds, level by level.

use super::function::{self, EXP, EXPM1, FACTORS, LOG, LOG1P, ODD};
use super::{Bound, Lanes, U};
use crate::oracle::blocks::{Blocks, Known};
use crate::oracle::dashu::Number;
use crate::oracle::enclosure::Enclosure;
use crate::oracle::judge::Judge;
use crate::rational::Rational;
use crate::real::{Checked, Real};

type Exact = Enclosure<Number>;

const BITS: usize = 192;

fn exact(value: f64) -> Exact {
    Exact::of(&Rational::from_f64(value).unwrap(), BITS)
}

/// Is the truth within `off` of the value?
fn within(value: f64, off: f64, truth: &Exact) -> bool {
    // so many bits that a value and an error far below it are both exact in their sum
    let wide = |value: f64| Exact::of(&Rational::from_f64(value).unwrap(), 2200);
    let end = |off: f64| wide(value).add(&wide(off)).unwrap();
    let below = end(-off).compare(truth) != Ok(std::cmp::Ordering::Greater);
    below && end(off).compare(truth) != Ok(std::cmp::Ordering::Less)
}

/// Floats in [0, 1).
struct Draw(u64);

impl Draw {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

type Function = (&'static str, fn(f64) -> f64, fn(&Exact) -> Checked<Exact>, f64, f64, f64);

const FUNCTIONS: [Function; 6] = [
    ("exp", function::exp, |x| x.exp(), EXP, function::EXP_LEAST, super::EXP_MOST),
    ("exp near 0", function::exp, |x| x.exp(), EXP, -1.1, 1.1),
    ("expm1", function::expm1, |x| x.expm1(), EXPM1, -function::EXPM1_REACH, function::EXPM1_REACH),
    ("log1p", function::log1p, |x| x.log1p(), LOG1P, function::LOG1P_RANGE.0, function::LOG1P_RANGE.1),
    ("log", function::log, |x| x.log(), LOG, 0.4, 2.5),
    ("log far", function::log, |x| x.log(), LOG, 1e-300, 1e300),
];

#[test]
fn functions_stay_within_their_bounds() {
    for (name, f, truth, bound, lo, hi) in FUNCTIONS {
        let mut draw = Draw(3);
        let mut worst = 0.0;
        for round in 0..3000 {
            let x = match round {
                0 => lo,
                1 => hi,
                _ if lo > 0.0 && round % 3 == 0 => (lo.ln() + draw.unit() * (hi / lo).ln()).exp().clamp(lo, hi),
                // small ones, where results are close to 0 or to 1
                _ if lo < 0.0 && round % 3 == 0 => draw.unit() * 2f64.powi(-(round % 60)) * hi.min(-lo),
                _ => lo + draw.unit() * (hi - lo),
            };
            let (value, truth) = (f(x), truth(&exact(x)).unwrap());
            assert!(within(value, bound * value.abs(), &truth), "{name}({x:e}) = {value:e}");
            if within(value, 0.05 * bound * value.abs(), &truth) {
                worst += 1.0;
            }
        }
        assert!(worst < 3000.0, "the bound of {name} can be lowered: no point is beyond a twentieth of it");
    }
}

/// What a step of a scheme gives: an interval of values, and the error of any.
#[derive(Clone, Copy)]
struct Level {
    lo: f64,
    hi: f64,
    error: f64,
}

impl Level {
    fn new(lo: f64, hi: f64, error: f64) -> Level {
        Level { lo, hi, error }
    }

    fn size(self) -> f64 {
        self.lo.abs().max(self.hi.abs())
    }

    fn made(ends: [f64; 4], error: f64) -> Level {
        let (lo, hi) = (ends.iter().copied().fold(f64::MAX, f64::min), ends.iter().copied().fold(f64::MIN, f64::max));
        let size = lo.abs().max(hi.abs());
        Level { lo: lo - 4.0 * U * size, hi: hi + 4.0 * U * size, error: (error + U * (size + error)) * 1.000_001 }
    }

    fn add(self, other: Level) -> Level {
        Level::made(
            [self.lo + other.lo, self.hi + other.hi, self.lo + other.lo, self.hi + other.hi],
            self.error + other.error,
        )
    }

    fn mul(self, other: Level) -> Level {
        let error = self.size() * other.error + other.size() * self.error + self.error * other.error;
        Level::made([self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi], error)
    }
}

/// The range in cells.
fn cells(lo: f64, hi: f64) -> impl Iterator<Item = (f64, f64)> {
    let count = 2000;
    let end = move |place: i32| lo + (hi - lo) * f64::from(place) / f64::from(count);
    (0..count).map(move |place| (end(place), end(place + 1)))
}

/// A sum by Horner's scheme; a coefficient but for powers of two is rounded.
fn horner(x: Level, coefficients: &[f64]) -> Level {
    let level = |c: f64| Level::new(c, c, if c.log2().fract() == 0.0 { 0.0 } else { U * c });
    let (last, rest) = coefficients.split_last().unwrap();
    rest.iter().rev().fold(level(*last), |sum, c| level(*c).add(x.mul(sum)))
}

#[test]
fn bounds_of_exp_and_expm1_follow_level_by_level() {
    let factorial: f64 = (1..=13).map(f64::from).product();
    for (lo, hi) in cells(-0.3467, 0.3467) {
        let inner = horner(Level::new(lo, hi, 0.36 * U), &FACTORS[1..]);
        let all = Level::new(1.0, 1.0, 0.0).add(Level::new(lo, hi, 0.36 * U).mul(inner));
        let left_out = lo.abs().max(hi.abs()).powi(13) / factorial * 1.42;
        assert!((all.error + left_out) / all.lo <= EXP, "exp at {lo}: {}", (all.error + left_out) / all.lo / U);
        let inner = horner(Level::new(lo, hi, 0.0), &FACTORS[1..]);
        let left_out = lo.abs().max(hi.abs()).powi(12) / factorial * 1.42;
        let relative = (inner.error + left_out) / inner.lo * (1.0 + U) + U;
        assert!(relative <= EXPM1, "expm1 at {lo}: {}", relative / U);
    }
}

/// The relative error of the series of 2·atanh(f/(2 + f)) for an exact f, and the size of its value.
fn series(lo: f64, hi: f64) -> (f64, f64) {
    let s = lo.abs().max(hi.abs()) / (2.0 + lo);
    let of_s = 2.0001 * U;
    let square = Level::new(0.0, s * s, s * s * (2.0 * of_s + U) * 1.000_001);
    let tail = square.mul(horner(square, &ODD[1..]));
    let left_out = s.powi(20) / 21.0 / (1.0 - s * s);
    let of_product = tail.hi * (of_s + U) + tail.error;
    (of_s + of_product * 1.001 + left_out + U, 2.0 * s * (1.0 + tail.hi))
}

#[test]
fn bounds_of_log1p_and_log_follow_level_by_level() {
    let root = std::f64::consts::SQRT_2;
    for (lo, hi) in cells(-0.2929, root - 1.0) {
        let (relative, size) = series(lo, hi);
        assert!(relative <= 3.5 * U, "series at {lo}: {}", relative / U);
        if hi <= 0.0 {
            // log 2 + log1p(f), where f is within 2^−55 and the slope of log1p at most √2
            let value = std::f64::consts::LN_2 - size;
            let error = size * relative + 2f64.powi(-55) * 1.415 + 0.25 * U;
            assert!(value > 0.34 && error / value + U <= LOG1P, "log1p at {lo}: {}", (error / value + U) / U);
        }
        let value = std::f64::consts::LN_2 - size;
        let error = size * relative + (size + 2f64.powi(-33)) * U + 2f64.powi(-86);
        assert!(error / value + U <= LOG, "log at {lo}: {}", (error / value + U) / U);
    }
    // the parts of ln 2: 10 more digits leave the high part exact
    assert_eq!(function::LN2_HIGH.to_bits() & 0x7ff, 0);
    let left = exact(2.0).log().unwrap().sub(&exact(function::LN2_HIGH)).unwrap();
    assert!(within(function::LN2_LOW, function::LN2_LOW * U, &left));
}

/// A block with a bound of its own, and what may truly stand at a point of it.
fn block(zero: &Lanes, values: &[f64], relative: f64) -> Lanes {
    let lanes = zero.points(values.to_vec());
    let bound = Bound { relative, absolute: 0.0 };
    let of = super::Values {
        id: lanes.memory.name(),
        values: values.to_vec(),
        range: super::range(values),
        bound,
        digits: super::digits(values),
    };
    lanes.with(std::rc::Rc::new(of), false)
}

/// Does every truth lie within the bound?
fn holds(what: &str, lanes: &Checked<Lanes>, truths: &[Checked<Exact>]) -> usize {
    let Ok(lanes) = lanes else { return 0 };
    let ((values, sign), (relative, absolute)) = (lanes.values(), lanes.error());
    for (place, truth) in truths.iter().enumerate() {
        let value = sign * values[if values.len() == 1 { 0 } else { place }];
        let truth = truth.as_ref().expect("defined where lanes are");
        assert!(within(value, relative * value.abs() + absolute, truth), "{what} at {place}: {value:e}");
        let (lo, hi) = lanes.range();
        assert!((lo..=hi).contains(&value), "{what}: {value:e} is not in its range");
    }
    truths.len()
}

#[test]
fn operations_stay_within_their_bounds() {
    let mut draw = Draw(5);
    let mut held = std::collections::BTreeMap::new();
    for round in 0..300 {
        let zero = Lanes::zero();
        let centre = (draw.unit() - 0.5) * 2f64.powi([4, 9, -3, -40][round % 4]);
        let width = [1e-4, 0.3, 2.5][round % 3];
        let values: Vec<f64> = (0..5).map(|_| centre * (1.0 + width * (draw.unit() - 0.5))).collect();
        let other: Vec<f64> = values.iter().map(|v| -v * (1.0 + 0.01 * draw.unit())).collect();
        let relative = if round % 2 == 0 { 0.0 } else { 2f64.powi(-45) };
        // truths at both ends of the bound
        for end in [-1.0, 0.0, 1.0] {
            let truly = |values: &[f64]| -> Vec<Exact> {
                let off = |v: &f64| exact(*v).add(&exact(v * relative * end)).unwrap();
                values.iter().map(off).collect()
            };
            let (a, truths) = (block(&zero, &values, relative), truly(&values));
            // both blocks at once: what is remembered must not mix them
            let b = {
                let bound = Bound { relative, absolute: 0.0 };
                let range = super::range(&other);
                let of = super::Values {
                    id: a.memory.name(),
                    values: other.clone(),
                    range,
                    bound,
                    digits: super::digits(&other),
                };
                a.with(std::rc::Rc::new(of), false)
            };
            let others = truly(&other);
            for (x, xs, sign) in [(a.clone(), &truths, 1.0), (a.neg(), &truths, -1.0)] {
                let signed = |truth: &Exact| if sign < 0.0 { truth.neg() } else { truth.clone() };
                let mut unary = |name: &'static str, lanes: Checked<Lanes>, f: fn(&Exact) -> Checked<Exact>| {
                    let truths: Vec<Checked<Exact>> = xs.iter().map(|x| f(&signed(x))).collect();
                    *held.entry(name).or_insert(0) += holds(name, &lanes, &truths);
                };
                unary("exp", x.exp(), |x| x.exp());
                unary("log", x.log(), |x| x.log());
                unary("log1p", x.log1p(), |x| x.log1p());
                unary("expm1", x.expm1(), |x| x.expm1());
                unary("sqrt", x.sqrt(), |x| x.sqrt());
                unary("softplus", x.softplus(), |x| x.softplus());
                unary("sigmoid", x.sigmoid(), |x| x.sigmoid());
                unary("complement", x.logistic().map(|both| both.1), |x| Ok(x.logistic()?.1));
                unary("square", x.pow(&x.integer(2)), |x| x.mul(x));
                unary("power", x.pow(&x.float(2.5)), |x| x.pow(&exact(2.5)));
                for (y, ys) in [(&b, &others), (&a, &truths)] {
                    let mut binary = |name: &'static str,
                                      lanes: Checked<Lanes>,
                                      f: fn(&Exact, &Exact) -> Checked<Exact>| {
                        let truths: Vec<Checked<Exact>> = xs.iter().zip(ys).map(|(x, y)| f(&signed(x), y)).collect();
                        *held.entry(name).or_insert(0) += holds(name, &lanes, &truths);
                    };
                    binary("add", x.add(y), |x, y| x.add(y));
                    binary("sub", x.sub(y), |x, y| x.sub(y));
                    binary("mul", x.mul(y), |x, y| x.mul(y));
                    binary("div", x.div(y), |x, y| x.div(y));
                }
            }
        }
    }
    assert_eq!(held.len(), 14);
    assert!(held.values().all(|count| *count > 500), "{held:?}");
}

#[test]
fn far_arguments_keep_a_bound() {
    let zero = Lanes::zero();
    let far = zero.points(vec![-1e30, -700.0, -690.5, -689.0]);
    let truths: Vec<Checked<Exact>> = [-1e30, -700.0, -690.5, -689.0]
        .iter()
        .map(|x| if *x < -1e9 { Ok(exact(0.0)) } else { exact(*x).exp() })
        .collect();
    assert_eq!(holds("exp far below 0", &far.exp(), &truths), 4);
    assert!(far.neg().exp().is_err(), "what overflows is left to the judge");
    assert!(far.exp().unwrap().log().is_ok() || far.exp().unwrap().off_relative() > 0.25);
}

#[test]
fn what_saturates_is_known_beyond_the_digits_of_floats() {
    let zero = Lanes::zero();
    for (values, most) in [([50.0, 50.5], -70), ([100.0, 100.25], -140), ([700.0, f64::from(1e30f32)], -980)] {
        let points = zero.points(values.to_vec());
        let truths = |f: fn(&Exact) -> Checked<Exact>| -> Vec<Checked<Exact>> {
            // beyond the reach of the enclosures the truth is next to 1, or to the argument
            values.iter().map(|x| f(&Exact::of(&Rational::from_f64((*x).min(1000.0)).unwrap(), 2200))).collect()
        };
        let sigmoid = points.sigmoid();
        assert_eq!(holds("sigmoid", &sigmoid, &truths(|x| x.sigmoid())), 2);
        let (relative, absolute) = sigmoid.unwrap().error();
        assert!(relative + absolute < 2f64.powi(most), "{relative:e} {absolute:e}");
        let power = points.sigmoid().unwrap().pow(&zero.float(2.5));
        assert_eq!(holds("sigmoid^2.5", &power, &truths(|x| x.sigmoid()?.pow(&exact(2.5)))), 2);
        let scaled = points.softplus().unwrap().mul(&zero.float(0.75));
        let (relative, absolute) = scaled.as_ref().unwrap().error();
        assert!(relative + absolute / values[0] < 2f64.powi(most), "{relative:e} {absolute:e}");
        if values[1] < 1000.0 {
            assert_eq!(holds("0.75 softplus", &scaled, &truths(|x| x.softplus()?.mul(&exact(0.75)))), 2);
        }
    }
}

/// Every backend there is.
fn backends() -> Vec<crate::oracle::Backend> {
    vec![
        crate::oracle::Backend::Dashu,
        #[cfg(feature = "mpfr")]
        crate::oracle::Backend::Mpfr,
    ]
}

#[test]
fn formulas_stay_within_their_bounds() {
    use crate::kernel::{KernelParameter, Setting};
    // with the sum T of absolute terms of the second derivative
    let focal =
        "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t + 1 - p_t))";
    let cross = "alpha_t * p_t * (1 - p_t)";
    let star = "gamma * p_star * (1 - p_star)";
    let settings: [(&str, &[f64], &str); 8] = [
        ("focal_binary", &[0.25, 2.0], focal),
        ("focal_binary", &[0.75, 0.5], focal),
        ("focal_binary", &[1.0, 3.7], focal),
        ("focal_binary", &[0.25, 0.0], focal),
        ("focal_binary", &[0.25, 5.0], focal),
        ("cross_entropy_binary", &[0.25], cross),
        ("focal_star", &[2.0, 1.0], star),
        ("focal_star", &[0.5, -1.7], star),
    ];
    for (loss, open, terms) in settings {
        let spec = crate::spec::Spec::builtin(loss).unwrap();
        let parameters: Vec<KernelParameter> = spec
            .parameters
            .iter()
            .map(|one| KernelParameter {
                name: one.name.to_string(),
                setting: Setting::Argument,
                domain: one.domain.clone(),
            })
            .collect();
        let judge = Judge::new(&spec, &parameters, Some(&crate::expr::Expr::parse(terms).unwrap()));
        let blocks = Blocks::new(&judge, 2);
        let (mut held, mut left) = (0, 0);
        for place in 0..160u32 {
            let first = 0x2000_0000 + place * 0x0025_0000;
            let x: Vec<f64> = (0..32).map(|i| f64::from(f32::from_bits(first + i))).collect();
            let points = blocks.points(x.clone());
            for (points, sign) in [(points.clone(), 1.0), (points.neg(), -1.0)] {
                for y in [0.0, 1.0] {
                    let Known::Values(mut found, Some(total)) = blocks.truths(&points, y, open) else {
                        left += 1;
                        continue;
                    };
                    found.push(total);
                    for (i, backend) in backends().into_iter().enumerate() {
                        let at = (place as usize + i) % x.len();
                        let exact = judge.exactly(backend, sign * x[at], y, open);
                        assert_eq!((found.len(), exact.len()), (4, 4));
                        for (lanes, truth) in found.iter().zip(&exact) {
                            let ((values, sign), (relative, absolute)) = (lanes.values(), lanes.error());
                            let value = sign * values[if values.len() == 1 { 0 } else { at }];
                            // what is known to 2^−80 is as good as exact here
                            let off = (value - truth.hi * super::super::known::power_of_two(truth.exponent)).abs();
                            let allowed = relative * value.abs() + absolute + 2.0 * U * value.abs();
                            assert!(off <= allowed, "{loss} {open:?} at {:e}, {y}: {value:e} {truth:?}", x[at]);
                            assert!(relative < 2f64.powi(-40), "{loss}: a bound of {relative:e} is of no use");
                            held += 1;
                        }
                    }
                }
            }
        }
        assert!(held > 2000 && left * 50 < held, "{loss}: {held} held, {left} blocks left to the judge");
    }
}

#[test]
fn a_fault_is_caught() {
    let zero = Lanes::zero();
    let values = [0.3, 0.30001];
    let points = zero.points(values.to_vec());
    let sigmoid = points.sigmoid().unwrap();
    let truths: Vec<Exact> = values.iter().map(|x| exact(*x).sigmoid().unwrap()).collect();
    let ((found, _), (relative, absolute)) = (sigmoid.values(), sigmoid.error());
    for (value, truth) in found.iter().zip(&truths) {
        assert!(within(*value, relative * value + absolute, truth));
        assert!(!within(value * (1.0 + 64.0 * U), relative * value + absolute, truth), "64 u more go unseen");
    }
}
