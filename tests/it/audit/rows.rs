//! Claims over classes: proved for every number of classes, or refuted by a row.

use focal_derive::audit::{self, Outcome, Problem, Source, Verdict, Witness};
use focal_derive::check::{Proof, check};
use focal_derive::coq::certificate;
use focal_derive::expr::Expr;
use focal_derive::{Message, RuleBook, Spec};

use crate::coq::{accepted, has_coq, standard};

/// The gradient in the logit of another class.
const OTHER: &str = "d(loss, z[i]) == a[t]*(1 - p)^(g - 1)*(1 - p - g*p*log(p))*exp(z[i])/sum(k, exp(z[k]))";

fn judged(text: &str) -> Vec<Verdict> {
    let (problem, claims) = Problem::of_file("mine.txt", text).unwrap_or_else(|message| panic!("{message}"));
    claims.iter().map(|claim| audit::audit(&problem, claim, RuleBook::builtin()).expect("a verdict")).collect()
}

/// A claim on the focal loss of a softmax, or on its probability p.
fn of_softmax(claim: &str) -> Verdict {
    let (mut text, loss) = (String::new(), claim.contains("loss"));
    if loss {
        text += "where g >= 0, a > 0\n";
    }
    if loss || claim.contains("p ==") {
        text += "let p = exp(z[t])/sum(k, exp(z[k]))\n";
    }
    if loss {
        text += "let loss = -a[t]*(1 - p)^g*log(p)\n";
    }
    judged(&(text + "claim one: " + claim)).remove(0)
}

/// The claims of a loss of the tool, as somebody would write them down who audits them.
fn text(spec: &Spec) -> String {
    let classes = spec.classes.as_ref().expect("it is over classes");
    let mut text = String::new();
    let names = spec.inputs.iter().map(|input| (&input.name, &input.domain));
    let names = names.chain(spec.parameters.iter().map(|parameter| (&parameter.name, &parameter.domain)));
    for (name, domain) in names.filter(|(name, _)| **name != classes.target) {
        text += &match domain.to_string().as_str() {
            "[0, inf)" => format!("where {name} >= 0\n"),
            "(0, 1)" => format!("where 0 < {name} < 1\n"),
            _ => String::new(),
        };
    }
    for line in &spec.formula {
        text += &format!("let {} = {}\n", line.name, line.value);
    }
    for claim in &spec.claims {
        text += &format!("claim {}: {} == {}\n", claim.name, claim.lhs, claim.rhs);
    }
    text
}

#[test]
fn claims_of_the_losses_over_classes_are_proved() {
    let mut proved = 0;
    for spec in Spec::builtin_names().iter().map(|name| Spec::builtin(name).expect("it comes with the tool")) {
        if spec.classes.is_none() {
            continue;
        }
        for verdict in judged(&text(&spec)) {
            let Outcome::Proved { proof, except, .. } = &verdict.outcome else { panic!("{}: {verdict:?}", spec.name) };
            assert!(except.is_empty(), "{}: {}", spec.name, verdict.claim.name);
            let proof = proof.as_ref().expect("it is replayed");
            assert_eq!(check(proof, RuleBook::builtin()), Vec::new(), "{}: {}", spec.name, verdict.claim.name);
            proved += 1;
        }
    }
    assert!(proved >= 18, "{proved}");
}

#[test]
fn the_proof_says_what_its_numbers_are() {
    let verdict = of_softmax(OTHER);
    assert!(verdict.holds(), "{verdict:?}");
    let meant: Vec<String> = verdict.meanings.iter().map(|one| format!("{} = {}", one.name, one.is)).collect();
    assert_eq!(meant, ["z_i = z[i]", "z_t = z[t]", "a = a[t]", "R = sum(k != t, k != i, exp(z[k]))"]);
    let printed = audit::report::verdicts(std::slice::from_ref(&verdict));
    assert!(printed.contains("with   z_i = z[i], z_t = z[t]"), "{printed}");
    let json = audit::json::verdicts(&[verdict]);
    assert!(json.contains("\"R\": \"sum(k != t, k != i, exp(z[k]))\""), "{json}");
}

