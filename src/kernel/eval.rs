//! `Kernel` × inputs → the bits that the emitted text gives, instruction by instruction over blocks.
//!
//! How an output is finished, here and in the text alike: it is NaN where `X` is NaN (so that no select can
//! lose a NaN); a weighted kernel multiplies it by the weight, and gives exactly 0 where the weight is 0, whatever
//! the other inputs hold; last comes the one rounding to the format, where the kernel's arithmetic is wider.

use std::mem::take;

use super::{Arithmetic, Format, Inst, Kernel, Setting, Val, pair};
use crate::elementary::Set;
use crate::rational::Rational;

/// Points that go through an instruction at once: the values of fifty lets stay in the second-level cache.
const BLOCK: usize = 256;

/// Every output at each point, rounded to the format and widened again: `out[k][i]` is output `k` at point `i`.
///
/// `x`, `y` and `w` are values of the format, widened; `parameters` are the open ones in order. `w` is read by a
/// weighted kernel alone; without it the weight is 1.
///
/// # Panics
/// Where lengths differ, where `out` or `parameters` do not fit the kernel, and for a kernel that [`Kernel::check`] refuses.
pub fn block(kernel: &Kernel, x: &[f64], y: &[f64], w: Option<&[f64]>, parameters: &[f64], out: &mut [Vec<f64>]) {
    assert_eq!(x.len(), y.len(), "lengths of x and y");
    assert!(w.is_none_or(|w| w.len() == x.len()), "lengths of x and w");
    assert_eq!(out.len(), kernel.outputs.len(), "buffers and outputs");
    let mut evaluator = Evaluator::new(kernel, parameters, x.len().min(BLOCK));
    out.iter_mut().for_each(|values| {
        values.clear();
        values.resize(x.len(), 0.0);
    });
    for start in (0..x.len()).step_by(BLOCK) {
        let end = x.len().min(start + BLOCK);
        let mut parts: Vec<&mut [f64]> = out.iter_mut().map(|values| &mut values[start..end]).collect();
        evaluator.run(&x[start..end], &y[start..end], w.map(|w| &w[start..end]), &mut parts);
    }
}

/// A kernel that is about to run over many blocks, with the values of its open parameters.
pub(crate) struct Evaluator<'a> {
    kernel: &'a Kernel,
    arguments: Arguments,
    registers: Registers,
    /// `X` at the points of the block.
    inputs: Vec<f64>,
}

