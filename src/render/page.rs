//! A derivation → a page: headings, formulas and numbered lines with their reasons, in the order of reading.
//!
//! Every format sets the same page, so that each says the same.

use super::classes;
use super::forms;
use super::reason::{self, Piece, listed};
use super::words::{self, Lang, colon, comma, semicolon, word};
use super::{Sheet, in_language};
use crate::derivation::shown::Shown;
use crate::derivation::{Derivation, Judged, Status, Step};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::Proved;
use crate::notation::{Origin, conditions};
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
    if !derivation.derived.is_empty() || derivation.classes.is_some() {
        page.push(Block::Words(words_of(word("stands", lang))));
    }
    match &derivation.classes {
        Some(by_class) => classes::parts(derivation, by_class, lang, &mut page),
        None => {
            derivatives(derivation, 2, lang, &mut page);
            page.extend(derivation.notes.iter().map(|note| Block::Words(words_of(note))));
            claims(derivation, lang, &mut page);
        }
    }
    stable_forms(sheet, &mut page);
    page.push(Block::Words(vec![Piece::Words(format!(
        "{}{}{}",
        word("rule_book", lang),
        colon(lang),
        derivation.rules_digest
    ))]));
    page
}

pub(super) fn words_of(text: &str) -> Vec<Piece> {
    vec![Piece::Words(text.to_string())]
}

/// Where something is stated, in the words of the language as far as the table of words has them.
pub(super) fn source(source: &str, lang: Lang, page: &mut Vec<Block>) {
    if !source.is_empty() {
        let words = words::find("sources", source, lang).unwrap_or(source);
        page.push(Block::Words(words_of(&format!("{}{}{words}", word("source", lang), colon(lang)))));
    }
}

fn statement(spec: &Spec, lang: Lang, page: &mut Vec<Block>) {
    let title = in_language(&spec.title, lang);
    page.push(Block::Title(match lang {
        Lang::En => format!("{title} ({})", spec.name),
        Lang::Zh => format!("{}：{title}", spec.name),
    }));
    source(&spec.source, lang, page);
    page.push(Block::Heading(2, words_of(word("definition", lang))));
    let mut symbols = Vec::new();
    for input in &spec.inputs {
        symbols.push(symbol(&input.name, Some(&input.domain), false, classes::word_of(spec, &input.name), lang));
    }
    for parameter in &spec.parameters {
        let key = classes::word_of(spec, &parameter.name);
        symbols.push(symbol(&parameter.name, Some(&parameter.domain), parameter.none.is_some(), key, lang));
    }
    for line in &spec.formula {
        if words::find("names", &line.name, lang).is_some() {
            symbols.push(symbol(&line.name, None, false, &line.name, lang));
        }
    }
    page.push(Block::List(symbols));
    let equation = |line: &crate::spec::Definition| (Expr::Symbol(line.name.clone()), line.value.clone());
    page.push(Block::Equations(spec.formula.iter().map(equation).collect()));
}

/// A name, where it lies, and what it is.
fn symbol(name: &str, domain: Option<&Domain>, none: bool, key: &str, lang: Lang) -> Vec<Piece> {
    let mut pieces = vec![Piece::Formula(Expr::symbol(name))];
    let mut lies = match domain {
        None | Some(Domain::Finite | Domain::Class) => String::new(),
        Some(domain) => format!(" {} {}", word("in_domain", lang), domain.to_string().replace("inf", "∞")),
    };
    if none {
        lies.push_str(&if lang == Lang::Zh {
            format!("（{}）", word("or_none", lang))
        } else {
            format!(" {}", word("or_none", lang))
        });
    }
    if let Some(words) = words::find("names", key, lang) {
        lies.push_str(&format!("{}{words}", colon(lang)));
    }
    pieces.push(Piece::Words(lies));
    pieces
}

