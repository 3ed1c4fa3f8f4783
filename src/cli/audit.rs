//! `audit`: claims of other people → verdicts.

use std::path::Path;
use std::sync::Arc;

use super::args::Audit;
use super::voice::Voice;
use super::{Outcome, place};
use crate::audit::{self, Claim, FloatOptions, Problem, Source, json, report};
use crate::kernel::Format;
use crate::message::Message;
use crate::notation::{self, Origin};
use crate::rule::RuleBook;

/// Prints the verdicts.
///
/// # Errors
/// Where a claim, definition or condition is wrong, or a file cannot be read.
pub fn run(args: &Audit, voice: Voice) -> Result<Outcome, Message> {
    let book = RuleBook::builtin();
    if let Some(precision) = args.float {
        return in_floats(args, precision.into(), book);
    }
    let (problem, claims) = read(args)?;
    let mut verdicts = Vec::new();
    for claim in &claims {
        voice.progress(&format!("judging {}", claim.name));
        verdicts.push(audit::audit(&problem, claim, book)?);
    }
    place::print(&if args.json { json::verdicts(&verdicts) } else { report::verdicts(&verdicts) })?;
    let hold = verdicts.iter().all(audit::Verdict::holds);
    Ok(if hold { Outcome::AllHold } else { Outcome::Findings })
}

/// Prints what an expression loses.
fn in_floats(args: &Audit, format: Format, book: &RuleBook) -> Result<Outcome, Message> {
    if !args.wheres.is_empty() {
        return Err(Message::new("--where does not go with --float").help("give ranges: --in x=-120..120"));
    }
    let (problem, expr) = Problem::expression(&sources(&args.lets), &Source::alone(&args.claim))?;
    let number = |text: &str| {
        let read = notation::parse(text, &Origin::alone("<command line>", text))?;
        read.as_number().cloned().ok_or_else(|| Message::new(format!("`{text}` is no number")))
    };
    let mut within = Vec::new();
    for (name, range) in &args.within {
        let Some((lo, hi)) = range.split_once("..") else {
            return Err(Message::new(format!("`{range}` is no range")).help(format!("write --in {name}=-120..120")));
        };
        let (lo, hi) = (number(lo)?, number(hi)?);
        if lo >= hi {
            return Err(Message::new(format!("nothing lies between {lo} and {hi}")).help("the lower end comes first"));
        }
        within.push((Arc::from(name.as_str()), lo, hi));
    }
    let set = args.set.iter().map(|(name, value)| Ok((Arc::from(name.as_str()), number(value)?)));
    let set = set.collect::<Result<Vec<_>, Message>>()?;
    let found = audit::float(&FloatOptions { problem, expr, format, within, set }, book)?;
    place::print(&if args.json { json::float(&found) } else { report::float(&found) })?;
    Ok(if found.holds() { Outcome::AllHold } else { Outcome::Findings })
}

fn sources(texts: &[String]) -> Vec<Source<'_>> {
    texts.iter().map(|text| Source::alone(text)).collect()
}

/// The claim of the command line, or those of a file.
fn read(args: &Audit) -> Result<(Problem, Vec<Claim>), Message> {
    let is_file = Path::new(&args.claim).exists();
    if args.claim.contains("==") || (args.claim.contains('=') && !is_file) {
        return Problem::read(&sources(&args.lets), &sources(&args.wheres), &[Source::alone(&args.claim)]);
    }
    if !args.lets.is_empty() || !args.wheres.is_empty() {
        return Err(Message::new(format!("`{}` is no claim: it has no `==`", args.claim))
            .help("a file has its own lines `let …` and `where …`; a claim is `LHS == RHS`"));
    }
    if args.claim == "-" {
        return Problem::of_file("<standard input>", &place::read_stdin()?);
    }
    if !is_file {
        return Err(Message::new(format!("`{}` is neither a claim nor a file", args.claim))
            .help("a claim is `LHS == RHS`, such as 'd(log(p), p) == 1/p'"));
    }
    Problem::of_file(&args.claim, &place::read(Path::new(&args.claim))?)
}
