//! Emitted functions over rows of probabilities against the evaluator, bit for bit: with targets, with labels; panics.

use focal_derive::derivation::Derivation;
use focal_derive::emit::{self, EmitOptions, Targets};
use focal_derive::kernel::row::Row;
use focal_derive::kernel::{ApartKernel, Format, Mode};
use focal_derive::lower::{Asked, apart_kernel};
use focal_derive::setting::{Choice, settle};

use super::super::verify::{choices, derivation};
use super::rows::{self, Case, Shape, next};
use super::tools;

include!("labels_head.rs");

fn of() -> &'static Derivation {
    derivation("focal_categorical")
}

fn kernel(options: &EmitOptions) -> ApartKernel {
    let EmitOptions { format, mode, order, .. } = *options;
    let parameters = settle(&of().spec, &options.choices, format).expect("settings");
    let asked = Asked { format, mode, order, weighted: false, fused: false };
    apart_kernel(of(), &parameters, &asked).unwrap_or_else(|message| panic!("{message}"))
}

/// A case, and the kernel that its labels go through.
fn case(format: Format, words: &[(&str, &str)], options: EmitOptions) -> (Case, ApartKernel) {
    let said = EmitOptions { choices: choices(words), format, ..options };
    let text = emit::emit(of(), &said).unwrap_or_else(|message| panic!("{words:?}: {message}"));
    // one number beside --log-eps is a list of two
    let mut meant = said.clone();
    if let (true, Choice::Value(first)) = (words.iter().any(|word| word.0 == "log_eps"), &said.choices[0].1) {
        let second = &focal_derive::rational::Rational::ONE - first;
        meant.choices[0].1 = Choice::List(vec![first.clone(), second]);
    }
    let made = kernel(&meant);
    let (alpha, only) = rows::alpha_of(&meant.choices[0].1, format);
    let gamma = (meant.choices[1].1 == Choice::Argument).then_some(2.0);
    let evaluated = made.clone();
    let eval = Box::new(move |p: &[f64], target: usize, open: &[f64]| evaluated.eval(p, target, open));
    (Case { options: meant, eval, text, alpha, gamma, only }, made)
}

fn all() -> Vec<(Case, ApartKernel)> {
    let order = |order| EmitOptions { order, ..EmitOptions::default() };
    let signed = EmitOptions { targets: Targets::I64, ignore: Some(-100), ..EmitOptions::default() };
    let fast = EmitOptions { mode: Mode::Fast, ..EmitOptions::default() };
    let of = |alpha, gamma| [("alpha", alpha), ("gamma", gamma)];
    let with = |alpha, gamma, option, value| [("alpha", alpha), ("gamma", gamma), (option, value)];
    vec![
        case(Format::F32, &of("none", "2"), order(1)),
        case(Format::F32, &of("param", "param"), signed.clone()),
        case(Format::F64, &of("param", "2.5"), order(2)),
        case(Format::F32, &of("0.25,0.5,1", "0.5"), EmitOptions { ignore: Some(2), ..order(2) }),
        case(Format::F64, &of("0.75", "0"), EmitOptions { order: 0, ..signed }),
        case(Format::F32, &with("0.25", "1", "clip", "1e-7"), EmitOptions { dispatch: true, ..order(2) }),
        case(Format::F32, &with("0.25", "2", "log_eps", "1e-10"), order(1)),
        case(Format::F32, &of("param", "param"), fast.clone()),
        case(Format::F64, &with("none", "2", "clip", "1e-7"), fast),
        case(Format::F64, &with("1,0.5,2", "param", "log_eps", "1e-10"), order(1)),
    ]
}

/// Rows of many shapes around the blocks: near both ends, subnormal, at the ends, beyond them, and targets that are no class.
fn shapes() -> Vec<Shape> {
    let mut state = 5;
    let mut all = Vec::new();
    for (classes, count) in [(2, 132), (3, 66), (5, 36), (10, 18), (64, 12), (65, 6), (130, 6), (300, 6)] {
        let (mut p, mut target) = (Vec::new(), Vec::new());
        for row in 0..count {
            for _ in 0..classes {
                let near = 2f64.powi(-(30.0 * next(&mut state)) as i32);
                p.push(Format::F32.round(match (next(&mut state) * 16.0) as usize {
                    0 => 0.0,
                    1 => 1.0,
                    2 => [1e-45, 2e-40, 1e-30, 1.0 - 2f64.powi(-24)][row % 4],
                    3 if row % 3 == 0 => [f64::NAN, 1.5, -0.25, f64::INFINITY, -0.0][row % 5],
                    4..8 => near,
                    8..11 => 1.0 - near,
                    _ => next(&mut state),
                }));
            }
            target.push(match row % 12 {
                7 => classes as i64,
                10 => -100,
                _ => (next(&mut state) * classes as f64) as i64,
            });
        }
        all.push((classes, p, target));
    }
    all
}

