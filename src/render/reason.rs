//! A line of a derivation → its heading and its reason in words, with the formulas that it speaks of.

use super::words::{self, Lang};
use crate::derivation::Step;
use crate::derivation::shown::{Shown, Stage};
use crate::diff;
use crate::expr::Expr;
use crate::notation::{Origin, conditions};
use crate::op::Op;
use crate::rule::{Rule, RuleBook};

/// A piece of a reason.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// A formula.
    Formula(Expr),
    /// A word of the command line.
    Code(String),
}

/// Rows of the table of derivatives that go without saying where others are used.
const PLAIN: &[&str] =
    &["d-variable", "d-constant", "d-sum", "d-difference", "d-negation", "d-factor", "d-divisor", "d-chain"];
/// A longer formula is not named in a reason.
const LONGEST: usize = 8;

/// The key of a stage in the table of words.
pub fn key(stage: Stage) -> &'static str {
    match stage {
        Stage::Derived => "derived",
        Stage::Chain => "chain",
        Stage::Definition => "definition",
        Stage::Outer => "outer",
        Stage::Inner => "inner",
        Stage::Multiply => "multiply",
        Stage::Factor => "factor",
        Stage::Collect => "collect",
        Stage::Cases => "cases",
        Stage::Case => "case",
        Stage::Rewrite => "rewrite",
    }
}

/// The heading of the line.
pub fn heading(shown: &Shown, lang: Lang) -> &'static str {
    words::find("stages", key(shown.stage), lang).unwrap_or_default()
}

/// The reason of the line.
pub fn reason(shown: &Shown, lang: Lang) -> Vec<Piece> {
    let steps = &shown.steps;
    let mut parts: Vec<Vec<Piece>> = Vec::new();
    if matches!(shown.stage, Stage::Multiply | Stage::Factor | Stage::Collect | Stage::Cases) {
        parts.push(filled(key(shown.stage), &[], lang));
    }
    parts.extend(lemmas(steps, lang));
    parts.extend(chains(steps, lang));
    parts.extend(opened(steps, lang));
    parts.extend(rows(steps, lang));
    let laws: Vec<&Rule> = used(steps);
    let of_arithmetic = |rule: &&&Rule| &*rule.group == "arithmetic";
    if laws.iter().any(|rule| of_arithmetic(&rule)) {
        parts.push(filled("powers", &[], lang));
    }
    for rule in laws.iter().filter(|rule| !of_arithmetic(rule)) {
        let law = Expr::apply(Op::Eq, &[rule.lhs.clone(), rule.rhs.clone()]);
        parts.push(filled("identity", &[("law", law)], lang));
    }
    if matches!(shown.stage, Stage::Multiply | Stage::Collect) && steps.iter().any(|step| &*step.rule == "field") {
        parts.push(filled("cancel", &[], lang));
    }
    if steps.iter().any(|step| &*step.rule == "case") {
        parts.push(filled("case", &[], lang));
    }
    if steps.iter().any(|step| &*step.rule == "branch") {
        parts.push(filled("branch", &[], lang));
    }
    parts.extend(named(steps, lang));
    if parts.is_empty() {
        parts.push(filled("ring", &[], lang));
    }
    joined(parts, lang)
}

/// The reason of an elementary step in words.
pub fn of_step(step: &Step, lang: Lang) -> String {
    if lang == Lang::En {
        return step.why.clone();
    }
    let section = if step.rule.starts_with("d-") { "derivatives" } else { "rules" };
    let found = words::find(section, &step.rule, lang);
    let reason = |key| words::find("reasons", key, lang).unwrap_or_default().to_string();
    match (found, &*step.rule) {
        (Some(words), _) => words.to_string(),
        (None, "derived") => words::find("stages", "derived", lang).unwrap_or_default().to_string(),
        (None, "definition") => words::word("definition", lang).to_string(),
        (None, rule) => reason(rule),
    }
}

/// The part that the step changes, before and after.
pub fn change(step: &Step) -> Option<(&Expr, &Expr)> {
    let part = |whole| step.at.iter().try_fold(whole, |expr: &Expr, place| expr.operands().get(*place));
    Some((part(&step.before)?, part(&step.after)?))
}

/// The position that all steps of the line lie within, as far as the formula after it has it.
pub fn mark(shown: &Shown) -> Vec<usize> {
    let mut common: Option<Vec<usize>> = None;
    for step in &shown.steps {
        let shared =
            common.map(|known| known.iter().zip(&step.at).take_while(|(a, b)| a == b).map(|(a, _)| *a).collect());
        common = Some(shared.unwrap_or_else(|| step.at.clone()));
    }
    common.unwrap_or_default()
}

fn filled(key: &str, with: &[(&str, Expr)], lang: Lang) -> Vec<Piece> {
    put_in(words::find("reasons", key, lang).unwrap_or_default(), with)
}

