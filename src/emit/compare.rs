//! A file found × the text made now → is it fresh, and if not, why and what differs. The one file that names `similar`.

use similar::TextDiff;

use super::header::{Header, header};
use super::tokens;
use crate::message::Message;

/// How a file stands to what the tool makes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The same, but for line endings and white space.
    Fresh,
    /// Its tokens are not those that its header gives the digest of.
    HandEdited,
    /// Another version of the tool made it.
    OtherVersion,
    /// This version made it, from another spec or other rules.
    Stale,
}

/// What a comparison found.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// How the file stands.
    pub state: State,
    /// A unified diff from the file to what is made now; empty where it is fresh.
    pub diff: String,
}

impl State {
    /// It in words; empty where it is fresh.
    pub fn words(self) -> &'static str {
        match self {
            State::Fresh => "",
            State::HandEdited => "edited by hand: its tokens do not have the digest that its header states",
            State::OtherVersion => "made by another version",
            State::Stale => "stale: this version makes another text now",
        }
    }
}

/// Compares a file with what its header's command makes now.
///
/// # Errors
/// Where it has no header, and those of `made_now`.
pub fn check(
    found: &str,
    made_now: impl FnOnce(&Header) -> Result<String, Message>,
) -> Result<(Header, Comparison), Message> {
    let header = header(found)?;
    let made = made_now(&header)?;
    Ok((header, compare(found, &made)))
}

/// Compares a file with a text made now.
pub fn compare(found: &str, made: &str) -> Comparison {
    let stated = header(found).ok();
    let intact = stated.as_ref().is_some_and(|stated| tokens::digest(found).as_ref() == Some(&stated.text));
    let version = header(made).ok().map(|header| header.version);
    let state = match stated {
        _ if intact && squeezed(found) == squeezed(made) => {
            return Comparison { state: State::Fresh, diff: String::new() };
        }
        _ if !intact => State::HandEdited,
        Some(stated) if Some(&stated.version) != version.as_ref() => State::OtherVersion,
        _ => State::Stale,
    };
    Comparison { state, diff: diff(found, made) }
}

/// All but white space, and the commas that rustfmt adds before closing brackets.
fn squeezed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.trim_start_matches('\u{feff}').chars().filter(|c| !c.is_whitespace()) {
        if ")]}".contains(letter) && out.ends_with(',') {
            out.pop();
        }
        out.push(letter);
    }
    out
}

fn diff(found: &str, made: &str) -> String {
    let tidy = |text: &str| text.lines().map(|line| line.trim_end().to_string() + "\n").collect::<String>();
    let (found, made) = (tidy(found.trim_start_matches('\u{feff}')), tidy(made));
    TextDiff::from_lines(&found, &made).unified_diff().header("found", "made now").to_string()
}
