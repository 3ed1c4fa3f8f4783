//! The file's tree → `Spec`: its sections, checked in the order in which a person reads them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::document::{self, Entry, File, Node, Value};
use super::facts::{self, Ranges};
use super::scope::{self, Extent, Kind, Scope};
use super::{Definition, Input, Parameter, Spec, Text, claims, edges};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::message::{Message, quoted};
use crate::notation::{self, Located, Origin, closest};
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
    let claims = claims::read(&reader, document::find(sections, "claim"))?;
    let edges = edges::read(&reader, document::find(sections, "edges"))?;
    let clip = reader.options(document::find(sections, "options"))?;
    let Reader { inputs, parameters, formula, .. } = reader;
    Ok(Spec {
        name: name.to_string(),
        named: name.to_string(),
        title,
        source,
        inputs,
        parameters,
        formula,
        claims,
        edges,
        clip,
        text: file.text.to_string(),
    })
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
            self.file.only(fields, "an input", &["domain", "unit"])?;
            let domain = self.domain(entry, fields)?;
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
        Ok(())
    }

    fn domain(&self, entry: &Entry<'a>, fields: &[Entry<'a>]) -> Result<Domain, Message> {
        let Some(node) = document::find(fields, "domain") else {
            let text = format!("`{}` has no domain", entry.key);
            return Err(self.file.wrong(&entry.node.at, text, "`domain = \"finite\"` allows every finite number"));
        };
        let (text, origin) = self.file.text(node, "a domain")?;
        Domain::read(text, &origin)
    }

    /// `clip = "p"`: the differentiated input lies in (0, 1), and `--clip EPS` may cut it to [EPS, 1 - EPS].
    fn options(&self, node: Option<&Node<'a>>) -> Result<bool, Message> {
        let Some(node) = node else { return Ok(false) };
        let entries = self.file.table(node, "[options]")?;
        self.file.only(entries, "[options]", &["clip"])?;
        let Some(clip) = document::find(entries, "clip") else { return Ok(false) };
        let (name, input) = (self.file.words(clip, "`clip`")?, &self.inputs[0]);
        let unit = Domain::parse("(0, 1)")?;
        if name != *input.name || input.domain != unit {
            let text = format!("`clip` is for the input that is differentiated, where it lies in {unit}");
            return Err(self.file.wrong(&clip.at, text, format!("`{}` lies in {}", input.name, input.domain)));
        }
        Ok(true)
    }

    fn parameters(&mut self, entries: &[Entry<'a>]) -> Result<(), Message> {
        for entry in entries {
            let name = self.scope.declare(&self.file, &entry.key, &entry.at, Kind::Parameter)?;
            let fields = self.file.table(&entry.node, "a parameter")?;
            self.file.only(fields, "a parameter", &["domain", "none"])?;
            let domain = self.domain(entry, fields)?;
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
    fn unfit(&self, definitions: &[(&Arc<str>, &Expr)], what: &str) -> Option<(String, String)> {
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

    /// What `none` means for each parameter that has it.
    fn nones(&mut self, entries: &[Entry<'a>]) -> Result<(), Message> {
        for (place, entry) in entries.iter().enumerate() {
            let fields = self.file.table(&entry.node, "a parameter")?;
            let Some(none) = document::find(fields, "none") else { continue };
            let mut replaced = Vec::new();
            for line in self.file.table(none, "`none`")? {
                replaced.push(self.replacement(&entry.key, line)?);
            }
            self.frees_of(&self.parameters[place].name, none, &replaced)?;
            self.parameters[place].none = Some(replaced);
        }
        Ok(())
    }

    fn replacement(&self, parameter: &str, entry: &Entry<'a>) -> Result<(Arc<str>, Expr), Message> {
        let Some(Kind::Formula(line)) = self.scope.kind(&entry.key) else {
            let text = format!("`none` replaces {}, which is no name of the formula", quoted(&entry.key));
            let near = closest(&entry.key, self.scope.formula_names());
            let beside = near.map_or("not defined".to_string(), |near| format!("did you mean `{near}`?"));
            return Err(self
                .file
                .wrong(&entry.at, text, beside)
                .help("`none = { name = \"1\" }` gives a name of the formula another value"));
        };
        let read = self.expression(&entry.node, "a formula")?;
        self.checked(&read, line)?;
        no_derivative(&read)?;
        if let Some((_, at)) = read.located.names().find(|(name, _)| *name == parameter) {
            let text = format!("`{parameter}` is used where it is none");
            return Err(Message::new(text).at(read.origin.place(at.clone()), "it has no value here"));
        }
        Ok((self.formula[line].name.clone(), read.located.expr))
    }

    /// With the replacements, the loss must not use the parameter and must still be a loss.
    fn frees_of(&self, parameter: &Arc<str>, none: &Node<'a>, replaced: &[(Arc<str>, Expr)]) -> Result<(), Message> {
        let replacement = |name: &Arc<str>| replaced.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        let definitions: Vec<(&Arc<str>, &Expr)> =
            self.formula.iter().map(|d| (&d.name, replacement(&d.name).unwrap_or(&d.value))).collect();
        let reached = scope::reached(definitions.iter().copied());
        if reached.contains(parameter) {
            let last = definitions.len() - 1;
            let using = definitions
                .iter()
                .enumerate()
                .find(|(line, (name, value))| value.mentions(parameter) && (*line == last || reached.contains(*name)));
            let user = using.map_or("", |(_, (name, _))| name);
            return Err(self
                .file
                .wrong(&none.at, format!("the loss uses `{parameter}` where it is none"), "what is replaced here")
                .help(format!("`{user}` uses `{parameter}`: say what `{user}` is without it")));
        }
        let what = format!("the loss with `{parameter}` none");
        match self.unfit(&definitions, &what) {
            Some((text, help)) => Err(self.file.wrong(&none.at, text, "what is replaced here").help(help)),
            None => Ok(()),
        }
    }
}

fn no_derivative(read: &Read) -> Result<(), Message> {
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
        Domain::Set(_) => None,
        Domain::Interval { lo: Some(lo), hi: Some(hi), .. } => (lo < hi).then_some(()),
        Domain::Interval { .. } => Some(()),
    }
}
