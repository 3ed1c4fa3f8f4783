//! Names of spec and kernel → Rust names that clash with nothing in the emitted text.

use crate::kernel::{Inst, Kernel, Setting};
use crate::spec::Spec;

/// Words that no name of the text may be: keywords of every edition, and names that the text itself uses.
const TAKEN: &[&str] = &[
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "bool",
    "box",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "f32",
    "f64",
    "u8",
    "exp",
    "ln",
    "ln_1p",
    "sqrt",
    "two_sum",
    "fast_two_sum",
    "two_product",
    "split",
    "pair_times",
    "pair_plus",
    "exp_pair",
    "exp_minus",
    "exp_reduced",
    "exp_raised",
    "exp_minus_reduced",
    "exp_minus_raised",
    "exp_pair_reduced",
    "exp_pair_raised",
    "two_atanh",
    "or_nan",
    "weigh",
    "is_valid",
    "magnitude",
    "mask",
    "negated_where",
    "choose",
    "choose_pair",
    "add_losses",
];

/// Words that no argument may be besides: the other arguments and locals of functions over slices.
const ARGUMENTS: &[&str] = &[
    "same_length",
    "lane_sum",
    "w",
    "loss",
    "grad",
    "hess",
    "scale",
    "lanes",
    "i",
    "n",
    "buffers",
    "start",
    "end",
    "given",
    "valid",
];

/// An argument's name is at most this long, so that loops over slices stay on a line.
const INPUT: usize = 10;
/// A let's name is at most this long, so that every expression on two lets stays on a line.
const LET: usize = 22;

/// The names of one emitted file.
pub struct Names {
    /// The input that is differentiated.
    pub x: String,
    /// The label.
    pub y: String,
    /// Open parameters: their place in `Kernel::parameters` and their name.
    pub open: Vec<(usize, String)>,
    /// The lets, by place.
    pub lets: Vec<String>,
}

impl Names {
    /// Names for a kernel and its spec, where a file names some more things besides.
    pub fn of(kernel: &Kernel, spec: &Spec, more: &[&str]) -> Names {
        let mut taken: Vec<String> = TAKEN.iter().chain(ARGUMENTS).chain(more).map(ToString::to_string).collect();
        let mut input = |place: usize, short: &str| {
            let name = spec.inputs.get(place).map_or(short, |input| &input.name);
            claim(if name.len() > INPUT { short } else { name }, LET, &mut taken)
        };
        let (x, y) = (input(0, "x"), input(1, "y"));
        let open = kernel.parameters.iter().enumerate().filter(|(_, one)| one.setting == Setting::Argument);
        let open: Vec<(usize, String)> = open.map(|(place, one)| (place, claim(&one.name, LET, &mut taken))).collect();
        let inner = |name: &String| !ARGUMENTS.iter().chain(more).any(|one| one == name);
        taken.retain(|name| name == "w" && kernel.weighted || inner(name));
        let lets = kernel.lets.iter().map(|one| {
            let shadowed = match one.inst {
                Inst::X => Some(&x),
                Inst::Parameter(at) => open.iter().find(|(place, _)| *place == at).map(|(_, name)| name),
                _ => None,
            };
            match shadowed {
                Some(name) if snake(&one.name) == *name => name.clone(),
                _ => claim(&one.name, LET, &mut taken),
            }
        });
        let lets = lets.collect();
        Names { x, y, open, lets }
    }
}

/// The name in snake case, with underscores behind it until it is free; a long one is cut.
fn claim(name: &str, longest: usize, taken: &mut Vec<String>) -> String {
    let name = snake(name);
    let stem: String = name.chars().take(longest).collect();
    let stem = stem.trim_end_matches('_');
    let free = |name: &String| !taken.contains(name);
    let numbered = (2..).map(|n| format!("{}_{n}", stem.chars().take(longest - 5).collect::<String>()));
    let candidates = [stem.to_string(), format!("{}_", stem.chars().take(longest - 1).collect::<String>())];
    let name = candidates.into_iter().chain(numbered).find(free).expect("numbers do not end");
    taken.push(name.clone());
    name
}

/// Lower-case ASCII without double underscores, beginning with a letter.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_') {
        if letter != '_' || !(out.is_empty() || out.ends_with('_')) {
            out.push(letter.to_ascii_lowercase());
        }
    }
    if out.starts_with(|c: char| c.is_ascii_alphabetic()) { out } else { format!("v{out}") }
}
