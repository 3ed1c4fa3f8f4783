//! Derivatives and claims: are the forms the ones that the literature has, is each step true, is nothing false proved?

use std::collections::BTreeSet;
use std::sync::Arc;

use focal_derive::derivation::shown::Shown;
use focal_derive::derivation::{Derived, Status, Step, forms};
use focal_derive::{Derivation, RuleBook, Spec, derive, diff};

use crate::losses::{XY, builtin, claiming, formula, spec};
use crate::steps::{Point, check, value};

fn derived(spec: &Spec) -> Derivation {
    derive(spec, RuleBook::builtin()).unwrap_or_else(|message| panic!("{}: {message}", spec.name))
}

fn listed(derived: &[Derived]) -> String {
    derived.iter().map(|derived| format!("{} = {}\n", derived.name, derived.form)).collect()
}

/// Points that are symmetric in nothing.
fn points(labels: &[f64]) -> Vec<Point> {
    let mut all = Vec::new();
    for (x, gamma) in [(-1.3, 0.7), (0.6, 2.5), (2.1, 1.9)] {
        let named = |y: f64| [("x", x), ("y", y), ("alpha", 0.3), ("gamma", gamma), ("beta", 0.4)];
        all.extend(labels.iter().map(|y| named(*y).map(|(name, value)| (Arc::from(name), value)).into()));
    }
    all
}

/// Every chain of the derivation, link by link.
fn checked(derivation: &Derivation, points: &dyn Fn(&[f64]) -> Vec<Point>) {
    let both = points(&[0.0, 1.0]);
    let (spec, mut lemmas) = (&derivation.spec, Vec::new());
    for derived in &derivation.derived {
        check(spec, &lemmas, [&derived.of, &derived.form], &derived.steps, &both);
        assert_eq!(flat(&derived.shown), listed_steps(&derived.steps));
        lemmas.push((derived.of.clone(), derived.form.clone()));
    }
    for claim in derivation.claims.iter().filter(|claim| claim.status == Status::Proved) {
        assert_eq!(flat(&claim.shown), listed_steps(&claim.steps));
        if claim.cases.is_empty() {
            check(spec, &lemmas, [&claim.lhs, &claim.rhs], &claim.steps, &both);
            continue;
        }
        let parted = claim.steps.last().map_or(&claim.lhs, |step| &step.after);
        check(spec, &lemmas, [&claim.lhs, parted], &claim.steps, &both);
        for ((case, steps), shown) in claim.cases.iter().zip(&claim.shown_cases) {
            let y = if case == "y = 0" { 0.0 } else { 1.0 };
            check(spec, &lemmas, [parted, &claim.rhs], steps, &points(&[y]));
            assert_eq!(flat(shown), listed_steps(steps));
        }
    }
}

/// What is shown unfolds to the steps, none left out.
fn flat(shown: &[Shown]) -> Vec<String> {
    assert!(shown.iter().all(|line| !line.steps.is_empty()));
    shown.iter().flat_map(|line| listed_steps(&line.steps)).collect()
}

fn listed_steps(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| format!("{step:?}")).collect()
}

#[test]
fn forms_of_the_built_in_losses() {
    let forms = |name: &str| listed(&derived(&builtin(name)).derived);
    assert_eq!(
        forms("focal_binary"),
        "d_z = alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) - (1 - p_t))
d2_z = alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2 * gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))
d_x = (2 * y - 1) * alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) - (1 - p_t))
d2_x = alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2 * gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))
"
    );
    assert_eq!(
        forms("cross_entropy_binary"),
        "d_z = -(alpha_t * (1 - p_t))
d2_z = alpha_t * p_t * (1 - p_t)
d_x = -((2 * y - 1) * alpha_t * (1 - p_t))
d2_x = alpha_t * p_t * (1 - p_t)
"
    );
    assert_eq!(
        forms("focal_star"),
        "d_z = -(1 - p_star)
d2_z = gamma * p_star * (1 - p_star)
d_x = -((2 * y - 1) * (1 - p_star))
d2_x = gamma * p_star * (1 - p_star)
"
    );
    let hessian = "alpha_t * (1 - p_t)^gamma * ((1 - p_t) * (2 * gamma * p_t + (1 - p_t)) + gamma * (1 - gamma) * p_t^2 * \
                   log(p_t)) / (p_t^2 * (1 - p_t)^2)";
    assert_eq!(
        forms("focal_probability"),
        format!(
            "d_p_t = alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) - (1 - p_t)) / (p_t * (1 - p_t))
d2_p_t = {hessian}
d_p = alpha_t * (1 - p_t)^gamma * where(y == 1, 1, -1) * (gamma * p_t * log(p_t) - (1 - p_t)) / (p_t * (1 - p_t))
d2_p = {hessian}
"
        )
    );
}

