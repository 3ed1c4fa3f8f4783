//! Rows that are divided by their sum, with a label for each class: every class goes through the kernel, and each derivative takes the
//! sum of what the other classes give.

use super::apart::{Loop, WEIGHT, valid};
use super::block::{RANGE, private, set};
use super::labels::{self, LABELS};
use super::normalised::{held, op, reading};
use super::pass::wide_of;
use super::{Over, Rows, normalised_docs};
use crate::elementary::pair::Part;
use crate::emit::classes::one_a_row;
use crate::emit::items::tuple;
use crate::emit::layout::{self, Shape};
use crate::emit::plan::Planned;
use crate::kernel::normalised::OTHERS;

/// The public functions.
pub fn public(rows: &Rows, over: &[Over]) -> Vec<String> {
    over.iter()
        .flat_map(|one| labels::function(rows, one, normalised_docs::labels(rows, one), work(rows, one)))
        .collect()
}

/// Row by row.
fn work(rows: &Rows, one: &Over) -> String {
    let p = rows.list();
    let mut arguments = vec![p.to_string(), format!("&{LABELS}[of_row.clone()]")];
    arguments.extend(rows.passed());
    for (place, name) in one.writes.iter().enumerate() {
        let of_row = if place + 1 < one.writes.len() { "of_row.clone()" } else { "of_row" };
        arguments.push(if *name == "loss" { "&mut loss[row]".to_string() } else { format!("&mut {name}[{of_row}]") });
    }
    if one.derivatives().is_empty() {
        arguments[1] = format!("&{LABELS}[of_row]");
    }
    let call = Shape::Call(format!("{}_labels", one.row.name), arguments);
    format!(
        "    for (row, {p}) in {p}.chunks_exact(classes).enumerate() {{\n        \
         let of_row = row * classes..(row + 1) * classes;\n{}    }}\n",
        layout::statement(8, "", &call, ";\n")
    )
}

/// The array of an output of the kernel of a class, times its label.
fn array(output: usize) -> &'static str {
    ["loss_term", "own_term", "push_term", "own_2_term", "bent_term"][output]
}

/// What the sum of an output over the other classes is kept in.
fn kept(output: usize) -> &'static str {
    if output == 2 { "pushed" } else { "bent" }
}

/// The derivatives of a function: each by the outputs of its own class and of the others.
fn derivatives(one: &Over) -> impl Iterator<Item = (&'static str, usize, usize)> {
    one.derivatives().into_iter().map(|name| if name == "grad" { (name, 1, 2) } else { (name, 3, 4) })
}

/// A register of 0.
fn zero(rows: &Rows) -> &'static str {
    if rows.pairs() { "(0.0, 0.0)" } else { "0.0" }
}

/// The statement that adds a register to another one.
fn added(rows: &Rows, to: &str, term: &str) -> String {
    if rows.pairs() { format!("{to} = {}", op(rows, Part::Add, to, term)) } else { format!("{to} += {term}") }
}

/// The functions of a row: the terms of a block of its classes, then the row.
pub fn row(rows: &Rows, planned: &Planned, one: &Over) -> [String; 2] {
    [terms(rows, planned, one), whole(rows, one)]
}

