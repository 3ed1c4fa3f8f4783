//! The checker: what it accepts, what it refuses and why.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use focal_derive::RuleBook;
use focal_derive::check::{Chain, Proof, Statement, check, read};
use focal_derive::derivation::Step;
use focal_derive::spec::Spec;

use crate::losses::{XY, builtin, formula, spec};

/// The formula, then for each step its rule, position and the formula after it.
fn steps(start: &str, lines: &[(&str, &[usize], &str)]) -> Vec<Step> {
    let mut before = formula(start);
    let mut steps = Vec::new();
    for (rule, at, after) in lines {
        let after = formula(after);
        steps.push(Step {
            before: before.clone(),
            after: after.clone(),
            rule: Arc::from(*rule),
            why: String::new(),
            at: at.to_vec(),
        });
        before = after;
    }
    steps
}

fn chain(name: &str, start: &str, lines: &[(&str, &[usize], &str)]) -> Chain {
    let end = lines.last().map_or(start, |(_, _, after)| after);
    let steps = steps(start, lines);
    Chain {
        name: name.to_string(),
        lhs: formula(start),
        rhs: formula(end),
        steps,
        cases: Vec::new(),
        except: Vec::new(),
    }
}

/// Names with simple definitions: `u = x*x`, `p = sigmoid(x)`, `q = 1 - p`, `w = where(y == 1, a, 1 - a)`.
fn small() -> Spec {
    let lines =
        [["u", "x*x"], ["p", "sigmoid(x)"], ["q", "1 - p"], ["w", "where(y == 1, a, 1 - a)"], ["loss", "w*q^g*p"]];
    spec("small", &XY, &[["a", "(0, 1)"], ["g", "[0, inf)"]], &lines)
}

fn proof(lemmas: Vec<Chain>, claims: Vec<Chain>) -> Proof {
    Proof { loss: "small".to_string(), statement: Statement::of(&small()), lemmas, claims, unsettled: 0, classes: None }
}

/// The reason for which one step is refused; empty where it is accepted.
fn why(start: &str, rule: &str, at: &[usize], after: &str) -> String {
    let proof = proof(Vec::new(), vec![chain("one", start, &[(rule, at, after)])]);
    check(&proof, RuleBook::builtin()).first().map_or(String::new(), |refusal| refusal.why.clone())
}

/// Steps that are right: the formula, the rule, the position, the formula after it.
pub const RIGHT: &[(&str, &str, &[usize], &str)] = &[
    ("log(sigmoid(x))", "log-sigmoid", &[], "-softplus(-x)"),
    ("2*-softplus(-x)", "log-sigmoid", &[1], "2*log(sigmoid(x))"),
    ("x + 0*p", "zero-product", &[1], "x + 0"),
    ("x + 0", "zero-product", &[1], "x + 0*p"),
    ("p + q", "definition", &[1], "p + (1 - p)"),
    ("p + (1 - p)", "ring", &[], "1"),
    ("p/(p*q)", "field", &[], "1/q"),
    ("log(p*(1 - q))", "ring", &[0], "log(p - p*q)"),
    ("(2*y - 1)^2*x", "cases", &[0], "1*x"),
    ("1/(2*y - 1)", "field", &[], "(2*y - 1)/(2*y - 1)^2"),
    ("d(q, x)", "definition", &[], "d(1 - p, x)"),
    ("d(q, x)", "d-chain", &[], "d(q, p)*d(p, x)"),
    ("d(q, p)", "definition", &[0], "d(1 - p, p)"),
    ("d(1 - p, x)", "d-difference", &[], "d(1, x) - d(p, x)"),
    ("d(w, x)", "d-constant", &[], "0"),
    ("d(w*p, x)", "d-factor", &[], "w*d(p, x)"),
    ("d(q^g, p)", "d-power", &[], "g*q^(g - 1)*d(q, p)"),
    ("d(p^p, p)", "d-power-both", &[], "p^p*(d(p, p)*log(p) + p*(d(p, p)/p))"),
    ("d(p/q, x)", "d-quotient", &[], "(d(p, x)*q - p*d(q, x))/q^2"),
    ("d(sigmoid(u), x)", "d-sigmoid", &[], "sigmoid(u)*(1 - sigmoid(u))*d(u, x)"),
    ("d(abs(u), x)", "d-abs", &[], "where(u < 0, -d(u, x), d(u, x))"),
    // a part that is folded into a number
    ("-(1*3)", "one-product", &[], "-3"),
    ("d(-u, x)", "d-negation", &[], "-d(u, x)"),
    ("d(u + p, x)", "d-sum", &[], "d(u, x) + d(p, x)"),
    ("d(u*p, x)", "d-product", &[], "d(u, x)*p + u*d(p, x)"),
    ("d(p*w, x)", "d-factor", &[], "d(p, x)*w"),
    ("d(u/g, x)*g", "d-divisor", &[0], "d(u, x)/g*g"),
    ("d(u^3, x)", "d-power", &[], "3*u^(3 - 1)*d(u, x)"),
    ("d(2^u, x)", "d-exponential", &[], "2^u*log(2)*d(u, x)"),
    ("d(exp(u), x)", "d-exp", &[], "exp(u)*d(u, x)"),
    ("d(log(p), x)", "d-log", &[], "d(p, x)/p"),
    ("d(log1p(p), x)", "d-log1p", &[], "d(p, x)/(1 + p)"),
    ("d(expm1(u), x)", "d-expm1", &[], "exp(u)*d(u, x)"),
    ("d(softplus(u), x)", "d-softplus", &[], "sigmoid(u)*d(u, x)"),
    ("d(sqrt(p), x)", "d-sqrt", &[], "d(p, x)/(2*sqrt(p))"),
    ("d(log(sigmoid(x))*x, x)", "log-sigmoid", &[0, 0], "d(-softplus(-x)*x, x)"),
    ("d(p/(p*q), p)", "field", &[0], "d(1/q, p)"),
];

