//! Arithmetic and functions on pairs hi + lo of f64, |lo| ≤ ulp(hi)/2, as programs: what a kernel of pairs computes with.
//!
//! u = 2^−53. Without FMA a product's low part comes from leading and trailing digits (masks, so that nothing overflows). Each
//! bound is |computed − true| ≤ (`relative` + `slope`·|x|)·u²·|true| + `absolute`, x the first argument, in finite results:
//!
//! ```text
//! a + b, a − b   Joldes, Muller, Popescu 2017, algorithm 6 (AccurateDWPlusDW): 3u² + 13u³; never underflows
//! a · b          algorithm 10 (DWTimesDW1) with a product of two floats within 4u²; scaled where it may underflow
//! a / b          the quotient of the leading parts, and the quotient of what it leaves; scaled likewise
//! √a             the root in f64, and one step of Newton
//! e^a            a = n·ln 2/8 + r: a table of 2^(j/8) and a polynomial in r, the first six of its coefficients pairs
//! log(p)         of p in [0, 1], given q = 1 − p: as log(1 + t), with −q for t and no sum
//! log(1 + t)     1 + t = 2^k·m, m·c near 1 for a c of 8 bits: k ln 2 − log c + 2 atanh, the first four coefficients pairs
//! ```
//!
//! With FMA the product of two floats is exact, p = a·b and a·b − p, and the other products that one sum alone reads are
//! fused with it; every bound is derived again, and none is larger:
//!
//! ```text
//! a · b          algorithm 11 (DWTimesDW2): 6u²
//! a / b          1u² where the product is taken from a, 2u² and 3u² for what is left, 3u² for dividing by the leading part
//!                and 3u² for rounding what that adds: 12u²
//! √a             half of the 4u² of the product less
//! ```
//!
//! Results that overflow, and NaN, are those of the plain operation on the leading parts with a low part of 0: each
//! operation ends with a select where its low part is not finite. Where a result is subnormal its low part is 0, and
//! where it is below 2^−969 its low part is a subnormal number: `absolute` is then η = 2^−1074, of which half is lost.

mod arithmetic;
#[cfg(test)]
mod doubt;
mod function;
#[cfg(test)]
mod proof;

use std::sync::OnceLock;

use super::Set;
use super::program::{At, Bound, Program, Step};
use crate::arithmetic::Arithmetic;

/// What programs on pairs call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// a + b of floats, exactly (Knuth)
    TwoSum,
    /// a − b of floats, exactly (Knuth)
    TwoDifference,
    /// a + b of floats, exactly where |a| ≥ |b| (Dekker)
    FastTwoSum,
    /// a · b of floats, within 4u²
    TwoProduct,
    /// c + a · r of pairs, where c is the greater term
    Horner,
    /// a + b
    Add,
    /// a − b
    Sub,
    /// a · b
    Mul,
    /// a / b
    Div,
    /// √a
    Sqrt,
    /// e^a
    Exp,
    /// e^a for a ≤ 0
    ExpMinus,
    /// log(1 + t) for t > −1
    Ln1p,
    /// log(p) for p in [0, 1], given q = 1 − p
    Ln,
}

/// Every part, those that call before those that they call.
pub const PARTS: [Part; 14] = [
    Part::Ln,
    Part::Ln1p,
    Part::ExpMinus,
    Part::Exp,
    Part::Sqrt,
    Part::Div,
    Part::Mul,
    Part::Sub,
    Part::Add,
    Part::Horner,
    Part::TwoProduct,
    Part::FastTwoSum,
    Part::TwoDifference,
    Part::TwoSum,
];

/// The functions, with bounds in units of the arithmetic; with products fused with sums or not.
pub fn set(fused: bool) -> Set {
    let of = |part: Part| {
        let program = part.program(fused).clone();
        let by = Arithmetic::F64.unit().powi(2) / Arithmetic::Pair.unit();
        let Bound { relative, slope, absolute } = program.bound;
        Program { bound: Bound { relative: relative * by, slope: slope * by, absolute }, ..program }
    };
    Set {
        exp: of(Part::Exp),
        exp_minus: of(Part::ExpMinus),
        exp_pair: of(Part::Exp),
        halves: Vec::new(),
        two_atanh: None,
        ln_1p: of(Part::Ln1p),
        sqrt: of(Part::Sqrt),
        ln_far: of(Part::Ln).bound.relative,
        ln: of(Part::Ln),
    }
}

impl Part {
    /// Its program, with products fused with sums or not.
    pub fn program(self, fused: bool) -> &'static Program {
        type Programs = [OnceLock<Program>; PARTS.len()];
        static PROGRAMS: [Programs; 2] = [const { [const { OnceLock::new() }; PARTS.len()] }; 2];
        let program = || if fused { self.made_fused() } else { self.made() };
        PROGRAMS[usize::from(fused)][self as usize].get_or_init(program)
    }

    fn made(self) -> Program {
        match self {
            Part::TwoSum => arithmetic::two_sum(),
            Part::TwoDifference => arithmetic::two_difference(),
            Part::FastTwoSum => arithmetic::fast_two_sum(),
            Part::TwoProduct => arithmetic::two_product(),
            Part::Horner => arithmetic::horner(),
            Part::Add => arithmetic::sum(false),
            Part::Sub => arithmetic::sum(true),
            Part::Mul => arithmetic::mul(),
            Part::Div => arithmetic::div(),
            Part::Sqrt => arithmetic::sqrt(),
            Part::Exp => function::exp(false),
            Part::ExpMinus => function::exp(true),
            Part::Ln1p => function::ln_1p(),
            Part::Ln => function::ln(),
        }
    }

    fn made_fused(self) -> Program {
        let plain = self.made();
        let relative = match self {
            Part::TwoProduct => return arithmetic::two_product_fused(),
            Part::Mul => 6.0,
            Part::Div => 12.5,
            Part::Sqrt => 8.5,
            Part::Exp | Part::ExpMinus => 41.0,
            Part::Ln1p | Part::Ln => 145.0,
            _ => plain.bound.relative,
        };
        plain.fused(Bound { relative, ..plain.bound })
    }

    /// The parts that its program calls; the same with fused steps.
    pub fn calls(self) -> impl Iterator<Item = Part> {
        self.program(false).steps.iter().filter_map(|(step, _)| match step {
            Step::Call(part, _) => Some(*part),
            _ => None,
        })
    }

    /// The arguments of a call that it takes.
    pub(crate) fn of(self, arguments: &[At; 6]) -> impl Iterator<Item = At> {
        let count = match self {
            Part::TwoSum | Part::TwoDifference | Part::FastTwoSum | Part::TwoProduct => 2,
            Part::Sqrt | Part::Exp | Part::ExpMinus | Part::Ln1p => 2,
            Part::Add | Part::Sub | Part::Mul | Part::Div | Part::Ln => 4,
            Part::Horner => 6,
        };
        let arguments = *arguments;
        arguments.into_iter().take(count)
    }
}
