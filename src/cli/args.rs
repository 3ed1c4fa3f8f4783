//! What may be written on the command line. With `mod.rs` and its verbs the one place that names clap.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

mod emit;

use emit::EMIT;
pub use emit::{Emit, Made, Precision};

const EXAMPLES: &str = "\
Examples:
  focal-derive emit --gamma 2 --alpha 0.25 -o focal.rs   RetinaNet's setting, loss and gradient
  focal-derive emit --gamma 2 --order 2 --precision f64  with the Hessian, for boosters
  focal-derive derive                                    the derivation, gamma symbolic
  focal-derive verify --gamma 2                          the kernel against exact arithmetic

LOSS is a name from `focal-derive list`, the path of a spec file of your own, or `-` for a
spec on standard input. A name from the list goes before a path: write ./NAME for a file
that is called like one.

Exit codes: 0 all hold; 1 findings (refuted, unsettled, stale); 2 could not run, and nothing
was written.";

/// Derives, stabilises, emits and checks the formulas of loss functions, focal loss first.
#[derive(Debug, Parser)]
#[command(name = "focal-derive", version, after_help = EXAMPLES, max_term_width = 100, subcommand_required = true)]
pub struct Cli {
    /// Colour messages: `auto` follows the terminal and NO_COLOR.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto, help_heading = "Messages")]
    pub color: Color,
    /// Print no notes, only results and errors.
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Messages")]
    pub quiet: bool,
    /// Say on standard error what is being done.
    #[arg(short, long, global = true, help_heading = "Messages")]
    pub verbose: bool,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// When messages are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// Where standard error is a terminal and NO_COLOR is not set.
    Auto,
    /// Also in pipes and with NO_COLOR.
    Always,
    /// Not at all.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The losses that come with the tool, a line each.
    List(List),
    /// Print how forward, backward and second-order formulas follow from a loss, step by step.
    #[command(after_help = DERIVE)]
    Derive(Derive),
    /// Print a specialised Rust kernel: one file without dependencies.
    #[command(after_help = EMIT)]
    Emit(Emit),
    /// Judge kernels and derivatives by arbitrary precision and dual numbers.
    #[command(after_help = VERIFY)]
    Verify(Verify),
    /// Judge formulas that people derived by hand: proved, refuted with a witness, or unsettled.
    #[command(after_help = AUDIT)]
    Audit(Audit),
    /// Print the rule book, rejected rules included, or judge each rule.
    #[command(after_help = RULES)]
    Rules(Rules),
    /// Print a completion script for a shell.
    #[command(
        after_help = "Example:\n  focal-derive completions bash > ~/.local/share/bash-completion/completions/focal-derive"
    )]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page (roff), of the tool or of one verb.
    #[command(after_help = "Example:\n  focal-derive man emit > ~/.local/share/man/man1/focal-derive-emit.1")]
    Man {
        /// The verb, e.g. `emit`.
        verb: Option<String>,
    },
}

impl Verb {
    /// Remembers the words behind the program's name where a message may show them again.
    pub fn remember(&mut self, words: Vec<String>) {
        match self {
            Verb::Emit(emit) => emit.parameters.typed = words,
            Verb::Verify(verify) => verify.parameters.typed = words,
            _ => {}
        }
    }
}

/// `list`
#[derive(Debug, Args)]
pub struct List {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which loss.
#[derive(Debug, Args)]
pub struct Loss {
    /// Name from `list`, path of a spec file, or `-` for standard input.
    #[arg(value_name = "LOSS", default_value = "focal_binary")]
    pub name: String,
}

/// How parameters are set.
#[derive(Debug, Args)]
#[command(next_help_heading = "Parameters of the loss")]
pub struct Parameters {
    /// The focusing parameter, >= 0: a number, or `param` to leave it open; short for --set gamma=G.
    #[arg(long, value_name = "G|param", allow_hyphen_values = true)]
    pub gamma: Option<String>,
    /// The weight of class 1 (class 0 gets 1 - A), in [0, 1]; of a loss over classes the weight of every class, or a list of
    /// them, as in 0.25,0.5,0.25. Beside --log-eps one number A is [A, 1 - A], for two classes. Short for --set alpha=A.
    #[arg(long, value_name = "A|none|param", allow_hyphen_values = true)]
    pub alpha: Option<String>,
    /// The shift of `focal_star`, any number, e.g. -1.7, or `param`; short for --set beta=B.
    #[arg(long, value_name = "B|param", allow_hyphen_values = true)]
    pub beta: Option<String>,
    /// Cut probabilities to [EPS, 1 - EPS], each end rounded to the format, as Keras does with 1e-7; beyond the ends the
    /// derivatives are 0. For losses whose input is a probability.
    #[arg(long, value_name = "EPS", allow_hyphen_values = true)]
    pub clip: Option<String>,
    /// Add EPS, rounded to the format, to probabilities, as the usual PyTorch module does with 1e-10: p + EPS for p, exactly,
    /// and max(1 - p - EPS, 0) for 1 - p; --alpha A is then the weight of class 0, as there. For losses that say so.
    #[arg(long, value_name = "EPS", allow_hyphen_values = true, conflicts_with = "clip")]
    pub log_eps: Option<String>,
    /// Set any parameter of the spec: a number, `none` or `param`. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub set: Vec<(String, String)>,
    /// The words of the command line behind the program's name, to show it again.
    #[arg(skip)]
    pub typed: Vec<String>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_string(), value.trim().to_string())),
        _ => Err("write NAME=VALUE, e.g. gamma=2".to_string()),
    }
}

