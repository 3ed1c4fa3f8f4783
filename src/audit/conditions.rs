//! Conditions on names (`g >= 0, 0 < p < 1, y in {0, 1}`) → where each name lies.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::{self, Origin};
use crate::rational::Rational;

/// Where a free name lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lies {
    /// Its domain.
    pub domain: Domain,
    /// Numbers that it is not.
    pub except: Vec<Rational>,
}

impl Lies {
    /// Any finite number.
    pub fn anywhere() -> Lies {
        Lies { domain: Domain::Finite, except: Vec::new() }
    }

    /// May it be this number?
    pub fn contains(&self, value: &Rational) -> bool {
        self.domain.contains(value) && !self.except.contains(value)
    }

    /// What is left of it beside a comparison with a number; `None` where nothing is.
    pub fn meet(&self, comparison: &str, value: &Rational) -> Option<Lies> {
        let mut met = self.clone();
        if let Domain::Set(values) = &mut met.domain {
            values.retain(|one| holds(one, comparison, value));
            return (!values.is_empty()).then_some(met);
        }
        let (mut lo, mut lo_open, mut hi, mut hi_open) = match &self.domain {
            Domain::Interval { lo, lo_open, hi, hi_open } => (lo.clone(), *lo_open, hi.clone(), *hi_open),
            _ => (None, true, None, true),
        };
        let above = |lo: &Option<Rational>| lo.as_ref().is_none_or(|lo| value > lo);
        let below = |hi: &Option<Rational>| hi.as_ref().is_none_or(|hi| value < hi);
        let at = |end: &Option<Rational>| end.as_ref() == Some(value);
        match comparison {
            "==" => return self.contains(value).then(|| Lies { domain: Domain::Set(vec![value.clone()]), ..met }),
            "!=" => {
                met.except.extend((!met.except.contains(value)).then(|| value.clone()));
                return Some(met);
            }
            ">" if above(&lo) || at(&lo) => (lo, lo_open) = (Some(value.clone()), true),
            ">=" if above(&lo) => (lo, lo_open) = (Some(value.clone()), false),
            "<" if below(&hi) || at(&hi) => (hi, hi_open) = (Some(value.clone()), true),
            "<=" if below(&hi) => (hi, hi_open) = (Some(value.clone()), false),
            _ => {}
        }
        let empty = match (&lo, &hi) {
            (Some(lo), Some(hi)) => lo > hi || (lo == hi && (lo_open || hi_open)),
            _ => false,
        };
        if empty {
            return None;
        }
        if lo.is_some() && lo == hi {
            met.domain = Domain::Set(lo.into_iter().collect());
        } else if lo.is_some() || hi.is_some() {
            met.domain = Domain::Interval { lo, lo_open, hi, hi_open };
        }
        met.except.retain(|value| met.domain.contains(value));
        Some(met)
    }

    /// What both allow; `None` where nothing is left.
    fn within(&self, domain: &Domain) -> Option<Lies> {
        match domain {
            Domain::Finite | Domain::Class => Some(self.clone()),
            Domain::Set(values) => {
                let values: Vec<Rational> = values.iter().filter(|value| self.contains(value)).cloned().collect();
                (!values.is_empty()).then(|| Lies { domain: Domain::Set(values), except: Vec::new() })
            }
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                let mut met = self.clone();
                if let Some(lo) = lo {
                    met = met.meet(if *lo_open { ">" } else { ">=" }, lo)?;
                }
                match hi {
                    Some(hi) => met.meet(if *hi_open { "<" } else { "<=" }, hi),
                    None => Some(met),
                }
            }
        }
    }
}

fn holds(a: &Rational, comparison: &str, b: &Rational) -> bool {
    match comparison {
        "==" => a == b,
        "!=" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    }
}

/// Reads conditions and adds them to what is known; `seen` is told of each name and where it stands.
pub fn read(text: &str, origin: &Origin, lies: &mut BTreeMap<Arc<str>, Lies>, seen: Seen) -> Result<(), Message> {
    for at in parts(text) {
        let part = &text[at.clone()];
        if part.trim().is_empty() {
            let message = Message::new("a condition is empty").at(origin.place(at), "write one such as `g >= 0`");
            return Err(message);
        }
        match membership(part) {
            Some(split) => member(part, split, at.start, origin, lies, seen)?,
            None => comparisons(part, at.start, origin, lies, seen)?,
        }
    }
    Ok(())
}

