//! Losses, rules and derivations → text for a terminal, Markdown, LaTeX, HTML or JSON.
//!
//! What is printed is a function of the values alone. Every form says the same: the statement, each derivative with
//! its chain of steps, each claim with its status and chain, and the stable forms with the bounds proved.

mod classes;
mod forms;
mod html;
pub mod json;
mod latex;
mod markdown;
mod math;
pub(crate) mod page;
pub(crate) mod plain;
mod reason;
pub mod text;
pub(crate) mod words;

use crate::derivation::Derivation;
use crate::domain::Domain;
use crate::kernel::Kernel;
use crate::message::Message;
use crate::oracle::Outcome;
use crate::spec::{Parameter, Spec, Text};
use crate::verify::rules::{JudgedRule, RuleVerdict};

pub use words::Lang;

/// How a derivation is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Plain text; `full` shows the elementary steps.
    Text {
        /// Are the elementary steps shown?
        full: bool,
    },
    /// Markdown with formulas in TeX.
    Markdown,
    /// LaTeX: a part to paste, or a whole document.
    Latex {
        /// Is it a whole document?
        standalone: bool,
    },
    /// One file of HTML with MathML.
    Html,
    /// JSON.
    Json,
}

/// The derivation in a format.
pub fn derivation(sheet: &Sheet, format: Format) -> String {
    if format == Format::Json {
        return json::derivation(sheet);
    }
    let page = page::of(sheet);
    match format {
        Format::Text { full } => plain::text(&page, sheet.lang, full),
        Format::Markdown => markdown::text(&page, sheet.lang),
        Format::Latex { standalone } => latex::text(&page, sheet.lang, standalone),
        _ => html::text(&page, sheet.lang),
    }
}

/// What a derivation is printed from.
pub struct Sheet<'a> {
    /// The derivation.
    pub derivation: &'a Derivation,
    /// The stable forms as one kernel, or why there are none; `None` where they were not asked for.
    pub forms: Option<Result<Kernel, Message>>,
    /// Language of titles and headings.
    pub lang: Lang,
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

    fn derived(name: &str) -> Derivation {
        let spec = Spec::builtin(name).expect("it comes with the tool");
        crate::derivation::derive(&spec, crate::rule::RuleBook::builtin()).expect("differentiable")
    }

    fn printed(lang: Lang, format: Format) -> String {
        let derivation = derived("focal_binary");
        let forms = Some(Err(Message::new("no finite bound")));
        super::derivation(&Sheet { derivation: &derivation, forms, lang }, format)
    }

    #[test]
    fn text_marks_what_changed_and_unfolds() {
        let text = printed(Lang::En, Format::Text { full: false });
        let line = "  2 Definition: write out loss\n  = d([-alpha_t * (1 - p_t)^gamma * log(p_t)], p_t) * d(p_t, z)\n";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("\nnone found: no finite bound\n"), "{text}");
        assert!(!text.contains("d-product"), "{text}");
        assert!(printed(Lang::En, Format::Text { full: true }).contains("        d-product "));
    }

    #[test]
    fn chinese_is_chinese() {
        let text = printed(Lang::Zh, Format::Markdown);
        for heading in ["定义", "外层求导", "内层求导", "链式法则", "代入", "合并同类项", "数值稳定形式与误差界"]
        {
            assert!(text.contains(heading), "{heading}: {text}");
        }
        for word in ["Chain rule", "derivative", "by definition", "step"] {
            let claims = text.find("## 与文献公式对照").expect("the claims");
            assert!(!text[..claims].contains(word), "{word}: {text}");
        }
    }

    #[test]
    fn markdown_folds_the_steps_away() {
        let text = printed(Lang::En, Format::Markdown);
        let formula = r"```math
= \alpha_{t}\,(1 - p_{t})^{\gamma}\,(\gamma\,p_{t}\,\log(p_{t}) - (1 - p_{t}))
```";
        assert!(text.contains(formula), "{text}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        assert!(rows.clone().all(|row| row.matches('|').count() == 4), "{text}");
    }

    #[test]
    fn html_and_latex_are_balanced() {
        let html = printed(Lang::Zh, Format::Html);
        for name in
            ["mrow", "msup", "msub", "mfrac", "mtable", "mtr", "mtd", "math", "details", "table", "tr", "td", "div"]
        {
            let opened = html.matches(&format!("<{name}>")).count() + html.matches(&format!("<{name} ")).count();
            assert_eq!(opened, html.matches(&format!("</{name}>")).count(), "{name}");
        }
        assert!(!html.contains("http") && !html.contains("src="), "it loads something");
        // what browsers set in the middle, so that equal signs do not stand below one another
        assert!(!html.contains("display=\"block\"") && html.contains("<mtext>其他</mtext>"), "{html}");
        let latex = printed(Lang::Zh, Format::Latex { standalone: true });
        assert!(latex.starts_with("\\documentclass{ctexart}"), "{latex}");
        assert_eq!(latex.matches("\\begin{").count(), latex.matches("\\end{").count());
        assert_eq!(latex.matches('{').count(), latex.matches('}').count());
    }

    #[test]
    fn json_keeps_the_order_of_keys() {
        let text = printed(Lang::En, Format::Json);
        let keys = ["loss", "statement", "derived", "claims", "forms", "no_forms", "rules_digest"];
        let places: Vec<usize> = keys.iter().filter_map(|key| text.find(&format!("\n  \"{key}\":"))).collect();
        assert!(places.len() == keys.len() && places.is_sorted(), "{text}");
        let keys = ["before", "after", "rule", "why", "at", "substeps"];
        let places: Vec<usize> = keys.iter().filter_map(|key| text.find(&format!("\n          \"{key}\":"))).collect();
        assert!(places.len() == keys.len() && places.is_sorted(), "{text}");
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
