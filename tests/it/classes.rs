//! Losses over classes: each falls into scalar losses, in the logit of the target, of another class, and of the margin.

use focal_derive::check::{Classes, Proof, check};
use focal_derive::domain::Domain;
use focal_derive::expr::Expr;
use focal_derive::spec::classes::{Cases, Unfolded, unfold};
use focal_derive::{RuleBook, Spec, derive};

fn cases(spec: &Spec) -> Cases {
    unfold(spec).unwrap_or_else(|message| panic!("{message}"))
}

fn parse(text: &str) -> Spec {
    Spec::parse("mine", "mine.toml", text).unwrap_or_else(|message| panic!("{message}"))
}

/// A loss over classes with these lines.
fn lines(lines: &[[&str; 2]]) -> Spec {
    let lines: String = lines.iter().map(|[name, value]| format!("{name} = \"{value}\"\n")).collect();
    parse(&format!(
        "[inputs]\nz = {{ domain = \"finite\", index = \"class\" }}\nt = {{ domain = \"class\" }}\n[formula]\n{lines}"
    ))
}

fn shown(unfolded: &Unfolded) -> Vec<String> {
    let meanings = unfolded.members.iter().chain(&unfolded.rests);
    let meaning = meanings.map(|one| format!("{} = {} in {}", one.name, one.is, one.domain));
    meaning.chain(formula(&unfolded.spec)).collect()
}

fn formula(spec: &Spec) -> Vec<String> {
    spec.formula.iter().map(|line| format!("{} = {}", line.name, line.value)).collect()
}

#[test]
fn the_softmax_focal_loss_falls_into_three() {
    let spec = Spec::builtin("focal_softmax").expect("it comes with the tool");
    let cases = cases(&spec);
    let loss = "loss = -alpha_t * (1 - p_t)^gamma * log(p_t)";
    assert_eq!(
        shown(&cases.own),
        [
            "z_t = z[t] in finite",
            "alpha = alpha[t] in [0, inf)",
            "S = sum(k != t, exp(z[k])) in (0, inf)",
            "p_t = exp(z_t) / (exp(z_t) + S)",
            "alpha_t = alpha",
            loss
        ]
    );
    assert_eq!(
        shown(&cases.other),
        [
            "z_i = z[i] in finite",
            "z_t = z[t] in finite",
            "alpha = alpha[t] in [0, inf)",
            "R = sum(k != t, k != i, exp(z[k])) in [0, inf)",
            "p_t = exp(z_t) / (exp(z_t) + exp(z_i) + R)",
            "alpha_t = alpha",
            loss
        ]
    );
    let reduced = cases.reduced.expect("a function of the margin");
    assert_eq!(formula(&reduced.spec), ["p_t = sigmoid(m)", "alpha_t = alpha", loss]);
    assert_eq!(reduced.margin.to_string(), "z[t] - logsumexp(k != t, z[k])");
    assert_eq!(reduced.claims[0].rhs.to_string(), "sigmoid(z[t] - logsumexp(k != t, z[k]))");
    let names = |spec: &Spec| -> Vec<String> {
        let inputs = spec.inputs.iter().map(|input| input.name.to_string());
        inputs.chain(spec.parameters.iter().map(|parameter| parameter.name.to_string())).collect()
    };
    assert_eq!(names(&cases.own.spec), ["z_t", "S", "alpha", "gamma"]);
    assert_eq!(names(&cases.other.spec), ["z_i", "z_t", "R", "alpha", "gamma"]);
    assert_eq!(names(&reduced.spec), ["m", "alpha", "gamma"]);
    let claims = |spec: &Spec| spec.claims.iter().map(|claim| claim.name.clone()).collect::<Vec<_>>();
    assert_eq!(claims(&cases.own.spec), ["margin", "backward-own", "backward-own-margin", "hessian-own"]);
    assert_eq!(claims(&cases.other.spec), ["share", "backward-other", "backward-other-margin", "hessian-other"]);
    let other = &cases.other.spec.claims[2];
    assert_eq!(other.lhs.to_string(), "d(loss, z_i)");
    assert!(other.rhs.to_string().starts_with("exp(z_i - log(exp(z_i) + R)) * "), "{}", other.rhs);
}

