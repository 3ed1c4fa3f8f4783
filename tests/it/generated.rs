//! Does what is generated stay as it is? Snapshots of emitted text and of the bits that f32 kernels give.
//!
//! Digests and the version are left out of the text, so that a snapshot changes when the code does and not with
//! every rule; one snapshot holds a file whole. `sh tests/refresh` takes the snapshots anew.

use std::process::Command;

use focal_derive::emit::{self, EmitOptions};
use focal_derive::kernel::{Format, Kernel, Mode, eval};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::hexfloat;
use focal_derive::{Derivation, RuleBook, Spec, derive, lower};

/// What is emitted: a loss, its settings and a format.
pub struct Made {
    loss: &'static str,
    settings: Vec<[&'static str; 2]>,
    format: Format,
    mode: Mode,
    order: u8,
}

impl Made {
    /// At order 2.
    pub fn new(loss: &'static str, settings: &[[&'static str; 2]], format: Format) -> Made {
        Made { loss, settings: settings.to_vec(), format, mode: Mode::Accurate, order: 2 }
    }

    /// At another order.
    #[cfg(feature = "kernels")]
    pub fn of_order(self, order: u8) -> Made {
        Made { order, ..self }
    }

    /// `focal_binary-gamma-2-f32`
    pub fn name(&self) -> String {
        let settings: Vec<String> = self.settings.iter().map(|[name, value]| format!("{name}-{value}")).collect();
        let fast = if self.mode == Mode::Fast { vec![self.mode.to_string()] } else { vec![] };
        [vec![self.loss.to_string()], settings, vec![self.format.to_string()], fast].concat().join("-")
    }

    fn options(&self) -> EmitOptions {
        let choice = |[name, value]: &[&str; 2]| (name.to_string(), Choice::parse(value).expect("a setting"));
        let choices = self.settings.iter().map(choice).collect();
        EmitOptions { choices, format: self.format, mode: self.mode, order: self.order, ..EmitOptions::default() }
    }

    /// Derived anew.
    fn derivation(&self) -> Derivation {
        Spec::builtin(self.loss).and_then(|spec| derive(&spec, RuleBook::builtin())).expect("a derivation")
    }

    /// Derived and emitted anew.
    fn text(&self) -> String {
        let text = emit::emit(&self.derivation(), &self.options());
        text.unwrap_or_else(|message| panic!("{}: {message}", self.name()))
    }

    /// What the text is made from.
    pub fn kernel(&self) -> Kernel {
        let derivation = self.derivation();
        let parameters = settle(&derivation.spec, &self.options().choices, self.format).expect("settings");
        let kernel = lower::kernel(&derivation, &parameters, (self.format, self.mode), self.order, false);
        kernel.unwrap_or_else(|message| panic!("{}: {message}", self.name()))
    }
}

const GAMMAS: [&str; 7] = ["0", "0.5", "1", "2", "2.5", "3", "5"];

/// Everything that has a snapshot of its text, in one format.
fn all(format: Format) -> Vec<Made> {
    let mut all: Vec<Made> =
        GAMMAS.iter().map(|gamma| Made::new("focal_binary", &[["gamma", gamma]], format)).collect();
    all.push(Made::new("focal_binary", &[["gamma", "param"], ["alpha", "param"]], format));
    all.push(Made::new("cross_entropy_binary", &[], format));
    all.push(Made::new("cross_entropy_binary", &[["alpha", "0.25"]], format));
    all.push(Made::new("focal_star", &[["gamma", "2"], ["beta", "1"]], format));
    all.push(Made::new("focal_probability", &[["gamma", "2"], ["alpha", "0.25"]], format));
    all.push(Made::new("focal_probability", &[["gamma", "0.3"]], format));
    all
}

fn snapshot(name: String, text: &str) {
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, text) });
}