/// A proof of which every step of [`RIGHT`] is a claim.
pub fn right() -> Proof {
    let claim = |(start, rule, at, after): &(&str, &str, &[usize], &str)| chain(rule, start, &[(rule, at, after)]);
    proof(Vec::new(), RIGHT.iter().map(claim).collect())
}

#[test]
fn steps_that_are_right() {
    for (start, rule, at, after) in RIGHT {
        assert_eq!(why(start, rule, at, after), "", "{rule}: {start} -> {after}");
    }
}

#[test]
fn steps_that_are_wrong() {
    for (start, rule, at, after, reason) in [
        ("log(sigmoid(x))", "log-sigmoid", &[][..], "softplus(-x)", "no instance"),
        ("log(sigmoid(x))", "log-sigmoid", &[0], "-softplus(-x)", "more changes"),
        ("x + p", "log-sigmoid", &[2], "x + q", "no position"),
        ("log(sigmoid(x))", "log-magic", &[], "-softplus(-x)", "there is no rule `log-magic`"),
        ("log(sigmoid(x))", "arithmetic", &[], "-softplus(-x)", "there is no rule `arithmetic`"),
        ("x + 0*p", "zero-product", &[0], "x + 0", "more changes"),
        // operators with other numbers of operands
        ("x + p", "ring", &[1], "-p", "more changes"),
        ("-p", "ring", &[0], "x + p", "more changes"),
        ("x + p", "ring", &[], "x + p", "nothing changes"),
        ("x + 0*log(x)", "zero-product", &[1], "x + 0", "not known to be defined: `log` of `x`"),
        ("(-x)/u", "neg-quotient", &[], "-(x/u)", "the condition `b > 0` is not known"),
        ("x/x", "field", &[], "1", "not known to be defined: `/` of `x`"),
        ("p/(p*q)", "ring", &[], "1/q", "`ring` has no division"),
        ("p/(p*q)", "field", &[], "1/p", "not equal as rational functions"),
        ("p + q", "ring", &[], "1", "not equal as polynomials"),
        ("p + q", "definition", &[1], "p + (1 + p)", "neither is a name"),
        ("d(q, p)", "definition", &[1], "d(q, sigmoid(x))", "where a variable belongs"),
        ("d(p, p)", "definition", &[0], "d(sigmoid(x), p)", "it stands for itself"),
        ("(2*y - 1)*x", "cases", &[0], "1*x", "not the same number where y = 0"),
        ("d((2*y - 1)^2, y)", "cases", &[0], "d(1, y)", "not the same number"),
        ("y*x", "case", &[0], "1*x", "not known that `y = 1`"),
        ("d(q, x)", "d-constant", &[], "0", "may change with `x`"),
        ("d(q*p, x)", "d-factor", &[], "q*d(p, x)", "may change with `x`"),
        ("d(q*p, x)", "d-product", &[], "d(q, x)*p - q*d(p, x)", "it is `"),
        ("d(q^g, p)", "d-power", &[], "g*q^(g + 1)*d(q, p)", "it is `"),
        ("d(q*p, x)", "d-sum", &[], "d(q, x) + d(p, x)", "does not differentiate `*`"),
        ("d(u*q, x)", "d-chain", &[], "d(u*q, p)*d(p, x)", "otherwise than through `p`"),
        ("d(x, x)", "d-variable", &[], "2", "it is `1`"),
        ("d(exp(x), x)", "d-exotic", &[], "exp(x)", "there is no rule `d-exotic`"),
    ] {
        let found = why(start, rule, at, after);
        assert!(found.contains(reason), "{rule}: {start} -> {after}: {found}");
    }
}

