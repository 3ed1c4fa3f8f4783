//! What goes to a person who gave a wrong input: text, place, what stands beside the caret, next step.

mod render;

use std::fmt;

pub(crate) use render::hidden;
pub use render::{Part, quoted};

/// A stretch of a source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// File name or `<command line>`.
    pub file: String,
    /// The line's text.
    pub text: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Width in characters, at least 1.
    pub width: usize,
}

/// One message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What is wrong: lower case, no full stop.
    pub text: String,
    /// Where.
    pub place: Option<Box<Place>>,
    /// What stands beside the caret; may be empty.
    pub beside: String,
    /// What is shown below it, in lines of its own: a witness, say; may be empty.
    pub detail: String,
    /// The next step; may be empty.
    pub help: String,
}

impl Message {
    /// A message without a place.
    pub fn new(text: impl Into<String>) -> Message {
        Message { text: text.into(), place: None, beside: String::new(), detail: String::new(), help: String::new() }
    }

    /// It with its place and what stands beside the caret there.
    pub fn at(mut self, place: Place, beside: impl Into<String>) -> Message {
        self.place = Some(Box::new(place));
        self.beside = beside.into();
        self
    }

    /// It with lines below.
    pub fn detail(mut self, detail: impl Into<String>) -> Message {
        self.detail = detail.into();
        self
    }

    /// It with a next step.
    pub fn help(mut self, help: impl Into<String>) -> Message {
        self.help = help.into();
        self
    }
}

/// A word for a POSIX shell: in single quotes where it holds more than letters, digits and `_-./=,:+@%`.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

impl fmt::Display for Message {
    /// All of it, in plain text, without a line break at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&|_, text| text.to_string()))
    }
}

impl fmt::Debug for Message {
    /// What `fn main() -> Result<(), Message>` of a build script shows behind its own `Error: `.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.to_string();
        f.write_str(text.strip_prefix("error: ").unwrap_or(&text))
    }
}

impl std::error::Error for Message {}
