//! A pivot in (0, 1) in floats: p and q of the input and the label, their logarithms, and what each of them loses.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::Builder;
use crate::elementary::Set;
use crate::interval::{Interval, Wide};
use crate::kernel::normalised::{LARGEST_SUM, OTHERS};
use crate::kernel::{Arithmetic, Format, Inst, Val};
use crate::rational::Rational;
use crate::regime::error::Approx;
use crate::regime::extract::Leaf;
use crate::regime::piece::Piece;
use crate::regime::unit::{AtNoRest, ELL, ELL_MOST, ELL_Q, NAMES, P, Q, RATIO, RATIO_MOST};

/// What stands for an infinite logarithm where it must be finite: more than that of any float.
pub const MOST: f64 = 1024.0;

/// The values at p = 0 and at q = 0.
fn at_ends(name: &str) -> [f64; 4] {
    let [p, q] = match name {
        P => [0.0, 1.0],
        Q => [1.0, 0.0],
        ELL => [f64::INFINITY, 0.0],
        ELL_Q => [0.0, f64::INFINITY],
        ELL_MOST => [MOST, 0.0],
        RATIO => [f64::INFINITY, 1.0],
        _ => [MOST, 1.0],
    };
    [p, q, p, q]
}

/// Where every name lies on a piece.
pub fn values(piece: &Piece) -> BTreeMap<&'static str, Interval> {
    let near = piece.magnitude().intersect(&least_of_all()).unwrap_or_else(|| piece.magnitude());
    let far = Interval::new((1.0 - piece.hi).next_down(), (1.0 - piece.lo).next_up().min(1.0));
    let (p, q) = if piece.negative { (near, far) } else { (far, near) };
    // −log(1 − a) lies between a and a/(1 − a)
    let log = |of: &Interval, less: &Interval| {
        let log = of.log().map_or_else(Interval::whole, |log| log.neg());
        let around = less.div(of).map(|most| less.hull(&most));
        around.and_then(|around| around.intersect(&log)).unwrap_or(log)
    };
    let (ell, ell_q) = (log(&p, &q), log(&q, &p));
    // it falls with p, and is at most 1/p
    let ratio = |p: f64, q: Interval| {
        let p = Interval::point(p);
        log(&p, &q).div(&q)
    };
    let ends = if piece.negative {
        let q = |p: f64| Interval::new((1.0 - p).next_down(), (1.0 - p).next_up().min(1.0));
        ratio(piece.hi, q(piece.hi)).zip(ratio(piece.lo, q(piece.lo)))
    } else {
        let at = |q: f64| {
            let q = Interval::point(q);
            q.neg().log1p()?.neg().div(&q)
        };
        at(piece.lo).zip(at(piece.hi))
    };
    let least = Interval::new(1.0, f64::MAX);
    let ratio = ends.map(|(a, b)| a.hull(&b)).and_then(|both| both.intersect(&least)).unwrap_or(least);
    BTreeMap::from([(P, p), (Q, q), (ELL, ell), (ELL_MOST, ell), (ELL_Q, ell_q), (RATIO, ratio), (RATIO_MOST, ratio)])
}

/// What p and q are made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// Does a label say which of them is the input? Without one p is.
    pub labelled: bool,
    /// Where the input is cut.
    pub clip: Option<[f64; 2]>,
    /// What is added to the input, and what the loss is where nothing is left of 1.
    pub shift: Option<(f64, AtNoRest)>,
    /// Where p is the input's share in its sum with what a row hands over: what that has lost, in u.
    pub others: Option<f64>,
}

impl Given {
    /// The least that is left of 1, but for nothing: with a label it is any input.
    fn least_rest(&self, format: Format) -> f64 {
        match &self.shift {
            _ if self.others.is_some() => least_share(format),
            _ if self.labelled => format.least(),
            None => format.unit(),
            // no digit of the difference is below the last one of what is added
            Some((by, _)) => 2f64.powi(by.log2().floor() as i32) * format.unit(),
        }
    }
}

/// The least share of a row's sum, and of what is left of it, that pieces of 1 − p begin with: sums are at most 2^100. In f64 less
/// is a subnormal number, of which no bound is stated; pieces of p begin with 0.
fn least_share(format: Format) -> f64 {
    match format {
        Format::F32 => format.least() / LARGEST_SUM,
        Format::F64 => format.least_normal(),
    }
}

