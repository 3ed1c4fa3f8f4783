//! The commands that docs/frameworks.md names in place of a function → what their kernels give at recorded inputs.
//!
//! It is the emitted text that runs: the command line writes it, rustc compiles it, a process of its own prints the bits.
//! So nothing between the line that a person copies and the number that they get is taken for granted, neither the
//! kernel's evaluator nor that its bits are those of the text. Bounds are those that the text itself states.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use focal_derive::format::Format;
use focal_derive::oracle::Outcome as Truth;
use focal_derive::rational::Rational;
use serde_json::Value;

use super::plan::{EPSILON, Plan, Term, in_format};
use super::recording::Case;

/// A function and the commands in its place.
pub struct Instead {
    /// The spec that states the function; with `_list` behind it, where another command is for weights in a list.
    pub plan: String,
    pub function: String,
    pub commands: Vec<String>,
}

/// What is named in place of each function.
pub fn instead() -> Vec<Instead> {
    let all: toml::Table = include_str!("instead.toml").parse().unwrap_or_else(|error| panic!("instead.toml: {error}"));
    let text = |value: &toml::Value| value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_string();
    let lines = |value: &toml::Value| value.as_array().into_iter().flatten().map(text).collect();
    all.iter()
        .map(|(plan, of)| Instead { plan: plan.clone(), function: text(&of["function"]), commands: lines(&of["emit"]) })
        .collect()
}

/// How a kernel is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// With an input and its label.
    Elements,
    /// With a row of inputs and the number of its class.
    Rows,
    /// With a row of inputs and a label for each.
    Labels,
}

/// How the kernels of a plan's commands are called, as the recorded function is.
fn shape(plan: &str) -> Shape {
    match plan {
        "torchvision" | "keras_binary" | "older_binary" => Shape::Elements,
        "module" => Shape::Rows,
        "keras_categorical" | "older_categorical" => Shape::Labels,
        other => panic!("nothing is said of kernels in place of {other}"),
    }
}

/// The commands in place of a case's function, and how their kernels are called; none where the command line refuses what
/// the function was given: a number that is no weight.
fn commands(instead: &[Instead], case: &Case) -> Vec<(String, Shape)> {
    let Some(plan) = Plan::of(case).map(|plan| plan.name) else { return Vec::new() };
    let module = plan == "module";
    if module && case.numbers("alpha").is_none() && !(0.0..=1.0).contains(&case.number("alpha", 0.25)) {
        return Vec::new();
    }
    let key = if module && case.numbers("alpha").is_some() { "module_list" } else { plan };
    let one = instead.iter().find(|one| one.plan == key).unwrap_or_else(|| panic!("instead.toml has no {key}"));
    one.commands.iter().map(|line| (line.clone(), shape(plan))).collect()
}

/// What the kernel of a command gives at the inputs of a case.
pub struct Emitted {
    /// The command, as it ran.
    pub command: String,
    /// Where it cuts its input, if it does.
    pub clip: Option<[f64; 2]>,
    shape: Shape,
    classes: usize,
    loss: Vec<f64>,
    gradient: Vec<f64>,
    /// What the text says of the errors of losses and of derivatives, in units in the last place.
    bounds: [f64; 2],
}

/// A result beside what it may be off by, in units in the last place of its format.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    pub value: f64,
    pub bound: f64,
}

impl Emitted {
    /// The loss of a group, its terms added up as the recorded function does it.
    pub fn loss(&self, group: &[Term], divisor: i64) -> Given {
        let wide = if self.shape == Shape::Elements { 1 } else { self.classes };
        let calls: BTreeSet<usize> = group.iter().map(|term| term.place / wide).collect();
        let sum: f64 = calls.iter().map(|call| self.loss[*call]).sum();
        self.over(sum, calls.len(), divisor, self.bounds[0])
    }

