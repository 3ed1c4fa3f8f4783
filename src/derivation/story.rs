//! `d(e, x)` and its shortest form → the chain of steps from one to the other, in the order of a textbook: the chain
//! rule splits, the outer derivative is worked out, then the inner ones, and what comes of it is collected.
//!
//! What was derived before is put in, not derived again.

use std::collections::BTreeMap;

use super::Derived;
use super::engine::{Engine, d, innermost, places, too_large, variable};
use super::line::{Line, part_at, place_of};
use super::prove;
use super::shown::Stage;
use crate::diff;
use crate::expr::Expr;
use crate::message::Message;
use crate::normal::tidy;
use crate::op::Op;

/// Largest formula of a chain, in numbers, names and operators.
const LARGEST: usize = 3_000;
/// The rule of a form that was derived before.
pub const DERIVED: &str = "derived";

/// Tells how derivatives follow.
pub struct Story<'s, 'a> {
    /// What finds forms.
    pub engine: &'s mut Engine<'a>,
    /// What was derived before.
    pub lemmas: &'s [Derived],
}

impl Story<'_, '_> {
    /// From an expression to the same with every `d(…)` worked out.
    pub fn resolved(&mut self, expr: &Expr) -> Result<Line, Message> {
        let mut line = Line::new(expr.clone());
        for at in places(expr) {
            self.known_within(&mut line, &at);
        }
        while let Some((at, of, by)) = innermost(&line.now) {
            let form = self.engine.derivative(&of, &variable(&by)?)?;
            let derivative = self.derivative(&d(&of, &by), &form)?;
            line.embed_groups(&at, &derivative);
        }
        Ok(line)
    }

    /// What was derived before is put in, at the position or within.
    fn known_within(&self, line: &mut Line, at: &[usize]) {
        if self.known(line, at) {
            return;
        }
        let Some(part) = part_at(&line.now, at).cloned() else { return };
        for (place, operand) in part.operands().iter().enumerate() {
            for inner in places(operand) {
                let at: Vec<usize> = at.iter().copied().chain([place]).chain(inner).collect();
                self.known_within(line, &at);
            }
        }
    }

    /// What was derived before is put in at the position.
    fn known(&self, line: &mut Line, at: &[usize]) -> bool {
        let Some(part) = part_at(&line.now, at) else { return false };
        let Some(lemma) = self.lemmas.iter().find(|lemma| lemma.of == *part) else { return false };
        line.stage(Stage::Derived);
        line.step(at, lemma.form.clone(), (DERIVED, &format!("by {} above", lemma.name)));
        true
    }

    /// From `d(e, x)` to its form.
    pub fn derivative(&mut self, of: &Expr, form: &Expr) -> Result<Line, Message> {
        let mut line = Line::new(of.clone());
        if !self.second(&mut line)? {
            let inner: Vec<usize> = vec![0];
            if part_at(&line.now, &inner).is_some_and(|part| matches!(part, Expr::Apply(Op::D, _))) {
                self.known(&mut line, &inner);
            }
            self.differentiated(&mut line, &[])?;
        }
        self.collected(&mut line, form)?;
        Ok(line)
    }

    /// `d(d(e, x), x)` by the second derivative in a name that everything passes through, where that is known and the
    /// name grows evenly with `x`.
    fn second(&mut self, line: &mut Line) -> Result<bool, Message> {
        let (Some(first), Some(by)) = (line.now.operands().first().cloned(), line.now.operands().get(1).cloned())
        else {
            return Ok(false);
        };
        let (Expr::Apply(Op::D, _), [of, same]) = (&first, first.operands()) else { return Ok(false) };
        let Some(name) = variable(&by).ok().filter(|_| *same == by).and_then(|by| self.engine.names.between(of, &by))
        else {
            return Ok(false);
        };
        let middle = Expr::Symbol(name);
        let inner = d(of, &middle);
        let known = |wanted: &Expr| self.lemmas.iter().any(|lemma| lemma.of == *wanted);
        if !known(&inner) || !known(&d(&inner, &middle)) {
            return Ok(false);
        }
        let mut told = Line::new(line.now.clone());
        told.stage(Stage::Chain);
        told.step(&[0], inner.clone() * d(&middle, &by), diff::CHAIN);
        told.stage(Stage::Inner);
        self.worked_out(&mut told, &[0, 1])?;
        let Some(slope) = part_at(&told.now, &[0, 1]).cloned() else { return Ok(false) };
        if self.engine.names.depends(&slope, &variable(&by)?) {
            return Ok(false);
        }
        told.step(&[], d(&inner, &by) * slope, row("d-factor"));
        told.stage(Stage::Chain);
        told.step(&[0], d(&inner, &middle) * d(&middle, &by), diff::CHAIN);
        self.known(&mut told, &[0, 0]);
        told.stage(Stage::Inner);
        self.worked_out(&mut told, &[0, 1])?;
        *line = told;
        Ok(true)
    }

