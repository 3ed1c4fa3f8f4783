//! `rules`: the rule book, or its doubter.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::args::Rules;
use super::voice::Voice;
use super::{Outcome, place};
use crate::audit::corpus::{self, CORPUS};
use crate::audit::{self, Problem};
use crate::kernel::{Format, Mode};
use crate::message::Message;
use crate::rational::Rational;
use crate::render;
use crate::rule::RuleBook;
use crate::setting::{self, Choice};
use crate::spec::Spec;
use crate::{derivation, lower, verify};

/// Prints the rule book, or what its doubter says of each rule.
///
/// # Errors
/// Where a built-in loss cannot be derived, or the result cannot be written.
pub fn run(rules: &Rules, voice: Voice) -> Result<Outcome, Message> {
    let book = RuleBook::builtin();
    if !rules.check {
        place::print(&if rules.json { render::json::rules(book) } else { render::text::rules(book) })?;
        return Ok(Outcome::AllHold);
    }
    let fired = fired(book, voice)?;
    voice.progress(&format!("judging {} rules and {} rejected ones", book.rules.len(), book.rejected.len()));
    let judged = verify::rules::rules(book, &fired);
    place::print(&if rules.json { render::json::judged_rules(&judged) } else { render::text::judged_rules(&judged) })?;
    let hold = judged.iter().all(verify::rules::JudgedRule::holds);
    Ok(if hold { Outcome::AllHold } else { Outcome::Findings })
}

/// The rules that fire where the losses that come with the tool are derived and their kernels are made, and the laws
/// that exercises of arithmetic need.
fn fired(book: &RuleBook, voice: Voice) -> Result<BTreeSet<Arc<str>>, Message> {
    let mut fired = derivation::exercised(book);
    for name in Spec::builtin_names() {
        voice.progress(&format!("deriving {name} and looking for its stable forms"));
        let derivation = derivation::derive(&Spec::builtin(name)?, book)?;
        fired.extend(derivation.fired.iter().cloned());
        if derivation.spec.classes.is_some() {
            continue; // it has no kernel of one number
        }
        for choices in settings(&derivation.spec) {
            for format in [Format::F32, Format::F64] {
                let parameters = setting::settle(&derivation.spec, &choices, format)?;
                fired.extend(lower::fired(&derivation, &parameters, (format, Mode::Accurate), 2)?);
            }
        }
    }
    audited(book, voice, &mut fired)?;
    Ok(fired)
}

/// Adds the rules that fire where formulas of the corpus are proved, as many files as it needs.
fn audited(book: &RuleBook, voice: Voice, fired: &mut BTreeSet<Arc<str>>) -> Result<(), Message> {
    for (name, text) in CORPUS {
        if book.rules.iter().all(|rule| fired.contains(&rule.name)) {
            break;
        }
        voice.progress(&format!("auditing {name}"));
        let (problem, claims) = Problem::of_file(name, text)?;
        let proved = corpus::expected(text).into_iter().filter(|expected| expected.verdict == "proved");
        let proved: BTreeSet<String> = proved.map(|expected| expected.claim).collect();
        for claim in claims.iter().filter(|claim| proved.contains(&claim.name)) {
            fired.extend(audit::audit(&problem, claim, book)?.fired);
        }
    }
    Ok(())
}

/// Settings that kernels take their different shapes at: every parameter open, and each one fixed in turn.
fn settings(spec: &Spec) -> Vec<Vec<(String, Choice)>> {
    let open = |name: &str| (name.to_string(), Choice::Argument);
    let mut all = vec![spec.parameters.iter().map(|parameter| open(&parameter.name)).collect::<Vec<_>>()];
    let ratios = [(0, 1), (1, 2), (1, 1), (2, 1), (5, 1)];
    let values: Vec<Rational> = ratios.iter().filter_map(|(over, under)| Rational::ratio(*over, *under)).collect();
    for fixed in &spec.parameters {
        for value in values.iter().filter(|value| fixed.domain.contains(value)) {
            let choose = |parameter: &crate::spec::Parameter| match &parameter.none {
                _ if parameter.name == fixed.name => (parameter.name.to_string(), Choice::Value(value.clone())),
                Some(_) => (parameter.name.to_string(), Choice::None),
                None => open(&parameter.name),
            };
            all.push(spec.parameters.iter().map(choose).collect());
        }
    }
    all
}
