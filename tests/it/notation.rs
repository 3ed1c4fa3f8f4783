//! Print, then parse, gives the same expression; the specs and rules of the tool read.

use focal_derive::expr::Expr;
use focal_derive::kernel::Format;
use focal_derive::op::{Notation, Op, TABLE};
use focal_derive::rational::Rational;
use focal_derive::setting::{Choice, settle};
use focal_derive::spec::{EdgeValue, Spec};
use focal_derive::{RuleBook, kernel::Setting};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn parse(text: &str) -> Expr {
    Expr::parse(text).unwrap_or_else(|message| panic!("{message}"))
}

/// Numbers of all shapes: whole, decimal, fraction, of either sign, very large and very small.
fn numbers() -> impl Strategy<Value = Expr> {
    let decimal = |text: &str| Rational::from_decimal(text).unwrap();
    prop_oneof![
        (-20i64..20).prop_map(Expr::integer),
        any::<i64>().prop_map(Expr::integer),
        (-1000i64..1000, 1i64..1000).prop_map(|(a, b)| Expr::Number(Rational::ratio(a, b).unwrap())),
        any::<f64>().prop_filter_map("finite", |value| Rational::from_f64(value).map(Expr::Number)),
        (1u32..10, -40i32..40).prop_map(move |(digit, power)| Expr::Number(decimal(&format!("{digit}e{power}")))),
        (1u32..1000).prop_map(move |digits| Expr::Number(decimal(&format!("{digits}e-30")))),
    ]
}

/// Expressions over every operator of the table; comparisons stand where the notation allows them.
fn expressions() -> impl Strategy<Value = Expr> {
    let names = prop::sample::select(vec!["x", "y", "p_t", "alpha", "d", "_a1", "log2", "inf"]);
    let classes = || prop::sample::select(vec!["k", "t", "i", "d", "_a1"]);
    let index = (prop::sample::select(vec!["z", "alpha", "d"]), classes());
    let leaf = prop_oneof![
        4 => names.prop_map(Expr::symbol),
        4 => numbers(),
        1 => index.prop_map(|(list, class)| Expr::index(list, class)),
    ];
    let value = |row: &&focal_derive::op::Row| {
        !row.op.is_comparison() && !row.op.binds() && !matches!(row.op, Op::Where | Op::Index)
    };
    let operators: Vec<Op> = TABLE.iter().filter(value).map(|row| row.op).collect();
    let comparisons: Vec<Op> = TABLE.iter().map(|row| row.op).filter(|op| op.is_comparison()).collect();
    leaf.prop_recursive(8, 60, 3, move |inner| {
        let operands = prop::collection::vec(inner.clone(), 3);
        let member = inner.clone();
        let apply = (prop::sample::select(operators.clone()), operands.clone()).prop_filter_map(
            "no literal division by 0, which the notation refuses",
            |(op, operands)| {
                let zero = op == Op::Div && operands[1].as_number().is_some_and(Rational::is_zero);
                (!zero).then(|| Expr::apply(op, &operands[..op.arity()]))
            },
        );
        let sides = prop::collection::vec(inner, 2);
        let choose = (prop::sample::select(comparisons.clone()), sides, operands).prop_map(|(op, sides, operands)| {
            Expr::apply(Op::Where, &[Expr::apply(op, &sides), operands[0].clone(), operands[1].clone()])
        });
        let sums = prop::sample::select(vec![Op::Sum, Op::Logsumexp]);
        let left_out = prop::collection::vec(classes().prop_map(Expr::symbol), 0..3);
        let sum = (sums, classes(), left_out, member)
            .prop_map(|(op, bound, left_out, member)| Expr::over(op, bound, &left_out, member));
        prop_oneof![9 => apply, 1 => choose, 1 => sum]
    })
}

fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]))
}

#[test]
fn print_then_parse_is_the_identity() {
    runner(4000)
        .run(&expressions(), |expr| {
            let text = expr.to_string();
            let read = Expr::parse(&text).map_err(|message| TestCaseError::fail(format!("{text}\n{message}")))?;
            prop_assert_eq!(&read, &expr, "{} was read back as {}", &text, &read);
            Ok(())
        })
        .unwrap();
}

/// A printed bracket pair that could go without a change of meaning is one too many.
#[test]
fn brackets_are_the_fewest() {
    runner(600)
        .run(&expressions(), |expr| {
            let text = expr.to_string();
            for (open, close) in bracket_pairs(&text) {
                let called = text[..open].ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_');
                let without = format!("{} {} {}", &text[..open], &text[open + 1..close], &text[close + 1..]);
                let same = !called && Expr::parse(&without).is_ok_and(|read| read == expr);
                prop_assert!(!same, "{} says the same as {}", without, text);
            }
            Ok(())
        })
        .unwrap();
}

