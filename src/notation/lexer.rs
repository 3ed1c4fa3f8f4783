//! Text → tokens with their places, one at a time.

use std::ops::Range;

use super::Origin;
use crate::message::Message;

/// A token of the notation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    /// Digits, with point or exponent.
    Number(&'a str),
    /// A name.
    Name(&'a str),
    /// An operator, bracket or comma.
    Sign(&'static str),
    /// Behind the last token.
    End,
}

/// A token and the bytes of the text that it stands at.
#[derive(Clone, Debug)]
pub struct Spot<'a> {
    /// The token.
    pub token: Token<'a>,
    /// Where it stands.
    pub at: Range<usize>,
}

/// Reads a text from left to right.
#[derive(Clone, Copy, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    next: usize,
    origin: Origin<'a>,
}

/// Longest first, so that `<=` is not `<`.
const SIGNS: [&str; 17] = ["==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", ",", "[", "]"];

/// What people type for a sign or a name of the notation.
const LOOKALIKES: [(char, &str); 17] = [
    ('−', "-"),
    ('–', "-"),
    ('×', "*"),
    ('·', "*"),
    ('⋅', "*"),
    ('÷', "/"),
    ('≤', "<="),
    ('≥', ">="),
    ('≠', "!="),
    ('²', "^2"),
    ('³', "^3"),
    ('∞', "inf"),
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('σ', "sigmoid"),
    ('（', "("),
];

impl<'a> Lexer<'a> {
    /// A reader of the text.
    pub fn new(text: &'a str, origin: Origin<'a>) -> Lexer<'a> {
        Lexer { text, next: 0, origin }
    }

    /// The next token; `End` again and again at the end.
    pub fn token(&mut self) -> Result<Spot<'a>, Message> {
        let rest = self.text[self.next..].trim_start();
        let start = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            self.next = start;
            return Ok(Spot { token: Token::End, at: start..start });
        };
        let (token, width) = if first.is_ascii_digit() || first == '.' {
            let width = number(rest.as_bytes());
            (Token::Number(&rest[..width]), width)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let width = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            (Token::Name(&rest[..width]), width)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            return Err(self.stranger(first, start));
        };
        self.next = start + width;
        Ok(Spot { token, at: start..start + width })
    }

    fn stranger(&self, letter: char, at: usize) -> Message {
        let shown = if letter.is_control() { format!("U+{:04X}", u32::from(letter)) } else { letter.to_string() };
        let beside = match LOOKALIKES.iter().find(|(lookalike, _)| *lookalike == letter) {
            Some((_, meant)) => format!("write `{meant}`"),
            None => "here".to_string(),
        };
        Message::new(format!("`{shown}` is not a sign of the notation"))
            .at(self.origin.place(at..at + letter.len_utf8()), beside)
            .help("formulas are made of numbers, names, + - * / ^, comparisons, brackets and function calls")
    }
}

/// Width of the number that the bytes begin with.
fn number(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut width = digits(0);
    if bytes.get(width) == Some(&b'.') {
        width += 1;
        width += digits(width);
    }
    if matches!(bytes.get(width), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(width + 1), Some(b'+' | b'-')));
        let exponent = digits((width + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            width += 1 + sign + exponent;
        }
    }
    width
}
