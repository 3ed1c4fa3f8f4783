//! The private functions that an emitted file ends with: arithmetic of pairs, the finish, and elementary functions.

use std::collections::BTreeSet;

use super::{Frame, functions};
use crate::elementary::Level;
use crate::format::Format;

/// A private function: its name, those that it calls, and its text.
struct Helper {
    name: &'static str,
    calls: &'static [&'static str],
    text: &'static str,
}

/// In the order of the file; elementary functions come last.
const HELPERS: &[Helper] = &[
    Helper {
        name: "same_length",
        calls: &[],
        text: r#"/// Panics where a slice is not as long as the first one.
#[allow(dead_code)]
// In edition 2018 the text of an assertion cannot name variables.
#[allow(clippy::uninlined_format_args)]
#[inline]
#[track_caller]
fn same_length(name: &str, length: usize, first: &str, expected: usize) {
    assert!(
        length == expected,
        "`{}` has {} elements, `{}` has {}",
        name,
        length,
        first,
        expected
    );
}
"#,
    },
    Helper {
        name: "lane_sum",
        calls: &[],
        text: "/// The eight lanes of a sum, added pairwise.
#[allow(dead_code)]
#[inline]
fn lane_sum(l: [f64; 8]) -> f64 {
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
",
    },
    Helper {
        name: "or_nan",
        calls: &["mask"],
        text: "/// The value, but NaN where x is NaN: all ones are a NaN.
#[allow(dead_code)]
#[inline(always)]
fn or_nan(x: f64, value: f64) -> f64 {
    f64::from_bits(value.to_bits() | mask(x.is_nan()))
}
",
    },
    Helper {
        name: "weigh",
        calls: &["mask"],
        text: "/// The value times the weight; exactly 0 where the weight is 0, whatever the value.
#[allow(dead_code)]
#[inline(always)]
fn weigh(value: f64, w: f64) -> f64 {
    f64::from_bits((value * w).to_bits() & mask(w != 0.0))
}
",
    },
    Helper {
        name: "mask",
        calls: &[],
        text: "/// All ones where it is so, 0 where not.
#[allow(dead_code)]
#[inline(always)]
fn mask(yes: bool) -> u64 {
    0_u64.wrapping_sub(u64::from(yes))
}
",
    },
    Helper {
        name: "magnitude",
        calls: &[],
        text: "/// |a|, which core has not had for long.
#[allow(dead_code)]
#[inline(always)]
fn magnitude(a: f64) -> f64 {
    f64::from_bits(a.to_bits() & !(1 << 63))
}
",
    },
    Helper {
        name: "negated_pair_where",
        calls: &["negated_where"],
        text: "/// `negated_where` of both parts of a pair.
#[allow(dead_code)]
#[inline(always)]
fn negated_pair_where(mask: u64, a: (f64, f64)) -> (f64, f64) {
    (negated_where(mask, a.0), negated_where(mask, a.1))
}
",
    },
    Helper {
        name: "negated_where",
        calls: &[],
        text: "/// -a where the mask is all ones, a where it is 0.
#[allow(dead_code)]
#[inline(always)]
fn negated_where(mask: u64, a: f64) -> f64 {
    f64::from_bits(a.to_bits() ^ (mask & 1 << 63))
}
",
    },
    Helper {
        name: "choose_pair",
        calls: &["choose"],
        text: "/// `choose` of both parts of a pair.
#[allow(dead_code)]
#[inline(always)]
fn choose_pair(mask: u64, yes: (f64, f64), no: (f64, f64)) -> (f64, f64) {
    (choose(mask, yes.0, no.0), choose(mask, yes.1, no.1))
}
",
    },
    Helper {
        name: "choose",
        calls: &[],
        text: "/// yes where the mask is all ones, no where it is 0.
#[allow(dead_code)]
#[inline(always)]
fn choose(mask: u64, yes: f64, no: f64) -> f64 {
    let (yes, no) = (yes.to_bits(), no.to_bits());
    f64::from_bits(no ^ ((yes ^ no) & mask))
}
",
    },
    Helper {
        name: "pair_less",
        calls: &[],
        text: "/// a < b of pairs.
#[allow(dead_code)]
#[inline(always)]
fn pair_less(a: (f64, f64), b: (f64, f64)) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}
",
    },
    Helper {
        name: "pair_plus",
        calls: &["two_sum", "fast_two_sum"],
        text: "/// a + b of a pair and a number.
#[allow(dead_code)]
#[inline(always)]
fn pair_plus(a: (f64, f64), b: f64) -> (f64, f64) {
    let (s, e) = two_sum(a.0, b);
    fast_two_sum(s, e + a.1)
}
",
    },
    Helper {
        name: "pair_times",
        calls: &["two_product", "fast_two_sum"],
        text: "/// a * b of a pair and a number.
#[allow(dead_code)]
#[inline(always)]
fn pair_times(a: (f64, f64), b: f64) -> (f64, f64) {
    let (p, e) = two_product(a.0, b);
    fast_two_sum(p, e + a.1 * b)
}
",
    },
    Helper {
        name: "two_sum",
        calls: &[],
        text: "/// a + b exactly, as a pair (Knuth).
#[allow(dead_code)]
#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let v = s - a;
    (s, (a - (s - v)) + (b - v))
}
",
    },
    Helper {
        name: "fast_two_sum",
        calls: &[],
        text: "/// a + b exactly, as a pair, where |a| >= |b| (Dekker).
#[allow(dead_code)]
#[inline(always)]
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    (s, b - (s - a))
}
",
    },
    Helper {
        name: "two_product",
        calls: &["split"],
        text: "/// a * b exactly, as a pair (Dekker).
#[allow(dead_code)]
#[inline(always)]
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let p = a * b;
    let (a, b) = (split(a), split(b));
    (p, ((a.0 * b.0 - p) + a.0 * b.1 + a.1 * b.0) + a.1 * b.1)
}
",
    },
    Helper {
        name: "split",
        calls: &[],
        text: "/// Two halves of 26 bits that add up to a (Veltkamp).
#[allow(dead_code)]
#[inline(always)]
fn split(a: f64) -> (f64, f64) {
    let c = 134217729.0 * a; // 2^27 + 1
    let hi = c - (c - a);
    (hi, a - hi)
}
",
    },
];

