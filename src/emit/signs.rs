//! Kernel → a kernel of the same bits with fewer operations on signs and selects, in what vectors do cheaply.
//!
//! - Signs wait: −a and `where(label, a, -a)` are carried along as a sign of products, and an operation of the exclusive
//!   or puts it in where it is needed. The loss's `alpha_t * q_gamma` and the gradient's `-s_alpha_t * q_gamma` are one.
//! - `where(c, a + b, b)` becomes `where(c, a, 0) + b`: a mask instead of a choice.
//! - `where(z < 0, |z|, 0)` becomes `max(-z, 0)`, where an exponential may lose a NaN: this keeps it.
//!
//! All of it is exact: results differ in nothing but the sign of NaN.

use std::collections::BTreeSet;

use crate::kernel::{Inst, Kernel, Let, Output, Val};

/// A value: a let of the new kernel and the sign before it.
#[derive(Clone, Copy)]
struct Signed {
    core: Val,
    /// Is it −core?
    negative: bool,
    /// Is it the other sign where the label is not 1?
    label: bool,
}

/// The kernel with its signs put in last.
pub fn last(kernel: &Kernel) -> Kernel {
    let mut made = Making { kernel, lets: Vec::new(), values: Vec::new(), names: BTreeSet::new() };
    for one in &kernel.lets {
        made.names.insert(one.name.clone());
    }
    for place in 0..kernel.lets.len() {
        let value = made.signed(place);
        made.values.push(value);
    }
    let outputs: Vec<Val> = kernel.outputs.iter().map(|output| made.value(output.value)).collect();
    made.finish(&outputs)
}

struct Making<'a> {
    kernel: &'a Kernel,
    lets: Vec<Let>,
    values: Vec<Signed>,
    names: BTreeSet<String>,
}

