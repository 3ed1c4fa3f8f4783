//! Losses, rules and derivations → plain text for a terminal.

use super::Lang;
use super::words::Word;
use super::{Sheet, chain, columns, in_language, inputs, padded, parameters, reason, side, verdict, width};
use crate::derivation::{Derived, Judged, Status, Step};
use crate::expr::Expr;
use crate::rule::RuleBook;
use crate::spec::Spec;
use crate::verify::rules::{JudgedRule, RuleVerdict};

/// Lines up to this width have their reason beside them, wider ones below.
const BESIDE: usize = 64;
/// Formulas up to this width are printed whole at every step; of wider ones, the part that changes.
const WHOLE: usize = 76;

/// The losses, a line each.
pub fn losses(specs: &[Spec]) -> String {
    let row = |spec: &Spec| {
        let title = in_language(&spec.title, Lang::En).to_string();
        vec![spec.name.clone(), title, inputs(spec), parameters(spec), spec.source.clone()]
    };
    columns(&specs.iter().map(row).collect::<Vec<_>>())
}

/// The rule book, group by group, rejected rules with their points.
pub fn rules(book: &RuleBook) -> String {
    let mut rows: Vec<(&str, Vec<String>)> = Vec::new();
    for rule in &book.rules {
        let arrow = if rule.both_ways { "<=>" } else { "=>" };
        let mut when = join(&rule.when);
        if !when.is_empty() {
            when.insert_str(0, "when ");
        }
        let row =
            [&format!("  {}", rule.name), &rule.lhs.to_string(), arrow, &rule.rhs.to_string(), &when, &rule.source];
        rows.push((&rule.group, row.map(ToString::to_string).to_vec()));
    }
    for rule in &book.rejected {
        let at: Vec<String> = rule.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let (name, at) = (format!("! {}", rule.name), format!("at {}", at.join(", ")));
        let row = [&name, &rule.lhs.to_string(), "=>", &rule.rhs.to_string(), &at, &rule.source];
        rows.push((&rule.group, row.map(ToString::to_string).to_vec()));
    }
    let mut groups: Vec<&str> = rows.iter().map(|(group, _)| *group).collect();
    groups.dedup();
    groups.sort_unstable();
    groups.dedup();
    let table = |group: &&str| {
        let rows: Vec<_> = rows.iter().filter(|(of, _)| of == group).map(|(_, row)| row.clone()).collect();
        format!("{group}\n{}", columns(&rows))
    };
    groups.iter().map(table).collect::<Vec<_>>().join("\n")
}

/// What the doubter says of each rule, then what it found against some.
pub fn judged_rules(judged: &[JudgedRule]) -> String {
    let row = |rule: &JudgedRule| {
        let mark = if rule.rejected { "!" } else { " " };
        let fires = match (rule.rejected, rule.fired) {
            (true, _) => "",
            (false, true) => "fires",
            (false, false) => "never fires",
        };
        let points = if rule.points == 1 { "1 point".to_string() } else { format!("{} points", rule.points) };
        vec![format!("{mark} {}", rule.name), verdict(rule).to_string(), points, fires.to_string()]
    };
    let mut text = columns(&judged.iter().map(row).collect::<Vec<_>>());
    for rule in judged.iter().filter(|rule| !rule.holds()) {
        text.push_str(&finding(rule));
    }
    let (rejected, rules): (Vec<_>, Vec<_>) = judged.iter().partition(|rule| rule.rejected);
    text.push_str(&match judged.iter().filter(|rule| !rule.holds()).count() {
        0 => format!("\nall hold: {} rules and {} rejected ones\n", rules.len(), rejected.len()),
        1 => "\n1 finding\n".to_string(),
        findings => format!("\n{findings} findings\n"),
    });
    text
}

fn finding(rule: &JudgedRule) -> String {
    let head = format!("\nrefuted: rule {}, {}\n", rule.name, verdict(rule));
    match &rule.verdict {
        RuleVerdict::Differs(witness) | RuleVerdict::Undefined(witness) | RuleVerdict::Survives(witness) => {
            let at: Vec<String> = witness.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            format!(
                "{head}  at     {}\n  left   {}\n  right  {}\n",
                at.join(", "),
                side(witness.lhs),
                side(witness.rhs)
            )
        }
        RuleVerdict::TooFew => {
            format!("{head}  its conditions are too hard to meet, or its sides too hard to settle\n")
        }
        RuleVerdict::Stands => format!("\nunused: rule {} fires in no derivation of a built-in loss\n", rule.name),
    }
}

fn join(conditions: &[Expr]) -> String {
    conditions.iter().map(Expr::to_string).collect::<Vec<_>>().join(", ")
}

