//! Findings → JSON, with every float in hexadecimal text.

use serde_json::{Map, Value, json};

use super::finding::{AtPoint, Check, Finding, Findings, Subject, Witness};
use super::hexfloat;
use super::sweep::{STEPS, Sweep, Swept};

/// The findings as a JSON document that ends in a line break.
pub fn document(findings: &Findings) -> String {
    let value = json!({
        "loss": findings.loss,
        "holds": findings.holds(),
        "checks": findings.checks.iter().map(check).collect::<Vec<_>>(),
        "points": findings.points.iter().map(at_point).collect::<Vec<_>>(),
        "findings": findings.findings.iter().map(finding).collect::<Vec<_>>(),
        "notes": findings.notes,
    });
    format!("{value:#}\n")
}

/// A sweep as a JSON document that ends in a line break.
pub fn sweep(sweep: &Sweep) -> String {
    let value = json!({
        "loss": sweep.loss,
        "holds": sweep.holds(),
        "swept": sweep.asked.words(),
        "points": sweep.labels * sweep.floats,
        "judged": sweep.judged,
        "outputs": sweep.outputs.iter().map(swept).collect::<Vec<_>>(),
        "findings": sweep.findings.iter().map(finding).collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn swept(swept: &Swept) -> Value {
    let Swept { tally, worst, .. } = swept;
    let mut all = subject(&swept.subject);
    all.insert("output".into(), swept.output.into());
    all.insert("unit".into(), swept.unit.to_string().into());
    all.insert("bound".into(), swept.bound.as_ref().map_or(Value::Null, |(ulps, _)| number(*ulps)));
    all.insert("within".into(), swept.bound.as_ref().map_or(String::new(), |(_, within)| within.clone()).into());
    all.insert("worst".into(), number(tally.worst));
    all.insert("at".into(), worst.as_ref().map_or(Value::Null, |point| witness(&point.witness)));
    all.insert("expected".into(), worst.as_ref().map_or(Value::Null, |point| hexfloat::print(point.expected).into()));
    all.insert("measured".into(), worst.as_ref().map_or(Value::Null, |point| hexfloat::print(point.measured).into()));
    all.insert("mean".into(), number(tally.mean()));
    all.insert("results".into(), tally.count.into());
    all.insert("rounded_right".into(), tally.right.into());
    all.insert("unsettled".into(), tally.unsettled.into());
    all.insert("histogram_steps_per_ulp".into(), STEPS.into());
    all.insert("histogram".into(), tally.bins.clone().into());
    all.into()
}

fn finding(finding: &Finding) -> Value {
    let mut all = subject(&finding.subject);
    all.insert("at".into(), witness(&finding.witness));
    all.insert("expected".into(), hexfloat::print(finding.expected).into());
    all.insert("measured".into(), hexfloat::print(finding.measured).into());
    all.insert("error".into(), number(finding.error));
    all.insert("bound".into(), finding.bound.map_or(Value::Null, number));
    all.insert("unit".into(), finding.unit.to_string().into());
    all.insert("again".into(), finding.again.clone().into());
    all.into()
}

fn at_point(point: &AtPoint) -> Value {
    let mut all = subject(&point.subject);
    all.insert("at".into(), witness(&point.witness));
    all.insert("expected".into(), hexfloat::print(point.expected).into());
    all.insert("measured".into(), hexfloat::print(point.measured).into());
    all.insert("error".into(), number(point.error));
    all.insert("bound".into(), point.bound.map_or(Value::Null, number));
    all.insert("unit".into(), point.unit.to_string().into());
    all.into()
}

fn check(check: &Check) -> Value {
    let mut all = subject(&check.subject);
    all.insert("by".into(), check.doubt.to_string().into());
    all.insert("points".into(), check.points.into());
    all.insert("unsettled".into(), check.unsettled.into());
    all.insert("worst".into(), number(check.worst));
    all.insert("mean".into(), number(check.mean));
    all.insert("at".into(), check.witness.as_ref().map_or(Value::Null, witness));
    all.insert("bound".into(), check.bound.map_or(Value::Null, number));
    all.insert("within".into(), check.within.clone().into());
    all.insert("bound_over_worst".into(), check.ratio().map_or(Value::Null, number));
    all.insert("unit".into(), check.unit.to_string().into());
    all.into()
}

fn subject(subject: &Subject) -> Map<String, Value> {
    let setting = subject.setting.iter().map(|(name, value)| (name.clone(), Value::from(value.clone())));
    let mut all = Map::new();
    all.insert("what".into(), subject.what.clone().into());
    all.insert("format".into(), subject.format.to_string().into());
    all.insert("setting".into(), Value::Object(setting.collect()));
    all
}

fn witness(witness: &Witness) -> Value {
    let each = witness.values.iter().map(|(name, value)| (name.clone(), Value::from(hexfloat::print(*value))));
    Value::Object(each.collect())
}

/// A number; JSON has no infinity, so that one is text.
fn number(value: f64) -> Value {
    if value.is_finite() { Value::from(value) } else { Value::from(hexfloat::print(value)) }
}
