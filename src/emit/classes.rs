//! The function over rows of classes: K sigmoid outputs for each row, and one target that says which label is 1.
//!
//! Labels of a block are made on the stack and go, with the logits, through the block function of `forward_backward`: the
//! bits are those of the functions of scalars, and nothing is allocated.

use super::layout::{self, Shape};
use super::plan::Planned;
use super::slices::{self, Public};
use super::{EmitOptions, Frame, Labels, docs};
use crate::domain::Domain;
use crate::message::Message;
use crate::rational::Rational;
use crate::spec::Spec;

/// What a file with this function names besides: no argument of it may be called so.
pub const NAMES: &[&str] = &[
    "classes",
    "target",
    "rows",
    "labels",
    "weights",
    "whole_rows",
    "one_a_row",
    "class_labels",
    "row_weights",
    "no_class",
];

/// Can the options be met for the loss? Rows of classes need a logit, a label and the gradient.
///
/// # Errors
/// Where they are asked for and the loss has no such inputs, or where the order has no gradient.
pub fn possible(spec: &Spec, options: &EmitOptions) -> Result<(), Message> {
    if !options.classes {
        return Ok(());
    }
    let refused = |why: String| Message::new(format!("`--classes` is not for `{}`: {why}", spec.name));
    let label = Domain::Set([0, 1].map(Rational::from).to_vec());
    match &spec.inputs[..] {
        [x, _] if x.domain != Domain::Finite => {
            let why = format!("`{}` lies in {}, and a logit may be any number", x.name, x.domain);
            Err(refused(why).help("`forward_backward_slice` takes a label for each element"))
        }
        [_, y] if y.domain != label => Err(refused(format!("`{}` is not a label in {{0, 1}}", y.name))),
        [_, _] if options.order == 0 => {
            Err(refused("order 0 has no gradient".to_string()).help("leave `--order` out, or ask for 1 or 2"))
        }
        [_, _] => Ok(()),
        inputs => Err(refused(format!("it has {} inputs, not a logit and a label", inputs.len()))),
    }
}

/// The function, then the private ones that it calls.
pub fn text(frame: &Frame, both: &Planned) -> Vec<String> {
    let mut items = public(frame, both).items(frame);
    items.extend([whole_rows(), one_a_row(), class_labels(frame)]);
    if frame.kernel.weighted {
        items.push(row_weights(frame));
    }
    items.push(no_class(frame));
    items
}

fn public<'a>(frame: &Frame, both: &Planned) -> Public<'a> {
    let (float, x, weighted) = (frame.float(), &frame.names.x, frame.kernel.weighted);
    let mut arguments = vec![format!("{x}: &[{float}]"), "classes: usize".to_string(), "target: &[u32]".to_string()];
    if weighted {
        arguments.push(format!("w: &[{float}]"));
    }
    arguments.extend(frame.names.open.iter().map(|(_, name)| format!("{name}: {float}")));
    arguments.extend(["loss", "grad"].map(|name| format!("{name}: &mut [{float}]")));

    let length = |name: &str| format!("{name}.len()");
    let quoted = |name: &str| format!("\"{name}\"");
    let check = |before: &str, name: &str, arguments: Vec<String>| {
        layout::statement(4, before, &Shape::Call(name.to_string(), arguments), ";\n")
    };
    let mut checks = check("let rows = ", "whole_rows", vec![quoted(x), length(x), "classes".to_string()]);
    for name in ["target", "w"].into_iter().take(1 + usize::from(weighted)) {
        let given = [quoted(name), length(name), quoted(x), "rows".to_string(), "classes".to_string()];
        checks.push_str(&check("", "one_a_row", given.to_vec()));
    }
    for name in ["loss", "grad"] {
        checks.push_str(&check("", "same_length", vec![quoted(name), length(name), quoted(x), length(x)]));
    }

    let mut before = format!("        let mut labels = [{}; BLOCK];\n", literals(frame)[0]);
    let set = ["target", "classes", "start", "&mut labels[..end - start]"].map(str::to_string);
    before.push_str(&layout::statement(8, "", &Shape::Call("class_labels".to_string(), set.to_vec()), ";\n"));
    if weighted {
        let set = ["w", "classes", "start", "&mut weights[..end - start]"].map(str::to_string);
        before.push_str(&layout::statement(8, "", &Shape::Call("row_weights".to_string(), set.to_vec()), ";\n"));
    }
    let made = [(&*frame.names.y, "&labels[..end - start]"), ("w", "&weights[..end - start]")];
    let mut work = if weighted { "    let mut weights = [0.0; BLOCK];\n".to_string() } else { String::new() };
    work.push_str(&slices::blocks(frame, both, &before, &made, ""));
    let lost = ["target", "classes", "w", "loss", "grad"].into_iter().filter(|name| weighted || *name != "w");
    let lost = Shape::Call("no_class".to_string(), lost.map(str::to_string).collect());
    work.push_str(&layout::statement(4, "", &lost, ";\n"));
    Public {
        name: "forward_backward_classes".to_string(),
        docs: docs::classes(frame, both.function),
        arguments,
        result: "",
        checks,
        work,
    }
}

