//! An instruction of a kernel → the right side of its let.
//!
//! Short constants are written where they are used, and so is a short piece of arithmetic that is used once and that
//! nobody gave a name; brackets keep the order of operations, so the bits stay the kernel's.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::{self, Shape};
use super::single::single;
use super::stage::turned;
use super::{Frame, Labels};
use crate::elementary::Exponential;
use crate::kernel::{Arithmetic, Format, Fused, Inst, Setting, Val};
use crate::rational::Rational;

/// A constant that is longer keeps its let.
const CONSTANT: usize = 6;
/// Arithmetic that is longer keeps its let; two of them, bracketed, leave room for a let on a line.
const ARITHMETIC: usize = 28;

/// How tightly text holds together, as Rust parses it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Any,
    Compare,
    Sum,
    Product,
    Sign,
    Atom,
}

/// A value of the format as a literal of it.
pub fn literal(value: f64, format: Format) -> String {
    match (format, value) {
        (_, f64::INFINITY) => format!("{format}::INFINITY"),
        (_, f64::NEG_INFINITY) => format!("{format}::NEG_INFINITY"),
        (_, value) if value.is_nan() => format!("{format}::NAN"),
        (Format::F32, value) => format!("{:?}", value as f32),
        (Format::F64, value) => format!("{value:?}"),
    }
}

/// A fused operation on names and literals; the first one is a name.
pub fn fused(fused: Fused, [a, b, c]: [String; 3]) -> String {
    match fused {
        Fused::Plus => format!("{a}.mul_add({b}, {c})"),
        Fused::Less => match c.strip_prefix('-') {
            Some(c) => format!("{a}.mul_add({b}, {c})"),
            None => format!("{a}.mul_add({b}, -{c})"),
        },
        Fused::From => format!("(-{a}).mul_add({b}, {c})"),
    }
}

/// Writes the lets of one function.
pub struct Writer<'a> {
    frame: &'a Frame<'a>,
    /// Private functions that were called.
    pub calls: BTreeSet<&'static str>,
    /// Literals that were written.
    pub literals: Vec<f64>,
    /// The name that holds `X`, once it is bound.
    input: Option<String>,
    /// Lets whose type is known where they are written.
    typed: BTreeSet<Val>,
    /// Lets that may be written where they are used.
    single: BTreeSet<Val>,
    /// Those that are, and their text.
    inlined: BTreeMap<Val, (String, Strength)>,
}

