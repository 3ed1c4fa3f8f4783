//! What an emitted file holds below its header: constants, functions of scalars, of slices, sums, private functions.

use std::collections::BTreeSet;

use super::layout::{self, Shape};
use super::plan::{self, Planned};
use super::{Frame, body, docs, helpers, inst, slices};
use crate::kernel::{Format, Setting};

/// A function of scalars.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The outputs that it gives, by place.
    pub outputs: &'static [usize],
}

/// Every function of scalars, and the least order that has it.
pub const FUNCTIONS: [(usize, Function); 5] = [
    (0, Function { name: "forward", outputs: &[0] }),
    (1, Function { name: "backward", outputs: &[1] }),
    (1, Function { name: "forward_backward", outputs: &[0, 1] }),
    (2, Function { name: "hessian", outputs: &[2] }),
    (2, Function { name: "backward_hessian", outputs: &[1, 2] }),
];

/// All items.
pub fn text(frame: &Frame) -> String {
    let order = frame.kernel.outputs.len() - 1;
    let functions: Vec<&'static Function> =
        FUNCTIONS.iter().filter(|(least, _)| *least <= order).map(|(_, function)| function).collect();
    let plan = plan::of(frame, &functions, "");
    let mut calls = BTreeSet::from(["same_length", "lane_sum"]);
    let mut items = constants(frame);
    items.extend(plan.functions.iter().map(|planned| scalar(frame, planned)));
    items.extend(slices::text(frame, &plan));
    items.extend(plan.stages.iter().map(|stage| self::stage(frame, stage, &mut calls)));
    items.extend(validity(frame));
    let wide = frame.wide("loss");
    items.push(helpers::add_losses(&frame.float(), &wide));
    items.extend(helpers::text(&calls, frame));
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
    pub fn arguments(&self, form: fn(&str) -> String) -> Vec<String> {
        let (float, label) = (self.float(), self.label());
        let types = [&float, &label, &float];
        let inputs = self.inputs();
        let inputs = inputs.iter().zip(types).map(|(name, of)| format!("{name}: {}", form(of)));
        inputs.chain(self.names.open.iter().map(|(_, name)| format!("{name}: {float}"))).collect()
    }

    fn scalars(&self) -> Vec<String> {
        self.arguments(str::to_string)
    }

    pub fn slices(&self) -> Vec<String> {
        self.arguments(|of| format!("&[{of}]"))
    }

    /// The names of all arguments of a function of scalars.
    pub fn passed(&self) -> Vec<String> {
        self.inputs().into_iter().chain(self.names.open.iter().map(|(_, name)| name.clone())).collect()
    }

    /// A value of the format as f64.
    pub fn wide(&self, name: &str) -> String {
        if self.kernel.format == Format::F32 { format!("f64::from({name})") } else { name.to_string() }
    }
}

/// Parameters that have a value.
pub fn constants(frame: &Frame) -> Vec<String> {
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
pub fn allowance(literals: &[f64]) -> String {
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
pub fn arguments_allowance(count: usize) -> &'static str {
    if count > 7 {
        "// One argument for each input, parameter and result.\n#[allow(clippy::too_many_arguments)]\n"
    } else {
        ""
    }
}

/// `#[allow(clippy::type_complexity)]` where many pairs are given.
fn results_allowance(results: &[String]) -> &'static str {
    let pairs = results.iter().filter(|result| result.starts_with('(')).count();
    if pairs > 3 { "// One pair for each value that is handed on.\n#[allow(clippy::type_complexity)]\n" } else { "" }
}

fn scalar(frame: &Frame, planned: &Planned) -> String {
    let function = planned.function;
    let float = frame.float();
    let arguments = frame.scalars();
    [
        docs::comment(&docs::scalar(frame, function)),
        "#[allow(dead_code)]\n".to_string(),
        arguments_allowance(arguments.len()).to_string(),
        "#[inline(always)]\n".to_string(),
        layout::signature("pub ", function.name, &arguments, &tuple(&vec![float; function.outputs.len()])),
        format!("\n{}}}\n", composed(frame, planned)),
    ]
    .concat()
}

/// One in itself, more in brackets.
pub fn tuple(parts: &[String]) -> String {
    if parts.len() == 1 { parts[0].clone() } else { format!("({})", parts.join(", ")) }
}

