//! Rows that are divided by their sum: a block of rows is the sums over their other classes, then the kernel of its targets,
//! stage by stage, which gives what the other classes have as well.

use std::collections::BTreeSet;

use super::apart::{self, Targets, read};
use super::block::{self, RANGE, at, private, set};
use super::pass::wide_of;
use super::{FORWARD, Over, Rows, normalised_labels, pass, public, sum};
use crate::elementary::pair::Part;
use crate::emit::items::{Function, tuple};
use crate::emit::layout::{self, Shape};
use crate::emit::plan::{self, Planned};
use crate::kernel::normalised::{LARGEST_SUM, OTHERS};
use crate::kernel::row::LANES;

/// Elements that go through a stage together.
const ROWS: usize = 64;

const BOTH: Over =
    Over { row: &Function { name: "forward_backward", outputs: &[0, 1, 2] }, class: None, writes: &["loss", "grad"] };
const SECOND: Over = Over {
    row: &Function { name: "backward_hessian", outputs: &[1, 2, 3, 4] },
    class: None,
    writes: &["grad", "hess"],
};

/// The functions over rows, by order.
const OVER: [&[Over]; 3] = [&[FORWARD], &[FORWARD, BOTH], &[FORWARD, BOTH, SECOND]];

/// The functions, then the private ones that they call.
pub fn text(rows: &Rows, calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    let over = OVER[rows.order()];
    let functions: Vec<&'static Function> = over.iter().map(|one| one.row).collect();
    let plan = plan::of(&rows.row, &functions, "");
    let mut of_labels = plan::of(&rows.term, &functions, "label_");
    let stages = apart::stages(rows, &plan, &mut of_labels, calls);
    if rows.pairs() {
        calls.extend([Part::Add, Part::Sub, Part::Mul, Part::Div].map(|part| part.program(false).name));
    }
    let mut items = public::text(rows, over);
    items.extend(normalised_labels::public(rows, over));
    items.push(format!(
        "/// Rows, or classes with labels, that go through a stage together: what stages hand on stays in the nearest cache.\n\
         const ROWS: usize = {ROWS};\n"
    ));
    items.push(format!(
        "/// Rows with a greater sum are none: 2^100.\nconst LARGEST_SUM: {} = {LARGEST_SUM:?};\n",
        rows.row.inside()
    ));
    items.extend(block::ignored(rows));
    items.extend(plan.functions.iter().zip(over).map(|(planned, one)| targets(rows, planned, one)));
    items.extend(
        of_labels.functions.iter().zip(over).flat_map(|(planned, one)| normalised_labels::row(rows, planned, one)),
    );
    items.extend((rows.order() > 0).then(|| others(rows)));
    items.extend(normalised_labels::helpers(rows));
    items.extend([summed(rows), is_row(rows)]);
    items.extend(rows.pairs().then(|| sum::pair_sum(rows)));
    items.push(pass::class_of(rows));
    items.extend(pass::checks(rows));
    items.extend(stages);
    items
}

/// The array of an output of the target's kernel.
fn array(output: usize) -> &'static str {
    ["loss", "own_grad", "other_grad", "own_hess", "other_hess"][output]
}

/// What a row hands over, of an element.
pub fn reading(rows: &Rows, name: &str, input: &str, index: &str) -> String {
    if name == OTHERS { at(&rows.parts(OTHERS), index) } else { read(rows, name, input, index) }
}

/// A block of rows with targets.
fn targets(rows: &Rows, planned: &Planned, one: &Over) -> String {
    let (p, handed) = (rows.list(), rows.parts(OTHERS));
    let mut own_term = format!("            let own = {p}[first[r] + class * inner];\n");
    let call = [p, "(first[r], inner)", "class", "classes"].map(str::to_string).to_vec();
    let call = Shape::Call("summed".to_string(), call);
    own_term.push_str(&layout::statement(12, "let (beside, lost) = ", &call, ";\n"));
    own_term.push_str(&set(12, &handed, "r", "beside"));
    let total = op(rows, Part::Add, "beside", &wide_of(rows, "own"));
    own_term.push_str(&format!(
        "            if is_row({total}, lost) {{\n                own_term[r] = own;\n            }}\n"
    ));
    let read = |name: &str| reading(rows, name, "own_term", "r");
    let spread = spread(rows.target(), &one.derivatives());
    apart::block_of_targets(rows, planned, one, &Targets { array, read: &read, handed, own_term, lost: true, spread })
}

