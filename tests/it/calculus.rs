//! The calculus of rounding errors against exact rationals: no computed value is off by more than its bound, and no
//! bound is far above what is seen.

use focal_derive::interval::Interval;
use focal_derive::rational::Rational;
use focal_derive::regime::error::Approx;

/// Unit roundoff of f64.
const U: f64 = f64::EPSILON / 2.0;

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

    /// The float, or one of its neighbours within two units of roundoff.
    fn near(&mut self, value: f64) -> f64 {
        let fraction = value.to_bits() << 12;
        // next to a power of two the floats below are closer by half
        let below = if fraction == 0 { value } else { value.next_down() };
        match (self.next() * 3.0) as u32 {
            0 => below,
            1 => value,
            _ => value.next_up(),
        }
    }
}

fn exact(value: f64) -> Rational {
    Rational::from_f64(value).expect("the value is finite")
}

/// What is computed from `t` and what it stands for.
type Form = (&'static str, fn(f64) -> f64, fn(&Rational) -> Rational, fn(&Approx) -> Option<Approx>);

fn one() -> Approx {
    Approx::exact(Interval::point(1.0))
}

fn quotient(t: &Rational) -> Rational {
    t.checked_div(&(&Rational::ONE + t)).expect("t is above -1")
}

/// `t/(1 + t)` with the error of t counted once.
fn share(t: &Approx) -> Option<Approx> {
    t.div_by_one_plus(&one().add(t)?)
}

const FORMS: [Form; 6] = [
    ("1 + t", |t| 1.0 + t, |t| &Rational::ONE + t, |t| one().add(t)),
    ("t / (1 + t)", |t| t / (1.0 + t), quotient, share),
    ("1 - t / (1 + t)", |t| 1.0 - t / (1.0 + t), |t| &Rational::ONE - &quotient(t), |t| one().add(&share(t)?.neg())),
    ("t - t * (t / (1 + t))", |t| t - t * (t / (1.0 + t)), quotient, |t| t.shrunk(&share(t)?, true)),
    (
        "t - t * (1 / (3 + t))",
        |t| t - t * (1.0 / (3.0 + t)),
        |t| {
            let three = exact(3.0);
            let part = Rational::ONE.checked_div(&(&three + t)).expect("t is above -3");
            t - &(t * &part)
        },
        |t| {
            let three = Approx::exact(Interval::point(3.0));
            t.shrunk(&one().div(&three.add(t)?)?, false)
        },
    ),
    ("t * t", |t| t * t, |t| t * t, |t| t.mul(t)),
];

/// Stretches of t: wide, at powers of two, and where products are subnormal.
const STRETCHES: [(f64, f64); 7] =
    [(0.9, 1.0), (0.5, 0.55), (0.1, 0.9), (1e-3, 1e-2), (1e-15, 1e-14), (1e-100, 1e-90), (1e-170, 1e-150)];

#[test]
fn what_is_computed_is_off_by_no_more_than_its_bound() {
    let mut sequence = Sequence(2017);
    for (name, computed, truth, bound) in FORMS {
        let mut nearest: f64 = 0.0;
        for (lo, hi) in STRETCHES {
            let t = Approx::of(Interval::new(lo, hi), 2.0);
            let bound = bound(&t).unwrap_or_else(|| panic!("no bound for {name} on {lo} .. {hi}"));
            for _ in 0..4_000 {
                let value = sequence.within(lo, hi);
                let seen = computed(sequence.near(value));
                let truth = truth(&exact(value));
                let off = (&exact(seen) - &truth).to_f64().abs();
                // both sides are rounded once here
                let allowed = (bound.relative * U * truth.to_f64().abs() + bound.absolute.to_f64_up()) * (1.0 + 1e-9);
                assert!(off <= allowed, "{name} at {value:e}: off by {off:e}, bound {allowed:e}");
                let inside = bound.rounded.intersect(&Interval::point(seen)).is_some();
                assert!(inside, "{name} at {value:e}: {seen:e} is outside {}", bound.rounded);
                if allowed > 0.0 {
                    nearest = nearest.max(off / allowed);
                }
            }
        }
        assert!(nearest > 0.4, "the bound of {name} is slack: at most {nearest} of it was seen");
    }
}
