//! Does the benchmark time what it says? Its rows compile, load, and give the values of the library's kernels.
//!
//! Nothing is timed here. Without the feature `kernels` there is nothing to compare with.

#[allow(dead_code)]
#[path = "../../benches/speed/make.rs"]
mod make;
#[allow(dead_code)]
#[path = "../../benches/speed/measure.rs"]
mod measure;
#[allow(dead_code)]
#[path = "../../benches/speed/rows.rs"]
mod rows;

use std::path::{Path, PathBuf};

use make::{FUNCTIONS, Library, Text, Workshop};
use rows::{CAREFUL, EMITTED, HAND_WRITTEN, Row, TARGETS, TEXTBOOK, YARDSTICKS};

/// Hard, middling and easy examples of either label.
const LOGITS: [f64; 14] = [-80.0, -30.0, -9.25, -4.0, -2.5, -0.75, -0.125, 0.0, 0.125, 0.75, 2.5, 4.0, 9.25, 30.0];

/// What careful code of four functions and a dozen operations may lose.
const CAREFUL_ULP: f64 = 16.0;
/// The paper's formula is good to this where nothing cancels: near logit 0.
const TEXTBOOK_ULP: f64 = 64.0;
const TEXTBOOK_LOGIT: f64 = 1.0;

fn workshop(folder: &Path) -> Workshop<'_> {
    let tool = Path::new(env!("CARGO_BIN_EXE_focal-derive"));
    Workshop { root: Path::new(env!("CARGO_MANIFEST_DIR")), tool, folder, rustc: make::rustc() }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("speed")
}

/// For the default target: others may not run here.
fn library(workshop: &Workshop, row: &Row, text: &Text) -> Library {
    let made = workshop.library(row.name, [row.float, row.labels], text, TARGETS[0]);
    made.unwrap_or_else(|why| panic!("{why}"))
}

/// Logit, label and both outputs, as the timer's loader gets them from the library.
fn values(timer: &Path, library: &Library, function: &str) -> Vec<(f64, f64, [f64; 2])> {
    let logits = LOGITS.map(|x| x.to_string()).join(",");
    let said = measure::run(timer, &["values".to_string(), logits], [(library, function)].into_iter()).unwrap();
    let double = library.float == "f64";
    let value = |word: &str| {
        let bits = u64::from_str_radix(word, 16).unwrap();
        if double { f64::from_bits(bits) } else { f64::from(f32::from_bits(u32::try_from(bits).unwrap())) }
    };
    let outputs: Vec<f64> = said.split_whitespace().map(value).collect();
    assert_eq!(outputs.len(), 4 * LOGITS.len(), "{said}");
    let inputs = LOGITS.iter().flat_map(|&x| [(x, 0.0), (x, 1.0)]);
    inputs.zip(outputs.chunks(2)).map(|((x, y), pair)| (x, y, [pair[0], pair[1]])).collect()
}

/// The library's kernel: loss and gradient, or gradient and Hessian with the sum of its absolute terms.
fn expected(function: &str, x: f64, y: f64) -> [(f64, f64); 2] {
    use focal_derive::kernels::focal_binary::f64::{backward_hessian, forward_backward};
    let (alpha, gamma) = (0.25, 2.0);
    if function == FUNCTIONS[0] {
        let (loss, grad) = forward_backward(x, y, alpha, gamma);
        return [(loss, loss.abs()), (grad, grad.abs())];
    }
    let (grad, hess) = backward_hessian(x, y, alpha, gamma);
    let z = (2.0 * y - 1.0) * x;
    let (p, q, ell) = (1.0 / (1.0 + (-z).exp()), 1.0 / (1.0 + z.exp()), (-z).max(0.0) + (-z.abs()).exp().ln_1p());
    let alpha = if y == 1.0 { alpha } else { 1.0 - alpha };
    let terms = alpha * p * q * q * (5.0 * q + 2.0 * ell * (2.0 * p + q));
    [(grad, grad.abs()), (hess, terms)]
}

