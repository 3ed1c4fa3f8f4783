//! The bounds of arithmetic on pairs at sampled points, among them the hardest ones known, by exact rationals.

use super::{PARTS, Part};
use crate::elementary::approximation::{float, rational};
use crate::elementary::program::Program;
use crate::rational::Rational;

pub(super) const U: f64 = f64::EPSILON / 2.0;

/// 64 random bits after one another, the same in every run.
pub(super) struct Random(pub u64);

impl Random {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let once = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let twice = (once ^ (once >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        twice ^ (twice >> 31)
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * U
    }

    /// A float of either sign whose exponent is at most `reach` from 0; its digits are random, or long runs of ones or
    /// zeros, or those that leave most behind the first 26.
    pub fn float(&mut self, reach: u64) -> f64 {
        let run = (1_u64 << (self.bits() % 53)) - 1;
        let digits = match self.bits() % 6 {
            0 => run,
            1 => !run,
            2 => !0 >> (12 + 25) & !(self.bits() % 4),
            3 => (1 << 26) + self.bits() % 8,
            _ => self.bits(),
        } & ((1 << 52) - 1);
        let exponent = 1023 - reach + self.bits() % (2 * reach + 1);
        f64::from_bits(digits | exponent << 52 | self.bits() & (1 << 63))
    }

    /// A pair whose low part is anything up to half a unit in the last place, often the most.
    pub fn pair(&mut self, reach: u64) -> [f64; 2] {
        let hi = self.float(reach);
        let half = f64::from_bits(hi.to_bits() & (0x7ff << 52)) * U;
        let lo = match self.bits() % 5 {
            0 => 0.0,
            1 => half,
            2 => -half * (1.0 - U),
            3 => half * self.float(30).fract(),
            _ => half * (2.0 * self.unit() - 1.0),
        };
        // ties go to the even one
        let sum = hi + lo;
        [sum, lo - (sum - hi)]
    }
}

pub(super) fn exact(pair: &[f64]) -> Rational {
    pair.iter().fold(Rational::ZERO, |sum, part| &sum + &float(*part))
}

pub(super) fn size(value: &Rational) -> Rational {
    if value.is_negative() { &Rational::ZERO - value } else { value.clone() }
}

/// Each part with products fused with sums and without.
fn both<const N: usize>(parts: [Part; N]) -> impl Iterator<Item = (Part, &'static Program)> {
    parts.into_iter().flat_map(|part| [false, true].map(|fused| (part, part.program(fused))))
}

/// What hi + lo is off by, in u² of the true value, beyond the absolute part of the bound.
fn off((part, program): (Part, &Program), arguments: &[f64], truth: &Rational) -> f64 {
    let (hi, lo) = program.run_pair(arguments);
    assert!(hi.is_finite() && lo.is_finite(), "{part:?}{arguments:?} = {hi:e} + {lo:e}");
    assert!(lo.abs() <= (hi.abs().next_up() - hi.abs()) / 2.0, "{part:?}{arguments:?} = {hi:e} + {lo:e}");
    // half of η, and what the low part's sum is rounded by
    let absolute = float(program.bound.absolute * 2f64.powi(52));
    let absolute = absolute.checked_div(&float(2f64.powi(53) * (1.0 - 2.0 * f64::EPSILON))).unwrap();
    let off = &size(&(&exact(&[hi, lo]) - truth)) - &absolute;
    if off.is_negative() || off.is_zero() {
        return 0.0;
    }
    if truth.is_zero() {
        return f64::INFINITY;
    }
    off.checked_div(&size(truth)).unwrap().to_f64() / (U * U)
}

/// The arithmetic, and how it is checked without it.
type Exact = fn(&Rational, &Rational) -> Rational;
const ARITHMETIC: [(Part, Exact); 4] = [
    (Part::Add, |a, b| a + b),
    (Part::Sub, |a, b| a - b),
    (Part::Mul, |a, b| a * b),
    (Part::Div, |a, b| a.checked_div(b).unwrap()),
];

#[test]
fn arithmetic_keeps_its_bounds() {
    let mut random = Random(1);
    for (part, program) in both(ARITHMETIC.map(|(part, _)| part)) {
        let truth = ARITHMETIC.iter().find(|(one, _)| *one == part).unwrap().1;
        let bound = program.bound.relative;
        let mut worst = 0.0_f64;
        for k in 0..60_000 {
            let reach = [2, 60, 250, 505][k % 4];
            let a = random.pair(reach);
            let b = match k % 3 {
                // next to a, of either sign: sums cancel, quotients are next to 1
                0 => {
                    let by = 1.0 + random.float(2) * 2f64.powi(-1 - (random.bits() % 110) as i32);
                    let hi = a[0] * by;
                    [hi, if k % 2 == 0 { a[1] } else { hi * U * (random.unit() - 0.5) }]
                }
                _ => random.pair(reach),
            };
            let b = [b[0] + b[1], b[1] - ((b[0] + b[1]) - b[0])];
            let truth = truth(&exact(&a), &exact(&b));
            let off = off((part, program), &[a[0], a[1], b[0], b[1]], &truth);
            assert!(off <= bound, "{part:?} {a:?} {b:?}: {off} u², bound {bound} u²");
            worst = worst.max(off);
        }
        println!("{part:?}, fused {}: {worst:.3} u², bound {bound} u²", program.fused);
        assert!(worst > bound / 8.0, "{part:?}: the bound of {bound} u² is far from {worst} u²");
    }
}

#[test]
fn the_parts_of_sums_are_exact_and_products_within_four_units() {
    let mut random = Random(2);
    let mut worst = 0.0_f64;
    for _ in 0..60_000 {
        let (a, b) = (random.float(40), random.float(40));
        let (ea, eb) = (float(a), float(b));
        let (large, small) = if a.abs() < b.abs() { (b, a) } else { (a, b) };
        for (part, arguments, truth) in [
            (Part::TwoSum, [a, b], &ea + &eb),
            (Part::TwoDifference, [a, b], &ea - &eb),
            (Part::FastTwoSum, [large, small], &ea + &eb),
        ] {
            let (hi, lo) = part.program(false).run_pair(&arguments);
            assert_eq!(exact(&[hi, lo]), truth, "{part:?}{arguments:?}");
        }
        let product = &ea * &eb;
        let (hi, lo) = Part::TwoProduct.program(true).run_pair(&[a, b]);
        assert_eq!(exact(&[hi, lo]), product, "fused, {a} {b}");
        let (hi, lo) = Part::TwoProduct.program(false).run_pair(&[a, b]);
        assert_eq!(hi, a * b);
        worst = worst.max((&exact(&[hi, lo]) - &product).checked_div(&product).unwrap().to_f64().abs() / U / U);
    }
    println!("product of two floats: {worst:.3} u²");
    assert!((0.5..=4.0).contains(&worst), "{worst}");
}

#[test]
fn the_root_keeps_its_bound() {
    both([Part::Sqrt]).for_each(|(_, program)| root(program));
}

fn root(program: &Program) {
    let bound = program.bound.relative;
    let mut random = Random(3);
    let mut worst = 0.0_f64;
    for k in 0..20_000 {
        let [a, a_lo] = random.pair([2, 100, 1000][k % 3]).map(|part| part);
        let sign = a.signum();
        let (a, a_lo) = (a * sign, a_lo * sign);
        let (hi, lo) = program.run_pair(&[a, a_lo]);
        // (s² − a)/(2a) is the relative error but for its square
        let (s, a) = (exact(&[hi, lo]), exact(&[a, a_lo]));
        let off = (&(&s * &s) - &a).checked_div(&(&rational(2, 1) * &a)).unwrap().to_f64().abs() / U / U;
        assert!(off <= bound, "{a}: {off} u², bound {bound} u²");
        worst = worst.max(off);
    }
    println!("Sqrt: {worst:.3} u², bound {bound} u²");
    assert!(worst > bound / 8.0);
}

#[test]
fn what_underflows_is_rounded_once() {
    let mut random = Random(4);
    for (part, program) in both([Part::Mul, Part::Div]) {
        let truth = ARITHMETIC.iter().find(|(one, _)| *one == part).unwrap().1;
        let mut subnormal = 0;
        for k in 0..40_000 {
            let low = 2f64.powi(-((random.bits() % 600) as i32));
            let (a, b) = (random.pair(20), random.pair(20));
            let down = 2f64.powi(-((random.bits() % if part == Part::Mul { 1060 } else { 160 }) as i32));
            let down = if part == Part::Mul { down } else { down * 2f64.powi(-900) };
            let scaled = |pair: [f64; 2], by: f64| {
                let pair = pair.map(|one| one * by);
                [pair[0] + pair[1], pair[1] - ((pair[0] + pair[1]) - pair[0])]
            };
            let (a, b) =
                if part == Part::Mul && k % 2 == 0 { (scaled(a, low), scaled(b, down)) } else { (scaled(a, down), b) };
            if b[0] == 0.0 {
                continue;
            }
            let truth = truth(&exact(&a), &exact(&b));
            let off = off((part, program), &[a[0], a[1], b[0], b[1]], &truth);
            assert!(off <= program.bound.relative, "{part:?} {a:?} {b:?}: {off} u²");
            subnormal += u32::from(truth.to_f64().abs() < f64::MIN_POSITIVE && !truth.is_zero());
        }
        assert!(subnormal > 500, "{part:?}: only {subnormal} subnormal results");
    }
}

/// An operation on floats.
type Plain = fn(f64, f64) -> f64;

#[test]
fn what_is_not_finite_is_as_in_floats() {
    let values = [0.0, 1.0, -3.5, f64::MAX, -f64::MAX, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 5e-324];
    let plain: [(Part, Plain); 4] =
        [(Part::Add, |a, b| a + b), (Part::Sub, |a, b| a - b), (Part::Mul, |a, b| a * b), (Part::Div, |a, b| a / b)];
    for (part, program) in both(plain.map(|(part, _)| part)) {
        let plain = plain.iter().find(|(one, _)| *one == part).unwrap().1;
        for a in values {
            for b in values {
                let (hi, lo) = program.run_pair(&[a, 0.0, b, 0.0]);
                let truth = plain(a, b);
                if truth.is_finite() {
                    assert!(hi == truth && lo.is_finite(), "{part:?} {a} {b}: {hi} + {lo}, not {truth}");
                } else {
                    assert!(hi.to_bits() == truth.to_bits() || hi.is_nan() && truth.is_nan(), "{part:?} {a} {b}: {hi}");
                    assert!(lo == 0.0, "{part:?} {a} {b}: {hi} + {lo}");
                }
            }
        }
    }
    for (_, root) in both([Part::Sqrt]) {
        for a in [0.0, f64::INFINITY, 5e-324, 2f64.powi(1023), 4.0] {
            assert_eq!(root.run_pair(&[a, 0.0]).0, a.sqrt());
        }
        assert!(root.run(&[f64::NAN, 0.0]).is_nan());
    }
}

#[test]
fn blocks_give_the_bits_of_points() {
    let mut random = Random(5);
    for (part, program) in both(PARTS) {
        let columns: Vec<Vec<f64>> = {
            let rows: Vec<Vec<f64>> = (0..300)
                .map(|_| (0..3).flat_map(|_| random.pair(3)).collect())
                .map(
                    |row: Vec<f64>| {
                        if program.arguments.len() == 2 && part as usize <= 3 { vec![row[0], row[2]] } else { row }
                    },
                )
                .collect();
            (0..program.arguments.len()).map(|place| rows.iter().map(|row| row[place]).collect()).collect()
        };
        let arguments: Vec<&[f64]> = columns.iter().map(|column| &column[..]).collect();
        let (mut hi, mut lo) = (vec![0.0; 300], vec![0.0; 300]);
        program.block_pair(&arguments, &mut hi, &mut lo, &mut Vec::new());
        for k in 0..300 {
            let at: Vec<f64> = arguments.iter().map(|row| row[k]).collect();
            let (one, other) = program.run_pair(&at);
            assert!(hi[k].to_bits() == one.to_bits() && lo[k].to_bits() == other.to_bits(), "{part:?} at {at:?}");
        }
    }
}
