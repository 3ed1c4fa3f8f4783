//! The rule book: `derivations/rules/*.rules` → `RuleBook`.
//!
//! A rule a line, `name : left => right [when conditions] ; source`; a rejected rule begins with `!` and ends in the
//! point that kills it, `at a = -1, b = 2`, in place of the conditions.

mod read;

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use crate::expr::Expr;
use crate::message::Message;
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
        let mut names = BTreeSet::new();
        for (group, text) in files {
            read::file(&mut book, &mut names, group, text)?;
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
    ("cases", include_str!("../../derivations/rules/cases.rules")),
    ("arithmetic", include_str!("../../derivations/rules/arithmetic.rules")),
    ("logarithm", include_str!("../../derivations/rules/logarithm.rules")),
    ("power", include_str!("../../derivations/rules/power.rules")),
    ("share", include_str!("../../derivations/rules/share.rules")),
    ("sigmoid", include_str!("../../derivations/rules/sigmoid.rules")),
    ("sign", include_str!("../../derivations/rules/sign.rules")),
    ("stable", include_str!("../../derivations/rules/stable.rules")),
    ("unit", include_str!("../../derivations/rules/unit.rules")),
];
