//! `derive`: a loss → its derivation.

use super::args::{Derive, Form, Language};
use super::voice::Voice;
use super::{Outcome, check, choices, fixed, loss, only, place};
use crate::check::Proof;
use crate::derivation::{self, Derivation, Status};
use crate::kernel::{Format, Kernel, Mode};
use crate::lower;
use crate::message::Message;
use crate::render::{self, Lang, Sheet};
use crate::rule::RuleBook;
use crate::setting::{self, Choice};
use crate::spec::Spec;

/// Prints the derivation.
///
/// # Errors
/// Where the loss cannot be read or differentiated, or there is no such claim.
pub fn run(derive: &Derive, voice: Voice) -> Result<Outcome, Message> {
    if let Some(file) = &derive.check {
        return check::file(file);
    }
    fits(derive)?;
    let said = choices::of(&derive.parameters)?;
    let spec = loss::read(&derive.loss.name)?;
    let book = RuleBook::builtin();
    voice.progress(&format!("deriving {}", spec.name));
    let mut derivation = derivation::derive(&fixed::fix(&spec, &said)?, book)?;
    let mut proof = Proof::of(&derivation);
    if check::own(&proof, book, voice) == Outcome::Findings {
        return Ok(Outcome::Findings);
    }
    if let Some(only) = &derive.only {
        only::keep(&mut derivation, only)?;
    }
    let forms = (derive.only.is_none() && derive.format != Form::Coq).then(|| {
        voice.progress("looking for stable forms");
        stable_forms(&spec, &said, &derivation, book)
    });
    let lang = match derive.lang {
        Language::En => Lang::En,
        Language::Zh => Lang::Zh,
    };
    let sheet = Sheet { derivation: &derivation, forms, lang };
    let format = match derive.format {
        Form::Text => render::Format::Text { full: derive.full },
        Form::Markdown => render::Format::Markdown,
        Form::Latex => render::Format::Latex { standalone: derive.standalone },
        Form::Html => render::Format::Html,
        Form::Json => render::Format::Json,
        Form::Coq => {
            only::fit(&mut proof, &derivation);
            return check::certificate(&proof, book, voice);
        }
    };
    place::print(&render::derivation(&sheet, format))?;
    let unsettled = derivation.claims.iter().any(|claim| matches!(claim.status, Status::Unsettled(_)));
    Ok(if unsettled { Outcome::Findings } else { Outcome::AllHold })
}

/// An option that the format would leave unused is refused.
fn fits(derive: &Derive) -> Result<(), Message> {
    let wrong = |option: &str, format: &str| {
        Err(Message::new(format!("{option} goes with --format {format} alone"))
            .help(format!("add --format {format}, or leave {option} out")))
    };
    if derive.standalone && derive.format != Form::Latex {
        return wrong("--standalone", "latex");
    }
    if derive.full && derive.format != Form::Text {
        return wrong("--full", "text");
    }
    Ok(())
}

/// The stable forms of loss, gradient and Hessian in f64; what nothing was said about is an argument. A value that was
/// set counts as the float nearest to it, which `shown` does not know, so the symbolic derivation is what is lowered.
fn stable_forms(
    spec: &Spec,
    said: &[(String, Choice)],
    shown: &Derivation,
    book: &RuleBook,
) -> Result<Kernel, Message> {
    let parameters = setting::settle(spec, &fixed::with_open(spec, said), Format::F64)?;
    let symbolic = match said.iter().all(|(_, choice)| *choice == Choice::Argument) {
        true => shown.clone(),
        false => derivation::derive(spec, book)?,
    };
    let symbolic = match symbolic.classes {
        Some(by_class) => {
            by_class.scalar().cloned().ok_or_else(|| Message::new("the loss is no function of the margin"))?
        }
        None => symbolic,
    };
    let kernel = |order| lower::kernel(&symbolic, &parameters, (Format::F64, Mode::Accurate), order, false);
    // where the second derivative has no bound, the others are shown
    kernel(2).or_else(|message| kernel(1).map_err(|_| message))
}
