//! A derived form beside the formula that it was derived from, ready to be doubted.

use std::sync::Arc;

use super::finding::{Findings, Subject};
use super::names::{self, Asked};
use crate::derivation::{Derivation, Status};
use crate::expr::Expr;
use crate::kernel::{Format, KernelParameter, Setting};
use crate::terms;

/// A derived form and what it was derived from, under a setting of the parameters.
pub struct Doubted<'a> {
    /// All that is known of the loss.
    pub derivation: &'a Derivation,
    /// How parameters are set.
    pub parameters: &'a [KernelParameter],
    /// The formula, with what `none` means.
    pub definitions: &'a [(Arc<str>, Expr)],
    /// Name of the form.
    pub name: String,
    /// The form.
    pub form: &'a Expr,
    /// What it is the derivative of.
    pub asked: Asked,
    /// The same, with names unfolded that are defined through the variable or after it.
    pub formula: Expr,
    /// The sum of absolute terms of the form.
    pub terms: Expr,
    /// Names that vary in (0, 1).
    pub shares: Vec<Arc<str>>,
}

/// Doubts every derived form and every proved claim about a derivative: by duals at `samples` points of the interior,
/// by the oracle at the ends.
pub fn sweep(derivation: &Derivation, parameters: &[KernelParameter], samples: usize, seed: u64, to: &mut Findings) {
    let definitions = names::definitions(&derivation.spec, parameters);
    let derived = derivation.derived.iter().map(|one| (one.name.clone(), &one.of, &one.form));
    let proved = derivation.claims.iter().filter(|claim| claim.status == Status::Proved);
    let claims = proved.map(|claim| (format!("claim {}", claim.name), &claim.lhs, &claim.rhs));
    for (name, of, form) in derived.chain(claims) {
        if let Some(asked) = Asked::read(of) {
            let form = derivation.in_names(form);
            let doubted = Doubted::of(derivation, parameters, &definitions, asked, name, &form);
            doubted.by_duals(samples, seed, to);
            doubted.by_oracle(to);
        }
    }
}

impl<'a> Doubted<'a> {
    fn of(
        derivation: &'a Derivation,
        parameters: &'a [KernelParameter],
        definitions: &'a [(Arc<str>, Expr)],
        asked: Asked,
        name: String,
        form: &'a Expr,
    ) -> Doubted<'a> {
        let ranges = names::ranges(&derivation.spec);
        let inputs = &derivation.spec.inputs;
        let varies = |name: &Arc<str>| {
            let unfolded = names::unfold(&Expr::Symbol(name.clone()), definitions);
            inputs.first().is_some_and(|input| unfolded.mentions(&input.name))
        };
        let share = |name: &Arc<str>| {
            ranges.get(name).is_some_and(|range| range.nonnegative().is_yes() && range.hi().to_f64_up() <= 1.0)
        };
        let names = definitions.iter().map(|(name, _)| name).chain(inputs.first().map(|input| &input.name));
        let shares = names.filter(|name| share(name) && varies(name));
        Doubted {
            derivation,
            parameters,
            definitions,
            formula: asked.unfolded(definitions),
            terms: terms::absolute(form, &ranges),
            shares: shares.cloned().collect(),
            asked,
            name,
            form,
        }
    }

    /// What is doubted.
    pub fn subject(&self) -> Subject {
        Subject::new(&self.derivation.spec, &self.name, Format::F64, self.parameters)
    }

    /// The command that doubts it again, with samples and seed where they matter.
    pub fn again(&self, drawn: Option<(usize, u64)>) -> String {
        let command = self.subject().command();
        drawn.map_or(command.clone(), |(samples, seed)| format!("{command} --samples {samples} --seed {seed}"))
    }
}

/// Parameters that have a value, by name; `open` are those of the open ones.
pub fn valued<'a>(
    parameters: &'a [KernelParameter],
    open: &'a [f64],
) -> impl Iterator<Item = (Arc<str>, f64)> + use<'a> {
    let mut left = open.iter();
    parameters.iter().filter_map(move |one| {
        let value = match one.setting {
            Setting::Fixed { value, .. } => value,
            Setting::Argument => *left.next()?,
            Setting::None => return None,
        };
        Some((Arc::from(one.name.as_str()), value))
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::{Doubt, Finding};
    use super::super::sample;
    use super::*;
    use crate::rational::Rational;
    use crate::setting::{Choice, settle};

    fn doubted(derived: &[(&str, &str, &str)], choices: &[(&str, Choice)]) -> Findings {
        let derivation = sample::derivation("focal_binary", derived);
        let choices: Vec<(String, Choice)> =
            choices.iter().map(|(name, choice)| (name.to_string(), choice.clone())).collect();
        let parameters = settle(&derivation.spec, &choices, Format::F64).unwrap();
        let mut findings = Findings::default();
        sweep(&derivation, &parameters, 40, 1, &mut findings);
        findings
    }

    fn gamma(text: &str) -> (&'static str, Choice) {
        ("gamma", Choice::parse(text).unwrap())
    }

    #[test]
    fn the_literature_holds() {
        let quarter = ("alpha", Choice::Value(Rational::ratio(1, 4).unwrap()));
        for setting in [vec![gamma("2"), quarter.clone()], vec![gamma("0")], vec![gamma("0.5")], vec![gamma("param")]] {
            let findings = doubted(&sample::FOCAL, &setting);
            assert!(findings.holds(), "{findings}");
            assert_eq!(findings.checks.len(), 6);
            let all = findings.checks.iter().all(|check| check.points > 0 && check.unsettled == 0);
            assert!(all && findings.checks.iter().all(|check| check.worst < check.bound.unwrap()), "{findings}");
        }
    }

    /// One edit away from the truth, as such claims are in public code.
    #[test]
    fn what_is_one_edit_away_does_not() {
        let wrong = [
            ("d_z", "d(loss, z)", "alpha_t * (1 - p_t)^gamma * (p_t - 1 - gamma * p_t * log(p_t))"),
            ("d_z", "d(loss, z)", "alpha_t * (1 - p_t)^gamma * (gamma * (1 - p_t) * log(p_t) + p_t - 1)"),
            ("d_x", "d(loss, x)", "alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)"),
            ("d2_z", "d(d(loss, z), z)", "alpha_t * p_t * (1 - p_t)^gamma * (1 - p_t)"),
            (
                "d2_z",
                "d(d(loss, z), z)",
                "alpha_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
            ),
        ];
        for one in wrong {
            let findings = doubted(&[one], &[gamma("2")]);
            let by = |doubt: Doubt| findings.checks.iter().find(|check| check.doubt == doubt).unwrap();
            assert!(by(Doubt::Duals).worst > by(Doubt::Duals).bound.unwrap(), "{findings}");
            assert!(by(Doubt::Ends).worst > by(Doubt::Ends).bound.unwrap(), "{findings}");
            let Finding { again, .. } = &findings.findings[0];
            assert!(again.starts_with("focal-derive verify focal_binary --gamma 2 --precision f64"), "{again}");
        }
    }
}
