//! The passes over rows of few classes side by side, class by class: the same operations in the same order as row by row.

use super::block::{RANGE, at, handed, private, set};
use super::pass::{chain, taken, wide_of};
use super::{Rows, sum};
use crate::emit::items::Function;
use crate::emit::layout::{self, Shape};
use crate::emit::plan::Named;
use crate::kernel::row::{BESIDE, GREATEST, LANES, REST, TERM};

/// Where a class's number of a row stands.
const AT: &str = "row / inner * inner * classes + row % inner";

/// The sums over the other classes of a block of rows.
pub fn summed(rows: &Rows, stage: &Named) -> String {
    let (z, target, frame) = (rows.list(), rows.target(), &rows.row);
    let (float, inside) = (frame.float(), frame.inside());
    let apart = rows.order() == 2;
    let [rest, terms, lanes, without] = [REST, "terms", "lanes", "without"].map(|name| rows.parts(name));
    let mut text = format!(
        "    let n = {target}.len().min(ROWS);
    let mut block = [{float}::NEG_INFINITY; ACROSS * ROWS];
    let mut lost = [false; ROWS];
    for r in 0..n {{
        let row = begin + r;
        let first = {AT};
        for class in 0..classes {{
            block[class * ROWS + r] = {z}[first + class * inner];
        }}
        let class = class_of({target}[r], classes);
        own[r] = {float}::NAN;
        if class < classes {{
            own[r] = block[class * ROWS + r];
            block[class * ROWS + r] = {float}::NEG_INFINITY;
        }}
        {GREATEST}[r] = {float}::NEG_INFINITY;
    }}
    for class in 0..classes {{
        let column = &block[class * ROWS..(class + 1) * ROWS];
        for r in 0..n {{
            let {z} = column[r];
            {GREATEST}[r] = if {GREATEST}[r] < {z} {{ {z} }} else {{ {GREATEST}[r] }};
            lost[r] |= {z}.is_nan();
        }}
    }}
    let mut infinite = [0_u32; ROWS];
    let mut level = [0.0; ROWS];
    let mut is_level = true;
    for r in 0..n {{
        // -0 as +0
        {GREATEST}[r] += 0.0;
        level[r] = level_of({GREATEST}[r]);
        is_level &= level[r] == {GREATEST}[r];
    }}
    if !is_level {{
        for r in 0..n {{
            if level[r] == {GREATEST}[r] {{
                continue;
            }}
            for class in 0..classes {{
                let at = class * ROWS + r;
                infinite[r] += finite(&mut block[at..=at], {GREATEST}[r]);
            }}
        }}
    }}
"
    );
    let sums: Vec<&String> = lanes.iter().chain(without.iter().filter(|_| apart)).collect();
    for name in &sums {
        text.push_str(&format!("    let mut {name} = [0.0; {LANES} * ROWS];\n"));
    }
    let slice = |(name, at): (&String, &str)| format!("        let {name} = &mut {name}[{at}..{at} + ROWS];\n");
    let columns = terms.iter().map(|name| (name, "at")).chain(sums.iter().map(|name| (*name, "lane")));
    let columns: String = columns.map(slice).collect();
    text.push_str(&format!(
        "    for class in 0..classes {{
        let (at, lane) = (class * ROWS, class % {LANES} * ROWS);
        let column = &block[at..at + ROWS];
{columns}        for r in 0..n {{
            let {z} = column[r];
            let wide = {};
",
        wide_of(rows, "level[r]")
    ));
    let mut arguments: Vec<String> = stage.inputs(&rows.term).into_iter().map(|_| z.to_string()).collect();
    arguments.extend(stage.given(&rows.term).into_iter().map(|_| "wide".to_string()));
    let call = Shape::Call(stage.name.clone(), arguments);
    text.push_str(&layout::statement(12, "let term = ", &call, ";\n"));
    text.push_str(&set(12, &terms, "r", "term"));
    text.push_str(&sum::add(rows, 12, (&lanes, "r"), "term"));
    if apart {
        text.push_str("            if apart {\n");
        text.push_str(&sum::summand(rows, 16, z, "level[r]", "term"));
        text.push_str(&sum::add(rows, 16, (&without, "r"), "summand"));
        text.push_str("            }\n");
    }
    text.push_str("        }\n    }\n    for r in 0..n {\n");
    let mut total = |names: &[String], to: &str| {
        for name in names {
            text.push_str(&format!("        let mut {name}_of = [0.0; {LANES}];\n"));
        }
        text.push_str(&format!("        for lane in 0..{LANES} {{\n"));
        for name in names {
            text.push_str(&format!("            {name}_of[lane] = {name}[lane * ROWS + r];\n"));
        }
        text.push_str("        }\n");
        let sum = if rows.pairs() { "pair_sum" } else { "lane_sum" };
        let call = Shape::Call(sum.to_string(), names.iter().map(|name| format!("{name}_of")).collect());
        text.push_str(&layout::statement(8, &format!("let {to} = "), &call, ";\n"));
    };
    total(&lanes, "sum");
    if apart {
        total(&without, "beside_all");
    }
    text.push_str(&sum::rest(rows, 8, &format!("{GREATEST}[r]"), "sum", apart.then_some("beside_all")));
    text.push_str(&set(8, &rest.iter().map(|name| format!("{name}_of")).collect::<Vec<_>>(), "r", "rest"));
    if apart {
        let names: Vec<String> = rows.parts(BESIDE).iter().map(|name| format!("{name}_of")).collect();
        text.push_str(&set(8, &names, "r", BESIDE));
    }
    text.push_str(&format!(
        "        let undefined = (own[r] - {GREATEST}[r]).is_nan();
        let tied = {GREATEST}[r] == {float}::INFINITY && infinite[r] > 1;
        if lost[r] || undefined || tied {{
            own[r] = {float}::NAN;
        }}
    }}
"
    ));
    let mut arguments = vec![
        format!("{z}: &[{float}]"),
        "[classes, inner, begin]: [usize; 3]".to_string(),
        format!("{target}: &[{}]", frame.options.targets.name()),
        format!("own: &mut [{float}; ROWS]"),
        format!("{GREATEST}: &mut [{float}; ROWS]"),
    ];
    let given = rest.into_iter().chain(rows.parts(BESIDE).into_iter().filter(|_| apart));
    arguments.extend(given.map(|name| format!("{name}_of: &mut [{inside}; ROWS]")));
    arguments.extend(terms.iter().map(|name| format!("{name}: &mut [{inside}; TERMS]")));
    arguments.extend(apart.then(|| "apart: bool".to_string()));
    let about = "`summed` of a block of rows of at most `ACROSS` classes.";
    private(about, "summed_across", &arguments, "", &text, RANGE)
}

