//! Losses that a user states: any name, any shape that is sound, and commands that replay what is said of them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use focal_derive::emit::EmitOptions;
use focal_derive::expr::Expr;
use focal_derive::kernel::Format;
use focal_derive::setting::Choice;
use focal_derive::verify::{Doubt, Findings, VerifyOptions, verify};
use focal_derive::{Derivation, RuleBook, Spec, derive, emit};

/// A loss on `x` and `y` with a parameter `gamma`.
fn own(formula: &str, edges: &str) -> String {
    format!(
        "[inputs]\nx = {{ domain = \"finite\" }}\ny = {{ domain = \"{{0, 1}}\" }}\n[parameters]\n\
         gamma = {{ domain = \"[0, inf)\" }}\n[formula]\nz = \"(2*y - 1) * x\"\nloss = \"{formula}\"\n[edges]\n{edges}"
    )
}

const FOCAL: &str = "-(1 - sigmoid(z))^gamma * log(sigmoid(z))";

fn derived(text: &str) -> Derivation {
    let spec = Spec::parse("own", "own.toml", text).unwrap_or_else(|message| panic!("{message}"));
    derive(&spec, RuleBook::builtin()).unwrap_or_else(|message| panic!("{message}"))
}

fn choices(words: &[(&str, &str)]) -> Vec<(String, Choice)> {
    words.iter().map(|(name, value)| (name.to_string(), Choice::parse(value).unwrap())).collect()
}

fn doubted(derivation: &Derivation, words: &[(&str, &str)]) -> Findings {
    let options = VerifyOptions { choices: choices(words), samples: 200, ..VerifyOptions::default() };
    verify(derivation, &options).unwrap_or_else(|message| panic!("{message}"))
}

/// Digits that floats lose near p = 1, where no name of the formula says that it is p, refuted sound losses.
#[test]
fn a_sound_loss_that_names_no_probability_holds() {
    let decaying = "softplus(-z) * exp(-gamma * softplus(z))";
    for formula in [FOCAL, decaying, "gamma * sqrt(1 - sigmoid(z))"] {
        let findings = doubted(&derived(&own(formula, "")), &[("gamma", "0.5")]);
        assert!(findings.holds(), "{formula}\n{findings}");
        let duals = findings.checks.iter().filter(|check| check.doubt == Doubt::Duals);
        assert!(duals.clone().count() == 4 && duals.clone().all(|check| check.points > 100), "{findings}");
    }
}

/// A name that lies in (0, 1) and never near the middle left no point to doubt at.
#[test]
fn a_name_that_has_no_interior_is_doubted_all_the_same() {
    let text =
        own("-(1 - small)^gamma * log(1 - sigmoid(-z))", "").replace("loss =", "small = \"sigmoid(z)/32\"\nloss =");
    let derivation = derived(&text);
    let parameters = focal_derive::setting::settle(&derivation.spec, &choices(&[("gamma", "2")]), Format::F64).unwrap();
    let findings = focal_derive::verify::verify_forms(&derivation, &parameters, 100, 1);
    let duals: Vec<_> = findings.checks.iter().filter(|check| check.doubt == Doubt::Duals).collect();
    assert!(findings.holds() && duals.len() == 4 && duals.iter().all(|check| check.points > 50), "{findings}");
}

/// What is wrong by little is refuted by duals, rounding or not.
#[test]
fn a_form_that_is_a_little_wrong_is_refuted() {
    let mut wrong = derived(&own(FOCAL, ""));
    let first = wrong.derived.iter_mut().find(|one| one.name == "d_x").unwrap();
    first.form = first.form.clone() * Expr::parse("1 + (1 - sigmoid(z))^2 * sigmoid(z)/10^6").unwrap();
    let findings = doubted(&wrong, &[("gamma", "0.5")]);
    let refuted = |doubt: Doubt| {
        let mut of = findings.checks.iter().filter(|check| check.doubt == doubt && check.subject.what == "d_x");
        of.any(|check| check.worst > check.bound.unwrap())
    };
    assert!(refuted(Doubt::Duals) && refuted(Doubt::Ends) && !findings.holds(), "{findings}");
}

#[test]
fn limits_that_are_not_stated_are_not_judged_and_the_output_says_so() {
    let silent = doubted(&derived(&own(FOCAL, "")), &[("gamma", "2")]);
    let note = "no limit of each output is stated under [edges] for x = -inf, y = 0; x = -inf, y = 1; x = inf, y = 0; \
                x = inf, y = 1: what is not stated is not judged";
    assert_eq!(silent.notes, [note]);
    assert!(silent.holds() && silent.to_string().contains(&format!("\nnote: {note}\n")), "{silent}");
    assert!(silent.json().contains(note));

    let some =
        "\"x = inf, y = 1\" = { loss = \"0\" }\n\"x = -inf, y = 0\" = { loss = \"0\", d_x = \"0\", d2_x = \"0\" }\n";
    let some = doubted(&derived(&own(FOCAL, some)), &[("gamma", "2")]);
    let left = "x = -inf, y = 1; x = inf, y = 0; x = inf, y = 1";
    assert!(some.holds() && some.notes.len() == 1 && some.notes[0].contains(&format!(" for {left}: ")), "{some}");

    let wrong = "\"x = inf, y = 1\" = { loss = \"1\" }\n";
    let wrong = doubted(&derived(&own(FOCAL, wrong)), &[("gamma", "2")]);
    assert!(!wrong.holds(), "{wrong}");
    let finding = &wrong.findings[0];
    assert!(finding.witness.values[0].1 == f64::INFINITY && finding.expected == 1.0, "{finding}");
}

