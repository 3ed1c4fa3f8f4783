//! What was asked → the settings of the parameters that are doubted, and the values that open parameters take.

use std::collections::BTreeSet;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::{Format, Kernel, KernelParameter, Setting};
use crate::notation::{self, Origin};
use crate::op::Op;
use crate::rational::Rational;
use crate::setting::Choice;
use crate::spec::Spec;

/// Values of a focusing parameter that are doubted where none was chosen.
const GAMMAS: [&str; 5] = ["0", "0.5", "1", "2", "5"];

/// Values that an open parameter takes, as far as its domain has them.
const OPEN: [&str; 9] = ["0", "0.25", "0.5", "1", "2", "2.5", "3.7", "5", "-1.7"];

/// The choices completed in every way that is doubted: `gamma` takes several values, any other parameter that
/// nothing was said about is `none` where it can be, else 0.5, 1 or 0.
pub fn settings(spec: &Spec, choices: &[(String, Choice)]) -> Vec<Vec<(String, Choice)>> {
    let mut all = vec![choices.to_vec()];
    for parameter in &spec.parameters {
        if choices.iter().any(|(name, _)| **name == *parameter.name) {
            continue;
        }
        let candidates = if &*parameter.name == "gamma" {
            values(&GAMMAS, &parameter.domain).into_iter().map(Choice::Value).collect()
        } else if parameter.none.is_some() {
            vec![Choice::None]
        } else {
            values(&["0.5", "1", "0"], &parameter.domain).into_iter().take(1).map(Choice::Value).collect()
        };
        if !candidates.is_empty() {
            let with = |choice: &Choice| (parameter.name.to_string(), choice.clone());
            let complete = |one: &Vec<(String, Choice)>| {
                let one = one.clone();
                candidates.iter().map(move |choice| one.iter().cloned().chain([with(choice)]).collect()).collect()
            };
            all = all.iter().flat_map(|one| -> Vec<Vec<(String, Choice)>> { complete(one) }).collect();
        }
    }
    all
}

/// The open parameters by name, with a value each: as a witness shows them.
pub fn named<'a>(parameters: &'a [KernelParameter], open: &'a [f64]) -> impl Iterator<Item = (String, f64)> + 'a {
    let names = parameters.iter().filter(|one| one.setting == Setting::Argument);
    names.zip(open).map(|(one, value)| (one.name.clone(), *value))
}

/// Values for the open parameters, every one with every other; one empty set where none is open: the usual ones, the
/// ends of the domain, and `more` by name.
pub fn open_values(parameters: &[KernelParameter], format: Format, more: &[(String, Rational)]) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new()];
    for parameter in parameters.iter().filter(|parameter| parameter.setting == Setting::Argument) {
        let wanted = more.iter().filter(|(name, _)| *name == parameter.name).map(|(_, value)| value.clone());
        let mut candidates: Vec<f64> = values(&OPEN, &parameter.domain)
            .into_iter()
            .chain(domain_ends(&parameter.domain))
            .chain(wanted)
            .map(|value| format.nearest(&value))
            .filter(|value| Rational::from_f64(*value).is_some_and(|value| parameter.domain.contains(&value)))
            .collect();
        candidates.sort_by(f64::total_cmp);
        candidates.dedup();
        let candidates = if candidates.is_empty() { vec![inside(&parameter.domain, format)] } else { candidates };
        all = all
            .iter()
            .flat_map(|one| candidates.iter().map(|value| one.iter().copied().chain([*value]).collect::<Vec<f64>>()))
            .collect();
    }
    all
}

/// The ends that belong to a domain.
fn domain_ends(domain: &Domain) -> Vec<Rational> {
    match domain {
        Domain::Finite | Domain::Class => Vec::new(),
        Domain::Set(values) => values.clone(),
        Domain::Interval { lo, hi, .. } => lo.iter().chain(hi).filter(|end| domain.contains(end)).cloned().collect(),
    }
}