#[test]
fn a_chain_is_whole() {
    let right = chain("sum", "p + q", &[("definition", &[1], "p + (1 - p)"), ("ring", &[], "1")]);
    let refused = |chain: Chain| check(&proof(Vec::new(), vec![chain]), RuleBook::builtin());
    assert_eq!(refused(right.clone()), Vec::new());
    let mut dropped = right.clone();
    dropped.steps.remove(0);
    assert!(refused(dropped)[0].why.starts_with("it begins with"));
    let mut longer = right.clone();
    longer.rhs = formula("2");
    assert_eq!(refused(longer)[0].why, "the chain ends with `1`, not with `2`");
    let mut empty = right;
    empty.steps.clear();
    assert!(refused(empty)[0].why.starts_with("the chain ends with `p + q`"));
}

#[test]
fn cases_are_complete() {
    let case = |name: &str, number: &str, choice: &str, rule: &str| {
        let condition = format!("where({number} == 1, a, 1 - a)");
        (name.to_string(), steps("where(y == 1, a, 1 - a)", &[("case", &[0, 0], &condition), (rule, &[], choice)]))
    };
    let one = case("y = 1", "1", "a", "where-same");
    let zero = case("y = 0", "0", "1 - a", "where-other");
    let back = |(name, mut steps): (String, Vec<Step>)| {
        let last = steps[1].after.clone();
        let form = formula("y*a + (1 - y)*(1 - a)");
        let number = formula(&name[4..]);
        let put = form.substitute(&|symbol| (symbol == "y").then(|| number.clone()));
        let step = |before: &_, after: &_, rule: &str, at: &[usize]| {
            let (before, after): (&focal_derive::expr::Expr, &focal_derive::expr::Expr) = (before, after);
            Step {
                before: before.clone(),
                after: after.clone(),
                rule: Arc::from(rule),
                why: String::new(),
                at: at.to_vec(),
            }
        };
        steps.push(step(&last, &put, "ring", &[]));
        let half = form.operands()[1].clone();
        let first = put.operands()[0].clone() + half.clone();
        let middle = half.substitute(&|symbol| (symbol == "y").then(|| number.clone()));
        assert_eq!(put.operands()[1], middle);
        steps.push(step(&put, &first, "case", &[1, 0, 1]));
        steps.push(step(&first, &form, "case", &[0, 0]));
        (name, steps)
    };
    let (one, zero) = (back(one), back(zero));
    let claim = |cases: &[&(String, Vec<Step>)]| {
        let mut claim = chain("w", "w", &[("definition", &[], "where(y == 1, a, 1 - a)")]);
        claim.rhs = formula("y*a + (1 - y)*(1 - a)");
        claim.cases = cases.iter().map(|case| (*case).clone()).collect();
        check(&proof(Vec::new(), vec![claim]), RuleBook::builtin())
    };
    assert_eq!(claim(&[&zero, &one]), Vec::new());
    assert_eq!(claim(&[&one])[0].why, "the case y = 0 is missing");
    assert!(claim(&[&one, &("y = 0".to_string(), one.1.clone())])[0].why.contains("not known that `y = 1`"));
    assert!(claim(&[&("y > 0".to_string(), one.1.clone())])[0].why.contains("is no case"));
    assert!(claim(&[&("x = 0".to_string(), Vec::new())])[0].why.contains("ends with"));
}

