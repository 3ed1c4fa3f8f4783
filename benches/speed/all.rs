//! Every row of the table: compiled, listed, or timed.

use super::make::{Library, Workshop};
use super::measure::{Size, measure};
use super::rows::{EMITTED, YARDSTICKS};
use super::table::{self, Machine};

const SIZES: [Size; 4] = [
    Size { elements: 10_000, fresh: false },
    Size { elements: 1_000_000, fresh: false },
    Size { elements: 1_000_000, fresh: true },
    Size { elements: 10_000_000, fresh: false },
];
const REPETITIONS: usize = 31;

/// The document that the table stands in.
const DOCUMENT: &str = "docs/performance.md";

/// Prints a line for each library: name, target, float, labels, functions, path, separated by tabs.
pub fn list(workshop: &Workshop) -> Result<(), String> {
    let (libraries, missing) = compiled(workshop)?;
    for Library { name, target, float, labels, functions, path } in &libraries {
        println!("{name}\t{target}\t{float}\t{labels}\t{}\t{}", functions.join(","), path.display());
    }
    for missing in &missing {
        eprintln!("not there: {missing}");
    }
    Ok(())
}

/// Prints the table, and puts it into the document where that is asked for.
pub fn run(workshop: &Workshop, write: bool) -> Result<(), String> {
    let (libraries, missing) = compiled(workshop)?;
    let timed = measure(&workshop.timer()?, &libraries, &SIZES, REPETITIONS)?;
    let text = table::text(&timed, &missing, &Machine::this(&workshop.rustc));
    print!("{text}");
    if write { table::put(&workshop.root.join(DOCUMENT), "speed", &text) } else { Ok(()) }
}

/// Libraries of all rows, and what there is not: options that the tool does not take, text that does not compile.
fn compiled(workshop: &Workshop) -> Result<(Vec<Library>, Vec<String>), String> {
    let (mut libraries, mut missing) = (Vec::new(), Vec::new());
    for row in EMITTED {
        eprintln!("compiling {}", row.name);
        match workshop.text(row).and_then(|text| workshop.row(row, &text)) {
            Ok(made) => libraries.extend(made),
            Err(why) => missing.push(format!("{}: {why}", row.name)),
        }
    }
    if libraries.is_empty() {
        return Err(missing.join("\n"));
    }
    for row in YARDSTICKS {
        libraries.extend(workshop.row(row, &workshop.text(row)?)?);
    }
    Ok((libraries, missing))
}
