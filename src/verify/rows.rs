//! Kernels over rows × the loss of the textbook in each logit → checks and findings.
//!
//! The judge writes every sum of the formula out, for one row, and differentiates it in one logit by jets: it knows neither
//! the margin nor how a row is added up.

use super::error;
use super::finding::{Check, Doubt, Finding, Findings, Subject, Unit, Witness};
use super::kernels::function;
use super::names;
use super::points::Xorshift;
use super::yardstick::Yardstick;
use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel, Output, RowKernel, Setting};
use crate::message::Message;
use crate::oracle::judge::{Judge, Known, Truth, Truths};
use crate::spec::classes::{Row, row};

/// Knows the truths of rows.
pub struct RowJudge<'a> {
    derivation: &'a Derivation,
    kernel: &'a Kernel,
    /// Of the margin: the sum of absolute terms, and limits.
    margin: Judge,
}

impl<'a> RowJudge<'a> {
    /// A judge of the loss under the settings of a kernel.
    ///
    /// # Errors
    /// Where the loss is no function of a margin.
    pub fn new(derivation: &'a Derivation, kernel: &'a RowKernel) -> Result<RowJudge<'a>, Message> {
        let margin = derivation.classes.as_ref().and_then(|by_class| by_class.reduced.as_ref());
        let margin =
            margin.ok_or_else(|| Message::new(format!("`{}` is no function of a margin", derivation.spec.name)))?;
        let kernel = &kernel.row;
        let judge = Judge::new(&margin.spec, &kernel.parameters, names::terms(margin).as_ref());
        Ok(RowJudge { derivation, kernel, margin: judge })
    }

    /// Loss and derivatives in the logit of a class, and the sum of absolute terms T of the second one: of the margin for
    /// the target, r (r T + |L'| (1 − r)) for another class.
    ///
    /// # Errors
    /// Where a row is not one of the loss.
    pub fn truths(&self, z: &[f64], target: usize, class: usize, open: &[f64], order: u8) -> Result<Truths, Message> {
        let spec = row(&self.derivation.spec, &Row { logits: z, target, class })?;
        let judge = Judge::new(&spec, &self.kernel.parameters, None);
        let outputs = judge.truths(z[class], f64::NAN, open, order).outputs;
        let terms = if order > 1 { self.terms(z, (target, class), open) } else { None };
        Ok(Truths { outputs, terms })
    }

    /// T to some digits, which is enough to measure by.
    fn terms(&self, z: &[f64], (target, class): (usize, usize), open: &[f64]) -> Option<Truth> {
        let others = |but: usize| z.iter().enumerate().filter(move |(at, _)| *at != target && *at != but);
        let greatest = others(target).map(|(_, z)| *z).fold(f64::NEG_INFINITY, f64::max);
        let sum = |but: usize| others(but).map(|(_, z)| (z - greatest).exp()).sum::<f64>();
        let all = sum(target);
        let of_margin = self.margin.truths((z[target] - greatest) - all.ln(), f64::NAN, open, 2);
        let terms = of_margin.terms?;
        if class == target {
            return Some(terms);
        }
        let (Truth::Finite(terms), Truth::Finite(first)) = (terms, of_margin.outputs[1]) else { return Some(terms) };
        let (share, rest) = ((z[class] - greatest).exp() / all, sum(class) / all);
        let terms = share * (share * terms.to_f64() + first.to_f64().abs() * rest);
        Known::from_f64(terms).map(Truth::Finite)
    }
}

/// A row to look at: its logits, its true class, and the classes whose logits are looked at.
struct Asked {
    logits: Vec<f64>,
    target: usize,
    classes: Vec<usize>,
}

/// One result beside its truth.
struct Compared {
    what: String,
    error: f64,
    bound: Option<f64>,
    measured: f64,
    expected: f64,
    unit: Unit,
    class: usize,
}

/// What an output of the row's kernel, and of another class's, is called.
fn name(output: usize, own: bool) -> String {
    let place = ["loss", "d_x", "d2_x"][output];
    match (output, own) {
        (0, _) => function(place).to_string(),
        (_, true) => format!("{} of the target", function(place)),
        (_, false) => format!("{} of another class", function(place)),
    }
}

