//! A block of rows: the private functions that take it through its three passes.

use std::collections::BTreeSet;

use super::{Over, Rows, Targets, arguments_allowance, body};
use crate::elementary::pair::Part;
use crate::emit::items::{Function, tuple};
use crate::emit::layout::{self, Shape};
use crate::emit::plan::{Named, Plan, Planned};
use crate::emit::{Frame, docs};
use crate::kernel::row::{GREATEST, LANES, REST, TERM};
use crate::kernel::{Inst, Val};

/// Classes that go through a pass together.
const BLOCK: usize = 128;
/// Terms that are kept from one pass to the next; rows that have more compute them again.
const TERMS: usize = 1024;
/// Rows of a block.
const ROWS: usize = 32;

/// The private functions and constants.
pub fn text(rows: &Rows, over: &[Over], plans: &[Plan], calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    if rows.pairs() {
        calls.insert(Part::Add.program(false).name);
    }
    let mut items = vec![
        number("Classes that go through a pass together: what it works on stays in the nearest cache.", "BLOCK", BLOCK),
        number("Terms of classes that are kept from the sum to the gradient; longer rows make them again.", "TERMS", TERMS),
        number("Rows that go through their kernel together, at most.", "ROWS", ROWS),
    ];
    items.extend(rows.row.options.ignore.map(|ignored| {
        let of = rows.row.options.targets.name();
        format!("/// The target of rows that are left out.\n#[allow(dead_code)]\nconst IGNORED: {of} = {ignored};\n")
    }));
    let stages = |plan: &'_ Plan, function: &Function| -> Vec<Named> {
        let found = plan.functions.iter().find(|planned| planned.function.name == function.name);
        found.map(|planned: &Planned| planned.stages.clone()).expect("it is planned")
    };
    let term = stages(&plans[1], &super::TERM);
    for one in over {
        items.push(block(rows, one, &stages(&plans[0], one.row)));
    }
    let mut written = BTreeSet::new();
    for class in over.iter().filter_map(|one| one.class).filter(|class| written.insert(class.name)) {
        items.push(classes(rows, class, &stages(&plans[2], class), &term[0]));
    }
    items.push(summed(rows, &term[0]));
    items.push(others(rows));
    items.push(class_of(rows));
    items.push(rows_of_block());
    items.extend(checks(rows));
    items
}

fn number(about: &str, name: &str, value: usize) -> String {
    format!("/// {about}\nconst {name}: usize = {value};\n")
}

/// A name of an array, or of a register of the row's kernel that is no row's alone.
fn handed(frame: &Frame, value: Val) -> &'static str {
    match frame.kernel.lets[value.0].inst {
        Inst::Given(name) => name,
        _ => unreachable!("it is no register of a row"),
    }
}