/// The statements of a function of scalars: NaN where an argument is none, then stage after stage.
fn composed(frame: &Frame, planned: &Planned) -> String {
    let mut statements = String::new();
    if !body::conditions(frame).is_empty() {
        let nan = vec![format!("{}::NAN", frame.float()); planned.function.outputs.len()];
        let check = Shape::Call("is_valid".to_string(), frame.checked());
        let weighted = if frame.kernel.weighted { " && w != 0.0" } else { "" };
        statements = layout::statement(4, "let valid = ", &check, ";\n");
        statements.push_str(&format!("    if !valid{weighted} {{\n        return {};\n    }}\n", tuple(&nan)));
    }
    let (last, before) = planned.stages.split_last().expect("a stage");
    for stage in before {
        let names: Vec<String> = stage.stage.gives.iter().map(|value| frame.names.lets[value.0].clone()).collect();
        let call = Shape::Call(stage.name.clone(), stage.arguments(frame));
        statements.push_str(&layout::statement(4, &format!("let {} = ", tuple(&names)), &call, ";\n"));
    }
    let call = Shape::Call(last.name.clone(), last.arguments(frame));
    match planned.part {
        None => statements.push_str(&layout::statement(4, "", &call, "\n")),
        Some(part) => {
            let wanted = frame.kernel.outputs[last.outputs[part]].name;
            let name = |place: usize| if place == part { wanted } else { "_" };
            let names: Vec<String> = (0..last.outputs.len()).map(|place| name(place).to_string()).collect();
            let result = format!(";\n    {wanted}\n");
            statements.push_str(&layout::statement(4, &format!("let {} = ", tuple(&names)), &call, &result));
        }
    }
    statements
}

/// A private function: a stage.
pub fn stage(frame: &Frame, stage: &plan::Named, calls: &mut BTreeSet<&'static str>) -> String {
    let body = body::of(frame, &stage.stage, &stage.outputs);
    calls.extend(body.calls);
    let typed = stage.typed_arguments(frame);
    let float = frame.float();
    let results: Vec<String> = stage.stage.gives.iter().map(|value| frame.held(*value)).collect();
    let outputs = stage.outputs.iter().map(|&output| match &frame.kernel.outputs[output] {
        output if output.inside => frame.held(output.value),
        _ => float.clone(),
    });
    let results: Vec<String> = results.into_iter().chain(outputs).collect();
    [
        docs::comment(&[stage.about(frame)]),
        "#[allow(dead_code)]\n".to_string(),
        allowance(&body.literals),
        arguments_allowance(typed.len()).to_string(),
        results_allowance(&results).to_string(),
        "#[inline(always)]\n".to_string(),
        layout::signature_of("", &stage.name, &typed, &results),
        format!("\n{}}}\n", body.text),
    ]
    .concat()
}

/// The test of what must be a label or in a domain, where something can be wrong.
pub fn validity(frame: &Frame) -> Option<String> {
    let conditions = body::conditions(frame);
    let (last, before) = conditions.split_last()?;
    let mut statements = String::new();
    for (place, condition) in before.iter().enumerate() {
        let and = if place == 0 { "" } else { "valid && " };
        statements.push_str(&format!("    let valid = {and}{condition};\n"));
    }
    let and = if before.is_empty() { "" } else { "valid && " };
    let arguments: Vec<String> = frame.checked_with_types();
    let about = match frame.kernel.within {
        Some(_) => "/// Is the input in its domain, the label one, and every parameter in its domain?",
        None if frame.spec.inputs.len() < 2 => "/// Is every parameter in its domain?",
        None => "/// Is the label one, and is every parameter in its domain?",
    };
    Some(
        [
            about,
            "\n#[allow(dead_code)]\n#[inline(always)]\n",
            &layout::signature("", "is_valid", &arguments, "bool"),
            &format!("\n{statements}    {and}{last}\n}}\n"),
        ]
        .concat(),
    )
}

impl Frame<'_> {
    /// The arguments that may be invalid: an input that is bounded, the label, unless it is a bool, and open parameters.
    pub fn checked(&self) -> Vec<String> {
        self.checked_with_types().iter().map(|one| one.split(':').next().unwrap_or_default().to_string()).collect()
    }

    fn checked_with_types(&self) -> Vec<String> {
        let within = self.kernel.within.map(|_| format!("{}: {}", self.names.x, self.float()));
        let label = (self.options.labels != super::Labels::Bool).then(|| format!("{}: {}", self.names.y, self.label()));
        let open = self.names.open.iter().map(|(_, name)| format!("{name}: {}", self.float()));
        within.into_iter().chain(label).chain(open).collect()
    }
}
