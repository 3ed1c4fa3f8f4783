//! `verify --exhaustive`: a loss → what is found at every float.

use super::args::Verify;
use super::place::Destination;
use super::progress::Bar;
use super::voice::Voice;
use super::{Outcome, choices, loss};
use crate::kernel::Format;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::setting::settle;
use crate::verify::sweep::{Asked, Part, range, sample, sweep};
use crate::{derivation, lower};

/// Sweeps the kernel.
///
/// # Errors
/// Where what is asked for is wrong, there is no f32 kernel, or the result cannot be written.
pub fn run(verify: &Verify, voice: Voice) -> Result<Outcome, Message> {
    let format = verify.precision.map_or(Format::F32, Format::from);
    if format == Format::F64 {
        return Err(Message::new("--exhaustive is for f32: an f64 kernel has 2^64 inputs")
            .help("leave out --precision f64, or leave out --exhaustive and verify it at sampled points"));
    }
    let asked = asked(verify)?;
    let destination = Destination::open(verify.output.as_deref())?;
    let choices = choices::of(&verify.parameters)?;
    let spec = loss::read(&verify.loss.name)?;
    let parameters = settle(&spec, &choices, format)?;
    voice.progress(&format!("deriving {}", spec.name));
    let derivation = derivation::derive(&spec, RuleBook::builtin())?;
    let kernel = lower::kernel(&derivation, &parameters, format, verify.order.unwrap_or(1), false)?;
    voice.progress(&format!("sweeping {}: {}", spec.name, asked.words()));
    let bar = Bar::new(voice.is_quiet());
    let found = sweep(&derivation, &kernel, &asked, &verify.at, &|done, all| bar.at(done, all));
    let took = bar.finish();
    let found = found?;
    destination.write(&if verify.json { found.json() } else { found.to_string() })?;
    voice.note(&format!("{:.1} seconds", took.as_secs_f64()));
    Ok(if found.holds() { Outcome::AllHold } else { Outcome::Findings })
}

fn asked(verify: &Verify) -> Result<Asked, Message> {
    let part = match &verify.sweep.range {
        Some(text) => range(text)?,
        None if verify.sweep.core => Part::Core,
        None => Part::All,
    };
    let one_in = verify.sweep.sample.as_deref().map_or(Ok(1), sample)?;
    Ok(Asked { part, one_in, seed: verify.seed })
}
