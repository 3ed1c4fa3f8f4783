//! Kernel → a kernel of the same bits whose exponentials are in two, so that a stage can end between them.
//!
//! Of the chain of operations from x to the outputs an exponential is the longest link; in fast kernels, whose vectors
//! are full, a loop over the whole of it waits for its own results. Where it is parted, the chains of the stages are
//! about as long as each other: the reduction; the polynomial and a division; the logarithm and the outputs.

use crate::elementary::Exponential;
use crate::kernel::{Arithmetic, Inst, Kernel, Let, Val};

/// Fast kernels: what they compute in is the format itself.
pub fn wanted(kernel: &Kernel) -> bool {
    kernel.arithmetic() != Arithmetic::Pair && !kernel.arithmetic().widens(kernel.format)
}

/// The kernel with two lets for each exponential.
pub fn parted(kernel: &Kernel) -> Kernel {
    let mut lets: Vec<Let> = Vec::new();
    let mut places: Vec<Val> = Vec::new();
    for one in &kernel.lets {
        let inst = one.inst.moved(&|old| places[old.0]);
        let parts = match inst {
            Inst::Exp(a) => Some((Exponential::Both, a)),
            Inst::ExpMinus(a) => Some((Exponential::Minus, a)),
            Inst::ExpPair(a) => Some((Exponential::Pair, a)),
            _ => None,
        };
        let inst = match parts {
            Some((of, a)) => {
                let name = free(kernel, &lets);
                let meaning = if one.meaning.is_empty() {
                    String::new()
                } else {
                    format!("{}: its exponent reduced", one.meaning)
                };
                lets.push(Let { name, inst: Inst::Reduced(of, a), meaning });
                Inst::Raised(of, Val(lets.len() - 1))
            }
            None => inst,
        };
        lets.push(Let { inst, ..one.clone() });
        places.push(Val(lets.len() - 1));
    }
    let mut outputs = kernel.outputs.clone();
    outputs.iter_mut().for_each(|output| output.value = places[output.value.0]);
    Kernel { lets, outputs, ..kernel.clone() }
}

/// A name that no let has.
fn free(kernel: &Kernel, lets: &[Let]) -> String {
    let taken = |name: &String| kernel.lets.iter().chain(lets).any(|one| one.name == *name);
    let numbered = (2..).map(|number| format!("reduced_{number}"));
    std::iter::once("reduced".to_string()).chain(numbered).find(|name| !taken(name)).expect("numbers do not end")
}
