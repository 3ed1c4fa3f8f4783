//! The cases of a loss over classes → blocks of its page: what a sum falls into, then each scalar loss like any other.

use super::page::{self, Block, words_of};
use super::reason::Piece;
use super::words::{Lang, colon, word};
use crate::derivation::classes::Part;
use crate::derivation::{ByClass, Derivation, Status};
use crate::expr::Expr;
use crate::spec::classes::Case;
use crate::spec::{Classes, Spec};

/// The unit of an input that is a probability.
const SHARE: &str = "probability";

/// The key of the words for a name of the loss: a list of logits is called otherwise than one logit.
pub fn word_of<'a>(spec: &Spec, name: &'a str) -> &'a str {
    match &spec.classes {
        Some(classes) if *classes.list == *name && spec.inputs[0].unit == SHARE => "shares",
        Some(classes) if *classes.list == *name => "logits",
        Some(classes) if *classes.target == *name => "target",
        Some(classes) if classes.has_index(name) => "weights",
        _ => name,
    }
}

/// The scalar losses, each with its derivatives and claims.
pub fn parts(derivation: &Derivation, by_class: &ByClass, lang: Lang, page: &mut Vec<Block>) {
    part(derivation, by_class, &by_class.own, lang, page);
    part(derivation, by_class, &by_class.other, lang, page);
    // where only one claim is asked for, what is about all of them is not
    let whole = ![&by_class.own, &by_class.other].into_iter().any(is_empty);
    if by_class.apart && whole {
        page.push(Block::Heading(2, words_of(word("apart", lang))));
        page.push(Block::Words(words_of(word("apart_why", lang))));
    }
    if let Some(share) = by_class.share.as_ref().filter(|_| whole) {
        page.push(Block::Heading(2, words_of(word("share", lang))));
        page.push(Block::Words(words_of(word("share_why", lang))));
        page.push(Block::Equations(lines(&share.spec).collect()));
    }
    let Some(reduced) = &by_class.reduced else {
        return page.extend(derivation.notes.iter().map(|note| Block::Words(words_of(note))));
    };
    page.push(Block::Heading(2, words_of(word("margin", lang))));
    page.push(Block::Words(words_of(word("margin_why", lang))));
    let margin = (Expr::symbol(Classes::MARGIN), by_class.margin.clone());
    page.push(Block::Equations(std::iter::once(margin).chain(lines(&reduced.spec)).collect()));
    page::derivatives(reduced, 3, lang, page);
    page.extend(derivation.notes.iter().map(|note| Block::Words(words_of(note))));
}

fn lines(spec: &Spec) -> impl Iterator<Item = (Expr, Expr)> {
    spec.formula.iter().map(|line| (Expr::Symbol(line.name.clone()), line.value.clone()))
}

/// Is nothing left of it?
fn is_empty(part: &Part) -> bool {
    part.derivation.derived.is_empty() && part.derivation.claims.is_empty()
}

fn part(derivation: &Derivation, by_class: &ByClass, part: &Part, lang: Lang, page: &mut Vec<Block>) {
    if is_empty(part) {
        return;
    }
    let (heading, keys) = match part.case {
        Case::Own => ("class_own", ["apart_own", "shares_own", "split_own"]),
        Case::Other => ("class_other", ["apart_other", "shares_other", "split_other"]),
    };
    let kind = if by_class.apart {
        0
    } else if derivation.spec.inputs[0].unit == SHARE {
        1
    } else {
        2
    };
    page.push(Block::Heading(2, words_of(word(heading, lang))));
    page.push(Block::Words(words_of(word(keys[kind], lang))));
    let means = part.meanings.iter().map(|meaning| (Expr::Symbol(meaning.name.clone()), meaning.is.clone()));
    page.push(Block::Equations(means.chain(lines(&part.derivation.spec)).collect()));
    page::derivatives(&part.derivation, 3, lang, page);
    let stated: Vec<_> = by_class.stated.iter().filter(|(case, _)| *case == part.case).collect();
    if stated.is_empty() {
        return;
    }
    page.push(Block::Heading(3, words_of(word("claims", lang))));
    for (case, claim) in stated {
        let Some(judged) = by_class.judged(*case, &claim.name) else { continue };
        let status = match &judged.status {
            Status::Proved => word("proved", lang).to_string(),
            Status::Unsettled(why) => format!("{}{}{why}", word("unsettled", lang), colon(lang)),
        };
        page.push(Block::Heading(4, words_of(&format!("{}{}{status}", claim.name, colon(lang)))));
        if derivation.spec.claims.iter().all(|stated| stated.name != claim.name) {
            let key = if by_class.share.is_some() { "share_claim" } else { "margin_claim" };
            page.push(Block::Words(words_of(word(key, lang))));
        }
        page::source(&claim.source, lang, page);
        page.push(Block::Equations(vec![(claim.lhs.clone(), claim.rhs.clone())]));
        let unfolded = vec![Piece::Words(format!("{}{}", word("unfolded", lang), colon(lang)))];
        page.push(Block::Words(unfolded));
        page.push(Block::Equations(vec![(judged.lhs.clone(), judged.rhs.clone())]));
        page::proved(judged, lang, page);
    }
}
