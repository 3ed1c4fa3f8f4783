//! A program made of emitted modules: it checks slices and sums against the scalar functions itself, and prints the
//! bits of the scalar functions, which are compared with the kernel's evaluator here.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use focal_derive::emit::Labels;
use focal_derive::kernel::{Format, eval};

use super::kernels::Case;
use super::tools;

/// Writes the program: a module for each kernel, the points, and a main.
pub fn write(cases: &[Case], folder: &Path) {
    let mut main = concat!(include_str!("program_head.rs"), include_str!("panic_head.rs")).to_string();
    let mut body = String::new();
    for (place, case) in cases.iter().enumerate() {
        fs::write(folder.join(format!("k{place}.rs")), case.text()).unwrap();
        writeln!(main, "mod k{place};").unwrap();
        for arguments in &case.arguments {
            body.push_str(&run(case, place, arguments));
        }
    }
    let bytes: Vec<u8> = points().iter().flatten().flat_map(|value| value.to_bits().to_le_bytes()).collect();
    fs::write(folder.join("points"), bytes).unwrap();
    fs::write(
        folder.join("main.rs"),
        format!("{main}\nfn main() {{\n    let points = points();\n{body}    panics();\n}}\n"),
    )
    .unwrap();
}

/// Further arguments: the weight where the kernel takes one, then open parameters.
pub fn rest(case: &Case, weight: &str, parameters: &[f64]) -> String {
    let mut rest = if case.kernel.weighted { format!(", {weight}") } else { String::new() };
    let open =
        case.kernel.parameters.iter().filter(|one| one.setting == focal_derive::kernel::Setting::Argument).count();
    for value in &parameters[..open] {
        match case.kernel.format {
            Format::F32 => write!(rest, ", f32::from_bits({})", (*value as f32).to_bits()).unwrap(),
            Format::F64 => write!(rest, ", f64::from_bits({})", value.to_bits()).unwrap(),
        }
    }
    rest
}

/// One block of main: one kernel with one choice of open parameters.
fn run(case: &Case, place: usize, arguments: &[f64]) -> String {
    let (kind, label) = match case.options.labels {
        Labels::Float => ("F", "|y| y as F"),
        Labels::U8 => ("u8", "|y| if y == 0.0 { 0u8 } else if y == 1.0 { 1 } else { 2 + (y as u8) % 200 }"),
        Labels::Bool => ("bool", "|y| y == 1.0"),
        Labels::PlusMinus => {
            ("F", "|y| if y == 0.0 { -1.0 } else if y == 1.0 { 1.0 } else if y == -1.0 { 0.0 } else { y as F }")
        }
    };
    let (scalar, slice) = (rest(case, "*w", arguments), rest(case, "w", arguments));
    let mut text = format!(
        "    {{\n        type F = {};\n        type L = {kind};\n        use k{place} as k;\n        \
         let label = {label};\n        let scalar = |x: &F, y: &L, w: &F| {{ let _ = w; Element {{\n",
        case.kernel.format
    );
    let order = case.kernel.outputs.len() - 1;
    let call = |name: &str| format!("k::{name}(*x, *y{scalar})");
    let part = |least: usize, text: String| if order >= least { format!("Some({text})") } else { "None".into() };
    writeln!(text, "            forward: {},", call("forward")).unwrap();
    writeln!(text, "            backward: {},", part(1, call("backward"))).unwrap();
    writeln!(text, "            both: {},", part(1, call("forward_backward"))).unwrap();
    writeln!(text, "            hessian: {},", part(2, call("hessian"))).unwrap();
    writeln!(text, "            second: {},", part(2, call("backward_hessian"))).unwrap();
    writeln!(text, "        }} }};").unwrap();
    writeln!(text, "        let slices = |x: &[F], y: &[L], w: &[F]| {{\n            let _ = w; let n = x.len();")
        .unwrap();
    writeln!(text, "            let mut out = Slices::new(n);").unwrap();
    writeln!(text, "            k::forward_slice(x, y{slice}, &mut out.forward);").unwrap();
    writeln!(text, "            out.sum = k::forward_sum(x, y{slice});").unwrap();
    writeln!(text, "            out.mean = k::forward_mean(x, y{slice});").unwrap();
    if order >= 1 {
        writeln!(text, "            k::backward_slice(x, y{slice}, &mut out.backward);").unwrap();
        writeln!(text, "            k::forward_backward_slice(x, y{slice}, &mut out.both.0, &mut out.both.1);")
            .unwrap();
        writeln!(text, "            out.scaled_sum = k::forward_backward_sum(x, y{slice}, 0.75, &mut out.scaled);")
            .unwrap();
    }
    if order >= 2 {
        writeln!(text, "            k::backward_hessian_slice(x, y{slice}, &mut out.second.0, &mut out.second.1);")
            .unwrap();
    }
    writeln!(text, "            out\n        }};\n        run(&points, label, scalar, slices);\n    }}").unwrap();
    text
}

