//! Notes and messages → standard error. The one file that names `anstream`.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};

use super::args::{Cli, Color};
use crate::message::{Message, Part};

/// How the tool speaks to the person in front of it.
#[derive(Clone, Copy, Debug)]
pub struct Voice {
    color: ColorChoice,
    quiet: bool,
    verbose: bool,
}

impl Voice {
    /// As the command line says.
    pub fn of(cli: &Cli) -> Voice {
        let color = match cli.color {
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
            Color::Auto => AutoStream::choice(&io::stderr()),
        };
        Voice { color, quiet: cli.quiet, verbose: cli.verbose }
    }

    /// Why the tool stops; printed even when quiet.
    pub fn error(self, message: &Message) {
        self.say(&message.render(&paint));
    }

    /// What helps on: printed unless quiet.
    pub fn note(self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// What is being done: printed when verbose.
    pub fn progress(self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// Is it to say only what must be said?
    pub fn is_quiet(self) -> bool {
        self.quiet
    }

    /// A closed standard error has nobody to tell.
    fn say(self, text: &str) {
        let _ = writeln!(AutoStream::new(io::stderr(), self.color), "{}", text.trim_end());
    }
}

/// Colours go into the text always; the stream takes them out where they are not wanted.
fn paint(part: Part, text: &str) -> String {
    let style = match part {
        Part::Error => "1;31",
        Part::Text => "1",
        Part::Place | Part::Gutter => "34",
        Part::Source => return text.to_string(),
        Part::Caret => "31",
        Part::Help => "36",
    };
    format!("\x1b[{style}m{text}\x1b[0m")
}