/// The labels 0 and 1 of the formulas, as they are given.
fn literals(frame: &Frame) -> [&'static str; 2] {
    match frame.options.labels {
        Labels::Float => ["0.0", "1.0"],
        Labels::U8 => ["0", "1"],
        Labels::Bool => ["false", "true"],
        Labels::PlusMinus => ["-1.0", "1.0"],
    }
}

fn whole_rows() -> String {
    r#"/// How many rows of so many classes; panics where there are no classes, or the last row is not whole.
#[allow(dead_code)]
// In edition 2018 the text of an assertion cannot name variables.
#[allow(clippy::uninlined_format_args)]
#[inline]
#[track_caller]
fn whole_rows(name: &str, length: usize, classes: usize) -> usize {
    assert!(classes > 0, "`classes` is 0, a row has one at least");
    let rows = length / classes;
    assert!(
        length == rows * classes,
        "`{}` has {} elements, which are no rows of {}",
        name,
        length,
        classes
    );
    rows
}
"#
    .to_string()
}

/// The check of a slice that has an element for each row.
pub fn one_a_row() -> String {
    r#"/// Panics where a slice has not one element for each row.
#[allow(dead_code)]
// In edition 2018 the text of an assertion cannot name variables.
#[allow(clippy::uninlined_format_args)]
#[inline]
#[track_caller]
fn one_a_row(name: &str, length: usize, first: &str, rows: usize, classes: usize) {
    assert!(
        length == rows,
        "`{}` has {} elements, `{}` has {} rows of {}",
        name,
        length,
        first,
        rows,
        classes
    );
}
"#
    .to_string()
}

fn class_labels(frame: &Frame) -> String {
    let (of, one) = (frame.label(), literals(frame)[1]);
    format!(
        "/// Labels of the elements from `start` on: {one} in the column that is the row's target.
#[allow(dead_code)]
#[inline(always)]
fn class_labels(target: &[u32], classes: usize, start: usize, labels: &mut [{of}]) {{
    let rows = start / classes..(start + labels.len() - 1) / classes + 1;
    for (&class, row) in target[rows.clone()].iter().zip(rows) {{
        if u64::from(class) < classes as u64 {{
            // a row may begin before the block, and end behind it
            let place = (row * classes + class as usize).wrapping_sub(start);
            if let Some(label) = labels.get_mut(place) {{
                *label = {one};
            }}
        }}
    }}
}}
"
    )
}

fn row_weights(frame: &Frame) -> String {
    let float = frame.float();
    format!(
        "/// Weights of the elements from `start` on: those of their rows.
#[allow(dead_code)]
#[inline(always)]
fn row_weights(w: &[{float}], classes: usize, start: usize, weights: &mut [{float}]) {{
    let end = start + weights.len();
    let rows = start / classes..(end - 1) / classes + 1;
    for (&w, row) in w[rows.clone()].iter().zip(rows) {{
        let from = (row * classes).max(start) - start;
        let to = (row * classes + classes).min(end) - start;
        weights[from..to].iter_mut().for_each(|weight| *weight = w);
    }}
}}
"
    )
}

fn no_class(frame: &Frame) -> String {
    let float = frame.float();
    let (w, weighs) = match frame.kernel.weighted {
        true => (format!("w: &[{float}], "), " && w[row] != 0.0"),
        false => (String::new(), ""),
    };
    format!(
        "/// NaN in the rows whose target is above the number of classes.
#[allow(dead_code)]
#[inline(always)]
fn no_class(target: &[u32], classes: usize, {w}loss: &mut [{float}], grad: &mut [{float}]) {{
    for (row, &class) in target.iter().enumerate() {{
        if u64::from(class) > classes as u64{weighs} {{
            let all = row * classes..(row + 1) * classes;
            for value in loss[all.clone()].iter_mut().chain(&mut grad[all]) {{
                *value = {float}::NAN;
            }}
        }}
    }}
}}
"
    )
}