impl<'a> Evaluator<'a> {
    /// For blocks of up to `width` points.
    ///
    /// # Panics
    /// Where `parameters` do not fit the kernel, and for a kernel that [`Kernel::check`] refuses.
    pub(crate) fn new(kernel: &'a Kernel, parameters: &[f64], width: usize) -> Evaluator<'a> {
        let arguments = Arguments::of(kernel, parameters);
        let mut registers = Registers::new(kernel, width);
        let zeros = vec![0.0; width];
        let nowhere = Points { x: &zeros, y: &zeros, inputs: &zeros };
        for (place, one) in kernel.lets.iter().enumerate().filter(|(_, one)| is_constant(&one.inst)) {
            registers.run(place, &one.inst, &nowhere, &arguments);
        }
        Evaluator { kernel, arguments, registers, inputs: zeros }
    }

    /// Takes what a row hands to its elements, by name, as pairs.
    pub(crate) fn hand(&mut self, given: &[(&str, [f64; 2])]) {
        for (place, one) in self.kernel.lets.iter().enumerate() {
            let Inst::Given(name) = one.inst else { continue };
            // what each element has of its own is handed over by itself
            let Some(found) = given.iter().find(|(known, _)| *known == name) else { continue };
            self.registers.fill(place, found.1);
        }
    }

    /// The same for a value that each element has of its own.
    pub(crate) fn hand_each(&mut self, name: &str, values: &[[f64; 2]]) {
        let place = self.kernel.lets.iter().position(|one| matches!(one.inst, Inst::Given(known) if known == name));
        let Some(place) = place else { return };
        let slot = self.registers.slots[place];
        for (at, [hi, lo]) in values.iter().enumerate() {
            (self.registers.hi[slot][at], self.registers.lo[slot][at]) = (*hi, *lo);
        }
    }

    /// The register of an output after a run, hi and lo, at the first point; lo counts where it is a pair.
    pub(crate) fn register(&self, value: Val) -> [f64; 2] {
        self.register_at(value, 0)
    }

    /// The same at a point.
    pub(crate) fn register_at(&self, value: Val, point: usize) -> [f64; 2] {
        let slot = self.registers.slots[value.0];
        [self.registers.hi[slot][point], self.registers.lo[slot][point]]
    }

    /// Every output at up to that many points, as [`block`] gives it.
    ///
    /// # Panics
    /// Where lengths differ.
    pub(crate) fn run(&mut self, x: &[f64], y: &[f64], w: Option<&[f64]>, out: &mut [&mut [f64]]) {
        let inputs = &mut self.inputs[..x.len()];
        let inside = self.arguments.inside;
        let [lo, hi] = self.kernel.within.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        let valid = |x: f64, y: f64| (y == 0.0 || y == 1.0) && inside && x >= lo && x <= hi;
        map2(inputs, x, y, |x, y| if valid(x, y) { x } else { f64::NAN });
        let points = Points { x, y, inputs };
        for (place, one) in self.kernel.lets.iter().enumerate().filter(|(_, one)| !is_constant(&one.inst)) {
            self.registers.run(place, &one.inst, &points, &self.arguments);
        }
        let w = w.filter(|_| self.kernel.weighted);
        for (output, values) in self.kernel.outputs.iter().zip(out) {
            let found = &self.registers.hi(output.value)[..x.len()];
            map2(values, found, points.inputs, |value, input| if input.is_nan() { f64::NAN } else { value });
            if output.inside {
                continue;
            }
            if let Some(w) = w {
                values.iter_mut().zip(w).for_each(|(to, w)| *to = if *w == 0.0 { 0.0 } else { *to * w });
            }
            if self.kernel.format == Format::F32 {
                values.iter_mut().for_each(|to| *to = f64::from(*to as f32));
            }
        }
    }
}

/// Does it give the same value at every point?
fn is_constant(inst: &Inst) -> bool {
    matches!(inst, Inst::Const(_) | Inst::ConstPair(..) | Inst::Parameter(_) | Inst::Given(_))
}

/// Every output at one point; see [`block`].
///
/// # Panics
/// As [`block`] does.
pub fn point(kernel: &Kernel, x: f64, y: f64, w: Option<f64>, parameters: &[f64]) -> Vec<f64> {
    let mut out = vec![Vec::new(); kernel.outputs.len()];
    block(kernel, &[x], &[y], w.as_ref().map(std::slice::from_ref), parameters, &mut out);
    out.iter().map(|values| values[0]).collect()
}

/// The open parameters, by their place in `Kernel::parameters`.
struct Arguments {
    values: Vec<f64>,
    /// Is each one inside its domain?
    inside: bool,
}

impl Arguments {
    fn of(kernel: &Kernel, open: &[f64]) -> Arguments {
        let mut left = open.iter();
        let mut inside = true;
        let values = kernel.parameters.iter().map(|parameter| match &parameter.setting {
            Setting::Argument => {
                let value = *left.next().expect("a value for each open parameter");
                inside &= Rational::from_f64(value).is_some_and(|exact| parameter.domain.contains(&exact));
                value
            }
            Setting::Fixed { value, .. } => *value,
            Setting::None => f64::NAN,
        });
        let values = values.collect();
        assert!(left.next().is_none(), "no more values than open parameters");
        Arguments { values, inside }
    }
}

struct Points<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// The values of `X`.
    inputs: &'a [f64],
}

