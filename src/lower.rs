//! Regimes' forms → one straight-line, branch-free kernel with its proved bounds.

use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel, KernelParameter};
use crate::message::Message;

/// The kernel of a loss: stable forms by regime, joined where they agree, with the bounds proved for it.
///
/// # Errors
/// Where no form with a finite bound was found, or a parameter or order is beyond what can be lowered.
pub fn kernel(
    _derivation: &Derivation,
    _parameters: &[KernelParameter],
    _format: Format,
    _order: u8,
    _weighted: bool,
) -> Result<Kernel, Message> {
    Err(Message::new("not built yet"))
}
