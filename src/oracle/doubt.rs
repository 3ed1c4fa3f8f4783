//! The filter against arbitrary precision: every operation's bound holds what the enclosure says, and a planted fault
//! does not pass.

use super::dashu::Number;
use super::elementary::LN2;
use super::enclosure::Enclosure;
use super::twofold::Twofold;
use crate::rational::Rational;
use crate::real::{Checked, Fault, Real};

type Exact = Enclosure<Number>;

const BITS: usize = 320;

/// A fixed sequence of floats in [1, 2), and of signs and exponents.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }

    /// A float whose exponent lies between these.
    fn float(&mut self, least: i32, most: i32) -> f64 {
        let exponent = least + (self.next() % (most - least + 1) as u64) as i32;
        let sign = if self.next() & 64 == 0 { 1.0 } else { -1.0 };
        sign * (1.0 + self.next() as f64 / (1u64 << 53) as f64) * 2f64.powi(exponent)
    }
}

/// a + b as a filter's number with a tail, and exactly.
fn with_tail(a: f64, b: f64) -> (Twofold, Exact) {
    let (first, second) = (Twofold::from_f64(a), Twofold::from_f64(b));
    let exact = |value: f64| Exact::of(&Rational::from_f64(value).unwrap(), BITS);
    let sum = exact(a).add(&exact(b)).unwrap();
    (first.add(&second).unwrap(), sum)
}

/// Does the filter's error hold the truth? A fault of the truth passes; the filter must not be defined where it is not.
fn holds(filtered: &Checked<Twofold>, exact: &Checked<Exact>) -> bool {
    match (filtered, exact) {
        (Ok(filtered), Ok(exact)) => {
            let (hi, lo, exponent, error) = filtered.parts();
            if !error.is_finite() {
                return true;
            }
            let part = |value: f64| Exact::of(&Rational::from_f64(value).unwrap(), BITS);
            let end =
                |error: f64| part(hi).add(&part(lo))?.add(&part(error))?.mul(&Exact::power_of_two(exponent, BITS));
            let (Ok(lo), Ok(hi)) = (end(-error), end(error)) else { return true };
            lo.compare(exact) != Ok(std::cmp::Ordering::Greater) && hi.compare(exact) != Ok(std::cmp::Ordering::Less)
        }
        (Err(Fault::Undefined), exact) => matches!(exact, Err(Fault::Undefined)),
        (Err(Fault::Unsettled), _) => true,
        (Ok(_), Err(why)) => *why == Fault::Unsettled,
    }
}

/// The functions of one operand, on both scalars.
fn unary<R: Real>(name: &str, a: &R) -> Checked<R> {
    match name {
        "exp" => a.exp(),
        "expm1" => a.expm1(),
        "log" => a.log(),
        "log1p" => a.log1p(),
        "sigmoid" => a.sigmoid(),
        "complement" => Ok(a.logistic()?.1),
        "softplus" => a.softplus(),
        "sqrt" => a.sqrt(),
        other => panic!("{other}"),
    }
}

fn binary<R: Real>(name: &str, a: &R, b: &R) -> Checked<R> {
    match name {
        "add" => a.add(b),
        "sub" => a.sub(b),
        "mul" => a.mul(b),
        "div" => a.div(b),
        "pow" => a.pow(b),
        other => panic!("{other}"),
    }
}

#[test]
fn functions_stay_within_their_bounds() {
    for name in ["exp", "expm1", "log", "log1p", "sigmoid", "complement", "softplus", "sqrt"] {
        let mut draw = Draw(7);
        let mut settled = 0;
        for round in 0..600 {
            // small and middling arguments most of the time; tails of every size
            let range = [(-12, 3), (-60, 12), (-1074, 1023), (-3, 9)][round % 4];
            let a = draw.float(range.0, range.1);
            let b = a * draw.float(-110, -50);
            let (filtered, exact) = with_tail(a, b);
            let (result, truth) = (unary(name, &filtered), unary(name, &exact));
            assert!(holds(&result, &truth), "{name}({a:e} + {b:e}) = {result:?}");
            settled += usize::from(result.is_ok_and(|result| result.settled().is_some()));
        }
        assert!(settled > 200, "{name} is settled at {settled} points only");
    }
}

