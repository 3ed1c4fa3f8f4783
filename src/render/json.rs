//! Losses, rules and derivations → JSON; keys stand in the order written here. The one file that names `serde_json`.

use serde_json::{Value, json};

use super::page::bounds;
use super::reason::{self, key};
use super::{Lang, Sheet, forms, plain, side, verdict};
use crate::derivation::classes::Part;
use crate::derivation::shown::Shown;
use crate::derivation::{ByClass, Derivation, Derived, Judged, Status, Step};
use crate::expr::Expr;
use crate::kernel::Kernel;
use crate::rule::RuleBook;
use crate::spec::Spec;
use crate::spec::classes::Meaning;
use crate::verify::rules::{JudgedRule, RuleVerdict};

/// The losses.
pub fn losses(specs: &[Spec]) -> String {
    pretty(&specs.iter().map(loss).collect())
}

/// The rule book.
pub fn rules(book: &RuleBook) -> String {
    let rule = |rule: &crate::rule::Rule| {
        json!({
            "name": &*rule.name, "group": &*rule.group, "lhs": rule.lhs.to_string(), "rhs": rule.rhs.to_string(),
            "both_ways": rule.both_ways, "when": texts(&rule.when), "source": rule.source,
        })
    };
    let rejected = |rule: &crate::rule::Rejected| {
        let at: serde_json::Map<String, Value> =
            rule.at.iter().map(|(name, value)| (name.to_string(), json!(value.to_string()))).collect();
        json!({
            "name": &*rule.name, "group": &*rule.group, "lhs": rule.lhs.to_string(), "rhs": rule.rhs.to_string(),
            "at": at, "source": rule.source,
        })
    };
    pretty(&json!({
        "rules": book.rules.iter().map(rule).collect::<Vec<_>>(),
        "rejected": book.rejected.iter().map(rejected).collect::<Vec<_>>(),
    }))
}

/// What the doubter says of each rule.
pub fn judged_rules(judged: &[JudgedRule]) -> String {
    let one = |rule: &JudgedRule| {
        let mut value = json!({
            "name": &*rule.name, "group": &*rule.group, "rejected": rule.rejected, "holds": rule.holds(),
            "verdict": verdict(rule), "points": rule.points, "fired": rule.fired,
        });
        if let RuleVerdict::Differs(witness) | RuleVerdict::Undefined(witness) | RuleVerdict::Survives(witness) =
            &rule.verdict
        {
            let at: serde_json::Map<String, Value> =
                witness.at.iter().map(|(name, value)| (name.to_string(), json!(value.to_string()))).collect();
            value["witness"] = json!({ "at": at, "lhs": side(witness.lhs), "rhs": side(witness.rhs) });
        }
        value
    };
    pretty(&json!({
        "holds": judged.iter().all(JudgedRule::holds),
        "rules": judged.iter().map(one).collect::<Vec<_>>(),
    }))
}

/// A derivation.
pub fn derivation(sheet: &Sheet) -> String {
    let derivation = sheet.derivation;
    let mut value = json!({
        "loss": derivation.spec.name,
        "statement": loss(&derivation.spec),
        "derived": derivation.derived.iter().map(|one| derived(one, sheet.lang)).collect::<Vec<_>>(),
        "notes": derivation.notes,
        "claims": derivation.claims.iter().map(|claim| judged(claim, sheet.lang)).collect::<Vec<_>>(),
    });
    if let Some(by_class) = &derivation.classes {
        value["by_class"] = classes(by_class, sheet.lang);
    }
    match &sheet.forms {
        Some(Ok(kernel)) => value["forms"] = stable_forms(kernel, sheet),
        Some(Err(message)) => {
            value["forms"] = json!([]);
            value["no_forms"] = json!(message.text);
        }
        None => {}
    }
    value["rules_digest"] = json!(derivation.rules_digest);
    pretty(&value)
}

