//! Losses, rules and derivations → text for a terminal, Markdown or JSON.
//!
//! What is printed is a function of the values alone. Every form says the same: the statement, each derivative with
//! its chain of steps, each claim with its status and chain, and the stable forms with the bounds proved.

pub mod json;
pub mod markdown;
pub mod text;
mod words;

use crate::derivation::{Derivation, Step};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::Kernel;
use crate::message::Message;
use crate::oracle::Outcome;
use crate::spec::{Parameter, Spec, Text};
use crate::verify::rules::{JudgedRule, RuleVerdict};

pub use words::Lang;

/// What a derivation is printed from.
pub struct Sheet<'a> {
    /// The derivation.
    pub derivation: &'a Derivation,
    /// The stable forms as one kernel, or why there are none; `None` where they were not asked for.
    pub forms: Option<Result<Kernel, Message>>,
    /// Language of titles and headings.
    pub lang: Lang,
}

/// A line of a chain: a formula, and the step that led to it from the line above.
struct Line<'a> {
    formula: &'a Expr,
    step: Option<&'a Step>,
}

/// The lines of a chain. A step that does not begin where the one before ended begins a new chain.
fn chain(steps: &[Step]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line> = Vec::new();
    for step in steps {
        if lines.last().is_none_or(|last| *last.formula != step.before) {
            lines.push(Line { formula: &step.before, step: None });
        }
        lines.push(Line { formula: &step.after, step: Some(step) });
    }
    lines
}

/// The reason of a step: its words and the name of its rule.
fn reason(step: &Step) -> String {
    if step.why.is_empty() || *step.why == *step.rule {
        step.rule.to_string()
    } else {
        format!("{} ({})", step.why, step.rule)
    }
}

/// A name with its domain; that it is a finite number goes without saying.
fn lies(name: &str, domain_of: &Domain) -> String {
    match domain_of {
        Domain::Finite => name.to_string(),
        other => format!("{name} in {other}"),
    }
}

/// A parameter with its domain, and whether it may be none.
fn parameter(parameter: &Parameter) -> String {
    let none = if parameter.none.is_some() { " or none" } else { "" };
    format!("{}{none}", lies(&parameter.name, &parameter.domain))
}

/// What became of a rule, in words.
fn verdict(rule: &JudgedRule) -> &'static str {
    match rule.verdict {
        RuleVerdict::Stands if rule.rejected => "is false at its point",
        RuleVerdict::Stands => "holds",
        RuleVerdict::Differs(_) => "the sides differ",
        RuleVerdict::Undefined(_) => "makes something undefined",
        RuleVerdict::TooFew => "too few points",
        RuleVerdict::Survives(_) => "is not false at its point",
    }
}

/// The value of a side of a rule, to the digits of f64.
fn side(outcome: Outcome) -> String {
    match outcome {
        Outcome::Value(known) => format!("{:?}", known.to_f64()),
        Outcome::Undefined => "undefined".to_string(),
        Outcome::Unsettled => "unsettled".to_string(),
    }
}

