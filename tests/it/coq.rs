//! Certificates: does Coq accept the derivation of every loss, with the standard axioms of the reals alone, and does
//! it refuse a wrong one?

mod rows;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use focal_derive::audit::corpus::CORPUS;
use focal_derive::audit::{self, Outcome, Problem};
use focal_derive::check::{Proof, check};
use focal_derive::coq::{Certificate, certificate};
use focal_derive::expr::Expr;
use focal_derive::{RuleBook, Spec, derive};

use crate::check::right;
use crate::losses::{builtin, formula};

/// The axioms of Coq's reals and of Coquelicot; none is ours.
const STANDARD: [&str; 4] = [
    "ClassicalDedekindReals.sig_forall_dec",
    "ClassicalDedekindReals.sig_not_dec",
    "Classical_Prop.classic",
    "FunctionalExtensionality.functional_extensionality_dep",
];

/// Is there a Coq? Where it is missing the test is skipped, and fails where nothing may be.
pub fn has_coq() -> bool {
    if Command::new("coqc").arg("--version").output().is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("FOCAL_NO_SKIP").is_none_or(|set| set != "1"), "coqc not found");
    println!("skipped: coqc not found; apt-get install coq libcoq-coquelicot");
    false
}

fn coqc(name: &str, text: &str) -> Output {
    let folder: PathBuf = std::env::temp_dir().join(format!("focal-derive-coq-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for the test");
    fs::write(folder.join("certificate.v"), text).expect("a file");
    let output = Command::new("coqc").arg("certificate.v").current_dir(&folder).output().expect("coqc runs");
    fs::remove_dir_all(&folder).expect("it is removed");
    output
}

/// Coq accepts it; the axioms that it rests on.
pub fn accepted(name: &str, certificate: &Certificate) -> BTreeSet<String> {
    assert!(certificate.left_out.is_empty(), "{name}: {:?}", certificate.left_out);
    for word in ["Admitted", "Axiom ", "Parameter ", "Conjecture ", "admit"] {
        assert!(!certificate.text.contains(word), "{name}: {word}");
    }
    let output = coqc(name, &certificate.text);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {err}");
    let (_, listed) = out.split_once("Axioms:\n").expect("the axioms are printed");
    let axioms = listed.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split([' ', ':']).next());
    let axioms: BTreeSet<String> = axioms.map(str::to_string).collect();
    println!("{name}: {} theorems; axioms: {}", certificate.theorems.len(), Vec::from_iter(axioms.clone()).join(", "));
    axioms
}

pub fn standard(axioms: &BTreeSet<String>) {
    let ours: Vec<&String> = axioms.iter().filter(|axiom| !STANDARD.contains(&axiom.as_str())).collect();
    assert!(ours.is_empty() && !axioms.is_empty(), "{ours:?}");
}

fn proof(name: &str) -> Proof {
    Proof::of(&derive(&builtin(name), RuleBook::builtin()).expect("a derivation"))
}

/// Losses that are over no classes.
fn scalar() -> impl Iterator<Item = &'static str> {
    Spec::builtin_names().iter().copied().filter(|name| builtin(name).classes.is_none())
}

#[test]
fn every_loss_has_a_certificate_that_coq_accepts() {
    let mut certificates: Vec<(&str, Certificate)> =
        scalar().map(|name| (name, certificate(&proof(name), RuleBook::builtin()))).collect();
    for (name, certificate) in &certificates {
        let proved = derive(&builtin(name), RuleBook::builtin()).expect("a derivation").claims.len();
        let claims = certificate.theorems.iter().filter(|theorem| theorem.starts_with("claim_"));
        assert!(claims.count() >= proved, "{name}: {:?}", certificate.theorems);
    }
    // the label chooses between p and 1 - p, and a derivative in pieces has no form in Coq: by p_t all is certified
    let (_, shares) = certificates.iter_mut().find(|(name, _)| *name == "focal_probability").expect("it is built in");
    let left_out = std::mem::take(&mut shares.left_out);
    let in_pieces = |line: &String| line.ends_with("by `d-where`: `d-where`: a derivative in pieces");
    assert!(left_out.len() == 2 && left_out.iter().all(in_pieces), "{left_out:?}");
    if !has_coq() {
        return;
    }
    for (name, certificate) in &certificates {
        standard(&accepted(name, certificate));
    }
}

/// One theorem for each kind of step, of every rule of derivatives that is not in pieces.
#[test]
fn every_kind_of_step_has_a_proof() {
    let mut proof = right();
    proof.claims.retain(|claim| claim.name != "d-abs");
    for (number, claim) in proof.claims.iter_mut().enumerate() {
        claim.name = format!("{} {number}", claim.name);
    }
    assert_eq!(check(&proof, RuleBook::builtin()), Vec::new());
    let certificate = certificate(&proof, RuleBook::builtin());
    if has_coq() {
        standard(&accepted("steps", &certificate));
    }
}

