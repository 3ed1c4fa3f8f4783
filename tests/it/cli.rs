//! The command line: what people read, exit codes, and that nothing is written where something failed.

use std::fs;
use std::io::Write;
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
fn every_rule_holds_and_fires_and_every_rejected_one_fails() {
    let folder = folder("judged");
    let json: serde_json::Value =
        serde_json::from_str(&stdout(&folder, &["rules", "--check", "--json"])).expect("JSON");
    let book = RuleBook::builtin();
    let rules = json["rules"].as_array().expect("rules");
    assert_eq!((json["holds"].clone(), rules.len()), (true.into(), book.rules.len() + book.rejected.len()));
    assert!(rules.iter().all(|rule| rule["rejected"] == true || rule["fired"] == true));
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

/// A run that must end well; its standard output.
fn stdout(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    assert!(output.stderr.is_empty(), "{arguments:?}: {}", text(&output.stderr));
    text(&output.stdout).to_string()
}

#[test]
fn a_kernel_goes_to_stdout_or_a_file() {
    let folder = folder("emit");
    let printed = stdout(&folder, &["emit", "--gamma", "2"]);
    assert!(printed.contains("//     focal-derive emit focal_binary --gamma 2\n"));
    assert_eq!(stdout(&folder, &["emit", "focal_binary", "--set", "gamma=2", "-o", "-"]), printed);
    fs::write(folder.join("kernel.rs"), "old").expect("a file");
    assert_eq!(stdout(&folder, &["emit", "--gamma", "2", "-o", "kernel.rs"]), "");
    assert_eq!(fs::read_to_string(folder.join("kernel.rs")).expect("it is there"), printed);
    assert_eq!(names(&folder), ["kernel.rs"]);
}

#[test]
fn values_may_begin_with_a_minus() {
    let folder = folder("minus");
    let own = stdout(&folder, &["emit", "focal_star", "--gamma", "2", "--beta", "-1.7"]);
    let joined = stdout(&folder, &["emit", "focal_star", "--gamma=2", "--beta=-1.7"]);
    let set = stdout(&folder, &["emit", "focal_star", "--set", "beta=-1.7", "--set", "gamma=2"]);
    assert!(own.contains("-1.7") && own == joined && own == set);
}

#[test]
fn a_check_tells_fresh_from_edited_and_shows_how_to_mend() {
    let folder = folder("check");
    let file = folder.join("kernel.rs");
    let made = stdout(&folder, &["emit", "--gamma", "0.5", "--alpha", "0.25", "-o", "kernel.rs"]);
    assert_eq!(made, "");
    let fresh = fs::read_to_string(&file).expect("it is there");
    for check in [&["emit", "--check", "kernel.rs"][..], &["emit", "--check", "kernel.rs", "--color", "never", "-q"]] {
        assert_eq!(stdout(&folder, check), "");
    }
    let whole = ["emit", "--gamma", "0.5", "--alpha", "0.25", "--check", "kernel.rs"];
    assert_eq!(stdout(&folder, &whole), "");

    fs::write(&file, fresh.replacen("let ", "let mut ", 1)).expect("it is written");
    let edited = run(&folder, &["emit", "--check", "kernel.rs"]);
    assert_eq!(edited.status.code(), Some(1));
    assert!(text(&edited.stdout).lines().any(|line| line.starts_with("-    let mut ")));
    assert!(text(&edited.stderr).contains("edited by hand"));
    let mend = text(&edited.stderr).lines().find_map(|line| line.strip_prefix("mend it: focal-derive "));
    let mend: Vec<&str> = mend.expect("a command").split(' ').collect();
    stdout(&folder, &mend);
    assert_eq!(fs::read_to_string(&file).expect("it is there"), fresh);

    let other = run(&folder, &["emit", "--gamma", "3", "--check", "kernel.rs"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(!text(&other.stdout).is_empty() && text(&other.stderr).contains("--gamma 3 -o kernel.rs"));
    let quiet = run(&folder, &["emit", "--gamma", "3", "--check", "kernel.rs", "-q"]);
    assert!(quiet.status.code() == Some(1) && quiet.stderr.is_empty() && quiet.stdout == other.stdout);
}

#[test]
fn a_check_needs_a_header_that_runs() {
    let folder = folder("header");
    let fresh = stdout(&folder, &["emit", "--gamma", "2"]);
    let swapped = |with: &str| fresh.replace("emit focal_binary --gamma 2", with);
    let cases = [
        ("no header", "fn main() {}\n".to_string()),
        ("no such loss", swapped("emit nothing --gamma 2")),
        ("no such option", swapped("emit focal_binary --nope")),
        ("another verb", swapped("verify")),
        ("it would write", swapped("emit focal_binary --gamma 2 -o stolen.rs")),
        ("it would check", swapped("emit --check kernel.rs")),
    ];
    for (case, content) in cases {
        fs::write(folder.join("kernel.rs"), &content).expect("a file");
        let output = run(&folder, &["emit", "--check", "kernel.rs"]);
        assert_eq!(output.status.code(), Some(2), "{case}");
        assert!(output.stdout.is_empty() && text(&output.stderr).starts_with("error: "), "{case}");
        assert_eq!(names(&folder), ["kernel.rs"], "{case}");
    }
}

#[test]
fn a_loss_is_a_name_a_path_or_standard_input() {
    let folder = folder("loss");
    let spec = include_str!("../../derivations/cross_entropy_binary/spec.toml");
    fs::write(folder.join("my loss.toml"), spec).expect("a file");
    fs::write(folder.join("focal_binary"), "nonsense").expect("a file");
    let inside = |text: &str| text.split("\npub fn ").skip(1).collect::<Vec<_>>().join("\npub fn ");

    let named = inside(&stdout(&folder, &["emit", "cross_entropy_binary"]));
    stdout(&folder, &["emit", "my loss.toml", "-o", "mine.rs"]);
    let mine = fs::read_to_string(folder.join("mine.rs")).expect("it is there");
    assert_eq!(inside(&mine), named);
    assert_eq!(stdout(&folder, &["emit", "--check", "mine.rs"]), "", "the header names the file");

    let mut child = tool(&folder)
        .args(["emit", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(spec.as_bytes()).expect("it is read");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success() && inside(text(&output.stdout)) == named);

    stdout(&folder, &["emit", "focal_binary", "--gamma", "2"]);
    let path = run(&folder, &["emit", "./focal_binary", "--gamma", "2"]);
    assert_eq!(path.status.code(), Some(2));
    assert!(text(&path.stderr).contains("./focal_binary:1:"), "{}", text(&path.stderr));
}

#[test]
fn a_derivation_is_printed_in_three_forms() {
    let folder = folder("derive");
    let plain = stdout(&folder, &["derive", "cross_entropy_binary"]);
    for part in ["Definition\n", "\nResult (d_x):\n", "\nbackward-logit: proved", "\nStable forms and their bounds\n"] {
        assert!(plain.contains(part), "{part}");
    }
    let markdown = stdout(&folder, &["derive", "cross_entropy_binary", "--format", "markdown", "--lang", "zh"]);
    assert!(markdown.starts_with("# cross_entropy_binary：二分类交叉熵") && markdown.contains("\n## 定义\n"));

    let json = stdout(&folder, &["derive", "cross_entropy_binary", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["loss"], "cross_entropy_binary");
    let claims = json["claims"].as_array().expect("claims");
    assert!(claims.iter().all(|claim| claim["status"] == "proved"));
    for derived in json["derived"].as_array().expect("derivatives") {
        let steps = derived["steps"].as_array().expect("steps");
        assert_eq!(steps.first().expect("a step")["before"], derived["of"]);
        assert_eq!(steps.last().expect("a step")["after"], derived["form"]);
        assert!(steps.windows(2).all(|pair| pair[0]["after"] == pair[1]["before"]));
    }
    let forms = json["forms"].as_array().expect("forms");
    let mut outputs: Vec<_> = forms.iter().map(|form| &form["target"]).collect();
    outputs.dedup();
    assert_eq!(outputs, ["loss", "d_x", "d2_x"]);
    // one form for each side of 0 at least, each with its regime
    assert!(forms.len() >= 6 && forms.iter().all(|form| form["regime"].is_string()), "{forms:?}");
}

#[test]
fn a_derivation_is_set_for_paper_and_browser() {
    let folder = folder("set");
    let latex = stdout(&folder, &["derive", "--format", "latex", "--standalone", "--only", "backward"]);
    assert!(latex.starts_with("\\documentclass{article}") && latex.ends_with("\\end{document}\n"));
    let html = stdout(&folder, &["derive", "--format", "html", "--lang", "zh"]);
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"zh\">") && html.contains("<details>"));
    assert!(!html.contains("http") && !html.contains("src="), "it loads something");
    let full = stdout(&folder, &["derive", "--only", "backward", "--full"]);
    assert!(full.contains("        d-product "));
}

#[test]
fn a_derivation_may_be_narrowed() {
    let folder = folder("only");
    let only = stdout(&folder, &["derive", "--gamma", "2", "--alpha", "none", "--only", "backward"]);
    assert!(only.contains("\nbackward: proved") && !only.contains("hessian") && !only.contains("\nd_x = "));
    assert!(!only.contains("gamma") && !only.contains("parameters"), "both are put in");
    let unknown = run(&folder, &["derive", "--only", "bakward"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(unknown.stdout.is_empty() && text(&unknown.stderr).contains("did you mean `backward`?"));
}

#[test]
fn a_claim_that_is_not_so_is_a_finding() {
    let folder = folder("unsettled");
    let spec = include_str!("../../derivations/cross_entropy_binary/spec.toml");
    fs::write(folder.join("wrong.toml"), spec.replace("\"alpha_t * (p_t - 1)\"", "\"alpha_t * (p_t + 1)\""))
        .expect("a file");
    let output = run(&folder, &["derive", "wrong.toml", "--only", "backward"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("\nbackward: unsettled: "));
}

#[test]
fn a_point_is_verified() {
    let folder = folder("verify");
    let point = ["verify", "--gamma", "2", "--precision", "f64", "--at", "x=-0x1.8p+1,y=1"];
    assert!(stdout(&folder, &point).contains("x = -0x1.8p+1 (-3)"));
    assert_eq!(stdout(&folder, &[&point[..], &["--json", "-o", "found.json"]].concat()), "");
    let json = fs::read_to_string(folder.join("found.json")).expect("it is there");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["holds"], &json["loss"]), (&true.into(), &"focal_binary".into()));
    let wrong = run(&folder, &["verify", "--gamma", "2", "--at", "x=1"]);
    assert_eq!(wrong.status.code(), Some(2));
}

#[test]
fn latex_is_compiled_where_there_is_one() {
    if Command::new("pdflatex").arg("--version").output().is_err() {
        println!("skipped: pdflatex not found; apt-get install texlive-latex-base texlive-latex-recommended");
        return;
    }
    let folder = folder("latex");
    for loss in focal_derive::Spec::builtin_names() {
        set_with("pdflatex", &folder, loss, "en");
    }
}

#[test]
fn chinese_latex_is_compiled_where_there_is_one() {
    let class = Command::new("kpsewhich").arg("ctexart.cls").output();
    let there = Command::new("xelatex").arg("--version").output().is_ok() && class.is_ok_and(|c| c.status.success());
    if !there {
        println!("skipped: xelatex or ctexart not found; apt-get install texlive-xetex texlive-lang-chinese");
        return;
    }
    let folder = folder("latex-zh");
    for loss in focal_derive::Spec::builtin_names() {
        set_with("xelatex", &folder, loss, "zh");
    }
}

/// Sets the derivation of a loss: no error, no line too long, no letter that the font lacks.
fn set_with(engine: &str, folder: &Path, loss: &str, lang: &str) {
    let tex = stdout(folder, &["derive", loss, "--format", "latex", "--standalone", "--lang", lang]);
    fs::write(folder.join(format!("{loss}.tex")), tex).expect("a file");
    let set = Command::new(engine)
        .args(["-interaction=nonstopmode", "-halt-on-error", &format!("{loss}.tex")])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("{engine}: {error}"));
    let log = String::from_utf8_lossy(&set.stdout);
    let log = format!("{log}{}", fs::read_to_string(folder.join(format!("{loss}.log"))).unwrap_or_default());
    let fault = ["Overfull", "Missing character", "LaTeX Error"].iter().find(|fault| log.contains(**fault));
    assert!(set.status.success() && fault.is_none(), "{loss} {lang}: {fault:?}\n{log}");
}
