//! Pairs of floats hi + lo, about 107 bits, with the error bounds of their operations.
//!
//! u = 2^−53, and every pair has |lo| ≤ u·|hi|. Bounds are relative to the exact result (Joldes, Muller, Popescu, *Tight
//! and rigorous error bounds for basic building blocks of double-word arithmetic*, 2017): sum 3u²/(1 − 4u) (their
//! algorithm 6), product 7u² (algorithm 10), product with a float 3u² (algorithm 8). The quotient is their algorithm 17
//! over algorithm 8; its rest x − q·y is at most 3.1u·|x|, so that the product (3u²), the difference of the tails (2u²),
//! the sum (3.1u²), the tail left out of the divisor (3.1u²) and the last quotient (3.1u²) make 14.3u². The constants
//! below are above these. Operands are of moderate size, leading parts between 2^−300 and 2^300: nothing over- or
//! underflows.

/// A sum hi + lo of two floats, |lo| ≤ 2^−53·|hi|.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pair {
    pub(crate) hi: f64,
    pub(crate) lo: f64,
}

/// u² = 2^−106
pub(crate) const UNIT: f64 = 1.0 / (1u128 << 106) as f64;
/// Bound of the error of a sum, relative.
pub(crate) const SUM: f64 = 4.0 * UNIT;
/// Bound of the error of a product, relative.
pub(crate) const PRODUCT: f64 = 8.0 * UNIT;
/// Bound of the error of a quotient, relative.
pub(crate) const QUOTIENT: f64 = 24.0 * UNIT;

/// a + b exactly (Knuth).
#[inline]
pub(crate) fn two_sum(a: f64, b: f64) -> Pair {
    let hi = a + b;
    let other = hi - a;
    Pair { hi, lo: (a - (hi - other)) + (b - other) }
}

/// a + b exactly, for |a| ≥ |b| or a = 0 (Dekker).
#[inline]
pub(crate) fn fast_two_sum(a: f64, b: f64) -> Pair {
    let hi = a + b;
    Pair { hi, lo: b - (hi - a) }
}

/// a in two halves of 26 bits (Veltkamp).
#[inline]
fn split(a: f64) -> (f64, f64) {
    let scaled = a * 134_217_729.0;
    let high = scaled - (scaled - a);
    (high, a - high)
}

/// a · b exactly (Dekker).
#[inline]
pub(crate) fn two_product(a: f64, b: f64) -> Pair {
    let hi = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    Pair { hi, lo: ((a1 * b1 - hi) + a1 * b2 + a2 * b1) + a2 * b2 }
}

impl Pair {
    pub(crate) const ZERO: Pair = Pair { hi: 0.0, lo: 0.0 };
    pub(crate) const ONE: Pair = Pair { hi: 1.0, lo: 0.0 };

    #[inline]
    pub(crate) fn of(value: f64) -> Pair {
        Pair { hi: value, lo: 0.0 }
    }

    #[inline]
    pub(crate) fn neg(self) -> Pair {
        Pair { hi: -self.hi, lo: -self.lo }
    }

    /// self + other, within `SUM`.
    #[inline]
    pub(crate) fn add(self, other: Pair) -> Pair {
        let high = two_sum(self.hi, other.hi);
        let low = two_sum(self.lo, other.lo);
        let middle = fast_two_sum(high.hi, high.lo + low.hi);
        fast_two_sum(middle.hi, low.lo + middle.lo)
    }

    /// self · other, within `PRODUCT`.
    #[inline]
    pub(crate) fn mul(self, other: Pair) -> Pair {
        let product = two_product(self.hi, other.hi);
        fast_two_sum(product.hi, product.lo + (self.hi * other.lo + self.lo * other.hi))
    }

    /// self · factor, within `PRODUCT`.
    #[inline]
    pub(crate) fn scale(self, factor: f64) -> Pair {
        let product = two_product(self.hi, factor);
        fast_two_sum(product.hi, product.lo + self.lo * factor)
    }

    /// self / other, within `QUOTIENT`.
    #[inline]
    pub(crate) fn div(self, other: Pair) -> Pair {
        let first = self.hi / other.hi;
        let back = other.scale(first);
        // the leading parts are within a factor of 1 ± 2u of each other, so their difference is exact
        let rest = (self.hi - back.hi) + (self.lo - back.lo);
        fast_two_sum(first, rest / other.hi)
    }
}
