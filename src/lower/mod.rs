//! Regimes' forms → one straight-line, branch-free kernel with its proved bounds.

mod affine;
pub mod apart;
mod builder;
mod fuse;
mod making;
pub mod normalised;
mod proving;
mod ranges;
pub mod row;
mod share;
mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use affine::Affine;
pub use apart::apart_kernel;
use builder::Builder;
use making::Making;
pub use normalised::normalised_kernel;
use proving::Proving;
use ranges::Ranges;
pub use row::row_kernel;
use unit::Given;

use crate::derivation::Derivation;
use crate::egraph::{self, Facts, Limits};
use crate::elementary::Level;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{self, Arithmetic, Format, Kernel, KernelParameter, Mode, Output};
use crate::message::Message;
use crate::normal::Known;
use crate::op::Op;
use crate::regime::error::Approx;
use crate::regime::extract::{Ends, Leaf};
use crate::regime::piece::{self, Piece};
use crate::regime::pivot::{self, PIVOT, Problem, SCALED};
use crate::regime::unit::{self as names_of_unit, AtNoRest};
use crate::regime::{self, Forms, Search};
use crate::rule::RuleBook;
use crate::spec::Spec;
use crate::terms;

/// What is computed: name of the output and of the derived form behind it.
const OUTPUTS: [&str; 3] = ["loss", "d_x", "d2_x"];

/// What a kernel is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Format of inputs and results.
    pub format: Format,
    /// The least error, or speed.
    pub mode: Mode,
    /// 0: loss; 1: and gradient; 2: and Hessian.
    pub order: u8,
    /// A weight as the last input?
    pub weighted: bool,
    /// Products fused with sums?
    pub fused: bool,
}

/// The kernel of a loss without fused operations: stable forms by regime, joined where they agree, with the bounds proved for it.
///
/// # Errors
/// Where no form with a finite bound was found, or a parameter or order is beyond what can be lowered.
pub fn kernel(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (format, mode): (Format, Mode),
    order: u8,
    weighted: bool,
) -> Result<Kernel, Message> {
    asked(derivation, parameters, &Asked { format, mode, order, weighted, fused: false })
}

/// The kernel of a loss, as `kernel` makes it, with fused operations or not. Forms are those without.
///
/// # Errors
/// As `kernel`.
pub fn asked(derivation: &Derivation, parameters: &[KernelParameter], asked: &Asked) -> Result<Kernel, Message> {
    let Asked { format, mode, order, .. } = *asked;
    let spec = &derivation.spec;
    if spec.classes.is_some() {
        return Err(Message::new(format!("`{}` has no kernel of one number: it is a loss over classes", spec.name))
            .help("`emit`, and `verify` without a sweep, take its rows"));
    }
    let arithmetic = mode.arithmetic(format);
    let mut last = None;
    for levels in together(Level::of(arithmetic, format)) {
        let Found { problem, affine, ranges, given, terms, forms } =
            found(derivation, parameters, (format, levels), order)?;
        let builder = Builder::of(arithmetic);
        let given = given.as_ref();
        let lowered = Making { spec, parameters, problem: &problem, affine: &affine, given, builder }
            .lower(&forms, asked)
            .ok_or_else(|| Message::new(format!("the forms of `{}` cannot be written as a kernel", spec.name)))?;
        lowered.kernel.check()?;
        let (affine, ranges, exact) = (&affine, &ranges, &forms.exact);
        let model = Proving { lowered: &lowered, affine, ranges, given, terms: &terms, exact };
        let mut kernel = lowered.kernel.clone();
        for level in levels {
            kernel.level = *level;
            model.prove(&mut kernel);
            let within = |output: &Output| {
                !output.bounds.is_empty() && output.bounds.iter().all(|b| b.ulps <= enough(format, arithmetic))
            };
            if kernel.outputs.iter().all(within) {
                return Ok(kernel);
            }
        }
        last = Some((kernel, problem.unit));
    }
    let (kernel, unit) = last.expect("every arithmetic has a level");
    match kernel.outputs.iter().find(|output| output.bounds.is_empty()) {
        Some(output) => {
            let message = Message::new(format!("no finite bound was proved for `{}` of `{}`", output.name, spec.name));
            let open = parameters.iter().find(|one| unit && one.setting == crate::kernel::Setting::Argument);
            Err(match open {
                Some(open) => message.help(format!(
                    "give `{}` a number, such as `--set {}=2`, or leave the second derivative out: `--order 1`",
                    open.name, open.name
                )),
                None => message,
            })
        }
        None => Ok(kernel),
    }
}

/// The bound for which no dearer level is tried. Where results are as wide as registers, what is found is about half of what
/// is proved: with 20 ulp, errors of up to 10.
fn enough(format: Format, arithmetic: Arithmetic) -> f64 {
    match arithmetic {
        _ if arithmetic.widens(format) => 0.5001,
        Arithmetic::F64 => 20.0,
        Arithmetic::F32 | Arithmetic::Pair => f64::INFINITY,
    }
}

