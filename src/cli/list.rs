//! `list`: the losses that come with the tool.

use super::args::List;
use super::{Outcome, place, seam};
use crate::message::Message;
use crate::render;

/// Prints the losses.
///
/// # Errors
/// Where they cannot be written.
pub fn run(list: &List) -> Result<Outcome, Message> {
    let specs: Vec<_> = seam::builtin_names().into_iter().filter_map(seam::builtin).collect();
    place::print(&if list.json { render::json::losses(&specs) } else { render::text::losses(&specs) })?;
    Ok(Outcome::AllHold)
}