/// The values of lets over a block, as long as a later let reads them: reals and truth values (1 and 0) in `hi`, the
/// tails of pairs in `lo`. Few values are alive at a time, so that they stay in the first-level cache.
struct Registers {
    hi: Vec<Vec<f64>>,
    lo: Vec<Vec<f64>>,
    /// Where each let's value is.
    slots: Vec<usize>,
    /// Is it a pair?
    pairs: Vec<bool>,
    /// What the functions' programs compute in.
    scratch: Vec<f64>,
    set: &'static Set,
    arithmetic: Arithmetic,
    fused: bool,
}

impl Registers {
    fn new(kernel: &Kernel, width: usize) -> Registers {
        let slots = slots(kernel);
        let count = slots.iter().map(|slot| slot + 1).max().unwrap_or(0);
        let empty = || vec![vec![0.0; width]; count];
        let pairs = (0..kernel.lets.len()).map(|place| kernel.is_pair(Val(place))).collect();
        let (set, arithmetic, fused) = (kernel.set(), kernel.arithmetic(), kernel.fused);
        Registers { hi: empty(), lo: empty(), slots, pairs, scratch: Vec::new(), set, arithmetic, fused }
    }

    fn fill(&mut self, place: usize, [hi, lo]: [f64; 2]) {
        let slot = self.slots[place];
        self.hi[slot].fill(hi);
        self.lo[slot].fill(lo);
    }

    fn hi(&self, value: Val) -> &[f64] {
        &self.hi[self.slots[value.0]]
    }

