//! A loss in the margin m of a row of classes → the kernels that a row goes through, with their bounds.
//!
//! ```text
//! m     = (z_t − greatest) − log1p(rest)     z_t − logsumexp over the other classes
//! s     = 1 + rest                           Σ e^(z_k − greatest) over the other classes
//! r_i   = e^(z_i − greatest)/s               the softmax over the other classes
//! d_i   = −r_i L'(m)
//! d2_i  = r_i (r_i L''(m) − L'(m)(1 − r_i))
//! ```
//!
//! 1 − r_i loses nothing: where z_i is the greatest it is beside/s; elsewhere r_i ≤ 1/2. That the derivatives are these is
//! proved loss by loss, in the derivation.

use std::collections::BTreeMap;

use super::affine::{Affine, Handed};
use super::builder::Builder;
use super::making::Making;
use super::ranges::Ranges;
use super::{Asked, Proving, absolute_terms, formulas, search};
use crate::derivation::Derivation;
use crate::elementary::{Level, Set};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::row::{BESIDE, GREATEST, LANES, MOST_CLASSES, REST, RowKernel, TERM};
use crate::kernel::{Arithmetic, Format, Inst, Kernel, KernelParameter, Mode, Output, Proved, Val};
use crate::message::Message;
use crate::rational::Rational;
use crate::regime::pivot::PIVOT;
use crate::regime::{self, piece, pivot};
use crate::terms;

/// What classes take: −L'(m)/s.
pub const SCALE: &str = "scale";
/// s
const SUM: &str = "sum";
/// L'(m)
const FIRST: &str = "first";
/// L''(m)
const SECOND: &str = "second";
/// beside/s
const LEFT: &str = "left";

/// No dearer level is tried where every bound is at most this.
const ENOUGH: f64 = 0.501;

/// The kernels of a loss in the margin: its forms by regime for the own class, and what the other classes take.
///
/// # Errors
/// Where no form with a finite bound was found, or a parameter or order is beyond what can be lowered.
pub fn row_kernel(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (format, mode): (Format, Mode),
    order: u8,
) -> Result<RowKernel, Message> {
    let margin = derivation.classes.as_ref().and_then(|by_class| by_class.reduced.as_ref());
    let margin = margin.ok_or_else(|| {
        let why = derivation.notes.first().map(|why| format!(": {why}")).unwrap_or_default();
        Message::new(format!("no kernel over rows of `{}`{why}", derivation.spec.name))
            .help("kernels are made of losses of the margin z[t] - logsumexp(k != t, z[k]), and of p[t] alone")
    })?;
    let spec = &margin.spec;
    if mode == Mode::Fast {
        return Err(Message::new(format!("rows of classes have no fast kernel: `{}`", spec.name))
            .help("leave `--mode fast` out"));
    }
    let arithmetic = mode.arithmetic(format);
    let problem = pivot::problem(spec, parameters, &formulas(margin, order)?)?;
    let ranges = Ranges::of(&problem, parameters);
    let terms = absolute_terms(&problem, &ranges);
    let most = greatest(&problem, &ranges, (format, arithmetic));
    let mut affine = Affine::of(&problem, spec, (format, arithmetic))?;
    let lost = |level: Level| Lost::of(arithmetic, level.set(false), &most);
    let levels = Level::of(arithmetic, format);
    affine.handed = levels.last().map(|level| lost(*level).margin);
    let forms = regime::forms(&search(spec, &problem, (&affine, None), levels, (&ranges, &terms)))?;
    let builder = Builder::of(arithmetic);
    let lowered = Making { spec, parameters, problem: &problem, affine: &affine, given: None, builder }
        .lower(&forms, &Asked { format, mode, order, weighted: false, fused: false })
        .ok_or_else(|| Message::new(format!("the forms of `{}` cannot be written as a kernel", spec.name)))?;
    let mut made = None;
    let mut unproved = None;
    for level in levels {
        let lost = lost(*level);
        affine.handed = Some(lost.margin);
        let model = Proving {
            lowered: &lowered,
            affine: &affine,
            ranges: &ranges,
            terms: &terms,
            exact: &forms.exact,
            given: None,
        };
        let mut row = lowered.kernel.clone();
        row.level = *level;
        model.prove(&mut row);
        if let Some(output) = row.outputs.iter().find(|output| output.bounds.is_empty()) {
            unproved = Some(output.name);
            continue;
        }
        let found = rows(row, *level, &lost);
        let bounds = found.row.outputs.iter().chain(found.class.iter().flat_map(|class| &class.outputs));
        let enough = bounds.flat_map(|output| &output.bounds).all(|bound| bound.ulps <= ENOUGH);
        made = Some(found);
        if enough {
            break;
        }
    }
    let without = unproved.unwrap_or("loss");
    let made =
        made.ok_or_else(|| Message::new(format!("no finite bound was proved for `{without}` of `{}`", spec.name)))?;
    [Some(&made.row), Some(&made.term), made.class.as_ref()].into_iter().flatten().try_for_each(Kernel::check)?;
    Ok(made)
}

