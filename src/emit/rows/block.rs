//! A block of rows: the private functions that take it through its three passes.

use std::collections::BTreeSet;

use super::{Over, Rows, across, arguments_allowance, body, pass, sum};
use crate::elementary::pair::Part;
use crate::emit::items::{Function, tuple};
use crate::emit::layout::{self, Shape};
use crate::emit::plan::{Named, Plan, Planned};
use crate::emit::{Frame, docs};
use crate::kernel::row::{BESIDE, GREATEST, REST};
use crate::kernel::{Inst, Val};

/// Classes that go through a pass together.
const BLOCK: usize = 128;
/// Terms that are kept from one pass to the next; rows that have more compute them again.
const TERMS: usize = 1024;
/// Rows of a block.
const ROWS: usize = 32;
/// Rows of at most as many classes go through side by side, class by class.
const ACROSS: usize = 32;

/// The private functions and constants.
pub fn text(rows: &Rows, over: &[Over], plans: &[Plan], calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    if rows.pairs() {
        calls.insert(Part::Add.program(false).name);
    }
    let mut items = vec![
        number("Classes that go through a pass together: what it works on stays in the nearest cache.", "BLOCK", BLOCK),
        number(
            "Terms of classes that are kept from the sum to the gradient; longer rows make them again.",
            "TERMS",
            TERMS,
        ),
        number("Rows that go through their kernel together, at most.", "ROWS", ROWS),
        number("Rows of at most as many classes go side by side, class by class.", "ACROSS", ACROSS),
    ];
    items.extend(ignored(rows));
    let stages = |plan: &'_ Plan, function: &Function| -> Vec<Named> {
        let found = plan.functions.iter().find(|planned| planned.function.name == function.name);
        found.map(|planned: &Planned| planned.stages.clone()).expect("it is planned")
    };
    let term = stages(&plans[1], &super::TERM);
    for one in over {
        items.push(block(rows, one, &stages(&plans[0], one.row)));
    }
    items.extend(rows.class.iter().map(|_| pass::put(&rows.row.float())));
    let mut written = BTreeSet::new();
    for class in over.iter().filter_map(|one| one.class).filter(|class| written.insert(class.name)) {
        let stages = stages(&plans[2], class);
        items.push(pass::classes(rows, class, &stages, &term[0]));
        items.push(across::classes(rows, class, &stages));
    }
    items.push(pass::summed(rows, &term[0]));
    items.push(across::summed(rows, &term[0]));
    items.extend(rows.pairs().then(|| sum::pair_sum(rows)));
    items.extend(sum::levels(rows));
    items.push(pass::others(rows));
    items.push(pass::class_of(rows));
    items.push(pass::rows_of_block());
    items.extend(pass::checks(rows));
    items
}

/// The target of rows that are left out, where there is one.
pub fn ignored(rows: &Rows) -> Option<String> {
    let ignored = rows.row.options.ignore?;
    let of = rows.row.options.targets.name();
    Some(format!("/// The target of rows that are left out.\n#[allow(dead_code)]\nconst IGNORED: {of} = {ignored};\n"))
}

fn number(about: &str, name: &str, value: usize) -> String {
    format!("/// {about}\nconst {name}: usize = {value};\n")
}

/// A name of an array, or of a register of the row's kernel that is no row's alone.
pub fn handed(frame: &Frame, value: Val) -> &'static str {
    match frame.kernel.lets[value.0].inst {
        Inst::Given(name) => name,
        _ => unreachable!("it is no register of a row"),
    }
}

/// A private function.
pub fn private(about: &str, name: &str, arguments: &[String], result: &str, statements: &str, allow: &str) -> String {
    [
        docs::comment(&[about.to_string()]),
        "#[allow(dead_code)]\n".to_string(),
        arguments_allowance(arguments.len()).to_string(),
        allow.to_string(),
        "#[inline(always)]\n".to_string(),
        layout::signature("", name, arguments, result),
        format!("\n{statements}}}\n"),
    ]
    .concat()
}

/// Loops over places read as the kernel's formulas do.
pub const RANGE: &str = "#[allow(clippy::needless_range_loop)]\n";

/// What is read of arrays at a place: one element, or hi and lo as a pair.
pub fn at(names: &[String], place: &str) -> String {
    tuple(&names.iter().map(|name| format!("{name}[{place}]")).collect::<Vec<_>>())
}

/// Elements of arrays set to a pattern's names.
pub fn set(indent: usize, names: &[String], place: &str, given: &str) -> String {
    let pad = " ".repeat(indent);
    match names {
        [name] => format!("{pad}{name}[{place}] = {given};\n"),
        [hi, lo] => format!("{pad}{hi}[{place}] = {given}.0;\n{pad}{lo}[{place}] = {given}.1;\n"),
        _ => unreachable!("a real or a pair"),
    }
}