const DERIVE: &str = "\
Examples:
  focal-derive derive                                  focal loss, gamma symbolic
  focal-derive derive cross_entropy_binary --only backward
  focal-derive derive --gamma 2 --format markdown > derivation.md
  focal-derive derive --format html --lang zh > derivation.html
  focal-derive derive my_loss.toml --format json
  focal-derive derive --check derivation.json          does the checker accept it?

In the text form a part in square brackets is what the line changed; --full unfolds each line to its elementary steps.
Exit code 1: a claim of the spec could not be proved, or --check refused a step.";

/// `derive`
#[derive(Debug, Args)]
pub struct Derive {
    #[command(flatten)]
    pub loss: Loss,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = Form::Text)]
    pub format: Form,
    /// Language of headings and reasons.
    #[arg(long, value_enum, default_value_t = Language::En)]
    pub lang: Language,
    /// Show the elementary steps below each line of the text form.
    #[arg(long)]
    pub full: bool,
    /// A whole document, with `--format latex`; the Chinese one needs ctexart.
    #[arg(long)]
    pub standalone: bool,
    /// Only this claim of the spec, or this derivative, e.g. `backward` or `d_x`.
    #[arg(long, value_name = "CLAIM")]
    pub only: Option<String>,
    /// Replay the derivation in FILE (JSON, `-` for standard input): print what is refused, and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "lang", "only", "full", "standalone"])]
    pub check: Option<PathBuf>,
    #[command(flatten)]
    pub parameters: Parameters,
}

/// Form of a derivation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// Plain text for a terminal.
    Text,
    /// Markdown, formulas in TeX; elementary steps unfold.
    Markdown,
    /// LaTeX: a part to paste that needs amsmath and xcolor.
    Latex,
    /// One page of HTML with MathML; elementary steps unfold.
    Html,
    /// JSON.
    Json,
    /// A certificate that Coq checks, with the library Coquelicot.
    Coq,
}

/// Language of headings and reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

const VERIFY: &str = "\
Examples:
  focal-derive verify                                  gamma = 0, 0.5, 1, 2 and 5, without alpha
  focal-derive verify --gamma 2 --alpha 0.25 --precision f64 --samples 100000
  focal-derive verify --gamma 1.5 --at x=0x1.2p+7,y=1  one point, decimal or hexadecimal
  focal-derive verify --gamma 2 --exhaustive           all 2^32 floats, both labels, f32, in minutes
  focal-derive verify --gamma 2 --exhaustive --core    every float that occurs, some of the others
  focal-derive verify --gamma param --exhaustive --range=-8..8 --at gamma=2.5

Errors are in ulps: the spacing of floats at the true value.
Exit code 1: a bound does not hold.";

/// `verify`
#[derive(Debug, Args)]
pub struct Verify {
    #[command(flatten)]
    pub loss: Loss,
    /// Float type of the kernel; both without it.
    #[arg(long, value_enum)]
    pub precision: Option<Precision>,
    /// What the kernel is made for.
    #[arg(long, value_enum, default_value_t = Made::Accurate)]
    pub mode: Made,
    /// The kernel with products fused with sums, as `emit --fma` writes it.
    #[arg(long)]
    pub fma: bool,
    /// Points per kernel.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), default_value_t = 10_000)]
    pub samples: u64,
    /// Seed of the points that are not structured.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Judge this point alone, e.g. `x=0x1.2p+7,y=1` (and open parameters); values may be `inf` or `nan`.
    #[arg(long, value_name = "x=X,y=Y", value_delimiter = ',', value_parser = pair)]
    pub at: Vec<(String, String)>,
    /// 0: loss; 1: and gradient; 2: and Hessian (the default, but 1 with --exhaustive).
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=2))]
    pub order: Option<u8>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Write to this file instead of standard output (`-`).
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub sweep: Sweep,
    #[command(flatten)]
    pub parameters: Parameters,
}

