//! Who may use what: `docs/architecture.md` and the tables here against the source.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, files, names, only_tests, read, root, sources};

/// Rooms that must not name others, whatever the map says.
const APART: &[(&str, &[&str], &str)] = &[
    ("verify", &["egraph", "regime", "diff", "normal"], "the judge does not read the defence"),
    ("check", &["egraph", "regime", "diff", "normal", "lower"], "the judge does not read the defence"),
    ("oracle", &["egraph", "regime", "derivation", "lower"], "the judge does not read the defence"),
    ("real", &["egraph", "regime", "derivation", "lower"], "the judge does not read the defence"),
    ("oracle", &["audit"], "the judge does not read the defence"),
    ("kernel", &["egraph", "regime", "lower", "derivation"], "kernels are a seam: their evaluator trusts nobody"),
    ("emit", &["egraph", "regime"], "text is made from a kernel alone"),
];

/// Each outside crate with the files or the folder that name it, and why where there is more than one file.
const OUTSIDE: &[(&str, &[&str], &str)] = &[
    ("anstream", &["src/cli/voice.rs"], ""),
    ("clap", &["src/cli/"], "a verb's arguments are its own"),
    ("clap_complete", &["src/cli/args.rs", "src/cli/manual.rs"], "the shell is an argument"),
    ("clap_mangen", &["src/cli/manual.rs"], ""),
    ("dashu_base", &["src/oracle/dashu.rs"], ""),
    ("dashu_float", &["src/oracle/dashu.rs"], ""),
    ("dashu_int", &["src/oracle/dashu.rs", "src/rational.rs"], "numerators become floats exactly"),
    ("dashu_ratio", &["src/rational.rs"], ""),
    ("egg", &["src/egraph/"], "the room is the e-graph"),
    ("indicatif", &["src/cli/progress.rs"], ""),
    ("nalgebra", &["src/real/dual.rs"], ""),
    ("num_dual", &["src/real/dual.rs"], ""),
    ("proc_macro2", &["src/emit/tokens.rs"], ""),
    ("rug", &["src/oracle/mpfr.rs"], ""),
    (
        "serde_json",
        &["src/audit/json.rs", "src/render/json.rs", "src/verify/json.rs"],
        "verdicts and findings are written by those who made them",
    ),
    ("sha2", &["src/digest.rs"], ""),
    ("similar", &["src/emit/compare.rs"], ""),
    ("syn", &["src/emit/tokens.rs"], ""),
    ("toml", &["src/spec/document.rs"], ""),
    ("unicode_width", &["src/message/render.rs"], ""),
];

/// The parts of std that only some files name.
const INSIDE: &[(&[&str], &[&str], &str)] = &[
    (&["std::fs", "File::", "fs::"], &["src/spec/file.rs", "src/cli/place.rs", "src/build.rs"], "the door"),
    (&["std::env", "env::"], &["src/main.rs", "src/build.rs"], "arguments, and OUT_DIR of a build script"),
    (
        &["std::time"],
        &["src/egraph/mod.rs", "src/cli/progress.rs"],
        "egg's clock is put out of reach; how long a sweep took is told on standard error, and its day recorded",
    ),
    (&["SystemTime", "Instant"], &["src/cli/progress.rs"], "the same bytes on every run"),
    (&["HashMap", "HashSet", "RandomState"], &[], "the same bytes on every run"),
];

/// A row of the map: the room and what it uses; none for a room of the ground.
type Row = (String, Option<BTreeSet<String>>);

/// The tables of rooms in `docs/architecture.md`.
fn map() -> Vec<Row> {
    let text = read("docs/architecture.md");
    let section = text.split("\n## ").find(|part| part.starts_with("The rooms")).expect("a section on the rooms");
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix('`')?.strip_suffix('`')?.to_string();
        let uses = cells.get(3).filter(|_| cells.len() == 5);
        let uses = uses.map(|uses| uses.split(", ").filter(|one| !one.is_empty()).map(str::to_string).collect());
        Some((name, uses))
    };
    section.lines().filter_map(row).collect()
}

/// The room of a file: `verify` for `src/verify/at.rs`, `op` for `src/op.rs`.
fn room(path: &str) -> &str {
    let inside = path.trim_start_matches("src/");
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// What stands behind each `crate::` of the code: `a` of `crate::a::b`, `a` and `c` of `crate::{a::b, c}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (at, found) in code.match_indices("crate::") {
        let rest = &code[at + found.len()..];
        let mut depth = 0;
        let mut begins = true;
        let mut name = String::new();
        for c in rest.chars() {
            match c {
                c if c.is_alphanumeric() || c == '_' => name.extend(begins.then_some(c)),
                c => {
                    all.extend((!name.is_empty()).then(|| std::mem::take(&mut name)));
                    begins = match c {
                        '{' => depth == 0,
                        ',' => depth == 1,
                        _ => begins && c.is_whitespace(),
                    };
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    if depth == 0 && !c.is_whitespace() {
                        break;
                    }
                }
            }
        }
    }
    all
}

