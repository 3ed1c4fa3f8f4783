//! What the user set: `--gamma 2 --alpha param` × spec → the kernel's parameters.

use crate::kernel::{Format, KernelParameter};
use crate::message::Message;
use crate::rational::Rational;
use crate::spec::Spec;

/// What was said about one parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A value.
    Value(Rational),
    /// `none`
    None,
    /// `param`
    Argument,
}

/// Settles every parameter of the spec, in its order.
///
/// # Errors
/// A name that the spec has not, a value outside the domain or the format, a parameter that is left out
/// and has no `none`.
pub fn settle(_spec: &Spec, _choices: &[(String, Choice)], _format: Format) -> Result<Vec<KernelParameter>, Message> {
    Err(Message::new("not built yet"))
}
