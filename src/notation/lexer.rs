//! Text → tokens with their places.

use super::Origin;
use crate::message::Message;

/// A token of the notation.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    /// Digits, with point or exponent.
    Number(String),
    /// A name.
    Name(String),
    /// An operator, bracket or comma.
    Sign(&'static str),
    /// Behind the last token.
    End,
}

/// A token, the characters before it, and its width in characters.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The token.
    pub token: Token,
    /// Characters before it.
    pub at: usize,
    /// Its width.
    pub width: usize,
}

/// Longest first, so that `<=` is not `<`.
const SIGNS: [&str; 15] = ["==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/", "^", "(", ")", ","];

/// The tokens of a text, the end last.
pub fn tokens(text: &str, origin: &Origin) -> Result<Vec<Spot>, Message> {
    let letters: Vec<char> = text.chars().collect();
    let mut spots = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let letter = letters[at];
        if letter.is_whitespace() {
            at += 1;
            continue;
        }
        let (token, width) = if letter.is_ascii_digit() || letter == '.' {
            let width = number(&letters[at..]);
            (Token::Number(letters[at..at + width].iter().collect()), width)
        } else if letter.is_ascii_alphabetic() || letter == '_' {
            let width = letters[at..].iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
            (Token::Name(letters[at..at + width].iter().collect()), width)
        } else if let Some(sign) =
            SIGNS.iter().find(|sign| letters[at..].iter().collect::<String>().starts_with(**sign))
        {
            (Token::Sign(sign), sign.len())
        } else {
            let shown = if letter.is_control() { format!("U+{:04X}", u32::from(letter)) } else { letter.to_string() };
            return Err(Message {
                text: format!("`{shown}` is not a sign of the notation"),
                place: Some(Box::new(origin.place(at, 1))),
                beside: "here".to_string(),
                help: "formulas are made of numbers, names, + - * / ^, comparisons, brackets and function calls"
                    .to_string(),
            });
        };
        spots.push(Spot { token, at, width });
        at += width;
    }
    spots.push(Spot { token: Token::End, at: letters.len(), width: 1 });
    Ok(spots)
}

/// Width of the number that the letters begin with.
fn number(letters: &[char]) -> usize {
    let digits = |from: usize| letters[from..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut width = digits(0);
    if letters.get(width) == Some(&'.') {
        width += 1;
        width += digits(width);
    }
    if matches!(letters.get(width), Some('e' | 'E')) {
        let sign = usize::from(matches!(letters.get(width + 1), Some('+' | '-')));
        let exponent = digits((width + 1 + sign).min(letters.len()));
        if exponent > 0 {
            width += 1 + sign + exponent;
        }
    }
    width.max(1)
}
