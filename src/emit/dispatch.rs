//! A choice at run time: the same body compiled for what some processors have, the plain one for all others.
//!
//! The variants differ in the width of vectors alone; operations are fused where the text says so and nowhere else, so the
//! bits are the same. Where it does, every variant is for processors that have them.

use super::items::arguments_allowance;
use super::layout::{self, Shape};

/// What a variant is called, its features, widest first.
const LEVELS: [(&str, &[&str]); 2] = [("avx512", &["avx512f", "avx512dq", "avx512vl"]), ("avx2", &["avx2"])];

/// With fused operations: AVX-512 has them of its own, but only with the feature does `mul_add` compile to one.
const FUSED: [(&str, &[&str]); 2] =
    [("avx512", &["avx512f", "avx512dq", "avx512vl", "fma"]), ("avx2", &["avx2", "fma"])];

fn variants(fused: bool) -> [(&'static str, &'static [&'static str]); 2] {
    if fused { FUSED } else { LEVELS }
}

/// The statements that call the widest variant that the processor has.
pub fn choice(name: &str, fused: bool, call: &dyn Fn(&str) -> Shape) -> String {
    let mut text = "    #[cfg(target_arch = \"x86_64\")]\n    {\n".to_string();
    for (level, features) in variants(fused) {
        let tests: Vec<String> =
            features.iter().map(|feature| format!("std::is_x86_feature_detected!(\"{feature}\")")).collect();
        text.push_str(&match &tests[..] {
            [test] => format!("        if {test} {{\n"),
            tests => format!("        if {}\n        {{\n", tests.join("\n            && ")),
        });
        text.push_str("            // SAFETY: the processor has the features that the function was compiled for.\n");
        let call = call(&format!("{name}_{level}"));
        text.push_str("            unsafe {\n");
        text.push_str(&layout::statement(16, "return ", &call, ";\n"));
        text.push_str("            }\n        }\n");
    }
    text + "    }\n"
}

/// The variants: the body inlined where the compiler may use the features.
pub fn levels((name, fused): (&str, bool), arguments: &[String], result: &str, plain: &Shape) -> Vec<String> {
    let level = |(level, features): (&str, &[&str])| {
        [
            format!("/// `{name}` behind its checks, for processors with {}.\n", features.join(", ")),
            "#[allow(dead_code)]\n".to_string(),
            arguments_allowance(arguments.len()).to_string(),
            format!("#[cfg(target_arch = \"x86_64\")]\n#[target_feature(enable = \"{}\")]\n", features.join(",")),
            layout::signature("", &format!("{name}_{level}"), arguments, result),
            format!("\n{}}}\n", layout::statement(4, "", plain, if result.is_empty() { ";\n" } else { "\n" })),
        ]
        .concat()
    };
    variants(fused).into_iter().map(level).collect()
}
