//! The functions of an emitted file over slices: blocks that go through their stages, slices made of blocks, sums.
//!
//! A block is what its stages' buffers hold. Whether labels and parameters are valid is looked at once a block; the
//! loops of the stages run over every element, and what is invalid becomes NaN behind them.

use super::items::{arguments_allowance, tuple};
use super::layout::{self, Shape};
use super::plan::{Named, Plan, Planned};
use super::{Frame, body, classes, dispatch, docs};
use crate::kernel::{Arithmetic, Format, Inst, Val};

/// Elements of a block: few enough that clearing the buffers costs little where slices are short, and a multiple of
/// the lanes of a sum; twice as many where a vector holds twice as many.
fn block_length(frame: &Frame) -> usize {
    if frame.inside() == Format::F32 { 128 } else { 64 }
}

/// Lanes that a sum is made in.
const LANES: usize = 8;

/// The functions over slices, then the private ones that they call.
pub fn text(frame: &Frame, plan: &Plan) -> Vec<String> {
    // The contract has no slices of the Hessian alone.
    let functions: Vec<&Planned> = plan.functions.iter().filter(|one| one.function.outputs != [2]).collect();
    let by_name = |name: &str| functions.iter().find(|one| one.function.name == name).copied();
    let forward = by_name("forward").expect("every kernel has a loss");
    let mut items: Vec<String> = functions.iter().flat_map(|planned| slices(frame, planned)).collect();
    items.extend(sum(frame, forward));
    items.push(mean(frame));
    items.extend(by_name("forward_backward").into_iter().flat_map(|both| scaled_sum(frame, both)));
    if frame.options.classes {
        items.extend(by_name("forward_backward").into_iter().flat_map(|both| classes::text(frame, both)));
    }
    items.push(format!(
        "/// Elements that go through a stage together: what the stages hand on stays in the nearest cache.\n\
         const BLOCK: usize = {};\n",
        block_length(frame)
    ));
    items.extend(functions.iter().map(|planned| block(frame, planned)));
    items
}

/// The checks of lengths.
fn lengths(frame: &Frame, written: &[&str]) -> String {
    let inputs = frame.inputs();
    let first = &inputs[0];
    let check = |name: &str| {
        let arguments =
            [format!("\"{name}\""), format!("{name}.len()"), format!("\"{first}\""), format!("{first}.len()")];
        layout::statement(4, "", &Shape::Call("same_length".to_string(), arguments.to_vec()), ";\n")
    };
    inputs[1..].iter().map(String::as_str).chain(written.iter().copied()).map(check).collect()
}

/// A public function over slices: its checks of lengths, then the work, in one function or by what the processor has.
pub struct Public<'a> {
    /// Its name.
    pub name: String,
    /// Lines of its doc comment.
    pub docs: Vec<String>,
    /// Its arguments with their types.
    pub arguments: Vec<String>,
    /// The type of its result, where it has one.
    pub result: &'a str,
    /// Statements that look at lengths.
    pub checks: String,
    /// The statements behind them.
    pub work: String,
}

impl Public<'_> {
    /// Its text, and that of the functions that it chooses from.
    pub fn items(&self, frame: &Frame) -> Vec<String> {
        if !frame.options.dispatch {
            return vec![self.function(&format!("{}{}", self.checks, self.work))];
        }
        let fused = frame.options.fma;
        let arguments: Vec<String> =
            self.arguments.iter().map(|one| one.split(':').next().unwrap_or_default().to_string()).collect();
        let plain = format!("{}_plain", self.name);
        let call = |name: &str| Shape::Call(name.to_string(), arguments.clone());
        let mut items = vec![self.function(&format!(
            "{}{}{}",
            self.checks,
            dispatch::choice(&self.name, fused, &call),
            layout::statement(4, "", &call(&plain), "\n")
        ))];
        items.extend(dispatch::levels((&self.name, fused), &self.arguments, self.result, &call(&plain)));
        items.push(
            [
                docs::comment(&[format!("`{}` behind its checks.", self.name)]),
                "#[allow(dead_code)]\n".to_string(),
                arguments_allowance(self.arguments.len()).to_string(),
                "#[inline(always)]\n".to_string(),
                layout::signature("", &plain, &self.arguments, self.result),
                format!("\n{}}}\n", self.work),
            ]
            .concat(),
        );
        items
    }

    /// Its text with these statements, whatever it may be chosen from.
    pub fn function(&self, statements: &str) -> String {
        [
            docs::comment(&self.docs),
            "#[allow(dead_code)]\n".to_string(),
            arguments_allowance(self.arguments.len()).to_string(),
            "#[track_caller]\n".to_string(),
            layout::signature("pub ", &self.name, &self.arguments, self.result),
            format!("\n{statements}}}\n"),
        ]
        .concat()
    }
}