/// Every result that is asked for beside its truth.
fn compared(kernel: &RowKernel, judge: &RowJudge, asked: &Asked, open: &[f64]) -> Result<Vec<Compared>, Message> {
    let (format, order) = (kernel.format(), kernel.order());
    let found = kernel.eval(&asked.logits, asked.target, open);
    let inputs = ["z", "t"];
    let mut all = Vec::new();
    for (place, &class) in asked.classes.iter().enumerate() {
        let truths = judge.truths(&asked.logits, asked.target, class, open, order as u8)?;
        let own = class == asked.target;
        for (output, truth) in truths.outputs.iter().enumerate().skip(usize::from(place > 0)) {
            let of: &Output = match kernel.class.as_ref().filter(|_| output > 0 && !own) {
                Some(of_class) => &of_class.outputs[output - 1],
                None => &kernel.row.outputs[output],
            };
            let yardstick = Yardstick::of(of, &kernel.row, inputs, open);
            let measured = if output == 0 { found.loss } else { found.derivatives[output - 1][class] };
            let terms = truths.terms.as_ref().filter(|_| yardstick.of_terms);
            all.push(Compared {
                what: name(output, own),
                error: error::error(measured, truth, terms, format).unwrap_or(f64::NAN),
                bound: yardstick.limits.first().map(|limit| limit.ulps),
                measured,
                expected: error::rounded(truth, format),
                unit: yardstick.unit(),
                class,
            });
        }
    }
    Ok(all)
}

/// A kernel over rows is written only after this: its evaluator meets its bounds at fixed rows, 64 logits at least, and gives
/// the limits of the margin where logits are infinite.
///
/// # Errors
/// The first result that does not, with its row.
pub fn gate_rows(kernel: &RowKernel, derivation: &Derivation) -> Result<(), Message> {
    let judge = RowJudge::new(derivation, kernel)?;
    let open = open_values(&kernel.row);
    let mut draw = Xorshift::new(1);
    for place in 0..ROWS {
        let asked = drawn(&mut draw, kernel.format(), [2, 3, 5, 10][place % 4], 4);
        let open = &open[place % open.len()];
        for one in compared(kernel, &judge, &asked, open)? {
            if one.error.is_nan() || one.bound.is_some_and(|bound| one.error > bound) {
                return Err(refused(finding(kernel, derivation, &asked, open, &one).to_string()));
            }
        }
    }
    limits(kernel, &judge, &open[0]).map_err(refused)
}

fn refused(detail: String) -> Message {
    Message::new("the kernel does not meet its bound, so it is not written")
        .detail(detail)
        .help("the defect is the tool's; please report it with the command above")
}

/// Rows that the gate looks at, four logits each.
const ROWS: usize = 16;

/// Loss and own derivative where the margin is infinite, and NaN where it is none.
fn limits(kernel: &RowKernel, judge: &RowJudge, open: &[f64]) -> Result<(), String> {
    let inf = f64::INFINITY;
    let rows: [(&[f64], f64); 6] = [
        (&[inf, 1.0, 2.0], inf),
        (&[1.0, -inf, -inf], inf),
        (&[-inf, 1.0, 2.0], -inf),
        (&[1.0, inf, 2.0], -inf),
        (&[-inf, -inf], f64::NAN),
        (&[1.0, inf, inf], f64::NAN),
    ];
    for (logits, margin) in rows {
        let found = kernel.eval(logits, 0, open);
        let truths = judge.margin.truths(margin, f64::NAN, open, kernel.order() as u8).outputs;
        let measured = std::iter::once(found.loss).chain(found.derivatives.iter().map(|one| one[0]));
        for (truth, measured) in truths.iter().zip(measured) {
            let error = error::error(measured, truth, None, kernel.format());
            if error.is_some_and(|error| error > 0.5) {
                return Err(format!("row {logits:?}, target 0: {measured}, and {truth:?} is the limit"));
            }
        }
    }
    Ok(())
}

/// Values of the open parameters: in the range of every bound.
fn open_values(kernel: &Kernel) -> Vec<Vec<f64>> {
    let open = kernel.parameters.iter().filter(|one| one.setting == Setting::Argument);
    let within = |value: &f64, one: &crate::kernel::KernelParameter| {
        let exact = crate::rational::Rational::from_f64(*value);
        exact.is_some_and(|exact| one.domain.contains(&exact))
    };
    let ends = |one: &crate::kernel::KernelParameter| match &one.domain {
        crate::domain::Domain::Interval { lo, hi, .. } => {
            [lo, hi].into_iter().flatten().map(|end| kernel.format.nearest(end)).collect()
        }
        _ => Vec::new(),
    };
    let values: Vec<Vec<f64>> = open
        .map(|one| {
            let mut values: Vec<f64> = [0.25, 0.75, 2.0].into_iter().filter(|value| within(value, one)).collect();
            if values.is_empty() {
                values = ends(one);
            }
            values
        })
        .collect();
    let count = values.iter().map(Vec::len).max().unwrap_or(1).max(1);
    (0..count).map(|at| values.iter().map(|of| of[at % of.len().max(1)]).collect()).collect()
}

