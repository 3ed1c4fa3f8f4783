//! `--only FILE`: one emitted file beside the yardsticks of its types, for people who tune the emitter.

use std::fs;
use std::path::Path;

use super::make::{FUNCTIONS, Text, Workshop, types};
use super::measure::{Size, Timed, measure};
use super::rows::{CAREFUL, HAND_WRITTEN, MEMORY, TARGETS, YARDSTICKS};

const SIZES: [Size; 2] = [Size { elements: 10_000, fresh: false }, Size { elements: 1_000_000, fresh: false }];
const REPETITIONS: usize = 31;

/// Prints ns per element, and ratios to yardsticks at the same target and size.
pub fn run(workshop: &Workshop, file: &Path) -> Result<(), String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let [float, labels] = types(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let name = file.file_stem().map_or("kernel".into(), |stem| stem.to_string_lossy());
    let kernel = Text { text: text.clone(), module: "" };
    let mut libraries = Vec::new();
    for &target in TARGETS {
        libraries.push(workshop.library(&name, [float, labels], &kernel, target)?);
    }
    for row in YARDSTICKS.iter().filter(|row| row.float == float && [CAREFUL, HAND_WRITTEN, MEMORY].contains(&row.name))
    {
        let labels_fit = row.labels == labels || labels == "bool" && row.labels == "u8";
        if row.name != MEMORY || labels_fit {
            libraries.extend(workshop.row(row, &workshop.text(row)?)?);
        }
    }
    let timed = measure(&workshop.timer()?, &libraries, &SIZES, REPETITIONS)?;
    for function in FUNCTIONS {
        table(&timed, &name, function);
    }
    Ok(())
}

fn table(all: &[Timed], name: &str, function: &str) {
    let wanted = |timed: &&Timed| timed.function == function && timed.library.name != MEMORY;
    if !all.iter().any(|timed| timed.function == function && timed.library.name == name) {
        return;
    }
    println!(
        "\n{function}, ns per element at n = 10^4, 10^6; then times the same target's memory pass, hand-written, careful"
    );
    for timed in all.iter().filter(wanted) {
        let ratio = |yardstick: &str| -> String {
            // a memory pass has one function: two inputs, two outputs
            let same = |other: &&Timed| {
                let library = other.library;
                library.name == yardstick
                    && library.target == timed.library.target
                    && (yardstick == MEMORY || other.function == function)
            };
            match all.iter().find(same) {
                Some(other) if yardstick != timed.library.name => {
                    let pairs = timed.times.iter().zip(&other.times);
                    pairs.map(|(time, other)| format!(" {:6.2}", time / other)).collect()
                }
                _ => " ".repeat(14),
            }
        };
        let times: String = timed.times.iter().map(|time| format!(" {time:7.2}")).collect();
        let [memory, hand, careful] = [MEMORY, HAND_WRITTEN, CAREFUL].map(ratio);
        println!("{:24} {:8}{times}  |{memory}  |{hand}  |{careful}", timed.library.name, timed.library.target);
    }
}