#[test]
fn other_losses_fall_apart_alike() {
    let entropy = cases(&lines(&[["loss", "logsumexp(k, z[k]) - z[t]"]]));
    assert_eq!(formula(&entropy.own.spec), ["loss = log(exp(z_t) + S) - z_t"]);
    assert_eq!(formula(&entropy.reduced.expect("a function of the margin").spec), ["loss = softplus(-m)"]);
    // the name of what is bound says nothing
    let same = cases(&lines(&[["p", "exp(z[t]) / sum(j, exp(z[j]))"], ["loss", "logsumexp(k != t, z[k]) - z[t] - p"]]));
    assert_eq!(same.own.rests.len(), 1);
    assert_eq!(formula(&same.reduced.expect("a function of the margin").spec), ["p = sigmoid(m)", "loss = -m - p"]);
    let squares = cases(&lines(&[["loss", "sum(k, z[k]^2) - log(sum(k, exp(z[k])))"]]));
    let rests: Vec<String> =
        squares.other.rests.iter().map(|rest| format!("{} in {}", rest.name, rest.domain)).collect();
    assert_eq!(rests, ["R in [0, inf)", "R_2 in [0, inf)"]);
    assert!(squares.reduced.is_err());
    let plain = cases(&lines(&[["loss", "sum(k, z[k]) - z[t]*exp(-z[t])"]]));
    assert_eq!(plain.own.rests[0].domain.to_string(), "finite");
}

#[test]
fn what_sums_bind_is_not_free() {
    let read = |text: &str| Expr::parse(text).unwrap_or_else(|message| panic!("{message}"));
    let sum = read("k + sum(k != t, exp(z[k]) * a)");
    let names: Vec<String> = sum.symbols().iter().map(|name| name.to_string()).collect();
    assert_eq!(names, ["a", "k", "t", "z"]);
    assert!(!read("sum(k, z[k])").mentions("k"));
    let put = |name: &str| (name == "k" || name == "a").then(|| Expr::integer(7));
    assert_eq!(sum.substitute(&put).to_string(), "7 + sum(k != t, exp(z[k]) * 7)");
}

fn softmax() -> Proof {
    let spec = Spec::builtin("focal_softmax").expect("it comes with the tool");
    Proof::of(&derive(&spec, RuleBook::builtin()).expect("a derivation"))
}

/// What the checker says of the proof with a change in its cases.
fn refused(change: impl Fn(&mut Classes)) -> String {
    let mut proof = softmax();
    change(proof.classes.as_mut().expect("cases"));
    let refusals = check(&proof, RuleBook::builtin());
    refusals.first().map_or_else(String::new, |refusal| refusal.why.clone())
}

fn put(text: &str) -> Expr {
    Expr::parse(text).unwrap_or_else(|message| panic!("{message}"))
}

#[test]
fn a_wrong_split_is_refused() {
    assert_eq!(check(&softmax(), RuleBook::builtin()), Vec::new());
    let rest = |place: usize, is: &'static str| {
        refused(move |classes| {
            let meanings = &mut classes.parts[place].meanings;
            let of_sum = meanings.iter_mut().find(|(_, is)| is.to_string().starts_with("sum("));
            of_sum.expect("a rest").1 = put(is);
        })
    };
    assert_eq!(rest(0, "sum(k, exp(z[k]))"), "`S` is over `t` as well, whose member the case names");
    assert_eq!(rest(1, "sum(k != t, exp(z[k]))"), "`R` is over `i` as well, whose member the case names");
    assert_eq!(rest(0, "sum(k != t, exp(z[k] - z[t]))"), "`S` changes with `z[t]`: it is no rest");
    assert_eq!(rest(0, "sum(k != t, p_t*exp(z[k]))"), "`S` changes with `p_t`: it is no rest");
    let line = |place: usize, value: &'static str| {
        refused(move |classes| classes.parts[place].proof.statement.formula[0].1 = put(value))
    };
    assert!(line(0, "exp(z_t) / S").contains("the member of `t` is missing"), "{}", line(0, "exp(z_t) / S"));
    assert!(line(1, "exp(z_t) / (exp(z_t) + R)").contains("the member of `i` is missing"));
    assert!(line(1, "exp(z_t) / (exp(z_t) + exp(z_i))").contains("the rest is missing"));
    assert!(line(0, "exp(z_t) / (exp(z_t) + exp(z_t) + S)").contains("has more than the members and the rest"));
    let positive = refused(|classes| {
        let names = &mut classes.parts[1].proof.statement.names;
        let rest = names.iter_mut().find(|(name, _)| &**name == "R").expect("the rest");
        rest.1 = Domain::parse("(0, inf)").expect("a domain");
    });
    assert!(positive.starts_with("`R` is said to lie in (0, inf)"), "{positive}");
    let margin = refused(|classes| {
        let reduced = classes.reduced.as_mut().expect("a function of the margin");
        reduced.statement.formula[0].1 = put("sigmoid(-m)");
    });
    assert_eq!(margin, "that `p_t` is `sigmoid(-m)` at the margin is not proved");
}
