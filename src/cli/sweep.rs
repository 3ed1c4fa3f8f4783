//! `verify --exhaustive`: a loss → what is found at every float.

use std::path::Path;

use super::args::Verify;
use super::place::{self, Destination};
use super::progress::{self, Bar};
use super::voice::Voice;
use super::{Outcome, choices, loss};
use crate::derivation;
use crate::derivation::Derivation;
use crate::emit::{self, EmitOptions};
use crate::kernel::Format;
use crate::lower;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::spec::Spec;
use crate::verify::sweep::record::{self, Record};
use crate::verify::sweep::{Asked, Part, Sweep, range, sample, sweep};

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
    let parameters = choices::settle(&spec, &choices, format, &verify.parameters.typed)?;
    voice.progress(&format!("deriving {}", spec.name));
    let derivation = derivation::derive(&spec, RuleBook::builtin())?;
    let (mode, order, fused) = (verify.mode.into(), verify.order.unwrap_or(1), verify.fma);
    let asked_of = lower::Asked { format, mode, order, weighted: false, fused };
    let kernel = lower::asked(derivation.of_elements(), &parameters, &asked_of)?;
    voice.progress(&format!("sweeping {}: {}", spec.name, asked.words()));
    let bar = Bar::new(voice.is_quiet());
    let found = sweep(&derivation, &kernel, &asked, &verify.at, &|done, all| bar.at(done, all));
    let took = bar.finish();
    let found = found?;
    destination.write(&if verify.json { found.json() } else { found.to_string() })?;
    voice.note(&format!("{:.1} seconds", took.as_secs_f64()));
    if verify.sweep.record {
        let options = EmitOptions { choices, format, mode, order, fma: fused, ..EmitOptions::default() };
        record(verify, &derivation, &options, &found, voice)?;
    }
    Ok(if found.holds() { Outcome::AllHold } else { Outcome::Findings })
}

/// Puts what was found into `measured.toml` beside the spec.
fn record(
    verify: &Verify,
    derivation: &Derivation,
    options: &EmitOptions,
    found: &Sweep,
    voice: Voice,
) -> Result<(), Message> {
    let spec = &derivation.spec;
    let path = match Spec::is_path(&verify.loss.name) {
        true => Path::new(&verify.loss.name).with_file_name("measured.toml"),
        false => Path::new("derivations").join(&spec.name).join("measured.toml"),
    };
    let destination = Destination::open(Some(&path))?;
    let older = match path.exists() {
        true => record::read(&path.display().to_string(), &place::read(&path)?)?,
        false => Vec::new(),
    };
    let header = emit::header(&emit::emit(derivation, options)?)?;
    let open: Vec<String> = verify.at.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let open = open.join(",");
    let mut command = header.command.replacen(" emit ", " verify ", 1) + " " + &found.asked.options();
    if !open.is_empty() {
        command += &format!(" --at {open}");
    }
    let texts = [header.text.as_str(), &header.command, &command];
    let new = Record::of(found, texts, &open, emit::VERSION, &progress::today());
    destination.write(&record::write(&record::with(older, new)))?;
    voice.note(&format!("recorded in {}", path.display()));
    Ok(())
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
