//! The doc comments of functions over rows whose classes stand apart: with targets, and with labels.

use super::docs::{ORDER_OF_LABELS, SUMMED, WIDTH, shape, what};
use super::{Over, Rows};
use crate::domain::Domain;
use crate::emit::docs::{block, bound, formulas, set};
use crate::emit::{edges, layout};
use crate::kernel;

/// The doc of a function of one row: formula and facts.
pub fn row(rows: &Rows, one: &Over) -> Vec<String> {
    let (frame, p, t) = (&rows.row, rows.list(), &rows.classes.target);
    let own = format!("{p}[{t}]");
    let mut lines = vec![format!("{}: {} of a row{}.", rows.title(), what(rows, one), set(frame)), String::new()];
    lines.push("```text".to_string());
    lines.extend(formula(rows, one, t, &own));
    for (place, name) in one.derivatives().into_iter().enumerate() {
        let output = frame.output(if one.has_loss() { 1 } else { place + 1 });
        lines.push(format!("{name}[{t}] = {output};  {name}[i] = 0"));
    }
    lines.push(String::new());
    lines.extend(shape(rows, one));
    let mut say = |key: &str, text: &str| lines.extend(layout::field(key, text, WIDTH));
    say("Domain", &format!("{own} {}; target below the number of classes{}", domain(rows), open_domains(rows)));
    lines.extend(block("Edges", edges_of(rows, one, &own)));
    lines.extend(block("Bound", one.row.outputs.iter().map(|place| bound(frame, *place)).collect()));
    if !frame.spec.source.is_empty() {
        lines.extend(layout::field("Source", &frame.spec.source, WIDTH));
    }
    lines.extend(["```".to_string(), String::new(), "# Panics".to_string()]);
    lines.push(
        "Where a slice has not an element for each class, or there are less than two; before anything is".to_string(),
    );
    lines.push("written.".to_string());
    lines
}

/// The formulas of the class of a name, whose input stands at a place.
fn formula(rows: &Rows, one: &Over, class: &str, input: &str) -> Vec<String> {
    let frame = &rows.row;
    let name = &frame.spec.inputs[0].name;
    let taken = match (kernel::clip(&frame.kernel.parameters), kernel::log_eps(&frame.kernel.parameters)) {
        (Some([lo, hi]), _) => format!("{input}, cut to [{lo:?}, {hi:?}]"),
        (None, Some(_)) => {
            format!("{input} + LOG_EPS, exactly; 1 - {name} stands for max(1 - {input} - LOG_EPS, 0)")
        }
        (None, None) => input.to_string(),
    };
    let mut lines = layout::field(&format!("{name:7} = "), &taken, 10);
    lines.extend(by_class(rows, class, 7));
    lines.extend(formulas(frame, one.row.outputs));
    lines
}

/// The parameters that have a number for each class, at a class; names are as wide.
pub fn by_class(rows: &Rows, class: &str, width: usize) -> Vec<String> {
    let frame = &rows.row;
    let indexed = frame.names.open.iter().filter(|(_, open)| rows.open().contains(&(open, true)));
    let line = |(place, open): &(usize, String)| {
        let list = if rows.is_list(open) { open.to_uppercase() } else { open.clone() };
        format!("{:width$} = {list}[{class}]", frame.kernel.parameters[*place].name)
    };
    indexed.map(line).collect()
}

/// Arguments outside their domains.
pub fn outside(rows: &Rows) -> Vec<String> {
    let open = rows.row.names.open.iter().filter(|(_, name)| !rows.is_list(name));
    open.map(|(_, name)| format!("{name} outside its domain")).collect()
}

/// Where the input of a class that counts may lie.
fn domain(rows: &Rows) -> String {
    let frame = &rows.row;
    match (kernel::clip(&frame.kernel.parameters), frame.kernel.within) {
        (Some(_), _) | (None, None) => "any number".to_string(),
        (None, Some([lo, hi])) => format!("in [{lo}, {hi}]; the other {} are not looked at", rows.list()),
    }
}

/// `; gamma in [0, inf)`
pub fn open_domains(rows: &Rows) -> String {
    let frame = &rows.row;
    let open = frame.names.open.iter().filter(|(_, name)| !rows.is_list(name));
    open.map(|(place, name)| {
        let domain = &frame.kernel.parameters[*place].domain;
        format!("; {name} {}{domain}", if *domain == Domain::Finite { "" } else { "in " })
    })
    .collect()
}

/// What happens at the ends of an input.
fn ends(rows: &Rows, one: &Over, input: &str) -> Vec<String> {
    let frame = &rows.row;
    match (kernel::clip(&frame.kernel.parameters), kernel::log_eps(&frame.kernel.parameters)) {
        (Some(_), _) => vec![format!("{input} beyond an end: the loss of that end, and derivatives 0")],
        (None, Some(_)) => {
            let name = &frame.spec.inputs[0].name;
            vec![format!("{input} + LOG_EPS >= 1: 1 - {name} is 0 and stays it, so its derivatives are 0")]
        }
        (None, None) => edges::lines(frame, one.row.outputs),
    }
}

