//! Kernels over rows that are divided by their sum × the loss of the textbook in each number → checks and findings.
//!
//! The judge writes the formula out for one row, every sum in it, and differentiates it in one number by jets: it knows neither the
//! share nor how a row is added up. On which side of an end of a clip a row lies it decides in exact arithmetic. With labels it adds
//! what each class has as the target, times its label.
//!
//! At a share of 0 or 1 derivatives are limits. In the target's number they are those of the spec's `[edges]`, through the chain rule;
//! in another class's at a share of 0 the truth is taken at 2^-1074 for the target's number, from which the limit differs in no digit.

mod draw;

use draw::Draw;

use super::apart::{Asked, How, name, plus, times, witness};
use super::error;
use super::finding::{AtPoint, Findings, Subject};
use super::kernels::Found;
use super::names;
use super::rows::{check, redrawn, settled, take};
use super::yardstick::Yardstick;
use crate::derivation::{ByClass, Derivation};
use crate::expr::Expr;
use crate::kernel::normalised::LARGEST_SUM;
use crate::kernel::{self, CLIP, Format, Kernel, KernelParameter, NormalisedKernel};
use crate::message::Message;
use crate::oracle::judge::{Judge, Known, Truth, Truths};
use crate::rational::Rational;
use crate::spec::classes::{Case, Row, row as at_row};
use crate::terms;

/// Knows the truths of rows.
pub struct NormalisedJudge<'a> {
    derivation: &'a Derivation,
    kernel: &'a NormalisedKernel,
    /// Every parameter but the clip.
    parameters: Vec<KernelParameter>,
    clip: Option<[f64; 2]>,
    /// Of the share, uncut.
    share: Judge,
    /// The sums of absolute terms of the second derivatives where the row's sum is 1, in the target's number and another's.
    terms: [Option<Expr>; 2],
}

/// What is true of a class of a row.
pub struct OfClass {
    /// Loss, then the derivatives in the class's number, as many as the order asks for.
    pub outputs: Vec<Truth>,
    /// For each the sum of absolute terms, where an error may be measured against one.
    pub sums: Vec<Option<Truth>>,
}

impl OfClass {
    /// With a target an error of the second derivative may be.
    fn of(truths: Truths) -> OfClass {
        let sums = (0..truths.outputs.len()).map(|output| truths.terms.filter(|_| output == 2)).collect();
        OfClass { outputs: truths.outputs, sums }
    }
}

/// A row that the loss has, exactly.
struct Exact {
    sum: Rational,
    share: Rational,
}

