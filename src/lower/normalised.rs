//! A loss of the target's share in the sum over a row → the kernels that a row goes through, with their bounds.
//!
//! ```text
//! S        = p[t] + others          s = p[t]/S     1 − s = others/S     neither is the other's difference
//! push     = S d_other              −L'(s) s, finite at s = 0
//! bent_own = p[t]² d2_own           s² (1 − s) ((1 − s) L''(s) − 2 L'(s))
//! bent     = S² d2_other            s (s L''(s) + 2 L'(s))
//!
//! d_own    = −push (1 − s)/p[t]     d_other  = push/S
//! d2_own   = bent_own/p[t]²         d2_other = bent/S²
//! ```
//!
//! push, bent_own and bent are functions of s alone: the forms that were derived, in a row whose sum is 1; that they are what
//! stands beside them, in any row, is proved in the derivation. Stable forms are searched for them as for any other target.

use super::affine::Affine;
use super::builder::Builder;
use super::making::Making;
use super::ranges::Ranges;
use super::unit::Given;
use super::{Proving, absolute_terms, pivot, search};
use crate::derivation::{ByClass, Derivation};
use crate::elementary::Level;
use crate::expr::Expr;
use crate::kernel::normalised::{NormalisedKernel, OTHERS};
use crate::kernel::row::{LANES, MOST_CLASSES};
use crate::kernel::{self, Arithmetic, Format, Inst, Kernel, KernelParameter, Mode, Output, Proved, Val};
use crate::message::Message;
use crate::regime;
use crate::spec::classes::Case;

/// No dearer level is tried where every bound is at most this.
const ENOUGH: f64 = 0.502;

/// The kernels over rows of a loss of the target's share.
///
/// # Errors
/// A loss that is none, and where no form with a finite bound was found.
pub fn normalised_kernel(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    (format, mode): (Format, Mode),
    order: u8,
) -> Result<NormalisedKernel, Message> {
    let of = derivation.classes.as_ref().and_then(|by_class| Some((by_class, by_class.share.as_ref()?)));
    let none = || Message::new(format!("`{}` is no loss of a share of the row's sum", derivation.spec.name));
    let (by_class, of) = of.ok_or_else(none)?;
    let spec = &of.spec;
    if mode == Mode::Fast {
        return Err(Message::new(format!("rows of classes have no fast kernel: `{}`", spec.name))
            .help("leave `--mode fast` out"));
    }
    let arithmetic = mode.arithmetic(format);
    let problem = pivot::problem(spec, parameters, &targets(by_class, of, order)?)?;
    let ranges = Ranges::of(&problem, parameters);
    let terms = absolute_terms(&problem, &ranges);
    let affine = Affine::of(&problem, spec, (format, arithmetic))?;
    let given = Given { labelled: false, clip: kernel::clip(parameters), shift: None, others: Some(lost(arithmetic)) };
    let levels = Level::of(arithmetic, format);
    let open = parameters.iter().find(|one| order > 1 && one.setting == kernel::Setting::Argument);
    let closed = |message: Message| match open {
        Some(open) => message.help(format!(
            "give `{0}` a number, such as `--set {0}=2`, or leave the second derivative out: `--order 1`",
            open.name
        )),
        None => message,
    };
    let forms = regime::forms(&search(spec, &problem, (&affine, Some(&given)), levels, (&ranges, &terms)));
    let forms = forms.map_err(closed)?;
    let asked = super::Asked { format, mode, order, weighted: false, fused: false };
    let making = Making {
        spec,
        parameters,
        problem: &problem,
        affine: &affine,
        given: Some(&given),
        builder: Builder::of(arithmetic),
    };
    let mut lowered = making
        .lower(&forms, &asked)
        .ok_or_else(|| Message::new(format!("the forms of `{}` cannot be written as a kernel", spec.name)))?;
    lowered.kernel.check()?;
    // what a row's numbers may be its sum says as well
    lowered.kernel.within = None;
    // what is worked on is bounded as a register, not as a number of the format
    lowered.kernel.outputs.iter_mut().skip(1).for_each(|output| output.inside = true);
    let (affine, ranges, given) = (&affine, &ranges, Some(&given));
    let mut made = None;
    let mut unproved = "loss";
    for level in levels {
        let model = Proving { lowered: &lowered, affine, ranges, given, terms: &terms, exact: &forms.exact };
        let mut term = lowered.kernel.clone();
        term.level = *level;
        model.prove(&mut term);
        if let Some(output) = term.outputs.iter().find(|output| output.bounds.is_empty()) {
            unproved = output.name;
            continue;
        }
        let found = finished(term, by_class);
        let enough = found.term.outputs.iter().flat_map(|output| &output.bounds).all(|bound| bound.ulps <= ENOUGH);
        made = Some(found);
        if enough {
            break;
        }
    }
    let made = made.ok_or_else(|| {
        closed(Message::new(format!("no finite bound was proved for `{unproved}` of `{}`", spec.name)))
    })?;
    [&made.term, &made.labelled].into_iter().try_for_each(Kernel::check)?;
    Ok(made)
}