/// What of the line of floats is swept.
#[derive(Debug, Args)]
#[command(next_help_heading = "Every float")]
pub struct Sweep {
    /// Judge the f32 kernel at every float, NaN and infinities too, with both labels; --at sets open parameters.
    #[arg(long)]
    pub exhaustive: bool,
    /// Every float with 2^-31 <= |x| < 256, and one block of 512 in 64 of the others.
    #[arg(long, requires = "exhaustive", conflicts_with = "range")]
    pub core: bool,
    /// From LO up to HI, both included, decimal or hexadecimal.
    #[arg(long, value_name = "LO..HI", requires = "exhaustive", allow_hyphen_values = true)]
    pub range: Option<String>,
    /// One block of 512 in N, drawn by --seed.
    #[arg(long, value_name = "1/N", requires = "exhaustive")]
    pub sample: Option<String>,
    /// Keep the result beside the spec, in `measured.toml`, from where `emit` takes it.
    #[arg(long, requires = "exhaustive", conflicts_with = "sample")]
    pub record: bool,
}

const AUDIT: &str = "\
Examples:
  focal-derive audit 'd(-(1-p)^g*log(p), x) == (1-p)^g*(g*p*log(p)+p-1)' \\
      --let 'p = sigmoid(x)' --where 'g >= 0'
  focal-derive audit 'd(where(y == 1, -log(p), -log(1-p)), x) == p - y' \\
      --let 'p = sigmoid(x)' --where 'y in {0, 1}'
  focal-derive audit claims.txt                        lines let ..., where ..., claim NAME: ...
  focal-derive audit --float f32 '1 - 1/(1 + exp(-x))' --in x=-120..120

d(e, v) is a derivative; a name without a value or condition is any finite number. A claim is
proved where both sides are defined. The first word on standard output is the verdict.
Exit code 1: a claim is refuted or unsettled, or an expression in floats loses more than 1e-3.";

/// `audit`
#[derive(Debug, Args)]
pub struct Audit {
    /// A claim `LHS == RHS`, the path of a file of claims, or `-` for standard input; with --float an expression.
    #[arg(value_name = "CLAIM|FILE", allow_hyphen_values = true)]
    pub claim: String,
    /// Give a name a value; it may use the names before it. May be repeated.
    #[arg(long = "let", value_name = "NAME=EXPR", allow_hyphen_values = true)]
    pub lets: Vec<String>,
    /// Conditions on names, separated by commas: `g >= 0, 0 < p, p < 1, y in {0,1}`. May be repeated.
    #[arg(long = "where", value_name = "CONDITIONS", allow_hyphen_values = true)]
    pub wheres: Vec<String>,
    /// Audit an expression as it is computed in this float type, each operation rounded.
    #[arg(long, value_name = "TYPE", value_enum, help_heading = "In floats")]
    pub float: Option<Precision>,
    /// The range of a name, e.g. `x=-120..120`. May be repeated.
    #[arg(long = "in", value_name = "NAME=LO..HI", value_parser = pair, requires = "float", help_heading = "In floats")]
    pub within: Vec<(String, String)>,
    /// The value of a name, e.g. `g=2`. May be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair, requires = "float", help_heading = "In floats")]
    pub set: Vec<(String, String)>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

const RULES: &str = "\
A rule `left => right when ...` says: where its conditions hold and left is defined, right is
defined and equal. A rejected rule stands with the point that kills it.

Exit code 1: with --check, a rule is false, makes something undefined or never fires, or a
rejected rule is true.";

/// `rules`
#[derive(Debug, Args)]
pub struct Rules {
    /// Judge each rule at sampled points of its condition, and each rejected rule at its point.
    #[arg(long)]
    pub check: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Reads the words behind the program's name as an `emit` that prints; `None` where they are something else.
pub fn emit_of(words: &[String]) -> Option<Emit> {
    let words = std::iter::once("focal-derive").chain(words.iter().map(String::as_str));
    match Cli::try_parse_from(words).ok()?.verb {
        Verb::Emit(emit) if emit.check.is_none() && emit.output.is_none() => Some(emit),
        _ => None,
    }
}
