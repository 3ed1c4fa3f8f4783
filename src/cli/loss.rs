//! LOSS on the command line → `Spec`.

use super::place;
use crate::message::Message;
use crate::spec::Spec;

/// Name of a loss that is read from standard input.
const UNNAMED: &str = "loss";

/// Reads the loss: a built-in name goes before a path, `./NAME` is always a path, `-` is standard input.
///
/// # Errors
/// Where there is no such loss, or the spec is wrong.
pub fn read(name: &str) -> Result<Spec, Message> {
    match name {
        "-" => {
            let spec = Spec::parse(UNNAMED, "<standard input>", &place::read_stdin()?)?;
            Ok(Spec { named: name.to_string(), ..spec })
        }
        _ => Spec::find(name),
    }
}
