//! Kernel → Rust text, ready to be a module of someone else's crate.

use crate::derivation::Derivation;
use crate::kernel::Format;
use crate::message::Message;
use crate::setting::Choice;

/// How labels are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// `y: F`, 0 or 1.
    Float,
    /// `y: u8`, 0 or 1.
    U8,
    /// `y: bool`.
    Bool,
    /// `y: F`, −1 or +1.
    PlusMinus,
}

/// What `emit` is asked for.
#[derive(Clone, Debug)]
pub struct EmitOptions {
    /// What was said about parameters, in any order.
    pub choices: Vec<(String, Choice)>,
    /// Float format.
    pub format: Format,
    /// 0: loss; 1: and gradient; 2: and Hessian.
    pub order: u8,
    /// A sample weight as the last input?
    pub weighted: bool,
    /// How labels are given.
    pub labels: Labels,
}

/// Writes specialised Rust for a loss; the kernel has met its bound at 64 fixed points before.
///
/// # Errors
/// Where a parameter is missing or wrong, or no kernel with a finite bound exists.
pub fn emit(_derivation: &Derivation, _options: &EmitOptions) -> Result<String, Message> {
    Err(Message::new("not built yet"))
}
