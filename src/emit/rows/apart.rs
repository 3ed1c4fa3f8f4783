//! Rows whose classes stand apart: a block of rows is the kernel of its targets, stage by stage; the other classes have 0.

use std::collections::BTreeSet;

use super::block::{self, RANGE, at, buffer, handed, own, private, set};
use super::{FORWARD, Over, Rows, labels, pass, public};
use crate::emit::items::{self, Function, tuple};
use crate::emit::layout::{self, Shape};
use crate::emit::plan::{self, Named, Plan, Planned};
use crate::emit::{Frame, body};

/// Elements that go through a stage together.
const ROWS: usize = 64;

const BOTH: Over =
    Over { row: &Function { name: "forward_backward", outputs: &[0, 1] }, class: None, writes: &["loss", "grad"] };
const SECOND: Over =
    Over { row: &Function { name: "backward_hessian", outputs: &[1, 2] }, class: None, writes: &["grad", "hess"] };

/// The functions over rows, by order.
const OVER: [&[Over]; 3] = [&[FORWARD], &[FORWARD, BOTH], &[FORWARD, BOTH, SECOND]];

/// The functions, then the private ones that they call.
pub fn text(rows: &Rows, calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    let over = OVER[rows.order()];
    let functions: Vec<&'static Function> = over.iter().map(|one| one.row).collect();
    let plan = plan::of(&rows.row, &functions, "");
    let mut of_labels = plan::of(&rows.term, &functions, "label_");
    let mut items = public::text(rows, over);
    items.extend(labels::public(rows, over));
    items.push(format!(
        "/// Rows, or classes with labels, that go through a stage together: what stages hand on stays in the nearest cache.\n\
         const ROWS: usize = {ROWS};\n"
    ));
    items.extend(block::ignored(rows));
    let texts = stages(rows, &plan, &mut of_labels, calls);
    items.extend(plan.functions.iter().zip(over).map(|(planned, one)| targets(rows, planned, one)));
    items.extend(of_labels.functions.iter().zip(over).map(|(planned, one)| labels::block(rows, planned, one)));
    items.extend((rows.order() > 0).then(|| others(rows)));
    items.extend(labels::helpers(rows, calls));
    items.push(pass::class_of(rows));
    items.extend(pass::checks(rows));
    items.extend(texts);
    items
}

/// The texts of the stages with targets, and of those with labels that differ.
pub fn stages(rows: &Rows, plan: &Plan, of_labels: &mut Plan, calls: &mut BTreeSet<&'static str>) -> Vec<String> {
    let mut texts: Vec<String> = plan.stages.iter().map(|stage| items::stage(&rows.row, stage, calls)).collect();
    for place in 0..of_labels.stages.len() {
        // a stage that is the target's as well stands there once
        let stage = of_labels.stages[place].clone();
        let known = plan.stages.iter().find(|one| one.outputs.is_empty() && one.stage == stage.stage);
        let same = known.filter(|known| texts.contains(&items::stage(&rows.term, known, &mut BTreeSet::new())));
        match same.filter(|_| stage.outputs.is_empty()) {
            Some(known) => of_labels.rename(&stage.name, &known.name),
            None => texts.push(items::stage(&rows.term, &stage, calls)),
        }
    }
    texts
}

/// What an element of a loop over a block reads and writes.
pub struct Loop<'a> {
    pub frame: &'a Frame<'a>,
    /// The name of an element's place.
    pub index: &'static str,
    /// Where an argument of a stage is read.
    pub read: &'a dyn Fn(&str) -> String,
    /// The statement that writes an output, by its place, from the name of what a stage gives.
    pub write: &'a dyn Fn(usize, &str) -> String,
}

impl Loop<'_> {
    /// The arrays of every value that stages hand on, declared.
    pub fn buffers(&self, planned: &Planned) -> String {
        let given = planned.stages.iter().flat_map(|stage| &stage.stage.gives);
        given
            .flat_map(|value| buffer(self.frame, *value))
            .map(|name| format!("    let mut {name} = [0.0; ROWS];\n"))
            .collect()
    }

    /// The loops of the stages, one behind the other.
    pub fn turns(&self, planned: &Planned) -> String {
        planned.stages.iter().map(|stage| self.turn(stage)).collect()
    }

    fn turn(&self, stage: &Named) -> String {
        let inputs = self.frame.inputs();
        let mut arguments: Vec<String> =
            stage.inputs(self.frame).into_iter().map(|place| (self.read)(&inputs[place])).collect();
        arguments.extend(stage.parameters(self.frame).into_iter().map(|name| (self.read)(name)));
        arguments.extend(stage.given(self.frame).into_iter().map(|value| (self.read)(handed(self.frame, value))));
        arguments.extend(stage.stage.takes.iter().map(|value| at(&buffer(self.frame, *value), self.index)));
        let call = Shape::Call(stage.name.clone(), arguments);
        let count = stage.stage.gives.len() + stage.outputs.len();
        let names: Vec<String> = match count {
            1 => vec!["given".to_string()],
            _ => (0..count).map(|place| format!("g{place}")).collect(),
        };
        let mut text = format!("    for {} in 0..n {{\n", self.index);
        text.push_str(&layout::statement(8, &format!("let {} = ", tuple(&names)), &call, ";\n"));
        let (given, results) = names.split_at(stage.stage.gives.len());
        for (value, name) in stage.stage.gives.iter().zip(given) {
            text.push_str(&set(8, &buffer(self.frame, *value), self.index, name));
        }
        for (&output, name) in stage.outputs.iter().zip(results) {
            text.push_str(&format!("        {}\n", (self.write)(output, name)));
        }
        text + "    }\n"
    }
}

