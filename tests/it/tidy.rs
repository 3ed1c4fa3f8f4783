//! Tidiness: rooms, lengths and words of the source, and that README and docs say what is.

mod readme;
mod rooms;
mod text;
mod training;

use std::fs;
use std::path::Path;

/// The folder of the crate.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of a file of the repository.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below a folder, by its path from the root, in the order of paths.
fn files(under: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![root().join(under)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.push(relative(&path));
            }
        }
    }
    all.sort();
    all
}

fn relative(path: &Path) -> String {
    let parts = path.strip_prefix(root()).unwrap().iter().map(|part| part.to_str().unwrap());
    parts.collect::<Vec<_>>().join("/")
}

/// The Rust files below `src`.
fn sources() -> Vec<String> {
    let all: Vec<String> = files("src").into_iter().filter(|path| path.ends_with(".rs")).collect();
    assert!(all.len() > 100, "{all:?}");
    all
}

/// Does the file hold tests alone (`#[cfg(test)] mod name;`)?
fn only_tests(path: &str) -> bool {
    let Some((folder, name)) = path.rsplit_once('/') else { return false };
    let parent = format!("{folder}/mod.rs");
    let name = name.trim_end_matches(".rs");
    root().join(&parent).exists() && read(&parent).contains(&format!("#[cfg(test)]\nmod {name};"))
}

/// The lines of a file before its tests.
fn untested(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

/// What the compiler sees of a file, without its tests: no comments, no text in quotes.
fn code(path: &str) -> String {
    let text = read(path);
    let mut code = String::new();
    for line in untested(&text).lines() {
        let line = line.split("//").next().unwrap_or("");
        code.extend(line.split('"').step_by(2).flat_map(|part| [part, "\"\""]));
        code.push('\n');
    }
    code
}

/// Does the word stand in the code, with no letter, digit or `_` beside it?
fn names(code: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        !code[..at].chars().next_back().is_some_and(joins) && !code[at + word.len()..].chars().next().is_some_and(joins)
    })
}

#[test]
fn words_are_found_whole() {
    assert!(names("use egg::Id;", "egg") && names("(egg)", "egg"));
    assert!(!names("use eggs::Id; my_egg", "egg"));
}
