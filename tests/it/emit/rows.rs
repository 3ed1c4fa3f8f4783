//! Emitted functions over rows against the evaluator of their kernels, bit for bit; rows against each other; panics.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use focal_derive::derivation::Derivation;
use focal_derive::emit::{self, EmitOptions, Targets};
use focal_derive::kernel::row::Row;
use focal_derive::kernel::{Format, Mode};
use focal_derive::lower::row_kernel;
use focal_derive::setting::{Choice, settle};
use focal_derive::{RuleBook, Spec, derive};

use super::tools;

/// A row's results, from its inputs, its target and the values of its open parameters.
pub type Eval = Box<dyn Fn(&[f64], usize, &[f64]) -> Row>;

/// A kernel, how it is emitted, and what it is run with.
pub struct Case {
    pub options: EmitOptions,
    pub eval: Eval,
    pub text: String,
    /// Alpha by class, then repeated, of which it takes as many as there are classes; empty where there is none of a class.
    pub alpha: Vec<f64>,
    pub gamma: Option<f64>,
    /// The one number of classes that it takes, where there is a list.
    pub only: Option<usize>,
}

/// Rows of one shape: their number of classes, inputs one row after the other, targets.
pub type Shape = (usize, Vec<f64>, Vec<i64>);

impl Case {
    /// The values of the open parameters of a class.
    pub fn open(&self, class: usize) -> Vec<f64> {
        let alpha = self.alpha.iter().cycle().nth(class).copied();
        alpha.into_iter().chain(self.gamma).collect()
    }

    /// Does it take an alpha for each class as an argument?
    fn takes_alpha(&self) -> bool {
        self.options.choices[0].1 == Choice::Argument
    }

    /// What its functions take behind targets or labels.
    pub fn rest(&self) -> String {
        let alpha = if self.takes_alpha() { ", &alpha[..c]" } else { "" };
        let gamma = self.gamma.map(|gamma| format!(", F::of({gamma:?})")).unwrap_or_default();
        format!("{alpha}{gamma}")
    }

    /// Is it run with rows of so many classes?
    pub fn takes(&self, classes: usize) -> bool {
        self.only.is_none_or(|only| only == classes)
    }
}

/// Alpha of each class, as far as there is one, and the number of classes of a list.
pub fn alpha_of(choice: &Choice, format: Format) -> (Vec<f64>, Option<usize>) {
    match choice {
        Choice::List(list) => (list.iter().map(|one| format.nearest(one)).collect(), Some(list.len())),
        Choice::Argument => {
            let all = [0.25, 1.0, 0.0, 3.5, -1.0, f64::NAN, 0.75];
            (all.map(|one| format.round(one)).to_vec(), None)
        }
        _ => (Vec::new(), None),
    }
}

fn derivation() -> &'static Derivation {
    static MADE: OnceLock<Derivation> = OnceLock::new();
    MADE.get_or_init(|| {
        let spec = Spec::builtin("focal_softmax").expect("it comes with the tool");
        derive(&spec, RuleBook::builtin()).expect("a derivation")
    })
}

fn case(format: Format, alpha: &str, gamma: &str, options: EmitOptions) -> Case {
    let choice = |name: &str, text: &str| (name.to_string(), Choice::parse(text).expect("a choice"));
    let choices = vec![choice("alpha", alpha), choice("gamma", gamma)];
    let options = EmitOptions { choices, format, ..options };
    let parameters = settle(&derivation().spec, &options.choices, format).expect("settings");
    let kernel = row_kernel(derivation(), &parameters, (format, Mode::Accurate), options.order).expect("a kernel");
    let text = emit::emit(derivation(), &options).expect("a text");
    let (alpha, only) = alpha_of(&options.choices[0].1, format);
    let gamma = (options.choices[1].1 == Choice::Argument).then_some(2.0);
    let eval = Box::new(move |z: &[f64], target: usize, open: &[f64]| kernel.eval(z, target, open));
    Case { options, eval, text, alpha, gamma, only }
}

