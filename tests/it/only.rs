//! A derivation narrowed to one claim, as JSON: is it accepted by itself? And a broken one: is it refused with its place?

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use focal_derive::Spec;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("only").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_focal-derive"))
        .arg("derive")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the tool runs")
}

fn json(folder: &Path, loss: &str, only: Option<&str>) -> String {
    let mut arguments = vec![loss, "--format", "json"];
    arguments.extend(only.iter().flat_map(|only| ["--only", only]));
    let output = run(folder, &arguments);
    assert!(output.status.success(), "{loss} {only:?}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn each_claim_and_derivative_is_accepted_by_itself() {
    let folder = folder("accepted");
    for loss in Spec::builtin_names() {
        let spec = Spec::builtin(loss).expect("it comes with the tool");
        if spec.classes.is_some() {
            continue; // the claims of its cases: below
        }
        let claims: Vec<&str> = spec.claims.iter().map(|claim| claim.name.as_str()).collect();
        let through = if loss == &"focal_probability" {
            ["d_p_t", "d2_p_t", "d_p", "d2_p"]
        } else {
            ["d_z", "d2_z", "d_x", "d2_x"]
        };
        for only in claims.iter().copied().chain(through) {
            let file = format!("{loss}-{only}.json");
            fs::write(folder.join(&file), json(&folder, loss, Some(only))).expect("a file");
            let output = run(&folder, &["--check", &file]);
            let said = String::from_utf8_lossy(&output.stdout);
            let claims = if claims.contains(&only) { "1 claim," } else { "0 claims," };
            assert_eq!(output.status.code(), Some(0), "{loss} {only}: {said}");
            assert!(said.starts_with(&format!("accepted: {loss}, ")) && said.contains(claims), "{only}: {said}");
        }
    }
}

/// Of a loss over classes: the claims of both cases, and the derivatives in a class and in the margin.
#[test]
fn each_claim_over_classes_is_accepted_by_itself() {
    let folder = folder("classes");
    for loss in Spec::builtin_names() {
        let spec = Spec::builtin(loss).expect("it comes with the tool");
        let Some(classes) = &spec.classes else { continue };
        let list = &classes.list;
        let derived = ["d_LIST_t", "d2_LIST_t", "d_LIST_i", "d2_LIST_i"].map(|name| name.replace("LIST", list));
        let mut all: Vec<(String, &str)> = spec.claims.iter().map(|claim| (claim.name.clone(), "1 claim,")).collect();
        all.extend(derived.map(|name| (name, "0 claims,")));
        if loss == &"focal_softmax" {
            all.extend(["d_m", "d2_m"].map(|name| (name.to_string(), "1 claim,"))); // what leads to the margin
            all.push(("through-margin-other".to_string(), "1 claim,"));
        }
        for (only, claims) in all {
            let file = format!("{loss}-{only}.json");
            fs::write(folder.join(&file), json(&folder, loss, Some(&only))).expect("a file");
            let output = run(&folder, &["--check", &file]);
            let said = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{loss} {only}: {said}");
            assert!(said.starts_with(&format!("accepted: {loss}, ")) && said.contains(claims), "{only}: {said}");
        }
    }
}

#[test]
fn only_the_case_of_the_claim_is_printed() {
    let folder = folder("case");
    let text = |only: &str| {
        let output = run(&folder, &["focal_softmax", "--only", only]);
        assert_eq!(output.status.code(), Some(0), "{only}");
        String::from_utf8(output.stdout).expect("text")
    };
    let headings = ["The target, i = t", "Another class, i ≠ t", "Result (d_m):"];
    for (only, printed) in
        [("backward-own", [true, false, false]), ("hessian-other", [false, true, false]), ("d2_m", [true, false, true])]
    {
        let text = text(only);
        assert_eq!(headings.map(|heading| text.contains(heading)), printed, "{only}: {text}");
    }
    let output = run(&folder, &["focal_softmax", "--only", "backward-othr"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("did you mean `backward-other`?"), "{said}");
}

#[test]
fn a_lemma_that_is_taken_out_is_missed() {
    let folder = folder("lemma");
    let text = json(&folder, "focal_binary", Some("hessian"));
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["derived"].as_array_mut().expect("derivatives").remove(0);
    fs::write(folder.join("lemma.json"), value.to_string()).expect("a file");
    let output = run(&folder, &["--check", "lemma.json"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no derivative found above says so"));
}

/// Each is refused with the file, line and column, exit code 2, and a message that a terminal can show.
#[test]
fn what_is_no_derivation_is_a_message_with_its_place() {
    let folder = folder("broken");
    let whole = json(&folder, "cross_entropy_binary", None);
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value: serde_json::Value = serde_json::from_str(&whole).expect("JSON");
        change(&mut value);
        value.to_string()
    };
    let brackets = format!("{}x{}", "(".repeat(5000), ")".repeat(5000));
    let step = |value: &mut serde_json::Value, key: &str, to: serde_json::Value| {
        value["derived"][0]["steps"][0]["substeps"][0][key] = to;
    };
    let many = |value: &mut serde_json::Value| {
        let step = value["derived"][0]["steps"][0]["substeps"][0].clone();
        value["derived"][0]["steps"][0]["substeps"] = vec![step; 100_001].into();
    };
    let cases = [
        ("empty", String::new(), "no JSON"),
        ("blank", " ".repeat(1 << 20), "no JSON"),
        ("word", "derivation".to_string(), "no JSON"),
        ("number", "1".to_string(), "an object with the key `loss`"),
        ("twice", format!("{whole}{{}}"), "something follows the JSON"),
        ("arrays", "[".repeat(200_000), "more than 32 levels"),
        ("objects", "{\"a\":".repeat(200_000), "more than 32 levels"),
        ("array-for-object", with(&|value| value["derived"] = serde_json::json!({})), "an array belongs here"),
        ("brackets", with(&|value| step(value, "after", brackets.clone().into())), "more than 200 levels"),
        ("position", with(&|value| step(value, "at", (-1).into())), "an array belongs here"),
        ("huge-position", with(&|value| step(value, "at", vec![f64::MAX].into())), "no position"),
        ("formula", with(&|value| step(value, "after", "d(loss,".into())), "error: "),
        ("many", with(&many), "more than 100000 steps"),
    ];
    for (name, text, says) in &cases {
        refused(&folder, name, text, says);
    }
    // cut off anywhere
    for part in 1..40 {
        let mut end = whole.trim_end().len() * part / 40;
        while !whole.is_char_boundary(end) {
            end -= 1;
        }
        refused(&folder, &format!("cut-{part}"), &whole[..end], "error: ");
    }
}

fn refused(folder: &Path, name: &str, text: &str, says: &str) {
    let file = format!("{name}.json");
    fs::write(folder.join(&file), text).expect("a file");
    let output = run(folder, &["--check", &file]);
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{name}: {said}");
    assert!(output.stdout.is_empty() && said.starts_with("error: ") && said.contains(says), "{name}: {said}");
    let place = format!("  {file}:");
    assert!(said.lines().any(|line| line.starts_with(&place)), "{name}: no place in {said}");
    assert!(said.lines().all(|line| line.chars().count() <= 240), "{name}: a line too long for a terminal");
}
