//! Rows of numbers that are divided by their sum, drawn where kernels go wrong: at many scales, near both ends, at the ends of a clip.

use super::super::apart::{Asked, How, Open};
use super::super::points::Xorshift;
use super::NormalisedJudge;
use crate::kernel::Format;

/// Draws rows and the values of the open parameters of their classes.
pub struct Draw<'a> {
    judge: &'a NormalisedJudge<'a>,
    open: Open,
    random: Xorshift,
    /// How many rows were drawn at an end.
    ends: usize,
}

impl<'a> Draw<'a> {
    /// From a seed.
    pub fn new(judge: &'a NormalisedJudge<'a>, seed: u64) -> Draw<'a> {
        let open = Open::of(&judge.kernel.term, judge.derivation);
        Draw { judge, open, random: Xorshift::new(seed), ends: 0 }
    }

    /// A row of so many classes of one kind, with a target or with labels, and the classes that are looked at.
    pub fn row(&mut self, classes: usize, kind: usize, labels: bool) -> (Asked, Vec<usize>, Vec<Vec<f64>>) {
        let open = self.open.of_classes(classes, &mut self.random);
        let target = self.random.below(classes);
        let p = self.numbers(classes, target, kind);
        let mut looked_at = vec![target];
        let greatest = (0..classes).filter(|class| *class != target).max_by(|a, b| p[*a].total_cmp(&p[*b]));
        looked_at.extend(greatest);
        while looked_at.len() < classes.min(4) {
            let class = self.random.below(classes);
            if !looked_at.contains(&class) {
                looked_at.push(class);
            }
        }
        if !labels {
            return (Asked { p, how: How::Target(target) }, looked_at, open);
        }
        let format = self.judge.kernel.format();
        let soft = self.random.below(3) > 0;
        let label = |class: usize, random: &mut Xorshift| match (class == target, soft) {
            (true, false) => 1.0,
            (false, false) => 0.0,
            (true, true) => format.round(1.0 - random.unit() / 2.0),
            (false, true) => format.round([0.0, random.unit() / 8.0, 3.0 * random.unit()][random.below(3)]),
        };
        let y = (0..classes).map(|class| label(class, &mut self.random)).collect();
        (Asked { p, how: How::Labels(y) }, looked_at, open)
    }

    /// The numbers of a row: of sum 1, at another scale, with one that has nearly everything, with a target that has nearly nothing,
    /// with zeros, at the ends of the clip, and no row.
    fn numbers(&mut self, classes: usize, target: usize, kind: usize) -> Vec<f64> {
        let (format, random) = (self.judge.kernel.format(), &mut self.random);
        let round = |p: f64| format.round(p);
        let [small, smallest]: [f64; 2] = if format == Format::F32 { [-120.0, -149.0] } else { [-900.0, -1074.0] };
        let power = |random: &mut Xorshift, least: f64| (least * random.unit()).exp2();
        let mut p: Vec<f64> = (0..classes).map(|_| random.unit()).collect();
        match kind % 8 {
            0 => {
                let spread = 1.0 + 30.0 * random.unit();
                p.iter_mut().for_each(|p| *p = (spread * (*p - 0.5)).exp());
                let sum: f64 = p.iter().sum();
                p.iter_mut().for_each(|p| *p /= sum);
            }
            1 => {
                let scale = if random.below(2) == 0 { power(random, small) } else { power(random, 80.0) };
                p.iter_mut().for_each(|p| *p *= scale);
            }
            2 => {
                // what is left of 1 stays a normal number
                let least = (smallest / 2.0).max(-500.0);
                p.iter_mut().for_each(|p| *p *= power(random, least));
                let own = if random.below(3) > 0 { target } else { random.below(classes) };
                p[own] = 1.0;
            }
            3 => p[target] = power(random, smallest),
            4 => {
                let left = random.below(4);
                p.iter_mut().enumerate().filter(|(class, _)| left == 0 || class % 2 == 0).for_each(|(_, p)| *p = 0.0);
                p[if random.below(2) == 0 { target } else { (target + 1) % classes }] = 0.5;
            }
            5 => self.at_an_end(&mut p, target),
            6 => {
                let wrong = [f64::NAN, -0.25, f64::INFINITY, 1e31, 0.0][random.below(5)];
                p[random.below(classes)] = wrong;
                if wrong == 0.0 {
                    p.fill(0.0);
                }
            }
            _ => p.iter_mut().for_each(|p| *p = (*p * 64.0).ceil() / 64.0),
        }
        p.into_iter().map(round).collect()
    }

    /// A row of sum 1 whose target's share is an end of the clip, beside it or beyond it.
    fn at_an_end(&mut self, p: &mut [f64], target: usize) {
        let Some([lo, hi]) = self.judge.clip else { return };
        let classes = p.len();
        let (first, second) = ((target + 1) % classes, (target + 2) % classes);
        p.fill(0.0);
        self.ends += 1;
        match self.ends % 4 {
            // 1 - hi is a number of the format
            0 => [p[target], p[first]] = [hi, 1.0 - hi],
            1 if classes > 2 => {
                // lo, and 1 - lo in two parts that are
                let power = lo.log2().ceil().exp2();
                [p[target], p[first], p[second]] = [lo, 1.0 - power, power - lo];
            }
            2 => [p[target], p[first]] = [lo / 2.0, 1.0],
            _ => [p[target], p[first]] = [1.0, lo / 2.0],
        }
    }
}
