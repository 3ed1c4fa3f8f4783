//! Programs at points: against the oracle, at the ends, in blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doubt::{exponent_row, levels};
use super::program::{Program, Step};
use super::{Level, Set, table};
use crate::expr::Expr;
use crate::format::Format;
use crate::oracle::{self, Outcome};
use crate::rational::Rational;

/// |computed − true| in u·|true|, u of the program, by the oracle.
fn measured(program: &Program, expr: &Expr, arguments: &[f64]) -> f64 {
    let names: [Arc<str>; 2] = [Arc::from("x"), Arc::from("l")];
    let at: BTreeMap<_, _> =
        names.into_iter().zip(arguments.iter().map(|value| Rational::from_f64(*value).unwrap())).collect();
    let Outcome::Value(truth) = oracle::value(expr, &at) else { panic!("{expr} at {arguments:?}") };
    let value = truth.to_f64();
    let ulp = (value.abs().next_up() - value.abs()).max(f64::from_bits(1));
    let off = truth.ulps(program.run(arguments), Format::F64) * ulp;
    ((off - program.bound.absolute) / value.abs() / unit(program)).max(0.0)
}

fn unit(program: &Program) -> f64 {
    2f64.powi(-(program.float.mantissa as i32) - 1)
}

#[test]
fn programs_are_as_exact_on_a_grid() {
    let mut state = 7_u64;
    let mut random = move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / 2f64.powi(53)
    };
    let expr = |text: &str| Expr::parse(text).unwrap();
    let (exp, pair, log, atanh, root) =
        (expr("exp(x)"), expr("exp(x + l)"), expr("log1p(x)"), expr("log((1 + x)/(1 - x))"), expr("sqrt(x)"));
    let minus = expr("exp(-x)");
    let (whole, less_than_one) = (expr("log(x)"), expr("log1p(-l)"));
    for (level, fused) in levels() {
        let set = level.set(fused);
        let arithmetic = level.arithmetic();
        // where results are normal, and where they are subnormal for those that are right there
        let (rising, falling) = match level {
            Level::Low | Level::Middle => (690.0, 690.0),
            Level::Full | Level::Double => (708.0, 745.0),
            Level::Single => (88.0, 104.0),
            Level::Pair => unreachable!("pairs have doubts of their own"),
        };
        for _ in 0..3000 {
            let [near, far] = [random() * if random() < 0.5 { 1.0 } else { 0.01 }, random()];
            let x = arithmetic.format().round(if random() < 0.5 { rising * near } else { -falling * near });
            let small = arithmetic.format().round(x.abs() * arithmetic.unit() * (far - 0.5));
            let tiny = arithmetic.format().round(0.3335 * 2f64.powf(-60.0 * random() * random()));
            let wide = arithmetic.format().round(2f64.powf(200.0 * (random() - 0.5)));
            let below = arithmetic.format().round(-1.0 + 2f64.powf(-22.0 * random()) * 0.999);
            let share = arithmetic.format().round(0.7 * random());
            let deep = share * 2f64.powf(-140.0 * random());
            let deep = arithmetic.format().round(deep).max(arithmetic.format().least());
            let close = arithmetic.format().round(0.29 * 2f64.powf(-140.0 * random() * random()));
            let [less, less_deep, most] = [share, deep, close].map(|x| arithmetic.format().round(1.0 - x));
            let checks: [(&Program, &Expr, &[f64]); 10] = [
                (&set.ln, &whole, &[share, less]),
                (&set.ln, &whole, &[deep, less_deep]),
                (&set.ln, &less_than_one, &[most, close]),
                (&set.exp, &exp, &[x]),
                (&set.exp_minus, &minus, &[x.abs()]),
                (&set.exp_pair, &pair, &[x, small]),
                (set.two_atanh.as_ref().unwrap(), &atanh, &[tiny]),
                (&set.ln_1p, &log, &[wide]),
                (&set.ln_1p, &log, &[below]),
                (&set.sqrt, &root, &[wide]),
            ];
            for (program, expr, arguments) in checks {
                let bound = program.bound.relative + program.bound.slope * arguments[0].abs();
                let off = measured(program, expr, arguments);
                assert!(off <= bound, "{level:?} {}{arguments:?}: {off} u, bound {bound} u", program.name);
            }
        }
    }
}

