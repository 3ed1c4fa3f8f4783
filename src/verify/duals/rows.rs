//! Derived forms of the cases of a loss over classes × dual numbers → do they agree in the interior?
//!
//! A whole row goes through duals: the loss of the textbook, every sum written out, is differentiated in all its logits at
//! once, one gradient vector and one Hessian matrix. The form of a case is evaluated in f64 at the same row, with what
//! its names stand for: that of the target in the target's logit, that of another class in one drawn from the others.
//!
//! Where both disagree, arbitrary precision differentiates the formula in that logit; where the form agrees with that, it
//! was the duals' rounding, and the row settles nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::finding::{Doubt, Findings, Subject, Witness};
use super::super::names::{self, Asked};
use super::super::plan;
use super::super::points::Xorshift;
use super::super::shapes::valued;
use super::super::tally::{Compared, Tally};
use super::{DRAWS, MARGIN, allowed, error};
use crate::derivation::classes::Part;
use crate::derivation::{ByClass, Derivation, Status};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{Format, KernelParameter};
use crate::message::Message;
use crate::oracle::judge::{Judge, Truth};
use crate::real;
use crate::real::dual::{self, Derivatives};
use crate::spec::classes::{Case, Row, at_row, row, whole_row};
use crate::terms;

/// Classes of the rows that are drawn.
const CLASSES: [usize; 3] = [2, 3, 10];
/// Logits are drawn from −3 to 3: with ten classes none of them has nearly everything.
const RANGE: f64 = 3.0;

type Values = BTreeMap<Arc<str>, f64>;

/// A form in the logit of a case, and what became of it.
struct Form<'a> {
    part: &'a Part,
    form: Expr,
    terms: Expr,
    order: usize,
    tally: Tally,
}

/// A row that is looked at: its logits, its target, and another class.
struct Drawn {
    logits: Vec<f64>,
    target: usize,
    other: usize,
}

/// Doubts every derived form and every proved claim about a derivative in a logit, at so many rows.
///
/// # Errors
/// Where a formula cannot be written out for a row.
pub fn sweep(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (rows, seed): (usize, u64),
    to: &mut Findings,
) -> Result<(), Message> {
    let Some(by_class) = &derivation.classes else { return Ok(()) };
    let subject = |name: &str| Subject::new(&derivation.spec, name, Format::F64, parameters);
    let again = |name: &str| format!("{} --samples {rows} --seed {seed}", subject(name).command());
    let mut forms = forms(by_class, &|name| Tally::new(subject(name), Doubt::Duals, again(name)));
    let sets = plan::open_values(parameters, Format::F64, &[]);
    let mut random = Xorshift::new(seed);
    for turn in 0..rows {
        let doubted = Doubted { derivation, parameters, open: &sets[turn % sets.len()] };
        let Some(drawn) = doubted.drawn(CLASSES[turn % CLASSES.len()], &mut random)? else { continue };
        let (formula, derivatives) = doubted.derivatives(&drawn)?;
        for form in &mut forms {
            doubted.one(form, &drawn, &formula, &derivatives)?;
        }
    }
    forms.into_iter().for_each(|form| form.tally.finish(to));
    Ok(())
}

/// The forms of both cases.
fn forms<'a>(by_class: &'a ByClass, tally: &dyn Fn(&str) -> Tally) -> Vec<Form<'a>> {
    let mut all = Vec::new();
    for part in [&by_class.own, &by_class.other] {
        let Derivation { spec, derived, claims, .. } = &part.derivation;
        let derived = derived.iter().map(|one| (one.name.clone(), &one.of, &one.form));
        let claims = claims.iter().filter(|claim| claim.status == Status::Proved);
        let claims = claims.map(|claim| (format!("claim {}", claim.name), &claim.lhs, &claim.rhs));
        for (name, of, form) in derived.chain(claims) {
            let loss = spec.formula.last().map(|line| Expr::Symbol(line.name.clone()));
            let asked =
                Asked::read(of).filter(|asked| asked.by == spec.inputs[0].name && Some(&asked.of) == loss.as_ref());
            if let Some(asked) = asked {
                let form = part.derivation.in_names(form);
                let terms = terms::absolute(&form, &names::ranges(spec));
                let tally = tally(&format!("{name} in a row"));
                all.push(Form { part, terms, form, order: asked.order, tally });
            }
        }
    }
    all
}

/// A loss under a setting, with values of the open parameters.
struct Doubted<'a> {
    derivation: &'a Derivation,
    parameters: &'a [KernelParameter],
    open: &'a [f64],
}

