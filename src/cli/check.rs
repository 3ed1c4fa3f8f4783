//! `derive --check FILE`: a derivation from a file → accepted, or the steps that are refused.

use std::path::Path;

use super::voice::Voice;
use super::{Outcome, place};
use crate::check::{self, Proof};
use crate::coq;
use crate::message::Message;
use crate::rule::RuleBook;

/// Replays the derivation in the file.
///
/// # Errors
/// Where the file cannot be read, or holds no derivation.
pub fn file(path: &Path) -> Result<Outcome, Message> {
    let proof = match path.as_os_str() == "-" {
        true => check::read("<standard input>", &place::read_stdin()?)?,
        false => check::read(&path.display().to_string(), &place::read(path)?)?,
    };
    let refusals = check::check(&proof, RuleBook::builtin());
    for refusal in &refusals {
        place::print(&format!("{refusal}\n"))?;
    }
    if !refusals.is_empty() {
        return Ok(Outcome::Findings);
    }
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let open = match proof.unsettled {
        0 => String::new(),
        open => format!("; {open} not settled"),
    };
    place::print(&format!(
        "accepted: {}, {} and {}, {}{open}\n",
        proof.loss,
        counted(proof.scalar().iter().map(|proof| proof.lemmas.len()).sum(), "derivative"),
        counted(proof.scalar().iter().map(|proof| proof.claims.len()).sum(), "claim"),
        counted(proof.steps(), "step"),
    ))?;
    Ok(if proof.unsettled == 0 { Outcome::AllHold } else { Outcome::Findings })
}

/// What the tool derived itself must pass as well before it is printed; a refusal is a fault of the tool.
pub fn own(proof: &Proof, book: &RuleBook, voice: Voice) -> Outcome {
    let refusals = check::check(proof, book);
    for refusal in &refusals {
        voice.error(
            &Message::new("the checker refuses the derivation, so it is not printed")
                .help(format!("{refusal}\nthis is a fault of the tool: please report it with the spec")),
        );
    }
    if refusals.is_empty() { Outcome::AllHold } else { Outcome::Findings }
}

/// The certificate for Coq; what it leaves out is a finding.
///
/// # Errors
/// Where standard output cannot take it.
pub fn certificate(proof: &Proof, book: &RuleBook, voice: Voice) -> Result<Outcome, Message> {
    let certificate = coq::certificate(proof, book);
    place::print(&certificate.text)?;
    certificate.left_out.iter().for_each(|what| voice.note(&format!("not in the certificate: {what}")));
    Ok(if certificate.left_out.is_empty() && proof.unsettled == 0 { Outcome::AllHold } else { Outcome::Findings })
}
