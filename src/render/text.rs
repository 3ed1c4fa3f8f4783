//! Losses and rules → plain text for a terminal.

use super::{Lang, columns, in_language, inputs, parameters, side, verdict};
use crate::expr::Expr;
use crate::rule::RuleBook;
use crate::spec::Spec;
use crate::verify::rules::{JudgedRule, RuleVerdict};

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
