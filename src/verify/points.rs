//! Kernel × number × seed → inputs where kernels go wrong, the same on every run.
//!
//! Three parts: the edges (zeros, infinities, NaN, the ends of the format, every turn of the kernel from both
//! sides, labels that are none); a grid over every binade; and points drawn by a fixed generator, dense in
//! [−50, 50], where results are subnormal, and around the roots of the outputs. Of an input in a bounded domain see
//! `bounded`.

use std::collections::BTreeSet;

use super::bounded;
use super::line;
use super::plan;
use super::turn::{Turn, turns};
use crate::kernel::{Format, Inst, Kernel};

/// Inputs of the kernel's format, widened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Points {
    /// The differentiated input.
    pub x: Vec<f64>,
    /// The label.
    pub y: Vec<f64>,
}

impl Points {
    /// Number of points.
    pub fn len(&self) -> usize {
        self.x.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    pub(super) fn push(&mut self, x: f64, y: f64) {
        self.x.push(x);
        self.y.push(y);
    }
}

/// `n` points for a kernel, or as many as its edges need where that is more; `open` are the values of its open
/// parameters.
pub fn points(kernel: &Kernel, open: &[f64], n: usize, seed: u64) -> Points {
    let turns = turns(kernel, open);
    let mut points = edges(kernel, &turns);
    let rest = n.saturating_sub(points.len());
    let cut = crate::kernel::clip(&kernel.parameters).map(|_| [0.0, 1.0]);
    if let Some(within) = kernel.within.or(cut) {
        bounded::points(&mut points, kernel.format, within, rest, &turns, &mut Xorshift::new(seed));
        return points;
    }
    grid(&mut points, kernel.format, rest / 4, &mut Xorshift::new(seed));
    random(&mut points, kernel.format, rest - rest / 4, &turns, &mut Xorshift::new(seed ^ 0x5eed));
    points
}

/// Labels that are none.
const BAD_LABELS: [f64; 6] = [0.5, -1.0, 2.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Zeros, infinities, NaN, ends of the format, thresholds and turns from both sides, labels that are none.
fn edges(kernel: &Kernel, turns: &[Turn]) -> Points {
    let format = kernel.format;
    let mut both = BTreeSet::new();
    for centre in thresholds(kernel) {
        for sign in [1.0, -1.0] {
            around(&mut both, format.round(sign * centre), format);
        }
    }
    let mut points = Points::default();
    for y in [0.0, 1.0] {
        let mut ranks = both.clone();
        for turn in turns.iter().filter(|turn| turn.y == y) {
            around(&mut ranks, turn.below, format);
            around(&mut ranks, turn.above, format);
        }
        ranks.iter().for_each(|&rank| points.push(line::at(rank, format), y));
        points.push(f64::NAN, y);
    }
    for y in BAD_LABELS {
        for x in [0.0, -0.0, 1.5, -30.0, f64::INFINITY, f64::NAN] {
            points.push(x, y);
        }
    }
    points.push(1.0, -0.0);
    points
}

/// Magnitudes that deserve both sides: ends of the format and of the proved bounds, constants of the kernel, and the arguments at which
/// `exp` leaves the format or f64, in which kernels compute.
fn thresholds(kernel: &Kernel) -> Vec<f64> {
    let mut all = vec![0.0, 1.0, f64::INFINITY];
    for format in [kernel.format, Format::F64] {
        let ends = [format.greatest(), format.least_normal(), format.least()];
        all.extend(ends.iter().map(|end| end.ln().abs()));
        all.push(-(format.least().ln() - 2f64.ln()));
        all.extend(ends);
    }
    all.extend(kernel.lets.iter().filter_map(|one| match one.inst {
        Inst::Const(value) | Inst::AtMost(_, value) => Some(value.abs()),
        _ => None,
    }));
    let named = |name: &String| kernel.parameters.iter().any(|parameter| parameter.name == *name);
    all.extend(plan::ends(kernel).iter().filter(|(name, _)| !named(name)).map(|(_, end)| end.to_f64().abs()));
    all.retain(|value| !value.is_nan());
    all
}

/// A float, its nearest neighbours, and neighbours ever farther away.
fn around(ranks: &mut BTreeSet<i64>, centre: f64, format: Format) {
    let (first, last) = (line::rank(f64::NEG_INFINITY, format), line::rank(f64::INFINITY, format));
    let centre = line::rank(centre, format);
    for steps in [0, 1, 2, 3, 8, 1 << 10, 1 << 18] {
        ranks.extend([centre - steps, centre + steps].map(|rank| rank.clamp(first, last)));
    }
}

/// Points over every binade, both signs and labels in turn; of each its ends first.
fn grid(points: &mut Points, format: Format, n: usize, random: &mut Xorshift) {
    let binades = binades(format);
    let slots = 4 * binades.len() as u128;
    let mut before = (u128::MAX, 0);
    for i in 0..n as u128 {
        let slot = i * slots / n as u128;
        let turn = if slot == before.0 { before.1 + 1 } else { 0 };
        before = (slot, turn);
        let (first, width) = binades[(slot / 4) as usize];
        // Where there is but one point in a slot, it is any of the binade's.
        let single = (n as u128) < 2 * slots;
        let within = match turn {
            0 if !single => 0,
            1 if !single => width - 1,
            _ => (random.next() % width as u64) as i64,
        };
        let magnitude = line::at(first + within, format);
        let sign = if slot & 1 == 0 { 1.0 } else { -1.0 };
        points.push(sign * magnitude, f64::from(slot & 2 == 0));
    }
}

/// First rank and number of floats of each binade, the subnormal ones included.
fn binades(format: Format) -> Vec<(i64, i64)> {
    let fraction = format.precision() - 1;
    let normal = 1i64 << fraction;
    let count = line::rank(f64::INFINITY, format) / normal - 1;
    let subnormal = (0..fraction).map(|k| (1i64 << k, 1i64 << k));
    subnormal.chain((1..=count).map(|k| (k * normal, normal))).collect()
}

/// Half of the range that is dense.
const DENSE: f64 = 50.0;

/// Points drawn around roots, at most: only arbitrary precision settles the value there, which takes its time.
const CLOSE: usize = 1000;

/// Points drawn from zones in turn.
fn random(points: &mut Points, format: Format, n: usize, turns: &[Turn], random: &mut Xorshift) {
    let widest = turns.iter().map(|turn| turn.above.abs()).filter(|&x| x < 4096.0).fold(2.0 * DENSE, f64::max) * 1.02;
    let small: Vec<(f64, f64, f64)> = turns
        .windows(2)
        .filter(|t| t[0].subnormal && t[0].y == t[1].y)
        .map(|t| (t[0].above, t[1].below, t[0].y))
        .collect();
    let roots: Vec<&Turn> = turns.iter().filter(|turn| turn.root).collect();
    let mut close = 0;
    for i in 0..n {
        let any = f64::from(random.next() & 1 == 0);
        let (x, y) = match i % 20 {
            0..=2 => (random.signed() * (random.unit() * 41.0 - 30.0).exp2(), any),
            3..=5 => (random.signed() * random.unit() * widest, any),
            6..=9 if !small.is_empty() => {
                let (low, high, y) = small[random.below(small.len())];
                (between(low, high, format, random), y)
            }
            10 if !roots.is_empty() && close < CLOSE => {
                close += 1;
                let root = roots[random.below(roots.len())];
                let away = (-random.unit() * f64::from(format.precision())).exp2();
                (root.above * (1.0 + random.signed() * away), root.y)
            }
            _ => (random.signed() * random.unit() * DENSE, any),
        };
        points.push(format.round(x), y);
    }
}

/// Evenly by value or evenly along the line of floats, in turn.
fn between(low: f64, high: f64, format: Format, random: &mut Xorshift) -> f64 {
    if random.next() & 1 == 0 {
        low + (high - low) * random.unit()
    } else {
        let (low, high) = (line::rank(low, format), line::rank(high, format));
        let span = (i128::from(high) - i128::from(low)).clamp(0, i128::from(i64::MAX)) as u64;
        line::at(low.wrapping_add((random.next() % (span + 1)) as i64), format)
    }
}

/// Marsaglia's xorshift64*.
pub struct Xorshift {
    state: u64,
}

impl Xorshift {
    /// From a seed; every seed is good.
    pub fn new(seed: u64) -> Xorshift {
        // One step of splitmix64, so that near seeds are far apart and the state is not 0.
        let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Xorshift { state: (z ^ (z >> 31)).max(1) }
    }

    /// The next 64 bits.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// In [0, 1).
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// 1 or −1.
    pub fn signed(&mut self) -> f64 {
        if self.next() >> 63 == 0 { 1.0 } else { -1.0 }
    }

    /// In 0..n.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn bits(points: &Points) -> Vec<(u64, u64)> {
        points.x.iter().zip(&points.y).map(|(x, y)| (x.to_bits(), y.to_bits())).collect()
    }

    #[test]
    fn as_many_as_asked_and_the_same_each_time() {
        for format in [Format::F32, Format::F64] {
            let kernel = sample::cross_entropy(format);
            let some = points(&kernel, &[], 20_000, 1);
            assert_eq!(some.len(), 20_000);
            assert_eq!(bits(&some), bits(&points(&kernel, &[], 20_000, 1)));
            assert_ne!(bits(&some), bits(&points(&kernel, &[], 20_000, 2)));
            assert!(some.x.iter().all(|&x| x.is_nan() || format.round(x) == x));
        }
    }

    #[test]
    fn every_binade_both_signs_and_labels() {
        for format in [Format::F32, Format::F64] {
            let some = points(&sample::cross_entropy(format), &[], 100_000, 3);
            let binade = |x: f64| match line::rank(x.abs(), format) {
                0 => None,
                rank => Some(binades(format).partition_point(|&(first, _)| first <= rank)),
            };
            let seen: BTreeSet<_> = some
                .x
                .iter()
                .zip(&some.y)
                .filter(|(x, _)| x.is_finite())
                .filter_map(|(&x, &y)| Some((binade(x)?, x < 0.0, y.to_bits())))
                .collect();
            let labels = [0f64, 1.0].map(f64::to_bits);
            for place in 1..=binades(format).len() {
                for label in labels {
                    assert!(seen.contains(&(place, true, label)) && seen.contains(&(place, false, label)));
                }
            }
        }
    }

    #[test]
    fn edges_come_from_both_sides() {
        let some = points(&sample::cross_entropy(Format::F32), &[], 0, 1);
        let has = |x: f64| some.x.iter().any(|&other| other.to_bits() == x.to_bits());
        for x in [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1.0, f64::from(f32::MAX)] {
            assert!(has(x), "{x}");
        }
        // The largest logit whose exp is finite in f32, and the next.
        let end = (f64::from(f32::MAX).ln()) as f32;
        assert!(has(f64::from(end.next_down())) && has(f64::from(end)) && has(f64::from(end.next_up())));
        assert!(BAD_LABELS.iter().all(|bad| some.y.iter().any(|y| y.to_bits() == bad.to_bits())));
    }

    #[test]
    fn a_million_are_quick() {
        let some = points(&sample::cross_entropy(Format::F64), &[], 1_000_000, 1);
        let dense = some.x.iter().filter(|x| x.abs() <= DENSE && x.abs() > 1e-3).count();
        let subnormal = some.x.iter().filter(|x| (708.0..746.0).contains(&x.abs())).count();
        assert!(dense > 300_000 && subnormal > 100_000, "{dense} {subnormal}");
    }
}
