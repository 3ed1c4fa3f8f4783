//! `none = { name = "1" }` of a parameter → what names of the formula are where it has no value.

use std::sync::Arc;

use super::document::{self, Entry, Node};
use super::read::{Reader, no_derivative};
use super::scope::{self, Kind};
use crate::expr::Expr;
use crate::message::{Message, quoted};
use crate::notation::closest;

impl<'a> Reader<'a> {
    /// What `none` means for each parameter that has it.
    pub fn nones(&mut self, entries: &[Entry<'a>]) -> Result<(), Message> {
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
