//! The passes over the classes of one row: the sum, then the derivatives; and what places and shapes need.

use super::block::{RANGE, at, handed, private, set};
use super::{Rows, Targets, sum};
use crate::emit::Frame;
use crate::emit::items::{Function, tuple};
use crate::emit::layout::{self, Shape};
use crate::emit::plan::Named;
use crate::kernel::Val;
use crate::kernel::row::{BESIDE, GREATEST, LANES, TERM};

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

/// A number of the format as registers hold it.
pub fn wide_of(rows: &Rows, name: &str) -> String {
    let wide = if rows.row.widens() { format!("{}::from({name})", rows.row.inside()) } else { name.to_string() };
    if rows.pairs() { format!("({wide}, 0.0)") } else { wide }
}

/// The gradient and Hessian of a row's other classes.
pub fn classes(rows: &Rows, class: &Function, stages: &[Named], term_stage: &Named) -> String {
    let frame = rows.class.as_ref().expect("there are derivatives");
    let (z, float) = (rows.list(), frame.float());
    let names: Vec<&str> = ["grad", "hess"].into_iter().take(class.outputs.len()).collect();
    let of = if rows.pairs() { format!("({0}, {0})", frame.inside()) } else { frame.inside().to_string() };
    let mut arguments = of_row(rows, &[format!("{GREATEST}: {float}")]);
    let taken = taken(rows, class);
    arguments.extend(taken.iter().map(|name| format!("{name}: {of}")));
    arguments.push(format!("block: &mut [{float}; BLOCK]"));
    arguments.extend(names.iter().map(|name| format!("{name}_of: &mut [{float}; BLOCK]")));
    arguments.extend(names.iter().map(|name| format!("{name}: &mut [{float}]")));
    let reads_input = stages.iter().any(|stage| !stage.inputs(frame).is_empty());
    let mut text = format!("    let level = level_of({GREATEST});\n    let wide = {};\n", wide_of(rows, "level"));
    text.push_str("    let kept = classes <= TERMS;\n");
    text.push_str("    for start in (0..classes).step_by(BLOCK) {\n        let end = classes.min(start + BLOCK);\n");
    let gather = format!("others({z}, place, class, (start, end), block)");
    let terms: Vec<String> = rows.parts("terms");
    let again = |indent: usize| {
        let pad = " ".repeat(indent);
        let finite = format!("finite(&mut block[..padded], {GREATEST});");
        format!("{pad}let padded = {gather};\n{pad}if {GREATEST} != level {{\n{pad}    {finite}\n{pad}}}\n")
    };
    text.push_str(&match reads_input {
        true => format!("{}        if !kept {{\n", again(8)),
        false => format!("        if !kept {{\n{}", again(12)),
    });
    text.push_str("            for i in 0..padded.min(BLOCK) {\n");
    text.push_str(&in_place(16, &terms, &term(rows, term_stage)));
    text.push_str("            }\n        }\n        let from = if kept { start } else { 0 };\n");
    text.push_str("        let n = (end - start).min(BLOCK);\n");
    for name in &terms {
        text.push_str(&format!("        let {name} = &{name}[from..from + n];\n"));
    }
    let read = |name: &str| match name {
        TERM => at(&terms, "i"),
        GREATEST => "wide".to_string(),
        name => name.to_string(),
    };
    let each = |indent: usize, end: &str| {
        let (pad, results) = (" ".repeat(indent), names.iter().map(|name| format!("{name}{end}[i]")));
        let chain = chain(frame, stages, indent + 4, ("block[i]", &read), &results.collect::<Vec<_>>());
        format!("{pad}for i in 0..n {{\n{chain}{pad}}}\n")
    };
    // where numbers stand side by side they are written where they belong
    text.push_str("        if place.1 == 1 {\n            let at = place.0 + start;\n");
    for name in &names {
        text.push_str(&format!("            let {name} = &mut {name}[at..at + n];\n"));
    }
    text.push_str(&format!("{}            continue;\n        }}\n{}", each(12, ""), each(8, "_of")));
    for name in &names {
        text.push_str(&format!("        put(&{name}_of[..n], place, start, {name});\n"));
    }
    text.push_str("    }\n");
    let about = match names.len() {
        1 => "The derivative in each logit of a row that is not the target's; that one's is written over.",
        _ => "The first and second derivative in each logit of a row; those of the target's are written over.",
    };
    private(about, class.name, &arguments, "", &text, RANGE)
}