    fn run(&mut self, place: usize, inst: &Inst, points: &Points, arguments: &Arguments) {
        use Inst::*;
        let (slot, length) = (self.slots[place], points.x.len());
        // no operand is in the slot of the result
        let (mut hi_values, mut lo_values) = (take(&mut self.hi[slot]), take(&mut self.lo[slot]));
        let (hi, lo) = (&mut hi_values[..length], &mut lo_values[..length]);
        let (set, narrow, fused) = (self.set, self.arithmetic == Arithmetic::F32, self.fused);
        let mut scratch = take(&mut self.scratch);
        let h = |value: &Val| &self.hi[self.slots[value.0]][..length];
        let l = |value: &Val| &self.lo[self.slots[value.0]][..length];
        if self.arithmetic == Arithmetic::Pair {
            lo.fill(0.0);
            if pair::run((inst, fused), (&h, &l), (&mut *hi, &mut *lo), &mut scratch) {
                (self.hi[slot], self.lo[slot], self.scratch) = (hi_values, lo_values, scratch);
                return;
            }
        }
        macro_rules! arithmetic {
            ($a:expr, $sign:tt, $b:expr) => {
                if narrow {
                    map2(hi, h($a), h($b), |a, b| f64::from(a as f32 $sign b as f32))
                } else {
                    map2(hi, h($a), h($b), |a, b| a $sign b)
                }
            };
        }
        match inst {
            X => hi.copy_from_slice(points.inputs),
            // handed over before
            Given(_) => {}
            LabelIsOne => map(hi, points.y, |y| truth(y == 1.0)),
            Parameter(at) => hi.fill(arguments.values[*at]),
            Const(value) => hi.fill(*value),
            ConstPair(high, low) => {
                hi.fill(*high);
                lo.fill(*low);
            }
            Neg(a) => map(hi, h(a), |a| -a),
            Abs(a) => map(hi, h(a), f64::abs),
            Sqrt(a) => set.sqrt.block(&[h(a)], hi, &mut scratch),
            Exp(a) => set.exp.block(&[h(a)], hi, &mut scratch),
            ExpMinus(a) => set.exp_minus.block(&[h(a)], hi, &mut scratch),
            Log1p(a) => set.ln_1p.block(&[h(a)], hi, &mut scratch),
            TwoAtanh(a) => set.two_atanh.as_ref().expect("a kernel of pairs has none").block(&[h(a)], hi, &mut scratch),
            Ln(a, b) => set.ln.block(&[h(a), h(b)], hi, &mut scratch),
            Add(a, b) => arithmetic!(a, +, b),
            Sub(a, b) => arithmetic!(a, -, b),
            Mul(a, b) => arithmetic!(a, *, b),
            Div(a, b) => arithmetic!(a, /, b),
            Fused(sign, of) => {
                let ([a, b, c], format) = (of.each_ref().map(h), self.arithmetic.format());
                hi.iter_mut().enumerate().for_each(|(i, to)| *to = sign.of(format, a[i], b[i], c[i]));
            }
            AtMost(a, most) => map(hi, h(a), |a| if *most < a { *most } else { a }),
            AtLeast(a, least) => map(hi, h(a), |a| if a < *least { *least } else { a }),
            Less(a, b) => map2(hi, h(a), h(b), |a, b| truth(a < b)),
            Equal(a, b) | Same(a, b) => map2(hi, h(a), h(b), |a, b| truth(a == b)),
            Select(c, a, b) => {
                select(hi, h(c), h(a), h(b));
                if self.pairs[place] {
                    select(lo, h(c), l(a), l(b));
                }
            }
            TwoSum(a, b) if narrow => pairs(hi, lo, |i| single::two_sum(h(a)[i] as f32, h(b)[i] as f32)),
            TwoSum(a, b) => pairs(hi, lo, |i| double::two_sum(h(a)[i], h(b)[i])),
            TwoProduct(a, b) if narrow => {
                pairs(hi, lo, |i| single::two_product(h(a)[i] as f32, h(b)[i] as f32, fused));
            }
            TwoProduct(a, b) => pairs(hi, lo, |i| double::two_product(h(a)[i], h(b)[i], fused)),
            PairTimes(a, b) if narrow => {
                pairs(hi, lo, |i| single::times(h(a)[i] as f32, l(a)[i] as f32, h(b)[i] as f32, fused));
            }
            PairTimes(a, b) => pairs(hi, lo, |i| double::times(h(a)[i], l(a)[i], h(b)[i], fused)),
            PairPlus(a, b) if narrow => pairs(hi, lo, |i| single::plus(h(a)[i] as f32, l(a)[i] as f32, h(b)[i] as f32)),
            PairPlus(a, b) => pairs(hi, lo, |i| double::plus(h(a)[i], l(a)[i], h(b)[i])),
            NegPair(a) => pairs(hi, lo, |i| (-h(a)[i], -l(a)[i])),
            Hi(a) => map(hi, h(a), |a| a),
            Widen(a) => pairs(hi, lo, |i| (h(a)[i], 0.0)),
            ExpPair(a) => set.exp_pair.block(&[h(a), l(a)], hi, &mut scratch),
            Reduced(of, a) => set.halves(*of)[0].block_pair(&[h(a), l(a)], hi, lo, &mut scratch),
            Raised(of, a) => set.halves(*of)[1].block(&[h(a), l(a)], hi, &mut scratch),
        }
        (self.hi[slot], self.lo[slot], self.scratch) = (hi_values, lo_values, scratch);
    }
}

/// A slot for each let: one that no let read later is in, and that a let of its own operands is not in. Constants
/// and outputs keep theirs.
fn slots(kernel: &Kernel) -> Vec<usize> {
    let mut last: Vec<usize> = (0..kernel.lets.len()).collect();
    for (place, one) in kernel.lets.iter().enumerate() {
        one.inst.operands().iter().for_each(|operand| last[operand.0] = place);
    }
    kernel.outputs.iter().for_each(|output| last[output.value.0] = usize::MAX);
    let mut free_from: Vec<usize> = Vec::new();
    let constants = kernel.lets.iter().filter(|one| is_constant(&one.inst)).count();
    let mut next_constant = 0;
    let slot = |(place, one): (usize, &super::Let)| {
        if is_constant(&one.inst) {
            next_constant += 1;
            return next_constant - 1;
        }
        let found = free_from.iter().position(|until| *until < place);
        let slot = found.unwrap_or(free_from.len());
        if found.is_none() {
            free_from.push(0);
        }
        free_from[slot] = last[place];
        constants + slot
    };
    kernel.lets.iter().enumerate().map(slot).collect()
}