/// A private function.
fn private(about: &str, name: &str, arguments: &[String], result: &str, statements: &str, allow: &str) -> String {
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

const RANGE: &str = "#[allow(clippy::needless_range_loop)]\n";

/// What is read of arrays at a place: one element, or hi and lo as a pair.
fn at(names: &[String], place: &str) -> String {
    tuple(&names.iter().map(|name| format!("{name}[{place}]")).collect::<Vec<_>>())
}

/// Elements of arrays set to a pattern's names.
fn set(indent: usize, names: &[String], place: &str, given: &str) -> String {
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
    let mut text = format!("    let n = {target}.len();\n");
    let declare = |name: &str, of: &str| format!("    let mut {name} = [{of}; ROWS];\n");
    text.push_str(&declare("own", &format!("{float}::NAN")));
    text.push_str(&declare(GREATEST, "0.0"));
    let of_class = rows.of_class();
    for name in rows.parts(REST) {
        text.push_str(&declare(&name, "0.0"));
    }
    if of_class.is_some() {
        text.push_str(&declare("weight", &format!("{float}::NAN")));
    }
    text.push_str("    let kept = classes <= TERMS;\n    let width = (classes + 7) & !7;\n");
    text.push_str(&sums(rows, of_class.as_deref()));
    for name in results(rows, one) {
        text.push_str(&declare(&name, "0.0"));
    }
    for value in stages.iter().flat_map(|stage| &stage.stage.gives) {
        for name in buffer(rows, *value) {
            text.push_str(&declare(&name, "0.0"));
        }
    }
    for stage in stages {
        text.push_str(&turn(rows, one, stage));
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

/// The arrays of what the row's kernel gives: losses are written where they belong.
fn results(rows: &Rows, one: &Over) -> Vec<String> {
    let result = |&place: &usize| {
        let output = &rows.row.kernel.outputs[place];
        match (output.inside, place) {
            (true, _) => rows.parts(output.name),
            (false, 0) => Vec::new(),
            (false, place) => vec![["", "own_grad", "own_hess"][place].to_string()],
        }
    };
    one.row.outputs.iter().flat_map(result).collect()
}

/// The arrays of what a stage hands to the next.
fn buffer(rows: &Rows, value: Val) -> Vec<String> {
    let name = &rows.row.names.lets[value.0];
    if rows.row.kernel.is_pair(value) {
        vec![format!("{name}_hi_of"), format!("{name}_lo_of")]
    } else {
        vec![format!("{name}_of")]
    }
}

/// The pass over the other classes of each row: what their sum needs, and the row's own input.
fn sums(rows: &Rows, of_class: Option<&str>) -> String {
    let (z, target) = (rows.list(), rows.target());
    let mut text = "    for r in 0..n {\n".to_string();
    if rows.row.options.ignore.is_some() {
        text.push_str(&format!("        if {target}[r] == IGNORED {{\n            continue;\n        }}\n"));
    }
    text.push_str(&format!("        let class = class_of({target}[r], classes);\n"));
    text.push_str(PLACE);
    text.push_str("        let from = if kept { r * width } else { 0 };\n");
    let mut arguments = vec![z.to_string(), "place".to_string(), "class".to_string(), "classes".to_string()];
    arguments.extend(rows.parts("terms").iter().map(|name| format!("&mut {name}[from..]")));
    let call = Shape::Call("summed".to_string(), arguments);
    text.push_str(&layout::statement(8, "let given = ", &call, ";\n"));
    text.push_str(&format!("        own[r] = given.0;\n        {GREATEST}[r] = given.1;\n"));
    match &rows.parts(REST)[..] {
        [rest] => text.push_str(&format!("        {rest}[r] = given.2;\n")),
        [hi, lo] => text.push_str(&format!("        {hi}[r] = given.2;\n        {lo}[r] = given.3;\n")),
        _ => unreachable!("a real or a pair"),
    }
    if let Some(list) = of_class {
        text.push_str(&format!(
            "        if let Some(&of_class) = {list}.get(class) {{\n            weight[r] = of_class;\n        }}\n"
        ));
    }
    text + "    }\n"
}

/// Where a row's numbers stand: the first one, and the step from one to the next.
const PLACE: &str = "        let row = begin + r;\n        \
                     let place = (row / inner * inner * classes + row % inner, inner);\n";

/// A register that is handed to a stage, from its arrays.
fn register(rows: &Rows, name: &str) -> String {
    match name {
        GREATEST if rows.pairs() => format!("({GREATEST}[r], 0.0)"),
        GREATEST if rows.row.widens() => format!("{}::from({GREATEST}[r])", rows.row.inside()),
        name => at(&rows.parts(name), "r"),
    }
}

/// The loop of a stage of the row's kernel.
fn turn(rows: &Rows, one: &Over, stage: &Named) -> String {
    let frame = &rows.row;
    let mut arguments: Vec<String> = stage.inputs(frame).into_iter().map(|_| "own[r]".to_string()).collect();
    let indexed = |name: &str| rows.open().contains(&(name, true));
    let parameters = stage.parameters(frame).into_iter();
    arguments.extend(parameters.map(|name| if indexed(name) { "weight[r]".to_string() } else { name.to_string() }));
    arguments.extend(stage.given(frame).into_iter().map(|value| register(rows, handed(frame, value))));
    arguments.extend(stage.stage.takes.iter().map(|value| at(&buffer(rows, *value), "r")));
    let mut places: Vec<Vec<String>> = stage.stage.gives.iter().map(|value| buffer(rows, *value)).collect();
    for &output in &stage.outputs {
        let of = &frame.kernel.outputs[output];
        places.push(match (of.inside, output) {
            (true, _) => rows.parts(of.name),
            (false, 0) if one.writes.contains(&"loss") => vec!["loss".to_string()],
            (false, output) => vec![["", "own_grad", "own_hess"][output].to_string()],
        });
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
    let nan = |indent: usize, names: &[String]| -> String {
        let pad = " ".repeat(indent);
        names.iter().map(|name| format!("{pad}{name}[r] = {}::NAN;\n", frame_of(rows, name))).collect()
    };
    let own: Vec<String> = one.row.outputs.iter().filter(|&&place| !frame.kernel.outputs[place].inside).map(|&place| {
        ["loss", "own_grad", "own_hess"][place].to_string()
    }).collect();
    let mut text = String::new();
    if !body::conditions(frame).is_empty() {
        let indexed = |name: &String| rows.open().contains(&(name.as_str(), true));
        let checked = frame.checked().into_iter();
        let arguments = checked.map(|name| if indexed(&name) { "weight[r]".to_string() } else { name }).collect();
        let call = Shape::Call("is_valid".to_string(), arguments);
        text.push_str("    for r in 0..n {\n");
        text.push_str(&layout::statement(8, "let valid = ", &call, ";\n"));
        text.push_str(&format!("        if !valid {{\n{}        }}\n    }}\n", nan(12, &own)));
    }
    if !handed.is_empty() {
        let names: Vec<String> = handed.iter().flat_map(|name| rows.parts(name)).collect();
        text.push_str(&format!("    for r in 0..n {{\n        if {}[r].is_nan() {{\n", own[0]));
        text.push_str(&format!("{}        }}\n    }}\n", nan(12, &names)));
    }
    text
}

/// The float type of an array: results are of the format, registers are not.
fn frame_of(rows: &Rows, name: &str) -> String {
    match name {
        "loss" | "own_grad" | "own_hess" => rows.row.float(),
        _ => rows.row.inside().to_string(),
    }
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
    let loss = one.writes.contains(&"loss");
    let written: Vec<&str> = one.writes.iter().copied().filter(|name| *name != "loss").collect();
    let mut text = "    for r in 0..n {\n".to_string();
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
    text.push_str("        let from = if kept { r * width } else { 0 };\n");
    let mut arguments = vec![z.to_string(), "place".to_string(), "class".to_string(), "classes".to_string()];
    arguments.push(format!("{GREATEST}[r]"));
    arguments.extend(rows.parts("terms").iter().map(|name| format!("&mut {name}[from..]")));
    arguments.extend(handed.iter().map(|name| register(rows, name)));
    arguments.extend(written.iter().map(ToString::to_string));
    text.push_str(&layout::statement(8, "", &Shape::Call(class.name.to_string(), arguments), ";\n"));
    text.push_str("        if class < classes {\n            let at = place.0 + class * place.1;\n");
    for name in &written {
        text.push_str(&format!("            {name}[at] = own_{name}[r];\n"));
    }
    text + "        }\n    }\n"
}

/// The arguments of a function over the classes of a row, up to its terms.
fn of_row(rows: &Rows, between: &[String]) -> Vec<String> {
    let float = rows.row.float();
    let mut arguments = vec![format!("{}: &[{float}]", rows.list()), "place: (usize, usize)".to_string()];
    arguments.extend(["class: usize".to_string(), "classes: usize".to_string()]);
    arguments.extend(between.iter().cloned());
    let inside = rows.row.inside();
    arguments.extend(rows.parts("terms").iter().map(|name| format!("{name}: &mut [{inside}]")));
    arguments
}

/// The call that makes the terms of a block, into what it gives.
fn term(rows: &Rows, stage: &Named) -> Shape {
    let mut arguments: Vec<String> = stage.inputs(&rows.term).into_iter().map(|_| "block[i]".to_string()).collect();
    arguments.extend(stage.given(&rows.term).into_iter().map(|_| "wide".to_string()));
    Shape::Call(stage.name.clone(), arguments)
}

/// The greatest input as the kernel of a term takes it.
fn wide(rows: &Rows) -> String {
    let wide = if rows.row.widens() { format!("{}::from({GREATEST})", rows.row.inside()) } else { GREATEST.to_string() };
    if rows.pairs() { format!("({wide}, 0.0)") } else { wide }
}

/// The gradient and Hessian of a row's other classes.
fn classes(rows: &Rows, class: &Function, stages: &[Named], term_stage: &Named) -> String {
    let frame = rows.class.as_ref().expect("there are derivatives");
    let (z, float) = (rows.list(), frame.float());
    let names: Vec<&str> = ["grad", "hess"].into_iter().take(class.outputs.len()).collect();
    let stage = &stages[stages.len() - 1];
    let given: Vec<&str> = stages.iter().flat_map(|stage| stage.given(frame)).map(|value| handed(frame, value)).collect();
    let given: BTreeSet<&str> = given.into_iter().collect();
    let of = if rows.pairs() { format!("({0}, {0})", frame.inside()) } else { frame.inside().to_string() };
    let mut arguments = of_row(rows, &[format!("{GREATEST}: {float}")]);
    let taken = taken(rows, class);
    arguments.extend(taken.iter().map(|name| format!("{name}: {of}")));
    arguments.extend(names.iter().map(|name| format!("{name}: &mut [{float}]")));
    let reads_input = stages.iter().any(|stage| !stage.inputs(frame).is_empty()) || given.contains(GREATEST);
    let mut text = format!("    let wide = {};\n    let kept = classes <= TERMS;\n", wide(rows));
    text.push_str("    let mut block = [0.0; BLOCK];\n");
    for name in &names {
        text.push_str(&format!("    let mut {name}_of = [0.0; BLOCK];\n"));
    }
    text.push_str("    for start in (0..classes).step_by(BLOCK) {\n        let end = classes.min(start + BLOCK);\n");
    let gather = format!("others({z}, place, class, (start, end), &mut block)");
    let terms: Vec<String> = rows.parts("terms");
    let (pad, from) = if reads_input {
        text.push_str(&format!("        let padded = {gather};\n"));
        ("        if !kept {\n".to_string(), "padded")
    } else {
        (format!("        if !kept {{\n            let padded = {gather};\n"), "padded")
    };
    text.push_str(&pad);
    text.push_str(&format!("            for i in 0..{from} {{\n"));
    let call = term(rows, term_stage);
    text.push_str(&layout::statement(16, "let (term, _) = ", &call, ";\n"));
    text.push_str(&set(16, &terms, "i", "term"));
    text.push_str("            }\n        }\n        let from = if kept { start } else { 0 };\n");
    text.push_str("        let n = end - start;\n");
    for name in &terms {
        text.push_str(&format!("        let {name} = &{name}[from..from + n];\n"));
    }
    text.push_str("        for i in 0..n {\n");
    let mut known: Vec<(Val, String)> = Vec::new();
    for one in stages {
        let mut arguments: Vec<String> = one.inputs(frame).into_iter().map(|_| "block[i]".to_string()).collect();
        arguments.extend(one.given(frame).into_iter().map(|value| match handed(frame, value) {
            TERM => at(&terms, "i"),
            GREATEST => "wide".to_string(),
            name => name.to_string(),
        }));
        let name_of = |value: &Val| known.iter().find(|(one, _)| one == value).map(|(_, name)| name.clone());
        arguments.extend(one.stage.takes.iter().filter_map(name_of));
        let call = Shape::Call(one.name.clone(), arguments);
        if one.name != stage.name {
            let names: Vec<String> =
                one.stage.gives.iter().map(|value| format!("{}_of", frame.names.lets[value.0])).collect();
            known.extend(one.stage.gives.iter().copied().zip(names.clone()));
            text.push_str(&layout::statement(12, &format!("let {} = ", tuple(&names)), &call, ";\n"));
        } else if names.len() == 1 {
            text.push_str(&layout::statement(12, "grad_of[i] = ", &call, ";\n"));
        } else {
            text.push_str(&layout::statement(12, "let given = ", &call, ";\n"));
            text.push_str("            grad_of[i] = given.0;\n            hess_of[i] = given.1;\n");
        }
    }
    text.push_str("        }\n");
    for name in &names {
        text.push_str(&format!("        put(&{name}_of[..n], place, start, {name});\n"));
    }
    text.push_str("    }\n");
    let about = match names.len() {
        1 => "The derivative in each logit of a row that is not the target's; that one's is written over.",
        _ => "The first and second derivative in each logit of a row; those of the target's are written over.",
    };
    let function = private(about, class.name, &arguments, "", &text, RANGE);
    if names.len() == 1 { format!("{function}\n{}", put(&float)) } else { function }
}

/// What the classes take for a function, in the order of the row's outputs.
fn taken(rows: &Rows, class: &Function) -> Vec<&'static str> {
    let inside = rows.row.kernel.outputs.iter().filter(|output| output.inside).map(|output| output.name);
    if class.outputs.len() == 1 { inside.take(1).collect() } else { inside.collect() }
}

/// Numbers of a block to their places in a row.
fn put(float: &str) -> String {
    let text = "    let (first, step) = place;
    if step == 1 {
        to[first + start..first + start + block.len()].copy_from_slice(block);
    } else {
        for (i, &value) in block.iter().enumerate() {
            to[first + (start + i) * step] = value;
        }
    }
";
    let arguments = [
        format!("block: &[{float}]"),
        "place: (usize, usize)".to_string(),
        "start: usize".to_string(),
        format!("to: &mut [{float}]"),
    ];
    private("Writes the numbers of a block to their places in a row.", "put", &arguments, "", text, "")
}

/// The sum over a row's other classes.
fn summed(rows: &Rows, stage: &Named) -> String {
    let (z, frame) = (rows.list(), &rows.row);
    let float = frame.float();
    let inside = frame.inside();
    let gather = format!("others({z}, place, class, (start, end), &mut block)");
    let parts = rows.parts("lanes");
    let mut text = format!("    let mut block = [0.0; BLOCK];\n    let mut most = [{float}::NEG_INFINITY; {LANES}];\n");
    text.push_str(&format!(
        "    let mut lost = false;
    let mut padded = 0;
    for start in (0..classes).step_by(BLOCK) {{
        let end = classes.min(start + BLOCK);
        padded = {gather};
        for lanes in block[..padded].chunks_exact({LANES}) {{
            for (most, &{z}) in most.iter_mut().zip(lanes) {{
                *most = if *most < {z} {{ {z} }} else {{ *most }};
                lost |= {z}.is_nan();
            }}
        }}
    }}
    let mut {GREATEST} = {float}::NEG_INFINITY;
    for &most in &most {{
        {GREATEST} = if {GREATEST} < most {{ most }} else {{ {GREATEST} }};
    }}
    // -0 as +0
    {GREATEST} += 0.0;
    let wide = {};
    let kept = classes <= TERMS;
    let mut count = [0.0_{float}; {LANES}];
",
        wide(rows)
    ));
    for name in &parts {
        text.push_str(&format!("    let mut {name} = [0.0; {LANES}];\n"));
    }
    let summands = rows.parts("summands");
    for name in &summands {
        text.push_str(&format!("    let mut {name} = [0.0; BLOCK];\n"));
    }
    text.push_str(&format!(
        "    for start in (0..classes).step_by(BLOCK) {{
        let end = classes.min(start + BLOCK);
        // a row of one block is still there
        if classes > BLOCK {{
            padded = {gather};
        }}
        let from = if kept {{ start }} else {{ 0 }};
"
    ));
    for name in rows.parts("terms") {
        text.push_str(&format!("        let {name} = &mut {name}[from..from + padded];\n"));
    }
    text.push_str("        for i in 0..padded {\n");
    text.push_str(&layout::statement(12, "let (term, summand) = ", &term(rows, stage), ";\n"));
    text.push_str(&set(12, &rows.parts("terms"), "i", "term"));
    text.push_str(&set(12, &summands, "i", "summand"));
    text.push_str("        }\n        for at in (0..padded).step_by(8) {\n            for lane in 0..8 {\n");
    if rows.pairs() {
        let add = Part::Add.program(false).name;
        text.push_str(&format!(
            "                let sum = {add}(
                    (lanes_hi[lane], lanes_lo[lane]),
                    (summands_hi[at + lane], summands_lo[at + lane]),
                );
                lanes_hi[lane] = sum.0;
                lanes_lo[lane] = sum.1;
"
        ));
    } else {
        text.push_str("                lanes[lane] += summands[at + lane];\n");
    }
    text.push_str(&format!(
        "                let is_greatest = block[at + lane] == {GREATEST};
                count[lane] += if is_greatest {{ 1.0 }} else {{ 0.0 }};
            }}
        }}
    }}
    let mut ties = 0.0;
    for &lane in &count {{
        ties += lane;
    }}