    /// The loss of a call, and the derivative in an input, with the bounds that the text states.
    pub fn at(&self, call: usize, place: usize) -> [Given; 2] {
        [(self.loss[call], self.bounds[0]), (self.gradient[place], self.bounds[1])]
            .map(|(value, bound)| Given { value, bound })
    }

    /// The derivatives that it gave in inputs that are no term of any group, each with its place.
    pub fn strays<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = (usize, f64)> + 'a {
        let terms: BTreeSet<usize> = plan.groups.iter().flatten().map(|term| term.place).collect();
        self.gradient.iter().copied().enumerate().filter(move |(place, _)| !terms.contains(place))
    }

    /// The derivative of a group's loss in one of its inputs.
    pub fn slope(&self, term: &Term, divisor: i64) -> Given {
        self.over(self.gradient[term.place], 1, divisor, self.bounds[1])
    }

    /// A sum of so many results of one sign over a divisor, in f64: each is off by its bound in units that are not above
    /// those of the sum, each addition and the division by half a unit of their own, and a quotient may have smaller
    /// units by half.
    fn over(&self, sum: f64, count: usize, divisor: i64, bound: f64) -> Given {
        let alone = count == 1 && divisor == 1;
        let all = 2.0 * count as f64 * (bound + 0.5) + 0.5;
        Given { value: sum / divisor as f64, bound: if alone { bound } else { all } }
    }
}

/// A command that is to run at the inputs of a case.
struct Job {
    words: Vec<String>,
    clip: Option<[f64; 2]>,
    shape: Shape,
}

/// The kernels in place of each case's function, run at its inputs; none where there is nothing to compare. `edit` may
/// change the words of a command: tests plant faults with it. The files go to the folder.
pub fn run(cases: &[Case], edit: &dyn Fn(&mut Vec<String>), folder: &Path) -> Vec<Vec<Emitted>> {
    let instead = instead();
    let jobs = cases.iter().map(|case| {
        let job = |(line, shape): (String, Shape)| {
            let mut words = words(&line, case);
            let clip = clip(&words, case.format);
            edit(&mut words);
            Job { words, clip, shape }
        };
        commands(&instead, case).into_iter().map(job).collect()
    });
    compiled(cases, jobs.collect(), folder)
}

/// The kernel of a command over rows, run at the rows of each case; `edit` as for [`run`].
pub fn run_rows(cases: &[Case], line: &str, edit: &dyn Fn(&mut Vec<String>), folder: &Path) -> Vec<Emitted> {
    let job = |case| {
        let mut words = words(line, case);
        edit(&mut words);
        vec![Job { words, clip: None, shape: Shape::Rows }]
    };
    compiled(cases, cases.iter().map(job).collect(), folder).into_iter().flatten().collect()
}

/// Writes the text of each command once, and a program that calls all of them; compiles it and runs it.
fn compiled(cases: &[Case], jobs: Vec<Vec<Job>>, folder: &Path) -> Vec<Vec<Emitted>> {
    let mut commands: Vec<String> = Vec::new();
    let (mut calls, mut inputs) = (String::new(), Vec::new());
    let mut all = Vec::new();
    for (case, jobs) in cases.iter().zip(jobs) {
        let mut of_case = Vec::new();
        for Job { words, clip, shape } in jobs {
            let command = words.join(" ");
            let place = commands.iter().position(|known| *known == command).unwrap_or_else(|| {
                write_text(&words, &folder.join(format!("k{}.rs", commands.len())));
                commands.push(command.clone());
                commands.len() - 1
            });
            call(&mut calls, place, shape, case);
            give(&mut inputs, shape, case);
            let text = fs::read_to_string(folder.join(format!("k{place}.rs"))).expect("it was written");
            let classes = case.shape.last().copied().unwrap_or(1);
            let (loss, gradient) = (Vec::new(), Vec::new());
            of_case.push(Emitted { command, clip, shape, classes, loss, gradient, bounds: bounds(&text, shape) });
        }
        all.push(of_case);
    }
    if commands.is_empty() {
        return all;
    }
    let modules: String = (0..commands.len()).map(|place| format!("mod k{place};\n")).collect();
    let head = include_str!("emitted_head.rs");
    let main = format!("{head}{modules}\nfn main() {{\n    let mut io = Io::new();\n{calls}}}\n");
    fs::write(folder.join("main.rs"), main).expect("a program");
    let bytes: Vec<u8> = inputs.iter().flat_map(|word| word.to_le_bytes()).collect();
    fs::write(folder.join("inputs"), bytes).expect("inputs");
    take(&mut all, cases, &program(folder));
    all
}

