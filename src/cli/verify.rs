//! `verify`: a loss → what its doubters say.

use super::args::Verify;
use super::place::Destination;
use super::voice::Voice;
use super::{Outcome, choices, loss, seam};
use crate::message::Message;

/// Runs the doubters.
///
/// # Errors
/// Where the loss cannot be read, a parameter is wrong, there is no kernel, or the result cannot be written.
pub fn run(verify: &Verify, voice: Voice) -> Result<Outcome, Message> {
    let destination = Destination::open(verify.output.as_deref())?;
    let said = choices::of(&verify.parameters)?;
    let spec = loss::read(&verify.loss.name)?;
    voice.progress(&format!("verifying {}", spec.name));
    let verdict = seam::verify(&spec, said, verify)?;
    destination.write(&verdict.text)?;
    Ok(verdict.outcome)
}
