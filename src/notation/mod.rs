//! Text ⇄ `Expr`: one infix grammar for specs, rules, messages and snapshots.

mod lexer;
mod parser;
pub mod printer;

pub use parser::{conditions, parse};

use crate::expr::Expr;
use crate::message::{Message, Place};

/// Where a text comes from: its place in a file, or on the command line.
#[derive(Clone, Debug)]
pub struct Origin {
    /// File name or `<command line>`.
    pub file: String,
    /// The whole line that the text stands in.
    pub line_text: String,
    /// Line, from 1.
    pub line: usize,
    /// Column of the text's first character, from 1.
    pub column: usize,
}

impl Origin {
    /// A text that stands alone, e.g. on the command line.
    pub fn alone(file: &str, text: &str) -> Origin {
        Origin { file: file.to_string(), line_text: text.to_string(), line: 1, column: 1 }
    }

    /// The stretch of `width` characters that begins `offset` characters into the text.
    pub fn place(&self, offset: usize, width: usize) -> Place {
        Place {
            file: self.file.clone(),
            text: self.line_text.clone(),
            line: self.line,
            column: self.column + offset,
            width: width.max(1),
        }
    }
}

impl Expr {
    /// Reads one expression of the notation.
    ///
    /// # Errors
    /// Where the text is not one; the message points at the place.
    pub fn parse(text: &str) -> Result<Expr, Message> {
        parse(text, &Origin::alone("<formula>", text))
    }
}

/// The candidate that is closest to `name`, where one is close enough to be meant.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| {
        let far = distance(name, candidate);
        (far <= 1 + name.chars().count() / 4).then_some(far)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((near(&candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to change, add or drop.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut before = row[0];
        row[0] = i + 1;
        for (j, other) in b.iter().enumerate() {
            let cost = (before + usize::from(letter != *other)).min(row[j] + 1).min(row[j + 1] + 1);
            before = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
