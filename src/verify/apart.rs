//! Kernels over rows whose classes stand apart × the loss of the textbook in each probability → checks and findings.
//!
//! Inside its domain the judge writes the formula out for one row and differentiates it in one probability by jets, so that the
//! derivatives in the others are judged as well; where a row holds an end, or what is no probability, it asks the loss of one
//! class, whose spec states limits. With labels it adds, exactly, what each class has times its label.

use super::error;
use super::finding::{AtPoint, Findings, Subject, Witness};
use super::kernels::{Found, function};
use super::points::{Xorshift, points};
use super::rows::{check, redrawn, settled, take};
use super::yardstick::{Limit, Yardstick};
use super::{gate, names, plan};
use crate::derivation::Derivation;
use crate::kernel::{self, ApartKernel, Kernel, Setting, row};
use crate::message::Message;
use crate::oracle::judge::{Judge, Known, Truth, Truths};
use crate::rational::Rational;
use crate::spec::classes::{Row, row as at_row};

/// Knows the truths of rows.
pub struct ApartJudge<'a> {
    derivation: &'a Derivation,
    kernel: &'a ApartKernel,
    /// Of one class.
    term: Judge,
}

/// A row to look at.
pub struct Asked {
    /// Its probabilities.
    pub p: Vec<f64>,
    /// How its class is given.
    pub how: How,
}

/// How the class of a row is given.
pub enum How {
    /// The true class.
    Target(usize),
    /// A label for each class.
    Labels(Vec<f64>),
}

impl<'a> ApartJudge<'a> {
    /// A judge of the loss under the settings of a kernel.
    pub fn new(derivation: &'a Derivation, kernel: &'a ApartKernel) -> ApartJudge<'a> {
        let of = derivation.of_elements();
        ApartJudge {
            derivation,
            kernel,
            term: Judge::new(&of.spec, &kernel.term.parameters, names::terms(of).as_ref()),
        }
    }

    /// What is true of a class of a row: its derivatives and, of the target or with labels, the loss of the row. `open` has the
    /// values of the open parameters of each class.
    ///
    /// # Errors
    /// A row that is none of the loss.
    pub fn truths(&self, asked: &Asked, class: usize, open: &[Vec<f64>]) -> Result<Truths, Message> {
        match &asked.how {
            How::Target(target) => self.of_target(&asked.p, *target, class, &open[*target]),
            How::Labels(y) => Ok(self.of_labels(&asked.p, y, class, open)),
        }
    }

    fn of_target(&self, p: &[f64], target: usize, class: usize, open: &[f64]) -> Result<Truths, Message> {
        let order = self.kernel.order() as u8;
        let own = self.term.truths(p[target], f64::NAN, open, order);
        if p.iter().all(|p| 0.0 < *p && *p < 1.0) {
            let spec = at_row(&self.derivation.spec, &Row { logits: p, target, class })?;
            let judge = Judge::new(&spec, &self.kernel.term.parameters, None);
            return Ok(Truths { terms: own.terms, ..judge.truths(p[class], f64::NAN, open, order) });
        }
        let none = |truth: &Truth| match truth {
            Truth::Undefined => Truth::Undefined,
            _ => Truth::Finite(Known::ZERO),
        };
        match class == target {
            true => Ok(own),
            false => Ok(Truths { outputs: own.outputs.iter().map(none).collect(), terms: None }),
        }
    }

    fn of_labels(&self, p: &[f64], y: &[f64], class: usize, open: &[Vec<f64>]) -> Truths {
        let order = self.kernel.order() as u8;
        let of_class = |class: usize| {
            let truths = self.term.truths(p[class], f64::NAN, &open[class], order);
            let times = |truth: &Truth| times(truth, y[class]);
            Truths { outputs: truths.outputs.iter().map(times).collect(), terms: truths.terms.as_ref().map(times) }
        };
        let losses = (0..p.len()).map(|class| of_class(class).outputs[0]);
        let loss = losses.fold(Truth::Finite(Known::ZERO), plus);
        let mut truths = of_class(class);
        truths.outputs[0] = loss;
        if loss == Truth::Undefined {
            truths.outputs.fill(loss);
        }
        truths
    }
}

