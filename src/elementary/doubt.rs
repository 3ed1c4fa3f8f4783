//! The bounds of the table, derived anew: the error of each polynomial by exact rationals, rounding errors by intervals.

use super::approximation::{approximation, float, ln_2};
use super::fuse::Fused;
use super::program::{At, Program, Step};
use super::{LEVELS, Level, table};
use crate::format::Format;
use crate::rational::Rational;

/// Covers the rounding of these estimates themselves.
pub(super) const SLACK: f64 = 1.0 + 1e-9;

/// Where a step's exact value lies, and how far off the computed one may be; ends are f64, whatever is computed in.
#[derive(Clone, Copy, Debug)]
struct Off {
    lo: f64,
    hi: f64,
    off: f64,
}

/// How operations of a float round.
struct Rounding {
    unit: f64,
    /// Integers below it, times constants that leave them room, are exact.
    room: f64,
    /// Low bits of such a constant, as f64, that are 0.
    zeros: u32,
}

impl Rounding {
    fn of(level: Level) -> Rounding {
        let unit = level.arithmetic().unit();
        match level.arithmetic().format() {
            Format::F32 => Rounding { unit, room: 256.0, zeros: 29 + 8 },
            Format::F64 => Rounding { unit, room: 2048.0, zeros: 11 },
        }
    }
}

/// Half a spacing of the floats at a magnitude.
fn half_spacing(at: f64, unit: f64) -> f64 {
    unit * f64::from_bits(at.to_bits() & (0x7ff << 52))
}

impl Off {
    fn exact(value: f64) -> Off {
        Off { lo: value, hi: value, off: 0.0 }
    }

    fn mag(&self) -> f64 {
        self.lo.abs().max(self.hi.abs())
    }

    fn is_zero(&self) -> bool {
        self.lo == 0.0 && self.hi == 0.0 && self.off == 0.0
    }

    fn point(&self) -> Option<f64> {
        (self.lo == self.hi && self.off == 0.0).then_some(self.lo)
    }

    fn of(ends: &[f64], off: f64, unit: f64) -> Off {
        let lo = ends.iter().copied().fold(f64::INFINITY, f64::min).next_down();
        let hi = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max).next_up();
        let most = lo.abs().max(hi.abs()) + off;
        Off { lo, hi, off: (off + half_spacing(most, unit)) * SLACK }
    }

    fn add(&self, other: &Off, by: &Rounding) -> Off {
        if self.is_zero() || other.is_zero() {
            return if self.is_zero() { *other } else { *self };
        }
        Off::of(&[self.lo + other.lo, self.hi + other.hi], self.off + other.off, by.unit)
    }

    fn neg(&self) -> Off {
        Off { lo: -self.hi, hi: -self.lo, off: self.off }
    }

    /// The product before it is rounded.
    fn product(&self, other: &Off) -> Off {
        if self.is_zero() || other.is_zero() {
            return Off::exact(0.0);
        }
        let ends = [self.lo * other.lo, self.lo * other.hi, self.hi * other.lo, self.hi * other.hi];
        let off = self.off * other.mag() + other.off * self.mag() + self.off * other.off;
        Off::of(&ends, off, 0.0)
    }

    /// The product and c, rounded once.
    fn fused(&self, other: &Off, c: &Off, by: &Rounding) -> Off {
        if c.is_zero() { self.mul(other, by) } else { self.product(other).add(c, by) }
    }

    fn mul(&self, other: &Off, by: &Rounding) -> Off {
        if self.is_zero() || other.is_zero() {
            return Off::exact(0.0);
        }
        let Off { lo, hi, off } = self.product(other);
        // powers of two, and small integers times constants that leave them room
        let exact = |a: &Off, b: &Off| {
            let power = a.point().is_some_and(|a| a.to_bits() << 12 == 0);
            let whole = a.point().is_some_and(|a| a.fract() == 0.0 && a.abs() < by.room);
            power || whole && b.point().is_some_and(|b| b.to_bits().trailing_zeros() >= by.zeros)
        };
        Off::of(&[lo, hi], off, if exact(self, other) || exact(other, self) { 0.0 } else { by.unit })
    }

    fn div(&self, other: &Off, by: &Rounding) -> Off {
        assert!(other.lo > 0.0, "quotients are by what is above 0");
        let ends = [self.lo / other.lo, self.lo / other.hi, self.hi / other.lo, self.hi / other.hi];
        let most = ends.iter().fold(0.0_f64, |most, end| most.max(end.abs()));
        Off::of(&ends, (self.off + most * other.off) / (other.lo - other.off), by.unit)
    }
}

