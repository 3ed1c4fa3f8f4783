//! The doc comments of functions over rows that are divided by their sum: with targets, and with labels.

use super::apart_docs::{by_class, labels_given, open_domains, outside, panics_of_labels};
use super::docs::{WIDTH, shape, what};
use super::{Over, Rows};
use crate::emit::docs::{block, bound, formulas, set};
use crate::emit::{edges, layout};
use crate::kernel::{self, Format};

/// The doc of a function of one row: formula and facts.
pub fn row(rows: &Rows, one: &Over) -> Vec<String> {
    let (frame, p, t) = (&rows.row, rows.list(), &rows.classes.target);
    let mut lines = vec![format!("{}: {} of a row{}.", rows.title(), what(rows, one), set(frame)), String::new()];
    lines.push("```text".to_string());
    lines.extend(formula(rows, one, t));
    for (name, place) in [("grad", 1), ("hess", 3)] {
        if one.writes.contains(&name) {
            let [own, other] = [place, place + 1].map(|place| frame.kernel.outputs[place].name);
            lines.push(format!("{name}[{t}] = {own};  {name}[i] = {other}"));
        }
    }
    lines.push(String::new());
    lines.extend(shape(rows, one));
    let mut say = |key: &str, text: &str| lines.extend(layout::field(key, text, WIDTH));
    say("Domain", &format!("{}; target below the number of classes{}", domain(rows), open_domains(rows)));
    let mut edges = ends(rows, one, &format!("{p}[{t}]"));
    let mut lost = vec![no_row(rows), "target is no class".to_string()];
    lost.extend(outside(rows));
    edges.push(format!("{}: NaN in the row", lost.join(", ")));
    if let Some(ignored) = rows.row.options.ignore {
        edges.push(format!("target = {ignored}: zeros"));
    }
    lines.extend(block("Edges", edges));
    lines.extend(block(
        "Bound",
        bounds(rows, &one.row.outputs.iter().map(|place| bound(frame, *place)).collect::<Vec<_>>()),
    ));
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

/// Bounds, and what they hold for.
pub fn bounds(rows: &Rows, of: &[String]) -> Vec<String> {
    let mut lines = of.to_vec();
    lines.push("for at most 131072 classes".to_string());
    if rows.row.kernel.format == Format::F64 {
        let (name, p) = (&rows.row.spec.inputs[0].name, rows.list());
        lines.push(format!(
            "where 1 - {name} is 0 or at least 2^-1022; an ulp of a first derivative counts as at least 2^-1074 over the sum of {p}, of \
             a second one over its square; with labels, where no term is beyond the largest number"
        ));
    }
    lines
}

/// The formulas of a class.
fn formula(rows: &Rows, one: &Over, class: &str) -> Vec<String> {
    let (frame, p) = (&rows.row, rows.list());
    let name = &frame.spec.inputs[0].name;
    let sum = format!("sum(k, {p}[k])");
    let taken = match kernel::clip(&frame.kernel.parameters) {
        Some([lo, hi]) => format!("{p}[{class}] / {sum}, cut to [{lo:?}, {hi:?}]"),
        None => format!("{p}[{class}] / {sum}"),
    };
    let outputs = one.row.outputs.iter().map(|&place| frame.kernel.outputs[place].name.len());
    let width = outputs.max().unwrap_or(0).max("alpha_t".len());
    let mut lines = Vec::new();
    if !one.derivatives().is_empty() {
        lines.push(format!("{:width$} = {sum}", "S"));
    }
    lines.extend(layout::field(&format!("{name:width$} = "), &taken, width + 3));
    lines.extend(by_class(rows, class, width));
    lines.extend(formulas(frame, one.row.outputs));
    lines
}

fn domain(rows: &Rows) -> String {
    let p = rows.list();
    format!("each {p}[k] at least 0, their sum above 0 and at most 2^100; it need not be 1")
}

/// What is no row.
fn no_row(rows: &Rows) -> String {
    let p = rows.list();
    format!("a {p}[k] is NaN or negative, their sum is 0 or above 2^100")
}

/// What happens at the ends of a share.
fn ends(rows: &Rows, one: &Over, own: &str) -> Vec<String> {
    let frame = &rows.row;
    let name = &frame.spec.inputs[0].name;
    if let Some([lo, hi]) = kernel::clip(&frame.kernel.parameters) {
        return vec![
            format!("{name} beyond an end: the loss of that end, and derivatives 0; at an end they are passed"),
            format!("{name} is compared as {own} with {lo:?} S and {hi:?} S, each rounded as registers are"),
        ];
    }
    let mut lines = edges::lines(frame, &[0]);
    if one.writes.contains(&"grad") {
        lines.push(format!("{name} = 0: derivatives are their limits, infinite in {own} and finite in the others"));
        lines.push(format!("{name} = 1: derivatives are their limits, 0 in {own}"));
    }
    lines
}

/// The doc of a function of rows with labels.
pub fn labels(rows: &Rows, one: &Over) -> Vec<String> {
    let (frame, p) = (&rows.term, rows.list());
    let title = format!("{}: {} of each row of `{p}` with labels", rows.title(), what(rows, one));
    let mut lines = vec![format!("{title}{}.", set(frame)), String::new(), "```text".to_string()];
    let mut say = |key: &str, text: &str| lines.extend(layout::field(key, text, WIDTH));
    if one.has_loss() {
        say("loss", "the sum of y[k] * loss, loss as `forward` has it where k is the target");
    }
    for name in one.derivatives() {
        let function = if one.has_loss() { "forward_backward" } else { "backward_hessian" };
        say(name, &format!("the sum over k of y[k] * {name}, {name} as `{function}` has it where k is the target"));
    }
    labels_given(rows, one).iter().for_each(|(key, text)| say(key, text));
    say("Domain", &domain(rows));
    let order = "term by term as the row has them, in registers; without a class: the sum of all less its term, and for the term of \
                 the greatest magnitude the sum of the rest; each result is rounded once";
    say("Order", order);
    let mut edges = vec!["y[k] = 0: nothing of the class as a target; all y 0: zeros".to_string()];
    edges.extend(ends(rows, one, &format!("{p}[k]")).into_iter().map(|line| format!("y[k] > 0, {line}")));
    let wrong = outside(rows).join(", ");
    let wrong = if wrong.is_empty() { wrong } else { format!(", or it is above 0 and {wrong}") };
    edges.push(format!("{}, y[k] is negative, infinite or NaN{wrong}: NaN in the row", no_row(rows)));
    lines.extend(block("Edges", edges));
    let mut of: Vec<String> = Vec::new();
    for (place, name) in [(0, "loss"), (1, "grad"), (3, "hess")] {
        if one.writes.contains(&name) {
            of.push(bound(frame, place));
        }
    }
    of.push("relative to the sum of the absolute values of its terms, but for the loss".to_string());
    lines.extend(block("Bound", bounds(rows, &of)));
    lines.extend(["```".to_string(), String::new()]);
    lines.push(format!(
        "With one-hot labels the results are those of `{}_rows`, within the bounds of both.",
        one.row.name
    ));
    lines.extend(panics_of_labels(rows, one));
    lines
}
