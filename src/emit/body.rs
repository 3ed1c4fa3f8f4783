//! Lets of a kernel that some outputs need → the statements of a function.
//!
//! What the evaluator does with a let is what its statement does; the finish of an output is the evaluator's
//! one rule: NaN where `X` is NaN, times the weight, one rounding.

use std::collections::BTreeSet;

use super::layout::{self, Shape};
use super::names::Names;
use super::{Frame, Labels};
use crate::domain::Domain;
use crate::kernel::{Format, Inst, Kernel, Setting, Val};
use crate::rational::Rational;

/// The statements of a function and the private functions that they call.
pub struct Body {
    /// Its lines, indented by four.
    pub text: String,
    /// Names of private functions.
    pub calls: BTreeSet<&'static str>,
    /// The literals in it.
    pub literals: Vec<f64>,
}

/// The statements that compute some outputs, by place, from the arguments of the function.
pub fn of(frame: &Frame, outputs: &[usize]) -> Body {
    let mut writer = Writer { frame, calls: BTreeSet::new(), literals: Vec::new(), input: None };
    let live = live(frame.kernel, outputs);
    let plain = |text: String| (text, String::new());
    let mut statements = Vec::new();
    if live.iter().any(|value| frame.kernel.lets[value.0].inst == Inst::X) {
        statements.extend(valid(frame).into_iter().map(plain));
    }
    let mut last = None;
    for &value in &live {
        if let Some((before, shape, remark)) = writer.binding(value) {
            statements.push((layout::statement(4, &before, &shape, ";"), remark));
            last = Some((value, shape));
        }
    }
    if frame.kernel.weighted && frame.kernel.format == Format::F32 {
        statements.push(plain("    let w = f64::from(w);".to_string()));
    }
    let results: Vec<String> = outputs.iter().map(|&output| writer.finished(output)).collect();
    match (&results[..], last) {
        // A let that would be the result itself: clippy wants it without the let.
        ([result], Some((value, shape))) if *result == frame.names.lets[value.0] => {
            let (_, remark) = statements.pop().expect("the let");
            statements.push((layout::tail(4, &shape), remark));
        }
        ([result], _) => statements.push(plain(format!("    {result}"))),
        _ => statements.push(plain(layout::statement(4, "", &Shape::Call(String::new(), results), ""))),
    }
    Body { text: layout::lines(4, &statements), calls: writer.calls, literals: writer.literals }
}

/// The lets that some outputs need, in order; `X` too where a select may lose its NaN.
pub fn live(kernel: &Kernel, outputs: &[usize]) -> Vec<Val> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<Val> = outputs.iter().map(|&output| kernel.outputs[output].value).collect();
    if open.iter().any(|value| !kernel.keeps_nan(*value)) {
        open.extend(kernel.lets.iter().position(|one| one.inst == Inst::X).map(Val));
    }
    while let Some(value) = open.pop() {
        if needed.insert(value) {
            open.extend(kernel.lets[value.0].inst.operands());
        }
    }
    needed.into_iter().collect()
}

/// `let valid = …` for the label and each open parameter, where something can be invalid.
fn valid(frame: &Frame) -> Vec<String> {
    let y = &frame.names.y;
    let label = match frame.options.labels {
        Labels::Float => Some(format!("{y} == 0.0 || {y} == 1.0")),
        Labels::PlusMinus => Some(format!("{y} == -1.0 || {y} == 1.0")),
        Labels::U8 => Some(format!("{y} <= 1")),
        Labels::Bool => None,
    };
    let mut lines: Vec<String> = label.map(|label| format!("    let valid = {label};")).into_iter().collect();
    for (place, name) in &frame.names.open {
        let inside = inside(name, &frame.kernel.parameters[*place].domain, frame.kernel.format);
        let and = if lines.is_empty() { "" } else { "valid && " };
        lines.push(format!("    let valid = {and}{inside};"));
    }
    lines
}

