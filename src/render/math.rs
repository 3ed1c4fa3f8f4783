//! `Expr` → a formula as it is set on paper: fractions, exponents, Greek letters; a part of it may be marked.

use crate::expr::Expr;
use crate::op::{Notation, Op};

/// A formula as it is set.
#[derive(Clone, Debug, PartialEq)]
pub enum Math {
    /// One after the other.
    Row(Vec<Math>),
    /// A name: letter or word, with what stands below and above.
    Name(Letter, Option<Letter>, Option<&'static str>),
    /// Digits.
    Digits(String),
    /// A sign between operands, or before one.
    Sign(Sign),
    /// The name of a function.
    Function(&'static str),
    /// A fraction.
    Fraction(Box<Math>, Box<Math>),
    /// A power.
    Power(Box<Math>, Box<Math>),
    /// A square root.
    Root(Box<Math>),
    /// In brackets: round, square, or strokes.
    Brackets([&'static str; 2], Box<Math>),
    /// A choice: what holds where, and what else.
    Choice(Box<Math>, Box<Math>, Box<Math>),
    /// A sum, with what stands below its sign.
    Sum(Box<Math>),
    /// The part that changed.
    Marked(Box<Math>),
}

impl Math {
    /// Is there a fraction or a choice in it, for which brackets around it grow?
    pub fn is_high(&self) -> bool {
        match self {
            Math::Row(parts) => parts.iter().any(Math::is_high),
            Math::Fraction(..) | Math::Choice(..) | Math::Sum(_) => true,
            Math::Brackets(_, inner) | Math::Marked(inner) | Math::Root(inner) => inner.is_high(),
            Math::Power(base, _) => base.is_high(),
            _ => false,
        }
    }
}

/// A letter or a word.
#[derive(Clone, Debug, PartialEq)]
pub enum Letter {
    /// A Greek letter by its English name.
    Greek(&'static str),
    /// The loss.
    Loss,
    /// One letter.
    Latin(String),
    /// A word.
    Word(String),
}

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// +
    Plus,
    /// −
    Minus,
    /// A product that is shown by a dot.
    Dot,
    /// A product that is shown by nothing.
    Times,
    /// =
    Equals,
    /// ≠
    Differs,
    /// <
    Less,
    /// ≤
    AtMost,
    /// >
    Greater,
    /// ≥
    AtLeast,
    /// A comma.
    Comma,
    /// The d of a derivative.
    D,
}

/// Greek letters by name.
pub const GREEK: &[(&str, char)] = &[
    ("alpha", 'α'),
    ("beta", 'β'),
    ("gamma", 'γ'),
    ("delta", 'δ'),
    ("epsilon", 'ε'),
    ("zeta", 'ζ'),
    ("eta", 'η'),
    ("theta", 'θ'),
    ("iota", 'ι'),
    ("kappa", 'κ'),
    ("lambda", 'λ'),
    ("mu", 'μ'),
    ("nu", 'ν'),
    ("xi", 'ξ'),
    ("pi", 'π'),
    ("rho", 'ρ'),
    ("sigma", 'σ'),
    ("tau", 'τ'),
    ("phi", 'φ'),
    ("chi", 'χ'),
    ("psi", 'ψ'),
    ("omega", 'ω'),
];

/// Strength of a formula that needs no brackets.
const ATOM: u8 = 100;
const SUM: u8 = 2;
const PRODUCT: u8 = 3;
const SIGNED: u8 = 4;
const POWER: u8 = 5;

/// The formula, with the part at the position marked; the whole is never marked.
pub fn math(expr: &Expr, mark: &[usize]) -> Math {
    set(expr, if mark.is_empty() { None } else { Some(mark) }).0
}

/// The formula and its strength.
fn set(expr: &Expr, mark: Option<&[usize]>) -> (Math, u8) {
    if mark == Some(&[]) {
        let (inner, strength) = set(expr, None);
        return (Math::Marked(Box::new(inner)), strength);
    }
    match expr {
        Expr::Number(value) => number(&value.to_string()),
        Expr::Symbol(of) => (name(of), ATOM),
        Expr::Apply(op, operands) => {
            let inside = |place: usize| match mark.and_then(<[usize]>::split_first) {
                Some((first, rest)) if *first == place => Some(rest),
                _ => None,
            };
            apply(*op, operands, &|place| set(&operands[place], inside(place)))
        }
    }
}

fn number(text: &str) -> (Math, u8) {
    let (sign, size) = match text.strip_prefix('-') {
        Some(size) => (true, size),
        None => (false, text),
    };
    let digits = match size.split_once('/') {
        Some((over, under)) => {
            Math::Fraction(Box::new(Math::Digits(over.to_string())), Box::new(Math::Digits(under.to_string())))
        }
        None => Math::Digits(size.to_string()),
    };
    if sign { (Math::Row(vec![Math::Sign(Sign::Minus), digits]), SIGNED) } else { (digits, ATOM) }
}

/// A name of a formula.
pub fn name(of: &str) -> Math {
    let (base, below) = of.split_once('_').map_or((of, None), |(base, below)| (base, Some(below)));
    match below {
        _ if of == "loss" => Math::Name(Letter::Loss, None, None),
        Some("star") => Math::Name(letter(base), None, Some("*")),
        below => Math::Name(letter(base), below.map(letter), None),
    }
}

fn letter(text: &str) -> Letter {
    match GREEK.iter().find(|(name, _)| *name == text) {
        Some((name, _)) => Letter::Greek(name),
        None if text.chars().count() == 1 => Letter::Latin(text.to_string()),
        None => Letter::Word(text.to_string()),
    }
}

fn within((inner, strength): (Math, u8), at_least: u8) -> Math {
    if strength < at_least { Math::Brackets(["(", ")"], Box::new(inner)) } else { inner }
}

fn infix(left: Math, sign: Sign, right: Math) -> Math {
    Math::Row(vec![left, Math::Sign(sign), right])
}

fn apply(op: Op, operands: &[Expr], part: &dyn Fn(usize) -> (Math, u8)) -> (Math, u8) {
    match op {
        Op::Add => (infix(within(part(0), SUM), Sign::Plus, within(part(1), SUM + 1)), SUM),
        Op::Sub => (infix(within(part(0), SUM), Sign::Minus, within(part(1), SUM + 1)), SUM),
        Op::Neg => (Math::Row(vec![Math::Sign(Sign::Minus), within(part(0), PRODUCT)]), SIGNED - 1),
        Op::Mul => product(operands, part),
        Op::Div => (Math::Fraction(Box::new(part(0).0), Box::new(part(1).0)), ATOM - 1),
        Op::Pow => (Math::Power(Box::new(within(part(0), ATOM)), Box::new(part(1).0)), POWER),
        Op::Exp => {
            (Math::Power(Box::new(Math::Name(Letter::Latin("e".to_string()), None, None)), Box::new(part(0).0)), POWER)
        }
        Op::Sqrt => (Math::Root(Box::new(part(0).0)), ATOM),
        Op::Abs => (Math::Brackets(["|", "|"], Box::new(part(0).0)), ATOM),
        Op::Where => (Math::Choice(Box::new(part(0).0), Box::new(part(1).0), Box::new(part(2).0)), PRODUCT),
        Op::D => derivative(operands, part),
        Op::Index => (indexed(operands), ATOM),
        Op::Sum => (Math::Row(vec![over(&operands[0]), within(part(1), PRODUCT)]), SUM),
        Op::Logsumexp => {
            let base = Math::Name(Letter::Latin("e".to_string()), None, None);
            let member = Math::Power(Box::new(base), Box::new(part(1).0));
            let sum = Math::Row(vec![over(&operands[0]), member]);
            (Math::Row(vec![Math::Function("log"), Math::Brackets(["(", ")"], Box::new(sum))]), ATOM - 1)
        }
        _ if op.is_comparison() => (infix(within(part(0), SUM), comparison(op), within(part(1), SUM)), 1),
        _ => (called(op, operands.len(), part), ATOM - 1),
    }
}

/// `z[k]`: the class stands below.
fn indexed(operands: &[Expr]) -> Math {
    let [list, class] = [0, 1].map(|place| operands[place].to_string());
    Math::Name(letter(&list), Some(letter(&class)), None)
}

/// The sign of a sum, with its classes below: `k`, `k ≠ t`, `k ≠ t, i`.
fn over(range: &Expr) -> Math {
    let (mut bound, mut left_out) = (range, Vec::new());
    while let (Expr::Apply(Op::Ne, _), [inner, but]) = (bound, bound.operands()) {
        left_out.insert(0, set(but, None).0);
        bound = inner;
    }
    let mut below = vec![set(bound, None).0];
    for (place, class) in left_out.into_iter().enumerate() {
        below.push(Math::Sign(if place == 0 { Sign::Differs } else { Sign::Comma }));
        below.push(class);
    }
    Math::Sum(Box::new(Math::Row(below)))
}

/// Factors one after the other; a dot where digits or a derivative follow.
fn product(operands: &[Expr], part: &dyn Fn(usize) -> (Math, u8)) -> (Math, u8) {
    let (left, right) = (part(0), part(1));
    let follows = |expr: &Expr| {
        let mut first = expr;
        while let (Expr::Apply(Op::Mul, _), [left, _]) = (first, first.operands()) {
            first = left;
        }
        matches!(first, Expr::Number(value) if !value.is_negative()) || matches!(first, Expr::Apply(Op::D, _))
    };
    let ends = |expr: &Expr| {
        let mut last = expr;
        while let (Expr::Apply(Op::Mul, _), [_, right]) = (last, last.operands()) {
            last = right;
        }
        matches!(last, Expr::Apply(Op::D, _))
    };
    let numbers = matches!((&operands[0], &operands[1]), (Expr::Number(_), Expr::Number(_)));
    let dot = follows(&operands[1]) || ends(&operands[0]) || numbers;
    let sign = if dot { Sign::Dot } else { Sign::Times };
    let signed =
        matches!(&operands[1], Expr::Apply(Op::Neg, _)) || matches!(&operands[1], Expr::Number(v) if v.is_negative());
    let right = if signed { Math::Brackets(["(", ")"], Box::new(right.0)) } else { within(right, PRODUCT) };
    let left = if let (Expr::Apply(Op::Neg, _), _) = (&operands[0], ()) { left.0 } else { within(left, PRODUCT) };
    (infix(left, sign, right), PRODUCT)
}

/// `d^n of / d by^n`, or `d/d by [of]` for what is no name.
fn derivative(operands: &[Expr], part: &dyn Fn(usize) -> (Math, u8)) -> (Math, u8) {
    let (mut of, by, mut order) = (&operands[0], &operands[1], 1);
    while let (Expr::Apply(Op::D, _), [inner, same]) = (of, of.operands()) {
        if same != by {
            break;
        }
        (of, order) = (inner, order + 1);
    }
    let d = Math::Sign(Sign::D);
    if let Expr::Symbol(of) = of {
        let raised = |base: Math| match order {
            1 => base,
            _ => Math::Power(Box::new(base), Box::new(Math::Digits(order.to_string()))),
        };
        let above = Math::Row(vec![raised(d.clone()), name(of)]);
        let below = Math::Row(vec![d, raised(set(by, None).0)]);
        return (Math::Fraction(Box::new(above), Box::new(below)), ATOM - 1);
    }
    let below = Math::Row(vec![d.clone(), part(1).0]);
    let whole = vec![Math::Fraction(Box::new(d), Box::new(below)), Math::Brackets(["[", "]"], Box::new(part(0).0))];
    (Math::Row(whole), ATOM - 1)
}

fn called(op: Op, count: usize, part: &dyn Fn(usize) -> (Math, u8)) -> Math {
    let mut inside = Vec::new();
    for place in 0..count {
        if place > 0 {
            inside.push(Math::Sign(Sign::Comma));
        }
        inside.push(part(place).0);
    }
    debug_assert!(op.row().notation == Notation::Call);
    Math::Row(vec![Math::Function(op.name()), Math::Brackets(["(", ")"], Box::new(Math::Row(inside)))])
}

fn comparison(op: Op) -> Sign {
    match op {
        Op::Ne => Sign::Differs,
        Op::Lt => Sign::Less,
        Op::Le => Sign::AtMost,
        Op::Gt => Sign::Greater,
        Op::Ge => Sign::AtLeast,
        _ => Sign::Equals,
    }
}
