//! The file's tree → `Spec`: its sections, checked in the order in which a person reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, Entry, File, Node, Value};
use super::facts::{self, Ranges};
use super::index::Indices;
use super::options::{self, Options};
use super::scope::{self, Extent, Kind, Scope};
use super::{Classes, Definition, Input, Parameter, Spec, Text, claims, classes, edges};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::message::{Message, quoted};
use crate::notation::{self, Located, Origin};
use crate::op::Op;

/// Longest formula with every name written out: numbers, names and operators.
const LONGEST_FORMULA: u64 = 10_000;
/// Operators within one another of the formula with every name written out.
const TALLEST_FORMULA: u64 = 500;

const SECTIONS: &[&str] = &["title", "source", "inputs", "parameters", "formula", "claim", "edges", "options"];

/// What later sections need of the earlier ones.
pub struct Reader<'a> {
    pub file: File<'a>,
    pub scope: Scope,
    pub ranges: Ranges,
    /// Names of the formula that depend on the first input, and that input.
    pub varying: BTreeSet<Arc<str>>,
    pub inputs: Vec<Input>,
    pub parameters: Vec<Parameter>,
    pub classes: Option<Classes>,
    pub formula: Vec<Definition>,
}

/// A formula as it was read, and where it comes from.
pub struct Read<'a> {
    pub located: Located,
    pub origin: Origin<'a>,
}

/// Reads a spec.
pub fn spec(name: &str, file: File) -> Result<Spec, Message> {
    let root = document::root(&file)?;
    let sections = file.table(&root, "the file")?;
    file.only(sections, "a spec", SECTIONS)?;
    let mut reader = Reader {
        file,
        scope: Scope::default(),
        ranges: Ranges::new(),
        varying: BTreeSet::new(),
        inputs: Vec::new(),
        parameters: Vec::new(),
        classes: None,
        formula: Vec::new(),
    };
    let title = reader.title(document::find(sections, "title"), name)?;
    let source = document::find(sections, "source").map_or(Ok(String::new()), |node| file.words(node, "the source"))?;
    reader.inputs(sections)?;
    let parameters =
        document::find(sections, "parameters").map_or(Ok(&[][..]), |node| file.table(node, "[parameters]"))?;
    reader.parameters(parameters)?;
    reader.formula(sections)?;
    reader.nones(parameters)?;
    reader.beyond_formula(sections)?;
    let claims = claims::read(&reader, document::find(sections, "claim"))?;
    let edges = edges::read(&reader, document::find(sections, "edges"))?;
    let Options { clip, log_eps, normalised } = options::read(&reader, document::find(sections, "options"))?;
    let Reader { inputs, parameters, classes, formula, .. } = reader;
    let spec = Spec {
        name: name.to_string(),
        named: name.to_string(),
        title,
        source,
        inputs,
        parameters,
        classes,
        formula,
        claims,
        edges,
        clip,
        log_eps,
        normalised,
        text: file.text.to_string(),
    };
    if spec.classes.is_some() {
        // what has no scalar cases is no loss of the tool: told here, at the place of the loss
        classes::unfold(&spec).map_err(|message| reader_place(&file, sections, message))?;
    }
    Ok(spec)
}

/// The message with the place of the loss, where it has none.
fn reader_place(file: &File, sections: &[Entry], message: Message) -> Message {
    let formula = document::find(sections, "formula").and_then(|node| match &node.value {
        Value::Table(lines) => lines.last(),
        _ => None,
    });
    match formula {
        Some(line) if message.place.is_none() => {
            let Message { text, help, .. } = message;
            let placed = file.wrong(&line.at, text, "the loss");
            Message { help, ..placed }
        }
        _ => message,
    }
}

impl<'a> Reader<'a> {
    /// A text for both languages, or a table of both; the name where there is none.
    fn title(&self, node: Option<&Node<'a>>, name: &str) -> Result<Text, Message> {
        let Some(node) = node else { return Ok(Text { en: name.to_string(), zh: name.to_string() }) };
        if !matches!(node.value, Value::Table(_)) {
            let text = self.file.words(node, "the title")?;
            return Ok(Text { en: text.clone(), zh: text });
        }
        let entries = self.file.table(node, "the title")?;
        self.file.only(entries, "the title", &["en", "zh"])?;
        let words = |key| document::find(entries, key).map(|node| self.file.words(node, "the title")).transpose();
        let (en, zh) = (words("en")?, words("zh")?);
        let either = en.clone().or(zh.clone()).unwrap_or_else(|| name.to_string());
        Ok(Text { en: en.unwrap_or(either.clone()), zh: zh.unwrap_or(either) })
    }

