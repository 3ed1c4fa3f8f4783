//! What sweeps recorded: every record is of a text of today, and a sweep of a part finds no more than it says.

use std::process::Command;

use focal_derive::Spec;
use focal_derive::emit::{self, EmitOptions};
use focal_derive::setting::Choice;
use focal_derive::verify::sweep::record::{self, Record};
use focal_derive::verify::sweep::{Asked, Part, Sweep};

use super::sweep::{kernel, range, swept};
use super::verify::derivation;

/// The records of a file that no text of today has: the command makes another text, or none.
fn stale(records: &[Record]) -> Vec<&Record> {
    let made = |one: &&Record| {
        let words: Vec<&str> = one.kernel.split(' ').skip(1).collect();
        let output = Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(words).output().expect("the binary runs");
        let header = emit::header(&String::from_utf8(output.stdout).expect("output is UTF-8"));
        !header.is_ok_and(|header| header.text == one.text)
    };
    records.iter().filter(made).collect()
}

/// A record of the kernel, as `--record` makes it.
fn recorded(found: &Sweep, text: &str) -> Record {
    let command = "focal-derive verify focal_binary --gamma 2 --exhaustive";
    Record::of(found, [text, "focal-derive emit focal_binary --gamma 2", command], "", emit::VERSION, "2026-01-31")
}

#[test]
fn records_are_of_texts_of_today() {
    for loss in Spec::builtin_names() {
        let records = record::committed(loss);
        assert_eq!(
            stale(&records),
            [] as [&Record; 0],
            "derivations/{loss}/measured.toml: take these out, and sweep anew"
        );
    }
    let (derivation, options) = (derivation("focal_binary"), EmitOptions::default());
    let choices = vec![("gamma".to_string(), Choice::parse("2").unwrap())];
    let text = emit::emit(derivation, &EmitOptions { choices, ..options }).unwrap();
    let digest = emit::header(&text).unwrap().text;
    let found = swept(&kernel("focal_binary", &[("gamma", "2")], 1), range(1.0, 1.01), &[]);
    let right = recorded(&found, &digest);
    assert_eq!(stale(std::slice::from_ref(&right)), [] as [&Record; 0]);
    let planted = [
        Record { text: "0123456789abcdef".to_string(), ..right.clone() },
        Record { kernel: "focal-derive emit focal_binary --gamma 3".to_string(), ..right.clone() },
        Record { kernel: "focal-derive emit focal_binary --gamma x".to_string(), ..right },
    ];
    assert_eq!(stale(&planted).len(), 3);
}

/// The part of a record that is swept anew: of whole sweeps one block in 64 of the floats that occur, of others, whose blocks
/// beyond those floats are other ones than those of a sample, one in 1024.
fn part(record: &Record) -> Vec<&str> {
    match record.swept.as_str() {
        "all" => vec!["--exhaustive", "--core", "--sample", "1/64"],
        "core" => vec!["--exhaustive", "--range", "0x1p-31..0x1.fffffep+7", "--sample", "1/1024"],
        other => panic!("nothing is known of {other}"),
    }
}

/// Records that a part of what they are about contradicts: the sweep's command is run anew.
fn contradicted(records: &[Record]) -> Vec<&Record> {
    let seen = |one: &&Record| {
        let (kernel, _) = one.command.split_once(" --exhaustive").expect("a sweep");
        let words = kernel.split(' ').skip(1).chain(part(one)).chain(["--json"]);
        let output = Command::new(env!("CARGO_BIN_EXE_focal-derive")).args(words).output().expect("the binary runs");
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let outputs = found["outputs"].as_array().expect("outputs");
        outputs.iter().any(|found| {
            let said = one.outputs.iter().find(|said| found["output"] == said.output.as_str());
            let most = said.map_or(0.0, |said| said.worst.parse().expect("a number"));
            // an infinite error is written as text
            found["worst"].as_f64().is_none_or(|worst| worst > most)
        })
    };
    records.iter().filter(seen).collect()
}

#[test]
fn committed_records_are_not_contradicted() {
    for loss in Spec::builtin_names() {
        let records = record::committed(loss);
        assert_eq!(contradicted(&records), [] as [&Record; 0], "derivations/{loss}/measured.toml says too little");
    }
    let found = swept(&kernel("focal_binary", &[("gamma", "2")], 1), range(1.0, 1.01), &[]);
    for swept in ["all", "core"] {
        let mut planted = Record { swept: swept.to_string(), ..recorded(&found, "0123456789abcdef") };
        planted.outputs.iter_mut().for_each(|one| one.worst = "0.5001".to_string());
        assert_eq!(contradicted(std::slice::from_ref(&planted)), [] as [&Record; 0]);
        planted.outputs[1].worst = "0.4995".to_string();
        assert_eq!(contradicted(std::slice::from_ref(&planted)).len(), 1, "{swept}: a figure too small goes unseen");
    }
}

#[test]
fn a_record_below_what_is_measured_is_contradicted() {
    let kernel = kernel("focal_binary", &[("gamma", "2")], 1);
    let sampled = |seed| swept(&kernel, Asked { part: Part::Core, one_in: 4096, seed }, &[]);
    let mut record = recorded(&sampled(1), "0123456789abcdef");
    record.swept = "all".to_string();
    for one in &mut record.outputs {
        let worst: f64 = one.worst.parse().unwrap();
        assert!(worst > 0.4999 && worst < 0.5001, "{one:?}");
        one.worst = "0.5001".to_string();
    }
    assert!(!record.contradicted(&sampled(2)));
    record.outputs[1].worst = "0.45".to_string();
    assert!(record.contradicted(&sampled(2)), "a sampled sweep sees more than 0.45 ulp");
    record.outputs.pop();
    assert!(record.contradicted(&sampled(2)), "an output without a record");
}

/// The settings whose Hessian must stay within 0.51 ulp of terms at every float that occurs.
const HESSIANS: [&str; 7] = ["0", "0.5", "1", "2", "2.5", "3", "5"];

/// What is missed or not recorded of the Hessians, a line each.
fn missed(records: &[Record]) -> Vec<String> {
    let of = |gamma: &&str| {
        let kernel = format!("focal-derive emit focal_binary --alpha 0.25 --gamma {gamma} --order 2");
        let record = records.iter().find(|one| one.kernel == kernel && ["all", "core"].contains(&one.swept.as_str()));
        let Some(found) = record.and_then(|one| one.outputs.iter().find(|one| one.output == "d2_x")) else {
            return Some(format!("{kernel}: not swept"));
        };
        let within = found.worst.parse::<f64>().is_ok_and(|worst| worst <= 0.51);
        (!within).then(|| format!("{kernel}: {} {}", found.worst, found.unit))
    };
    HESSIANS.iter().filter_map(of).collect()
}

#[test]
fn recorded_hessians_are_within_what_is_promised() {
    let mut records = record::committed("focal_binary");
    assert_eq!(missed(&records), [] as [String; 0]);
    let place = records.iter().position(|one| one.outputs.len() == 3).expect("a Hessian");
    records[place].outputs[2].worst = "0.5101".to_string();
    assert_eq!(missed(&records).len(), 1, "a Hessian above 0.51 goes unseen");
    records.remove(place);
    assert_eq!(missed(&records).len(), 1, "a Hessian that was not swept goes unseen");
}