/// The words of a command, with what was chosen in a case.
fn words(line: &str, case: &Case) -> Vec<String> {
    let mut words: Vec<String> = line.split_whitespace().skip(1).map(String::from).collect();
    let alpha = case.numbers("alpha").unwrap_or_else(|| vec![case.number("alpha", 0.25)]);
    // torchvision has no weights for alpha < 0, Keras' own function none unless it is told to balance
    let weighed =
        !(alpha[0] < 0.0 || case.function.contains("BinaryFocal") && case.says("apply_class_balancing") != Some(true));
    let alpha = alpha.iter().map(f64::to_string).collect::<Vec<_>>().join(",");
    set(&mut words, "--alpha", weighed.then_some(alpha));
    set(&mut words, "--gamma", Some(case.number("gamma", 2.0).to_string()));
    words.extend(["--precision".to_string(), case.format.to_string()]);
    words
}

/// Gives an option another value, or takes it away.
fn set(words: &mut Vec<String>, option: &str, value: Option<String>) {
    let at = words.iter().position(|word| word == option).unwrap_or_else(|| panic!("{words:?} has no {option}"));
    match value {
        Some(value) => words[at + 1] = value,
        None => drop(words.drain(at..at + 2)),
    }
}

/// Where a command cuts its input, in floats of the format.
fn clip(words: &[String], format: Format) -> Option<[f64; 2]> {
    let at = words.iter().position(|word| word == "--clip")?;
    let least = in_format(words[at + 1].parse().unwrap_or_else(|_| panic!("{words:?}")), format);
    Some([least, in_format(1.0 - least, format)])
}

/// Runs the command line, which writes the text.
fn write_text(words: &[String], path: &Path) {
    let output = ["-o".into(), path.as_os_str().to_os_string()];
    let arguments = words.iter().map(OsString::from).chain(output);
    let _ = focal_derive::cli::run(std::iter::once("focal-derive".into()).chain(arguments));
    assert!(path.exists(), "`focal-derive {}` wrote nothing", words.join(" "));
}

/// The bounds that the header of a text states of such calls: the largest of the loss, and the largest of derivatives.
fn bounds(text: &str, shape: Shape) -> [f64; 2] {
    let stated =
        text.lines().skip_while(|line| !line.starts_with("// bounds")).take_while(|line| !line.starts_with("// spec"));
    let stated = stated.flat_map(|line| line.split_whitespace()).collect::<Vec<_>>();
    let (mut found, mut of, mut labels) = ([f64::NAN; 2], 0, false);
    for pair in stated.windows(2) {
        match pair[0] {
            // what is said without labels comes first
            "labels:" => labels = true,
            "within" if labels != (shape == Shape::Labels) => {}
            "loss" => of = 0,
            output if output.starts_with("d_") || output == "grad" => of = 1,
            "within" => found[of] = found[of].max(pair[1].parse().unwrap_or_else(|_| panic!("{stated:?}"))),
            _ => {}
        }
    }
    assert!(found.iter().all(|bound| bound.is_finite()), "the text states no bounds: {stated:?}");
    found
}

