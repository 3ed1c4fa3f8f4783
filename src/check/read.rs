//! JSON of a derivation → `Proof`, or a message that points at what is wrong.

use std::sync::Arc;

use super::classes::Part;
use super::json::{self, Node, Value};
use super::step::SHOWN;
use super::{Chain, Proof, Statement};
use crate::derivation::Step;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::{Message, hidden, quoted};
use crate::notation::{self, Origin};
use crate::spec::Spec;
use crate::spec::classes::Case;

/// Most steps that are read.
const MOST_STEPS: usize = 100_000;

/// Reads the text that `derive --format json` prints; `file` is what messages call it.
///
/// # Errors
/// Where it is none; the message points at the place.
pub fn proof(file: &str, text: &str) -> Result<Proof, Message> {
    let origin = Origin::alone(file, text);
    let tree = json::tree(text, &origin)?;
    Reader { file, document: text, origin: &origin, steps: 0 }.proof(&tree)
}

struct Reader<'a> {
    file: &'a str,
    document: &'a str,
    origin: &'a Origin<'a>,
    steps: usize,
}

impl Reader<'_> {
    fn wrong(&self, node: &Node, text: impl Into<String>, beside: &str) -> Message {
        Message::new(text).at(self.origin.place(node.at.clone()), beside)
    }

    fn proof(&mut self, tree: &Node) -> Result<Proof, Message> {
        let loss = self.text(self.member(tree, "loss")?)?;
        let statement = match optional(tree, "statement") {
            Some(node) => self.statement(node)?,
            None => Statement::of(&Spec::builtin(&loss)?),
        };
        if let (Ok(spec), Some(node)) = (Spec::builtin(&loss), optional(tree, "statement")) {
            let text = |why| format!("the statement is not that of `{loss}`: {why}");
            statement.is_of(&spec).map_err(|why| self.wrong(node, text(why), "here"))?;
        }
        if let Some(cases) = optional(tree, "by_class") {
            return self.by_class(loss, statement, cases);
        }
        self.scalar(loss, statement, tree)
    }

    /// The cases of a loss over classes, each a scalar loss.
    fn by_class(&mut self, loss: String, statement: Statement, cases: &Node) -> Result<Proof, Message> {
        let target = statement.names.iter().find(|(_, domain)| *domain == Domain::Class).map(|(name, _)| name.clone());
        let (Some(target), Some((list, _))) = (target, statement.names.first().cloned()) else {
            return Err(self.wrong(cases, "cases of a loss without classes", "here"));
        };
        let mut parts = Vec::new();
        for (key, of) in [("own", Case::Own), ("other", Case::Other)] {
            let node = self.member(cases, key)?;
            let mut part = Part {
                name: of.words(&target),
                named: of.named(&target).iter().flat_map(Expr::symbols).collect(),
                meanings: Vec::new(),
                proof: self.of_part(&loss, node)?,
                claims: Vec::new(),
            };
            for one in self.array(self.member(node, "meanings")?)? {
                let name = Arc::from(self.text(self.member(one, "name")?)?);
                part.meanings.push((name, self.formula(self.member(one, "is")?)?));
            }
            for one in self.array(self.member(node, "stated")?)? {
                let side = |key| self.formula(self.member(one, key)?);
                part.claims.push((self.text(self.member(one, "name")?)?, side("lhs")?, side("rhs")?));
            }
            parts.push(part);
        }
        let reduced = match optional(cases, "reduced") {
            Some(node) if matches!(node.value, Value::Object(_)) => Some(self.of_part(&loss, node)?),
            _ => None,
        };
        Ok(Proof::of_cases(loss, statement, [&list, &target], parts, reduced))
    }

    fn of_part(&mut self, loss: &str, node: &Node) -> Result<Proof, Message> {
        let statement = self.statement(self.member(node, "statement")?)?;
        self.scalar(loss.to_string(), statement, node)
    }

    fn scalar(&mut self, loss: String, statement: Statement, tree: &Node) -> Result<Proof, Message> {
        let mut proof = Proof { loss, statement, lemmas: Vec::new(), claims: Vec::new(), unsettled: 0, classes: None };
        for node in optional(tree, "derived").map_or(Ok(&[][..]), |node| self.array(node))? {
            let lemma = self.chain(node, "of", "form")?;
            match lemma.has_steps() {
                true => proof.lemmas.push(lemma),
                false => proof.unsettled += 1,
            }
        }
        for node in self.array(self.member(tree, "claims")?)? {
            let status = self.member(node, "status")?;
            match &*self.text(status)? {
                "proved" => proof.claims.push(self.chain(node, "lhs", "rhs")?),
                "unsettled" => proof.unsettled += 1,
                other => {
                    return Err(self.wrong(status, format!("no status: {}", quoted(other)), "`proved` or `unsettled`"));
                }
            }
        }
        Ok(proof)
    }

    fn statement(&self, node: &Node) -> Result<Statement, Message> {
        let mut statement = Statement { names: Vec::new(), formula: Vec::new() };
        for key in ["inputs", "parameters"] {
            for named in self.array(self.member(node, key)?)? {
                let name = self.text(self.member(named, "name")?)?;
                let domain = self.member(named, "domain")?;
                let domain = Domain::read(&self.text(domain)?, &self.inside(domain))?;
                statement.names.push((Arc::from(name), domain));
            }
        }
        for line in self.array(self.member(node, "formula")?)? {
            let name = self.text(self.member(line, "name")?)?;
            statement.formula.push((Arc::from(name), self.formula(self.member(line, "value")?)?));
        }
        Ok(statement)
    }

    fn chain(&mut self, node: &Node, lhs: &str, rhs: &str) -> Result<Chain, Message> {
        let mut chain = Chain {
            name: self.text(self.member(node, "name")?)?,
            lhs: self.formula(self.member(node, lhs)?)?,
            rhs: self.formula(self.member(node, rhs)?)?,
            steps: self.lines(self.member(node, "steps")?)?,
            cases: Vec::new(),
            except: Vec::new(),
        };
        for case in optional(node, "cases").map_or(Ok(&[][..]), |node| self.array(node))? {
            let name = self.text(self.member(case, "case")?)?;
            chain.cases.push((name, self.lines(self.member(case, "steps")?)?));
        }
        for except in optional(node, "except").map_or(Ok(&[][..]), |node| self.array(node))? {
            chain.except.push(self.text(except)?);
        }
        Ok(chain)
    }

    /// Shown lines: each is an elementary step, or has such steps.
    fn lines(&mut self, node: &Node) -> Result<Vec<Step>, Message> {
        let mut all: Vec<Step> = Vec::new();
        for line in self.array(node)? {
            let steps = match optional(line, "substeps") {
                Some(steps) => self.array(steps)?.iter().map(|step| self.step(step)).collect::<Result<Vec<_>, _>>()?,
                None => Vec::new(),
            };
            let (Some(first), Some(last)) = (steps.first(), steps.last()) else {
                all.push(self.step(line)?);
                continue;
            };
            let before = self.formula(self.member(line, "before")?)?;
            let after = self.formula(self.member(line, "after")?)?;
            all.extend(gap(&before, &first.before));
            let end = gap(&last.after, &after);
            all.extend(steps);
            all.extend(end);
        }
        self.steps += all.len();
        if self.steps > MOST_STEPS {
            return Err(self.wrong(node, format!("more than {MOST_STEPS} steps"), "here"));
        }
        Ok(all)
    }

    fn step(&self, node: &Node) -> Result<Step, Message> {
        let place = |node: &Node| match &node.value {
            Value::Number(text) => {
                text.parse().map_err(|_| self.wrong(node, "no position", "a number from 0 belongs here"))
            }
            _ => Err(self.wrong(node, "no position", "a number from 0 belongs here")),
        };
        let why = optional(node, "why").map_or(Ok(String::new()), |why| self.text(why))?;
        Ok(Step {
            before: self.formula(self.member(node, "before")?)?,
            after: self.formula(self.member(node, "after")?)?,
            rule: Arc::from(self.text(self.member(node, "rule")?)?),
            why,
            at: self.array(self.member(node, "at")?)?.iter().map(place).collect::<Result<_, _>>()?,
        })
    }

    fn member<'n>(&self, node: &'n Node, key: &str) -> Result<&'n Node, Message> {
        match &node.value {
            Value::Object(_) => optional(node, key)
                .ok_or_else(|| self.wrong(node, format!("a key is missing: `{key}`"), "in this object")),
            _ => Err(self.wrong(node, format!("an object with the key `{key}` belongs here"), "here")),
        }
    }

    fn array<'n>(&self, node: &'n Node) -> Result<&'n [Node], Message> {
        match &node.value {
            Value::Array(values) => Ok(values),
            _ => Err(self.wrong(node, "an array belongs here", "here")),
        }
    }

    fn text(&self, node: &Node) -> Result<String, Message> {
        match &node.value {
            Value::Text(text) if text.chars().any(hidden) => {
                Err(self.wrong(node, "a character that cannot be seen in a text", "here"))
            }
            Value::Text(text) => Ok(text.clone()),
            _ => Err(self.wrong(node, "a text in quotes belongs here", "here")),
        }
    }

    /// The origin of what stands between the quotes.
    fn inside(&self, node: &Node) -> Origin<'_> {
        let plain = matches!(&node.value, Value::Text(text) if text.len() + 2 == node.at.len());
        if plain {
            self.origin.part(node.at.start + 1)
        } else {
            Origin::encoded(self.file, self.document, node.at.clone())
        }
    }

    fn formula(&self, node: &Node) -> Result<Expr, Message> {
        notation::parse(&self.text(node)?, &self.inside(node))
    }
}

fn optional<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    match &node.value {
        Value::Object(members) => members.iter().find(|(known, _)| known == key).map(|(_, node)| node),
        _ => None,
    }
}

/// A step that nothing allows, where a shown line and its steps do not meet.
fn gap(before: &Expr, after: &Expr) -> Option<Step> {
    let step = || Step {
        before: before.clone(),
        after: after.clone(),
        rule: Arc::from(SHOWN),
        why: String::new(),
        at: Vec::new(),
    };
    (before != after).then(step)
}