#[test]
fn forms_alone_are_the_same() {
    for name in Spec::builtin_names() {
        let spec = builtin(name);
        if spec.classes.is_some() {
            continue;
        }
        let alone = forms(&spec, RuleBook::builtin()).expect("differentiable");
        assert_eq!(listed(&alone), listed(&derived(&spec).derived), "{name}");
    }
}

#[test]
fn claims_of_the_built_in_losses_are_proved() {
    for name in Spec::builtin_names() {
        let derivation = derived(&builtin(name));
        assert!(derivation.claims.len() >= 3, "{name}");
        for claim in &derivation.claims {
            assert_eq!(claim.status, Status::Proved, "{name}: {}", claim.name);
        }
    }
}

#[test]
fn every_step_is_an_instance_of_its_rule_and_holds_at_points() {
    let with_share = |labels: &[f64]| {
        let mut all = points(labels);
        for point in &mut all {
            let x = point["x"];
            point.insert(Arc::from("p"), 1.0 / (1.0 + (-x).exp()));
            // of a loss over classes: logits, the margin, and what is left of the sum
            for (name, value) in [("z_t", x), ("m", x), ("z_i", 0.75 - x), ("S", 1.0 + x * x), ("R", 0.5 + x * x)] {
                point.insert(Arc::from(name), value);
            }
        }
        all
    };
    for name in Spec::builtin_names() {
        let derivation = derived(&builtin(name));
        match &derivation.classes {
            Some(classes) => {
                let cases = [&classes.own.derivation, &classes.other.derivation];
                for case in cases.into_iter().chain(&classes.reduced) {
                    let inputs = case.spec.inputs.iter().map(|input| input.name.clone());
                    let shares: Vec<Arc<str>> = inputs.filter(|name| name.starts_with("p_")).collect();
                    checked(case, &|labels| {
                        let mut all = with_share(labels);
                        for point in &mut all {
                            let p = point["p"];
                            point.extend(
                                shares.iter().map(|name| (name.clone(), if &**name == "p_t" { p } else { 0.3 * p })),
                            );
                        }
                        all
                    });
                }
            }
            None => checked(&derivation, &with_share),
        }
    }
}

#[test]
fn rules_of_derivations_fire() {
    let fired: BTreeSet<Arc<str>> =
        Spec::builtin_names().iter().flat_map(|name| derived(&builtin(name)).fired).collect();
    // `zero-product` and `zero-sum` also serve the search of stable forms
    let mine = |group: &str| matches!(group, "cases" | "unit");
    let elsewhere = ["zero-product", "zero-sum"];
    for rule in RuleBook::builtin().rules.iter().filter(|rule| mine(&rule.group)) {
        assert!(fired.contains(&rule.name) || elsewhere.contains(&&*rule.name), "{}", rule.name);
    }
}

