//! The names of a spec: which are known where, what a name depends on, and how long it is written out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use super::document::File;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::{Located, Origin, closest};
use crate::op::{Notation, Op, TABLE};

/// Longest name, in letters.
const LONGEST_NAME: usize = 40;
/// Names that a message lists.
const MOST_LISTED: usize = 12;

/// Words of the notation that are no functions.
const KEPT: [&str; 8] = ["inf", "infinity", "nan", "none", "param", "finite", "clip", "log_eps"];
/// Arguments that emitted functions have.
const ARGUMENTS: [&str; 5] = ["w", "loss", "grad", "hess", "scale"];
/// Words of Rust, kept ones included.
const RUST: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod",
    "move", "mut", "override", "priv", "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An input.
    Input,
    /// A parameter.
    Parameter,
    /// The line of the formula, from 0.
    Formula(usize),
    /// The margin of a loss over classes, of which edges speak.
    Margin,
}

/// The names of a spec.
#[derive(Default)]
pub struct Scope {
    kinds: BTreeMap<Arc<str>, Kind>,
    /// What claims call a class other than the target, once they are read.
    pub other: Option<&'static str>,
}

impl Scope {
    /// Enters a name that an entry of the file defines.
    pub fn declare(&mut self, file: &File, name: &str, at: &Range<usize>, kind: Kind) -> Result<Arc<str>, Message> {
        let wrong = |text: String, beside: &str| Err(file.wrong(at, text, beside));
        let identifier = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.starts_with(|first: char| first.is_ascii_alphabetic());
        if !identifier {
            return wrong(
                format!("{} is not a name", quoted(name)),
                "names are letters, digits and `_`, a letter first",
            );
        }
        if name.len() > LONGEST_NAME {
            return wrong(format!("a name of more than {LONGEST_NAME} letters"), "give it a shorter one");
        }
        if let Some(meaning) = meaning(name, kind) {
            return wrong(format!("`{name}` cannot be a name"), meaning);
        }
        if let Some(other) = self.kinds.get(name) {
            let text = format!("two things are called `{name}`");
            return Err(file.wrong(at, text, other.words()).help("give one of them another name"));
        }
        let alike = |(other, of): (&Arc<str>, &Kind)| *of == Kind::Parameter && other.eq_ignore_ascii_case(name);
        if kind == Kind::Parameter && self.kinds.iter().any(alike) {
            let text = format!("two parameters are called `{name}`, but for capital letters");
            return Err(file
                .wrong(at, text, "a constant of emitted code is called like it")
                .help("give one of them another name"));
        }
        let name: Arc<str> = Arc::from(name);
        self.kinds.insert(name.clone(), kind);
        Ok(name)
    }

    /// What the name is.
    pub fn kind(&self, name: &str) -> Option<Kind> {
        self.kinds.get(name).copied()
    }

    /// Every name of the formula.
    pub fn formula_names(&self) -> impl Iterator<Item = &str> {
        self.kinds.iter().filter(|(_, kind)| matches!(kind, Kind::Formula(_))).map(|(name, _)| &**name)
    }

    /// Every name of the expression must be an input, a parameter, or a name of the formula above the line `line`.
    pub fn known(&self, read: &Located, origin: &Origin, line: usize) -> Result<(), Message> {
        for (name, at) in read.names() {
            match self.kind(name) {
                Some(Kind::Formula(other)) if other >= line => {
                    let text = format!("`{name}` is used before it is defined");
                    let help = format!("a name may use the ones above it: define `{name}` further up");
                    return Err(Message::new(text).at(origin.place(at.clone()), "defined further down").help(help));
                }
                Some(_) => {}
                None if self.other == Some(name) => {}
                None => return Err(self.unknown(name, line).at_place(origin, at)),
            }
        }
        Ok(())
    }

