//! A program: the steps that compute one elementary function, made of +, −, ·, / and of the bits of floats.
//!
//! The same steps are the text that is emitted, what the evaluator runs, and what its bound is proved of.

use super::fuse::Fused;
use super::pair::Part;
use crate::format::Format;

/// Place of an earlier step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At(pub usize);

/// One step; arithmetic is that of the program's float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// An argument.
    Argument(usize),
    /// A constant, which is a float of the program.
    Constant(f64),
    /// a + b
    Add(At, At),
    /// a − b
    Sub(At, At),
    /// a · b
    Mul(At, At),
    /// a / b
    Div(At, At),
    /// a · b and c, with one rounding
    Fused(Fused, [At; 3]),
    /// `if a < c { c } else { a }`, which keeps NaN
    AtLeast(At, f64),
    /// `if c < a { c } else { a }`, which keeps NaN
    AtMost(At, f64),
    /// a·2^k, where k is held as k + [`Float::magic`]: its low bits are added to the exponent of a
    Shifted(At, At),
    /// 2^(j − k), where both are held as in `Shifted`
    Power(At, At),
    /// [`Float::bias`] + the k with a·2^−k in [√½, √2), for a normal a > 0
    Exponent(At),
    /// A first guess of 1/√a, for a normal a > 0, within a part in 28
    Guess(At),
    /// `if a < c { b } else { d }`
    Below(At, f64, At, At),
    /// The leading 26 bits of a; what they leave is a float of 27 bits
    Leading(At),
    /// hi of what a part gives for these arguments, of which it takes as many as it has
    Call(Part, [At; 6]),
    /// lo of the call, which is the step before
    Tail(At),
}

impl Step {
    /// The steps that it reads.
    pub fn operands(&self) -> Vec<At> {
        use Step::*;
        match *self {
            Argument(_) | Constant(_) => vec![],
            AtLeast(a, _) | AtMost(a, _) | Exponent(a) | Guess(a) | Leading(a) => vec![a],
            Add(a, b) | Sub(a, b) | Mul(a, b) | Div(a, b) | Shifted(a, b) | Power(a, b) => vec![a, b],
            Below(a, _, b, d) => vec![a, b, d],
            Fused(_, of) => of.to_vec(),
            Call(part, arguments) => part.of(&arguments).collect(),
            // a second name of the call's result
            Tail(_) => vec![],
        }
    }

    /// The same with its operands moved.
    pub fn moved(&self, place: &dyn Fn(At) -> At) -> Step {
        use Step::*;
        let p = |at: At| place(at);
        match *self {
            Argument(_) | Constant(_) => *self,
            Add(a, b) => Add(p(a), p(b)),
            Sub(a, b) => Sub(p(a), p(b)),
            Mul(a, b) => Mul(p(a), p(b)),
            Div(a, b) => Div(p(a), p(b)),
            Fused(fused, of) => Fused(fused, of.map(p)),
            AtLeast(a, c) => AtLeast(p(a), c),
            AtMost(a, c) => AtMost(p(a), c),
            Shifted(a, k) => Shifted(p(a), p(k)),
            Power(j, k) => Power(p(j), p(k)),
            Exponent(a) => Exponent(p(a)),
            Guess(a) => Guess(p(a)),
            Below(a, c, b, d) => Below(p(a), c, p(b), p(d)),
            Leading(a) => Leading(p(a)),
            Call(part, of) => Call(part, of.map(p)),
            Tail(call) => Tail(p(call)),
        }
    }
}

/// What a float is made of.
#[derive(Clone, Copy, Debug)]
pub struct Float {
    /// `f32` or `f64`.
    pub format: Format,
    /// Bits of the mantissa that are stored.
    pub mantissa: u32,
    /// 1.5 · 2^mantissa: adding it rounds to an integer, which the low bits then hold.
    pub magic: f64,
}

/// Of `f64`.
pub const F64: Float = Float { format: Format::F64, mantissa: 52, magic: 6755399441055744.0 };
/// Of `f32`.
pub const F32: Float = Float { format: Format::F32, mantissa: 23, magic: 12582912.0 };

/// The bits of an f64 that hold its sign, its exponent and its first 26 digits.
pub const LEADING: u64 = !((1 << 27) - 1);

impl Float {
    /// The bits of a value of it.
    pub fn bits(&self, value: f64) -> u64 {
        match self.format {
            Format::F32 => u64::from((value as f32).to_bits()),
            Format::F64 => value.to_bits(),
        }
    }

    fn of_bits(&self, bits: u64) -> f64 {
        match self.format {
            Format::F32 => f64::from(f32::from_bits(bits as u32)),
            Format::F64 => f64::from_bits(bits),
        }
    }

