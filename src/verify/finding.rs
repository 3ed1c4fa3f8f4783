//! What the doubters say: checks made, and refutations with a witness that can be replayed.

use std::fmt;

use super::hexfloat;
use crate::kernel::{Format, Kernel, KernelParameter, Mode, Setting};
use crate::message::shell;
use crate::setting::own_option;
use crate::spec::Spec;

/// What an error is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The spacing of floats at the exact value.
    Ulp,
    /// The same, times T/|value|, T the sum of absolute terms.
    UlpOfTerms,
    /// |difference| over the sum of absolute terms, or over |value|.
    Relative,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Ulp => "ulp",
            Unit::UlpOfTerms => "ulp of terms",
            Unit::Relative => "relative",
        })
    }
}

/// What was doubted: a loss, one of its functions, a format and a setting of the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// The loss.
    pub loss: String,
    /// How a command names it.
    pub named: String,
    /// `forward`, `backward`, `hessian`, or the name of a derived form.
    pub what: String,
    /// The format.
    pub format: Format,
    /// The mode of its kernel.
    pub mode: Mode,
    /// Are its products fused with sums?
    pub fma: bool,
    /// Parameters that are set: name and value as on the command line, `none` left out.
    pub setting: Vec<(String, String)>,
}

impl Subject {
    /// Of a kernel's parameters.
    pub fn new(spec: &Spec, what: &str, format: Format, parameters: &[KernelParameter]) -> Subject {
        let setting = parameters.iter().filter_map(|parameter| {
            let value = match &parameter.setting {
                Setting::Fixed { exact, .. } => exact.to_string(),
                Setting::Argument => "param".to_string(),
                // nothing said of any other parameter means `none`
                Setting::None if parameter.name == "gamma" => "none".to_string(),
                Setting::None => return None,
            };
            Some((parameter.name.clone(), value))
        });
        let (loss, named) = (spec.name.clone(), spec.named.clone());
        Subject {
            loss,
            named,
            what: what.to_string(),
            format,
            mode: Mode::Accurate,
            fma: false,
            setting: setting.collect(),
        }
    }

    /// Of a function of a kernel.
    pub fn of(spec: &Spec, what: &str, kernel: &Kernel) -> Subject {
        let mode = Mode::of(kernel.arithmetic(), kernel.format);
        Subject { mode, fma: kernel.fused, ..Subject::new(spec, what, kernel.format, &kernel.parameters) }
    }
}

impl Subject {
    /// The command that doubts it: `focal-derive verify focal_binary --gamma 1.5 --precision f64`.
    pub fn command(&self) -> String {
        let mut command = format!("focal-derive verify {}", shell(&self.named));
        for (name, value) in &self.setting {
            command += &match own_option(name) {
                Some(option) => format!(" {option} {value}"),
                None => format!(" --set {name}={value}"),
            };
        }
        command += &format!(" --precision {}", self.format);
        if self.mode != Mode::Accurate {
            command += &format!(" --mode {}", self.mode);
        }
        if self.fma { command + " --fma" } else { command }
    }
}

impl fmt::Display for Subject {
    /// `focal_binary, backward, f64, gamma = 1.5`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.loss, self.what, self.format)?;
        if self.mode != Mode::Accurate {
            write!(f, " {}", self.mode)?;
        }
        if self.fma {
            f.write_str(" fma")?;
        }
        self.setting.iter().try_for_each(|(name, value)| write!(f, ", {name} = {value}"))
    }
}

/// A point: inputs, and the values of open parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// Names and values in order: the differentiated input, the label, open parameters.
    pub values: Vec<(String, f64)>,
    /// The format that the values are floats of.
    pub format: Format,
}

impl Witness {
    /// As `--at` takes it: `x=0x1.2p+7,y=1`.
    pub fn argument(&self) -> String {
        let each = self.values.iter().map(|(name, value)| format!("{name}={}", short(*value)));
        each.collect::<Vec<_>>().join(",")
    }
}

impl fmt::Display for Witness {
    /// `x = 0x1.2p+7 (144)   y = 1`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.values.iter().enumerate() {
            let gap = if place == 0 { "" } else { "   " };
            let text = match short(*value) {
                text if text.starts_with(['0', '-']) && text.contains('x') => {
                    hexfloat::with_decimal(*value, self.format)
                }
                text => text,
            };
            write!(f, "{gap}{name} = {text}")?;
        }
        Ok(())
    }
}

/// A small whole number as it is, every other float in hexadecimal.
fn short(value: f64) -> String {
    let whole = (0.0..10.0).contains(&value) && value.fract() == 0.0 && value.is_sign_positive();
    if whole { format!("{value}") } else { hexfloat::print(value) }
}

