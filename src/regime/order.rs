//! Bounds over the pieces → which of two forms of a class is the better one.
//!
//! Forms are compared by their largest bound, their mean bound, and a small price of each operation that nothing else
//! needs.

use super::error::Approx;
use super::piece::{self, Piece};
use crate::arithmetic::Arithmetic;
use crate::interval::Wide;
use crate::kernel::Format;

/// How a class is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// The best single float.
    Best,
    /// The best single float that is finite at |w| = ∞.
    Finite,
    /// The best pair.
    Pair,
    /// The single float that is best where the exponential is normal: what is lost on the tails may not show in a product.
    Inner,
}

/// How many ways there are.
pub const HOLDS: usize = 4;

/// What half an addition costs, in ulps: an exponential that nothing before needs must win three quarters of one.
const PRICE: f64 = 0.03;

/// The same in f32, where a vector holds twice as many.
const PRICE_SINGLE: f64 = 0.015;

/// A form as far as it is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Pieces without any bound.
    unbounded: u32,
    /// Pieces without a bound that is worth having.
    infinite: u32,
    /// Largest bound.
    largest: f64,
    /// Both on the inner pieces alone.
    inner: (u32, f64),
    /// Mean of finite bounds on the inner pieces.
    mean: f64,
    /// Operations that are not free.
    pub operations: u32,
    /// What one of them costs.
    price: f64,
}

impl Cost {
    /// The cost of bounds over the pieces; those of a class that crosses 0 are taken relative to `magnitudes`.
    pub fn of(
        approx: &[Option<Approx>],
        magnitudes: Option<&[Wide]>,
        (pieces, format, arithmetic): (&[Piece], Format, Arithmetic),
        operations: u32,
    ) -> Cost {
        let inner = piece::inner(arithmetic);
        let price = if arithmetic == Arithmetic::F32 { PRICE_SINGLE } else { PRICE };
        let mut cost = Cost { unbounded: 0, infinite: 0, largest: 0.0, inner: (0, 0.0), mean: 0.0, operations, price };
        let grain = if arithmetic.widens(format) { 1e4 } else { 1e3 };
        for (at, one) in approx.iter().enumerate() {
            let ulps = match (one, magnitudes) {
                (None, _) => f64::INFINITY,
                (Some(one), None) => one.ulps(format, None),
                (Some(one), Some(least)) => one.ulps_of(format, least[at]),
            };
            cost.unbounded += u32::from(one.is_none());
            let worth = if ulps > 1e6 { None } else { Some((ulps * grain).round() / grain) };
            cost.infinite += u32::from(worth.is_none());
            cost.largest = cost.largest.max(worth.unwrap_or(0.0));
            if pieces[at].hi <= inner {
                cost.inner.0 += u32::from(worth.is_none());
                cost.inner.1 = cost.inner.1.max(worth.unwrap_or(0.0));
                cost.mean += worth.unwrap_or(0.0);
            }
        }
        let count = pieces.iter().filter(|piece| piece.hi <= inner).count();
        cost.mean /= count.max(1) as f64;
        cost
    }

    /// Its largest bound, in ulps.
    pub fn bound(&self) -> f64 {
        if self.infinite > 0 { f64::INFINITY } else { self.largest }
    }

    /// The tails are no fault of the form: they are judged where it is used.
    pub fn without_tails(self) -> Cost {
        Cost { infinite: 0, ..self }
    }

    /// What is lost away from the worst place counts too.
    fn score(&self, largest: f64) -> f64 {
        largest + self.mean + self.price * f64::from(self.operations)
    }

    /// Is it the better one, held in this way?
    pub fn less(&self, other: &Cost, hold: Hold) -> bool {
        let by = |key: &dyn Fn(&Cost) -> f64| key(self).total_cmp(&key(other));
        let infinite = |key: &dyn Fn(&Cost) -> u32| key(self).cmp(&key(other));
        let order = match hold {
            Hold::Inner => infinite(&|cost| cost.unbounded)
                .then(infinite(&|cost| cost.inner.0))
                .then(by(&|cost| cost.score(cost.inner.1)))
                .then(infinite(&|cost| cost.infinite)),
            Hold::Best | Hold::Finite | Hold::Pair => infinite(&|cost| cost.infinite)
                .then(infinite(&|cost| cost.unbounded))
                .then(by(&|cost| cost.score(cost.largest))),
        };
        order.is_lt()
    }
}