/// The last step, given what is known of some of the steps by name or place; steps on exponents count as exact.
fn last(program: &Program, by: &Rounding, known: &dyn Fn(usize, &str) -> Option<Off>) -> Off {
    let mut values: Vec<Option<Off>> = Vec::new();
    for (place, (step, name)) in program.steps.iter().enumerate() {
        let v = |at: &At| values[at.0];
        let both = |a: &At, b: &At, f: &dyn Fn(&Off, &Off) -> Off| Some(f(&v(a)?, &v(b)?));
        let value = known(place, name).or_else(|| match step {
            Step::Argument(_) | Step::Exponent(_) | Step::Guess(_) => None,
            Step::Leading(_) | Step::Call(..) | Step::Tail(_) => None,
            Step::Constant(value) => Some(Off::exact(*value)),
            // doubling is exact
            Step::Add(a, b) if a == b => v(a).map(|a| Off { lo: 2.0 * a.lo, hi: 2.0 * a.hi, off: 2.0 * a.off }),
            Step::Add(a, b) => both(a, b, &|a, b| a.add(b, by)),
            Step::Sub(a, b) => both(a, b, &|a, b| a.add(&b.neg(), by)),
            Step::Mul(a, b) => both(a, b, &|a, b| a.mul(b, by)),
            Step::Div(a, b) => both(a, b, &|a, b| a.div(b, by)),
            Step::Fused(Fused::Plus, [a, b, c]) => v(c).and_then(|c| both(a, b, &|a, b| a.fused(b, &c, by))),
            Step::Fused(Fused::Less, [a, b, c]) => v(c).and_then(|c| both(a, b, &|a, b| a.fused(b, &c.neg(), by))),
            Step::Fused(Fused::From, [a, b, c]) => v(c).and_then(|c| both(a, b, &|a, b| a.neg().fused(b, &c, by))),
            Step::AtLeast(a, _) | Step::AtMost(a, _) | Step::Shifted(a, _) => v(a),
            Step::Power(..) => Some(Off::exact(1.0)),
            // the scaled arguments of the root and its powers of two are exact
            Step::Below(_, _, b, _) => v(b),
        });
        values.push(value);
    }
    values.pop().flatten().expect("the last step depends on what is known")
}

/// [lo, hi] in parts.
fn parts(lo: f64, hi: f64, count: u32) -> impl Iterator<Item = Off> {
    let at = move |k: u32| lo + (hi - lo) * f64::from(k) / f64::from(count);
    (0..count).map(move |k| Off { lo: at(k), hi: at(k + 1), off: 0.0 })
}

/// (0, hi] in octaves down to 2^−60, each in parts.
fn octaves(hi: f64, count: u32) -> impl Iterator<Item = Off> {
    (0..60).flat_map(move |k| parts(hi * 2f64.powi(-k - 1), hi * 2f64.powi(-k), count))
}

/// Every level, with products fused with sums and without.
pub(super) fn levels() -> impl Iterator<Item = (Level, bool)> {
    LEVELS.into_iter().flat_map(|level| [(level, false), (level, true)])
}

/// Name and degree of the polynomial of exp.
pub(super) fn exponent_row(level: Level) -> (&'static str, usize) {
    match level {
        Level::Low => ("exp2", 8),
        Level::Middle => ("exp2", 9),
        Level::Full | Level::Double => ("exp", 11),
        Level::Single => ("exp_f32", 6),
        Level::Pair => unreachable!("pairs have doubts of their own"),
    }
}

/// Name and degree of the polynomial of two_atanh.
fn logarithm_row(level: Level) -> (&'static str, usize) {
    match level {
        Level::Low => ("two_atanh", 6),
        Level::Middle => ("two_atanh", 8),
        Level::Full | Level::Double => ("two_atanh", 9),
        Level::Single => ("two_atanh_f32", 4),
        Level::Pair => unreachable!("pairs have doubts of their own"),
    }
}

