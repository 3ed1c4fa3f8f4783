//! A stage → the statements of its function: its lets, in order, then what it gives.
//!
//! What the evaluator does with a let is what its statement does; the finish of an output is the evaluator's
//! one rule: NaN where `X` is NaN, times the weight, one rounding.

use std::collections::BTreeSet;

use super::inst::{Writer, literal};
use super::layout::{self, Shape};
use super::stage::Stage;
use super::{Frame, Labels};
use crate::domain::Domain;
use crate::kernel::{Format, Val};
use crate::rational::Rational;

/// The statements of a function and the private functions that they call.
pub struct Body {
    /// Its lines, indented by four.
    pub text: String,
    /// Names of private functions.
    pub calls: BTreeSet<&'static str>,
    /// The literals in it.
    pub literals: Vec<f64>,
}

/// The statements of a stage: its lets, then what it gives; the last stage gives outputs, by place.
pub fn of(frame: &Frame, stage: &Stage, outputs: &[usize]) -> Body {
    let kernel = frame.kernel;
    let values: Vec<Val> = outputs.iter().map(|&output| kernel.outputs[output].value).collect();
    let results = [stage.gives.clone(), values].concat();
    let mut writer = Writer::new(frame, &stage.lets, &results, &stage.takes);
    let plain = |text: String| (text, String::new());
    let mut statements = Vec::new();
    let mut last = None;
    for &value in &stage.lets {
        if let Some((before, shape, remark)) = writer.binding(value) {
            statements.push((layout::statement(4, &before, &shape, ";"), remark));
            last = Some((value, shape));
        }
    }
    let weighs = outputs.iter().any(|&output| !kernel.outputs[output].inside);
    if weighs && kernel.weighted && frame.widens() {
        statements.push(plain("    let w = f64::from(w);".to_string()));
    }
    let given = stage.gives.iter().map(|value| writer.operand(value)).collect::<Vec<_>>();
    let results: Vec<String> = given.into_iter().chain(outputs.iter().map(|&output| writer.finished(output))).collect();
    match (&results[..], last) {
        // A let that would be the result itself: clippy wants it without the let.
        ([result], Some((value, shape))) if *result == frame.names.lets[value.0] => {
            let (_, remark) = statements.pop().expect("the let");
            statements.push((layout::tail(4, &shape), remark));
        }
        ([result], _) => statements.push(plain(format!("    {result}"))),
        _ => statements.push(plain(layout::statement(4, "", &Shape::Call(String::new(), results), ""))),
    }
    Body { text: layout::lines(4, &statements), calls: writer.calls, literals: writer.literals }
}

/// The conditions that the label is one and open parameters are in their domains; none where nothing can be wrong.
pub fn conditions(frame: &Frame) -> Vec<String> {
    let y = &frame.names.y;
    let label = match frame.options.labels {
        Labels::Float => Some(format!("{y} == 0.0 || {y} == 1.0")),
        Labels::PlusMinus => Some(format!("{y} == -1.0 || {y} == 1.0")),
        Labels::U8 => Some(format!("{y} <= 1")),
        Labels::Bool => None,
    };
    let within = frame.kernel.within.map(|ends| {
        let [lo, hi] = ends.map(|end| literal(end, frame.kernel.format));
        format!("({lo}..={hi}).contains(&{})", frame.names.x)
    });
    let open = frame.names.open.iter();
    let open = open.map(|(place, name)| inside(name, &frame.kernel.parameters[*place].domain, frame.kernel.format));
    // the label's comes first: it is the only one that has no brackets and needs them
    label.into_iter().chain(within).chain(open).collect()
}

/// The condition that an argument is in its domain; false where it is NaN or infinite.
fn inside(name: &str, domain: &Domain, format: Format) -> String {
    match domain {
        Domain::Finite | Domain::Class => format!("{name}.is_finite()"),
        Domain::Set(values) => {
            let exact = |value: &&Rational| Rational::from_f64(format.nearest(value)).as_ref() == Some(*value);
            let one = |value: &Rational| format!("{name} == {}", literal(format.nearest(value), format));
            let all: Vec<String> = values.iter().filter(exact).map(one).collect();
            if all.is_empty() { "false".to_string() } else { format!("({})", all.join(" || ")) }
        }
        Domain::Interval { lo: None, hi: None, .. } => format!("{name}.is_finite()"),
        Domain::Interval { lo, lo_open, hi, hi_open } => {
            let (lo, above) = end(lo.as_ref(), *lo_open, format, f64::NEG_INFINITY);
            let (hi, below) = end(hi.as_ref(), *hi_open, format, f64::INFINITY);
            match (above, below) {
                (true, _) => format!("{name} > {lo} && {name} {} {hi}", if below { "<" } else { "<=" }),
                (false, true) => format!("({lo}..{hi}).contains(&{name})"),
                (false, false) => format!("({lo}..={hi}).contains(&{name})"),
            }
        }
    }
}

/// A float that separates the floats of the format as the end of a domain does, and whether it is itself outside.
fn end(exact: Option<&Rational>, open: bool, format: Format, infinite: f64) -> (String, bool) {
    let Some(exact) = exact else { return (literal(infinite, format), true) };
    let float = format.nearest(exact);
    let inward = match Rational::from_f64(float) {
        Some(value) if value == *exact => return (literal(float, format), open),
        Some(value) => (value > *exact) == (infinite < 0.0),
        None => false,
    };
    (literal(float, format), !inward)
}