/// A block of rows, from logits to results.
fn block(rows: &Rows, one: &Over, stages: &[Named]) -> String {
    let (frame, z, target) = (&rows.row, rows.list(), rows.target());
    let float = frame.float();
    let mut arguments = vec![format!("{z}: &[{float}]"), "[classes, inner, begin]: [usize; 3]".to_string()];
    arguments.push(format!("{target}: &[{}]", frame.options.targets.name()));
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    arguments.extend(one.writes.iter().map(|name| format!("{name}: &mut [{float}]")));
    arguments.extend(rows.parts("terms").iter().map(|name| format!("{name}: &mut [{}; TERMS]", frame.inside())));
    let handed: Vec<&str> = handed_on(rows, one);
    let mut text = format!("    let n = {target}.len().min(ROWS);\n");
    if one.has_loss() {
        text.push_str("    let loss = &mut loss[..n];\n");
    }
    let declare = |name: &str, of: &str| format!("    let mut {name} = [{of}; ROWS];\n");
    text.push_str(&declare("own", &format!("{float}::NAN")));
    text.push_str(&declare(GREATEST, "0.0"));
    let of_class = rows.of_class();
    let apart = one.class.is_some_and(|class| class.outputs.len() == 2);
    for name in [REST, BESIDE].into_iter().take(if apart { 2 } else { 1 }).flat_map(|name| rows.parts(name)) {
        text.push_str(&declare(&name, "0.0"));
    }
    if of_class.is_some() {
        text.push_str(&declare("weight", &format!("{float}::NAN")));
    }
    text.push_str("    let kept = classes <= TERMS;\n    let width = (classes + 7) & !7;\n");
    text.push_str(&sums(rows, of_class.as_deref(), apart));
    for name in results(rows, one) {
        text.push_str(&declare(&name, "0.0"));
    }
    for value in stages.iter().flat_map(|stage| &stage.stage.gives) {
        for name in buffer(&rows.row, *value) {
            text.push_str(&declare(&name, "0.0"));
        }
    }
    for stage in stages {
        text.push_str(&turn(rows, stage));
    }
    text.push_str(&lost(rows, one, &handed));
    text.push_str(&spread(rows, one, &handed));
    let about = format!("`{}` of at most `ROWS` rows, the first one given by its number.", one.row.name);
    private(&about, &format!("{}_block", one.row.name), &arguments, "", &text, RANGE)
}

/// What the row's kernel hands on for a function.
fn handed_on(rows: &Rows, one: &Over) -> Vec<&'static str> {
    let outputs = one.row.outputs.iter().map(|&place| &rows.row.kernel.outputs[place]);
    outputs.filter(|output| output.inside).map(|output| output.name).collect()
}

/// The array of an output of the row's kernel that is a result.
pub fn own(output: usize) -> &'static str {
    ["loss", "own_grad", "own_hess"][output]
}

/// A parameter of a row, as its kernel takes it.
fn parameter(rows: &Rows, name: &str) -> String {
    if rows.open().contains(&(name, true)) { "weight[r]".to_string() } else { name.to_string() }
}

/// The arrays of what the row's kernel gives: losses are written where they belong.
fn results(rows: &Rows, one: &Over) -> Vec<String> {
    let result = |&place: &usize| {
        let output = &rows.row.kernel.outputs[place];
        match (output.inside, place) {
            (true, _) => rows.parts(output.name),
            (false, 0) => Vec::new(),
            (false, place) => vec![own(place).to_string()],
        }
    };
    one.row.outputs.iter().flat_map(result).collect()
}

/// The arrays of what a stage hands to the next.
pub fn buffer(frame: &Frame, value: Val) -> Vec<String> {
    let name = &frame.names.lets[value.0];
    if frame.kernel.is_pair(value) {
        vec![format!("{name}_hi_of"), format!("{name}_lo_of")]
    } else {
        vec![format!("{name}_of")]
    }
}