    /// What stands at the position is differentiated: split by the chain rule, then factor by factor.
    fn differentiated(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        let mut factors = Vec::new();
        line.stage(Stage::Chain);
        self.split(line, at, &mut factors)?;
        for (place, factor) in factors.iter().enumerate() {
            if self.known(line, factor) {
                continue;
            }
            let named = part_at(&line.now, factor).and_then(|part| part.operands().first()).is_some_and(is_name);
            line.stage(if named && place == 0 {
                Stage::Definition
            } else if place == 0 {
                Stage::Outer
            } else {
                Stage::Inner
            });
            self.opened(line, factor)?;
            if place == 0 {
                line.stage(Stage::Outer);
            }
            self.worked_out(line, factor)?;
        }
        Ok(())
    }

    /// The chain rule at the position, as often as everything passes through a name; the positions of the factors.
    fn split(&mut self, line: &mut Line, at: &[usize], to: &mut Vec<Vec<usize>>) -> Result<(), Message> {
        let Some([of, by]) = part_at(&line.now, at).map(Expr::operands) else { return Ok(()) };
        let (of, by) = (of.clone(), by.clone());
        let known = self.lemmas.iter().any(|lemma| lemma.of == d(&of, &by));
        let Some(name) = self.engine.names.between(&of, &variable(&by)?).filter(|_| !known) else {
            to.push(at.to_vec());
            return Ok(());
        };
        let middle = Expr::Symbol(name);
        line.step(at, d(&of, &middle) * d(&middle, &by), diff::CHAIN);
        for place in [0, 1] {
            let at: Vec<usize> = at.iter().copied().chain([place]).collect();
            self.split(line, &at, to)?;
        }
        Ok(())
    }

    /// A name that is differentiated is written out.
    fn opened(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        // a name may stand for another
        while let Some([of, by]) = part_at(&line.now, at).map(Expr::operands) {
            let Some(value) = self.engine.names.opened(of, &variable(by)?).cloned() else { break };
            let at: Vec<usize> = at.iter().copied().chain([0]).collect();
            line.step(&at, value, diff::DEFINITION);
        }
        Ok(())
    }

    /// The derivative at the position by the table, tidied, in the names of the formula.
    fn worked_out(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        let Some(by) = part_at(&line.now, at).and_then(|part| part.operands().get(1)).cloned() else { return Ok(()) };
        let by = variable(&by)?;
        self.expanded(line, at)?;
        self.tidied(line, at, &tidy::tidy);
        self.named(line, at, &by);
        Ok(())
    }

    /// The derivative by the table, down to names; that of a part of a whole is written in the part itself.
    fn expanded(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        let form = match part_at(&line.now, at).map(Expr::operands) {
            Some([of, Expr::Symbol(by)]) => {
                // a name that is differentiated may have been written out by now
                let named = if is_name(of) { Some(of.clone()) } else { self.engine.names.named(of) };
                named.and_then(|of| self.engine.of_share(&of, by))
            }
            _ => None,
        };
        self.by_table(line, at)?;
        if let (Some(form), Some(part)) = (form, part_at(&line.now, at)) {
            let mut share = Line::new(part.clone());
            if self.written_out(&mut share, &form) {
                line.embed(at, &share);
            }
        }
        Ok(())
    }

    fn by_table(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        self.opened(line, at)?;
        let Some([of, variable_of]) = part_at(&line.now, at).map(Expr::operands) else { return Ok(()) };
        let (of, by) = (of.clone(), variable(variable_of)?);
        let middle = self.engine.names.between(&of, &by).map(Expr::Symbol);
        let places = if let Some(middle) = middle.filter(|_| is_name(&of)) {
            line.step(at, d(&of, &middle) * d(&middle, &Expr::Symbol(by)), diff::CHAIN);
            vec![vec![0], vec![1]]
        } else {
            let names = self.engine.names;
            let (row, result) = diff::step(&of, &Expr::Symbol(by.clone()), &|expr| !names.depends(expr, &by))?;
            line.step(at, result.clone(), (row.name, row.why));
            places(&result)
        };
        if line.now.size() > LARGEST {
            return Err(too_large());
        }
        for place in places {
            let at: Vec<usize> = at.iter().chain(&place).copied().collect();
            self.expanded(line, &at)?;
        }
        Ok(())
    }

