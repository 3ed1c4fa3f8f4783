//! A derivation → a page: headings, formulas and numbered lines with their reasons, in the order of reading.
//!
//! Every format sets the same page, so that each says the same.

use super::forms;
use super::reason::{self, Piece};
use super::words::{self, Lang, word};
use super::{Sheet, in_language};
use crate::derivation::shown::Shown;
use crate::derivation::{Derivation, Judged, Status, Step};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::Proved;
use crate::op::Op;
use crate::spec::Spec;

/// A part of the page.
#[derive(Clone, Debug)]
pub enum Block {
    /// The title.
    Title(String),
    /// A heading of the given level, from 2.
    Heading(usize, Vec<Piece>),
    /// A paragraph.
    Words(Vec<Piece>),
    /// Items of a list.
    List(Vec<Vec<Piece>>),
    /// Formulas one below the other, each an equation; equal signs aligned.
    Equations(Vec<(Expr, Expr)>),
    /// A formula that lines of a derivation begin with.
    Start(Expr),
    /// A line of a derivation.
    Line(Line),
    /// A table: its head, then its rows.
    Table(Vec<String>, Vec<Vec<Vec<Piece>>>),
}

/// A line of a derivation.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its number, from 1.
    pub number: usize,
    /// What is done.
    pub heading: &'static str,
    /// The reason.
    pub reason: Vec<Piece>,
    /// The formula that comes of it.
    pub formula: Expr,
    /// The part of it that changed; empty for the whole.
    pub mark: Vec<usize>,
    /// The elementary steps.
    pub steps: Vec<Step>,
}

/// The page.
pub fn of(sheet: &Sheet) -> Vec<Block> {
    let (derivation, lang) = (sheet.derivation, sheet.lang);
    let mut page = Vec::new();
    statement(&derivation.spec, lang, &mut page);
    if !derivation.derived.is_empty() {
        page.push(Block::Words(words_of(word("stands", lang))));
    }
    derivatives(derivation, lang, &mut page);
    page.extend(derivation.notes.iter().map(|note| Block::Words(words_of(note))));
    claims(derivation, lang, &mut page);
    stable_forms(sheet, &mut page);
    page.push(Block::Words(vec![Piece::Words(format!(
        "{}{}{}",
        word("rule_book", lang),
        colon(lang),
        derivation.rules_digest
    ))]));
    page
}

fn words_of(text: &str) -> Vec<Piece> {
    vec![Piece::Words(text.to_string())]
}

fn colon(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "：" } else { ": " }
}

fn brackets(text: &str, lang: Lang) -> String {
    if lang == Lang::Zh { format!("（{text}）") } else { format!(" ({text})") }
}

fn statement(spec: &Spec, lang: Lang, page: &mut Vec<Block>) {
    page.push(Block::Title(format!("{}{}", in_language(&spec.title, lang), brackets(&spec.name, lang))));
    if !spec.source.is_empty() {
        page.push(Block::Words(words_of(&format!("{}{}{}", word("source", lang), colon(lang), spec.source))));
    }
    page.push(Block::Heading(2, words_of(word("definition", lang))));
    let mut symbols = Vec::new();
    for input in &spec.inputs {
        symbols.push(symbol(&input.name, Some(&input.domain), false, lang));
    }
    for parameter in &spec.parameters {
        symbols.push(symbol(&parameter.name, Some(&parameter.domain), parameter.none.is_some(), lang));
    }
    for line in &spec.formula {
        if words::find("names", &line.name, lang).is_some() {
            symbols.push(symbol(&line.name, None, false, lang));
        }
    }
    page.push(Block::List(symbols));
    let equation = |line: &crate::spec::Definition| (Expr::Symbol(line.name.clone()), line.value.clone());
    page.push(Block::Equations(spec.formula.iter().map(equation).collect()));
}

/// A name, where it lies, and what it is.
fn symbol(name: &str, domain: Option<&Domain>, none: bool, lang: Lang) -> Vec<Piece> {
    let mut pieces = vec![Piece::Formula(Expr::symbol(name))];
    let mut lies = match domain {
        None | Some(Domain::Finite) => String::new(),
        Some(domain) => format!(" {} {domain}", word("in_domain", lang)),
    };
    if none {
        lies.push_str(&if lang == Lang::Zh {
            format!("（{}）", word("or_none", lang))
        } else {
            format!(" {}", word("or_none", lang))
        });
    }
    if let Some(words) = words::find("names", name, lang) {
        lies.push_str(&format!("{}{words}", colon(lang)));
    }
    pieces.push(Piece::Words(lies));
    pieces
}

fn derivatives(derivation: &Derivation, lang: Lang, page: &mut Vec<Block>) {
    for derived in &derivation.derived {
        let Some([of, by]) = derived.of.operands().get(..2) else { continue };
        let key = if matches!(of, Expr::Apply(Op::D, _)) { "hessian" } else { "backward" };
        let mut heading = words_of(word(key, lang));
        let (before, after) = if lang == Lang::Zh { ("（对 ", "）") } else { (" in ", "") };
        let words = |words: &str| Piece::Words(words.to_string());
        heading.extend([words(before), Piece::Formula(by.clone()), words(after)]);
        page.push(Block::Heading(2, heading));
        chain(&derived.of, &derived.shown, lang, page);
        page.push(Block::Words(words_of(&format!("{}{}{}", word("result", lang), colon(lang), derived.name))));
        page.push(Block::Equations(vec![(derived.of.clone(), derived.form.clone())]));
    }
}

