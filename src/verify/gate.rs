//! Kernel → may it be written? Only where its evaluator meets its bounds at 64 fixed points, and gives the limits.

use super::kernels::Doubted;
use super::{names, plan};
use crate::derivation::Derivation;
use crate::kernel::{Format, Kernel};
use crate::message::Message;
use crate::oracle::judge::Judge;

/// Logits of either sign: small, usual, where f32 and f64 become subnormal, and the ends of the format.
fn logits(format: Format) -> [f64; 16] {
    let tiny = format.least();
    let half = [0.0, tiny, 1e-3, 0.3, 1.0, 2.8, 7.0, 17.0, 36.5, 60.0, 88.5, 144.0, 370.0, 709.5, 745.0];
    let mut all = [format.greatest(); 16];
    all[..15].copy_from_slice(&half);
    all.map(|x| format.round(x))
}

/// Probabilities, and what lies beyond both ends: near 0, near 1, where logarithms turn, and in the middle.
fn probabilities(format: Format) -> [f64; 16] {
    let (tiny, unit) = (format.least(), format.unit());
    let near = [tiny, 1e-30, 1e-20, 1e-7, 1e-3, 0.03, 0.3, 0.5, 0.7, 0.71, 0.9, 0.999, 1.0 - 2f64.powi(-20)];
    let mut all = [1.5; 16];
    all[..13].copy_from_slice(&near);
    all[13..15].copy_from_slice(&[1.0 - 4.0 * unit, 1.0 - unit]);
    all.map(|x| format.round(x))
}

/// A kernel is written only after this: its evaluator meets its bounds at 64 fixed points, both labels and both
/// signs, gives the limits at both ends for every usual value of open parameters and every end of their domains,
/// and refuses labels that are none.
///
/// # Errors
/// The first output that does not, with its witness.
pub fn gate(kernel: &Kernel, derivation: &Derivation) -> Result<(), Message> {
    kernel.check()?;
    let terms = names::terms(derivation);
    let judge = Judge::new(&derivation.spec, &kernel.parameters, terms.as_ref());
    let doubted = Doubted { kernel, judge: &judge, spec: &derivation.spec, inputs: super::inputs(&derivation.spec)? };
    let open = plan::open_values(&kernel.parameters, kernel.format, &plan::ends(kernel));
    let mut points = Vec::new();
    let is_share = kernel.within.is_some() || crate::kernel::clip(&kernel.parameters).is_some();
    let inputs = if is_share { probabilities(kernel.format) } else { logits(kernel.format) };
    for (place, x) in inputs.into_iter().enumerate() {
        for (turn, (sign, y)) in [(1.0, 1.0), (-1.0, 1.0), (1.0, 0.0), (-1.0, 0.0)].into_iter().enumerate() {
            points.push((sign * x, y, open[37 * (4 * place + turn) % open.len()].as_slice()));
        }
    }
    for open in &open {
        points.extend(super::ends(kernel).map(|(x, y)| (x, y, open.as_slice())));
    }
    points.extend([(f64::NAN, 1.0), (1.0, 0.5), (1.0, f64::NAN)].map(|(x, y)| (x, y, open[0].as_slice())));
    match doubted.first_refuted(&points) {
        None => Ok(()),
        Some(finding) => Err(Message::new("the kernel does not meet its bound, so it is not written")
            .detail(finding.to_string())
            .help("the defect is the tool's; please report it with the command above")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::kernel::{Inst, Let, Val};

    #[test]
    fn lets_a_good_kernel_through_and_no_other() {
        let derivation = sample::derivation("cross_entropy_binary", &sample::CROSS_ENTROPY);
        for format in [Format::F32, Format::F64] {
            let kernel = sample::cross_entropy(format);
            assert_eq!(gate(&kernel, &derivation), Ok(()));
            let place = kernel.lets.iter().position(|one| one.name == "minus_q").unwrap();
            let Inst::Neg(q) = kernel.lets[place].inst else { unreachable!() };
            let mut broken = kernel.clone();
            broken.lets[place].inst = Inst::Abs(q);
            let message = gate(&broken, &derivation).unwrap_err();
            assert!(message.detail.starts_with("refuted: cross_entropy_binary, backward"), "{message}");
            // a kernel by hand computes in f64
            let mode = if format == Format::F64 { " fast" } else { "" };
            let lines: Vec<String> = message.to_string().lines().map(str::to_string).collect();
            assert_eq!(lines[1], format!("  refuted: cross_entropy_binary, backward, {format}{mode}"), "{message}");
            assert!(lines.len() == 7 && lines[5].starts_with("    again    focal-derive verify "), "{message}");
            let mut tight = kernel.clone();
            tight.outputs[0].bounds[0].ulps = 0.1;
            assert!(gate(&tight, &derivation).unwrap_err().detail.contains("forward"));
            // right everywhere but at infinity, where the spec says that the loss is infinite
            let mut bounded = kernel.clone();
            let loss = bounded.outputs[0].value;
            bounded.lets.push(Let {
                name: "most".into(),
                inst: Inst::AtMost(loss, format.greatest()),
                meaning: String::new(),
            });
            bounded.outputs[0].value = Val(bounded.lets.len() - 1);
            assert!(gate(&bounded, &derivation).unwrap_err().detail.contains("inf   y = "), "{format}");
        }
    }
}
