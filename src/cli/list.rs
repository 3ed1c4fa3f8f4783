//! `list`: the losses that come with the tool.

use super::args::List;
use super::{Outcome, place};
use crate::message::Message;
use crate::render;
use crate::spec::Spec;

/// Prints the losses.
///
/// # Errors
/// Where they cannot be written.
pub fn run(list: &List) -> Result<Outcome, Message> {
    let specs = Spec::builtin_names().iter().map(|name| Spec::builtin(name)).collect::<Result<Vec<_>, _>>()?;
    place::print(&if list.json { render::json::losses(&specs) } else { render::text::losses(&specs) })?;
    Ok(Outcome::AllHold)
}