    /// The bits of 1 less those of the float next to √½: added to the bits of a, they carry where a ≥ √2·2^k.
    pub fn carry(&self) -> u64 {
        self.bits(1.0) - self.bits(std::f64::consts::FRAC_1_SQRT_2)
    }

    /// The bits that hold the exponent of 2^mantissa.
    pub fn whole(&self) -> u64 {
        self.bits(2f64.powi(self.mantissa as i32))
    }

    /// What those bits hold where the exponent is 0.
    pub fn bias(&self) -> f64 {
        2f64.powi(self.mantissa as i32) + (self.bits(1.0) >> self.mantissa) as f64
    }

    /// What the first guess of 1/√a is counted from.
    pub fn guess(&self) -> u64 {
        match self.format {
            Format::F32 => 0x5f37_59df,
            Format::F64 => 0x5fe6_eb50_c7b5_37a9,
        }
    }
}

/// What is proved of a program: |computed − true| ≤ (`relative` + `slope`·|x|)·u·|true| + `absolute`, u of its float.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// In u.
    pub relative: f64,
    /// In u for each unit of the first argument.
    pub slope: f64,
    /// Where arguments are cut, and where results are subnormal.
    pub absolute: f64,
}

/// The steps of one function.
#[derive(Clone, Debug)]
pub struct Program {
    /// What it is called in emitted text.
    pub name: &'static str,
    /// What it computes, for its doc comment.
    pub about: String,
    /// Names of its arguments.
    pub arguments: &'static [&'static str],
    /// What it computes in.
    pub float: Float,
    /// The steps, in order; names are empty where nothing names a step.
    pub steps: Vec<(Step, &'static str)>,
    /// The result, or hi and lo of it.
    pub results: Vec<At>,
    /// Its bound.
    pub bound: Bound,
    /// Are its products fused with sums, and those of the parts that it calls?
    pub fused: bool,
}

impl Program {
    /// The value at a point; arguments are floats of the program.
    pub fn run(&self, arguments: &[f64]) -> f64 {
        self.values(arguments)[self.results[0].0]
    }

    /// hi and lo at a point.
    pub fn run_pair(&self, arguments: &[f64]) -> (f64, f64) {
        let values = self.values(arguments);
        (values[self.results[0].0], values[self.results[1].0])
    }

    /// What each step gives at a point.
    fn values(&self, arguments: &[f64]) -> Vec<f64> {
        let mut values: Vec<f64> = Vec::with_capacity(self.steps.len());
        let mut tail = f64::NAN;
        for (step, _) in &self.steps {
            let value = match step {
                Step::Call(part, of) => {
                    let of: Vec<f64> = part.of(of).map(|at| values[at.0]).collect();
                    let (hi, lo) = part.program(self.fused).run_pair(&of);
                    tail = lo;
                    hi
                }
                Step::Tail(_) => tail,
                _ => self.step(step, arguments, &|at: At| values[at.0]),
            };
            values.push(value);
        }
        values
    }

    /// The values over a block; `scratch` holds what the steps give.
    pub fn block(&self, arguments: &[&[f64]], to: &mut [f64], scratch: &mut Vec<f64>) {
        let width = to.len();
        self.rows(arguments, width, scratch);
        to.copy_from_slice(&scratch[self.results[0].0 * width..][..width]);
    }

    /// hi and lo over a block.
    pub fn block_pair(&self, arguments: &[&[f64]], hi: &mut [f64], lo: &mut [f64], scratch: &mut Vec<f64>) {
        let width = hi.len();
        self.rows(arguments, width, scratch);
        hi.copy_from_slice(&scratch[self.results[0].0 * width..][..width]);
        lo.copy_from_slice(&scratch[self.results[1].0 * width..][..width]);
    }

    /// What each step gives over a block.
    fn rows(&self, arguments: &[&[f64]], width: usize, scratch: &mut Vec<f64>) {
        scratch.clear();
        scratch.resize(self.steps.len() * width, 0.0);
        let mut inner = Vec::new();
        for (place, (step, _)) in self.steps.iter().enumerate() {
            let (before, rest) = scratch.split_at_mut(place * width);
            let row = |at: &At| &before[at.0 * width..][..width];
            match step {
                Step::Call(part, of) => {
                    let (hi, rest) = rest.split_at_mut(width);
                    let of: Vec<&[f64]> = part.of(of).map(|at| row(&at)).collect();
                    part.program(self.fused).block_pair(&of, hi, &mut rest[..width], &mut inner);
                }
                // the call has written it
                Step::Tail(_) => {}
                _ => self.row(step, arguments, &row, &mut rest[..width]),
            }
        }
    }