impl<'a> Writer<'a> {
    /// A writer of some lets, for results among them, where others are arguments.
    pub fn new(frame: &'a Frame<'a>, lets: &[Val], results: &[Val], arguments: &[Val]) -> Writer<'a> {
        let (calls, literals, input) = (BTreeSet::new(), Vec::new(), None);
        let single = single(frame, lets, results);
        let typed = arguments.iter().copied().collect();
        Writer { frame, calls, literals, input, typed, single, inlined: BTreeMap::new() }
    }

    /// `let name = `, its right side and a remark; `None` where the name already has the value, or the value is
    /// written where it is used.
    pub fn binding(&mut self, value: Val) -> Option<(String, Shape, String)> {
        let one = &self.frame.kernel.lets[value.0];
        let name = self.frame.names.lets[value.0].clone();
        if self.constant(value).is_some() {
            return None;
        }
        let (shape, strength) = self.shape(&one.inst);
        let line = shape.one_line();
        let typed = self.is_typed(&one.inst);
        if typed && self.single.contains(&value) && line.len() <= ARITHMETIC {
            self.typed.insert(value);
            self.inlined.insert(value, (line, strength));
            return None;
        }
        self.typed.insert(value);
        if line == name {
            return None;
        }
        let of = match (typed || self.pairs(), &one.inst) {
            (true, _) => "",
            (false, _) => &*format!(": {}", self.frame.held(value)),
        };
        let remark = self.remark(&one.meaning);
        let remark = if remark == line || remark == name { String::new() } else { remark };
        Some((format!("let {name}{of} = "), shape, remark))
    }

    /// Does Rust know the type of the right side? Of literals alone it does not.
    fn is_typed(&self, inst: &Inst) -> bool {
        match inst {
            Inst::Const(_) => false,
            Inst::Select(c, a, b) => self.is_label(c) || self.typed.contains(a) || self.typed.contains(b),
            Inst::Neg(_) | Inst::Widen(_) | Inst::AtMost(..) | Inst::AtLeast(..) => self.knows(inst),
            Inst::Add(..) | Inst::Sub(..) | Inst::Mul(..) | Inst::Div(..) => self.knows(inst),
            _ => true,
        }
    }

    fn knows(&self, inst: &Inst) -> bool {
        inst.operands().iter().any(|operand| self.typed.contains(operand))
    }

    /// The result for an output.
    pub fn finished(&mut self, output: usize) -> String {
        let value = self.frame.kernel.outputs[output].value;
        let mut text = self.operand(&value);
        if self.frame.kernel.outputs[output].inside {
            return text;
        }
        if self.pairs() {
            text += ".0";
        }
        if !self.frame.kernel.keeps_nan(value) {
            self.calls.insert("or_nan");
            let x = self.input.clone().expect("X is needed where its NaN may be lost");
            let hi = if self.pairs() { ".0" } else { "" };
            text = format!("or_nan({x}{hi}, {text})");
        }
        if self.frame.kernel.weighted {
            self.calls.insert("weigh");
            text = format!("weigh({text}, w)");
        }
        if self.frame.widens() { format!("{text} as {}", self.frame.float()) } else { text }
    }

    /// The meaning of a let, with fixed parameters as they were given instead of the fractions that floats are.
    fn remark(&self, meaning: &str) -> String {
        let mut remark = layout::plain(meaning);
        for parameter in &self.frame.kernel.parameters {
            if let Setting::Fixed { exact, value } = &parameter.setting {
                let float = Rational::from_f64(*value).map(|float| float.to_string()).unwrap_or_default();
                if float.contains('/') {
                    let given = exact.to_string();
                    remark = remark.replace(&format!("({float})"), &given).replace(&float, &given);
                }
            }
        }
        remark
    }

    /// The literal of a short constant.
    fn constant(&self, value: Val) -> Option<String> {
        match self.frame.kernel.lets[value.0].inst {
            Inst::Const(constant) => {
                let text = Some(literal(constant, self.frame.inside())).filter(|text| text.len() <= CONSTANT)?;
                Some(if self.pairs() { format!("({text}, 0.0)") } else { text })
            }
            _ => None,
        }
    }

    fn is(&self, value: &Val, number: f64) -> bool {
        self.frame.kernel.lets[value.0].inst == Inst::Const(number)
    }

    fn is_label(&self, value: &Val) -> bool {
        self.frame.kernel.lets[value.0].inst == Inst::LabelIsOne
    }

    /// The text of a let that a stage gives.
    pub fn operand(&mut self, value: &Val) -> String {
        self.at_least(value, Strength::Any)
    }

    /// An operand, in brackets where it would not hold together.
    fn at_least(&mut self, value: &Val, least: Strength) -> String {
        if let Inst::Const(constant) = self.frame.kernel.lets[value.0].inst {
            self.literals.push(constant);
        }
        if let Some(text) = self.constant(*value) {
            return text;
        }
        match self.inlined.get(value) {
            Some((text, strength)) if *strength < least => format!("({text})"),
            Some((text, _)) => text.clone(),
            None => self.frame.names.lets[value.0].clone(),
        }
    }

    fn call(&mut self, name: &'static str, operands: &[&Val]) -> (Shape, Strength) {
        self.calls.insert(name);
        let operands = operands.iter().map(|value| self.operand(value)).collect();
        (Shape::Call(name.to_string(), operands), Strength::Atom)
    }

    fn infix(&mut self, a: &Val, sign: &str, b: &Val) -> (Shape, Strength) {
        let (own, right) = match sign {
            "+" | "-" => (Strength::Sum, Strength::Product),
            "*" | "/" => (Strength::Product, Strength::Sign),
            _ => (Strength::Compare, Strength::Sum),
        };
        let left = if own == Strength::Compare { Strength::Sum } else { own };
        (Shape::Plain(format!("{} {sign} {}", self.at_least(a, left), self.at_least(b, right))), own)
    }

    fn negated(&mut self, a: &Val) -> (Shape, Strength) {
        match self.at_least(a, Strength::Atom) {
            text if text.starts_with('-') => (Shape::Plain(text[1..].to_string()), Strength::Atom),
            text => (Shape::Plain(format!("-{text}")), Strength::Sign),
        }
    }

    fn shape(&mut self, inst: &Inst) -> (Shape, Strength) {
        use Inst::*;
        if let Some(shape) = self.pairs().then(|| self.of_pairs(inst)).flatten() {
            return shape;
        }
        let atom = |text: String| (Shape::Plain(text), Strength::Atom);
        match inst {
            X => (self.widened_input(), Strength::Any),
            LabelIsOne => (self.label_is_one(), Strength::Any),
            Given(_) => atom(self.given(inst)),
            Parameter(at) => atom(self.parameter(*at)),
            ConstPair(hi, lo) => {
                self.literals.extend([*hi, *lo]);
                atom(format!("({hi:?}, {lo:?})"))
            }
            Const(value) => {
                self.literals.push(*value);
                atom(literal(*value, self.frame.inside()))
            }
            Neg(a) => self.negated(a),
            Abs(a) => self.call("magnitude", &[a]),
            Sqrt(a) => self.call("sqrt", &[a]),
            Exp(a) => self.call("exp", &[a]),
            ExpMinus(a) => self.call("exp_minus", &[a]),
            Log1p(a) => self.call("ln_1p", &[a]),
            Ln(a, b) => self.call("ln", &[a, b]),
            TwoAtanh(a) => self.call("two_atanh", &[a]),
            Add(a, b) => self.infix(a, "+", b),
            Sub(a, b) => self.infix(a, "-", b),
            // The same bits, and clippy wants no product with -1.
            Mul(a, b) if self.is(a, -1.0) => self.negated(b),
            Mul(a, b) if self.is(b, -1.0) => self.negated(a),
            Mul(a, b) => self.infix(a, "*", b),
            Div(a, b) => self.infix(a, "/", b),
            Inst::Fused(sign, [a, b, c]) => {
                // a literal has no methods before it has a type
                let literal = matches!(self.frame.kernel.lets[a.0].inst, Const(_));
                let [a, b] = if literal { [b, a] } else { [a, b] };
                atom(fused(*sign, [a, b, c].map(|value| self.at_least(value, Strength::Atom))))
            }
            AtMost(a, most) => {
                self.literals.push(*most);
                let (a, most) = (self.operand(a), literal(*most, self.frame.inside()));
                (Shape::Choice(format!("{most} < {a}"), most, a), Strength::Any)
            }
            AtLeast(a, least) => {
                self.literals.push(*least);
                let (a, least) = (self.operand(a), literal(*least, self.frame.inside()));
                (Shape::Choice(format!("{a} < {least}"), least, a), Strength::Any)
            }
            Less(a, b) => self.infix(a, "<", b),
            Equal(a, b) => self.infix(a, "==", b),
            Same(a, b) => (Shape::Plain(format!("{} == {}", self.truth(a), self.truth(b))), Strength::Compare),
            Select(c, a, b) if self.is_label(c) => self.by_label(inst, c, a, b),
            Select(_, a, b) if a == b => (Shape::Plain(self.operand(a)), Strength::Any),
            Select(c, a, b) if !self.is_constant(a) && !self.is_constant(b) => self.by_truth(c, a, b),
            Select(c, a, b) => (Shape::Choice(self.operand(c), self.operand(a), self.operand(b)), Strength::Any),
            TwoSum(a, b) => self.call("two_sum", &[a, b]),
            TwoProduct(a, b) => self.call("two_product", &[a, b]),
            PairTimes(a, b) => self.call("pair_times", &[a, b]),
            PairPlus(a, b) => self.call("pair_plus", &[a, b]),
            NegPair(a) => {
                let a = self.operand(a);
                (Shape::call("", &[&format!("-{a}.0"), &format!("-{a}.1")]), Strength::Atom)
            }
            Hi(a) => atom(format!("{}.0", self.operand(a))),
            Widen(a) => (Shape::call("", &[&self.operand(a), "0.0"]), Strength::Atom),
            ExpPair(a) => self.call("exp_pair", &[a]),
            Reduced(of, a) => self.call(self.half(*of, 0), &[a]),
            Raised(of, a) => self.call(self.half(*of, 1), &[a]),
        }
    }

    /// The argument that holds what a row gives.
    fn given(&self, inst: &Inst) -> String {
        let place = self.frame.kernel.lets.iter().position(|one| one.inst == *inst);
        place.map(|place| self.frame.names.lets[place].clone()).unwrap_or_default()
    }

    /// The name of a half of an exponential.
    fn half(&self, of: Exponential, place: usize) -> &'static str {
        self.frame.kernel.level.set(self.frame.kernel.fused).halves(of)[place].name
    }

    /// Are registers pairs?
    fn pairs(&self) -> bool {
        self.frame.kernel.arithmetic() == Arithmetic::Pair
    }

    /// An instruction on pairs, where it is not the same as on floats.
    fn of_pairs(&mut self, inst: &Inst) -> Option<(Shape, Strength)> {
        if let Some((part, operands)) = inst.part() {
            return Some(self.call(part.program(false).name, &operands.iter().collect::<Vec<_>>()));
        }
        let negated = |a: &str| format!("(-{a}.0, -{a}.1)");
        Some(match inst {
            Inst::Parameter(at) => (Shape::Plain(format!("({}, 0.0)", self.parameter(*at))), Strength::Atom),
            Inst::Const(value) => {
                self.literals.push(*value);
                (Shape::Plain(format!("({}, 0.0)", literal(*value, Format::F64))), Strength::Atom)
            }
            Inst::Select(label, ..) if self.is_label(label) => {
                let (plain, one) = turned(self.frame.kernel, inst)?;
                if one {
                    return Some(self.call("negated_pair_where", &[label, &plain]));
                }
                let operands = vec![format!("!{}", self.operand(label)), self.operand(&plain)];
                self.calls.insert("negated_pair_where");
                (Shape::Call("negated_pair_where".to_string(), operands), Strength::Atom)
            }
            Inst::Neg(a) => (Shape::Plain(negated(&self.operand(a))), Strength::Atom),
            Inst::Abs(a) => {
                let a = self.operand(a);
                (Shape::Choice(format!("{a}.0 < 0.0"), negated(&a), a), Strength::Any)
            }
            Inst::AtMost(a, most) => {
                self.literals.push(*most);
                let (a, most) = (self.operand(a), literal(*most, Format::F64));
                (Shape::Choice(format!("{most} < {a}.0"), format!("({most}, 0.0)"), a), Strength::Any)
            }
            Inst::Less(a, b) => self.call("pair_less", &[a, b]),
            _ => return None,
        })
    }

    /// All ones where the label is 1; of a label that is none, anything.
    fn label_is_one(&mut self) -> Shape {
        let y = &self.frame.names.y;
        Shape::Plain(match self.frame.options.labels {
            Labels::Float | Labels::PlusMinus => {
                self.calls.insert("mask");
                format!("mask({y} == 1.0)")
            }
            Labels::U8 => {
                let mask = self.frame.inside().bits();
                format!("0_{mask}.wrapping_sub({mask}::from({y}))")
            }
            Labels::Bool => {
                self.calls.insert("mask");
                format!("mask({y})")
            }
        })
    }

    /// A choice by the label: no branch and no load, whatever compilers think of it.
    fn by_label(&mut self, inst: &Inst, c: &Val, a: &Val, b: &Val) -> (Shape, Strength) {
        match turned(self.frame.kernel, inst) {
            Some((plain, true)) => self.call("negated_where", &[c, &plain]),
            Some((plain, false)) => {
                let (shape, _) = self.call("negated_where", &[c, &plain]);
                (Shape::Plain(format!("-{}", shape.one_line())), Strength::Sign)
            }
            None if self.frame.kernel.is_pair(*a) => self.call("choose_pair", &[c, a, b]),
            None => self.call("choose", &[c, a, b]),
        }
    }

    /// A choice between two values by a mask: without masks of its own a processor would need an operation more for it.
    fn by_truth(&mut self, c: &Val, a: &Val, b: &Val) -> (Shape, Strength) {
        self.calls.insert("mask");
        let name = if self.frame.kernel.is_pair(*a) { "choose_pair" } else { "choose" };
        self.calls.insert(name);
        let (mask, yes, no) = (format!("mask({})", self.operand(c)), self.operand(a), self.operand(b));
        (Shape::Call(name.to_string(), vec![mask, yes, no]), Strength::Atom)
    }

    fn is_constant(&self, value: &Val) -> bool {
        matches!(self.frame.kernel.lets[value.0].inst, Inst::Const(_))
    }

    /// A truth value, in brackets where it is no name.
    fn truth(&mut self, value: &Val) -> String {
        if self.is_label(value) {
            format!("({} != 0)", self.operand(value))
        } else {
            self.at_least(value, Strength::Sum)
        }
    }

    /// An argument of the format, as it is inside.
    fn widened(&self, name: &str) -> String {
        if self.frame.widens() { format!("{}::from({name})", self.frame.inside()) } else { name.to_string() }
    }

    /// An open parameter, as it is inside.
    fn parameter(&self, at: usize) -> String {
        let open = self.frame.names.open.iter().find(|(place, _)| *place == at);
        self.widened(&open.expect("the kernel was checked").1)
    }

    fn widened_input(&mut self) -> Shape {
        if let Some(name) = &self.input {
            return Shape::Plain(name.clone());
        }
        let place = self.frame.kernel.lets.iter().position(|one| one.inst == Inst::X);
        self.input = place.map(|place| self.frame.names.lets[place].clone());
        let x = self.widened(&self.frame.names.x);
        Shape::Plain(if self.pairs() { format!("({x}, 0.0)") } else { x })
    }
}