/// Where a kernel's bounds end: names and the numbers that they, or their magnitudes, are compared with in what the
/// bounds hold for.
pub fn ends(kernel: &Kernel) -> Vec<(String, Rational)> {
    let within = kernel.outputs.iter().flat_map(|output| &output.bounds).map(|bound| bound.within.as_str());
    let within: BTreeSet<&str> = within.filter(|within| !within.is_empty()).collect();
    let conditions =
        within.into_iter().filter_map(|text| notation::conditions(text, &Origin::alone("<bound>", text)).ok());
    conditions
        .flatten()
        .filter_map(|condition| match condition.operands() {
            [Expr::Symbol(name), Expr::Number(value)] => Some((name.to_string(), value.clone())),
            [Expr::Apply(Op::Abs, inner), Expr::Number(value)] => match &inner[0] {
                Expr::Symbol(name) => Some((name.to_string(), value.clone())),
                _ => None,
            },
            _ => None,
        })
        .collect()
}

/// Values for the open parameters of which at least one lies outside its domain, or is NaN.
pub fn outside_values(parameters: &[KernelParameter], format: Format) -> Vec<Vec<f64>> {
    let Some(good) = open_values(parameters, format, &[]).into_iter().next_back() else { return Vec::new() };
    let open: Vec<&KernelParameter> =
        parameters.iter().filter(|parameter| parameter.setting == Setting::Argument).collect();
    let mut all = Vec::new();
    for (place, parameter) in open.iter().enumerate() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, -format.least(), 0.0, 2.0] {
            if Rational::from_f64(bad).is_none_or(|value| !parameter.domain.contains(&value)) {
                let mut values = good.clone();
                values[place] = bad;
                all.push(values);
            }
        }
    }
    all
}

fn values(texts: &[&str], domain: &Domain) -> Vec<Rational> {
    let read = |text: &&str| match text.strip_prefix('-') {
        Some(magnitude) => Rational::from_decimal(magnitude).map(|value| -&value),
        None => Rational::from_decimal(text),
    };
    texts.iter().filter_map(read).filter(|value| domain.contains(value)).collect()
}

/// A float of the domain, where the usual ones are outside.
fn inside(domain: &Domain, format: Format) -> f64 {
    let value = match domain {
        Domain::Finite | Domain::Class => 1.0,
        Domain::Set(values) => values.first().map_or(f64::NAN, Rational::to_f64),
        Domain::Interval { lo, hi, .. } => match (lo, hi) {
            (Some(lo), Some(hi)) => lo.to_f64() / 2.0 + hi.to_f64() / 2.0,
            (Some(lo), None) => lo.to_f64() + lo.to_f64().abs().max(1.0),
            (None, Some(hi)) => hi.to_f64() - hi.to_f64().abs().max(1.0),
            (None, None) => 1.0,
        },
    };
    format.round(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(lo: i64, lo_open: bool, hi: Option<i64>) -> KernelParameter {
        let domain =
            Domain::Interval { lo: Some(Rational::from(lo)), lo_open, hi: hi.map(Rational::from), hi_open: false };
        KernelParameter { name: "a".to_string(), setting: Setting::Argument, domain }
    }

    #[test]
    fn open_parameters_stay_in_their_domains() {
        let pair = [parameter(0, true, None), parameter(0, false, Some(1))];
        let sets = open_values(&pair, Format::F32, &[]);
        assert_eq!(sets.len(), 7 * 4);
        assert!(sets.iter().all(|set| set[0] > 0.0 && (0.0..=1.0).contains(&set[1])));
        assert!(sets.iter().any(|set| set[0] == f64::from(3.7f32)));
        let more = [("a".to_string(), Rational::ratio(1, 1024).unwrap()), ("b".to_string(), Rational::ONE)];
        let sets = open_values(&pair[1..], Format::F64, &more);
        assert_eq!(sets.concat(), [0.0, 1.0 / 1024.0, 0.25, 0.5, 1.0]);
        assert_eq!(open_values(&[], Format::F64, &[]), vec![Vec::<f64>::new()]);
        assert_eq!(open_values(&[parameter(10, false, Some(12))], Format::F64, &[]).concat(), [10.0, 12.0]);
        assert_eq!(open_values(&[parameter(10, true, None)], Format::F64, &[]).concat(), [20.0]);
    }

    #[test]
    fn and_leave_them_to_be_refused() {
        let pair = [parameter(0, true, None), parameter(0, false, Some(1))];
        let sets = outside_values(&pair, Format::F64);
        assert!(sets.iter().any(|set| set[0] == 0.0) && sets.iter().any(|set| set[1] == 2.0));
        assert!(sets.iter().any(|set| set[0].is_nan()));
        assert!(!sets.iter().any(|set| set[1] == 0.0));
        assert!(outside_values(&[], Format::F64).is_empty());
    }
}
