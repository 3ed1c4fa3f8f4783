//! An expression as it is coded, in f32 or f64, each operation rounded → how far it is from the truth, and a form that is
//! near it.
//!
//! Points are fixed: evenly over each range, and by powers of two near 0. The truth at a point is that of arbitrary
//! precision; the stable form is looked for as for any loss, and is measured at the same points.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::read::Problem;
use super::{derivative, ieee};
use crate::derivation;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::kernel::{self, Format, Kernel, Mode};
use crate::lower;
use crate::message::Message;
use crate::oracle::filter::Filter;
use crate::oracle::judge::Truth;
use crate::rational::Rational;
use crate::real::Program;
use crate::rule::RuleBook;
use crate::setting;
use crate::spec::{Definition, Input, Spec, Text};

/// Points over all ranges together, about.
const POINTS: usize = 2_400;
/// Relative error beyond which digits count as lost.
const LOST: f64 = 1e-3;

/// What is audited.
#[derive(Clone, Debug)]
pub struct FloatOptions {
    /// The lets that the expression uses.
    pub problem: Problem,
    /// The expression.
    pub expr: Expr,
    /// The format that it is computed in.
    pub format: Format,
    /// Ranges of names.
    pub within: Vec<(Arc<str>, Rational, Rational)>,
    /// Values of names; they count as the floats they are rounded to.
    pub set: Vec<(Arc<str>, Rational)>,
}

/// A point and what was found there.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The values of the names.
    pub at: Vec<(Arc<str>, f64)>,
    /// What the expression gives.
    pub measured: f64,
    /// The truth, rounded to f64.
    pub exact: f64,
    /// The error in units in the last place.
    pub ulps: f64,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct FloatAudit {
    /// The expression with its lets written out.
    pub expr: Expr,
    /// The format.
    pub format: Format,
    /// Points at which the truth is a finite number.
    pub points: usize,
    /// Points at which there is no truth, or none was settled.
    pub outside: usize,
    /// The worst finite result.
    pub worst: Option<Seen>,
    /// Points at which more than 1e-3 is lost, and the one of them nearest to 0.
    pub lost: (usize, Option<Seen>),
    /// Points at which the result is NaN or infinite, and the one of them nearest to 0.
    pub broken: (usize, Option<Seen>),
    /// The stable form, or why there is none.
    pub stable: Result<Stable, String>,
}

/// A form near the truth.
#[derive(Clone, Debug)]
pub struct Stable {
    /// How it is computed, line by line.
    pub form: String,
    /// Its worst result at the same points.
    pub worst: Option<Seen>,
}

impl FloatAudit {
    /// Is nothing lost, and everything finite?
    pub fn holds(&self) -> bool {
        self.lost.0 == 0 && self.broken.0 == 0
    }
}

/// Audits an expression.
///
/// # Errors
/// Where a name has neither a range nor a value, or no point has a truth.
pub fn audit(options: &FloatOptions, book: &RuleBook) -> Result<FloatAudit, Message> {
    let expr = derivative::flat(&options.problem, &options.expr).map_err(Message::new)?;
    let names = names(options, &expr)?;
    let points = points(options, &names);
    let program = Program::new(&names, &[], std::slice::from_ref(&expr));
    let filter = Filter::new(program.clone());
    let run = ieee::runner(&program, options.format);
    let mut found = FloatAudit {
        expr: expr.clone(),
        format: options.format,
        points: 0,
        outside: 0,
        worst: None,
        lost: (0, None),
        broken: (0, None),
        stable: Err(String::new()),
    };
    let mut truths = Vec::new();
    for at in &points {
        let truth = filter.settled(at, at.len(), 0)[0];
        truths.push(truth);
        let Truth::Finite(known) = truth else {
            found.outside += 1;
            continue;
        };
        found.points += 1;
        let measured = run(at);
        let at = names.iter().cloned().zip(at.iter().copied()).collect();
        let seen = Seen { at, measured, exact: known.to_f64(), ulps: known.ulps(measured, options.format) };
        found.count(seen);
    }
    if found.points == 0 {
        return Err(Message::new(format!("`{expr}` has no value at any point of the range"))
            .help("give a range on which it is defined, such as --in x=0.1..1"));
    }
    found.stable = stable(options, &expr, book).map(|kernel| measured(&kernel, options, &names, &points, &truths));
    Ok(found)
}

