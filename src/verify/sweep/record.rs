//! What sweeps found of a kernel, by the digest of its text ⇄ `measured.toml` beside the spec.
//!
//! An entry is a fact about a text that calls no function of a library: where the digest is another one, it says nothing.

use super::{Part, Sweep};
use crate::message::Message;
use crate::spec::document::{self, Entry, File, Node, Value};
#[cfg(test)]
use crate::verify::finding::Unit;

const HEAD: &str = "\
# The largest errors that sweeps found, by the digest of the kernel's text (`emit` prints it in the header).
# Made by `focal-derive verify LOSS --exhaustive --record`; do not edit.
";

/// What a sweep found of one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// `loss`, `d_x` or `d2_x`.
    pub output: String,
    /// The largest error in ulps, seven digits, rounded up.
    pub worst: String,
    /// Where it is, as `--at` takes it.
    pub at: String,
    /// What it is counted in.
    pub unit: String,
    /// Results that were compared.
    pub results: String,
    /// Those that are not the truth rounded to the format.
    pub not_rounded: String,
}

/// What a sweep found of one kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The digest of the kernel's text.
    pub text: String,
    /// The command that makes the text.
    pub kernel: String,
    /// The command of the sweep.
    pub command: String,
    /// `all`, `core`, or `LO..HI`.
    pub swept: String,
    /// Values of open parameters, as `--at` takes them; may be empty.
    pub open: String,
    /// The version that swept.
    pub version: String,
    /// The day.
    pub date: String,
    /// Each output.
    pub outputs: Vec<Measured>,
}

macro_rules! measured {
    ($($name:literal),*) => {
        &[$(($name, include_str!(concat!("../../../derivations/", $name, "/measured.toml")))),*]
    };
}

/// What is committed of the losses that come with the tool: name, text.
const COMMITTED: &[(&str, &str)] = measured!("focal_binary", "focal_star", "cross_entropy_binary", "focal_probability");

/// The records of a loss that comes with the tool; none of any other.
pub fn committed(loss: &str) -> Vec<Record> {
    let text = COMMITTED.iter().find(|(name, _)| *name == loss).map_or("", |(_, text)| text);
    // a test reads every file that is committed
    read(&format!("derivations/{loss}/measured.toml"), text).unwrap_or_default()
}

impl Record {
    /// Of a sweep: `text` is the digest of the text that `kernel` makes.
    pub fn of(sweep: &Sweep, [text, kernel, command]: [&str; 3], open: &str, version: &str, date: &str) -> Record {
        let outputs = sweep.outputs.iter().map(|one| Measured {
            output: one.output.to_string(),
            worst: format!("{:.7}", (one.tally.worst * 1e7).ceil() / 1e7),
            at: one.worst.as_ref().map_or(String::new(), |point| point.witness.argument()),
            unit: one.unit.to_string(),
            results: one.tally.count.to_string(),
            not_rounded: (one.tally.count - one.tally.right).to_string(),
        });
        Record {
            text: text.to_string(),
            kernel: kernel.to_string(),
            command: command.to_string(),
            swept: match sweep.asked.part {
                Part::All => "all".to_string(),
                Part::Core => "core".to_string(),
                Part::Range(..) => sweep.asked.options().split(' ').next_back().unwrap_or_default().to_string(),
            },
            open: open.to_string(),
            version: version.to_string(),
            date: date.to_string(),
            outputs: outputs.collect(),
        }
    }

    /// It in words, for the header of the text; derivatives are named by the loss's input, as the text names them.
    pub fn words(&self, input: &str) -> String {
        let name = |output: &str| match output.strip_suffix("_x") {
            Some(order) => format!("{order}_{input}"),
            None => output.to_string(),
        };
        let each: Vec<String> =
            self.outputs.iter().map(|one| format!("{} {} {}", name(&one.output), one.worst, one.unit)).collect();
        let what = match self.swept.as_str() {
            "all" => "the largest errors over all 2^32 inputs",
            _ => "the worst found",
        };
        let open = if self.open.is_empty() { String::new() } else { format!(", {}", self.open) };
        let part = match self.swept.as_str() {
            "all" => String::new(),
            "core" => format!(" among all 2^-31 <= |{input}| < 256 and a part of the others"),
            range => format!(" in {range}"),
        };
        format!("{}: {what}{part}, both labels{open}", each.join(", "))
    }

    /// Does a sweep of the same kernel find more than this says there is?
    pub fn contradicted(&self, sweep: &Sweep) -> bool {
        self.swept == "all"
            && sweep.outputs.iter().any(|one| {
                let said =
                    self.outputs.iter().find(|said| said.output == one.output && said.unit == one.unit.to_string());
                let most = said.and_then(|said| said.worst.parse::<f64>().ok());
                most.is_none_or(|most| one.tally.worst > most)
            })
    }
}

/// The records with one more, which takes the place of an older one of the same text, part and parameters; in the order of
/// commands.
pub fn with(mut records: Vec<Record>, more: Record) -> Vec<Record> {
    records.retain(|one| (&one.text, &one.swept, &one.open) != (&more.text, &more.swept, &more.open));
    // what another text was found to do under the same command is past
    records.retain(|one| one.kernel != more.kernel || one.text == more.text);
    records.push(more);
    records.sort_by(|a, b| (&a.kernel, &a.open, &a.swept).cmp(&(&b.kernel, &b.open, &b.swept)));
    records
}

