//! A derivation → Markdown.

use super::words::Word;
use super::{Lang, Sheet, chain, in_language, inputs, parameters, reason};
use crate::derivation::{Judged, Status, Step};
use crate::spec::Spec;

/// A derivation.
pub fn derivation(sheet: &Sheet) -> String {
    let (derivation, lang) = (sheet.derivation, sheet.lang);
    let mut text = statement(&derivation.spec, lang);
    if !derivation.derived.is_empty() {
        text.push_str(&format!("\n## {}\n", Word::Derivatives.of(lang)));
    }
    for derived in &derivation.derived {
        text.push_str(&format!("\n### {}\n\n`{} = {}`\n", code(&derived.name), derived.of, derived.form));
        text.push_str(&steps(&derived.steps, lang));
    }
    for note in &derivation.notes {
        text.push_str(&format!("\n{note}\n"));
    }
    if !derivation.claims.is_empty() {
        text.push_str(&format!("\n## {}\n", Word::Claims.of(lang)));
    }
    for claim in &derivation.claims {
        text.push_str(&judged(claim, lang));
    }
    if let Some(forms) = &sheet.forms {
        text.push_str(&format!("\n## {}\n\n", Word::StableForms.of(lang)));
        text.push_str(&match forms {
            Ok(kernel) => format!("```text\n{kernel}```\n"),
            Err(message) => format!("{}: {}\n", Word::NoForms.of(lang), message.text),
        });
    }
    text.push_str(&format!("\n{}: {}\n", Word::RuleBook.of(lang), code(&derivation.rules_digest)));
    text
}

fn statement(spec: &Spec, lang: Lang) -> String {
    let mut text = format!("# {} ({})\n", in_language(&spec.title, lang), code(&spec.name));
    if !spec.source.is_empty() {
        text.push_str(&format!("\n{}\n", spec.source));
    }
    text.push_str(&format!("\n## {}\n\n", Word::Statement.of(lang)));
    text.push_str(&format!("- {}: {}\n", Word::Inputs.of(lang), inputs(spec)));
    if !spec.parameters.is_empty() {
        text.push_str(&format!("- {}: {}\n", Word::Parameters.of(lang), parameters(spec)));
    }
    let width = spec.formula.iter().map(|line| line.name.len()).max().unwrap_or(0);
    text.push_str("\n```text\n");
    for line in &spec.formula {
        text.push_str(&format!("{:width$} = {}\n", line.name, line.value));
    }
    text.push_str("```\n");
    text
}

fn judged(claim: &Judged, lang: Lang) -> String {
    let status = match &claim.status {
        Status::Proved => Word::Proved.of(lang).to_string(),
        Status::Unsettled(why) => format!("{}: {why}", Word::Unsettled.of(lang)),
    };
    let source = if claim.source.is_empty() { String::new() } else { format!(" ({})", claim.source) };
    let head = format!("\n### {}: {status}\n\n`{} == {}`{source}\n", code(&claim.name), claim.lhs, claim.rhs);
    let case = |(case, case_steps): &(String, Vec<Step>)| {
        format!("\n{} {}:\n{}", Word::Case.of(lang), code(case), steps(case_steps, lang))
    };
    head + &steps(&claim.steps, lang) + &claim.cases.iter().map(case).collect::<String>()
}

fn steps(steps: &[Step], lang: Lang) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let mut text = format!("\n| | {} | {} |\n|---|---|---|\n", Word::Formula.of(lang), Word::Reason.of(lang));
    for line in chain(steps) {
        text.push_str(&match line.step {
            None => format!("| | `{}` | |\n", line.formula),
            Some(step) => format!("| = | `{}` | {} |\n", line.formula, reason(step).replace('|', "\\|")),
        });
    }
    text
}

fn code(text: &str) -> String {
    format!("`{text}`")
}