/// A truth times a label: 0 where that is 0, whatever the truth.
pub(super) fn times(truth: &Truth, y: f64) -> Truth {
    match (truth, y) {
        (_, 0.0) => Truth::Finite(Known::ZERO),
        (_, y) if !(0.0..=f64::MAX).contains(&y) => Truth::Undefined,
        (Truth::Finite(known), y) => {
            let y = Rational::from_f64(y).unwrap_or(Rational::ZERO);
            Truth::Finite(Known::nearest(&(&known.exact() * &y)))
        }
        (truth, _) => *truth,
    }
}

/// The sum of two losses.
pub(super) fn plus(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Truth::Finite(a), Truth::Finite(b)) => Truth::Finite(Known::nearest(&(&a.exact() + &b.exact()))),
        (Truth::Undefined, _) | (_, Truth::Undefined) => Truth::Undefined,
        (Truth::Finite(_), other) | (other, _) => other,
    }
}

/// What an output of a class is called.
pub(super) fn name(output: usize, how: &How, class: usize) -> String {
    let place = function(["loss", "d_x", "d2_x"][output]);
    match (how, output) {
        (How::Labels(_), _) => format!("{place} with labels"),
        (How::Target(_), 0) => format!("{place} of a row"),
        (How::Target(target), _) if *target == class => format!("{place} of the target"),
        (How::Target(_), _) => format!("{place} of another class"),
    }
}

/// Every result of a row beside its truth, and what its bound holds for.
fn compared(judge: &ApartJudge, asked: &Asked, open: &[Vec<f64>]) -> Result<Vec<(AtPoint, String)>, Message> {
    let kernel = judge.kernel;
    let found = match &asked.how {
        How::Target(target) => kernel.eval(&asked.p, *target, &open[*target]),
        How::Labels(y) => kernel.eval_labels(&asked.p, y, &|class| open[class].clone()),
    };
    let mut all = Vec::new();
    for class in 0..asked.p.len() {
        let truths = judge.truths(asked, class, open)?;
        let is_first = match &asked.how {
            How::Target(target) => class == *target,
            How::Labels(_) => class == 0,
        };
        for (output, truth) in truths.outputs.iter().enumerate().skip(usize::from(!is_first)) {
            all.push(point(judge, asked, (class, output), (truth, &truths), (&found, open)));
        }
    }
    Ok(all)
}

fn point(
    judge: &ApartJudge,
    asked: &Asked,
    (class, output): (usize, usize),
    (truth, truths): (&Truth, &Truths),
    (found, open): (&row::Row, &[Vec<f64>]),
) -> (AtPoint, String) {
    let (kernel, other): (&Kernel, bool) = match &asked.how {
        How::Target(target) => (&judge.kernel.term, class != *target),
        How::Labels(_) => (&judge.kernel.labelled, false),
    };
    let input = &judge.derivation.of_elements().spec.inputs[0].name;
    let yardstick = |class: usize| Yardstick::of(&kernel.outputs[output], kernel, [input, ""], &open[class]);
    let limit_of = |class: usize| {
        let yardstick = yardstick(class);
        yardstick.limits.get(yardstick.place(asked.p[class], 1.0)).cloned()
    };
    let limit: Option<Limit> = match (&asked.how, output) {
        // the sum is as far off as its terms may be
        (How::Labels(_), 0) => (0..asked.p.len()).filter_map(limit_of).max_by(|a, b| a.ulps.total_cmp(&b.ulps)),
        _ => limit_of(class),
    };
    let yardstick = yardstick(class);
    let measured = if output == 0 { found.loss } else { found.derivatives[output - 1][class] };
    let terms = truths.terms.as_ref().filter(|_| yardstick.of_terms && !other);
    let error = error::error(measured, truth, terms, kernel.format).unwrap_or(f64::NAN);
    let bound = if other { Some(0.0) } else { limit.as_ref().map(|limit| limit.ulps) };
    let point = AtPoint {
        subject: Subject::of(&judge.derivation.spec, &name(output, &asked.how, class), kernel),
        witness: witness(kernel, asked, class, &open[class]),
        expected: error::rounded(truth, kernel.format),
        measured,
        error,
        bound,
        unit: yardstick.unit(),
    };
    (point, limit.filter(|_| !other).map(|limit| limit.within).unwrap_or_default())
}

