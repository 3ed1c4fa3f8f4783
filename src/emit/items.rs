//! What an emitted file holds below its header: constants, functions of scalars, of slices, sums, private functions.

use std::collections::BTreeSet;

use super::layout::{self, Shape};
use super::{Frame, body, docs, helpers, inst};
use crate::kernel::{Format, Inst, Setting};

/// A function of scalars.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The outputs that it gives, by place.
    pub outputs: &'static [usize],
}

/// Lanes that a sum is made in.
const LANES: usize = 8;

/// Every function of scalars, and the least order that has it.
const FUNCTIONS: [(usize, Function); 5] = [
    (0, Function { name: "forward", outputs: &[0] }),
    (1, Function { name: "backward", outputs: &[1] }),
    (1, Function { name: "forward_backward", outputs: &[0, 1] }),
    (2, Function { name: "hessian", outputs: &[2] }),
    (2, Function { name: "backward_hessian", outputs: &[1, 2] }),
];

/// All items.
pub fn text(frame: &Frame) -> String {
    let order = frame.kernel.outputs.len() - 1;
    let mut items = constants(frame);
    let mut calls = BTreeSet::from(["same_length", "lane_sum"]);
    let functions: Vec<&Function> = FUNCTIONS.iter().filter(|(least, _)| *least <= order).map(|(_, f)| f).collect();
    items.extend(functions.iter().map(|function| scalar(frame, function, &mut calls)));
    // The contract has no slices of the Hessian alone.
    items.extend(functions.iter().filter(|one| one.outputs != [2]).map(|function| slices(frame, function)));
    items.extend([sum(frame), mean(frame)]);
    if order >= 1 {
        items.push(scaled_sum(frame));
    }
    items.extend(helpers::text(&calls, frame.kernel.level));
    items.join("\n")
}

impl Frame<'_> {
    /// The inputs that come one for each element.
    pub fn inputs(&self) -> Vec<String> {
        let mut inputs = vec![self.names.x.clone(), self.names.y.clone()];
        if self.kernel.weighted {
            inputs.push("w".to_string());
        }
        inputs
    }

    /// Arguments with their types: inputs in a form (`{}` or `&[{}]`), then open parameters.
    fn arguments(&self, form: fn(&str) -> String) -> Vec<String> {
        let (float, label) = (self.float(), self.label());
        let types = [&float, &label, &float];
        let inputs = self.inputs();
        let inputs = inputs.iter().zip(types).map(|(name, of)| format!("{name}: {}", form(of)));
        inputs.chain(self.names.open.iter().map(|(_, name)| format!("{name}: {float}"))).collect()
    }

    fn scalars(&self) -> Vec<String> {
        self.arguments(str::to_string)
    }

    fn slices(&self) -> Vec<String> {
        self.arguments(|of| format!("&[{of}]"))
    }

    /// The names of all arguments of a function of scalars.
    fn passed(&self) -> Vec<String> {
        self.inputs().into_iter().chain(self.names.open.iter().map(|(_, name)| name.clone())).collect()
    }

    /// A value of the format as f64.
    fn wide(&self, name: &str) -> String {
        if self.kernel.format == Format::F32 { format!("f64::from({name})") } else { name.to_string() }
    }
}

/// Parameters that have a value.
fn constants(frame: &Frame) -> Vec<String> {
    let constant = |one: &crate::kernel::KernelParameter| {
        let Setting::Fixed { exact, value } = &one.setting else { return None };
        let (name, float) = (one.name.to_uppercase(), frame.float());
        let value_text = inst::literal(*value, frame.kernel.format);
        let allow = allowance(&[*value]);
        let doc = format!("The parameter `{}`: {exact}, as {float}.", one.name);
        Some(format!("/// {doc}\n#[allow(dead_code)]\n{allow}pub const {name}: {float} = {value_text};\n"))
    };
    frame.kernel.parameters.iter().filter_map(constant).collect()
}

