//! Whole sweeps: the committed kernels at a part of their floats, what a sweep says against the judge alone, and
//! faults at a single float.

use std::process::Command;

use focal_derive::emit::{self, EmitOptions};
use focal_derive::kernel::{Format, Inst, Kernel, Let, Mode, Val, eval};
use focal_derive::oracle::judge::{Judge, Known, Truth};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::sweep::record::{self, Record};
use focal_derive::verify::sweep::{Asked, BINS, Part, STEPS, Sweep, sweep};
use focal_derive::verify::{VerifyOptions, hexfloat, terms, verify_kernel};
use focal_derive::{Spec, lower};

use super::verify::{choices, derivation};

fn kernel(loss: &str, words: &[(&str, &str)], order: u8) -> Kernel {
    let parameters = settle(&derivation(loss).spec, &choices(words), Format::F32).unwrap();
    lower::kernel(derivation(loss), &parameters, (Format::F32, Mode::Accurate), order, false).unwrap()
}

fn swept(kernel: &Kernel, asked: Asked, at: &[(&str, &str)]) -> Sweep {
    let at: Vec<(String, String)> = at.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    sweep(derivation(&kernel.loss), kernel, &asked, &at, &|_, _| {}).unwrap()
}

fn range(lo: f32, hi: f32) -> Asked {
    Asked { part: Part::Range(lo, hi), one_in: 1, seed: 1 }
}

/// One block in 64 of the floats that occur, for a kernel that is committed.
fn committed(loss: &str, words: &[(&str, &str)], at: &[(&str, &str)]) {
    let found = swept(&kernel(loss, words, 2), Asked { part: Part::Core, one_in: 64, seed: 1 }, at);
    assert!(found.holds(), "{found}");
    assert!(found.floats > 11_000_000 && found.outputs.len() == 3, "{found}");
    for one in &found.outputs {
        assert_eq!(one.tally.unsettled, 0, "{found}");
        assert!(one.bound.is_some(), "{found}");
    }
    // what is left to the judge must stay rare, or whole sweeps take hours; alpha = 1/4 makes a quarter of the far
    // losses ties of f32, which only the judge can tell
    assert!(found.judged * 20 < found.results(), "{found}");
}

#[test]
fn focal_binary_with_gamma_2_holds() {
    committed("focal_binary", &[("gamma", "2")], &[]);
}

#[test]
fn focal_binary_with_open_parameters_holds() {
    let open = [("alpha", "param"), ("gamma", "param")];
    committed("focal_binary", &open, &[("alpha", "0.25"), ("gamma", "2.5")]);
}

#[test]
fn cross_entropy_binary_holds() {
    committed("cross_entropy_binary", &[("alpha", "param")], &[("alpha", "0.25")]);
}

#[test]
fn focal_star_holds() {
    committed("focal_star", &[("beta", "param"), ("gamma", "param")], &[("beta", "-1.7"), ("gamma", "2")]);
}

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

