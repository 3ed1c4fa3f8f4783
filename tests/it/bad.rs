//! Wrong input: one file per message, each with its snapshot; and inputs too large for a file.
//!
//! `tests/it/bad/spec/*.toml` are specs, `rules/*.rules` rule files, `choice/*.txt` values of a parameter,
//! `setting/*.txt` a loss, a format and settings.

use std::path::Path;
use std::time::{Duration, Instant};

use focal_derive::expr::Expr;
use focal_derive::kernel::Format;
use focal_derive::setting::{Choice, settle};
use focal_derive::{Message, RuleBook, Spec};

fn named(path: &Path) -> (String, String) {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    (name, std::fs::read_to_string(path).unwrap())
}

fn wrong<T>(result: Result<T, Message>, path: &Path) -> Message {
    let message = result.err().unwrap_or_else(|| panic!("{} is accepted", path.display()));
    assert!(!message.text.ends_with('.'), "no full stop: {message}");
    message
}

#[test]
fn wrong_specs() {
    insta::glob!("bad/spec/*.toml", |path| {
        let (name, text) = named(path);
        let message = wrong(Spec::parse("mine", &name, &text), path);
        assert!(message.place.is_some(), "no place: {message}");
        insta::assert_snapshot!(message.to_string());
    });
}

#[test]
fn wrong_rules() {
    insta::glob!("bad/rules/*.rules", |path| {
        let (_, text) = named(path);
        let message = wrong(RuleBook::parse(&[("mine", &text)]), path);
        assert!(message.place.is_some(), "no place: {message}");
        insta::assert_snapshot!(message.to_string());
    });
}

#[test]
fn wrong_choices() {
    insta::glob!("bad/choice/*.txt", |path| {
        let (_, text) = named(path);
        insta::assert_snapshot!(wrong(Choice::parse(text.trim_end_matches('\n')), path).to_string());
    });
}

#[test]
fn wrong_settings() {
    insta::glob!("bad/setting/*.txt", |path| {
        let (_, text) = named(path);
        let mut words = text.split_whitespace();
        let spec = match words.next().unwrap() {
            "weighted" => {
                Spec::parse("weighted", "weighted.toml", WEIGHTED).unwrap_or_else(|message| panic!("{message}"))
            }
            name => Spec::builtin(name).unwrap(),
        };
        let format = if words.next() == Some("f32") { Format::F32 } else { Format::F64 };
        let choices = words.map(|word| {
            let (name, value) = word.split_once('=').unwrap();
            (name.to_string(), Choice::parse(value).unwrap())
        });
        let choices: Vec<_> = choices.collect();
        insta::assert_snapshot!(wrong(settle(&spec, &choices, format), path).to_string());
    });
}

const WEIGHTED: &str = "[inputs]\nx = { domain = \"finite\" }\n[parameters]\ntau = { domain = \"(0, 1)\" }\n\
                        k = { domain = \"{3, 5}\" }\n[formula]\nloss = \"tau * x^2 + k\"";

#[test]
fn unknown_losses_name_the_closest() {
    let messages = ["focal_binry", "focal-star", "hinge", ""].map(|name| Spec::builtin(name).unwrap_err().to_string());
    insta::assert_snapshot!(messages.join("\n\n"));
}

#[test]
fn files_that_cannot_be_read() {
    let folder = std::env::temp_dir().join(format!("focal-derive-bad-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("inner")).unwrap();
    std::fs::write(folder.join("inner/spec.toml"), "").unwrap();
    std::fs::write(folder.join("latin1.toml"), b"title = \"a\"\nsource = \"caf\xe9\"\n").unwrap();
    std::fs::write(folder.join("large.toml"), vec![b'#'; 1_000_001]).unwrap();
    std::fs::write(folder.join("empty.toml"), "").unwrap();
    let read = |name: &str| {
        let message = Spec::read(folder.join(name)).unwrap_err();
        message.to_string().replace(&*folder.to_string_lossy(), "FOLDER")
    };
    let all = ["no-such.toml", "no/such.toml", "inner", ".", "latin1.toml", "large.toml", "empty.toml", "nul\0.toml"];
    let messages: Vec<String> = all.iter().map(|name| read(name)).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    insta::assert_snapshot!(messages.join("\n\n"));
}

/// Answers fast, with a message of a sane length, and without a panic.
fn refused(what: &str, judge: impl FnOnce() -> Result<(), Message>) -> Message {
    let start = Instant::now();
    let message = judge().err().unwrap_or_else(|| panic!("{what} is accepted"));
    let (rendered, took) = (message.to_string(), start.elapsed());
    assert!(rendered.chars().count() < 1000, "{what}: a message of {} bytes", rendered.len());
    assert!(took < Duration::from_secs(20), "{what} took {took:?}");
    assert!(!rendered.chars().any(|letter| letter.is_control() && letter != '\n'), "{what}: {rendered:?}");
    message
}

fn formula(text: &str) -> String {
    format!("[inputs]\nx = {{ domain = \"finite\" }}\n[formula]\nloss = \"{text}\"\n")
}

/// Text of the wanted length without any pattern; the same each time.
fn garbage(length: usize, letters: &[char]) -> String {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut draw = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) as usize % letters.len()]
    };
    (0..length).map(|_| draw()).collect()
}

