//! A step that the checker does not accept → lines for a person.

use std::fmt;
use std::sync::Arc;

/// A refused step, or a refused end of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The chain: `claim backward`, `derived d_z`.
    pub chain: String,
    /// The case, where the chain is by cases.
    pub case: Option<String>,
    /// The elementary step, from 1; `None` where the chain as a whole is refused.
    pub step: Option<usize>,
    /// The rule that the step names.
    pub rule: Arc<str>,
    /// The position that changes.
    pub at: Vec<usize>,
    /// What stands there before and after, where both have the position.
    pub parts: Option<(String, String)>,
    /// Why it is refused: lower case, no full stop.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused: {}", self.chain)?;
        if let Some(case) = &self.case {
            write!(f, ", case {case}")?;
        }
        if let Some(step) = self.step {
            write!(f, ", step {step}")?;
        }
        if self.step.is_some() {
            write!(f, "\n  rule    {} at {:?}", self.rule, self.at)?;
        }
        if let Some((before, after)) = &self.parts {
            write!(f, "\n  before  {before}\n  after   {after}")?;
        }
        write!(f, "\n  why     {}", self.why)
    }
}
