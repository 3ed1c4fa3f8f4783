//! The doubters: derivation × options → findings. Kernels are doubted by arbitrary precision, derivatives by dual
//! numbers in the interior and by arbitrary precision at the ends.
//!
//! They do not read the defence: neither the e-graph nor the search of stable forms is in use here.

pub mod apart;
mod at;
mod bounded;
mod duals;
mod ends;
mod error;
mod finding;
mod gate;
pub mod hexfloat;
mod json;
mod kernels;
mod line;
mod measure;
mod names;
pub mod normalised;
mod plan;
pub mod points;
pub mod rows;
pub mod rules;
#[cfg(test)]
mod sample;
mod shapes;
pub mod sweep;
mod tally;
mod turn;
mod yardstick;

pub use apart::gate_apart;
pub use finding::{AtPoint, Check, Doubt, Finding, Findings, Subject, Unit, Witness};
pub use gate::gate;
pub use names::terms;
pub use normalised::gate_normalised;
pub use rows::gate_rows;

use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel, KernelParameter, Mode};
use crate::lower;
use crate::message::Message;
use crate::oracle::judge::Judge;
use crate::setting::{Choice, settle};
use crate::spec::Spec;
use kernels::Doubted;

/// What is asked of [`verify`].
#[derive(Clone, Debug)]
pub struct VerifyOptions {
    /// What was said about parameters. `gamma`, where nothing was said, is 0, 0.5, 1, 2 and 5; any other parameter
    /// is `none` where it can be, else 0.5, 1 or 0.
    pub choices: Vec<(String, Choice)>,
    /// Float formats of the kernels.
    pub formats: Vec<Format>,
    /// Mode of the kernels.
    pub mode: Mode,
    /// Kernels with products fused with sums?
    pub fma: bool,
    /// 0: loss; 1: and gradient; 2: and Hessian; less where no such derivative was found.
    pub order: u8,
    /// Points per kernel, or as many as its edges need where that is more.
    pub samples: usize,
    /// Seed of the points that are drawn.
    pub seed: u64,
    /// The one point that is asked about: names and numbers, decimal or hexadecimal; empty for a sweep.
    pub at: Vec<(String, String)>,
}

impl Default for VerifyOptions {
    fn default() -> VerifyOptions {
        VerifyOptions {
            choices: Vec::new(),
            formats: vec![Format::F32, Format::F64],
            mode: Mode::Accurate,
            fma: false,
            order: 2,
            samples: 10_000,
            seed: 1,
            at: Vec::new(),
        }
    }
}

/// Points of the interior that a derived form is doubted at, at most: a formula that is wrong is wrong nearly everywhere.
const INTERIOR: usize = 400;

/// The ends of the differentiated input, with either label: infinite ones, where its domain is not bounded.
fn ends(kernel: &Kernel) -> [(f64, f64); 4] {
    let [lo, hi] = kernel.within.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
    [(lo, 0.0), (lo, 1.0), (hi, 0.0), (hi, 1.0)]
}

/// Doubts the kernels and derivatives of a loss, or looks at one point.
///
/// # Errors
/// A parameter or point that is wrong, or a kernel that cannot be made. A disproof is no error but a finding.
pub fn verify(derivation: &Derivation, options: &VerifyOptions) -> Result<Findings, Message> {
    let (whole, derivation) = (derivation, derivation.of_elements());
    let apart = whole.classes.as_ref().is_some_and(|by_class| by_class.apart);
    let mut findings = Findings { loss: derivation.spec.name.clone(), ..Findings::default() };
    for choices in plan::settings(&derivation.spec, &options.choices) {
        for &format in &options.formats {
            let parameters = settle(&whole.spec, &choices, format)?;
            let (mode, order, fused) = (options.mode, order(derivation, options), options.fma);
            if derivation.classes.is_some() {
                refused(derivation, options)?;
                if derivation.classes.as_ref().is_some_and(|by_class| by_class.share.is_some()) {
                    let kernel = lower::normalised_kernel(derivation, &parameters, (format, mode), options.order)?;
                    normalised::sweep(derivation, &kernel, (options.samples, options.seed), &mut findings)?;
                    continue;
                }
                let kernel = lower::row_kernel(derivation, &parameters, (format, mode), options.order)?;
                rows::sweep(derivation, &kernel, (options.samples, options.seed), &mut findings)?;
                continue;
            }
            let kernel =
                lower::asked(derivation, &parameters, &lower::Asked { format, mode, order, weighted: false, fused })?;
            doubt(derivation, &kernel, options, &mut findings)?;
            if apart && options.at.is_empty() {
                let rows = lower::apart::of_term(kernel);
                apart::sweep(whole, &rows, (options.samples, options.seed), &mut findings)?;
            }
        }
        if !options.at.is_empty() {
            continue;
        }
        let parameters = settle(&whole.spec, &choices, Format::F64)?;
        let (samples, seed) = (options.samples.min(INTERIOR), options.seed);
        if derivation.classes.is_none() {
            shapes::sweep(derivation, &parameters, samples, seed, &mut findings);
        }
        if whole.classes.is_some() {
            duals::rows::sweep(whole, &parameters, (samples, seed), &mut findings)?;
        }
    }
    Ok(findings)
}