#[test]
fn large_formulas_are_refused_fast() {
    let many = 200_000;
    for (what, text) in [
        ("brackets", format!("{}x{}", "(".repeat(many), ")".repeat(many))),
        ("open brackets", "(".repeat(many)),
        ("calls", format!("{}x{}", "exp(".repeat(many), ")".repeat(many))),
        ("choices", "where(x < 0, 1, ".repeat(50_000)),
        ("conditions", "where(".repeat(many)),
        ("signs", format!("{}x", "-".repeat(many))),
        ("powers", format!("{}x", "x^".repeat(many))),
        ("a sum", format!("{}x", "x + ".repeat(many))),
        ("quotients", format!("{}7", "1/".repeat(many))),
        ("long numbers", format!("{}3", "1e990/".repeat(100_000))),
        ("one long number", "1".repeat(900_000)),
        ("one long fraction", format!("0.{}", "1".repeat(900_000))),
        ("one long name", "a".repeat(900_000)),
        ("a long exponent", format!("1e{}", "9".repeat(900_000))),
        ("commas", format!("max({}", "x,".repeat(many))),
        ("letters", garbage(900_000, &['a', 'b', ' ', '(', ')', '+', '1', '.', 'e', '^', '-'])),
        ("white space", " ".repeat(900_000)),
        ("too long", "x + ".repeat(300_000)),
    ] {
        refused(what, || Expr::parse(&text).map(drop));
        if text.len() < 999_000 {
            refused(what, || Spec::parse("mine", "mine.toml", &formula(&text)).map(drop));
        }
        refused(what, || Choice::parse(&text).map(drop));
        refused(what, || RuleBook::parse(&[("mine", &format!("name : {text} => 1 ; source"))]).map(drop));
    }
}

#[test]
fn large_files_are_refused_fast() {
    let mega = 1_000_000;
    let toml = ['a', '=', '[', ']', '{', '}', '"', '\'', '.', '\n', ',', '#', '1', ' ', 'é'];
    let lines = |line: &dyn Fn(usize) -> String, count: usize| (0..count).map(line).collect::<String>();
    for (what, text) in [
        ("bytes", garbage(mega, &toml)),
        ("brackets", format!("a = {}", "[".repeat(mega - 4))),
        ("tables", format!("a = {}", "{a=".repeat(mega / 3))),
        ("heads", "[".repeat(mega)),
        ("dots", format!("{}a = 1", "a.".repeat(mega / 2))),
        ("quotes", "\"".repeat(mega)),
        ("zeros", "\0".repeat(mega)),
        ("escapes", "\u{1b}[31m".repeat(mega / 5)),
        ("one key", format!("{} = 1", "a".repeat(mega - 4))),
        ("sections", lines(&|i| format!("[s{i}]\n"), 100_000)),
        ("inputs", format!("[inputs]\n{}", lines(&|i| format!("x{i} = {{ domain = \"finite\" }}\n"), 30_000))),
        ("claims", format!("{}{}", formula("x^2"), "[[claim]]\n".repeat(90_000))),
        ("names", format!("{}{}", formula("q"), lines(&|i| format!("n{i} = \"x\"\n"), 60_000))),
        ("a chain", format!("{}{}", formula("x"), lines(&|i| format!("n{i} = \"n{}\"\n", i + 1), 50_000))),
    ] {
        refused(what, || Spec::parse("mine", "mine.toml", &text).map(drop));
    }
}

/// Names that double at each line: short to write, endless to write out.
#[test]
fn formulas_that_explode_are_refused() {
    let doubling: String = (1..60).map(|i| format!("n{i} = \"n{} * n{}\"\n", i - 1, i - 1)).collect();
    let text = format!("[inputs]\nx = {{ domain = \"finite\" }}\n[formula]\nn0 = \"x\"\n{doubling}");
    let message = refused("doubling", || Spec::parse("mine", "mine.toml", &text).map(drop));
    assert!(message.text.contains("10000 operators"), "{message}");
    let chain: String = (1..600).map(|i| format!("n{i} = \"-n{}\"\n", i - 1)).collect();
    let text = format!("[inputs]\nx = {{ domain = \"finite\" }}\n[formula]\nn0 = \"x\"\n{chain}");
    let message = refused("a long chain", || Spec::parse("mine", "mine.toml", &text).map(drop));
    assert!(message.text.contains("within one another"), "{message}");
}

/// Whatever is cut out of a sound file or put into it: an answer, never a panic.
#[test]
fn mutilated_specs_never_panic() {
    let sound = Spec::builtin("focal_binary").unwrap().text;
    let letters: Vec<char> = sound.chars().collect();
    let strange = ['"', '(', ')', '{', '[', '=', '\0', '損', '\u{202e}', '9', '^', '\\', ',', '\n', '-', '.'];
    for place in 0..letters.len() {
        let mut text: Vec<char> = letters.clone();
        text[place] = strange[place % strange.len()];
        let _ =
            Spec::parse("mine", "mine.toml", &text.iter().collect::<String>()).map_err(|message| message.to_string());
        text.remove(place);
        let _ =
            Spec::parse("mine", "mine.toml", &text.iter().collect::<String>()).map_err(|message| message.to_string());
        let _ = Spec::parse("mine", "mine.toml", &text[..place].iter().collect::<String>()).map_err(|m| m.to_string());
    }
}