/// Levels in groups with the same forms: one in which quotients are refined has its own.
fn together(levels: &[Level]) -> Vec<&[Level]> {
    levels.chunk_by(|_, next| *next != Level::Double).collect()
}

/// The rules that fire in the search of the stable forms of a kernel.
///
/// # Errors
/// As `kernel`.
pub fn fired(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (format, mode): (Format, Mode),
    order: u8,
) -> Result<BTreeSet<Arc<str>>, Message> {
    let levels = together(Level::of(mode.arithmetic(format), format));
    Ok(found(derivation, parameters, (format, levels[0]), order)?.forms.saturated.fired())
}

/// The forms, and what they were searched for with.
struct Found {
    problem: Problem,
    affine: Affine,
    ranges: Ranges,
    given: Option<Given>,
    terms: Vec<Option<Expr>>,
    forms: Forms,
}

fn found(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (format, levels): (Format, &[Level]),
    order: u8,
) -> Result<Found, Message> {
    let arithmetic = levels[0].arithmetic();
    let formulas = formulas(derivation, order)?;
    let problem = pivot::problem(&derivation.spec, parameters, &formulas)?;
    let affine = Affine::of(&problem, &derivation.spec, (format, arithmetic))?;
    let ranges = Ranges::of(&problem, parameters);
    let given = problem.unit.then(|| given(&derivation.spec, parameters, &problem)).transpose()?;
    let terms = absolute_terms(&problem, &ranges);
    let forms =
        regime::forms(&search(&derivation.spec, &problem, (&affine, given.as_ref()), levels, (&ranges, &terms)))?;
    Ok(Found { problem, affine, ranges, given, terms, forms })
}

/// What a pivot in (0, 1) is made of.
fn given(spec: &Spec, parameters: &[KernelParameter], problem: &Problem) -> Result<Given, Message> {
    let shift = match kernel::log_eps(parameters).zip(problem.targets.first()) {
        None => None,
        Some((by, loss)) => Some((
            by,
            AtNoRest::of(&loss.of_pivot).ok_or_else(|| {
                Message::new(format!("--log-eps does not go with `{}`", spec.name))
                    .help("it goes with losses that 1 - p is a factor of, or a power of it, or nothing")
            })?,
        )),
    };
    Ok(Given { labelled: spec.inputs.len() > 1, clip: kernel::clip(parameters), shift, others: None })
}

/// The outputs with their forms in the names of the spec.
fn formulas(derivation: &Derivation, order: u8) -> Result<Vec<(&'static str, Expr)>, Message> {
    let spec = &derivation.spec;
    let loss = spec.formula.last().ok_or_else(|| Message::new("the formula is empty"))?;
    let mut all = vec![(OUTPUTS[0], Expr::Symbol(loss.name.clone()))];
    let input = &spec.inputs[0].name;
    for (output, wanted) in [(OUTPUTS[1], format!("d_{input}")), (OUTPUTS[2], format!("d2_{input}"))] {
        if all.len() > usize::from(order) {
            break;
        }
        let derived = derivation.derived.iter().find(|derived| derived.name == wanted);
        let derived = derived.ok_or_else(|| Message::new(format!("the derivation has no `{wanted}`")))?;
        all.push((output, derivation.in_names(&derived.form)));
    }
    Ok(all)
}

/// For outputs that cross 0 inherently, the sum of absolute terms in pivot, scale and open parameters.
fn absolute_terms(problem: &Problem, ranges: &Ranges) -> Vec<Option<Expr>> {
    let of_target = |target: &pivot::Target| {
        let mut known = ranges.for_search();
        let crosses = match problem.unit {
            true => {
                let p = (Arc::from(names_of_unit::P), names_of_unit::range(names_of_unit::P));
                let crosses = !terms::one_sign(&target.of_pivot, &known.clone().into_iter().chain([p]).collect());
                known.extend(names_of_unit::ranges());
                crosses
            }
            false => !terms::one_sign(&target.of_pivot, &known),
        };
        let of_pivot = if problem.unit { names_of_unit::plain(&target.of_pivot) } else { target.of_pivot.clone() };
        let whole = terms::absolute(&of_pivot, &known);
        let scaled = match &target.scale {
            Some(scale) => Expr::Symbol(scale.name.clone()).abs() * whole,
            None => whole,
        };
        crosses.then(|| if problem.unit { scaled.clone() } else { without_cancellation(&scaled, &known) })
    };
    problem.targets.iter().map(of_target).collect()
}

/// The same sum with `1 - sigmoid(_w)` and `log(sigmoid(_w))` written so that intervals enclose it tightly.
fn without_cancellation(sum: &Expr, ranges: &BTreeMap<Arc<str>, Interval>) -> Expr {
    let facts = Facts { intervals: ranges.clone() };
    let limits = Limits { rounds: 4, nodes: 2_000, proofs: false };
    let found = egraph::saturate(RuleBook::builtin(), &["sigmoid"], &facts, &[], &[vec![sum.clone()]], limits);
    let dear = |op: Op| if matches!(op, Op::Sub | Op::Log | Op::Exp) { 100 } else { op.row().size };
    found.class(sum).and_then(|class| found.cheapest_members(&dear).remove(&class)).unwrap_or_else(|| sum.clone())
}

