//! What compilers make of emitted text: loops of vectors, the same bits at every level of the target, code for a crate
//! without std.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::tools;

/// The committed kernels, and files for the other labels: module, and the text.
pub fn files() -> Vec<(String, String)> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("derivations");
    let mut files = Vec::new();
    for loss in focal_derive::Spec::builtin_names() {
        let mut kernels: Vec<_> = fs::read_dir(home.join(loss)).unwrap().map(|entry| entry.unwrap().path()).collect();
        kernels.retain(|path| path.extension().is_some_and(|end| end == "rs"));
        kernels.sort();
        for path in kernels {
            let name = format!("{loss}_{}", path.file_stem().unwrap().to_str().unwrap());
            let text = fs::read_to_string(path).unwrap();
            // functions over rows of classes have tests of their own
            if !text.contains("fn check_shape(") {
                files.push((name, text));
            }
        }
    }
    assert!(files.len() >= 8);
    let labels = [
        ("u8", "--alpha 0.25 --labels u8 --classes"),
        ("bool", "--alpha 0.25 --labels bool --precision f64"),
        ("signs", "--labels plus-minus --weight --classes"),
    ];
    let fast = [
        ("fast_f32", "--alpha 0.25 --labels u8 --order 2 --mode fast --classes"),
        ("fast_f64", "--alpha 0.25 --labels u8 --order 2 --mode fast --precision f64"),
    ];
    files.extend(labels.into_iter().chain(fast).map(|(name, options)| emitted(name, options)));
    files
}

/// Files whose products are fused with sums: they need std, and a processor with such operations to be fast.
fn fused() -> Vec<(String, String)> {
    let all = [
        ("fused_f32", "--alpha 0.25 --labels u8 --order 2 --fma"),
        ("fused_fast", "--alpha 0.25 --labels u8 --order 2 --mode fast --fma"),
        ("fused_f64", "--alpha 0.25 --labels u8 --order 2 --precision f64 --fma"),
    ];
    all.into_iter().map(|(name, options)| emitted(name, options)).collect()
}

fn emitted(name: &str, options: &str) -> (String, String) {
    let arguments = format!("emit --gamma 2 {options}");
    let arguments = arguments.split(' ');
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(arguments).output().unwrap();
    assert!(output.status.success());
    (format!("labels_{name}"), String::from_utf8(output.stdout).unwrap())
}

/// Packed multiplication of what a file computes in.
fn multiplication(text: &str) -> &'static str {
    let narrow = text.contains("// precision   f32") && text.contains("// mode        fast");
    if narrow { "mulps" } else { "mulpd" }
}

/// One line of assembly that is no directive and no comment.
fn code(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with(['#', ';']) && (!line.starts_with('.') || line.ends_with(':'))
}

/// The bodies of the innermost loops of a function: from a label to a jump back to it, with no other loop inside.
fn loops<'a>(lines: &[&'a str]) -> (Vec<Vec<&'a str>>, Vec<Vec<&'a str>>) {
    let place = |label: &str| lines.iter().position(|line| line.trim_end_matches(':') == label && line.ends_with(':'));
    let mut spans = Vec::new();
    for (end, line) in lines.iter().enumerate() {
        let mut words = line.split_whitespace();
        if words.next().is_some_and(|word| word.starts_with('j'))
            && let Some(start) = words.next().and_then(place)
            && start <= end
        {
            spans.push((start, end));
        }
    }
    let inside = |a: &(usize, usize), b: &(usize, usize)| a != b && a.0 <= b.0 && b.1 <= a.1;
    let body = |span: &(usize, usize)| lines[span.0..=span.1].to_vec();
    let innermost = spans.iter().filter(|span| !spans.iter().any(|other| inside(span, other)));
    (innermost.map(body).collect(), spans.iter().map(body).collect())
}

/// How many stages the block function of a slice function has.
fn stages(text: &str, function: &str) -> usize {
    let (_, body) = text.split_once(&format!("fn {function}_block(")).expect("the function of a block");
    body.split("\n}\n").next().unwrap().matches("= stage_").count()
}

