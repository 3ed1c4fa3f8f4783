//! JSON text → a tree that knows where each part stands. Its depth is limited by count.

use std::ops::Range;

use crate::message::Message;
use crate::notation::Origin;

/// Deepest nesting of arrays and objects.
const DEEPEST: usize = 32;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number, as it is written.
    Number(String),
    /// `[…]`
    Array(Vec<Node>),
    /// `{…}`
    Object(Vec<(String, Node)>),
    /// `true`, `false`, `null`
    Word,
}

/// A value and the bytes that it stands at.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its bytes.
    pub at: Range<usize>,
}

/// Reads the text.
///
/// # Errors
/// Where it is no JSON; the message points at the place.
pub fn tree(text: &str, origin: &Origin) -> Result<Node, Message> {
    let mut reader = Reader { text, at: 0, origin, depth: 0 };
    let node = reader.value()?;
    reader.skip();
    if reader.at < text.len() { Err(reader.wrong("something follows the JSON")) } else { Ok(node) }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    origin: &'a Origin<'a>,
    depth: usize,
}

impl Reader<'_> {
    fn wrong(&self, text: &str) -> Message {
        let next = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
        Message::new(format!("no JSON: {text}")).at(self.origin.place(self.at..self.at + next), "here")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// The next sign that is no space, where it is this one.
    fn takes(&mut self, sign: u8) -> bool {
        self.skip();
        let found = self.peek() == Some(sign);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self) -> Result<Node, Message> {
        self.skip();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{' | b'[') => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(self.wrong(&format!("more than {DEEPEST} levels of brackets")));
                }
                let value = if self.peek() == Some(b'{') { self.object()? } else { self.array()? };
                self.depth -= 1;
                value
            }
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word()?,
        };
        Ok(Node { value, at: start..self.at })
    }

    fn object(&mut self) -> Result<Value, Message> {
        let mut members: Vec<(String, Node)> = Vec::new();
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            self.skip();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in quotes belongs here"));
            }
            let start = self.at;
            let key = self.string()?;
            if members.iter().any(|(known, _)| *known == key) {
                self.at = start;
                return Err(self.wrong(&format!("the key `{key}` stands twice")));
            }
            if !self.takes(b':') {
                return Err(self.wrong("`:` belongs here"));
            }
            members.push((key, self.value()?));
            if self.takes(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `}` belongs here"));
            }
        }
    }

    fn array(&mut self) -> Result<Value, Message> {
        let mut values = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Value::Array(values));
        }
        loop {
            values.push(self.value()?);
            if self.takes(b']') {
                return Ok(Value::Array(values));
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `]` belongs here"));
            }
        }
    }

    fn number(&mut self) -> Value {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        Value::Number(self.text[start..self.at].to_string())
    }

    fn word(&mut self) -> Result<Value, Message> {
        for word in ["true", "false", "null"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(Value::Word);
            }
        }
        Err(self.wrong("a value belongs here"))
    }

    fn string(&mut self) -> Result<String, Message> {
        let mut text = String::new();
        self.at += 1;
        loop {
            let Some(c) = self.text[self.at..].chars().next() else { return Err(self.wrong("a text without an end")) };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(text);
                }
                '\\' => text.push(self.escape()?),
                c if c < ' ' => return Err(self.wrong("a control character in a text")),
                c => {
                    self.at += c.len_utf8();
                    text.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Message> {
        let kind = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match kind {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(c @ (b'"' | b'\\' | b'/')) => c as char,
            Some(b'u') => {
                let first = self.unit(self.at + 2)?;
                let low = if (0xd800..0xdc00).contains(&first) { self.unit(self.at + 8).unwrap_or(0) } else { 0 };
                let pair = (0xdc00..0xe000).contains(&low) && self.text[self.at + 6..].starts_with("\\u");
                let code = if pair { 0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00) } else { first };
                let Some(c) = char::from_u32(code) else { return Err(self.wrong("half a character")) };
                self.at += if pair { 12 } else { 6 };
                return Ok(c);
            }
            _ => return Err(self.wrong("no such escape")),
        };
        self.at += 2;
        Ok(plain)
    }

    /// Four hexadecimal digits at the byte.
    fn unit(&self, at: usize) -> Result<u32, Message> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.wrong("no such escape"))
    }
}
