//! Measures every kernel that the project promises figures for, and compares the figures.
//!
//! ```text
//! cargo run --release --example accuracy -- [--points N] [--seed N] [--loss NAME] [--gamma G] [--format f32|f64]
//!     [--mode accurate|fast]
//! ```
//!
//! For each kernel and output: the largest error over structured points, where it is, the bound that is proved, and
//! how slack the bound is. Exit code 1 where a figure is missed.

use std::process::ExitCode;

use focal_derive::kernel::{Format, Kernel, Mode};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::{Check, Findings, VerifyOptions, verify_kernel};
use focal_derive::{Derivation, Message, RuleBook, Spec, derive, lower};

const GAMMAS: [&str; 10] = ["0", "0.5", "1", "1.5", "2", "2.5", "3", "3.7", "5", FAR];
/// Figures for this γ are promised of the accurate mode alone.
const FAR: &str = "10";
const BETAS: [&str; 3] = ["0", "1", "-1.7"];
const ALPHAS: [&str; 2] = ["none", "0.25"];

/// What an output's error may be, in ulps (for the Hessian of terms): in f32; in f64 for γ up to 5, and beyond or where
/// parameters are open; in f64 with speed first for γ up to 2.5, and beyond.
const F32: f64 = 0.51;
const PAIRS: f64 = 1.0;
const PAIRS_FAR: f64 = 2.5;
const F64_SMALL: f64 = 10.0;
const F64: f64 = 16.0;
/// How many times what was measured a bound may be for γ = 2.
const SLACK: f64 = 4.0;

struct Arguments {
    points: usize,
    seed: u64,
    loss: Option<String>,
    gamma: Option<String>,
    format: Option<Format>,
    mode: Option<Mode>,
}

