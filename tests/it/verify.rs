//! The doubters catch what is planted: faults in kernels, bounds and forms. And they do not read the defence.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use focal_derive::expr::Expr;
use focal_derive::kernel::{Format, Inst, Kernel, Let, Mode, Val};
use focal_derive::oracle::judge::{Judge, Truth};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::{Doubt, Findings, VerifyOptions, gate, verify, verify_kernel};
use focal_derive::{Derivation, RuleBook, Spec, derive, lower};

/// The derivation of a loss that comes with the tool.
pub fn derivation(loss: &str) -> &'static Derivation {
    static ALL: OnceLock<Vec<Derivation>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let of = |name: &&str| derive(&Spec::builtin(name).unwrap(), RuleBook::builtin()).unwrap();
        Spec::builtin_names().iter().map(of).collect()
    });
    all.iter().find(|one| one.spec.name == loss).unwrap()
}

/// What is said about parameters on the command line.
pub fn choices(words: &[(&str, &str)]) -> Vec<(String, Choice)> {
    words.iter().map(|(name, value)| (name.to_string(), Choice::parse(value).unwrap())).collect()
}

fn kernel(loss: &str, words: &[(&str, &str)], format: Format) -> Kernel {
    let parameters = settle(&derivation(loss).spec, &choices(words), format).unwrap();
    lower::kernel(derivation(loss), &parameters, (format, Mode::Accurate), 2, false).unwrap()
}

fn focal(format: Format) -> Kernel {
    kernel("focal_binary", &[("gamma", "2")], format)
}

fn doubted(kernel: &Kernel) -> Findings {
    let options = VerifyOptions { samples: 3000, ..VerifyOptions::default() };
    verify_kernel(derivation(&kernel.loss), kernel, &options).unwrap()
}

/// The kernel with instructions put before the let at `place`, whose operands they are; returns where they went.
fn insert(kernel: &mut Kernel, place: usize, insts: &[Inst]) {
    let shift = |val: Val| if val.0 >= place { Val(val.0 + insts.len()) } else { val };
    for one in &mut kernel.lets {
        one.inst = one.inst.moved(&shift);
    }
    for output in &mut kernel.outputs {
        output.value = shift(output.value);
    }
    let planted = insts.iter().enumerate().map(|(k, inst)| Let {
        name: format!("planted_{place}_{k}"),
        inst: *inst,
        meaning: String::new(),
    });
    kernel.lets.splice(place..place, planted);
}

/// The place of the first let whose instruction fits.
fn place(kernel: &Kernel, fits: impl Fn(&Inst) -> bool) -> usize {
    kernel.lets.iter().position(|one| fits(&one.inst)).unwrap()
}

/// The place of the let that stands for a formula.
fn stands_for(kernel: &Kernel, meaning: &str) -> usize {
    let found = kernel.lets.iter().position(|one| one.meaning == meaning);
    found.unwrap_or_else(|| panic!("no let stands for {meaning}:\n{kernel}"))
}

/// Refuted by the doubters with a witness that replays, and refused by the gate where the fault is coarse.
fn caught(kernel: &Kernel, fault: &str, output: &str) {
    kernel.check().unwrap();
    let findings = doubted(kernel);
    assert!(!findings.holds(), "{fault} was not caught\n{findings}");
    let finding = findings.findings.iter().find(|finding| finding.subject.what == output);
    let finding = finding.unwrap_or_else(|| panic!("{fault}: no finding about {output}\n{findings}"));
    let at = finding.again.split_once("--at ").unwrap().1;
    let at: Vec<(String, String)> = at
        .split(',')
        .map(|one| one.split_once('=').unwrap())
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let options = VerifyOptions { at, ..VerifyOptions::default() };
    let again = verify_kernel(derivation(&kernel.loss), kernel, &options).unwrap();
    let same = again.findings.iter().find(|other| other.subject.what == output).unwrap();
    assert_eq!((same.error.to_bits(), same.measured.to_bits()), (finding.error.to_bits(), finding.measured.to_bits()));
}

fn refused(kernel: &Kernel, fault: &str) {
    let message = gate(kernel, derivation(&kernel.loss)).expect_err(fault);
    assert!(message.detail.contains("refuted: ") && message.detail.contains("--at "), "{message}");
}

/// Everything that `verify` doubts of a loss holds, at the edges and with few points more.
fn holds(loss: &str) {
    let options = VerifyOptions { samples: 1, ..VerifyOptions::default() };
    let findings = verify(derivation(loss), &options).unwrap();
    assert!(findings.holds(), "{findings}");
    for doubt in [Doubt::Kernel, Doubt::Duals, Doubt::Ends] {
        let of = findings.checks.iter().filter(|check| check.doubt == doubt);
        assert!(
            of.clone().count() > 0 && of.clone().all(|check| check.points > 0 && check.unsettled == 0),
            "{findings}"
        );
    }
}

#[test]
fn focal_binary_holds() {
    holds("focal_binary");
}

#[test]
fn cross_entropy_binary_holds() {
    holds("cross_entropy_binary");
}