/// The stages of a class, one after the other, from its input and what `read` gives of each register to its results.
pub fn chain(
    frame: &Frame,
    stages: &[Named],
    indent: usize,
    (input, read): (&str, &dyn Fn(&str) -> String),
    results: &[String],
) -> String {
    let (mut text, mut known) = (String::new(), Vec::<(Val, String)>::new());
    for (place, one) in stages.iter().enumerate() {
        let mut arguments: Vec<String> = one.inputs(frame).into_iter().map(|_| input.to_string()).collect();
        arguments.extend(one.given(frame).into_iter().map(|value| read(handed(frame, value))));
        let name_of = |value: &Val| known.iter().find(|(one, _)| one == value).map(|(_, name)| name.clone());
        arguments.extend(one.stage.takes.iter().filter_map(name_of));
        let call = Shape::Call(one.name.clone(), arguments);
        if place + 1 < stages.len() {
            let names: Vec<String> =
                one.stage.gives.iter().map(|value| format!("{}_of", frame.names.lets[value.0])).collect();
            known.extend(one.stage.gives.iter().copied().zip(names.clone()));
            text.push_str(&layout::statement(indent, &format!("let {} = ", tuple(&names)), &call, ";\n"));
        } else if let [only] = results {
            text.push_str(&layout::statement(indent, &format!("{only} = "), &call, ";\n"));
        } else {
            text.push_str(&layout::statement(indent, "let given = ", &call, ";\n"));
            for (part, result) in results.iter().enumerate() {
                text.push_str(&format!("{}{result} = given.{part};\n", " ".repeat(indent)));
            }
        }
    }
    text
}

/// What the classes take for a function, in the order of the row's outputs.
pub fn taken(rows: &Rows, class: &Function) -> Vec<&'static str> {
    let inside = rows.row.kernel.outputs.iter().filter(|output| output.inside).map(|output| output.name);
    if class.outputs.len() == 1 { inside.take(1).collect() } else { inside.collect() }
}