impl<'a> NormalisedJudge<'a> {
    /// A judge of the loss under the settings of a kernel.
    ///
    /// # Errors
    /// A loss that is none of a share.
    pub fn new(derivation: &'a Derivation, kernel: &'a NormalisedKernel) -> Result<NormalisedJudge<'a>, Message> {
        let none = || Message::new(format!("`{}` is no loss of a share of the row's sum", derivation.spec.name));
        let by_class: &ByClass = derivation.classes.as_ref().ok_or_else(none)?;
        let share = by_class.share.as_ref().ok_or_else(none)?;
        let all = &kernel.term.parameters;
        let parameters: Vec<KernelParameter> = all.iter().filter(|one| one.name != CLIP).cloned().collect();
        let ranges = names::ranges(&share.spec);
        let terms = [Case::Own, Case::Other].map(|case| {
            let form = by_class.in_share(case, 2, &Expr::integer(1))?;
            Some(terms::absolute(&form, &ranges))
        });
        let (clip, share) = (kernel::clip(all), Judge::new(&share.spec, &parameters, None));
        Ok(NormalisedJudge { derivation, kernel, parameters, clip, share, terms })
    }

    fn order(&self) -> u8 {
        self.kernel.order() as u8
    }

    /// What is true of a class of a row; `None` where nothing is promised: where registers need not tell on which side of an end of
    /// the clip it lies, in f64 where what is left of 1 is subnormal, and with labels where a term is beyond the largest number.
    /// `open` has the values of the open parameters of each class.
    ///
    /// # Errors
    /// A row that is none of the loss.
    pub fn truths(&self, asked: &Asked, class: usize, open: &[Vec<f64>]) -> Result<Option<OfClass>, Message> {
        match &asked.how {
            How::Target(target) => Ok(self.of_target(&asked.p, (*target, class), &open[*target])?.map(OfClass::of)),
            How::Labels(y) => self.of_labels(&asked.p, y, class, open),
        }
    }

    fn undefined(&self) -> Truths {
        Truths { outputs: vec![Truth::Undefined; usize::from(self.order()) + 1], terms: None }
    }

    /// The row's sum and a class's share, where it is a row.
    fn exact(&self, p: &[f64], class: usize) -> Option<Exact> {
        let numbers: Vec<Rational> = p.iter().map(|p| Rational::from_f64(*p)).collect::<Option<_>>()?;
        if numbers.iter().any(Rational::is_negative) {
            return None;
        }
        let sum = numbers.iter().fold(Rational::ZERO, |sum, one| &sum + one);
        let largest = Rational::from_f64(LARGEST_SUM)?;
        let share = numbers[class].checked_div(&sum)?;
        (sum <= largest).then_some(Exact { sum, share })
    }

    fn of_target(&self, p: &[f64], (target, class): (usize, usize), open: &[f64]) -> Result<Option<Truths>, Message> {
        let Some(exact) = self.exact(p, target) else { return Ok(Some(self.undefined())) };
        let rest = &Rational::ONE - &exact.share;
        if self.kernel.format() == Format::F64 && !rest.is_zero() && rest.to_f64() < f64::MIN_POSITIVE {
            return Ok(None);
        }
        if let Some(ends) = self.clip {
            let [lo, hi] = ends.map(|end| Rational::from_f64(end).unwrap_or(Rational::ZERO));
            if [&lo, &hi].into_iter().any(|end| self.is_beside(&exact.share, end)) {
                return Ok(None);
            }
            let beyond = (exact.share < lo).then_some(ends[0]).or_else(|| (hi < exact.share).then_some(ends[1]));
            if let Some(end) = beyond {
                let mut truths = self.share.truths(end, f64::NAN, open, self.order());
                let derivatives = truths.outputs.iter_mut().skip(1).filter(|truth| **truth != Truth::Undefined);
                derivatives.for_each(|truth| *truth = Truth::Finite(Known::ZERO));
                return Ok(Some(truths));
            }
        }
        if rest.is_zero() {
            return Ok(Some(self.at_one(&exact, class == target, open)));
        }
        if exact.share.is_zero() {
            let limits = self.share.truths(0.0, f64::NAN, open, self.order());
            if class == target {
                return Ok(Some(limits));
            }
            let mut near = p.to_vec();
            near[target] = f64::from_bits(1);
            let mut truths = self.inside(&near, &exact, (target, class), open)?;
            truths.outputs[0] = limits.outputs[0];
            return Ok(Some(truths));
        }
        self.inside(p, &exact, (target, class), open).map(Some)
    }

    /// Is a share beside an end, not on it, where registers need not tell?
    fn is_beside(&self, share: &Rational, end: &Rational) -> bool {
        let near = if self.kernel.format() == Format::F32 { -36 } else { -80 };
        let off = (share - end).checked_div(end).map_or(f64::INFINITY, |off| off.to_f64().abs());
        share != end && off < 2f64.powi(near)
    }

    /// Where the target has everything.
    fn at_one(&self, exact: &Exact, own: bool, open: &[f64]) -> Truths {
        let mut truths = self.share.truths(1.0, f64::NAN, open, self.order());
        let over = |truth: Truth, by: &Rational| match truth {
            Truth::Finite(known) => {
                Truth::Finite(Known::nearest(&known.exact().checked_div(by).unwrap_or(Rational::ZERO)))
            }
            other => other,
        };
        if truths.outputs[0] == Truth::Undefined {
            return truths;
        }
        if own {
            truths.outputs.iter_mut().skip(1).for_each(|truth| *truth = Truth::Finite(Known::ZERO));
            return truths;
        }
        let first = truths.outputs.get(1).copied();
        if let Some(second) = truths.outputs.get_mut(2) {
            let twice = times(&first.unwrap_or(Truth::Undefined), 2.0);
            *second = over(plus(*second, twice), &(&exact.sum * &exact.sum));
        }
        if let Some(first) = truths.outputs.get_mut(1) {
            let minus = match *first {
                Truth::Finite(known) => Truth::Finite(known.neg()),
                other => other,
            };
            *first = over(minus, &exact.sum);
        }
        Truths { terms: None, ..truths }
    }

    /// Where neither the target nor the others have nothing.
    fn inside(
        &self,
        p: &[f64],
        exact: &Exact,
        (target, class): (usize, usize),
        open: &[f64],
    ) -> Result<Truths, Message> {
        let spec = at_row(&self.derivation.spec, &Row { logits: p, target, class })?;
        let terms = self.terms[usize::from(class != target)].as_ref().filter(|_| self.order() > 1);
        let mut truths = Judge::new(&spec, &self.parameters, terms).truths(p[class], f64::NAN, open, self.order());
        if let Some(Truth::Finite(known)) = &mut truths.terms {
            let over = &exact.sum * &exact.sum;
            *known = Known::nearest(&known.exact().checked_div(&over).unwrap_or(Rational::ZERO));
        }
        Ok(truths)
    }

    /// Is a term, or its product with a label, finite and beyond the largest number of registers? Of sums of such nothing is
    /// promised.
    fn is_beyond(&self, term: &Truth, y: f64) -> bool {
        let beyond = |truth: &Truth| match truth {
            Truth::Finite(known) => known.to_f64().is_infinite(),
            _ => false,
        };
        beyond(term) || beyond(&times(term, y))
    }

    fn of_labels(&self, p: &[f64], y: &[f64], class: usize, open: &[Vec<f64>]) -> Result<Option<OfClass>, Message> {
        let zero = Truth::Finite(Known::ZERO);
        let count = usize::from(self.order()) + 1;
        if self.exact(p, class).is_none() || y.iter().any(|y| !(0.0..=f64::MAX).contains(y)) {
            return Ok(Some(OfClass::of(self.undefined())));
        }
        let (mut outputs, mut sums) = (vec![zero; count], vec![zero; count]);
        for (target, &y) in y.iter().enumerate().filter(|(_, y)| **y != 0.0) {
            let Some(truths) = self.of_target(p, (target, class), &open[target])? else { return Ok(None) };
            if truths.outputs.iter().chain(&truths.terms).any(|truth| self.is_beyond(truth, y)) {
                return Ok(None);
            }
            for (place, truth) in truths.outputs.iter().enumerate() {
                outputs[place] = plus(outputs[place], times(truth, y));
                let terms = truths.terms.as_ref().filter(|_| place == 2).unwrap_or(truth);
                let size = match terms {
                    Truth::Finite(known) => Truth::Finite(known.abs()),
                    other => *other,
                };
                sums[place] = plus(sums[place], times(&size, y));
            }
        }
        if outputs.contains(&Truth::Undefined) {
            return Ok(Some(OfClass::of(self.undefined())));
        }
        let sums = sums.into_iter().enumerate().map(|(output, sum)| Some(sum).filter(|_| output > 0)).collect();
        Ok(Some(OfClass { outputs, sums }))
    }
}