/// True claims, as literature and frameworks write them.
const TRUE: &[[&str; 3]] = &[
    ["focal_binary", "d(loss, p_t)", "alpha_t*(1 - p_t)^(gamma - 1)*(gamma*log(p_t) - (1 - p_t)/p_t)"],
    ["focal_binary", "d(loss, z)", "d(loss, p_t)*p_t*(1 - p_t)"],
    ["focal_binary", "d(loss, x)/(2*y - 1)", "d(loss, z)"],
    ["focal_binary", "loss", "alpha_t*sigmoid(-z)^gamma*softplus(-z)"],
    ["focal_binary", "d(loss, z)", "-(alpha_t*sigmoid(-z)^gamma*(gamma*p_t*softplus(-z) + sigmoid(-z)))"],
    ["focal_binary", "d(d(loss, x), x)", "d(d(loss, z), z)"],
    ["focal_binary", "d(loss, gamma)", "loss*log(1 - p_t)"],
    ["focal_binary", "d(loss, alpha)", "-(2*y - 1)*(1 - p_t)^gamma*log(p_t)"],
    ["focal_binary", "p_t", "y*sigmoid(x) + (1 - y)*(1 - sigmoid(x))"],
    ["focal_binary", "alpha_t", "alpha*y + (1 - alpha)*(1 - y)"],
    [
        "focal_binary",
        "d(d(loss, p_t), p_t)",
        "alpha_t*(1 - p_t)^(gamma - 2)*(-(gamma*(gamma - 1)*log(p_t)) + 2*gamma*(1 - p_t)/p_t + ((1 - p_t)/p_t)^2)",
    ],
    ["cross_entropy_binary", "loss", "-alpha_t*(y*log(sigmoid(x)) + (1 - y)*log(1 - sigmoid(x)))"],
    ["cross_entropy_binary", "d(loss, x)", "-alpha_t*y*(1 - sigmoid(x)) + alpha_t*(1 - y)*sigmoid(x)"],
    ["cross_entropy_binary", "d(d(loss, x), x)", "alpha_t*sigmoid(x)*sigmoid(-x)"],
    ["focal_star", "d(loss, beta)", "-(1 - p_star)/gamma"],
    ["focal_star", "d(d(loss, x), x)", "gamma*sigmoid(x_t)*sigmoid(-x_t)"],
];

#[test]
fn true_claims_are_proved() {
    for [name, lhs, rhs] in TRUE {
        let mut spec = builtin(name);
        spec.claims.clear();
        let derivation = derived(&claiming(spec, lhs, rhs));
        assert_eq!(derivation.claims[0].status, Status::Proved, "{name}: {lhs} == {rhs}");
        checked(&derivation, &points);
    }
}

/// The most lines shown, and the most elementary steps, of a first and of a second derivative.
const LONGEST: [(usize, usize); 2] = [(8, 25), (14, 45)];

#[test]
fn derivations_are_short() {
    for name in Spec::builtin_names() {
        let derivation = derived(&builtin(name));
        let length = |of: &str, shown: usize, steps: usize| {
            let (lines, full) = LONGEST[usize::from(of.starts_with("d(d("))];
            assert!(shown <= lines && steps <= full, "{name}: {of} has {shown} lines, {steps} steps");
        };
        for one in &derivation.derived {
            assert!(!one.steps.is_empty());
            length(&one.of.to_string(), one.shown.len(), one.steps.len());
        }
        for claim in &derivation.claims {
            // with the derivation of what it puts in
            let lemma = derivation.derived.iter().find(|one| one.of == claim.lhs);
            let (shown, steps) = lemma.map_or((0, 0), |one| (one.shown.len(), one.steps.len()));
            let longest = |of: &[usize]| of.iter().copied().max().unwrap_or(0);
            let cases: Vec<usize> = claim.cases.iter().map(|(_, steps)| steps.len()).collect();
            let shown_cases: Vec<usize> = claim.shown_cases.iter().map(Vec::len).collect();
            let lines = shown + claim.shown.len() + longest(&shown_cases) - usize::from(lemma.is_some());
            length(&claim.lhs.to_string(), lines, steps + claim.steps.len() + longest(&cases));
        }
    }
}