#[test]
fn ends_are_right() {
    for (level, fused) in levels() {
        let Set { exp, exp_minus, ln_1p, sqrt, ln, two_atanh, .. } = level.set(fused);
        let two_atanh = two_atanh.as_ref().unwrap();
        let tiny = if table::whole(level) { 0.0 } else { 1e-303 };
        for (f, sign) in [(exp, 1.0), (exp_minus, -1.0)] {
            assert!(f.run(&[sign * f64::NEG_INFINITY]) <= tiny && f.run(&[sign * -1e9]) <= tiny);
            assert!(f.run(&[0.0]) == 1.0 && f.run(&[-0.0]) == 1.0);
            assert!(f.run(&[f64::NAN]).is_nan());
            // what is not above 0 gives at most 1
            for k in 0..40_000 {
                assert!(f.run(&[sign * level.arithmetic().format().round(-2f64.powf(-f64::from(k) / 400.0))]) <= 1.0);
            }
        }
        if matches!(level, Level::Full | Level::Double) {
            assert_eq!(exp.run(&[f64::INFINITY]), f64::INFINITY);
            assert_eq!(exp.run(&[709.9]), f64::INFINITY);
            assert_eq!(exp.run(&[-745.0]), f64::from_bits(1));
        }
        if level == Level::Single {
            assert_eq!([exp.run(&[f64::INFINITY]), exp.run(&[88.75])], [f64::INFINITY; 2]);
            assert_eq!(exp_minus.run(&[103.5]), f64::from(f32::from_bits(1)));
        }
        assert_eq!(ln_1p.run(&[f64::INFINITY]), f64::INFINITY);
        assert_eq!((ln_1p.run(&[0.0]), two_atanh.run(&[0.0])), (0.0, 0.0));
        assert!(ln_1p.run(&[f64::NAN]).is_nan() && sqrt.run(&[f64::NAN]).is_nan());
        assert_eq!((ln.run(&[0.0, 1.0]), ln.run(&[1.0, 0.0])), (f64::NEG_INFINITY, 0.0));
        // what is as near to 1 as it likes
        assert_eq!(ln.run(&[1.0, 2f64.powi(-149)]), -2f64.powi(-149));
        let subnormal = if table::whole(level) { level.arithmetic().format().least() } else { 2f64.powi(-149) };
        assert_eq!(ln.run(&[subnormal, 1.0]), level.arithmetic().format().round(subnormal.ln()));
        assert_eq!((sqrt.run(&[0.0]), sqrt.run(&[1.0]), sqrt.run(&[f64::INFINITY])), (0.0, 1.0, f64::INFINITY));
        let least = level.arithmetic().format().least() * 4.0;
        assert_eq!(sqrt.run(&[least]), level.arithmetic().format().round(least.sqrt()));
    }
}

#[test]
fn blocks_give_the_bits_of_points() {
    for (level, fused) in levels() {
        for program in level.set(fused).programs() {
            let one: Vec<f64> =
                (0..300).map(|k| (f64::from(k) - 150.0) * 0.37 / if k % 3 == 0 { 60.0 } else { 1.0 }).collect();
            let one: Vec<f64> = one.into_iter().map(|value| level.arithmetic().format().round(value)).collect();
            let lo: Vec<f64> = one.iter().map(|value| level.arithmetic().format().round(value * 1e-17)).collect();
            let arguments: Vec<&[f64]> = [&one[..], &lo[..]][..program.arguments.len()].to_vec();
            let mut out = vec![0.0; 300];
            program.block(&arguments, &mut out, &mut Vec::new());
            for (k, value) in out.iter().enumerate() {
                let at: Vec<f64> = arguments.iter().map(|row| row[k]).collect();
                assert_eq!(value.to_bits(), program.run(&at).to_bits(), "{} at {at:?}", program.name);
            }
        }
    }
}

