//! Are the files that the tool made and that are committed what it makes now, and do the kernels among them, as
//! compiled in the library, give the bits of their evaluator?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[cfg(feature = "kernels")]
use {
    crate::generated::Made,
    focal_derive::kernel::Format::{F32, F64},
    focal_derive::kernel::eval,
    focal_derive::verify::points::points,
};

/// Kernels and how they are made.
const KERNELS: [(&str, &str); 24] = [
    ("cross_entropy_binary/kernel_f32.rs", "cross_entropy_binary --alpha param --order 2"),
    ("cross_entropy_binary/kernel_f64.rs", "cross_entropy_binary --alpha param --precision f64 --order 2"),
    ("focal_binary/kernel_f32.rs", "focal_binary --alpha param --gamma param --order 2"),
    ("focal_binary/kernel_f64.rs", "focal_binary --alpha param --gamma param --precision f64 --order 2"),
    ("focal_binary/kernel_g2_f32.rs", "focal_binary --gamma 2 --order 2"),
    ("focal_binary/kernel_g2_f64.rs", "focal_binary --gamma 2 --precision f64 --order 2"),
    ("focal_categorical/kernel_f32.rs", "focal_categorical --alpha param --gamma param"),
    ("focal_categorical/kernel_f64.rs", "focal_categorical --alpha param --gamma param --precision f64"),
    ("focal_categorical/kernel_g2_f32.rs", "focal_categorical --gamma 2 --order 2"),
    ("focal_categorical/kernel_g2_f64.rs", "focal_categorical --gamma 2 --precision f64 --order 2"),
    ("focal_normalised/kernel_f32.rs", "focal_normalised --alpha param --gamma param"),
    ("focal_normalised/kernel_f64.rs", "focal_normalised --alpha param --gamma param --precision f64"),
    ("focal_normalised/kernel_g2_f32.rs", "focal_normalised --gamma 2 --order 2"),
    ("focal_normalised/kernel_g2_f64.rs", "focal_normalised --gamma 2 --precision f64 --order 2"),
    ("focal_probability/kernel_f32.rs", "focal_probability --alpha param --gamma param"),
    ("focal_probability/kernel_f64.rs", "focal_probability --alpha param --gamma param --precision f64"),
    ("focal_probability/kernel_g2_f32.rs", "focal_probability --gamma 2 --order 2"),
    ("focal_probability/kernel_g2_f64.rs", "focal_probability --gamma 2 --precision f64 --order 2"),
    ("focal_softmax/kernel_f32.rs", "focal_softmax --alpha param --gamma param --order 2"),
    ("focal_softmax/kernel_f64.rs", "focal_softmax --alpha param --gamma param --precision f64 --order 2"),
    ("focal_softmax/kernel_g2_f32.rs", "focal_softmax --gamma 2 --order 2"),
    ("focal_softmax/kernel_g2_f64.rs", "focal_softmax --gamma 2 --precision f64 --order 2"),
    ("focal_star/kernel_f32.rs", "focal_star --beta param --gamma param --order 2"),
    ("focal_star/kernel_f64.rs", "focal_star --beta param --gamma param --precision f64 --order 2"),
];

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("derivations")
}

/// What the tool prints; it must find that all holds.
fn made(arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(arguments).output().expect("the binary runs");
    let said = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    if output.status.success() {
        Ok(said(output.stdout))
    } else {
        Err(format!("{arguments:?}: {}", said(output.stderr)))
    }
}

/// Is the file what is made now? Under `FOCAL_REFRESH=1` it becomes that.
fn compare(file: &str, made: &str) -> Result<(), String> {
    let path = home().join(file);
    if std::env::var_os("FOCAL_REFRESH").is_some_and(|value| value == "1") {
        return fs::write(&path, made).map_err(|error| format!("derivations/{file}: {error}"));
    }
    match fs::read_to_string(&path) {
        Ok(found) if found.replace("\r\n", "\n") == made => Ok(()),
        Ok(_) => Err(format!("derivations/{file} is stale")),
        Err(error) => Err(format!("derivations/{file}: {error}")),
    }
}

fn all_hold(found: impl Iterator<Item = Result<(), String>>) {
    let wrong: Vec<String> = found.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}\nremake them: sh tests/refresh", wrong.join("\n"));
}

#[test]
fn kernels_are_what_the_tool_makes_now() {
    all_hold(KERNELS.iter().map(|(file, arguments)| {
        let arguments: Vec<&str> = std::iter::once("emit").chain(arguments.split(' ')).collect();
        compare(file, &made(&arguments)?)?;
        // The command in its header is the one that makes it.
        let path = home().join(file);
        made(&["emit", "--check", path.to_str().expect("a path in UTF-8")]).map(|diff| assert_eq!(diff, ""))
    }));
}

#[test]
fn derivations_are_what_the_tool_makes_now() {
    let losses = focal_derive::Spec::builtin_names();
    all_hold(losses.iter().flat_map(|loss| {
        [("derivation.md", "en"), ("derivation.zh.md", "zh")].map(|(file, lang)| {
            compare(&format!("{loss}/{file}"), &made(&["derive", loss, "--format", "markdown", "--lang", lang])?)
        })
    }));
}

#[test]
fn no_made_file_is_left_over() {
    let mut expected: Vec<PathBuf> = KERNELS.iter().map(|(file, _)| home().join(file)).collect();
    for file in ["derivation.md", "derivation.zh.md"] {
        expected.extend(focal_derive::Spec::builtin_names().iter().map(|loss| home().join(loss).join(file)));
    }
    for loss in focal_derive::Spec::builtin_names() {
        for entry in fs::read_dir(home().join(loss)).expect("a folder") {
            let path = entry.expect("an entry").path();
            assert!(
                path.ends_with("spec.toml") || path.ends_with("measured.toml") || expected.contains(&path),
                "{} is nobody's",
                path.display()
            );
        }
    }
}