/// Beyond this share q is the difference of an exact difference, in which only the last one is rounded.
const EXACT: f64 = 0.25;
/// What q loses elsewhere: 1 − x up to half a u, where q is at least a quarter, and the rounding of the difference.
const TWICE: f64 = 3.0;

/// What every name holds on a piece: of p and q one is exact and the other one is rounded once; where something is added,
/// p is rounded once and q up to twice; of a share of a sum, see `approx_of_sum`.
pub fn approx(
    piece: &Piece,
    arithmetic: Arithmetic,
    set: &Set,
    given: &Given,
) -> BTreeMap<&'static str, Option<Approx>> {
    if let Some(lost) = given.others {
        return approx_of_sum(piece, arithmetic, set, lost);
    }
    let (values, shifted) = (values(piece), given.shift.is_some());
    let once = |name: &str| Approx::of(arithmetic, values[name], 1.0);
    let twice = shifted && (piece.negative || piece.hi > EXACT);
    let (p, q) = (once(P), Approx::of(arithmetic, values[Q], if twice { TWICE } else { 1.0 }));
    let minus_log = |of: &Approx, less: &Approx, name: &str| Some(of.ln(less, set)?.neg().within(values[name]));
    let (ell, ell_q) = (minus_log(&p, &q, ELL), minus_log(&q, &p, ELL_Q));
    let ratio = ell.and_then(|ell| {
        // subnormal operands are exact or as exact as others, and the quotient is about 1
        let relative = (ell.relative + q.relative + 1.0) * arithmetic.slack();
        Some(Approx::of(arithmetic, values[RATIO], relative)).filter(|ratio| ratio.relative <= arithmetic.largest())
    });
    named(p, q, ell, ell_q, ratio)
}

/// What every name holds where nothing is left of 1: p = 1 + d, with 0 ≤ d ≤ `most`, and −log p is −log1p(d).
pub fn approx_at_no_rest(most: f64, arithmetic: Arithmetic, set: &Set) -> BTreeMap<&'static str, Option<Approx>> {
    let p = Approx::of(arithmetic, Interval::new(1.0, 1.0 + most), 1.0);
    let over = Approx::of(arithmetic, Interval::new(0.0, most), 1.0);
    let exact = |value: f64| Approx::exact(arithmetic, Interval::point(value));
    named(p, exact(0.0), over.log1p(set).map(|log| log.neg()), None, Some(exact(1.0)))
}

fn named(
    p: Approx,
    q: Approx,
    ell: Option<Approx>,
    ell_q: Option<Approx>,
    ratio: Option<Approx>,
) -> BTreeMap<&'static str, Option<Approx>> {
    BTreeMap::from([
        (P, Some(p)),
        (Q, Some(q)),
        (ELL, ell),
        (ELL_MOST, ell),
        (ELL_Q, ell_q),
        (RATIO, ratio),
        (RATIO_MOST, ratio),
    ])
}