    fn section<'n>(&self, sections: &'n [Entry<'a>], name: &str, example: &str) -> Result<&'n [Entry<'a>], Message> {
        let what = format!("[{name}]");
        let Some(node) = document::find(sections, name) else {
            let end = self.file.text.trim_end().len();
            return Err(self.file.wrong(&(end..end), format!("no section {what}"), "the file ends here").help(example));
        };
        let entries = self.file.table(node, &what)?;
        if entries.is_empty() {
            return Err(self.file.wrong(&node.at, format!("the section {what} is empty"), "here").help(example));
        }
        Ok(entries)
    }

    fn inputs(&mut self, sections: &[Entry<'a>]) -> Result<(), Message> {
        let example = "a spec needs a section `[inputs]` with a line such as `x = { domain = \"finite\" }`";
        for entry in self.section(sections, "inputs", example)? {
            let name = self.scope.declare(&self.file, &entry.key, &entry.at, Kind::Input)?;
            let fields = self.file.table(&entry.node, "an input")?;
            self.file.only(fields, "an input", &["domain", "unit", "index"])?;
            let domain = self.domain(entry, fields)?;
            self.over_classes(&name, entry, fields, &domain)?;
            if self.inputs.is_empty() && interior(&domain).is_none() {
                let help = "the first input is the one that is differentiated: give it an interval, or put it second";
                let text = format!("`{name}` has no interval to be differentiated in");
                return Err(self.file.wrong(&entry.node.at, text, "single numbers have no neighbourhood").help(help));
            }
            let unit =
                document::find(fields, "unit").map_or(Ok(String::new()), |node| self.file.words(node, "the unit"))?;
            self.ranges.insert(name.clone(), Some(Interval::of_domain(&domain)));
            self.inputs.push(Input { name, domain, unit });
        }
        self.varying.insert(self.inputs[0].name.clone());
        match &self.classes {
            Some(Classes { list, target, .. }) if target.is_empty() => {
                let at = &sections.iter().find(|entry| entry.key == "inputs").map_or(0..0, |entry| entry.at.clone());
                Err(self
                    .file
                    .wrong(at, "a loss over classes without a target", format!("`{list}` has an index"))
                    .help("add the true class as an input: `t = { domain = \"class\" }`"))
            }
            _ => Ok(()),
        }
    }

    /// `index = "class"` of the first input, and the target.
    fn over_classes(
        &mut self,
        name: &Arc<str>,
        entry: &Entry<'a>,
        fields: &[Entry<'a>],
        domain: &Domain,
    ) -> Result<(), Message> {
        let first = self.inputs.is_empty();
        if let Some(at) = self.index(fields)? {
            if !first {
                let help = "a number for each class have the first input, which is differentiated, and parameters";
                return Err(self
                    .file
                    .wrong(at, format!("`{name}` has an index"), "the first input alone may")
                    .help(help));
            }
            let (list, target) = (name.clone(), Arc::from(""));
            self.classes = Some(Classes { list, target, parameters: Vec::new() });
        }
        if *domain != Domain::Class || first {
            return Ok(());
        }
        let help = "give the first input `index = \"class\"`, and say `domain = \"class\"` of one other input";
        match &mut self.classes {
            None => {
                let text = format!("`{name}` is a class, and the loss has none");
                Err(self.file.wrong(&entry.node.at, text, "no input has an index").help(help))
            }
            Some(classes) if !classes.target.is_empty() => {
                let text = format!("two targets, `{}` and `{name}`", classes.target);
                Err(self.file.wrong(&entry.node.at, text, "the second one").help(help))
            }
            Some(classes) => {
                classes.target = name.clone();
                Ok(())
            }
        }
    }

    /// Where `index = "class"` stands, if it does.
    fn index<'n>(&self, fields: &'n [Entry<'a>]) -> Result<Option<&'n std::ops::Range<usize>>, Message> {
        let Some(node) = document::find(fields, "index") else { return Ok(None) };
        let (text, _) = self.file.text(node, "an index")?;
        if text == "class" {
            return Ok(Some(&node.at));
        }
        Err(self
            .file
            .wrong(&node.at, format!("{} is no index", quoted(text)), "the one index is `class`")
            .help("`index = \"class\"` gives a name a number for each class"))
    }

    /// What claims and edges of a loss over classes speak of besides the names of the spec.
    fn beyond_formula(&mut self, sections: &[Entry<'a>]) -> Result<(), Message> {
        if self.classes.is_none() {
            return Ok(());
        }
        for (name, meaning) in [
            (Classes::OTHER, "in a loss over classes it is any class other than the target"),
            (Classes::MARGIN, "in a loss over classes it is the margin"),
        ] {
            if self.scope.kind(name).is_some() {
                let parts = sections.iter().filter_map(|section| match &section.node.value {
                    Value::Table(entries) => entries.iter().find(|entry| entry.key == name),
                    _ => None,
                });
                let at = parts.map(|entry| entry.at.clone()).next().unwrap_or(0..0);
                return Err(self.file.wrong(&at, format!("`{name}` cannot be a name"), meaning));
            }
        }
        self.scope.other = Some(Classes::OTHER);
        self.scope.declare(&self.file, Classes::MARGIN, &(0..0), Kind::Margin)?;
        Ok(())
    }

    /// What edges say where it is: the first input, or the margin or the target's share of a loss over classes; of one whose
    /// classes stand apart the target's member of the first input.
    pub fn pivot(&self) -> &str {
        match &self.classes {
            Some(_) if !classes::apart(&self.formula) => self.share().map_or(Classes::MARGIN, |share| share),
            _ => &self.inputs[0].name,
        }
    }

    /// The name of the line that is the target's share of the sum over a row.
    pub fn share(&self) -> Option<&Arc<str>> {
        classes::share_line(&self.formula, self.classes.as_ref()?)
    }

    /// The same as edges write it.
    pub fn pivot_shown(&self) -> Expr {
        let pivot = self.pivot();
        match &self.classes {
            Some(classes) if pivot == &*classes.list => Expr::index(pivot, &classes.target),
            _ => Expr::symbol(pivot),
        }
    }

    fn domain(&self, entry: &Entry<'a>, fields: &[Entry<'a>]) -> Result<Domain, Message> {
        let Some(node) = document::find(fields, "domain") else {
            let text = format!("`{}` has no domain", entry.key);
            return Err(self.file.wrong(&entry.node.at, text, "`domain = \"finite\"` allows every finite number"));
        };
        let (text, origin) = self.file.text(node, "a domain")?;
        Domain::read(text, &origin)
    }

    fn parameters(&mut self, entries: &[Entry<'a>]) -> Result<(), Message> {
        for entry in entries {
            let name = self.scope.declare(&self.file, &entry.key, &entry.at, Kind::Parameter)?;
            let fields = self.file.table(&entry.node, "a parameter")?;
            self.file.only(fields, "a parameter", &["domain", "none", "index"])?;
            let domain = self.domain(entry, fields)?;
            if let Some(at) = self.index(fields)? {
                match &mut self.classes {
                    Some(classes) => classes.parameters.push(name.clone()),
                    None => {
                        let text = format!("`{name}` has an index, and the loss has no classes");
                        let help = "give the first input `index = \"class\"`, and add a target";
                        return Err(self.file.wrong(at, text, "here").help(help));
                    }
                }
            }
            if domain == Domain::Class {
                let text = format!("the parameter `{name}` is a class");
                return Err(self
                    .file
                    .wrong(&entry.node.at, text, "a target is an input")
                    .help("move it to `[inputs]`"));
            }
            self.ranges.insert(name.clone(), Some(Interval::of_domain(&domain)));
            self.parameters.push(Parameter { name, domain, none: None });
        }
        Ok(())
    }

    fn formula(&mut self, sections: &[Entry<'a>]) -> Result<(), Message> {
        let example = "a spec needs a section `[formula]` whose last line is the loss, such as `loss = \"x^2\"`";
        let entries = self.section(sections, "formula", example)?;
        let mut names = Vec::new();
        for (line, entry) in entries.iter().enumerate() {
            names.push(self.scope.declare(&self.file, &entry.key, &entry.at, Kind::Formula(line))?);
        }
        let reads: Vec<Read> =
            entries.iter().map(|entry| self.expression(&entry.node, "a formula")).collect::<Result<_, _>>()?;
        let all: BTreeMap<Arc<str>, Expr> =
            names.iter().cloned().zip(reads.iter().map(|read| read.located.expr.clone())).collect();
        for (line, (name, read)) in names.iter().zip(&reads).enumerate() {
            self.no_cycle(name, read, line, &all)?;
            let range = self.checked(read, line)?;
            no_derivative(read)?;
            self.define(name, &read.located.expr, range);
        }
        let last = &entries[entries.len() - 1];
        let definitions: Vec<(&Arc<str>, &Expr)> = self.formula.iter().map(|d| (&d.name, &d.value)).collect();
        if let Some(text) = self.unfit(&definitions, "the loss") {
            return Err(self.file.wrong(&last.at, text.0, "the last line of the formula is the loss").help(text.1));
        }
        self.uses_every_parameter(&definitions, last)
    }

    /// A formula of the notation.
    pub fn expression(&self, node: &Node<'a>, what: &str) -> Result<Read<'a>, Message> {
        let (text, origin) = self.file.text(node, what)?;
        Ok(Read { located: notation::located(text, &origin)?, origin })
    }

    /// Checks names and ranges; the formula's names above `line` are known.
    pub fn checked(&self, read: &Read, line: usize) -> Result<Option<Interval>, Message> {
        // before names: what is no class here may be one elsewhere
        let classes = self.classes.as_ref();
        Indices { scope: &self.scope, classes, other: self.scope.other.is_some() }.check(read)?;
        self.scope.known(&read.located, &read.origin, line)?;
        facts::range(&read.located, &read.origin, &self.ranges)
    }

    fn define(&mut self, name: &Arc<str>, value: &Expr, range: Option<Interval>) {
        self.ranges.insert(name.clone(), range);
        if value.symbols().iter().any(|used| self.varying.contains(used)) {
            self.varying.insert(name.clone());
        }
        self.formula.push(Definition { name: name.clone(), value: value.clone() });
    }

    fn no_cycle(
        &self,
        name: &Arc<str>,
        read: &Read,
        line: usize,
        all: &BTreeMap<Arc<str>, Expr>,
    ) -> Result<(), Message> {
        let later = |used: &str| matches!(self.scope.kind(used), Some(Kind::Formula(other)) if other >= line);
        let Some((_, at)) = read.located.names().find(|(used, _)| later(used)) else { return Ok(()) };
        let Some(way) = scope::cycle(name, all) else { return Ok(()) };
        let way: Vec<String> = way.iter().map(|name| format!("`{name}`")).collect();
        Err(Message::new(format!("`{name}` is defined by itself"))
            .at(read.origin.place(at.clone()), way.join(" uses "))
            .help("a name may use the inputs, the parameters and the names above it"))
    }

    /// Why the last line cannot be a loss, and the next step.
    pub fn unfit(&self, definitions: &[(&Arc<str>, &Expr)], what: &str) -> Option<(String, String)> {
        let reached = scope::reached(definitions.iter().copied());
        let input = &self.inputs[0].name;
        if !reached.contains(input) {
            let text = format!("{what} does not depend on `{input}`: there is nothing to differentiate");
            return Some((text, format!("use `{input}` in it, or put the input that is differentiated first")));
        }
        let mut extents = BTreeMap::new();
        for (name, value) in definitions {
            let extent = Extent::of(value, &extents);
            extents.insert((*name).clone(), extent);
        }
        let extent = extents[definitions[definitions.len() - 1].0];
        let help = "shorten the formula".to_string();
        if extent.size > LONGEST_FORMULA {
            return Some((
                format!("{what}, with its names written out, has more than {LONGEST_FORMULA} operators"),
                help,
            ));
        }
        (extent.height > TALLEST_FORMULA).then(|| {
            (
                format!(
                    "{what}, with its names written out, has more than {TALLEST_FORMULA} operators within one another"
                ),
                help,
            )
        })
    }

    fn uses_every_parameter(&self, definitions: &[(&Arc<str>, &Expr)], last: &Entry<'a>) -> Result<(), Message> {
        let reached = scope::reached(definitions.iter().copied());
        match self.parameters.iter().find(|parameter| !reached.contains(&parameter.name)) {
            Some(Parameter { name, .. }) => Err(self
                .file
                .wrong(&last.at, format!("the loss does not use the parameter `{name}`"), "the loss")
                .help(format!("use `{name}` in the formula, or take it out of `[parameters]`"))),
            None => Ok(()),
        }
    }
}

pub fn no_derivative(read: &Read) -> Result<(), Message> {
    match read.located.parts().find(|part| matches!(part.expr, Expr::Apply(Op::D, _))) {
        Some(part) => Err(Message::new("a derivative in the formula")
            .at(read.origin.place(part.at.clone()), "here")
            .help("derivatives are found by the tool; what they should be is stated under `[[claim]]`")),
        None => Ok(()),
    }
}

/// Something, where the domain has an inner point.
fn interior(domain: &Domain) -> Option<()> {
    match domain {
        Domain::Finite => Some(()),
        Domain::Set(_) | Domain::Class => None,
        Domain::Interval { lo: Some(lo), hi: Some(hi), .. } => (lo < hi).then_some(()),
        Domain::Interval { .. } => Some(()),
    }
}
