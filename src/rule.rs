//! The rule book: `derivations/rules/*.rules` → `RuleBook`.

use std::sync::Arc;

use crate::expr::Expr;
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