/// The binary in a folder, found by its name as in the commands that it prints.
fn shell(folder: &Path, command: &str) -> Output {
    let home = Path::new(env!("CARGO_BIN_EXE_focal-derive")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(home.into()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    Command::new("sh").args(["-c", command]).env("PATH", path.unwrap()).current_dir(folder).output().unwrap()
}

/// They named the spec instead of its file.
#[cfg(unix)]
#[test]
fn commands_that_show_a_finding_again_do() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("my losses")).unwrap();
    let edges = "\"x = inf, y = 1\" = { loss = \"1\" }\n";
    fs::write(folder.join("my losses/it's.toml"), own(FOCAL, edges)).unwrap();
    let first = shell(&folder, r"focal-derive verify 'my losses/it'\''s.toml' --gamma param --samples 300");
    assert_eq!(first.status.code(), Some(1), "{first:?}");
    let said = String::from_utf8(first.stdout).unwrap();
    let commands: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("  again    ")).collect();
    assert_eq!(commands.len(), 2, "one for each format\n{said}");
    for command in commands {
        let again = shell(&folder, command);
        assert_eq!(again.status.code(), Some(1), "{command}\n{again:?}");
        let again = String::from_utf8(again.stdout).unwrap();
        assert!(again.contains(&format!("  again    {command}\n")) && again.contains("\n1 finding\n"), "{again}");
    }
    // and what is missing is asked for with the file's name
    let missing = shell(&folder, r"focal-derive emit 'my losses/it'\''s.toml'");
    let said = String::from_utf8(missing.stderr).unwrap();
    assert!(said.contains(r"help: focal-derive emit 'my losses/it'\''s.toml' --gamma 2"), "{said}");
}

/// A focal loss whose names are those that the tool itself uses somewhere.
fn renamed([x, y, alpha, gamma, z, p, alpha_t, loss]: [&str; 8]) -> String {
    format!(
        "[inputs]\n{x} = {{ domain = \"finite\" }}\n{y} = {{ domain = \"{{0, 1}}\" }}\n[parameters]\n\
         {alpha} = {{ domain = \"[0, 1]\" }}\n{gamma} = {{ domain = \"[0, inf)\" }}\n[formula]\n\
         {z} = \"(2*{y} - 1) * {x}\"\n{p} = \"sigmoid({z})\"\n{alpha_t} = \"where({y} == 1, {alpha}, 1 - {alpha})\"\n\
         {loss} = \"-{alpha_t} * (1 - {p})^{gamma} * log({p})\"\n"
    )
}

#[test]
fn a_spec_may_use_the_names_that_the_tool_uses() {
    for names in [
        ["a", "t", "s", "w_scaled", "w", "d_1", "s_alpha_t", "v"],
        ["logit", "label", "s_alpha_t", "s", "E", "w", "X", "d_x"],
        ["q", "one", "v_1", "c", "p", "ell", "w", "pivot"],
        ["x", "y", "Gamma", "below", "q_gamma", "x_", "lanes", "w"],
        ["z", "x", "y", "valid", "inner", "exp_pair", "i", "scale"],
    ] {
        let derivation = derived(&renamed(names));
        let [_, _, alpha, gamma, ..] = names;
        for (format, set) in [(Format::F32, ["param", "param"]), (Format::F64, ["0.25", "2"])] {
            let choices = choices(&[(alpha, set[0]), (gamma, set[1])]);
            let options = EmitOptions { choices: choices.clone(), format, order: 2, ..EmitOptions::default() };
            emit(&derivation, &options).unwrap_or_else(|message| panic!("{names:?}\n{message}"));
        }
        let findings = doubted(&derivation, &[(alpha, "0.25"), (gamma, "2")]);
        let hessians = findings.checks.iter().filter(|check| check.subject.what == "hessian").count();
        assert!(findings.holds() && hessians == 2, "{names:?}\n{findings}");
    }
}

/// Two factors of the label were taken for one.
#[test]
fn factors_of_the_label_are_kept_apart() {
    let text = own("where(y == 1, 0.5, 0.25) * gamma * softplus(-z)", "");
    let findings = doubted(&derived(&text), &[("gamma", "1")]);
    assert!(findings.holds(), "{findings}");
}

#[test]
fn messages_name_what_the_spec_names() {
    let derivation = derived(&own("gamma * log(1 + exp(-z))", ""));
    let options = EmitOptions { choices: choices(&[("gamma", "2")]), ..EmitOptions::default() };
    let message = emit(&derivation, &options).unwrap_err();
    assert!(message.detail.contains("d_x = ") && !message.to_string().contains("_w"), "{message}");
}