#[test]
fn focal_star_holds() {
    holds("focal_star");
}

#[test]
fn focal_probability_holds() {
    holds("focal_probability");
}

#[test]
fn a_sign_that_is_lost() {
    for format in [Format::F32, Format::F64] {
        let mut kernel = focal(format);
        let d_x = kernel.outputs[1].value;
        let end = kernel.lets.len();
        insert(&mut kernel, end, &[Inst::Abs(d_x)]);
        kernel.outputs[1].value = Val(end);
        caught(&kernel, "a lost sign", "backward");
        refused(&kernel, "a lost sign");
    }
}

#[test]
fn a_constant_that_is_wrong() {
    let mut kernel = focal(Format::F64);
    let five = place(&kernel, |inst| *inst == Inst::Const(5.0));
    kernel.lets[five].inst = Inst::Const(4.0);
    caught(&kernel, "1 + 2 gamma is 4", "hessian");
    refused(&kernel, "1 + 2 gamma is 4");
}

#[test]
fn a_constant_that_is_a_little_wrong() {
    let mut kernel = focal(Format::F64);
    let two = place(&kernel, |inst| *inst == Inst::Const(2.0));
    kernel.lets[two].inst = Inst::Const(2.0 + 64.0 * f64::EPSILON);
    caught(&kernel, "2 is off by 64 units", "hessian");
}

#[test]
fn a_clamp_that_is_too_low() {
    for format in [Format::F32, Format::F64] {
        let mut kernel = focal(format);
        let clamp = place(&kernel, |inst| matches!(inst, Inst::AtMost(..)));
        let Inst::AtMost(a, _) = kernel.lets[clamp].inst else { unreachable!() };
        kernel.lets[clamp].inst = Inst::AtMost(a, 17.25);
        caught(&kernel, "a low clamp", "hessian");
        refused(&kernel, "a low clamp");
    }
}

#[test]
fn a_clamp_that_is_missing() {
    for format in [Format::F32, Format::F64] {
        let mut kernel = focal(format);
        let clamp = place(&kernel, |inst| matches!(inst, Inst::AtMost(..)));
        let Inst::AtMost(a, _) = kernel.lets[clamp].inst else { unreachable!() };
        kernel.lets[clamp].inst = Inst::AtMost(a, f64::INFINITY);
        caught(&kernel, "0 times infinity", "hessian");
    }
}

#[test]
fn one_minus_p_in_the_place_of_q() {
    let mut kernel = focal(Format::F64);
    let q = stands_for(&kernel, "sigmoid(-z)");
    // q goes through 1 - q, which is p, and back by a subtraction
    let planted = [kernel.lets[q].inst, Inst::Const(1.0), Inst::Sub(Val(q + 1), Val(q))];
    insert(&mut kernel, q, &planted);
    kernel.lets[q + 3].inst = Inst::Sub(Val(q + 1), Val(q + 2));
    caught(&kernel, "1 - p", "forward");
    refused(&kernel, "1 - p");
}

#[test]
fn rounding_to_f32_inside() {
    let mut kernel = focal(Format::F64);
    let loss = kernel.outputs[0].value;
    let end = kernel.lets.len();
    let split = f64::from(1u32 << 29) + 1.0;
    let planted = [
        Inst::Const(split),
        Inst::Mul(Val(end), loss),
        Inst::Sub(Val(end + 1), loss),
        Inst::Sub(Val(end + 1), Val(end + 2)),
    ];
    insert(&mut kernel, end, &planted);
    kernel.outputs[0].value = Val(end + 3);
    caught(&kernel, "24 bits inside", "forward");
    refused(&kernel, "24 bits inside");
}

#[test]
fn a_bound_below_what_is_measured() {
    for format in [Format::F32, Format::F64] {
        let mut kernel = focal(format);
        for output in &mut kernel.outputs {
            output.bounds.iter_mut().for_each(|bound| bound.ulps = 0.4);
        }
        for output in ["forward", "backward", "hessian"] {
            caught(&kernel, "a bound of 0.4", output);
        }
    }
}

/// Right at every finite logit and wrong at the infinite ones: for every value of α, or for α = 0 alone.
#[test]
fn a_limit_that_is_missed() {
    for format in [Format::F32, Format::F64] {
        for at_zero in [false, true] {
            let mut kernel = kernel("focal_binary", &[("gamma", "2"), ("alpha", "param")], format);
            let (loss, end) = (kernel.outputs[0].value, kernel.lets.len());
            let alpha = place(&kernel, |inst| matches!(inst, Inst::Parameter(0)));
            let x = place(&kernel, |inst| *inst == Inst::X);
            let planted = [
                Inst::Const(0.0),
                Inst::Mul(Val(end), Val(x)),
                Inst::Add(loss, Val(end + 1)),
                Inst::Equal(Val(alpha), Val(end)),
                Inst::Select(Val(end + 3), Val(end + 2), loss),
            ];
            insert(&mut kernel, end, &planted);
            kernel.outputs[0].value = Val(if at_zero { end + 4 } else { end + 2 });
            caught(&kernel, "0 times infinity at an end", "forward");
            refused(&kernel, "0 times infinity at an end");
        }
    }
}

