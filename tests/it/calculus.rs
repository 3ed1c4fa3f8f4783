//! The calculus of rounding errors against exact rationals: no computed value is off by more than its bound, and no
//! bound is far above what is seen.

use std::ops::{Add, Div, Mul, Sub};

use focal_derive::interval::Interval;
use focal_derive::kernel::Arithmetic;
use focal_derive::rational::Rational;
use focal_derive::regime::error::Approx;

/// A fixed sequence of numbers in [0, 1).
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A float in the stretch, even in its logarithm.
    fn within(&mut self, lo: f64, hi: f64) -> f64 {
        (lo * (hi / lo).powf(self.next())).clamp(lo, hi)
    }

    /// The register's number, or one of its neighbours within two units of roundoff.
    fn near(&mut self, value: f64, arithmetic: Arithmetic) -> f64 {
        let (below, above, fraction) = match arithmetic {
            Arithmetic::F32 => {
                let value = value as f32;
                (f64::from(value.next_down()), f64::from(value.next_up()), u64::from(value.to_bits() << 9))
            }
            Arithmetic::F64 => (value.next_down(), value.next_up(), value.to_bits() << 12),
            Arithmetic::Pair => unreachable!("a register is one float"),
        };
        match (self.next() * 3.0) as u32 {
            // next to a power of two the floats below are closer by half
            0 if fraction != 0 => below,
            0 | 1 => value,
            _ => above,
        }
    }
}

fn exact(value: f64) -> Rational {
    Rational::from_f64(value).expect("the value is finite")
}

/// Floats that a form is computed with, each operation rounded.
trait Float: Copy + Into<f64> + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    /// A number that it holds.
    fn of(value: f64) -> Self;
    /// self · b + c, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
}

impl Float for f64 {
    fn of(value: f64) -> f64 {
        value
    }

    fn fused(self, b: f64, c: f64) -> f64 {
        self.mul_add(b, c)
    }
}

impl Float for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }

    fn fused(self, b: f32, c: f32) -> f32 {
        self.mul_add(b, c)
    }
}

/// What a form computes from `t`.
fn computed<F: Float>(name: &str, t: f64) -> f64 {
    let (t, one) = (F::of(t), F::of(1.0));
    let value = match name {
        "1 + t" => one + t,
        "t / (1 + t)" => t / (one + t),
        "t / (2 + t)" => t / (F::of(2.0) + t),
        "1 - t / (1 + t)" => one - t / (one + t),
        "t - t * (t / (1 + t))" => t - t * (t / (one + t)),
        "t - t * (1 / (3 + t))" => t - t * (one / (F::of(3.0) + t)),
        "t * t" => t * t,
        "1 + t * t, fused" => t.fused(t, one),
        "t * t + t * t, fused" => t.fused(t, t * t),
        _ => unreachable!("a form"),
    };
    value.into()
}

