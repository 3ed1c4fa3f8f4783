//! A kernel: straight-line code for the outputs of one loss, between the regimes' forms and the Rust text.
//!
//! Every let is one instruction on earlier lets, in the kernel's [`Arithmetic`], round to nearest. Where that is wider
//! than the format, inputs are widened exactly and each output is rounded once at the end.
//! The evaluator ([`eval`]) gives the bits that the emitted text must give.
//!
//! The lets give each output's value; both finish it by one rule ([`eval`] states it), which lets and bounds
//! need not care about: NaN where `X` is NaN, then times the weight, then one rounding to the format.

pub use crate::arithmetic::{Arithmetic, Mode};
pub use crate::elementary::Fused;
use crate::elementary::{Exponential, Level, Set};
pub use crate::format::Format;
use crate::rational::Rational;

pub mod apart;
mod check;
pub mod eval;
pub mod normalised;
mod pair;
mod print;
pub mod row;
mod shared;

pub use apart::ApartKernel;
pub(crate) use eval::Evaluator;
pub use normalised::NormalisedKernel;
pub use row::RowKernel;
pub use shared::Shared;

/// Place of an earlier let.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Val(pub usize);

/// One instruction. Values are reals unless said otherwise, in an arithmetic of pairs held as
/// one; elsewhere a *pair* is an unevaluated sum hi + lo
/// with |lo| ≤ ulp(hi)/2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Inst {
    /// The input that is differentiated, widened; NaN where it is outside [`Kernel::within`], the label is no label or an
    /// open parameter is outside its domain.
    X,
    /// Is the label 1? (truth value)
    LabelIsOne,
    /// A value that a row hands to all its elements, by its name; a register, not widened
    Given(&'static str),
    /// The open parameter at this place of `Kernel::parameters`, widened; any float, also one outside its domain.
    Parameter(usize),
    /// A constant, which a register holds exactly.
    Const(f64),
    /// A constant hi + lo, in an arithmetic of pairs; its error is below that of any operation
    ConstPair(f64, f64),
    /// −a
    Neg(Val),
    /// |a|
    Abs(Val),
    /// √a
    Sqrt(Val),
    /// exp(a)
    Exp(Val),
    /// exp(−a) for a ≥ 0
    ExpMinus(Val),
    /// log1p(a)
    Log1p(Val),
    /// log((1 + a)/(1 − a)) for |a| ≤ 1/3
    TwoAtanh(Val),
    /// log(a) for a in [0, 1], where b = 1 − a; −∞ at 0
    Ln(Val, Val),
    /// a + b
    Add(Val, Val),
    /// a − b
    Sub(Val, Val),
    /// a · b
    Mul(Val, Val),
    /// a / b
    Div(Val, Val),
    /// a · b and c, with one rounding
    Fused(Fused, [Val; 3]),
    /// min(a, c), NaN kept: `if c < a { c } else { a }`
    AtMost(Val, f64),
    /// max(a, c), NaN kept: `if a < c { c } else { a }`; made by the emitter alone
    AtLeast(Val, f64),
    /// a < b (truth value; false where one is NaN)
    Less(Val, Val),
    /// a == b (truth value)
    Equal(Val, Val),
    /// a and b are both true or both false (truth values)
    Same(Val, Val),
    /// `if c { a } else { b }`; a and b are both reals or both pairs
    Select(Val, Val, Val),
    /// The pair a + b exactly (Knuth's two-sum); where hi is infinite or NaN, lo is NaN
    TwoSum(Val, Val),
    /// The pair a · b exactly (Dekker's product with Veltkamp's split; |a|, |b| < 2^996 in f64, 2^115 in f32; with FMA
    /// p = a · b and a · b − p)
    TwoProduct(Val, Val),
    /// The pair (hi, lo) · b: two-product of hi and b, lo · b added to its tail, renormalised by a fast two-sum
    PairTimes(Val, Val),
    /// The pair (hi, lo) + b: two-sum of hi and b, lo added to its tail, renormalised by a fast two-sum
    PairPlus(Val, Val),
    /// −(hi, lo)
    NegPair(Val),
    /// hi of a pair
    Hi(Val),
    /// The real as a pair (a, 0)
    Widen(Val),
    /// exp(hi + lo)
    ExpPair(Val),
    /// The first half of an exponential: k and r, held as a pair; made by the emitter alone
    Reduced(Exponential, Val),
    /// The second half: 2^k times the exponential of ±r
    Raised(Exponential, Val),
}

