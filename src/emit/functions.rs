//! Programs of elementary functions → private functions of an emitted file.
//!
//! A step that has no name and is used once is written where it is used; brackets keep the order of operations.

use std::collections::BTreeSet;

use super::inst::literal;
use super::layout::{self, Shape};
use crate::elementary::pair::{PARTS, Part};
use crate::elementary::{At, LEADING, Program, Set, Step};
use crate::format::Format;

/// The text of a function that emitted code calls, where it is one of the programs.
pub fn text(name: &str, set: &Set) -> Option<String> {
    let program = set.programs().into_iter().find(|program| program.name == name)?;
    Some(Writer::new(program).text())
}

/// The texts of the functions on pairs that emitted code calls, with those that they call.
pub fn parts(used: &BTreeSet<&'static str>, fused: bool) -> Vec<String> {
    let program = |part: &Part| part.program(fused);
    let mut all: Vec<Part> = PARTS.into_iter().filter(|part| used.contains(program(part).name)).collect();
    // a part stands before those that it calls, so one pass reaches them all
    for part in PARTS {
        if all.contains(&part) {
            all.extend(part.calls());
        }
    }
    PARTS.into_iter().filter(|part| all.contains(part)).map(|part| Writer::new(program(&part)).text()).collect()
}

struct Writer<'a> {
    program: &'a Program,
    /// How each step is written where it is used.
    known: Vec<(String, Strength)>,
    uses: Vec<usize>,
    /// Is a step read by a fused one, which takes names and literals alone?
    fed: Vec<bool>,
    lines: Vec<String>,
}

/// How tightly text holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Any,
    Sum,
    Product,
    Atom,
}