/// A refutation.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is refuted.
    pub subject: Subject,
    /// Where.
    pub witness: Witness,
    /// The true value, rounded to the format; NaN where none is defined.
    pub expected: f64,
    /// What was computed.
    pub measured: f64,
    /// How far apart they are; infinite where only one of them is a number, or finite.
    pub error: f64,
    /// What is allowed; a finite result where the truth is finite, where no bound is proved.
    pub bound: Option<f64>,
    /// What error and bound are counted in.
    pub unit: Unit,
    /// The command that shows it again.
    pub again: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value| hexfloat::with_decimal(value, self.subject.format);
        let bound = self.bound.map_or("none proved".to_string(), |bound| format!("{} {}", amount(bound), self.unit));
        let error = format!("{} {}", amount(self.error), self.unit);
        let expected = number(self.expected);
        let width = expected.chars().count().max(error.chars().count()) + 3;
        writeln!(f, "refuted: {}", self.subject)?;
        writeln!(f, "  at       {}", self.witness)?;
        writeln!(f, "  expected {expected:width$}measured {}", number(self.measured))?;
        writeln!(f, "  error    {error:width$}bound {bound}")?;
        writeln!(f, "  again    {}", self.again)
    }
}

/// An error or bound with four digits, rounded up.
pub fn amount(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "-".to_string() } else { "infinite".to_string() };
    }
    if value == 0.0 {
        return "0".to_string();
    }
    if !(1e-3..1e6).contains(&value) {
        return format!("{value:.3e}");
    }
    let digits = if value < 1.0 { 1e5 } else { 1e3 };
    format!("{}", (value * digits).ceil() / digits)
}

/// How a thing was doubted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A kernel's results against the judge.
    Kernel,
    /// A derived form against dual numbers, in the interior.
    Duals,
    /// A derived form against jets at arbitrary precision, where p goes to 0 or 1.
    Ends,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Doubt::Kernel => "oracle",
            Doubt::Duals => "duals",
            Doubt::Ends => "ends",
        })
    }
}

/// A check that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// What was doubted.
    pub subject: Subject,
    /// How.
    pub doubt: Doubt,
    /// At how many points.
    pub points: usize,
    /// At how many more the doubter itself did not settle the value, so that nothing was compared.
    pub unsettled: usize,
    /// The largest error; NaN where nothing was compared.
    pub worst: f64,
    /// The mean of the finite errors.
    pub mean: f64,
    /// Where the largest one is.
    pub witness: Option<Witness>,
    /// What is allowed, where something is.
    pub bound: Option<f64>,
    /// What the bound holds for, in words, where not for every value of open parameters.
    pub within: String,
    /// What worst and bound are counted in.
    pub unit: Unit,
}

impl Check {
    /// Bound over worst: how slack the bound of a kernel is, as far as was measured.
    pub fn ratio(&self) -> Option<f64> {
        let bound = self.bound.filter(|_| self.doubt == Doubt::Kernel);
        bound.map(|bound| bound / self.worst).filter(|ratio| ratio.is_finite())
    }
}

/// A value at the point that was asked about.
#[derive(Clone, Debug, PartialEq)]
pub struct AtPoint {
    /// What was computed.
    pub subject: Subject,
    /// The point, as floats of the format.
    pub witness: Witness,
    /// The true value, rounded to the format; NaN where none is defined.
    pub expected: f64,
    /// What was computed.
    pub measured: f64,
    /// How far apart they are.
    pub error: f64,
    /// What is allowed, where something is.
    pub bound: Option<f64>,
    /// What they are counted in.
    pub unit: Unit,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// The loss.
    pub loss: String,
    /// Checks made.
    pub checks: Vec<Check>,
    /// Values at the point asked about, where one was.
    pub points: Vec<AtPoint>,
    /// Refutations.
    pub findings: Vec<Finding>,
    /// What was left out, and why.
    pub notes: Vec<String>,
}

impl Findings {
    /// Was nothing refuted?
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    /// As a JSON document that ends in a line break; floats of formats are hexadecimal text.
    pub fn json(&self) -> String {
        super::json::document(self)
    }
}

