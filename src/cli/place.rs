//! Text → standard output or a file, all of it or nothing.
//!
//! A file is written beside its place and then renamed, so an old one is lost only to a whole new one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::message::Message;

/// Where a result goes.
#[derive(Debug)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

impl Destination {
    /// `None` and `-` are standard output. Refuses at once what can be seen to fail later.
    ///
    /// # Errors
    /// Where the path is a folder, or its folder does not exist.
    pub fn open(path: Option<&Path>) -> Result<Destination, Message> {
        let Some(path) = path.filter(|path| path.as_os_str() != "-") else {
            return Ok(Destination::Stdout);
        };
        if path.is_dir() || path.as_os_str().is_empty() || path.to_string_lossy().ends_with('/') {
            let inside = path.join("focal.rs");
            return Err(Message::new(format!("cannot write `{}`: it is a folder", path.display()))
                .help(format!("name a file in it, e.g. -o {}", inside.display())));
        }
        match fs::metadata(folder(path)) {
            Ok(data) if data.is_dir() => Ok(Destination::File(path.to_path_buf())),
            Ok(_) => Err(Message::new(format!(
                "cannot write `{}`: `{}` is no folder",
                path.display(),
                folder(path).display()
            ))
            .help("give -o a path in a folder")),
            Err(error) => Err(cannot("write", path, &error)),
        }
    }

    /// Writes the text.
    ///
    /// # Errors
    /// Where that fails; a file that was there is then as it was.
    pub fn write(&self, text: &str) -> Result<(), Message> {
        match self {
            Destination::Stdout => print(text),
            Destination::File(path) => replace(path, text).map_err(|error| cannot("write", path, &error)),
        }
    }
}

/// Prints a result. A closed pipe is no failure: whoever read it has seen enough.
///
/// # Errors
/// Where standard output cannot take it, e.g. a full disk.
pub fn print(text: &str) -> Result<(), Message> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Message::new(format!("cannot write to standard output: {}", reason(&error))))
        }
        _ => Ok(()),
    }
}

/// Reads a text.
///
/// # Errors
/// Where there is no such file, or it is no text.
pub fn read(path: &Path) -> Result<String, Message> {
    fs::read_to_string(path).map_err(|error| cannot("read", path, &error))
}

/// Largest text that is read from standard input, in bytes: that of a spec.
const LARGEST: u64 = 1_000_000;

/// Reads standard input to its end.
///
/// # Errors
/// Where it is no text, or too long to be a spec.
pub fn read_stdin() -> Result<String, Message> {
    let text = io::read_to_string(io::stdin().take(LARGEST + 1))
        .map_err(|error| Message::new(format!("cannot read standard input: {}", reason(&error))))?;
    if text.len() as u64 > LARGEST {
        return Err(
            Message::new("standard input is too long for a spec").help(format!("a spec has at most {LARGEST} bytes"))
        );
    }
    Ok(text)
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Message {
    let message = Message::new(format!("cannot {verb} `{}`: {}", path.display(), reason(error)));
    let folder = folder(path);
    match error.kind() {
        ErrorKind::NotFound if !folder.exists() => {
            message.help(format!("make its folder: mkdir -p {}", folder.display()))
        }
        ErrorKind::NotFound => message.help("give the path of a file that is there"),
        ErrorKind::PermissionDenied => message.help(format!("look at its rights: ls -ld {}", folder.display())),
        ErrorKind::InvalidData => message.help("the file must be text in UTF-8"),
        ErrorKind::IsADirectory => message.help("give a file, not a folder"),
        _ => message,
    }
}

/// What went wrong, in words that are the same on every system.
fn reason(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file or folder".to_string(),
        ErrorKind::PermissionDenied => "permission denied".to_string(),
        ErrorKind::InvalidData => "it is not UTF-8".to_string(),
        ErrorKind::IsADirectory => "it is a folder".to_string(),
        ErrorKind::NotADirectory => "a part of the path is no folder".to_string(),
        ErrorKind::StorageFull => "no space is left".to_string(),
        _ => error.to_string(),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe, such as /dev/null: there is nothing to keep, and a rename would put a file in its place.
        return File::options().write(true).open(path)?.write_all(text.as_bytes());
    }
    // Through a link, so that the link stays one.
    let path = if old.is_some() { fs::canonicalize(path)? } else { path.to_path_buf() };
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = folder(&path).join(format!(".{name}.{}.new", std::process::id()));
    let written = write_whole(&beside, text, old.as_ref()).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_whole(path: &Path, text: &str, old: Option<&fs::Metadata>) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder for one test.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("focal-derive-place-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a folder for the test");
        folder
    }

    fn write(path: &Path, text: &str) -> Result<(), Message> {
        Destination::open(Some(path))?.write(text)
    }

    #[test]
    fn an_old_file_gives_way_to_a_whole_new_one() {
        let folder = folder("new");
        let path = folder.join("a.rs");
        for text in ["first and longer", "second"] {
            write(&path, text).expect("it is written");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
        }
        assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 1, "nothing else is left beside it");
        fs::remove_dir_all(folder).expect("it is removed");
    }

    #[test]
    fn a_failure_keeps_the_old_file_and_leaves_nothing() {
        let folder = folder("kept");
        fs::create_dir(folder.join("in the way")).expect("a folder");
        fs::write(folder.join("old.rs"), "old").expect("a file");
        for wrong in ["in the way", "in the way/", "none/a.rs", "old.rs/a.rs", ""] {
            let path = if wrong.is_empty() { PathBuf::new() } else { folder.join(wrong) };
            let message = write(&path, "new").expect_err(wrong);
            assert!(message.text.starts_with("cannot write ") && !message.help.is_empty(), "{message}");
        }
        assert_eq!(fs::read_to_string(folder.join("old.rs")).expect("it is there"), "old");
        assert_eq!(fs::read_dir(&folder).expect("it is there").count(), 2);
        fs::remove_dir_all(folder).expect("it is removed");
    }

    #[cfg(unix)]
    #[test]
    fn links_rights_and_devices_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = folder("unix");
        let (real, link) = (folder.join("real.rs"), folder.join("link.rs"));
        fs::write(&real, "old").expect("a file");
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("rights");
        symlink(&real, &link).expect("a link");
        write(&link, "new").expect("it is written");
        assert!(fs::symlink_metadata(&link).expect("it is there").is_symlink());
        assert_eq!(fs::read_to_string(&real).expect("it is there"), "new");
        assert_eq!(fs::metadata(&real).expect("it is there").permissions().mode() & 0o777, 0o640);
        write(Path::new("/dev/null"), "gone").expect("it is written");
        assert!(!fs::metadata("/dev/null").expect("it is there").is_file());
        fs::remove_dir_all(folder).expect("it is removed");
    }
}