/// The names of the slices that a function writes.
fn written(planned: &Planned) -> Vec<&'static str> {
    planned.function.outputs.iter().map(|&output| ["loss", "grad", "hess"][output]).collect()
}

/// A pattern of names that is longer is laid out in another way by each edition of rustfmt.
const PATTERN: usize = 60;

/// What stages hand on: each value, and the names of the buffers that hold it; numbers where names are long.
fn buffers(frame: &Frame, planned: &Planned) -> Vec<(Val, Vec<String>)> {
    let given = planned.stages.iter().flat_map(|stage| &stage.stage.gives);
    let mut buffers: Vec<(Val, Vec<String>)> = given.map(|value| (*value, buffer(frame, *value))).collect();
    let names: Vec<&str> = buffers.iter().flat_map(|(_, names)| names).map(String::as_str).collect();
    if names.join(", ").len() > PATTERN {
        let count = names.len();
        let all = buffers.iter_mut().flat_map(|(_, names)| names);
        let stem = if count < 7 { "buffer_" } else { "b" };
        all.enumerate().for_each(|(place, name)| *name = format!("{stem}{place}"));
    }
    buffers
}

/// The buffers of a value: a pair has two, and so has what is reduced.
fn buffer(frame: &Frame, value: Val) -> Vec<String> {
    let name = &frame.names.lets[value.0];
    if is_reduced(frame, value) {
        return vec![format!("{name}_k"), format!("{name}_r")];
    }
    if frame.kernel.is_pair(value) {
        return vec![format!("{name}_hi"), format!("{name}_lo")];
    }
    let taken = ["loss", "grad", "hess", "buffers", "n", "i", "given", "valid"].contains(&name.as_str())
        || frame.passed().contains(name);
    vec![if taken { format!("{name}_") } else { name.clone() }]
}

fn is_reduced(frame: &Frame, value: Val) -> bool {
    matches!(frame.kernel.lets[value.0].inst, Inst::Reduced(..))
}

/// The loop over blocks; its body is given the block's slices by name, but for what is made on the stack: name and text.
pub fn blocks(frame: &Frame, planned: &Planned, before: &str, made: &[(&str, &str)], after: &str) -> String {
    let x = &frame.names.x;
    let part = |of: &str, name: &str| match made.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => text.to_string(),
        None => format!("{of}{name}[start..end]"),
    };
    let mut arguments: Vec<String> = frame.inputs().iter().map(|name| part("&", name)).collect();
    arguments.extend(frame.names.open.iter().map(|(_, name)| name.clone()));
    arguments.extend(written(planned).iter().map(|name| part("&mut ", name)));
    let count: usize = buffers(frame, planned).iter().map(|(_, names)| names.len()).sum();
    let mut statements = String::new();
    if count > 0 {
        statements.push_str(&format!("    let mut buffers = [[0.0; BLOCK]; {count}];\n"));
        arguments.push("&mut buffers".to_string());
    }
    let call = Shape::Call(format!("{}_block", planned.function.name), arguments);
    statements.push_str(&format!("    for start in (0..{x}.len()).step_by(BLOCK) {{\n"));
    statements.push_str(&format!("        let end = {x}.len().min(start + BLOCK);\n{before}"));
    statements.push_str(&layout::statement(8, "", &call, ";\n"));
    statements.push_str(&format!("{after}    }}\n"));
    statements
}

fn slices(frame: &Frame, planned: &Planned) -> Vec<String> {
    let function = planned.function;
    let written = written(planned);
    let mut arguments = frame.slices();
    arguments.extend(written.iter().map(|name| format!("{name}: &mut [{}]", frame.float())));
    let public = Public {
        name: format!("{}_slice", function.name),
        docs: docs::slices(frame, function, &written),
        arguments,
        result: "",
        checks: lengths(frame, &written),
        work: blocks(frame, planned, "", &[], ""),
    };
    public.items(frame)
}

