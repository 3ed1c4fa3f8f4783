//! What is timed: a row per kernel that the tool emits, a row per yardstick.

/// Text to compile: emitted by the tool, or a file of `benches/yardsticks/`.
pub enum Source {
    /// Options of `focal-derive emit`.
    Emitted(&'static str),
    /// A file and the module in it.
    Yardstick(&'static str, &'static str),
}

/// A kernel in one float type and one type of labels, compiled for each target.
pub struct Row {
    pub name: &'static str,
    pub float: &'static str,
    /// The type of labels: `u8`, or a float.
    pub labels: &'static str,
    pub source: Source,
    pub targets: &'static [Target],
}

/// What the table calls a target, and what `-C target-cpu` is called for it.
pub type Target = (&'static str, Option<&'static str>);

pub const TARGETS: &[Target] = &[
    ("default", None),
    #[cfg(target_arch = "x86_64")]
    ("v3", Some("x86-64-v3")),
    ("native", Some("native")),
];
const DEFAULT: &[Target] = TARGETS.split_at(1).0;
/// Without the instruction `mul_add` is a call, and nobody wants that timed.
const WITH_FMA: &[Target] = TARGETS.split_at(1).1;

/// The setting of the paper, with the Hessian for boosters.
macro_rules! emitted {
    ($name:literal, $float:literal, $labels:literal, $options:literal) => {
        Row {
            name: $name,
            float: $float,
            labels: $labels,
            source: Source::Emitted(concat!("--gamma 2 --alpha 0.25 --order 2 ", $options)),
            targets: TARGETS,
        }
    };
}

macro_rules! yardstick {
    ($name:literal, $float:literal, $labels:literal, $file:literal, $module:literal) => {
        Row {
            name: $name,
            float: $float,
            labels: $labels,
            source: Source::Yardstick(concat!("benches/yardsticks/", $file), $module),
            targets: TARGETS,
        }
    };
}

/// The names that ratios are taken to.
pub const MEMORY: &str = "memory pass";
pub const CAREFUL: &str = "careful scalar";
pub const TEXTBOOK: &str = "textbook scalar";
pub const HAND_WRITTEN: &str = "hand-written";

pub const EMITTED: &[Row] = &[
    emitted!("f32 accurate", "f32", "u8", "--labels u8"),
    emitted!("f32 accurate, float labels", "f32", "f32", "--labels float"),
    Row { targets: DEFAULT, ..emitted!("f32 accurate, dispatch", "f32", "u8", "--labels u8 --dispatch") },
    Row { targets: WITH_FMA, ..emitted!("f32 accurate, FMA", "f32", "u8", "--labels u8 --fma") },
    emitted!("f32 fast", "f32", "u8", "--labels u8 --mode fast"),
    Row { targets: DEFAULT, ..emitted!("f32 fast, dispatch", "f32", "u8", "--labels u8 --mode fast --dispatch") },
    Row { targets: WITH_FMA, ..emitted!("f32 fast, FMA", "f32", "u8", "--labels u8 --mode fast --fma") },
    emitted!("f64 fast", "f64", "u8", "--labels u8 --precision f64 --mode fast"),
    emitted!("f64 accurate", "f64", "u8", "--labels u8 --precision f64"),
    Row { targets: WITH_FMA, ..emitted!("f64 accurate, FMA", "f64", "u8", "--labels u8 --precision f64 --fma") },
];

pub const YARDSTICKS: &[Row] = &[
    yardstick!("hand-written", "f32", "u8", "hand_written.rs", ""),
    yardstick!("careful scalar", "f32", "u8", "careful.rs", "f32"),
    yardstick!("careful scalar", "f64", "u8", "careful.rs", "f64"),
    yardstick!("textbook scalar", "f32", "u8", "textbook.rs", "f32"),
    yardstick!("textbook scalar", "f64", "u8", "textbook.rs", "f64"),
    yardstick!("memory pass", "f32", "u8", "memory.rs", "f32_u8"),
    yardstick!("memory pass", "f32", "f32", "memory.rs", "f32_f32"),
    yardstick!("memory pass", "f64", "u8", "memory.rs", "f64_u8"),
    yardstick!("memory pass", "f64", "f64", "memory.rs", "f64_f64"),
];
