//! The command line's own description → completion scripts and manual pages.

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::args::Cli;
use super::{Outcome, place};
use crate::message::Message;
use crate::notation::closest;

/// Prints a completion script.
///
/// # Errors
/// Where it cannot be written.
pub fn completions(shell: Shell) -> Result<Outcome, Message> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "focal-derive", &mut script);
    place::print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::AllHold)
}

/// Prints the manual page of the tool, or of one verb.
///
/// # Errors
/// Where there is no such verb.
pub fn page(verb: Option<&str>) -> Result<Outcome, Message> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = verb {
        command = match command.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(unknown(name, &command)),
        };
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page).map_err(|error| Message::new(format!("cannot make the page: {error}")))?;
    place::print(&String::from_utf8_lossy(&page))?;
    Ok(Outcome::AllHold)
}

fn unknown(name: &str, command: &clap::Command) -> Message {
    let verbs: Vec<&str> =
        command.get_subcommands().map(clap::Command::get_name).filter(|verb| *verb != "help").collect();
    Message::new(format!("unknown verb `{name}`")).help(match closest(name, verbs.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the verbs are {}", verbs.join(", ")),
    })
}
