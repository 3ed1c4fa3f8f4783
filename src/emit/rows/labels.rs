//! Rows whose classes stand apart, with a label for each class: every class goes through the kernel with its label as a weight,
//! block by block, whatever rows they belong to; losses are added in the row's order.

use std::collections::BTreeSet;

use super::apart::{Loop, WEIGHT, read, valid};
use super::block::{RANGE, private};
use super::{Over, Rows, apart_docs};
use crate::emit::classes::one_a_row;
use crate::emit::layout::{self, Shape};
use crate::emit::plan::Planned;
use crate::emit::slices::Public;
use crate::kernel::Format;

/// What labels are called.
pub const LABELS: &str = "y";

impl Over {
    /// The name of the function over labels.
    pub fn of_labels(&self) -> String {
        format!("{}_onehot_rows", self.row.name)
    }
}

/// The public functions.
pub fn public(rows: &Rows, over: &[Over]) -> Vec<String> {
    over.iter().flat_map(|one| function(rows, one, apart_docs::labels(rows, one), work(rows, one))).collect()
}

/// A public function over labels, with its doc and what it does when shapes are checked.
pub fn function(rows: &Rows, one: &Over, docs: Vec<String>, work: String) -> Vec<String> {
    let (p, float) = (rows.list(), rows.row.float());
    let mut arguments = vec![format!("{p}: &[{float}]"), "classes: usize".to_string(), format!("{LABELS}: &[{float}]")];
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    arguments.extend(one.writes.iter().map(|name| format!("{name}: &mut [{float}]")));
    let public = Public { name: one.of_labels(), docs, arguments, result: "", checks: checks(rows, one), work };
    public.items(&rows.row)
}

fn checks(rows: &Rows, one: &Over) -> String {
    let p = rows.list();
    let length = |name: &str| format!("{name}.len()");
    let quoted = |name: &str| format!("\"{name}\"");
    let mut text = String::new();
    let mut call = |name: &str, arguments: Vec<String>| {
        text.push_str(&layout::statement(4, "", &Shape::Call(name.to_string(), arguments), ";\n"));
    };
    let rows_of = format!("{p}.len() / classes.max(1)");
    call("check_shape", vec![length(p), "classes".to_string(), "1".to_string(), rows_of]);
    call("same_length", vec![quoted(LABELS), length(LABELS), quoted(p), length(p)]);
    rows.check_lists(&mut call);
    for name in one.writes {
        match *name {
            "loss" => {
                let of = [quoted(name), length(name), quoted(p), format!("{p}.len() / classes"), "classes".to_string()];
                call("one_a_row", of.to_vec());
            }
            name => call("same_length", vec![quoted(name), length(name), quoted(p), length(p)]),
        }
    }
    text
}

/// Block by block, then row by row.
fn work(rows: &Rows, one: &Over) -> String {
    let p = rows.list();
    let mut arguments = vec![format!("&{p}[start..end]"), format!("&{LABELS}[start..end]")];
    if rows.of_class().is_some() {
        arguments.push("start % classes".to_string());
    }
    arguments.extend(rows.passed());
    if one.has_loss() {
        arguments.push("&mut terms".to_string());
    }
    arguments.extend(one.derivatives().iter().map(|name| format!("&mut {name}[start..end]")));
    let call = Shape::Call(format!("{}_labels", one.row.name), arguments);
    let mut text = String::new();
    if one.has_loss() {
        text.push_str("    let mut terms = [0.0; ROWS];\n    let (mut row, mut class) = (0, 0);\n");
        text.push_str(match rows.row.kernel.format {
            Format::F32 => "    let mut sum = 0.0;\n",
            Format::F64 => "    let (mut sum, mut lost) = (0.0, 0.0);\n",
        });
    }
    text.push_str(&format!(
        "    for start in (0..{p}.len()).step_by(ROWS) {{\n        let end = {p}.len().min(start + ROWS);\n"
    ));
    text.push_str(&layout::statement(8, "", &call, ";\n"));
    if one.has_loss() {
        text.push_str("        for &term in &terms[..end - start] {\n");
        text.push_str(match rows.row.kernel.format {
            Format::F32 => "            sum += term;\n",
            Format::F64 => {
                "            let (next, rest) = two_sum(sum, term);\n            sum = next;\n            lost += rest;\n"
            }
        });
        text.push_str("            class += 1;\n            if class == classes {\n");
        text.push_str(match rows.row.kernel.format {
            Format::F32 => "                loss[row] = sum as f32;\n                sum = 0.0;\n",
            Format::F64 => {
                "                // beyond the largest number what sums lost is no number\n                \
                 loss[row] = if sum.is_finite() { sum + lost } else { sum };\n                \
                 sum = 0.0;\n                lost = 0.0;\n"
            }
        });
        text.push_str("                class = 0;\n                row += 1;\n            }\n        }\n");
    }
    text + "    }\n" + &lost(rows, one)
}