/// Packed arithmetic in every stage's loop, nowhere a call or a gather.
#[test]
fn loops_over_slices_are_loops_of_vectors() {
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    let folder = tools::folder("assembly");
    for (file, text) in files().into_iter().chain(fused()) {
        fs::write(folder.join(format!("{file}.rs")), &text).unwrap();
        let fused = text.contains(".mul_add(");
        // a processor without the operation calls a function of std
        let levels = [("x86-64", ""), ("x86-64-v3", "v"), ("x86-64-v4", "v")].into_iter().skip(usize::from(fused));
        for (level, prefix) in levels {
            let packed = &format!("{prefix}{}", multiplication(&text));
            let target = format!("target-cpu={level}");
            let out = format!("{file}-{level}.s");
            let input = format!("{file}.rs");
            let arguments = ["--edition", "2021", "--crate-type", "lib", "-O", "-C", &target];
            let arguments = [&arguments[..], &["--emit", "asm", "-C", "codegen-units=1", "-o", &out, &input]].concat();
            tools::quiet("rustc", &arguments, &folder);
            let assembly = fs::read_to_string(folder.join(&out)).unwrap();
            let lines: Vec<&str> = assembly.lines().filter(|line| code(line)).map(str::trim).collect();
            let mut seen = 0;
            let slices = ["forward", "backward", "forward_backward", "backward_hessian"].map(|one| (one, "slice"));
            for (function, over) in slices.into_iter().chain([("forward_backward", "classes")]) {
                let name = format!("{function}_{over}");
                let symbol = format!("{}{name}", name.len());
                let Some(start) = lines.iter().position(|line| line.contains(&symbol) && line.ends_with(':')) else {
                    continue;
                };
                let length = lines[start + 1..].iter().position(|line| line.starts_with("_") && line.ends_with(':'));
                let body = &lines[start..length.map_or(lines.len(), |length| start + 1 + length)];
                let (innermost, all) = loops(body);
                let at = format!("{file} {level} {name}");
                for line in all.iter().flatten() {
                    assert!(!line.contains("gather"), "{at}: {line}");
                }
                for line in innermost.iter().flatten() {
                    assert!(!line.starts_with("call"), "{at}: {line}");
                }
                let of_vectors = |line: &&str| {
                    let width = &packed[packed.len() - 2..];
                    let operation = line.split_whitespace().next().unwrap_or_default();
                    let together = operation.starts_with("vfm") && operation.ends_with(width);
                    line.starts_with(packed.as_str()) || fused && together
                };
                let packed = innermost.iter().filter(|body| body.iter().any(of_vectors));
                let (found, wanted) = (packed.count(), stages(&text, function));
                assert!(found >= wanted, "{at}: {found} loops of vectors for {wanted} stages");
                seen += 1;
            }
            let expected = text.matches("_slice(").count() + text.matches("_classes(").count();
            assert_eq!(seen, expected, "{file} {level}: functions found");
            let together = lines.iter().any(|line| line.starts_with("vfm"));
            assert_eq!(together, fused, "{file} {level}: products fused with sums");
        }
    }
}

/// A program that compares slices with scalars at every length below 300 and eight offsets, sums with their lanes, and
/// prints a hash of all bits.
fn program(files: &[(String, String)]) -> String {
    let mut main = include_str!("machine_head.rs").to_string();
    let mut body = String::new();
    for (name, text) in files {
        let argument = |wanted: &str| {
            let (_, rest) = text.split_once("pub fn forward(").expect("forward");
            let inside = rest.split_once(')').unwrap().0;
            inside.split(',').find_map(|one| one.trim().strip_prefix(wanted).map(|of| of.trim_start_matches(": ")))
        };
        let float = argument("x").or_else(|| argument("p")).expect("an input");
        let kind = argument("y").expect("a label");
        let weighted = argument("w").is_some();
        let open = ["alpha", "gamma", "beta"].into_iter().filter(|one| argument(one).is_some());
        let values: String = open.map(|one| format!(", {}", if one == "alpha" { 0.25 } else { 1.5 })).collect();
        let label = match kind {
            "bool" => "|y| y == 1.0",
            "u8" => "|y| if y == 1.0 { 1 } else if y == 0.0 { 0 } else { 77 }",
            _ if name.ends_with("signs") => "|y| if y == 0.0 { -1.0 } else { y as F }",
            _ => "|y| y as F",
        };
        let (one, many) = if weighted { (", w[i]", ", w") } else { ("", "") };
        writeln!(main, "mod {name};").unwrap();
        write!(body, "    {{ type F = {float}; use {name} as k; run::<F, {kind}>(\"{name}\", {label}").unwrap();
        write!(body, ", |x, y, w, i| {{ let _ = w; k::forward_backward(x[i], y[i]{one}{values}) }}").unwrap();
        write!(body, ", |x, y, w, l, g| {{ let _ = w; k::forward_backward_slice(x, y{many}{values}, l, g) }}").unwrap();
        write!(body, ", |x, y, w, l| {{ let _ = w; k::forward_slice(x, y{many}{values}, l) }}").unwrap();
        write!(body, ", |x, y, w, g| {{ let _ = w; k::backward_slice(x, y{many}{values}, g) }}").unwrap();
        write!(body, ", |x, y, w, g| {{ let _ = w; k::forward_backward_sum(x, y{many}{values}, 0.5, g) }}").unwrap();
        writeln!(body, "); }}").unwrap();
    }
    format!("{main}\nfn main() {{\n{body}}}\n")
}

