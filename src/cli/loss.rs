//! LOSS on the command line → `Spec`.

use std::path::Path;

use super::{place, seam};
use crate::message::Message;
use crate::notation::closest;
use crate::spec::Spec;

/// Reads the loss: a built-in name goes before a path, `./NAME` is always a path, `-` is standard input.
///
/// # Errors
/// Where there is no such loss, or the spec is wrong.
pub fn read(name: &str) -> Result<Spec, Message> {
    if name == "-" {
        return seam::parse(&place::read_stdin()?);
    }
    if let Some(spec) = seam::builtin(name) {
        return Ok(spec);
    }
    let path = Path::new(name);
    let is_path = path.components().count() > 1 || name.starts_with('.') || path.extension().is_some();
    if is_path || path.exists() {
        return seam::read(path);
    }
    let names = seam::builtin_names();
    Err(Message::new(format!("unknown loss `{name}`")).help(match closest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the losses are {}; a path to a spec file serves as well", names.join(", ")),
    }))
}
