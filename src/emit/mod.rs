//! Kernel → Rust text, ready to be a module of someone else's crate.
//!
//! The text is a function of kernel, spec, digest of the rules and options: the same bytes at every run.

mod body;
mod classes;
mod command;
mod compare;
mod cut;
mod dispatch;
mod docs;
mod edges;
mod functions;
mod halves;
mod header;
mod helpers;
mod inst;
mod items;
mod layout;
mod names;
mod plan;
mod rows;
mod signs;
mod single;
mod slices;
mod stage;
mod tokens;

pub use classes::possible;
pub use compare::{Comparison, State, check, compare};
pub use header::{Header, header};
pub use rows::Targets;

use crate::derivation::Derivation;
use crate::kernel::{Arithmetic, Format, Kernel, Mode, Val};
use crate::lower::{self, Asked};
use crate::message::Message;
use crate::setting::{self, Choice};
use crate::spec::Spec;
use crate::verify;

/// The version that emitted text names.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How labels are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Labels {
    /// `y: F`, 0 or 1.
    Float,
    /// `y: u8`, 0 or 1.
    U8,
    /// `y: bool`.
    Bool,
    /// `y: F`, −1 or +1.
    PlusMinus,
}

/// What `emit` is asked for.
#[derive(Clone, Debug)]
pub struct EmitOptions {
    /// How the loss was named on the command line (`./my.toml`); empty where as the spec says.
    pub loss: String,
    /// What was said about parameters, in any order.
    pub choices: Vec<(String, Choice)>,
    /// Float format.
    pub format: Format,
    /// What it is made for: the least error, or speed.
    pub mode: Mode,
    /// 0: loss; 1: and gradient; 2: and Hessian.
    pub order: u8,
    /// A sample weight as the last input?
    pub weighted: bool,
    /// How labels are given.
    pub labels: Labels,
    /// How targets are given, of a loss over classes.
    pub targets: Targets,
    /// The target of rows that are left out, of a loss over classes.
    pub ignore: Option<i64>,
    /// Variants of the functions over slices for what processors have, chosen at run time?
    pub dispatch: bool,
    /// Products fused with sums (`mul_add`)?
    pub fma: bool,
    /// `forward_backward_classes` too, over rows of logits with one target each?
    pub classes: bool,
    /// A list of weights divided by its sum, of a loss over classes?
    pub alpha_normalise: bool,
}

impl Default for EmitOptions {
    /// The defaults of the command line: f32, loss and gradient, float labels.
    fn default() -> EmitOptions {
        EmitOptions {
            loss: String::new(),
            choices: Vec::new(),
            format: Format::F32,
            mode: Mode::Accurate,
            order: 1,
            weighted: false,
            labels: Labels::Float,
            targets: Targets::U32,
            ignore: None,
            dispatch: false,
            fma: false,
            classes: false,
            alpha_normalise: false,
        }
    }
}

/// Writes specialised Rust for a loss; the kernel has met its bound at 64 fixed points before.
///
/// # Errors
/// Where a parameter is missing or wrong, or no kernel with a finite bound exists.
pub fn emit(derivation: &Derivation, options: &EmitOptions) -> Result<String, Message> {
    possible(&derivation.spec, options)?;
    let said = options;
    let options = &*rows::by_class(&derivation.spec, said)?;
    let parameters = setting::settle(&derivation.spec, &options.choices, options.format)?;
    let EmitOptions { format, mode, order, weighted, fma: fused, .. } = *options;
    if derivation.spec.classes.is_some() {
        rows::refuse(&derivation.spec, options)?;
        if derivation.classes.as_ref().is_some_and(|by_class| by_class.apart) {
            let asked = Asked { format, mode, order, weighted: false, fused: false };
            let kernel = lower::apart_kernel(derivation, &parameters, &asked)?;
            verify::gate_apart(&kernel, derivation)?;
            return rows::text_apart(&kernel, derivation, (options, said));
        }
        if derivation.classes.as_ref().is_some_and(|by_class| by_class.share.is_some()) {
            let kernel = lower::normalised_kernel(derivation, &parameters, (format, mode), order)?;
            verify::gate_normalised(&kernel, derivation)?;
            return rows::text_normalised(&kernel, derivation, (options, said));
        }
        let kernel = lower::row_kernel(derivation, &parameters, (format, mode), order)?;
        verify::gate_rows(&kernel, derivation)?;
        return rows::text(&kernel, derivation, (options, said));
    }
    refuse(&derivation.spec, options)?;
    let kernel = lower::asked(derivation, &parameters, &Asked { format, mode, order, weighted, fused })?;
    verify::gate(&kernel, derivation)?;
    text(&kernel, &derivation.spec, &derivation.rules_digest, options)
}