/// A let: its instruction and the name that it has in the emitted text.
#[derive(Clone, Debug)]
pub struct Let {
    /// A Rust identifier that is unique in the kernel.
    pub name: String,
    /// What it computes.
    pub inst: Inst,
    /// The formula that it stands for, in the notation; printed beside it. May be empty.
    pub meaning: String,
}

/// How a parameter of the spec is set.
#[derive(Clone, Debug, PartialEq)]
pub enum Setting {
    /// A value, rounded to the format once.
    Fixed {
        /// As it was written.
        exact: Rational,
        /// Rounded to the format, widened to f64.
        value: f64,
    },
    /// `none`.
    None,
    /// Left as an argument.
    Argument,
}

/// A parameter of the kernel, in the order of the spec.
#[derive(Clone, Debug)]
pub struct KernelParameter {
    /// Its name in the spec.
    pub name: String,
    /// How it is set.
    pub setting: Setting,
    /// Its domain; an argument outside gives NaN.
    pub domain: crate::domain::Domain,
}

/// What a kernel calls the parameter of `--clip`; no spec has one of that name.
pub const CLIP: &str = "clip";

/// Where the input is cut, if it is: the ends of the clip's domain.
pub fn clip(parameters: &[KernelParameter]) -> Option<[f64; 2]> {
    match &parameters.iter().find(|one| one.name == CLIP)?.domain {
        crate::domain::Domain::Interval { lo: Some(lo), hi: Some(hi), .. } => Some([lo.to_f64(), hi.to_f64()]),
        _ => None,
    }
}

/// What a kernel calls the parameter of `--log-eps`; no spec has one of that name.
pub const LOG_EPS: &str = "log_eps";

/// What is added to the input, if something is: p + EPS stands for p then, and max(1 − p − EPS, 0) for 1 − p.
pub fn log_eps(parameters: &[KernelParameter]) -> Option<f64> {
    match parameters.iter().find(|one| one.name == LOG_EPS)?.setting {
        Setting::Fixed { value, .. } => Some(value),
        Setting::None | Setting::Argument => None,
    }
}

/// The rounding error that is proved for one output, in units in the last place of the format
/// (for an output with an inherent sign change: times T/|value|, T the sum of absolute terms).
#[derive(Clone, Debug, PartialEq)]
pub struct Proved {
    /// The bound.
    pub ulps: f64,
    /// Is it relative to the sum of absolute terms?
    pub of_terms: bool,
    /// What it holds for, in words, where not for every input (e.g. `gamma <= 5`); may be empty.
    pub within: String,
}

/// An output.
#[derive(Clone, Debug)]
pub struct Output {
    /// `loss`, `d_x` or `d2_x`.
    pub name: &'static str,
    /// The let that holds it.
    pub value: Val,
    /// Its bounds, widest range last.
    pub bounds: Vec<Proved>,
    /// Is it a register that a row works on with, neither weighed nor rounded to the format?
    pub inside: bool,
    /// Its formula in the notation.
    pub formula: String,
}

/// Straight-line code for the outputs of a loss.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// Name of the loss.
    pub loss: String,
    /// Format of inputs and results.
    pub format: Format,
    /// Every parameter of the spec.
    pub parameters: Vec<KernelParameter>,
    /// Where the differentiated input may lie, where it is bounded: its domain with the ends.
    pub within: Option<[f64; 2]>,
    /// Does it take a sample weight as its last input? Outputs are multiplied by it when they are finished.
    pub weighted: bool,
    /// How exact the elementary functions are, and with that what everything is computed in.
    pub level: Level,
    /// Are products fused with sums, in the functions too? Where not, no operation is fused anywhere.
    pub fused: bool,
    /// The lets, in order.
    pub lets: Vec<Let>,
    /// The outputs, loss first.
    pub outputs: Vec<Output>,
}