fn chain(start: &Expr, shown: &[Shown], lang: Lang, page: &mut Vec<Block>) {
    if shown.is_empty() {
        return;
    }
    page.push(Block::Start(start.clone()));
    for (place, line) in shown.iter().enumerate() {
        let Some(last) = line.steps.last() else { continue };
        page.push(Block::Line(Line {
            number: place + 1,
            heading: reason::heading(line, lang),
            reason: reason::reason(line, lang),
            formula: last.after.clone(),
            mark: reason::mark(line),
            steps: line.steps.clone(),
        }));
    }
}

fn claims(derivation: &Derivation, lang: Lang, page: &mut Vec<Block>) {
    if !derivation.claims.is_empty() {
        page.push(Block::Heading(2, words_of(word("claims", lang))));
    }
    for claim in &derivation.claims {
        let status = match &claim.status {
            Status::Proved => word("proved", lang).to_string(),
            Status::Unsettled(why) => format!("{}{}{why}", word("unsettled", lang), colon(lang)),
        };
        page.push(Block::Heading(3, words_of(&format!("{}{}{status}", claim.name, colon(lang)))));
        if !claim.source.is_empty() {
            page.push(Block::Words(words_of(&format!("{}{}{}", word("source", lang), colon(lang), claim.source))));
        }
        page.push(Block::Equations(vec![(claim.lhs.clone(), claim.rhs.clone())]));
        proved(claim, lang, page);
    }
}

/// The lines of one proof, by cases where it has them.
pub fn proof(claim: &Judged, lang: Lang) -> Vec<Block> {
    let mut page = Vec::new();
    proved(claim, lang, &mut page);
    page
}

fn proved(claim: &Judged, lang: Lang, page: &mut Vec<Block>) {
    chain(&claim.lhs, &claim.shown, lang, page);
    let parted = claim.steps.last().map_or(&claim.lhs, |step| &step.after);
    for ((case, _), shown) in claim.cases.iter().zip(&claim.shown_cases) {
        page.push(Block::Words(words_of(&format!("{}{}{case}", word("case", lang), colon(lang)))));
        chain(parted, shown, lang, page);
    }
}

fn stable_forms(sheet: &Sheet, page: &mut Vec<Block>) {
    let lang = sheet.lang;
    let Some(found) = &sheet.forms else { return };
    page.push(Block::Heading(2, words_of(word("forms", lang))));
    let kernel = match found {
        Ok(kernel) => kernel,
        Err(message) => {
            let text = format!("{}{}{}", word("no_forms", lang), colon(lang), message.text);
            return page.push(Block::Words(words_of(&text)));
        }
    };
    page.push(Block::Words(words_of(&format!("{}{}{}", word("bound", lang), colon(lang), word("unit", lang)))));
    let rows = forms::of(kernel, &sheet.derivation.spec).into_iter().map(|form| {
        let regime = if form.regime.is_empty() {
            words_of(word("everywhere", lang))
        } else {
            let comma = if lang == Lang::Zh { "，" } else { ", " };
            let between = |(at, part): (usize, &Expr)| {
                let formula = Piece::Formula(part.clone());
                if at == 0 { vec![formula] } else { vec![Piece::Words(comma.to_string()), formula] }
            };
            form.regime.iter().enumerate().flat_map(between).collect()
        };
        vec![words_of(form.target), regime, vec![Piece::Formula(form.form)], words_of(&bounds(form.bounds, lang))]
    });
    let head = ["target", "regime", "form", "bound"].map(|key| word(key, lang).to_string());
    page.push(Block::Table(head.to_vec(), rows.collect()));
}

/// The bounds of an output in words.
pub fn bounds(proved: &[Proved], lang: Lang) -> String {
    let one = |proved: &Proved| {
        // rounded up: it is a bound
        let ulps = (proved.ulps * 1e3).ceil() / 1e3;
        let terms = if proved.of_terms { word("of_terms", lang) } else { "" };
        let within = if proved.within.is_empty() { String::new() } else { proved.within.clone() };
        match (lang, within.is_empty()) {
            (Lang::En, true) => format!("{ulps:.3} {terms}").trim_end().to_string(),
            (Lang::En, false) => {
                let terms = if terms.is_empty() { String::new() } else { format!(" {terms}") };
                format!("{ulps:.3}{terms} {} {within}", word("for", lang))
            }
            (Lang::Zh, true) => format!("{ulps:.3}{terms}"),
            (Lang::Zh, false) => format!("{ulps:.3}{terms}{}{within}", word("for", lang)),
        }
    };
    proved.iter().map(one).collect::<Vec<_>>().join(if lang == Lang::Zh { "；" } else { "; " })
}
