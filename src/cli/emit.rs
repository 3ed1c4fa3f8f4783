//! `emit`: a loss → specialised Rust, or the comparison of a file with it.

use std::path::Path;

use super::args::{self, Emit};
use super::place::{self, Destination};
use super::voice::Voice;
use super::{Outcome, choices, loss};
use crate::derivation;
use crate::emit::{self, Comparison, EmitOptions, Header, State};
use crate::message::Message;
use crate::rule::RuleBook;
use crate::spec::Spec;

/// Writes the kernel, or checks a file.
///
/// # Errors
/// Where the loss cannot be read, a parameter is missing or wrong, there is no kernel, or it cannot be written.
pub fn run(emit: &Emit, only_check: bool, voice: Voice) -> Result<Outcome, Message> {
    if let Some(file) = &emit.check {
        return check(emit, file, only_check, voice);
    }
    let destination = Destination::open(emit.output.as_deref())?;
    destination.write(&make(emit, voice)?)?;
    if let Destination::File(path) = &destination {
        voice.progress(&format!("wrote {}", path.display()));
    }
    Ok(Outcome::AllHold)
}

fn make(emit: &Emit, voice: Voice) -> Result<String, Message> {
    let options = EmitOptions {
        choices: choices::of(&emit.parameters)?,
        format: emit.precision.into(),
        mode: emit.mode.into(),
        order: emit.order,
        weighted: emit.weight,
        labels: emit.labels.into(),
        targets: emit.targets.into(),
        ignore: emit.ignore_index,
        dispatch: emit.dispatch,
        fma: emit.fma,
        classes: emit.classes,
        alpha_normalise: emit.alpha_normalise,
        ..EmitOptions::default()
    };
    let (name, spec) = whole(emit)?;
    let options = EmitOptions { loss: name, ..options };
    // Cheap, so that a parameter that is missing is told at once.
    emit::possible(&spec, &options)?;
    choices::settle(&spec, &options.choices, options.format, &emit.parameters.typed)?;
    voice.progress(&format!("deriving {}", spec.name));
    let derivation = derivation::derive(&spec, RuleBook::builtin())?;
    voice.progress("looking for stable forms, lowering and gating the kernel");
    emit::emit(&derivation, &options)
}

/// The loss and how it is named; with `--normalise` the one that its spec names for rows that are divided by their sum.
fn whole(emit: &Emit) -> Result<(String, Spec), Message> {
    let spec = loss::read(&emit.loss.name)?;
    if !emit.normalise {
        return Ok((emit.loss.name.clone(), spec));
    }
    let none = || {
        Message::new(format!(
            "`{}` has nothing for `--normalise`: its `[options]` name no loss over the row's sum",
            spec.name
        ))
        .help("`focal_categorical` has: focal-derive emit focal_categorical --normalise --gamma 2")
    };
    let name = spec.normalised.clone().ok_or_else(none)?;
    let spec = loss::read(&name)?;
    Ok((name, spec))
}

fn check(emit: &Emit, file: &Path, only_check: bool, voice: Voice) -> Result<Outcome, Message> {
    let found = place::read(file)?;
    let (header, comparison) = if only_check {
        let header = emit::header(&found).map_err(|message| Message {
            text: format!("cannot check `{}`: {}", file.display(), message.text),
            ..message
        })?;
        let made = make(&from_header(&header, file)?, voice)?;
        (header, emit::compare(&found, &made))
    } else {
        let made = make(emit, voice)?;
        (emit::header(&made)?, emit::compare(&found, &made))
    };
    report(file, &header, &comparison, voice)
}

fn report(file: &Path, header: &Header, comparison: &Comparison, voice: Voice) -> Result<Outcome, Message> {
    let file = file.display();
    if comparison.state == State::Fresh {
        voice.progress(&format!("{file} is fresh"));
        return Ok(Outcome::AllHold);
    }
    place::print(&comparison.diff)?;
    voice.note(&format!("{file} is {}", comparison.state.words()));
    voice.note(&format!("mend it: {}", header.mend(&file.to_string())));
    Ok(Outcome::Findings)
}

/// The command of a header, read as the command line reads it.
fn from_header(header: &Header, file: &Path) -> Result<Emit, Message> {
    args::emit_of(&header.arguments).ok_or_else(|| {
        Message::new(format!("the command in the header of `{}` does not run: {}", file.display(), header.command))
            .help("write the options beside --check, or emit the file anew")
    })
}