/// Runs the program and compares what it prints with the evaluator.
pub fn compare(cases: &[Case], folder: &Path, program: &str) {
    let program = folder.join(program);
    let output = tools::run(&program.display().to_string(), &[], folder).expect("it was compiled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut bits = output.stdout.chunks_exact(8).map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
    let mut compared = 0;
    for (place, case) in cases.iter().enumerate() {
        for arguments in &case.arguments {
            compared += one(case, place, arguments, &mut bits);
        }
    }
    assert!(bits.next().is_none(), "everything that was printed was compared");
    assert!(compared > 200_000, "{compared}");
}

/// One block of main; how many numbers were compared.
fn one(case: &Case, place: usize, arguments: &[f64], bits: &mut impl Iterator<Item = u64>) -> usize {
    let round = |value: &f64| if case.kernel.format == Format::F32 { f64::from(*value as f32) } else { *value };
    let points = points();
    let x: Vec<f64> = points.iter().map(|point| round(&point[0])).collect();
    let y: Vec<f64> = points.iter().map(|point| label(case.options.labels, point[1])).collect();
    let w: Vec<f64> = points.iter().map(|point| round(&point[2])).collect();
    let arguments: Vec<f64> = arguments.iter().map(round).collect();
    let mut out = vec![Vec::new(); case.kernel.outputs.len()];
    eval::block(&case.kernel, &x, &y, Some(&w), &arguments, &mut out);
    let functions: &[&[usize]] = match out.len() {
        1 => &[&[0]],
        2 => &[&[0], &[1], &[0, 1]],
        _ => &[&[0], &[1], &[0, 1], &[2], &[1, 2]],
    };
    let mut compared = 0;
    for i in 0..points.len() {
        for outputs in functions {
            for &output in *outputs {
                let (found, expected) = (f64::from_bits(bits.next().expect("a number")), out[output][i]);
                let same = found.to_bits() == expected.to_bits() || found.is_nan() && expected.is_nan();
                assert!(
                    same,
                    "kernel {place}, outputs {outputs:?}, output {output}, parameters {arguments:?} at x = {:e}, y = {:e}, w = {:e}: \
                     the text gives {found:e}, the evaluator {expected:e}",
                    x[i], points[i][1], w[i]
                );
                compared += 1;
            }
        }
    }
    compared
}

/// What the evaluator is given for a label of the points: 0, 1, or what is no label.
fn label(labels: Labels, y: f64) -> f64 {
    match labels {
        Labels::Float => y,
        Labels::Bool => f64::from(u8::from(y == 1.0)),
        Labels::U8 | Labels::PlusMinus => {
            if y == 0.0 || y == 1.0 {
                y
            } else {
                2.0
            }
        }
    }
}

/// Inputs, labels and weights: ends, subnormals, what is no number, and bits at random.
fn points() -> Vec<[f64; 3]> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut x = vec![0.0, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE, 5e-324, 1e-45, 1e-39, f64::MAX, 3.4e38, 3.5e38];
    x.extend([744.0, 745.2, 746.0, 799.9, 800.0, 800.1, 88.0, 104.0, 1.0 / 3.0, 5.0, 2.0]);
    x.extend((-30..12).map(|power| f64::powi(2.0, power)));
    x = x.iter().flat_map(|x| [*x, -x]).collect();
    let mut points = Vec::new();
    for x in x {
        points.extend([0.0, 1.0, -0.0].map(|y| [x, y, 1.0]));
        points.extend([0.5, -1.0, 2.0, f64::NAN, f64::INFINITY, 255.0].map(|y| [x, y, 1.0]));
        points.extend([0.0, -0.0, 0.3, -2.0, f64::NAN, f64::INFINITY].map(|w| [x, 1.0, w]));
        points.push([x, f64::NAN, 0.0]);
    }
    for place in 0..1500 {
        let unit = (next() >> 11) as f64 / (1_u64 << 53) as f64;
        let x = match place % 3 {
            0 => f64::from_bits(next()),
            1 => 60.0 * unit - 30.0,
            _ => f64::from(f32::from_bits(next() as u32)),
        };
        points.push([x, (next() % 2) as f64, if place % 4 == 0 { 4.0 * unit } else { 1.0 }]);
    }
    points
}
