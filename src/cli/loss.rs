//! LOSS on the command line → `Spec`.

use std::path::Path;

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
    if name == "-" {
        return Spec::parse(UNNAMED, "<standard input>", &place::read_stdin()?);
    }
    let path = Path::new(name);
    let looks_like_path = path.components().count() > 1 || name.starts_with('.') || path.extension().is_some();
    if !Spec::builtin_names().contains(&name) && (looks_like_path || path.exists()) {
        return Spec::read(path);
    }
    Spec::builtin(name)
}
