//! Formula × settings → the targets in the pivot: the one affine subterm through which everything depends on the input.
//!
//! Names that depend on the input are unfolded; fixed parameters become exact numbers; what depends on the label
//! alone is a *scale*, a value for label 1 and one for label 0.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::unit;
use crate::egraph::arithmetic;
use crate::expr::Expr;
use crate::kernel::{KernelParameter, Setting};
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::Spec;

/// Name of the pivot in targets. Names of a spec begin with a letter, so it is none of them.
pub const PIVOT: &str = "_w";

/// Name of the pivot divided by its slope: it does not overflow where the pivot does.
pub const SCALED: &str = "_w_scaled";

/// A factor that depends on the label and on parameters alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Its name in targets: a name of the formula, or one that begins with `_`.
    pub name: Arc<str>,
    /// Its value for label 1, in open parameters.
    pub one: Expr,
    /// Its value for label 0.
    pub zero: Expr,
}

/// An output as a function of the pivot.
#[derive(Clone, Debug)]
pub struct Target {
    /// `loss`, `d_x` or `d2_x`.
    pub output: &'static str,
    /// Scale and pivot function: `scale · of_pivot`.
    pub scale: Option<Scale>,
    /// The rest, in the pivot, numbers and open parameters.
    pub of_pivot: Expr,
    /// The formula in the names of the spec.
    pub formula: Expr,
}

/// The targets and their pivot.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Is the pivot one in (0, 1), in whose names the targets are?
    pub unit: bool,
    /// The pivot for label 1 and for label 0, affine in the input.
    pub pivot: (Expr, Expr),
    /// One target for each output.
    pub targets: Vec<Target>,
}

