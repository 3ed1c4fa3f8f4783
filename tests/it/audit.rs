//! The audit: every formula of the corpus gets its verdict, and wrong input a message.

mod rows;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use focal_derive::audit::corpus::{self, CORPUS, Expected};
use focal_derive::audit::{self, Outcome, Problem, Source, Standing, Verdict};
use focal_derive::check::{Chain, check};
use focal_derive::expr::Expr;
use focal_derive::op::Op;
use focal_derive::{Message, RuleBook};

/// The table of the corpus in `docs/audit.md` stands between these lines.
const MARKS: [&str; 2] = ["<!-- corpus -->\n", "<!-- end of the corpus -->"];

fn judged(text: &str, name: &str) -> Vec<Verdict> {
    let (problem, claims) = Problem::of_file(name, text).unwrap_or_else(|message| panic!("{name}: {message}"));
    let verdict = |claim| audit::audit(&problem, claim, RuleBook::builtin()).expect("a verdict");
    claims.iter().map(verdict).collect()
}

/// One claim of the command line.
fn verdict(claim: &str, lets: &[&str], wheres: &[&str]) -> Result<Verdict, Message> {
    let sources = |texts: &[&'static str]| texts.iter().map(|text| Source::alone(text)).collect::<Vec<_>>();
    let leak = |texts: &[&str]| texts.iter().map(|text| &*text.to_string().leak()).collect::<Vec<&'static str>>();
    let (lets, wheres, claim) = (leak(lets), leak(wheres), leak(&[claim]));
    let (problem, claims) = Problem::read(&sources(&lets), &sources(&wheres), &sources(&claim))?;
    audit::audit(&problem, &claims[0], RuleBook::builtin())
}

fn is_as_expected(verdict: &Verdict, expected: &Expected) -> bool {
    let found = match &verdict.outcome {
        Outcome::Refuted { diagnoses, .. } => &diagnoses[..],
        _ => &[],
    };
    let there = |(kind, words): &(String, String)| {
        found.iter().any(|one| one.kind.word() == kind && one.words.starts_with(words.as_str()))
    };
    verdict.word() == expected.verdict && expected.diagnoses.iter().all(there)
}

/// Does a source name a commit (twelve digits) or an issue, or say that it was not looked at?
fn is_honest(source: impl AsRef<str>) -> bool {
    let source = source.as_ref();
    let commit =
        |word: &str| word.len() == 12 && word.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    let named = source.split(|c: char| !c.is_ascii_alphanumeric()).any(commit) || source.contains(", issue ");
    named
        || source.contains("not fetched")
        || source.contains("was fetched")
        || source.contains("not found again")
        || source.contains("names no repository")
}

/// A row of the table for each claim, and what is not as expected.
#[test]
fn every_formula_of_the_corpus_gets_its_verdict() {
    let mut table = String::from("| file | claim | verdict | what it says |\n|---|---|---|---|\n");
    let (mut wrong, mut claims) = (String::new(), 0);
    for (name, text) in CORPUS {
        assert!(!corpus::said(text, "source:").is_empty(), "{name} has no source");
        assert!(!corpus::said(text, "as coded:").is_empty(), "{name} does not say how it is coded");
        assert!(is_honest(corpus::said(text, "source:")), "{name} says neither a commit nor that it was not fetched");
        let expected = corpus::expected(text);
        let found = judged(text, name);
        let names = |all: Vec<String>| all.into_iter().collect::<BTreeSet<String>>();
        let of_claims = names(found.iter().map(|verdict| verdict.claim.name.clone()).collect());
        assert_eq!(of_claims, names(expected.iter().map(|one| one.claim.clone()).collect()), "{name}");
        for verdict in &found {
            let one = expected.iter().find(|one| one.claim == verdict.claim.name).expect("each is expected");
            if !is_as_expected(verdict, one) {
                wrong += &format!("{name}: expected {one:?}, found {:?}\n", verdict.outcome);
            }
            table += &row(name, verdict);
            claims += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(CORPUS.len() >= 25 && claims >= 60, "{} files, {claims} claims", CORPUS.len());
    compare_table(&table);
}

/// Nothing counts as proved by a normal form alone: each claim is one proof by cases of the claim as it is stated, and
/// the checker replays it from what the JSON says.
#[test]
fn every_proved_formula_of_the_corpus_is_replayed() {
    let (mut proofs, mut steps, mut by_cases, mut left) = (0, 0, 0, String::new());
    for (name, text) in CORPUS {
        for verdict in judged(text, name) {
            let Outcome::Proved { pieces, except, proof } = &verdict.outcome else { continue };
            let Some(proof) = proof else {
                left += &format!("{name}: {}\n", verdict.claim.name);
                continue;
            };
            assert_eq!(check(proof, RuleBook::builtin()), Vec::new(), "{name}: {}", verdict.claim.name);
            let chain = &proof.scalar()[0].claims[0];
            let stated = match &proof.classes {
                Some(classes) => (&classes.parts[0].claims[0].1, &classes.parts[0].claims[0].2),
                None => (&chain.lhs, &chain.rhs),
            };
            assert_eq!(stated, (&verdict.claim.lhs, &verdict.claim.rhs), "{name}");
            assert!(pieces.iter().all(|piece| piece.replayed), "{name}");
            // no more is left out than the verdict says
            assert_eq!(&chain.except, except, "{name}: {}", verdict.claim.name);
            proofs += 1;
            steps += proof.steps();
            by_cases += usize::from(!chain.cases.is_empty());
        }
    }
    assert!(left.is_empty(), "proved, but not replayed:\n{left}");
    assert!(proofs >= 60 && by_cases >= 10, "{proofs} proofs, {by_cases} by cases, {steps} steps");
}

/// A case that is left out, a step that is left out, a case that is wider or narrower: the checker refuses each.
#[test]
fn a_proof_by_cases_that_is_tampered_with_is_refused() {
    let mut tampered = 0;
    for name in ["hinge", "smooth_l1", "detectron_sigmoid", "torchvision_focal", "efficientdet_focal"] {
        let (_, text) = CORPUS.iter().find(|(known, _)| *known == name).expect("in the corpus");
        for verdict in judged(text, name) {
            let Outcome::Proved { proof: Some(proof), .. } = &verdict.outcome else { continue };
            let refused = |edit: &dyn Fn(&mut Chain)| {
                let mut wrong = proof.clone();
                edit(&mut wrong.claims[0]);
                !check(&wrong, RuleBook::builtin()).is_empty()
            };
            let chain = &proof.claims[0];
            for place in 0..chain.cases.len() {
                let what = format!("{name}: {}, case {}", verdict.claim.name, chain.cases[place].0);
                assert!(refused(&|chain| drop(chain.cases.remove(place))), "{what} is left out");
                let whole = |chain: &mut Chain| {
                    let steps = chain.cases[place].1.clone();
                    chain.cases.clear();
                    chain.steps = steps;
                };
                assert!(refused(&whole), "{what} for every point");
                let narrower = |chain: &mut Chain| chain.cases[place].0 += ", x*x - x - 1000 < 0";
                assert!(refused(&narrower), "{what} is narrower");
                tampered += 3;
                for (number, step) in chain.cases[place].1.iter().enumerate() {
                    if ["branch", "case"].contains(&&*step.rule) {
                        assert!(refused(&|chain| drop(chain.cases[place].1.remove(number))), "{what}, step {number}");
                        tampered += 1;
                    }
                }
            }
            for place in 0..chain.except.len() {
                assert!(refused(&|chain| drop(chain.except.remove(place))), "{name}: {}", chain.except[place]);
                tampered += 1;
            }
        }
    }
    assert!(tampered >= 50, "{tampered}");
}

fn row(file: &str, verdict: &Verdict) -> String {
    let says = match &verdict.outcome {
        Outcome::Refuted { diagnoses, .. } => {
            let one = |found: &audit::Diagnosis| match found.standing {
                Standing::Proved => format!("{} (proved)", found.words),
                Standing::Sampled(points) => format!("{} ({points} points)", found.words),
            };
            diagnoses.iter().map(one).collect::<Vec<_>>().join("; ")
        }
        Outcome::Proved { except, .. } => {
            except.iter().map(|one| format!("but for {one}")).collect::<Vec<_>>().join("; ")
        }
        Outcome::Unsettled(limit) => limit.clone(),
    };
    let says = says.replace('|', "\\|");
    format!("| `{file}` | {} | {} | {says} |\n", verdict.claim.name, verdict.word())
}

fn compare_table(table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/audit.md");
    let text = std::fs::read_to_string(&path).expect("docs/audit.md");
    let (before, rest) = text.split_once(MARKS[0]).expect("the mark of the table");
    let (there, after) = rest.split_once(MARKS[1]).expect("the mark behind the table");
    if std::env::var_os("FOCAL_REFRESH").is_some() {
        let new = format!("{before}{}\n{table}\n{}{after}", MARKS[0], MARKS[1]);
        std::fs::write(&path, new).expect("docs/audit.md is written");
        return;
    }
    assert_eq!(
        there.trim(),
        table.trim(),
        "docs/audit.md is stale: FOCAL_REFRESH=1 cargo test --release --test it audit"
    );
}

#[test]
fn the_corpus_is_the_folder() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("derivations/corpus");
    let files = std::fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").file_name());
    let mut files: Vec<String> = files.map(|name| name.to_string_lossy().replace(".txt", "")).collect();
    files.sort();
    assert_eq!(files, CORPUS.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>());
}

#[test]
fn each_step_of_a_proof_begins_where_the_one_before_ended() {
    for name in ["mmcv_sigmoid", "mmcv_softmax", "lightgbm_binary", "pytorch_bce"] {
        let (_, text) = CORPUS.iter().find(|(known, _)| *known == name).expect("in the corpus");
        for verdict in judged(text, name) {
            let Outcome::Proved { pieces, .. } = &verdict.outcome else { panic!("{name}: {verdict:?}") };
            for piece in pieces.iter().filter(|piece| piece.replayed) {
                let judged = &piece.judged;
                let mut now = judged.lhs.clone();
                for step in &judged.steps {
                    assert_eq!(step.before, now, "{name} {}", step.rule);
                    now = step.after.clone();
                }
                if judged.cases.is_empty() {
                    assert_eq!(now, judged.rhs, "{name}");
                }
                for (case, steps) in &judged.cases {
                    let last = steps.iter().fold(now.clone(), |now, step| {
                        assert_eq!(step.before, now, "{name} {case}");
                        step.after.clone()
                    });
                    assert_eq!(last, judged.rhs, "{name} {case}");
                }
            }
        }
    }
}

#[test]
fn true_claims_are_proved() {
    for (claim, lets, wheres) in [
        ("d(-(1-p)^g*log(p), x) == (1-p)^g*(g*p*log(p)+p-1)", &["p = sigmoid(x)"][..], &["g >= 0"][..]),
        ("x/x == 1", &[], &[]),
        ("abs(x)^2 == x^2", &[], &[]),
        ("d(abs(x), x) == x/abs(x)", &[], &[]),
        ("log(x^2) == 2*log(x)", &[], &[]),
        ("log(abs(x)) == log(x^2)/2", &[], &["x != 0"]),
        ("log(abs(x)) == log(x^2)/2", &[], &[]),
        ("log(abs(x*y)) == log(abs(x)) + log(abs(y))", &[], &[]),
        ("log((x - 1)^2) == 2*log(abs(1 - x))", &[], &[]),
        ("log(x^2*y^4) == 2*log(abs(x)) + 4*log(abs(y))", &[], &[]),
        ("max(a, b) + min(a, b) == a + b", &[], &[]),
        ("clamp(x, 0, 1) == min(max(x, 0), 1)", &[], &[]),
        ("where(x > 0, x, -x) == abs(x)", &[], &[]),
        ("d(log(1 + exp(-y*x)), x) == -y/(1 + exp(y*x))", &[], &["y in {-1, 1}"]),
        ("1/(x - 1) - 1/(x + 1) == 2/(x^2 - 1)", &[], &[]),
        ("x*y == y*x", &[], &["x != 0", "y < 0"]),
        ("d(x*abs(x), x) == 2*abs(x)", &[], &[]),
    ] {
        let found = verdict(claim, lets, wheres).unwrap_or_else(|message| panic!("{claim}: {message}"));
        assert_eq!(found.word(), "proved", "{claim}: {:?}", found.outcome);
    }
}

#[test]
fn false_claims_are_refuted() {
    for (claim, wheres) in [
        ("sqrt(x^2) == x", &[][..]),
        ("exp(x + z) == exp(x) + exp(z)", &[]),
        ("x^2 == 2*x", &[]),
        ("log(a*b) == log(a)*log(b)", &["a > 0, b > 0"]),
        ("max(x, 0) == softplus(x)", &[]),
        ("log(abs(x)) == log(x^2)/3", &[]),
        ("log(abs(x*y)) == log(abs(x)) - log(abs(y))", &[]),
        ("log(abs(x)) == where(x == 0, 0, log(x^2))", &[]),
        ("(1 + 1e-25)*x == x", &[]),
        ("where(x > 3, 1, 0) == where(x >= 3, 1, 0)", &[]),
        ("1 == 2", &[]),
    ] {
        let found = verdict(claim, &[], wheres).unwrap_or_else(|message| panic!("{claim}: {message}"));
        assert_eq!(found.word(), "refuted", "{claim}: {:?}", found.outcome);
    }
}

#[test]
fn what_cannot_be_settled_says_so() {
    // no point of it is defined; a choice that no cut settles; a difference beyond the digits of the oracle
    for claim in
        ["log(-1 - x^2) == x", "where(exp(x) + x > 0, 1, 2) == where(exp(x) + x + 0*z > 0, 1, 2) + 0*x/(x - x^3 - 7)"]
    {
        match verdict(claim, &[], &[]) {
            Ok(found) => assert!(!found.word().is_empty() && (found.word() != "proved" || claim.starts_with("where"))),
            Err(message) => assert!(message.place.is_some(), "{message}"),
        }
    }
    let found = verdict("exp(9000) == exp(9000) + 1", &[], &[]).expect("it reads");
    let Outcome::Unsettled(limit) = &found.outcome else { panic!("{:?}", found.outcome) };
    assert!(limit.contains("at 1 point the sides differ by nothing that 4096 bits show"), "{limit}");
    // both limits: that of the proof, and that of the points
    let found = verdict("log((x - y)^2) == 2*log(abs(x - y))", &[], &[]).expect("it reads");
    let Outcome::Unsettled(limit) = &found.outcome else { panic!("{:?}", found.outcome) };
    assert!(limit.contains("nothing more to rewrite") && limit.contains("at 4 points"), "{limit}");
}

/// Below 2^-96 of the sides, beyond the digits of both: the difference itself is enclosed.
#[test]
fn small_differences_are_seen() {
    for (claim, apart) in [
        ("x == x + 1e-40", "-1e-40"),
        ("exp(900) == exp(900) + 1e-20", "-1e-20"),
        ("(1 + 1e-60)*exp(x) == exp(x)", ""),
        ("d(x^2 + 1e-50*x, x) == 2*x", "1e-50"),
    ] {
        let found = verdict(claim, &[], &[]).expect("it reads");
        let Outcome::Refuted { witness, .. } = &found.outcome else { panic!("{claim}: {:?}", found.outcome) };
        let difference = witness.difference.as_deref().expect("it is smaller than what is printed");
        assert!(apart.is_empty() || difference == apart, "{claim}: {difference}");
        assert!(!difference.starts_with('0'), "{claim}: {difference}");
    }
}

#[test]
fn wrong_input_is_a_message_with_its_place() {
    for (claim, lets, wheres, says) in [
        ("p", &[][..], &[][..], "a claim is an equation"),
        ("p < 1", &[], &[], "a claim is an equation"),
        ("p == 1, q == 2", &[], &[], "one claim at a time"),
        ("1/(1 - 1) == p", &[], &[], "division by what is always 0"),
        ("1/0 == p", &[], &[], "division by zero"),
        ("p^100000000 == 1", &[], &[], "an exponent too large"),
        ("p^(2^40) == 1", &[], &[], "an exponent too large"),
        ("d(p, q) == 1", &[], &[], "does not depend on"),
        ("d(p, 2*p) == 1", &[], &[], "no name to differentiate in"),
        ("d(d(d(p^4, p), p), p) == 24*p", &[], &[], "a derivative of order 3"),
        ("p == 1", &["q = p"], &[], "`q` is used nowhere"),
        ("p == 1", &["p = p + 1"], &[], "`p` is defined by itself"),
        ("q == 1", &["q = p", "p = q"], &[], "`p` is used before it is defined"),
        ("p == 1", &["p = 2", "p = 3"], &[], "two definitions of `p`"),
        ("p == 1", &["p"], &[], "a definition is"),
        ("p == 1", &["log = 2"], &[], "`log` cannot be a name"),
        ("p == 1", &["p = x"], &["p > 0"], "a condition on `p`, which has a value"),
        ("p == 1", &[], &["q > 0"], "`q` is used nowhere"),
        ("p == 1", &[], &["p > 0, p < 0"], "no `p` meets the conditions"),
        ("p == 1", &[], &["p"], "is no condition"),
        ("p == 1", &[], &["p > q"], "a condition compares a name with a number"),
        ("p == 1", &[], &["p in {}"], "nothing lies in the domain"),
        ("p == 1", &[], &["p > 0,"], "a condition is empty"),
        ("log(-1) == p", &[], &[], "log of what is never positive"),
        ("d(y*x, y) == x", &[], &["y in {0, 1}"], "no derivative in `y`"),
        ("gama*x == x", &["gamma = 2"], &[], "`gamma` is used nowhere"),
    ] {
        let message = verdict(claim, lets, wheres).expect_err(claim);
        assert!(message.text.contains(says), "{claim}: {message}");
        assert!(message.place.is_some(), "{claim}: {message}");
    }
}

#[test]
fn what_is_deep_or_long_ends() {
    let deep = format!("{}x{} == x", "exp(".repeat(190), ")".repeat(190));
    let towers: Vec<String> = (0..30).map(|k| format!("a{} = a{k}*a{k}", k + 1)).collect();
    let towers: Vec<&str> = ["a0 = x + 1"].into_iter().chain(towers.iter().map(String::as_str)).collect();
    assert!(verdict("a30 == x", &towers, &[]).is_err());
    let _ = verdict(&deep, &[], &[]);
    let long = format!("d(d({}, x), x) == 0", vec!["x*exp(x)"; 60].join("*"));
    let found = verdict(&long, &[], &[]).expect("it reads");
    assert_ne!(found.word(), "proved");
}

/// Formulas with one thing changed: a sign, p for 1 - p, a factor left out, a number one too great.
fn corrupted(expr: &Expr, to: &mut Vec<Expr>) {
    let one = Expr::integer(1);
    match (expr, expr.operands()) {
        (Expr::Symbol(name), _) if &**name == "p" => to.push(one - expr.clone()),
        (Expr::Number(value), _) => to.push(Expr::Number(value + &focal_derive::rational::Rational::ONE)),
        (Expr::Apply(Op::Add, _), [a, b]) => to.push(a.clone() - b.clone()),
        (Expr::Apply(Op::Sub, _), [a, b]) => to.push(a.clone() + b.clone()),
        (Expr::Apply(Op::Mul, _), [a, b]) => to.extend([a.clone(), b.clone()]),
        _ => {}
    }
    for (place, operand) in expr.operands().iter().enumerate() {
        let mut inside = Vec::new();
        corrupted(operand, &mut inside);
        for part in inside {
            let Expr::Apply(op, operands) = expr else { continue };
            let mut operands = operands.to_vec();
            operands[place] = part;
            to.push(Expr::apply(*op, &operands));
        }
    }
}

/// Every right formula that is made wrong in one place is refuted, and nearly always the audit says how to mend it.
#[test]
fn one_change_is_found_and_mended() {
    let (mut changes, mut mended, mut left) = (0, 0, String::new());
    for (lhs, rhs) in [
        ("d(-(1 - p)^g*log(p), x)", "(1 - p)^g*(g*p*log(p) + p - 1)"),
        ("d(d(-(1 - p)^g*log(p), x), x)", "p*(1 - p)^g*((1 + 2*g)*(1 - p) - g*log(p)*(g*p - (1 - p)))"),
    ] {
        let mut wrong = Vec::new();
        corrupted(&Expr::parse(rhs).expect("a formula"), &mut wrong);
        for formula in wrong {
            let found = verdict(&format!("{lhs} == {formula}"), &["p = sigmoid(x)"], &["g > 0"]).expect("it reads");
            changes += 1;
            let Outcome::Refuted { diagnoses, .. } = &found.outcome else { panic!("{formula}: {:?}", found.outcome) };
            let found = diagnoses.iter().any(|one| one.instead.is_some() && one.standing == Standing::Proved);
            mended += usize::from(found);
            if !found {
                left += &format!("{lhs} == {formula}\n");
            }
        }
    }
    assert!(changes >= 40, "{changes}");
    assert!(mended * 20 >= changes * 19, "{mended} of {changes} mended, not\n{left}");
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_focal-derive")).arg("audit").args(arguments).output().expect("the tool runs")
}

/// Formulas as people compute them: `audit --float` names where they lose digits, and a form that does not.
#[test]
fn formulas_in_floats_lose_where_they_are_known_to() {
    let text = |output: &Output| String::from_utf8(output.stdout.clone()).expect("text");
    let lost = run(&["--float", "f32", "y*x - log(1 + exp(x))", "--in", "x=-120..120", "--set", "y=1"]);
    let said = text(&lost);
    assert_eq!(lost.status.code(), Some(1));
    assert!(
        said.starts_with("loses: f32") && said.contains("NaN or infinite: ") && !said.contains("infinite: nowhere")
    );
    assert!(said.contains("gives -inf"), "{said}");
    let gradient = "-(1 - p)^g*(1 - p - g*p*log(p))";
    let p = "p = 1/(1 + exp(-x))";
    let lost = run(&["--float", "f32", gradient, "--let", p, "--in", "x=15.999..16.001", "--set", "g=2"]);
    assert!(text(&lost).contains("more than 1e-3: ") && !text(&lost).contains("1e-3: nowhere"), "{}", text(&lost));
    let lost = run(&["--float", "f32", gradient, "--let", p, "--in", "x=-120..120", "--set", "g=2"]);
    assert!(text(&lost).contains("a form with a proved bound"), "{}", text(&lost));
    let textbook = run(&["--float", "f32", "1 - 1/(1 + exp(-x))", "--in", "x=-120..120"]);
    assert!(text(&textbook).contains("a form with a proved bound"), "{}", text(&textbook));
    assert!(text(&textbook).contains("sigmoid(-w)"), "{}", text(&textbook));
    let fine = run(&["--float", "f64", "softplus(x)", "--in", "x=-800..800"]);
    assert_eq!(fine.status.code(), Some(0), "{}", text(&fine));
    for wrong in [
        &["--float", "f32", "x*z", "--in", "x=0..1"][..],
        &["--float", "f32", "x", "--in", "x=1..0"],
        &["--float", "f32", "x", "--in", "x=1"],
        &["--float", "f32", "log(x - 9)", "--in", "x=1..2"],
        &["--float", "f32", "d(x, x)", "--in", "x=1..2"],
    ] {
        let output = run(wrong);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}");
        assert!(output.stdout.is_empty() && output.stderr.starts_with(b"error: "), "{wrong:?}");
    }
}

#[test]
fn json_says_what_the_text_says() {
    let output = run(&["--json", "d(log(p), p) == 2/p", "--where", "p > 0"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("text");
    for part in ["\"verdict\": \"refuted\"", "\"witness\"", "\"kind\": \"factor\"", "\"standing\": \"proved\""] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let output = run(&["--json", "-log(p) == -log(p)", "--where", "p > 0"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).expect("text").contains("\"steps\""));
}
