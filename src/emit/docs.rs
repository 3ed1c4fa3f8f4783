//! Spec and kernel → the doc comments of emitted functions.

use std::collections::BTreeSet;

use super::items::Function;
use super::{Frame, Labels, edges, layout};
use crate::domain::Domain;
use crate::kernel::{KernelParameter, Setting};

const WIDTH: usize = 8;

/// Lines as a doc comment.
pub fn comment(lines: &[String]) -> String {
    lines.iter().map(|line| format!("/// {}", layout::plain(line)).trim_end().to_string() + "\n").collect()
}

/// The doc of a function of scalars: formula, then the facts that apply.
pub fn scalar(frame: &Frame, function: &Function) -> Vec<String> {
    let mut lines = vec![summary(frame, function, ""), String::new(), "```text".to_string()];
    lines.extend(formulas(frame, function.outputs));
    lines.push(String::new());
    let names = output_names(frame, function).join(", ");
    let times = if frame.kernel.weighted { ", times w" } else { "" };
    let result = if function.outputs.len() == 1 { names } else { format!("({names})") };
    lines.extend(layout::field("Shape", &format!("scalars; the result is {result}{times}"), WIDTH));
    lines.extend(units(frame, function));
    lines.extend(domains(frame));
    lines.extend(block("Edges", edges(frame, function)));
    lines.extend(block("Bound", bounds(frame, function)));
    if !frame.spec.source.is_empty() {
        lines.extend(layout::field("Source", &frame.spec.source, WIDTH));
    }
    lines.push("```".to_string());
    lines
}

/// The doc of a function over slices.
pub fn slices(frame: &Frame, function: &Function, written: &[&str]) -> Vec<String> {
    let mut lines = vec![summary(frame, function, " of each element"), String::new()];
    lines.push(format!("Element by element the bits of `{}`, which has formula, edges and bound.", function.name));
    lines.push(String::new());
    lines.extend(panics(frame, written, ", before anything is written"));
    lines
}

/// The doc of the function over rows of classes.
pub fn classes(frame: &Frame, function: &Function) -> Vec<String> {
    let (x, weighted) = (&frame.names.x, frame.kernel.weighted);
    let mut lines = vec![summary(frame, function, " of each class of each row"), String::new(), "```text".to_string()];
    let weights = if weighted { "; w: [N], one weight a row" } else { "" };
    let shape = format!("{x}, loss and grad: [N, classes], row after row; target: [N], 0 to classes{weights}");
    let label = "the label is 1 in the column that is the row's target, 0 in the others; target = classes is background: \
                 0 in all";
    let mut edges = vec!["a target above classes: NaN in its row, and in no other".to_string()];
    edges.extend(weighted.then(|| format!("w = 0: exactly 0 in its row, whatever {x} and target hold")));
    lines.extend(layout::field("Shape", &shape, WIDTH));
    lines.extend(layout::field("Labels", label, WIDTH));
    lines.extend(block("Edges", edges));
    lines.extend(["```".to_string(), String::new()]);
    lines.push(format!("Element by element the bits of `{}`, which has formula, edges and bound.", function.name));
    let rows = if weighted { "`target` or `w` has" } else { "`target` has" };
    lines.extend([
        String::new(),
        "# Panics".to_string(),
        format!(
            "Where `classes` is 0, `{x}` is not a whole number of rows, {rows} not one element a row, or `loss` or"
        ),
        format!("`grad` is not as long as `{x}`; before anything is written."),
    ]);
    lines
}

/// The doc of a sum, with what it is.
pub fn sum(frame: &Frame, what: &str, facts: &[(&str, &str)], written: &[&str]) -> Vec<String> {
    let mut lines = vec![format!("{}: {what}.", frame.spec.title.en), String::new(), "```text".to_string()];
    facts.iter().for_each(|(key, text)| lines.extend(layout::field(key, text, WIDTH)));
    lines.extend(["```".to_string(), String::new()]);
    lines.extend(panics(frame, written, if written.is_empty() { "" } else { ", before anything is written" }));
    lines
}

fn panics(frame: &Frame, written: &[&str], when: &str) -> Vec<String> {
    let slices: Vec<String> = frame
        .inputs()
        .iter()
        .chain(written.iter().map(ToString::to_string).collect::<Vec<_>>().iter())
        .map(|name| format!("`{name}`"))
        .collect();
    let (last, first) = slices.split_last().expect("an input");
    vec!["# Panics".to_string(), format!("Where {} and {last} differ in length{when}.", first.join(", "))]
}

/// `Binary focal loss on logits: its derivative in x, gamma = 2.`
fn summary(frame: &Frame, function: &Function, of: &str) -> String {
    let x = &frame.names.x;
    let first = format!("derivative in `{x}`");
    let second = format!("second derivative in `{x}`");
    let what = match function.outputs {
        [0] => format!("the loss{of}"),
        [1] => format!("the {first}{of}"),
        [0, 1] => format!("the loss{of} and its {first}"),
        [2] => format!("the {second}{of}"),
        _ => format!("the first and second derivative in `{x}`{of}"),
    };
    let set = set(frame);
    let weight = if frame.kernel.weighted { ", times `w`" } else { "" };
    format!("{}: {what}{set}{weight}.", frame.spec.title.en)
}