/// An input that is none, and arguments outside their domains.
fn wrong(rows: &Rows, input: &str) -> Vec<String> {
    let frame = &rows.row;
    let mut lost = vec![match frame.kernel.within {
        Some([lo, hi]) => format!("{input} is NaN or outside [{lo}, {hi}]"),
        None => format!("{input} is NaN"),
    }];
    lost.extend(outside(rows));
    lost
}

fn edges_of(rows: &Rows, one: &Over, own: &str) -> Vec<String> {
    let p = rows.list();
    let mut lines = ends(rows, one, own);
    let mut lost = wrong(rows, own);
    lost.insert(1, "target is no class".to_string());
    lines.push(format!("{}: NaN in the row", lost.join(", ")));
    if one.row.name != "forward" {
        lines.push(format!("another {p}[i], whatever it holds, NaN too: nothing, its derivative is 0"));
    }
    if let Some(ignored) = rows.row.options.ignore {
        lines.push(format!("target = {ignored}: zeros"));
    }
    lines
}

/// The doc of a function of rows with labels.
pub fn labels(rows: &Rows, one: &Over) -> Vec<String> {
    let (frame, p) = (&rows.term, rows.list());
    let input = format!("{p}[k]");
    let title = format!("{}: {} of each row of `{p}` with labels", rows.title(), what(rows, one));
    let mut lines = vec![format!("{title}{}.", set(frame)), String::new(), "```text".to_string()];
    let mut say = |key: &str, text: &str| lines.extend(layout::field(key, text, WIDTH));
    if one.has_loss() {
        say("loss", &format!("the sum of y[k] * loss, loss as `forward` has it of {input}"));
    }
    for (place, name) in one.derivatives().into_iter().enumerate() {
        let output = frame.output(if one.has_loss() { 1 } else { place + 1 });
        let function = if output.starts_with("d2") { "backward_hessian" } else { "forward_backward" };
        let function = if one.has_loss() { function } else { "backward_hessian" };
        say(name, &format!("{name}[k] = y[k] * {output}, {output} as `{function}` has it of {input}"));
    }
    labels_given(rows, one).iter().for_each(|(key, text)| say(key, text));
    if one.has_loss() {
        say("Order", ORDER_OF_LABELS[usize::from(frame.float() == "f64")]);
    }
    let mut edges = vec![format!("y[k] = 0: exactly 0 of the class, whatever {input} holds; all y 0: zeros")];
    edges.extend(ends(rows, one, &input).into_iter().map(|line| format!("y[k] > 0, {line}")));
    let lost = wrong(rows, &input).join(", ");
    edges.push(format!("y[k] is negative, infinite or NaN, or it is above 0 and {lost}: NaN in the row"));
    lines.extend(block("Edges", edges));
    let mut bounds: Vec<String> = one.row.outputs.iter().map(|place| bound(frame, *place)).collect();
    bounds.push(SUMMED.trim_start_matches("with labels ").to_string());
    lines.extend(block("Bound", bounds));
    lines.extend(["```".to_string(), String::new()]);
    lines.push(format!("With one-hot labels the results are those of `{}_rows`; a loss of -0 is 0.", one.row.name));
    lines.extend(panics_of_labels(rows, one));
    lines
}

/// Shapes and labels of a function that takes labels.
pub fn labels_given(rows: &Rows, one: &Over) -> [(&'static str, String); 2] {
    let like: String = one.derivatives().iter().map(|name| format!(", {name}")).collect();
    let loss = if one.has_loss() { "; loss: [N]" } else { "" };
    let lists: String = rows.lists_of_arguments().iter().map(|name| format!("; {name}: [classes]")).collect();
    let labels = "y[k] >= 0 and finite: one-hot, soft, or times a weight of the row; a row need not sum to 1";
    let shape = format!("{}, y{like}: [N, classes], row after row{lists}{loss}", rows.list());
    [("Shape", shape), ("Labels", labels.to_string())]
}

/// When a function that takes labels panics.
pub fn panics_of_labels(rows: &Rows, one: &Over) -> Vec<String> {
    let mut lines = vec![String::new(), "# Panics".to_string(), "Before anything is written, unless:".to_string()];
    let whole = format!("`{}` is a whole number of rows", rows.list());
    let mut conditions = vec!["`classes` is at least 2".to_string(), whole];
    let written: String = one.derivatives().iter().map(|name| format!(" and `{name}`")).collect();
    conditions.push(format!("`y`{written} as long"));
    if one.has_loss() {
        conditions.push("`loss` has one element for each row".to_string());
    }
    conditions.extend(rows.lists_with_names().into_iter().map(|name| format!("`{name}` has one for each class")));
    lines.extend(conditions.iter().map(|condition| format!("* {condition}")));
    lines
}
