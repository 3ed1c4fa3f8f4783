//! Libraries → nanoseconds per element, by one process in which they take turns.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::make::Library;

/// How many elements, and whether labels are new at each call (or the same, so that branches are learnt).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    pub elements: usize,
    pub fresh: bool,
}

/// One function of one library with its times, one for each size.
pub struct Timed<'a> {
    pub library: &'a Library,
    pub function: &'static str,
    pub times: Vec<f64>,
}

/// Times what each library has of the functions.
pub fn measure<'a>(
    timer: &Path,
    libraries: &'a [Library],
    sizes: &[Size],
    repetitions: usize,
) -> Result<Vec<Timed<'a>>, String> {
    let each = libraries.iter().flat_map(|library| library.functions.iter().map(move |function| (library, *function)));
    let mut all: Vec<Timed> = each.map(|(library, function)| Timed { library, function, times: Vec::new() }).collect();
    for size in sizes {
        let labels = if size.fresh { "fresh" } else { "same" };
        eprintln!("timing {} kernels at n = {}, {labels} labels", all.len(), size.elements);
        let arguments = ["time".to_string(), size.elements.to_string(), repetitions.to_string(), labels.to_string()];
        let list = all.iter().map(|timed| (timed.library, timed.function));
        let said = run(timer, &arguments, list)?;
        let times: Vec<f64> = said.lines().filter_map(|line| line.parse().ok()).collect();
        if times.len() != all.len() {
            return Err(format!("the timer gave {} times for {} kernels", times.len(), all.len()));
        }
        for (timed, time) in all.iter_mut().zip(times) {
            timed.times.push(time);
        }
    }
    Ok(all)
}

/// What the timer prints for a list of functions.
pub fn run<'a>(
    timer: &Path,
    arguments: &[String],
    list: impl Iterator<Item = (&'a Library, &'a str)>,
) -> Result<String, String> {
    let lines: Vec<String> = list
        .map(|(library, function)| {
            format!("{}\t{function}\t{}\t{}\n", library.path.display(), library.float, library.labels)
        })
        .collect();
    let failed = |error: std::io::Error| format!("{}: {error}", timer.display());
    let mut command = Command::new(timer);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(lines.concat().as_bytes()).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    if output.status.success() {
        String::from_utf8(output.stdout).map_err(|error| error.to_string())
    } else {
        Err(format!("the timer ended with {}", output.status))
    }
}
