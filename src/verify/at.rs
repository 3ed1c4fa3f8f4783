//! `--at x=0x1.2p+7,y=1` × kernel → the values of inputs and open parameters, as floats of the format.

use super::hexfloat;
use crate::kernel::{Format, Kernel, KernelParameter, Setting};
use crate::message::Message;
use crate::notation::closest;
use crate::rational::Rational;
use crate::spec::Spec;

/// A point that was asked about.
pub struct Point {
    /// The differentiated input.
    pub x: f64,
    /// The label.
    pub y: f64,
    /// The open parameters in order.
    pub open: Vec<f64>,
}

/// Names of the values that make a point: inputs, then open parameters.
pub fn names(spec: &Spec, kernel: &Kernel) -> Vec<String> {
    let inputs = spec.inputs.iter().map(|input| input.name.to_string());
    let open = kernel.parameters.iter().filter(|parameter| parameter.setting == Setting::Argument);
    inputs.chain(open.map(|parameter| parameter.name.clone())).collect()
}

/// Reads a point.
///
/// # Errors
/// A name that is not asked for, given twice or missing, or a value that is no number.
pub fn read(at: &[(String, String)], spec: &Spec, kernel: &Kernel) -> Result<Point, Message> {
    let names = names(spec, kernel);
    let example = || {
        let each: Vec<String> = names.iter().map(|name| format!("{name}=1")).collect();
        format!("a point of `{}` is given as --at {}", spec.name, each.join(","))
    };
    for (place, (name, _)) in at.iter().enumerate() {
        if !names.contains(name) {
            let near = closest(name, names.iter().map(String::as_str));
            let help = near.map_or_else(example, |near| format!("did you mean `{near}`?"));
            return Err(Message::new(format!("a point of `{}` has no `{name}`", spec.name)).help(help));
        }
        if at[..place].iter().any(|(other, _)| other == name) {
            return Err(Message::new(format!("`{name}` is given twice")).help(example()));
        }
    }
    let value = |name: &String| {
        let Some((_, text)) = at.iter().find(|(other, _)| other == name) else {
            return Err(Message::new(format!("the point has no `{name}`")).help(example()));
        };
        number(text, kernel.format).ok_or_else(|| {
            Message::new(format!("`{}` is no number", text.chars().take(40).collect::<String>()))
                .help("numbers are decimal (144, 1e-7), hexadecimal (0x1.2p+7), inf or nan")
        })
    };
    let values = names.iter().map(value).collect::<Result<Vec<f64>, Message>>()?;
    let (inputs, open) = values.split_at(spec.inputs.len());
    Ok(Point { x: inputs[0], y: inputs.get(1).copied().unwrap_or(f64::NAN), open: open.to_vec() })
}

/// Reads the values of open parameters alone, inside their domains: a sweep takes every input itself.
///
/// # Errors
/// An input, a name that is not open, one given twice, missing or outside its domain, or a value that is no number.
pub fn open(at: &[(String, String)], spec: &Spec, kernel: &Kernel) -> Result<Vec<f64>, Message> {
    let open: Vec<_> = kernel.parameters.iter().filter(|one| one.setting == Setting::Argument).collect();
    let help = || {
        let each: Vec<String> = open.iter().map(|one| format!("{}=0.5", one.name)).collect();
        match each.as_slice() {
            [] => "leave out --at: a sweep takes every input, and no parameter is open".to_string(),
            each => format!("a sweep takes values of open parameters as --at {}", each.join(",")),
        }
    };
    for (place, (name, _)) in at.iter().enumerate() {
        if !open.iter().any(|one| one.name == *name) {
            return Err(Message::new(format!("`{name}` is no open parameter of `{}`", spec.name)).help(help()));
        }
        if at[..place].iter().any(|(other, _)| other == name) {
            return Err(Message::new(format!("`{name}` is given twice")).help(help()));
        }
    }
    let value = |one: &&KernelParameter| {
        let Some((_, text)) = at.iter().find(|(name, _)| *name == one.name) else {
            return Err(Message::new(format!("the open parameter `{}` has no value", one.name)).help(help()));
        };
        let value = number(text, kernel.format)
            .ok_or_else(|| Message::new(format!("`{}` is no number", text.chars().take(40).collect::<String>())))?;
        let inside = Rational::from_f64(value).is_some_and(|value| one.domain.contains(&value));
        let outside = || Message::new(format!("`{}` = {text} is outside its domain {}", one.name, one.domain));
        if inside { Ok(value) } else { Err(outside()) }
    };
    open.iter().map(value).collect()
}

fn number(text: &str, format: Format) -> Option<f64> {
    hexfloat::parse(text.trim(), format)
}