/// The text without what changes when the code does not: the version, and the digests of spec, rules and text.
fn readable(text: &str) -> String {
    let version = format!("focal-derive {}", emit::VERSION);
    let line = |line: &str| match line.split_whitespace().collect::<Vec<_>>()[..] {
        ["//", "@generated", ..] => line.replacen(&version, "focal-derive [version]", 1),
        ["//", "spec" | "rules" | "text", "sha256", digest, ..] => line.replacen(digest, "[digest]", 1),
        _ => line.to_string(),
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

#[test]
fn code_in_f32() {
    all(Format::F32).iter().for_each(|made| snapshot(format!("code-{}", made.name()), &readable(&made.text())));
}

#[test]
fn code_in_f64() {
    all(Format::F64).iter().for_each(|made| snapshot(format!("code-{}", made.name()), &readable(&made.text())));
}

#[test]
fn code_in_f32_inside_too() {
    let all = [&[["gamma", "2"], ["alpha", "0.25"]], &[["gamma", "param"], ["alpha", "param"]]];
    for settings in all {
        let made = Made { mode: Mode::Fast, ..Made::new("focal_binary", settings, Format::F32) };
        snapshot(format!("code-{}", made.name()), &readable(&made.text()));
    }
}

#[test]
fn code_in_f64_without_pairs() {
    for gamma in ["2", "2.5"] {
        let made = Made { mode: Mode::Fast, ..Made::new("focal_binary", &[["gamma", gamma]], Format::F64) };
        snapshot(format!("code-{}", made.name()), &readable(&made.text()));
    }
}

/// `emit --gamma 2`, with its header as it is.
#[test]
fn a_whole_file() {
    let made = Made { order: 1, ..Made::new("focal_binary", &[["gamma", "2"]], Format::F32) };
    snapshot(format!("whole-{}", made.name()), &made.text());
}

#[test]
fn only_version_and_digests_are_left_out() {
    let made = Made::new("cross_entropy_binary", &[], Format::F64);
    let (whole, readable) = (made.text(), readable(&made.text()));
    let changed: Vec<&str> =
        whole.lines().zip(readable.lines()).filter(|(a, b)| a != b).map(|(line, _)| line).collect();
    let begins: Vec<&str> = changed.iter().filter_map(|line| line.split_whitespace().nth(1)).collect();
    assert_eq!(begins, ["@generated", "spec", "rules", "text"]);
    assert_eq!(whole.lines().count(), readable.lines().count());
}

/// Values of γ and α, or of γ and β, for kernels that take them as arguments, in the order of the spec.
fn arguments(made: &Made) -> Vec<Vec<f64>> {
    match (made.settings.contains(&["gamma", "param"]), made.loss) {
        (false, _) => vec![vec![]],
        (true, "focal_binary") => vec![vec![0.25, 2.0], vec![0.5, 0.5], vec![1.0, 0.0], vec![0.25, -1.0]],
        (true, other) => unreachable!("{other} has no values here"),
    }
}

/// Telling logits in f32, widened: zeros, subnormals, easy and hard examples, where `exp(x)` over- and underflows,
/// where kernels cap the logit, the ends, and NaN.
fn logits() -> Vec<f64> {
    let tiny = f64::from(f32::from_bits(1));
    let mut all = vec![0.0, tiny, f64::from(f32::MIN_POSITIVE), 1e-20, 1e-8, 0.001, 0.1, 0.5, 1.0, 2.0, 4.0, 8.0];
    all.extend([16.0, 17.5, 24.0, 27.0, 30.0, 45.0, 60.0, 87.3, 88.7, 103.9, 104.0, 150.0]);
    // The ends of f32's exponents, and the cap of the logit, from both sides.
    for edge in [88.722_84_f32, 103.972_08, 256.0] {
        all.extend([edge.next_down(), edge, edge.next_up()].map(f64::from));
    }
    all.extend([f64::from(f32::MAX), f64::INFINITY]);
    let mut all: Vec<f64> = all.into_iter().map(|x| f64::from(x as f32)).collect();
    all.sort_by(f64::total_cmp);
    all.iter().flat_map(|x| [*x, -x]).chain([f64::NAN]).collect()
}

/// Every output at each logit and label, as hexadecimal floats.
fn bits(kernel: &Kernel, arguments: &[f64]) -> String {
    let mut text = format!("{:>18} y", "x");
    kernel.outputs.iter().for_each(|output| text.push_str(&format!(" {:>19}", output.name)));
    for y in [1.0, 0.0] {
        for x in logits() {
            text.push_str(&format!("\n{:>18} {y}", hexfloat::print(x)));
            for value in eval::point(kernel, x, y, None, arguments) {
                text.push_str(&format!(" {:>19}", hexfloat::print(value)));
            }
        }
    }
    text + "\n"
}

/// Losses, gradients and Hessians in f32: bits that are promised equal everywhere.
#[test]
fn bits_in_f32() {
    for made in all(Format::F32) {
        let kernel = made.kernel();
        for values in arguments(&made) {
            let at: String = values.iter().map(|value| format!("-{value}")).collect();
            snapshot(format!("bits-{}{at}", made.name()), &bits(&kernel, &values));
        }
    }
}

#[test]
fn emitted_twice_the_bytes_are_the_same() {
    for made in all(Format::F32).into_iter().chain(all(Format::F64)) {
        assert_eq!(made.text(), made.text(), "{}", made.name());
    }
}

/// A process of its own has another seed for its hashes, and addresses of its own.
#[test]
fn another_process_emits_the_same_bytes() {
    for made in all(Format::F32).into_iter().chain(all(Format::F64)) {
        let text = made.text();
        let arguments = emit::header(&text).expect("a header").arguments;
        let output = Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(&arguments).output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8(output.stdout).expect("UTF-8"), text, "{arguments:?}");
    }
}
