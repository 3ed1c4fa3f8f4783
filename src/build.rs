//! For build scripts: a loss and options → its kernel in `OUT_DIR`, and what cargo watches.
//!
//! ```no_run
//! // build.rs
//! use focal_derive::build;
//! use focal_derive::kernel::Format::F64;
//!
//! fn main() -> Result<(), focal_derive::Message> {
//!     build::kernel("focal_binary").gamma("2").precision(F64).write("focal.rs")?;
//!     build::kernel("losses/my_loss.toml").set("margin", "param").write("my_loss.rs")?;
//!     Ok(())
//! }
//! ```
//!
//! The crate takes a kernel in as a module of its own:
//!
//! ```text
//! mod focal {
//!     include!(concat!(env!("OUT_DIR"), "/focal.rs"));
//! }
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use crate::derivation::derive;
use crate::emit::{self, EmitOptions, Labels};
use crate::kernel::{Format, Mode};
use crate::message::Message;
use crate::rule::RuleBook;
use crate::setting::{self, Choice};
use crate::spec::Spec;

/// A kernel to write; the defaults are those of `focal-derive emit`: f32, loss and gradient, float labels.
#[derive(Clone, Debug)]
#[must_use = "nothing is written before `write`"]
pub struct KernelFile {
    said: Vec<(String, String)>,
    options: EmitOptions,
}

/// The kernel of a loss: a name that `focal-derive list` shows, or the path of a spec file, seen from the folder of
/// the package. A name goes before a path: write `./NAME` for a file that is called like a loss of the tool.
pub fn kernel(loss: &str) -> KernelFile {
    KernelFile { said: Vec::new(), options: EmitOptions { loss: loss.to_string(), ..EmitOptions::default() } }
}

impl KernelFile {
    /// Short for `set("gamma", value)`.
    pub fn gamma(self, value: &str) -> KernelFile {
        self.set("gamma", value)
    }

    /// Short for `set("alpha", value)`.
    pub fn alpha(self, value: &str) -> KernelFile {
        self.set("alpha", value)
    }

    /// Short for `set("beta", value)`.
    pub fn beta(self, value: &str) -> KernelFile {
        self.set("beta", value)
    }

    /// Sets a parameter of the spec: a number such as `2`, `-1.7` or `1/3`, `none`, or `param` to leave it as an argument.
    pub fn set(mut self, name: &str, value: &str) -> KernelFile {
        self.said.push((name.to_string(), value.to_string()));
        self
    }

    /// Float type of arguments and results.
    pub fn precision(mut self, format: Format) -> KernelFile {
        self.options.format = format;
        self
    }

    /// What it is made for: the least error, or speed.
    pub fn mode(mut self, mode: Mode) -> KernelFile {
        self.options.mode = mode;
        self
    }

    /// 0: loss; 1: and gradient; 2: and Hessian.
    pub fn order(mut self, order: u8) -> KernelFile {
        self.options.order = order;
        self
    }

    /// Type of the labels.
    pub fn labels(mut self, labels: Labels) -> KernelFile {
        self.options.labels = labels;
        self
    }

    /// Adds a weight as the last input.
    pub fn weight(mut self) -> KernelFile {
        self.options.weighted = true;
        self
    }

    /// Adds `forward_backward_classes`, over rows of logits with one target each.
    pub fn classes(mut self) -> KernelFile {
        self.options.classes = true;
        self
    }

    /// Adds variants of the functions over slices for AVX2 and AVX-512, chosen at run time.
    pub fn dispatch(mut self) -> KernelFile {
        self.options.dispatch = true;
        self
    }

    /// Fuses products with sums by `mul_add`: faster where the processor has FMA, many times slower elsewhere.
    pub fn fma(mut self) -> KernelFile {
        self.options.fma = true;
        self
    }

    /// Writes the kernel into `OUT_DIR` under a name, and prints what cargo watches; the file's path.
    ///
    /// # Errors
    /// No such loss, a spec or parameter that is wrong, no kernel with a finite bound; `OUT_DIR` that is missing or
    /// cannot be written.
    pub fn write(&self, name: &str) -> Result<PathBuf, Message> {
        let folder = std::env::var_os("OUT_DIR").ok_or_else(|| {
            Message::new("OUT_DIR is not set").help("`write` is for build scripts; `write_into` takes a folder")
        })?;
        self.watched().iter().for_each(|path| println!("cargo:rerun-if-changed={path}"));
        self.write_into(Path::new(&folder), name)
    }

