//! Kernels over rows × the loss of the textbook in each logit → checks and findings.
//!
//! The judge writes every sum of the formula out, for one row, and differentiates it in one logit by jets: it knows neither
//! the margin nor how a row is added up.

use super::error;
use super::finding::{AtPoint, Check, Doubt, Finding, Findings, Subject, Witness};
use super::kernels::{self, Found, function};
use super::points::Xorshift;
use super::yardstick::Yardstick;
use super::{names, plan};
use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel, Output, RowKernel};
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

/// What an output of the row's kernel, and of another class's, is called.
fn name(output: usize, own: bool) -> String {
    let place = ["loss", "d_x", "d2_x"][output];
    match (output, own) {
        (0, _) => function(place).to_string(),
        (_, true) => format!("{} of the target", function(place)),
        (_, false) => format!("{} of another class", function(place)),
    }
}

/// Every result that is asked for beside its truth, and what its bound holds for.
fn compared(
    kernel: &RowKernel,
    judge: &RowJudge,
    asked: &Asked,
    open: &[f64],
) -> Result<Vec<(AtPoint, String)>, Message> {
    let (format, order) = (kernel.format(), kernel.order());
    let found = kernel.eval(&asked.logits, asked.target, open);
    let mut all = Vec::new();
    for (place, &class) in asked.classes.iter().enumerate() {
        let truths = judge.truths(&asked.logits, asked.target, class, open, order as u8)?;
        let own = class == asked.target;
        for (output, truth) in truths.outputs.iter().enumerate().skip(usize::from(place > 0)) {
            let of: &Output = match kernel.class.as_ref().filter(|_| output > 0 && !own) {
                Some(of_class) => &of_class.outputs[output - 1],
                None => &kernel.row.outputs[output],
            };
            let yardstick = Yardstick::of(of, &kernel.row, ["z", "t"], open);
            let measured = if output == 0 { found.loss } else { found.derivatives[output - 1][class] };
            let terms = truths.terms.as_ref().filter(|_| yardstick.of_terms);
            let limit = yardstick.limits.first();
            let point = AtPoint {
                subject: Subject::of(&judge.derivation.spec, &name(output, own), &kernel.row),
                witness: witness(kernel, asked, class, open),
                expected: error::rounded(truth, format),
                measured,
                error: error::error(measured, truth, terms, format).unwrap_or(f64::NAN),
                bound: limit.map(|limit| limit.ulps),
                unit: yardstick.unit(),
            };
            all.push((point, limit.map(|limit| limit.within.clone()).unwrap_or_default()));
        }
    }
    Ok(all)
}

/// A row as a witness: its logits, the target t, the class i that is looked at, the open parameters.
fn witness(kernel: &RowKernel, asked: &Asked, class: usize, open: &[f64]) -> Witness {
    let logits = asked.logits.iter().enumerate();
    let mut values: Vec<(String, f64)> = logits.map(|(class, z)| (format!("z[{class}]"), *z)).collect();
    values.extend([("t".to_string(), asked.target as f64), ("i".to_string(), class as f64)]);
    values.extend(plan::named(&kernel.row.parameters, open));
    Witness { values, format: kernel.format() }
}

/// A result that is farther from its truth than its bound; rows are drawn again by the command without a point.
pub(super) fn redrawn(point: AtPoint) -> Option<Finding> {
    kernels::refutation(point).map(|finding| Finding { again: finding.subject.command(), ..finding })
}

/// Values of the open parameters, every one with every other.
fn open_values(kernel: &RowKernel) -> Vec<Vec<f64>> {
    plan::open_values(&kernel.row.parameters, kernel.format(), &plan::ends(&kernel.row))
}

/// A kernel over rows is written only after this: its evaluator meets its bounds at fixed rows, 64 logits at least, and gives
/// the limits of the margin where logits are infinite.
///
/// # Errors
/// The first result that does not, with its row.
pub fn gate_rows(kernel: &RowKernel, derivation: &Derivation) -> Result<(), Message> {
    let judge = RowJudge::new(derivation, kernel)?;
    let open = open_values(kernel);
    let mut draw = Xorshift::new(1);
    for place in 0..ROWS {
        let asked = drawn(&mut draw, kernel.format(), [2, 3, 5, 10][place % 4], 4);
        settled(compared(kernel, &judge, &asked, &open[37 * place % open.len()])?)?;
    }
    open.iter().try_for_each(|open| limits(kernel, &judge, open)).map_err(refused)
}

/// Every result of a row is settled and within its bound, or the kernel is not written.
pub(super) fn settled(results: Vec<(AtPoint, String)>) -> Result<(), Message> {
    for (point, _) in results {
        let unsettled = point.error.is_nan().then(|| format!("not settled: {}", point.subject));
        if let Some(why) = redrawn(point).map(|finding| finding.to_string()).or(unsettled) {
            return Err(refused(why));
        }
    }
    Ok(())
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
    let sets = open_values(kernel);
    let mut found: Vec<(String, Found)> = Vec::new();
    for open in &sets {
        let mut draw = Xorshift::new(seed);
        let mut left = samples.div_ceil(sets.len());
        while left > 0 {
            let asked = drawn(&mut draw, kernel.format(), CLASSES[left / 4 % CLASSES.len()], 4);
            for (point, within) in compared(kernel, &judge, &asked, open)? {
                take(&mut found, check(&point, within), redrawn(point));
            }
            left = left.saturating_sub(asked.classes.len());
        }
    }
    found.into_iter().for_each(|(_, found)| found.finish(to));
    Ok(())
}

/// Joins the check of one result to those of the same name.
pub(super) fn take(found: &mut Vec<(String, Found)>, check: Check, refutation: Option<Finding>) {
    let what = check.subject.what.clone();
    let place = found.iter().position(|(known, _)| *known == what).unwrap_or_else(|| {
        found.push((what, Found::default()));
        found.len() - 1
    });
    found[place].1.take(check, refutation);
}

/// The check of one result.
pub(super) fn check(point: &AtPoint, within: String) -> Check {
    let settled = !point.error.is_nan();
    Check {
        subject: point.subject.clone(),
        doubt: Doubt::Kernel,
        points: usize::from(settled),
        unsettled: usize::from(!settled),
        worst: point.error,
        mean: if settled { point.error } else { 0.0 },
        witness: settled.then(|| point.witness.clone()),
        bound: point.bound,
        within,
        unit: point.unit,
    }
}
