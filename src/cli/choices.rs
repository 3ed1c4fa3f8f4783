//! `--gamma 2 --set beta=-1.7` → what was said about each parameter.

use super::args::Parameters;
use super::seam;
use crate::message::Message;
use crate::setting::Choice;

/// The choices, in the order gamma, alpha, beta, then each `--set`.
///
/// # Errors
/// Where a value is none, or a parameter is set twice.
pub fn of(parameters: &Parameters) -> Result<Vec<(String, Choice)>, Message> {
    let short = [("gamma", &parameters.gamma), ("alpha", &parameters.alpha), ("beta", &parameters.beta)];
    let short = short.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
    let long = parameters.set.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut choices: Vec<(String, Choice)> = Vec::new();
    for (name, value) in short.chain(long) {
        if choices.iter().any(|(earlier, _)| earlier == name) {
            return Err(Message::new(format!("`{name}` is set twice"))
                .help(format!("give it once: --{name} V and --set {name}=V are the same")));
        }
        choices.push((name.to_string(), seam::choice(name, value)?));
    }
    Ok(choices)
}
