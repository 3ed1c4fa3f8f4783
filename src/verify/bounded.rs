//! Kernel whose input lies in a bounded domain × number × seed → inputs in it: every binade from both ends, evenly, and
//! around roots.

use super::points::{Points, Xorshift};
use super::turn::Turn;
use crate::kernel::Format;

/// Points drawn around roots, at most: only arbitrary precision settles the value there, which takes its time.
const CLOSE: usize = 1000;

/// `n` points between both ends, labels in turn.
pub fn points(to: &mut Points, format: Format, [lo, hi]: [f64; 2], n: usize, turns: &[Turn], random: &mut Xorshift) {
    let width = hi - lo;
    let roots: Vec<&Turn> = turns.iter().filter(|turn| turn.root && turn.above > lo && turn.above < hi).collect();
    let octaves = -format.least().log2();
    // 1 less than what a unit in its last place is of has no digits to tell
    let near = f64::from(format.precision()) + 1.0;
    let mut close = 0;
    for i in 0..n {
        let y = f64::from(random.next() & 1 == 0);
        let x = match i % 10 {
            0..=2 => lo + width * (-random.unit() * octaves).exp2(),
            3..=4 => lo + width * (-random.unit() * near).exp2(),
            5..=6 => hi - width * (-random.unit() * near).exp2(),
            7 if !roots.is_empty() && close < CLOSE => {
                close += 1;
                let root = roots[random.below(roots.len())];
                let away = (-random.unit() * f64::from(format.precision())).exp2();
                root.above * (1.0 + random.signed() * away)
            }
            _ => lo + width * random.unit(),
        };
        to.push(format.round(x).clamp(lo, hi), y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_are_approached_as_far_as_floats_go() {
        for format in [Format::F32, Format::F64] {
            let mut some = Points::default();
            points(&mut some, format, [0.0, 1.0], 10_000, &[], &mut Xorshift::new(1));
            assert_eq!(some.len(), 10_000);
            assert!(some.x.iter().all(|x| (0.0..=1.0).contains(x) && format.round(*x) == *x));
            let (least, most) = (some.x.iter().copied().fold(1.0, f64::min), 1.0 - 2.0 * format.unit());
            assert!(least < format.least() * 1e3, "{least}");
            assert!(some.x.iter().any(|x| *x >= most && *x < 1.0));
        }
    }
}