/// False claims, each an edit from the truth; some hold at one γ, one label or one point.
const FALSE: &[[&str; 3]] = &[
    ["focal_binary", "d(loss, z)", "-alpha_t*(1 - p_t)^gamma*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^gamma*(gamma*p_t*log(p_t) - p_t + 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^gamma*(p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^gamma*(gamma*(1 - p_t)*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^gamma*(gamma*p_t*log(1 - p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*p_t^gamma*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^(gamma - 1)*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, z)", "alpha_t*(1 - p_t)^gamma*(p_t - 1)"],
    ["focal_binary", "d(loss, z)", "(1 - p_t)^gamma*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, x)", "alpha_t*(1 - p_t)^gamma*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(loss, x)", "alpha_t*(1 - p_t)^gamma*(p_t - y)"],
    ["focal_binary", "d(loss, x)", "(1 - 2*y)*alpha_t*(1 - p_t)^gamma*(gamma*p_t*log(p_t) + p_t - 1)"],
    ["focal_binary", "d(d(loss, x), x)", "(2*y - 1)*d(d(loss, z), z)"],
    [
        "focal_binary",
        "d(d(loss, z), z)",
        "alpha_t*p_t*(1 - p_t)^gamma*((1 + 2*gamma)*(1 - p_t) - gamma*log(p_t)*(p_t - (1 - p_t)))",
    ],
    [
        "focal_binary",
        "d(d(loss, z), z)",
        "alpha_t*p_t*(1 - p_t)^gamma*((1 + gamma)*(1 - p_t) - gamma*log(p_t)*(gamma*p_t - (1 - p_t)))",
    ],
    [
        "focal_binary",
        "d(d(loss, z), z)",
        "alpha_t*(1 - p_t)^gamma*((1 + 2*gamma)*(1 - p_t) - gamma*log(p_t)*(gamma*p_t - (1 - p_t)))",
    ],
    ["focal_binary", "d(loss, p_t)", "d(loss, z)"],
    ["focal_binary", "d(d(loss, p_t), p_t)", "0"],
    ["focal_binary", "p_t", "sigmoid(x)"],
    ["focal_binary", "alpha_t", "alpha"],
    ["focal_binary", "alpha^0", "1"],
    ["focal_binary", "x/x", "1"],
    ["focal_binary", "sqrt(x)*sqrt(x)", "x"],
    ["focal_binary", "log(x) - log(x)", "0"],
    ["focal_binary", "y", "1"],
    ["cross_entropy_binary", "d(loss, x)", "sigmoid(x) - y"],
    ["cross_entropy_binary", "d(loss, x)", "alpha_t*(y - sigmoid(x))"],
    ["cross_entropy_binary", "d(d(loss, x), x)", "2*alpha_t*p_t*(1 - p_t)"],
    ["focal_star", "d(loss, z)", "gamma*(p_star - 1)"],
    ["focal_star", "d(d(loss, z), z)", "p_star*(1 - p_star)"],
];

#[test]
fn false_claims_are_not_proved() {
    for [name, lhs, rhs] in FALSE {
        let mut spec = builtin(name);
        spec.claims.clear();
        let derivation = derived(&claiming(spec, lhs, rhs));
        let claim = &derivation.claims[0];
        assert!(matches!(&claim.status, Status::Unsettled(limit) if !limit.is_empty()), "{lhs} == {rhs}");
        assert!(claim.steps.is_empty() && claim.cases.is_empty());
    }
}

#[test]
fn a_false_rule_is_a_contradiction() {
    let text =
        "wrong : sigmoid(a)*b => sigmoid(a) + 2 when b > 0 ; nothing\nflat : a*0.5 => 3 when a > 0, a < 1 ; nothing\n";
    let book = RuleBook::parse(&[("unit", text)]).expect("a rule");
    let spec = spec("wrong", &XY, &[], &[["p", "sigmoid(x)"], ["loss", "p*0.5*exp(p)"]]);
    let message = derive(&spec, &book).expect_err("3 is no half of what lies in (0, 1)");
    assert!(message.text.contains("contradicts itself"), "{}", message.text);
}

/// Losses of a user's own; every operator occurs.
const OWN: &[&[[&str; 2]]] = &[
    &[["loss", "log(1 + exp(-(2*y - 1)*x))"]],
    &[["loss", "log1p(exp(-(2*y - 1)*x)) + 0.5*x^2"]],
    &[["z", "(2*y - 1)*x"], ["loss", "max(0, 1 - z)^2"]],
    &[["z", "(2*y - 1)*x"], ["loss", "exp(-gamma*z)"]],
    &[["r", "x - y"], ["loss", "sqrt(1 + r^2) - 1"]],
    &[["r", "x - y"], ["loss", "where(abs(r) < 1, r^2/2, abs(r) - 0.5)"]],
    &[["r", "x - y"], ["loss", "min(r^2, 2 + expm1(r))"]],
    &[["p", "sigmoid(x)"], ["c", "clamp(p, 0.2, 0.8)"], ["loss", "-y*log(c) - (1 - y)*log(1 - c)"]],
    &[["p", "sigmoid(x)"], ["loss", "-y*(1 - p)^gamma*log(p) - (1 - y)*p^gamma*log(1 - p)"]],
    &[["z", "(2*y - 1)*x"], ["p", "sigmoid(z)"], ["loss", "(1 - p)^p + z*softplus(-z)"]],
    &[["u", "exp(x)"], ["v", "x*u"], ["loss", "u/(1 + v^2) + alpha^x"]],
    &[["p", "sigmoid(x)"], ["loss", "(1 - p^gamma)/(p + alpha)^0.5"]],
];