impl fmt::Display for Findings {
    /// A table of the checks, the point where one was asked about, refutations, and a line that sums up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.points.iter().try_for_each(|point| write_point(f, point))?;
        if !self.checks.is_empty() {
            write!(f, "{}", table(&self.checks))?;
        }
        for finding in &self.findings {
            write!(f, "\n{finding}")?;
        }
        for (place, note) in self.notes.iter().enumerate() {
            writeln!(f, "{}note: {note}", if place == 0 { "\n" } else { "" })?;
        }
        let checked: usize = self.checks.iter().map(|check| check.points).sum();
        match (self.findings.len(), self.checks.len()) {
            (0, 0) => Ok(()),
            (0, checks) => writeln!(f, "\nall hold: {checks} checks, {checked} comparisons"),
            (1, _) => writeln!(f, "\n1 finding"),
            (findings, _) => writeln!(f, "\n{findings} findings"),
        }
    }
}

fn write_point(f: &mut fmt::Formatter<'_>, point: &AtPoint) -> fmt::Result {
    let number = |value| hexfloat::with_decimal(value, point.subject.format);
    writeln!(f, "{}", point.subject)?;
    writeln!(f, "  at       {}", point.witness)?;
    let expected = if point.error.is_nan() { "-".to_string() } else { number(point.expected) };
    writeln!(f, "  expected {expected}")?;
    writeln!(f, "  measured {}", number(point.measured))?;
    let bound = point.bound.map_or("none proved".to_string(), amount);
    writeln!(f, "  error    {} {}   bound {bound}", amount(point.error), point.unit)
}

/// The checks in aligned columns.
fn table(checks: &[Check]) -> String {
    let head = ["setting", "what", "format", "by", "points", "unsettled", "worst", "bound", "bound/worst", "worst at"];
    let mut rows = vec![head.map(str::to_string)];
    for check in checks {
        let setting = check.subject.setting.iter().map(|(name, value)| format!("{name} = {value}"));
        let within = Some(check.within.clone()).filter(|within| !within.is_empty());
        let unit = if check.unit == Unit::Ulp { String::new() } else { format!(" {}", check.unit) };
        rows.push([
            setting.chain(within).collect::<Vec<_>>().join(", "),
            check.subject.what.clone(),
            check.subject.format.to_string(),
            check.doubt.to_string(),
            check.points.to_string(),
            check.unsettled.to_string(),
            format!("{}{unit}", amount(check.worst)),
            check.bound.map_or("-".to_string(), amount),
            check.ratio().map_or("-".to_string(), |ratio| format!("{ratio:.2}")),
            check.witness.as_ref().map_or(String::new(), |witness| witness.argument()),
        ]);
    }
    align(&rows)
}

/// Rows of cells → lines, each column as wide as its widest cell, two blanks between.
pub fn align<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        cells.join("  ").trim_end().to_string() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding() -> Finding {
        let subject = Subject {
            loss: "focal_binary".to_string(),
            named: "focal_binary".to_string(),
            what: "backward".to_string(),
            format: Format::F64,
            mode: Mode::Accurate,
            fma: false,
            setting: vec![("gamma".to_string(), "1.5".to_string())],
        };
        let values = vec![("x".to_string(), 144.0), ("y".to_string(), 1.0)];
        let witness = Witness { values, format: Format::F64 };
        let (expected, measured) = (-1e-156, -1.25e-156);
        let again = format!("{} --at {}", subject.command(), witness.argument());
        Finding { subject, witness, expected, measured, error: 251.0, bound: Some(8.0), unit: Unit::Ulp, again }
    }

    #[test]
    fn a_finding_reads_as_a_message() {
        let expected = "\
refuted: focal_binary, backward, f64, gamma = 1.5
  at       x = 0x1.2p+7 (144)   y = 1
  expected -0x1.9e26f53e27edap-519 (-1e-156)   measured -0x1.02d859c6d8f48p-518 (-1.25e-156)
  error    251 ulp                             bound 8 ulp
  again    focal-derive verify focal_binary --gamma 1.5 --precision f64 --at x=0x1.2p+7,y=1
";
        let (text, lines) = (finding().to_string(), expected.lines());
        assert_eq!(text.lines().count(), lines.clone().count());
        for (line, expected) in text.lines().zip(lines) {
            assert_eq!(line.starts_with("  expected"), expected.starts_with("  expected"));
            assert!(line == expected || line.starts_with("  expected"), "{line}");
        }
        assert!(text.contains("(-1e-156)   measured ") && text.contains("(-1.25e-156)"));
    }

    #[test]
    fn amounts_round_up() {
        let cases = [(0.0, "0"), (0.50001, "0.50001"), (0.500_000_002, "0.50001"), (7.2, "7.2"), (7.2001, "7.201")];
        cases.iter().for_each(|(value, text)| assert_eq!(&amount(*value), text));
        assert_eq!(amount(f64::INFINITY), "infinite");
        assert_eq!(amount(3e15), "3.000e15");
    }
}
