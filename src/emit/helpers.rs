//! The private functions that an emitted file ends with: arithmetic of pairs, the finish, and elementary functions.

use std::collections::BTreeSet;

use super::functions;
use crate::elementary::Level;

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
        calls: &[],
        text: "/// The value, but NaN where x is NaN.
#[allow(dead_code)]
#[inline(always)]
fn or_nan(x: f64, value: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    value
}
",
    },
    Helper {
        name: "weigh",
        calls: &[],
        text: "/// The value times the weight; exactly 0 where the weight is 0, whatever the value.
#[allow(dead_code)]
#[inline(always)]
fn weigh(value: f64, w: f64) -> f64 {
    if w == 0.0 {
        return 0.0;
    }
    value * w
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

/// The texts of the functions that are used, with those that they call.
pub fn text(used: &BTreeSet<&'static str>, level: Level) -> Vec<String> {
    let mut all = used.clone();
    for helper in HELPERS {
        // A function stands before those that it calls, so one pass reaches them all.
        if all.contains(helper.name) {
            all.extend(helper.calls);
        }
    }
    let helpers = HELPERS.iter().filter(|helper| all.contains(helper.name)).map(|helper| helper.text.to_string());
    if level == Level::Pair {
        return helpers.chain(functions::parts(used)).collect();
    }
    helpers.chain(used.iter().filter_map(|name| functions::text(name, level.set()))).collect()
}