/// The stretches between commas that stand in no bracket.
fn parts(text: &str) -> Vec<Range<usize>> {
    let (mut all, mut depth, mut start) = (Vec::new(), 0_i32, 0);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth <= 0 => {
                all.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(start..text.len());
    all
}

/// Where the word `in` stands, with white space around it.
fn membership(part: &str) -> Option<usize> {
    part.match_indices("in").map(|(at, _)| at).find(|&at| {
        let before = part[..at].chars().next_back();
        let after = part[at + 2..].chars().next();
        before.is_some_and(char::is_whitespace) && after.is_some_and(|c| c.is_whitespace() || "{[(".contains(c))
    })
}

/// Is told of a name that a condition is about.
type Seen<'s> = &'s mut dyn FnMut(&str, Range<usize>) -> Result<(), Message>;

fn member(
    part: &str,
    split: usize,
    start: usize,
    origin: &Origin,
    lies: &mut BTreeMap<Arc<str>, Lies>,
    seen: Seen,
) -> Result<(), Message> {
    let (left, right) = (&part[..split], &part[split + 2..]);
    let read = notation::located(left, &origin.part(start))?;
    let at = start + read.at.start..start + read.at.end;
    let Expr::Symbol(name) = &read.expr else {
        return Err(Message::new("a condition with `in` is about a name").at(origin.place(at), "a name belongs here"));
    };
    let domain = Domain::read(right, &origin.part(start + split + 2))?;
    seen(name, at)?;
    let known = lies.entry(name.clone()).or_insert_with(Lies::anywhere);
    *known = known.within(&domain).ok_or_else(|| nothing(name, start..start + part.len(), origin))?;
    Ok(())
}

/// `a < b`, and `a < b <= c`.
fn comparisons(
    part: &str,
    start: usize,
    origin: &Origin,
    lies: &mut BTreeMap<Arc<str>, Lies>,
    seen: Seen,
) -> Result<(), Message> {
    let signs = signs(part);
    let whole = start..start + part.len();
    if signs.is_empty() {
        return Err(Message::new(format!("{} is no condition", quoted(part.trim())))
            .at(origin.place(whole), "a comparison belongs here")
            .help("conditions are such as `g >= 0`, `0 < p`, `p < 1`, `y in {0, 1}`, separated by commas"));
    }
    let mut begins = 0;
    let mut operands = Vec::new();
    for end in signs.iter().map(|(at, _, _)| *at).chain([part.len()]) {
        operands.push(operand(&part[begins..end], start + begins, origin)?);
        begins = signs.iter().find(|(at, _, _)| *at == end).map_or(end, |(at, length, _)| at + length);
    }
    for (pair, (_, _, sign)) in operands.windows(2).zip(&signs) {
        let (name, at, sign, value) = match (&pair[0], &pair[1]) {
            ((Expr::Symbol(name), at), (Expr::Number(value), _)) => (name, at, *sign, value),
            ((Expr::Number(value), _), (Expr::Symbol(name), at)) => (name, at, mirrored(sign), value),
            ((_, at), _) => {
                return Err(Message::new("a condition compares a name with a number")
                    .at(origin.place(at.clone()), "here")
                    .help("conditions are such as `g >= 0`, `0 < p`, `p < 1`, `y in {0, 1}`, separated by commas"));
            }
        };
        seen(name, at.clone())?;
        let known = lies.entry(name.clone()).or_insert_with(Lies::anywhere);
        *known = known.meet(sign, value).ok_or_else(|| nothing(name, whole.clone(), origin))?;
    }
    Ok(())
}

fn operand(text: &str, start: usize, origin: &Origin) -> Result<(Expr, Range<usize>), Message> {
    let read = notation::located(text, &origin.part(start))?;
    Ok((read.expr, start + read.at.start..start + read.at.end))
}

fn nothing(name: &str, at: Range<usize>, origin: &Origin) -> Message {
    Message::new(format!("no `{name}` meets the conditions"))
        .at(origin.place(at), "nothing is left here")
        .help("take one of the conditions away")
}

/// Every comparison sign with its place and length.
fn signs(part: &str) -> Vec<(usize, usize, &'static str)> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < part.len() {
        let found = ["<=", ">=", "==", "!=", "<", ">", "="].into_iter().find(|sign| part[at..].starts_with(sign));
        match found {
            Some(sign) => {
                all.push((at, sign.len(), if sign == "=" { "==" } else { sign }));
                at += sign.len();
            }
            None => at += part[at..].chars().next().map_or(1, char::len_utf8),
        }
    }
    all
}

fn mirrored(sign: &str) -> &'static str {
    match sign {
        "<" => ">",
        "<=" => ">=",
        ">" => "<",
        ">=" => "<=",
        "!=" => "!=",
        _ => "==",
    }
}