/// What the program does with labels: each function, and that one-hot ones are targets, bit for bit where it is asked for.
pub fn with_labels(case: &Case, are_targets: bool) -> String {
    let rest = case.rest();
    let is_class =
        if are_targets { "(t[*r] as usize) < c && Some(t[*r] as i64) != ignored" } else { "t.get(*r).is_none()" };
    let mut text = format!(
        "        let y: Vec<F> = labels(c, n).iter().map(|y| F::of(*y)).collect();\n        \
         let one: Vec<F> = (0..n * c).map(|at| F::of(if t[at / c] as usize == at % c {{ 1.0 }} else {{ 0.0 }})).collect();\n        \
         let _ = ignored;\n        let is_class = |r: &usize| {is_class};\n        \
         let (mut a, mut b) = (fill(n), fill(n));\n        \
         k::forward_onehot_rows(&z, c, &y{rest}, &mut a);\n        print(&a);\n        let losses = a;\n        \
         let _ = &losses;\n        k::forward_onehot_rows(&z, c, &one{rest}, &mut b);\n        \
         for r in (0..n).filter(is_class) {{ same(\"one-hot\", &[loss[r].wide() + 0.0], &[b[r].wide() + 0.0]); }}\n"
    );
    if case.options.order > 0 {
        text.push_str(&format!(
            "        let (mut a, mut b) = (fill(n), fill(n * c));\n        \
             k::forward_backward_onehot_rows(&z, c, &y{rest}, &mut a, &mut b);\n        \
             same(\"loss of labels\", &losses, &a);\n        print(&b);\n        let gradients = b;\n        \
             let _ = &gradients;\n        let (mut a, mut b) = (fill(n), fill(n * c));\n        \
             k::forward_backward_onehot_rows(&z, c, &one{rest}, &mut a, &mut b);\n        for r in (0..n).filter(is_class) {{\n            \
             let all = r * c..(r + 1) * c;\n            \
             same(\"one-hot gradient\", &first[all.clone()], &b[all]);\n        }}\n"
        ));
    }
    if case.options.order > 1 {
        text.push_str(&format!(
            "        let (mut a, mut b) = (fill(n * c), fill(n * c));\n        \
             k::backward_hessian_onehot_rows(&z, c, &y{rest}, &mut a, &mut b);\n        \
             same(\"gradient of labels\", &gradients, &a);\n        print(&b);\n"
        ));
    }
    text
}

/// A row's results, from its inputs and labels and the values of the open parameters of a class.
pub type EvalLabels<'a> = dyn Fn(&[f64], &[f64], &dyn Fn(usize) -> Vec<f64>) -> Row + 'a;

/// What the evaluator gives with labels.
pub fn expected(case: &Case, eval: &EvalLabels, (classes, p, target): &Shape) -> Vec<f64> {
    let y = labels(*classes, target.len());
    let rows: Vec<Row> =
        p.chunks(*classes).zip(y.chunks(*classes)).map(|(p, y)| eval(p, y, &|class| case.open(class))).collect();
    let mut all: Vec<f64> = rows.iter().map(|row| row.loss).collect();
    for place in 0..usize::from(case.options.order) {
        all.extend(rows.iter().flat_map(|row| row.derivatives[place].clone()));
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
    assert_eq!(said(&|| { let _ = k0::forward_sum_rows(&p, 2, &t); }), "`target` has 2 elements, `p` has 3 rows");
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 4, &y, &mut [0.0; 2])), text);
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 0, &y, &mut [0.0; 2])), "`classes` is 0; a loss over classes needs at least 2");
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 3, &y[..5], &mut [0.0; 2])), "`y` has 5 elements, `p` has 6");
    assert_eq!(said(&|| k0::forward_onehot_rows(&p, 3, &y, &mut [0.0; 3])), "`loss` has 3 elements, `p` has 2 rows of 3");
    assert_eq!(said(&|| { let _ = k1::forward_sum_rows(&p, 3, &[0_i64; 2], &[0.5; 2], 2.0); }), "`alpha` has 2 elements, but there are 3 classes");
    // one number beside --log-eps is for two classes
    let (mut loss, mut grad) = ([7.0_f32; 2], [7.0_f32; 6]);
    let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        k6::forward_backward_rows(&p, 3, &t, &mut loss, &mut grad);
    }));
    assert_eq!(*wrong.unwrap_err().downcast::<String>().unwrap(), "`ALPHA` has 2 elements, but there are 3 classes");
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
fn rows_of_probabilities_give_the_bits_of_the_evaluator() {
    let (cases, kernels): (Vec<Case>, Vec<ApartKernel>) = all().into_iter().unzip();
    let shapes = shapes();
    let folder = tools::folder("apart");
    let block = |(place, case): (usize, &Case)| rows::run(case, place, &with_labels(case, true));
    let blocks: Vec<String> = cases.iter().enumerate().map(block).collect();
    let before = format!("{}{PANICS}", include_str!("labels_head.rs"));
    rows::write(&cases, (&blocks, &before), &shapes, &folder);
    let of_case = |(case, kernel): (&Case, &ApartKernel)| {
        let eval = |p: &[f64], y: &[f64], open: &dyn Fn(usize) -> Vec<f64>| kernel.eval_labels(p, y, open);
        rows::expected(case, &shapes, &|case: &Case, shape: &Shape| expected(case, &eval, shape))
    };
    let expected: Vec<Vec<u64>> = cases.iter().zip(&kernels).map(of_case).collect();
    rows::compare(&expected, &folder);
}

#[test]
fn texts_of_probabilities_are_quiet_and_fixed_points_of_rustfmt() {
    let cases: Vec<Case> = all().into_iter().map(|(case, _)| case).collect();
    rows::quiet(&cases, "forward(&[0.5; 2], 0)", &tools::folder("apart-quiet"));
}