/// A row of so many classes at one of many scales, rounded to the format, and some of its classes: the target first.
fn drawn(draw: &mut Xorshift, format: Format, classes: usize, looked_at: usize) -> Asked {
    let scale = [0.01, 1.0, 4.0, 20.0, 60.0, 300.0][draw.below(6)];
    let offset = [0.0, 0.0, 1e3, -1e6][draw.below(4)];
    let logits: Vec<f64> = (0..classes).map(|_| format.round(offset + scale * centred(draw))).collect();
    let target = draw.below(classes);
    let mut all = vec![target];
    let greatest = |logits: &Vec<f64>| {
        let others = logits.iter().enumerate().filter(|(at, _)| *at != target);
        others.max_by(|a, b| a.1.total_cmp(b.1)).map_or(target, |(at, _)| at)
    };
    all.push(greatest(&logits));
    while all.len() < looked_at.min(classes) {
        let class = draw.below(classes);
        if !all.contains(&class) {
            all.push(class);
        }
    }
    Asked { logits, target, classes: all }
}

/// Twelve even numbers added: about a normal number, within 6 of 0.
fn centred(draw: &mut Xorshift) -> f64 {
    (0..12).map(|_| draw.unit()).sum::<f64>() - 6.0
}

fn finding(kernel: &RowKernel, derivation: &Derivation, asked: &Asked, open: &[f64], one: &Compared) -> Finding {
    let subject = Subject::of(&derivation.spec, &one.what, &kernel.row);
    let names = kernel.row.parameters.iter().filter(|one| one.setting == Setting::Argument);
    let mut values: Vec<(String, f64)> =
        asked.logits.iter().enumerate().map(|(class, z)| (format!("z[{class}]"), *z)).collect();
    values.push(("t".to_string(), asked.target as f64));
    values.push(("i".to_string(), one.class as f64));
    values.extend(names.zip(open).map(|(one, value)| (one.name.clone(), *value)));
    let witness = Witness { values, format: kernel.format() };
    let again = subject.command();
    Finding {
        subject,
        witness,
        expected: one.expected,
        measured: one.measured,
        error: one.error,
        bound: one.bound,
        unit: one.unit,
        again,
    }
}

/// Numbers of classes of the rows that `verify` draws; a row in eight is long.
const CLASSES: [usize; 8] = [2, 3, 3, 5, 10, 10, 20, 80];

/// Doubts a kernel at rows of so many logits in all, drawn at many scales.
///
/// # Errors
/// Where the loss is no function of a margin.
pub fn sweep(
    derivation: &Derivation,
    kernel: &RowKernel,
    (samples, seed): (usize, u64),
    to: &mut Findings,
) -> Result<(), Message> {
    let judge = RowJudge::new(derivation, kernel)?;
    let mut checks: Vec<Check> = Vec::new();
    let mut worst: Vec<Option<Finding>> = Vec::new();
    for open in open_values(&kernel.row) {
        let mut draw = Xorshift::new(seed);
        let mut left = samples.div_ceil(open_values(&kernel.row).len());
        while left > 0 {
            let asked = drawn(&mut draw, kernel.format(), CLASSES[draw_place(left)], 4);
            for one in compared(kernel, &judge, &asked, &open)? {
                let subject = Subject::of(&derivation.spec, &one.what, &kernel.row);
                let known = checks.iter().position(|check| check.subject == subject && check.bound == one.bound);
                let place = known.unwrap_or_else(|| {
                    checks.push(Check {
                        subject,
                        doubt: Doubt::Kernel,
                        points: 0,
                        unsettled: 0,
                        worst: 0.0,
                        mean: 0.0,
                        witness: None,
                        bound: one.bound,
                        within: String::new(),
                        unit: one.unit,
                    });
                    worst.push(None);
                    checks.len() - 1
                });
                let check = &mut checks[place];
                if one.error.is_nan() {
                    check.unsettled += 1;
                    continue;
                }
                check.points += 1;
                check.mean += (one.error - check.mean) / check.points as f64;
                if one.error > check.worst || check.witness.is_none() {
                    let found = finding(kernel, derivation, &asked, &open, &one);
                    check.worst = one.error;
                    check.witness = Some(found.witness.clone());
                    if one.bound.is_some_and(|bound| one.error > bound) {
                        worst[place] = Some(found);
                    }
                }
            }
            left = left.saturating_sub(asked.classes.len());
        }
    }
    to.checks.extend(checks);
    to.findings.extend(worst.into_iter().flatten());
    Ok(())
}

fn draw_place(left: usize) -> usize {
    (left / 4) % CLASSES.len()
}