/// The terms of a block of classes.
fn terms(rows: &Rows, planned: &Planned, one: &Over) -> String {
    let (frame, p, float) = (&rows.term, rows.list(), rows.row.float());
    let of_class = rows.of_class();
    let mut arguments = vec![format!("{p}: &[{float}]"), format!("{LABELS}: &[{float}]")];
    arguments.push("(start, greatest): (usize, usize)".to_string());
    arguments.push(format!("(sum, rest): ({0}, {0})", held(rows)));
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    let arrays = one.row.outputs.iter().flat_map(|&output| rows.parts(array(output)));
    arguments.extend(arrays.map(|name| format!("{name}: &mut [{}; ROWS]", rows.row.inside())));
    let write = |output: usize, given: &str| {
        let names = rows.parts(array(output));
        match &names[..] {
            [name] => format!("{name}[i] = labelled({given}, {LABELS}[i]);"),
            _ => format!(
                "let term = labelled({given}, {LABELS}[i]);\n{}",
                set(8, &names, "i", "term").trim_end_matches('\n')
            ),
        }
    };
    let each = Loop { frame, index: "i", read: &|name| reading(rows, name, p, "i"), write: &write };
    let mut text = format!("    let n = {p}.len().min(ROWS);\n");
    for name in [p, LABELS] {
        text.push_str(&format!("    let {name} = &{name}[..n];\n"));
    }
    for name in rows.parts(OTHERS) {
        text.push_str(&format!("    let mut {name} = [0.0; ROWS];\n"));
    }
    text.push_str(&format!(
        "    for i in 0..n {{\n        let mut beside = rest;\n        if start + i != greatest {{\n            beside = {};\n        \
         }}\n{}    }}\n",
        op(rows, Part::Sub, "sum", &wide_of(rows, &format!("{p}[i]"))),
        set(8, &rows.parts(OTHERS), "i", "beside")
    ));
    if let Some(list) = &of_class {
        text.push_str(&format!(
            "    let mut {WEIGHT} = [0.0; ROWS];\n    {WEIGHT}[..n].copy_from_slice(&{list}[start..start + n]);\n"
        ));
    }
    text.push_str(&each.buffers(planned));
    text.push_str(&each.turns(planned));
    match valid(rows, p, "i") {
        Some(call) => {
            text.push_str("    let mut lost = false;\n    for i in 0..n {\n");
            text.push_str(&layout::statement(8, "let valid = ", &call, ";\n"));
            text.push_str(&format!("        lost |= {LABELS}[i] != 0.0 && !valid;\n    }}\n    lost\n"));
        }
        None => text.push_str("    false\n"),
    }
    let about = "Of at most `ROWS` classes of a row, the first one given by its number, each term times its label; is one of them lost?";
    private(about, &format!("{}_terms", one.row.name), &arguments, "bool", &text, RANGE)
}

/// A row.
fn whole(rows: &Rows, one: &Over) -> String {
    let (p, float, inside) = (rows.list(), rows.row.float(), rows.row.inside());
    let mut arguments = vec![format!("{p}: &[{float}]"), format!("{LABELS}: &[{float}]")];
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    for name in one.writes {
        arguments.push(if *name == "loss" { format!("loss: &mut {float}") } else { format!("{name}: &mut [{float}]") });
    }
    let largest = format!("{float}::MAX");
    let mut text = format!(
        "    let classes = {p}.len();
    let (sum, lost) = summed({p}, (0, 1), classes, classes);
    let mut lost = !is_row(sum, lost);
    for {LABELS} in {LABELS} {{
        lost |= !(0.0..={largest}).contains({LABELS});
    }}
    let greatest = greatest_of({p});
    let (rest, _) = summed({p}, (0, 1), greatest, classes);
"
    );
    let zero = zero(rows);
    if one.has_loss() {
        text.push_str(&format!("    let mut total = {zero};\n"));
    }
    for (_, _, others) in derivatives(one) {
        text.push_str(&format!("    let mut {} = ({zero}, classes, {zero});\n", kept(others)));
    }
    let arrays: Vec<String> = one.row.outputs.iter().flat_map(|&output| rows.parts(array(output))).collect();
    for name in &arrays {
        text.push_str(&format!("    let mut {name} = [0.0_{inside}; ROWS];\n"));
    }
    let mut passed =
        vec![format!("&{p}[start..end]"), format!("&{LABELS}[start..end]"), "(start, greatest)".to_string()];
    passed.push("(sum, rest)".to_string());
    passed.extend(rows.passed());
    passed.extend(arrays.iter().map(|name| format!("&mut {name}")));
    let call = Shape::Call(format!("{}_terms", one.row.name), passed);
    text.push_str("    for start in (0..classes).step_by(ROWS) {\n        let end = classes.min(start + ROWS);\n");
    text.push_str(&layout::statement(8, "lost |= ", &call, ";\n"));
    text.push_str(&format!(
        "        for i in 0..end - start {{\n            if {LABELS}[start + i] == 0.0 {{\n                continue;\n            }}\n"
    ));
    let element = |output: usize| super::block::at(&rows.parts(array(output)), "i");
    if one.has_loss() {
        text.push_str(&format!("            {};\n", added(rows, "total", &element(0))));
    }
    for (_, _, others) in derivatives(one) {
        let call = Shape::Call(
            "take".to_string(),
            vec![element(others), "start + i".into(), format!("&mut {}", kept(others))],
        );
        text.push_str(&layout::statement(12, "", &call, ";\n"));
    }
    text.push_str("        }\n    }\n");
    let rounded = |value: &str| {
        if rows.pairs() {
            format!("{value}.0")
        } else if rows.row.widens() {
            format!("{value} as {float}")
        } else {
            value.to_string()
        }
    };
    if one.has_loss() {
        text.push_str(&format!("    *loss = if lost {{ {float}::NAN }} else {{ {} }};\n", rounded("total")));
    }
    if derivatives(one).next().is_some() {
        text.push_str("    for start in (0..classes).step_by(ROWS) {\n        let end = classes.min(start + ROWS);\n");
        text.push_str("        if classes > ROWS {\n");
        text.push_str(&layout::statement(12, "", &call, ";\n"));
        text.push_str("        }\n        for i in 0..end - start {\n");
        for (name, own, others) in derivatives(one) {
            let call = vec![format!("&{}", kept(others)), "start + i".to_string(), element(others)];
            text.push_str(&layout::statement(12, "let others = ", &Shape::Call("without".to_string(), call), ";\n"));
            for _ in 0..=usize::from(name == "hess") {
                text.push_str(&format!("            let others = {};\n", op(rows, Part::Div, "others", "sum")));
            }
            text.push_str(&format!("            let one = {};\n", op(rows, Part::Add, &element(own), "others")));
            text.push_str(&format!("            {name}[start + i] = {};\n", rounded("one")));
        }
        text.push_str("        }\n    }\n    if lost {\n");
        for (name, _, _) in derivatives(one) {
            text.push_str(&format!("        for one in {name} {{\n            *one = {float}::NAN;\n        }}\n"));
        }
        text.push_str("    }\n");
    }
    let about = format!("A row of `{}`.", one.of_labels());
    private(&about, &format!("{}_labels", one.row.name), &arguments, "", &text, RANGE)
}

