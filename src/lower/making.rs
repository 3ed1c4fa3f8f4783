//! Forms → lets: the pivot, the scales, then each output's form.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::affine::Affine;
use super::builder::{Builder, Pivot};
use super::fuse;
use super::ranges::Ranges;
use super::{Asked, share, unit};
use crate::elementary::Level;
use crate::expr::Expr;
use crate::kernel::row::{GREATEST, REST};
use crate::kernel::{Inst, Kernel, KernelParameter, Output, Val};
use crate::rational::Rational;
use crate::regime::extract::Ends;
use crate::regime::pivot::{PIVOT, Problem, SCALED, Scale, fold};
use crate::regime::unit::{AtNoRest, ELL_Q, NAMES, P};
use crate::regime::{Forms, piece};
use crate::spec::Spec;

/// What is needed to make a kernel.
pub struct Making<'a> {
    /// The loss.
    pub spec: &'a Spec,
    /// Its parameters.
    pub parameters: &'a [KernelParameter],
    /// Targets and pivot.
    pub problem: &'a Problem,
    /// The pivot's slope and offset.
    pub affine: &'a Affine,
    /// What a pivot in (0, 1) is made of.
    pub given: Option<&'a unit::Given>,
    /// The lets so far.
    pub builder: Builder,
}

/// A kernel without bounds, and what is known of its lets.
pub struct Lowered {
    /// The kernel.
    pub kernel: Kernel,
    /// The pivot's lets.
    pub pivot: Pivot,
    /// The pivot divided by its slope, where the kernel has it.
    pub scaled: Option<Val>,
    /// The lets of the names of a pivot in (0, 1); none of any other.
    pub unit: Vec<(&'static str, Val)>,
    /// Is the input beyond where it is cut? Bounds are of what is not.
    pub beyond: Vec<Val>,
    /// Where something is added to the input: is anything left of 1?
    pub left: Option<Val>,
    /// The exact values of constants.
    pub constants: BTreeMap<Val, Rational>,
    /// What lets stand for, in pivot and names.
    pub meanings: BTreeMap<Val, Expr>,
}

impl Making<'_> {
    /// Writes the forms as lets.
    pub fn lower(mut self, forms: &Forms, asked: &Asked) -> Option<Lowered> {
        let mut leaf: BTreeMap<Arc<str>, Val> = BTreeMap::new();
        let (mut beyond, mut left) = (Vec::new(), None);
        let pivot = match self.given {
            Some(given) => {
                let lets = unit::lets(&mut self.builder, given)?;
                (beyond, left) = (lets.beyond, lets.left);
                leaf.extend(lets.names.iter().map(|(name, val)| (Arc::from(*name), *val)));
                Pivot { single: lets.names[P], pair: None }
            }
            None => {
                let pivot = self.pivot()?;
                leaf.insert(Arc::from(PIVOT), pivot.single);
                pivot
            }
        };
        for (place, parameter) in self.parameters.iter().enumerate() {
            let val = if parameter.setting == crate::kernel::Setting::Argument {
                self.builder.inst(Inst::Parameter(place))
            } else {
                continue;
            };
            leaf.insert(Arc::from(parameter.name.as_str()), val);
        }
        for scale in self.problem.targets.iter().filter_map(|target| target.scale.as_ref()) {
            let val = self.by_label(&scale.one, &scale.zero)?;
            leaf.insert(scale.name.clone(), val);
        }
        if !self.problem.unit && self.affine.mirrored() && !self.affine.exact() {
            let shift = fold(&(self.affine.offset.clone() / self.affine.slope.clone()));
            let signed = self.signed();
            let none = shift.as_number().is_some_and(Rational::is_zero);
            let val = if none {
                signed
            } else {
                let shift = self.of_parameters(&shift)?;
                self.builder.inst(Inst::Add(signed, shift))
            };
            leaf.insert(Arc::from(SCALED), val);
        }
        let clamp = piece::clamp(self.affine.format);
        let mut outputs = Vec::new();
        for (place, term) in forms.terms.iter().enumerate() {
            let value = self.builder.term(term, pivot, clamp, &leaf)?;
            let scale = self.problem.targets[place].scale.as_ref();
            let value = self.guarded(value, scale, &leaf, forms.ends[place])?;
            let value = if place == 0 { value } else { self.cut(value, &beyond) };
            outputs.push(self.where_left(value, left, &leaf)?);
        }
        let saturated = &forms.saturated;
        let within = |val: Val| saturated.interval(*self.builder.classes.get(&val)?);
        let (builder, place) = share::divisions(&self.builder, self.affine.format, &within);
        self.builder = builder;
        let pivot = Pivot { single: place[&pivot.single], pair: pivot.pair.map(|pair| place[&pair]) };
        let leaf = leaf.into_iter().map(|(name, val)| (name, place[&val])).collect();
        let outputs: Vec<Val> = outputs.iter().map(|val| place[val]).collect();
        let beyond: Vec<Val> = beyond.iter().map(|val| place[val]).collect();
        let left = left.map(|val| place[&val]);
        if asked.fused {
            fuse::products(&mut self.builder, &outputs);
        }
        Some(self.finish(forms, (pivot, &beyond, left), &leaf, &outputs, asked))
    }