pub(super) fn proved(what: &str, level: (Level, bool), derived: f64, stated: f64) {
    println!("{level:?} {what}: {derived:.4} u derived, {stated} u stated");
    assert!(derived <= stated, "{level:?} {what}: {derived} u, but the table says {stated} u");
    assert!(stated <= derived * 1.25 + 0.2, "{level:?} {what}: the table says {stated} u for {derived} u");
}

#[test]
fn rows_of_sollya_are_as_exact_as_they_say() {
    for line in include_str!("coefficients.txt").lines() {
        let mut row = line.split(' ');
        let (name, degree) = (row.next().unwrap(), row.next().unwrap().parse().unwrap());
        let (stated, _) = table::coefficients(name, degree);
        let derived = approximation(name, degree);
        assert!(derived <= stated * 1.1 + 1e-28, "{name} {degree}: {derived:e}, stated {stated:e}");
    }
}

#[test]
fn exponentials_keep_their_bounds() {
    for (level, fused) in levels() {
        let (name, degree) = exponent_row(level);
        let polynomial = approximation(name, degree);
        let by = Rounding::of(level);
        let set = level.set(fused);
        for program in [&set.exp, &set.exp_minus, &set.exp_pair] {
            let full = table::whole(level);
            let pair = program.arguments.len() == 2;
            // what the reduction loses of r, its last difference and a product with the low part of ln 2, is a factor of
            // e^r; nothing is lost of a multiple of log2(e), but for a pair's sum
            let range = if full { 0.34658 } else { 0.5 };
            // what is lost of r where it is held in parts: next to nothing, and what 1 ± r loses is added again
            let parted = program.steps.iter().any(|(_, name)| *name == "lost");
            assert_eq!(parted, level == Level::Double && !pair);
            let mut most = 0.0_f64;
            for part in parts(-range, range, 4096) {
                let rounding = if parted { 0.0 } else { half_spacing(part.mag(), by.unit) };
                let lost = if full || pair { rounding + by.unit * reduction(level) } else { 0.0 };
                let found = last(program, &by, &|_, name| match name {
                    "r" => Some(part),
                    "low" => Some(Off { lo: -LOW, hi: LOW, off: 0.0 }),
                    "s" if parted => Some(rounded_from_one(&part, program, &by)),
                    "lost" => Some(Off { lo: -by.unit, hi: by.unit, off: 0.0 }),
                    _ => None,
                });
                most = most.max(found.off / found.lo + lost);
            }
            let whole = (polynomial / by.unit + most / by.unit) * SLACK + 1e-3;
            // the pairs' bound is the one of the plain function too, where that has none of its own
            let stated = program.bound.relative;
            if pair || parted {
                proved(program.name, (level, fused), whole, stated)
            } else {
                assert!(whole <= stated)
            }
            if !full {
                let product =
                    1.0 + off_by(std::f64::consts::LOG2_E, &Rational::ONE.checked_div(&ln_2()).unwrap()) / by.unit;
                proved("slope", (level, fused), product * SLACK, program.bound.slope);
            }
        }
    }
}

/// The low part of ln 2 times the largest k.
const LOW: f64 = 1077.0 * 2e-10;

/// 1 ± r as it is rounded: a float, of which nothing is lost that is not added again.
fn rounded_from_one(r: &Off, program: &Program, by: &Rounding) -> Off {
    let one = Off::exact(1.0);
    let s = program.steps.iter().find(|(_, name)| *name == "s").expect("a step of that name");
    let sum = if matches!(s.0, Step::Sub(..)) { one.add(&r.neg(), by) } else { one.add(r, by) };
    Off { lo: sum.lo - by.unit, hi: sum.hi + by.unit, off: 0.0 }
}

/// What the reduction loses beside the rounding of r, in u: a product with the low part of ln 2 and the sum of that and
/// the tail of a pair, and what both parts of ln 2 lack.
fn reduction(level: Level) -> f64 {
    let (most, low, lacks) = match level.arithmetic().format() {
        Format::F32 => (152.0, 1.5e-6, 2f64.powi(-44)),
        Format::F64 => (1077.0, 2e-10, 2f64.powi(-86)),
    };
    most * (2.0 * low + lacks / level.arithmetic().unit()) + 1e-5
}

/// The exponents k of 1 + t.
fn exponents(level: Level) -> std::ops::Range<i32> {
    match level.arithmetic().format() {
        Format::F32 => -24..128,
        Format::F64 => -53..1024,
    }
}