/// What is lost on the way to the margin and the shares, in u of the arithmetic.
struct Lost {
    margin: Handed,
    /// Of s, and of the sum without its greatest term.
    sum: f64,
    /// Of e^(z − greatest), whatever z.
    term: f64,
    /// The greatest magnitude of each output.
    most: Vec<f64>,
}

/// The greatest magnitude of each output, wherever the margin and open parameters lie.
fn greatest(problem: &pivot::Problem, ranges: &Ranges, (format, arithmetic): (Format, Arithmetic)) -> Vec<f64> {
    let known = ranges.for_search();
    let pieces = piece::fine(format, arithmetic, f64::MAX);
    let of_target = |target: &pivot::Target| {
        let scale = target.scale.as_ref().map_or(Expr::integer(1), |scale| Expr::Symbol(scale.name.clone()));
        let whole = terms::absolute(&(scale * target.of_pivot.clone()), &known);
        let whole = super::without_cancellation(&whole, &known);
        let on = |piece: &piece::Piece| {
            let name = |name: &str| if name == PIVOT { Some(piece.pivot()) } else { known.get(name).copied() };
            Interval::of_expr(&whole, &name).map_or(f64::INFINITY, |range| range.mag().to_f64_up())
        };
        pieces.iter().map(on).fold(0.0, f64::max)
    };
    problem.targets.iter().map(of_target).collect()
}

/// Beyond this gap below the greatest a term is nothing, to the smallest subnormal.
const FARTHEST: f64 = 750.0;

impl Lost {
    /// A term e^(−g) loses g u by the difference g, and what the program loses. In a sum of such terms with 1 the mean of g,
    /// weighted by the terms, is at most ln C for C classes: it is the entropy of the weights, which is at most ln C,
    /// less the logarithm of the sum, which is at least 1. Every lane adds up to C/8 terms, and the lanes are added to 1.
    fn of(arithmetic: Arithmetic, set: &Set, most: &[f64]) -> Lost {
        let unit = arithmetic.unit();
        let classes = (MOST_CLASSES as f64).ln();
        let exp = set.exp_minus.bound;
        let additions = (MOST_CLASSES / LANES + 6) as f64;
        let second = 1.0 + 1e-6;
        let sum = (exp.relative + classes * (1.0 + exp.slope) + additions) * second;
        let log = set.ln_1p.bound.relative;
        // (z_t − greatest) and the last difference are rounded once each; the former is at most |m| + log s
        let absolute = unit * (sum + classes * (2.0 + log)) * second + 1e-300;
        Lost {
            margin: Handed { relative: 2.0, absolute },
            sum: sum + 1.0,
            term: (exp.relative + FARTHEST * (1.0 + exp.slope)) * second,
            most: most.to_vec(),
        }
    }
}

/// The row's kernel with what it hands on, and the kernels of its classes.
fn rows(mut row: Kernel, level: Level, lost: &Lost) -> RowKernel {
    let order = row.outputs.len() - 1;
    let class = (order > 0).then(|| class(&row, level, order, lost));
    if order > 0 {
        hand_on(&mut row, order);
    }
    let term = Class::new(&row, level).finish(&[(TERM, true)], |to| {
        let (z, greatest) = (to.builder.inst(Inst::X), to.builder.inst(Inst::Given(GREATEST)));
        let gap = to.builder.inst(Inst::Sub(greatest, z));
        vec![to.builder.inst(Inst::ExpMinus(gap))]
    });
    RowKernel { row, term, class }
}

/// Adds lets for what classes take.
fn hand_on(row: &mut Kernel, order: usize) {
    let values: Vec<Val> = row.outputs.iter().map(|output| output.value).collect();
    let mut add = |name: &str, inst: Inst| row.let_of(name, inst);
    let one = add("c", Inst::Const(1.0));
    let rest = add(REST, Inst::Given(REST));
    let sum = add(SUM, Inst::Add(one, rest));
    let share = add("share", Inst::Div(values[1], sum));
    let scale = add(SCALE, Inst::Neg(share));
    let mut handed = vec![(SCALE, scale)];
    if order > 1 {
        let beside = add(BESIDE, Inst::Given(BESIDE));
        let left = add(LEFT, Inst::Div(beside, sum));
        handed.extend([(SUM, sum), (FIRST, values[1]), (SECOND, values[2]), (LEFT, left)]);
    }
    row.outputs.extend(handed.into_iter().map(|(name, value)| Output {
        name,
        value,
        bounds: Vec::new(),
        inside: true,
        formula: String::new(),
    }));
}

