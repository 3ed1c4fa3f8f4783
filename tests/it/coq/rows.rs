//! Certificates of losses over classes: theorems about rows of any number of classes, which a row can be put into.

use focal_derive::check::{Proof, check, classes::Part};
use focal_derive::coq::certificate;
use focal_derive::expr::Expr;
use focal_derive::{RuleBook, Spec, derive};

use super::{accepted, coqc, has_coq, standard};
use crate::losses::{builtin, formula};

/// Losses over classes: of the tool, and two with sums of other kinds.
fn losses() -> Vec<Spec> {
    let own = |name: &str, inputs: &str, lines: &str, claim: [&str; 2]| {
        let text = format!(
            "[inputs]\n{inputs}\nt = {{ domain = \"class\" }}\n[parameters]\na = {{ domain = \"[0, inf)\" }}\n[formula]\n{lines}\n\
             [[claim]]\nname = \"gradient\"\nlhs = \"{}\"\nrhs = \"{}\"\n",
            claim[0], claim[1]
        );
        Spec::parse(name, "mine.toml", &text).unwrap_or_else(|message| panic!("{message}"))
    };
    let logits = "z = { domain = \"finite\", index = \"class\" }";
    let over = Spec::builtin_names().iter().map(|name| builtin(name)).filter(|spec| spec.classes.is_some());
    over.chain([
        own(
            "one_against_all",
            logits,
            "loss = \"softplus(-z[t]) + a * sum(k != t, softplus(z[k]))\"",
            ["d(loss, z[i])", "a * sigmoid(z[i])"],
        ),
        own(
            "squares_and_logsumexp",
            logits,
            "all = \"logsumexp(k, z[k])\"\nloss = \"all - z[t] + a * sum(k, z[k]^2)\"",
            ["d(loss, z[i])", "exp(z[i] - all) + 2 * a * z[i]"],
        ),
    ])
    .collect()
}

fn proof(spec: &Spec) -> Proof {
    Proof::of(&derive(spec, RuleBook::builtin()).expect("a derivation"))
}

/// A theorem for each claim, of its row; and with numbers for all that it is about its hypotheses hold.
#[test]
fn every_claim_of_rows_has_a_theorem_that_rows_can_be_put_into() {
    for spec in losses() {
        let proof = proof(&spec);
        assert_eq!((check(&proof, RuleBook::builtin()), proof.unsettled), (Vec::new(), 0), "{}", spec.name);
        let mut certificate = certificate(&proof, RuleBook::builtin());
        let classes = proof.classes.as_ref().expect("cases");
        let mut put = String::new();
        for part in &classes.parts {
            for (name, ..) in &part.claims {
                let theorem = format!("claim_{}", name.replace('-', "_"));
                assert!(certificate.theorems.contains(&theorem), "{}: {theorem}", spec.name);
                put += &format!("  pose proof ({theorem} {}).\n", row(&spec, part));
            }
        }
        if !has_coq() {
            continue;
        }
        assert!(!put.is_empty());
        certificate.text += &format!("Goal True.\nProof.\n{put}  exact I.\nQed.\n");
        standard(&accepted(&spec.name, &certificate));
    }
}

/// Two classes for the target, three for another class; rows of 1/2, parameters 1/4 and 2.
fn row(spec: &Spec, part: &Part) -> String {
    let classes = spec.classes.as_ref().expect("it is over classes");
    let mut all = if part.named.len() == 1 { "2 1" } else { "3 2 0" }.to_string();
    let mut facts = if part.named.len() == 1 { 2 } else { 3 };
    let names = spec.inputs.iter().map(|input| (&input.name, &input.domain));
    let names = names.chain(spec.parameters.iter().map(|parameter| (&parameter.name, &parameter.domain)));
    for (name, domain) in names.filter(|(name, _)| **name != classes.target) {
        all += if classes.has_index(name) { " (fun _ => 1/2)" } else { " 2" };
        facts += match domain.to_string().as_str() {
            "finite" => 0,
            "[0, inf)" => 1,
            _ => 2,
        };
    }
    all + &" ltac:(first [ lia | intros; lra | lra ])".repeat(facts)
}

/// What is wrong, and how it is made so.
type Wrong<'a> = (&'a str, &'a dyn Fn(&mut Proof));

/// What says something false of rows is refused, though what is said of numbers is right.
#[test]
fn coq_refuses_what_is_wrong_of_rows() {
    if !has_coq() {
        return;
    }
    let mut right = proof(&builtin("focal_softmax"));
    {
        let classes = right.classes.as_mut().expect("cases");
        let kept = |part: &mut Part, lemmas: &[&str], claims: &[&str]| {
            part.proof.lemmas.retain(|lemma| lemmas.contains(&lemma.name.as_str()));
            part.proof.claims.retain(|claim| claims.contains(&claim.name.as_str()));
        };
        kept(&mut classes.parts[0], &["d_p_t", "d_z_t"], &["margin-p_t", "backward-own"]);
        kept(&mut classes.parts[1], &[], &["share"]);
        classes.reduced.as_mut().expect("a loss of the margin").lemmas.clear();
    }
    let text = |proof: &Proof| certificate(proof, RuleBook::builtin()).text;
    assert!(coqc("rows-right", &text(&right)).status.success());
    let wrong: [Wrong; 4] = [
        ("a sign of a claim", &|proof| of_claim(proof, 0, "backward-own", &|rhs| -rhs)),
        ("a rest with the target", &|proof| {
            let meanings = &mut proof.classes.as_mut().expect("cases").parts[0].meanings;
            let rest = meanings.iter_mut().find(|(name, _)| &**name == "S").expect("a rest");
            rest.1 = formula("sum(k, exp(z[k]))");
        }),
        ("another formula", &|proof| {
            proof.classes.as_mut().expect("cases").formula[0].1 = formula("exp(z[t])/sum(k != t, exp(z[k]))");
        }),
        ("another loss of the margin", &|proof| {
            let reduced = proof.classes.as_mut().expect("cases").reduced.as_mut().expect("it is there");
            reduced.statement.formula[0].1 = formula("sigmoid(-m)");
        }),
    ];
    for (number, (what, edit)) in wrong.iter().enumerate() {
        let mut proof = right.clone();
        edit(&mut proof);
        let output = coqc(&format!("rows-wrong-{number}"), &text(&proof));
        assert!(!output.status.success(), "{what} is accepted");
        // it is the theorem that is refused, not the text
        let said = String::from_utf8_lossy(&output.stderr).to_string();
        assert!(!said.contains("Syntax error") && !said.contains("was not found"), "{what}: {said}");
    }
}

/// Another right side of a claim over classes.
fn of_claim(proof: &mut Proof, part: usize, name: &str, edit: &dyn Fn(Expr) -> Expr) {
    let claims = &mut proof.classes.as_mut().expect("cases").parts[part].claims;
    let claim = claims.iter_mut().find(|(of, ..)| of == name).expect("it is stated");
    claim.2 = edit(claim.2.clone());
}