/// Every input with its domain and unit.
fn inputs(spec: &Spec) -> String {
    let one = |input: &crate::spec::Input| {
        let unit = if input.unit.is_empty() { String::new() } else { format!(" ({})", input.unit) };
        format!("{}{unit}", lies(&input.name, &input.domain))
    };
    spec.inputs.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Every parameter; a dash where there is none.
fn parameters(spec: &Spec) -> String {
    if spec.parameters.is_empty() {
        return "-".to_string();
    }
    spec.parameters.iter().map(parameter).collect::<Vec<_>>().join(", ")
}

/// A text in the language; in the other one where it is missing.
fn in_language(text: &Text, lang: Lang) -> &str {
    match (lang, text.en.is_empty(), text.zh.is_empty()) {
        (Lang::En, false, _) | (Lang::Zh, false, true) => &text.en,
        (Lang::Zh, _, false) | (Lang::En, true, _) => &text.zh,
        (Lang::Zh, true, true) => "",
    }
}

/// Columns on a terminal: Chinese characters and full-width marks take two.
fn width(text: &str) -> usize {
    text.chars().map(|c| if matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}') { 2 } else { 1 }).sum()
}

/// The text with blanks up to a width.
fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Rows in aligned columns, two blanks between them; the last column is not padded.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, to)| padded(cell, *to)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::derivation::{Judged, Status};

    fn step(before: &str, after: &str, rule: &str, why: &str) -> Step {
        let read = |text: &str| Expr::parse(text).expect("a formula");
        let at = if rule == "sum-swap" { vec![0] } else { vec![] };
        Step { before: read(before), after: read(after), rule: rule.into(), why: why.to_string(), at }
    }

    /// A made-up derivation; what is printed does not depend on whether it is right.
    fn derivation() -> Derivation {
        let spec = Spec::builtin("cross_entropy_binary").expect("it comes with the tool");
        let wide = "log(sigmoid(x)) * log(sigmoid(x)) * (log(sigmoid(x)) + log(sigmoid(x)))";
        let steps = vec![
            step("2 * log(sigmoid(x))", "2 * -softplus(-x)", "log-sigmoid", "log of 1/(1 + e^-a)"),
            step("2 * -softplus(-x)", &format!("(1 + x) - {wide}"), "definition", ""),
            step(&format!("(1 + x) - {wide}"), &format!("(x + 1) - {wide}"), "sum-swap", "order does not count"),
            step(&format!("(x + 1) - {wide}"), "x", "zero", ""),
            step("y", "b", "elsewhere", "a new chain"),
        ];
        let claims = vec![Judged {
            name: "twice".to_string(),
            lhs: steps[0].before.clone(),
            rhs: steps[3].after.clone(),
            source: "a book".to_string(),
            status: Status::Unsettled("8000 nodes".to_string()),
            steps,
            cases: vec![("y = 0".to_string(), vec![step("x", "b", "case", "given")])],
        }];
        Derivation {
            spec,
            inner: None,
            derived: vec![],
            notes: vec!["no second derivative".to_string()],
            claims,
            fired: BTreeSet::new(),
            rules_digest: "0123456789abcdef".to_string(),
        }
    }

    fn sheet(derivation: &Derivation, lang: Lang) -> Sheet<'_> {
        Sheet { derivation, forms: Some(Err(Message::new("no finite bound"))), lang }
    }

    #[test]
    fn text_puts_reasons_beside_formulas() {
        let expected = "\
Binary cross entropy on logits (cross_entropy_binary)
Lin et al. 2017, eq. 1 to 3

Definition
----------
  inputs      x (logit), y in {0, 1}
  parameters  alpha in [0, 1] or none

  z       = (2 * y - 1) * x
  p_t     = sigmoid(z)
  alpha_t = where(y == 1, alpha, 1 - alpha)
  loss    = -alpha_t * log(p_t)

no second derivative

Claims
------
twice: unsettled: 8000 nodes  (a book)
  2 * log(sigmoid(x)) == x
      2 * log(sigmoid(x))
    = 2 * -softplus(-x)       ; log of 1/(1 + e^-a) (log-sigmoid)
    = 1 + x - log(sigmoid(x)) * log(sigmoid(x)) * (log(sigmoid(x)) + log(sigmoid(x)))
                              ; definition
    = ... 1 + x => x + 1 ...  ; order does not count (sum-swap)
    = x                       ; zero
      y
    = b                       ; a new chain (elsewhere)
  case y = 0
      x
    = b  ; given (case)

Stable forms and bounds
-----------------------
none found: no finite bound

rule book 0123456789abcdef
";
        assert_eq!(text::derivation(&sheet(&derivation(), Lang::En)), expected);
    }

    #[test]
    fn markdown_puts_them_into_a_table() {
        let text = markdown::derivation(&sheet(&derivation(), Lang::Zh));
        assert!(text.starts_with("# 二分类交叉熵（logit） (`cross_entropy_binary`)\n"), "{text}");
        assert!(text.contains("\n### `twice`: 未判定: 8000 nodes\n"), "{text}");
        assert!(text.contains("\n| | `2 * log(sigmoid(x))` | |\n| = | `2 * -softplus(-x)` |"), "{text}");
        let rows = text.lines().filter(|line| line.starts_with('|'));
        assert!(rows.clone().all(|row| row.matches('|').count() == 4), "{text}");
        assert_eq!(rows.count(), 2 + 7 + 2 + 2);
    }

    #[test]
    fn json_keeps_the_order_of_keys() {
        let text = json::derivation(&sheet(&derivation(), Lang::En));
        let keys = ["loss", "statement", "derived", "claims", "forms", "no_forms", "rules_digest"];
        let places: Vec<usize> = keys.iter().filter_map(|key| text.find(&format!("\n  \"{key}\":"))).collect();
        assert!(places.len() == keys.len() && places.is_sorted(), "{text}");
        let keys = ["name", "status", "limit", "lhs", "rhs", "source", "steps"];
        let places: Vec<usize> = keys.iter().filter_map(|key| text.find(&format!("\n      \"{key}\":"))).collect();
        assert!(places.len() == keys.len() && places.is_sorted(), "{text}");
        assert!(text.contains("\"why\": \"log of 1/(1 + e^-a)\""));
    }

    #[test]
    fn a_false_rule_is_shown_with_its_witness() {
        let text = "swap : a - b => b - a ; no source\nlog-one : log(1) => 0 ; true, but used by nobody\n! true : a * 1 => a at a = 2 ; it is not false";
        let book = crate::rule::RuleBook::parse(&[("made-up", text)]).expect("rules");
        let judged = crate::verify::rules::rules(&book, &BTreeSet::from(["swap".into()]));
        let text = text::judged_rules(&judged);
        let at = text.find("\nrefuted: rule swap, the sides differ\n  at     a = ").expect("a finding");
        let lines: Vec<&str> = text[at..].lines().skip(3).take(2).collect();
        let value = |line: &str| line.split_whitespace().last().and_then(|word| word.parse::<f64>().ok());
        let (left, right) = (value(lines[0]).expect("a number"), value(lines[1]).expect("a number"));
        assert!(left == -right && left != 0.0, "{text}");
        assert!(text.contains("\nunused: rule log-one fires in no derivation"), "{text}");
        assert!(
            text.contains("\nrefuted: rule true, is not false at its point\n  at     a = 2\n  left   2.0\n"),
            "{text}"
        );
        assert!(text.ends_with("\n3 findings\n"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&json::judged_rules(&judged)).expect("JSON");
        assert_eq!(json["holds"], false);
        assert_eq!(json["rules"][0]["witness"]["lhs"], format!("{left:?}"));
        assert_eq!(json["rules"][2]["witness"]["at"]["a"], "2");
    }

    #[test]
    fn chinese_takes_two_columns() {
        let rows = [["中文", "a"], ["abcde", "b"]].map(|row| row.map(str::to_string).to_vec());
        assert_eq!(columns(&rows), "中文   a\nabcde  b\n");
    }
}