/// The template with formulas in place of what stands in braces.
fn put_in(template: &str, with: &[(&str, Expr)]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (place, part) in template.split(['{', '}']).enumerate() {
        match with.iter().find(|(name, _)| place % 2 == 1 && *name == part) {
            Some((_, formula)) => pieces.push(Piece::Formula(formula.clone())),
            None if part.is_empty() => {}
            None if place % 2 == 1 => pieces.push(written(part)),
            None => pieces.push(Piece::Words(part.to_string())),
        }
    }
    pieces
}

/// A formula that a template writes out in the notation.
fn written(part: &str) -> Piece {
    match conditions(part, &Origin::alone("derivations/terms.toml", part)).as_deref() {
        Ok([formula]) => Piece::Formula(formula.clone()),
        _ => Piece::Words(part.to_string()),
    }
}

fn joined(parts: Vec<Vec<Piece>>, lang: Lang) -> Vec<Piece> {
    let between = if lang == Lang::Zh { "；" } else { "; " };
    let mut all: Vec<Piece> = Vec::new();
    let mut said: Vec<Vec<Piece>> = Vec::new();
    for part in parts {
        if said.contains(&part) {
            continue;
        }
        if !all.is_empty() {
            all.push(Piece::Words(between.to_string()));
        }
        all.extend(part.clone());
        said.push(part);
    }
    all
}

fn lemmas(steps: &[Step], lang: Lang) -> Vec<Vec<Piece>> {
    let lemma = |step: &Step| {
        let (before, after) = change(step)?;
        let of = if matches!(before, Expr::Apply(Op::D, _)) { before } else { after };
        Some(filled("derived", &[("lemma", of.clone())], lang))
    };
    steps.iter().filter(|step| &*step.rule == "derived").filter_map(lemma).collect()
}

fn chains(steps: &[Step], lang: Lang) -> Vec<Vec<Piece>> {
    let chain = |step: &Step| {
        let (before, after) = change(step)?;
        let (whole, product) = if matches!(before, Expr::Apply(Op::D, _)) { (before, after) } else { (after, before) };
        let [of, by] = whole.operands() else { return None };
        let through = product.operands().get(1)?.operands().first()?;
        let key = if of.size() <= LONGEST { "chain" } else { "chain_expr" };
        Some(filled(key, &[("of", of.clone()), ("by", by.clone()), ("through", through.clone())], lang))
    };
    steps.iter().filter(|step| &*step.rule == diff::CHAIN.0).filter_map(chain).collect()
}

fn opened(steps: &[Step], lang: Lang) -> Vec<Vec<Piece>> {
    definitions(steps, true, "definition", lang)
}

fn named(steps: &[Step], lang: Lang) -> Vec<Vec<Piece>> {
    definitions(steps, false, "named", lang)
}

fn definitions(steps: &[Step], opens: bool, key: &str, lang: Lang) -> Vec<Vec<Piece>> {
    let name = |step: &Step| {
        let (before, after) = change(step)?;
        let name = if opens { before } else { after };
        matches!(name, Expr::Symbol(_)).then(|| filled(key, &[("name", name.clone())], lang))
    };
    steps.iter().filter(|step| &*step.rule == diff::DEFINITION.0).filter_map(name).collect()
}

/// The rows of the table of derivatives that are worth naming, else those that were used.
fn rows(steps: &[Step], lang: Lang) -> Vec<Vec<Piece>> {
    let rows: Vec<&Step> =
        steps.iter().filter(|step| step.rule.starts_with("d-") && &*step.rule != diff::CHAIN.0).collect();
    let telling: Vec<&Step> = rows.iter().filter(|step| !PLAIN.contains(&&*step.rule)).copied().collect();
    let plain = |step: &&Step| !["d-variable", "d-constant"].contains(&&*step.rule);
    let chosen = match (telling.is_empty(), rows.iter().any(plain)) {
        (false, _) => telling,
        (true, true) => rows.into_iter().filter(plain).collect(),
        (true, false) => rows,
    };
    chosen.into_iter().map(|step| row_in_line(step, lang)).collect()
}

/// A row of the table as a line names it; the elementary step says it in plain words.
fn row_in_line(step: &Step, lang: Lang) -> Vec<Piece> {
    match words::find("rows", &step.rule, lang) {
        Some(template) => put_in(template, &[]),
        None => vec![Piece::Words(of_step(step, lang))],
    }
}

/// The rules of the book that are used, each once.
fn used(steps: &[Step]) -> Vec<&'static Rule> {
    let mut found: Vec<&Rule> = Vec::new();
    for step in steps {
        if let Some(rule) = RuleBook::builtin().rules.iter().find(|rule| rule.name == step.rule)
            && !found.iter().any(|known| known.name == rule.name)
        {
            found.push(rule);
        }
    }
    found
}