/// Every variant for a processor, and the plain body, give the bits of a file without variants.
#[cfg(target_arch = "x86_64")]
#[test]
fn variants_for_processors_give_the_same_bits() {
    let folder = tools::folder("variants");
    let emit = |more: &[&str]| {
        let arguments = ["emit", "--gamma", "param", "--alpha", "param", "--order", "2"];
        let arguments = arguments.iter().chain(more);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(arguments).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    let without = |text: &str, feature: &str| {
        let test = format!("std::is_x86_feature_detected!(\"{feature}\")");
        assert!(text.contains(&test));
        text.replace(&test, "false")
    };
    let widest = emit(&["--dispatch"]);
    let narrow = without(&widest, "avx512f");
    let plain = without(&narrow, "avx2");
    let texts = [("none", emit(&[])), ("widest", widest.clone()), ("narrow", narrow), ("plain", plain)];
    let files = texts.map(|(name, text)| (name.to_string(), text));
    for (name, text) in &files {
        fs::write(folder.join(format!("{name}.rs")), text).unwrap();
    }
    fs::write(folder.join("main.rs"), program(&files)).unwrap();
    tools::quiet("rustc", &["--edition", "2021", "-O", "-A", "dead_code", "-o", "run", "main.rs"], &folder);
    let output = tools::run(&folder.join("run").display().to_string(), &[], &folder).expect("it was compiled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let hashes: Vec<&str> = said.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(hashes, [hashes[0]; 4]);

    // The variants are what they are for: vectors of 256 and of 512 bits.
    let arguments = ["--edition", "2021", "--crate-type", "lib", "-O", "--emit", "asm", "-o", "widest.s", "widest.rs"];
    tools::quiet("rustc", &arguments, &folder);
    let assembly = fs::read_to_string(folder.join("widest.s")).unwrap();
    let lines: Vec<&str> = assembly.lines().collect();
    for (variant, register) in [("avx2", "%ymm"), ("avx512", "%zmm")] {
        let symbol = format!("forward_backward_slice_{variant}");
        let start = lines.iter().position(|line| line.contains(&symbol) && line.ends_with(':'));
        let start = start.unwrap_or_else(|| panic!("{symbol} is a function of its own"));
        let mut body = lines[start..].iter().take_while(|line| !line.contains(".cfi_endproc"));
        assert!(body.any(|line| line.contains("mulpd") && line.contains(register)), "{symbol}");
    }
}

/// Debug and release, and every level of the target that this machine has, give the same bits.
#[test]
fn bits_are_equal_at_every_length_and_level() {
    let folder = tools::folder("levels");
    let files = [files(), fused()].concat();
    for (name, text) in &files {
        fs::write(folder.join(format!("{name}.rs")), text).unwrap();
    }
    fs::write(folder.join("main.rs"), program(&files)).unwrap();
    let mut builds = vec![("debug", "opt-level=0", ""), ("release", "opt-level=3", "")];
    #[cfg(target_arch = "x86_64")]
    {
        builds.extend([("size", "opt-level=s", ""), ("native", "opt-level=3", "native")]);
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
            builds.push(("v3", "opt-level=3", "x86-64-v3"));
        }
        if std::arch::is_x86_feature_detected!("avx512vl") && std::arch::is_x86_feature_detected!("avx512dq") {
            builds.push(("v4", "opt-level=3", "x86-64-v4"));
        }
    }
    let mut said = Vec::new();
    for (name, level, cpu) in builds {
        let target = format!("target-cpu={cpu}");
        let mut arguments = vec!["--edition", "2021", "-D", "warnings", "-C", level, "-o", name];
        if !cpu.is_empty() {
            arguments.extend(["-C", &target]);
        }
        arguments.push("main.rs");
        tools::quiet("rustc", &arguments, &folder);
        let output = tools::run(&folder.join(name).display().to_string(), &[], &folder).expect("it was compiled");
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        said.push((name, String::from_utf8(output.stdout).unwrap()));
    }
    assert_eq!(said[0].1.lines().count(), files.len());
    for (name, text) in &said[1..] {
        assert_eq!(*text, said[0].1, "{name} and debug");
    }
}

/// No std, no libm, no unsafe; in the oldest edition.
#[test]
fn text_needs_no_std() {
    let folder = tools::folder("core");
    let mut main = "#![no_std]\n#![forbid(unsafe_code)]\n".to_string();
    for (name, text) in files() {
        fs::write(folder.join(format!("{name}.rs")), text).unwrap();
        writeln!(main, "pub mod {name};").unwrap();
    }
    fs::write(folder.join("main.rs"), main).unwrap();
    let arguments = ["--edition", "2018", "--crate-type", "lib", "-D", "warnings", "--emit", "metadata", "main.rs"];
    tools::quiet("rustc", &arguments, &folder);
}

/// Everything that is called is as old as headers say.
#[test]
fn text_is_for_the_rust_that_its_header_names() {
    let folder = tools::folder("old");
    let mut main = String::new();
    for (name, text) in files() {
        assert!(text.contains("// needs       Rust 1.46,"), "{name}");
        fs::write(folder.join(format!("{name}.rs")), text).unwrap();
        writeln!(main, "pub mod {name};").unwrap();
    }
    fs::write(folder.join("main.rs"), main).unwrap();
    fs::write(folder.join("clippy.toml"), "msrv = \"1.46\"\n").unwrap();
    let arguments = ["--edition", "2018", "--crate-type", "lib", "-D", "clippy::incompatible_msrv"];
    let arguments = [&arguments[..], &["--emit", "metadata", "main.rs"]].concat();
    tools::quiet("clippy-driver", &arguments, &folder);
}
