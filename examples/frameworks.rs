//! How far public implementations of focal loss are from what they state, and from the paper's loss.
//!
//! ```text
//! cargo run --release --example frameworks
//! ```
//!
//! Reads the recordings in `tests/peers/recordings`, runs what is emitted in place of each function at the same points
//! (`rustc` compiles it), judges both by arbitrary precision, and prints the tables of `docs/frameworks.md`. Where a truth is below the least normal number of its format, nothing relative is said of it.

use std::collections::BTreeMap;

use focal_derive::format::Format;
use focal_derive::oracle::Outcome as Truth;

#[allow(dead_code)]
#[path = "../tests/it/peers/emitted.rs"]
mod emitted;
#[allow(dead_code)]
#[path = "../tests/it/peers/plan.rs"]
mod plan;
#[allow(dead_code)]
#[path = "../tests/it/peers/range.rs"]
mod range;
#[allow(dead_code)]
#[path = "../tests/it/peers/recording.rs"]
mod recording;

use emitted::Emitted;
use plan::{Plan, Term};
use recording::{Case, Outcome, RECORDINGS, Recording};

/// A relative difference that counts as another value.
const OFF: f64 = 1e-3;
/// Probabilities nearer to 0 or 1, and logits further out, are told of apart.
const NEAR: f64 = 1e-7;
const FAR: f64 = 16.0;

/// What was found of one kind of value.
#[derive(Default)]
struct Tally {
    values: usize,
    ulps: f64,
    relative: f64,
    off: usize,
    broken: usize,
}

impl Tally {
    fn add(&mut self, value: f64, truth: Truth, format: Format) {
        let Truth::Value(known) = truth else { return };
        let exact = known.to_f64();
        let normal = match format {
            Format::F32 => f64::from(f32::MIN_POSITIVE),
            Format::F64 => f64::MIN_POSITIVE,
        };
        if !known.is_zero() && exact.abs() < normal {
            return;
        }
        self.values += 1;
        if !value.is_finite() {
            self.broken += 1;
            self.off += 1;
            return;
        }
        self.ulps = self.ulps.max(known.ulps(value, format));
        let relative = match (value == exact, exact == 0.0) {
            (true, _) => 0.0,
            (_, true) => f64::INFINITY,
            _ => ((value - exact) / exact).abs(),
        };
        self.relative = self.relative.max(relative);
        self.off += usize::from(relative > OFF);
    }

    fn stated(&self, ours: &Tally) -> String {
        let ours = ours.beside(ours.ulps);
        format!("{} | {} | {} | {} | {ours}", self.values, number(self.ulps), self.off, self.broken)
    }

    fn paper(&self, ours: &Tally) -> String {
        let ours = ours.beside(ours.relative);
        format!("{} | {} | {} | {ours}", self.values, self.values - self.off, number(self.relative))
    }

    /// The largest error of what is emitted, and of how many results.
    fn beside(&self, largest: f64) -> String {
        if self.values == 0 { "–".to_string() } else { format!("{} ({})", number(largest), self.values) }
    }
}

fn number(value: f64) -> String {
    match value {
        0.0 => "0".to_string(),
        value if value.is_infinite() => "∞".to_string(),
        value if (0.01..1000.0).contains(&value) => format!("{value:.2}"),
        value => format!("{value:.1e}"),
    }
}

/// Losses and gradients of a function, and those of the kernel in its place.
type Tallies = BTreeMap<(String, &'static str, &'static str), [[Tally; 2]; 2]>;

fn main() {
    let (mut stated, mut paper) = (Tallies::new(), Tallies::new());
    for file in RECORDINGS {
        let recording = Recording::read(file);
        let made: Vec<String> = recording.made.iter().map(|(name, value)| format!("{name} {value}")).collect();
        println!("{file}: {}", made.join(", "));
        let folder = std::env::temp_dir().join(format!("focal-derive-frameworks-{}", std::process::id())).join(file);
        std::fs::create_dir_all(&folder).expect("a folder for programs");
        let kernels = emitted::run(&recording.cases, &|_| {}, &folder);
        std::fs::remove_dir_all(&folder).expect("the folder is there");
        for (case, kernels) in recording.cases.iter().zip(&kernels) {
            let kernel = kernels.first().map(|kernel| Ours::of(case, kernel));
            if let (Some(plan), Outcome::Values { loss, gradient, .. }) = (Plan::of(case), &case.outcome) {
                for (number, (group, loss)) in plan.groups.iter().zip(loss).enumerate() {
                    let key = (variant(case, group), by(case), float(case));
                    let [theirs, ours] = stated.entry(key.clone()).or_default();
                    judge(theirs, plan.truths(group), (*loss, group, gradient), case.format);
                    kernel.iter().for_each(|kernel| kernel.judge(ours, number, true));
                    if let Some(place) = place(case, group) {
                        let [theirs, ours] = paper.entry((key.0, key.1, place)).or_default();
                        judge(theirs, plan.papers(group), (*loss, group, gradient), case.format);
                        kernel.iter().for_each(|kernel| kernel.judge(ours, number, false));
                    }
                }
            }
        }
    }
    println!(
        "\n| function | by | float | losses | ulp | off | not finite | emitted | gradients | ulp | off | not finite | emitted |"
    );
    println!("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for ((function, by, float), [theirs, ours]) in &stated {
        println!("| {function} | {by} | {float} | {} | {} |", theirs[0].stated(&ours[0]), theirs[1].stated(&ours[1]));
    }
    println!(
        "\n| function | by | where | losses | same | largest difference | emitted | gradients | same | largest difference | emitted |"
    );
    println!("|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for ((function, by, place), [theirs, ours]) in &paper {
        println!("| {function} | {by} | {place} | {} | {} |", theirs[0].paper(&ours[0]), theirs[1].paper(&ours[1]));
    }
}

