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

/// `main.rs` of a folder compiles without a warning in every edition, and clippy has nothing to say.
pub fn quiet_in_every_edition(folder: &Path) {
    for edition in ["2018", "2021", "2024"] {
        let arguments = ["--edition", edition, "-D", "warnings", "--emit", "metadata", "-o", "quiet", "main.rs"];
        quiet("rustc", &arguments, folder);
        quiet("clippy-driver", &arguments, folder);
    }
}

/// rustfmt leaves files as they are, in every style.
pub fn fixed_points_of_rustfmt(files: &[String], folder: &Path) {
    fs::write(folder.join("rustfmt.toml"), "").unwrap();
    for style in ["2015", "2021", "2024"] {
        let style = format!("style_edition={style}");
        let mut arguments = vec!["--check", "--edition", "2021", "--config", &style];
        arguments.extend(files.iter().map(String::as_str));
        quiet("rustfmt", &arguments, folder);
    }
}
