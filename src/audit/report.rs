//! Verdicts → text: the word first, then the claim, and what stands behind it.

use super::{Diagnosis, FloatAudit, Kind, Outcome, Seen, Standing, Verdict, Witness};
use crate::kernel::Format;
use crate::render::words::Lang;
use crate::render::{page, plain};

/// Every verdict; of several, a line before them says how it ends.
pub fn verdicts(verdicts: &[Verdict]) -> String {
    let mut blocks = Vec::new();
    if let [_, _, ..] = verdicts {
        blocks.push(summary(verdicts));
    }
    blocks.extend(verdicts.iter().map(|one| verdict(one, verdicts.len() > 1)));
    blocks.join("\n")
}

/// `refuted: 1 of 3 claims (2 proved)`
fn summary(verdicts: &[Verdict]) -> String {
    let count = |word: &str| verdicts.iter().filter(|verdict| verdict.word() == word).count();
    let words = ["refuted", "unsettled", "proved"].map(|word| (word, count(word)));
    let mut found = words.iter().filter(|(_, count)| *count > 0);
    let Some((word, first)) = found.next() else { return String::new() };
    let others: Vec<String> = found.map(|(word, count)| format!("{count} {word}")).collect();
    let others = if others.is_empty() { String::new() } else { format!(" ({})", others.join(", ")) };
    format!("{word}: {first} of {} claims{others}\n", verdicts.len())
}

fn verdict(verdict: &Verdict, named: bool) -> String {
    let name = if named { format!(": {}", verdict.claim.name) } else { String::new() };
    let mut out = format!("{}{name}\n  {} == {}\n", verdict.word(), verdict.claim.lhs, verdict.claim.rhs);
    match &verdict.outcome {
        Outcome::Proved { pieces, except, .. } => {
            if !verdict.meanings.is_empty() {
                let meant: Vec<String> =
                    verdict.meanings.iter().map(|meaning| format!("{} = {}", meaning.name, meaning.is)).collect();
                out += &format!("  with   {}\n", meant.join(", "));
            }
            for piece in pieces {
                if !piece.words.is_empty() {
                    out += &format!("  case {}\n", piece.words);
                }
                if !piece.replayed {
                    out += "  by normal forms: no elementary steps were found that the checker could replay\n";
                    continue;
                }
                out += &plain::text(&page::proof(&piece.judged, Lang::En), Lang::En, false);
            }
            out.extend(
                except
                    .iter()
                    .map(|except| format!("  nothing is said of {except}: pieces of a derivative meet there\n")),
            );
        }
        Outcome::Refuted { witness, diagnoses } => {
            out += &refuted(witness);
            out.extend(diagnoses.iter().map(diagnosis));
        }
        Outcome::Unsettled(limit) => out += &format!("  {limit}\n"),
    }
    out
}

fn diagnosis(diagnosis: &Diagnosis) -> String {
    let standing = match &diagnosis.standing {
        Standing::Proved => "proved".to_string(),
        Standing::Sampled(points) => format!("agrees at {points} points, not proved"),
    };
    let standing = if diagnosis.kind == Kind::Bound { standing.replace("agrees", "holds") } else { standing };
    let mut out = format!("  {:<8} {} ({standing})\n", diagnosis.kind.word(), diagnosis.words);
    if let Some(claim) = &diagnosis.instead {
        out += &format!("           {} == {}\n", claim.lhs, claim.rhs);
    }
    out
}

fn refuted(witness: &Witness) -> String {
    let at: Vec<String> = witness.at.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let at = if at.is_empty() { "everywhere".to_string() } else { at.join(", ") };
    let difference = witness.difference.as_ref().map(|difference| format!("  apart  {difference}\n"));
    format!("  at     {at}\n  left   {}\n  right  {}\n{}", witness.lhs, witness.rhs, difference.unwrap_or_default())
}

/// What an expression in floats loses.
pub fn float(audit: &FloatAudit) -> String {
    let format = match audit.format {
        Format::F32 => "f32",
        Format::F64 => "f64",
    };
    let word = if audit.holds() { "holds" } else { "loses" };
    let mut out = format!("{word}: {format}, {} points\n  {}\n", audit.points, audit.expr);
    if audit.outside > 0 {
        out += &format!("  outside  {} more points have no value to compare with\n", audit.outside);
    }
    if let Some(worst) = &audit.worst {
        out += &format!("  worst    {} ulp at {}\n", ulps(worst.ulps), point(worst));
        out += &format!("           gives {:?}, true {:?}\n", worst.measured, worst.exact);
    }
    out += &counted("lost", "more than 1e-3", &audit.lost);
    out += &counted("broken", "NaN or infinite", &audit.broken);
    match &audit.stable {
        Ok(stable) => {
            let worst = stable
                .worst
                .as_ref()
                .map_or(String::new(), |worst| format!(" (worst {} ulp at the same points)", ulps(worst.ulps)));
            out += &format!("  stable   a form with a proved bound{worst}\n");
            out.extend(stable.form.lines().map(|line| format!("           {line}\n")));
        }
        Err(why) => out += &format!("  stable   no form with a finite bound was found: {why}\n"),
    }
    out
}

fn counted(word: &str, what: &str, (count, nearest): &(usize, Option<Seen>)) -> String {
    let Some(seen) = nearest else { return format!("  {word:<8} {what}: nowhere\n") };
    let at = format!("the one nearest to 0 at {}", point(seen));
    format!("  {word:<8} {what}: {count} points, {at}\n           gives {:?}, true {:?}\n", seen.measured, seen.exact)
}

fn point(seen: &Seen) -> String {
    seen.at.iter().map(|(name, value)| format!("{name} = {value:?}")).collect::<Vec<_>>().join(", ")
}

fn ulps(value: f64) -> String {
    if value < 1e4 { format!("{value:.2}") } else { format!("{value:.1e}") }
}