impl Making<'_> {
    fn signed(&mut self, place: usize) -> Signed {
        let one = &self.kernel.lets[place];
        let plain = |core| Signed { core, negative: false, label: false };
        match one.inst {
            Inst::Const(value) if value < 0.0 => {
                Signed { negative: true, ..plain(self.put(Inst::Const(-value), "v", "")) }
            }
            Inst::Neg(a) => {
                let a = self.values[a.0];
                Signed { negative: !a.negative, ..a }
            }
            Inst::Abs(a) => plain(self.put(Inst::Abs(self.values[a.0].core), &one.name, &one.meaning)),
            Inst::Mul(a, b) | Inst::Div(a, b) => {
                let (a, b) = (self.values[a.0], self.values[b.0]);
                let sign = Signed { core: a.core, negative: a.negative ^ b.negative, label: a.label ^ b.label };
                let product = matches!(one.inst, Inst::Mul(..));
                match (product && self.is(a.core, 1.0), self.is(b.core, 1.0)) {
                    (true, _) => Signed { core: b.core, ..sign },
                    (_, true) => sign,
                    _ => {
                        let inst = one.inst.moved(&|old| self.values[old.0].core);
                        Signed { core: self.core(inst, sign, one), ..sign }
                    }
                }
            }
            Inst::Add(a, b) => plain(self.sum(a, b, false, one)),
            Inst::Sub(a, b) => plain(self.sum(a, b, true, one)),
            Inst::Select(c, a, b) => self.select(c, a, b, one),
            inst => {
                let operands: Vec<(Val, Val)> =
                    inst.operands().into_iter().map(|operand| (operand, self.value(operand))).collect();
                let new = |old| operands.iter().find(|(operand, _)| *operand == old).expect("an operand").1;
                plain(self.put(inst.moved(&new), &one.name, &one.meaning))
            }
        }
    }

    /// a + b or a − b; a term that is only negative changes the operation.
    fn sum(&mut self, a: Val, b: Val, minus: bool, one: &Let) -> Val {
        let (left, right) = (self.values[a.0], self.values[b.0]);
        let only_negative = |value: Signed| value.negative && !value.label;
        let inst = match (only_negative(left), only_negative(right)) {
            (_, true) if minus => Inst::Add(self.value(a), right.core),
            (_, true) => Inst::Sub(self.value(a), right.core),
            (true, false) if !minus => Inst::Sub(self.value(b), left.core),
            _ if minus => Inst::Sub(self.value(a), self.value(b)),
            _ => Inst::Add(self.value(a), self.value(b)),
        };
        self.put(inst, &one.name, &one.meaning)
    }

    fn select(&mut self, c: Val, a: Val, b: Val, one: &Let) -> Signed {
        let by_label = self.kernel.lets[c.0].inst == Inst::LabelIsOne;
        let (yes, no) = (self.values[a.0], self.values[b.0]);
        let c = self.value(c);
        let sign = match by_label {
            true => Signed { label: yes.negative ^ no.negative ^ no.label, ..yes },
            false => yes,
        };
        if by_label || (yes.negative, yes.label) == (no.negative, no.label) {
            let core = match (yes.core, no.core) {
                (yes, no) if yes == no => yes,
                (yes, no) => self.masked(c, yes, no, sign, one),
            };
            return Signed { core, ..sign };
        }
        let plain = Signed { core: c, negative: false, label: false };
        let (yes, no) = (self.value(a), self.value(b));
        Signed { core: self.masked(c, yes, no, plain, one), ..plain }
    }

    /// `where(c, yes, no)`, as a sum where one side is the other with something added.
    fn masked(&mut self, c: Val, yes: Val, no: Val, sign: Signed, one: &Let) -> Val {
        let added = |sum: Val, rest: Val| match self.lets[sum.0].inst {
            Inst::Add(a, b) if b == rest && self.not_below(rest) => Some(a),
            Inst::Add(a, b) if a == rest && self.not_below(rest) => Some(b),
            _ => None,
        };
        let (over, rest, where_true) = match (added(yes, no), added(no, yes)) {
            (Some(over), _) => (over, no, true),
            (_, Some(over)) => (over, yes, false),
            _ => return self.core(Inst::Select(c, yes, no), sign, one),
        };
        let over = self.or_zero(c, over, where_true);
        self.core(Inst::Add(over, rest), sign, one)
    }

    /// `where(c, a, 0)`, or `where(c, 0, a)`; a limit of a that is above 0 is taken behind the choice, which a without
    /// limit shares.
    fn or_zero(&mut self, c: Val, a: Val, where_true: bool) -> Val {
        match self.lets[a.0].inst {
            Inst::AtMost(whole, most) if most > 0.0 => {
                let over = self.unlimited(c, whole, where_true);
                self.put(Inst::AtMost(over, most), "over", "")
            }
            _ => self.unlimited(c, a, where_true),
        }
    }

    fn unlimited(&mut self, c: Val, a: Val, where_true: bool) -> Val {
        let zero = self.put(Inst::Const(0.0), "v", "");
        let widens = self.kernel.arithmetic().widens(self.kernel.format);
        let inst = match (self.lets[c.0].inst, self.lets[a.0].inst) {
            (Inst::Less(z, than), Inst::Abs(of)) if !widens && than == zero && self.core_of(z) == self.core_of(of) => {
                let z = if where_true { self.minus(z) } else { z };
                Inst::AtLeast(z, 0.0)
            }
            _ if where_true => Inst::Select(c, a, zero),
            _ => Inst::Select(c, zero, a),
        };
        self.put(inst, "over", "")
    }

    /// What a value is up to its sign.
    fn core_of(&self, value: Val) -> Val {
        match self.lets[value.0].inst {
            Inst::Neg(a) => self.core_of(a),
            Inst::Select(_, yes, no) if self.core_of(yes) == self.core_of(no) => self.core_of(yes),
            _ => value,
        }
    }

    /// −value
    fn minus(&mut self, value: Val) -> Val {
        let minus = match self.lets[value.0].inst {
            Inst::Neg(a) => return a,
            Inst::Select(label, yes, no) if self.lets[no.0].inst == Inst::Neg(yes) => Inst::Select(label, no, yes),
            Inst::Select(label, yes, no) if self.lets[yes.0].inst == Inst::Neg(no) => Inst::Select(label, no, yes),
            _ => Inst::Neg(value),
        };
        self.put(minus, "v", "")
    }

    /// Is it +0 or above, or NaN? Where this says no, it may still be.
    fn not_below(&self, value: Val) -> bool {
        let of = |value: &Val| self.not_below(*value);
        match &self.lets[value.0].inst {
            Inst::Const(value) => *value >= 0.0 && value.is_sign_positive(),
            Inst::Exp(_) | Inst::ExpFalling(_) | Inst::Abs(_) => true,
            Inst::Log1p(a) | Inst::TwoAtanh(a) => of(a),
            Inst::AtMost(a, most) => *most >= 0.0 && of(a),
            Inst::Add(a, b) | Inst::Mul(a, b) | Inst::Div(a, b) => of(a) && of(b),
            Inst::Select(_, a, b) => of(a) && of(b),
            _ => false,
        }
    }

    fn is(&self, value: Val, number: f64) -> bool {
        self.lets[value.0].inst == Inst::Const(number)
    }

    /// A let that stands for an old one up to its sign.
    fn core(&mut self, inst: Inst, sign: Signed, one: &Let) -> Val {
        if sign.negative || sign.label { self.put(inst, "v", "") } else { self.put(inst, &one.name, &one.meaning) }
    }

    /// The old let's value with its sign put in.
    fn value(&mut self, old: Val) -> Val {
        let Signed { core, negative, label } = self.values[old.0];
        let one = &self.kernel.lets[old.0];
        if !negative && !label {
            return core;
        }
        let (name, meaning) = if label { ("v", "") } else { (&*one.name, &*one.meaning) };
        let minus = match self.lets[core.0].inst {
            Inst::Const(value) => self.put(Inst::Const(-value), name, meaning),
            _ => self.put(Inst::Neg(core), name, meaning),
        };
        if !label {
            return minus;
        }
        let label = self.put(Inst::LabelIsOne, "one", "");
        let (yes, no) = if negative { (minus, core) } else { (core, minus) };
        self.put(Inst::Select(label, yes, no), &one.name, &one.meaning)
    }

    /// The place of an instruction; one that is known takes a name where it had none.
    fn put(&mut self, inst: Inst, name: &str, meaning: &str) -> Val {
        let bits = |inst: &Inst| if let Inst::Const(value) = inst { value.to_bits() } else { 0 };
        let same = |one: &Let| one.inst == inst && bits(&one.inst) == bits(&inst);
        let known = self.lets.iter().position(same);
        let nameless = |name: &str| name == "v" || name.starts_with("v_");
        let at = known.unwrap_or_else(|| {
            self.lets.push(Let { name: String::new(), inst, meaning: String::new() });
            self.lets.len() - 1
        });
        let found = &self.lets[at];
        if known.is_none() || nameless(&found.name) && !nameless(name) {
            let name = self.free(name);
            self.lets[at].name = name;
            self.lets[at].meaning = meaning.to_string();
        }
        Val(at)
    }

    /// The name, with a number where a new let has it; the old lets hand theirs on.
    fn free(&self, name: &str) -> String {
        let is_old = self.kernel.lets.iter().any(|one| one.name == name);
        let taken =
            |name: &str, old: bool| self.lets.iter().any(|one| one.name == name) || !old && self.names.contains(name);
        if !taken(name, is_old && name != "v") {
            return name.to_string();
        }
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        numbered.into_iter().find(|name| !taken(name, false)).expect("numbers do not end")
    }

    /// The lets that the outputs need.
    fn finish(self, outputs: &[Val]) -> Kernel {
        let mut needed = BTreeSet::new();
        let x = self.lets.iter().position(|one| one.inst == Inst::X).map(Val);
        let mut open: Vec<Val> = outputs.iter().copied().chain(x).collect();
        while let Some(value) = open.pop() {
            if needed.insert(value) {
                open.extend(self.lets[value.0].inst.operands());
            }
        }
        let needed: Vec<Val> = needed.into_iter().collect();
        let place = |old: Val| Val(needed.binary_search(&old).expect("operands are needed"));
        let moved = |old: &Val| {
            let one = &self.lets[old.0];
            Let { inst: one.inst.moved(&place), ..one.clone() }
        };
        let output = |(output, value): (&Output, &Val)| Output { value: place(*value), ..output.clone() };
        Kernel {
            lets: needed.iter().map(moved).collect(),
            outputs: self.kernel.outputs.iter().zip(outputs).map(output).collect(),
            ..self.kernel.clone()
        }
    }
}
