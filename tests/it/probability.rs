//! Losses of a probability: their limits at both ends by numbers, what a clip does, and what is refused.

use focal_derive::emit::{self, EmitOptions};
use focal_derive::kernel::{Format, Kernel, Mode, eval};
use focal_derive::setting::settle;
use focal_derive::verify::{VerifyOptions, verify};
use focal_derive::{Spec, lower};

use super::verify::{choices, derivation};

const LOSS: &str = "focal_probability";

fn kernel(words: &[(&str, &str)], format: Format, mode: Mode, order: u8) -> Kernel {
    let parameters = settle(&derivation(LOSS).spec, &choices(words), format).unwrap();
    lower::kernel(derivation(LOSS), &parameters, (format, mode), order, false)
        .unwrap_or_else(|m| panic!("{words:?}: {m}"))
}

fn each(check: impl Fn(Format, Mode)) {
    for format in [Format::F32, Format::F64] {
        for mode in [Mode::Accurate, Mode::Fast] {
            check(format, mode);
        }
    }
}

#[test]
fn limits_are_given_at_both_ends() {
    let infinite = f64::INFINITY;
    // gamma; at p_t = 1 the derivative by p_t and the second one, for alpha = 1/4
    let easy = [
        ("0", -0.25, 0.25),
        ("0.3", 0.0, infinite),
        ("0.5", 0.0, infinite),
        ("1", 0.0, 0.5),
        ("1.5", 0.0, 0.0),
        ("2", 0.0, 0.0),
        ("2.5", 0.0, 0.0),
        ("5", 0.0, 0.0),
    ];
    each(|format, mode| {
        for (gamma, first, second) in easy {
            let kernel = kernel(&[("alpha", "0.25"), ("gamma", gamma)], format, mode, 2);
            let at = |p: f64, y: f64| eval::point(&kernel, p, y, None, &[]);
            assert_eq!(at(1.0, 1.0), [0.0, first, second], "{gamma} {format} {mode}");
            assert_eq!(at(0.0, 0.0), [0.0, -3.0 * first, 3.0 * second], "{gamma} {format} {mode}");
            assert_eq!(at(-0.0, 0.0), at(0.0, 0.0));
            for hard in [at(0.0, 1.0), at(-0.0, 1.0)] {
                assert_eq!(hard, [infinite, -infinite, infinite], "{gamma} {format} {mode}");
            }
            assert_eq!(at(1.0, 0.0), [infinite, infinite, infinite], "{gamma} {format} {mode}");
            for p in [-format.least(), 1.0 + 2.0 * format.unit(), 7.0, infinite, -infinite, f64::NAN] {
                assert!(at(p, 1.0).iter().chain(&at(p, 0.0)).all(|value| value.is_nan()), "{p}");
            }
        }
    });
}

#[test]
fn an_open_gamma_has_the_same_limits() {
    each(|format, mode| {
        let kernel = kernel(&[("alpha", "param"), ("gamma", "param")], format, mode, 1);
        for (gamma, first) in [(0.0, -0.25), (0.01, 0.0), (1.0, 0.0), (5.0, 0.0)] {
            let at = |p: f64, y: f64, alpha: f64| eval::point(&kernel, p, y, None, &[alpha, gamma]);
            assert_eq!(at(1.0, 1.0, 0.25), [0.0, first], "{gamma} {format} {mode}");
            assert_eq!(at(0.0, 1.0, 0.25), [f64::INFINITY, f64::NEG_INFINITY], "{gamma} {format} {mode}");
            assert_eq!(at(0.0, 1.0, 0.0), [0.0, 0.0], "{gamma} {format} {mode}");
        }
    });
}

#[test]
fn what_is_finite_is_finite_to_the_last_subnormal() {
    each(|format, mode| {
        for gamma in ["0", "0.01", "0.5", "2"] {
            let kernel = kernel(&[("alpha", "0.25"), ("gamma", gamma)], format, mode, 2);
            let mut p = format.least();
            while p < 0.5 {
                for (y, p_t) in [(1.0, p), (0.0, 1.0 - p)] {
                    let found = eval::point(&kernel, p, y, None, &[]);
                    let alpha = if y == 1.0 { 0.25 } else { 0.75 };
                    let greatest = format.greatest();
                    assert!(
                        found[0].is_finite() && found.iter().all(|value| !value.is_nan()),
                        "{gamma} {p:e}: {found:?}"
                    );
                    // where p_t is small, alpha/p_t and alpha/p_t^2
                    assert_eq!(found[1].is_finite(), alpha / p_t < greatest, "{gamma} {p:e}: {found:?}");
                    if y == 1.0 && p < 1e-6 {
                        assert_eq!(found[2].is_finite(), alpha / p / p < greatest, "{gamma} {p:e}: {found:?}");
                    }
                }
                p *= 2.0;
            }
        }
    });
}