impl Doubted<'_> {
    /// A row of so many classes whose names between 0 and 1 are in the interior; where all draws miss it, the first one where
    /// the formula is defined.
    fn drawn(&self, classes: usize, random: &mut Xorshift) -> Result<Option<Drawn>, Message> {
        let within = Interval::of_domain(&self.derivation.spec.inputs[0].domain);
        let share = within.nonnegative().is_yes() && within.hi().to_f64_up() <= 1.0;
        let target = random.below(classes);
        let other = (target + 1 + random.below(classes - 1)) % classes;
        let spec = whole_row(&self.derivation.spec, classes, target)?;
        let definitions = names::definitions(&spec, self.parameters);
        let mut outside = None;
        for _ in 0..DRAWS {
            let logit = |random: &mut Xorshift| match share {
                true => MARGIN + (1.0 - 2.0 * MARGIN) * random.unit(),
                false => random.signed() * random.unit() * RANGE,
            };
            let logits: Vec<f64> = (0..classes).map(|_| logit(random)).collect();
            let names = spec.inputs.iter().map(|input| input.name.clone()).zip(logits.iter().copied());
            let mut values: Values = names.chain(valued(self.parameters, self.open)).collect();
            let defined = self.define(&definitions, &mut values);
            let (_, before) = definitions.split_last().ok_or_else(|| Message::new("a loss has a formula"))?;
            let inside = |(name, _): &(Arc<str>, Expr)| match values.get(name) {
                Some(value) if (0.0..=1.0).contains(value) => (MARGIN..=1.0 - MARGIN).contains(value),
                _ => true,
            };
            let varies = |(name, _): &&(Arc<str>, Expr)| {
                let unfolded = names::unfold(&Expr::Symbol(name.clone()), &definitions);
                spec.inputs.iter().any(|input| unfolded.mentions(&input.name))
            };
            let drawn = Drawn { logits, target, other };
            if defined && before.iter().filter(varies).all(inside) {
                return Ok(Some(drawn));
            }
            outside = outside.or(defined.then_some(drawn));
        }
        Ok(outside)
    }

    /// Evaluates definitions in their order; false where one has no value.
    fn define(&self, definitions: &[(Arc<str>, Expr)], values: &mut Values) -> bool {
        definitions.iter().all(|(name, value)| {
            real::eval(value, values, &0.0).is_ok_and(|value| {
                values.insert(name.clone(), value);
                value.is_finite()
            })
        })
    }

    /// The loss of a row, a formula of all its logits, and its derivatives in them by duals; `None` where there are none.
    fn derivatives(&self, drawn: &Drawn) -> Result<(Expr, Option<Derivatives>), Message> {
        let spec = whole_row(&self.derivation.spec, drawn.logits.len(), drawn.target)?;
        let definitions = names::definitions(&spec, self.parameters);
        let loss = definitions.last().map_or(Expr::integer(0), |(name, _)| Expr::Symbol(name.clone()));
        let formula = names::unfold(&loss, &definitions);
        let logits: Vec<Arc<str>> = spec.inputs.iter().map(|input| input.name.clone()).collect();
        let fixed: Vec<(Arc<str>, f64)> = valued(self.parameters, self.open).collect();
        let found = dual::gradient_hessian(&formula, &logits, &drawn.logits, &fixed).ok();
        Ok((formula, found))
    }

    /// Compares a form with the duals at a row.
    fn one(&self, form: &mut Form, drawn: &Drawn, formula: &Expr, found: &Option<Derivatives>) -> Result<(), Message> {
        let class = if form.part.case == Case::Own { drawn.target } else { drawn.other };
        let place = Row { logits: &drawn.logits, target: drawn.target, class };
        let expected = match (found, form.order) {
            (Some((gradient, _)), 1) => gradient[class],
            (Some((_, hessian)), 2) => hessian[(class, class)],
            _ => f64::NAN,
        };
        let values = self.values(form.part, &place)?;
        let value = |expr: &Expr| real::eval(expr, &values, &0.0).unwrap_or(f64::NAN);
        let (measured, terms) = (value(&form.form), value(&form.terms));
        let allowed = allowed(&form.form, formula, self.parameters, self.open);
        let compared = Compared { expected, measured, error: error(expected, measured, terms), allowed };
        let truth = || -> Result<f64, Message> {
            let judge = Judge::new(&row(&self.derivation.spec, &place)?, self.parameters, None);
            let truth = judge.truths(drawn.logits[class], f64::NAN, self.open, 2).outputs.get(form.order).copied();
            Ok(if let Some(Truth::Finite(known)) = truth { known.to_f64() } else { f64::NAN })
        };
        if compared.error > allowed && error(truth()?, measured, terms) <= allowed {
            form.tally.unsettled();
        } else {
            form.tally.take(&compared, self.witness(drawn, class));
        }
        Ok(())
    }

    /// What the names of a case are at a row.
    fn values(&self, part: &Part, place: &Row) -> Result<Values, Message> {
        let mut values: Values = valued(self.parameters, self.open).collect();
        let given = values.clone();
        for meaning in &part.meanings {
            let written = at_row(&self.derivation.spec, &meaning.is, place)?;
            // what `none` leaves out has no value, and nothing asks for it
            if let Ok(value) = real::eval(&written, &given, &0.0) {
                values.insert(meaning.name.clone(), value);
            }
        }
        self.define(&names::definitions(&part.derivation.spec, self.parameters), &mut values);
        Ok(values)
    }

    fn witness(&self, drawn: &Drawn, class: usize) -> Witness {
        let list = &self.derivation.spec.inputs[0].name;
        let logits = drawn.logits.iter().enumerate().map(|(class, logit)| (format!("{list}[{class}]"), *logit));
        let classes = [("t".to_string(), drawn.target as f64), ("i".to_string(), class as f64)];
        let open = plan::named(self.parameters, self.open);
        Witness { values: logits.chain(classes).chain(open).collect(), format: Format::F64 }
    }
}
