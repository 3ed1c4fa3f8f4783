//! Text ⇄ `Expr`: one infix grammar for specs, rules, messages and snapshots.
//!
//! Printing, then parsing, gives the same expression.

mod lexer;
mod located;
mod parser;
pub mod printer;

use std::ops::Range;

pub use located::Located;

use crate::expr::Expr;
use crate::message::{Message, Place};

/// Where a text comes from: a stretch of a file, or the command line.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    file: &'a str,
    document: &'a str,
    start: usize,
    /// Where the text is not the document's bytes (escapes): every place is this stretch.
    whole: Option<usize>,
}

impl<'a> Origin<'a> {
    /// A text that stands alone, e.g. on the command line.
    pub fn alone(file: &'a str, text: &'a str) -> Origin<'a> {
        Origin { file, document: text, start: 0, whole: None }
    }

    /// A text that stands in a document from byte `start` on.
    pub fn within(file: &'a str, document: &'a str, start: usize) -> Origin<'a> {
        Origin { file, document, start, whole: None }
    }

    /// A text that the bytes of the document at `at` stand for, but not letter by letter.
    pub fn encoded(file: &'a str, document: &'a str, at: Range<usize>) -> Origin<'a> {
        Origin { file, document, start: at.start, whole: Some(at.end) }
    }

    /// The origin of what stands `offset` bytes into the text.
    pub fn part(&self, offset: usize) -> Origin<'a> {
        if self.whole.is_some() { *self } else { Origin { start: self.start + offset, ..*self } }
    }

    /// The place of the bytes `at` of the text; a place of several lines ends with its first.
    pub fn place(&self, at: Range<usize>) -> Place {
        let (start, end) = match self.whole {
            Some(end) => (self.start, end),
            None => (self.start + at.start, self.start + at.end),
        };
        let line_start = self.document[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = self.document[start..].find('\n').map_or(self.document.len(), |length| start + length);
        Place {
            file: self.file.to_string(),
            text: self.document[line_start..line_end].trim_end_matches('\r').to_string(),
            line: 1 + self.document[..start].matches('\n').count(),
            column: 1 + self.document[line_start..start].chars().count(),
            width: self.document[start..end.clamp(start, line_end)].chars().count().max(1),
        }
    }
}

/// Reads one expression.
///
/// # Errors
/// Where the text is not one; the message points at the place.
pub fn parse(text: &str, origin: &Origin) -> Result<Expr, Message> {
    located(text, origin).map(|read| read.expr)
}

/// Reads one expression and keeps where each part of it stands.
///
/// # Errors
/// Where the text is not one; the message points at the place.
pub fn located(text: &str, origin: &Origin) -> Result<Located, Message> {
    parser::expression(text, origin)
}

/// Reads comparisons separated by commas.
///
/// # Errors
/// Where the text is not that; the message points at the place.
pub fn conditions(text: &str, origin: &Origin) -> Result<Vec<Expr>, Message> {
    Ok(located_conditions(text, origin)?.into_iter().map(|read| read.expr).collect())
}

/// Reads comparisons separated by commas and keeps where each part of them stands.
///
/// # Errors
/// Where the text is not that; the message points at the place.
pub fn located_conditions(text: &str, origin: &Origin) -> Result<Vec<Located>, Message> {
    parser::conditions(text, origin)
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

/// Longer names are not compared.
const LONGEST_COMPARED: usize = 64;

/// The candidate that is closest to `name`, where one is close enough to be meant.
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let letters = name.chars().count();
    let allowed = 1 + letters / 4;
    let near = |candidate: &str| {
        let close = letters <= LONGEST_COMPARED && candidate.len().abs_diff(name.len()) <= 4 * allowed;
        close.then(|| distance(name, candidate)).filter(|far| *far <= allowed && *far < letters)
    };
    candidates
        .into_iter()
        .filter_map(|candidate| Some((near(candidate)?, candidate)))
        .min()
        .map(|(_, candidate)| candidate)
}

/// Letters to change, add, drop or swap with the next one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut least = (above[j] + usize::from(a[i] != b[j])).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_found() {
        let names = ["gamma", "alpha", "alpha_t", "x", "y"];
        assert_eq!(closest("gama", names), Some("gamma"));
        assert_eq!(closest("alpa_t", names), Some("alpha_t"));
        assert_eq!(closest("lgo", ["log"]), Some("log"), "two letters swapped are one mistake");
        assert_eq!(closest("z", names), None, "one letter says nothing");
        assert_eq!(closest("beta", names), None);
        assert_eq!(closest(&"a".repeat(100_000), names), None);
    }

    #[test]
    fn places_count_characters_and_lines() {
        let document = "a = 1\r\n损失 = \"x + β\"\n";
        let start = document.find("x +").unwrap();
        let place = Origin::within("f", document, start).place(4..6);
        assert_eq!((place.line, place.column, place.width), (2, 11, 1));
        assert_eq!(place.text, "损失 = \"x + β\"");
        assert_eq!(Origin::within("f", document, 0).place(0..1).text, "a = 1");
        let place = Origin::encoded("f", document, 2..3).place(40..50);
        assert_eq!((place.line, place.column, place.width), (1, 3, 1));
    }
}