/// What holds the parameter that has a number for each class, of an element.
pub const WEIGHT: &str = "weight";

/// The arguments of a stage or of `is_valid` of an element: its input, and the parameter of its class.
pub fn read(rows: &Rows, name: &str, input: &str, index: &str) -> String {
    match name {
        name if name == rows.list() => format!("{input}[{index}]"),
        name if rows.open().contains(&(name, true)) => format!("{WEIGHT}[{index}]"),
        name => name.to_string(),
    }
}

/// The call of `is_valid` for an element, where something can be wrong.
pub fn valid(rows: &Rows, input: &str, index: &str) -> Option<Shape> {
    let frame = &rows.row;
    let arguments = frame.checked().iter().map(|name| read(rows, name, input, index)).collect();
    (!body::conditions(frame).is_empty()).then(|| Shape::Call("is_valid".to_string(), arguments))
}

/// A block of rows with targets.
fn targets(rows: &Rows, planned: &Planned, one: &Over) -> String {
    let results: Vec<&str> = one.row.outputs.iter().map(|&output| own(output)).collect();
    let derivatives = one.derivatives();
    let own_term = format!("            own_term[r] = {}[first[r] + class * inner];\n", rows.list());
    let spread = if derivatives.is_empty() { String::new() } else { spread(rows.target(), &results, &derivatives) };
    let read = |name: &str| read(rows, name, "own_term", "r");
    let (array, handed) = (own, Vec::new());
    block_of_targets(rows, planned, one, &Targets { array, read: &read, handed, own_term, lost: false, spread })
}

/// What rows of one kind have of their own in a block of targets.
pub struct Targets<'a> {
    /// The array of an output of the target's kernel.
    pub array: fn(usize) -> &'static str,
    /// Where an argument of a stage is read.
    pub read: &'a dyn Fn(&str) -> String,
    /// Arrays of what a row hands over besides.
    pub handed: Vec<String>,
    /// The statements that set the target's input, where it is a class, and what is handed over.
    pub own_term: String,
    /// Is a row lost where the target's input was not set?
    pub lost: bool,
    /// What every class has, after its target.
    pub spread: String,
}