/// What each room uses.
fn uses() -> BTreeMap<String, BTreeSet<String>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in sources() {
        let room = room(&path);
        if !["lib", "main"].contains(&room) && !only_tests(&path) {
            let mut used = used(&code(&path));
            used.remove(room);
            all.entry(room.to_string()).or_default().extend(used);
        }
    }
    all
}

#[test]
fn paths_behind_crate_are_read() {
    let read = used("use crate::a::b; x(crate::c::D); use crate::{e::{f, g}, h, i::J};\nuse crate::k;");
    assert_eq!(read.into_iter().collect::<String>(), "acehik");
}

#[test]
fn rooms_use_what_the_map_says() {
    let map = map();
    let ground: BTreeSet<&String> = map.iter().filter(|(_, uses)| uses.is_none()).map(|(name, _)| name).collect();
    let actual = uses();
    let known: BTreeSet<&String> = map.iter().map(|(name, _)| name).collect();
    assert_eq!(known, actual.keys().collect(), "rooms of docs/architecture.md and of src");
    let mut wrong = String::new();
    for (name, listed) in &map {
        let beyond: BTreeSet<String> = actual[name].iter().filter(|used| !ground.contains(used)).cloned().collect();
        let in_order = map.iter().map(|(room, _)| room).filter(|room| beyond.contains(*room));
        let line = in_order.map(String::as_str).collect::<Vec<_>>().join(", ");
        if beyond.iter().any(|used| !known.contains(used)) || *listed.as_ref().unwrap_or(&BTreeSet::new()) != beyond {
            wrong += &format!("`{name}` uses {line}: {beyond:?}\n");
        }
    }
    assert!(wrong.is_empty(), "docs/architecture.md says otherwise:\n{wrong}");
}

#[test]
fn rooms_that_must_stay_apart_do() {
    let actual = uses();
    for (room, others, why) in APART {
        for other in *others {
            assert!(!actual[*room].contains(*other), "`{room}` uses `{other}`: {why}");
        }
    }
}

#[test]
fn the_map_names_every_file_and_no_other() {
    let text = read("docs/architecture.md");
    let listed: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("- `src/")?.split_once("`: "))
        .map(|(path, what)| {
            assert!(what.len() > 3, "{path} is for nothing");
            format!("src/{path}")
        })
        .collect();
    let set: BTreeSet<&String> = listed.iter().collect();
    assert_eq!(set.len(), listed.len(), "a file is listed twice");
    let sources = sources();
    let missing: Vec<&String> = sources.iter().filter(|path| !set.contains(path)).collect();
    let gone: Vec<&String> = listed.iter().filter(|path| !sources.contains(path)).collect();
    assert!(missing.is_empty() && gone.is_empty(), "docs/architecture.md lacks {missing:?} and has {gone:?}");
    for path in text.split('`').filter(|word| word.starts_with("src/") || word.starts_with("tests/")) {
        assert!(root().join(path).exists(), "docs/architecture.md names `{path}`");
    }
}

/// Only the files named name the words; gives those that do.
fn only(words: &[&str], places: &[&str], why: &str) -> Vec<String> {
    let inside = |path: &String| places.iter().any(|place| path.starts_with(place));
    let found: Vec<String> = sources()
        .into_iter()
        .filter(|path| !only_tests(path) && words.iter().any(|word| has(&code(path), word)))
        .collect();
    let strangers: Vec<&String> = found.iter().filter(|path| !inside(path)).collect();
    assert!(strangers.is_empty(), "{words:?} in {strangers:?}: {why}");
    found
}

/// `fs::` is a path's beginning, `Instant` a whole word.
fn has(code: &str, word: &str) -> bool {
    match word.strip_suffix("::") {
        Some(path) if path.contains("::") => code.contains(word),
        Some(path) => names(code, path) && code.contains(word),
        None => names(code, word),
    }
}

#[test]
fn one_file_names_each_outside_crate() {
    for (name, places, why) in OUTSIDE {
        assert!(places.len() == 1 && places[0].ends_with(".rs") || !why.is_empty(), "no reason for {name}");
        let found = only(&[&format!("{name}::")], places, "another file speaks to that crate");
        for place in *places {
            assert!(found.iter().any(|path| path.starts_with(place)), "{place} names no {name}: take it off the table");
        }
    }
    let manifest = read("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    let listed = section.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.replace('-', "_"));
    let listed: Vec<String> = listed.collect();
    let known: Vec<&str> = OUTSIDE.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(listed, known, "[dependencies] of Cargo.toml and the table here, both by name");
}

#[test]
fn few_files_touch_the_world() {
    for (words, places, why) in INSIDE {
        only(words, places, why);
    }
}

#[test]
fn tests_are_listed_by_name() {
    let main = read("tests/it/main.rs");
    let listed: Vec<&str> = main.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(listed.is_sorted(), "{listed:?}");
    let files = files("tests/it").into_iter().filter_map(|path| {
        let name = path.strip_prefix("tests/it/")?.strip_suffix(".rs")?.to_string();
        (!name.contains('/') && name != "main").then_some(name)
    });
    assert_eq!(listed, files.collect::<Vec<_>>(), "tests/it/main.rs and the files beside it");
}
