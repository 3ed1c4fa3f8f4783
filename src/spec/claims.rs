//! `[[claim]]` → what the literature states.

use super::document::{self, Entry, Node};
use super::read::{Read, Reader};
use super::{Claim, Classes};
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::op::Op;

/// Derivatives within one another, at most.
const HIGHEST_ORDER: usize = 2;
const KEYS: &[&str] = &["name", "lhs", "rhs", "source"];

/// Reads the claims.
pub fn read(reader: &Reader, node: Option<&Node>) -> Result<Vec<Claim>, Message> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let mut claims: Vec<Claim> = Vec::new();
    for item in reader.file.list(node, "[[claim]]", "each claim is a section of its own: `[[claim]]`")? {
        claims.push(claim(reader, item, &claims)?);
    }
    Ok(claims)
}

fn claim(reader: &Reader, node: &Node, before: &[Claim]) -> Result<Claim, Message> {
    let file = &reader.file;
    let entries = file.table(node, "a claim")?;
    file.only(entries, "a claim", KEYS)?;
    let named = field(reader, node, entries, "name")?;
    let name = file.words(named, "the name of a claim")?;
    if name.is_empty() {
        return Err(file.wrong(&named.at, "a claim without a name", "the name is empty"));
    }
    if before.iter().any(|other| other.name == name) {
        let text = format!("two claims are called {}", quoted(&name));
        return Err(file.wrong(&named.at, text, "the second one").help("give one of them another name"));
    }
    let lhs = side(reader, field(reader, node, entries, "lhs")?)?;
    let rhs = side(reader, field(reader, node, entries, "rhs")?)?;
    let source = document::find(entries, "source").map_or(Ok(String::new()), |node| file.words(node, "the source"))?;
    Ok(Claim { name, lhs, rhs, source })
}

fn field<'n, 'a>(reader: &Reader, claim: &Node, entries: &'n [Entry<'a>], key: &str) -> Result<&'n Node<'a>, Message> {
    document::find(entries, key).ok_or_else(|| {
        reader
            .file
            .wrong(&claim.at, format!("a claim without `{key}`"), "this claim")
            .help("a claim has `name`, `lhs`, `rhs`, and may have `source`")
    })
}

fn side(reader: &Reader, node: &Node) -> Result<Expr, Message> {
    let read = reader.expression(node, "a side of a claim")?;
    reader.checked(&read, reader.formula.len())?;
    derivatives(reader, &read)?;
    Ok(read.located.expr)
}

/// A derivative is one in a name; derivatives of derivatives end at the second.
fn derivatives(reader: &Reader, read: &Read) -> Result<(), Message> {
    let wrong = |at: &std::ops::Range<usize>, text: String, beside: &str| {
        Err(Message::new(text).at(read.origin.place(at.clone()), beside))
    };
    for part in read.located.parts().filter(|part| matches!(part.expr, Expr::Apply(Op::D, _))) {
        let by = &part.operands[1];
        let logit = match (&by.expr, by.expr.operands()) {
            (Expr::Apply(Op::Index, _), [list, _]) => *list == Expr::Symbol(reader.inputs[0].name.clone()),
            _ => false,
        };
        if !(matches!(by.expr, Expr::Symbol(_)) || logit) {
            let text = format!("`{}` is no name to differentiate in", by.expr);
            return match &reader.classes {
                Some(classes) => {
                    let Classes { list, target, .. } = classes;
                    let form = format!("write `d(e, {list}[{target}])` or `d(e, {list}[{}])`", Classes::OTHER);
                    wrong(&by.at, text, &form)
                }
                None => wrong(&by.at, text, "write `d(e, x)` with a name as x"),
            };
        }
        let order = order(&part.expr);
        if order > HIGHEST_ORDER {
            return wrong(&part.at, format!("a derivative of order {order}"), "claims go up to the second derivative");
        }
    }
    Ok(())
}

/// Derivatives within one another.
fn order(expr: &Expr) -> usize {
    let inner = expr.operands().iter().map(order).max().unwrap_or(0);
    inner + usize::from(matches!(expr, Expr::Apply(Op::D, _)))
}