/// The ends of the pivot.
const INFINITE: Ends = [f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY];

/// A target in the names of the spec: `loss = …`, `d_x = …`.
fn shown(target: &pivot::Target, spec: &Spec) -> String {
    let defined = spec.formula.iter().find(|line| target.formula == Expr::Symbol(line.name.clone()));
    let formula = defined.map_or(&target.formula, |line| &line.value);
    format!("{} = {formula}", target.output.replace("_x", &format!("_{}", spec.inputs[0].name)))
}

/// What is searched for: each target with its scale, on the coarse pieces.
fn search<'a>(
    spec: &Spec,
    problem: &Problem,
    (affine, given): (&Affine, Option<&Given>),
    levels: &[Level],
    (ranges, terms): (&Ranges, &[Option<Expr>]),
) -> Search<'a> {
    let (format, arithmetic) = (affine.format, affine.arithmetic);
    let mut names = ranges.for_search();
    let mut leaves = BTreeMap::new();
    for (name, range) in &names {
        let (least, greatest) = (range.lo().to_f64_up(), range.hi().to_f64_down());
        leaves.insert(name.clone(), (*range, [least, least, greatest, greatest]));
    }
    let scale = |target: &pivot::Target| target.scale.as_ref().map(|scale| Expr::Symbol(scale.name.clone()));
    let of_target = |target: &pivot::Target| match scale(target) {
        Some(scale) => scale * target.of_pivot.clone(),
        None => target.of_pivot.clone(),
    };
    let targets: Vec<Expr> = problem.targets.iter().map(of_target).collect();
    // a logarithm of few digits, times what is large, is none
    let level = levels[usize::from(problem.unit).min(levels.len() - 1)];
    let (pieces, pivots, equal) = if let Some(given) = given {
        let known =
            Known { ranges: names.clone().into_iter().chain(names_of_unit::ranges()).collect(), ..Known::default() };
        // where nothing is left of 1 a loss that is not 0 is no multiple of what is left
        let shift = given.shift.as_ref();
        let of_rest = shift.is_none_or(|(_, rest)| *rest == AtNoRest::Zero);
        let ways = problem.targets.iter().zip(&targets).enumerate().map(|(place, (target, whole))| {
            let ways = names_of_unit::ways(&target.of_pivot, scale(target).as_ref(), &known, of_rest || place > 0);
            std::iter::once(whole.clone()).chain(ways).collect()
        });
        let same = |(a, b): (&str, &str)| vec![Expr::symbol(a), Expr::symbol(b)];
        let twice = [(names_of_unit::ELL, names_of_unit::ELL_MOST), (names_of_unit::RATIO, names_of_unit::RATIO_MOST)];
        let equal: Vec<Vec<Expr>> = ways.chain(twice.into_iter().map(same)).collect();
        names.extend(names_of_unit::ranges());
        let pieces = unit::coarse(format, arithmetic, given);
        let pivots = unit::leaves(&pieces, arithmetic, level.set(false), given);
        (pieces, pivots, equal)
    } else {
        let pieces = piece::coarse(format, arithmetic, affine.largest(ranges));
        let scaled = affine.scaled(ranges);
        let pivots = of_affine(&pieces, affine, ranges, scaled.is_some());
        (pieces, pivots, scaled.into_iter().map(|equal| equal.to_vec()).collect())
    };
    let exact = |(range, ends): (Interval, Ends)| Leaf {
        single: vec![Some(Approx::exact(arithmetic, range)); pieces.len()],
        pair: None,
        ends,
        stands_in: false,
    };
    let mut leaves: BTreeMap<Arc<str>, Leaf> = leaves.into_iter().map(|(name, of)| (name, exact(of))).collect();
    leaves.extend(pivots);
    Search {
        book: RuleBook::builtin(),
        format,
        shown: problem.targets.iter().map(|target| shown(target, spec)).collect(),
        targets,
        terms: terms.to_vec(),
        leaves,
        ranges: names,
        pieces,
        level,
        equal,
        unit: problem.unit,
    }
}

/// The leaves of an affine pivot.
fn of_affine(pieces: &[Piece], affine: &Affine, ranges: &Ranges, scaled: bool) -> BTreeMap<Arc<str>, Leaf> {
    let mut leaves = BTreeMap::new();
    let on = |approx: &dyn Fn(&Piece) -> Approx| -> Vec<Option<Approx>> {
        pieces.iter().map(|piece| Some(approx(piece))).collect()
    };
    let leaf = |single, pair| Leaf { single, pair, ends: INFINITE, stands_in: false };
    let pair = (!affine.arithmetic.widens(affine.format) && !affine.exact() && !affine.power())
        .then(|| on(&|piece| affine.error(piece, ranges).1));
    leaves.insert(Arc::from(PIVOT), leaf(on(&|piece| affine.error(piece, ranges).0), pair));
    if scaled {
        leaves.insert(Arc::from(SCALED), leaf(on(&|piece| affine.scaled_error(piece, ranges)), None));
    }
    leaves
}