    fn of_parameters(&mut self, expr: &Expr) -> Option<Val> {
        let places: BTreeMap<String, usize> =
            self.parameters.iter().enumerate().map(|(place, p)| (p.name.clone(), place)).collect();
        self.builder.of_parameters(expr, &|name| places.get(name).copied())
    }

    /// A value for label 1 and one for label 0.
    fn by_label(&mut self, one: &Expr, zero: &Expr) -> Option<Val> {
        let (yes, no) = (self.of_parameters(one)?, self.of_parameters(zero)?);
        if yes == no {
            return Some(yes);
        }
        let label = self.builder.inst(Inst::LabelIsOne);
        Some(self.builder.inst(Inst::Select(label, yes, no)))
    }

    /// The input with the label's sign.
    fn signed(&mut self) -> Val {
        let x = self.builder.inst(Inst::X);
        let label = self.builder.inst(Inst::LabelIsOne);
        let flipped = self.builder.inst(Inst::Neg(x));
        self.builder.inst(Inst::Select(label, x, flipped))
    }

    /// The pivot: the input with the label's sign, times the slope, plus the offset; in f64 as a pair.
    fn pivot(&mut self) -> Option<Pivot> {
        if self.affine.handed.is_some() {
            return Some(Pivot { single: self.margin(), pair: None });
        }
        let (signed, slope) = if self.affine.mirrored() {
            (self.signed(), None)
        } else {
            let x = self.builder.inst(Inst::X);
            (x, Some(self.by_label(&self.affine.slope, &self.affine.slope_zero)?))
        };
        if self.affine.exact() {
            return Some(Pivot { single: signed, pair: None });
        }
        let slope = match slope {
            Some(slope) => slope,
            None => self.of_parameters(&self.affine.slope)?,
        };
        let (offset, offset_zero) = (&self.affine.offset, &self.affine.offset_zero);
        let none = [offset, offset_zero].iter().all(|o| o.as_number().is_some_and(Rational::is_zero));
        let offset = if none { None } else { Some(self.by_label(offset, offset_zero)?) };
        if self.affine.arithmetic.widens(self.affine.format) || self.affine.power() {
            let product = self.builder.inst(Inst::Mul(signed, slope));
            let single = offset.map_or(product, |offset| self.builder.inst(Inst::Add(product, offset)));
            return Some(Pivot { single, pair: None });
        }
        let product = self.builder.inst(Inst::TwoProduct(signed, slope));
        let pair = offset.map_or(product, |offset| self.builder.inst(Inst::PairPlus(product, offset)));
        let near = self.builder.inst(Inst::Hi(pair));
        // far out the pair's tail, and with it its head, may be NaN
        let product = self.builder.inst(Inst::Mul(signed, slope));
        let plain = offset.map_or(product, |offset| self.builder.inst(Inst::Add(product, offset)));
        let most = self.builder.constant(&Rational::from_f64(self.affine.far())?);
        let magnitude = self.builder.inst(Inst::Abs(plain));
        let is_far = self.builder.inst(Inst::Less(most, magnitude));
        let single = self.builder.inst(Inst::Select(is_far, plain, near));
        Some(Pivot { single, pair: Some(pair) })
    }

    /// The margin of a row: (own input − greatest) − log1p(rest).
    fn margin(&mut self) -> Val {
        let x = self.builder.inst(Inst::X);
        let [greatest, rest] = [GREATEST, REST].map(|name| self.builder.inst(Inst::Given(name)));
        let ahead = self.builder.inst(Inst::Sub(x, greatest));
        let spread = self.builder.inst(Inst::Log1p(rest));
        self.builder.call(ahead, "ahead");
        self.builder.call(spread, "spread");
        self.builder.inst(Inst::Sub(ahead, spread))
    }

    /// The value, or 0 where its scale is 0 and the value may be infinite.
    fn guarded(
        &mut self,
        value: Val,
        scale: Option<&Scale>,
        leaf: &BTreeMap<Arc<str>, Val>,
        ends: Ends,
    ) -> Option<Val> {
        let Some(scale) = scale.filter(|scale| Ranges::may_vanish(scale)) else { return Some(value) };
        if ends.iter().all(|end| end.is_finite()) {
            return Some(value);
        }
        let zero = self.builder.constant(&Rational::ZERO);
        let vanishes = self.builder.inst(Inst::Equal(*leaf.get(&scale.name)?, zero));
        Some(self.builder.inst(Inst::Select(vanishes, zero, value)))
    }

