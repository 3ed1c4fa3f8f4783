//! `audit`: claims of other people → verdicts.

use std::path::Path;

use super::args::Audit;
use super::voice::Voice;
use super::{Outcome, place};
use crate::audit::{self, Claim, Problem, Source, report};
use crate::message::Message;
use crate::rule::RuleBook;

/// Prints the verdicts.
///
/// # Errors
/// Where a claim, definition or condition is wrong, or a file cannot be read.
pub fn run(args: &Audit, voice: Voice) -> Result<Outcome, Message> {
    let (problem, claims) = read(args)?;
    let book = RuleBook::builtin();
    let mut verdicts = Vec::new();
    for claim in &claims {
        voice.progress(&format!("judging {}", claim.name));
        verdicts.push(audit::audit(&problem, claim, book)?);
    }
    place::print(&report::verdicts(&verdicts))?;
    let hold = verdicts.iter().all(audit::Verdict::holds);
    Ok(if hold { Outcome::AllHold } else { Outcome::Findings })
}

fn sources(texts: &[String]) -> Vec<Source<'_>> {
    texts.iter().map(|text| Source::alone(text)).collect()
}

/// The claim of the command line, or those of a file.
fn read(args: &Audit) -> Result<(Problem, Vec<Claim>), Message> {
    if args.claim.contains("==") {
        return Problem::read(&sources(&args.lets), &sources(&args.wheres), &[Source::alone(&args.claim)]);
    }
    if !args.lets.is_empty() || !args.wheres.is_empty() {
        return Err(Message::new(format!("`{}` is no claim: it has no `==`", args.claim))
            .help("a file has its own lines `let …` and `where …`; a claim is `LHS == RHS`"));
    }
    if args.claim == "-" {
        return Problem::of_file("<standard input>", &place::read_stdin()?);
    }
    let path = Path::new(&args.claim);
    if !path.exists() {
        return Err(Message::new(format!("`{}` is neither a claim nor a file", args.claim))
            .help("a claim is `LHS == RHS`, such as 'd(log(p), p) == 1/p'"));
    }
    Problem::of_file(&args.claim, &place::read(path)?)
}