fn all() -> Vec<Case> {
    let order = |order| EmitOptions { order, ..EmitOptions::default() };
    let signed = EmitOptions { order: 2, targets: Targets::I64, ignore: Some(-100), ..EmitOptions::default() };
    let dispatch = EmitOptions { dispatch: true, targets: Targets::I64, ..EmitOptions::default() };
    vec![
        case(Format::F32, "none", "2", order(1)),
        case(Format::F32, "param", "param", signed.clone()),
        case(Format::F64, "param", "2.5", order(2)),
        case(Format::F32, "0.25,0.5,1", "0.5", EmitOptions { ignore: Some(2), ..order(1) }),
        case(Format::F64, "0.75", "0", EmitOptions { order: 0, ..signed }),
        case(Format::F32, "none", "1", dispatch),
    ]
}

/// A number from a seed, in [0, 1).
pub fn next(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 11) as f64 / 2f64.powi(53)
}

/// Rows of many shapes: around the lanes and blocks, at many scales, with infinities, NaN and targets that are no class.
fn shapes() -> Vec<Shape> {
    // numbers of f32 are numbers of f64
    let format = Format::F32;
    let mut state = 7;
    let mut all = Vec::new();
    for (classes, count) in
        [(2, 66), (3, 42), (7, 12), (8, 12), (9, 12), (10, 6), (80, 30), (127, 6), (128, 12), (129, 6)]
            .into_iter()
            .chain([(300, 6), (1000, 6), (1024, 6), (1025, 6), (2100, 6)])
    {
        let (mut z, mut target) = (Vec::new(), Vec::new());
        for row in 0..count {
            let scale = [1.0, 4.0, 30.0, 300.0, 1e30, 0.0][row % 6];
            let offset = [0.0, 0.0, 1e4, -0.0][row % 4];
            let mut one: Vec<f64> =
                (0..classes).map(|_| format.round(offset + scale * (next(&mut state) - 0.5))).collect();
            let special = [f64::INFINITY, f64::NEG_INFINITY, f64::NAN, -0.0][(next(&mut state) * 4.0) as usize];
            if row % 5 == 4 {
                one[(next(&mut state) * classes as f64) as usize] = special;
            }
            if row % 25 == 24 {
                one.fill(special);
            }
            z.extend(one);
            let any = (next(&mut state) * classes as f64) as i64;
            target.push(match row % 12 {
                7 => classes as i64,
                10 => -100,
                _ => any,
            });
        }
        all.push((classes, z, target));
    }
    all
}

fn numbers(values: &[f64]) -> String {
    let each: Vec<String> = values.iter().map(|value| format!("F::of(f64::from_bits({}))", value.to_bits())).collect();
    each.join(", ")
}