/// The condition that an argument is in its domain; false where it is NaN or infinite.
fn inside(name: &str, domain: &Domain, format: Format) -> String {
    match domain {
        Domain::Finite => format!("{name}.is_finite()"),
        Domain::Set(values) => {
            let exact = |value: &&Rational| Rational::from_f64(round(value, format)).as_ref() == Some(*value);
            let one = |value: &Rational| format!("{name} == {}", literal(round(value, format), format));
            let all: Vec<String> = values.iter().filter(exact).map(one).collect();
            if all.is_empty() { "false".to_string() } else { format!("({})", all.join(" || ")) }
        }
        Domain::Interval { lo: None, hi: None, .. } => format!("{name}.is_finite()"),
        Domain::Interval { lo, lo_open, hi, hi_open } => {
            let (lo, above) = end(lo.as_ref(), *lo_open, format, f64::NEG_INFINITY);
            let (hi, below) = end(hi.as_ref(), *hi_open, format, f64::INFINITY);
            match (above, below) {
                (true, _) => format!("{name} > {lo} && {name} {} {hi}", if below { "<" } else { "<=" }),
                (false, true) => format!("({lo}..{hi}).contains(&{name})"),
                (false, false) => format!("({lo}..={hi}).contains(&{name})"),
            }
        }
    }
}

/// A float that separates the floats of the format as the end of a domain does, and whether it is itself outside.
fn end(exact: Option<&Rational>, open: bool, format: Format, infinite: f64) -> (String, bool) {
    let Some(exact) = exact else { return (literal(infinite, format), true) };
    let float = round(exact, format);
    let inward = match Rational::from_f64(float) {
        Some(value) if value == *exact => return (literal(float, format), open),
        Some(value) => (value > *exact) == (infinite < 0.0),
        None => false,
    };
    (literal(float, format), !inward)
}

/// Rounded to the format, widened.
fn round(value: &Rational, format: Format) -> f64 {
    match format {
        Format::F32 => f64::from(value.to_f32()),
        Format::F64 => value.to_f64(),
    }
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

struct Writer<'a> {
    frame: &'a Frame<'a>,
    calls: BTreeSet<&'static str>,
    literals: Vec<f64>,
    /// The name that holds `X`, once it is bound.
    input: Option<String>,
}

