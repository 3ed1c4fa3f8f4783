//! Programs at points: against the oracle, at the ends, in blocks.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::doubt::exponent_row;
use super::program::{Program, Step};
use super::{LEVELS, Level, Set, table};
use crate::expr::Expr;
use crate::format::Format;
use crate::oracle::{self, Outcome};
use crate::rational::Rational;

const U: f64 = f64::EPSILON / 2.0;

/// |computed − true| in u·|true|, by the oracle.
fn measured(program: &Program, expr: &Expr, arguments: &[f64]) -> f64 {
    let names: [Arc<str>; 2] = [Arc::from("x"), Arc::from("l")];
    let at: BTreeMap<_, _> =
        names.into_iter().zip(arguments.iter().map(|value| Rational::from_f64(*value).unwrap())).collect();
    let Outcome::Value(truth) = oracle::value(expr, &at) else { panic!("{expr} at {arguments:?}") };
    let value = truth.to_f64();
    let ulp = (value.abs().next_up() - value.abs()).max(f64::from_bits(1));
    let off = truth.ulps(program.run(arguments), Format::F64) * ulp;
    ((off - program.bound.absolute) / value.abs() / U).max(0.0)
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
        (expr("exp(x)"), expr("exp(x + l)"), expr("log1p(x)"), expr("log((1 + x/2)/(1 - x/2))"), expr("sqrt(x)"));
    for level in LEVELS {
        let set = level.set();
        let far = if level == Level::Full { 708.0 } else { 690.0 };
        for _ in 0..3000 {
            let x = (random() - 0.5) * 2.0 * far * if random() < 0.5 { 1.0 } else { 0.01 };
            let small = x.abs() * 2f64.powi(-54) * (random() - 0.5);
            let tiny = 0.667 * 2f64.powf(-60.0 * random() * random());
            let wide = 2f64.powf(200.0 * (random() - 0.5));
            let below = -1.0 + 2f64.powf(-40.0 * random()) * 0.999;
            let checks: [(&Program, &Expr, &[f64]); 7] = [
                (&set.exp, &exp, &[x]),
                (&set.exp_falling, &exp, &[-x.abs()]),
                (&set.exp_pair, &pair, &[x, small]),
                (&set.two_atanh, &atanh, &[tiny]),
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
    for level in LEVELS {
        let Set { exp, exp_falling, ln_1p, sqrt, two_atanh, .. } = level.set();
        let tiny = if level == Level::Full { 0.0 } else { 1e-303 };
        for f in [exp, exp_falling] {
            assert!(f.run(&[f64::NEG_INFINITY]) <= tiny && f.run(&[-1e9]) <= tiny);
            assert!(f.run(&[0.0]) == 1.0 && f.run(&[-0.0]) == 1.0);
            assert!(f.run(&[f64::NAN]).is_nan());
            // what is not above 0 gives at most 1
            for k in 0..40_000 {
                assert!(f.run(&[-2f64.powf(-f64::from(k) / 400.0)]) <= 1.0);
            }
        }
        if level == Level::Full {
            assert_eq!(exp.run(&[f64::INFINITY]), f64::INFINITY);
            assert_eq!(exp.run(&[709.9]), f64::INFINITY);
            assert_eq!(exp.run(&[-745.0]), f64::from_bits(1));
        }
        assert_eq!(ln_1p.run(&[f64::INFINITY]), f64::INFINITY);
        assert_eq!((ln_1p.run(&[0.0]), two_atanh.run(&[0.0])), (0.0, 0.0));
        assert!(ln_1p.run(&[f64::NAN]).is_nan() && sqrt.run(&[f64::NAN]).is_nan());
        assert_eq!((sqrt.run(&[0.0]), sqrt.run(&[1.0]), sqrt.run(&[f64::INFINITY])), (0.0, 1.0, f64::INFINITY));
        assert_eq!(sqrt.run(&[f64::from_bits(4)]), f64::from_bits(4).sqrt());
    }
}

#[test]
fn blocks_give_the_bits_of_points() {
    for level in LEVELS {
        for program in level.set().programs() {
            let one: Vec<f64> =
                (0..300).map(|k| (f64::from(k) - 150.0) * 0.37 / if k % 3 == 0 { 60.0 } else { 1.0 }).collect();
            let lo: Vec<f64> = one.iter().map(|value| value * 1e-17).collect();
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
    let mut program = Level::Full.set().exp.clone();
    let place = program.steps.iter().position(|(step, _)| *step == Step::Constant(coefficients[3])).unwrap();
    program.steps[place].0 = Step::Constant(f64::from_bits(coefficients[3].to_bits() + (1 << 20)));
    assert!(stated / U < 1.0);
    let exp = Expr::parse("exp(x)").unwrap();
    let worst = (0..500).map(|k| measured(&program, &exp, &[f64::from(k) * 0.34])).fold(0.0, f64::max);
    assert!(worst > program.bound.relative, "{worst}");
}
