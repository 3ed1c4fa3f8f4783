//! TOML → a tree that knows where each part stands. The one file that names `toml`.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use crate::message::{Message, quoted};
use crate::notation::{Origin, closest};

/// Entries of a section, at most.
const MOST_ENTRIES: usize = 1_000;
/// A text of at most this many characters is a title, source, unit or name of a claim.
const LONGEST_WORDS: usize = 500;

/// The file that is read.
#[derive(Clone, Copy)]
pub struct File<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A value and the bytes of the file that it stands at.
pub struct Node<'a> {
    /// Where it stands; for a section, its head.
    pub at: Range<usize>,
    /// What it is.
    pub value: Value<'a>,
}

/// A value of the file.
pub enum Value<'a> {
    /// A text in quotes.
    Text(Cow<'a, str>),
    /// Entries in the order of the file.
    Table(Vec<Entry<'a>>),
    /// `[…]` or `[[…]]`.
    List(Vec<Node<'a>>),
    /// Anything else, in words.
    Other(&'static str),
}

/// A key and its value.
pub struct Entry<'a> {
    /// The key.
    pub key: Cow<'a, str>,
    /// Where the key stands.
    pub at: Range<usize>,
    /// The value.
    pub node: Node<'a>,
}

/// Reads the whole file as a table.
pub fn root<'a>(file: &File<'a>) -> Result<Node<'a>, Message> {
    let table = DeTable::parse(file.text).map_err(|error| syntax(file, &error))?;
    Ok(Node { at: 0..0, value: Value::Table(entries(table.into_inner())) })
}

fn entries(table: DeTable) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let (at, node) = (key.span(), Node { at: value.span(), value: converted(value.into_inner()) });
            Entry { key: key.into_inner(), at, node }
        })
        .collect();
    entries.sort_by_key(|entry| entry.at.start);
    entries
}

fn converted(value: DeValue) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text),
        DeValue::Table(table) => Value::Table(entries(table)),
        DeValue::Array(list) => Value::List(
            list.into_iter().map(|item| Node { at: item.span(), value: converted(item.into_inner()) }).collect(),
        ),
        DeValue::Integer(_) | DeValue::Float(_) => Value::Other("a number"),
        DeValue::Boolean(_) => Value::Other("a truth value"),
        DeValue::Datetime(_) => Value::Other("a date"),
    }
}

fn syntax(file: &File, error: &toml::de::Error) -> Message {
    let at = file.whole_letters(error.span().unwrap_or(0..0));
    if error.message() == "duplicate key" {
        return file
            .wrong(&at, format!("two entries are called {}", quoted(&file.text[at.clone()])), "the second one")
            .help("give one of them another name, or take it away");
    }
    let text = error.message().lines().next().unwrap_or_default();
    file.wrong(&at, format!("the file is not TOML: {text}"), "here")
        .help("a spec is a TOML file: sections such as `[inputs]`, lines such as `loss = \"-log(p)\"`")
}

impl<'a> File<'a> {
    /// The least stretch of whole letters around the bytes.
    fn whole_letters(&self, at: Range<usize>) -> Range<usize> {
        let boundary = |place: &usize| self.text.is_char_boundary(*place);
        let start = (0..=at.start).rev().find(boundary).unwrap_or(0);
        let end = (at.end..=self.text.len()).find(boundary).unwrap_or(self.text.len());
        start..end
    }

    /// A message that points at a stretch of the file.
    pub fn wrong(&self, at: &Range<usize>, text: impl Into<String>, beside: impl Into<String>) -> Message {
        Message::new(text).at(Origin::within(self.name, self.text, 0).place(at.clone()), beside)
    }