fn bracket_pairs(text: &str) -> Vec<(usize, usize)> {
    let (mut open, mut pairs) = (Vec::new(), Vec::new());
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => open.push(at),
            ')' => pairs.push((open.pop().unwrap(), at)),
            _ => {}
        }
    }
    pairs
}

#[test]
fn every_operator_of_the_table_was_drawn() {
    let mut missing: Vec<&str> = TABLE.iter().map(|row| row.name).collect();
    let drawn = std::cell::RefCell::new(Vec::new());
    runner(400)
        .run(&expressions(), |expr| {
            collect(&expr, &mut drawn.borrow_mut());
            Ok(())
        })
        .unwrap();
    missing.retain(|name| !drawn.borrow().iter().any(|op: &Op| op.name() == *name));
    assert!(missing.is_empty(), "{missing:?}");
}

fn collect(expr: &Expr, ops: &mut Vec<Op>) {
    if let Expr::Apply(op, operands) = expr {
        if !ops.contains(op) {
            ops.push(*op);
        }
        operands.iter().for_each(|operand| collect(operand, ops));
    }
}

#[test]
fn printed_forms() {
    for (text, printed) in [
        ("-a^2", "-a^2"),
        ("(-a)^2", "(-a)^2"),
        ("a^(-b)", "a^-b"),
        ("a^-b^c", "a^-b^c"),
        ("(a^b)^c", "(a^b)^c"),
        ("a^(b^c)", "a^b^c"),
        ("a/(b*c)", "a / (b * c)"),
        ("a/b*c", "a / b * c"),
        ("-(a*b)", "-(a * b)"),
        ("-a*b", "-a * b"),
        ("a*(-b)", "a * -b"),
        ("a - (b - c)", "a - (b - c)"),
        ("a - -b", "a - -b"),
        ("--a", "--a"),
        ("x*(-1/3)", "x * (-1/3)"),
        ("(-1/3)*x", "-1/3 * x"),
        ("(-2)^x", "(-2)^x"),
        ("x^-2", "x^-2"),
        ("-2^x", "-2^x"),
        ("x^(1/3)", "x^(1/3)"),
        ("1e-7*x", "0.0000001 * x"),
        ("where(y = 1, a, b)", "where(y == 1, a, b)"),
        ("2*(3*x)", "2 * (3 * x)"),
        ("1/2", "0.5"),
        ("2*1/3", "2 * 1 / 3"),
    ] {
        let read = parse(text);
        assert_eq!(read.to_string(), printed, "{text}");
        assert_eq!(parse(printed), read, "{text}");
    }
    assert_ne!(parse("-a*b"), parse("-(a*b)"));
    assert_ne!(parse("-a^2"), parse("(-a)^2"));
}

/// The largest that is read is printed, read again and dropped without trouble.
#[test]
fn the_largest_formulas_read() {
    let sum = format!("{}x", "x + ".repeat(399));
    let calls = format!("{}x{}", "exp(".repeat(199), ")".repeat(199));
    let brackets = format!("{}x{}", "(".repeat(199), ")".repeat(199));
    let powers = format!("{}x", "x^".repeat(199));
    let signs = format!("{}x", "-".repeat(199));
    for text in [sum, calls, brackets, powers, signs] {
        let expr = parse(&text);
        assert_eq!(parse(&expr.to_string()), expr);
    }
}

#[test]
fn calls_have_names_and_infix_operators_do_not() {
    for row in TABLE.iter().filter(|row| row.notation == Notation::Call) {
        assert!(Expr::parse(row.name).is_ok(), "{} alone is a name", row.name);
    }
}

#[test]
fn built_in_specs_read() {
    assert_eq!(
        Spec::builtin_names(),
        [
            "focal_binary",
            "focal_star",
            "cross_entropy_binary",
            "focal_probability",
            "focal_softmax",
            "focal_categorical",
            "focal_normalised"
        ]
    );
    for name in Spec::builtin_names() {
        let spec = Spec::builtin(name).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!(spec.name, *name);
        let path = format!("{}/derivations/{name}/spec.toml", env!("CARGO_MANIFEST_DIR"));
        let read = Spec::read(&path).unwrap_or_else(|message| panic!("{message}"));
        assert_eq!((read.name, read.text), (spec.name, spec.text));
    }
}