/// What every name holds on a piece where p is the input's share in its sum with others, which have lost so many u.
///
/// The sum loses what the others have, times their share in it, and its own rounding; each quotient loses that and its own.
/// In pairs p has no digits left where it is tiny: its logarithm is taken of a multiple of it, see `of_sum`.
fn approx_of_sum(
    piece: &Piece,
    arithmetic: Arithmetic,
    set: &Set,
    lost: f64,
) -> BTreeMap<&'static str, Option<Approx>> {
    let values = values(piece);
    let slack = arithmetic.slack();
    let sum = (lost * values[Q].mag().to_f64_up() + 1.0) * slack;
    let mut p = Approx::of(arithmetic, values[P], (sum + 1.0) * slack);
    let q = Approx::of(arithmetic, values[Q], (lost + sum + 1.0) * slack);
    let pair = arithmetic == Arithmetic::Pair;
    if pair && values[P].lo().to_f64_down() < 2f64.powi(-960) {
        p.absolute = Wide::from_f64(f64::from_bits(1));
    }
    let log = |of: &Approx, less: &Approx| Some(of.ln(less, set)?.neg());
    let plain = (!pair || !piece.negative || piece.lo > 2f64.powi(RAISED_BELOW - 1)).then(|| log(&p, &q));
    let raised = (pair && piece.negative && piece.hi < 2f64.powi(RAISED_BELOW + 1)).then(|| {
        let by = Interval::point(2f64.powi(RAISED));
        let of = Approx::of(arithmetic, values[P].intersect(&least_of_all())?.mul(&by)?, p.relative);
        let less = Approx::of(arithmetic, Interval::new(1.0 - f64::EPSILON, 1.0), 1.0);
        let apart = Approx::of(arithmetic, Interval::of_rational(&raised_log()), 2.0);
        log(&of, &less)?.add(&apart)
    });
    let ell = match (plain, raised) {
        (Some(one), None) | (None, Some(one)) => one,
        (Some(plain), Some(raised)) => plain.zip(raised).map(|(a, b)| a.either(&b)),
        (None, None) => None,
    };
    let ell = ell.map(|ell| ell.within(values[ELL]));
    // where p has no digits left, −log(1 − p) is less than what it may be off by
    let ell_q = match p.absolute == Wide::from_f64(0.0) {
        true => log(&q, &p).map(|ell| ell.within(values[ELL_Q])),
        false => {
            let nothing = Approx::of(arithmetic, values[ELL_Q], 0.0);
            Some(Approx { absolute: nothing.most.mul_up(Wide::from_f64(2.0)).add_up(p.absolute), ..nothing })
        }
    };
    let ratio = ell.and_then(|ell| {
        let relative = (ell.relative + q.relative + 1.0) * slack;
        Some(Approx::of(arithmetic, values[RATIO], relative)).filter(|ratio| ratio.relative <= arithmetic.largest())
    });
    named(p, q, ell, ell_q, ratio)
}

/// Shares are at least this: the least number over the largest sum.
fn least_of_all() -> Interval {
    let least = Interval::point(f64::from_bits(1)).div(&Interval::point(LARGEST_SUM)).unwrap_or_else(Interval::whole);
    least.hull(&Interval::point(1.0))
}

/// In pairs the logarithm of p below 2^−700 is that of 2^300 p, less 300 log 2: p itself may be subnormal.
const RAISED: i32 = 300;
/// See [`RAISED`].
const RAISED_BELOW: i32 = -700;

/// 300 log 2 to some 160 bits.
fn raised_log() -> Rational {
    // the first 53 bits of log 2, the next, and the next
    let parts = [0x3fe6_2e42_fefa_39ef, 0x3c7a_bc9e_3b39_803f, 0x3907_b57a_079a_1934].map(f64::from_bits);
    let log = parts.into_iter().filter_map(Rational::from_f64).fold(Rational::ZERO, |sum, part| &sum + &part);
    &log * &Rational::from(i64::from(RAISED))
}

/// The leaves of a search.
pub fn leaves(pieces: &[Piece], arithmetic: Arithmetic, set: &Set, given: &Given) -> BTreeMap<Arc<str>, Leaf> {
    let all: Vec<_> = pieces.iter().map(|piece| approx(piece, arithmetic, set, given)).collect();
    let leaf = |name: &'static str| Leaf {
        single: all.iter().map(|one| one[name]).collect(),
        pair: None,
        ends: at_ends(name),
        stands_in: matches!(name, ELL_MOST | RATIO_MOST),
    };
    NAMES.iter().map(|(name, _)| (Arc::from(*name), leaf(name))).collect()
}

/// Pieces for the search of forms: runs of octaves, next to p = 0 without those where a quotient may be infinite.
pub fn coarse(format: Format, arithmetic: Arithmetic, given: &Given) -> Vec<Piece> {
    let least = match arithmetic {
        Arithmetic::F32 => -60,
        Arithmetic::F64 | Arithmetic::Pair => -480,
    };
    let cuts = |least: f64| {
        let powers = [-1000, -700, -480, -240, -120, -60, -40, -24, -16, -10, -6, -4, -3, -2];
        let all = powers.map(|power| 2f64.powi(power)).into_iter().chain([0.375, 0.5]);
        std::iter::once(least).chain(all.filter(|cut| *cut > least)).collect()
    };
    halves([cuts(format.least().max(2f64.powi(least))), cuts(given.least_rest(format))])
}

