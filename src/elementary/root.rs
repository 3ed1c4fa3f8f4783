//! The programs of square roots.

use super::Level;
use super::logarithm::lift;
use super::making::Making;
use super::program::{At, Program, Step};
use super::table::Row;
use crate::format::Format;

pub fn sqrt(level: Level, row: &Row) -> Program {
    let mut to = Making::new(row.float);
    let x = to.argument(0);
    // the guess is for normal numbers: a subnormal one is lifted by a power of 4, and its root put back
    let (least, lift) = lift(row.float.format);
    let by = to.constant(2f64.powi(2 * lift));
    let lifted = to.mul(x, by);
    let near = to.step(Step::Below(x, least, lifted, x));
    to.named(near, "near");
    let (one, back) = (to.constant(1.0), to.constant(2f64.powi(-lift)));
    let back = to.step(Step::Below(x, least, back, one));
    to.named(back, "back");
    let sum = if level == Level::Double { in_parts(&mut to, near) } else { root_of(&mut to, near) };
    to.named(sum, "root");
    let root = to.step(Step::Below(x, f64::INFINITY, sum, x));
    to.named(root, "whole");
    to.mul(back, root);
    to.finish("sqrt", "the square root of x >= 0".to_string(), &["x"], row.bounds[3])
}

/// Newton's steps for 1/√near, one for each name.
fn inverse(to: &mut Making, near: At, names: &[&'static str]) -> At {
    let mut y = to.step(Step::Guess(near));
    to.named(y, "y0");
    let half = to.constant(0.5);
    let three_halves = to.constant(1.5);
    let halved = to.mul(half, near);
    to.named(halved, "h");
    for name in names {
        let once = to.mul(halved, y);
        let twice = to.mul(once, y);
        let less = to.sub(three_halves, twice);
        y = to.mul(y, less);
        to.named(y, name);
    }
    y
}

/// √near for a normal number: Newton's steps for 1/√near, and one for the root.
pub fn root_of(to: &mut Making, near: At) -> At {
    let names: &[&'static str] = match to.float().format {
        Format::F32 => &["y1", "y2"],
        Format::F64 => &["y1", "y2", "y3", "y4"],
    };
    let y = inverse(to, near, names);
    let root = to.mul(near, y);
    to.named(root, "s");
    let square = to.mul(root, root);
    let off = to.sub(near, square);
    let half = to.constant(0.5);
    let step = to.mul(half, y);
    let step = to.mul(step, off);
    to.add(root, step)
}

/// The same in f64 with one rounding that counts: `leading`, the first 26 digits of the root s, has an exact square, so that
/// near − leading² is exact, and √near − leading = (near − leading²)/(leading + √near), which the part of s behind them tells.
fn in_parts(to: &mut Making, near: At) -> At {
    let y = inverse(to, near, &["y1", "y2", "y3"]);
    let root = to.mul(near, y);
    to.named(root, "s");
    let leading = to.step(Step::Leading(root));
    to.named(leading, "leading");
    let rest = to.sub(root, leading);
    let square = to.mul(leading, leading);
    let off = to.sub(near, square);
    let half = to.constant(0.5);
    let halved = to.mul(half, y);
    to.named(halved, "half");
    let step = to.mul(halved, off);
    to.named(step, "step");
    let share = to.mul(halved, rest);
    let more = to.mul(step, share);
    let step = to.add(step, more);
    to.add(leading, step)
}

#[cfg(test)]
mod tests {
    use crate::elementary::doubt::{SLACK, levels, proved};
    use crate::elementary::{Level, table};
    use crate::format::Format;

    #[test]
    fn the_root_keeps_its_bound() {
        for (level, fused) in levels().filter(|(level, _)| table::whole(*level)) {
            let program = &level.set(fused).sqrt;
            let unit = level.arithmetic().unit();
            let guess = |x: f64| {
                let bits = program.float.guess().wrapping_sub(program.float.bits(x) >> 1);
                let guess = match level.arithmetic().format() {
                    Format::F32 => f64::from(f32::from_bits(bits as u32)),
                    Format::F64 => f64::from_bits(bits),
                };
                (guess * x.sqrt() - 1.0).abs()
            };
            // between neighbours of the grid, a part in 2^16 apart, the error moves by less than that
            let mut worst = 0.0_f64;
            for k in 0..1 << 17 {
                worst = worst.max(guess(1.0 + f64::from(k) / 65536.0).max(guess(2.0 + f64::from(k) / 32768.0)));
            }
            let mut off = worst + 2f64.powi(-15);
            assert!(off < 1.0 / 28.0, "the first guess is off by {off}");
            for _ in program.steps.iter().filter(|(_, name)| name.starts_with('y') && *name != "y0") {
                // three halves of the square, and three roundings, of which none counts more than once
                off = 1.5 * off * off + 0.5 * off * off * off + 3.0 * unit;
            }
            let whole = if level == Level::Double {
                // The square of the leading digits is exact, and what near leaves of it as well. The step, a part in 2^25 of the root, is
                // off by what 1/√near, of which two factors are made, and the root are, by the square of a quarter of it, and by four
                // roundings. The last sum is rounded.
                let step = 2f64.powi(-25) + 2.0 * off;
                1.0 + step * (2.0 * off + step * step / 2.0 + 5.0 * unit) / unit
            } else {
                // the square is rounded, if it is not fused, half of which counts, and the last sum; what the root is off by counts
                // squared, and what the step is off by counts as often as the step
                let step = (off + unit) * (off + 4.0 * unit);
                (if fused { 0.0 } else { 0.5 }) + 1.0 + 2.0 * step / unit
            };
            let whole = (whole + 1e-9) * SLACK;
            proved("sqrt", (level, fused), whole, program.bound.relative);
        }
    }
}