"
    ));
    let ties = if frame.widens() { format!("{inside}::from(ties)") } else { "ties".to_string() };
    let mut results = vec![float.clone(), float.clone()];
    if rows.pairs() {
        let add = Part::Add.program(false).name;
        text.push_str(&format!(
            "    let lane = |at: usize| {{
        {add}(
            (lanes_hi[at], lanes_lo[at]),
            (lanes_hi[at + 4], lanes_lo[at + 4]),
        )
    }};
    let even = {add}(lane(0), lane(2));
    let odd = {add}(lane(1), lane(3));
    let rest = {add}(({ties} - 1.0, 0.0), {add}(even, odd));
"
        ));
        results.extend([inside.to_string(), inside.to_string()]);
    } else {
        text.push_str(&format!("    let rest = ({ties} - 1.0) + lane_sum({});\n", parts[0]));
        results.push(inside.to_string());
    }
    text.push_str(&format!(
        "    let mut own = {float}::NAN;
    if class < classes {{
        own = {z}[place.0 + class * place.1];
    }}
    lost |= (own - {GREATEST}).is_nan();
    lost |= {GREATEST} == {float}::INFINITY && ties > 1.0;
    if lost {{
        own = {float}::NAN;
    }}
"
    ));
    let rest = if rows.pairs() { "rest.0, rest.1" } else { "rest" };
    text.push_str(&format!("    (own, {GREATEST}, {rest})\n"));
    let about = "Of a row: its own input, the greatest of the others, and what the sum of their e^(z - greatest) has beyond 1.";
    private(about, "summed", &of_row(rows, &[]), &tuple(&results), &text, RANGE)
}