    /// The text of the node and its origin.
    pub fn text<'n>(&self, node: &'n Node<'a>, what: &str) -> Result<(&'n str, Origin<'a>), Message> {
        let Value::Text(text) = &node.value else {
            return Err(self.wrong(
                &node.at,
                format!("{what} is a text in quotes"),
                format!("this is {}", node.kind()),
            ));
        };
        Ok((text, self.origin(&node.at, text)))
    }

    /// Words for people: one line without control characters.
    pub fn words(&self, node: &Node<'a>, what: &str) -> Result<String, Message> {
        let (text, origin) = self.text(node, what)?;
        if let Some((at, letter)) = text.char_indices().find(|(_, letter)| crate::message::hidden(*letter)) {
            let text = format!("{what} holds the character U+{:04X}", u32::from(letter));
            return Err(Message::new(text)
                .at(origin.place(at..at + letter.len_utf8()), "here")
                .help("write it in one line of visible characters: it is printed into emitted code"));
        }
        if text.chars().count() > LONGEST_WORDS {
            let text = format!("{what} has more than {LONGEST_WORDS} characters");
            return Err(Message::new(text).at(origin.place(0..0), "it begins here"));
        }
        Ok(text.trim().to_string())
    }

    /// Where the letters of a text in quotes stand: between them, if nothing in it is an escape.
    pub fn origin(&self, at: &Range<usize>, text: &str) -> Origin<'a> {
        let raw = &self.text[at.clone()];
        let begins = match raw.as_bytes() {
            [b'"', b'"', b'"', ..] | [b'\'', b'\'', b'\'', ..] => {
                3 + raw[3..].len() - raw[3..].trim_start_matches('\n').len()
            }
            [b'"' | b'\'', ..] => 1,
            _ => 0,
        };
        if raw.get(begins..).is_some_and(|rest| rest.starts_with(text) && rest.len() <= text.len() + 3) {
            Origin::within(self.name, self.text, at.start + begins)
        } else {
            Origin::encoded(self.name, self.text, at.clone())
        }
    }

    /// The entries of a table.
    pub fn table<'n>(&self, node: &'n Node<'a>, what: &str) -> Result<&'n [Entry<'a>], Message> {
        match &node.value {
            Value::Table(entries) => {
                if let Some(entry) = entries.get(MOST_ENTRIES) {
                    let text = format!("more than {MOST_ENTRIES} entries");
                    return Err(self.wrong(&entry.at, text, format!("one too many in {what}")));
                }
                Ok(entries)
            }
            _ => Err(self.wrong(&node.at, format!("{what} is a table `{{ … }}`"), format!("this is {}", node.kind()))),
        }
    }

    /// The members of a list.
    pub fn list<'n>(&self, node: &'n Node<'a>, what: &str, example: &str) -> Result<&'n [Node<'a>], Message> {
        let Value::List(list) = &node.value else {
            let text = format!("{what} is a list");
            return Err(self.wrong(&node.at, text, format!("this is {}", node.kind())).help(example));
        };
        match list.get(MOST_ENTRIES) {
            Some(node) => Err(self.wrong(
                &node.at,
                format!("more than {MOST_ENTRIES} entries"),
                format!("one too many in {what}"),
            )),
            None => Ok(list),
        }
    }

    /// Refuses entries that have no meaning.
    pub fn only(&self, entries: &[Entry<'a>], what: &str, known: &[&str]) -> Result<(), Message> {
        let Some(stranger) = entries.iter().find(|entry| !known.contains(&&*entry.key)) else { return Ok(()) };
        let near = closest(&stranger.key, known.iter().copied());
        let beside = near.map_or("no meaning is known for it".to_string(), |near| format!("did you mean `{near}`?"));
        let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
        Err(self
            .wrong(&stranger.at, format!("unknown entry {} in {what}", quoted(&stranger.key)), beside)
            .help(format!("{what} has {}", list.join(", "))))
    }
}

impl Node<'_> {
    fn kind(&self) -> &'static str {
        match self.value {
            Value::Text(_) => "a text",
            Value::Table(_) => "a table",
            Value::List(_) => "a list",
            Value::Other(words) => words,
        }
    }
}

/// The value of a key.
pub fn find<'n, 'a>(entries: &'n [Entry<'a>], key: &str) -> Option<&'n Node<'a>> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.node)
}
