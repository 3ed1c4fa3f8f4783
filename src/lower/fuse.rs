//! Lets → lets in which products are fused with sums: a product that one sum alone reads goes into it.
//!
//! Which term goes in is decided as for programs ([`chosen`]). Exact sums and products of pairs are instructions of their own
//! and stay whole, and a division that a logarithm and a sigmoid share keeps its products: a bound of its own is proved of
//! them. Registers that are pairs keep their operations; what is fused is inside those.

use std::collections::{BTreeMap, BTreeSet};

use super::builder::Builder;
use crate::elementary::chosen;
use crate::kernel::{Arithmetic, Inst, Val};

/// Fuses what the outputs need; every let keeps its place.
pub fn products(builder: &mut Builder, outputs: &[Val]) {
    if builder.arithmetic() == Arithmetic::Pair {
        return;
    }
    let mut uses: BTreeMap<Val, usize> = BTreeMap::new();
    let mut open: Vec<Val> = outputs.to_vec();
    let mut needed = BTreeSet::new();
    outputs.iter().for_each(|output| *uses.entry(*output).or_default() += 1);
    while let Some(val) = open.pop() {
        if needed.insert(val) {
            let operands = builder.insts()[val.0].operands();
            operands.iter().for_each(|operand| *uses.entry(*operand).or_default() += 1);
            open.extend(operands);
        }
    }
    for sum in needed {
        let (terms, minus) = match builder.insts()[sum.0] {
            Inst::Add(a, b) => ([a, b], false),
            Inst::Sub(a, b) => ([a, b], true),
            _ => continue,
        };
        let insts = builder.insts();
        let shared = |val: Val| matches!(insts[val.0], Inst::Div(_, below) if matches!(insts[below.0], Inst::Mul(..)));
        let factors = |val: &Val| match insts[val.0] {
            Inst::Mul(a, b) if uses.get(val) == Some(&1) && !shared(a) && !shared(b) => Some([a, b]),
            _ => None,
        };
        if let Some((fused, of, _)) = chosen(terms, minus, &factors) {
            builder.replace(sum, Inst::Fused(fused, of));
        }
    }
}