/// How parameters are set that are no arguments: `, gamma = 2, without alpha`.
pub fn set(frame: &Frame) -> String {
    let set = |one: &KernelParameter| match &one.setting {
        Setting::Fixed { exact, .. } => format!(", {} = {exact}", one.name),
        Setting::None => format!(", without {}", one.name),
        Setting::Argument => String::new(),
    };
    frame.kernel.parameters.iter().map(set).collect()
}

/// The names of the formula that the outputs use, then the outputs.
pub fn formulas(frame: &Frame, outputs: &[usize]) -> Vec<String> {
    let formula = |&output: &usize| frame.kernel.outputs[output].formula.as_str();
    let mut used = BTreeSet::new();
    let mut open: Vec<String> = outputs.iter().map(formula).flat_map(words).collect();
    while let Some(name) = open.pop() {
        if let Some(value) = edges::definition(frame.kernel, frame.spec, &name)
            && used.insert(name)
        {
            open.extend(value.symbols().iter().map(ToString::to_string));
        }
    }
    let mut rows = Vec::new();
    for line in frame.spec.formula.iter().filter(|line| used.contains(&*line.name)) {
        let value = edges::definition(frame.kernel, frame.spec, &line.name).expect("it has one");
        rows.push((line.name.to_string(), value.to_string()));
    }
    for &output in outputs {
        let row = (frame.output(output), frame.kernel.outputs[output].formula.clone());
        // The loss is a name of the formula, and stands there already.
        if row.0 != row.1 {
            rows.push(row);
        }
    }
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let row = |(name, value): &(String, String)| layout::field(&format!("{name:width$} = "), value, width + 3);
    rows.iter().flat_map(row).collect()
}

/// The names in a formula.
fn words(formula: &str) -> Vec<String> {
    formula.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_string).collect()
}

fn output_names(frame: &Frame, function: &Function) -> Vec<String> {
    function.outputs.iter().map(|&output| frame.output(output)).collect()
}

fn units(frame: &Frame, function: &Function) -> Vec<String> {
    let unit = &frame.spec.inputs[0].unit;
    if unit.is_empty() {
        return Vec::new();
    }
    let mut text = format!("{} in {unit}", frame.names.x);
    for &output in function.outputs {
        match output {
            1 => text.push_str(&format!("; {} in loss per {unit}", frame.output(1))),
            2 => text.push_str(&format!("; {} in loss per {unit}^2", frame.output(2))),
            _ => {}
        }
    }
    layout::field("Units", &text, WIDTH)
}

fn domains(frame: &Frame) -> Vec<String> {
    let names = &frame.names;
    let label = match frame.options.labels {
        Labels::Float | Labels::U8 => "0 or 1".to_string(),
        Labels::Bool => "false or true, 0 and 1 of the formulas".to_string(),
        Labels::PlusMinus => "-1 or 1, 0 and 1 of the formulas".to_string(),
    };
    let x = match (crate::kernel::clip(&frame.kernel.parameters), &frame.spec.inputs[0].domain) {
        (Some([lo, hi]), _) => format!("any number, cut to [{lo:?}, {hi:?}]"),
        (None, Domain::Finite) => "any number".to_string(),
        (None, domain) if frame.kernel.within.is_some() => format!("in {domain}, with its limits at both ends"),
        (None, domain) => format!("in {domain}"),
    };
    let mut text = format!("{} {x}; {} {label}", names.x, names.y);
    for (place, name) in &names.open {
        let domain = &frame.kernel.parameters[*place].domain;
        text.push_str(&format!("; {name} {}{domain}", if *domain == Domain::Finite { "" } else { "in " }));
    }
    layout::field("Domain", &text, WIDTH)
}

fn edges(frame: &Frame, function: &Function) -> Vec<String> {
    let clip = crate::kernel::clip(&frame.kernel.parameters);
    let mut lines = match clip {
        Some(_) => vec![format!("{} beyond an end: the loss of that end, and derivatives 0", frame.names.x)],
        None => edges::lines(frame, function.outputs),
    };
    let mut lost = vec![match frame.kernel.within {
        Some([lo, hi]) => format!("{} is NaN or outside [{lo}, {hi}]", frame.names.x),
        None => format!("{} is NaN", frame.names.x),
    }];
    if frame.options.labels != Labels::Bool {
        lost.push(format!("any other {}", frame.names.y));
    }
    lost.extend(frame.names.open.iter().map(|(_, name)| format!("{name} outside its domain")));
    lines.push(format!("{}: NaN", lost.join(", ")));
    if frame.kernel.weighted {
        lines.push("w = 0: exactly 0, whatever the other inputs".to_string());
    }
    lines
}

/// The bounds proved for an output, in words.
pub fn bound(frame: &Frame, output: usize) -> String {
    let (name, output) = (frame.output(output), &frame.kernel.outputs[output]);
    let bounds: Vec<String> = output.bounds.iter().map(ToString::to_string).collect();
    match bounds.is_empty() {
        true => format!("{name}: none proved"),
        false => format!("{name} within {}", bounds.join("; within ")),
    }
}

fn bounds(frame: &Frame, function: &Function) -> Vec<String> {
    let mut lines = Vec::new();
    for &output in function.outputs {
        lines.push(bound(frame, output));
    }
    if frame.kernel.weighted && !frame.widens() {
        lines.push("before the product with w, which is one rounding more".to_string());
    }
    lines
}

/// Several lines after one key.
pub fn block(key: &str, texts: Vec<String>) -> Vec<String> {
    let key = |place: usize| if place == 0 { key } else { "" };
    texts.iter().enumerate().flat_map(|(place, text)| layout::field(key(place), text, WIDTH)).collect()
}