/// The largest error, in ulps of the format at the value (or its sum of terms).
fn error(float: &str, function: &str, values: &[(f64, f64, [f64; 2])]) -> f64 {
    let digits = if float == "f64" { 52 } else { 23 };
    let errors = values.iter().flat_map(|&(x, y, outputs)| {
        let pairs = outputs.into_iter().zip(expected(function, x, y));
        pairs.map(move |(output, (value, size))| {
            let ulp = 2.0_f64.powi(size.log2().floor() as i32 - digits);
            // below the normal numbers of f32
            (output - value).abs() / if float == "f32" { ulp.max(2.0_f64.powi(-149)) } else { ulp }
        })
    });
    // a NaN must not be lost
    errors.fold(0.0, |most, error| if error <= most { most } else { error })
}

/// The largest bound in the header, whose lines say `loss within 0.5001 ulp`.
fn bound(text: &str) -> f64 {
    let head = text.lines().take_while(|line| line.starts_with("//"));
    let bounds = head.filter_map(|line| match line.split_once(" within ")?.1.split(' ').collect::<Vec<_>>()[..] {
        [bound, "ulp", ..] => bound.parse::<f64>().ok(),
        _ => None,
    });
    let most = bounds.fold(0.0, f64::max);
    assert!(most > 0.0, "no bound in the header:\n{text}");
    most
}

#[test]
fn emitted_rows_give_the_values_of_the_library() {
    let folder = folder();
    let workshop = workshop(&folder);
    let timer = workshop.timer().unwrap();
    let library_bound = bound(include_str!("../../derivations/focal_binary/kernel_f64.rs"));
    let mut looked = 0;
    for row in EMITTED {
        let text = match workshop.text(row) {
            Ok(text) => text,
            // an option of another version
            Err(why) if why.contains("unexpected argument") => continue,
            Err(why) => panic!("{}: {why}", row.name),
        };
        let library = library(&workshop, row, &text);
        assert_eq!(library.functions, FUNCTIONS, "{}", row.name);
        // the library's own error counts where it is as large as an ulp of the row
        let most = bound(&text.text) + if row.float == "f64" { library_bound } else { 1e-6 };
        for function in FUNCTIONS {
            let error = error(row.float, function, &values(&timer, &library, function));
            assert!(error <= most, "{}, {function}: {error} ulp, {most} were promised", row.name);
        }
        looked += 1;
    }
    assert!(looked >= 3, "{looked} rows");
}

#[test]
fn yardsticks_measure_the_same_function() {
    let folder = folder();
    let workshop = workshop(&folder);
    let timer = workshop.timer().unwrap();
    for row in YARDSTICKS {
        let text = workshop.text(row).unwrap();
        let library = library(&workshop, row, &text);
        for &function in &library.functions {
            let mut values = values(&timer, &library, function);
            let most = match row.name {
                HAND_WRITTEN => 0.5001,
                CAREFUL => CAREFUL_ULP,
                TEXTBOOK => {
                    // it cancels elsewhere, which also shows that the measure sees what is wrong
                    assert!(error(row.float, function, &values) > 1000.0 * TEXTBOOK_ULP);
                    values.retain(|(x, ..)| x.abs() <= TEXTBOOK_LOGIT);
                    TEXTBOOK_ULP
                }
                _ => continue,
            };
            let error = error(row.float, function, &values);
            assert!(error <= most, "{}, {}, {function}: {error} ulp", row.name, row.float);
        }
    }
}

#[test]
fn the_document_has_places_for_the_tables() {
    let document = include_str!("../../docs/performance.md");
    for name in ["speed", "peers"] {
        for edge in ["begin", "end"] {
            assert_eq!(document.matches(&format!("<!-- {name} {edge} -->")).count(), 1, "{name} {edge}");
        }
    }
}