/// The relative error of a constant.
fn off_by(constant: f64, truth: &Rational) -> f64 {
    let off = &float(constant) - truth;
    off.checked_div(truth).unwrap().to_f64().abs()
}

#[test]
fn ln_2_is_held_in_two_parts_of_which_the_first_leaves_room() {
    // the largest k is 1076 in f64 and 151 in f32
    for (format, zeros, most) in [(Format::F64, 12, 2f64.powi(-86)), (Format::F32, 29 + 8, 2f64.powi(-44))] {
        let [high, low] = table::ln_2(format);
        assert!(high.to_bits().trailing_zeros() >= zeros);
        let rest = &(&ln_2() - &float(high)) - &float(low);
        assert!(rest.to_f64().abs() < most, "{format}");
    }
}

#[test]
fn logarithms_keep_their_bounds() {
    for (level, fused) in levels() {
        let by = Rounding::of(level);
        let (name, degree) = logarithm_row(level);
        let polynomial = approximation(name, degree) / by.unit;
        let program = level.set(fused).two_atanh.as_ref().unwrap();
        let mut most = 0.0_f64;
        for u in octaves(0.3335, 64) {
            let found = last(program, &by, &|place, _| (place == 0).then_some(u));
            most = most.max(found.off / found.lo);
        }
        proved("two_atanh", (level, fused), (polynomial + most / by.unit) * SLACK + 1e-3, program.bound.relative);

        let program = &level.set(fused).ln_1p;
        let mut most = 0.0_f64;
        for k in exponents(level).filter(|k| k % 61 == 0 || (-6..=6).contains(k)) {
            // f + 1 lies in [√½, √2); for k = 0 it is exact, else the sum with what 1 + t lost is rounded
            let near: Vec<Off> = if k == 0 {
                octaves(0.4143, 64).chain(octaves(0.2930, 64).map(|off| off.neg())).collect()
            } else {
                parts(-0.2930, 0.4143, 2048).map(|off| Off { off: by.unit * off.mag(), ..off }).collect()
            };
            let k = Off::exact(f64::from(k));
            for f in near {
                let found = last(program, &by, &|_, name| match name {
                    "f" => Some(f),
                    "k" => Some(k),
                    _ => None,
                });
                let least = if found.lo > 0.0 { found.lo } else { -found.hi };
                // the polynomial's error is relative to its own value, which is at most |log(1 + f)|
                let own = polynomial * by.unit * f.mag() * 1.2 / least.max(f.mag() * 0.8);
                most = most.max(found.off / least + own);
            }
        }
        proved("ln_1p", (level, fused), most / by.unit * SLACK + 1e-2, program.bound.relative);

        // of p itself: nothing is lost of f, which is −q where k is 0
        let program = &level.set(fused).ln;
        let [mut most, mut most_far] = [0.0_f64; 2];
        let least = level.arithmetic().format().least().log2() as i32;
        for k in (least..=0).filter(|k| k % 61 == 0 || *k > -6) {
            let near: Vec<Off> = if k == 0 {
                octaves(0.2930, 64).map(|off| off.neg()).collect()
            } else {
                parts(-0.2930, 0.4143, 2048).collect()
            };
            let [high, _] = table::ln_2(level.arithmetic().format());
            let (high, k) = (Off::exact(f64::from(k) * high), Off::exact(f64::from(k)));
            for f in near {
                let found = last(program, &by, &|_, name| match name {
                    "f" => Some(f),
                    "k" => Some(k),
                    "high" => Some(high),
                    _ => None,
                });
                let least = -found.hi;
                let own = polynomial * by.unit * f.mag() * 1.2 / least.max(f.mag() * 0.8);
                let off = found.off / least + own;
                most = most.max(off);
                if least > -super::FAR.ln() * (1.0 - 1e-9) {
                    most_far = most_far.max(off);
                }
            }
        }
        proved("ln", (level, fused), most / by.unit * SLACK + 1e-2, program.bound.relative);
        let far = most_far / by.unit * SLACK + 1e-2;
        println!("{level:?} ln, far: {far:.4} u derived, {} u stated", level.set(fused).ln_far);
        assert!(far <= level.set(fused).ln_far, "{level:?}: {far}");
    }
}
