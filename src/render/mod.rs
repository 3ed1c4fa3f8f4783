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
use crate::rational::Rational;
use crate::spec::{Parameter, Spec, Text};

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

/// A domain as specs write it.
fn domain(domain: &Domain) -> String {
    let end =
        |value: &Option<Rational>, infinite: &str| value.as_ref().map_or(infinite.to_string(), Rational::to_string);
    match domain {
        Domain::Finite => "finite".to_string(),
        Domain::Interval { lo, lo_open, hi, hi_open } => {
            let (left, right) = (if *lo_open { '(' } else { '[' }, if *hi_open { ')' } else { ']' });
            format!("{left}{}, {}{right}", end(lo, "-inf"), end(hi, "inf"))
        }
        Domain::Set(values) => {
            format!("{{{}}}", values.iter().map(Rational::to_string).collect::<Vec<_>>().join(", "))
        }
    }
}

/// A name with its domain: `gamma >= 0` is easier to read than brackets, but brackets say the ends exactly.
fn lies(name: &str, domain_of: &Domain) -> String {
    match domain_of {
        Domain::Finite => name.to_string(),
        other => format!("{name} in {}", domain(other)),
    }
}

/// A parameter with its domain, and whether it may be none.
fn parameter(parameter: &Parameter) -> String {
    let none = if parameter.none.is_some() { " or none" } else { "" };
    format!("{}{none}", lies(&parameter.name, &parameter.domain))
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