/// The pass over the other classes of each row: what their sum needs, and the row's own input.
fn sums(rows: &Rows, of_class: Option<&str>, apart: bool) -> String {
    let (z, target) = (rows.list(), rows.target());
    let may_be_apart = rows.order() == 2;
    let mut text = "    let mut block = [0.0; BLOCK];\n    if classes <= ACROSS {\n".to_string();
    let shape = "[classes, inner, begin]".to_string();
    let mut arguments = vec![z.to_string(), shape, target.to_string(), "&mut own".to_string()];
    arguments.push(format!("&mut {GREATEST}"));
    arguments.extend(rows.parts(REST).iter().map(|name| format!("&mut {name}")));
    if may_be_apart {
        let none = |name: String| if apart { format!("&mut {name}") } else { "&mut [0.0; ROWS]".to_string() };
        arguments.extend(rows.parts(BESIDE).into_iter().map(none));
    }
    arguments.extend(rows.parts("terms"));
    arguments.extend(may_be_apart.then(|| apart.to_string()));
    let call = Shape::Call("summed_across".to_string(), arguments);
    text.push_str(&layout::statement(8, "", &call, ";\n"));
    text.push_str("    } else {\n        for r in 0..n {\n");
    if rows.row.options.ignore.is_some() {
        text.push_str(&format!(
            "            if {target}[r] == IGNORED {{\n                continue;\n            }}\n"
        ));
    }
    text.push_str(&format!("            let class = class_of({target}[r], classes);\n"));
    text.push_str(&PLACE.replace("        let", "            let"));
    text.push_str("            let from = if kept { r * width } else { 0 };\n");
    let mut arguments = vec![z.to_string(), "place".to_string(), "class".to_string(), "classes".to_string()];
    arguments.extend(rows.parts("terms").iter().map(|name| format!("&mut {name}[from..]")));
    arguments.push("&mut block".to_string());
    arguments.extend(may_be_apart.then(|| apart.to_string()));
    let call = Shape::Call("summed".to_string(), arguments);
    let beside = if apart { "beside_of" } else { "_" };
    let names = ["own_of", "greatest_of", "rest_of", beside].into_iter().take(if may_be_apart { 4 } else { 3 });
    let given = names.map(str::to_string).collect::<Vec<_>>();
    text.push_str(&layout::statement(12, &format!("let {} = ", tuple(&given)), &call, ";\n"));
    text.push_str(&format!("            own[r] = own_of;\n            {GREATEST}[r] = greatest_of;\n"));
    for (name, given) in [(REST, "rest_of"), (BESIDE, "beside_of")].into_iter().take(if apart { 2 } else { 1 }) {
        text.push_str(&set(12, &rows.parts(name), "r", given));
    }
    text.push_str("        }\n    }\n");
    if let Some(list) = of_class {
        text.push_str(&format!(
            "    for r in 0..n {{\n        if let Some(&of_class) = {list}.get(class_of({target}[r], classes)) {{\n            \
             weight[r] = of_class;\n        }}\n    }}\n"
        ));
    }
    text
}

/// Where a row's numbers stand: the first one, and the step from one to the next.
const PLACE: &str = "        let row = begin + r;\n        \
                     let place = (row / inner * inner * classes + row % inner, inner);\n";

/// A register that is handed to a stage, from its arrays.
fn register(rows: &Rows, name: &str) -> String {
    match name {
        GREATEST => pass::wide_of(rows, &format!("{GREATEST}[r]")),
        name => at(&rows.parts(name), "r"),
    }
}

/// The loop of a stage of the row's kernel.
fn turn(rows: &Rows, stage: &Named) -> String {
    let frame = &rows.row;
    let mut arguments: Vec<String> = stage.inputs(frame).into_iter().map(|_| "own[r]".to_string()).collect();
    arguments.extend(stage.parameters(frame).into_iter().map(|name| parameter(rows, name)));
    arguments.extend(stage.given(frame).into_iter().map(|value| register(rows, handed(frame, value))));
    arguments.extend(stage.stage.takes.iter().map(|value| at(&buffer(&rows.row, *value), "r")));
    let mut places: Vec<Vec<String>> = stage.stage.gives.iter().map(|value| buffer(&rows.row, *value)).collect();
    for &output in &stage.outputs {
        let of = &frame.kernel.outputs[output];
        places.push(if of.inside { rows.parts(of.name) } else { vec![own(output).to_string()] });
    }
    let call = Shape::Call(stage.name.clone(), arguments);
    let mut text = "    for r in 0..n {\n".to_string();
    match &places[..] {
        [names] if names.len() == 1 => {
            text.push_str(&layout::statement(8, &format!("{}[r] = ", names[0]), &call, ";\n"));
        }
        [names] => {
            text.push_str(&layout::statement(8, "let given = ", &call, ";\n"));
            text.push_str(&set(8, names, "r", "given"));
        }
        places => {
            let names: Vec<String> = (0..places.len()).map(|place| format!("g{place}")).collect();
            text.push_str(&layout::statement(8, &format!("let ({}) = ", names.join(", ")), &call, ";\n"));
            for (place, given) in places.iter().zip(&names) {
                text.push_str(&set(8, place, "r", given));
            }
        }
    }
    text + "    }\n"
}

