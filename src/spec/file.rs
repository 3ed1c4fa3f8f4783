//! Path → text of a spec, or a message that says why not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::message::{Message, quoted};
use crate::notation::Origin;

/// Largest spec, in bytes.
const LARGEST: u64 = 1_000_000;

/// The name of the file in messages, and its text.
pub fn text(path: &Path) -> Result<(String, String), Message> {
    let file = path.display().to_string();
    let bytes = bytes(path, &file)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok((file, text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let place = Origin::within(&file, &text, 0).place(valid..valid + char::REPLACEMENT_CHARACTER.len_utf8());
            Err(Message::new("the file is not UTF-8").at(place, "the first byte that is none").help("save it as UTF-8"))
        }
    }
}

fn bytes(path: &Path, file: &str) -> Result<Vec<u8>, Message> {
    let opened = File::open(path).and_then(|opened| Ok((opened.metadata()?.is_dir(), opened)));
    let (is_folder, opened) = opened.map_err(|error| unreadable(file, &error))?;
    if is_folder {
        return Err(folder(path, file));
    }
    let mut bytes = Vec::new();
    opened.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Message::new(format!("{} is too large for a spec", quoted(file)))
            .help(format!("a spec has at most {LARGEST} bytes")));
    }
    Ok(bytes)
}

fn folder(path: &Path, file: &str) -> Message {
    let inside = path.join("spec.toml");
    let help = if inside.is_file() {
        format!("name the spec in it: {}", quoted(&inside.display().to_string()))
    } else {
        "name a spec file, or one of the losses that `focal-derive list` shows".to_string()
    };
    Message::new(format!("{} is a folder", quoted(file))).help(help)
}

fn unreadable(file: &str, error: &io::Error) -> Message {
    match error.kind() {
        io::ErrorKind::NotFound => Message::new(format!("no file {}", quoted(file)))
            .help("name a spec file, or one of the losses that `focal-derive list` shows"),
        io::ErrorKind::PermissionDenied => {
            Message::new(format!("{} may not be read", quoted(file))).help("its permissions keep it from being read")
        }
        io::ErrorKind::IsADirectory => Message::new(format!("{} is a folder", quoted(file)))
            .help("name a spec file, or one of the losses that `focal-derive list` shows"),
        _ => Message::new(format!("{} cannot be read: {error}", quoted(file))),
    }
}

/// The loss's name: the file's stem, for a `spec.toml` the folder's.
pub fn name(path: &Path) -> String {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let folder = || path.parent().and_then(stem).filter(|name| !name.is_empty());
    let name = match stem(path) {
        Some(name) if name == "spec" => folder().unwrap_or(name),
        Some(name) => name,
        None => "loss".to_string(),
    };
    name.chars().map(|letter| if letter.is_alphanumeric() || letter == '-' { letter } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_paths() {
        for (path, expected) in [
            ("mine.toml", "mine"),
            ("a/b/spec.toml", "b"),
            ("spec.toml", "spec"),
            ("a/my loss\n.toml", "my_loss_"),
            ("损失.toml", "损失"),
            ("/dev/stdin", "stdin"),
            ("..", "loss"),
        ] {
            assert_eq!(name(Path::new(path)), expected, "{path}");
        }
    }
}