/// The functions of a committed kernel at one point: each that gives the loss, the gradient, the Hessian.
#[cfg(feature = "kernels")]
macro_rules! values {
    ($module:path, $float:ty, ($($parameter:ident),*)) => {
        |x: f64, y: f64, open: &[f64]| -> [Vec<f64>; 3] {
            use $module as kernel;
            let [$($parameter),*] = *open else { unreachable!("as many values as arguments") };
            $(let $parameter = $parameter as $float;)*
            let (x, y) = (x as $float, y as $float);
            let (loss, first) = kernel::forward_backward(x, y, $($parameter),*);
            let (second, third) = kernel::backward_hessian(x, y, $($parameter),*);
            let all = [
                vec![kernel::forward(x, y, $($parameter),*), loss],
                vec![kernel::backward(x, y, $($parameter),*), first, second],
                vec![kernel::hessian(x, y, $($parameter),*), third],
            ];
            all.map(|values| values.into_iter().map(f64::from).collect())
        }
    };
}

/// The same of a kernel without the Hessian.
#[cfg(feature = "kernels")]
macro_rules! first_values {
    ($module:path, $float:ty, ($($parameter:ident),*)) => {
        |x: f64, y: f64, open: &[f64]| -> [Vec<f64>; 2] {
            use $module as kernel;
            let [$($parameter),*] = *open else { unreachable!("as many values as arguments") };
            $(let $parameter = $parameter as $float;)*
            let (x, y) = (x as $float, y as $float);
            let (loss, first) = kernel::forward_backward(x, y, $($parameter),*);
            let all = [
                vec![kernel::forward(x, y, $($parameter),*), loss],
                vec![kernel::backward(x, y, $($parameter),*), first],
            ];
            all.map(|values| values.into_iter().map(f64::from).collect())
        }
    };
}

/// Does the compiled text give the evaluator's bits?
#[cfg(feature = "kernels")]
fn same_bits<const OUTPUTS: usize>(
    made: &Made,
    open: &[&[f64]],
    values: impl Fn(f64, f64, &[f64]) -> [Vec<f64>; OUTPUTS],
) {
    let kernel = made.kernel();
    for open in open {
        let points = points(&kernel, open, 20_000, 1);
        let mut expected = vec![Vec::new(); OUTPUTS];
        eval::block(&kernel, &points.x, &points.y, None, open, &mut expected);
        for (i, (&x, &y)) in points.x.iter().zip(&points.y).enumerate() {
            for (found, expected) in values(x, y, open).iter().zip(&expected) {
                let same =
                    |found: &f64| found.to_bits() == expected[i].to_bits() || found.is_nan() && expected[i].is_nan();
                assert!(
                    found.iter().all(same),
                    "{} {open:?} at {x:e}, {y}: {found:?}, not {:e}",
                    made.name(),
                    expected[i]
                );
            }
        }
    }
}

#[cfg(feature = "kernels")]
#[test]
fn kernels_give_the_bits_of_the_evaluator() {
    use focal_derive::kernels::{cross_entropy_binary, focal_binary, focal_binary_g2, focal_star};
    use focal_derive::kernels::{focal_probability, focal_probability_g2};
    let alphas: [&[f64]; 4] = [&[0.25], &[0.0], &[1.0], &[f64::NAN]];
    let pairs: [&[f64]; 6] = [&[0.25, 2.0], &[0.5, 0.5], &[1.0, 0.0], &[0.75, 5.0], &[0.25, -1.0], &[2.0, 2.0]];
    let stars: [&[f64]; 5] = [&[2.0, 1.0], &[0.5, -1.75], &[5.0, 0.0], &[0.0, 1.0], &[1.0, f64::INFINITY]];
    let open = |loss, names: &[&'static str], format| {
        Made::new(loss, &names.iter().map(|name| [*name, "param"]).collect::<Vec<_>>(), format)
    };
    let g2 = |format| Made::new("focal_binary", &[["gamma", "2"]], format);
    let both = ["alpha", "gamma"];
    same_bits(&open("cross_entropy_binary", &["alpha"], F32), &alphas, values!(cross_entropy_binary::f32, f32, (a)));
    same_bits(&open("cross_entropy_binary", &["alpha"], F64), &alphas, values!(cross_entropy_binary::f64, f64, (a)));
    same_bits(&open("focal_binary", &both, F32), &pairs, values!(focal_binary::f32, f32, (a, g)));
    same_bits(&open("focal_binary", &both, F64), &pairs, values!(focal_binary::f64, f64, (a, g)));
    same_bits(&g2(F32), &[&[]], values!(focal_binary_g2::f32, f32, ()));
    same_bits(&g2(F64), &[&[]], values!(focal_binary_g2::f64, f64, ()));
    let probability = |format| open("focal_probability", &both, format).of_order(1);
    let g2 = |format| Made::new("focal_probability", &[["gamma", "2"]], format);
    same_bits(&probability(F32), &pairs, first_values!(focal_probability::f32, f32, (a, g)));
    same_bits(&probability(F64), &pairs, first_values!(focal_probability::f64, f64, (a, g)));
    same_bits(&g2(F32), &[&[]], values!(focal_probability_g2::f32, f32, ()));
    same_bits(&g2(F64), &[&[]], values!(focal_probability_g2::f64, f64, ()));
    same_bits(&open("focal_star", &["gamma", "beta"], F32), &stars, values!(focal_star::f32, f32, (g, b)));
    same_bits(&open("focal_star", &["gamma", "beta"], F64), &stars, values!(focal_star::f64, f64, (g, b)));
}