/// Inputs of a row, as the sum over its other classes takes them.
fn others(rows: &Rows) -> String {
    let (z, float) = (rows.list(), rows.row.float());
    let text = format!(
        "    let (first, step) = place;
    let n = end - start;
    if step == 1 {{
        block[..n].copy_from_slice(&{z}[first + start..first + end]);
    }} else {{
        for (i, to) in block[..n].iter_mut().enumerate() {{
            *to = {z}[first + (start + i) * step];
        }}
    }}
    let padded = (n + 7) & !7;
    for to in &mut block[n..padded] {{
        *to = {float}::NEG_INFINITY;
    }}
    if (start..end).contains(&class) {{
        block[class - start] = {float}::NEG_INFINITY;
    }}
    padded
"
    );
    let arguments = [
        format!("{z}: &[{float}]"),
        "place: (usize, usize)".to_string(),
        "class: usize".to_string(),
        "(start, end): (usize, usize)".to_string(),
        format!("block: &mut [{float}; BLOCK]"),
    ];
    let about = "Logits of a row, from a class to a class; the target's own, and what fills the lanes up, are absent: -inf.";
    private(about, "others", &arguments, "usize", &text, "")
}

fn class_of(rows: &Rows) -> String {
    let targets = rows.row.options.targets;
    let is_class = match targets {
        Targets::U32 => "u64::from(target) < classes as u64",
        Targets::I64 => "target >= 0 && (target as u64) < classes as u64",
    };
    let text = format!("    if {is_class} {{\n        return target as usize;\n    }}\n    classes\n");
    let arguments = [format!("target: {}", targets.name()), "classes: usize".to_string()];
    private("The class that a target means; `classes` where it is none.", "class_of", &arguments, "usize", &text, "")
}