#[test]
fn a_clip_is_what_keras_does() {
    each(|format, mode| {
        let kernel = kernel(&[("alpha", "0.25"), ("gamma", "2"), ("clip", "1e-7")], format, mode, 2);
        let at = |p: f64, y: f64| eval::point(&kernel, p, y, None, &[]);
        let lo = format.round(1e-7);
        let hi = format.round(1.0 - lo);
        if format == Format::F32 {
            assert_eq!(hi, 1.0 - 2f64.powi(-23));
        }
        for y in [0.0, 1.0] {
            for (beyond, end) in
                [(0.0, lo), (-3.0, lo), (f64::NEG_INFINITY, lo), (1.0, hi), (2.0, hi), (f64::INFINITY, hi)]
            {
                let (beyond, end) = (at(beyond, y), at(end, y));
                assert_eq!(beyond[0], end[0]);
                assert_eq!(beyond[1..], [0.0, 0.0]);
                assert!(end[1] != 0.0 && end.iter().all(|value| value.is_finite()));
            }
            assert!(at(f64::NAN, y).iter().all(|value| value.is_nan()));
            // below the loss of Keras, in the digits that f32 has there
            for p in [0.03, 0.3, 0.5, 0.9] {
                let p = format.round(p);
                let (p_t, alpha) = if y == 1.0 { (p, 0.25) } else { (1.0 - p, 0.75) };
                let keras = -alpha * (1.0 - p_t) * (1.0 - p_t) * p_t.ln();
                assert!((at(p, y)[0] / keras - 1.0).abs() < 1e-5, "{p} {y}");
            }
        }
        assert!(at(0.5, 0.5).iter().all(|value| value.is_nan()));
    });
}

#[test]
fn a_clip_is_doubted() {
    for gamma in ["0.5", "2"] {
        let choices = choices(&[("gamma", gamma), ("clip", "1e-7")]);
        for mode in [Mode::Accurate, Mode::Fast] {
            let options = VerifyOptions { choices: choices.clone(), mode, samples: 2_000, ..VerifyOptions::default() };
            let findings = verify(derivation(LOSS), &options).unwrap();
            assert!(findings.holds(), "{findings}");
        }
    }
    // a kernel without the clip is not the function with it
    let mut kernel = kernel(&[("gamma", "2")], Format::F32, Mode::Accurate, 1);
    let clipped = settle(&derivation(LOSS).spec, &choices(&[("gamma", "2"), ("clip", "1e-7")]), Format::F32).unwrap();
    kernel.parameters = clipped;
    let findings = focal_derive::verify::verify_kernel(derivation(LOSS), &kernel, &VerifyOptions::default()).unwrap();
    assert!(!findings.holds(), "{findings}");
}

#[test]
fn a_clip_is_written() {
    let options = EmitOptions { choices: choices(&[("gamma", "2"), ("clip", "1e-7")]), ..EmitOptions::default() };
    let text = emit::emit(derivation(LOSS), &options).unwrap();
    for part in ["focal-derive emit focal_probability --clip 0.0000001 --gamma 2", "pub const CLIP: f32 = 1e-7;"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(emit::emit(derivation(LOSS), &options).unwrap(), text);
}

#[test]
fn what_cannot_be_is_refused() {
    let of = |loss: &str, words: &[(&str, &str)]| {
        settle(&derivation(loss).spec, &choices(words), Format::F32).map(|_| ()).unwrap_err().to_string()
    };
    assert!(of(LOSS, &[("gamma", "2"), ("clip", "param")]).contains("the clip cannot be an argument"));
    assert!(of(LOSS, &[("gamma", "2"), ("clip", "0.5")]).contains("--clip 1e-7"));
    assert!(of("focal_binary", &[("gamma", "2"), ("clip", "0.1")]).contains("has no parameter `clip`"));
    let text = "[inputs]\nx = { domain = \"finite\" }\n[formula]\nloss = \"x^2\"\n[options]\nclip = \"x\"\n";
    let message = Spec::parse("own", "own.toml", text).unwrap_err().to_string();
    assert!(message.contains("where it lies in (0, 1)") && message.contains("own.toml:6"), "{message}");
    let open = settle(&derivation(LOSS).spec, &choices(&[("gamma", "param")]), Format::F64).unwrap();
    let message = lower::kernel(derivation(LOSS), &open, (Format::F64, Mode::Accurate), 2, false).unwrap_err();
    assert!(message.to_string().contains("--order 1"), "{message}");
}
