//! Text of a rule file → rules, or a message that points at what is wrong.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Rejected, Rule, RuleBook};
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::{self, Located, Origin};
use crate::op::Op;
use crate::rational::Rational;

const SHAPE: &str = "a rule is `name : left => right [when conditions] ; source`";
const REJECTED_SHAPE: &str = "a rejected rule is `! name : left => right at a = 1, b = 2 ; reason`";
/// The engine marks a rule that is used from right to left by this ending.
const KEPT_ENDING: &str = "-back";

/// Reads a file's rules into the book.
pub fn file(book: &mut RuleBook, names: &mut BTreeSet<Arc<str>>, group: &str, text: &str) -> Result<(), Message> {
    let name = format!("derivations/rules/{group}.rules");
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let body = line.split('#').next().unwrap_or_default();
        let part = Part { origin: Origin::within(&name, text, start), text: body };
        if !body.trim().is_empty() {
            Line::of(part.trim())?.enter(book, names, group)?;
        }
        start += line.len();
    }
    Ok(())
}

/// A stretch of a line.
#[derive(Clone, Copy)]
struct Part<'a> {
    origin: Origin<'a>,
    text: &'a str,
}

impl<'a> Part<'a> {
    fn trim(self) -> Part<'a> {
        let text = self.text.trim_start();
        Part { origin: self.origin.part(self.text.len() - text.len()), text: text.trim_end() }
    }

    /// What stands before and behind the separator.
    fn split(self, separator: &str) -> Option<(Part<'a>, Part<'a>)> {
        let at = self.text.find(separator)?;
        let behind = at + separator.len();
        let right = Part { origin: self.origin.part(behind), text: &self.text[behind..] };
        Some((Part { text: &self.text[..at], ..self }.trim(), right.trim()))
    }

    /// What stands before and behind the word.
    fn split_word(self, word: &str) -> Option<(Part<'a>, Part<'a>)> {
        let ends = self.text.strip_suffix(word).is_some_and(|before| before.ends_with(' '));
        self.split(&format!(" {word} ")).or_else(|| if ends { self.split(&format!(" {word}")) } else { None })
    }

    fn wrong(self, text: impl Into<String>, beside: &str) -> Message {
        Message::new(text).at(self.origin.place(0..self.text.len()), beside)
    }

    fn read(self) -> Result<Located, Message> {
        notation::located(self.text, &self.origin)
    }
}

