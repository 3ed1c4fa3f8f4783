//! `docs/training.md`: its commands write the files that its programs use, and the programs print what the page shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::read;

/// The fenced blocks of a page, each by its language.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut parts = page.split("\n```");
    parts.next();
    let mut blocks = Vec::new();
    while let Some(block) = parts.next() {
        let (language, text) = block.split_once('\n').expect("a fence is a line of its own");
        blocks.push((language.to_string(), format!("{text}\n")));
        assert!(parts.next().is_some_and(|behind| behind.starts_with('\n')), "a block that is not closed: {text}");
    }
    blocks
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tidy").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("src")).unwrap();
    folder
}

/// Runs commands and programs in order, in one folder; how many of each, or what is not as the page has it.
fn run(page: &str, folder: &Path) -> Result<(usize, usize), String> {
    let (mut commands, mut programs) = (0, 0);
    let mut printed: Option<String> = None;
    for (language, text) in blocks(page) {
        match (&*language, printed.take()) {
            ("text", Some(printed)) if printed == text => continue,
            (_, Some(printed)) => return Err(format!("a program prints\n{printed}and the page has\n{text}")),
            ("console", None) => {
                for command in text.lines() {
                    let words = command.strip_prefix("$ focal-derive ").ok_or_else(|| command.to_string())?;
                    let mut tool = Command::new(env!("CARGO_BIN_EXE_focal-derive"));
                    succeeds(tool.args(words.split(' ')).current_dir(folder))?;
                    commands += 1;
                }
            }
            ("rust", None) => {
                fs::write(folder.join("src/main.rs"), text).unwrap();
                let arguments = ["--edition", "2024", "-O", "-D", "warnings", "src/main.rs", "-o", "main"];
                succeeds(Command::new("rustc").args(arguments).current_dir(folder))?;
                printed = Some(succeeds(&mut Command::new(folder.join("main")))?);
                programs += 1;
            }
            (language, None) => return Err(format!("a block of `{language}` behind no program")),
        }
    }
    printed.map_or(Ok((commands, programs)), |printed| Err(format!("a program prints\n{printed}and the page ends")))
}

/// What a command prints; an error where it fails.
fn succeeds(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).expect("UTF-8")),
        false => Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))),
    }
}

#[test]
fn programs_of_the_page_on_training_print_what_it_shows() {
    let found = run(&read("docs/training.md"), &folder("training"));
    let (commands, programs) = found.unwrap_or_else(|wrong| panic!("docs/training.md: {wrong}"));
    assert!(commands >= 4 && programs >= 4, "{commands} commands, {programs} programs");
}

#[test]
fn a_page_that_shows_something_else_is_found() {
    let page = |program: &str, shown: &str| {
        format!("# A page\n\n```rust\n{program}\n```\n\nIt prints\n\n```text\n{shown}\n```\n")
    };
    let right = page("fn main() {\n    println!(\"{}\", 1 + 1);\n}", "2");
    let folder = folder("other-page");
    assert_eq!(run(&right, &folder), Ok((0, 1)));
    let planted = [
        right.replace("text\n2", "text\n3"),
        right.replace("1 + 1", "1 + 2"),
        right.replace("1 + 1", "1 + one"),
        right.replace("```text", "```toml"),
        right.replace("\n```text\n2\n```\n", ""),
        right.replace("```rust", "```console\n$ focal-derive emit nothing\n```\n\n```rust"),
    ];
    for page in planted {
        assert!(run(&page, &folder).is_err(), "{page}");
    }
}