#[test]
fn a_label_that_is_none_is_taken() {
    let mut kernel = focal(Format::F64);
    let end = kernel.lets.len();
    kernel.outputs[0].value = Val(end);
    insert(&mut kernel, end, &[Inst::Const(1.0)]);
    kernel.outputs[0].value = Val(end);
    caught(&kernel, "a constant", "forward");
}

#[test]
fn a_form_that_is_wrong_is_refuted() {
    let mut wrong = derivation("focal_binary").clone();
    let second = wrong.derived.iter_mut().find(|derived| derived.name == "d2_x").unwrap();
    second.form = second.form.clone() * Expr::parse("1 + gamma * (1 - p_t)^4 * p_t^4").unwrap();
    let options = VerifyOptions { choices: choices(&[("gamma", "2")]), samples: 400, ..VerifyOptions::default() };
    let findings = verify(&wrong, &options).unwrap();
    let of_form = findings.checks.iter().find(|check| check.subject.what == "d2_x" && check.doubt == Doubt::Duals);
    let check = of_form.unwrap();
    assert!(check.worst > check.bound.unwrap(), "{findings}");
    assert!(!findings.holds());
}

#[test]
fn one_point_shows_everything() {
    let at = |x: &str, y: &str| vec![("x".to_string(), x.to_string()), ("y".to_string(), y.to_string())];
    let options = |at| VerifyOptions { choices: choices(&[("gamma", "2")]), at, ..VerifyOptions::default() };
    let findings = verify(derivation("focal_binary"), &options(at("0x1.2p+7", "1"))).unwrap();
    assert!(findings.holds() && findings.points.len() == 6 && findings.checks.is_empty());
    assert!(findings.to_string().contains("x = 0x1.2p+7 (144)   y = 1"), "{findings}");
    let json = findings.json();
    assert!(json.contains("\"x\": \"0x1.2p+7\"") && json.ends_with("}\n"), "{json}");
    let nan = verify(derivation("focal_binary"), &options(at("nan", "1"))).unwrap();
    assert!(nan.holds() && nan.points.iter().all(|point| point.measured.is_nan() && point.error == 0.0));
    for (wrong, said) in [
        (vec![("x".to_string(), "1".to_string())], "the point has no `y`"),
        (at("one", "1"), "`one` is no number"),
        (vec![("z".to_string(), "1".to_string())], "a point of `focal_binary` has no `z`"),
        ([at("1", "1"), at("1", "1")].concat(), "`x` is given twice"),
    ] {
        assert_eq!(verify(derivation("focal_binary"), &options(wrong)).unwrap_err().text, said);
    }
}

/// T is the one of the formula as the literature has it.
#[test]
fn the_sum_of_absolute_terms_is_the_known_one() {
    let spec = &derivation("focal_binary").spec;
    let known =
        "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t + (1 - p_t)))";
    let ours = focal_derive::verify::terms(derivation("focal_binary")).unwrap();
    for gamma in ["0", "0.5", "1", "2", "3.7", "5"] {
        let parameters = settle(spec, &choices(&[("gamma", gamma), ("alpha", "0.25")]), Format::F64).unwrap();
        let value = |terms: &Expr, x: f64, y: f64| match Judge::new(spec, &parameters, Some(terms))
            .truths(x, y, &[], 2)
            .terms
        {
            Some(Truth::Finite(known)) => known.to_f64(),
            other => panic!("{other:?}"),
        };
        for x in [-700.0, -30.0, -2.8, -0.1, 0.0, 0.7, 5.0, 90.0] {
            for y in [0.0, 1.0] {
                let (ours, known) = (value(&ours, x, y), value(&Expr::parse(known).unwrap(), x, y));
                assert!((ours - known).abs() <= 4.0 * f64::EPSILON * known, "x = {x}, y = {y}: {ours:e} {known:e}");
            }
        }
    }
}

fn sources(under: &Path, to: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(under).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, to);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            to.push(path);
        }
    }
}

/// Lines of code, without what stands after `//`.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap().to_string() + "\n").collect()
}

/// The judge does not read the defence: neither the e-graph nor the search of forms is named by the doubters, nor by
/// what they judge by.
#[test]
fn the_judge_does_not_read_the_defence() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for room in ["verify", "oracle", "real"] {
        sources(&root.join(room), &mut files);
    }
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        for word in ["egraph", "regime"] {
            assert!(!code(&file).contains(word), "{} names `{word}`", file.display());
        }
    }
}

/// Only the door touches files.
#[test]
fn only_the_door_touches_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let relative = file.strip_prefix(&root).unwrap();
        let door = ["spec", "cli", "build.rs", "main.rs"].iter().any(|door| relative.starts_with(door));
        let touches =
            ["std::fs", "File::", "fs::read", "fs::write", "std::env"].iter().any(|word| code(&file).contains(word));
        assert!(door || !touches, "{} touches files", relative.display());
    }
}