/// Pieces for the bound of the finished kernel: octaves down to the least float, and 1/256 wide near the middle.
pub fn fine(format: Format, given: &Given) -> Vec<Piece> {
    let halved = |cut: &f64| Some(cut / 2.0).filter(|cut| *cut > 0.0);
    let mut cuts: Vec<f64> = std::iter::successors(Some(0.5), halved).collect();
    cuts.extend((4..128).map(|step| f64::from(step) / 256.0));
    cuts.extend((-5..=-1).flat_map(|power| [1.25, 1.5, 1.75].map(|by| by * 2f64.powi(power - 5))));
    let from = |least: f64| cuts.iter().copied().filter(|cut| *cut >= least).collect();
    let mut of_p: Vec<f64> = from(given.others.map_or(format.least(), |_| least_share(format).min(format.least())));
    if given.others.is_some() && format == Format::F64 {
        of_p.push(0.0);
    }
    halves([of_p, from(given.least_rest(format))])
}

/// From the cuts of p and of q.
fn halves(cuts: [Vec<f64>; 2]) -> Vec<Piece> {
    let side = |mut cuts: Vec<f64>, negative: bool| {
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        cuts.windows(2).map(|pair| Piece { negative, lo: pair[0], hi: pair[1] }).collect::<Vec<_>>()
    };
    let [p, q] = cuts;
    [side(p, true), side(q, false)].concat()
}

/// What the names are held in.
pub struct Lets {
    /// By name.
    pub names: BTreeMap<&'static str, Val>,
    /// Is the input below or above where it is cut? Derivatives are 0 there.
    pub beyond: Vec<Val>,
    /// Where something is added: is anything left of 1?
    pub left: Option<Val>,
}

/// The share of the input in its sum with others, cut where it is cut: neither it nor what is left is the other's difference.
fn of_sum(to: &mut Builder, clip: Option<[f64; 2]>) -> Option<Lets> {
    let x = input(to, None, &mut Vec::new())?;
    let others = to.inst(Inst::Given(OTHERS));
    let sum = to.inst(Inst::Add(x, others));
    let [p, q] = [x, others].map(|part| to.inst(Inst::Div(part, sum)));
    let (zero, one) = (to.constant(&Rational::ZERO), to.constant(&Rational::ONE));
    // p, q, and what the logarithm of p is taken of, with what that leaves of 1 and what is taken from it
    let mut parts = [p, q, p, q, zero];
    if to.arithmetic() == Arithmetic::Pair {
        let [below, by] = [RAISED_BELOW, RAISED].map(|power| Rational::from_f64(2f64.powi(power)));
        let (below, by, log) = (to.constant(&below?), to.constant(&by?), to.constant(&raised_log()));
        let is_tiny = to.inst(Inst::Less(p, below));
        let up = to.inst(Inst::Mul(x, by));
        let up = to.inst(Inst::Div(up, sum));
        parts[2..]
            .copy_from_slice(&[(up, p), (one, q), (log, zero)].map(|(a, b)| to.inst(Inst::Select(is_tiny, a, b))));
        to.call(up, "raised");
        to.call(is_tiny, "tiny");
    }
    let mut beyond = Vec::new();
    if let Some([lo, hi]) = clip {
        let [lo, hi] = [Rational::from_f64(lo)?, Rational::from_f64(hi)?];
        let [least, most] = [&lo, &hi].map(|end| to.constant(end));
        let rests = [&lo, &hi].map(|end| to.constant(&(&Rational::ONE - end)));
        let [from, until] = [least, most].map(|end| to.inst(Inst::Mul(end, sum)));
        let (below, above) = (to.inst(Inst::Less(x, from)), to.inst(Inst::Less(until, x)));
        let ends = [[least, most], rests, [least, most], rests, [zero, zero]];
        for (part, [low, high]) in parts.iter_mut().zip(ends).filter(|(part, _)| **part != zero) {
            let cut = to.inst(Inst::Select(above, high, *part));
            *part = to.inst(Inst::Select(below, low, cut));
        }
        beyond.extend([below, above]);
    }
    let [p, q, of, less, apart] = parts;
    let log = to.inst(Inst::Ln(of, less));
    let mut ell = to.inst(Inst::Neg(log));
    if apart != zero {
        ell = to.inst(Inst::Add(ell, apart));
    }
    let log_q = to.inst(Inst::Ln(q, p));
    let ell_q = to.inst(Inst::Neg(log_q));
    for (val, name) in [(x, "size"), (sum, "sum"), (log, "log_p"), (log_q, "log_q")] {
        to.call(val, name);
    }
    Some(Lets { names: names(to, [p, q, ell, ell_q]), beyond, left: None })
}

