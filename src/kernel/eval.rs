//! `Kernel` × inputs → the bits that the emitted text gives, instruction by instruction over blocks.
//!
//! How an output is finished, here and in the text alike: it is NaN where `X` is NaN (so that no select can
//! lose a NaN); a weighted kernel multiplies it by the weight in f64, and gives exactly 0 where the weight
//! is 0, whatever the other inputs hold; last comes the one rounding to the format.

use super::{Format, Inst, Kernel, Setting, Val};
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
    let arguments = Arguments::of(kernel, parameters);
    let mut registers = Registers::new(kernel, x.len().min(BLOCK));
    out.iter_mut().for_each(|values| {
        values.clear();
        values.reserve(x.len());
    });
    for start in (0..x.len()).step_by(BLOCK) {
        let end = x.len().min(start + BLOCK);
        let point = Points { x: &x[start..end], y: &y[start..end] };
        for (place, one) in kernel.lets.iter().enumerate() {
            registers.run(place, &one.inst, &point, &arguments);
        }
        let w = w.filter(|_| kernel.weighted).map(|w| &w[start..end]);
        for (output, values) in kernel.outputs.iter().zip(out.iter_mut()) {
            for (i, &value) in registers.hi(output.value)[..end - start].iter().enumerate() {
                let lost = point.input(i, &arguments).is_nan();
                let weight = w.map_or(1.0, |w| w[i]);
                values.push(finish(if lost { f64::NAN } else { value }, weight, kernel.format));
            }
        }
    }
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

fn finish(value: f64, weight: f64, format: Format) -> f64 {
    let value = if weight == 0.0 { 0.0 } else { value * weight };
    match format {
        Format::F32 => f64::from(value as f32),
        Format::F64 => value,
    }
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
}

impl Points<'_> {
    /// The value of `X`.
    fn input(&self, i: usize, arguments: &Arguments) -> f64 {
        let label = self.y[i] == 0.0 || self.y[i] == 1.0;
        if label && arguments.inside { self.x[i] } else { f64::NAN }
    }
}

/// The values of every let over a block: reals and truth values (1 and 0) in `hi`, the tails of pairs in `lo`.
struct Registers {
    hi: Vec<f64>,
    lo: Vec<f64>,
    width: usize,
    scratch: Vec<f64>,
    set: &'static Set,
}

impl Registers {
    fn new(kernel: &Kernel, width: usize) -> Registers {
        let zeros = vec![0.0; kernel.lets.len() * width];
        Registers { hi: zeros.clone(), lo: zeros, width, scratch: Vec::new(), set: kernel.level.set() }
    }

    fn hi(&self, value: Val) -> &[f64] {
        &self.hi[value.0 * self.width..][..self.width]
    }