/// What only labels need.
pub fn helpers(rows: &Rows) -> Vec<String> {
    let (p, float, held, zero) = (rows.list(), rows.row.float(), held(rows), zero(rows));
    let greatest = format!(
        "    let mut greatest = 0;
    for (class, one) in {p}.iter().enumerate() {{
        if {p}[greatest] < *one {{
            greatest = class;
        }}
    }}
    greatest
"
    );
    let labelled = format!(
        "    if {LABELS} == 0.0 {{\n        return {zero};\n    }}\n    {}\n",
        op(rows, Part::Mul, "term", &wide_of(rows, LABELS))
    );
    let mut items = vec![
        one_a_row(),
        private(
            "The first class whose number is the greatest.",
            "greatest_of",
            &[format!("{p}: &[{float}]")],
            "usize",
            &greatest,
            "",
        ),
        private(
            "A term times its label; exactly 0 where the label is 0, whatever the term.",
            "labelled",
            &[format!("term: {held}"), format!("{LABELS}: {float}")],
            &held,
            &labelled,
            "",
        ),
    ];
    if rows.order() == 0 {
        return items;
    }
    let head = |name: &str| if rows.pairs() { format!("{name}.0") } else { name.to_string() };
    let inside = rows.row.inside();
    let size = |value: &str| format!("if {value} < 0.0 {{ -{value} }} else {{ {value} }}");
    // a term's head, and that of the greatest one
    let (term, kept) = (head("term"), if rows.pairs() { "(apart.0).0".to_string() } else { "apart.0".to_string() });
    let take = format!(
        "    let size = |one: {inside}| {};
    let mut less = term;
    if size({kept}) < size({term}) {{
        less = apart.0;
        apart.0 = term;
        apart.1 = class;
    }}
    {};
",
        size("one"),
        added(rows, "apart.2", "less")
    );
    let of = tuple(&[held.clone(), "usize".to_string(), held.clone()]);
    items.push(format!(
        "/// A sum: its term of the greatest magnitude, the class that has it, and the sum of the rest.\ntype Kept = {of};\n"
    ));
    items.push(private(
        "Takes a term into a sum, of which the one of the greatest magnitude stands apart, with its class.",
        "take",
        &[format!("term: {held}"), "class: usize".to_string(), "apart: &mut Kept".to_string()],
        "",
        &take,
        "",
    ));
    let all = op(rows, Part::Add, "apart.2", "apart.0");
    let without = format!(
        "    if apart.1 == class {{\n        return apart.2;\n    }}\n    let all = {all};\n    {}\n",
        op(rows, Part::Sub, "all", "term")
    );
    items.push(private(
        "The sum without the term of a class.",
        "without",
        &["apart: &Kept".to_string(), "class: usize".to_string(), format!("term: {held}")],
        &held,
        &without,
        "",
    ));
    items
}