impl FloatAudit {
    fn count(&mut self, seen: Seen) {
        if !seen.measured.is_finite() {
            // beyond the format infinity is right
            if seen.ulps > 0.0 {
                add(&mut self.broken, seen);
            }
            return;
        }
        if (seen.measured - seen.exact).abs() > LOST * seen.exact.abs() && seen.ulps > 2.0 {
            add(&mut self.lost, seen.clone());
        }
        if self.worst.as_ref().is_none_or(|worst| seen.ulps > worst.ulps) {
            self.worst = Some(seen);
        }
    }
}

/// One more, and the one nearest to 0.
fn add((count, nearest): &mut (usize, Option<Seen>), seen: Seen) {
    *count += 1;
    let size = |seen: &Seen| seen.at.iter().map(|(_, value)| value.abs()).fold(0.0, f64::max);
    if nearest.as_ref().is_none_or(|known| size(&seen) < size(known)) {
        *nearest = Some(seen);
    }
}

/// The names of the expression: those with a range first.
fn names(options: &FloatOptions, expr: &Expr) -> Result<Vec<Arc<str>>, Message> {
    let given = options.within.iter().map(|(name, _, _)| name).chain(options.set.iter().map(|(name, _)| name));
    let given: Vec<Arc<str>> = given.cloned().collect();
    for name in expr.symbols() {
        if !given.contains(&name) {
            return Err(Message::new(format!("`{name}` has neither a range nor a value"))
                .help(format!("give it one: --in {name}=-120..120, or --set {name}=2")));
        }
    }
    for name in &given {
        if !expr.mentions(name) {
            let has: Vec<String> = expr.symbols().iter().map(|name| format!("`{name}`")).collect();
            return Err(Message::new(format!("`{name}` does not occur in the expression"))
                .help(format!("it has {}", has.join(", "))));
        }
    }
    Ok(given)
}

/// Every point: values of the names with a range in all combinations.
fn points(options: &FloatOptions, names: &[Arc<str>]) -> Vec<Vec<f64>> {
    let each = (POINTS as f64).powf(1.0 / options.within.len().max(1) as f64) as usize;
    let mut all: Vec<Vec<f64>> = vec![Vec::new()];
    for (_, lo, hi) in &options.within {
        let values: Vec<f64> =
            values(lo.to_f64(), hi.to_f64(), each).into_iter().map(|value| options.format.round(value)).collect();
        all = all.iter().flat_map(|at| values.iter().map(|value| [&at[..], &[*value]].concat())).collect();
    }
    let set = options.set.iter().map(|(_, value)| options.format.round(value.to_f64()));
    let set: Vec<f64> = set.collect();
    debug_assert_eq!(names.len(), options.within.len() + set.len());
    all.into_iter().map(|at| [&at[..], &set[..]].concat()).collect()
}