/// The first kernel in place of a function, at a case.
struct Ours<'a> {
    case: &'a Case,
    kernel: &'a Emitted,
    /// With the parameters that the kernel has.
    plan: Plan,
}

impl<'a> Ours<'a> {
    fn of(case: &'a Case, kernel: &'a Emitted) -> Ours<'a> {
        Ours { case, kernel, plan: Plan::of(&emitted::in_floats(case)).expect("it has a plan") }
    }

    /// Judges it at a group: by what the function states, where the kernel computes the same, or by the paper's loss.
    fn judge(&self, tallies: &mut [Tally; 2], group: usize, stated: bool) {
        let (group, format) = (&self.plan.groups[group], self.case.format);
        let (loss, slopes) = if stated { self.plan.truths(group) } else { self.plan.papers(group) };
        let counts = |term: &Term| match stated {
            true => emitted::same(self.case, &self.plan, self.kernel, term),
            false => emitted::takes(self.case, &self.plan, self.kernel, term),
        };
        if group.iter().all(counts) {
            tallies[0].add(self.kernel.loss(group, self.plan.divisor).value, loss, format);
        }
        for (term, slope) in group.iter().zip(slopes).filter(|(term, _)| counts(term)) {
            tallies[1].add(self.kernel.slope(term, self.plan.divisor).value, slope, format);
        }
    }
}

fn judge(
    tallies: &mut [Tally; 2],
    (truth, slopes): (Truth, Vec<Truth>),
    (loss, group, gradient): (f64, &[Term], &[f64]),
    format: Format,
) {
    tallies[0].add(loss, truth, format);
    for (term, slope) in group.iter().zip(slopes) {
        tallies[1].add(gradient[term.place], slope, format);
    }
}

fn by(case: &Case) -> &'static str {
    if case.file == "keras-tensorflow" { "TensorFlow" } else { "torch" }
}

fn float(case: &Case) -> &'static str {
    if case.format == Format::F32 { "f32" } else { "f64" }
}

/// The function, and what of its settings makes it another one.
fn variant(case: &Case, group: &[Term]) -> String {
    let name = case.function.trim_end_matches(", row by row").trim_start_matches("keras.losses.");
    let soft = case.function.contains("ategorical") || !case.function.starts_with("FocalLoss");
    let detail = match case.numbers("alpha") {
        _ if soft && group.iter().any(|term| ![0.0, 1.0].contains(&case.target[term.place])) => ", soft labels",
        Some(list) if case.function.starts_with("FocalLoss") => {
            if (list.iter().sum::<f64>() - 1.0).abs() < 1e-9 {
                ", list of sum 1"
            } else {
                ", list of another sum"
            }
        }
        None if case.function.starts_with("FocalLoss") => ", number",
        Some(_) => ", alpha a list",
        _ if case.says("apply_class_balancing") == Some(true) => ", balanced",
        _ if case.function.ends_with("ategorical") || case.function.contains("Categorical") => {
            let sum: f64 = group.iter().map(|term| case.input[term.place]).sum();
            if (sum - 1.0).abs() < 1e-6 { ", rows of sum 1" } else { ", other rows" }
        }
        _ => "",
    };
    format!("{name}{detail}")
}

/// Where a group lies, for the comparison with the paper's loss: in f64, of probabilities and hard labels alone.
fn place(case: &Case, group: &[Term]) -> Option<&'static str> {
    let alone = case.function.starts_with("FocalLoss") && group.len() > 1;
    let reduced = case.word("reduction").is_some();
    if case.format == Format::F32 || alone || reduced || variant(case, group).ends_with("soft labels") {
        return None;
    }
    let inputs = || group.iter().map(|term| case.input[term.place]);
    if case.file == "torchvision" {
        return Some(if inputs().all(|x| x.abs() <= FAR) { "up to ±16" } else { "beyond ±16" });
    }
    if inputs().all(|p| NEAR < p && p < 1.0 - NEAR) {
        return Some("between the bounds");
    }
    inputs().all(|p| 0.0 < p && p < 1.0).then_some("beyond the bounds")
}