/// Writes each output as scale times a function of the pivot.
///
/// # Errors
/// Where the outputs depend on the input through more than one affine subterm.
pub fn problem(
    spec: &Spec,
    parameters: &[KernelParameter],
    outputs: &[(&'static str, Expr)],
) -> Result<Problem, Message> {
    let mut settled = Settled { spec, parameters, unit: None };
    let input = spec.inputs[0].name.clone();
    let label = spec.inputs.get(1).map(|input| input.name.clone());
    settled.unit = unit::name(spec, &|expr, value| settled.at_label(expr, label.as_deref(), value));
    let full: Vec<Expr> = outputs.iter().map(|(_, expr)| fold(&settled.unfold(expr, true))).collect();
    let pivot = match &settled.unit {
        Some(name) => Expr::Symbol(name.clone()),
        None => {
            let mut pivots = BTreeSet::new();
            full.iter().for_each(|expr| affine_parts(expr, &input, &mut pivots));
            single_pivot(&pivots, spec)?
        }
    };
    let mut targets = Vec::new();
    for ((output, formula), full) in outputs.iter().zip(&full) {
        let in_pivot = full.replaced(&pivot, &Expr::symbol(PIVOT));
        if in_pivot.mentions(&input) {
            return Err(unsupported(spec));
        }
        let mut factors = Vec::new();
        collect_factors(&in_pivot, &mut factors);
        let (of_label, rest): (Vec<Expr>, Vec<Expr>) =
            factors.into_iter().partition(|factor| settled.is_scale(factor, label.as_deref()));
        if let Some(stray) = rest.iter().find(|factor| mentions_any(factor, label.as_deref(), &settled)) {
            return Err(unsupported(spec).help(format!("`{stray}` mixes the label with the input")));
        }
        let scale = settled.scale(&of_label, label.as_deref(), &targets);
        let (scale, rest) = match scale {
            Scaled::Number(one) if one == Rational::ONE => (None, rest),
            Scaled::Number(value) => (None, [vec![Expr::Number(value)], rest].concat()),
            Scaled::Labels(scale) => (Some(scale), rest),
        };
        let of_pivot = rest.into_iter().reduce(|a, b| a * b).unwrap_or_else(|| Expr::integer(1));
        targets.push(Target { output, scale, of_pivot: fold(&of_pivot), formula: formula.clone() });
    }
    let is_unit = settled.unit.take().is_some();
    let at = |value: i64| fold(&settled.at_label(&pivot, label.as_deref(), value));
    Ok(Problem { unit: is_unit, pivot: (at(1), at(0)), targets })
}

fn unsupported(spec: &Spec) -> Message {
    let input = &spec.inputs[0].name;
    Message::new(format!("`{}` depends on `{input}` through more than one affine subterm", spec.name)).help(format!(
        "kernels are made of losses in which `{input}` occurs inside one term like `(2*y - 1)*{input}` alone"
    ))
}

fn single_pivot(pivots: &BTreeSet<Expr>, spec: &Spec) -> Result<Expr, Message> {
    let mut all = pivots.iter();
    match (all.next(), all.next()) {
        (Some(pivot), None) => Ok(pivot.clone()),
        _ => Err(unsupported(spec)),
    }
}

fn mentions_any(expr: &Expr, label: Option<&str>, settled: &Settled) -> bool {
    expr.symbols().iter().any(|name| settled.depends(&Expr::Symbol(name.clone()), label))
}

/// The spec with its settings.
struct Settled<'a> {
    spec: &'a Spec,
    parameters: &'a [KernelParameter],
    /// The name that is a pivot in (0, 1), and stands for itself.
    unit: Option<Arc<str>>,
}

enum Scaled {
    Number(Rational),
    Labels(Scale),
}

impl Settled<'_> {
    fn parameter(&self, name: &str) -> Option<&KernelParameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The definition of a name, as `none` of a parameter may replace it.
    fn definition(&self, name: &str) -> Option<Expr> {
        let replaced = self.spec.parameters.iter().filter_map(|parameter| {
            let none = self.parameter(&parameter.name).is_some_and(|p| p.setting == Setting::None);
            let replaced = parameter.none.as_ref().filter(|_| none)?;
            replaced.iter().find(|(replaced, _)| &**replaced == name).map(|(_, value)| value.clone())
        });
        let defined = self.spec.formula.iter().find(|definition| &*definition.name == name);
        replaced.into_iter().next().or_else(|| defined.map(|definition| definition.value.clone()))
    }

    fn depends(&self, expr: &Expr, on: Option<&str>) -> bool {
        let unfolded = self.unfold(expr, false);
        on.is_some_and(|on| unfolded.mentions(on)) && !unfolded.mentions(PIVOT) && !unfolded.mentions(unit::P)
    }

    /// Is it a factor of the scale: something that depends on the label, or, where there is none, an open parameter?
    fn is_scale(&self, factor: &Expr, label: Option<&str>) -> bool {
        match (label, factor) {
            (None, Expr::Symbol(_)) => {
                matches!(self.unfold(factor, false), Expr::Symbol(name) if self.parameter(&name).is_some())
            }
            _ => self.depends(factor, label),
        }
    }

    /// Names unfolded to inputs and open parameters; with `keep`, names that do not depend on the first input stay.
    fn unfold(&self, expr: &Expr, keep: bool) -> Expr {
        expr.substitute(&|name| {
            if let Some(parameter) = self.parameter(name) {
                return match &parameter.setting {
                    Setting::Fixed { value, .. } => Rational::from_f64(*value).map(Expr::Number),
                    Setting::None | Setting::Argument => None,
                };
            }
            if self.unit.as_deref() == Some(name) {
                return Some(Expr::symbol(unit::P));
            }
            let value = self.unfold(&self.definition(name)?, false);
            let varies = value.mentions(&self.spec.inputs[0].name) || value.mentions(unit::P);
            let stays = keep && !varies && value.as_number().is_none();
            if stays { None } else { Some(self.unfold(&self.definition(name)?, keep)) }
        })
    }

    fn at_label(&self, expr: &Expr, label: Option<&str>, value: i64) -> Expr {
        self.unfold(expr, false).substitute(&|name| (Some(name) == label).then(|| Expr::integer(value)))
    }

    /// What the factors are for either label; `before` are the targets that have their scales already.
    fn scale(&self, factors: &[Expr], label: Option<&str>, before: &[Target]) -> Scaled {
        let Some(product) = factors.iter().cloned().reduce(|a, b| a * b) else {
            return Scaled::Number(Rational::ONE);
        };
        let one = fold(&self.at_label(&product, label, 1));
        let zero = fold(&self.at_label(&product, label, 0));
        match (&one, &zero) {
            (Expr::Number(a), Expr::Number(b)) if a == b => Scaled::Number(a.clone()),
            _ => {
                if let [Expr::Symbol(name)] = factors {
                    return Scaled::Labels(Scale { name: name.clone(), one, zero });
                }
                let is_sign = one == Expr::integer(1) && zero == Expr::integer(-1);
                let mut names = vec!["_s".to_string()];
                names.extend(factors.iter().filter(|_| !is_sign).filter_map(|factor| match factor {
                    Expr::Symbol(name) => Some(name.to_string()),
                    _ => None,
                }));
                let others = || before.iter().filter_map(|target| target.scale.as_ref());
                let free = |name: &String| {
                    others().all(|other| *other.name != **name || (&other.one, &other.zero) == (&one, &zero))
                };
                let stem = names.join("_");
                let mut numbered = (2..).map(|count| format!("{stem}_{count}"));
                let name = if free(&stem) { stem.clone() } else { numbered.find(free).expect("numbers do not end") };
                Scaled::Labels(Scale { name: Arc::from(name), one, zero })
            }
        }
    }
}

