//! The rule book: `derivations/rules/*.rules` → `RuleBook`.

use std::sync::{Arc, OnceLock};

use crate::expr::Expr;
use crate::message::Message;
use crate::notation::{self, Origin};
use crate::rational::Rational;

/// A rule: where its conditions hold and its left side is defined, its right side is defined and equal.
/// Every name in it stands for any expression.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, kebab-case, operator first.
    pub name: Arc<str>,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// Written `<=>`: it holds both ways.
    pub both_ways: bool,
    /// Conditions: comparisons that must all hold.
    pub when: Vec<Expr>,
    /// Reason or source, what stands after `;`.
    pub source: String,
    /// Stem of its file, e.g. `power`.
    pub group: Arc<str>,
}

/// A rule that is false, with the point that kills it.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Its name.
    pub name: Arc<str>,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// The point: a value for each name.
    pub at: Vec<(Arc<str>, Rational)>,
    /// Reason or source, what stands after `;`.
    pub source: String,
    /// Stem of its file.
    pub group: Arc<str>,
}

/// Every rule, in the order of files (by name) and lines.
#[derive(Clone, Debug, Default)]
pub struct RuleBook {
    /// Rules.
    pub rules: Vec<Rule>,
    /// Rejected rules.
    pub rejected: Vec<Rejected>,
    /// The files' texts joined, for the digest.
    pub text: String,
}

impl RuleBook {
    /// Reads rule files: name of the file without ending, and its text.
    ///
    /// # Errors
    /// Where a line is no rule; the message points at the place.
    pub fn parse(files: &[(&str, &str)]) -> Result<RuleBook, Message> {
        let mut book = RuleBook::default();
        for (group, text) in files {
            for (number, line) in text.lines().enumerate() {
                read_line(&mut book, group, number + 1, line)?;
            }
            book.text.push_str(text);
        }
        Ok(book)
    }

    /// The rules that come with the tool.
    pub fn builtin() -> &'static RuleBook {
        static BOOK: OnceLock<RuleBook> = OnceLock::new();
        BOOK.get_or_init(|| RuleBook::parse(BUILTIN).unwrap_or_else(|message| panic!("{message}")))
    }
}

/// The rule files, by name.
const BUILTIN: &[(&str, &str)] = &[
    ("cases", include_str!("../derivations/rules/cases.rules")),
    ("collect", include_str!("../derivations/rules/collect.rules")),
    ("power", include_str!("../derivations/rules/power.rules")),
    ("sigmoid", include_str!("../derivations/rules/sigmoid.rules")),
    ("sign", include_str!("../derivations/rules/sign.rules")),
    ("stable", include_str!("../derivations/rules/stable.rules")),
];

fn read_line(book: &mut RuleBook, group: &str, number: usize, line: &str) -> Result<(), Message> {
    let body = line.split('#').next().unwrap_or_default();
    if body.trim().is_empty() {
        return Ok(());
    }
    let origin = |part: &str| {
        let bytes = part.as_ptr() as usize - line.as_ptr() as usize;
        let column = line[..bytes].chars().count() + 1;
        Origin { file: format!("derivations/rules/{group}.rules"), line_text: line.to_string(), line: number, column }
    };
    let wrong = |part: &str, text: String, beside: &str| Message {
        text,
        place: Some(Box::new(origin(part).place(0, part.trim_end().chars().count()))),
        beside: beside.to_string(),
        help: "a rule is `name : left => right [when conditions] ; source`".to_string(),
    };
    let (statement, source) =
        body.split_once(';').ok_or_else(|| wrong(body, "a rule without a source".to_string(), "no `;`"))?;
    let (name, formula) =
        statement.split_once(':').ok_or_else(|| wrong(statement, "a rule without a name".to_string(), "no `:`"))?;
    let (rejected, name) = match name.trim().strip_prefix('!') {
        Some(name) => (true, name.trim()),
        None => (false, name.trim()),
    };
    if book.rules.iter().any(|rule| &*rule.name == name) || book.rejected.iter().any(|rule| &*rule.name == name) {
        return Err(wrong(statement, format!("two rules are called `{name}`"), "the second one"));
    }
    let both_ways = formula.contains("<=>");
    let arrow = if both_ways { "<=>" } else { "=>" };
    let (left, right) =
        formula.split_once(arrow).ok_or_else(|| wrong(formula, "a rule without an arrow".to_string(), "no `=>`"))?;
    let keyword = if rejected { " at " } else { " when " };
    let (right, conditions) = match right.split_once(keyword) {
        Some((right, conditions)) => (right, Some(conditions)),
        None => (right, None),
    };
    let read = |part: &str| notation::parse(part, &origin(part));
    let (lhs, rhs) = (read(left)?, read(right)?);
    let when = conditions.map_or(Ok(Vec::new()), |part| notation::conditions(part, &origin(part)))?;
    let bound = lhs.symbols();
    let mut used: Vec<(&str, Arc<str>)> = rhs.symbols().into_iter().map(|name| (right, name)).collect();
    used.extend(when.iter().flat_map(Expr::symbols).map(|name| (conditions.unwrap_or(right), name)));
    if both_ways {
        let missing = lhs.symbols().into_iter().find(|name| !rhs.mentions(name));
        used.extend(missing.filter(|name| !bound.contains(name) || !rhs.mentions(name)).map(|name| (left, name)));
    }
    if let Some((part, name)) =
        used.into_iter().find(|(_, name)| !bound.contains(name) || (both_ways && !rhs.mentions(name)))
    {
        return Err(wrong(part, format!("the rule binds something new: `{name}`"), "the other side does not have it"));
    }
    let (name, group, source): (Arc<str>, Arc<str>, String) =
        (Arc::from(name), Arc::from(group), source.trim().to_string());
    if !rejected {
        book.rules.push(Rule { name, lhs, rhs, both_ways, when, source, group });
        return Ok(());
    }
    let at = when.iter().map(|condition| match condition.operands() {
        [Expr::Symbol(name), Expr::Number(value)] => Ok((name.clone(), value.clone())),
        _ => Err(wrong(right, "a point gives each name a number".to_string(), "such as `at a = -1, b = 2`")),
    });
    let at = at.collect::<Result<_, _>>()?;
    book.rejected.push(Rejected { name, lhs, rhs, at, source, group });
    Ok(())
}