/// `#[allow(clippy::approx_constant)]` where a literal comes near a constant of std.
fn allowance(literals: &[f64]) -> String {
    use std::f64::consts::*;
    let constants = [
        E,
        FRAC_1_PI,
        FRAC_1_SQRT_2,
        FRAC_2_PI,
        FRAC_2_SQRT_PI,
        FRAC_PI_2,
        FRAC_PI_3,
        FRAC_PI_4,
        FRAC_PI_6,
        FRAC_PI_8,
        LN_2,
        LN_10,
        LOG10_2,
        LOG2_10,
        LOG10_E,
        LOG2_E,
        PI,
        SQRT_2,
        TAU,
        1.618033988749895,
        0.5772156649015329,
    ];
    let near = |value: &f64| constants.iter().any(|constant| (value.abs() / constant - 1.0).abs() < 0.01);
    if literals.iter().any(near) {
        "// The literal is a parameter or a threshold, not the constant of std that it is near to.\n\
         #[allow(clippy::approx_constant)]\n"
            .to_string()
    } else {
        String::new()
    }
}

/// `#[allow(clippy::too_many_arguments)]` where there are.
fn arguments_allowance(count: usize) -> &'static str {
    if count > 7 { "// One argument for each open parameter.\n#[allow(clippy::too_many_arguments)]\n" } else { "" }
}

fn scalar(frame: &Frame, function: &Function, calls: &mut BTreeSet<&'static str>) -> String {
    let float = frame.float();
    let result = match function.outputs.len() {
        1 => float,
        n => format!("({})", vec![float; n].join(", ")),
    };
    let arguments = frame.scalars();
    let (statements, literals) = match shared(frame, function) {
        Some((whole, part)) => (part_of(frame, whole, part), Vec::new()),
        None => {
            let body = body::of(frame, function.outputs);
            calls.extend(body.calls);
            (body.text, body.literals)
        }
    };
    [
        docs::comment(&docs::scalar(frame, function)),
        "#[allow(dead_code)]\n".to_string(),
        allowance(&literals),
        arguments_allowance(arguments.len()).to_string(),
        "#[inline(always)]\n".to_string(),
        layout::signature(function.name, &arguments, &result),
        format!("\n{statements}}}\n"),
    ]
    .concat()
}

/// The function with more outputs that this one is a part of, and which part: where the rest costs no more than
/// plain arithmetic, which the compiler removes.
fn shared(frame: &Frame, function: &Function) -> Option<(&'static Function, usize)> {
    let [output] = function.outputs else { return None };
    let whole = match output {
        1 => &FUNCTIONS[2].1,
        2 => &FUNCTIONS[4].1,
        _ => return None,
    };
    let own = body::live(frame.kernel, function.outputs);
    let dear = |inst: &Inst| {
        matches!(
            inst,
            Inst::Exp(_)
                | Inst::ExpFalling(_)
                | Inst::ExpPair(_)
                | Inst::Log1p(_)
                | Inst::TwoAtanh(_)
                | Inst::Sqrt(_)
                | Inst::Div(..)
        )
    };
    let rest = body::live(frame.kernel, whole.outputs).into_iter().filter(|value| !own.contains(value));
    let cheap = rest.into_iter().all(|value| !dear(&frame.kernel.lets[value.0].inst));
    let part = whole.outputs.iter().position(|one| one == output);
    part.filter(|_| cheap).map(|part| (whole, part))
}

fn part_of(frame: &Frame, whole: &Function, part: usize) -> String {
    let (pattern, name) = match (whole.outputs[part], part) {
        (1, 1) => ("(_, d_x)", "d_x"),
        (1, _) => ("(d_x, _)", "d_x"),
        _ => ("(_, d2_x)", "d2_x"),
    };
    let call = Shape::Call(whole.name.to_string(), frame.passed());
    layout::statement(4, &format!("let {pattern} = "), &call, &format!(";\n    {name}\n"))
}

