//! rustc, clippy and rustfmt, run on emitted text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder of this name for a test's files.
pub fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("emit").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// Runs a tool of the toolchain in a folder; `None` where it is not installed, which fails under `FOCAL_NO_SKIP=1`.
pub fn run(tool: &str, arguments: &[&str], folder: &Path) -> Option<Output> {
    match Command::new(tool).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(error) => {
            assert!(std::env::var_os("FOCAL_NO_SKIP").is_none_or(|v| v != "1"), "{tool} does not run: {error}");
            println!("skipped: {tool} not found; rustup component add {}", tool.trim_end_matches("-driver"));
            None
        }
    }
}

/// Runs a tool that must succeed and say nothing.
pub fn quiet(tool: &str, arguments: &[&str], folder: &Path) {
    if let Some(output) = run(tool, arguments, folder) {
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && said.is_empty(), "{tool} {arguments:?} in {}:\n{said}", folder.display());
    }
}