#[test]
fn focal_binary_is_what_its_file_says() {
    let spec = Spec::builtin("focal_binary").unwrap();
    assert_eq!(spec.title.zh, "二分类 Focal Loss（logit）");
    let names = |list: Vec<String>| list.join(" ");
    assert_eq!(
        names(spec.inputs.iter().map(|input| format!("{}:{}", input.name, input.domain)).collect()),
        "x:finite y:{0, 1}"
    );
    assert_eq!(spec.inputs[0].unit, "logit");
    assert_eq!(
        names(spec.parameters.iter().map(|p| format!("{}:{}", p.name, p.domain)).collect()),
        "alpha:[0, 1] gamma:[0, inf)"
    );
    let none = spec.parameters[0].none.as_ref().unwrap();
    assert_eq!((&*none[0].0, none[0].1.to_string()), ("alpha_t", "1".to_string()));
    assert!(spec.parameters[1].none.is_none());
    assert_eq!(names(spec.formula.iter().map(|line| line.name.to_string()).collect()), "z p_t alpha_t loss");
    assert_eq!(spec.claims.len(), 3);
    assert_eq!(spec.claims[2].lhs.to_string(), "d(d(loss, z), z)");
    let edge = &spec.edges[2];
    assert_eq!(edge.at, "x = -inf, y = 1, alpha_t > 0");
    let conditions: Vec<String> =
        edge.conditions.iter().map(|c| format!("{} {} {:?}", c.name, c.comparison, c.value)).collect();
    assert_eq!(conditions, ["x = NegativeInfinity", "y = Finite(1)", "alpha_t > Finite(0)"]);
    assert!(matches!(&edge.limits[0], (output, EdgeValue::Infinity) if output == "loss"));
    assert!(
        matches!(&edge.limits[1], (output, EdgeValue::Finite(limit)) if output == "d_x" && limit.to_string() == "-alpha_t")
    );
}

#[test]
fn a_spec_may_be_short() {
    let text = "[inputs]\np = { domain = \"[0, 1]\" }\n[formula]\nL = \"-log(p)\"\n[edges]\n\"p = 0\" = { loss = \"inf\", d_p = \"-inf\" }\n";
    let spec = Spec::parse("mine", "mine.toml", text).unwrap_or_else(|message| panic!("{message}"));
    assert_eq!((spec.title.en.as_str(), spec.source.as_str()), ("mine", ""));
    assert!(spec.parameters.is_empty() && spec.claims.is_empty());
    assert_eq!(spec.edges[0].limits[1].0, "d_x", "outputs are called as in kernels");
}

#[test]
fn the_rule_book_reads() {
    let book = RuleBook::builtin();
    assert!(book.rules.iter().any(|rule| &*rule.name == "sigmoid-flip" && rule.both_ways));
    let rejected = book.rejected.iter().find(|rule| &*rule.name == "power-exp-log").unwrap();
    let point: Vec<String> = rejected.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    assert_eq!(point, ["a = -1", "b = 2"]);
    let power = book.rules.iter().find(|rule| &*rule.name == "power-next").unwrap();
    assert_eq!(power.when.iter().map(Expr::to_string).collect::<Vec<_>>(), ["a > 0", "b >= 1"]);
}

#[test]
fn parameters_are_settled_in_the_order_of_the_spec() {
    let spec = Spec::builtin("focal_binary").unwrap();
    let say = |said: &[(&str, &str)]| {
        let choices: Vec<_> = said.iter().map(|(n, v)| (n.to_string(), Choice::parse(v).unwrap())).collect();
        settle(&spec, &choices, Format::F32)
    };
    let settled = say(&[("gamma", "3.7")]).unwrap();
    assert_eq!(settled.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["alpha", "gamma"]);
    assert_eq!(settled[0].setting, Setting::None);
    let exact = Rational::ratio(37, 10).unwrap();
    assert_eq!(settled[1].setting, Setting::Fixed { exact, value: f64::from(3.7f32) });
    let settled = say(&[("gamma", "param"), ("alpha", "1/3")]).unwrap();
    assert_eq!(settled[1].setting, Setting::Argument);
    let exact = Rational::ratio(1, 3).unwrap();
    assert_eq!(settled[0].setting, Setting::Fixed { exact, value: f64::from(1f32 / 3f32) });
    assert!(say(&[("gamma", "1e-60")]).is_ok(), "0 is in the domain of gamma");
}

/// One rounding, to nearest, ties to even: as std reads decimals.
#[test]
fn values_are_rounded_once() {
    let strategy = (any::<u64>(), -60i32..60, -350i32..320);
    let text =
        "[inputs]\nx = { domain = \"finite\" }\n[parameters]\na = { domain = \"finite\" }\n[formula]\nloss = \"a*x\"";
    let spec = Spec::parse("line", "line.toml", text).unwrap();
    runner(2000)
        .run(&strategy, |(digits, near, far)| {
            for (format, power) in [(Format::F32, near), (Format::F64, far)] {
                let said = format!("{digits}e{power}");
                let expected = match format {
                    Format::F32 => f64::from(said.parse::<f32>().unwrap()),
                    Format::F64 => said.parse::<f64>().unwrap(),
                };
                let settled = settle(&spec, &[("a".to_string(), Choice::parse(&said).unwrap())], format);
                match settled {
                    Ok(settled) => {
                        let Setting::Fixed { value, .. } = settled[0].setting else { panic!("{said}") };
                        prop_assert_eq!(value.to_bits(), expected.to_bits(), "{}", said);
                    }
                    Err(_) => prop_assert!(expected.is_infinite(), "{}", said),
                }
            }
            Ok(())
        })
        .unwrap();
}
