//! README and docs: commands run as written, sessions are what the tool prints, code compiles, links lead somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use focal_derive::emit::{EmitOptions, emit};
use focal_derive::setting::Choice;
use focal_derive::{RuleBook, Spec, derive};

use super::{files, read, root};

/// The commands that set up: they stand in the README on lines of their own.
const MAIN: &str = "cargo run --release -- emit --gamma 2";
const TEST: &str = "sh tests/setup && cargo test --release --features mpfr";

/// Blocks of code of this language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    text.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap_or("").to_string()).collect()
}

/// An empty folder of this name.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tidy").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn commands_are_the_ones_that_ci_runs() {
    let readme = read("README.md");
    for command in [MAIN, TEST] {
        assert!(readme.lines().any(|line| line == format!("    {command}")), "the README has no line `{command}`");
    }
    let ci = read(".ci/run");
    assert!(ci.lines().any(|line| line.trim() == TEST), ".ci/run does not run `{TEST}`");
    assert!(ci.lines().any(|line| line.trim() == MAIN), ".ci/run does not run `{MAIN}`");
    assert!(readme.lines().count() <= 165, "the README has {} lines", readme.lines().count());
}

#[test]
fn sessions_are_what_the_tool_prints() {
    let sessions = blocks(&read("README.md"), "console").concat();
    let main = MAIN.replace("cargo run --release --", "$ focal-derive");
    assert!(sessions.lines().any(|line| line == main), "no session shows `{main}`");
    trycmd::TestCases::new().env("COLUMNS", "100").env("NO_COLOR", "1").case("README.md");
}

/// `docs/frameworks.md` says what to emit instead of each function: the commands run as they stand there.
#[test]
fn commands_for_frameworks_run_as_written() {
    let page = read("docs/frameworks.md");
    let mut commands: Vec<&str> =
        page.split('`').skip(1).step_by(2).filter(|code| code.starts_with("focal-derive emit ")).collect();
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.split(' ').skip(1).collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(&words).output().expect("the binary runs");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "{command}: {said}");
        let text = String::from_utf8(ran.stdout).expect("output is UTF-8");
        assert!(text.contains("pub fn forward_backward"), "{command}");
        // a command for the module says which class gets which weight
        let says = text.contains("// by class    one number A") || text.contains("// normalised  the list");
        assert_eq!(says, command.contains("--log-eps"), "{command}");
    }
}

#[test]
fn the_loss_of_your_own_works() {
    let text = read("examples/poly1.toml");
    let shown = blocks(&read("README.md"), "toml");
    assert!(shown.len() == 1 && shown[0] == text, "the README's spec is not examples/poly1.toml:\n{}", shown.concat());
    let spec = Spec::parse("poly1", "examples/poly1.toml", &text).unwrap_or_else(|message| panic!("{message}"));
    let derivation = derive(&spec, RuleBook::builtin()).unwrap();
    let command = read("README.md");
    let command = command.split("`focal-derive emit examples/poly1.toml ").nth(1).expect("a command for it");
    assert!(command.starts_with("--gamma 2 --set epsilon=1`"), "{command}");
    let choices = [("gamma", "2"), ("epsilon", "1")].map(|(name, value)| (name.into(), Choice::parse(value).unwrap()));
    let options = EmitOptions { choices: choices.to_vec(), ..EmitOptions::default() };
    // it is emitted only where it met its bounds, at the edges as well
    emit(&derivation, &options).unwrap_or_else(|message| panic!("{message}"));
    let options = focal_derive::verify::VerifyOptions { choices: options.choices, samples: 1, ..Default::default() };
    let findings = focal_derive::verify::verify(&derivation, &options).unwrap();
    assert!(findings.holds(), "{findings}");
}

#[test]
fn code_compiles_and_runs() {
    let code = blocks(&read("README.md"), "rust");
    let [main] = &code[..] else { panic!("{} blocks of Rust", code.len()) };
    let folder = folder("readme");
    let derivation = derive(&Spec::builtin("focal_binary").unwrap(), RuleBook::builtin()).unwrap();
    let choices = vec![("gamma".to_string(), Choice::parse("2").unwrap())];
    let text = emit(&derivation, &EmitOptions { choices, ..EmitOptions::default() }).unwrap();
    fs::write(folder.join("focal.rs"), text).unwrap();
    fs::write(folder.join("main.rs"), main).unwrap();
    let arguments = ["--edition", "2024", "-D", "warnings", "main.rs", "-o", "main"];
    let built = Command::new("rustc").args(arguments).current_dir(&folder).output().expect("rustc runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let ran = Command::new(folder.join("main")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn links_lead_somewhere() {
    let docs = files("docs").into_iter().filter(|path| path.ends_with(".md"));
    let mut links = 0;
    for path in docs.chain(["README.md".to_string(), "CHANGELOG.md".to_string()]) {
        let text = read(&path);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            if !target.is_empty() && !target.contains("://") {
                links += 1;
                let beside = root().join(&path);
                assert!(beside.parent().unwrap().join(target).exists(), "{path} links to {target}");
            }
        }
        // what is named as a file of the repository is there
        for name in text.split('`').skip(1).step_by(2) {
            let ours = ["src/", "tests/", "docs/", "derivations/", "examples/", "benches/", ".ci/"];
            let file = ours.iter().any(|folder| name.starts_with(folder)) && !name.contains(['*', '<', ' ']);
            assert!(!file || root().join(name).exists(), "{path} names {name}");
        }
    }
    assert!(links > 5, "{links} links");
}

#[test]
fn licences_of_dependencies_are_listed() {
    let manifest = read("Cargo.toml");
    let licences = read("docs/licences.md");
    let row = |name: &str| licences.lines().filter(|line| line.starts_with(&format!("| `{name}` |"))).count();
    let mut names = Vec::new();
    for part in manifest.split("\n[").filter(|part| part.contains("dependencies]")) {
        names.extend(part.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name));
    }
    assert!(names.len() > 20, "{names:?}");
    for name in &names {
        assert_eq!(row(name), 1, "docs/licences.md lists `{name}` once");
    }
    assert_eq!(licences.lines().filter(|line| line.starts_with("| `")).count(), names.len(), "rows of gone packages");
    for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(read(file).len() > 900, "{file}");
    }
}
