//! Outputs of a kernel → stages: which lets are computed together, and what is handed on from stage to stage.
//!
//! A loop over one long body waits for its own results, and compilers do not interleave turns of it; short loops, one
//! a stage, over blocks that stay in the nearest cache do not wait. A stage ends where an elementary function has given
//! its result. What later stages need of it is the cheapest cut between what is known and what is still to be computed:
//! lets that are cheap to compute again from inputs or from what is handed on are computed again.
//!
//! Where exponentials are in two (see `halves`), a stage ends between them, and before a logarithm rather than behind it.

use std::collections::BTreeSet;

use super::cut::Graph;
use super::halves;
use crate::kernel::{Inst, Kernel, Val};

/// A last stage with no more lets of its own is a part of the stage before it.
const SMALL: usize = 2;

/// Lets that are computed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What it takes from stages before it.
    pub takes: Vec<Val>,
    /// What it computes, in order.
    pub lets: Vec<Val>,
    /// What it hands on; the last stage hands nothing on, it gives outputs.
    pub gives: Vec<Val>,
}

/// The stages of some outputs; one at least.
pub fn stages(kernel: &Kernel, outputs: &[usize]) -> Vec<Stage> {
    let results = results(kernel, outputs);
    let ends = ends(kernel);
    let levels = levels(kernel, &ends);
    let live = closure(kernel, &results, &BTreeSet::new());
    let most = live.iter().map(|value| levels[value.0]).max().unwrap_or(0);
    let mut known = BTreeSet::new();
    let mut last: Vec<Val> = Vec::new();
    let mut stages = Vec::new();
    for level in 1..=most {
        // a second half is done in the stage behind its first half, though it may be wanted only later
        let raised = |v: &Val| matches!(kernel.lets[v.0].inst, Inst::Raised(..)) && levels[v.0] < level;
        let done: Vec<Val> = live.iter().copied().filter(|v| ends[v.0] && levels[v.0] <= level || raised(v)).collect();
        let computed = closure(kernel, &done, &known);
        let dear = computed.iter().copied().filter(|value| is_dear(&kernel.lets[value.0].inst));
        let heavy = done.iter().copied().filter(|value| is_heavy(&kernel.lets[value.0].inst));
        let sources: Vec<Val> = last.iter().copied().chain(dear).chain(heavy).collect();
        let rest: Vec<Val> =
            live.iter().copied().filter(|v| results.contains(v) || ends[v.0] && levels[v.0] > level).collect();
        let Some(cut) = cut(kernel, &live, (&levels, &ends), level, &known, (&sources, &rest)) else { continue };
        let gives: Vec<Val> = cut.iter().copied().filter(|value| !known.contains(value)).collect();
        if gives.is_empty() || level == most && own(kernel, &levels, &results, &known, &cut) <= SMALL {
            continue;
        }
        stages.push(stage(kernel, &gives, &known, gives.clone()));
        known.extend(cut.iter().copied());
        last = cut;
    }
    stages.push(stage(kernel, &results, &known, Vec::new()));
    stages
}

/// The lets that outputs are made of; `X` too where a select may lose its NaN, and it is not the row that asks for it.
fn results(kernel: &Kernel, outputs: &[usize]) -> Vec<Val> {
    let mut results: Vec<Val> = outputs.iter().map(|&output| kernel.outputs[output].value).collect();
    let finished = outputs.iter().map(|&output| &kernel.outputs[output]).filter(|output| !output.inside);
    if finished.into_iter().any(|output| !kernel.keeps_nan(output.value)) {
        results.extend(kernel.lets.iter().position(|one| one.inst == Inst::X).map(Val));
    }
    results
}

/// The lets that some outputs need, in order.
pub fn live(kernel: &Kernel, outputs: &[usize]) -> Vec<Val> {
    closure(kernel, &results(kernel, outputs), &BTreeSet::new())
}

/// What the text of a let reads: the negative of `where(label, a, -a)` is not computed.
pub fn reads(kernel: &Kernel, value: Val) -> Vec<Val> {
    let inst = &kernel.lets[value.0].inst;
    match (inst, turned(kernel, inst)) {
        (Inst::Select(label, ..), Some((plain, _))) => vec![*label, plain],
        _ => inst.operands(),
    }
}

/// Of `where(label, a, -a)` and `where(label, -a, a)`: a, and whether the label 1 turns its sign.
pub fn turned(kernel: &Kernel, inst: &Inst) -> Option<(Val, bool)> {
    let Inst::Select(label, yes, no) = *inst else { return None };
    if kernel.lets[label.0].inst != Inst::LabelIsOne {
        return None;
    }
    match (&kernel.lets[yes.0].inst, &kernel.lets[no.0].inst) {
        (_, Inst::Neg(a)) if *a == yes => Some((yes, false)),
        (Inst::Neg(a), _) if *a == no => Some((no, true)),
        _ => None,
    }
}