/// What the sum of the others loses, in u: every lane adds up to C/8 numbers, then the lanes are added, and one number more
/// may have been taken away, which is at most half of the sum.
fn lost(arithmetic: Arithmetic) -> f64 {
    let sums = (MOST_CLASSES / LANES + 4) as f64;
    (2.0 * sums + 1.0) * arithmetic.slack()
}

/// The loss, and what derivatives are made of: functions of the share alone.
fn targets(by_class: &ByClass, of: &Derivation, order: u8) -> Result<Vec<(&'static str, Expr)>, Message> {
    let loss = of.spec.formula.last().ok_or_else(|| Message::new("the formula is empty"))?;
    let share = || Expr::Symbol(of.spec.inputs[0].name.clone());
    let none = || Message::new(format!("derivatives of `{}` are none of its share and the row's sum", of.spec.name));
    let at_one = |case: Case, order: usize| {
        by_class.in_share(case, order, &Expr::integer(1)).map(|form| pivot::fold(&form)).ok_or_else(none)
    };
    let mut all = vec![("loss", Expr::Symbol(loss.name.clone()))];
    if order > 0 {
        all.push((PUSH, at_one(Case::Other, 1)?));
    }
    if order > 1 {
        all.push((BENT_OWN, share() * share() * at_one(Case::Own, 2)?));
        all.push((BENT, at_one(Case::Other, 2)?));
    }
    Ok(all)
}

/// S times the derivative in another class's number.
const PUSH: &str = "push";
/// p\[t\]² times the second derivative in the target's.
const BENT_OWN: &str = "bent_own";
/// S² times the second derivative in another class's.
const BENT: &str = "bent";

