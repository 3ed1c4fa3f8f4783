//! Times what the tool emits beside yardsticks, in one run: `sh benches/run`, and `sh benches/run --help`.
//!
//! No figure is asserted here: machines differ. `docs/performance.md` says what the columns mean.

mod all;
mod make;
mod measure;
mod only;
mod rows;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use make::Workshop;

const HELP: &str = "\
sh benches/run                 times each kernel of the table beside the yardsticks; about ten minutes
sh benches/run --write         the same, and writes the table into docs/performance.md
sh benches/run --only FILE     times one emitted file; some seconds
sh benches/run --libraries     compiles each kernel of the table and prints where it is";

fn main() -> ExitCode {
    // cargo says `--bench` to every benchmark
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("speed");
    let workshop =
        Workshop { root, tool: Path::new(env!("CARGO_BIN_EXE_focal-derive")), folder: &folder, rustc: make::rustc() };
    let done = match words[..] {
        [] => all::run(&workshop, false),
        ["--write"] => all::run(&workshop, true),
        ["--libraries"] => all::list(&workshop),
        ["--only", file] => only::run(&workshop, Path::new(file)),
        ["--help"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(format!("{} is not understood\n{HELP}", arguments.join(" "))),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::from(2)
        }
    }
}