    fn run(&mut self, place: usize, inst: &Inst, points: &Points, arguments: &Arguments) {
        use Inst::*;
        let (width, set, scratch) = (self.width, self.set, &mut self.scratch);
        let (hi_before, hi) = self.hi.split_at_mut(place * width);
        let (lo_before, lo) = self.lo.split_at_mut(place * width);
        let (hi, lo) = (&mut hi[..points.x.len()], &mut lo[..points.x.len()]);
        let h = |value: &Val| &hi_before[value.0 * width..][..width];
        let l = |value: &Val| &lo_before[value.0 * width..][..width];
        match inst {
            X => hi.iter_mut().enumerate().for_each(|(i, to)| *to = points.input(i, arguments)),
            LabelIsOne => map(hi, points.y, |y| truth(y == 1.0)),
            Parameter(at) => hi.fill(arguments.values[*at]),
            Const(value) => hi.fill(*value),
            Neg(a) => map(hi, h(a), |a| -a),
            Abs(a) => map(hi, h(a), f64::abs),
            Sqrt(a) => set.sqrt.block(&[h(a)], hi, scratch),
            Exp(a) => set.exp.block(&[h(a)], hi, scratch),
            ExpFalling(a) => set.exp_falling.block(&[h(a)], hi, scratch),
            Log1p(a) => set.ln_1p.block(&[h(a)], hi, scratch),
            TwoAtanh(a) => set.two_atanh.block(&[h(a)], hi, scratch),
            Add(a, b) => map2(hi, h(a), h(b), |a, b| a + b),
            Sub(a, b) => map2(hi, h(a), h(b), |a, b| a - b),
            Mul(a, b) => map2(hi, h(a), h(b), |a, b| a * b),
            Div(a, b) => map2(hi, h(a), h(b), |a, b| a / b),
            AtMost(a, most) => map(hi, h(a), |a| if *most < a { *most } else { a }),
            Less(a, b) => map2(hi, h(a), h(b), |a, b| truth(a < b)),
            Equal(a, b) | Same(a, b) => map2(hi, h(a), h(b), |a, b| truth(a == b)),
            Select(c, a, b) => {
                select(hi, h(c), h(a), h(b));
                select(lo, h(c), l(a), l(b));
            }
            TwoSum(a, b) => pairs(hi, lo, |i| two_sum(h(a)[i], h(b)[i])),
            TwoProduct(a, b) => pairs(hi, lo, |i| two_product(h(a)[i], h(b)[i])),
            PairTimes(a, b) => pairs(hi, lo, |i| {
                let (p, e) = two_product(h(a)[i], h(b)[i]);
                fast_two_sum(p, e + l(a)[i] * h(b)[i])
            }),
            PairPlus(a, b) => pairs(hi, lo, |i| {
                let (s, e) = two_sum(h(a)[i], h(b)[i]);
                fast_two_sum(s, e + l(a)[i])
            }),
            NegPair(a) => pairs(hi, lo, |i| (-h(a)[i], -l(a)[i])),
            Hi(a) => map(hi, h(a), |a| a),
            Widen(a) => pairs(hi, lo, |i| (h(a)[i], 0.0)),
            ExpPair(a) => set.exp_pair.block(&[h(a), l(a)], hi, scratch),
        }
    }
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

fn pairs(hi: &mut [f64], lo: &mut [f64], f: impl Fn(usize) -> (f64, f64)) {
    hi.iter_mut().zip(lo).enumerate().for_each(|(i, (hi, lo))| (*hi, *lo) = f(i));
}

/// a + b exactly (Knuth).
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let v = s - a;
    (s, (a - (s - v)) + (b - v))
}

/// a + b exactly where |a| ≥ |b| (Dekker).
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    (s, b - (s - a))
}

/// a · b exactly (Dekker, with Veltkamp's split).
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let split = |a: f64| {
        let c = 134_217_729.0 * a;
        let hi = c - (c - a);
        (hi, a - hi)
    };
    let p = a * b;
    let ((a_hi, a_lo), (b_hi, b_lo)) = (split(a), split(b));
    (p, ((a_hi * b_hi - p) + a_hi * b_lo + a_lo * b_hi) + a_lo * b_lo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_exact() {
        let (a, b) = (1.0 + f64::EPSILON, 1.0 - f64::EPSILON / 2.0);
        let exact = |pair: (f64, f64)| &Rational::from_f64(pair.0).unwrap() + &Rational::from_f64(pair.1).unwrap();
        let (ra, rb) = (Rational::from_f64(a).unwrap(), Rational::from_f64(b).unwrap());
        assert_eq!(exact(two_product(a, b)), &ra * &rb);
        assert_eq!(exact(two_sum(a, 1e-20)), &ra + &Rational::from_f64(1e-20).unwrap());
        assert_eq!(exact(two_sum(1e-20, a)), &ra + &Rational::from_f64(1e-20).unwrap());
        assert_eq!(exact(fast_two_sum(a, 1e-20)), &ra + &Rational::from_f64(1e-20).unwrap());
    }
}