    fn unknown(&self, name: &str, line: usize) -> Unknown {
        let text = format!("unknown name {}", quoted(name));
        let visible = || {
            let above = |kind: &Kind| !matches!(kind, Kind::Formula(other) if *other >= line);
            self.kinds.iter().filter(move |(_, kind)| above(kind)).map(|(name, _)| &**name)
        };
        if matches!(name, "inf" | "infinity" | "nan") {
            let help = "where the formula has only a limit, it is stated under `[edges]`".to_string();
            return Unknown { text: format!("`{name}` is no number"), beside: "here".to_string(), help };
        }
        if let Some(op) = Op::of_call(name) {
            let text = format!("`{op}` is a function");
            return Unknown { text, beside: format!("write `{op}(…)`"), help: String::new() };
        }
        if let Some(near) = closest(name, visible()) {
            return Unknown { text, beside: format!("did you mean `{near}`?"), help: String::new() };
        }
        let listed: Vec<String> = visible().take(MOST_LISTED).map(|name| format!("`{name}`")).collect();
        let more = if visible().nth(MOST_LISTED).is_some() { ", …" } else { "" };
        Unknown {
            text,
            beside: "no input, no parameter and no name of the formula".to_string(),
            help: format!("known here: {}{more}", listed.join(", ")),
        }
    }
}

struct Unknown {
    text: String,
    beside: String,
    help: String,
}

impl Unknown {
    fn at_place(self, origin: &Origin, at: &Range<usize>) -> Message {
        Message::new(self.text).at(origin.place(at.clone()), self.beside).help(self.help)
    }
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Kind::Input => "an input has this name",
            Kind::Parameter => "a parameter has this name",
            Kind::Formula(_) => "a line of the formula has this name",
            Kind::Margin => "the margin of a loss over classes has this name",
        }
    }
}

/// What the word means elsewhere, where it cannot be a name.
fn meaning(name: &str, kind: Kind) -> Option<&'static str> {
    if TABLE.iter().any(|row| row.notation == Notation::Call && row.name == name) {
        return Some("it is a function of the notation");
    }
    if KEPT.contains(&name) {
        return Some("it has a meaning of its own");
    }
    if RUST.contains(&name) {
        return Some("it is a word of Rust, which emitted code cannot use as a name");
    }
    let argument = ARGUMENTS.contains(&name) && !matches!(kind, Kind::Formula(_));
    argument.then_some("emitted functions have an argument of this name")
}

/// A way from the name over names that it uses back to it: `a → b → a`.
pub fn cycle(start: &str, formula: &BTreeMap<Arc<str>, Expr>) -> Option<Vec<Arc<str>>> {
    let (start, value) = formula.get_key_value(start)?;
    let mut came_from: BTreeMap<Arc<str>, Arc<str>> = BTreeMap::new();
    let mut waiting: VecDeque<(Arc<str>, &Expr)> = VecDeque::from([(start.clone(), value)]);
    while let Some((name, value)) = waiting.pop_front() {
        for used in value.symbols() {
            if used == *start {
                let mut way = vec![start.clone()];
                let mut at = name;
                while at != *start {
                    way.push(at.clone());
                    at = came_from[&at].clone();
                }
                way.push(start.clone());
                way.reverse();
                return Some(way);
            }
            if let Some((used, value)) = formula.get_key_value(&used).filter(|(used, _)| !came_from.contains_key(*used))
            {
                came_from.insert(used.clone(), name.clone());
                waiting.push_back((used.clone(), value));
            }
        }
    }
    None
}

/// Every name that the last line depends on, through the names of the formula.
pub fn reached<'a>(formula: impl DoubleEndedIterator<Item = (&'a Arc<str>, &'a Expr)>) -> BTreeSet<Arc<str>> {
    let mut reached: BTreeSet<Arc<str>> = BTreeSet::new();
    for (place, (name, value)) in formula.rev().enumerate() {
        if place == 0 || reached.contains(name) {
            reached.extend(value.symbols());
        }
    }
    reached
}

/// Operators of an expression with every name of the formula written out: how many, and how many within one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Numbers, names and operators.
    pub size: u64,
    /// Within one another.
    pub height: u64,
}

impl Extent {
    /// The extent of an expression, given those of the names in it.
    pub fn of(expr: &Expr, names: &BTreeMap<Arc<str>, Extent>) -> Extent {
        match expr {
            Expr::Number(_) => Extent { size: 1, height: 1 },
            Expr::Symbol(name) => names.get(name).copied().unwrap_or(Extent { size: 1, height: 1 }),
            Expr::Apply(_, operands) => operands.iter().map(|operand| Extent::of(operand, names)).fold(
                Extent { size: 1, height: 1 },
                |all, one| Extent {
                    size: all.size.saturating_add(one.size),
                    height: all.height.max(one.height.saturating_add(1)),
                },
            ),
        }
    }
}
