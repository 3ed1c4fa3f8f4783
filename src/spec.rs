//! A loss as a person states it: `spec.toml` → `Spec`.

use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;

/// A text in English and Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// An input: the one that is differentiated comes first.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Arc<str>,
    /// Where it lies.
    pub domain: Domain,
    /// Its unit in words; may be empty.
    pub unit: String,
}

/// A parameter, in the order of the spec.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// Where it lies.
    pub domain: Domain,
    /// What `none` means: names of the formula and the expressions that replace their definitions; `None` where it must have a value.
    pub none: Option<Vec<(Arc<str>, Expr)>>,
}

/// A line of `[formula]`.
#[derive(Clone, Debug)]
pub struct Definition {
    /// The name that is defined.
    pub name: Arc<str>,
    /// Its value; names defined above may occur in it.
    pub value: Expr,
}

/// What the literature states; the engine must prove it.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
    /// Where it is stated.
    pub source: String,
}

/// A line of `[edges]`: at a point where the formula has only a limit, the limits of the outputs.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The point in words, e.g. `x = -inf, y = 1, alpha > 0`.
    pub at: String,
    /// Conditions of the point: name, comparison, value (`inf` and `-inf` as `None` with the sign).
    pub conditions: Vec<EdgeCondition>,
    /// Output (`loss`, `d_x`, `d2_x`) and its limit as an expression of parameters, or ±∞.
    pub limits: Vec<(String, EdgeValue)>,
}

/// One condition of an edge.
#[derive(Clone, Debug)]
pub struct EdgeCondition {
    /// The name.
    pub name: Arc<str>,
    /// `=`, `<`, `<=`, `>`, `>=` or `!=`.
    pub comparison: String,
    /// The value compared with.
    pub value: EdgeValue,
}

/// A value at an edge.
#[derive(Clone, Debug)]
pub enum EdgeValue {
    /// +∞
    Infinity,
    /// −∞
    NegativeInfinity,
    /// An expression of the parameters.
    Finite(Expr),
}

/// A loss.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name: the folder's for built-in ones, the file's stem else.
    pub name: String,
    /// Its title.
    pub title: Text,
    /// Where it comes from.
    pub source: String,
    /// Inputs; the first is differentiated.
    pub inputs: Vec<Input>,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// The formula in order; the last is the loss.
    pub formula: Vec<Definition>,
    /// Claims.
    pub claims: Vec<Claim>,
    /// Edges.
    pub edges: Vec<Edge>,
    /// The file's text, for its digest.
    pub text: String,
}
