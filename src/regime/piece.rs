//! The domain in pieces: sign and magnitude of the pivot, from 0 to the largest float.
//!
//! Bounds are computed piece by piece; a regime is a run of pieces that share one form.

use crate::arithmetic::Arithmetic;
use crate::interval::Interval;
use crate::kernel::Format;

/// A stretch of the pivot's values: `lo ≤ |w| ≤ hi`, on one side of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// w < 0?
    pub negative: bool,
    /// Least magnitude.
    pub lo: f64,
    /// Greatest magnitude.
    pub hi: f64,
}

impl Piece {
    /// |w|
    pub fn magnitude(&self) -> Interval {
        Interval::new(self.lo, self.hi)
    }

    /// w
    pub fn pivot(&self) -> Interval {
        if !self.negative {
            return self.magnitude();
        }
        let below = Interval::new(-self.hi, -self.lo);
        if self.lo > 0.0 { below } else { below.intersect(&Interval::negative_reals()).unwrap_or(below) }
    }
}

/// Where |w| is cut for the search of forms: the tails of exp and the neighbourhood of 0 apart.
const COARSE: [f64; 9] = [0.0, 1e-9, 0.03125, 0.5, 1.0, 2.0, 4.0, 8.0, 32.0];

/// Pieces for the search of forms.
pub fn coarse(format: Format, arithmetic: Arithmetic, largest: f64) -> Vec<Piece> {
    // in f32 errors of some u decide between forms, and wide pieces overrate them
    let more: &[f64] = match arithmetic {
        Arithmetic::F32 => &[0.125, 0.25, 0.75, 1.5, 3.0, 64.0, 87.0, 104.0],
        Arithmetic::F64 | Arithmetic::Pair => &[128.0, 512.0, 700.0, 746.0],
    };
    sides([&COARSE, more].concat(), format, largest)
}

/// Up to this magnitude of the pivot exp(−|w|) is a normal number.
pub fn inner(arithmetic: Arithmetic) -> f64 {
    match arithmetic {
        Arithmetic::F32 => 87.0,
        Arithmetic::F64 | Arithmetic::Pair => 700.0,
    }
}

/// Pieces for the bound of the finished kernel: steps of 1/8 to 8, of 1/4 to 64, of 2 to 748, then octaves; and where
/// exp(−|w|) turns subnormal.
pub fn fine(format: Format, arithmetic: Arithmetic, largest: f64) -> Vec<Piece> {
    let mut cuts = vec![0.0];
    cuts.extend((-40..=-4).map(|power| 2f64.powi(power)));
    cuts.extend((1..64).map(|step| f64::from(step) / 8.0));
    cuts.extend((32..256).map(|step| f64::from(step) / 4.0));
    cuts.extend((32..=374).map(|step| f64::from(step) * 2.0));
    // exp(−|w|) turns subnormal between these two, and only there
    let turn = (-arithmetic.format().least_normal().ln() * 1e3).floor() / 1e3;
    cuts.extend([turn, turn + 1e-3]);
    sides(cuts, format, largest)
}

/// Both sides, up to the largest magnitude of the pivot.
fn sides(mut cuts: Vec<f64>, format: Format, largest: f64) -> Vec<Piece> {
    cuts.extend([clamp(format), 1e5, 1e15, largest]);
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    cuts.retain(|cut| *cut <= largest);
    let side = |negative: bool| cuts.windows(2).map(move |pair| Piece { negative, lo: pair[0], hi: pair[1] }).collect();
    let (mut all, other): (Vec<Piece>, Vec<Piece>) = (side(true), side(false));
    all.extend(other);
    all
}

/// Beyond this magnitude exp(−|w|), times anything of the size of |w|, is far below the smallest subnormal of the
/// format: the least power of two A with A·exp(−A) < 2^−30 of it.
pub fn clamp(format: Format) -> f64 {
    let smallest = match format {
        Format::F32 => f64::from(f32::from_bits(1)).ln(),
        Format::F64 => -1074.0 * std::f64::consts::LN_2,
    };
    let mut at = 2.0_f64;
    while at.ln() - at > smallest - 30.0 * std::f64::consts::LN_2 {
        at *= 2.0;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clamp_is_a_power_of_two_above_the_tail() {
        assert_eq!(clamp(Format::F32), 256.0);
        assert_eq!(clamp(Format::F64), 1024.0);
    }

    #[test]
    fn pieces_cover_both_sides_without_gaps() {
        for pieces in [coarse(Format::F32, Arithmetic::F32, 3e38), fine(Format::F64, Arithmetic::F64, f64::INFINITY)] {
            for pair in pieces.windows(2) {
                assert!(pair[0].hi == pair[1].lo || pair[0].negative != pair[1].negative);
            }
            assert_eq!(pieces.iter().filter(|piece| piece.lo == 0.0).count(), 2);
        }
    }
}
