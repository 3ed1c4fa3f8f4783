//! The whole line as a value: `Spec` × `RuleBook` → `Derivation`.

use std::sync::Arc;

use crate::expr::Expr;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::spec::Spec;

/// One elementary step: one position of a formula changes, by one rule.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole formula before.
    pub before: Expr,
    /// The whole formula after.
    pub after: Expr,
    /// The rule's name: of the book, of the table of derivatives (`d-…`), `definition`, or `arithmetic`.
    pub rule: Arc<str>,
    /// The reason in words.
    pub why: String,
    /// The position: operand numbers from the root.
    pub at: Vec<usize>,
}

/// How far a claim came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Both sides are equal wherever they are defined.
    Proved,
    /// Not proved; says which limit was hit.
    Unsettled(String),
}

/// A claim of the spec and what became of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Left side as stated.
    pub lhs: Expr,
    /// Right side as stated.
    pub rhs: Expr,
    /// Where it is stated.
    pub source: String,
    /// How far it came.
    pub status: Status,
    /// From `lhs` to `rhs`.
    pub steps: Vec<Step>,
}

/// A derivative that the engine found.
#[derive(Clone, Debug)]
pub struct Derived {
    /// `d_z`, `d2_z` …: the derivative in the name that the formula's later names depend on the input through, or `d_x`, `d2_x`.
    pub name: String,
    /// What is differentiated, as stated: `d(loss, x)`.
    pub of: Expr,
    /// The shortest form found, in the names of the formula.
    pub form: Expr,
    /// From `of` to `form`.
    pub steps: Vec<Step>,
}

/// What is known about one loss.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The loss.
    pub spec: Spec,
    /// The derivatives found.
    pub derived: Vec<Derived>,
    /// The claims, judged.
    pub claims: Vec<Judged>,
    /// Digest of the rule book (first 16 hex digits of SHA-256).
    pub rules_digest: String,
}

/// Derives the formulas of a loss and judges its claims.
///
/// # Errors
/// Where the formula cannot be differentiated.
pub fn derive(_spec: &Spec, _book: &RuleBook) -> Result<Derivation, Message> {
    Err(Message::new("not built yet"))
}