/// Every result of a row that is looked at beside its truth, and what its bound holds for.
fn compared(
    judge: &NormalisedJudge,
    asked: &Asked,
    looked_at: &[usize],
    open: &[Vec<f64>],
) -> Result<Vec<(AtPoint, String)>, Message> {
    let kernel = judge.kernel;
    let found = match &asked.how {
        How::Target(target) => kernel.eval(&asked.p, *target, &open[*target]),
        How::Labels(y) => kernel.eval_labels(&asked.p, y, &|class| open[class].clone()),
    };
    let mut all = Vec::new();
    for (place, &class) in looked_at.iter().enumerate() {
        let Some(truths) = judge.truths(asked, class, open)? else { continue };
        for output in usize::from(place > 0)..=kernel.order() {
            let (of, bound): (&Kernel, usize) = match &asked.how {
                How::Target(_) if output == 0 => (&kernel.term, 0),
                How::Target(target) => (&kernel.term, 2 * output - usize::from(class == *target)),
                How::Labels(_) => (&kernel.labelled, [0, 1, 3][output]),
            };
            let truth = &truths.outputs[output];
            let measured = if output == 0 { found.loss } else { found.derivatives[output - 1][class] };
            // parameters of every class that counts are within the bound
            let limits = counted(asked).into_iter().map(|class| {
                let yardstick = Yardstick::of(&of.outputs[bound], of, ["", ""], &open[class]);
                yardstick.limits.first().cloned()
            });
            let limits: Option<Vec<_>> = limits.collect();
            let limit = limits.unwrap_or_default().into_iter().max_by(|a, b| a.ulps.total_cmp(&b.ulps));
            let yardstick = Yardstick::of(&of.outputs[bound], of, ["", ""], &open[class]);
            let terms = truths.sums[output].as_ref().filter(|_| yardstick.of_terms);
            let error = error::error(measured, truth, terms, kernel.format());
            let floored = |error: f64| error * floored(truth, &asked.p, output, kernel.format());
            let error = error.map(|error| if error.is_finite() { floored(error) } else { error });
            let point = AtPoint {
                subject: Subject::of(&judge.derivation.spec, &name(output, &asked.how, class), of),
                witness: witness(of, asked, class, &open[class]),
                expected: error::rounded(truth, kernel.format()),
                measured,
                error: error.unwrap_or(f64::NAN),
                bound: limit.as_ref().map(|limit| limit.ulps),
                unit: yardstick.unit(),
            };
            all.push((point, limit.map(|limit| limit.within).unwrap_or_default()));
        }
    }
    Ok(all)
}