#[test]
fn what_has_no_form_in_coq_is_left_out_and_said() {
    let mut proof = right();
    proof.claims.retain(|claim| claim.name == "d-abs");
    let certificate = certificate(&proof, RuleBook::builtin());
    assert_eq!(certificate.left_out, ["claim d-abs: step 1 by `d-abs`: `d-abs`: a derivative in pieces"]);
    assert!(certificate.theorems.is_empty());
}

/// Whole and fractional exponents, which are written otherwise than symbolic ones.
#[test]
fn numbers_for_gamma_have_certificates_as_well() {
    let fixed = |gamma: &str| {
        let mut spec = builtin("focal_binary");
        let put = |expr: &Expr| expr.substitute(&|name| (name == "gamma").then(|| formula(gamma)));
        spec.formula.iter_mut().for_each(|line| line.value = put(&line.value));
        spec.claims.iter_mut().for_each(|claim| (claim.lhs, claim.rhs) = (put(&claim.lhs), put(&claim.rhs)));
        spec.parameters.retain(|parameter| &*parameter.name != "gamma");
        spec.edges.clear();
        Proof::of(&derive(&spec, RuleBook::builtin()).expect("a derivation"))
    };
    for gamma in ["0", "0.5", "1", "2"] {
        let proof = fixed(gamma);
        assert_eq!((proof.unsettled, check(&proof, RuleBook::builtin())), (0, Vec::new()), "gamma = {gamma}");
        let certificate = certificate(&proof, RuleBook::builtin());
        if has_coq() {
            standard(&accepted(&format!("gamma-{gamma}"), &certificate));
        }
    }
}

/// Claims of the corpus that are proved by cases of signs and labels, some with points of which nothing is said.
#[test]
fn proofs_by_cases_have_certificates() {
    let audited = |name: &str| {
        let (_, text) = CORPUS.iter().find(|(known, _)| *known == name).expect("in the corpus");
        let (problem, claims) = Problem::of_file(name, text).expect("a file of claims");
        let proof = |claim| match audit::audit(&problem, claim, RuleBook::builtin()).expect("a verdict").outcome {
            Outcome::Proved { proof, .. } => proof,
            _ => None,
        };
        claims.iter().filter_map(proof).collect::<Vec<Proof>>()
    };
    for (name, claim) in [
        ("hinge", "hinge"),
        ("hinge", "squared hinge"),
        ("softplus_inverse", "elu"),
        ("kornia_focal", "loss"),
        ("kornia_focal", "gradient"),
        ("detectron_sigmoid", "log of 1 - p"),
    ] {
        let proof = audited(name).into_iter().find(|proof| proof.claims[0].name == claim).expect("it is proved");
        assert!(!proof.claims[0].cases.is_empty(), "{name}: {claim}");
        let certificate = certificate(&proof, RuleBook::builtin());
        if has_coq() {
            standard(&accepted(&format!("{name}-{}", claim.replace(' ', "-")), &certificate));
        }
    }
    // a sign of an expression that holds around the variable of a derivative
    for proof in audited("smooth_l1") {
        let left_out = certificate(&proof, RuleBook::builtin()).left_out;
        assert!(left_out[0].contains("a sign that holds around `x`"), "{left_out:?}");
    }
}

/// A certificate that says something false is none.
#[test]
fn coq_refuses_wrong_certificates() {
    if !has_coq() {
        return;
    }
    let whole = proof("cross_entropy_binary");
    let part = Proof { lemmas: vec![whole.lemmas[0].clone()], claims: Vec::new(), ..whole };
    assert!(coqc("right", &certificate(&part, RuleBook::builtin()).text).status.success());
    let last = part.lemmas[0].steps.len() - 1;
    let wrong: [&dyn Fn(&mut Proof); 5] = [
        &|proof| change(proof, 1, &|form| form.clone() + formula("z")),
        &|proof| change(proof, last, &|form| -form.clone()),
        &|proof| change(proof, last, &|form| form.clone() * formula("p_t")),
        &|proof| change(proof, 0, &|form| form.clone() + formula("z")),
        // a definition that is left out would do no harm: Coq looks through it
        &|proof| proof.lemmas[0].steps.retain(|step| &*step.rule != "d-log"),
    ];
    for (number, edit) in wrong.iter().enumerate() {
        let mut proof = part.clone();
        edit(&mut proof);
        let wrong = certificate(&proof, RuleBook::builtin());
        let refused = wrong.theorems.is_empty() || !coqc(&format!("wrong-{number}"), &wrong.text).status.success();
        assert!(refused, "wrong certificate {number} is accepted");
    }
}

/// The formula after a step is another one, in the next step as well.
fn change(proof: &mut Proof, number: usize, edit: &dyn Fn(&Expr) -> Expr) {
    let lemma = &mut proof.lemmas[0];
    let form = edit(&lemma.steps[number].after);
    lemma.steps[number].after = form.clone();
    match lemma.steps.get_mut(number + 1) {
        Some(next) => next.before = form,
        None => lemma.rhs = form,
    }
}