/// A form: what it stands for, and its bound.
type Form = (&'static str, fn(&Rational) -> Rational, fn(&Approx) -> Option<Approx>);

fn number(t: &Approx, value: f64) -> Approx {
    Approx::exact(t.arithmetic, Interval::point(value))
}

fn quotient(t: &Rational) -> Rational {
    t.checked_div(&(&Rational::ONE + t)).expect("t is above -1")
}

/// `t/(1 + t)` with the error of t counted once.
fn share(t: &Approx) -> Option<Approx> {
    t.div_by_one_plus(&number(t, 1.0).add(t)?, false)
}

const FORMS: [Form; 9] = [
    ("1 + t", |t| &Rational::ONE + t, |t| number(t, 1.0).add(t)),
    ("t / (1 + t)", quotient, share),
    (
        "t / (2 + t)",
        |t| t.checked_div(&(&exact(2.0) + t)).expect("t is above -2"),
        |t| t.div_by_one_plus(&number(t, 2.0).add(t)?, true),
    ),
    ("1 - t / (1 + t)", |t| &Rational::ONE - &quotient(t), |t| number(t, 1.0).add(&share(t)?.neg())),
    ("t - t * (t / (1 + t))", quotient, |t| t.shrunk(&share(t)?, true, false)),
    (
        "t - t * (1 / (3 + t))",
        |t| {
            let part = Rational::ONE.checked_div(&(&exact(3.0) + t)).expect("t is above -3");
            t - &(t * &part)
        },
        |t| t.shrunk(&number(t, 1.0).div(&number(t, 3.0).add(t)?)?, false, false),
    ),
    ("t * t", |t| t * t, |t| t.mul(t)),
    ("1 + t * t, fused", |t| &Rational::ONE + &(t * t), |t| t.fused(t, &number(t, 1.0))),
    ("t * t + t * t, fused", |t| &(t * t) + &(t * t), |t| t.fused(t, &t.mul(t)?)),
];

/// Stretches of t: wide, at powers of two, and where products are subnormal.
fn stretches(arithmetic: Arithmetic) -> Vec<(f64, f64)> {
    let small: [(f64, f64); 3] = match arithmetic {
        Arithmetic::F32 => [(1e-8, 1e-7), (1e-15, 1e-14), (1e-22, 1e-19)],
        Arithmetic::F64 => [(1e-15, 1e-14), (1e-100, 1e-90), (1e-170, 1e-150)],
        Arithmetic::Pair => unreachable!("a register is one float"),
    };
    [&[(0.9, 1.0), (0.5, 0.55), (0.1, 0.9), (1e-3, 1e-2)], &small[..]].concat()
}

/// What was seen of a form: the largest share of its bound, and the first value that is off by more, or outside.
fn seen((name, truth, bound): Form, arithmetic: Arithmetic, computed: fn(&str, f64) -> f64) -> Result<f64, String> {
    let mut sequence = Sequence(2017);
    let mut nearest: f64 = 0.0;
    for (lo, hi) in stretches(arithmetic) {
        let (lo, hi) = (arithmetic.format().round(lo), arithmetic.format().round(hi));
        let t = Approx::of(arithmetic, Interval::new(lo, hi), 2.0);
        let bound = bound(&t).ok_or_else(|| format!("no bound for {name} on {lo} .. {hi}"))?;
        for _ in 0..4_000 {
            let value = arithmetic.format().round(sequence.within(lo, hi));
            let seen = computed(name, sequence.near(value, arithmetic));
            let truth = truth(&exact(value));
            let off = (&exact(seen) - &truth).to_f64().abs();
            // both sides are rounded once here
            let relative = bound.relative * arithmetic.unit() * truth.to_f64().abs();
            let allowed = (relative + bound.absolute.to_f64_up()) * (1.0 + 1e-9);
            if off > allowed {
                return Err(format!("{name} at {value:e}: off by {off:e}, bound {allowed:e}"));
            }
            if bound.rounded.intersect(&Interval::point(seen)).is_none() {
                return Err(format!("{name} at {value:e}: {seen:e} is outside {}", bound.rounded));
            }
            if allowed > 0.0 {
                nearest = nearest.max(off / allowed);
            }
        }
    }
    Ok(nearest)
}

/// A form at a point, each operation rounded.
type Computed = fn(&str, f64) -> f64;

const ARITHMETICS: [(Arithmetic, Computed); 2] =
    [(Arithmetic::F32, computed::<f32>), (Arithmetic::F64, computed::<f64>)];

#[test]
fn what_is_computed_is_off_by_no_more_than_its_bound() {
    for (arithmetic, computed) in ARITHMETICS {
        for form in FORMS {
            let nearest = seen(form, arithmetic, computed).unwrap_or_else(|what| panic!("{arithmetic}: {what}"));
            let name = form.0;
            assert!(nearest > 0.4, "{arithmetic}: the bound of {name} is slack: at most {nearest} of it was seen");
        }
    }
}

#[test]
fn what_loses_more_than_its_arithmetic_is_seen() {
    // a value of the calculus for f64 that is computed in f32, and in f32 one that is rounded once more at the end
    let rough = |name: &str, t: f64| {
        let value = computed::<f32>(name, t) as f32;
        f64::from(f32::from_bits(value.to_bits() & !7))
    };
    for form in FORMS {
        assert!(seen(form, Arithmetic::F64, computed::<f32>).is_err(), "{}", form.0);
        assert!(seen(form, Arithmetic::F32, rough).is_err(), "{}", form.0);
    }
}
