//! `Kernel` → a listing that a person can read.

use std::fmt;

use super::{Arithmetic, Inst, Kernel, Setting, Val};

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let narrow = match self.arithmetic() {
            Arithmetic::F32 => ", registers f32",
            Arithmetic::F64 => "",
            Arithmetic::Pair => ", registers pairs of f64",
        };
        let weighted = if self.weighted { ", weighted" } else { "" };
        let fused = if self.fused { ", products fused with sums" } else { "" };
        writeln!(f, "kernel {} in {}{narrow}{fused}{weighted}", self.loss, self.format)?;
        for parameter in &self.parameters {
            let setting = match &parameter.setting {
                Setting::Fixed { exact, .. } => exact.to_string(),
                Setting::None => "none".into(),
                Setting::Argument => "an argument".into(),
            };
            writeln!(f, "  {} is {setting}", parameter.name)?;
        }
        let width = self.lets.iter().map(|one| one.name.len()).max().unwrap_or(0);
        for one in &self.lets {
            let text = self.instruction(&one.inst);
            if one.meaning.is_empty() || one.meaning == text {
                writeln!(f, "  {:width$} = {text}", one.name)?;
            } else {
                writeln!(f, "  {:width$} = {text:28} ; {}", one.name, one.meaning)?;
            }
        }
        for output in &self.outputs {
            write!(f, "  {} is {}", output.name, self.lets[output.value.0].name)?;
            for bound in &output.bounds {
                write!(f, ", within {bound}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for super::Proved {
    /// `0.5001 ulp for gamma <= 5`; four digits, rounded up.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = if self.ulps < 1.0 { 1e4 } else { 1e3 };
        write!(f, "{} ulp", (self.ulps * digits).ceil() / digits)?;
        if self.of_terms {
            f.write_str(" of the sum of absolute terms")?;
        }
        if self.within.is_empty() { Ok(()) } else { write!(f, " for {}", self.within) }
    }
}

impl Kernel {
    fn instruction(&self, inst: &Inst) -> String {
        use Inst::*;
        let n = |value: &Val| self.lets[value.0].name.as_str();
        let call = |name: &str, operands: &[&Val]| {
            format!("{name}({})", operands.iter().map(|value| n(value)).collect::<Vec<_>>().join(", "))
        };
        match inst {
            X => "the input".into(),
            LabelIsOne => "is the label 1".into(),
            Given(name) => format!("the row's {name}"),
            Parameter(at) => format!("the parameter {}", self.parameters[*at].name),
            Const(value) => format!("{value:?}"),
            ConstPair(hi, lo) => format!("{hi:?} + {lo:?}"),
            Neg(a) | NegPair(a) => format!("-{}", n(a)),
            Abs(a) => call("abs", &[a]),
            Sqrt(a) => call("sqrt", &[a]),
            Exp(a) => call("exp", &[a]),
            ExpMinus(a) => call("exp_minus", &[a]),
            Log1p(a) => call("log1p", &[a]),
            Ln(a, b) => call("log", &[a, b]),
            TwoAtanh(a) => call("two_atanh", &[a]),
            Add(a, b) => format!("{} + {}", n(a), n(b)),
            Sub(a, b) => format!("{} - {}", n(a), n(b)),
            Mul(a, b) => format!("{} * {}", n(a), n(b)),
            Div(a, b) => format!("{} / {}", n(a), n(b)),
            Fused(super::Fused::Plus, [a, b, c]) => format!("{} * {} + {} (fused)", n(a), n(b), n(c)),
            Fused(super::Fused::Less, [a, b, c]) => format!("{} * {} - {} (fused)", n(a), n(b), n(c)),
            Fused(super::Fused::From, [a, b, c]) => format!("{} - {} * {} (fused)", n(c), n(a), n(b)),
            AtLeast(a, least) => format!("max({}, {least:?})", n(a)),
            AtMost(a, most) => format!("min({}, {most:?})", n(a)),
            Less(a, b) => format!("{} < {}", n(a), n(b)),
            Equal(a, b) | Same(a, b) => format!("{} == {}", n(a), n(b)),
            Select(c, a, b) => call("where", &[c, a, b]),
            TwoSum(a, b) => call("two_sum", &[a, b]),
            TwoProduct(a, b) => call("two_product", &[a, b]),
            PairTimes(a, b) => call("pair_times", &[a, b]),
            PairPlus(a, b) => call("pair_plus", &[a, b]),
            Hi(a) => call("hi", &[a]),
            Widen(a) => call("pair", &[a]),
            ExpPair(a) => call("exp", &[a]),
            Reduced(_, a) => call("reduced", &[a]),
            Raised(_, a) => call("raised", &[a]),
        }
    }
}