/// Cases of a name that lies anywhere: both sides of a number, and the number itself unless nothing is said there.
#[test]
fn cases_by_sign() {
    let case = |name: &str, after: &str| (name.to_string(), steps("where(x < 0, -x, x)", &[("branch", &[], after)]));
    let back = |name: &str, from: &str| (name.to_string(), steps(from, &[("branch", &[], "abs(x)")]));
    let run = |cases: Vec<(String, Vec<Step>)>, except: &[&str]| {
        let both = |(name, mut first): (String, Vec<Step>)| {
            let last = first.last().expect("a step").after.to_string();
            first.extend(back(&name, &last).1);
            (name, first)
        };
        let mut claim = chain("abs", "where(x < 0, -x, x)", &[]);
        claim.rhs = formula("abs(x)");
        claim.cases = cases.into_iter().map(both).collect();
        claim.except = except.iter().map(|text| text.to_string()).collect();
        let refusals = check(&proof(Vec::new(), vec![claim]), RuleBook::builtin());
        refusals.first().map_or(String::new(), |refusal| refusal.why.clone())
    };
    assert_eq!(run(vec![case("x < 0", "-x"), case("x >= 0", "x")], &[]), "");
    assert_eq!(run(vec![case("x < 0", "-x"), case("x > 0", "x")], &["x = 0"]), "");
    assert_eq!(run(vec![case("x < 0", "-x"), case("x > 0", "x")], &[]), "the case x = 0 is missing");
    assert_eq!(run(vec![case("x < 0", "-x"), case("x >= 1", "x")], &[]), "the case x = 0 is missing");
    assert_eq!(run(vec![case("x >= 0", "x")], &[]), "the case x < 0 is missing");
    assert!(run(vec![case("x < 0", "-x"), case("x > 0", "-x")], &["x = 0"]).contains("the condition fails here"));
    assert!(run(vec![case("x < 1", "-x"), case("x > 0", "x")], &[]).contains("not known whether"));
    assert!(run(vec![case("x < 0", "-x"), case("s > 0", "x")], &[]).contains("is no input or parameter"));
    // the sign of an expression
    assert_eq!(run(vec![case("3*x < 0", "-x")], &[]), "it is not known whether `x < 0` holds");
    assert_eq!(run(vec![case("x - 0*a < 0", "-x"), case("x - 0*a >= 0", "x")], &[]), "");
    assert_eq!(run(vec![case("x - 0*a < 0", "-x")], &[]), "the case x - 0 * a = 0 is missing");
}

/// Around a point where a case holds with an end of its own nothing is known beyond that end.
#[test]
fn a_case_that_holds_its_end_says_nothing_of_derivatives() {
    let run = |name: &str| {
        let mut claim = chain("d", "d(where(x < 0, -x, x), x)", &[]);
        claim.rhs = formula("d(-x, x)");
        claim.cases = vec![(name.to_string(), steps("d(where(x < 0, -x, x), x)", &[("branch", &[0], "d(-x, x)")]))];
        check(&proof(Vec::new(), vec![claim]), RuleBook::builtin())[0].why.clone()
    };
    assert_eq!(run("x < 0"), "the case x = 0 is missing");
    assert_eq!(run("x <= -1"), "it is not known whether `x < 0` holds");
    assert_eq!(run("x = -1"), "it is not known whether `x < 0` holds");
    assert_eq!(run("x + a - a <= -1"), "it is not known whether `x < 0` holds");
}