/// The private function that takes a block through its stages.
fn block(frame: &Frame, planned: &Planned) -> String {
    let (float, function) = (frame.float(), planned.function);
    let written = written(planned);
    let buffers: Vec<String> = buffers(frame, planned).into_iter().flat_map(|(_, names)| names).collect();
    let mut arguments = frame.slices();
    arguments.extend(written.iter().map(|name| format!("{name}: &mut [{float}]")));
    let mut statements = format!("    let n = {}.len();\n", frame.names.x);
    if !buffers.is_empty() {
        arguments.push(format!("buffers: &mut [[{}; BLOCK]; {}]", frame.inside(), buffers.len()));
        let pattern = Shape::Plain(format!("let [{}] = buffers", buffers.join(", ")));
        statements.push_str(&layout::statement(4, "", &pattern, ";\n"));
    }
    // So the compiler knows every length, and that no index is out of bounds.
    for name in &frame.inputs()[1..] {
        statements.push_str(&format!("    let {name} = &{name}[..n];\n"));
    }
    for name in written.iter().copied().chain(buffers.iter().map(String::as_str)) {
        statements.push_str(&format!("    let {name} = &mut {name}[..n];\n"));
    }
    for stage in &planned.stages {
        statements.push_str(&turn(frame, planned, stage, &written));
    }
    statements.push_str(&invalid(frame, &written));
    let about = format!("`{}` of at most `BLOCK` elements, stage by stage.", function.name);
    [
        docs::comment(&[about]),
        "#[allow(dead_code)]\n".to_string(),
        arguments_allowance(arguments.len()).to_string(),
        "#[allow(clippy::needless_range_loop)]\n#[inline(always)]\n".to_string(),
        layout::signature("", &format!("{}_block", function.name), &arguments, ""),
        format!("\n{statements}}}\n"),
    ]
    .concat()
}

/// The loop of a stage.
fn turn(frame: &Frame, planned: &Planned, stage: &Named, written: &[&str]) -> String {
    let inputs = frame.inputs();
    let buffers = buffers(frame, planned);
    let buffer = |value: Val| &buffers.iter().find(|(held, _)| *held == value).expect("it was handed on").1;
    let mut arguments: Vec<String> =
        stage.inputs(frame).into_iter().map(|place| format!("{}[i]", inputs[place])).collect();
    arguments.extend(stage.parameters(frame).into_iter().map(str::to_string));
    for value in &stage.stage.takes {
        let parts: Vec<String> = buffer(*value).iter().map(|name| format!("{name}[i]")).collect();
        arguments.push(tuple(&parts));
    }
    let call = Shape::Call(stage.name.clone(), arguments);
    let mut places: Vec<(Vec<String>, String)> = Vec::new();
    let parts = stage.stage.gives.len() + stage.outputs.len();
    // editions of rustfmt write `given.0.0` in different ways
    let twofold = frame.kernel.arithmetic() == Arithmetic::Pair
        || stage.stage.gives.iter().any(|value| is_reduced(frame, *value));
    let wide = parts > 1 && twofold;
    let given = |place: usize| match (parts, wide) {
        (1, _) => "given".to_string(),
        (_, true) => format!("g{place}"),
        (_, false) => format!("given.{place}"),
    };
    for (place, value) in stage.stage.gives.iter().enumerate() {
        places.push((buffer(*value).clone(), given(place)));
    }
    for (place, output) in stage.outputs.iter().enumerate() {
        if let Some(at) = planned.function.outputs.iter().position(|one| one == output) {
            places.push((vec![written[at].to_string()], given(place)));
        }
    }
    let turn = match &places[..] {
        [(names, _)] if names.len() == 1 && parts == 1 => {
            layout::statement(8, &format!("{}[i] = ", names[0]), &call, ";\n")
        }
        _ => {
            let used = |name: &String| places.iter().any(|(_, given)| given == name);
            let names = (0..parts).map(given).map(|name| if used(&name) { name } else { "_".to_string() });
            let names: Vec<String> = names.collect();
            let before = if wide { format!("let ({}) = ", names.join(", ")) } else { "let given = ".to_string() };
            let mut lines = layout::statement(8, &before, &call, ";\n");
            for (names, given) in &places {
                match &names[..] {
                    [name] => lines.push_str(&format!("        {name}[i] = {given};\n")),
                    [hi, lo] => {
                        lines.push_str(&format!("        {hi}[i] = {given}.0;\n        {lo}[i] = {given}.1;\n"));
                    }
                    _ => unreachable!("a real or a pair"),
                }
            }
            lines
        }
    };
    format!("    for i in 0..n {{\n{turn}    }}\n")
}