    /// What stands at the position is written as the function proposes, where that is shown to be equal.
    fn tidied(&self, line: &mut Line, at: &[usize], proposes: &dyn Fn(&Expr, &crate::normal::Known) -> Expr) -> bool {
        let Some(part) = part_at(&line.now, at).cloned() else { return false };
        let wanted = proposes(&part, &self.engine.names.known);
        match self.engine.arithmetic().line(&part, &wanted).filter(|_| wanted.size() <= LARGEST) {
            Some(steps) => {
                line.embed(at, &steps);
                part != wanted
            }
            None => false,
        }
    }

    /// Values of names of the formula, other than what is differentiated by, become the names.
    fn named(&self, line: &mut Line, at: &[usize], by: &str) {
        let definitions = &self.engine.names.definitions;
        let used = definitions.iter().take(definitions.len().saturating_sub(1));
        for (name, value) in used.filter(|(name, value)| &**name != by && matches!(value, Expr::Apply(..))) {
            while let Some(place) = part_at(&line.now, at).and_then(|part| place_of(part, value)) {
                let at: Vec<usize> = at.iter().chain(&place).copied().collect();
                line.step(&at, Expr::Symbol(name.clone()), diff::DEFINITION);
            }
        }
    }

    /// What has no `d(…)` any more becomes the form.
    fn collected(&mut self, line: &mut Line, form: &Expr) -> Result<(), Message> {
        self.cases(line);
        let known = &self.engine.names.known;
        if tidy::tidy(&line.now, known) != tidy::tidy(form, known) {
            for (stage, proposes) in [
                (Stage::Multiply, &tidy::distributed as &dyn Fn(&Expr, &crate::normal::Known) -> Expr),
                (Stage::Factor, &tidy::factored),
            ] {
                let wanted = proposes(&line.now, &self.engine.names.known);
                if self.engine.arithmetic().line(&wanted, form).is_some() {
                    line.stage(stage);
                    self.tidied(line, &[], &|_, _| wanted.clone());
                }
            }
        }
        line.stage(Stage::Collect);
        if let Some(steps) = self.engine.arithmetic().line(&line.now, form) {
            line.embed(&[], &steps);
            return Ok(());
        }
        line.stage(Stage::Rewrite);
        match prove::bridge(self.engine, &line.now.clone(), form)? {
            Some(steps) => line.embed(&[], &steps),
            None if self.written_out(line, form) => {}
            None => {
                return Err(Message::new(format!("no elementary steps were found from `{}` to `{form}`", line.now)));
            }
        }
        Ok(())
    }

    /// To the form by arithmetic on both with their names written out, but for what is differentiated by.
    pub(super) fn written_out(&self, line: &mut Line, form: &Expr) -> bool {
        let names = self.engine.names;
        let by = part_at(line.steps.first().map_or(&line.now, |step| &step.before), &[1]).cloned();
        let written = |start: &Expr| {
            let mut line = Line::new(start.clone());
            for (name, value) in names.definitions.iter().rev() {
                let symbol = Expr::Symbol(name.clone());
                if Some(&symbol) == by.as_ref() || *value == symbol {
                    continue;
                }
                while let Some(at) = place_of(&line.now, &symbol).filter(|_| line.now.size() <= LARGEST) {
                    line.step(&at, value.clone(), diff::DEFINITION);
                }
            }
            line
        };
        let (now, end) = (written(&line.now), written(form));
        let Some(steps) = self.engine.arithmetic().line(&now.now, &end.now) else { return false };
        line.embed(&[], &now);
        line.embed(&[], &steps);
        line.embed(&[], &end.reversed(form));
        true
    }

    /// Powers of a label that are one number in every case become it.
    fn cases(&self, line: &mut Line) {
        let known = &self.engine.names.known;
        let gathered = tidy::tidy(&line.now, known);
        let mut equal = Vec::new();
        self.engine.names.cases(&gathered, &mut equal);
        if equal.is_empty() {
            return;
        }
        line.stage(Stage::Cases);
        self.tidied(line, &[], &tidy::tidy);
        let values: BTreeMap<Expr, Expr> = equal.into_iter().map(|equality| (equality.a, equality.b)).collect();
        for (part, value) in values {
            while let Some(place) = place_of(&line.now, &part) {
                line.step(&place, value.clone(), ("cases", "the same number in every case"));
            }
        }
        self.tidied(line, &[], &tidy::tidy);
    }
}

fn is_name(expr: &Expr) -> bool {
    matches!(expr, Expr::Symbol(_))
}

/// The name and the reason of a row of the table.
fn row(name: &str) -> (&'static str, &'static str) {
    let row = diff::TABLE.iter().find(|row| row.name == name);
    row.map_or(("", ""), |row| (row.name, row.why))
}