/// Numbers of a block to their places in a row.
pub fn put(float: &str) -> String {
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
pub fn summed(rows: &Rows, stage: &Named) -> String {
    let (z, frame) = (rows.list(), &rows.row);
    let float = frame.float();
    let inside = frame.inside();
    let gather = format!("others({z}, place, class, (start, end), block)");
    let apart = rows.order() == 2;
    let (lanes, without) = (rows.parts("lanes"), rows.parts("without"));
    let mut text = format!("    let mut most = [{float}::NEG_INFINITY; {LANES}];\n");
    text.push_str(&format!(
        "    let mut lost_in = [0_u32; {LANES}];
    let mut padded = 0;
    for start in (0..classes).step_by(BLOCK) {{
        let end = classes.min(start + BLOCK);
        padded = {gather};
        for lanes in block[..padded].chunks_exact({LANES}) {{
            for lane in 0..{LANES} {{
                let {z} = lanes[lane];
                most[lane] = if most[lane] < {z} {{ {z} }} else {{ most[lane] }};
                lost_in[lane] |= u32::from({z}.is_nan());
            }}
        }}
    }}
    let mut {GREATEST} = {float}::NEG_INFINITY;
    for &most in &most {{
        {GREATEST} = if {GREATEST} < most {{ most }} else {{ {GREATEST} }};
    }}
    // -0 as +0
    {GREATEST} += 0.0;
    let level = level_of({GREATEST});
    let wide = {};
    let mut infinite = 0;
    let kept = classes <= TERMS;
",
        wide_of(rows, "level")
    ));
    for name in lanes.iter().chain(without.iter().filter(|_| apart)) {
        text.push_str(&format!("    let mut {name} = [0.0; {LANES}];\n"));
    }
    text.push_str(&format!(
        "    for start in (0..classes).step_by(BLOCK) {{
        let end = classes.min(start + BLOCK);
        // a row of one block is still there
        if classes > BLOCK {{
            padded = {gather};
        }}
        if {GREATEST} != level {{
            infinite += finite(&mut block[..padded], {GREATEST});
        }}
        let from = if kept {{ start }} else {{ 0 }};
"
    ));
    let terms = rows.parts("terms");
    for name in &terms {
        text.push_str(&format!("        let {name} = &mut {name}[from..from + padded];\n"));
    }
    text.push_str("        for i in 0..padded.min(BLOCK) {\n");
    text.push_str(&in_place(12, &terms, &term(rows, stage)));
    text.push_str("        }\n");
    let eights = |indent: usize, blocks: bool| {
        let pad = " ".repeat(indent);
        let names = terms.iter().map(String::as_str).chain(blocks.then_some("block"));
        let mut text = String::new();
        for (place, name) in names.clone().enumerate() {
            let chunks = format!("{name}{}.chunks_exact({LANES})", if name == "block" { "[..padded]" } else { "" });
            let eights = if place == 0 { chunks } else { format!("eights.zip({chunks})") };
            text.push_str(&format!("{pad}let eights = {eights};\n"));
        }
        let nested = names.map(str::to_string).reduce(|all, name| format!("({all}, {name})")).expect("a name");
        text + &format!("{pad}for {nested} in eights {{\n{pad}    for lane in 0..{LANES} {{\n")
    };
    text.push_str(&eights(8, false));
    text.push_str(&sum::add(rows, 16, (&lanes, "lane"), &at(&terms, "lane")));
    text.push_str("            }\n        }\n");
    if apart {
        text.push_str("        if apart {\n");
        text.push_str(&eights(12, true));
        text.push_str(&sum::summand(rows, 20, "block[lane]", "level", &at(&terms, "lane")));
        text.push_str(&sum::add(rows, 20, (&without, "lane"), "summand"));
        text.push_str("                }\n            }\n        }\n");
    }
    text.push_str(&format!(
        "    }}
    let mut own = {float}::NAN;
    if class < classes {{
        own = {z}[place.0 + class * place.1];
    }}
    let mut lost = lost_in != [0; {LANES}];
    lost |= (own - {GREATEST}).is_nan();
    lost |= {GREATEST} == {float}::INFINITY && infinite > 1;
    if lost {{
        own = {float}::NAN;
    }}
"
    ));
    let total = |names: &[String]| {
        if rows.pairs() { format!("pair_sum({}, {})", names[0], names[1]) } else { format!("lane_sum({})", names[0]) }
    };
    text.push_str(&sum::rest(rows, 4, GREATEST, &total(&lanes), apart.then(|| total(&without)).as_deref()));
    let mut results = vec![float.clone(), float.clone()];
    let mut given = vec!["own".to_string(), GREATEST.to_string()];
    for name in ["rest", BESIDE].into_iter().take(if apart { 2 } else { 1 }) {
        results.push(if rows.pairs() { format!("({inside}, {inside})") } else { inside.to_string() });
        given.push(name.to_string());
    }
    text.push_str(&format!("    {}\n", tuple(&given)));
    let about = match apart {
        false => {
            "Of a row: its own input, the greatest of the others, and what the sum of their e^(z - greatest) has beyond 1."
        }
        true => {
            "Of a row: its own input, the greatest of the others, and what the sum of their e^(z - greatest) has beyond 1; that again, where `apart`, with all its digits."
        }
    };
    let mut arguments = of_row(rows, &[]);
    arguments.push(format!("block: &mut [{float}; BLOCK]"));
    arguments.extend(apart.then(|| "apart: bool".to_string()));
    private(about, "summed", &arguments, &tuple(&results), &text, RANGE)
}

/// A call's result into elements of arrays.
fn in_place(indent: usize, names: &[String], call: &Shape) -> String {
    match names {
        [name] => layout::statement(indent, &format!("{name}[i] = "), call, ";\n"),
        names => layout::statement(indent, "let term = ", call, ";\n") + &set(indent, names, "i", "term"),
    }
}

/// Inputs of a row, as the sum over its other classes takes them.
pub fn others(rows: &Rows) -> String {
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
    let padded = ((n + 7) & !7).min(BLOCK);
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
    let about =
        "Logits of a row, from a class to a class; the target's own, and what fills the lanes up, are absent: -inf.";
    private(about, "others", &arguments, "usize", &text, "")
}

/// Which class a target means.
pub fn class_of(rows: &Rows) -> String {
    let targets = rows.row.options.targets;
    let is_class = match targets {
        Targets::U32 => "u64::from(target) < classes as u64",
        Targets::I64 => "target >= 0 && (target as u64) < classes as u64",
    };
    let text = format!("    if {is_class} {{\n        return target as usize;\n    }}\n    classes\n");
    let arguments = [format!("target: {}", targets.name()), "classes: usize".to_string()];
    private("The class that a target means; `classes` where it is none.", "class_of", &arguments, "usize", &text, "")
}

/// How many rows a block has.
pub fn rows_of_block() -> String {
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
pub fn checks(rows: &Rows) -> Vec<String> {
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