/// A rule without its condition, in a copy of the book that the checker is given, proves what is false; the checker
/// with the book itself refuses each of its steps, and so it does where it does not have the rule at all.
#[test]
fn the_checker_rests_on_its_own_book() {
    let sound = "log-product : log(a*b) => log(a) + log(b) when a > 0, b > 0 ; DLMF 4.8";
    let planted = "log-product : log(a*b) => log(a) + log(b) ; no condition";
    let read = |text: &'static str| RuleBook::parse(&[("logarithm", text)]).expect("a rule book");
    let claim = |from: &str, to: &str| proof(Vec::new(), vec![chain("product", from, &[("log-product", &[], to)])]);
    let why = |proof: &Proof, book: &RuleBook| {
        check(proof, book).first().map_or(String::new(), |refusal| refusal.why.clone())
    };
    let of_any = claim("log(x*x)", "log(x) + log(x)");
    let of_positive = claim("log(p*q)", "log(p) + log(q)");
    assert_eq!(why(&of_positive, RuleBook::builtin()), "");
    assert_eq!(why(&of_positive, &read(sound)), "");
    assert!(why(&of_any, RuleBook::builtin()).contains("the condition `a > 0` is not known"));
    assert!(why(&of_any, &read(sound)).contains("the condition `a > 0` is not known"));
    // without the condition the checker still sees that one side is defined where the other is not
    assert!(why(&of_any, &read(planted)).contains("not known to be defined"), "{}", why(&of_any, &read(planted)));
    // a rule that is false where both sides are defined is as false as the book: no checker can tell
    let wrong = read("log-product : log(a*b) => log(a) - log(b) when a > 0, b > 0 ; the sign is lost");
    let negated = claim("log(p*q)", "log(p) - log(q)");
    assert_eq!(why(&negated, &wrong), "");
    assert!(why(&negated, RuleBook::builtin()).contains("they are no instance of"));
    assert!(!focal_derive::verify::rules::rules(&wrong, &Default::default())[0].holds());
    let none = RuleBook::default();
    assert_eq!(why(&of_positive, &none), "there is no rule `log-product`");
    let unknown = proof(Vec::new(), vec![chain("unknown", "log(p*q)", &[("log-of-anything", &[], "log(p) + log(q)")])]);
    assert_eq!(why(&unknown, RuleBook::builtin()), "there is no rule `log-of-anything`");
}

/// A derivative found above holds inside a derivative, unless its proof uses what the variable is.
#[test]
fn derivatives_found_above() {
    let first: &[(&str, &[usize], &str)] = &[
        ("definition", &[], "d(x*x, x)"),
        ("d-product", &[], "d(x, x)*x + x*d(x, x)"),
        ("d-variable", &[0, 0], "1*x + x*d(x, x)"),
        ("d-variable", &[1, 1], "1*x + x*1"),
        ("ring", &[], "2*x"),
    ];
    let second = chain("second", "d(d(u, x), x)", &[("derived", &[0], "d(2*x, x)")]);
    let run = |lemmas: Vec<Chain>, claim: &Chain| check(&proof(lemmas, vec![claim.clone()]), RuleBook::builtin());
    let lemma = chain("d_x", "d(u, x)", first);
    assert_eq!(run(vec![lemma.clone()], &second), Vec::new());
    assert!(run(Vec::new(), &second)[0].why.contains("no derivative found above"));
    let opens = chain("opens", "p + q", &[("definition", &[0], "sigmoid(x) + q")]);
    let used = chain("used", "d(p + q, p)", &[("derived", &[0], "d(sigmoid(x) + q, p)")]);
    assert!(run(vec![opens.clone()], &used)[0].why.contains("here `p` changes"));
    assert_eq!(
        run(vec![opens], &chain("used", "d(p + q, a)", &[("derived", &[0], "d(sigmoid(x) + q, a)")])),
        Vec::new()
    );
}