/// One change in a formula: refuted, by a row, with the mistake in the names of the classes.
#[test]
fn mistakes_are_refuted_and_named() {
    let right = "-a[t]*(1 - p)^g*(1 - p - g*p*log(p))";
    for (claim, says) in [
        (format!("d(loss, z[t]) == -({right})"), "the whole has the wrong sign"),
        ("d(loss, z[t]) == -a[t]*(1 - p)^g*(1 - p + g*p*log(p))".to_string(), "right for g = 0 only"),
        (format!("d(loss, z[i]) == {right}"), "it is the derivative in `z[t]`, not in `z[i]`"),
        ("d(loss, z[t]) == -a[t]*(1 - p)^(g + 1)".to_string(), "was held constant"),
        ("d(loss, z[i]) == a[t]*(1 - p)^g*exp(z[i])/sum(k, exp(z[k]))".to_string(), "was held constant"),
        ("d(loss, z[i]) == exp(z[i] - logsumexp(k, z[k]))*a[t]*(1 - p)^g*(1 - p - g*p*log(p))".to_string(), ""),
        (
            "d(d(loss, z[t]), z[t]) == a[t]*p*(1 - p)^g*((1 + 2*g)*(1 - p) - g*log(p)*(g*p + (1 - p)))".to_string(),
            "sign",
        ),
        ("loss == -a[i]*(1 - p)^g*log(p)".to_string(), "`a[i]` should be `a[t]`"),
        ("p == exp(z[t])/sum(k != t, exp(z[k]))".to_string(), "the factor `1 - p` is missing"),
        ("p == sigmoid(z[t] - logsumexp(k, z[k]))".to_string(), ""),
    ] {
        let verdict = of_softmax(&claim);
        let Outcome::Refuted { witness, diagnoses } = &verdict.outcome else { panic!("{claim}: {verdict:?}") };
        is_row(witness, claim.contains("[i]"));
        let words: Vec<&str> = diagnoses.iter().map(|one| one.words.as_str()).collect();
        assert!(says.is_empty() || words.iter().any(|one| one.contains(says)), "{claim}: {words:?}");
    }
}

/// The numbers of a row by their classes, the true class, and the other one where the claim speaks of it.
fn is_row(witness: &Witness, other: bool) {
    let has = |name: &str| witness.at.iter().any(|(of, _)| **of == *name);
    assert!(has("z[0]") && has("z[1]") && has("t") && has("i") == other, "{witness:?}");
    assert!(witness.at.iter().all(|(name, _)| !matches!(&**name, "S" | "R" | "z_t" | "z_i")), "{witness:?}");
}

/// The left side of a witness is what the loss itself says there: a difference quotient in f64.
#[test]
fn a_witness_is_what_it_says() {
    for (class, claim) in [(0, "d(loss, z[t]) == p"), (1, "d(loss, z[i]) == p")] {
        let verdict = of_softmax(claim);
        let Outcome::Refuted { witness, .. } = &verdict.outcome else { panic!("{verdict:?}") };
        let number = |name: &str| witness.at.iter().find(|(of, _)| **of == *name).expect("a number").1.to_f64();
        let row: Vec<f64> = (0..3).map(|class| number(&format!("z[{class}]"))).collect();
        let loss = |by: f64| {
            let mut row = row.clone();
            row[class] += by;
            let p = row[0].exp() / row.iter().map(|z| z.exp()).sum::<f64>();
            -number("a[0]") * (1.0 - p).powf(number("g")) * p.ln()
        };
        let quotient = (loss(1e-5) - loss(-1e-5)) / 2e-5;
        let left: f64 = witness.lhs.parse().expect("a number");
        assert!((quotient / left - 1.0).abs() < 1e-6, "{claim}: {quotient} {left}");
    }
}

/// What holds for two classes alone: a row of three refutes it.
#[test]
fn every_number_of_classes_counts() {
    for claim in [
        "p == 1/(1 + exp(z[i] - z[t]))",
        "sum(k, exp(z[k])) == exp(z[t]) + exp(z[i])",
        "sum(k != t, k != i, exp(z[k])) == 0",
    ] {
        let verdict = of_softmax(claim);
        let Outcome::Refuted { witness, .. } = &verdict.outcome else { panic!("{claim}: {verdict:?}") };
        assert!(witness.at.iter().any(|(name, _)| &**name == "z[2]"), "{claim}: {witness:?}");
    }
    assert!(of_softmax("p == 1/(1 + sum(k != t, exp(z[k] - z[t])))").word() != "refuted");
}

#[test]
fn what_has_no_proof_over_classes_is_unsettled() {
    // sums whose members are equal only by a rule, and a member that changes with another class
    for (claim, says) in [
        ("sum(k, exp(z[k] + z[k])) == sum(k, exp(z[k])^2)", ""),
        ("sum(k, exp(z[k] - z[t])) == sum(k, exp(z[k]))/exp(z[t])", "change with `z[t]`"),
    ] {
        let verdict = of_softmax(claim);
        let Outcome::Unsettled(limit) = &verdict.outcome else { panic!("{claim}: {verdict:?}") };
        assert!(limit.contains(says), "{claim}: {limit}");
    }
}