/// Refuses what rows of classes have not.
fn refused(derivation: &Derivation, options: &VerifyOptions) -> Result<(), Message> {
    let name = &derivation.spec.name;
    match options {
        VerifyOptions { fma: true, .. } => Err(Message::new(format!("rows of `{name}` have no fused kernel"))),
        VerifyOptions { at, .. } if !at.is_empty() => {
            Err(Message::new(format!("`--at` names one number; `{name}` has a row of them"))
                .help("leave `--at` out: rows are drawn, and the worst of each result is shown"))
        }
        _ => Ok(()),
    }
}

/// The order asked for, as far as derivatives were found.
fn order(derivation: &Derivation, options: &VerifyOptions) -> u8 {
    let input = derivation.spec.inputs.first().map_or("x", |input| &*input.name);
    let found = |name: String| derivation.derived.iter().any(|derived| derived.name == name);
    let most = if !found(format!("d_{input}")) {
        0
    } else if !found(format!("d2_{input}")) {
        1
    } else {
        2
    };
    options.order.min(most)
}

/// Doubts one kernel of a loss.
///
/// # Errors
/// A point that is wrong.
pub fn verify_kernel(derivation: &Derivation, kernel: &Kernel, options: &VerifyOptions) -> Result<Findings, Message> {
    let mut findings = Findings { loss: derivation.spec.name.clone(), ..Findings::default() };
    kernel.check()?;
    doubt(derivation, kernel, options, &mut findings)?;
    Ok(findings)
}

/// Doubts derived forms and proved claims, without kernels, at as many points of the interior.
pub fn verify_forms(derivation: &Derivation, parameters: &[KernelParameter], samples: usize, seed: u64) -> Findings {
    let mut findings = Findings { loss: derivation.spec.name.clone(), ..Findings::default() };
    shapes::sweep(derivation, parameters, samples, seed, &mut findings);
    findings
}

/// Doubts the derived forms and proved claims of each case of a loss over classes, without kernels, at as many rows of the
/// interior.
///
/// # Errors
/// Where a formula cannot be written out for a row.
pub fn verify_rows(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    rows: usize,
    seed: u64,
) -> Result<Findings, Message> {
    let mut findings = Findings { loss: derivation.spec.name.clone(), ..Findings::default() };
    duals::rows::sweep(derivation, parameters, (rows, seed), &mut findings)?;
    Ok(findings)
}

/// The names of the differentiated input and of the label, which is empty where there is none.
fn inputs(spec: &Spec) -> Result<[&str; 2], Message> {
    match &spec.inputs[..] {
        [x] => Ok([&x.name, ""]),
        [x, y] => Ok([&x.name, &y.name]),
        _ => Err(Message::new(format!("`{}` has more inputs than one and a label", spec.name))),
    }
}

fn doubt(derivation: &Derivation, kernel: &Kernel, options: &VerifyOptions, to: &mut Findings) -> Result<(), Message> {
    let spec = &derivation.spec;
    let terms = names::terms(derivation);
    let judge = Judge::new(spec, &kernel.parameters, terms.as_ref());
    let doubted = Doubted { kernel, judge: &judge, spec, inputs: inputs(spec)? };
    if options.at.is_empty() {
        doubted.sweep(options.samples, options.seed, to);
        doubted.unstated(&ends(kernel), to);
    } else {
        let point = at::read(&options.at, spec, kernel)?;
        doubted.at(point.x, point.y, &point.open, to);
        doubted.unstated(&[(point.x, point.y)], to);
    }
    Ok(())
}