/// A row as a witness: its probabilities, the target t or labels, the class i that is looked at, its open parameters.
pub(super) fn witness(kernel: &Kernel, asked: &Asked, class: usize, open: &[f64]) -> Witness {
    let each = |name: &str, all: &[f64]| -> Vec<(String, f64)> {
        all.iter().enumerate().map(|(class, value)| (format!("{name}[{class}]"), *value)).collect()
    };
    let mut values = each("p", &asked.p);
    match &asked.how {
        How::Target(target) => values.push(("t".to_string(), *target as f64)),
        How::Labels(y) => values.extend(each("y", y)),
    }
    values.push(("i".to_string(), class as f64));
    values.extend(plan::named(&kernel.parameters, open));
    Witness { values, format: kernel.format }
}

/// Values of the open parameters of a row's classes, drawn from those that a kernel is judged at.
pub(super) struct Open {
    sets: Vec<Vec<f64>>,
    /// The place of one that has a number for each class.
    indexed: Option<usize>,
}

impl Open {
    /// Of a kernel of a loss over classes.
    pub fn of(kernel: &Kernel, derivation: &Derivation) -> Open {
        let sets = plan::open_values(&kernel.parameters, kernel.format, &plan::ends(kernel));
        let mut open = kernel.parameters.iter().filter(|one| one.setting == Setting::Argument);
        let classes = derivation.spec.classes.as_ref();
        let indexed = open.position(|one| classes.is_some_and(|classes| classes.has_index(&one.name)));
        Open { sets, indexed }
    }

    /// Those of so many classes: one set for all, but for what each class has of its own.
    pub fn of_classes(&self, classes: usize, random: &mut Xorshift) -> Vec<Vec<f64>> {
        let set = random.below(self.sets.len());
        let of_class = |_| {
            let mut open = self.sets[set].clone();
            if let Some(place) = self.indexed {
                open[place] = self.sets[random.below(self.sets.len())][place];
            }
            open
        };
        (0..classes).map(of_class).collect()
    }
}

/// Draws rows and the values of open parameters of their classes.
pub struct Draw<'a> {
    judge: &'a ApartJudge<'a>,
    open: Open,
    random: Xorshift,
    /// Inputs where kernels go wrong.
    pool: Vec<f64>,
}

/// What other classes may hold besides.
const NO_PROBABILITIES: [f64; 5] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5, 1.5];
/// Inputs that rows are drawn from.
const POOL: usize = 4_000;