/// The type of a register.
pub fn held(rows: &Rows) -> String {
    let inside = rows.row.inside();
    if rows.pairs() { format!("({inside}, {inside})") } else { inside.to_string() }
}

/// An operation on two registers.
pub fn op(rows: &Rows, part: Part, a: &str, b: &str) -> String {
    if rows.pairs() {
        return format!("{}({a}, {b})", part.program(false).name);
    }
    let sign = match part {
        Part::Add => "+",
        Part::Sub => "-",
        Part::Mul => "*",
        _ => "/",
    };
    format!("{a} {sign} {b}")
}

/// What every class of a row has, of a block.
fn spread(target: &str, derivatives: &[&str]) -> String {
    if derivatives.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for name in derivatives {
        let arguments = vec![format!("&other_{name}[..n]"), "[classes, inner, begin]".to_string(), name.to_string()];
        text.push_str(&layout::statement(4, "", &Shape::Call("set_others".to_string(), arguments), ";\n"));
    }
    text + &apart::set_targets(target, derivatives)
}

/// Writes what the other classes of rows have.
fn others(rows: &Rows) -> String {
    apart::set_others(rows, "of_class", "Writes to every class of a block of rows what its other classes have.")
}

/// The sum over a row's other classes.
fn summed(rows: &Rows) -> String {
    let (p, float) = (rows.list(), rows.row.float());
    let lanes = rows.parts("lanes");
    let mut text = "    let (first, step) = place;\n".to_string();
    for name in &lanes {
        text.push_str(&format!("    let mut {name} = [0.0; {LANES}];\n"));
    }
    text.push_str(&format!(
        "    let mut lost_in = [0_u32; {LANES}];
    for start in (0..classes).step_by({LANES}) {{
        let n = (classes - start).min({LANES});
        let mut eight = [0.0; {LANES}];
        if step == 1 {{
            eight[..n].copy_from_slice(&{p}[first + start..first + start + n]);
        }} else {{
            for (i, to) in eight[..n].iter_mut().enumerate() {{
                *to = {p}[first + (start + i) * step];
            }}
        }}
        for lane in 0..{LANES} {{
            let {p} = eight[lane];
            lost_in[lane] |= u32::from({p}.is_nan()) | u32::from({p} < 0.0);
            let one = if start + lane == class {{ 0.0 }} else {{ {p} }};
            let term = {};
",
        wide_of(rows, "one")
    ));
    text.push_str(&sum::add(rows, 12, (&lanes, "lane"), "term"));
    text.push_str("        }\n    }\n");
    let total = if rows.pairs() { "pair_sum(lanes_hi, lanes_lo)" } else { "lane_sum(lanes)" };
    text.push_str(&format!("    ({total}, lost_in != [0; {LANES}])\n"));
    let arguments = [
        format!("{p}: &[{float}]"),
        "place: (usize, usize)".to_string(),
        "class: usize".to_string(),
        "classes: usize".to_string(),
    ];
    let about = "The sum of a row's numbers but for a class's, and whether one of them is negative or NaN.";
    private(about, "summed", &arguments, &tuple(&[held(rows), "bool".to_string()]), &text, RANGE)
}

/// Are the numbers those of a row, from their sum?
fn is_row(rows: &Rows) -> String {
    let inside = rows.row.inside();
    let (sum, head) =
        if rows.pairs() { (format!("sum: ({inside}, {inside})"), "sum.0") } else { (format!("sum: {inside}"), "sum") };
    let text = format!("    !lost && {head} > 0.0 && {head} <= LARGEST_SUM\n");
    private(
        "Is it the sum of a row, none of whose numbers is lost?",
        "is_row",
        &[sum, "lost: bool".into()],
        "bool",
        &text,
        "",
    )
}