/// A row whose parameters are outside their domains is NaN, and where a row is NaN, so is what its classes take.
fn lost(rows: &Rows, one: &Over, handed: &[&str]) -> String {
    let frame = &rows.row;
    let nan = |names: &[String], float: &str| -> String {
        names.iter().map(|name| format!("            {name}[r] = {float}::NAN;\n")).collect()
    };
    let own = one.row.outputs.iter().filter(|&&place| !frame.kernel.outputs[place].inside);
    let own: Vec<String> = own.map(|&place| self::own(place).to_string()).collect();
    let mut text = String::new();
    if !body::conditions(frame).is_empty() {
        let arguments = frame.checked().iter().map(|name| parameter(rows, name)).collect();
        let call = Shape::Call("is_valid".to_string(), arguments);
        text.push_str("    for r in 0..n {\n");
        text.push_str(&layout::statement(8, "let valid = ", &call, ";\n"));
        text.push_str(&format!("        if !valid {{\n{}        }}\n    }}\n", nan(&own, &frame.float())));
    }
    if !handed.is_empty() {
        let names: Vec<String> = handed.iter().flat_map(|name| rows.parts(name)).collect();
        text.push_str(&format!("    for r in 0..n {{\n        if {}[r].is_nan() {{\n", own[0]));
        text.push_str(&format!("{}        }}\n    }}\n", nan(&names, &frame.inside().to_string())));
    }
    text
}

/// The pass over each row's classes, from what the row's kernel gave.
fn spread(rows: &Rows, one: &Over, handed: &[&str]) -> String {
    let (z, target) = (rows.list(), rows.target());
    let ignored = rows.row.options.ignore.is_some();
    let Some(class) = one.class else {
        if !ignored {
            return String::new();
        }
        return format!(
            "    for r in 0..n {{\n        if {target}[r] == IGNORED {{\n            loss[r] = 0.0;\n        }}\n    }}\n"
        );
    };
    let loss = one.has_loss();
    let written = one.derivatives();
    let mut text = String::new();
    for name in &written {
        text.push_str(&format!("    let mut {name}_of = [0.0; BLOCK];\n"));
    }
    let buffers = written.iter().map(|name| format!("&mut {name}_of"));
    text.push_str("    if classes <= ACROSS {\n");
    let shape = "[classes, inner, begin]".to_string();
    let mut arguments = vec![z.to_string(), shape, "n".to_string(), format!("&{GREATEST}")];
    arguments.extend(rows.parts("terms"));
    arguments.extend(handed.iter().flat_map(|name| rows.parts(name)).map(|name| format!("&{name}")));
    arguments.extend(written.iter().map(ToString::to_string));
    let call = Shape::Call(format!("{}_across", class.name), arguments);
    text.push_str(&layout::statement(8, "", &call, ";\n"));
    text.push_str("    } else {\n        for r in 0..n {\n");
    text.push_str(&PLACE.replace("        let", "            let"));
    text.push_str(&format!("            let class = class_of({target}[r], classes);\n"));
    text.push_str("            let from = if kept { r * width } else { 0 };\n");
    let mut arguments = vec![z.to_string(), "place".to_string(), "class".to_string(), "classes".to_string()];
    arguments.push(format!("{GREATEST}[r]"));
    arguments.extend(rows.parts("terms").iter().map(|name| format!("&mut {name}[from..]")));
    arguments.extend(handed.iter().map(|name| register(rows, name)));
    arguments.push("&mut block".to_string());
    arguments.extend(buffers);
    arguments.extend(written.iter().map(ToString::to_string));
    text.push_str(&layout::statement(12, "", &Shape::Call(class.name.to_string(), arguments), ";\n"));
    text.push_str("        }\n    }\n    for r in 0..n {\n");
    text.push_str(PLACE);
    if ignored {
        text.push_str(&format!("        if {target}[r] == IGNORED {{\n"));
        if loss {
            text.push_str("            loss[r] = 0.0;\n");
        }
        text.push_str("            for i in 0..classes {\n");
        for name in &written {
            text.push_str(&format!("                {name}[place.0 + i * place.1] = 0.0;\n"));
        }
        text.push_str("            }\n            continue;\n        }\n");
    }
    text.push_str(&format!("        let class = class_of({target}[r], classes);\n"));
    text.push_str("        if class < classes {\n            let at = place.0 + class * place.1;\n");
    for name in &written {
        text.push_str(&format!("            {name}[at] = own_{name}[r];\n"));
    }
    text + "        }\n    }\n"
}