/// Factors of a product; a sign before it is the factor −1.
fn collect_factors(expr: &Expr, to: &mut Vec<Expr>) {
    match expr {
        Expr::Apply(Op::Mul, operands) => operands.iter().for_each(|operand| collect_factors(operand, to)),
        Expr::Apply(Op::Neg, operands) => {
            let before = to.len();
            collect_factors(&operands[0], to);
            to.insert(before, Expr::integer(-1));
        }
        Expr::Apply(Op::Div, operands) => {
            let mut above = Vec::new();
            collect_factors(&operands[0], &mut above);
            let rest = above.pop().unwrap_or_else(|| Expr::integer(1));
            above.push(rest / operands[1].clone());
            to.extend(above);
        }
        _ => to.push(expr.clone()),
    }
}

/// The maximal subterms that are affine in the input and mention it, without a sign before them: `-z` is made of `z`.
fn affine_parts(expr: &Expr, input: &str, to: &mut BTreeSet<Expr>) {
    if !expr.mentions(input) {
        return;
    }
    if affine(expr, input) && !matches!(expr, Expr::Apply(Op::Neg, _)) {
        to.insert(expr.clone());
        return;
    }
    expr.operands().iter().for_each(|operand| affine_parts(operand, input, to));
}

fn affine(expr: &Expr, input: &str) -> bool {
    if !expr.mentions(input) {
        return true;
    }
    match expr {
        Expr::Symbol(_) => true,
        Expr::Apply(Op::Neg | Op::Add | Op::Sub, operands) => operands.iter().all(|operand| affine(operand, input)),
        Expr::Apply(Op::Mul, operands) => {
            operands.iter().all(|operand| affine(operand, input))
                && operands.iter().filter(|operand| operand.mentions(input)).count() == 1
        }
        Expr::Apply(Op::Div, operands) => affine(&operands[0], input) && !operands[1].mentions(input),
        _ => false,
    }
}

/// Arithmetic of numbers, branches of a known condition, and the units of sums and products.
pub fn fold(expr: &Expr) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    let operands: Vec<Expr> = operands.iter().map(fold).collect();
    let numbers: Option<Vec<Rational>> = operands.iter().map(|operand| operand.as_number().cloned()).collect();
    if let Some(value) = numbers.as_ref().and_then(|numbers| arithmetic(*op, numbers)) {
        return Expr::Number(value);
    }
    let is = |at: usize, value: i64| operands[at] == Expr::integer(value);
    match op {
        Op::Where => match condition(&operands[0]) {
            Some(true) => operands[1].clone(),
            Some(false) => operands[2].clone(),
            None => Expr::apply(*op, &operands),
        },
        Op::Mul if is(0, 1) => operands[1].clone(),
        Op::Mul if is(1, 1) => operands[0].clone(),
        Op::Mul if is(0, -1) => fold(&-operands[1].clone()),
        Op::Mul if is(1, -1) => fold(&-operands[0].clone()),
        Op::Div if is(0, 0) && !is(1, 0) => Expr::integer(0),
        Op::Mul if is(0, 0) || is(1, 0) => Expr::integer(0),
        Op::Add if is(0, 0) => operands[1].clone(),
        Op::Add | Op::Sub if is(1, 0) => operands[0].clone(),
        Op::Div | Op::Pow if is(1, 1) => operands[0].clone(),
        Op::Neg if matches!(&operands[0], Expr::Apply(Op::Neg, _)) => operands[0].operands()[0].clone(),
        _ => Expr::apply(*op, &operands),
    }
}

fn condition(expr: &Expr) -> Option<bool> {
    let Expr::Apply(op, operands) = expr else { return None };
    let (a, b) = (operands[0].as_number()?, operands[1].as_number()?);
    Some(match op {
        Op::Eq => a == b,
        Op::Ne => a != b,
        Op::Lt => a < b,
        Op::Le => a <= b,
        Op::Gt => a > b,
        Op::Ge => a >= b,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_before_the_pivot_makes_no_second_one() {
        let inputs = "title = \"t\"\n[inputs]\nx = { domain = \"finite\" }\ny = { domain = \"{0, 1}\" }\n";
        let of = |loss: &str| {
            let text = format!("{inputs}[formula]\nz = \"(2*y - 1) * x\"\nloss = \"{loss}\"\n");
            let spec = Spec::parse("t", "t.toml", &text).unwrap_or_else(|message| panic!("{message}"));
            problem(&spec, &[], &[("loss", Expr::symbol("loss"))])
                .map(|problem| problem.targets[0].of_pivot.to_string())
        };
        assert_eq!(of("softplus(-z)"), Ok("softplus(-_w)".to_string()));
        assert_eq!(of("softplus(-z) * sigmoid(z)"), Ok("softplus(-_w) * sigmoid(_w)".to_string()));
        assert!(of("softplus(-z) * sigmoid(z + 1)").is_err());
    }
}
