//! Does emitted text do what its kernel says, and is it text that anyone can take in?
//!
//! Compiled text against the kernel's evaluator, bit for bit; rustc without warnings, clippy and rustfmt; panics.

mod apart;
mod classes;
mod consumer;
mod kernels;
mod machine;
mod normalised;
mod program;
mod real;
mod rows;
mod tools;

use std::fs;

use focal_derive::emit::{self, State};
use kernels::Case;

#[test]
fn compiled_text_gives_the_bits_of_the_evaluator() {
    let cases: Vec<Case> = kernels::all().into_iter().chain(real::all()).collect();
    let folder = tools::folder("bits");
    program::write(&cases, &folder);
    for (name, optimised) in [("fast", "3"), ("slow", "0")] {
        let level = format!("opt-level={optimised}");
        let arguments = ["--edition", "2021", "-D", "warnings", "-C", &level, "-o", name, "main.rs"];
        tools::quiet("rustc", &arguments, &folder);
        program::compare(&cases, &folder, name);
    }
}

#[test]
fn text_is_quiet_in_every_edition_and_under_clippy() {
    let folder = tools::folder("quiet");
    let mut main = "include!(\"k0.rs\");\n".to_string();
    let mut calls = "    println!(\"{}\", forward(0.0, 0.0));\n".to_string();
    for (place, case) in kernels::all().iter().chain(&real::all()).chain(&kernels::dispatched()).enumerate() {
        fs::write(folder.join(format!("k{place}.rs")), case.text()).unwrap();
        // A private module of which one function is used.
        main.push_str(&format!("mod k{place};\n"));
        calls.push_str(&format!("    k{place}::forward_sum(&[], &[]{});\n", program::rest(case, "&[]", &[0.5, 0.5])));
    }
    fs::write(folder.join("main.rs"), format!("{main}\nfn main() {{\n{calls}}}\n")).unwrap();
    tools::quiet_in_every_edition(&folder);
}

#[test]
fn text_is_a_fixed_point_of_rustfmt() {
    let folder = tools::folder("format");
    let mut files = Vec::new();
    let others = (1..=32).map(kernels::stretched).chain(kernels::dispatched());
    for (place, case) in kernels::all().into_iter().chain(real::all()).chain(others).enumerate() {
        files.push(format!("k{place}.rs"));
        fs::write(folder.join(&files[place]), case.text()).unwrap();
    }
    tools::fixed_points_of_rustfmt(&files, &folder);
}

#[test]
fn the_same_bytes_every_time() {
    let texts = || kernels::all().iter().chain(&real::all()).map(Case::text).collect::<Vec<_>>();
    assert_eq!(texts(), texts());
}

#[test]
fn a_header_says_what_made_the_file() {
    let case = &kernels::all()[1];
    let text = case.text();
    let header = emit::header(&text).unwrap();
    assert_eq!(header.command, "focal-derive emit focal_binary --alpha 0.25 --gamma 2 --labels u8 --classes");
    assert_eq!(header.arguments.join(" "), header.command["focal-derive ".len()..]);
    assert_eq!(header.rules, "0123456789abcdef");
    assert_eq!(header.mend("a b.rs"), format!("{} -o 'a b.rs'", header.command));
    let strange = emit::header(&kernels::all()[9].text()).unwrap();
    assert_eq!(strange.arguments[..2], ["emit", "./a strange loss.toml"]);
    assert!(emit::header("fn main() {}").is_err());
}

#[test]
fn edited_other_and_stale_files_are_told_apart() {
    let made = kernels::all()[0].text();
    let state = |found: &str| emit::compare(found, &made).state;
    assert_eq!(state(&made), State::Fresh);
    assert_eq!(state(&made.replace('\n', "\r\n").replace("    ", "\t")), State::Fresh);
    assert_eq!(state(&made.replacen("x: f32, y: f32)", "x: f32,\n    y: f32,\n)", 1)), State::Fresh);
    assert_eq!(state(&made.replacen("l_c", "l_d", 1)), State::HandEdited);
    assert_eq!(state(&format!("{made}fn more( {{")), State::HandEdited);
    assert_eq!(state(""), State::HandEdited);
    let version = format!("focal-derive {}", emit::VERSION);
    assert_eq!(state(&made.replacen(&version, "focal-derive 0.0.1", 1)), State::OtherVersion);
    assert_eq!(state(&kernels::all()[1].text()), State::Stale);
    let comparison = emit::compare(&made.replacen("l_c", "l_d", 1), &made);
    assert_eq!(comparison.diff.lines().filter(|line| line.starts_with('+') && line.contains("l_c")).count(), 1);
    assert_eq!(emit::compare(&made, &made).diff, "");
}

#[test]
fn a_crate_of_its_own_trains_with_emitted_text() {
    consumer::trains(&real::focal_of_two());
}

#[test]
fn a_kernel_for_other_options_is_refused() {
    let case = &kernels::all()[0];
    for options in [
        emit::EmitOptions { order: 1, ..case.options.clone() },
        emit::EmitOptions { weighted: true, ..case.options.clone() },
        emit::EmitOptions { format: focal_derive::kernel::Format::F64, ..case.options.clone() },
    ] {
        assert!(emit::text(&case.kernel, &case.spec, "", &options).is_err());
    }
    let mut spec = case.spec.clone();
    spec.inputs.pop();
    assert!(emit::text(&case.kernel, &spec, "", &case.options).is_err());
}
