//! The command line: arguments → library calls → text and an exit code.
//!
//! A thin door: a verb reads its input, makes one library call and prints one result. Nothing is written before
//! everything that can fail has been done.

mod args;
mod audit;
mod check;
mod choices;
mod derive;
mod emit;
mod fixed;
mod list;
mod loss;
mod manual;
mod only;
mod place;
mod progress;
mod rules;
mod sweep;
mod verify;
mod voice;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, ColorChoice, CommandFactory, FromArgMatches};

use crate::message::Message;
use args::{Cli, Verb};
use voice::Voice;

/// What a verb that could run found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Exit code 0.
    AllHold,
    /// Exit code 1.
    Findings,
}

/// Could not run.
const COULD_NOT_RUN: u8 = 2;

/// Runs the tool on the arguments, the first of which is its name.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let command = Cli::command().color(color_of_usage(&arguments));
    let parsed = command.try_get_matches_from(&arguments).and_then(|matches| {
        let mut cli = Cli::from_arg_matches(&matches)?;
        cli.verb.remember(arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect());
        Ok((cli, matches))
    });
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // A closed pipe has nobody to tell.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { COULD_NOT_RUN } else { 0 });
        }
    };
    let voice = Voice::of(&cli);
    match verb(cli.verb, &matches, voice) {
        Ok(Outcome::AllHold) => ExitCode::SUCCESS,
        Ok(Outcome::Findings) => ExitCode::FAILURE,
        Err(message) => {
            voice.error(&message);
            ExitCode::from(COULD_NOT_RUN)
        }
    }
}

fn verb(verb: Verb, matches: &ArgMatches, voice: Voice) -> Result<Outcome, Message> {
    match verb {
        Verb::List(list) => list::run(&list),
        Verb::Derive(derive) => derive::run(&derive, voice),
        Verb::Emit(emit) => emit::run(&emit, only_check(matches), voice),
        Verb::Verify(verify) => verify::run(&verify, voice),
        Verb::Audit(audit) => audit::run(&audit, voice),
        Verb::Rules(rules) => rules::run(&rules, voice),
        Verb::Completions { shell } => manual::completions(shell),
        Verb::Man { verb } => manual::page(verb.as_deref()),
    }
}

/// Does the verb's command line say nothing but `--check FILE` (and how messages look)?
fn only_check(matches: &ArgMatches) -> bool {
    const ELSEWHERE: [&str; 4] = ["check", "color", "quiet", "verbose"];
    matches.subcommand().is_some_and(|(_, matches)| {
        let given = |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        // Groups are listed among the names; they are given only with an argument that is listed as well.
        let names = matches.ids().filter(|id| matches.try_get_raw(id.as_str()).is_ok());
        names.filter(|id| given(id)).all(|id| ELSEWHERE.contains(&id.as_str()))
    })
}

/// `--color` also holds for what clap prints before it has read the arguments.
fn color_of_usage(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).take_while(|word| *word != "--").collect();
    let separate = words.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| word.strip_prefix("--color="));
    match separate.chain(joined).last() {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}
