//! Times → a dated Markdown table, and its place in a document.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use super::make::FUNCTIONS;
use super::measure::Timed;
use super::rows::{CAREFUL, HAND_WRITTEN, MEMORY, TEXTBOOK};

/// What was timed on.
pub struct Machine {
    date: String,
    processor: String,
    rustc: String,
}

impl Machine {
    pub fn this(rustc: &str) -> Machine {
        let date = Command::new("date").args(["-u", "+%F"]).output();
        let date = date.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).into());
        let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |name: &str| {
            let line = info.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
            line.and_then(|line| line.split(':').nth(1)).map_or("unknown", str::trim).to_string()
        };
        let [name, family, model] = ["model name", "cpu family", "model"].map(field);
        let features =
            ["avx2", "fma", "avx512f"].into_iter().filter(|wanted| info.split(' ').any(|flag| flag == *wanted));
        let features = features.collect::<Vec<_>>().join(", ");
        let processor = format!("{name} (family {family}, model {model}; {features})");
        Machine { date: date.trim().to_string(), processor, rustc: rustc.to_string() }
    }
}

/// The tables of every function and float type, and what there is not.
pub fn text(all: &[Timed], missing: &[String], machine: &Machine) -> String {
    let Machine { date, processor, rustc } = machine;
    let mut text = format!("{date}, {processor}, {rustc}; `sh benches/run --write`.\n");
    for function in FUNCTIONS {
        for float in ["f32", "f64"] {
            text += &section(all, function, float);
        }
    }
    if !missing.is_empty() {
        text += "\nNot there:\n\n";
        text.extend(missing.iter().map(|line| format!("- {line}\n")));
    }
    text
}

fn section(all: &[Timed], function: &str, float: &str) -> String {
    let title = if function == FUNCTIONS[0] { "Loss and gradient" } else { "Gradient and Hessian" };
    let head =
        ["kernel", "target", "10⁴", "10⁶", "10⁶ fresh", "10⁷", "÷ memory", "careful ÷", "textbook ÷", "÷ hand-written"];
    let mut text =
        format!("\n### {title}, {float}\n\n{}\n|---|---|{}\n", line(&head.map(String::from)), "--:|".repeat(8));
    for timed in all.iter().filter(|timed| timed.function == function && timed.library.float == float) {
        if timed.library.name == MEMORY && timed.library.labels != "u8" {
            continue;
        }
        text += &line(&row(all, timed));
        text.push('\n');
    }
    text
}

fn line(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn row(all: &[Timed], timed: &Timed) -> [String; 10] {
    let time = |i: usize| format!("{:.2}", timed.times[i]);
    let name = &timed.library.name;
    let slowest = timed.times.iter().copied().fold(0.0, f64::max);
    let faster = |yardstick: &str| match (best(all, timed, yardstick, 0..4), best(all, timed, yardstick, 2..3)) {
        (Some(best), Some(fresh)) if name != yardstick && name != MEMORY => {
            format!("{:.2} / {:.2}", best / slowest, fresh / timed.times[2])
        }
        _ => String::new(),
    };
    let memory = if name == MEMORY { String::new() } else { over(timed, &memory(all, timed)) };
    let hand = all.iter().find(|other| {
        other.library.name == HAND_WRITTEN
            && other.function == timed.function
            && other.library.target == timed.library.target
            && timed.library.float == "f32"
    });
    let hand = hand.filter(|_| ![HAND_WRITTEN, MEMORY].contains(&name.as_str()));
    let hand = hand.map_or(String::new(), |hand| over(timed, &hand.times));
    let target = timed.library.target.to_string();
    [name.clone(), target, time(0), time(1), time(2), time(3), memory, faster(CAREFUL), faster(TEXTBOOK), hand]
}

/// The yardstick's least time over targets and some columns, per element: at its best.
fn best(all: &[Timed], timed: &Timed, yardstick: &str, columns: Range<usize>) -> Option<f64> {
    let same = |other: &&Timed| {
        other.library.name == yardstick
            && other.library.float == timed.library.float
            && other.function == timed.function
    };
    all.iter().filter(same).flat_map(|other| other.times[columns.clone()].iter().copied()).min_by(f64::total_cmp)
}

/// The least time at each size of a pass over bytes of the same types.
fn memory(all: &[Timed], timed: &Timed) -> Vec<f64> {
    let types = |timed: &Timed| (timed.library.float.clone(), timed.library.labels.clone());
    let same = || all.iter().filter(|other| other.library.name == MEMORY && types(other) == types(timed));
    let sizes = 0..timed.times.len();
    sizes.map(|i| same().map(|other| other.times[i]).fold(f64::INFINITY, f64::min)).collect()
}

/// `5.2 / 1.4 / 1.6`: ratios at 10^4, 10^6 (the same labels) and 10^7.
fn over(timed: &Timed, yardstick: &[f64]) -> String {
    let ratios = [0, 1, 3].map(|i| format!("{:.2}", timed.times[i] / yardstick[i]));
    ratios.join(" / ")
}

/// Puts text between the marks `<!-- NAME begin -->` and `<!-- NAME end -->` of a document.
pub fn put(document: &Path, name: &str, text: &str) -> Result<(), String> {
    let failed = |why: String| format!("{}: {why}", document.display());
    let [begin, end] = ["begin", "end"].map(|edge| format!("<!-- {name} {edge} -->"));
    let found = fs::read_to_string(document).map_err(|error| failed(error.to_string()))?;
    let (before, rest) = found.split_once(&begin).ok_or_else(|| failed(format!("no line `{begin}`")))?;
    let (_, after) = rest.split_once(&end).ok_or_else(|| failed(format!("no line `{end}`")))?;
    let made = format!("{before}{begin}\n\n{text}\n{end}{after}");
    fs::write(document, made).map_err(|error| failed(error.to_string()))
}