/// The lets of every name, from those of p and q and their logarithms.
fn names(to: &mut Builder, [p, q, ell, ell_q]: [Val; 4]) -> BTreeMap<&'static str, Val> {
    let (zero, one) = (to.constant(&Rational::ZERO), to.constant(&Rational::ONE));
    let most = to.inst(Inst::AtMost(ell, MOST));
    let is_none = to.inst(Inst::Equal(q, zero));
    let [full, finite] = [ell, most].map(|ell| {
        let quotient = to.inst(Inst::Div(ell, q));
        to.inst(Inst::Select(is_none, one, quotient))
    });
    to.call(is_none, "none");
    BTreeMap::from([(P, p), (Q, q), (ELL, ell), (ELL_Q, ell_q), (ELL_MOST, most), (RATIO, full), (RATIO_MOST, finite)])
}

/// The lets of every name.
pub fn lets(to: &mut Builder, given: &Given) -> Option<Lets> {
    if given.others.is_some() {
        return of_sum(to, given.clip);
    }
    let mut beyond = Vec::new();
    let x = input(to, given.clip, &mut beyond)?;
    let (zero, one) = (to.constant(&Rational::ZERO), to.constant(&Rational::ONE));
    let less = to.inst(Inst::Sub(one, x));
    let (mut p, mut q, mut left) = (x, less, None);
    if let Some((by, _)) = &given.shift {
        let by = to.constant(&Rational::from_f64(*by)?);
        p = to.inst(Inst::Add(x, by));
        let rest = to.inst(Inst::Sub(less, by));
        let some = to.inst(Inst::Less(zero, rest));
        q = to.inst(Inst::Select(some, rest, zero));
        left = Some((some, rest));
    } else if given.labelled {
        let label = to.inst(Inst::LabelIsOne);
        [p, q] = [(x, less), (less, x)].map(|(one, zero)| to.inst(Inst::Select(label, one, zero)));
    }
    let [mut ell, ell_q] = [(p, q), (q, p)].map(|(of, less)| {
        let log = to.inst(Inst::Ln(of, less));
        to.inst(Inst::Neg(log))
    });
    if let (Some((some, rest)), Some((_, AtNoRest::Same | AtNoRest::ZeroAbove(_)))) = (left, &given.shift) {
        // log p for p above 1
        let over = to.inst(Inst::Neg(rest));
        let over = to.inst(Inst::Select(some, zero, over));
        let log = to.inst(Inst::Log1p(over));
        let minus = to.inst(Inst::Neg(log));
        ell = to.inst(Inst::Select(some, ell, minus));
        to.call(over, "over");
        to.call(log, "log_over");
    }
    let names = names(to, [p, q, ell, ell_q]);
    let named = [(x, "size"), (less, "less")];
    let logs = [(p, q, "log_p"), (q, p, "log_q")].map(|(of, less, name)| (to.inst(Inst::Ln(of, less)), name));
    let of_left = left.into_iter().flat_map(|(some, rest)| [(some, "some"), (rest, "rest")]);
    for (val, name) in named.into_iter().chain(logs).chain(of_left) {
        to.call(val, name);
    }
    Some(Lets { names, beyond, left: left.map(|(some, _)| some) })
}