pub(super) fn derivatives(derivation: &Derivation, level: usize, lang: Lang, page: &mut Vec<Block>) {
    for derived in &derivation.derived {
        let Some([of, by]) = derived.of.operands().get(..2) else { continue };
        let key = if matches!(of, Expr::Apply(Op::D, _)) { "hessian" } else { "backward" };
        let mut heading = words_of(word(key, lang));
        let (before, after) = if lang == Lang::Zh { ("（对 ", "）") } else { (" in ", "") };
        let words = |words: &str| Piece::Words(words.to_string());
        heading.extend([words(before), Piece::Formula(by.clone()), words(after)]);
        page.push(Block::Heading(level, heading));
        chain(&derived.of, &derived.shown, lang, page);
        let (before, after) = if lang == Lang::Zh { ("（", "）：") } else { (" (", "):") };
        page.push(Block::Words(vec![
            words(&format!("{}{before}", word("result", lang))),
            Piece::Code(derived.name.clone()),
            words(after),
        ]));
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
        source(&claim.source, lang, page);
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

pub(super) fn proved(claim: &Judged, lang: Lang, page: &mut Vec<Block>) {
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
    // of a loss over classes it is a scalar one which has forms
    let derivation = sheet.derivation.classes.as_ref().and_then(|by_class| by_class.scalar());
    let derivation = derivation.unwrap_or(sheet.derivation);
    page.push(Block::Heading(2, words_of(word("forms", lang))));
    let kernel = match found {
        Ok(kernel) => kernel,
        Err(message) => {
            let text = format!("{}{}{}", word("no_forms", lang), colon(lang), message.text);
            return page.push(Block::Words(words_of(&text)));
        }
    };
    let all = forms::of(kernel, &derivation.spec);
    let rows = all.iter().map(|form| {
        let regime = match &form.regime[..] {
            [] => words_of(word("everywhere", lang)),
            regime => listed(regime.iter().map(|part| vec![Piece::Formula(part.clone())]), comma(lang)),
        };
        vec![vec![target(derivation, form.target)], regime, vec![Piece::Formula(form.form.clone())]]
    });
    let head = ["target", "regime", "form"].map(|key| word(key, lang).to_string());
    page.push(Block::Table(head.to_vec(), rows.collect()));
    page.push(Block::Words(words_of(&format!("{}{}", word("unit", lang), colon(lang).trim_end()))));
    let mut said: Vec<&str> = Vec::new();
    let mut items = Vec::new();
    for form in all.iter().filter(|form| !form.bounds.is_empty()) {
        if !said.contains(&form.target) {
            said.push(form.target);
            let mut item = vec![target(derivation, form.target), Piece::Words(colon(lang).to_string())];
            item.extend(listed(form.bounds.iter().map(|proved| bound(proved, lang)), semicolon(lang)));
            items.push(item);
        }
    }
    page.push(Block::List(items));
}

/// An output as a formula: the loss, or the derivative that it is. Kernels call every input x.
fn target(derivation: &Derivation, name: &str) -> Piece {
    let input = derivation.spec.inputs.first().map_or("x", |input| &*input.name);
    let name = &name.replace("_x", &format!("_{input}"));
    let derived = derivation.derived.iter().find(|derived| derived.name == *name);
    Piece::Formula(derived.map_or_else(|| Expr::symbol(name), |derived| derived.of.clone()))
}

/// A bound with the conditions that it is proved under, as formulas.
fn bound(proved: &Proved, lang: Lang) -> Vec<Piece> {
    let mut pieces = words_of(&ulps(proved, lang));
    if !proved.within.is_empty() {
        let within = match conditions(&proved.within, &Origin::alone("a bound", &proved.within)) {
            Ok(all) => all.into_iter().map(|one| vec![Piece::Formula(one)]).collect(),
            Err(_) => vec![words_of(&proved.within)],
        };
        let (before, after) = if lang == Lang::Zh {
            (format!("{} ", word("for", lang)), " 时")
        } else {
            (format!(" {} ", word("for", lang)), "")
        };
        pieces.push(Piece::Words(before));
        pieces.extend(listed(within.into_iter(), comma(lang)));
        pieces.push(Piece::Words(after.to_string()));
    }
    pieces
}

/// The number, rounded up since it is a bound, and what it counts.
fn ulps(proved: &Proved, lang: Lang) -> String {
    let ulps = (proved.ulps * 1e3).ceil() / 1e3;
    match (proved.of_terms, lang) {
        (false, _) => format!("{ulps:.3} ulp"),
        (true, Lang::En) => format!("{ulps:.3} ulp {}", word("of_terms", lang)),
        (true, Lang::Zh) => format!("{ulps:.3} ulp{}", word("of_terms", lang)),
    }
}

/// The bounds of an output in words.
pub fn bounds(proved: &[Proved], lang: Lang) -> String {
    let one = |proved: &Proved| super::plain::words(&bound(proved, lang));
    proved.iter().map(one).collect::<Vec<_>>().join(semicolon(lang))
}
