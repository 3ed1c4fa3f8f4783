//! The passes over rows of few classes side by side, class by class: the same operations in the same order as row by row.

use super::Rows;
use super::block::{RANGE, at, handed, private, set};
use super::pass::{chain, taken, wide_of};
use crate::elementary::pair::Part;
use crate::emit::items::Function;
use crate::emit::layout::{self, Shape};
use crate::emit::plan::Named;
use crate::kernel::row::{GREATEST, LANES, REST, TERM};

/// Where a class's number of a row stands.
const AT: &str = "row / inner * inner * classes + row % inner";

/// The sums over the other classes of a block of rows.
pub fn summed(rows: &Rows, stage: &Named) -> String {
    let (z, target, frame) = (rows.list(), rows.target(), &rows.row);
    let (float, inside) = (frame.float(), frame.inside());
    let (rest, terms, lanes) = (rows.parts(REST), rows.parts("terms"), rows.parts("lanes"));
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
    let mut ties = [0.0_{float}; ROWS];
"
    );
    for name in &lanes {
        text.push_str(&format!("    let mut {name} = [0.0; {LANES} * ROWS];\n"));
    }
    let slice = |(name, at): (&String, &str)| format!("        let {name} = &mut {name}[{at}..{at} + ROWS];\n");
    let columns = terms.iter().map(|name| (name, "at")).chain(lanes.iter().map(|name| (name, "lane")));
    let columns: String = columns.map(slice).collect();
    text.push_str(&format!(
        "    for r in 0..n {{
        // -0 as +0
        {GREATEST}[r] += 0.0;
    }}
    for class in 0..classes {{
        let (at, lane) = (class * ROWS, class % {LANES} * ROWS);
        let column = &block[at..at + ROWS];
{columns}        for r in 0..n {{
            let {z} = column[r];
            let wide = {};
",
        wide_of(rows, &format!("{GREATEST}[r]"))
    ));
    let mut arguments: Vec<String> = stage.inputs(&rows.term).into_iter().map(|_| z.to_string()).collect();
    arguments.extend(stage.given(&rows.term).into_iter().map(|_| "wide".to_string()));
    let call = Shape::Call(stage.name.clone(), arguments);
    text.push_str(&layout::statement(12, "let (term, summand) = ", &call, ";\n"));
    text.push_str(&set(12, &terms, "r", "term"));
    let add = Part::Add.program(false).name;
    if rows.pairs() {
        text.push_str(&format!("            let sum = {add}((lanes_hi[r], lanes_lo[r]), summand);\n"));
        text.push_str(&set(12, &lanes, "r", "sum"));
    } else {
        text.push_str("            lanes[r] += summand;\n");
    }
    text.push_str(&format!(
        "            ties[r] += if {z} == {GREATEST}[r] {{ 1.0 }} else {{ 0.0 }};
        }}
    }}
    for r in 0..n {{
        let mut ties = ties[r];
        if {GREATEST}[r] == {float}::NEG_INFINITY {{
            ties = 1.0;
        }}
"
    ));
    let ties = if frame.widens() { format!("{inside}::from(ties)") } else { "ties".to_string() };
    if rows.pairs() {
        text.push_str(&format!(
            "        let lane = |at: usize| {{
            let (a, b) = (at * ROWS + r, (at + 4) * ROWS + r);
            {add}((lanes_hi[a], lanes_lo[a]), (lanes_hi[b], lanes_lo[b]))
        }};
        let even = {add}(lane(0), lane(2));
        let odd = {add}(lane(1), lane(3));
        let sum = {add}(({ties} - 1.0, 0.0), {add}(even, odd));
"
        ));
        text.push_str(&set(8, &rest, "r", "sum"));
    } else {
        text.push_str(&format!(
            "        let lane = |at: usize| lanes[at * ROWS + r] + lanes[(at + 4) * ROWS + r];
        {}[r] = ({ties} - 1.0) + ((lane(0) + lane(2)) + (lane(1) + lane(3)));
",
            rest[0]
        ));
    }
    text.push_str(&format!(
        "        let apart = (own[r] - {GREATEST}[r]).is_nan();
        let tied = {GREATEST}[r] == {float}::INFINITY && ties > 1.0;
        if lost[r] || apart || tied {{
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
    arguments.extend(rest.iter().map(|name| format!("{name}: &mut [{inside}; ROWS]")));
    arguments.extend(terms.iter().map(|name| format!("{name}: &mut [{inside}; TERMS]")));
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