/// A call of a kernel with everything that a case has for it.
fn call(calls: &mut String, kernel: usize, shape: Shape, case: &Case) {
    let (float, count) = (case.format, case.input.len());
    match shape {
        Shape::Elements => {
            writeln!(calls, "    io.elements({count}, |x: {float}, y| k{kernel}::forward_backward(x, y));")
        }
        Shape::Rows => {
            let classes = case.shape[1];
            writeln!(
                calls,
                "    io.rows({}, {classes}, |p: &[{float}], t, d| k{kernel}::forward_backward(p, t as _, d));",
                count / classes
            )
        }
        Shape::Labels => {
            let (rows, classes) = (count / case.shape[1], case.shape[1]);
            let kernel = format!("k{kernel}::forward_backward_onehot_rows(p, {classes}, y, l, d)");
            writeln!(calls, "    io.labels({rows}, {classes}, |p: &[{float}], y, l, d| {kernel});")
        }
    }
    .expect("text grows");
}

/// What that call reads.
fn give(inputs: &mut Vec<u64>, shape: Shape, case: &Case) {
    match shape {
        Shape::Elements => {
            inputs.extend(case.input.iter().zip(&case.target).flat_map(|(x, y)| [x.to_bits(), y.to_bits()]));
        }
        Shape::Rows => {
            for (row, p) in case.input.chunks(case.shape[1]).enumerate() {
                inputs.extend(p.iter().map(|p| p.to_bits()));
                inputs.push(class(case, row) as u64);
            }
        }
        Shape::Labels => inputs.extend(case.input.iter().chain(&case.target).map(|number| number.to_bits())),
    }
}

/// The class of a row: its number is the target, or the place of the 1. A row with soft labels has none, and is called with
/// a class that no row has.
pub fn class(case: &Case, row: usize) -> usize {
    let classes = case.shape[1];
    if case.target.len() < case.input.len() {
        return case.target[row] as usize;
    }
    let labels = &case.target[row * classes..(row + 1) * classes];
    let hard = labels.iter().all(|y| [0.0, 1.0].contains(y)) && labels.iter().sum::<f64>() == 1.0;
    if hard { labels.iter().position(|y| *y == 1.0).expect("a class") } else { classes }
}

/// Compiles the program of a folder and runs it: the numbers that it prints.
fn program(folder: &Path) -> Vec<f64> {
    let compiled = Command::new("rustc")
        .args(["--edition", "2021", "-D", "warnings", "-C", "opt-level=1", "-o", "emitted", "main.rs"])
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| panic!("rustc does not run: {error}"));
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let ran = Command::new(folder.join("emitted")).current_dir(folder).output().expect("it was compiled");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    ran.stdout.chunks_exact(8).map(|word| f64::from_le_bytes(word.try_into().expect("8 bytes"))).collect()
}

/// Shares what the program printed out among the cases: of each call its loss, then its derivatives.
fn take(all: &mut [Vec<Emitted>], cases: &[Case], numbers: &[f64]) {
    let mut numbers = numbers.iter().copied();
    let mut next = || numbers.next().expect("a number for each result");
    for (kernels, case) in all.iter_mut().zip(cases) {
        for kernel in kernels {
            let wide = if kernel.shape == Shape::Elements { 1 } else { kernel.classes };
            for _ in 0..case.input.len() / wide {
                kernel.loss.push(next());
                kernel.gradient.extend((0..wide).map(|_| next()));
            }
        }
    }
    assert!(numbers.next().is_none(), "everything that was printed was taken");
}

/// A case whose parameters are the floats that a kernel of its format has for them; a recorded f32 call was given the f64.
/// The weights that a command makes of the module's are beside what it was given.
pub fn in_floats(case: &Case) -> Case {
    let float = |value: f64| Value::from(in_format(value, case.format));
    let mut floats = case.clone();
    for (name, value) in floats.set.iter_mut().filter(|(name, _)| name == "alpha" || name == "gamma") {
        *value = match case.numbers(name) {
            Some(list) => list.into_iter().map(float).collect(),
            None => float(case.number(name, f64::NAN)),
        };
    }
    if case.function.starts_with("FocalLoss") {
        floats.set.push(("weights".to_string(), weights(case).into_iter().map(float).collect()));
    }
    floats
}