fn own(lines: &[[&str; 2]]) -> Spec {
    spec("own", &XY, &[["alpha", "(0, 1)"], ["gamma", "(0, inf)"]], lines)
}

#[test]
fn a_loss_of_the_users_own() {
    for lines in OWN {
        let derivation = derived(&own(lines));
        assert!(derivation.notes.is_empty(), "{:?}", derivation.notes);
        assert!(derivation.derived.iter().any(|derived| derived.name == "d2_x"));
        checked(&derivation, &points);
        for derived in &derivation.derived {
            for point in points(&[0.0, 1.0]) {
                let (found, truth) =
                    (value(&derivation.spec, &derived.form, &point), value(&derivation.spec, &derived.of, &point));
                let close = (found - truth).abs() <= 1e-6 * (1.0 + truth.abs());
                assert!(close, "{} = {}: {found}, not {truth}", derived.of, derived.form);
            }
        }
    }
}

#[test]
fn every_row_of_the_table_holds_at_points() {
    let spec = spec("row", &[["x", "finite"]], &[], &[["loss", "x"]]);
    let (a, b) = (formula("1.3 + sigmoid(x)"), formula("0.4 + x^2"));
    for row in diff::TABLE {
        let lhs = row.lhs.replace("t == t", "x < 9");
        let rhs = row.rhs.replace("t == t", "x < 9");
        let filled = |text: &str| {
            formula(text).substitute(&|name| match name {
                "a" => Some(a.clone()),
                "b" => Some(b.clone()),
                "c" => Some(formula("1.7")),
                "t" => Some(formula("2.5")),
                _ => None,
            })
        };
        for x in [-0.8, 0.3, 1.1] {
            let at = Point::from([(Arc::from("x"), x)]);
            let (found, truth) = (value(&spec, &filled(&rhs), &at), value(&spec, &filled(&lhs), &at));
            assert!((found - truth).abs() < 1e-7, "{}: {found}, not {truth}", row.name);
        }
    }
}

#[test]
fn what_is_out_of_reach_is_a_message() {
    let message = |lines: &[[&str; 2]]| derive(&own(lines), RuleBook::builtin()).expect_err("too much").text;
    assert!(message(&[["loss", "x^999999999999"]]).contains("too large to differentiate"));
    let wide = vec!["exp(x)"; 300].join("*");
    assert!(message(&[["loss", &wide]]).contains("more than"));
}

#[test]
fn a_claim_that_is_out_of_reach_leaves_the_others() {
    let products = (1..=40).map(|n| format!("(x + {n}*y)^{n}")).collect::<Vec<_>>().join("*");
    let spec = own(&[["z", "x + y"], ["loss", "exp(z)"]]);
    let spec = claiming(spec, &format!("d(d({products}, x), x)"), "1");
    let derivation = derived(&claiming(spec, "d(loss, z)", "loss"));
    assert!(matches!(&derivation.claims[0].status, Status::Unsettled(limit) if limit.contains("more than")));
    assert_eq!(derivation.claims[1].status, Status::Proved);
}

#[test]
fn a_long_formula_ends_within_the_limits() {
    let nested = (0..40).fold("x".to_string(), |inner, _| format!("sigmoid({inner} + y)"));
    let products = (1..=24).map(|n| format!("(x + {n})")).collect::<Vec<_>>().join("*");
    for loss in [nested, products] {
        match derive(&own(&[["loss", &loss]]), RuleBook::builtin()) {
            Ok(derivation) => assert!(!derivation.derived.is_empty()),
            Err(message) => assert!(message.text.contains("more than"), "{}", message.text),
        }
    }
}
