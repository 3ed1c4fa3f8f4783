//! Where an input or parameter may lie: `finite`, `[0, 1]`, `(0, inf)`, `{0, 1}`, `class`.

use std::fmt;

use crate::message::{Message, quoted};
use crate::notation::{self, Origin};
use crate::rational::Rational;

/// A set of reals that a name may take its values from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Every finite real.
    Finite,
    /// Between two ends; `None` is an infinite end.
    Interval {
        /// The lower end.
        lo: Option<Rational>,
        /// Is the lower end itself outside?
        lo_open: bool,
        /// The upper end.
        hi: Option<Rational>,
        /// Is the upper end itself outside?
        hi_open: bool,
    },
    /// One of these.
    Set(Vec<Rational>),
    /// The classes of a loss, numbered from 0.
    Class,
}

impl Domain {
    /// Is the number in it?
    pub fn contains(&self, value: &Rational) -> bool {
        match self {
            Domain::Finite => true,
            Domain::Class => value.to_i64().is_some_and(|class| class >= 0),
            Domain::Set(values) => values.contains(value),
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                lo.as_ref().is_none_or(|lo| if *lo_open { value > lo } else { value >= lo })
                    && hi.as_ref().is_none_or(|hi| if *hi_open { value < hi } else { value <= hi })
            }
        }
    }

    /// Is the number in it or an end of it?
    pub fn reaches(&self, value: &Rational) -> bool {
        match self {
            Domain::Interval { lo, hi, .. } => {
                lo.as_ref().is_none_or(|lo| value >= lo) && hi.as_ref().is_none_or(|hi| value <= hi)
            }
            _ => self.contains(value),
        }
    }

    /// Reads a domain.
    ///
    /// # Errors
    /// Where the text is none, or nothing lies in it; the message points at the place.
    pub fn parse(text: &str) -> Result<Domain, Message> {
        Domain::read(text, &Origin::alone("<domain>", text))
    }

    /// Reads a domain that stands somewhere.
    ///
    /// # Errors
    /// As [`Domain::parse`].
    pub fn read(text: &str, origin: &Origin) -> Result<Domain, Message> {
        let trimmed = text.trim();
        if trimmed == "finite" {
            return Ok(Domain::Finite);
        }
        if trimmed == "class" {
            return Ok(Domain::Class);
        }
        let start = text.len() - text.trim_start().len();
        let reader = Reader { origin: origin.part(start), text: trimmed };
        if trimmed.starts_with('{') { reader.set() } else { reader.interval() }
    }
}

/// Members of a set, at most.
const MOST_MEMBERS: usize = 100;

struct Reader<'a> {
    origin: Origin<'a>,
    text: &'a str,
}

