//! `tests/peers/recordings/*.json` → cases: what was called with what, and what it gave.

use std::fs;
use std::path::Path;

use focal_derive::format::Format;
use focal_derive::verify::hexfloat;
use serde_json::Value;

/// The recordings, by the names of their files.
pub const RECORDINGS: [&str; 4] = ["torchvision", "module", "keras-torch", "keras-tensorflow"];

/// A file of recordings.
pub struct Recording {
    /// The date and the versions of what was recorded, as the file lists them.
    pub made: Vec<(String, String)>,
    pub cases: Vec<Case>,
}

/// One call.
#[derive(Clone)]
pub struct Case {
    /// The file that it stands in.
    pub file: &'static str,
    pub function: String,
    pub format: Format,
    /// What was chosen, as it was given.
    pub set: Vec<(String, Value)>,
    pub shape: Vec<usize>,
    pub input: Vec<f64>,
    pub target: Vec<f64>,
    pub outcome: Outcome,
}

/// What a call gave.
#[derive(Clone)]
pub enum Outcome {
    /// The loss, and the gradient of its sum in the input.
    Values { loss_shape: Vec<usize>, loss: Vec<f64>, gradient: Vec<f64> },
    /// An error.
    Error { class: String, message: String },
}

impl Recording {
    /// Reads a file; panics with its name where it is not as `tests/peers/recording.py` writes it.
    pub fn read(file: &'static str) -> Recording {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/peers/recordings/{file}.json"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let all: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let made = all["made"].as_object().unwrap_or_else(|| panic!("{file}: no `made`"));
        let arrays: Vec<&str> = list(&all["arrays"]).iter().map(text_of).collect();
        Recording {
            made: made.iter().map(|(name, value)| (name.clone(), text_of(value).to_string())).collect(),
            cases: list(&all["cases"]).iter().map(|case| Case::of(file, case, &arrays)).collect(),
        }
    }
}

impl Case {
    fn of(file: &'static str, case: &Value, arrays: &[&str]) -> Case {
        let format = if text_of(&case["float"]) == "f32" { Format::F32 } else { Format::F64 };
        let array = |name: &str| arrays[case[name].as_u64().unwrap_or_else(|| panic!("{file}: no `{name}`")) as usize];
        let outcome = match case.get("error") {
            Some(error) => Outcome::Error {
                class: text_of(&error["class"]).to_string(),
                message: text_of(&error["message"]).to_string(),
            },
            None => Outcome::Values {
                loss_shape: shape(&case["loss_shape"]),
                loss: floats(text_of(&case["loss"]), format),
                gradient: floats(text_of(&case["gradient"]), format),
            },
        };
        let set = case["set"].as_object().unwrap_or_else(|| panic!("{file}: no `set`"));
        Case {
            file,
            function: text_of(&case["function"]).to_string(),
            format,
            set: set.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            shape: shape(&case["shape"]),
            input: floats(array("input"), format),
            target: floats(array("target"), format),
            outcome,
        }
    }

    fn chosen(&self, name: &str) -> Option<&Value> {
        self.set.iter().find(|(chosen, _)| chosen == name).map(|(_, value)| value)
    }

    /// A number that was chosen, or the one that stands where nothing was.
    pub fn number(&self, name: &str, otherwise: f64) -> f64 {
        self.chosen(name).map_or(otherwise, number)
    }

    /// Numbers that were chosen as a list.
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        Some(self.chosen(name)?.as_array()?.iter().map(number).collect())
    }

    /// Was it chosen to be true? What stands otherwise is up to the function.
    pub fn says(&self, name: &str) -> Option<bool> {
        self.chosen(name)?.as_bool()
    }

    /// A word that was chosen.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.chosen(name)?.as_str()
    }

    /// The case in a line, for messages.
    pub fn title(&self) -> String {
        let set: Vec<String> = self.set.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        format!("{}: {} {} {:?} {}", self.file, self.function, self.format, self.shape, set.join(", "))
    }
}

/// A number, or the text of a float.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| float(text_of(value), Format::F64))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn shape(value: &Value) -> Vec<usize> {
    list(value).iter().map(|one| one.as_u64().unwrap_or_else(|| panic!("{value} is no shape")) as usize).collect()
}

fn floats(text: &str, format: Format) -> Vec<f64> {
    text.split_whitespace().map(|word| float(word, format)).collect()
}

/// A float of the format; panics where the text is none of its floats.
fn float(word: &str, format: Format) -> f64 {
    match word {
        "nan" => f64::NAN,
        "inf" => f64::INFINITY,
        "-inf" => f64::NEG_INFINITY,
        _ => hexfloat::parse(word, format).unwrap_or_else(|| panic!("{word} is no {format}")),
    }
}