impl<'a> Draw<'a> {
    /// From a seed.
    pub fn new(judge: &'a ApartJudge<'a>, seed: u64) -> Draw<'a> {
        let kernel = &judge.kernel.term;
        let open = Open::of(kernel, judge.derivation);
        let clipped = kernel::clip(&kernel.parameters).is_some();
        let mut pool = points(kernel, &open.sets[0], POOL, seed).x;
        pool.retain(|p| clipped || (0.0..=1.0).contains(p));
        Draw { judge, open, random: Xorshift::new(seed), pool }
    }

    /// A row of so many classes, with a target or with labels.
    pub fn row(&mut self, classes: usize, labels: bool) -> (Asked, Vec<Vec<f64>>) {
        let open = self.open.of_classes(classes, &mut self.random);
        let mut p: Vec<f64> = (0..classes).map(|_| self.pool[self.random.below(self.pool.len())]).collect();
        let target = self.random.below(classes);
        if self.random.below(4) == 0 {
            // what is no probability lets its class alone be NaN, or nothing
            p[self.random.below(classes)] = NO_PROBABILITIES[self.random.below(NO_PROBABILITIES.len())];
        }
        if !labels {
            return (Asked { p, how: How::Target(target) }, open);
        }
        let mut y: Vec<f64> = (0..classes).map(|class| self.label(p[class], &open[class], class == target)).collect();
        // bounds say nothing of a sum of either sign
        let is_negative = |class: usize| match self.judge.term.truths(p[class], f64::NAN, &open[class], 0).outputs[0] {
            Truth::Finite(known) => known.hi < 0.0,
            Truth::Infinite { negative } => negative,
            Truth::Undefined | Truth::Unstated | Truth::Unsettled => false,
        };
        let own = is_negative(target);
        let differ = (0..classes).filter(|class| is_negative(*class) != own).collect::<Vec<_>>();
        differ.into_iter().for_each(|class| y[class] = 0.0);
        (Asked { p, how: How::Labels(y) }, open)
    }

    /// A label; 0 where bounds say nothing, that is where a term is beyond the largest number or its product subnormal, and
    /// mostly where the input is none.
    fn label(&mut self, p: f64, open: &[f64], own: bool) -> f64 {
        let format = self.judge.kernel.format();
        let soft =
            format.round([0.0, 0.0, 1.0, 0.9, self.random.unit(), 3.0 * self.random.unit()][self.random.below(6)]);
        let y = if own { format.round(1.0 - self.random.unit() / 2.0) } else { soft };
        let truths = self.judge.term.truths(p, f64::NAN, open, self.judge.kernel.order() as u8);
        let least = format.least() / format.unit();
        let beyond = |truth: &Truth| match (truth, times(truth, y)) {
            (Truth::Finite(term), Truth::Finite(known)) => {
                let tiny = !known.is_zero() && known.abs().to_f64() < least;
                tiny || error::rounded(&Truth::Finite(*term), format).is_infinite()
            }
            _ => false,
        };
        let is_none = matches!(truths.outputs[0], Truth::Undefined) && self.random.below(4) > 0;
        if is_none || truths.outputs.iter().any(beyond) { 0.0 } else { y }
    }
}

/// Numbers of classes of the rows that are drawn.
const CLASSES: [usize; 8] = [2, 3, 3, 5, 4, 10, 7, 20];
/// Rows that the gate looks at.
const ROWS: usize = 24;

/// A kernel over rows is written only after this: the kernel of one class passes its gate, and fixed rows, with targets and with
/// labels, are what the judge says in every class.
///
/// # Errors
/// The first result that is not, with its row.
pub fn gate_apart(kernel: &ApartKernel, derivation: &Derivation) -> Result<(), Message> {
    gate::gate(&kernel.term, derivation.of_elements())?;
    kernel.labelled.check()?;
    let judge = ApartJudge::new(derivation, kernel);
    let mut draw = Draw::new(&judge, 1);
    for place in 0..ROWS {
        let (asked, open) = draw.row([2, 3, 5, 10][place % 4], place % 2 == 1);
        settled(compared(&judge, &asked, &open)?)?;
    }
    Ok(())
}

/// Doubts a kernel at rows of so many probabilities in all, half of them with labels.
///
/// # Errors
/// A row that is none of the loss.
pub fn sweep(
    derivation: &Derivation,
    kernel: &ApartKernel,
    (samples, seed): (usize, u64),
    to: &mut Findings,
) -> Result<(), Message> {
    let judge = ApartJudge::new(derivation, kernel);
    let mut draw = Draw::new(&judge, seed);
    let mut found: Vec<(String, Found)> = Vec::new();
    let (mut left, mut place) = (samples, 0);
    while left > 0 {
        let (asked, open) = draw.row(CLASSES[place % CLASSES.len()], place / CLASSES.len() % 2 == 1);
        for (point, within) in compared(&judge, &asked, &open)? {
            take(&mut found, check(&point, within), redrawn(point));
        }
        left = left.saturating_sub(asked.p.len());
        place += 1;
    }
    found.into_iter().for_each(|(_, found)| found.finish(to));
    Ok(())
}