fn proof(claim: &str) -> Proof {
    match of_softmax(claim).outcome {
        Outcome::Proved { proof: Some(proof), .. } => proof,
        other => panic!("{claim}: {other:?}"),
    }
}

/// The steps are about numbers: what these are said to be is checked too.
#[test]
fn a_proof_about_other_numbers_is_refused() {
    let right = proof("d(loss, z[t]) == -a[t]*(1 - p)^g*(1 - p - g*p*log(p))");
    let formula = |text: &str| Expr::parse(text).expect("a formula");
    let wrong: [&dyn Fn(&mut Proof); 4] = [
        &|proof| proof.classes.as_mut().expect("cases").parts[0].claims[0].2 = formula("p"),
        &|proof| proof.classes.as_mut().expect("cases").formula[0].1 = formula("exp(z[t])/sum(k != t, exp(z[k]))"),
        &|proof| {
            let meanings = &mut proof.classes.as_mut().expect("cases").parts[0].meanings;
            meanings.iter_mut().find(|(name, _)| &**name == "S").expect("a rest").1 = formula("sum(k, exp(z[k]))");
        },
        &|proof| {
            let part = &mut proof.classes.as_mut().expect("cases").parts[0];
            part.proof.claims[0].steps.pop();
        },
    ];
    assert_eq!(check(&right, RuleBook::builtin()), Vec::new());
    for (number, edit) in wrong.iter().enumerate() {
        let mut proof = right.clone();
        edit(&mut proof);
        assert!(!check(&proof, RuleBook::builtin()).is_empty(), "wrong proof {number} is accepted");
    }
}

#[test]
fn coq_accepts_what_is_proved_over_classes() {
    let proof = proof(OTHER);
    let certificate = certificate(&proof, RuleBook::builtin());
    assert!(certificate.theorems.contains(&"claim_one".to_string()), "{:?}", certificate.theorems);
    if has_coq() {
        standard(&accepted("audited-rows", &certificate));
    }
}

#[test]
fn an_index_out_of_place_is_a_message() {
    let read = |claim: &'static str, lets: &[&'static str], wheres: &[&'static str]| -> Result<(), Message> {
        let sources = |texts: &[&'static str]| texts.iter().map(|text| Source::alone(text)).collect::<Vec<_>>();
        Problem::read(&sources(lets), &sources(wheres), &[Source::alone(claim)]).map(|_| ())
    };
    for (claim, lets, wheres, says) in [
        ("z[t] == z", &[][..], &[][..], "`z` is a number for each class"),
        ("z[t] == t", &[], &[], "`t` is a class, no number"),
        ("z[t] == sum(k, k)", &[], &[], "`k` is a class, no number"),
        ("z[k] == 1", &[], &[], "`k` is no class here"),
        ("z[t] == p[t]", &["p = exp(x)"], &[], "`p` has no index"),
        ("z[t] == sum(k, z[t])", &[], &[], "does not use `k`"),
        ("z[t] == sum(k, z[k]*sum(j, z[j]))", &[], &[], "a sum within a sum"),
        ("z[t] == sum(t, z[t])", &[], &[], "`t` cannot be what a sum binds"),
        ("z[t] == sum(x != x, z[x])", &[], &[], "`x` is no class here"),
        ("z[t] == sum(k != t, k != t, z[k])", &[], &[], "left out twice"),
        ("z[t] == sum(k, d(z[k], z[t]))", &[], &[], "a derivative in a sum"),
        ("d(z[t]^2, z[k]) == 1", &[], &[], "`k` is no class here"),
        ("z[t] == i*z[i]", &["i = 2"], &[], "`i` is a class"),
        ("z[t] == z[i]", &[], &["t > 0"], "`t` is a class"),
    ] {
        let message = read(claim, lets, wheres).expect_err(claim);
        assert!(message.text.contains(says), "{claim}: {message}");
        assert!(message.place.is_some(), "{claim}: {message}");
    }
    // where nothing has an index, they are names of numbers
    assert!(read("t*i == i*t", &[], &["t > 0"]).is_ok());
    let float = Problem::expression(&[], &Source::alone("sum(k, z[k])")).expect_err("over classes");
    assert!(float.text.contains("an expression in floats is of numbers") && float.place.is_some(), "{float}");
}