/// The built-in statements are those that their proofs are read with.
#[test]
fn a_statement_is_that_of_its_loss() {
    let spec = builtin("focal_binary");
    let whole = Statement::of(&spec);
    assert_eq!(whole.is_of(&spec), Ok(()));
    let changed = |change: &dyn Fn(&mut Statement)| {
        let mut statement = whole.clone();
        change(&mut statement);
        statement.is_of(&spec)
    };
    let domain = focal_derive::domain::Domain::Finite;
    assert!(changed(&|statement| statement.names[3].1 = domain.clone()).is_err());
    assert!(changed(&|statement| statement.formula[3].1 = formula("-(1 - p_t)^gamma*log(p_t)")).is_err());
    assert!(changed(&|statement| drop(statement.names.remove(0))).is_err());
    assert!(changed(&|statement| drop(statement.names.remove(3))).is_err());
    let fixed = |statement: &mut Statement| {
        statement.names.remove(3);
        statement.formula[3].1 = formula("-alpha_t*(1 - p_t)^2*log(p_t)");
    };
    assert_eq!(changed(&fixed), Ok(()));
    let without = |statement: &mut Statement| {
        statement.names.remove(2);
        statement.formula[2].1 = formula("1");
    };
    assert_eq!(changed(&without), Ok(()));
}