/// Those that are the same whatever is computed in.
const WHATEVER: [&str; 2] = ["same_length", "lane_sum"];

/// What differs between f64, in which the texts are written, and f32.
const SINGLE: [(&str, &str); 6] = [
    ("134217729.0 * a; // 2^27 + 1", "4097.0 * a; // 2^12 + 1"),
    ("26 bits", "12 bits"),
    ("1 << 63", "1 << 31"),
    ("0_u64", "0_u32"),
    ("u64", "u32"),
    ("f64", "f32"),
];

/// What differs where products are fused with sums.
const FUSED: [(&str, &str); 3] = [
    (
        "(Dekker).\n#[allow(dead_code)]\n#[inline(always)]\nfn two_product",
        "(FMA).\n#[allow(dead_code)]\n#[inline(always)]\nfn two_product",
    ),
    (
        "    let (a, b) = (split(a), split(b));\n    (p, ((a.0 * b.0 - p) + a.0 * b.1 + a.1 * b.0) + a.1 * b.1)\n",
        "    (p, a.mul_add(b, -p))\n",
    ),
    ("e + a.1 * b", "a.1.mul_add(b, e)"),
];

/// The text of a function in f32.
fn single(text: &str) -> String {
    SINGLE.iter().fold(text.to_string(), |text, (double, single)| text.replace(double, single))
}

/// The losses of a block added to the lanes of a sum; `wide` is a loss as f64.
pub fn add_losses(float: &str, wide: &str) -> String {
    format!(
        "/// Adds losses to the lanes of a sum, the first one to the first lane.
#[allow(dead_code)]
#[inline(always)]
fn add_losses(lanes: &mut [f64; 8], losses: &[{float}]) {{
    let rows = losses.chunks_exact(8);
    let rest = rows.remainder();
    for row in rows {{
        for (lane, &loss) in lanes.iter_mut().zip(row) {{
            *lane += {wide};
        }}
    }}
    for (lane, &loss) in lanes.iter_mut().zip(rest) {{
        *lane += {wide};
    }}
}}
"
    )
}

/// The texts of the functions that are used, with those that they call.
pub fn text(used: &BTreeSet<&'static str>, frame: &Frame) -> Vec<String> {
    let set = frame.kernel.set();
    let mut all = used.clone();
    for helper in HELPERS {
        // A function stands before those that it calls, so one pass reaches them all.
        if all.contains(helper.name) {
            all.extend(helper.calls);
        }
    }
    let fused = frame.kernel.fused;
    // where registers are pairs, their sums stand among the parts that pairs are computed with
    let elsewhere = |name: &str| match name {
        "split" => fused,
        "two_sum" => frame.kernel.level == Level::Pair,
        _ => false,
    };
    let used_here = |helper: &&Helper| all.contains(helper.name) && !elsewhere(helper.name);
    let helpers = HELPERS.iter().filter(used_here).map(|helper| {
        let differs: &[(&str, &str)] = if fused { &FUSED } else { &[] };
        let text = differs.iter().fold(helper.text.to_string(), |text, (plain, fused)| text.replace(plain, fused));
        match frame.inside() {
            Format::F32 if !WHATEVER.contains(&helper.name) => single(&text),
            _ => text,
        }
    });
    if frame.kernel.level == Level::Pair {
        return helpers.chain(functions::parts(used, frame.kernel.fused)).collect();
    }
    helpers.chain(used.iter().filter_map(|name| functions::text(name, set))).collect()
}