fn main() -> ExitCode {
    match read(std::env::args().skip(1)).and_then(|arguments| run(&arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Arguments, Message> {
    let mut all = Arguments { points: 1_000_000, seed: 1, loss: None, gamma: None, format: None, mode: None };
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| Message::new(format!("`{word}` has no value")))?;
        let wrong = || Message::new(format!("`{value}` does not fit `{word}`"));
        match word.as_str() {
            "--points" => all.points = value.parse().map_err(|_| wrong())?,
            "--seed" => all.seed = value.parse().map_err(|_| wrong())?,
            "--loss" => all.loss = Some(value),
            "--gamma" => all.gamma = Some(value),
            "--format" if value == "f32" => all.format = Some(Format::F32),
            "--format" if value == "f64" => all.format = Some(Format::F64),
            "--mode" if value == "accurate" => all.mode = Some(Mode::Accurate),
            "--mode" if value == "fast" => all.mode = Some(Mode::Fast),
            "--format" | "--mode" => return Err(wrong()),
            _ => return Err(Message::new(format!("unknown option `{word}`"))),
        }
    }
    Ok(all)
}

/// A kernel to measure: values of parameters as on the command line.
type Setting = Vec<(&'static str, &'static str)>;

/// The kernels that figures are promised for, loss by loss; last those with open parameters.
fn kernels() -> Vec<(&'static str, Vec<Setting>)> {
    let mut cross: Vec<Setting> = ALPHAS.map(|alpha| vec![("alpha", alpha)]).to_vec();
    let mut focal: Vec<Setting> = Vec::new();
    let mut star: Vec<Setting> = Vec::new();
    for gamma in GAMMAS {
        focal.extend(ALPHAS.map(|alpha| vec![("gamma", gamma), ("alpha", alpha)]));
        if gamma != "0" {
            star.extend(BETAS.map(|beta| vec![("gamma", gamma), ("beta", beta)]));
        }
    }
    cross.push(vec![("alpha", "param")]);
    focal
        .extend([("param", "none"), ("2", "param"), ("param", "param")].map(|(g, a)| vec![("gamma", g), ("alpha", a)]));
    star.push(vec![("gamma", "param"), ("beta", "param")]);
    vec![("cross_entropy_binary", cross), ("focal_binary", focal), ("focal_star", star)]
}

/// What came of one output of a kernel.
struct Row {
    setting: Setting,
    check: Check,
    /// Has the output no bound at all, under no value of open parameters?
    bare: bool,
}

impl Row {
    fn gamma(&self) -> &str {
        self.setting.iter().find(|(name, _)| *name == "gamma").map_or("0", |(_, value)| value)
    }

    /// What the measured error may be; open parameters take values up to γ = 5.
    fn required(&self) -> f64 {
        let subject = &self.check.subject;
        match (subject.format, subject.mode, self.gamma().parse::<f64>()) {
            (Format::F32, Mode::Accurate, _) => F32,
            (Format::F64, Mode::Accurate, Ok(gamma)) if gamma <= 5.0 => PAIRS,
            (Format::F64, Mode::Accurate, _) => PAIRS_FAR,
            (_, Mode::Fast, Ok(gamma)) if gamma <= 2.5 => F64_SMALL,
            _ => F64,
        }
    }

    /// What is wrong with it, in words; empty where all is well.
    fn faults(&self) -> Vec<String> {
        let Check { worst, bound, .. } = self.check;
        let mut all = Vec::new();
        if worst.is_nan() || worst > self.required() {
            all.push(format!("above {}", self.required()));
        }
        match bound {
            None if self.bare => all.push("no bound".to_string()),
            None => {}
            Some(bound) if bound.is_nan() || worst > bound => all.push("above its bound".to_string()),
            Some(bound) if self.gamma() == "2" && bound > SLACK * worst => all.push("slack bound".to_string()),
            Some(_) => {}
        }
        if self.check.unsettled > 0 {
            all.push(format!("{} points not settled", self.check.unsettled));
        }
        all
    }
}

fn run(arguments: &Arguments) -> Result<bool, Message> {
    let (mut rows, mut without) = (Vec::new(), Vec::new());
    for (loss, settings) in kernels() {
        if arguments.loss.as_deref().is_some_and(|wanted| wanted != loss) {
            continue;
        }
        let derivation = derive(&Spec::builtin(loss)?, RuleBook::builtin())?;
        for setting in settings {
            let gamma = setting.iter().find(|(name, _)| *name == "gamma").map(|(_, value)| *value);
            if arguments.gamma.is_some() && arguments.gamma.as_deref() != gamma {
                continue;
            }
            for format in [Format::F32, Format::F64] {
                if arguments.format.is_some_and(|wanted| wanted != format) {
                    continue;
                }
                for mode in modes(format, gamma, arguments) {
                    match measured(&derivation, &setting, (format, mode), arguments) {
                        Ok(more) => rows.extend(more),
                        Err(message) => {
                            let of = format!("{loss} {} {format} {mode}", words(&setting));
                            println!("{of}: {message}");
                            without.push(of);
                        }
                    }
                }
            }
        }
    }
    let met = summary(&rows);
    without.iter().for_each(|of| println!("{of}: no kernel"));
    Ok(met && without.is_empty())
}

/// The modes that are measured: both in f64, the accurate one in f32.
fn modes(format: Format, gamma: Option<&str>, arguments: &Arguments) -> Vec<Mode> {
    let promised = |mode: &Mode| *mode == Mode::Accurate || format == Format::F64 && gamma != Some(FAR);
    let wanted = |mode: &Mode| arguments.mode.is_none_or(|wanted| wanted == *mode);
    [Mode::Accurate, Mode::Fast].into_iter().filter(|mode| promised(mode) && wanted(mode)).collect()
}

fn measured(
    derivation: &Derivation,
    setting: &Setting,
    (format, mode): (Format, Mode),
    arguments: &Arguments,
) -> Result<Vec<Row>, Message> {
    let choice = |(name, value): &(&str, &str)| Ok((name.to_string(), Choice::parse(value)?));
    let choices = setting.iter().map(choice).collect::<Result<Vec<_>, Message>>()?;
    let parameters = settle(&derivation.spec, &choices, format)?;
    let kernel: Kernel = lower::kernel(derivation, &parameters, (format, mode), 2, false)?;
    let options = VerifyOptions { samples: arguments.points, seed: arguments.seed, ..VerifyOptions::default() };
    let Findings { checks, .. } = verify_kernel(derivation, &kernel, &options)?;
    let bare = |what: &str| checks.iter().all(|check| check.subject.what != what || check.bound.is_none());
    let row = |check: &Check| Row { setting: setting.clone(), check: check.clone(), bare: bare(&check.subject.what) };
    let rows: Vec<Row> = checks.iter().map(row).collect();
    rows.iter().for_each(|row| println!("{}", line(row)));
    Ok(rows)
}

fn words(setting: &Setting) -> String {
    setting.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
}

/// One row of the table.
fn line(row: &Row) -> String {
    let Check { subject, points, worst, bound, witness, .. } = &row.check;
    let bound = bound.map_or("none".to_string(), |bound| format!("{bound:.6}"));
    let at = witness.as_ref().map_or(String::new(), |witness| witness.argument());
    let text = format!(
        "{:20} {:22} {} {:8} {:8} {points:8} points  worst {worst:<12.6} bound {bound:<12} ratio {:<7.2} {at:42} {} {}",
        subject.loss,
        words(&row.setting),
        subject.format,
        subject.mode.to_string(),
        subject.what,
        row.check.ratio().unwrap_or(f64::NAN),
        row.check.within,
        row.faults().join(", "),
    );
    text.trim_end().to_string()
}

/// A part of the table: its name and what belongs to it.
type Group<'a> = (&'a str, &'a dyn Fn(&Row) -> bool);

/// The worst of each format and output, and what is missed; is nothing?
fn summary(rows: &[Row]) -> bool {
    println!();
    let groups: [Group; 5] = [
        ("f32", &|row| row.required() == F32),
        ("f64", &|row| row.required() == PAIRS),
        ("f64, beyond", &|row| row.required() == PAIRS_FAR),
        ("fast, gamma <= 2.5", &|row| row.required() == F64_SMALL),
        ("fast, gamma <= 5", &|row| row.required() == F64),
    ];
    for (name, within) in groups {
        for what in ["forward", "backward", "hessian"] {
            let of = rows.iter().filter(|row| within(row) && row.check.subject.what == what);
            let Some(worst) = of.max_by(|a, b| a.check.worst.total_cmp(&b.check.worst)) else { continue };
            let verdict = if worst.check.worst <= worst.required() { "within" } else { "ABOVE" };
            println!("{name:18} {what:8} worst {:<12.6} {verdict} {}", worst.check.worst, worst.required());
        }
    }
    let missed: Vec<&Row> = rows.iter().filter(|row| !row.faults().is_empty()).collect();
    println!("\n{} rows, {} that miss a figure", rows.len(), missed.len());
    missed.iter().for_each(|row| println!("{}", line(row)));
    missed.is_empty()
}