/// The block of main that runs one case over every shape, and then `more` of it.
pub fn run(case: &Case, place: usize, more: &str) -> String {
    let only = case.only.map_or("None".to_string(), |only| format!("Some({only})"));
    let of_class = case.takes_alpha();
    let rest = case.rest();
    let target = case.options.targets.name();
    let ignored = case.options.ignore.map_or("None".to_string(), |ignored| format!("Some({ignored})"));
    let mut text = format!(
        "    for rows in rows() {{\n        type F = {};\n        use k{place} as k;\n        \
         let only: Option<usize> = {only};\n        if only.is_some() && only != Some(rows.classes) {{ continue; }}\n        \
         let (c, n) = (rows.classes, rows.target.len());\n        \
         let alpha: Vec<F> = [{}].iter().copied().cycle().take(if {of_class} {{ c }} else {{ 0 }}).collect();\n        \
         let _ = &alpha;\n        let z: Vec<F> = rows.z.iter().map(|z| F::of(*z)).collect();\n        \
         let t: Vec<{target}> = rows.target.iter().map(|t| *t as {target}).collect();\n        \
         let fill = |n: usize| vec![F::of(-7.0); n];\n",
        case.options.format,
        numbers(&if case.alpha.is_empty() { vec![0.0] } else { case.alpha.clone() }),
    );
    let order = case.options.order;
    text.push_str(&format!(
        "        let mut loss = fill(n);\n        k::forward_rows(&z, c, &t{rest}, &mut loss);\n        \
         for r in 0..n {{ same(\"row\", &loss[r..=r], &[k::forward(&z[r * c..(r + 1) * c], t[r]{rest})]); }}\n        \
         for inner in [1, 2, 3] {{\n            let mut other = fill(n);\n            \
         k::forward_nd(&turned(&z, c, inner), c, inner, &t{rest}, &mut other);\n            \
         same(\"nd\", &loss, &other);\n        }}\n        \
         let total = sum(&loss);\n        same(\"sum\", &[k::forward_sum_rows(&z, c, &t{rest})], &[total]);\n        \
         let ignored: Option<i64> = {ignored};\n        \
         let count = t.iter().filter(|t| Some(**t as i64) != ignored).count();\n        \
         same(\"mean\", &[k::forward_mean_rows(&z, c, &t{rest})], &[total / count as f64]);\n        print(&loss);\n"
    ));
    if of_class {
        text.push_str(&format!(
            "        let weights: Vec<F> = t.iter().map(|t| if Some(*t as i64) == ignored {{ F::of(0.0) }} \
             else {{ alpha.get(*t as usize).copied().unwrap_or(F::of(0.0)) }}).collect();\n        \
             same(\"weighted\", &[k::forward_weighted_mean_rows(&z, c, &t{rest})], &[total / sum(&weights)]);\n"
        ));
    }
    let derivative = |name: &str, first: &str, second: &str, one: &str, takes: &str| {
        format!(
            "        let (mut a, mut b) = (fill({first}), fill({second}));\n        \
             k::{name}_rows(&z, c, &t{rest}, &mut a, &mut b);\n        \
             for r in 0..n {{\n            {one}\n        }}\n        \
             for inner in [2, 3] {{\n            let (mut d, mut e) = (fill({first}), fill({second}));\n            \
             k::{name}_nd(&turned(&z, c, inner), c, inner, &t{rest}, &mut d, &mut e);\n            {takes}\n        }}\n"
        )
    };
    if order >= 1 {
        let one = format!(
            "let mut g = fill(c); let l = k::forward_backward(&z[r * c..(r + 1) * c], t[r]{rest}, &mut g); \
             same(\"loss of a row\", &a[r..=r], &[l]); same(\"gradient of a row\", &b[r * c..(r + 1) * c], &g);"
        );
        let takes = "same(\"loss\", &a, &d); same(\"gradient\", &turned(&b, c, inner), &e);";
        text.push_str(&derivative("forward_backward", "n", "n * c", &one, takes));
        text.push_str(&format!(
            "        same(\"loss with gradient\", &a, &loss);\n        print(&b);\n        let mut scaled = fill(n * c);\n        \
             let s = F::of(0.375);\n        let got = k::forward_backward_sum_rows(&z, c, &t{rest}, s, &mut scaled);\n        \
             same(\"scaled sum\", &[got], &[s.wide() * total]);\n        \
             same(\"scaled\", &scaled, &b.iter().map(|g| *g * s).collect::<Vec<F>>());\n        let first = b;\n        let _ = &first;\n"
        ));
    }
    if order >= 2 {
        let one = format!(
            "let (mut g, mut h) = (fill(c), fill(c)); \
             k::backward_hessian(&z[r * c..(r + 1) * c], t[r]{rest}, &mut g, &mut h); \
             same(\"gradient\", &a[r * c..(r + 1) * c], &g); same(\"Hessian of a row\", &b[r * c..(r + 1) * c], &h);"
        );
        let takes = "same(\"gradient\", &turned(&a, c, inner), &d); same(\"Hessian\", &turned(&b, c, inner), &e);";
        text.push_str(&derivative("backward_hessian", "n * c", "n * c", &one, takes));
        text.push_str("        same(\"gradient with Hessian\", &a, &first);\n        print(&b);\n");
    }
    text + more + "    }\n"
}