/// The derivatives of the other classes of a block of rows.
pub fn classes(rows: &Rows, class: &Function, stages: &[Named]) -> String {
    let frame = rows.class.as_ref().expect("there are derivatives");
    let (z, float, inside) = (rows.list(), frame.float(), frame.inside());
    let (terms, taken) = (rows.parts("terms"), taken(rows, class));
    let names: Vec<&str> = ["grad", "hess"].into_iter().take(class.outputs.len()).collect();
    let reads = stages.iter().any(|stage| !stage.inputs(frame).is_empty());
    let mut text = "    let n = n.min(ROWS);\n    for class in 0..classes {\n".to_string();
    for name in &terms {
        text.push_str(&format!("        let {name} = &{name}[class * ROWS..(class + 1) * ROWS];\n"));
    }
    text.push_str("        for r in 0..n {\n            let row = begin + r;\n");
    text.push_str(&format!("            let at = {AT} + class * inner;\n"));
    let mut given = stages.iter().flat_map(|stage| stage.given(frame));
    let compares = given.any(|value| handed(frame, value) == GREATEST);
    if compares {
        text.push_str(&format!("            let wide = {};\n", wide_of(rows, &format!("{GREATEST}[r]"))));
    }
    // inputs are compared with the greatest alone: infinite ones do as they are
    let read = |name: &str| match name {
        TERM => at(&terms, "r"),
        GREATEST => "wide".to_string(),
        name => at(&rows.parts(name), "r"),
    };
    let results: Vec<String> = names.iter().map(|name| format!("{name}[at]")).collect();
    text.push_str(&chain(frame, stages, 12, (&format!("{z}[at]"), &read), &results));
    text.push_str("        }\n    }\n");
    let mark = |read: bool| if read { "" } else { "_" };
    let mut arguments = vec![
        format!("{}{z}: &[{float}]", mark(reads)),
        "[classes, inner, begin]: [usize; 3]".to_string(),
        "n: usize".to_string(),
        format!("{}{GREATEST}: &[{float}; ROWS]", mark(compares)),
    ];
    arguments.extend(terms.iter().map(|name| format!("{name}: &[{inside}; TERMS]")));
    let handed = taken.iter().flat_map(|name| rows.parts(name));
    arguments.extend(handed.map(|name| format!("{name}: &[{inside}; ROWS]")));
    arguments.extend(names.iter().map(|name| format!("{name}: &mut [{float}]")));
    let about = format!("`{}` of a block of rows of at most `ACROSS` classes.", class.name);
    private(&about, &format!("{}_across", class.name), &arguments, "", &text, RANGE)
}
