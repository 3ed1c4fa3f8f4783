//! Which lets of a function are written where they are used: short arithmetic that nobody gave a name and one let reads.

use std::collections::{BTreeMap, BTreeSet};

use super::Frame;
use super::stage::reads;
use crate::kernel::{Arithmetic, Inst, Val};

/// Stems of the names that the lowering gives where nothing names a let: `v`, `v_2`, `is`, …
const NAMELESS: [&str; 2] = ["v", "is"];

/// Nameless arithmetic that one live let uses, once and where an expression can stand.
pub fn single(frame: &Frame, live: &[Val], results: &[Val]) -> BTreeSet<Val> {
    use Inst::*;
    // a pair is written twice where it is taken apart
    if frame.kernel.arithmetic() == Arithmetic::Pair {
        return BTreeSet::new();
    }
    let lets = &frame.kernel.lets;
    let mut uses: BTreeMap<Val, usize> = BTreeMap::new();
    for value in results {
        *uses.entry(*value).or_default() += 2; // a result keeps its let
    }
    for &value in live {
        // Written twice, or beside a comparison, or with a method: it has to be a name.
        let weight =
            if matches!(lets[value.0].inst, AtMost(..) | AtLeast(..) | Same(..) | NegPair(_) | Hi(_) | Inst::Fused(..))
            {
                2
            } else {
                1
            };
        reads(frame.kernel, value).into_iter().for_each(|operand| *uses.entry(operand).or_default() += weight);
    }
    let arithmetic = |value: &&Val| {
        matches!(lets[value.0].inst, Neg(_) | Add(..) | Sub(..) | Mul(..) | Div(..) | Less(..) | Equal(..))
    };
    let nameless = |value: &&Val| {
        let name = lets[value.0].name.as_str();
        let stem = name.rsplit_once('_').filter(|(_, n)| n.bytes().all(|b| b.is_ascii_digit())).map_or(name, |s| s.0);
        NAMELESS.contains(&stem)
    };
    live.iter().filter(|value| uses.get(value) == Some(&1)).filter(arithmetic).filter(nameless).copied().collect()
}
