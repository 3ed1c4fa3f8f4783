//! The command line: what people read, exit codes, and that nothing is written where something failed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assert_cmd::assert::OutputAssertExt;
use focal_derive::RuleBook;

/// The binary in a folder of its own, whatever the terminal and the environment are.
fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_focal-derive"));
    command.current_dir(folder).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env_remove("CLICOLOR");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    tool(folder).args(arguments).output().expect("the binary runs")
}

/// An empty folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

#[test]
fn what_people_read() {
    trycmd::TestCases::new().env("COLUMNS", "100").env("NO_COLOR", "1").case("tests/cmd/*.trycmd");
}

#[test]
fn help_goes_to_stdout_and_wrong_options_to_stderr() {
    let folder = folder("streams");
    let help = run(&folder, &["emit", "--help"]);
    assert!(help.status.success() && help.stderr.is_empty() && !help.stdout.is_empty());
    let wrong = run(&folder, &["emit", "--nope"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty() && !wrong.stderr.is_empty());
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = folder("pipe");
    for arguments in [&["rules"][..], &["rules", "--json"], &["completions", "zsh"], &["man"], &["emit", "--help"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = tool(&folder).args(arguments).stdout(writer).output().expect("the binary runs");
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told() {
    let full = fs::File::options().write(true).open("/dev/full").expect("a device that is always full");
    let output = tool(&folder("full")).arg("rules").stdout(full).output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stderr), "error: cannot write to standard output: no space is left\n");
}

#[test]
fn colour_follows_option_then_environment() {
    let folder = folder("colour");
    let coloured = |arguments: &[&str], no_color: bool| {
        let mut command = tool(&folder);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        text(&command.args(arguments).output().expect("the binary runs").stderr).contains('\x1b')
    };
    // A wrong loss is our message; a wrong option is clap's.
    for wrong in [&["emit", "nope"][..], &["emit", "--nope"]] {
        let with = |when| [wrong, &["--color", when]].concat();
        assert!(!coloured(wrong, false), "a pipe gets no colour");
        assert!(coloured(&with("always"), false));
        assert!(coloured(&with("always"), true), "the option goes before NO_COLOR");
        assert!(!coloured(&with("never"), false));
        assert!(!coloured(&with("auto"), true));
    }
}

#[test]
fn the_rule_book_is_printed_whole() {
    let folder = folder("rules");
    let (plain, json) = (run(&folder, &["rules"]), run(&folder, &["rules", "--json"]));
    plain.clone().assert().success();
    json.clone().assert().success();
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let book = RuleBook::builtin();
    for (at, rule) in book.rules.iter().enumerate() {
        let line = text(&plain.stdout).lines().find(|line| line.split_whitespace().next() == Some(&rule.name));
        let line = line.unwrap_or_else(|| panic!("{} is printed", rule.name));
        assert!(line.contains(&rule.lhs.to_string()) && line.contains(&rule.rhs.to_string()), "{line}");
        assert_eq!(json["rules"][at]["name"], *rule.name);
        assert_eq!(json["rules"][at]["rhs"], rule.rhs.to_string());
    }
    for rule in &book.rejected {
        assert!(text(&plain.stdout).lines().any(|line| line.starts_with(&format!("! {} ", rule.name))));
    }
    assert_eq!(json["rejected"].as_array().map(Vec::len), Some(book.rejected.len()));
}

#[test]
fn every_shell_and_every_verb_has_its_page() {
    let folder = folder("pages");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(&folder, &["completions", shell]);
        assert!(script.status.success() && text(&script.stdout).contains("focal-derive"), "{shell}");
    }
    let main = run(&folder, &["man"]);
    assert!(text(&main.stdout).contains(".TH focal-derive 1"));
    for verb in ["list", "derive", "emit", "verify", "rules", "completions", "man"] {
        let page = run(&folder, &["man", verb]);
        assert!(page.status.success() && text(&page.stdout).contains(&format!(".TH focal-derive-{verb} 1")), "{verb}");
        assert!(text(&main.stdout).contains(&format!("focal\\-derive\\-{verb}(1)")), "{verb}");
    }
}

#[test]
fn a_failed_run_leaves_files_as_they_were() {
    let folder = folder("kept");
    fs::write(folder.join("old.rs"), "precious").expect("a file");
    fs::create_dir(folder.join("sub")).expect("a folder");
    let wrong = [
        &["emit", "nope", "--gamma", "2", "-o", "old.rs"][..],
        &["emit", "-o", "old.rs"],
        &["emit", "--gamma", "-1", "-o", "old.rs"],
        &["emit", "--gamma", "two", "-o", "old.rs"],
        &["emit", "--gamma", "2", "--order", "7", "-o", "old.rs"],
        &["emit", "--gamma", "2", "-o", "sub"],
        &["emit", "--gamma", "2", "-o", "sub/"],
        &["emit", "--gamma", "2", "-o", "old.rs/kernel.rs"],
        &["emit", "--gamma", "2", "-o", "none/kernel.rs"],
        &["verify", "nope", "-o", "old.rs"],
    ];
    for arguments in wrong {
        let output = run(&folder, arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert_eq!(names(&folder), ["old.rs", "sub"], "{arguments:?}");
        assert_eq!(fs::read_to_string(folder.join("old.rs")).expect("it is there"), "precious", "{arguments:?}");
    }
    assert!(names(&folder.join("sub")).is_empty());
}