fn rows_of_block() -> String {
    let text = "    let width = (classes + 7) & !7;
    let rows = TERMS / width;
    if rows > ROWS {
        return ROWS;
    }
    if rows == 0 {
        return 1;
    }
    rows
";
    let about = "Rows of a block: as many as have their terms kept, 1 to `ROWS`.";
    private(about, "rows_of_block", &["classes: usize".to_string()], "usize", text, "")
}

/// The checks of shapes.
fn checks(rows: &Rows) -> Vec<String> {
    let z = rows.list();
    let shape = format!(
        r#"/// Panics where a shape is no array of rows.
#[allow(dead_code)]
// In edition 2018 the text of an assertion cannot name variables.
#[allow(clippy::uninlined_format_args)]
#[inline]
#[track_caller]
fn check_shape(length: usize, classes: usize, inner: usize, targets: usize) {{
    assert!(
        classes >= 2,
        "`classes` is {{}}; a loss over classes needs at least 2",
        classes
    );
    let whole = match classes.checked_mul(inner) {{
        Some(block) => block > 0 && length / block * block == length,
        None => length == 0,
    }};
    assert!(
        whole,
        "`{z}` has {{}} elements: no whole number of {{}} classes times {{}}",
        length, classes, inner
    );
    assert!(
        targets == length / classes,
        "`target` has {{}} elements, `{z}` has {{}} rows",
        targets,
        length / classes
    );
}}
"#
    );
    let list = r#"/// Panics where a list has not one number for each class.
#[allow(dead_code)]
// In edition 2018 the text of an assertion cannot name variables.
#[allow(clippy::uninlined_format_args)]
#[inline]
#[track_caller]
fn check_list(name: &str, length: usize, classes: usize) {
    assert!(
        length == classes,
        "`{}` has {} elements, but there are {} classes",
        name,
        length,
        classes
    );
}
"#;
    let has_list = rows.open().iter().any(|(_, indexed)| *indexed);
    std::iter::once(shape).chain(has_list.then(|| list.to_string())).collect()
}