/// The scalar losses of a loss over classes, and what is stated of them over classes.
fn classes(by_class: &ByClass, lang: Lang) -> Value {
    let scalar = |derivation: &Derivation| {
        json!({
            "statement": loss(&derivation.spec),
            "derived": derivation.derived.iter().map(|one| derived(one, lang)).collect::<Vec<_>>(),
            "claims": derivation.claims.iter().map(|claim| judged(claim, lang)).collect::<Vec<_>>(),
        })
    };
    let part = |part: &Part| {
        let meaning = |one: &Meaning| json!({ "name": &*one.name, "is": one.is.to_string() });
        let stated = by_class.stated.iter().filter(|(case, _)| *case == part.case).map(|(_, claim)| claim);
        let stated =
            stated.map(|one| json!({ "name": one.name, "lhs": one.lhs.to_string(), "rhs": one.rhs.to_string() }));
        let mut value = scalar(&part.derivation);
        value["meanings"] = part.meanings.iter().map(meaning).collect();
        value["stated"] = stated.collect();
        value
    };
    json!({
        "own": part(&by_class.own), "other": part(&by_class.other), "margin": by_class.margin.to_string(),
        "reduced": by_class.reduced.as_ref().map(scalar),
    })
}

fn loss(spec: &Spec) -> Value {
    let input = |input: &crate::spec::Input| json!({ "name": &*input.name, "domain": input.domain.to_string(), "unit": input.unit });
    let parameter = |parameter: &crate::spec::Parameter| json!({ "name": &*parameter.name, "domain": parameter.domain.to_string(), "none": parameter.none.is_some() });
    let line = |line: &crate::spec::Definition| json!({ "name": &*line.name, "value": line.value.to_string() });
    json!({
        "name": spec.name,
        "title": { "en": spec.title.en, "zh": spec.title.zh },
        "source": spec.source,
        "inputs": spec.inputs.iter().map(input).collect::<Vec<_>>(),
        "parameters": spec.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "formula": spec.formula.iter().map(line).collect::<Vec<_>>(),
    })
}

fn derived(derived: &Derived, lang: Lang) -> Value {
    json!({
        "name": derived.name, "of": derived.of.to_string(), "form": derived.form.to_string(),
        "steps": lines(&derived.shown, lang),
    })
}

fn judged(claim: &Judged, lang: Lang) -> Value {
    let mut value = json!({ "name": claim.name, "status": status(&claim.status) });
    if let Status::Unsettled(limit) = &claim.status {
        value["limit"] = json!(limit);
    }
    value["lhs"] = json!(claim.lhs.to_string());
    value["rhs"] = json!(claim.rhs.to_string());
    value["source"] = json!(claim.source);
    value["steps"] = lines(&claim.shown, lang);
    if !claim.cases.is_empty() {
        let cases = claim.cases.iter().zip(&claim.shown_cases);
        value["cases"] = cases.map(|((case, _), shown)| json!({ "case": case, "steps": lines(shown, lang) })).collect();
    }
    value
}

fn status(status: &Status) -> &'static str {
    match status {
        Status::Proved => "proved",
        Status::Unsettled(_) => "unsettled",
    }
}

/// The lines shown: `rule` is what is done in them, `substeps` are the elementary steps.
fn lines(shown: &[Shown], lang: Lang) -> Value {
    let line = |line: &Shown| {
        let (first, last) = (line.steps.first()?, line.steps.last()?);
        Some(json!({
            "before": first.before.to_string(), "after": last.after.to_string(), "rule": key(line.stage),
            "why": format!("{}: {}", reason::heading(line, lang), plain::words(&reason::reason(line, lang))),
            "at": reason::mark(line),
            "substeps": steps(&line.steps, lang),
        }))
    };
    shown.iter().filter_map(line).collect()
}

fn steps(steps: &[Step], lang: Lang) -> Value {
    let step = |step: &Step| {
        json!({
            "before": step.before.to_string(), "after": step.after.to_string(), "rule": &*step.rule,
            "why": reason::of_step(step, lang), "at": step.at,
        })
    };
    steps.iter().map(step).collect()
}

fn stable_forms(kernel: &Kernel, sheet: &Sheet) -> Value {
    let form = |form: forms::Form| {
        json!({
            "target": form.target, "regime": words_of_regime(&form.regime),
            "form": form.form.to_string(), "precision": kernel.format.to_string(), "bound": bounds(form.bounds, sheet.lang),
        })
    };
    forms::of(kernel, &sheet.derivation.spec).into_iter().map(form).collect()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

/// A regime in words: `z >= 0, z < 2`.
fn words_of_regime(regime: &[Expr]) -> Option<String> {
    (!regime.is_empty()).then(|| regime.iter().map(Expr::to_string).collect::<Vec<_>>().join(", "))
}