/// Evenly over the range, and powers of two in it.
fn values(lo: f64, hi: f64, count: usize) -> Vec<f64> {
    let even = count * 5 / 6;
    let mut all: Vec<f64> = (0..=even).map(|k| lo + (hi - lo) * (k as f64 / even.max(1) as f64)).collect();
    let powers = count - even;
    let power = |k: usize| 1.37 * 2f64.powi(k as i32 / 2 - (powers / 4) as i32);
    all.extend((0..powers / 2).flat_map(|k| [power(k), -power(k)]).filter(|value| (lo..=hi).contains(value)));
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// The stable form, as a kernel of the expression as a loss.
fn stable(options: &FloatOptions, expr: &Expr, book: &RuleBook) -> Result<Kernel, String> {
    let [(name, lo, hi)] = &options.within[..] else {
        return Err("forms are looked for in one name with a range".to_string());
    };
    let value = |symbol: &str| options.set.iter().find(|(name, _)| **name == *symbol);
    let value = |symbol: &str| value(symbol).map(|(_, value)| Expr::Number(value.clone()));
    let loss = recognised(&derivative::folded(&expr.substitute(&value)));
    let real = lo.is_negative() && !hi.is_negative() || name.as_ref() == "x";
    let domain = if real {
        Domain::Finite
    } else {
        Domain::Interval { lo: Some(lo.clone()), lo_open: false, hi: Some(hi.clone()), hi_open: false }
    };
    let text = String::new;
    let spec = Spec {
        name: "expression".to_string(),
        title: Text::default(),
        source: text(),
        inputs: vec![Input { name: name.clone(), domain, unit: text() }],
        parameters: Vec::new(),
        formula: vec![Definition { name: Arc::from("value"), value: loss }],
        classes: None,
        claims: Vec::new(),
        edges: Vec::new(),
        clip: false,
        log_eps: false,
        normalised: None,
        text: text(),
        named: text(),
    };
    let derivation = derivation::derive(&spec, book).map_err(|message| message.text)?;
    let parameters = setting::settle(&spec, &[], options.format).map_err(|message| message.text)?;
    lower::kernel(&derivation, &parameters, (options.format, Mode::Accurate), 0, false).map_err(|message| message.text)
}

/// What people write for the functions of the notation, and those functions.
const RECOGNISED: [[&str; 2]; 10] = [
    ["1/(1 + exp(a))", "sigmoid(-a)"],
    ["1/(exp(a) + 1)", "sigmoid(-a)"],
    ["exp(a)/(1 + exp(a))", "sigmoid(a)"],
    ["exp(a)/(exp(a) + 1)", "sigmoid(a)"],
    ["log(1 + exp(a))", "softplus(a)"],
    ["log(exp(a) + 1)", "softplus(a)"],
    ["log1p(exp(a))", "softplus(a)"],
    ["log(sigmoid(a))", "-softplus(-a)"],
    ["1 - sigmoid(a)", "sigmoid(-a)"],
    ["a - softplus(a)", "-softplus(-a)"],
];

/// The expression with the functions of the notation where they are written out, from the inside.
fn recognised(expr: &Expr) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    let operands: Vec<Expr> = operands.iter().map(recognised).collect();
    let mut now = derivative::folded(&Expr::apply(*op, &operands));
    for [written, meant] in RECOGNISED {
        let (Ok(written), Ok(meant)) = (Expr::parse(written), Expr::parse(meant)) else { continue };
        let mut bound = BTreeMap::new();
        if derivation::law::fits(&written, &now, &mut bound) {
            now = derivative::folded(&meant.substitute(&|name| bound.get(name).cloned()));
        }
    }
    now
}

/// The form and how near it comes.
fn measured(
    kernel: &Kernel,
    options: &FloatOptions,
    names: &[Arc<str>],
    points: &[Vec<f64>],
    truths: &[Truth],
) -> Stable {
    let mut worst: Option<Seen> = None;
    for (at, truth) in points.iter().zip(truths) {
        let Truth::Finite(known) = truth else { continue };
        let measured = kernel::eval::point(kernel, at[0], 1.0, None, &[]).first().copied().unwrap_or(f64::NAN);
        let ulps = known.ulps(measured, options.format);
        if worst.as_ref().is_none_or(|worst| ulps > worst.ulps) {
            let at = names.iter().cloned().zip(at.iter().copied()).collect();
            worst = Some(Seen { at, measured, exact: known.to_f64(), ulps });
        }
    }
    Stable { form: kernel.to_string(), worst }
}