/// The file.
pub fn write(records: &[Record]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut all = HEAD.to_string();
    for one in records {
        all += "\n[[measured]]\n";
        let mut line = |key: &str, value: &str| all += &format!("{key:8}= {}\n", quoted(value));
        line("text", &one.text);
        line("kernel", &one.kernel);
        line("command", &one.command);
        line("swept", &one.swept);
        line("open", &one.open);
        line("version", &one.version);
        line("date", &one.date);
        for output in &one.outputs {
            let values = [
                ("worst", &output.worst),
                ("unit", &output.unit),
                ("at", &output.at),
                ("results", &output.results),
                ("not_rounded", &output.not_rounded),
            ];
            let values: Vec<String> = values.iter().map(|(key, value)| format!("{key} = {}", quoted(value))).collect();
            all += &format!("{:8}= {{ {} }}\n", output.output, values.join(", "));
        }
    }
    all
}

/// Reads the file.
///
/// # Errors
/// What is no such file; the message points at the place.
pub fn read(name: &str, text: &str) -> Result<Vec<Record>, Message> {
    let file = File { name, text };
    let root = document::root(&file)?;
    let help = "take it away, and run `focal-derive verify LOSS --exhaustive --record` anew";
    let wrong =
        |node: &Node, what: &str| file.wrong(&node.at, format!("{what} in a file of records"), "here").help(help);
    let Value::Table(sections) = &root.value else { return Ok(Vec::new()) };
    let mut records = Vec::new();
    for section in sections {
        let Value::List(list) = &section.node.value else { return Err(wrong(&section.node, "something else")) };
        for node in list {
            let Value::Table(entries) = &node.value else { return Err(wrong(node, "something else")) };
            records.push(record(entries).ok_or_else(|| wrong(node, "an entry that lacks something"))?);
        }
    }
    Ok(records)
}

fn text<'a>(entries: &'a [Entry], key: &str) -> Option<&'a str> {
    match &entries.iter().find(|entry| entry.key == key)?.node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn record(entries: &[Entry]) -> Option<Record> {
    let said = |key: &str| text(entries, key).map(str::to_string);
    let outputs = entries.iter().filter_map(|entry| match &entry.node.value {
        Value::Table(inner) => Some((entry.key.to_string(), inner)),
        _ => None,
    });
    let measured = |(output, inner): (String, &Vec<Entry>)| {
        let said = |key: &str| text(inner, key).map(str::to_string);
        let (worst, at, unit) = (said("worst")?, said("at")?, said("unit")?);
        worst.parse::<f64>().ok()?;
        Some(Measured { output, worst, at, unit, results: said("results")?, not_rounded: said("not_rounded")? })
    };
    Some(Record {
        text: said("text")?,
        kernel: said("kernel")?,
        command: said("command")?,
        swept: said("swept")?,
        open: said("open")?,
        version: said("version")?,
        date: said("date")?,
        outputs: outputs.map(measured).collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record_of(kernel: &str, text: &str, swept: &str) -> Record {
        let output = |output: &str| Measured {
            output: output.to_string(),
            worst: "0.5000012".to_string(),
            at: "x=0x1.2p+7,y=1".to_string(),
            unit: Unit::Ulp.to_string(),
            results: "8589934592".to_string(),
            not_rounded: "12".to_string(),
        };
        Record {
            text: text.to_string(),
            kernel: kernel.to_string(),
            command: "focal-derive verify focal_binary --gamma 2 --exhaustive".to_string(),
            swept: swept.to_string(),
            open: String::new(),
            version: "0.1.0".to_string(),
            date: "2026-01-31".to_string(),
            outputs: vec![output("loss"), output("d_x")],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut records = Vec::new();
        for (kernel, text, swept) in
            [("b", "1", "all"), ("a", "2", "core"), ("a", "2", "all"), ("'\"\\", "3", "0x1p+0..inf")]
        {
            records = with(records, record_of(kernel, text, swept));
        }
        assert_eq!(records.iter().map(|one| one.kernel.as_str()).collect::<String>(), "'\"\\aab");
        assert_eq!(read("measured.toml", &write(&records)).unwrap(), records);
        // a second sweep of the same takes the place of the first, one of another text that of all older ones
        let again = Record { date: "2026-02-01".to_string(), ..record_of("a", "2", "all") };
        let newer = with(records.clone(), again.clone());
        assert!(newer.len() == 4 && newer.contains(&again));
        assert_eq!(with(records, record_of("a", "9", "core")).len(), 3);
        assert_eq!(read("measured.toml", HEAD).unwrap(), []);
        let words = |swept: &str, input: &str| record_of("a", "2", swept).words(input);
        assert!(words("all", "x").starts_with("loss 0.5000012 ulp, d_x 0.5000012 ulp: the largest errors"));
        assert!(words("core", "p").starts_with("loss 0.5000012 ulp, d_p 0.5000012 ulp: the worst found"));
        assert!(words("core", "p").contains(" |p| < 256 ") && words("core", "x").contains(" |x| < 256 "));
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let whole = write(&[record_of("a", "2", "all")]);
        for line in whole.lines().filter(|line| line.starts_with(|c: char| c.is_alphabetic())) {
            if line.starts_with("d_x") || line.starts_with("loss") {
                assert!(read("measured.toml", &whole.replace("worst = \"0.5000012\"", "worst = \"much\"")).is_err());
            } else {
                assert!(read("measured.toml", &whole.replace(line, "")).is_err(), "{line}");
            }
        }
        assert!(read("measured.toml", "measured = 1\n").is_err());
        assert!(read("measured.toml", "measured = [\n").is_err());
    }

    #[test]
    fn every_committed_file_is_read() {
        for (loss, text) in COMMITTED {
            let records = read(loss, text).unwrap();
            assert_eq!(*text, write(&records), "derivations/{loss}/measured.toml is not as it is written");
        }
    }
}
