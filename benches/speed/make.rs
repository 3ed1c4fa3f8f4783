//! Rows → shared libraries with the C functions that the timer calls.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, id};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::rows::{Row, Source, Target};

/// Functions that are timed, by the name that emitted kernels give them before `_slice`.
pub const FUNCTIONS: [&str; 2] = ["forward_backward", "backward_hessian"];

/// One row compiled for one target.
pub struct Library {
    pub name: String,
    pub float: String,
    pub labels: String,
    pub target: &'static str,
    pub path: PathBuf,
    /// Which of `FUNCTIONS` it has.
    pub functions: Vec<&'static str>,
}

/// Where sources are read, the tool that emits, and where all is put.
pub struct Workshop<'a> {
    pub root: &'a Path,
    pub tool: &'a Path,
    pub folder: &'a Path,
    /// The version of the compiler.
    pub rustc: String,
}

/// A kernel's text with what the C functions need to know of it.
pub struct Text {
    pub text: String,
    pub module: &'static str,
}

impl Workshop<'_> {
    /// The text of a row, or why there is none: the tool may refuse an option.
    pub fn text(&self, row: &Row) -> Result<Text, String> {
        match row.source {
            Source::Yardstick(path, module) => {
                let text = fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))?;
                Ok(Text { text, module })
            }
            Source::Emitted(options) => {
                let output = Command::new(self.tool).arg("emit").args(options.split(' ')).output();
                let output = output.map_err(|error| format!("{}: {error}", self.tool.display()))?;
                if output.status.success() {
                    let text = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
                    Ok(Text { text, module: "" })
                } else {
                    let said = String::from_utf8_lossy(&output.stderr);
                    Err(format!("`emit {options}`: {}", said.lines().next().unwrap_or("it said nothing")))
                }
            }
        }
    }

    /// The row for each of the targets that it is compiled for.
    pub fn row(&self, row: &Row, text: &Text) -> Result<Vec<Library>, String> {
        row.targets.iter().map(|&target| self.library(row.name, [row.float, row.labels], text, target)).collect()
    }

    /// Compiles a kernel, if it is not there yet.
    pub fn library(
        &self,
        name: &str,
        [float, labels]: [&str; 2],
        text: &Text,
        (target, cpu): Target,
    ) -> Result<Library, String> {
        let functions: Vec<_> =
            FUNCTIONS.into_iter().filter(|name| text.text.contains(&signature_head(name))).collect();
        if functions.is_empty() {
            return Err(format!("{name}: it has neither `forward_backward_slice` nor `backward_hessian_slice`"));
        }
        let program = wrap(text, [float, labels], &functions)?;
        let mut flags = vec!["--crate-type=cdylib".to_string()];
        flags.extend(cpu.map(|cpu| format!("-Ctarget-cpu={cpu}")));
        let stem = format!("{name} {float} {labels} {target}");
        let path = self.compile(&stem, &program, &flags, std::env::consts::DLL_SUFFIX)?;
        let [name, float, labels] = [name, float, labels].map(String::from);
        Ok(Library { name, float, labels, target, path, functions })
    }

    /// The program that loads libraries and times them.
    pub fn timer(&self) -> Result<PathBuf, String> {
        let program =
            fs::read_to_string(self.root.join("benches/speed/timer.rs")).map_err(|error| error.to_string())?;
        self.compile("timer", &program, &[], std::env::consts::EXE_SUFFIX)
    }

    /// The file that rustc makes. Its name says what it was made from, so that it is made once, and right when two
    /// benchmarks, or two threads of one, make it at a time: each writes files of its own and renames them.
    fn compile(&self, stem: &str, program: &str, flags: &[String], suffix: &str) -> Result<PathBuf, String> {
        let mut hash = DefaultHasher::new();
        (self.rustc.as_str(), program, flags).hash(&mut hash);
        let stem = format!("{stem} {:016x}", hash.finish()).replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let made = self.folder.join(format!("{stem}{suffix}"));
        if made.exists() {
            return Ok(made);
        }
        let failed = |error: std::io::Error| format!("{stem}: {error}");
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // without a dot: rustc names its object files by what stands before the last one
        let own = format!("{stem}_{}_{}", id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let (source, new) = (self.folder.join(format!("{own}.rs")), self.folder.join(own));
        fs::create_dir_all(self.folder).map_err(failed)?;
        fs::write(&source, program).map_err(failed)?;
        let mut rustc = Command::new("rustc");
        // a kernel has more functions than are timed
        rustc
            .args(["--edition=2024", "-Copt-level=3", "-Cstrip=debuginfo", "-Adead_code", "--crate-name=timed"])
            .args(flags);
        let output = rustc.arg(&source).arg("-o").arg(&new).output().map_err(|error| format!("rustc: {error}"))?;
        if !output.status.success() {
            return Err(format!("{}: {}", source.display(), String::from_utf8_lossy(&output.stderr)));
        }
        fs::rename(&source, self.folder.join(format!("{stem}.rs"))).map_err(failed)?;
        fs::rename(&new, &made).map_err(failed)?;
        Ok(made)
    }
}