impl Writer<'_> {
    fn names(&self) -> &Names {
        &self.frame.names
    }

    /// `let name = `, its right side and a remark; `None` where the name already has the value, or the value is
    /// written where it is used.
    fn binding(&mut self, value: Val) -> Option<(String, Shape, String)> {
        let one = &self.frame.kernel.lets[value.0];
        let name = self.names().lets[value.0].clone();
        if self.inlined(value).is_some() {
            return None;
        }
        let shape = self.shape(&one.inst);
        if shape.one_line() == name {
            return None;
        }
        let number = |text: &str| text.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit());
        let untyped = match &shape {
            Shape::Plain(text) => number(text) && !text.contains(' '),
            Shape::Choice(_, yes, no) => number(yes) && number(no),
            Shape::Call(..) => false,
        };
        let remark = if one.meaning == shape.one_line() || one.meaning == name { "" } else { &one.meaning };
        Some((format!("let {name}{} = ", if untyped { ": f64" } else { "" }), shape, layout::plain(remark)))
    }

    /// A short constant is written where it is used.
    fn inlined(&self, value: Val) -> Option<String> {
        match self.frame.kernel.lets[value.0].inst {
            Inst::Const(constant) => Some(literal(constant, Format::F64)).filter(|text| text.len() <= 6),
            _ => None,
        }
    }

    fn is(&self, value: &Val, number: f64) -> bool {
        self.frame.kernel.lets[value.0].inst == Inst::Const(number)
    }

    fn operand(&mut self, value: &Val) -> String {
        if let Inst::Const(constant) = self.frame.kernel.lets[value.0].inst {
            self.literals.push(constant);
        }
        self.inlined(*value).unwrap_or_else(|| self.names().lets[value.0].clone())
    }

    /// The same, where a method is called on it.
    fn receiver(&mut self, value: &Val) -> String {
        match self.inlined(*value) {
            Some(text) if text.starts_with('-') => format!("({text}_f64)"),
            Some(text) if text.ends_with(|c: char| c.is_ascii_digit()) => format!("{text}_f64"),
            _ => self.operand(value),
        }
    }

    fn call(&mut self, name: &'static str, operands: &[&Val]) -> Shape {
        self.calls.insert(name);
        Shape::Call(name.to_string(), operands.iter().map(|value| self.operand(value)).collect())
    }

    fn infix(&mut self, a: &Val, sign: &str, b: &Val) -> Shape {
        Shape::Plain(format!("{} {sign} {}", self.operand(a), self.operand(b)))
    }

    fn shape(&mut self, inst: &Inst) -> Shape {
        use Inst::*;
        match inst {
            X => self.widened_input(),
            LabelIsOne => Shape::Plain(match self.frame.options.labels {
                Labels::Float | Labels::PlusMinus => format!("{} == 1.0", self.names().y),
                Labels::U8 => format!("{} == 1", self.names().y),
                Labels::Bool => self.names().y.clone(),
            }),
            Parameter(at) => {
                let open = self.names().open.iter().find(|(place, _)| place == at);
                Shape::Plain(self.widened(&open.expect("the kernel was checked").1))
            }
            Const(value) => {
                self.literals.push(*value);
                Shape::Plain(literal(*value, Format::F64))
            }
            Neg(a) => match self.operand(a) {
                text if text.starts_with('-') => Shape::Plain(text[1..].to_string()),
                text => Shape::Plain(format!("-{text}")),
            },
            Abs(a) => Shape::Plain(format!("{}.abs()", self.receiver(a))),
            Sqrt(a) => self.call("sqrt", &[a]),
            Exp(a) => self.call("exp", &[a]),
            Log1p(a) => self.call("ln_1p", &[a]),
            Add(a, b) => self.infix(a, "+", b),
            Sub(a, b) => self.infix(a, "-", b),
            // The same bits, and clippy wants no product with -1.
            Mul(a, b) if self.is(a, -1.0) => self.shape(&Neg(*b)),
            Mul(a, b) if self.is(b, -1.0) => self.shape(&Neg(*a)),
            Mul(a, b) => self.infix(a, "*", b),
            Div(a, b) => self.infix(a, "/", b),
            AtMost(a, most) => {
                self.literals.push(*most);
                let (a, most) = (self.operand(a), literal(*most, Format::F64));
                Shape::Choice(format!("{most} < {a}"), most, a)
            }
            Less(a, b) => self.infix(a, "<", b),
            Equal(a, b) | Same(a, b) => self.infix(a, "==", b),
            Select(_, a, b) if a == b => Shape::Plain(self.operand(a)),
            Select(c, a, b) => Shape::Choice(self.operand(c), self.operand(a), self.operand(b)),
            TwoSum(a, b) => self.call("two_sum", &[a, b]),
            TwoProduct(a, b) => self.call("two_product", &[a, b]),
            PairTimes(a, b) => self.call("pair_times", &[a, b]),
            PairPlus(a, b) => self.call("pair_plus", &[a, b]),
            NegPair(a) => {
                let a = self.operand(a);
                Shape::call("", &[&format!("-{a}.0"), &format!("-{a}.1")])
            }
            Hi(a) => Shape::Plain(format!("{}.0", self.operand(a))),
            Widen(a) => Shape::call("", &[&self.operand(a), "0.0"]),
            ExpPair(a) => self.call("exp_pair", &[a]),
        }
    }

    /// An argument of the format, as f64.
    fn widened(&self, name: &str) -> String {
        match self.frame.kernel.format {
            Format::F32 => format!("f64::from({name})"),
            Format::F64 => name.to_string(),
        }
    }

    fn widened_input(&mut self) -> Shape {
        if let Some(name) = &self.input {
            return Shape::Plain(name.clone());
        }
        let place = self.frame.kernel.lets.iter().position(|one| one.inst == Inst::X);
        self.input = place.map(|place| self.names().lets[place].clone());
        let x = self.widened(&self.names().x);
        let open = self.frame.kernel.parameters.iter().any(|one| one.setting == Setting::Argument);
        if self.frame.options.labels == Labels::Bool && !open {
            return Shape::Plain(x);
        }
        Shape::Choice("valid".to_string(), x, "f64::NAN".to_string())
    }

    /// The result for an output.
    fn finished(&mut self, output: usize) -> String {
        let value = self.frame.kernel.outputs[output].value;
        let mut text = self.operand(&value);
        if !self.frame.kernel.keeps_nan(value) {
            self.calls.insert("or_nan");
            let x = self.input.clone().expect("X is needed where its NaN may be lost");
            text = format!("or_nan({x}, {text})");
        }
        if self.frame.kernel.weighted {
            self.calls.insert("weigh");
            text = format!("weigh({text}, w)");
        }
        match self.frame.kernel.format {
            Format::F32 => format!("{text} as f32"),
            Format::F64 => text,
        }
    }
}
