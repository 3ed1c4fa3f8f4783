//! Functions of an emitted file → their stages with names; stages that are equal are one.

use super::items::{FUNCTIONS, Function};
use super::stage::{self, Stage, stages};
use super::{Frame, layout};
use crate::kernel::{Inst, Val};

/// A longer name of a stage is cut.
const NAME: usize = 32;

/// A stage with its name.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name of its function.
    pub name: String,
    /// What it computes.
    pub stage: Stage,
    /// The outputs that it gives, where it is the last one.
    pub outputs: Vec<usize>,
}

/// A function of scalars in stages.
pub struct Planned {
    /// The function.
    pub function: &'static Function,
    /// Its stages, in order.
    pub stages: Vec<Named>,
    /// Which of the last stage's outputs it gives, where that has more.
    pub part: Option<usize>,
}

/// The functions of a file.
pub struct Plan {
    /// What names of stages begin with, before `stage`.
    of: &'static str,
    /// In their order.
    pub functions: Vec<Planned>,
    /// Every stage, once.
    pub stages: Vec<Named>,
}

/// The stages of some functions; their names begin with a word of their own where a file has several plans.
pub fn of(frame: &Frame, functions: &[&'static Function], of: &'static str) -> Plan {
    let mut plan = Plan { of, functions: Vec::new(), stages: Vec::new() };
    for function in functions {
        let (outputs, part) = match shared(frame, function) {
            Some((whole, part)) => (whole.outputs, Some(part)),
            None => (function.outputs, None),
        };
        let all = stages(frame.kernel, outputs);
        let last = all.len() - 1;
        let named = |(place, stage): (usize, Stage)| {
            let outputs = if place == last { outputs } else { &[] };
            plan.named(frame, stage, outputs)
        };
        let stages = all.into_iter().enumerate().map(named).collect();
        plan.functions.push(Planned { function, stages, part });
    }
    plan
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
    let own = stage::live(frame.kernel, function.outputs);
    let rest = stage::live(frame.kernel, whole.outputs).into_iter().filter(|value| !own.contains(value));
    let cheap = rest.into_iter().all(|value| !stage::is_costly(&frame.kernel.lets[value.0].inst));
    let part = whole.outputs.iter().position(|one| one == output);
    part.filter(|_| cheap).map(|part| (whole, part))
}

impl Plan {
    /// A stage under another name.
    pub fn rename(&mut self, name: &str, to: &str) {
        let all = self.functions.iter_mut().flat_map(|planned| &mut planned.stages).chain(&mut self.stages);
        all.filter(|stage| stage.name == name).for_each(|stage| stage.name = to.to_string());
    }

    /// The stage under the name that it has, or under a new one: `stage_` and what it gives.
    fn named(&mut self, frame: &Frame, stage: Stage, outputs: &[usize]) -> Named {
        if let Some(known) = self.stages.iter().find(|one| one.stage == stage && one.outputs == outputs) {
            return known.clone();
        }
        let gives = stage.gives.iter().map(|value| frame.names.lets[value.0].clone());
        let outputs_named = outputs.iter().map(|&output| frame.kernel.outputs[output].name.to_string());
        let words: Vec<String> =
            gives.chain(outputs_named).map(|word| word.trim_end_matches('_').to_string()).collect();
        let stem: String = format!("{}stage_{}", self.of, words.join("_")).chars().take(NAME).collect();
        let stem = stem.trim_end_matches('_').to_string();
        let numbered = (2..).map(|number| format!("{stem}_{number}"));
        let free = |name: &String| {
            let open = frame.names.open.iter().map(|(_, name)| name);
            self.stages.iter().all(|one| one.name != *name)
                && frame.names.lets.iter().chain(open).all(|one| one != name)
        };
        let name = std::iter::once(stem.clone()).chain(numbered).find(free).expect("numbers do not end");
        let named = Named { name, stage, outputs: outputs.to_vec() };
        self.stages.push(named.clone());
        named
    }
}

impl Named {
    /// Does it have a let of that instruction?
    fn uses(&self, frame: &Frame, wanted: impl Fn(&Inst) -> bool) -> bool {
        self.stage.lets.iter().any(|value| wanted(&frame.kernel.lets[value.0].inst))
    }

    /// The inputs that it reads, by their place among the inputs.
    pub fn inputs(&self, frame: &Frame) -> Vec<usize> {
        let reads = [
            self.uses(frame, |inst| *inst == Inst::X),
            self.uses(frame, |inst| *inst == Inst::LabelIsOne),
            frame.kernel.weighted && self.outputs.iter().any(|&output| !frame.kernel.outputs[output].inside),
        ];
        (0..3).filter(|place| reads[*place]).collect()
    }

    /// The names of the open parameters that it reads.
    pub fn parameters<'a>(&self, frame: &'a Frame) -> Vec<&'a str> {
        let open = frame.names.open.iter();
        let used = open.filter(|(place, _)| self.uses(frame, |inst| *inst == Inst::Parameter(*place)));
        used.map(|(_, name)| name.as_str()).collect()
    }

    /// What a row gives that it reads: each let, by place.
    pub fn given(&self, frame: &Frame) -> Vec<Val> {
        let given = |value: &&Val| matches!(frame.kernel.lets[value.0].inst, Inst::Given(_));
        self.stage.lets.iter().filter(given).copied().collect()
    }

    /// The names of its arguments: inputs, open parameters, what it takes.
    pub fn arguments(&self, frame: &Frame) -> Vec<String> {
        let typed = self.typed_arguments(frame);
        typed.iter().map(|one| one.split(':').next().unwrap_or_default().to_string()).collect()
    }

    /// Its arguments with their types.
    pub fn typed_arguments(&self, frame: &Frame) -> Vec<String> {
        let (float, label) = (frame.float(), frame.label());
        let (names, types) = (frame.inputs(), [&float, &label, &float]);
        let inputs = self.inputs(frame).into_iter().map(|place| format!("{}: {}", names[place], types[place]));
        let open = self.parameters(frame).into_iter().map(|name| format!("{name}: {float}"));
        let held = |value: Val| format!("{}: {}", frame.names.lets[value.0], frame.held(value));
        let handed = self.given(frame).into_iter().chain(self.stage.takes.iter().copied()).map(held);
        inputs.chain(open).chain(handed).collect()
    }

    /// What it computes, in words.
    pub fn about(&self, frame: &Frame) -> String {
        let meaning = |value: &Val| {
            let one = &frame.kernel.lets[value.0];
            if one.meaning.is_empty() { frame.names.lets[value.0].clone() } else { layout::plain(&one.meaning) }
        };
        let outputs = self.outputs.iter().map(|&output| frame.output(output));
        let words: Vec<String> = self.stage.gives.iter().map(meaning).chain(outputs).collect();
        format!("A stage: {}.", words.join("; "))
    }
}