    /// A derivative: 0 beyond where the input is cut.
    fn cut(&mut self, value: Val, beyond: &[Val]) -> Val {
        let zero = self.builder.constant(&Rational::ZERO);
        beyond.iter().fold(value, |value, beyond| self.builder.inst(Inst::Select(*beyond, zero, value)))
    }

    /// A result where nothing is left of 1: 0, unless the loss is there what it is elsewhere.
    fn where_left(&mut self, value: Val, left: Option<Val>, leaf: &BTreeMap<Arc<str>, Val>) -> Option<Val> {
        let (Some(left), Some((_, rest))) = (left, self.given.and_then(|given| given.shift.as_ref())) else {
            return Some(value);
        };
        let zero = self.builder.constant(&Rational::ZERO);
        let other = match rest {
            AtNoRest::Same => return Some(value),
            AtNoRest::Zero => zero,
            AtNoRest::ZeroAbove(exponent) => {
                let above = self.builder.inst(Inst::Less(zero, *leaf.get(exponent)?));
                self.builder.inst(Inst::Select(above, zero, value))
            }
        };
        Some(self.builder.inst(Inst::Select(left, value, other)))
    }

    fn finish(
        self,
        forms: &Forms,
        (pivot, beyond, left): (Pivot, &[Val], Option<Val>),
        leaf: &BTreeMap<Arc<str>, Val>,
        outputs: &[Val],
        asked: &Asked,
    ) -> Lowered {
        let names = Names::of(&self, forms, pivot, leaf, outputs);
        let (spec, pivot_name) = (self.spec, self.pivot_name());
        let shown = |val: Val| {
            let meaning = names.meanings.get(&val);
            let meaning = meaning.map(|m| in_words(spec, m, &pivot_name).to_string()).unwrap_or_default();
            names.names.get(&val).map(|name| (name.clone(), meaning))
        };
        let constants = self.builder.constants.clone();
        let formulas: Vec<String> =
            self.problem.targets.iter().map(|target| self.shown_formula(&target.formula)).collect();
        let (lets, place) = self.builder.finish(outputs, &shown);
        let moved = |val: Val| place.get(&val).copied();
        let made = outputs.iter().zip(self.problem.targets.iter().zip(formulas)).map(|(value, (target, formula))| {
            Output { name: target.output, value: place[value], bounds: Vec::new(), inside: false, formula }
        });
        let kernel = Kernel {
            loss: self.spec.name.clone(),
            format: self.affine.format,
            parameters: self.parameters.to_vec(),
            within: Some([0.0, 1.0]).filter(|_| self.problem.unit && beyond.is_empty()),
            weighted: asked.weighted,
            fused: asked.fused,
            level: Level::of(self.affine.arithmetic, self.affine.format)[0],
            outputs: made.collect(),
            lets,
        };
        let constants = constants.into_iter().filter_map(|(val, value)| Some((moved(val)?, value))).collect();
        let meanings = names.meanings.iter().filter_map(|(val, m)| Some((moved(*val)?, m.clone()))).collect();
        let single = moved(pivot.single).unwrap_or(Val(usize::MAX));
        let pair = pivot.pair.and_then(moved);
        let scaled = leaf.get(SCALED).copied().and_then(moved);
        let of_unit = |(name, _): &(&'static str, &str)| Some((*name, moved(*leaf.get(*name)?)?));
        let unit = NAMES.iter().filter_map(of_unit).collect();
        let beyond = beyond.iter().filter_map(|val| moved(*val)).collect();
        let left = left.and_then(moved);
        Lowered { kernel, pivot: Pivot { single, pair }, scaled, unit, beyond, left, constants, meanings }
    }

    /// A formula as it is shown: the loss by its definition.
    fn shown_formula(&self, formula: &Expr) -> String {
        let definition = self.spec.formula.iter().find(|d| *formula == Expr::Symbol(d.name.clone()));
        definition.map_or_else(|| formula.to_string(), |definition| definition.value.to_string())
    }

    /// The name of the formula that is the pivot, else the pivot's own.
    fn pivot_name(&self) -> String {
        let input = &self.spec.inputs[0].name;
        if self.affine.handed.is_some() {
            return input.to_string();
        }
        let last = self.spec.formula.iter().rev().find(|definition| {
            let of_input = |expr: &Expr| expr.mentions(input) || expr.symbols().iter().any(|n| self.depends(n));
            of_input(&definition.value) && is_affine(&definition.value)
        });
        let free = |name: &str| self.spec.formula.iter().all(|definition| &*definition.name != name);
        let own = if free("w") { "w" } else { "pivot" };
        last.map_or_else(|| own.to_string(), |definition| definition.name.to_string())
    }

    fn depends(&self, name: &str) -> bool {
        let input = &self.spec.inputs[0].name;
        let definition = self.spec.formula.iter().find(|definition| &*definition.name == name);
        name == &**input || definition.is_some_and(|d| d.value.symbols().iter().any(|n| self.depends(n)))
    }
}

/// Is it made of sums, products and negations alone?
fn is_affine(expr: &Expr) -> bool {
    use crate::op::Op;
    match expr {
        Expr::Apply(op, operands) => {
            matches!(op, Op::Add | Op::Sub | Op::Mul | Op::Neg | Op::Div) && operands.iter().all(is_affine)
        }
        _ => true,
    }
}

/// What a name of the search is called: a pivot in (0, 1) without a label is the input.
fn shown_name<'n>(spec: &'n Spec, name: &'n str) -> &'n str {
    match name {
        P if spec.inputs.len() == 1 => &spec.inputs[0].name,
        _ => name.trim_start_matches('_'),
    }
}

fn in_words(spec: &Spec, meaning: &Expr, pivot: &str) -> Expr {
    meaning.substitute(&|name| match name {
        PIVOT => Some(Expr::symbol(pivot)),
        _ => name.starts_with('_').then(|| Expr::symbol(shown_name(spec, name))),
    })
}

/// Names and meanings of lets.
struct Names {
    names: BTreeMap<Val, String>,
    meanings: BTreeMap<Val, Expr>,
}

/// What the usual parts of a logistic loss are called; `_w` is the pivot.
const USUAL: [(&str, &str); 12] = [
    ("a", "abs(_w)"),
    ("t", "exp(-abs(_w))"),
    ("d", "1 + exp(-abs(_w))"),
    ("log_d", "log1p(exp(-abs(_w)))"),
    ("h", "exp(-(abs(_w)/2))"),
    ("h", "exp(-abs(_w)/2)"),
    ("top_p", "where(_w < 0, exp(-abs(_w)), 1)"),
    ("top_q", "where(_w < 0, 1, exp(-abs(_w)))"),
    ("p", "sigmoid(_w)"),
    ("q", "sigmoid(-_w)"),
    ("ell", "softplus(-_w)"),
    ("ell_q", "softplus(_w)"),
];

impl Names {
    fn of(making: &Making, forms: &Forms, pivot: Pivot, leaf: &BTreeMap<Arc<str>, Val>, outputs: &[Val]) -> Names {
        let shortest = forms.saturated.shortest_members();
        let usual: BTreeMap<usize, &str> = USUAL
            .iter()
            .filter_map(|(name, text)| Some((forms.saturated.class(&Expr::parse(text).ok()?)?, *name)))
            .collect();
        let mut all = Names { names: BTreeMap::new(), meanings: BTreeMap::new() };
        for (val, class) in &making.builder.classes {
            if let Some(meaning) = shortest.get(class) {
                all.meanings.insert(*val, meaning.clone());
            }
            if let Some(name) = usual.get(class).copied().or_else(|| by_meaning(shortest.get(class)?)) {
                all.names.insert(*val, name.to_string());
            }
        }
        for (name, val) in leaf {
            let known = NAMES.iter().find(|(known, _)| *known == &**name);
            if let Some(meaning) = known.and_then(|(_, meaning)| Expr::parse(meaning).ok()) {
                all.meanings.insert(*val, meaning);
            } else if &**name != SCALED {
                all.meanings.insert(*val, Expr::Symbol(name.clone()));
            }
            all.names.insert(*val, shown_name(making.spec, name).to_string());
        }
        if !making.problem.unit {
            all.names.insert(pivot.single, making.pivot_name());
        }
        for (val, target) in outputs.iter().zip(&making.problem.targets) {
            all.names.insert(*val, target.output.to_string());
        }
        for val in making.builder.classes.keys() {
            all.names.entry(*val).or_insert_with(|| "v".to_string());
        }
        all
    }
}

/// Names for the test of the pivot's sign and for the modulating factor, whose exponent varies.
fn by_meaning(meaning: &Expr) -> Option<&'static str> {
    use crate::op::Op;
    let pivot = Expr::symbol(PIVOT);
    match meaning {
        Expr::Apply(Op::Lt, operands) if operands[0] == pivot => Some("below"),
        Expr::Apply(Op::Pow, operands) if operands[0] == (-pivot).sigmoid() => Some("q_gamma"),
        Expr::Apply(Op::Exp, operands) if operands[0].mentions(ELL_Q) => Some("power"),
        _ => None,
    }
}
