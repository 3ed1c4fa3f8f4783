//! Options that losses over classes have not → what there is instead.

use crate::emit::{EmitOptions, Labels};
use crate::kernel::Mode;
use crate::message::Message;
use crate::spec::{Spec, classes};

/// Refuses options that losses over classes have not.
///
/// # Errors
/// The option, and what there is instead.
pub fn refuse(spec: &Spec, options: &EmitOptions) -> Result<(), Message> {
    let refused = |said: &str, help: &str| {
        Err(Message::new(format!("`{said}` does not go with `{}`, a loss over classes", spec.name)).help(help))
    };
    match options {
        EmitOptions { labels, .. } if *labels != Labels::Float => {
            refused("--labels", "its rows have targets: `--targets u32` or `--targets i64`")
        }
        EmitOptions { weighted: true, .. } => {
            refused("--weight", "multiply rows after, or leave them out by their target: `--ignore-index`")
        }
        EmitOptions { classes: true, .. } => refused("--classes", "leave it out: `forward_backward_rows` is that"),
        EmitOptions { fma: true, .. } => refused("--fma", "leave it out"),
        EmitOptions { mode: Mode::Fast, .. } if !classes::apart(&spec.formula) => {
            refused("--mode fast", "its rows have an accurate kernel alone")
        }
        EmitOptions { ignore: Some(ignored), targets, .. } if !targets.holds(*ignored) => {
            Err(Message::new(format!("`--ignore-index {ignored}` is no {}", targets.name()))
                .help(format!("give targets that it can be: `--targets i64 --ignore-index={ignored}`")))
        }
        _ => Ok(()),
    }
}