/// A row is NaN where one of its classes is.
fn lost(rows: &Rows, one: &Over) -> String {
    let (p, derivatives) = (rows.list(), one.derivatives());
    let Some(first) = derivatives.first() else { return String::new() };
    let of_row = "        let of_row = row * classes..(row + 1) * classes;\n";
    let mut text = match one.has_loss() {
        true => format!("    for (row, loss) in loss.iter().enumerate() {{\n{of_row}        if loss.is_nan() {{\n"),
        false => format!(
            "    for row in 0..{p}.len() / classes {{\n{of_row}        \
             if {first}[of_row.clone()].iter().any(|one| one.is_nan()) {{\n"
        ),
    };
    let float = rows.row.float();
    for (place, name) in derivatives.iter().enumerate() {
        let of_row = if place + 1 < derivatives.len() { "of_row.clone()" } else { "of_row" };
        text.push_str(&format!(
            "            for one in &mut {name}[{of_row}] {{\n                *one = {float}::NAN;\n            }}\n"
        ));
    }
    text + "        }\n    }\n"
}

/// A block of classes with labels.
pub fn block(rows: &Rows, planned: &Planned, one: &Over) -> String {
    let (frame, p, float) = (&rows.term, rows.list(), rows.row.float());
    let (of_class, derivatives) = (rows.of_class(), one.derivatives());
    let mut arguments = vec![format!("{p}: &[{float}]"), format!("{LABELS}: &[{float}]")];
    arguments.extend(of_class.iter().map(|_| "from: usize".to_string()));
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    if one.has_loss() {
        arguments.push("terms: &mut [f64; ROWS]".to_string());
    }
    arguments.extend(derivatives.iter().map(|name| format!("{name}: &mut [{float}]")));
    let argument = |name: &str| if name == "w" { format!("{LABELS}[i]") } else { read(rows, name, p, "i") };
    let result = |output: usize, given: &str| match output {
        0 => {
            let hi = if rows.pairs() { ".0" } else { "" };
            format!("terms[i] = labelled({given}{hi}, {LABELS}[i]);")
        }
        output => format!("{}[i] = {given};", ["grad", "hess"][output - 1]),
    };
    let each = Loop { frame, index: "i", read: &argument, write: &result };
    let mut text = format!("    let n = {p}.len().min(ROWS);\n");
    for name in [p, LABELS] {
        text.push_str(&format!("    let {name} = &{name}[..n];\n"));
    }
    for name in &derivatives {
        text.push_str(&format!("    let {name} = &mut {name}[..n];\n"));
    }
    if let Some(list) = &of_class {
        text.push_str(&format!(
            "    let mut {WEIGHT} = [0.0; ROWS];\n    let mut class = from;\n    for {WEIGHT} in &mut {WEIGHT}[..n] {{\n        \
             *{WEIGHT} = {list}[class];\n        class += 1;\n        if class == {list}.len() {{\n            \
             class = 0;\n        }}\n    }}\n"
        ));
    }
    text.push_str(&each.buffers(planned));
    text.push_str(&each.turns(planned));
    text.push_str("    for i in 0..n {\n");
    let number = format!("!{p}[i].is_nan()");
    let bounded = frame.kernel.within.is_some();
    text.push_str(&match valid(rows, p, "i") {
        Some(call) => layout::statement(8, "let valid = ", &call, ";\n"),
        None => format!("        let valid = {number};\n"),
    });
    if !bounded && valid(rows, p, "i").is_some() {
        text.push_str(&format!("        let valid = valid && {number};\n"));
    }
    let least = if frame.kernel.format == Format::F32 { "f32::MAX" } else { "f64::MAX" };
    text.push_str(&format!("        let valid = valid && (0.0..={least}).contains(&{LABELS}[i]);\n"));
    text.push_str(&format!("        if !valid && {LABELS}[i] != 0.0 {{\n"));
    if one.has_loss() {
        text.push_str("            terms[i] = f64::NAN;\n");
    }
    for name in &derivatives {
        text.push_str(&format!("            {name}[i] = {float}::NAN;\n"));
    }
    text.push_str("        }\n    }\n");
    let about = format!("`{}` of at most `ROWS` classes, whatever rows they belong to.", one.of_labels());
    private(&about, &format!("{}_labels", one.row.name), &arguments, "", &text, RANGE)
}

/// What only labels need.
pub fn helpers(rows: &Rows, calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    let (inside, float) = (rows.term.inside(), rows.row.float());
    if rows.row.kernel.format == Format::F64 {
        calls.insert("two_sum");
    }
    let wide = |name: &str, of: Format| if of == Format::F32 { format!("f64::from({name})") } else { name.to_string() };
    let text = format!(
        "    if {LABELS} == 0.0 {{\n        return 0.0;\n    }}\n    {} * {}\n",
        wide("term", inside),
        wide(LABELS, rows.row.kernel.format)
    );
    let arguments = [format!("term: {inside}"), format!("{LABELS}: {float}")];
    let about = "A term of the loss times its label, as f64; exactly 0 where the label is 0, whatever the term.";
    vec![one_a_row(), private(about, "labelled", &arguments, "f64", &text, "")]
}