/// What the kernel's evaluator gives for the case: in the order that the program prints; then `more` of each shape.
pub fn expected(case: &Case, shapes: &[Shape], more: &dyn Fn(&Case, &Shape) -> Vec<f64>) -> Vec<u64> {
    let mut all = Vec::new();
    for shape in shapes.iter().filter(|shape| case.takes(shape.0)) {
        let (classes, z, target) = (shape.0, &shape.1, &shape.2);
        let mut parts = vec![Vec::new(); usize::from(case.options.order) + 1];
        for (z, target) in z.chunks(classes).zip(target) {
            // what a program reads of −100 where targets have no sign is no class
            let is_class = (0..classes as i64).contains(target);
            let ignored = case.options.ignore == Some(*target);
            let found = is_class.then(|| (case.eval)(z, *target as usize, &case.open(*target as usize)));
            let lost = vec![if ignored { 0.0 } else { f64::NAN }; classes];
            parts[0].push(found.as_ref().filter(|_| !ignored).map_or(lost[0], |row| row.loss));
            for (place, part) in parts.iter_mut().enumerate().skip(1) {
                part.extend(match found.as_ref().filter(|_| !ignored) {
                    Some(row) => row.derivatives[place - 1].clone(),
                    None => lost.clone(),
                });
            }
        }
        let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
        all.extend(parts.into_iter().flatten().chain(more(case, shape)).map(bits));
    }
    all
}

const PANICS: &str = r#"
fn panics() {
    let (z, t) = ([0.0_f32; 6], [0_u32; 2]);
    let said = |run: &(dyn Fn() + std::panic::RefUnwindSafe)| panic_of(|| run());
    let mut loss = [7.0_f32; 2];
    let mut grad = [7.0_f32; 6];
    assert_eq!(said(&|| { let _ = k0::forward(&z[..1], 0); }), "`classes` is 1; a loss over classes needs at least 2");
    assert_eq!(said(&|| { let _ = k0::forward(&[], 0); }), "`classes` is 0; a loss over classes needs at least 2");
    let text = "`z` has 6 elements: no whole number of 4 classes times 1";
    assert_eq!(said(&|| { let _ = k0::forward_sum_rows(&z, 4, &t); }), text);
    assert_eq!(said(&|| { let _ = k0::forward_sum_rows(&z, 2, &t); }), "`target` has 2 elements, `z` has 3 rows");
    assert_eq!(said(&|| k0::forward_nd(&z, 3, 0, &t, &mut [0.0; 2])), "`z` has 6 elements: no whole number of 3 classes times 0");
    assert_eq!(said(&|| k0::forward_nd(&z, usize::MAX, 3, &t, &mut [0.0; 2])), format!("`z` has 6 elements: no whole number of {} classes times 3", usize::MAX));
    let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        k0::forward_backward_rows(&z, 3, &t, &mut loss, &mut grad[..5]);
    }));
    assert_eq!(*wrong.unwrap_err().downcast::<String>().unwrap(), "`grad` has 5 elements, `z` has 6");
    assert_eq!((loss, grad), ([7.0; 2], [7.0; 6]), "nothing is written before");
    let t = [0_i64; 2];
    assert_eq!(said(&|| { let _ = k1::forward_sum_rows(&z, 3, &t, &[0.5; 2], 2.0); }), "`alpha` has 2 elements, but there are 3 classes");
    let t = [0_u32; 3];
    assert_eq!(said(&|| { let _ = k3::forward_sum_rows(&z, 2, &t); }), "`ALPHA` has 3 elements, but there are 2 classes");
    // no rows
    assert_eq!(k0::forward_sum_rows(&[], 3, &[]), 0.0);
    assert!(k0::forward_mean_rows(&[], 3, &[]).is_nan());
}
"#;

const HEAD: &str = concat!(include_str!("float_head.rs"), include_str!("panic_head.rs"), include_str!("rows_head.rs"));

