//! Does a build script get its kernel, and does cargo learn what to watch?
//!
//! `write` needs OUT_DIR, which cargo sets for build scripts alone: the test runs itself as one.

use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use focal_derive::build;
use focal_derive::kernel::Format;

const NAME: &str = "build::a_build_script_writes_into_out_dir";
const AS_SCRIPT: &str = "FOCAL_AS_BUILD_SCRIPT";

/// What a `build.rs` says.
fn script() -> Result<(), focal_derive::Message> {
    build::kernel("focal_binary").gamma("2").precision(Format::F64).write("focal.rs")?;
    build::kernel("examples/poly1.toml").gamma("2").set("epsilon", "1").write("poly1.rs")?;
    Ok(())
}

fn run_as_script(out: Option<&Path>) -> Output {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([NAME, "--exact", "--nocapture"]).env(AS_SCRIPT, "1").env_remove("OUT_DIR");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).envs(out.map(|out| ("OUT_DIR", out)));
    command.output().unwrap()
}

#[test]
fn a_build_script_writes_into_out_dir() {
    if env::var_os(AS_SCRIPT).is_some() {
        return script().unwrap();
    }
    let out = env::temp_dir().join(format!("focal-derive-out-{}", std::process::id()));
    fs::create_dir_all(&out).unwrap();
    let done = run_as_script(Some(&out));
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{said}");
    let watched: Vec<&str> =
        said.split_whitespace().filter_map(|w| w.strip_prefix("cargo:rerun-if-changed=")).collect();
    assert_eq!(watched, ["build.rs", "build.rs", "examples/poly1.toml"]);
    let written = |name: &str| fs::read_to_string(out.join(name)).unwrap();
    assert!(written("focal.rs").contains("focal-derive emit focal_binary --gamma 2 --precision f64\n"));
    assert!(written("poly1.rs").contains("focal-derive emit examples/poly1.toml --set epsilon=1 --gamma 2\n"));
    // what is the same is not written again, so that cargo need not compile it again
    let when = |name: &str| fs::metadata(out.join(name)).unwrap().modified().unwrap();
    let before = when("focal.rs");
    assert!(run_as_script(Some(&out)).status.success());
    assert_eq!(when("focal.rs"), before);
    fs::remove_dir_all(&out).unwrap();
    // outside of a build script: a message that a person can read
    let done = run_as_script(None);
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(!done.status.success() && said.contains("OUT_DIR is not set\n  help: "), "{said}");
}