/// The kernel of an other class.
fn class(row: &Kernel, level: Level, order: usize, lost: &Lost) -> Kernel {
    let names: &[(&'static str, bool)] = &[("d_other", false), ("d2_other", false)];
    let mut made = Class::new(row, level).finish(&names[..order], |to| {
        let term = to.builder.inst(Inst::Given(TERM));
        let scale = to.builder.inst(Inst::Given(SCALE));
        let mut outputs = vec![to.builder.inst(Inst::Mul(scale, term))];
        if order > 1 {
            let [sum, first, second, left] = [SUM, FIRST, SECOND, LEFT].map(|name| to.builder.inst(Inst::Given(name)));
            let one = to.number(1);
            let share = to.builder.inst(Inst::Div(term, sum));
            let rest = to.builder.inst(Inst::Sub(one, share));
            let is_greatest = to.is_greatest();
            let rest = to.builder.inst(Inst::Select(is_greatest, left, rest));
            let bent = to.builder.inst(Inst::Mul(share, second));
            let slope = to.builder.inst(Inst::Mul(first, rest));
            let inner = to.builder.inst(Inst::Sub(bent, slope));
            outputs.push(to.builder.inst(Inst::Mul(share, inner)));
        }
        outputs
    });
    for (place, output) in made.outputs.iter_mut().enumerate() {
        output.bounds = row.outputs[place + 1].bounds.iter().map(|of| bound(place, row, of, lost)).collect();
    }
    made
}

/// The bound of a class's derivative, from what is proved of the row's.
///
/// A raw derivative of the row, before it is rounded to the format, is off by at most k units, k its bound less that
/// rounding; a factor r ≤ 1 makes k units of the product of it. The rest are relative errors, of which k u of the format
/// are at most k ulp. In the Hessian, with T_i = r (r T + |L'|(1 − r)), each term is one of those of T_i.
fn bound(place: usize, row: &Kernel, of: &Proved, lost: &Lost) -> Proved {
    let arithmetic = row.arithmetic();
    let share = arithmetic.unit() / row.format.unit();
    let subnormal = row.format == Format::F64;
    let raw = |k: f64| if subnormal { k } else { k - 0.5 };
    let of_share = lost.term + lost.sum + 2.0;
    let relative = match place {
        0 => of_share + 2.0,
        _ => 4.0 * of_share + 6.0,
    };
    let first = &row.outputs[1].bounds;
    let first = first.iter().find(|bound| bound.within == of.within).map_or(of.ulps, |bound| bound.ulps);
    let raw = if place == 0 { raw(of.ulps) } else { raw(of.ulps) + raw(first) };
    // where a term, a share or a product is subnormal it loses half the smallest one, times what it is multiplied by
    let factor = if place == 0 { lost.most[1] } else { lost.most[1] + 2.0 * lost.most[2] };
    let ends = if subnormal { 1.5 + factor } else { 0.5 };
    Proved { ulps: ends + raw + relative * share * (1.0 + 1e-6), ..of.clone() }
}

/// Lets of a kernel of a class.
struct Class<'a> {
    row: &'a Kernel,
    level: Level,
    builder: Builder,
}

impl<'a> Class<'a> {
    fn new(row: &'a Kernel, level: Level) -> Class<'a> {
        Class { row, level, builder: Builder::of(level.arithmetic()) }
    }

    fn number(&mut self, value: i64) -> Val {
        self.builder.constant(&Rational::from(value))
    }

    fn is_greatest(&mut self) -> Val {
        let (z, greatest) = (self.builder.inst(Inst::X), self.builder.inst(Inst::Given(GREATEST)));
        self.builder.inst(Inst::Equal(z, greatest))
    }

    fn finish(mut self, names: &[(&'static str, bool)], make: impl FnOnce(&mut Self) -> Vec<Val>) -> Kernel {
        let values = make(&mut self);
        let named: BTreeMap<Val, &str> = values.iter().copied().zip(names.iter().map(|(name, _)| *name)).collect();
        let shown = |val: Val| named.get(&val).map(|name| ((*name).to_string(), String::new()));
        let (lets, place) = self.builder.finish(&values, &shown);
        let outputs = names.iter().zip(&values).map(|((name, inside), value)| Output {
            name,
            value: place[value],
            bounds: Vec::new(),
            inside: *inside,
            formula: String::new(),
        });
        Kernel {
            loss: self.row.loss.clone(),
            format: self.row.format,
            parameters: Vec::new(),
            within: None,
            weighted: false,
            fused: false,
            level: self.level,
            outputs: outputs.collect(),
            lets,
        }
    }
}