/// Runs the tool in a folder of its own on `derive --check` and a file with the text.
fn check_file(name: &str, text: &str) -> Output {
    let file = file(name);
    std::fs::write(&file, text).expect("a file");
    tool(&["derive", "--check", file.file_name().unwrap().to_str().unwrap()])
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check");
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

fn file(name: &str) -> PathBuf {
    folder().join(format!("{name}.json"))
}

fn tool(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_focal-derive"));
    command.current_dir(folder()).args(arguments).output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A small derivation by hand, as a file.
const SMALL: &str = r#"{
  "loss": "mine",
  "statement": {
    "inputs": [{ "name": "x", "domain": "finite" }],
    "parameters": [],
    "formula": [{ "name": "p", "value": "sigmoid(x)" }, { "name": "loss", "value": "-log(p)" }]
  },
  "derived": [
    { "name": "d_p", "of": "d(loss, p)", "form": "-(1 / p)", "steps": [
      { "before": "d(loss, p)", "after": "-(1 / p)", "rule": "outer", "why": "", "at": [], "substeps": [
        { "before": "d(loss, p)", "after": "d(-log(p), p)", "rule": "definition", "why": "", "at": [] },
        { "before": "d(-log(p), p)", "after": "-d(log(p), p)", "rule": "d-negation", "why": "", "at": [] },
        { "before": "-d(log(p), p)", "after": "-(d(p, p) / p)", "rule": "d-log", "why": "", "at": [0] },
        { "before": "-(d(p, p) / p)", "after": "-(1 / p)", "rule": "d-variable", "why": "", "at": [0, 0] }
      ] }
    ] }
  ],
  "claims": [
    { "name": "twice", "status": "proved", "lhs": "2 * d(loss, p)", "rhs": "-2 / p", "steps": [
      { "before": "2 * d(loss, p)", "after": "2 * -(1 / p)", "rule": "derived", "why": "d_p", "at": [1] },
      { "before": "2 * -(1 / p)", "after": "-2 / p", "rule": "field", "why": "", "at": [] }
    ] }
  ]
}"#;

#[test]
fn a_file_is_checked() {
    let output = check_file("small", SMALL);
    assert_eq!(text(&output.stdout), "accepted: mine, 1 derivative and 1 claim, 6 steps\n", "{}", text(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
    for name in Spec::builtin_names() {
        let json = tool(&["derive", name, "--format", "json"]);
        let output = check_file(name, &text(&json.stdout));
        assert!(
            text(&output.stdout).starts_with(&format!("accepted: {name}, ")) && output.status.code() == Some(0),
            "{}",
            text(&output.stdout)
        );
        assert_eq!(output.status.code(), Some(0));
    }
}

/// Edits by hand, each with where it is refused and why.
#[test]
fn a_tampered_file_is_refused_where_it_was_tampered_with() {
    for (number, (old, new, place, why)) in [
        ("\"rule\": \"d-log\"", "\"rule\": \"d-exp\"", "derived d_p, step 3", "`d-exp` does not differentiate `log`"),
        ("\"at\": [0, 0]", "\"at\": [0]", "derived d_p, step 4", "it is no derivative"),
        ("\"after\": \"-2 / p\"", "\"after\": \"2 / p\"", "claim twice, step 2", "not equal as rational functions"),
        ("\"rhs\": \"-2 / p\"", "\"rhs\": \"2 / p\"", "claim twice", "the chain ends with `-2 / p`, not with `2 / p`"),
        ("\"form\": \"-(1 / p)\"", "\"form\": \"1 / p\"", "derived d_p", "the chain ends with"),
        ("\"value\": \"-log(p)\"", "\"value\": \"log(p)\"", "derived d_p, step 1", "neither is a name"),
        (
            "\"after\": \"-(1 / p)\", \"rule\": \"outer\"",
            "\"after\": \"1 / p\", \"rule\": \"outer\"",
            "derived d_p, step 5",
            "the shown line",
        ),
        (
            "\"name\": \"p\", \"value\": \"sigmoid(x)\"",
            "\"name\": \"p\", \"value\": \"q\"",
            "statement",
            "which is not stated above it",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(SMALL.contains(old), "{old}");
        let output = check_file(&format!("tampered-{number}"), &SMALL.replacen(old, new, 1));
        let out = text(&output.stdout);
        assert!(out.starts_with(&format!("refused: {place}\n")) && out.contains(why), "{old}: {out}");
        assert_eq!(output.status.code(), Some(1));
    }
}

/// A refusal as a person reads it.
#[test]
fn a_refusal_names_the_step_the_position_the_rule_and_why() {
    let output =
        check_file("refusal", &SMALL.replacen("\"after\": \"-(d(p, p) / p)\"", "\"after\": \"-(d(p, p) / x)\"", 1));
    let out = text(&output.stdout);
    let expected = "refused: derived d_p, step 3
  rule    d-log at [0]
  before  d(log(p), p)
  after   d(p, p) / x
  why     it is `1 / p * d(p, p)`
";
    assert!(out.starts_with(expected), "{out}");
}

#[test]
fn what_is_no_derivation_is_a_message_with_its_place() {
    let deep = format!("{{\"loss\": {}", "[".repeat(100_000));
    let brackets = SMALL.replacen("sigmoid(x)", &format!("{}x{}", "(".repeat(50_000), ")".repeat(50_000)), 1);
    let sums = SMALL.replacen("sigmoid(x)", &vec!["x"; 60_000].join(" + "), 1);
    for (number, (wrong, place, message)) in [
        (SMALL[..SMALL.len() - 1].to_string(), ":24:", "no JSON: `,` or `}` belongs here"),
        (SMALL.replacen("\"of\"", "of", 1), ":9:", "no JSON: a key in quotes belongs here"),
        (SMALL.replacen("\"of\"", "\"name\"", 1), ":9:", "the key `name` stands twice"),
        (SMALL.replacen("\"of\"", "\"off\"", 1), ":9:", "a key is missing: `of`"),
        (SMALL.replacen("[0, 0]", "[0, -1]", 1), ":14:", "no position"),
        (SMALL.replacen("\"proved\"", "\"true\"", 1), ":19:", "no status: `true`"),
        (SMALL.replacen("\"finite\"", "\"fnite\"", 1), ":4:", "`fnite` is not a domain"),
        (SMALL.replacen("d(-log(p), p)", "d(-log(p), p", 1), ":11:", ""),
        (SMALL.replacen("\"mine\"", "\"focal_binary\"", 1), ":3:", "the statement is not that of `focal_binary`"),
        (SMALL.replacen("\"mine\"", "\"\\u001b[31m\"", 1), ":2:", "a character that cannot be seen"),
        (SMALL.replacen("\"mine\"", "\"\\ud800\"", 1), ":2:", "no JSON: half a character"),
        (deep, ":1:", "no JSON: more than 32 levels"),
        (brackets, ":6:", "levels of brackets"),
        (sums, ":6:", ""),
        (String::new(), ":1:", "no JSON"),
        ("[]".to_string(), ":1:", "an object with the key `loss` belongs here"),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("wrong-{number}");
        let output = check_file(&name, &wrong);
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{number}: {err}{}", text(&output.stdout));
        assert!(err.contains(message) && err.contains(&format!("{name}.json{place}")), "{number}: {err}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(tool(&["derive", "--check", "no-such.json"]).status.code(), Some(2));
    assert!(read("file", SMALL).is_ok());
}
