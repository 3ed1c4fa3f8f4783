//! A loss whose classes stand apart → the kernels that a row goes through, with their bounds.
//!
//! The kernel is that of one class. Over labels the loss is a sum of terms of one sign, so their relative errors do
//! not grow in it: a term's is what the kernel proves, and one product with the label; each sum in f64 adds one at most.

use super::{Asked, asked};
use crate::derivation::Derivation;
use crate::kernel::apart::ApartKernel;
use crate::kernel::row::MOST_CLASSES;
use crate::kernel::{Format, Kernel, KernelParameter, Proved};
use crate::message::Message;

/// The kernels over rows of a loss whose classes stand apart.
///
/// # Errors
/// A loss whose classes do not, and as `lower::asked`.
pub fn apart_kernel(
    derivation: &Derivation,
    parameters: &[KernelParameter],
    of: &Asked,
) -> Result<ApartKernel, Message> {
    if !derivation.classes.as_ref().is_some_and(|by_class| by_class.apart) {
        return Err(Message::new(format!("the classes of `{}` do not stand apart", derivation.spec.name)));
    }
    Ok(of_term(asked(derivation.of_elements(), parameters, &Asked { weighted: false, ..*of })?))
}

/// The kernels over rows, from that of a class.
pub fn of_term(term: Kernel) -> ApartKernel {
    let mut kernel = ApartKernel::of(term);
    let term = kernel.term.clone();
    for (place, output) in kernel.labelled.outputs.iter_mut().enumerate() {
        output.bounds = output.bounds.iter().map(|bound| labelled(place, &term, bound)).collect();
    }
    kernel
}

/// The bound over labels, from that of a term, where no term is a subnormal number of what it is rounded to.
///
/// k ulp of a term are at most 2k units u of it, as many of its product with a label, and of a sum of such products; k u of a
/// number are at most k ulp. What f32 computes in f64 is not rounded to f32 before it is weighed; the loss is added in f64.
fn labelled(place: usize, term: &Kernel, of: &Proved) -> Proved {
    let wide = term.format == Format::F32 && term.arithmetic().widens(term.format);
    let of_term = 2.0 * if wide { of.ulps - 0.5 } else { of.ulps };
    let inner = Format::F64.unit() / term.format.unit();
    let ulps = match (place, term.format) {
        (0, Format::F32) => of_term + (MOST_CLASSES as f64 + 1.0) * inner + 0.5,
        // a product and, of the sums, next to nothing
        (0, Format::F64) => of_term + 1.0 + 1e-6 + 0.5,
        (_, _) => of_term + if wide { inner } else { 0.0 } + 0.5,
    };
    Proved { ulps, ..of.clone() }
}