    fn row<'r>(&self, step: &Step, arguments: &[&[f64]], row: &dyn Fn(&At) -> &'r [f64], to: &mut [f64]) {
        use Step::*;
        let float = &self.float;
        let wide = float.format == Format::F64;
        let one = |to: &mut [f64], a: &[f64], f: &dyn Fn(f64) -> f64| {
            to.iter_mut().zip(a).for_each(|(to, &a)| *to = f(a));
        };
        macro_rules! both {
            ($a:expr, $b:expr, $f:expr) => {{
                let f = $f;
                let pairs = to.iter_mut().zip(row($a).iter().zip(row($b)));
                if wide {
                    pairs.for_each(|(to, (&a, &b))| *to = f(a, b));
                } else {
                    pairs.for_each(|(to, (&a, &b))| *to = f64::from(f(a, b) as f32));
                }
            }};
        }
        match step {
            Argument(place) => to.copy_from_slice(&arguments[*place][..to.len()]),
            Constant(value) => to.fill(*value),
            Add(a, b) => both!(a, b, |a: f64, b: f64| a + b),
            Sub(a, b) => both!(a, b, |a: f64, b: f64| a - b),
            Mul(a, b) => both!(a, b, |a: f64, b: f64| a * b),
            Div(a, b) => both!(a, b, |a: f64, b: f64| a / b),
            Fused(fused, of) => {
                let [a, b, c] = of.each_ref().map(row);
                for (place, to) in to.iter_mut().enumerate() {
                    *to = fused.of(float.format, a[place], b[place], c[place]);
                }
            }
            AtLeast(a, c) => to.iter_mut().zip(row(a)).for_each(|(to, &a)| *to = if a < *c { *c } else { a }),
            AtMost(a, c) => to.iter_mut().zip(row(a)).for_each(|(to, &a)| *to = if *c < a { *c } else { a }),
            Shifted(a, k) if wide => {
                let pairs = to.iter_mut().zip(row(a).iter().zip(row(k)));
                pairs.for_each(|(to, (a, k))| *to = f64::from_bits(a.to_bits().wrapping_add(k.to_bits() << 52)));
            }
            Below(a, c, b, d) => {
                let choices = row(b).iter().zip(row(d));
                let all = to.iter_mut().zip(row(a).iter().zip(choices));
                all.for_each(|(to, (&a, (&b, &d)))| *to = if a < *c { b } else { d });
            }
            Shifted(a, k) | Power(a, k) => {
                let pairs = to.iter_mut().zip(row(a).iter().zip(row(k)));
                pairs.for_each(|(to, (&a, &b))| *to = self.both(step, a, b));
            }
            Exponent(a) | Guess(a) | Leading(a) => one(to, row(a), &|a| self.both(step, a, a)),
            Call(..) | Tail(_) => unreachable!("a step of two results"),
        }
    }

    fn step(&self, step: &Step, arguments: &[f64], value: &dyn Fn(At) -> f64) -> f64 {
        use Step::*;
        match step {
            Argument(place) => arguments[*place],
            Constant(constant) => *constant,
            Add(a, b) => self.float.format.round(value(*a) + value(*b)),
            Sub(a, b) => self.float.format.round(value(*a) - value(*b)),
            Mul(a, b) => self.float.format.round(value(*a) * value(*b)),
            Div(a, b) => self.float.format.round(value(*a) / value(*b)),
            Fused(fused, of) => {
                let [a, b, c] = of.map(value);
                fused.of(self.float.format, a, b, c)
            }
            AtLeast(a, c) if value(*a) < *c => *c,
            AtMost(a, c) if *c < value(*a) => *c,
            AtLeast(a, _) | AtMost(a, _) => value(*a),
            Below(a, c, b, d) => {
                if value(*a) < *c {
                    value(*b)
                } else {
                    value(*d)
                }
            }
            Shifted(a, b) | Power(a, b) => self.both(step, value(*a), value(*b)),
            Exponent(a) | Guess(a) | Leading(a) => self.both(step, value(*a), value(*a)),
            Call(..) | Tail(_) => unreachable!("a step of two results"),
        }
    }

    /// The steps on bits.
    fn both(&self, step: &Step, a: f64, b: f64) -> f64 {
        let float = &self.float;
        match step {
            Step::Shifted(..) => float.of_bits(float.bits(a).wrapping_add(float.bits(b) << float.mantissa)),
            Step::Power(..) => {
                let by = float.bits(a).wrapping_sub(float.bits(b)) << float.mantissa;
                float.of_bits(float.bits(1.0).wrapping_add(by))
            }
            Step::Exponent(_) => {
                let bits = float.bits(a).wrapping_add(float.carry()) >> float.mantissa;
                float.of_bits(bits | float.whole())
            }
            Step::Leading(_) => float.of_bits(float.bits(a) & LEADING),
            Step::Guess(_) => float.of_bits(float.guess().wrapping_sub(float.bits(a) >> 1)),
            _ => unreachable!("a step of arithmetic"),
        }
    }
}