/// NaN where the label or a parameter is invalid; the test of a block is one loop that vectors do.
fn invalid(frame: &Frame, written: &[&str]) -> String {
    if body::conditions(frame).is_empty() {
        return String::new();
    }
    let checked = frame.checked();
    let element = |name: &String| *name == frame.names.x || *name == frame.names.y;
    let of_label = checked.iter().any(element);
    let argument = |name: &String| if element(name) { format!("{name}[i]") } else { name.clone() };
    let call = Shape::Call("is_valid".to_string(), checked.iter().map(argument).collect());
    let nan = |name: &&str| format!("{name}[i] = {}::NAN;\n", frame.float());
    let nan: Vec<String> = written.iter().map(nan).collect();
    let set = |indent: usize| nan.iter().map(|line| " ".repeat(indent) + line).collect::<String>();
    let weighted = frame.kernel.weighted;
    let (test, turn) = if of_label {
        let all = layout::statement(8, "valid &= ", &call, ";\n");
        let test = format!("    let mut valid = true;\n    for i in 0..n {{\n{all}    }}\n");
        let one = layout::statement(12, "let valid = ", &call, ";\n");
        let weight = if weighted { " && w[i] != 0.0" } else { "" };
        (test, format!("{one}            if !valid{weight} {{\n{}            }}\n", set(16)))
    } else {
        let test = layout::statement(4, "let valid = ", &call, ";\n");
        let turn = match weighted {
            true => format!("            if w[i] != 0.0 {{\n{}            }}\n", set(16)),
            false => set(12),
        };
        (test, turn)
    };
    format!("{test}    if !valid {{\n        for i in 0..n {{\n{turn}        }}\n    }}\n")
}

const ORDER: (&str, &str) = (
    "Order",
    "element i is added to lane i mod 8, one after the other; then the lanes are added as\n\
     ((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7))",
);

/// The losses of a block on the stack, added to the lanes.
fn summed(frame: &Frame, planned: &Planned, after: &str) -> String {
    let declared = format!("    let mut lanes = [0.0; {LANES}];\n    let mut loss = [0.0; BLOCK];\n");
    let before = "        let loss = &mut loss[..end - start];\n";
    let after = format!("        add_losses(&mut lanes, loss);\n{after}");
    declared + &blocks(frame, planned, before, &[("loss", "loss")], &after)
}

fn sum(frame: &Frame, forward: &Planned) -> Vec<String> {
    let facts = [ORDER, ("Edges", "no elements: 0; an element that is NaN: NaN")];
    let what = format!("the sum of the {} losses, each widened to f64", frame.float());
    let public = Public {
        name: "forward_sum".to_string(),
        docs: docs::sum(frame, &what, &facts, &[]),
        arguments: frame.slices(),
        result: "f64",
        checks: lengths(frame, &[]),
        work: summed(frame, forward, "") + "    lane_sum(lanes)\n",
    };
    public.items(frame)
}

fn mean(frame: &Frame) -> String {
    let x = &frame.names.x;
    let sum = Shape::Call("forward_sum".to_string(), frame.passed());
    let statements = layout::statement(4, "let sum = ", &sum, &format!(";\n    sum / {x}.len() as f64\n"));
    let facts = [("Edges", "no elements: NaN; an element that is NaN: NaN")];
    let what = "`forward_sum` divided by the number of elements";
    let public = Public {
        name: "forward_mean".to_string(),
        docs: docs::sum(frame, what, &facts, &[]),
        arguments: frame.slices(),
        result: "f64",
        checks: String::new(),
        work: String::new(),
    };
    public.function(&statements)
}

fn scaled_sum(frame: &Frame, both: &Planned) -> Vec<String> {
    let float = frame.float();
    let mut arguments = frame.slices();
    arguments.extend([format!("scale: {float}"), format!("grad: &mut [{float}]")]);
    let scaled = "        for grad in &mut grad[start..end] {\n            *grad *= scale;\n        }\n";
    let returned = format!("scale times the sum of the {float} losses, each widened to f64");
    let grad = format!("scale * d_x, a product of two {float}: one rounding more than `backward`");
    let scale = "1 for the sum, 1/n for the mean, 1/max(1, positives) as in RetinaNet";
    let facts = [
        ("Result", &*returned),
        ("grad", &grad),
        ("scale", scale),
        ORDER,
        ("Edges", "no elements: 0 times scale; an element that is NaN: NaN"),
    ];
    let what = "the scaled sum of the losses, and its derivative in each element";
    let public = Public {
        name: "forward_backward_sum".to_string(),
        docs: docs::sum(frame, what, &facts, &["grad"]),
        arguments,
        result: "f64",
        checks: lengths(frame, &["grad"]),
        work: summed(frame, both, scaled) + &format!("    {} * lane_sum(lanes)\n", frame.wide("scale")),
    };
    public.items(frame)
}
