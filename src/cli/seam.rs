//! The one place where the door meets parts of the library whose shape is still moving.

use std::path::Path;

use super::Outcome;
use super::args::Verify;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::setting::Choice;
use crate::spec::Spec;

fn missing<T>() -> Result<T, Message> {
    Err(Message::new("not built yet"))
}

/// Names of the losses that come with the tool.
pub fn builtin_names() -> Vec<&'static str> {
    vec!["cross_entropy_binary", "focal_binary", "focal_star"]
}

/// A loss that comes with the tool.
pub fn builtin(_name: &str) -> Option<Spec> {
    None
}

/// Reads a spec file.
pub fn read(_path: &Path) -> Result<Spec, Message> {
    missing()
}

/// Reads a spec from standard input.
pub fn parse(_text: &str) -> Result<Spec, Message> {
    missing()
}

/// Reads what was said about a parameter.
pub fn choice(_name: &str, _text: &str) -> Result<Choice, Message> {
    missing()
}

/// What doubters say, as text or JSON.
pub struct Verdict {
    /// The text.
    pub text: String,
    /// Do all hold?
    pub outcome: Outcome,
}

/// Judges the rule book.
pub fn judge_rules(_book: &RuleBook, _json: bool) -> Result<Verdict, Message> {
    missing()
}

/// Judges a loss.
pub fn verify(_spec: &Spec, _said: Vec<(String, Choice)>, _verify: &Verify) -> Result<Verdict, Message> {
    missing()
}
