//! `[edges]` → the limits of the outputs at points where the formula has only a limit.

use std::sync::Arc;

use super::document::{Entry, Node};
use super::read::{Read, Reader};
use super::scope::Kind;
use super::{Edge, EdgeCondition, EdgeValue};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::{self, Located, Origin, closest};
use crate::op::Op;

const SHAPE: &str = "an edge is `\"x = -inf, y = 1\" = { loss = \"inf\", d_x = \"-1\" }`";

/// Reads the edges.
pub fn read(reader: &Reader, node: Option<&Node>) -> Result<Vec<Edge>, Message> {
    let entries = node.map_or(Ok(&[][..]), |node| reader.file.table(node, "[edges]"))?;
    entries.iter().map(|entry| edge(reader, entry)).collect()
}

fn edge(reader: &Reader, entry: &Entry) -> Result<Edge, Message> {
    let origin = reader.file.origin(&entry.at, &entry.key);
    let read = notation::located_conditions(&entry.key, &origin)?;
    let conditions: Vec<EdgeCondition> =
        read.iter().map(|read| condition(reader, read, &origin)).collect::<Result<_, _>>()?;
    let (pivot, input) = (reader.pivot(), reader.pivot_shown());
    if !conditions.iter().any(|condition| *condition.name == *pivot && condition.comparison == "=") {
        let text = format!("an edge that does not say where `{input}` is");
        return Err(reader.file.wrong(&entry.at, text, format!("add `{input} = …`")).help(SHAPE));
    }
    let limits = limits(reader, entry)?;
    Ok(Edge { at: entry.key.to_string(), conditions, limits })
}

fn condition(reader: &Reader, read: &Located, origin: &Origin) -> Result<EdgeCondition, Message> {
    let (Expr::Apply(op, _), [left, right]) = (&read.expr, &read.operands[..]) else {
        unreachable!("conditions are comparisons of two operands")
    };
    let (first, pivot) = (left.expr == reader.pivot_shown(), Arc::from(reader.pivot()));
    let name = match &left.expr {
        _ if first => &pivot,
        Expr::Symbol(name) => name,
        other => {
            let text = format!("the condition begins with {}, no name", quoted(&other.to_string()));
            return Err(Message::new(text).at(origin.place(left.at.clone()), "a name belongs here").help(SHAPE));
        }
    };
    reader.scope.known(left, origin, reader.formula.len())?;
    if !first && *name == pivot {
        let text = format!("`{name}` is a number for each class");
        let help = format!("write `{}`: the loss is that of the target's", reader.pivot_shown());
        return Err(Message::new(text).at(origin.place(left.at.clone()), "of which class?").help(help));
    }
    if !first && reader.varying.contains(name) {
        return Err(Message::new(format!("`{name}` depends on `{}`", reader.pivot_shown()))
            .at(origin.place(left.at.clone()), "an edge is a point of the inputs and parameters")
            .help(SHAPE));
    }
    let value = value(reader, right, origin)?;
    let reachable = |value: &EdgeValue| match (domain(reader, name), value) {
        (Some(domain), EdgeValue::Finite(Expr::Number(value))) => domain.reaches(value),
        _ => true,
    };
    if *op == Op::Eq && !reachable(&value) {
        let text = format!("`{}` is never {}", left.expr, right.expr);
        let beside = domain(reader, name).map_or(String::new(), |domain| format!("its domain is {domain}"));
        return Err(Message::new(text).at(origin.place(right.at.clone()), beside));
    }
    let comparison = if *op == Op::Eq { "=".to_string() } else { op.to_string() };
    Ok(EdgeCondition { name: name.clone(), comparison, value })
}

fn domain<'r>(reader: &'r Reader, name: &str) -> Option<&'r Domain> {
    match reader.scope.kind(name)? {
        Kind::Input => reader.inputs.iter().find(|input| *input.name == *name).map(|input| &input.domain),
        Kind::Parameter => reader.parameters.iter().find(|one| *one.name == *name).map(|one| &one.domain),
        Kind::Formula(_) | Kind::Margin => None,
    }
}

/// `inf`, `-inf`, or an expression of names that do not depend on the first input.
fn value(reader: &Reader, read: &Located, origin: &Origin) -> Result<EdgeValue, Message> {
    let infinite = |expr: &Expr| matches!(expr, Expr::Symbol(name) if &**name == "inf");
    match &read.expr {
        expr if infinite(expr) => return Ok(EdgeValue::Infinity),
        Expr::Apply(Op::Neg, operands) if infinite(&operands[0]) => return Ok(EdgeValue::NegativeInfinity),
        _ => {}
    }
    if let Some((name, at)) = read.names().find(|(name, _)| matches!(*name, "inf" | "nan")) {
        return Err(Message::new(format!("`{name}` inside an expression"))
            .at(origin.place(at.clone()), "here")
            .help("a value at an edge is `inf`, `-inf`, or an expression without them"));
    }
    reader.checked(&Read { located: read.clone(), origin: *origin }, reader.formula.len())?;
    match read.names().find(|(name, _)| reader.varying.contains(*name)) {
        Some((name, at)) => Err(Message::new(format!("a value at an edge that depends on `{}`", reader.pivot_shown()))
            .at(origin.place(at.clone()), format!("`{name}` has only a limit here"))
            .help("it is `inf`, `-inf`, or an expression of the parameters and the other inputs")),
        None => Ok(EdgeValue::Finite(read.expr.clone())),
    }
}

fn limits(reader: &Reader, entry: &Entry) -> Result<Vec<(String, EdgeValue)>, Message> {
    let input = reader.pivot();
    // what a person writes, and what the output is called in kernels
    let outputs = [("loss".to_string(), "loss"), (format!("d_{input}"), "d_x"), (format!("d2_{input}"), "d2_x")];
    let entries = reader.file.table(&entry.node, "an edge")?;
    if entries.is_empty() {
        return Err(reader.file.wrong(&entry.node.at, "an edge without limits", "nothing in it").help(SHAPE));
    }
    let mut limits = Vec::new();
    for line in entries {
        let Some((_, output)) = outputs.iter().find(|(name, _)| *name == line.key) else {
            let near = closest(&line.key, outputs.iter().map(|(name, _)| name.as_str()));
            let beside = near.map_or("no output".to_string(), |near| format!("did you mean `{near}`?"));
            let help = format!("the outputs are `loss`, `d_{input}` and `d2_{input}`");
            return Err(reader
                .file
                .wrong(&line.at, format!("unknown output {}", quoted(&line.key)), beside)
                .help(help));
        };
        let read = reader.expression(&line.node, "a limit")?;
        limits.push((output.to_string(), value(reader, &read.located, &read.origin)?));
    }
    Ok(limits)
}
