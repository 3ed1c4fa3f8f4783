//! Two forms of a class, each the better one on a part of the line → one that chooses between them by a threshold of |w|.

use std::collections::BTreeSet;

use super::error::Approx;
use super::extract::{Extraction, State};
use super::order::Hold;
use super::piece::Piece;
use super::term::Head;

impl Extraction<'_> {
    /// Offers what takes one form of the class near 0 and another one far from it.
    pub(super) fn parted(&mut self, class: usize) {
        use Hold::{Best, Inner};
        if !self.question.thresholds {
            return;
        }
        let (Some(near), Some(far)) = (self.held(class, Inner), self.held(class, Best)) else { return };
        let whole = |state: &State| !matches!(state.term.head, Head::Below(_));
        if near.term.id != far.term.id
            && whole(near)
            && whole(far)
            && let Some(state) = self.at_threshold(class, near, far)
        {
            self.keep(class, Best, state);
        }
    }

    /// `near` below the threshold with which the bound is the least, `far` above.
    fn at_threshold(&self, class: usize, near: &State, far: &State) -> Option<State> {
        let pieces = self.question.pieces;
        let thresholds: BTreeSet<u64> = pieces
            .iter()
            .filter(|piece| piece.lo >= 0.25 && piece.lo <= 1024.0)
            .map(|piece| piece.lo.to_bits())
            .collect();
        let mut best: Option<State> = None;
        for threshold in thresholds {
            let below = |piece: &Piece| piece.hi <= f64::from_bits(threshold);
            let approx: Vec<Option<Approx>> = (pieces.iter().zip(near.approx.iter().zip(far.approx.iter())))
                .map(|(piece, (near, far))| if below(piece) { *near } else { *far })
                .collect();
            let state = self.state(approx, far.ends, class, Head::Below(threshold), &[near, far]);
            if best.as_ref().is_none_or(|best| state.cost.less(&best.cost, Hold::Best)) {
                best = Some(state);
            }
        }
        best
    }
}