/// The version of the compiler in use.
pub fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output();
    output.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string())
}

fn signature_head(function: &str) -> String {
    format!("pub fn {function}_slice(")
}

/// What each function of a kernel takes, name and type, as its text says.
pub fn parameters<'a>(text: &'a str, function: &str) -> Option<Vec<(&'a str, &'a str)>> {
    let (_, rest) = text.split_once(&signature_head(function))?;
    let (list, _) = rest.split_once(')')?;
    let pairs = list.split(',').filter_map(|pair| pair.split_once(':'));
    Some(pairs.map(|(name, kind)| (name.trim(), kind.trim())).collect())
}

/// The float type and the type of labels of an emitted kernel.
pub fn types(text: &str) -> Result<[&str; 2], String> {
    let parameters = FUNCTIONS.into_iter().find_map(|function| parameters(text, function));
    let parameters = parameters.ok_or("it has neither `forward_backward_slice` nor `backward_hessian_slice`")?;
    let element = |wanted: &str| {
        let slice = parameters.iter().find(|(name, _)| *name == wanted).map(|(_, slice)| slice);
        slice.and_then(|slice| slice.strip_prefix("&[")?.strip_suffix(']'))
    };
    match (element("x"), element("y")) {
        (Some(float @ ("f32" | "f64")), Some(labels)) => Ok([float, labels]),
        _ => Err(format!("it takes {parameters:?}; slices x of floats and y of labels are timed")),
    }
}

/// The kernel in a module, and a C function for each of its functions.
fn wrap(text: &Text, [float, labels]: [&str; 2], functions: &[&str]) -> Result<String, String> {
    let path = if text.module.is_empty() { "kernel".to_string() } else { format!("kernel::{}", text.module) };
    let mut program = format!("mod kernel {{\n{}\n}}\n", text.text);
    for function in functions {
        let arguments = if text.module.is_empty() { arguments(&text.text, function)? } else { String::new() };
        program += &format!(
            "
#[unsafe(no_mangle)]
pub unsafe extern \"C\" fn {function}(n: usize, x: *const {float}, y: *const {labels}, a: *mut {float}, b: *mut {float}) {{
    // SAFETY: the caller has arrays of n elements behind each pointer.
    let (x, y, a, b) = unsafe {{
        use std::slice::{{from_raw_parts, from_raw_parts_mut}};
        (from_raw_parts(x, n), from_raw_parts(y, n), from_raw_parts_mut(a, n), from_raw_parts_mut(b, n))
    }};
    {path}::{function}_slice(x, y, {arguments}a, b);
}}
"
        );
    }
    Ok(program)
}

/// Values for parameters that a kernel leaves open.
fn arguments(text: &str, function: &str) -> Result<String, String> {
    let taken = parameters(text, function).unwrap_or_default();
    let open = taken.iter().filter(|(name, _)| !["x", "y", "loss", "grad", "hess"].contains(name));
    let values = open.map(|(name, _)| match *name {
        "alpha" => Ok("std::hint::black_box(0.25), "),
        "gamma" => Ok("std::hint::black_box(2.0), "),
        "beta" => Ok("std::hint::black_box(1.0), "),
        other => Err(format!("`{function}_slice` takes `{other}`, which is not timed")),
    });
    values.collect()
}
