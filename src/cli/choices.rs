//! `--gamma 2 --set beta=-1.7` → what was said about each parameter.

use super::args::Parameters;
use crate::kernel::{Format, KernelParameter};
use crate::message::{Message, shell};
use crate::setting::{self, Choice};
use crate::spec::Spec;

/// The choices, in the order gamma, alpha, beta, clip, log_eps, then each `--set`.
///
/// # Errors
/// Where a value is none, or a parameter is set twice.
pub fn of(parameters: &Parameters) -> Result<Vec<(String, Choice)>, Message> {
    let Parameters { gamma, alpha, beta, clip, log_eps, .. } = parameters;
    let short = [("gamma", gamma), ("alpha", alpha), ("beta", beta), ("clip", clip), ("log_eps", log_eps)];
    let option = |name: &str| format!("--{} ", name.replace('_', "-"));
    let short = short.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?, option(name))));
    let long = parameters.set.iter().map(|(name, value)| (name.as_str(), value.as_str(), format!("--set {name}=")));
    let mut choices: Vec<(String, Choice)> = Vec::new();
    for (name, value, option) in short.chain(long) {
        if choices.iter().any(|(earlier, _)| earlier == name) {
            return Err(Message::new(format!("`{name}` is set twice"))
                .help("set it once; --gamma, --alpha, --beta, --clip and --log-eps are short for --set"));
        }
        choices.push((name.to_string(), Choice::parse(value).map_err(|message| behind(&option, message))?));
    }
    Ok(choices)
}

/// Settles the parameters of a spec. Where one is missing, the message shows the command line as it was typed, with what it
/// lacks: no option is lost.
///
/// # Errors
/// As [`setting::settle`].
pub fn settle(
    spec: &Spec,
    choices: &[(String, Choice)],
    format: Format,
    typed: &[String],
) -> Result<Vec<KernelParameter>, Message> {
    setting::settle_shown(spec, choices, format, &|lacking| {
        // behind `--` there are no options
        let (options, rest) = typed.split_at(typed.iter().position(|word| word == "--").unwrap_or(typed.len()));
        let mut words = vec!["focal-derive".to_string()];
        words.extend(options.iter().map(|word| shell(word)));
        words.extend(lacking);
        words.extend(rest.iter().map(|word| shell(word)));
        words.join(" ")
    })
}

/// A message about a value, with the option that it stands behind.
fn behind(option: &str, mut message: Message) -> Message {
    if let Some(place) = &mut message.place {
        place.text.insert_str(0, option);
        place.column += option.chars().count();
    }
    message
}
