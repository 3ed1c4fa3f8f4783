//! Emitted functions over rows that are divided by their sum against the evaluator, bit for bit: with targets, with labels; panics.

use focal_derive::derivation::Derivation;
use focal_derive::emit::{self, EmitOptions, Targets};
use focal_derive::kernel::{Format, NormalisedKernel};
use focal_derive::lower::normalised_kernel;
use focal_derive::setting::{Choice, settle};

use super::super::verify::{choices, derivation};
use super::apart::{expected, with_labels};
use super::rows::{self, Case, Shape, next};
use super::tools;

fn of() -> &'static Derivation {
    derivation("focal_normalised")
}

/// A case, and the kernel that its labels go through.
fn case(format: Format, words: &[(&str, &str)], options: EmitOptions) -> (Case, NormalisedKernel) {
    let options = EmitOptions { choices: choices(words), format, ..options };
    let text = emit::emit(of(), &options).unwrap_or_else(|message| panic!("{words:?}: {message}"));
    let parameters = settle(&of().spec, &options.choices, format).expect("settings");
    let kernel = normalised_kernel(of(), &parameters, (format, options.mode), options.order).expect("a kernel");
    let (alpha, only) = rows::alpha_of(&options.choices[0].1, format);
    let gamma = (options.choices[1].1 == Choice::Argument).then_some(2.0);
    let evaluated = kernel.clone();
    let eval = Box::new(move |p: &[f64], target: usize, open: &[f64]| evaluated.eval(p, target, open));
    (Case { options, eval, text, alpha, gamma, only }, kernel)
}

fn all() -> Vec<(Case, NormalisedKernel)> {
    let order = |order| EmitOptions { order, ..EmitOptions::default() };
    let signed = EmitOptions { targets: Targets::I64, ignore: Some(-100), ..EmitOptions::default() };
    let of = |alpha, gamma| [("alpha", alpha), ("gamma", gamma)];
    let clipped = |alpha, gamma, clip| [("alpha", alpha), ("gamma", gamma), ("clip", clip)];
    vec![
        case(Format::F32, &of("none", "2"), order(1)),
        case(Format::F32, &of("param", "param"), signed.clone()),
        case(Format::F64, &of("param", "2.5"), order(2)),
        case(Format::F32, &of("0.25,0.5,1", "0.5"), EmitOptions { ignore: Some(2), ..order(2) }),
        case(Format::F64, &of("0.75", "0"), EmitOptions { order: 0, ..signed }),
        case(Format::F32, &clipped("0.25", "1", "1e-7"), EmitOptions { dispatch: true, ..order(2) }),
        case(Format::F64, &clipped("param", "2", "1e-7"), order(2)),
        case(Format::F64, &of("none", "param"), order(1)),
    ]
}

/// Rows of many shapes around the lanes and blocks: near both ends, subnormal, at many scales, ends of a clip, no rows.
fn shapes() -> Vec<Shape> {
    let mut state = 5;
    let mut all = Vec::new();
    for (classes, count) in [(2, 132), (3, 66), (5, 36), (8, 24), (10, 18), (64, 12), (65, 6), (130, 6), (300, 6)] {
        let (mut p, mut target) = (Vec::new(), Vec::new());
        for row in 0..count {
            let scale = 2f64.powi([0, 0, -20, 3, -120, 60][row % 6]);
            for class in 0..classes {
                let near = 2f64.powi(-(30.0 * next(&mut state)) as i32);
                let one = match (next(&mut state) * 16.0) as usize {
                    0 => 0.0,
                    1 => [1e-45, 2e-40, 1e-30, 1.0][row % 4] / scale,
                    2 if row % 7 == 0 => [f64::NAN, -0.25, f64::INFINITY, -0.0][row % 4],
                    3..8 => near,
                    _ => next(&mut state),
                };
                let dominates = row % 5 == 0 && class == row % classes;
                p.push(Format::F32.round(scale * if dominates { 1.0 } else { one }));
            }
            if row % 11 == 3 {
                // the target's share is an end of a clip, and nothing is rounded
                let lo = f64::from(1e-7_f32);
                p[row * classes..].fill(0.0);
                p[row * classes] = lo;
                p[row * classes + 1] = Format::F32.round(1.0 - lo);
            }
            if row % 23 == 4 {
                p[row * classes..].fill(0.0);
            }
            target.push(match row % 12 {
                7 => classes as i64,
                10 => -100,
                _ if row % 11 == 3 => (row % 2) as i64,
                _ => (next(&mut state) * classes as f64) as i64,
            });
        }
        all.push((classes, p, target));
    }
    all
}