/// Refuses options that scalar losses have not.
fn refuse(spec: &Spec, options: &EmitOptions) -> Result<(), Message> {
    let said = match options {
        EmitOptions { targets: Targets::I64, .. } => "--targets",
        EmitOptions { ignore: Some(_), .. } => "--ignore-index",
        _ => return Ok(()),
    };
    Err(Message::new(format!("`{said}` is for losses over classes: `{}` has labels y", spec.name))
        .help("`--labels` says how labels are given; `--weight` leaves elements out by weight 0"))
}

/// The text of a kernel, which was made for the options.
///
/// # Errors
/// A loss that has no label, a kernel that is not well formed or not the options', and text that does not parse (an error of the emitter).
pub fn text(kernel: &Kernel, spec: &Spec, rules_digest: &str, options: &EmitOptions) -> Result<String, Message> {
    kernel.check()?;
    possible(spec, options)?;
    if spec.inputs.len() != 2 {
        let inputs = spec.inputs.len();
        return Err(Message::new(format!("`{}` has {inputs} inputs; Rust can be written for two", spec.name))
            .help("an input that is differentiated, and a label in {0, 1}"));
    }
    let arithmetic = options.mode.arithmetic(options.format);
    if (kernel.format, kernel.arithmetic(), kernel.weighted, kernel.fused, kernel.outputs.len())
        != (options.format, arithmetic, options.weighted, options.fma, usize::from(options.order) + 1)
    {
        return Err(Message::new("the kernel is not the one that the options ask for"));
    }
    // signs of pairs are where they are: each part of a pair would need its own operation
    let kernel = &if kernel.arithmetic() == Arithmetic::Pair { kernel.clone() } else { signs::last(kernel) };
    let kernel = &if halves::wanted(kernel) { halves::parted(kernel) } else { kernel.clone() };
    let more = if options.classes { classes::NAMES } else { &[] };
    let frame = Frame { kernel, spec, options, names: names::Names::of(kernel, spec, more) };
    let items = items::text(&frame);
    let broken = |what: String| {
        Message::new(format!("the text made for `{}` does not parse: {what}", spec.name))
            .help("this is an error of the emitter; please report it with the command")
    };
    tokens::parses(&items).map_err(broken)?;
    let digest = tokens::digest(&items).ok_or_else(|| broken("no tokens".to_string()))?;
    Ok(format!("{}\n{items}", header::text(&frame, rules_digest, &digest)))
}

/// What every part of the text is made from.
struct Frame<'a> {
    kernel: &'a Kernel,
    spec: &'a Spec,
    options: &'a EmitOptions,
    names: names::Names,
}

impl Frame<'_> {
    /// What an output is called: `loss`, `d_x`, `d2_x` after the input's name in the spec.
    fn output(&self, place: usize) -> String {
        let x = &self.spec.inputs[0].name;
        self.kernel.outputs[place].name.replace("_x", &format!("_{x}"))
    }

    /// `f32` or `f64`: what inputs and results are.
    fn float(&self) -> String {
        self.kernel.format.to_string()
    }

    /// What values are inside.
    fn inside(&self) -> Format {
        self.kernel.arithmetic().format()
    }

    /// The type of a value inside: a float, or a pair of them.
    fn held(&self, value: Val) -> String {
        let float = self.inside();
        if self.kernel.is_pair(value) { format!("({float}, {float})") } else { float.to_string() }
    }

    /// Are inputs widened, and results rounded to the format?
    fn widens(&self) -> bool {
        self.inside() != self.kernel.format
    }

    /// The type of a label.
    fn label(&self) -> String {
        match self.options.labels {
            Labels::Float | Labels::PlusMinus => self.float(),
            Labels::U8 => "u8".to_string(),
            Labels::Bool => "bool".to_string(),
        }
    }
}
