//! The pivot as an affine function of the input, and what its evaluation loses.

use super::ranges::Ranges;
use crate::expr::Expr;
use crate::interval::{Interval, Wide};
use crate::kernel::{Arithmetic, Format};
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::regime::error::Approx;
use crate::regime::piece::{self, Piece};
use crate::regime::pivot::{PIVOT, Problem, SCALED, fold};
use crate::spec::Spec;

/// `slope·(±input) + offset`, in open parameters and numbers.
pub struct Affine {
    /// The slope, for label 1.
    pub slope: Expr,
    /// The slope, for label 0.
    pub slope_zero: Expr,
    /// The offset for label 1.
    pub offset: Expr,
    /// The offset for label 0.
    pub offset_zero: Expr,
    /// Format of the inputs.
    pub format: Format,
    /// What it is computed in.
    pub arithmetic: Arithmetic,
    /// Where the pivot is what a row gives, what that loses.
    pub handed: Option<Handed>,
}

/// What a pivot loses that a row gives: `relative` u of it, and an absolute part.
#[derive(Clone, Copy, Debug)]
pub struct Handed {
    /// In u of the arithmetic.
    pub relative: f64,
    /// Whatever the pivot.
    pub absolute: f64,
}

impl Affine {
    /// Reads slope and offset off the pivot.
    ///
    /// # Errors
    /// Where the pivot is not affine in the input.
    pub fn of(problem: &Problem, spec: &Spec, (format, arithmetic): (Format, Arithmetic)) -> Result<Affine, Message> {
        let input = &spec.inputs[0].name;
        let wrong = || Message::new(format!("`{}` depends on `{input}` through no affine term", spec.name));
        let (slope, offset) = parts(&problem.pivot.0, input).ok_or_else(wrong)?;
        let (slope_zero, offset_zero) = parts(&problem.pivot.1, input).ok_or_else(wrong)?;
        Ok(Affine { slope, slope_zero, offset, offset_zero, format, arithmetic, handed: None })
    }

    /// Does only the sign of the slope depend on the label?
    pub fn mirrored(&self) -> bool {
        self.slope_zero == fold(&-self.slope.clone()) || negative(&self.slope_zero) == Some(self.slope.clone())
    }

    /// Is the pivot the input itself or its negation?
    pub fn exact(&self) -> bool {
        self.handed.is_none() && self.unit()
    }

    /// Is it the input or its negation, whatever the input loses?
    fn unit(&self) -> bool {
        let unit = |slope: &Expr| slope.as_number().is_some_and(|k| *k == Rational::ONE || *k == -&Rational::ONE);
        let none = |offset: &Expr| offset.as_number().is_some_and(Rational::is_zero);
        unit(&self.slope) && unit(&self.slope_zero) && none(&self.offset) && none(&self.offset_zero)
    }

    /// Is the pivot the input times a power of two, and so exact where it does not overflow?
    pub fn power(&self) -> bool {
        if self.handed.is_some() {
            return false;
        }
        let none = |offset: &Expr| offset.as_number().is_some_and(Rational::is_zero);
        let held = |slope: &Expr| {
            slope
                .as_number()
                .is_some_and(|k| Rational::from_f64(self.arithmetic.format().nearest(k)).as_ref() == Some(k))
        };
        let power = |slope: &Expr| {
            let bits = slope.as_number().map_or(0, |k| k.to_f64().to_bits());
            held(slope) && bits << 12 == 0 && (bits << 1) >> 53 != 0
        };
        power(&self.slope) && power(&self.slope_zero) && none(&self.offset) && none(&self.offset_zero)
    }

    /// The largest magnitude of the pivot at a finite input; infinite where it is beyond the arithmetic.
    pub fn largest(&self, ranges: &Ranges) -> f64 {
        let input = match self.format {
            Format::F32 => f64::from(f32::MAX),
            Format::F64 => f64::MAX,
        };
        if self.exact() {
            return input;
        }
        // beyond, results are infinite, or the margin times a factor, which is rounded as before it
        if self.handed.is_some() {
            return input / 16.0;
        }
        let slope = ranges.magnitude(&self.slope).max(ranges.magnitude(&self.slope_zero));
        let largest = slope * input + self.offset(ranges);
        let greatest = self.arithmetic.format().greatest();
        match largest.next_up() {
            largest if largest <= greatest => largest,
            _ if self.arithmetic != Arithmetic::F32 && largest.is_finite() => f64::MAX,
            _ => f64::INFINITY,
        }
    }

    fn offset(&self, ranges: &Ranges) -> f64 {
        ranges.magnitude(&self.offset).max(ranges.magnitude(&self.offset_zero))
    }

    /// `abs(pivot)/slope` and what it is in the scaled pivot, `±input + offset/slope`, which cannot overflow; where the
    /// slope is above 0 and only its sign depends on the label.
    pub fn scaled(&self, ranges: &Ranges) -> Option<[Expr; 2]> {
        let possible = !self.exact() && self.mirrored() && self.offset == self.offset_zero;
        let positive = ranges.of_expr(&self.slope)?.positive().is_yes();
        let pivot = Expr::symbol(PIVOT).abs() / self.slope.clone();
        (possible && positive).then(|| [pivot, Expr::symbol(SCALED).abs()])
    }