impl Kernel {
    /// What it computes in.
    pub fn arithmetic(&self) -> Arithmetic {
        self.level.arithmetic()
    }

    /// The let of an instruction: the one that it has, or a new one under this name or one like it.
    pub(crate) fn let_of(&mut self, name: &str, inst: Inst) -> Val {
        if let Some(place) = self.lets.iter().position(|one| one.inst == inst) {
            return Val(place);
        }
        let free = |name: &String| self.lets.iter().all(|one| one.name != *name);
        let numbered = (2..).map(|count| format!("{name}_{count}"));
        let name = std::iter::once(name.to_string()).chain(numbered).find(free).expect("numbers do not end");
        self.lets.push(Let { name, inst, meaning: String::new() });
        Val(self.lets.len() - 1)
    }

    /// The elementary functions that it calls.
    pub fn set(&self) -> &'static Set {
        self.level.set(self.fused)
    }
}

impl Inst {
    /// The lets that it reads.
    pub fn operands(&self) -> Vec<Val> {
        use Inst::*;
        match *self {
            X | LabelIsOne | Given(_) | Parameter(_) | Const(_) | ConstPair(..) => vec![],
            Neg(a)
            | Abs(a)
            | Sqrt(a)
            | Exp(a)
            | ExpMinus(a)
            | Log1p(a)
            | TwoAtanh(a)
            | AtMost(a, _)
            | AtLeast(a, _)
            | NegPair(a)
            | Hi(a)
            | Widen(a)
            | ExpPair(a)
            | Reduced(_, a)
            | Raised(_, a) => {
                vec![a]
            }
            Add(a, b)
            | Sub(a, b)
            | Mul(a, b)
            | Div(a, b)
            | Ln(a, b)
            | Less(a, b)
            | Equal(a, b)
            | Same(a, b)
            | TwoSum(a, b)
            | TwoProduct(a, b)
            | PairTimes(a, b)
            | PairPlus(a, b) => vec![a, b],
            Select(a, b, c) | Fused(_, [a, b, c]) => vec![a, b, c],
        }
    }

    /// The same with its operands moved.
    pub fn moved(&self, place: &dyn Fn(Val) -> Val) -> Inst {
        use Inst::*;
        let p = |val: &Val| place(*val);
        match self {
            X | LabelIsOne | Given(_) | Parameter(_) | Const(_) | ConstPair(..) => *self,
            Neg(a) => Neg(p(a)),
            Abs(a) => Abs(p(a)),
            Sqrt(a) => Sqrt(p(a)),
            Exp(a) => Exp(p(a)),
            ExpMinus(a) => ExpMinus(p(a)),
            Log1p(a) => Log1p(p(a)),
            TwoAtanh(a) => TwoAtanh(p(a)),
            Ln(a, b) => Ln(p(a), p(b)),
            Add(a, b) => Add(p(a), p(b)),
            Sub(a, b) => Sub(p(a), p(b)),
            Mul(a, b) => Mul(p(a), p(b)),
            Div(a, b) => Div(p(a), p(b)),
            Fused(fused, of) => Fused(*fused, of.each_ref().map(p)),
            AtMost(a, most) => AtMost(p(a), *most),
            AtLeast(a, least) => AtLeast(p(a), *least),
            Less(a, b) => Less(p(a), p(b)),
            Equal(a, b) => Equal(p(a), p(b)),
            Same(a, b) => Same(p(a), p(b)),
            Select(c, a, b) => Select(p(c), p(a), p(b)),
            TwoSum(a, b) => TwoSum(p(a), p(b)),
            TwoProduct(a, b) => TwoProduct(p(a), p(b)),
            PairTimes(a, b) => PairTimes(p(a), p(b)),
            PairPlus(a, b) => PairPlus(p(a), p(b)),
            NegPair(a) => NegPair(p(a)),
            Hi(a) => Hi(p(a)),
            Widen(a) => Widen(p(a)),
            ExpPair(a) => ExpPair(p(a)),
            Reduced(of, a) => Reduced(*of, p(a)),
            Raised(of, a) => Raised(*of, p(a)),
        }
    }
}