#[test]
fn a_wrong_coefficient_is_caught() {
    let (name, degree) = exponent_row(Level::Full);
    let (stated, coefficients) = table::coefficients(name, degree);
    let mut program = Level::Full.set(false).exp.clone();
    let place = program.steps.iter().position(|(step, _)| *step == Step::Constant(coefficients[3])).unwrap();
    program.steps[place].0 = Step::Constant(f64::from_bits(coefficients[3].to_bits() + (1 << 20)));
    assert!(stated < unit(&program));
    let exp = Expr::parse("exp(x)").unwrap();
    let worst = (0..500).map(|k| measured(&program, &exp, &[f64::from(k) * 0.34])).fold(0.0, f64::max);
    assert!(worst > program.bound.relative, "{worst}");
}

/// f32 from lo to hi, both signs' magnitudes alike, every `step`th of them.
fn floats(lo: f32, hi: f32, step: usize) -> impl Iterator<Item = f32> {
    (lo.to_bits()..=hi.to_bits()).step_by(step).map(f32::from_bits)
}

/// The largest |computed − true| in u·|true| over floats, beside what the bound allows, by f64 functions that are far
/// more exact.
fn swept(program: &Program, over: impl Iterator<Item = f32>, sign: f64, truth: impl Fn(f64) -> f64) -> f64 {
    let (mut worst, all) = (0.0_f64, over.map(|x| sign * f64::from(x)).collect::<Vec<f64>>());
    let mut scratch = Vec::new();
    for block in all.chunks(4096) {
        let mut out = vec![0.0; block.len()];
        program.block(&[block], &mut out, &mut scratch);
        for (x, value) in block.iter().zip(out) {
            let truth = truth(*x);
            let off = (value - truth).abs() - program.bound.absolute;
            let off = if off > 0.0 { off / truth.abs() / unit(program) } else { 0.0 };
            assert!(off <= program.bound.relative, "{}({x:e}) is off by {off} u", program.name);
            worst = worst.max(off);
        }
    }
    worst
}

#[test]
fn programs_in_f32_keep_their_bounds_over_whole_ranges() {
    [false, true].into_iter().for_each(|fused| in_f32(Level::Single.set(fused)));
}

fn in_f32(set: &Set) {
    let atanh = |s: f64| 2.0 * s.atanh();
    let minus = |a: f64| (-a).exp();
    // whole binades, and every 61st float of all that there are
    let worst = [
        swept(&set.exp_minus, floats(1.0, 2.0, 1), 1.0, minus),
        swept(&set.exp_minus, floats(86.0, 104.5, 1), 1.0, minus),
        swept(&set.exp_minus, floats(0.0, f32::MAX, 61), 1.0, minus),
        swept(&set.exp, floats(0.0, 88.72, 61), 1.0, f64::exp),
        swept(set.two_atanh.as_ref().unwrap(), floats(0.15, 0.3335, 1), 1.0, atanh),
        swept(set.two_atanh.as_ref().unwrap(), floats(0.0, 0.3335, 61), 1.0, atanh),
        swept(&set.ln_1p, floats(0.0, f32::MAX, 61), 1.0, f64::ln_1p),
        swept(&set.ln_1p, floats(0.0, 1.0f32.next_down(), 61), -1.0, f64::ln_1p),
        swept(&set.sqrt, floats(1.0, 4.0, 1), 1.0, f64::sqrt),
        swept(&set.sqrt, floats(0.0, f32::MAX, 61), 1.0, f64::sqrt),
    ];
    println!("{worst:.3?}");
    assert!(worst.iter().all(|worst| *worst > 0.8), "{worst:?}");
}