/// The classes whose parameters a row's results depend on.
fn counted(asked: &Asked) -> Vec<usize> {
    match &asked.how {
        How::Target(target) => vec![*target],
        How::Labels(y) => {
            let counted: Vec<usize> = (0..y.len()).filter(|class| y[*class] != 0.0).collect();
            if counted.is_empty() { vec![0] } else { counted }
        }
    }
}

/// What an error in ulps of f64 counts for where the sum is below 1: an ulp of a first derivative is at least 2^-1074 over it, of a
/// second one over its square, since what is divided by it last may be subnormal.
fn floored(truth: &Truth, p: &[f64], order: usize, format: Format) -> f64 {
    let (Format::F64, Truth::Finite(known), 1..) = (format, truth, order) else { return 1.0 };
    let exponent = if known.is_zero() { -1074.0 } else { (known.exponent as f64 - 52.0).max(-1074.0) };
    let least = -1074.0 - order as f64 * p.iter().sum::<f64>().log2();
    (exponent - least).min(0.0).exp2()
}

/// Numbers of classes of the rows that are drawn.
const CLASSES: [usize; 8] = [2, 3, 3, 5, 4, 10, 7, 20];
/// Rows that the gate looks at.
const ROWS: usize = 48;

/// A kernel over rows is written only after this: fixed rows, with targets and with labels, are what the judge says.
///
/// # Errors
/// The first result that is not, with its row.
pub fn gate_normalised(kernel: &NormalisedKernel, derivation: &Derivation) -> Result<(), Message> {
    let judge = NormalisedJudge::new(derivation, kernel)?;
    let mut draw = Draw::new(&judge, 1);
    for place in 0..ROWS {
        let (asked, looked_at, open) = draw.row([2, 3, 5][place % 3], place, place / 8 % 2 == 1);
        settled(compared(&judge, &asked, &looked_at, &open)?)?;
    }
    Ok(())
}

/// Doubts a kernel at rows of so many numbers in all, half of them with labels.
///
/// # Errors
/// A row that is none of the loss.
pub fn sweep(
    derivation: &Derivation,
    kernel: &NormalisedKernel,
    (samples, seed): (usize, u64),
    to: &mut Findings,
) -> Result<(), Message> {
    let judge = NormalisedJudge::new(derivation, kernel)?;
    let mut draw = Draw::new(&judge, seed);
    let mut found: Vec<(String, Found)> = Vec::new();
    let (mut left, mut place) = (samples, 0);
    while left > 0 {
        let classes = CLASSES[place / 16 % CLASSES.len()];
        let (asked, looked_at, open) = draw.row(classes, place, place / 8 % 2 == 1);
        for (point, within) in compared(&judge, &asked, &looked_at, &open)? {
            take(&mut found, check(&point, within), redrawn(point));
        }
        left = left.saturating_sub(looked_at.len());
        place += 1;
    }
    found.into_iter().for_each(|(_, found)| found.finish(to));
    Ok(())
}
