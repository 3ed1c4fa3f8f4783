//! Kernels that the engine finds, for each loss: the whole line up to the kernel.

use focal_derive::emit::{EmitOptions, Labels};
use focal_derive::kernel::{Format, Mode, Setting};
use focal_derive::setting::{Choice, settle};
use focal_derive::{Derivation, RuleBook, Spec, lower};

use super::kernels::Case;

/// A few for each loss: both formats, every order and label, parameters fixed, none and open.
pub fn all() -> Vec<Case> {
    use Format::{F32, F64};
    let derive = |loss| focal_derive::derive(&Spec::builtin(loss).unwrap(), RuleBook::builtin()).unwrap();
    let (focal, star, entropy) = (derive("focal_binary"), derive("focal_star"), derive("cross_entropy_binary"));
    vec![
        case(&focal, &["gamma=2"], F32, 2, false, Labels::Float),
        case(&focal, &["gamma=2", "alpha=0.25"], F64, 2, false, Labels::U8),
        case(&focal, &["gamma=param", "alpha=param"], F64, 2, true, Labels::Float),
        case(&focal, &["gamma=2", "alpha=param"], F32, 1, false, Labels::Bool),
        case(&focal, &["gamma=0.5", "alpha=param"], F32, 2, true, Labels::PlusMinus),
        case(&focal, &["gamma=3.7"], F64, 1, false, Labels::Float),
        case(&focal, &["gamma=0"], F64, 2, false, Labels::Bool),
        case(&star, &["gamma=2", "beta=-1.7"], F64, 2, false, Labels::Float),
        case(&star, &["gamma=param", "beta=param"], F32, 2, false, Labels::U8),
        case(&entropy, &["alpha=0.25"], F32, 2, true, Labels::Float),
        case(&entropy, &[], F64, 0, false, Labels::PlusMinus),
        fast(&focal, &["gamma=2", "alpha=0.25"], 2, false, Labels::U8),
        fast(&focal, &["gamma=param", "alpha=param"], 2, true, Labels::Float),
        fast(&focal, &["gamma=0.5"], 1, false, Labels::Bool),
        fast(&star, &["gamma=2", "beta=-1.7"], 2, true, Labels::PlusMinus),
        fused(&focal, &["gamma=2", "alpha=0.25"], (F32, Mode::Accurate)),
        fused(&focal, &["gamma=param", "alpha=param"], (F32, Mode::Fast)),
        fused(&focal, &["gamma=2"], (F64, Mode::Accurate)),
        fused(&star, &["gamma=2", "beta=-1.7"], (F64, Mode::Fast)),
        fused(&star, &["gamma=2", "beta=-1.7"], (F32, Mode::Fast)),
        made(&focal, &["gamma=2"], (F64, Mode::Fast), 2, false, Labels::Float),
        made(&focal, &["gamma=2.5", "alpha=param"], (F64, Mode::Fast), 1, true, Labels::U8),
    ]
}

/// What `emit --gamma 2` writes.
pub fn focal_of_two() -> Case {
    let derivation = focal_derive::derive(&Spec::builtin("focal_binary").unwrap(), RuleBook::builtin()).unwrap();
    case(&derivation, &["gamma=2"], Format::F32, 1, false, Labels::Float)
}

fn case(derivation: &Derivation, said: &[&str], format: Format, order: u8, weighted: bool, labels: Labels) -> Case {
    made(derivation, said, (format, Mode::Accurate), order, weighted, labels)
}

/// In f32 inside too.
fn fast(derivation: &Derivation, said: &[&str], order: u8, weighted: bool, labels: Labels) -> Case {
    made(derivation, said, (Format::F32, Mode::Fast), order, weighted, labels)
}

/// With products fused with sums.
fn fused(derivation: &Derivation, said: &[&str], (format, mode): (Format, Mode)) -> Case {
    let case = made(derivation, said, (format, mode), 2, false, Labels::Float);
    let parameters = settle(&derivation.spec, &case.options.choices, format).unwrap();
    let asked = lower::Asked { format, mode, order: 2, weighted: false, fused: true };
    let kernel = lower::asked(derivation, &parameters, &asked).unwrap();
    Case { kernel, options: EmitOptions { fma: true, ..case.options.clone() }, ..case }
}

fn made(
    derivation: &Derivation,
    said: &[&str],
    (format, mode): (Format, Mode),
    order: u8,
    weighted: bool,
    labels: Labels,
) -> Case {
    let choice = |said: &&str| {
        let (name, value) = said.split_once('=').unwrap();
        (name.to_string(), Choice::parse(value).unwrap())
    };
    let choices: Vec<(String, Choice)> = said.iter().map(choice).collect();
    let parameters = settle(&derivation.spec, &choices, format).unwrap();
    let kernel = lower::kernel(derivation, &parameters, (format, mode), order, weighted).unwrap();
    let open = parameters.iter().filter(|one| one.setting == Setting::Argument);
    let arguments = match open.count() {
        0 => vec![vec![]],
        1 => [0.25, 0.0, 1.0, -1.0, f64::NAN].map(|value| vec![value]).into(),
        _ => vec![vec![0.25, 2.0], vec![1.0, 0.5], vec![0.75, 1.0], vec![0.5, -1.0], vec![f64::NAN, 1.0]],
    };
    let options = EmitOptions { choices, format, mode, order, weighted, labels, ..EmitOptions::default() };
    Case { spec: derivation.spec.clone(), kernel, options, arguments }
}