impl<'a> Writer<'a> {
    fn new(program: &'a Program) -> Writer<'a> {
        let mut uses = vec![0; program.steps.len()];
        for (step, _) in &program.steps {
            step.operands().into_iter().for_each(|at| uses[at.0] += 1);
            // written twice
            if let Step::AtLeast(a, _) | Step::AtMost(a, _) = step {
                uses[a.0] += 1;
            }
        }
        if program.results.len() > 1 {
            program.results.iter().for_each(|at| uses[at.0] += 1);
        }
        let mut fed = vec![false; program.steps.len()];
        for (step, _) in &program.steps {
            if let Step::Fused(_, of) = step {
                of.iter().for_each(|at| fed[at.0] = true);
            }
        }
        Writer { program, known: Vec::new(), uses, fed, lines: Vec::new() }
    }

    fn text(mut self) -> String {
        let program = self.program;
        let float = self.float();
        let single = program.results.len() == 1;
        let last = program.steps.len() - 1;
        let mut result = String::new();
        for (place, (step, name)) in program.steps.iter().enumerate() {
            if let Step::Tail(_) = step {
                continue;
            }
            if let Step::Call(part, of) = step {
                let call = self.call(*part, of);
                let tail = At(place + 1);
                if program.results == [At(place), tail] {
                    result = call.one_line();
                    self.known.extend([const { (String::new(), Strength::Atom) }; 2]);
                    continue;
                }
                let name = |at: usize, name: &str| match (name, self.uses[at]) {
                    (_, 0) => "_".to_string(),
                    ("", _) => format!("v{at}"),
                    _ => name.to_string(),
                };
                let names = [name(place, name_of(program, place)), name(tail.0, name_of(program, tail.0))];
                let before = format!("let ({}, {}) = ", names[0], names[1]);
                self.lines.push(layout::statement(4, &before, &call, ";\n"));
                self.known.extend(names.map(|name| (name, Strength::Atom)));
                continue;
            }
            let given = if name.is_empty() { format!("v{place}") } else { (*name).to_string() };
            let (shape, strength) = match self.of_bits(step, &given) {
                Some(text) => (Shape::Plain(text), Strength::Atom),
                None => self.step(step),
            };
            let plain = matches!(step, Step::Argument(_) | Step::Constant(_));
            if place == last && single {
                result = shape.one_line();
            } else if plain
                || name.is_empty() && self.uses[place] == 1 && self.inlined(place) && strength > Strength::Any
            {
                self.known.push((shape.one_line(), strength));
            } else {
                self.lines.push(layout::statement(4, &format!("let {given} = "), &shape, ";\n"));
                self.known.push((given, Strength::Atom));
            }
        }
        if let ([hi, lo], "") = (&program.results[..], &*result) {
            result = format!("({}, {})", self.at(hi, Strength::Any), self.at(lo, Strength::Any));
        }
        self.lines.push(format!("    {result}\n"));
        let names = program.arguments;
        let mut arguments = Vec::new();
        for (place, name) in names.iter().enumerate() {
            if is_pair(names, place) {
                arguments.push(format!("({name}, {}): ({float}, {float})", names[place + 1]));
            } else if !is_pair(names, place.wrapping_sub(1)) {
                arguments.push(format!("{name}: {float}"));
            }
        }
        let arguments = arguments.join(", ");
        let result = if single { float.to_string() } else { format!("({float}, {float})") };
        let body: String = self.lines.concat();
        let about = &program.about;
        let bound = if program.bound.relative == 0.0 { String::new() } else { format!("; {}", bound(program)) };
        format!(
            "/// {about}{bound}.\n#[allow(dead_code)]\n#[allow(clippy::approx_constant, clippy::excessive_precision)]\n#[inline(always)]\nfn {}({arguments}) -> {result} {{\n{body}}}\n",
            program.name
        )
    }

    fn inlined(&self, place: usize) -> bool {
        !self.fed[place] && !matches!(self.program.steps[place].0, Step::Fused(..))
    }

    fn float(&self) -> Format {
        self.program.float.format
    }

    fn literal(&self, value: f64) -> String {
        literal(value, self.float())
    }

    fn at(&self, at: &At, least: Strength) -> String {
        let (text, strength) = &self.known[at.0];
        if *strength < least { format!("({text})") } else { text.clone() }
    }

    /// The bits of a step's value.
    fn bits(&self, at: &At) -> String {
        match self.program.steps[at.0].0 {
            Step::Constant(value) => format!("{:#x}", self.program.float.bits(value)),
            _ => format!("{}.to_bits()", self.at(at, Strength::Atom)),
        }
    }

    /// A step that makes a float of bits, which a line of their own holds.
    fn of_bits(&mut self, step: &Step, name: &str) -> Option<String> {
        let float = self.program.float;
        let mantissa = float.mantissa;
        let (bits, whole) = match step {
            Step::Power(j, k) => {
                // a literal alone has no type
                let literal = matches!(self.program.steps[j.0].0, Step::Constant(_));
                let of = if literal { format!("_{}", float.format.bits()) } else { String::new() };
                let by = format!("{}{of}.wrapping_sub({}) << {mantissa}", self.bits(j), self.bits(k));
                (by, format!("{name}_bits.wrapping_add({:#x})", float.bits(1.0)))
            }
            Step::Exponent(a) => {
                let bits = format!("{}.wrapping_add({:#x}) >> {mantissa}", self.bits(a), float.carry());
                (bits, format!("{name}_bits | {:#x}", float.whole()))
            }
            _ => return None,
        };
        self.lines.push(format!("    let {name}_bits = {bits};\n"));
        Some(format!("{}::from_bits({whole})", self.float()))
    }

    fn call(&self, part: Part, of: &[At; 6]) -> Shape {
        let of: Vec<At> = part.of(of).collect();
        let program = part.program(false);
        let at = |place: usize| self.at(&of[place], Strength::Any);
        let mut arguments = Vec::new();
        for place in 0..of.len() {
            if is_pair(program.arguments, place) {
                arguments.push(format!("({}, {})", at(place), at(place + 1)));
            } else if !is_pair(program.arguments, place.wrapping_sub(1)) {
                arguments.push(at(place));
            }
        }
        Shape::Call(program.name.to_string(), arguments)
    }

    fn step(&self, step: &Step) -> (Shape, Strength) {
        use Strength::{Any, Atom, Product, Sum};
        let float = self.program.float;
        let mantissa = float.mantissa;
        let infix = |a: &At, sign: &str, b: &At, own: Strength, right: Strength| {
            (Shape::Plain(format!("{} {sign} {}", self.at(a, own), self.at(b, right))), own)
        };
        let choice = |c: String, yes: String, no: String| (Shape::Choice(c, yes, no), Any);
        let atom = |text: String| (Shape::Plain(text), Atom);
        match step {
            Step::Argument(place) => atom(self.program.arguments[*place].to_string()),
            Step::Constant(value) => atom(self.literal(*value)),
            Step::Add(a, b) => infix(a, "+", b, Sum, Product),
            Step::Sub(a, b) => infix(a, "-", b, Sum, Product),
            Step::Mul(a, b) => infix(a, "*", b, Product, Atom),
            Step::Div(a, b) => infix(a, "/", b, Product, Atom),
            Step::Fused(fused, [a, b, c]) => {
                // a literal has no methods before it has a type
                let literal = matches!(self.program.steps[a.0].0, Step::Constant(_));
                let [a, b] = if literal { [b, a] } else { [a, b] };
                atom(super::inst::fused(*fused, [a, b, c].map(|at| self.at(at, Atom))))
            }
            Step::AtLeast(a, c) => {
                let (a, c) = (self.at(a, Atom), self.literal(*c));
                choice(format!("{a} < {c}"), c, a)
            }
            Step::AtMost(a, c) => {
                let (a, c) = (self.at(a, Atom), self.literal(*c));
                choice(format!("{c} < {a}"), c, a)
            }
            Step::Below(a, c, b, d) => {
                let (a, c) = (self.at(a, Atom), self.literal(*c));
                choice(format!("{a} < {c}"), self.at(b, Any), self.at(d, Any))
            }
            Step::Shifted(a, k) => {
                let (a, k) = (self.bits(a), self.bits(k));
                atom(format!("{}::from_bits({a}.wrapping_add({k} << {mantissa}))", self.float()))
            }
            Step::Leading(a) => {
                let a = self.bits(a);
                atom(format!("{}::from_bits({a} & {LEADING:#x})", self.float()))
            }
            Step::Call(..) | Step::Tail(_) => unreachable!("written as a statement"),
            Step::Guess(a) => {
                let a = self.bits(a);
                let whole = self.program.float.format.bits();
                atom(format!("{}::from_bits({:#x}_{whole}.wrapping_sub({a} >> 1))", self.float(), float.guess()))
            }
            Step::Power(..) | Step::Exponent(_) => unreachable!("made of bits"),
        }
    }
}

/// Is the argument at this place the first of two that are passed as one: hi and lo of a pair, k and r of a reduced one?
fn is_pair(names: &[&str], place: usize) -> bool {
    match (names.get(place), names.get(place.wrapping_add(1))) {
        (Some(&"hi"), Some(&"lo")) | (Some(&"k"), Some(&"r")) => true,
        (Some(hi), Some(lo)) => lo.strip_suffix("_lo") == Some(hi),
        _ => false,
    }
}

fn name_of(program: &Program, place: usize) -> &'static str {
    program.steps[place].1
}

/// Its bound in words: `within 1.5 u, u = 2^-53`.
fn bound(program: &Program) -> String {
    let unit = program.float.mantissa + 1;
    let of = &program.bound;
    let square = if program.results.len() > 1 { "^2" } else { "" };
    let slope = if of.slope > 0.0 { format!(" + {} |{}|", of.slope, program.arguments[0]) } else { String::new() };
    let relative = if slope.is_empty() { format!("{}", of.relative) } else { format!("({}{slope})", of.relative) };
    format!("off by at most {relative} u{square}, u = 2^-{unit}")
}