/// A derivation.
pub fn derivation(sheet: &Sheet) -> String {
    let (derivation, lang) = (sheet.derivation, sheet.lang);
    let mut text = statement(&derivation.spec, lang);
    if !derivation.derived.is_empty() {
        text.push_str(&heading(Word::Derivatives.of(lang)));
        text.push_str(&derivation.derived.iter().map(derived).collect::<Vec<_>>().join("\n"));
    }
    for note in &derivation.notes {
        text.push_str(&format!("\n{note}\n"));
    }
    if !derivation.claims.is_empty() {
        text.push_str(&heading(Word::Claims.of(lang)));
        text.push_str(&derivation.claims.iter().map(|claim| judged(claim, lang)).collect::<Vec<_>>().join("\n"));
    }
    if let Some(forms) = &sheet.forms {
        text.push_str(&heading(Word::StableForms.of(lang)));
        text.push_str(&match forms {
            Ok(kernel) => kernel.to_string(),
            Err(message) => format!("{}: {}\n", Word::NoForms.of(lang), message.text),
        });
    }
    text.push_str(&format!("\n{} {}\n", Word::RuleBook.of(lang), derivation.rules_digest));
    text
}

fn statement(spec: &Spec, lang: Lang) -> String {
    let mut text = format!("{} ({})\n", in_language(&spec.title, lang), spec.name);
    if !spec.source.is_empty() {
        text.push_str(&format!("{}\n", spec.source));
    }
    text.push_str(&heading(Word::Statement.of(lang)));
    let mut about = vec![(Word::Inputs.of(lang), inputs(spec))];
    if !spec.parameters.is_empty() {
        about.push((Word::Parameters.of(lang), parameters(spec)));
    }
    let about: Vec<Vec<String>> = about.into_iter().map(|(word, text)| vec![format!("  {word}"), text]).collect();
    text.push_str(&columns(&about));
    text.push('\n');
    let name = spec.formula.iter().map(|line| width(&line.name)).max().unwrap_or(0);
    for line in &spec.formula {
        text.push_str(&format!("  {} = {}\n", padded(&line.name, name), line.value));
    }
    text
}

fn heading(words: &str) -> String {
    format!("\n{words}\n{}\n", "-".repeat(width(words)))
}

fn derived(derived: &Derived) -> String {
    let mut text = format!("{} = {} = {}\n", derived.name, derived.of, derived.form);
    text.push_str(&steps(&derived.steps));
    text
}

fn judged(claim: &Judged, lang: Lang) -> String {
    let status = match &claim.status {
        Status::Proved => Word::Proved.of(lang).to_string(),
        Status::Unsettled(why) => format!("{}: {why}", Word::Unsettled.of(lang)),
    };
    let source = if claim.source.is_empty() { String::new() } else { format!("  ({})", claim.source) };
    let mut text = format!("{}: {status}{source}\n  {} == {}\n", claim.name, claim.lhs, claim.rhs);
    text.push_str(&steps(&claim.steps));
    for (case, case_steps) in &claim.cases {
        text.push_str(&format!("  {} {case}\n{}", Word::Case.of(lang), steps(case_steps)));
    }
    text
}

/// The steps of a proof, by cases where it has them.
pub fn proof(judged: &Judged) -> String {
    let case = |(case, steps_of): &(String, Vec<Step>)| format!("  case {case}\n{}", steps(steps_of));
    steps(&judged.steps) + &judged.cases.iter().map(case).collect::<String>()
}

/// A line a step, its reason beside it, or below where the line is wide.
fn steps(steps: &[Step]) -> String {
    let lines = chain(steps);
    let last = |at: usize| lines.get(at + 1).is_none_or(|next| next.step.is_none());
    let rows: Vec<(String, Option<String>)> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| match line.step {
            None => (format!("      {}", line.formula), None),
            Some(step) => {
                (format!("    = {}", if last(at) { step.after.to_string() } else { change(step) }), Some(reason(step)))
            }
        })
        .collect();
    let column = rows.iter().map(|(row, _)| width(row)).filter(|width| *width <= BESIDE).max().unwrap_or(BESIDE);
    let mut text = String::new();
    for (row, reason) in rows {
        match reason {
            None => text.push_str(&row),
            Some(reason) if width(&row) <= column => text.push_str(&format!("{}  ; {reason}", padded(&row, column))),
            Some(reason) => text.push_str(&format!("{row}\n{}  ; {reason}", " ".repeat(column))),
        }
        text.push('\n');
    }
    text
}

/// The formula after a step; where that is wide, the part that changed: `... before => after ...`.
fn change(step: &Step) -> String {
    let whole = step.after.to_string();
    if width(&whole) <= WHOLE || step.at.is_empty() {
        return whole;
    }
    match (part(&step.before, &step.at), part(&step.after, &step.at)) {
        (Some(before), Some(after)) => format!("... {before} => {after} ..."),
        _ => whole,
    }
}

fn part<'a>(expr: &'a Expr, at: &[usize]) -> Option<&'a Expr> {
    at.iter().try_fold(expr, |expr, place| expr.operands().get(*place))
}