/// The input where it is cut, if it is; −0 is 0.
fn input(to: &mut Builder, clip: Option<[f64; 2]>, beyond: &mut Vec<Val>) -> Option<Val> {
    let x = to.inst(Inst::X);
    if let Some([lo, hi]) = clip {
        let ends = [Rational::from_f64(lo)?, Rational::from_f64(hi)?];
        let [least, most] = ends.map(|end| to.constant(&end));
        beyond.extend([to.inst(Inst::Less(x, least)), to.inst(Inst::Less(most, x))]);
        let below = to.inst(Inst::AtMost(x, hi));
        return Some(match to.arithmetic() {
            // pairs have no other limit
            Arithmetic::Pair => {
                let minus = to.inst(Inst::Neg(below));
                let above = to.inst(Inst::AtMost(minus, -lo));
                to.inst(Inst::Neg(above))
            }
            _ => to.inst(Inst::AtLeast(below, lo)),
        });
    }
    if to.arithmetic() == Arithmetic::Pair {
        // the magnitude of a pair keeps the sign of 0
        let zero = to.constant(&Rational::ZERO);
        let above = to.inst(Inst::Less(zero, x));
        return Some(to.inst(Inst::Select(above, x, zero)));
    }
    Some(to.inst(Inst::Abs(x)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementary::Level;

    const LABELLED: Given = Given { labelled: true, clip: None, shift: None, others: None };

    /// Logarithms and ratio as a kernel computes them, against f64, in which all but the last level have digits to spare.
    #[test]
    fn what_names_hold_is_within_what_is_said_of_them() {
        for level in [Level::Low, Level::Middle, Level::Single] {
            let (arithmetic, set) = (level.arithmetic(), level.set(false));
            let unit = arithmetic.unit();
            let mut worst = 0.0_f64;
            for piece in fine(Format::F32, &LABELLED) {
                let (values, known) = (values(&piece), approx(&piece, arithmetic, set, &LABELLED));
                for step in 0..16 {
                    let share = (f64::from(step) + 0.5) / 16.0;
                    let x = Format::F32.round(piece.lo + (piece.hi - piece.lo) * share).clamp(piece.lo, piece.hi);
                    let less = arithmetic.format().round(1.0 - x);
                    let (p, q) = if piece.negative { (x, less) } else { (less, x) };
                    let ell = -set.ln.run(&[p, q]);
                    let truth = if piece.negative { -x.ln() } else { -(-x).ln_1p() };
                    let of_q = if piece.negative { 1.0 - x } else { x };
                    let ratio = arithmetic.format().round(ell / q);
                    for (name, computed, truth) in [(ELL, ell, truth), (RATIO, ratio, truth / of_q)] {
                        let said = known[name].unwrap().relative;
                        // f64 itself is off by some u of its own
                        let off = ((computed / truth - 1.0).abs() - 1e-15) / unit;
                        assert!(off <= said, "{level:?} {name} at {x:e}: {off} u, {said} u said");
                        assert!(
                            values[name].contains(truth)
                                || (truth / values[name].mig().to_f64_down() - 1.0).abs() < 1e-12
                        );
                        worst = worst.max(off / said);
                    }
                }
            }
            assert!(worst > 0.05, "{level:?}: {worst}");
        }
    }

    #[test]
    fn pieces_reach_every_float() {
        for format in [Format::F32, Format::F64] {
            let all = fine(format, &LABELLED);
            let halves =
                [true, false].map(|negative| all.iter().filter(|one| one.negative == negative).collect::<Vec<_>>());
            for half in halves {
                assert_eq!((half[0].lo, half[half.len() - 1].hi), (format.least(), 0.5));
                assert!(half.windows(2).all(|pair| pair[0].hi == pair[1].lo));
            }
        }
    }

    /// What is left of 1 is never below what pieces begin with.
    #[test]
    fn pieces_reach_what_is_left() {
        for format in [Format::F32, Format::F64] {
            for by in [None, Some(1e-10), Some(1.1e-30), Some(0.2), Some(2f64.powi(-30))] {
                let by = by.map(|by| format.round(by));
                let given = Given { shift: by.map(|by| (by, AtNoRest::Zero)), labelled: false, ..LABELLED };
                let least = given.least_rest(format);
                let first = fine(format, &given).into_iter().find(|piece| !piece.negative).map(|piece| piece.lo);
                assert_eq!(first, Some(least));
                let around = |x: f64| (-3..=3).map(move |step| x + f64::from(step) * format.unit());
                let (one, sum) = (around(1.0), around(1.0 - by.unwrap_or(0.0)));
                for x in one.chain(sum).map(|x| format.round(x)).filter(|x| *x <= 1.0) {
                    // exact: both differences are
                    let rest = (1.0 - x) - by.unwrap_or(0.0);
                    assert!(rest <= 0.0 || rest >= least, "{format} {by:?} {x:e}: {rest:e}");
                }
            }
        }
    }
}
