//! `Derivation` → plain text.

use std::fmt;

use super::{Derivation, Status, Step};

impl fmt::Display for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.spec.name, self.spec.title.en)?;
        writeln!(f, "\nformula")?;
        let width = self.spec.formula.iter().map(|line| line.name.chars().count()).max().unwrap_or(0);
        for line in &self.spec.formula {
            writeln!(f, "  {:width$} = {}", line.name, line.value)?;
        }
        for derived in &self.derived {
            writeln!(f, "\n{} = {}", derived.name, derived.form)?;
            steps(f, &derived.of.to_string(), &derived.steps)?;
        }
        for note in &self.notes {
            writeln!(f, "\nnote: {note}")?;
        }
        for claim in &self.claims {
            let status = match &claim.status {
                Status::Proved => "proved".to_string(),
                Status::Unsettled(limit) => format!("unsettled ({limit})"),
            };
            writeln!(f, "\nclaim {}: {} == {}", claim.name, claim.lhs, claim.rhs)?;
            writeln!(f, "  {status}; {}", claim.source)?;
            steps(f, &claim.lhs.to_string(), &claim.steps)?;
            for (case, proof) in &claim.cases {
                let start = proof.first().map_or_else(|| claim.rhs.to_string(), |step| step.before.to_string());
                writeln!(f, "  case {case}")?;
                steps(f, &start, proof)?;
            }
        }
        Ok(())
    }
}

/// A line for each step: the formula after it, the rule and the reason.
fn steps(f: &mut fmt::Formatter<'_>, start: &str, steps: &[Step]) -> fmt::Result {
    if !steps.is_empty() {
        writeln!(f, "    {start}")?;
    }
    steps.iter().try_for_each(|step| writeln!(f, "  = {}\n      {}: {}", step.after, step.rule, step.why))
}
