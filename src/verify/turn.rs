//! Kernel → its turns: neighbouring inputs between which it changes what it does.
//!
//! A kernel turns where a comparison or clamp inside it flips, where an `exp` inside it leaves the normal range,
//! and where an output changes sign or becomes subnormal, zero or infinite. The turns are found by evaluation,
//! not from what the kernel's maker says about its thresholds.

use super::line;
use crate::kernel::eval;
use crate::kernel::{Format, Inst, Kernel, Let, Output, Val};

/// Two neighbouring floats with one label between which the kernel changes what it does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// The lower one.
    pub below: f64,
    /// The upper one.
    pub above: f64,
    /// The label.
    pub y: f64,
    /// Is it the change of sign of an output?
    pub root: bool,
    /// Is an output subnormal from here to the next turn?
    pub subnormal: bool,
}

/// The turns in order, label 0 first; `open` are the values of the open parameters.
pub fn turns(kernel: &Kernel, open: &[f64]) -> Vec<Turn> {
    let probe = Probe::of(kernel, open);
    let scan = scan(kernel.format);
    [0.0, 1.0].iter().flat_map(|&y| probe.turns(&scan, y)).collect()
}

/// Turns that one cell of the scan may hold.
const PER_CELL: usize = 8;

/// The places that are compared with their neighbours: two of each binade, and a fine grid where kernels work.
fn scan(format: Format) -> Vec<f64> {
    let highest = line::rank(format.greatest(), format);
    let half_binade = 1i64 << (format.precision() - 2);
    let mut ranks: Vec<i64> = (0..=highest / half_binade).map(|k| k * half_binade).collect();
    ranks.push(highest);
    ranks.extend((0..format.precision() - 1).map(|k| 1i64 << k));
    ranks.extend((1..=9600).map(|k| line::rank(f64::from(k) / 8.0, format)));
    ranks.extend(ranks.clone().iter().map(|rank| -rank - 1));
    ranks.sort_unstable();
    ranks.dedup();
    ranks.iter().map(|&rank| line::at(rank, format)).collect()
}

/// What the kernel does at a point: a small code for each thing that is watched.
type Code = Vec<i8>;

/// The kernel with outputs that show what is watched.
struct Probe<'a> {
    kernel: Kernel,
    /// What the kernel computes in.
    inside: Format,
    format: Format,
    outputs: usize,
    open: &'a [f64],
}

impl Probe<'_> {
    fn of<'a>(kernel: &Kernel, open: &'a [f64]) -> Probe<'a> {
        let mut watched: Vec<Val> = kernel.outputs.iter().map(|output| output.value).collect();
        let mut lets = kernel.lets.clone();
        for (place, one) in kernel.lets.iter().enumerate() {
            match one.inst {
                Inst::Less(..) | Inst::Equal(..) | Inst::Exp(_) | Inst::ExpMinus(_) | Inst::ExpPair(_) => {
                    watched.push(Val(place))
                }
                Inst::AtMost(a, most) => {
                    lets.push(unnamed(Inst::Const(most)));
                    lets.push(unnamed(Inst::Less(Val(lets.len() - 1), a)));
                    watched.push(Val(lets.len() - 1));
                }
                _ => {}
            }
        }
        let inside = kernel.arithmetic().format();
        let output = |value| Output { name: "", value, bounds: Vec::new(), inside: false, formula: String::new() };
        let outputs = watched.into_iter().map(output).collect();
        let probe = Kernel { format: inside, weighted: false, lets, outputs, ..kernel.clone() };
        Probe { kernel: probe, inside, format: kernel.format, outputs: kernel.outputs.len(), open }
    }

    fn codes(&self, x: &[f64], y: f64) -> Vec<Code> {
        let mut out = vec![Vec::new(); self.kernel.outputs.len()];
        eval::block(&self.kernel, x, &vec![y; x.len()], None, self.open, &mut out);
        let code = |place: usize, value: f64| {
            let format = if place < self.outputs { self.format } else { self.inside };
            class(format.round(value), format)
        };
        (0..x.len()).map(|i| out.iter().enumerate().map(|(place, values)| code(place, values[i])).collect()).collect()
    }

    fn turns(&self, scan: &[f64], y: f64) -> Vec<Turn> {
        let codes = self.codes(scan, y);
        let mut turns = Vec::new();
        for (cell, ends) in scan.windows(2).enumerate() {
            let (mut low, mut code) = (ends[0], codes[cell].clone());
            for _ in 0..PER_CELL {
                if code == codes[cell + 1] {
                    break;
                }
                let (below, above) = self.first_change(low, ends[1], y, &code);
                let after = self.codes(&[above], y).remove(0);
                let watched = code.iter().zip(&after).take(self.outputs);
                // a value that is exactly 0 may stand between; what underflows is subnormal before it is 0
                let crosses = |(a, b): (&i8, &i8)| a.signum() != b.signum() && a.abs().max(b.abs()) == NORMAL;
                let root = watched.clone().any(crosses);
                let subnormal = watched.clone().any(|(_, b)| b.abs() == SUBNORMAL);
                turns.push(Turn { below, above, y, root, subnormal });
                (low, code) = (above, after);
            }
        }
        turns
    }

    /// Neighbours in [low, high] between which the code is first seen to differ; `low` has the code, `high` has another.
    fn first_change(&self, low: f64, high: f64, y: f64, code: &Code) -> (f64, f64) {
        let (mut low, mut high) = (line::rank(low, self.format), line::rank(high, self.format));
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if &self.codes(&[line::at(middle, self.format)], y)[0] == code { low = middle } else { high = middle }
        }
        (line::at(low, self.format), line::at(high, self.format))
    }
}

fn unnamed(inst: Inst) -> Let {
    Let { name: String::new(), inst, meaning: String::new() }
}

const SUBNORMAL: i8 = 1;
const NORMAL: i8 = 2;
const NAN: i8 = 9;

/// The class of a float: 0, subnormal, normal or infinite, with its sign; NaN apart.
fn class(value: f64, format: Format) -> i8 {
    let magnitude = match value.abs() {
        v if v.is_nan() => return NAN,
        0.0 => 0,
        f64::INFINITY => 3,
        v if v < format.least_normal() => SUBNORMAL,
        _ => NORMAL,
    };
    if value < 0.0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn turns_lie_where_the_kernel_turns() {
        let mut kernel = sample::cross_entropy(Format::F64);
        let turns_of = |kernel: &Kernel| turns(kernel, &[]);
        let turns = turns_of(&kernel);
        // The comparison with 0, and e^-|x| leaving the normal range: at -ln of the smallest normal float.
        assert!(turns.iter().any(|turn| turn.below == 0.0 || turn.above == 0.0));
        let end = -f64::MIN_POSITIVE.ln();
        assert!(turns.iter().any(|turn| turn.y == 1.0 && turn.above > 0.0 && (turn.above - end).abs() < 1e-9));
        assert!(turns.iter().any(|turn| turn.y == 1.0 && turn.subnormal && turn.above > 700.0));
        // A clamp inside shows, although no output of this kernel changes its class there.
        let exp = kernel.lets.iter().position(|one| matches!(one.inst, Inst::Exp(_))).unwrap();
        let Inst::Exp(below) = kernel.lets[exp].inst else { unreachable!() };
        kernel.lets[exp].inst = Inst::AtMost(below, -3.25);
        assert!(turns_of(&kernel).iter().any(|turn| turn.below == 3.25 || turn.above == 3.25));
    }
}
