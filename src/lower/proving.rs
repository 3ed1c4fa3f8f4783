//! A kernel without bounds → the bounds that are proved for it: its lets run over errors instead of numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::affine::Affine;
use super::making::Lowered;
use super::ranges::Ranges;
use super::unit::{self, Given};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{Kernel, Proved, Val};
use crate::regime::bound;
use crate::regime::error::Approx;
use crate::regime::piece::{self, Piece};
use crate::regime::pivot::PIVOT;
use crate::regime::unit::{AtNoRest, RATIO, RATIO_MOST};

/// More ulps than what a result has digits for.
const USELESS: f64 = 1e6;

/// What bounds are proved with.
pub struct Proving<'a> {
    /// The kernel, and what is known of its lets.
    pub lowered: &'a Lowered,
    /// The pivot.
    pub affine: &'a Affine,
    /// Where open parameters lie.
    pub ranges: &'a Ranges,
    /// What a pivot in (0, 1) is made of.
    pub given: Option<&'a Given>,
    /// For outputs that cross 0, the sum of absolute terms.
    pub terms: &'a [Option<Expr>],
    /// Is the magnitude of the form that sum?
    pub exact: &'a [bool],
}

impl Proving<'_> {
    /// Gives each output the bounds that are proved for the kernel.
    pub fn prove(&self, kernel: &mut Kernel) {
        let (affine, ranges, format, lowered) = (self.affine, self.ranges, kernel.format, self.lowered);
        let (arithmetic, set) = (kernel.arithmetic(), kernel.level.set(kernel.fused));
        let shift = self.given.and_then(|given| given.shift.as_ref());
        let of_unit = |known: BTreeMap<&'static str, Option<Approx>>, left: f64| -> bound::Leaves {
            let point = |value: f64| Some(Approx::exact(arithmetic, Interval::point(value)));
            let beyond = lowered.beyond.iter().map(|val| (*val, point(0.0)));
            let left = lowered.left.map(|val| (val, point(left)));
            lowered.unit.iter().map(|(name, val)| (*val, known[name])).chain(beyond).chain(left).collect()
        };
        let leaves = |piece: &Piece| match self.given {
            Some(given) => of_unit(unit::approx(piece, arithmetic, set, given), 1.0),
            None => {
                let (single, pair) = affine.error(piece, ranges);
                let pair = lowered.pivot.pair.map(|val| (val, Some(pair)));
                let scaled = lowered.scaled.map(|val| (val, Some(affine.scaled_error(piece, ranges))));
                [(lowered.pivot.single, Some(single))].into_iter().chain(pair).chain(scaled).collect()
            }
        };
        let is_unit = !lowered.unit.is_empty();
        let names = |piece: &Piece, name: &str| match (is_unit, name) {
            (true, _) => unit::values(piece).get(name).copied(),
            (false, PIVOT) => Some(piece.pivot()),
            (false, _) => None,
        };
        let model = bound::Model {
            kernel,
            leaves: &leaves,
            names: &names,
            last: bound::last(kernel),
            constants: &self.lowered.constants,
            meanings: &self.lowered.meanings,
            terms: self.terms,
            exact: self.exact,
        };
        let pieces = match self.given {
            Some(given) => unit::fine(format, given),
            None => piece::fine(format, arithmetic, affine.largest(ranges)),
        };
        let all = ranges.boxes().into_iter();
        let mut bounds: Vec<(String, Vec<f64>)> =
            all.map(|range| (range.words(), bound::prove(&model, &pieces, &range.sides()))).collect();
        if let Some((by, rest)) = shift.filter(|(_, rest)| *rest != AtNoRest::Zero) {
            let known = unit::approx_at_no_rest(*by, arithmetic, set);
            let (leaves, names) = (
                |_: &Piece| of_unit(known.clone(), 0.0),
                |_: &Piece, name: &str| known.get(name)?.map(|known| known.value),
            );
            self.at_no_rest(&bound::Model { leaves: &leaves, names: &names, ..model }, rest, &mut bounds);
        }
        for (place, output) in kernel.outputs.iter_mut().enumerate() {
            let of_terms = self.terms[place].is_some();
            let proved =
                bounds.iter().map(|(within, ulps)| Proved { ulps: ulps[place], of_terms, within: within.clone() });
            // a bound that says nothing is none
            let worth = |proved: &Proved| proved.ulps.is_finite() && !(is_unit && proved.ulps > USELESS);
            output.bounds = proved.filter(worth).collect();
        }
    }

    /// Where nothing is left of 1, and the loss is not 0 there: one piece, at which an open exponent is 0.
    fn at_no_rest(&self, model: &bound::Model, rest: &AtNoRest, bounds: &mut [(String, Vec<f64>)]) {
        let open = |name: &Arc<str>| model.kernel.parameters.iter().position(|parameter| parameter.name == **name);
        let zero = match rest {
            AtNoRest::ZeroAbove(exponent) => open(exponent),
            AtNoRest::Zero | AtNoRest::Same => None,
        };
        let piece = Piece { negative: false, lo: 0.0, hi: 0.0 };
        for (range, (_, ulps)) in self.ranges.boxes().into_iter().zip(bounds) {
            let mut sides = range.sides();
            for side in &mut sides {
                side.parameters.extend(zero.map(|place| (place, Interval::point(0.0))));
            }
            let found = bound::prove(model, std::slice::from_ref(&piece), &sides);
            ulps.iter_mut().zip(found).for_each(|(ulps, found)| *ulps = ulps.max(found));
            if self.by_ratio(model, 0) {
                ulps[0] = f64::INFINITY;
            }
        }
    }

    /// Is the ratio of −log p to 1 − p a part of the output? Where nothing is left of 1 it is none.
    fn by_ratio(&self, model: &bound::Model, output: usize) -> bool {
        let ratio =
            |val: Val| self.lowered.unit.iter().any(|(name, of)| matches!(*name, RATIO | RATIO_MOST) && *of == val);
        let mut parts = BTreeSet::from([model.kernel.outputs[output].value]);
        // operands are earlier lets
        while let Some(val) = parts.pop_last() {
            if ratio(val) {
                return true;
            }
            parts.extend(model.kernel.lets[val.0].inst.operands());
        }
        false
    }
}
