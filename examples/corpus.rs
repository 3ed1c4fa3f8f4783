//! Audits every formula of the corpus, and prints how long each takes beside what is required.
//!
//! ```text
//! cargo run --release --example corpus
//! ```
//!
//! Exit code 1 where one takes longer, gets another verdict than is expected, or is proved
//! without steps that the checker replays. The figures are for an idle machine.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use focal_derive::RuleBook;
use focal_derive::audit::corpus::{self, CORPUS};
use focal_derive::audit::{self, Outcome, Problem};

/// Milliseconds that a verdict may take.
const MOST: [(&str, u64); 3] = [("proved", 2000), ("refuted", 1000), ("unsettled", 2000)];

fn main() -> ExitCode {
    let mut within = true;
    println!("{:66} {:>10} {:>8} {:>8}", "claim", "verdict", "ms", "at most");
    for (name, text) in CORPUS {
        let (problem, claims) = match Problem::of_file(name, text) {
            Ok(read) => read,
            Err(message) => return failed(&message.to_string()),
        };
        let expected = corpus::expected(text);
        for claim in &claims {
            let start = Instant::now();
            let verdict = match audit::audit(&problem, claim, RuleBook::builtin()) {
                Ok(verdict) => verdict,
                Err(message) => return failed(&message.to_string()),
            };
            let time = start.elapsed();
            let most = MOST.iter().find(|(word, _)| *word == verdict.word()).map_or(0, |(_, most)| *most);
            let replayed = match &verdict.outcome {
                Outcome::Proved { proof, .. } => proof.is_some(),
                _ => true,
            };
            let right = expected.iter().any(|one| one.claim == claim.name && one.verdict == verdict.word());
            let above = time > Duration::from_millis(most);
            within &= right && replayed && !above;
            let note = if !right {
                "  NOT EXPECTED"
            } else if !replayed {
                "  NOT REPLAYED"
            } else if above {
                "  ABOVE"
            } else {
                ""
            };
            let what = format!("{name}: {}", claim.name);
            println!("{what:66} {:>10} {:8.1} {most:8}{note}", verdict.word(), time.as_secs_f64() * 1000.0);
        }
    }
    if within { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn failed(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