impl Reader<'_> {
    fn wrong(&self, at: std::ops::Range<usize>, text: impl Into<String>, beside: impl Into<String>) -> Message {
        Message::new(text).at(self.origin.place(at), beside).help(
            "a domain is `finite`, an interval such as `[0, 1]`, `(0, inf)` or `[0, inf)`, or a set such as `{0, 1}`",
        )
    }

    fn whole(&self, text: impl Into<String>, beside: &str) -> Message {
        self.wrong(0..self.text.len(), text, beside)
    }

    /// The parts between the outer signs, with the bytes before each.
    fn parts(&self) -> Vec<(usize, &str)> {
        let inner = &self.text[1..self.text.len() - 1];
        let mut at = 1;
        let part = |part| {
            let start = at;
            at += str::len(part) + 1;
            (start, part)
        };
        inner.split(',').map(part).collect()
    }

    fn number(&self, (at, text): (usize, &str)) -> Result<Rational, Message> {
        let read = notation::located(text, &self.origin.part(at))?;
        read.expr.as_number().cloned().ok_or_else(|| {
            self.wrong(trimmed((at, text)), format!("{} is not a number", quoted(text.trim())), "a number belongs here")
        })
    }

    fn set(&self) -> Result<Domain, Message> {
        if !self.text.ends_with('}') {
            return Err(self.whole(format!("{} is not a domain", quoted(self.text)), "no `}` at its end"));
        }
        let parts = self.parts();
        if parts.len() > MOST_MEMBERS {
            return Err(self.whole(format!("a set of more than {MOST_MEMBERS} numbers"), "here"));
        }
        if parts.iter().all(|(_, part)| part.trim().is_empty()) {
            return Err(self.whole("nothing lies in the domain", "the set is empty"));
        }
        let mut values: Vec<Rational> = Vec::new();
        for part in parts {
            let value = self.number(part)?;
            if values.contains(&value) {
                return Err(self.wrong(trimmed(part), format!("{value} stands in the set twice"), "here"));
            }
            values.push(value);
        }
        Ok(Domain::Set(values))
    }

    fn interval(&self) -> Result<Domain, Message> {
        let (open, close) = (self.text.starts_with('('), self.text.ends_with(')'));
        let outer = self.text.len() >= 2 && (open || self.text.starts_with('[')) && (close || self.text.ends_with(']'));
        if !outer {
            let begun = self.text.starts_with(['(', '[']);
            let beside = if begun { "no `)` or `]` at its end" } else { "not understood" };
            return Err(self.whole(format!("{} is not a domain", quoted(self.text)), beside));
        }
        let parts = self.parts();
        let [below, above] = parts[..] else {
            return Err(self.whole(format!("an interval of {} ends", parts.len()), "two belong here"));
        };
        let lo = self.end(below, "-inf", open, "(")?;
        let hi = self.end(above, "inf", close, ")")?;
        let nothing = match (&lo, &hi) {
            (Some(lo), Some(hi)) => lo > hi || (lo == hi && (open || close)),
            _ => false,
        };
        if nothing {
            return Err(self.whole("nothing lies in the domain", "its ends leave nothing between them"));
        }
        Ok(Domain::Interval { lo, lo_open: open, hi, hi_open: close })
    }

    /// An end: a number, or infinite and then open.
    fn end(&self, part: (usize, &str), infinite: &str, open: bool, bracket: &str) -> Result<Option<Rational>, Message> {
        if part.1.trim() != infinite {
            return self.number(part).map(Some);
        }
        if open {
            return Ok(None);
        }
        let text = format!("`{infinite}` lies in no domain");
        Err(self.wrong(trimmed(part), text, format!("write `{bracket}` beside it")))
    }
}

/// The bytes of a part without the white space around it.
fn trimmed((at, text): (usize, &str)) -> std::ops::Range<usize> {
    let start = at + text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |end: &Option<Rational>, infinite: &str| {
            end.as_ref().map_or_else(|| infinite.to_string(), |value| value.to_string())
        };
        match self {
            Domain::Finite => f.write_str("finite"),
            Domain::Class => f.write_str("class"),
            Domain::Set(values) => {
                let values: Vec<String> = values.iter().map(Rational::to_string).collect();
                write!(f, "{{{}}}", values.join(", "))
            }
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                let (open, close) = (if *lo_open { "(" } else { "[" }, if *hi_open { ")" } else { "]" });
                write!(f, "{open}{}, {}{close}", end(lo, "-inf"), end(hi, "inf"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_read_as_they_print() {
        for text in [
            "finite",
            "class",
            "[0, 1]",
            "(0, inf)",
            "[0, inf)",
            "(-inf, -0.5]",
            "{0, 1}",
            "{-1, 1/3}",
            "(-inf, inf)",
            "[2, 2]",
        ] {
            assert_eq!(Domain::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Domain::parse(" ( 0 ,1/2 ] ").unwrap().to_string(), "(0, 0.5]");
    }

    #[test]
    fn ends_are_kept() {
        let number = |text| Rational::from_decimal(text).unwrap();
        let domain = Domain::parse("(0, 1]").unwrap();
        assert!(domain.contains(&number("1")) && domain.contains(&number("1e-300")));
        assert!(!domain.contains(&number("0")) && domain.reaches(&number("0")));
        assert!(!domain.contains(&number("1.5")) && !domain.reaches(&number("1.5")));
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for text in [
            "",
            "(",
            "[]",
            "{",
            "{}",
            "[0]",
            "[0, 1",
            "0, 1",
            "[0, inf]",
            "[1, 0]",
            "(1, 1]",
            "{0, 0}",
            "{0,}",
            "[0, 1, 2]",
            "[0, x]",
            "[é, 1]",
            "é",
            "（0, 1）",
            "[nan, 1]",
        ] {
            let message = Domain::parse(text).expect_err(text);
            assert!(message.place.is_some(), "{message}");
        }
    }
}
