//! What may be written behind `emit`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Loss, Parameters};
use crate::emit::{Labels, Targets};
use crate::kernel::{Format, Mode};

pub const EMIT: &str = "\
Examples:
  focal-derive emit --gamma 2 -o src/focal.rs          f32, loss and gradient
  focal-derive emit --gamma 2 --alpha 0.25             class-balanced, as in RetinaNet
  focal-derive emit --gamma param --alpha param        both are arguments of the functions
  focal-derive emit --gamma 2 --order 2 --precision f64 --labels bool
                                                       gradient and Hessian for a booster
  focal-derive emit focal_star --gamma 2 --beta -1.7
  focal-derive emit focal_softmax --gamma 2 --alpha 0.25,0.5,0.25 --targets i64
                                                       rows of three classes, alpha by class
  focal-derive emit focal_categorical --gamma 2 --clip 1e-7
                                                       rows of probabilities, as Keras clips them
  focal-derive emit --check src/focal.rs               is the file what its header's command makes?

Exit code 1: --check found the file stale or edited; the diff is on standard output, the
command that mends it on standard error.";

/// `emit`
#[derive(Debug, Args)]
pub struct Emit {
    #[command(flatten)]
    pub loss: Loss,
    /// Float type of arguments and results.
    #[arg(long, value_enum, default_value_t = Precision::F32)]
    pub precision: Precision,
    /// What the kernel is made for; f32 computes in f64 inside, with fast in f32; f64 in pairs of f64, with fast in f64.
    #[arg(long, value_enum, default_value_t = Made::Accurate)]
    pub mode: Made,
    /// 0: loss; 1: loss and gradient; 2: loss, gradient and Hessian (second derivative in the logit).
    #[arg(long, value_parser = clap::value_parser!(u8).range(0..=2), default_value_t = 1)]
    pub order: u8,
    /// Type of the labels y.
    #[arg(long, value_enum, default_value_t = LabelType::Float)]
    pub labels: LabelType,
    /// Type of the targets of a loss over classes: the number of a row's true class.
    #[arg(long, value_enum, default_value_t = TargetType::U32)]
    pub targets: TargetType,
    /// Rows with this target are left out: zeros, and no part of sums and means; -100 in PyTorch (with --targets i64).
    #[arg(long, value_name = "K", allow_negative_numbers = true)]
    pub ignore_index: Option<i64>,
    /// Divide alpha, a list with a number for each class, by its sum, as the usual PyTorch module does: each quotient exactly,
    /// then rounded to the float type.
    #[arg(long)]
    pub alpha_normalise: bool,
    /// Divide probabilities by the sum of their row first, as Keras' own class does: every class then has a derivative. The file
    /// is that of the loss which the spec names for it: focal_normalised for focal_categorical.
    #[arg(long, conflicts_with = "log_eps")]
    pub normalise: bool,
    /// Add a weight w as the last input (sample weight, mask or upstream gradient); w = 0 gives exactly 0.
    #[arg(long)]
    pub weight: bool,
    /// Add forward_backward_classes: K logits a row, as of a detector's anchor, and one target (u32) that says which label is
    /// 1; K is background. The labels of --labels are for the other functions.
    #[arg(long)]
    pub classes: bool,
    /// Compile slices for AVX2 and AVX-512 too and choose at run time: the same bits, faster; needs std and Rust 1.89.
    #[arg(long)]
    pub dispatch: bool,
    /// Fuse products with sums (mul_add): faster where the processor has FMA, many times slower elsewhere; needs std.
    #[arg(long)]
    pub fma: bool,
    /// Write to this file instead of standard output (`-`); an old file is replaced in one go.
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Compare this file with what would be emitted; without other options its header says the command.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    pub check: Option<PathBuf>,
    #[command(flatten)]
    pub parameters: Parameters,
}

/// Float type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

impl From<Precision> for Format {
    fn from(precision: Precision) -> Format {
        match precision {
            Precision::F32 => Format::F32,
            Precision::F64 => Format::F64,
        }
    }
}

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Made {
    /// The least error.
    Accurate,
    /// Speed: errors of some ulp.
    Fast,
}

impl From<Made> for Mode {
    fn from(made: Made) -> Mode {
        match made {
            Made::Accurate => Mode::Accurate,
            Made::Fast => Mode::Fast,
        }
    }
}

/// Type of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LabelType {
    /// 0 or 1, in the float type.
    Float,
    /// 0 or 1, as u8.
    U8,
    /// false or true.
    Bool,
    /// -1 or +1, in the float type.
    PlusMinus,
}

impl From<LabelType> for Labels {
    fn from(labels: LabelType) -> Labels {
        match labels {
            LabelType::Float => Labels::Float,
            LabelType::U8 => Labels::U8,
            LabelType::Bool => Labels::Bool,
            LabelType::PlusMinus => Labels::PlusMinus,
        }
    }
}

/// Type of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TargetType {
    /// Unsigned, 32 bits.
    U32,
    /// Signed, 64 bits, as in PyTorch.
    I64,
}

impl From<TargetType> for Targets {
    fn from(targets: TargetType) -> Targets {
        match targets {
            TargetType::U32 => Targets::U32,
            TargetType::I64 => Targets::I64,
        }
    }
}