/// Writes a program that runs every case: the blocks of its main, what stands before that, and the rows.
pub fn write(cases: &[Case], (blocks, before): (&[String], &str), shapes: &[Shape], folder: &Path) {
    let mut main = HEAD.to_string();
    for (place, case) in cases.iter().enumerate() {
        fs::write(folder.join(format!("k{place}.rs")), &case.text).unwrap();
        writeln!(main, "mod k{place};").unwrap();
    }
    let body = blocks.concat();
    fs::write(folder.join("main.rs"), format!("{main}{before}\nfn main() {{\n{body}    panics();\n}}\n")).unwrap();
    let mut words: Vec<u64> = Vec::new();
    for (classes, z, target) in shapes {
        words.extend([*classes as u64, target.len() as u64]);
        words.extend(z.iter().map(|z| z.to_bits()));
        words.extend(target.iter().map(|target| *target as u64));
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    fs::write(folder.join("rows"), bytes).unwrap();
}

/// The programs, at every level of optimisation, print what is expected of each case.
pub fn compare(expected: &[Vec<u64>], folder: &Path) {
    let lengths: Vec<usize> = expected.iter().map(Vec::len).collect();
    let expected = expected.concat();
    let mut programs = vec![("fast", "opt-level=3", "debuginfo=0"), ("slow", "opt-level=0", "debuginfo=0")];
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") {
        programs.push(("wide", "opt-level=3", "target-feature=+avx2"));
    }
    for (name, level, target) in programs {
        let arguments = ["--edition", "2021", "-D", "warnings", "-C", level, "-C", target, "-o", name, "main.rs"];
        tools::quiet("rustc", &arguments, folder);
        let program = folder.join(name);
        let Some(output) = tools::run(program.to_str().expect("a path"), &[], folder) else { return };
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let found: Vec<u64> =
            output.stdout.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
        assert_eq!(found.len(), expected.len(), "{name}");
        let wrong: Vec<usize> = (0..found.len()).filter(|at| found[*at] != expected[*at]).collect();
        let values =
            |at: &usize| format!("{at}: {:e}, not {:e}", f64::from_bits(found[*at]), f64::from_bits(expected[*at]));
        let some: Vec<String> = wrong.iter().take(5).chain(wrong.last()).map(values).collect();
        assert!(wrong.is_empty(), "{name}: {} of {} {lengths:?}: {}", wrong.len(), found.len(), some.join("; "));
    }
}

#[test]
fn rows_give_the_bits_of_the_evaluator() {
    let (cases, shapes) = (all(), shapes());
    let folder = tools::folder("rows");
    let blocks: Vec<String> = cases.iter().enumerate().map(|(place, case)| run(case, place, "")).collect();
    write(&cases, (&blocks, PANICS), &shapes, &folder);
    let none = |_: &Case, _: &Shape| Vec::new();
    let expected: Vec<Vec<u64>> = cases.iter().map(|case| expected(case, &shapes, &none)).collect();
    compare(&expected, &folder);
}

/// Texts are quiet in every edition, and rustfmt leaves them as they are; `first` calls a function of the first one.
pub fn quiet(cases: &[Case], first: &str, folder: &Path) {
    let (mut main, mut files) = (String::new(), Vec::new());
    for (place, case) in cases.iter().enumerate() {
        files.push(format!("k{place}.rs"));
        fs::write(folder.join(&files[place]), &case.text).unwrap();
        main.push_str(&format!("mod k{place};\n"));
    }
    fs::write(folder.join("main.rs"), format!("{main}\nfn main() {{\n    k0::{first};\n}}\n")).unwrap();
    tools::quiet_in_every_edition(folder);
    tools::fixed_points_of_rustfmt(&files, folder);
}

#[test]
fn row_texts_are_quiet_and_fixed_points_of_rustfmt() {
    quiet(&all(), "forward(&[0.0; 2], 0)", &tools::folder("rows-quiet"));
}