/// A block of rows with targets: their inputs, the stages, rows that are lost or ignored, and what every class has.
pub fn block_of_targets(rows: &Rows, planned: &Planned, one: &Over, of: &Targets) -> String {
    let (p, target, float) = (rows.list(), rows.target(), rows.row.float());
    let array = of.array;
    let results: Vec<&str> = one.row.outputs.iter().map(|&output| array(output)).collect();
    let mut arguments = vec![format!("{p}: &[{float}]"), "[classes, inner, begin]: [usize; 3]".to_string()];
    arguments.push(format!("{target}: &[{}]", rows.row.options.targets.name()));
    arguments.extend(rows.parameters().into_iter().map(|(name, of)| format!("{name}: {of}")));
    arguments.extend(one.writes.iter().map(|name| format!("{name}: &mut [{float}]")));
    let write = |output: usize, given: &str| format!("{}[r] = {given};", array(output));
    let each = Loop { frame: &rows.row, index: "r", read: of.read, write: &write };
    let mut text = format!("    let n = {target}.len().min(ROWS);\n");
    if one.has_loss() {
        text.push_str("    let loss = &mut loss[..n];\n");
    }
    let of_class = rows.of_class();
    for name in std::iter::once("own_term").chain(of_class.iter().map(|_| WEIGHT)) {
        text.push_str(&format!("    let mut {name} = [{float}::NAN; ROWS];\n"));
    }
    let own = results.iter().copied().filter(|name| *name != "loss");
    for name in of.handed.iter().map(String::as_str).chain(own) {
        text.push_str(&format!("    let mut {name} = [0.0; ROWS];\n"));
    }
    text.push_str(&each.buffers(planned));
    text.push_str(FIRST);
    let ignored = rows.row.options.ignore.is_some();
    text.push_str("    for r in 0..n {\n");
    if ignored && !of.handed.is_empty() {
        text.push_str(&format!("        if {target}[r] == IGNORED {{\n            continue;\n        }}\n"));
    }
    text.push_str(&format!("        let class = class_of({target}[r], classes);\n        if class < classes {{\n"));
    text.push_str(&of.own_term);
    if let Some(list) = &of_class {
        text.push_str(&format!("            {WEIGHT}[r] = {list}[class];\n"));
    }
    text.push_str("        }\n    }\n");
    text.push_str(&each.turns(planned));
    let all = |indent: usize, value: &str| -> String {
        results.iter().map(|name| format!("{}{name}[r] = {value};\n", " ".repeat(indent))).collect()
    };
    let valid = valid(rows, "own_term", "r");
    let lost = [valid.as_ref().map(|_| "!valid"), of.lost.then_some("own_term[r].is_nan()")];
    let lost: Vec<&str> = lost.into_iter().flatten().collect();
    if !lost.is_empty() {
        text.push_str("    for r in 0..n {\n");
        text.push_str(&valid.map(|call| layout::statement(8, "let valid = ", &call, ";\n")).unwrap_or_default());
        let nan = all(12, &format!("{float}::NAN"));
        text.push_str(&format!("        if {} {{\n{nan}        }}\n    }}\n", lost.join(" || ")));
    }
    if ignored {
        let zeros = all(12, "0.0");
        text.push_str(&format!(
            "    for r in 0..n {{\n        if {target}[r] == IGNORED {{\n{zeros}        }}\n    }}\n"
        ));
    }
    text.push_str(&of.spread);
    let about = format!("`{}` of at most `ROWS` rows, the first one given by its number.", one.row.name);
    private(&about, &format!("{}_block", one.row.name), &arguments, "", &text, RANGE)
}

/// Where the first of each row's numbers stands.
const FIRST: &str = "    let mut first = [0; ROWS];
    let (mut array, mut place) = (begin / inner, begin % inner);
    for first in &mut first[..n] {
        *first = array * inner * classes + place;
        place += 1;
        if place == inner {
            array += 1;
            place = 0;
        }
    }
";

/// What every class of a row has, of a block; a row is NaN where its target's results are.
fn spread(target: &str, results: &[&str], derivatives: &[&str]) -> String {
    let mut text = format!(
        "    let mut lost = [0.0; ROWS];\n    for r in 0..n {{\n        if {0}[r].is_nan() {{\n            \
         lost[r] = {0}[r];\n        }}\n    }}\n",
        results[0]
    );
    for name in derivatives {
        let arguments = ["&lost[..n]", "[classes, inner, begin]", name].map(str::to_string).to_vec();
        text.push_str(&layout::statement(4, "", &Shape::Call("set_others".to_string(), arguments), ";\n"));
    }
    text + &set_targets(target, derivatives)
}

/// What the targets of a block of rows have, over what every class has.
pub fn set_targets(target: &str, derivatives: &[&str]) -> String {
    let mut text = format!(
        "    for r in 0..n {{\n        let class = class_of({target}[r], classes);\n        if class < classes {{\n            \
         let at = first[r] + class * inner;\n"
    );
    for name in derivatives {
        text.push_str(&format!("            {name}[at] = own_{name}[r];\n"));
    }
    text + "        }\n    }\n"
}

/// Writes what the other classes of rows have.
fn others(rows: &Rows) -> String {
    let about = "Writes to every class of a block of rows what its other classes have: 0, or NaN where the row is.";
    set_others(rows, "lost", about)
}

/// The function that writes one number of each row to all of its classes; what it calls those numbers, and its doc.
pub fn set_others(rows: &Rows, of: &str, about: &str) -> String {
    let float = rows.row.float();
    let text = format!(
        "    if inner == 1 {{
        let rows = to[begin * classes..].chunks_exact_mut(classes);
        for (row, &{of}) in rows.zip({of}) {{
            for to in row {{
                *to = {of};
            }}
        }}
        return;
    }}
    let mut r = 0;
    while r < {of}.len() {{
        let (array, place) = ((begin + r) / inner, (begin + r) % inner);
        // rows that stand side by side
        let count = ({of}.len() - r).min(inner - place);
        for class in 0..classes {{
            let at = (array * classes + class) * inner + place;
            to[at..at + count].copy_from_slice(&{of}[r..r + count]);
        }}
        r += count;
    }}
"
    );
    let arguments =
        [format!("{of}: &[{float}]"), "[classes, inner, begin]: [usize; 3]".to_string(), format!("to: &mut [{float}]")];
    private(about, "set_others", &arguments, "", &text, "")
}
