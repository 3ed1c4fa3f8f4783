//! `[options]` → what a command may ask of the loss besides its parameters.

use super::document::{self, Node};
use super::read::Reader;
use crate::domain::Domain;
use crate::message::Message;

/// What `[options]` says.
#[derive(Default)]
pub struct Options {
    /// May the input be clipped?
    pub clip: bool,
    /// May a number be added to it?
    pub log_eps: bool,
    /// Which loss divides a row by its sum first?
    pub normalised: Option<String>,
}

/// `clip = "p"`: the differentiated input, or the target's share of its sum, lies in (0, 1), and `--clip EPS` may cut it
/// to [EPS, 1 - EPS]; `log_eps = "p"`: `--log-eps EPS` may add EPS to it; `normalise = "loss"`: which loss divides the row by
/// its sum first, as `--normalise` asks for.
pub fn read(reader: &Reader, node: Option<&Node>) -> Result<Options, Message> {
    let Some(node) = node else { return Ok(Options::default()) };
    let entries = reader.file.table(node, "[options]")?;
    reader.file.only(entries, "[options]", &["clip", "log_eps", "normalise"])?;
    let classes = |option: &str, node: &Node, help: &str| match reader.classes {
        Some(_) => Ok(()),
        None => {
            let text = format!("`{option}` is for losses over classes");
            Err(reader.file.wrong(&node.at, text, "this loss has none").help(help))
        }
    };
    let mut found = Options::default();
    for (option, set) in [("clip", &mut found.clip), ("log_eps", &mut found.log_eps)] {
        let Some(of) = document::find(entries, option) else { continue };
        let (name, input) = (reader.file.words(of, &format!("`{option}`"))?, &reader.inputs[0]);
        let unit = Domain::parse("(0, 1)")?;
        let cut = option == "clip" && reader.share().is_some_and(|share| **share == *name);
        if let Some(share) = reader.share().filter(|_| !cut) {
            let text = format!("`{option}` is not for `{name}`: the loss is one of the share `{share}`");
            return Err(reader.file.wrong(&of.at, text, "here").help(format!("`clip = \"{share}\"` cuts the share")));
        }
        if !cut && (name != *input.name || input.domain != unit) {
            let text = format!("`{option}` is for the input that is differentiated, where it lies in {unit}");
            return Err(reader.file.wrong(&of.at, text, format!("`{}` lies in {}", input.name, input.domain)));
        }
        if option == "log_eps" {
            classes(option, of, "`clip` cuts the input instead")?;
        }
        *set = true;
    }
    if let Some(of) = document::find(entries, "normalise") {
        classes("normalise", of, "leave it out: there is no row to divide")?;
        found.normalised = Some(reader.file.words(of, "`normalise`")?);
    }
    Ok(found)
}
