//! Verdicts → JSON.

use serde_json::{Value, json};

use super::{Claim, Diagnosis, FloatAudit, Outcome, Piece, Seen, Standing, Verdict};
use crate::derivation::Step;

/// Every verdict, as a document that ends in a line break.
pub fn verdicts(verdicts: &[Verdict]) -> String {
    let worst = ["refuted", "unsettled", "proved"].into_iter().find(|word| verdicts.iter().any(|v| v.word() == *word));
    let value = json!({ "verdict": worst, "claims": verdicts.iter().map(verdict).collect::<Vec<_>>() });
    format!("{value:#}\n")
}

fn verdict(verdict: &Verdict) -> Value {
    let Claim { name, lhs, rhs } = &verdict.claim;
    let mut value = json!({
        "name": name, "verdict": verdict.word(), "lhs": lhs.to_string(), "rhs": rhs.to_string(),
    });
    if !verdict.meanings.is_empty() {
        let meant = verdict.meanings.iter().map(|meaning| (meaning.name.to_string(), json!(meaning.is.to_string())));
        value["with"] = Value::Object(meant.collect());
    }
    match &verdict.outcome {
        Outcome::Proved { pieces, except, proof } => {
            value["replayed"] = json!(proof.is_some());
            value["cases"] = pieces.iter().map(piece).collect();
            value["except"] = json!(except);
        }
        Outcome::Refuted { witness, diagnoses } => {
            let at: serde_json::Map<String, Value> =
                witness.at.iter().map(|(name, value)| (name.to_string(), json!(value.to_string()))).collect();
            value["witness"] = json!({ "at": at, "left": witness.lhs, "right": witness.rhs });
            if let Some(difference) = &witness.difference {
                value["witness"]["apart"] = json!(difference);
            }
            value["diagnoses"] = diagnoses.iter().map(diagnosis).collect();
        }
        Outcome::Unsettled(limit) => value["limit"] = json!(limit),
    }
    value
}

fn piece(piece: &Piece) -> Value {
    let judged = &piece.judged;
    let cases: Vec<Value> =
        judged.cases.iter().map(|(case, part)| json!({ "where": case, "steps": steps(part) })).collect();
    json!({
        "where": piece.words, "lhs": judged.lhs.to_string(), "rhs": judged.rhs.to_string(),
        "replayed": piece.replayed, "steps": steps(&judged.steps), "cases": cases,
    })
}

fn steps(steps: &[Step]) -> Value {
    let step = |step: &Step| {
        json!({
            "before": step.before.to_string(), "after": step.after.to_string(), "rule": &*step.rule,
            "why": step.why, "at": step.at,
        })
    };
    steps.iter().map(step).collect()
}

fn diagnosis(diagnosis: &Diagnosis) -> Value {
    let (standing, points) = match diagnosis.standing {
        Standing::Proved => ("proved", None),
        Standing::Sampled(points) => ("sampled", Some(points)),
    };
    let instead = diagnosis.instead.as_ref();
    json!({
        "kind": diagnosis.kind.word(), "words": diagnosis.words, "standing": standing, "points": points,
        "instead": instead.map(|claim| json!({ "lhs": claim.lhs.to_string(), "rhs": claim.rhs.to_string() })),
    })
}

/// What an expression in floats loses, as a document that ends in a line break.
pub fn float(audit: &FloatAudit) -> String {
    let counted =
        |(count, nearest): &(usize, Option<Seen>)| json!({ "points": count, "nearest": nearest.as_ref().map(seen) });
    let stable = match &audit.stable {
        Ok(stable) => json!({ "form": stable.form, "worst": stable.worst.as_ref().map(seen) }),
        Err(why) => json!({ "none": why }),
    };
    let value = json!({
        "verdict": if audit.holds() { "holds" } else { "loses" },
        "expression": audit.expr.to_string(), "format": format!("{:?}", audit.format).to_lowercase(),
        "points": audit.points, "outside": audit.outside, "worst": audit.worst.as_ref().map(seen),
        "lost": counted(&audit.lost), "broken": counted(&audit.broken), "stable": stable,
    });
    format!("{value:#}\n")
}

/// Floats as text: JSON has no infinity.
fn seen(seen: &Seen) -> Value {
    let at: serde_json::Map<String, Value> =
        seen.at.iter().map(|(name, value)| (name.to_string(), json!(format!("{value:?}")))).collect();
    json!({
        "at": at, "measured": format!("{:?}", seen.measured), "exact": format!("{:?}", seen.exact),
        "ulps": format!("{:?}", seen.ulps),
    })
}