    /// What the scaled pivot loses: the quotient and the sum are rounded once each.
    pub fn scaled_error(&self, piece: &Piece, ranges: &Ranges) -> Approx {
        let slope = ranges.of_expr(&self.slope).filter(|slope| slope.nonzero().is_yes());
        let value = slope.and_then(|slope| piece.pivot().div(&slope)).unwrap_or_else(Interval::whole);
        let input = Interval::new(-self.arithmetic.format().greatest(), self.arithmetic.format().greatest());
        let value = value.intersect(&input).unwrap_or(value);
        let quotient = slope.map_or(f64::INFINITY, |slope| self.offset(ranges) / slope.mig().to_f64_down());
        let lost = if quotient == 0.0 { 0.0 } else { 1.0 };
        let shift = fold(&(self.offset.clone() / self.slope.clone()));
        let held = shift
            .as_number()
            .is_some_and(|q| Rational::from_f64(self.arithmetic.format().nearest(q)).as_ref() == Some(q));
        let absolute = Wide::from_f64(if held { 0.0 } else { quotient * self.arithmetic.unit() * (1.0 + 1e-15) });
        Approx { absolute, ..Approx::of(self.arithmetic, value, lost) }
    }

    /// Beyond this magnitude the pivot is evaluated as one float: at least four times the offset, so that the product
    /// and the sum lose at most 5/4 u and 1 u of it.
    pub fn far(&self) -> f64 {
        let of = |offset: &Expr| offset.as_number().map_or(0.0, |value| value.to_f64().abs());
        let least = of(&self.offset).max(of(&self.offset_zero)) * 4.0;
        let mut far = piece::clamp(self.format);
        while far < least {
            far *= 2.0;
        }
        far
    }

    /// What the pivot loses on a piece: as one float and as a pair.
    ///
    /// Where inputs are widened, the product of two floats is exact, so a sum is rounded once. Else, but for
    /// [`Affine::far`], the pair keeps all but 4 u² of product and offset; what is lost is given as a share of the pivot
    /// and an absolute part of 2^8 u² of the offset, which also covers a sign that is lost where both cancel.
    pub fn error(&self, piece: &Piece, ranges: &Ranges) -> (Approx, Approx) {
        let pivot = piece.pivot();
        if let Some(Handed { relative, absolute }) = self.handed {
            let absolute = Wide::from_f64(absolute);
            let handed = Approx { absolute, ..Approx::of(self.arithmetic, pivot, relative) };
            return (handed, handed);
        }
        if self.exact() {
            let exact = Approx::exact(self.arithmetic, pivot);
            return (exact, exact);
        }
        if self.power() {
            // a halved subnormal loses less than the smallest one, far below what shows
            let halved = Approx {
                absolute: Wide::from_f64(self.arithmetic.format().least()),
                ..Approx::exact(self.arithmetic, pivot)
            };
            return (halved, halved);
        }
        if self.arithmetic == Arithmetic::Pair {
            // the product, which is at most pivot and offset together, and the sum
            let absolute =
                self.offset(ranges) * self.arithmetic.unit() * (1.0 + 1e-9) + 4.0 * self.arithmetic.format().least();
            let absolute = Wide::from_f64(absolute);
            let single = Approx { absolute, ..Approx::of(self.arithmetic, pivot, 2.0) };
            return (single, single);
        }
        if self.arithmetic.widens(self.format) {
            let single = Approx::of(self.arithmetic, pivot, 1.0);
            return (single, single);
        }
        let offset = self.offset(ranges);
        let absolute =
            Wide::from_f64(offset * 256.0 * self.arithmetic.unit().powi(2) + 4.0 * self.arithmetic.format().least());
        let with = |relative: f64| Approx { absolute, ..Approx::of(self.arithmetic, pivot, relative) };
        let lost = self.arithmetic.of_pairs();
        let near = piece.hi <= piece::clamp(self.format);
        (with(if near { 1.0 + lost } else { 2.5 }), with(lost))
    }
}

/// The operand of a negation.
fn negative(expr: &Expr) -> Option<Expr> {
    if let Expr::Apply(Op::Neg, operands) = expr { Some(operands[0].clone()) } else { None }
}

/// Slope and offset of an expression that is affine in the input.
fn parts(expr: &Expr, input: &str) -> Option<(Expr, Expr)> {
    let zero = Expr::integer(0);
    if !expr.mentions(input) {
        return Some((zero, expr.clone()));
    }
    let both = |(a, b): (Expr, Expr)| (fold(&a), fold(&b));
    match expr {
        Expr::Symbol(_) => Some((Expr::integer(1), zero)),
        Expr::Apply(Op::Neg, operands) => {
            let (slope, offset) = parts(&operands[0], input)?;
            Some(both((-slope, -offset)))
        }
        Expr::Apply(op @ (Op::Add | Op::Sub), operands) => {
            let (a, b) = (parts(&operands[0], input)?, parts(&operands[1], input)?);
            Some(both((Expr::apply(*op, &[a.0, b.0]), Expr::apply(*op, &[a.1, b.1]))))
        }
        Expr::Apply(Op::Mul, operands) => {
            let (factor, rest) =
                if operands[0].mentions(input) { (&operands[1], &operands[0]) } else { (&operands[0], &operands[1]) };
            let (slope, offset) = parts(rest, input)?;
            (!factor.mentions(input)).then(|| both((factor.clone() * slope, factor.clone() * offset)))
        }
        Expr::Apply(Op::Div, operands) => {
            let (slope, offset) = parts(&operands[0], input)?;
            Some(both((slope / operands[1].clone(), offset / operands[1].clone())))
        }
        _ => None,
    }
}