/// The kernels with what derivatives are divided by, from that of the functions of the share.
fn finished(of: Kernel, by_class: &ByClass) -> NormalisedKernel {
    let order = of.outputs.len().saturating_sub(1).min(2);
    let mut term = of.clone();
    let x = magnitude(&mut term);
    let others = term.let_of(OTHERS, Inst::Given(OTHERS));
    let sum = term.let_of(SUM, Inst::Add(x, others));
    let rest = term.let_of("rest", Inst::Div(others, sum));
    let zero = term.let_of("zero", Inst::Const(0.0));
    let mut outputs = vec![of.outputs[0].clone()];
    let mut inside = vec![Output { inside: true, ..of.outputs[0].clone() }];
    let mut output = |name: &'static str, value: Val, from: &Output, by: f64| {
        let bounds = from.bounds.iter().map(|bound| bound_of(bound, &of, by)).collect();
        let place = OUTPUTS.iter().position(|known| *known == name).unwrap_or(0);
        let (case, order) = (if place % 2 == 1 { Case::Own } else { Case::Other }, place.div_ceil(2));
        let formula =
            by_class.in_share(case, order, &Expr::symbol("S")).map(|form| form.to_string()).unwrap_or_default();
        outputs.push(Output { name, value, bounds, inside: false, formula });
    };
    if order > 0 {
        let push = of.outputs[1].value;
        let times = term.let_of("pushed", Inst::Mul(push, rest));
        let quotient = term.let_of("pull", Inst::Div(times, x));
        let minus = term.let_of("pulled", Inst::Neg(quotient));
        let none = term.let_of("none", Inst::Equal(push, zero));
        let own = term.let_of(OUTPUTS[1], Inst::Select(none, zero, minus));
        let other = term.let_of(OUTPUTS[2], Inst::Div(push, sum));
        output(OUTPUTS[1], own, &of.outputs[1], 2.0);
        output(OUTPUTS[2], other, &of.outputs[1], 1.0);
        inside.push(Output { name: "grad", value: own, ..of.outputs[1].clone() });
        inside.push(of.outputs[1].clone());
    }
    if order > 1 {
        let bent = of.outputs[2].value;
        let once = term.let_of("once", Inst::Div(bent, x));
        let twice = term.let_of("twice", Inst::Div(once, x));
        let none = term.let_of("none", Inst::Equal(bent, zero));
        let own = term.let_of(OUTPUTS[3], Inst::Select(none, zero, twice));
        let once = term.let_of("once", Inst::Div(of.outputs[3].value, sum));
        let other = term.let_of(OUTPUTS[4], Inst::Div(once, sum));
        output(OUTPUTS[3], own, &of.outputs[2], 2.0);
        output(OUTPUTS[4], other, &of.outputs[3], 2.0);
        inside.push(Output { name: "hess", value: own, ..of.outputs[2].clone() });
        inside.push(of.outputs[3].clone());
    }
    for (place, output) in inside.iter_mut().enumerate() {
        // a result is as far off as its own term, or as those of the others
        let of = &outputs[if place < 3 { place.min(1) } else { 3 }];
        output.bounds = of.bounds.iter().map(|bound| labelled(place, &term, bound)).collect();
    }
    let labelled = Kernel { outputs: inside, ..term.clone() };
    term.outputs = outputs;
    NormalisedKernel { term, labelled }
}

/// The bound of a result with labels, relative to the sum of the absolute values of its terms, from that of the target's.
///
/// A term's register is off by what the target's is before it is rounded, of which k ulp are at most 2k u, and by one product; the
/// sum of at most C of them by C roundings, twice where one term is taken away again; it is divided by S, which has lost its own.
fn labelled(place: usize, term: &Kernel, of: &Proved) -> Proved {
    let arithmetic = term.arithmetic();
    let share = arithmetic.unit() / term.format.unit();
    let sums = (2.0 * MOST_CLASSES as f64 + 2.0 * lost(arithmetic) + 8.0) * share * (1.0 + 1e-6);
    let ends = if term.format == Format::F64 { 2.0 } else { 0.0 };
    Proved { ulps: 2.0 * (of.ulps - 0.5) + sums + ends + 0.5, of_terms: of.of_terms || place > 0, ..of.clone() }
}

/// What the outputs of a target's kernel are called.
const OUTPUTS: [&str; 5] = ["loss", "d_own", "d_other", "d2_own", "d2_other"];
/// S
const SUM: &str = "sum";

/// The input as `unit::lets` has it: −0 is 0.
fn magnitude(kernel: &mut Kernel) -> Val {
    let x = kernel.let_of("x", Inst::X);
    if kernel.arithmetic() == Arithmetic::Pair {
        let zero = kernel.let_of("zero", Inst::Const(0.0));
        let above = kernel.let_of("above", Inst::Less(zero, x));
        return kernel.let_of("size", Inst::Select(above, x, zero));
    }
    kernel.let_of("size", Inst::Abs(x))
}

/// The bound of a result, from that of the register that it is made of: `by` more quotients and products, and what 1 − s or
/// S loses as often.
///
/// The register is off by k u of itself, or of its absolute terms, u of the format; so is what it is divided by, and k u are at
/// most k ulp. What is subnormal loses half the smallest one with each operation, where the format is as wide as registers.
fn bound_of(of: &Proved, kernel: &Kernel, by: f64) -> Proved {
    let arithmetic = kernel.arithmetic();
    let share = arithmetic.unit() / kernel.format.unit();
    let more = by * (2.0 * lost(arithmetic) + 4.0) * share * (1.0 + 1e-6);
    let ends = if kernel.format == Format::F64 { 1.0 + by } else { 0.0 };
    Proved { ulps: of.ulps + more + ends + 0.5, ..of.clone() }
}
