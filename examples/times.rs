//! Times the tool's usual commands, each the median of whole processes, beside what is required.
//!
//! ```text
//! cargo build --release && cargo run --release --example times -- [RUNS]
//! ```
//!
//! Exit code 1 where a median is above the figure. The figures are for an idle machine.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// A command, and how many milliseconds it may take.
const COMMANDS: [(&str, u64); 12] = [
    ("--help", 50),
    ("emit --help", 50),
    ("list", 50),
    ("emit --gamma 2", 300),
    ("emit --gamma 3.7", 300),
    ("emit --gamma 2 --order 2", 300),
    ("emit --gamma 3.7 --order 2 --precision f64", 300),
    ("emit --gamma param --alpha param --order 2 --precision f64", 300),
    ("emit focal_star --gamma 2 --beta 1 --order 2 --precision f64", 300),
    ("derive focal_binary", 2000),
    ("derive focal_star", 2000),
    ("derive cross_entropy_binary", 2000),
];

const RUNS: usize = 9;

fn main() -> ExitCode {
    match std::env::args().nth(1).map_or(Ok(RUNS), |word| word.parse()) {
        Ok(runs) if runs > 0 => match table(runs) {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::from(1),
            Err(message) => failed(&message),
        },
        _ => failed("the argument is the number of runs, 1 or more"),
    }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("error: {message}");
    ExitCode::from(2)
}

/// Prints a row for each command; are all within their figures?
fn table(runs: usize) -> Result<bool, String> {
    let tool = tool()?;
    let mut within = true;
    println!("{:62} {:>8} {:>8} {:>8}", "ms, of whole processes", "median", "least", "at most");
    for (arguments, most) in COMMANDS {
        let mut times = (0..runs).map(|_| run(&tool, arguments)).collect::<Result<Vec<_>, _>>()?;
        times.sort();
        let [median, least] = [times[runs / 2], times[0]].map(|time| time.as_secs_f64() * 1000.0);
        let above = times[runs / 2] > Duration::from_millis(most);
        within &= !above;
        println!("{arguments:62} {median:8.1} {least:8.1} {most:8}{}", if above { "  ABOVE" } else { "" });
    }
    Ok(within)
}

/// The binary of the same profile: `target/release/focal-derive` beside `target/release/examples/times`.
fn tool() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let name = format!("focal-derive{}", std::env::consts::EXE_SUFFIX);
    let tool = this.parent().and_then(Path::parent).map(|folder| folder.join(name));
    tool.filter(|tool| tool.is_file()).ok_or_else(|| "the tool is not built; cargo build --release".to_string())
}

fn run(tool: &Path, arguments: &str) -> Result<Duration, String> {
    let mut command = Command::new(tool);
    command.args(arguments.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let status = command.status().map_err(|error| error.to_string())?;
    let time = start.elapsed();
    if status.success() { Ok(time) } else { Err(format!("`focal-derive {arguments}` ended with {status}")) }
}
