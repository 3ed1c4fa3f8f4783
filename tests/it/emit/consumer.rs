//! A crate of its own that holds an emitted file: compiled, run, its gradients compared.

use std::fs;
use std::path::Path;

use focal_derive::kernel::eval;

use super::kernels::Case;
use super::tools;

/// Puts the text into the crate, runs it, and compares the gradients that it prints with the kernel's evaluator.
pub fn trains(case: &Case) {
    let folder = tools::folder("training");
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/consumers/training");
    fs::create_dir(folder.join("src")).unwrap();
    for file in ["Cargo.toml", "src/main.rs"] {
        fs::copy(home.join(file), folder.join(file)).unwrap();
    }
    fs::write(folder.join("src/focal.rs"), case.text()).unwrap();
    let cargo = env!("CARGO");
    let arguments = ["run", "--quiet", "--offline", "--release", "--target-dir", "target"];
    let output = tools::run(cargo, &arguments, &folder).expect("cargo runs the tests");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines = said.lines();
    assert_eq!(lines.next(), Some("epochs 200, rises 0, halved true"));
    lines.next();
    let mut rows = 0;
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let x: f64 = words[0].parse().unwrap();
        for (label, bits) in [(1.0, words[1]), (0.0, words[2])] {
            let expected = eval::point(&case.kernel, x, label, None, &[])[1] as f32;
            assert_eq!(bits, format!("{:08x}", expected.to_bits()), "gradient at x = {x}, y = {label}");
        }
        rows += 1;
    }
    assert_eq!(rows, 11);
    insta::assert_snapshot!("training", said);
}