/// The weights of the module's classes, of the decimals that a command has: alpha and 1 - alpha, or shares of a sum.
fn weights(case: &Case) -> Vec<f64> {
    let exact = |value: f64| Rational::from_decimal(&value.to_string()).unwrap_or_else(|| panic!("{value}"));
    let (list, sum) = match case.numbers("alpha") {
        None => {
            let alpha = exact(case.number("alpha", 0.25));
            let other = &Rational::from(1) - &alpha;
            (vec![alpha, other], Rational::from(1))
        }
        Some(list) => {
            let list: Vec<Rational> = list.into_iter().map(exact).collect();
            let sum = list.iter().fold(Rational::ZERO, |sum, one| &sum + one);
            (list, sum)
        }
    };
    list.iter().map(|one| case.format.nearest(&one.checked_div(&sum).expect("a sum above 0"))).collect()
}

/// The true loss and derivatives of what a command computes: the paper's loss, of the input as it is or cut, or the
/// module's with what it adds to p.
pub fn truths(plan: &Plan, kernel: &Emitted, group: &[Term]) -> (Truth, Vec<Truth>) {
    match kernel.clip {
        Some(bounds) => plan.cut_papers(bounds, group),
        None if plan.name == "module" => plan.shifted(group),
        None => plan.papers(group),
    }
}

/// Does a command take the input and label of a term? It gives NaN for others. What is cut may lie anywhere, but for what
/// is divided by its sum first: there no number of the row is negative.
pub fn takes(case: &Case, plan: &Plan, kernel: &Emitted, term: &Term) -> bool {
    if plan.normalised {
        let row: Vec<f64> = plan.group(term).iter().map(|one| case.input[one.place]).collect();
        return row.iter().all(|p| *p >= 0.0) && row.iter().sum::<f64>() > 0.0;
    }
    let probability = kernel.clip.is_some() || (0.0..=1.0).contains(&case.input[term.place]);
    match kernel.shape {
        Shape::Elements => [0.0, 1.0].contains(&case.target[term.place]) && (case.file == "torchvision" || probability),
        Shape::Rows => probability,
        Shape::Labels => case.target[term.place] == 0.0 || case.target[term.place] > 0.0 && probability,
    }
}

/// Is what a command computes at a term what the function states? Where it is not is what docs/frameworks.md says: for
/// inputs that it does not take, for probabilities beyond the clip, if it is not the same clip, for soft labels of the
/// older function, which has their squares, and where the module's p_t is above 1.
pub fn same(case: &Case, plan: &Plan, kernel: &Emitted, term: &Term) -> bool {
    let p = case.input[term.place];
    if plan.name == "module" {
        return takes(case, plan, kernel, term) && p + EPSILON <= 1.0;
    }
    let Some([lo, hi]) = plan.clip(case) else { return takes(case, plan, kernel, term) };
    if plan.normalised {
        let inside = |one: &Term| {
            let share = plan.share(one).map_or(f64::NAN, |share| share.to_f64());
            case.target[one.place] == 0.0
                || kernel.clip.is_some_and(|[least, most]| least.max(lo) < share && share < most.min(hi))
        };
        return takes(case, plan, kernel, term)
            && (kernel.clip == Some([lo, hi]) || plan.group(term).iter().all(inside));
    }
    let least = kernel.clip.map_or(lo, |own| own[0].max(lo));
    let most = kernel.clip.map_or(hi, |own| own[1].min(hi));
    let whole = plan.name.starts_with("older") && kernel.clip == Some([lo, hi]);
    let hard = match plan.name {
        // of a class that does not count, nothing is asked
        "older_categorical" if case.target[term.place] == 0.0 => return true,
        "older_categorical" => case.target[term.place] == 1.0,
        _ => true,
    };
    hard && takes(case, plan, kernel, term) && (whole || (least..=most).contains(&p))
}
