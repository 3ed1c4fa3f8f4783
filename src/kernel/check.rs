//! `Kernel` → is it well formed: operands precede their uses and have the kind that the instruction takes.

use std::collections::BTreeSet;

use super::{Arithmetic, Inst, Kernel, Setting, Val};
use crate::elementary::Exponential;
use crate::message::Message;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Truth,
    Real,
    Pair,
}

impl Kernel {
    /// Checks that operands precede their uses, that kinds match, that names are unique identifiers, and
    /// that outputs are reals.
    ///
    /// # Errors
    /// The first let or output that is wrong, by name.
    pub fn check(&self) -> Result<(), Message> {
        let mut kinds = Vec::with_capacity(self.lets.len());
        let mut names = BTreeSet::new();
        for (place, one) in self.lets.iter().enumerate() {
            let wrong = |what: String| Message::new(format!("let {place} `{}` of the kernel: {what}", one.name));
            if !is_identifier(&one.name) || !names.insert(&one.name) {
                return Err(wrong("its name is no identifier or not unique".into()));
            }
            if let Some(late) = one.inst.operands().iter().find(|operand| operand.0 >= place) {
                return Err(wrong(format!("operand {} does not precede it", late.0)));
            }
            if let Inst::Parameter(at) = one.inst
                && self.parameters.get(at).is_none_or(|parameter| parameter.setting != Setting::Argument)
            {
                return Err(wrong(format!("parameter {at} is not open")));
            }
            kinds.push(kind(&one.inst, &kinds).map_err(wrong)?);
        }
        for output in &self.outputs {
            if kinds.get(output.value.0) != Some(&Kind::Real) {
                return Err(Message::new(format!("output `{}` of the kernel is not a real", output.name)));
            }
        }
        Ok(())
    }

    /// Is the let a pair?
    pub fn is_pair(&self, value: Val) -> bool {
        if self.arithmetic() == Arithmetic::Pair {
            let inst = &self.lets[value.0].inst;
            return !matches!(inst, Inst::LabelIsOne | Inst::Less(..) | Inst::Equal(..) | Inst::Same(..));
        }
        match self.lets[value.0].inst {
            Inst::TwoSum(..) | Inst::TwoProduct(..) | Inst::PairTimes(..) | Inst::PairPlus(..) => true,
            Inst::NegPair(_) | Inst::Widen(_) | Inst::Reduced(..) => true,
            Inst::Select(_, a, _) => self.is_pair(a),
            _ => false,
        }
    }

    /// Is the let NaN wherever `X` is NaN? Where this says no, it may still be; a pair is judged by its hi.
    pub fn keeps_nan(&self, value: Val) -> bool {
        // an input that must lie in a bounded domain is looked at by itself; where there is none, none is NaN
        if self.within.is_some() || self.lets.iter().all(|one| one.inst != Inst::X) {
            return true;
        }
        let mut keeps: Vec<bool> = Vec::with_capacity(value.0 + 1);
        for one in &self.lets[..=value.0] {
            keeps.push(match one.inst {
                Inst::X => true,
                Inst::Less(..) | Inst::Equal(..) | Inst::Same(..) => false,
                Inst::Select(_, a, b) => keeps[a.0] && keeps[b.0],
                Inst::Ln(..) if self.arithmetic() == Arithmetic::Pair => false,
                // the low bits of a NaN may be moved into its exponent; of an f32 that was widened to f64 they are 0
                Inst::Exp(_) | Inst::ExpMinus(_) | Inst::ExpPair(_) | Inst::Raised(..)
                    if !self.arithmetic().widens(self.format) =>
                {
                    false
                }
                _ => one.inst.operands().iter().any(|operand| keeps[operand.0]),
            });
        }
        keeps[value.0]
    }
}

fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase() || b == b'_')
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && name != "_"
}

/// The kind of an instruction's value, where its operands have the kinds that it takes.
fn kind(inst: &Inst, kinds: &[Kind]) -> Result<Kind, String> {
    use Inst::*;
    use Kind::*;
    let of = |value: &Val| kinds[value.0];
    let (takes, gives): (&[Kind], Kind) = match inst {
        X | Given(_) | Parameter(_) | Const(_) | ConstPair(..) => (&[], Real),
        LabelIsOne => (&[], Truth),
        Neg(_) | Abs(_) | Sqrt(_) | Exp(_) | ExpMinus(_) | Log1p(_) | TwoAtanh(_) | AtMost(..) | AtLeast(..) => {
            (&[Real], Real)
        }
        Add(..) | Sub(..) | Mul(..) | Div(..) | Ln(..) => (&[Real, Real], Real),
        Fused(..) => (&[Real, Real, Real], Real),
        Less(..) | Equal(..) => (&[Real, Real], Truth),
        Same(..) => (&[Truth, Truth], Truth),
        Select(_, a, _) if of(a) == Pair => (&[Truth, Pair, Pair], Pair),
        Select(..) => (&[Truth, Real, Real], Real),
        TwoSum(..) | TwoProduct(..) => (&[Real, Real], Pair),
        PairTimes(..) | PairPlus(..) => (&[Pair, Real], Pair),
        NegPair(_) => (&[Pair], Pair),
        Hi(_) | ExpPair(_) | Raised(..) => (&[Pair], Real),
        Reduced(Exponential::Pair, _) => (&[Pair], Pair),
        Reduced(..) => (&[Real], Pair),
        Widen(_) => (&[Real], Pair),
    };
    let given: Vec<Kind> = inst.operands().iter().map(of).collect();
    if given == takes { Ok(gives) } else { Err(format!("it takes {takes:?}, but is given {given:?}")) }
}