const PANICS: &str = r#"
fn panics() {
    let (p, y, t) = ([0.25_f32; 6], [0.5_f32; 6], [0_u32; 2]);
    let said = |run: &(dyn Fn() + std::panic::RefUnwindSafe)| panic_of(|| run());
    assert_eq!(said(&|| { let _ = k0::forward(&p[..1], 0); }), "`classes` is 1; a loss over classes needs at least 2");
    let text = "`p` has 6 elements: no whole number of 4 classes times 1";
    assert_eq!(said(&|| { let _ = k0::forward_sum_rows(&p, 4, &t); }), text);
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 4, &y, &mut [0.0; 2])), text);
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 3, &y[..5], &mut [0.0; 2])), "`y` has 5 elements, `p` has 6");
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 3, &y, &mut [0.0; 3])), "`loss` has 3 elements, `p` has 2 rows of 3");
    assert_eq!(said(&|| { let _ = k1::forward_sum_rows(&p, 3, &[0_i64; 2], &[0.5; 2], 2.0); }), "`alpha` has 2 elements, but there are 3 classes");
    let (mut loss, mut grad) = ([7.0_f32; 2], [7.0_f32; 6]);
    let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        k0::forward_backward_onehot_rows(&p, 3, &y, &mut loss, &mut grad[..5]);
    }));
    assert_eq!(*wrong.unwrap_err().downcast::<String>().unwrap(), "`grad` has 5 elements, `p` has 6");
    assert_eq!((loss, grad), ([7.0; 2], [7.0; 6]), "nothing is written before");
    // no rows
    assert_eq!(k0::forward_sum_rows(&[], 3, &[]), 0.0);
    k0::forward_backward_onehot_rows(&[], 3, &[], &mut [], &mut []);
}
"#;

#[test]
fn rows_over_their_sum_give_the_bits_of_the_evaluator() {
    let (cases, kernels): (Vec<Case>, Vec<NormalisedKernel>) = all().into_iter().unzip();
    let shapes = shapes();
    let folder = tools::folder("normalised");
    let block = |(place, case): (usize, &Case)| rows::run(case, place, &with_labels(case, false));
    let blocks: Vec<String> = cases.iter().enumerate().map(block).collect();
    let before = format!("{}{PANICS}", include_str!("labels_head.rs"));
    rows::write(&cases, (&blocks, &before), &shapes, &folder);
    let of_case = |(case, kernel): (&Case, &NormalisedKernel)| {
        let eval = |p: &[f64], y: &[f64], open: &dyn Fn(usize) -> Vec<f64>| kernel.eval_labels(p, y, open);
        rows::expected(case, &shapes, &|case: &Case, shape: &Shape| expected(case, &eval, shape))
    };
    let expected: Vec<Vec<u64>> = cases.iter().zip(&kernels).map(of_case).collect();
    rows::compare(&expected, &folder);
}

#[test]
fn texts_over_their_sum_are_quiet_and_fixed_points_of_rustfmt() {
    let cases: Vec<Case> = all().into_iter().map(|(case, _)| case).collect();
    rows::quiet(&cases, "forward(&[0.5; 2], 0)", &tools::folder("normalised-quiet"));
}