fn truth(yes: bool) -> f64 {
    f64::from(u8::from(yes))
}

fn map(to: &mut [f64], a: &[f64], f: impl Fn(f64) -> f64) {
    to.iter_mut().zip(a).for_each(|(to, &a)| *to = f(a));
}

fn map2(to: &mut [f64], a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) {
    to.iter_mut().zip(a.iter().zip(b)).for_each(|(to, (&a, &b))| *to = f(a, b));
}

fn select(to: &mut [f64], c: &[f64], a: &[f64], b: &[f64]) {
    to.iter_mut()
        .zip(c.iter().zip(a.iter().zip(b)))
        .for_each(|(to, (&c, (&a, &b)))| *to = if c != 0.0 { a } else { b });
}

fn pairs<F: Into<f64>>(hi: &mut [f64], lo: &mut [f64], f: impl Fn(usize) -> (F, F)) {
    hi.iter_mut().zip(lo).enumerate().for_each(|(i, (hi, lo))| {
        let (high, low) = f(i);
        (*hi, *lo) = (high.into(), low.into());
    });
}

/// Arithmetic of pairs of one float, whose split is by 2^s + 1 with s half the bits of a mantissa, rounded up.
macro_rules! pairs_of {
    ($name:ident, $float:ty, $split:expr) => {
        mod $name {
            /// a + b exactly (Knuth).
            pub fn two_sum(a: $float, b: $float) -> ($float, $float) {
                let s = a + b;
                let v = s - a;
                (s, (a - (s - v)) + (b - v))
            }

            /// a + b exactly where |a| ≥ |b| (Dekker).
            pub fn fast_two_sum(a: $float, b: $float) -> ($float, $float) {
                let s = a + b;
                (s, b - (s - a))
            }

            /// a · b exactly: by FMA, or else Dekker's, with Veltkamp's split.
            pub fn two_product(a: $float, b: $float, fused: bool) -> ($float, $float) {
                let p = a * b;
                if fused {
                    return (p, a.mul_add(b, -p));
                }
                let split = |a: $float| {
                    let c = $split * a;
                    let hi = c - (c - a);
                    (hi, a - hi)
                };
                let ((a_hi, a_lo), (b_hi, b_lo)) = (split(a), split(b));
                (p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo)
            }

            /// (hi, lo) · b
            pub fn times(hi: $float, lo: $float, b: $float, fused: bool) -> ($float, $float) {
                let (p, e) = two_product(hi, b, fused);
                fast_two_sum(p, if fused { lo.mul_add(b, e) } else { e + lo * b })
            }

            /// (hi, lo) + b
            pub fn plus(hi: $float, lo: $float, b: $float) -> ($float, $float) {
                let (s, e) = two_sum(hi, b);
                fast_two_sum(s, e + lo)
            }
        }
    };
}

pairs_of!(double, f64, 134_217_729.0);
pairs_of!(single, f32, 4_097.0);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_exact() {
        let exact = |value: f64| Rational::from_f64(value).unwrap();
        macro_rules! check {
            ($of:ident, $float:ty) => {{
                let sum = |pair: ($float, $float)| &exact(pair.0.into()) + &exact(pair.1.into());
                let (a, b, c) = (1.0 + <$float>::EPSILON, 1.0 - <$float>::EPSILON / 2.0, 1e-20);
                let [ra, rb, rc] = [a, b, c].map(|value| exact(value.into()));
                assert_eq!(sum($of::two_product(a, b, false)), &ra * &rb);
                assert_eq!(sum($of::two_product(a, b, true)), &ra * &rb);
                assert_eq!(sum($of::two_sum(a, c)), &ra + &rc);
                assert_eq!(sum($of::two_sum(c, a)), &ra + &rc);
                assert_eq!(sum($of::fast_two_sum(a, c)), &ra + &rc);
            }};
        }
        check!(double, f64);
        check!(single, f32);
    }
}