/// The parts of a line.
struct Line<'a> {
    rejected: bool,
    name: Part<'a>,
    left: Part<'a>,
    right: Part<'a>,
    both_ways: bool,
    /// The conditions, or the point.
    tail: Option<Part<'a>>,
    source: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: Part<'a>) -> Result<Line<'a>, Message> {
        let rejected = line.text.starts_with('!');
        let shape = if rejected { REJECTED_SHAPE } else { SHAPE };
        let (statement, source) = line
            .split(";")
            .filter(|(_, source)| !source.text.is_empty())
            .ok_or_else(|| line.wrong("a rule without a source", "no `; source` behind it").help(shape))?;
        let (name, formula) = statement
            .split(":")
            .ok_or_else(|| statement.wrong("a rule without a name", "no `name :` before it").help(shape))?;
        let name = if rejected { Part { origin: name.origin.part(1), text: &name.text[1..] }.trim() } else { name };
        let both_ways = formula.text.contains("<=>");
        let (left, right) = formula
            .split(if both_ways { "<=>" } else { "=>" })
            .ok_or_else(|| formula.wrong("a rule without an arrow", "no `=>` or `<=>` in it").help(shape))?;
        let (own, other) = if rejected { ("at", "when") } else { ("when", "at") };
        if let Some((_, stray)) = right.split_word(other) {
            let text = if rejected { "a rejected rule has a point, no conditions" } else { "a point in a rule" };
            return Err(stray.wrong(text, "here").help(shape));
        }
        let (right, tail) = right.split_word(own).map_or((right, None), |(right, tail)| (right, Some(tail)));
        Ok(Line { rejected, name, left, right, both_ways, tail, source: source.text })
    }

    fn enter(&self, book: &mut RuleBook, names: &mut BTreeSet<Arc<str>>, group: &str) -> Result<(), Message> {
        let name = self.checked_name(names)?;
        let (left, right) = (self.left.read()?, self.right.read()?);
        if left.expr == right.expr {
            return Err(self.right.wrong("a rule that changes nothing", "the same as the left side"));
        }
        let tail = self.tail.map_or(Ok(Vec::new()), |tail| notation::located_conditions(tail.text, &tail.origin))?;
        let (group, source) = (Arc::from(group), self.source.to_string());
        let (lhs, rhs) = (left.expr.clone(), right.expr.clone());
        if self.rejected {
            let at = self.point(&left, &right, &tail)?;
            book.rejected.push(Rejected { name, lhs, rhs, at, source, group });
        } else {
            self.binds_nothing_new(&left, &right, &tail)?;
            let when = tail.into_iter().map(|condition| condition.expr).collect();
            book.rules.push(Rule { name, lhs, rhs, both_ways: self.both_ways, when, source, group });
        }
        Ok(())
    }

    fn checked_name(&self, names: &mut BTreeSet<Arc<str>>) -> Result<Arc<str>, Message> {
        let text = self.name.text;
        let kebab = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if !text.split('-').all(kebab) {
            return Err(self
                .name
                .wrong(format!("{} is no name of a rule", quoted(text)), "here")
                .help("names of rules are lower-case words joined by `-`, the operator first, such as `log-product`"));
        }
        if text.ends_with(KEPT_ENDING) {
            return Err(self
                .name
                .wrong(format!("a name of a rule that ends in `{KEPT_ENDING}`"), "give it another name")
                .help(format!("`{KEPT_ENDING}` marks the use of a rule from right to left")));
        }
        let name: Arc<str> = Arc::from(text);
        if !names.insert(name.clone()) {
            return Err(self
                .name
                .wrong(format!("two rules are called {}", quoted(text)), "the second one")
                .help("give one of them another name"));
        }
        Ok(name)
    }

    /// Every name of the side that is made, and of the conditions, occurs in the side that is matched.
    fn binds_nothing_new(&self, left: &Located, right: &Located, when: &[Located]) -> Result<(), Message> {
        let matches_everything = |side: &Located| matches!(side.expr, Expr::Symbol(_));
        if matches_everything(left) || (self.both_ways && matches_everything(right)) {
            let (side, text) = if matches_everything(left) { (self.left, "left") } else { (self.right, "right") };
            return Err(side
                .wrong(format!("the {text} side of the rule matches every expression"), "here")
                .help("a side that is matched is an operator or a function"));
        }
        let sides = [(self.right, right, left), (self.left, left, right)];
        for (part, made, matched) in &sides[..if self.both_ways { 2 } else { 1 }] {
            bound(part, made, matched)?;
            for condition in when {
                bound(&self.tail.unwrap_or(*part), condition, matched)?;
            }
        }
        Ok(())
    }

    /// The number that the point gives to each name.
    fn point(&self, left: &Located, right: &Located, tail: &[Located]) -> Result<Vec<(Arc<str>, Rational)>, Message> {
        let Some(part) = self.tail else {
            return Err(self
                .right
                .wrong("a rejected rule without a point", "no `at …` behind it")
                .help(REJECTED_SHAPE));
        };
        let wrong = |at: &std::ops::Range<usize>, text: String, beside: String| {
            Message::new(text).at(part.origin.place(at.clone()), beside).help(REJECTED_SHAPE)
        };
        let mut point: Vec<(Arc<str>, Rational)> = Vec::new();
        for condition in tail {
            let (Expr::Apply(Op::Eq, _), [Expr::Symbol(name), Expr::Number(value)]) =
                (&condition.expr, condition.expr.operands())
            else {
                let text = "a point gives each name a number".to_string();
                return Err(wrong(&condition.at, text, "write `name = number`".to_string()));
            };
            let known = left.expr.mentions(name) || right.expr.mentions(name);
            if !known || point.iter().any(|(other, _)| other == name) {
                let beside = if known { "given twice" } else { "not in the rule" };
                return Err(wrong(&condition.at, format!("the point gives `{name}` a value"), beside.to_string()));
            }
            point.push((name.clone(), value.clone()));
        }
        let missing =
            left.names().chain(right.names()).find(|(name, _)| point.iter().all(|(other, _)| &**other != *name));
        match missing {
            Some((name, _)) => Err(wrong(
                &(0..part.text.len()),
                format!("the point gives `{name}` no value"),
                format!("add `{name} = …`"),
            )),
            None => Ok(point),
        }
    }
}

fn bound(part: &Part, made: &Located, matched: &Located) -> Result<(), Message> {
    match made.names().find(|(name, _)| !matched.expr.mentions(name)) {
        Some((name, at)) => Err(Message::new(format!("the rule binds something new: {}", quoted(name)))
            .at(part.origin.place(at.clone()), "the side that is matched does not have it")
            .help("every name of a rule stands for what the matched side binds it to")),
        None => Ok(()),
    }
}
