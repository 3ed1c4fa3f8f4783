//! Lengths, module comments and words.

use super::{files, read, root, sources, untested};

/// Longest file of `src`, in lines before its tests.
const LONGEST: usize = 450;

/// Files that may be longer: how long, and why.
const LONGER: &[(&str, usize, &str)] = &[];

/// Words of the workshop, not of the work. Put together here, since this file is looked at as well.
fn forbidden() -> Vec<String> {
    let mut all: Vec<String> = [
        ["/wor", "k/"],
        ["/roo", "t/"],
        ["/hom", "e/"],
        ["../sh", "ared"],
        ["work", "tree"],
        ["sub", "agent"],
        ["sub-", "agent"],
        ["this ses", "sion"],
        ["language mo", "del"],
        ["facts", ".md"],
        ["design", ".md"],
        ["style", ".md"],
        ["COMMON", ".md"],
    ]
    .iter()
    .map(|parts| parts.concat())
    .collect();
    all.extend(('A'..='Z').map(|letter| format!("issue {letter}")));
    all.extend((1..=9).map(|section| format!("design {section}")));
    all
}

/// Is the word there, and not only the beginning of a longer one (a letter behind it makes it English)?
fn holds(text: &str, word: &str) -> bool {
    let next = |at: usize| text[at + word.len()..].chars().next();
    let open = |c: char| c.is_alphabetic() && word.ends_with(|last: char| last.is_alphanumeric());
    text.match_indices(word).any(|(at, _)| !next(at).is_some_and(open))
}

#[test]
fn files_are_short() {
    for path in sources() {
        let text = read(&path);
        let lines = untested(&text).lines().count();
        match LONGER.iter().find(|(longer, _, _)| *longer == path) {
            None => assert!(lines <= LONGEST, "{path} has {lines} lines; {LONGEST} are enough"),
            Some((_, most, _)) => {
                assert!(lines <= *most, "{path} has {lines} lines, {most} were agreed");
                assert!(lines > LONGEST, "{path} has {lines} lines: take it off the table");
            }
        }
    }
    for (path, _, why) in LONGER {
        assert!(root().join(path).exists() && !why.is_empty(), "{path}");
    }
}

#[test]
fn files_begin_with_what_they_are_for() {
    let tests = ["tests/it", "examples", "benches"].into_iter().flat_map(files).filter(|path| path.ends_with(".rs"));
    for path in sources().into_iter().chain(tests) {
        let text = read(&path);
        let first = text.lines().next().unwrap_or("");
        // a file that is written into another program has no module of its own
        let own = first.starts_with("//! ") || path.starts_with("tests/it/emit/") && path.ends_with("_head.rs");
        assert!(own && first.len() > 12, "{path} begins with no module comment: {first}");
    }
}

#[test]
fn no_word_of_the_workshop() {
    let words = forbidden();
    let folders = ["src", "tests", "examples", "benches", "derivations", "docs", ".ci"];
    let top = ["README.md", "CHANGELOG.md", "Cargo.toml", "rustfmt.toml", ".gitignore"].map(String::from);
    let built = |path: &String| path.contains("/target/") || path.ends_with("/Cargo.lock");
    let mut looked = 0;
    for path in folders.iter().flat_map(|folder| files(folder)).filter(|path| !built(path)).chain(top) {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        looked += 1;
        let found: Vec<&String> = words.iter().filter(|word| holds(&text, word)).collect();
        assert!(found.is_empty(), "{path} says {found:?}");
    }
    assert!(looked > 250, "{looked} files");
}

#[test]
fn words_are_told_from_longer_ones() {
    let word = ["issue ", "A"].concat();
    let text = |behind: &str| format!("in {word}{behind}");
    assert!(holds(&text("."), &word) && holds(&text(""), &word) && !holds(&text("n order"), &word));
}