/// The loop over the elements of some slices: its head, indented by four.
fn each(frame: &Frame, written: &[&str], counted: bool) -> String {
    let inputs = frame.inputs();
    let mut pattern = format!("&{}", inputs[0]);
    let mut chain = format!("{}.iter()", inputs[0]);
    let rest = inputs[1..].iter().map(|name| (format!("&{name}"), name.clone()));
    for (bound, slice) in rest.chain(written.iter().map(|name| (name.to_string(), name.to_string()))) {
        pattern = format!("({pattern}, {bound})");
        chain.push_str(&format!(".zip({slice})"));
    }
    if counted {
        pattern = format!("(i, {pattern})");
        chain.push_str(".enumerate()");
    }
    layout::loop_over(4, &pattern, &chain) + "\n"
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

/// A function over slices: docs, attributes and signature, then the statements.
fn over_slices(name: &str, docs: &[String], arguments: &[String], result: &str, statements: &str) -> String {
    [
        docs::comment(docs),
        "#[allow(dead_code)]\n".to_string(),
        arguments_allowance(arguments.len()).to_string(),
        "#[track_caller]\n".to_string(),
        layout::signature(name, arguments, result),
        format!("\n{statements}}}\n"),
    ]
    .concat()
}

fn slices(frame: &Frame, function: &Function) -> String {
    let written: Vec<&str> = function.outputs.iter().map(|&output| ["loss", "grad", "hess"][output]).collect();
    let mut arguments = frame.slices();
    arguments.extend(written.iter().map(|name| format!("{name}: &mut [{}]", frame.float())));
    let results: Vec<String> = written.iter().map(|name| format!("*{name}")).collect();
    let results = if results.len() == 1 { results[0].clone() } else { format!("({})", results.join(", ")) };
    let call = Shape::Call(function.name.to_string(), frame.passed());
    let statements = [
        lengths(frame, &written),
        each(frame, &written, false),
        layout::statement(8, &format!("{results} = "), &call, ";\n"),
        "    }\n".to_string(),
    ]
    .concat();
    over_slices(
        &format!("{}_slice", function.name),
        &docs::slices(frame, function, &written),
        &arguments,
        "",
        &statements,
    )
}

const ORDER: (&str, &str) = (
    "Order",
    "element i is added to lane i mod 8, one after the other; then the lanes are added as\n\
     ((l0 + l4) + (l2 + l6)) + ((l1 + l5) + (l3 + l7))",
);

fn sum(frame: &Frame) -> String {
    let call = Shape::Call("forward".to_string(), frame.passed());
    let statements = [
        lengths(frame, &[]),
        format!("    let mut lanes = [0.0; {LANES}];\n"),
        each(frame, &[], true),
        layout::statement(8, "let loss = ", &call, ";\n"),
        format!("        lanes[i % {LANES}] += {};\n    }}\n    lane_sum(lanes)\n", frame.wide("loss")),
    ]
    .concat();
    let facts = [ORDER, ("Edges", "no elements: 0; an element that is NaN: NaN")];
    let what = format!("the sum of the {} losses, each widened to f64", frame.float());
    over_slices("forward_sum", &docs::sum(frame, &what, &facts, &[]), &frame.slices(), "f64", &statements)
}

fn mean(frame: &Frame) -> String {
    let x = &frame.names.x;
    let sum = Shape::Call("forward_sum".to_string(), frame.passed());
    let statements = layout::statement(4, "let sum = ", &sum, &format!(";\n    sum / {x}.len() as f64\n"));
    let facts = [("Edges", "no elements: NaN; an element that is NaN: NaN")];
    let what = "`forward_sum` divided by the number of elements";
    over_slices("forward_mean", &docs::sum(frame, what, &facts, &[]), &frame.slices(), "f64", &statements)
}

fn scaled_sum(frame: &Frame) -> String {
    let float = frame.float();
    let mut arguments = frame.slices();
    arguments.extend([format!("scale: {float}"), format!("grad: &mut [{float}]")]);
    let call = Shape::Call("forward_backward".to_string(), frame.passed());
    let statements = [
        lengths(frame, &["grad"]),
        format!("    let mut lanes = [0.0; {LANES}];\n"),
        each(frame, &["grad"], true),
        layout::statement(8, "let (loss, d_x) = ", &call, ";\n"),
        format!("        lanes[i % {LANES}] += {};\n", frame.wide("loss")),
        format!("        *grad = scale * d_x;\n    }}\n    {} * lane_sum(lanes)\n", frame.wide("scale")),
    ]
    .concat();
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
    let docs = docs::sum(frame, what, &facts, &["grad"]);
    over_slices("forward_backward_sum", &docs, &arguments, "f64", &statements)
}