/// Records of whole sweeps that one block in 64 of the floats that occur contradicts: the sweep's command is run anew.
fn contradicted(records: &[Record]) -> Vec<&Record> {
    let seen = |one: &&Record| {
        let words = one.command.split(' ').skip(1).chain(["--core", "--sample", "1/64", "--json"]);
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
    records.iter().filter(|one| one.swept == "all").filter(seen).collect()
}

#[test]
fn committed_records_are_not_contradicted() {
    for loss in Spec::builtin_names() {
        let records = record::committed(loss);
        assert_eq!(contradicted(&records), [] as [&Record; 0], "derivations/{loss}/measured.toml says too little");
    }
    let found = swept(&kernel("focal_binary", &[("gamma", "2")], 1), range(1.0, 1.01), &[]);
    let mut planted = Record { swept: "all".to_string(), ..recorded(&found, "0123456789abcdef") };
    planted.outputs.iter_mut().for_each(|one| one.worst = "0.5001".to_string());
    assert_eq!(contradicted(std::slice::from_ref(&planted)), [] as [&Record; 0]);
    planted.outputs[1].worst = "0.4995".to_string();
    assert_eq!(contradicted(std::slice::from_ref(&planted)).len(), 1, "a largest error that is too small goes unseen");
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

/// |value|/T
fn share(value: Known, terms: Known) -> f64 {
    if value.is_zero() || terms.is_zero() {
        return 1.0;
    }
    (value.hi / terms.hi).abs() * 2f64.powi((value.exponent - terms.exponent).clamp(-1000, 1000) as i32)
}

/// What the judge says of every float of a range, one by one: count, rounded right, worst and bins of each output.
fn one_by_one(kernel: &Kernel, lo: f32, hi: f32) -> Vec<(u64, u64, f64, Vec<u64>)> {
    let terms = terms(derivation(&kernel.loss));
    let judge = Judge::new(&derivation(&kernel.loss).spec, &kernel.parameters, terms.as_ref());
    let mut all = vec![(0, 0, 0.0, vec![0; BINS + 1]); 3];
    let (mut x, mut floats) = (lo, vec![lo]);
    while x < hi || x.to_bits() != hi.to_bits() {
        // −0 and +0 are neighbours here
        x = if x.to_bits() == (-0.0f32).to_bits() {
            0.0
        } else if x == -f32::from_bits(1) {
            -0.0
        } else {
            x.next_up()
        };
        floats.push(x);
    }
    for x in floats.into_iter().map(f64::from) {
        for y in [0.0, 1.0] {
            let truths = judge.truths(x, y, &[], 2);
            let results = eval::point(kernel, x, y, None, &[]);
            for (k, (count, right, worst, bins)) in all.iter_mut().enumerate() {
                let result = results[k];
                let truth = match truths.outputs[k] {
                    // within 2^−78 of a float of 53 digits it counts as that float
                    Truth::Finite(known) if known.lo.abs() <= 2f64.powi(-78) * known.hi.abs() => {
                        Truth::Finite(Known { lo: 0.0, ..known })
                    }
                    truth => truth,
                };
                let mut error = truth.ulps(result, Format::F32);
                let rounded = match truth {
                    Truth::Finite(known) => f64::from(known.to_f32()) == result,
                    _ => error == 0.0,
                };
                if let (2, Truth::Finite(value), Some(Truth::Finite(terms))) = (k, truth, truths.terms) {
                    error *= share(value, terms);
                }
                *count += 1;
                *right += u64::from(rounded);
                *worst = error.max(*worst);
                bins[((error * STEPS as f64) as usize).min(BINS)] += 1;
            }
        }
    }
    all
}

/// The first kernel that is wrong: every result moved by some ulps that change from float to float.
fn shaken(mut kernel: Kernel) -> Kernel {
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    for place in 0..kernel.outputs.len() {
        let value = kernel.outputs[place].value;
        let last = kernel.lets.len();
        let factor = [1e-7, 3e-7, 1.5e-6][place];
        let planted = [
            // x·2^40 − (x·2^40 rounded to a multiple of 1.5·2^52's last place): something like chance
            Inst::Const(2f64.powi(20)),
            Inst::Mul(Val(x), Val(last)),
            Inst::Const(6_755_399_441_055_744.0),
            Inst::Add(Val(last + 1), Val(last + 2)),
            Inst::Sub(Val(last + 3), Val(last + 2)),
            Inst::Sub(Val(last + 1), Val(last + 4)),
            Inst::Const(factor),
            Inst::Mul(Val(last + 5), Val(last + 6)),
            Inst::Mul(Val(last + 7), value),
            Inst::Add(value, Val(last + 8)),
        ];
        push(&mut kernel, &planted);
        kernel.outputs[place].value = Val(kernel.lets.len() - 1);
    }
    kernel.check().unwrap();
    kernel
}

fn push(kernel: &mut Kernel, insts: &[Inst]) {
    for inst in insts {
        let name = format!("planted_{}", kernel.lets.len());
        kernel.lets.push(Let { name, inst: *inst, meaning: String::new() });
    }
}

#[test]
fn a_sweep_says_what_the_judge_says_of_each_float() {
    let ranges = [
        (0.5, f32::from_bits(0.5f32.to_bits() + 2500)),
        (-f32::from_bits(700), f32::from_bits(900)),
        (-2.790_2, -2.790_02),
        (-2.000_2, -1.999_9),
        (-104.002, -103.99),
        (40.0, 40.004),
        (53.9, 54.1),
        (70.0, 70.004),
        (79.999, 80.003),
        (700.0, 700.04),
        (1.0e30, f32::from_bits(1.0e30f32.to_bits() + 600)),
        (f32::from_bits(f32::MAX.to_bits() - 300), f32::INFINITY),
    ];
    let right = kernel("focal_binary", &[("gamma", "2")], 2);
    let alpha = kernel("focal_binary", &[("gamma", "0.5"), ("alpha", "0.25")], 2);
    let ties = kernel("focal_binary", &[("gamma", "2.5"), ("alpha", "0.25")], 2);
    let star = kernel("focal_star", &[("gamma", "2"), ("beta", "-1.7")], 2);
    for kernel in [right.clone(), shaken(right), shaken(alpha), ties, star] {
        for (lo, hi) in ranges {
            let (found, expected) = (swept(&kernel, range(lo, hi), &[]), one_by_one(&kernel, lo, hi));
            assert_eq!(found.outputs.len(), 3);
            for (one, (count, right, worst, bins)) in found.outputs.iter().zip(expected) {
                let tally = &one.tally;
                assert_eq!((tally.count, tally.right), (count, right), "{lo:e}..{hi:e}: {found}");
                assert_eq!(tally.bins, bins, "{lo:e}..{hi:e}: {found}");
                // below a quarter of an ulp an upper end is enough
                let most = if worst < 0.25 { worst + 2f64.powi(-16) } else { worst };
                let right = (worst..=most).contains(&tally.worst);
                assert!(right, "{worst} in {lo:e}..{hi:e}: {found}");
            }
        }
    }
}

/// The refutation that a sweep finds is seen at its witness, by `verify --at`.
fn replays(kernel: &Kernel, found: &Sweep) {
    assert!(!found.holds(), "{found}");
    for finding in &found.findings {
        let values = finding.witness.values.iter();
        let at = values.map(|(name, value)| (name.clone(), hexfloat::print(*value))).collect();
        let options = VerifyOptions { at, ..VerifyOptions::default() };
        let again = verify_kernel(derivation(&kernel.loss), kernel, &options).unwrap();
        assert!(again.findings.contains(finding), "{finding} but {again}");
        assert!(finding.again.contains("--at x="), "{finding}");
    }
}

#[test]
fn a_wrong_constant_is_caught() {
    let whole = kernel("focal_binary", &[("gamma", "2")], 2);
    let mut caught = 0;
    for place in 0..whole.lets.len() {
        let Inst::Const(value) = whole.lets[place].inst else { continue };
        let mut kernel = whole.clone();
        kernel.lets[place].inst = Inst::Const(f64::from_bits(value.to_bits() ^ 1 << 33));
        let found = swept(&kernel, Asked { part: Part::Core, one_in: 4096, seed: 3 }, &[]);
        if !found.holds() {
            replays(&kernel, &found);
            caught += 1;
        }
    }
    assert!(caught > 0, "no wrong constant is caught");
}

#[test]
fn a_fault_at_one_float_is_caught() {
    let mut kernel = kernel("focal_binary", &[("gamma", "2")], 1);
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    let (value, last) = (kernel.outputs[1].value, kernel.lets.len());
    let wrong = f32::from_bits(0.7f32.to_bits() + 77);
    // at one float the gradient has the value that its neighbour would have, a step too late
    let planted = [
        Inst::Const(f64::from(wrong)),
        Inst::Equal(Val(x), Val(last)),
        Inst::Const(1.0 + 2e-7),
        Inst::Mul(value, Val(last + 2)),
        Inst::Select(Val(last + 1), Val(last + 3), value),
    ];
    push(&mut kernel, &planted);
    kernel.outputs[1].value = Val(last + 4);
    kernel.check().unwrap();
    let found = swept(&kernel, range(0.5, 1.0), &[]);
    assert_eq!(found.findings.len(), 1, "{found}");
    let witness = &found.findings[0].witness;
    assert_eq!(witness.values[0], ("x".to_string(), f64::from(wrong)));
    assert_eq!(
        found.outputs[1].tally.bins[BINS / 8..].iter().sum::<u64>(),
        2,
        "both labels, and nothing else: {found}"
    );
    replays(&kernel, &found);
}

#[test]
fn nan_and_infinities_are_swept_too() {
    let mut kernel = kernel("cross_entropy_binary", &[], 1);
    let everywhere = Asked { part: Part::All, one_in: 1 << 14, seed: 5 };
    assert!(swept(&kernel, everywhere, &[]).holds());
    // a kernel that is NaN at no NaN cannot be written; one with a wrong limit can
    let x = kernel.lets.iter().position(|one| one.inst == Inst::X).unwrap();
    let (value, last) = (kernel.outputs[0].value, kernel.lets.len());
    push(&mut kernel, &[Inst::Const(f64::INFINITY), Inst::Equal(Val(x), Val(last)), Inst::Const(1.0)]);
    push(&mut kernel, &[Inst::Select(Val(last + 1), Val(last + 2), value)]);
    kernel.outputs[0].value = Val(last + 3);
    let found = swept(&kernel, everywhere, &[]);
    assert!(found.findings.iter().any(|one| one.witness.values[0].1 == f64::INFINITY), "{found}");
}