    /// Writes the kernel into a folder under a name, and prints nothing; the file's path. A file that holds the same
    /// already is left alone.
    ///
    /// ```
    /// let folder = std::env::temp_dir();
    /// let kernel = focal_derive::build::kernel("cross_entropy_binary").alpha("0.25").order(0);
    /// let path = kernel.write_into(&folder, "focal-derive-doctest.rs")?;
    /// assert!(std::fs::read_to_string(&path).unwrap().contains("pub fn forward(x: f32, y: f32) -> f32"));
    /// # std::fs::remove_file(path).unwrap();
    /// # Ok::<(), focal_derive::Message>(())
    /// ```
    ///
    /// # Errors
    /// As [`KernelFile::write`].
    pub fn write_into(&self, folder: &Path, name: &str) -> Result<PathBuf, Message> {
        let text = self.text()?;
        let path = folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|found| found == text) {
            return Ok(path);
        }
        fs::write(&path, text).map_err(|error| Message::new(format!("cannot write `{}`: {error}", path.display())))?;
        Ok(path)
    }

    fn text(&self) -> Result<String, Message> {
        let read = |(name, value): &(String, String)| Ok((name.clone(), Choice::parse(value)?));
        let choices = self.said.iter().map(read).collect::<Result<_, Message>>()?;
        let options = EmitOptions { choices, ..self.options.clone() };
        if options.order > 2 {
            return Err(Message::new(format!("there is no order {}", options.order))
                .help("0: loss; 1: and gradient; 2: and Hessian"));
        }
        let spec = Spec::find(&options.loss)?;
        emit::possible(&spec, &options)?;
        setting::settle(&spec, &options.choices, options.format)?;
        emit::emit(&derive(&spec, RuleBook::builtin())?, &options)
    }

    /// What the kernel changes with: the build script, and the spec's file where the loss is one.
    fn watched(&self) -> Vec<&str> {
        let loss = self.options.loss.as_str();
        if Spec::is_path(loss) { vec!["build.rs", loss] } else { vec!["build.rs"] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("focal-derive-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_build_script_gets_its_kernel() {
        let folder = folder("build");
        let spec = folder.join("own.toml");
        fs::write(&spec, Spec::builtin("cross_entropy_binary").unwrap().text).unwrap();
        let own = spec.to_str().unwrap();
        for loss in ["cross_entropy_binary", own] {
            let made = kernel(loss).alpha("param").precision(Format::F64).order(2).labels(Labels::Bool).weight();
            let made = made.classes().fma();
            let path = made.write_into(&folder, "kernel.rs").unwrap();
            let header = emit::header(&fs::read_to_string(path).unwrap()).unwrap();
            let expected = "--alpha param --precision f64 --order 2 --labels bool --weight --classes --fma";
            assert_eq!(header.arguments.join(" "), format!("emit {loss} {expected}"));
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn cargo_watches_the_script_and_the_spec() {
        assert_eq!(kernel("focal_binary").watched(), ["build.rs"]);
        assert_eq!(kernel("losses/own.toml").watched(), ["build.rs", "losses/own.toml"]);
        assert_eq!(kernel("./focal_binary").watched(), ["build.rs", "./focal_binary"]);
    }

    #[test]
    fn wrong_input_is_a_message_and_writes_nothing() {
        let folder = folder("build-wrong");
        let cases = [
            (kernel("focal_binray").gamma("2"), "focal_binray"),
            (kernel("missing/own.toml"), "no file"),
            (kernel("focal_binary"), "`gamma` of `focal_binary` needs a value"),
            (kernel("focal_binary").gamma("two"), "`two` cannot be a value"),
            (kernel("focal_binary").gamma("2").set("gamma", "3"), "`gamma` is set twice"),
            (kernel("focal_binary").gamma("2").order(3), "there is no order 3"),
            (kernel("focal_binary").gamma("2").order(0).classes(), "`--classes` is not for `focal_binary`"),
        ];
        for (wrong, text) in cases {
            let message = wrong.write_into(&folder, "kernel.rs").unwrap_err();
            assert!(message.text.contains(text), "{message}");
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        let missing = kernel("cross_entropy_binary").write_into(&folder.join("missing"), "kernel.rs").unwrap_err();
        assert!(missing.text.starts_with("cannot write `"), "{missing}");
        fs::remove_dir_all(folder).unwrap();
    }
}
