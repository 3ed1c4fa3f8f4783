//! The sum over a row's classes: what rows one by one and rows side by side have in common.

use super::Rows;
use super::block::{at, private, set};
use crate::elementary::pair::Part;
use crate::emit::layout::{self, Shape};
use crate::kernel::row::{BESIDE, GREATEST, LANES};

/// A number added to an element of a sum.
pub fn add(rows: &Rows, indent: usize, (sums, place): (&[String], &str), value: &str) -> String {
    let pad = " ".repeat(indent);
    if !rows.pairs() {
        return format!("{pad}{}[{place}] += {value};\n", sums[0]);
    }
    let call = Shape::Call(Part::Add.program(false).name.to_string(), vec![at(sums, place), value.to_string()]);
    layout::statement(indent, "let sum = ", &call, ";\n") + &set(indent, sums, place, "sum")
}

/// What a class adds to the sum without the greatest: nothing where it is that, or absent.
pub fn summand(rows: &Rows, indent: usize, z: &str, level: &str, term: &str) -> String {
    let (pad, float) = (" ".repeat(indent), rows.row.float());
    let nothing = if rows.pairs() { "(0.0, 0.0)" } else { "0.0" };
    format!(
        "{pad}let mut summand = {term};\n\
         {pad}if {z} == {level} || {z} == {float}::NEG_INFINITY {{\n{pad}    summand = {nothing};\n{pad}}}\n"
    )
}

/// `rest` and, with the sum without the greatest term, `beside`.
pub fn rest(rows: &Rows, indent: usize, greatest: &str, sum: &str, without: Option<&str>) -> String {
    let (pad, float) = (" ".repeat(indent), rows.row.float());
    let pairs = rows.pairs();
    let mut text = if pairs {
        let call = Shape::Call(Part::Add.program(false).name.to_string(), vec![sum.to_string(), "(-1.0, 0.0)".into()]);
        layout::statement(indent, "let mut rest = ", &call, ";\n")
    } else {
        format!("{pad}let mut rest = {sum} - 1.0;\n")
    };
    let nothing = if pairs { "(0.0, 0.0)" } else { "0.0" };
    text.push_str(&format!("{pad}if {greatest} == {float}::NEG_INFINITY {{\n{pad}    rest = {nothing};\n{pad}}}\n"));
    if let Some(without) = without {
        let head = if pairs { "rest.0" } else { "rest" };
        text.push_str(&format!(
            "{pad}// where the sum is 2 or more the difference has its digits\n\
             {pad}let mut {BESIDE} = rest;\n\
             {pad}if {head} < 1.0 {{\n{pad}    {BESIDE} = {without};\n{pad}}}\n"
        ));
    }
    text
}

/// The eight lanes of a sum of pairs, added pairwise as those of a sum of numbers are.
pub fn pair_sum(rows: &Rows) -> String {
    let (add, inside) = (Part::Add.program(false).name, rows.row.inside());
    let text = format!(
        "    let lane = |at: usize| {add}((hi[at], lo[at]), (hi[at + 4], lo[at + 4]));
    let even = {add}(lane(0), lane(2));
    let odd = {add}(lane(1), lane(3));
    {add}(even, odd)
"
    );
    let arguments = [format!("hi: [{inside}; {LANES}]"), format!("lo: [{inside}; {LANES}]")];
    private("The eight lanes of a sum of pairs.", "pair_sum", &arguments, &format!("({inside}, {inside})"), &text, "")
}

/// Infinite inputs as finite ones.
pub fn levels(rows: &Rows) -> [String; 2] {
    let (z, float) = (rows.list(), rows.row.float());
    let level = format!("    if {GREATEST}.is_infinite() {{\n        return 0.0;\n    }}\n    {GREATEST}\n");
    let finite = format!(
        "    let mut count = 0;
    for {z} in block {{
        let is = *{z} == {GREATEST};
        count += u32::from(is);
        *{z} = if is {{ 0.0 }} else {{ {float}::NEG_INFINITY }};
    }}
    count
"
    );
    [
        private(
            "What the greatest input of a row is taken for: 0 where it is infinite.",
            "level_of",
            &[format!("{GREATEST}: {float}")],
            &float,
            &level,
            "",
        ),
        private(
            "Where the greatest is infinite, its equals are taken for 0 and the others are absent; how many equals there are.",
            "finite",
            &[format!("block: &mut [{float}]"), format!("{GREATEST}: {float}")],
            "u32",
            &finite,
            "",
        ),
    ]
}
