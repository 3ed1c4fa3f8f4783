//! `rules`: the rule book, or its doubter.

use super::args::Rules;
use super::voice::Voice;
use super::{Outcome, place};
use crate::message::Message;
use crate::render;
use crate::rule::RuleBook;

/// Prints the rule book, or what its doubter says of each rule.
///
/// # Errors
/// Where the result cannot be written.
pub fn run(rules: &Rules, voice: Voice) -> Result<Outcome, Message> {
    let book = RuleBook::builtin();
    if !rules.check {
        place::print(&if rules.json { render::json::rules(book) } else { render::text::rules(book) })?;
        return Ok(Outcome::AllHold);
    }
    voice.progress(&format!("judging {} rules and {} rejected ones", book.rules.len(), book.rejected.len()));
    judge(book, rules.json)
}

fn judge(_book: &RuleBook, _json: bool) -> Result<Outcome, Message> {
    Err(Message::new("not built yet"))
}
