//! Rows of classes: `forward_backward_classes` against the functions of scalars, bit for bit, and what it refuses.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Output;

use focal_derive::emit::{EmitOptions, Labels, emit};
use focal_derive::kernel::Format;
use focal_derive::setting::Choice;
use focal_derive::{RuleBook, Spec, derive};

use super::kernels::Case;
use super::{kernels, program, tools};

/// Files with the function: each kind of label, parameters fixed and open, with and without weights.
fn cases() -> Vec<Case> {
    let with = |mut case: Case| {
        case.options.classes = true;
        case
    };
    let all = kernels::all().into_iter().chain(super::real::all()).map(with);
    let possible = |case: &Case| case.spec.name != "strange" && case.options.order > 0;
    let all: Vec<Case> = all.filter(possible).collect();
    for labels in [Labels::Float, Labels::U8, Labels::Bool, Labels::PlusMinus] {
        let of = |weighted| all.iter().any(|case| case.options.labels == labels && case.kernel.weighted == weighted);
        assert!(of(false) || of(true), "{labels:?}");
    }
    all
}

/// The program: a module for each file, and a run for each choice of its open parameters.
fn write(files: &[(&Case, String)], folder: &Path) {
    let mut main = concat!(include_str!("float_head.rs"), include_str!("classes_head.rs")).to_string();
    let mut body = String::new();
    for (place, (case, text)) in files.iter().enumerate() {
        fs::write(folder.join(format!("k{place}.rs")), text).unwrap();
        writeln!(main, "mod k{place};").unwrap();
        let label = match case.options.labels {
            Labels::Float => "f64::from(u8::from(one)) as F",
            Labels::U8 => "u8::from(one)",
            Labels::Bool => "one",
            Labels::PlusMinus => "if one { 1.0 } else { -1.0 }",
        };
        for arguments in &case.arguments {
            let scalar = program::rest(case, "w", arguments);
            write!(body, "    {{ type F = {}; use k{place} as k; run::<F>(", case.kernel.format).unwrap();
            write!(
                body,
                "{}, |x, one, w| {{ let _ = w; k::forward_backward(x, {label}{scalar}) }}",
                case.kernel.weighted
            )
            .unwrap();
            writeln!(
                body,
                ", |x, classes, target, w, l, g| {{ let _ = w; k::forward_backward_classes(x, classes, target{scalar}, l, g) }}); }}"
            )
            .unwrap();
        }
    }
    fs::write(folder.join("main.rs"), format!("{main}\nfn main() {{\n{body}}}\n")).unwrap();
}

fn compiled(folder: &Path, level: &str) -> Output {
    let level = format!("opt-level={level}");
    tools::quiet("rustc", &["--edition", "2021", "-D", "warnings", "-C", &level, "-o", "run", "main.rs"], folder);
    tools::run(&folder.join("run").display().to_string(), &[], folder).expect("it was compiled")
}

#[test]
fn rows_of_classes_give_the_bits_of_scalars() {
    let folder = tools::folder("classes");
    let cases = cases();
    let files: Vec<(&Case, String)> = cases.iter().map(|case| (case, case.text())).collect();
    write(&files, &folder);
    for level in ["3", "0"] {
        let output = compiled(&folder, level);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let runs: usize = cases.iter().map(|case| case.arguments.len()).sum();
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(said.lines().count(), runs, "{said}");
    }
}

#[test]
fn a_fault_in_rows_of_classes_is_seen() {
    let cases = cases();
    let case = cases.iter().find(|case| case.kernel.weighted && case.arguments.len() == 1).expect("weights");
    let text = case.text();
    let faults = [
        ("labels.get_mut(place)", "labels.get_mut(place + 1)"),
        ("if u64::from(class) > classes as u64", "if u64::from(class) >= classes as u64"),
        ("> classes as u64 && w[row] != 0.0", "> classes as u64 && row < w.len()"),
        ("(row * classes).max(start) - start", "0"),
        ("    no_class(target, classes, w, loss, grad);\n", "    let _ = no_class;\n"),
    ];
    for (place, (right, wrong)) in faults.into_iter().enumerate() {
        assert_eq!(text.matches(right).count(), 1, "{right}");
        let folder = tools::folder(&format!("classes-fault-{place}"));
        write(&[(case, text.replace(right, wrong))], &folder);
        assert!(!compiled(&folder, "0").status.success(), "{right} → {wrong} goes unseen");
    }
}

#[test]
fn rows_that_do_not_fit_are_refused() {
    let folder = tools::folder("classes-refusals");
    let derivation = derive(&Spec::builtin("cross_entropy_binary").unwrap(), RuleBook::builtin()).unwrap();
    for (name, weighted) in [("plain", false), ("weighted", true)] {
        let options = EmitOptions { weighted, classes: true, ..EmitOptions::default() };
        fs::write(folder.join(format!("{name}.rs")), emit(&derivation, &options).unwrap()).unwrap();
    }
    fs::write(folder.join("main.rs"), concat!(include_str!("refusals_head.rs"), include_str!("panic_head.rs")))
        .unwrap();
    let output = compiled(&folder, "3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_loss_without_a_logit_has_no_rows_of_classes() {
    let gamma = ("gamma".to_string(), Choice::parse("2").unwrap());
    let refused = |loss: &str, order: u8| {
        let derivation = derive(&Spec::builtin(loss).unwrap(), RuleBook::builtin()).unwrap();
        let choices = vec![gamma.clone()];
        emit(&derivation, &EmitOptions { choices, order, classes: true, ..EmitOptions::default() }).unwrap_err().text
    };
    assert!(refused("focal_probability", 1).contains("`p` lies in (0, 1)"));
    assert!(refused("focal_softmax", 1).contains("`t` is not a label in {0, 1}"));
    assert!(refused("focal_binary", 0).contains("order 0 has no gradient"));
}

/// It is the inputs of the spec that decide, and names that the function has itself are no trouble.
#[test]
fn a_loss_of_your_own_has_rows_of_classes() {
    let text = "[inputs]\nclasses = { domain = \"finite\" }\ntarget = { domain = \"{0, 1}\" }\n[parameters]\n\
                rows = { domain = \"(0, inf)\" }\n[formula]\nz = \"(2*target - 1) * classes\"\n\
                loss = \"rows * softplus(-z)\"\n";
    let derivation = derive(&Spec::parse("own", "own.toml", text).unwrap(), RuleBook::builtin()).unwrap();
    let choices = vec![("rows".to_string(), Choice::Argument)];
    for (format, classes) in [(Format::F32, true), (Format::F64, true), (Format::F32, false)] {
        let options = EmitOptions { choices: choices.clone(), format, classes, ..EmitOptions::default() };
        let text = emit(&derivation, &options).unwrap();
        let folder = tools::folder(&format!("classes-own-{format}-{classes}"));
        fs::write(folder.join("own.rs"), &text).unwrap();
        tools::quiet("rustc", &["--edition", "2021", "--crate-type", "lib", "-D", "warnings", "own.rs"], &folder);
        let head = format!("pub fn forward(classes: {format}, target: {format}, rows: {format})");
        assert_eq!(text.contains(&head), !classes, "without the function names are the spec's");
    }
}
