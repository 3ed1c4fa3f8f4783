//! `verify`: a loss → what its doubters say.

use super::args::Verify;
use super::place::Destination;
use super::voice::Voice;
use super::{Outcome, choices, loss, sweep};
use crate::derivation;
use crate::kernel::Format;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::verify::{self, VerifyOptions};

/// Runs the doubters.
///
/// # Errors
/// Where the loss cannot be read, a parameter or point is wrong, there is no kernel, or the result cannot be written.
pub fn run(verify: &Verify, voice: Voice) -> Result<Outcome, Message> {
    if verify.sweep.exhaustive {
        return sweep::run(verify, voice);
    }
    let destination = Destination::open(verify.output.as_deref())?;
    let mut options = VerifyOptions {
        choices: choices::of(&verify.parameters)?,
        samples: usize::try_from(verify.samples).unwrap_or(usize::MAX),
        seed: verify.seed,
        mode: verify.mode.into(),
        fma: verify.fma,
        at: verify.at.clone(),
        order: verify.order.unwrap_or(2),
        ..VerifyOptions::default()
    };
    if let Some(precision) = verify.precision {
        options.formats = vec![Format::from(precision)];
    }
    let spec = loss::read(&verify.loss.name)?;
    voice.progress(&format!("deriving {}", spec.name));
    let derivation = derivation::derive(&spec, RuleBook::builtin())?;
    voice.progress(&format!("doubting {}, seed {}", spec.name, options.seed));
    let findings = verify::verify(&derivation, &options)?;
    destination.write(&if verify.json { findings.json() } else { findings.to_string() })?;
    Ok(if findings.holds() { Outcome::AllHold } else { Outcome::Findings })
}