#[test]
fn operators_stay_within_their_bounds() {
    for name in ["add", "sub", "mul", "div", "pow"] {
        let mut draw = Draw(11);
        for round in 0..600 {
            let range = [(-2, 2), (-40, 40), (-300, 300)][round % 3];
            let (mut a, b) = (draw.float(range.0, range.1), draw.float(range.0, range.1.min(7)));
            let near = if round % 5 == 0 { b * (1.0 + draw.float(-52, -20)) } else { b };
            if name == "pow" {
                a = a.abs();
            }
            let ((a, exact_a), (b, exact_b)) =
                (with_tail(a, a * draw.float(-108, -54)), with_tail(near, b * draw.float(-108, -54)));
            let (result, truth) = (binary(name, &a, &b), binary(name, &exact_a, &exact_b));
            assert!(holds(&result, &truth), "{name}({a:?}, {b:?}) = {result:?}");
        }
    }
}

#[test]
fn bounds_grow_with_the_errors_of_operands() {
    // an operand a whole error off is as good as the one in the middle
    let mut draw = Draw(13);
    for _ in 0..400 {
        let (a, b) = (draw.float(-6, 4), draw.float(-6, 4));
        let error = draw.float(-60, -4).abs();
        for (off_a, off_b) in [(error, error), (-error, error), (error, -error), (0.0, error)] {
            let wide = |value: f64| Twofold::from_f64(value).widened(value.abs() * error * 1.001);
            let exact = |value: f64, off: f64| {
                let off = Rational::from_f64(value * off).unwrap();
                Exact::of(&(&Rational::from_f64(value).unwrap() + &off), BITS)
            };
            for name in ["add", "sub", "mul", "div"] {
                let result = binary(name, &wide(a), &wide(b));
                assert!(
                    holds(&result, &binary(name, &exact(a, off_a), &exact(b, off_b))),
                    "{name} {a:e} {b:e} {error:e}"
                );
            }
            let result = wide(a.abs()).pow(&wide(b));
            assert!(holds(&result, &exact(a.abs(), off_a).pow(&exact(b, off_b))), "pow {a:e} {b:e} {error:e}");
            for name in ["exp", "expm1", "log", "log1p", "sigmoid", "complement", "softplus", "sqrt"] {
                let result = unary(name, &wide(a));
                // at the end of a domain the operand may be outside where its middle is not
                let truth = unary(name, &exact(a, off_a));
                assert!(truth.is_err() || holds(&result, &truth), "{name} {a:e} {error:e}: {result:?}");
            }
        }
    }
}

#[test]
fn a_fault_is_caught() {
    let mut draw = Draw(17);
    for name in ["exp", "softplus", "sigmoid"] {
        let (filtered, exact) = with_tail(draw.float(-2, 2), 0.0);
        let (right, truth) = (unary(name, &filtered), unary(name, &exact));
        assert!(holds(&right, &truth));
        let wrong = right.and_then(|right| right.mul(&with_tail(1.0, 2f64.powi(-96)).0));
        assert!(!holds(&wrong, &truth), "{name} is off by 2^-96");
    }
}

#[test]
fn far_below_the_subnormals_the_digits_stay() {
    for x in [-800.0, -1e5, -3.3e7] {
        let (filtered, exact) = with_tail(x, 0.0);
        let (result, truth) = (filtered.exp(), exact.exp());
        assert!(holds(&result, &truth));
        assert!(result.unwrap().settled().is_some_and(|known| !known.is_zero()));
    }
    // beyond 2^29 only that it is next to nothing
    let far = Twofold::from_f64(-1e300).exp().unwrap();
    assert!(far.settled().is_some_and(|known| known.is_zero()));
    assert!(holds(&Ok(far), &with_tail(-1e300, 0.0).1.exp()));
}

#[test]
fn the_parts_of_log_2_are_its_digits() {
    let mut left = Exact::of(&Rational::from(2), BITS).log().unwrap();
    for part in LN2 {
        let near = left.settled().unwrap().to_f64();
        assert_eq!(near, part);
        left = left.sub(&Exact::of(&Rational::from_f64(part).unwrap(), BITS)).unwrap();
    }
}
