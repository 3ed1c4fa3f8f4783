//! A loss as a person states it: `spec.toml` → `Spec`.
//!
//! A spec that was read is sound in itself: every name is known where it is used, the loss depends on its first
//! input, no operator is defined nowhere, and the formula written out is of a bounded length.

mod claims;
pub mod classes;
pub(crate) mod document;
mod edges;
pub(crate) mod facts;
mod file;
mod index;
mod none;
mod options;
mod read;
mod scope;

use std::path::Path;
use std::sync::Arc;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::closest;

pub use facts::LARGEST_EXPONENT;

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

/// What a loss over classes has: a logit for each class, a target, and parameters with a value for each class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    /// The first input, which has a number for each class: `z` of `z[k]`.
    pub list: Arc<str>,
    /// The input that says which class is the true one: `t`.
    pub target: Arc<str>,
    /// Parameters with a number for each class.
    pub parameters: Vec<Arc<str>>,
}

impl Classes {
    /// What claims call any class other than the target.
    pub const OTHER: &str = "i";
    /// What edges call the margin, which the loss reduces to.
    pub const MARGIN: &str = "m";

    /// Has the name a number for each class?
    pub fn has_index(&self, name: &str) -> bool {
        *self.list == *name || self.parameters.iter().any(|parameter| **parameter == *name)
    }
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
    /// Conditions of the point.
    pub conditions: Vec<EdgeCondition>,
    /// Output (`loss`, `d_x`, `d2_x`, whatever the input is called) and its limit: ±∞, or an expression of names
    /// that do not depend on the first input.
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
    /// Its name: the folder's for a `spec.toml`, the file's stem else.
    pub name: String,
    /// How a command names it: a loss of the tool by its name, a file by its path.
    pub named: String,
    /// Its title.
    pub title: Text,
    /// Where it comes from.
    pub source: String,
    /// Inputs; the first is differentiated.
    pub inputs: Vec<Input>,
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// Where the loss is over classes, which names have an index; a scalar loss has none.
    pub classes: Option<Classes>,
    /// The formula in order; the last is the loss.
    pub formula: Vec<Definition>,
    /// Claims.
    pub claims: Vec<Claim>,
    /// Edges.
    pub edges: Vec<Edge>,
    /// May the input be clipped, `clip = "p"` of `[options]`?
    pub clip: bool,
    /// May a number be added to the input, `log_eps = "p"` of `[options]`?
    pub log_eps: bool,
    /// Which loss divides a row by its sum first, `normalise = "loss"` of `[options]`?
    pub normalised: Option<String>,
    /// The file's text, for its digest.
    pub text: String,
}

macro_rules! builtin {
    ($name:literal) => {
        (
            $name,
            concat!("derivations/", $name, "/spec.toml"),
            include_str!(concat!("../../derivations/", $name, "/spec.toml")),
        )
    };
}

/// The losses that come with the tool: name, file, text.
const BUILTIN: &[(&str, &str, &str)] = &[
    builtin!("focal_binary"),
    builtin!("focal_star"),
    builtin!("cross_entropy_binary"),
    builtin!("focal_probability"),
    builtin!("focal_softmax"),
    builtin!("focal_categorical"),
    builtin!("focal_normalised"),
];

const NAMES: &[&str] = &{
    let mut names = [""; BUILTIN.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = BUILTIN[place].0;
        place += 1;
    }
    names
};

impl Spec {
    /// The names of the losses that come with the tool.
    pub fn builtin_names() -> &'static [&'static str] {
        NAMES
    }

    /// A loss that comes with the tool.
    ///
    /// # Errors
    /// Where it has none of that name.
    pub fn builtin(name: &str) -> Result<Spec, Message> {
        let Some((name, file, text)) = BUILTIN.iter().find(|(known, _, _)| *known == name) else {
            let near =
                closest(&name.to_lowercase(), NAMES.iter().copied()).map(|near| format!("did you mean `{near}`? "));
            return Err(Message::new(format!("unknown loss {}", quoted(name)))
                .help(format!("{}`focal-derive list` shows the losses", near.unwrap_or_default())));
        };
        Spec::parse(name, file, text)
    }

    /// Is the loss meant as a path? A name that comes with the tool goes before a path, `./NAME` is always a path, and
    /// what cannot be a name is one.
    pub fn is_path(loss: &str) -> bool {
        let path = Path::new(loss);
        let looks_so = path.components().count() > 1 || loss.starts_with('.') || path.extension().is_some();
        !NAMES.contains(&loss) && (looks_so || path.exists())
    }

    /// The loss of a name that comes with the tool, or of a path.
    ///
    /// # Errors
    /// Where there is no such loss, or the file states none.
    pub fn find(loss: &str) -> Result<Spec, Message> {
        if Spec::is_path(loss) { Spec::read(loss) } else { Spec::builtin(loss) }
    }

    /// Reads a spec from its text; `file` is what messages call the file.
    ///
    /// # Errors
    /// Where the text states no loss; the message points at the place.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Spec, Message> {
        read::spec(name, document::File { name: file, text })
    }

    /// Reads a spec from a file.
    ///
    /// # Errors
    /// Where the file cannot be read, or states no loss.
    pub fn read(path: impl AsRef<Path>) -> Result<Spec, Message> {
        let (file, text) = file::text(path.as_ref())?;
        let spec = Spec::parse(&file::name(path.as_ref()), &file, &text)?;
        Ok(Spec { named: file, ..spec })
    }
}