/// Is it an elementary function, or the first half of one?
fn is_heavy(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Exp(_)
            | Inst::ExpMinus(_)
            | Inst::ExpPair(_)
            | Inst::Reduced(..)
            | Inst::Log1p(_)
            | Inst::TwoAtanh(_)
            | Inst::Ln(..)
            | Inst::Sqrt(_)
    )
}

/// Is it more than plain arithmetic, which the compiler removes where nobody wants it?
pub fn is_costly(inst: &Inst) -> bool {
    is_heavy(inst) || matches!(inst, Inst::Raised(..) | Inst::Div(..))
}

/// Is it too dear to be computed twice?
fn is_dear(inst: &Inst) -> bool {
    matches!(
        inst,
        Inst::Raised(..)
            | Inst::TwoAtanh(_)
            | Inst::Div(..)
            | Inst::TwoProduct(..)
            | Inst::PairTimes(..)
            | Inst::PairPlus(..)
    )
}

/// Which lets end a stage: elementary functions; where exponentials are in two, their first halves and what logarithms
/// take, a quotient.
fn ends(kernel: &Kernel) -> Vec<bool> {
    let parted = halves::wanted(kernel);
    let mut ends: Vec<bool> = kernel.lets.iter().map(|one| is_heavy(&one.inst)).collect();
    for (place, one) in kernel.lets.iter().enumerate() {
        if let (Inst::TwoAtanh(quotient), true) = (one.inst, parted) {
            (ends[place], ends[quotient.0]) = (false, true);
        }
    }
    ends
}

/// How many ends of stages stand before each let, one after the other, itself included.
fn levels(kernel: &Kernel, ends: &[bool]) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::with_capacity(kernel.lets.len());
    for (place, end) in ends.iter().enumerate() {
        let before = reads(kernel, Val(place)).iter().map(|value| levels[value.0]).max().unwrap_or(0);
        levels.push(before + usize::from(*end));
    }
    levels
}

/// What has to be computed for some lets where others are known, in order.
fn closure(kernel: &Kernel, wanted: &[Val], known: &BTreeSet<Val>) -> Vec<Val> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<Val> = wanted.to_vec();
    while let Some(value) = open.pop() {
        if !known.contains(&value) && needed.insert(value) {
            open.extend(reads(kernel, value));
        }
    }
    needed.into_iter().collect()
}

/// How many lets past an elementary function a stage would have that computes the results.
fn own(kernel: &Kernel, levels: &[usize], results: &[Val], known: &BTreeSet<Val>, cut: &[Val]) -> usize {
    let known: BTreeSet<Val> = known.iter().chain(cut).copied().collect();
    closure(kernel, results, &known).iter().filter(|value| levels[value.0] > 0).count()
}

fn stage(kernel: &Kernel, wanted: &[Val], known: &BTreeSet<Val>, gives: Vec<Val>) -> Stage {
    let lets = closure(kernel, wanted, known);
    let read: BTreeSet<Val> = lets.iter().flat_map(|value| reads(kernel, *value)).chain(wanted.to_vec()).collect();
    Stage { takes: read.intersection(known).copied().collect(), lets, gives }
}

/// What is handed on behind the functions of a level: reals, and pairs as the two that they are held in. What a stage
/// before gave costs least, what hangs on this level's functions most: a stage ends with them. Where exponentials are in
/// two, what neither ends a stage nor is dear costs as much as four that do; a first half costs no more for being held in two.
fn cut(
    kernel: &Kernel,
    live: &[Val],
    (levels, ends): (&[usize], &[bool]),
    level: usize,
    known: &BTreeSet<Val>,
    (sources, sinks): (&[Val], &[Val]),
) -> Option<Vec<Val>> {
    let cost = |value: &Val| {
        let inst = &kernel.lets[value.0].inst;
        let possible = levels[value.0] <= level && !matches!(inst, Inst::Less(..) | Inst::Equal(..) | Inst::Same(..));
        // What is finished would not be handed on.
        let finished = sinks.contains(value) && !sources.contains(value);
        let each = match halves::wanted(kernel) {
            _ if known.contains(value) => 1,
            true if ends[value.0] || is_dear(inst) => 2,
            true => 8,
            false if levels[value.0] < level || is_heavy(inst) => 2,
            false => 3,
        };
        let pair = kernel.is_pair(*value) && !matches!(inst, Inst::Reduced(..));
        (possible && !finished).then_some(if pair { 2 * each } else { each })
    };
    let place = |value: &Val| live.binary_search(value).expect("it is live");
    let mut graph = Graph::new(&live.iter().map(cost).collect::<Vec<_>>());
    for value in live {
        reads(kernel, *value).iter().for_each(|operand| graph.edge(place(operand), place(value)));
    }
    let places = |values: &[Val]| values.iter().map(place).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
    let cut = graph.cut(&places(sources), &places(sinks))?;
    Some(cut.into_iter().map(|node| live[node]).collect())
}
