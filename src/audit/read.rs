//! Texts of lets, conditions and claims → a problem: every name is known, every formula bounded, every place kept.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::Claim;
use super::conditions::{self, Lies};
use super::{classes, names};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::message::{Message, quoted};
use crate::notation::{self, Located, Origin, closest};
use crate::op::Op;
use crate::spec::facts;

/// Longest formula with every name written out.
const LONGEST: u64 = 3_000;
/// Operators within one another of a formula with every name written out.
const TALLEST: u64 = 200;
/// Lines of a file, conditions and lets together, at most.
const MOST_LINES: usize = 1_000;
/// Derivatives within one another, at most.
const HIGHEST_ORDER: usize = 2;

/// A text and where it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The text.
    pub text: &'a str,
    /// Where it stands.
    pub origin: Origin<'a>,
}

impl<'a> Source<'a> {
    /// A text of the command line.
    pub fn alone(text: &'a str) -> Source<'a> {
        Source { text, origin: Origin::alone("<command line>", text) }
    }

    /// A message that points at a part of it.
    pub fn wrong(&self, at: Range<usize>, text: impl Into<String>, beside: impl Into<String>) -> Message {
        Message::new(text).at(self.origin.place(at), beside)
    }

    fn part(&self, at: Range<usize>) -> Source<'a> {
        Source { text: &self.text[at.clone()], origin: self.origin.part(at.start) }
    }
}

/// What claims are judged under.
#[derive(Clone, Debug, Default)]
pub struct Problem {
    /// Names with their values, in order; a value may use the names above.
    pub lets: Vec<(Arc<str>, Expr)>,
    /// Where each free name lies; of one with a number for each class, each of them.
    pub lies: BTreeMap<Arc<str>, Lies>,
    /// Free names with a number for each class; none in a problem about numbers.
    pub lists: BTreeSet<Arc<str>>,
}

impl Problem {
    /// What the name stands for, where it is no free one.
    pub fn value(&self, name: &str) -> Option<&Expr> {
        self.lets.iter().find(|(of, _)| &**of == name).map(|(_, value)| value)
    }

    /// Where a free name lies.
    pub fn lies(&self, name: &str) -> Lies {
        self.lies.get(name).cloned().unwrap_or_else(Lies::anywhere)
    }

    /// Reads lets, conditions and claims as they stand on the command line.
    ///
    /// # Errors
    /// Where one of them is wrong; the message points at the place.
    pub fn read(lets: &[Source], wheres: &[Source], claims: &[Source]) -> Result<(Problem, Vec<Claim>), Message> {
        let mut reader = Reader::default();
        for source in wheres {
            reader.conditions(*source)?;
        }
        for source in lets {
            reader.definition(*source)?;
        }
        let mut read = Vec::new();
        for (number, source) in claims.iter().enumerate() {
            let name = if claims.len() == 1 { "claim".to_string() } else { format!("claim {}", number + 1) };
            read.push(reader.claim(name, *source)?);
        }
        reader.finished(read)
    }

    /// Reads lets and an expression in their names.
    ///
    /// # Errors
    /// Where one of them is wrong, or the expression holds a derivative; the message points at the place.
    pub fn expression(lets: &[Source], source: &Source) -> Result<(Problem, Expr), Message> {
        let mut reader = Reader::default();
        for source in lets {
            reader.definition(*source)?;
        }
        let read = notation::located(source.text, &source.origin)?;
        if let Some(part) = read.parts().find(|part| matches!(part.expr, Expr::Apply(Op::D, _))) {
            return Err(source.wrong(part.at.clone(), "a derivative is no expression in floats", "write it out"));
        }
        if let Some(part) = classes::over(&read) {
            let help = "write the sum out for a row, with a name for each of its numbers";
            return Err(source
                .wrong(part.at.clone(), "an expression in floats is of numbers", "this is over classes")
                .help(help));
        }
        let source = Source { text: source.text, origin: source.origin };
        reader.checked(&read, &source)?;
        let (problem, _) = reader.finished(Vec::new())?;
        Ok((problem, read.expr))
    }

    /// Reads the lines of a file: `let NAME = EXPR`, `where CONDITIONS`, `claim NAME: LHS == RHS`; `#` begins a comment.
    ///
    /// # Errors
    /// Where a line is wrong; the message points at the place.
    pub fn of_file(file: &str, text: &str) -> Result<(Problem, Vec<Claim>), Message> {
        let mut reader = Reader::default();
        let lines = lines(file, text)?;
        for (_, rest) in lines.iter().filter(|(word, _)| *word == "where") {
            reader.conditions(*rest)?;
        }
        let mut claims: Vec<Claim> = Vec::new();
        for (word, rest) in &lines {
            match *word {
                "let" => reader.definition(*rest)?,
                "claim" => {
                    let (name, source) = named(rest)?;
                    if claims.iter().any(|claim| claim.name == name) {
                        let text = format!("two claims are called {}", quoted(&name));
                        return Err(rest.wrong(0..name.len(), text, "the second one").help("give it another name"));
                    }
                    claims.push(reader.claim(name, source)?);
                }
                _ => {}
            }
        }
        if claims.is_empty() {
            let end = text.trim_end().len();
            return Err(Message::new("the file has no claim")
                .at(Origin::within(file, text, 0).place(end..end), "the file ends here")
                .help("a claim is a line `claim NAME: LHS == RHS`"));
        }
        reader.finished(claims)
    }
}

/// The lines that say something: the word before, and what follows it.
fn lines<'a>(file: &'a str, text: &'a str) -> Result<Vec<(&'a str, Source<'a>)>, Message> {
    let mut all = Vec::new();
    let mut start = 0;
    for line in text.split('\n') {
        let whole = line.split('#').next().unwrap_or_default();
        // some editors begin a file with a byte order mark
        let said = if start == 0 { whole.strip_prefix('\u{feff}').unwrap_or(whole) } else { whole };
        let begins = start + whole.len() - said.trim_start().len();
        start += line.len() + 1;
        let said = said.trim();
        if said.is_empty() {
            continue;
        }
        let source = Source { text: said, origin: Origin::within(file, text, begins) };
        let word = said.split(char::is_whitespace).next().unwrap_or_default();
        if !["let", "where", "claim"].contains(&word) {
            return Err(source
                .wrong(0..word.len(), format!("a line begins with {}", quoted(word)), "not understood")
                .help(
                    "lines are `let NAME = EXPR`, `where CONDITIONS`, `claim NAME: LHS == RHS`, and comments after `#`",
                ));
        }
        let gap = said[word.len()..].len() - said[word.len()..].trim_start().len();
        if word.len() + gap >= said.len() {
            return Err(source.wrong(0..word.len(), format!("nothing stands behind `{word}`"), "here"));
        }
        all.push((word, source.part(word.len() + gap..said.len())));
        if all.len() > MOST_LINES {
            return Err(source.wrong(0..word.len(), format!("more than {MOST_LINES} lines"), "one too many"));
        }
    }
    Ok(all)
}

/// `NAME: claim`
fn named<'a>(source: &Source<'a>) -> Result<(String, Source<'a>), Message> {
    let Some((name, _)) = source.text.split_once(':') else {
        return Err(source
            .wrong(0..source.text.len(), "a claim without a name", "no `:` in it")
            .help("write `claim NAME: LHS == RHS`"));
    };
    if name.trim().is_empty() || name.chars().count() > 80 {
        return Err(source.wrong(0..name.len().max(1), "the name of a claim has 1 to 80 characters", "here"));
    }
    Ok((name.trim().to_string(), source.part(name.len() + 1..source.text.len())))
}

#[derive(Default)]
struct Reader<'a> {
    problem: Problem,
    /// Where each name was met first.
    met: BTreeMap<Arc<str>, (Source<'a>, Range<usize>)>,
    /// Names that conditions are about.
    conditioned: BTreeMap<Arc<str>, (Source<'a>, Range<usize>)>,
    /// Names with a value, and where they got it.
    defined: BTreeMap<Arc<str>, (Source<'a>, Range<usize>)>,
    extents: BTreeMap<Arc<str>, (u64, u64)>,
    ranges: facts::Ranges,
    used: BTreeSet<Arc<str>>,
    /// Every formula.
    formulas: Vec<classes::Read<'a>>,
}

impl<'a> Reader<'a> {
    fn conditions(&mut self, source: Source<'a>) -> Result<(), Message> {
        let conditioned = &mut self.conditioned;
        let mut seen = |name: &str, at: Range<usize>| {
            conditioned.entry(Arc::from(name)).or_insert((source, at.clone()));
            names::allowed(name).map_or(Ok(()), |why| Err(source.wrong(at, format!("`{name}` cannot be a name"), why)))
        };
        conditions::read(source.text, &source.origin, &mut self.problem.lies, &mut seen)?;
        for (name, lies) in &self.problem.lies {
            self.ranges.insert(name.clone(), Some(Interval::of_domain(&lies.domain)));
        }
        Ok(())
    }

    /// `NAME = EXPR`
    fn definition(&mut self, source: Source<'a>) -> Result<(), Message> {
        let sign = source.text.find('=').filter(|&at| !source.text[at..].starts_with("=="));
        let Some(sign) = sign else {
            return Err(source
                .wrong(0..source.text.len(), "a definition is `NAME = EXPR`", "no `=` in it")
                .help("such as --let 'p = sigmoid(x)'"));
        };
        let name = source.text[..sign].trim();
        let begins = source.text[..sign].len() - source.text[..sign].trim_start().len();
        let at = begins..begins + name.len().max(1);
        let wrong = |text: String, beside: &str| Err(source.wrong(at.clone(), text, beside));
        if let Some(why) = names::allowed(name) {
            return wrong(format!("{} cannot be a name", quoted(name)), why);
        }
        if self.defined.contains_key(name) {
            return wrong(format!("two definitions of `{name}`"), "the second one");
        }
        if let Some((other, at)) = self.conditioned.get(name) {
            return Err(other
                .wrong(
                    at.clone(),
                    format!("a condition on `{name}`, which has a value"),
                    "conditions are about free names",
                )
                .help(format!("take the condition away, or the value of `{name}`")));
        }
        if let Some((other, at)) = self.met.get(name) {
            return Err(other
                .wrong(at.clone(), format!("`{name}` is used before it is defined"), "used here")
                .help(format!("a value may use the names above it: define `{name}` further up")));
        }
        let rest = source.part(sign + 1..source.text.len());
        let read = notation::located(rest.text, &rest.origin)?;
        if let Some((_, at)) = read.names().find(|(used, _)| *used == name) {
            return Err(rest.wrong(at.clone(), format!("`{name}` is defined by itself"), "here"));
        }
        if let Some(part) = read.parts().find(|part| matches!(part.expr, Expr::Apply(Op::D, _))) {
            let help = "give the function a name, and write `d(…)` in the claim";
            return Err(rest.wrong(part.at.clone(), "a derivative in a definition", "not here").help(help));
        }
        let range = self.checked(&read, &rest)?;
        self.ranges.insert(Arc::from(name), range);
        let extent = self.extent(&read.expr);
        self.extents.insert(Arc::from(name), extent);
        self.defined.insert(Arc::from(name), (source, at));
        self.problem.lets.push((Arc::from(name), read.expr));
        Ok(())
    }

    fn claim(&mut self, name: String, source: Source<'a>) -> Result<Claim, Message> {
        let help = "a claim is `LHS == RHS`, such as 'd(log(p), p) == 1/p'";
        if !source.text.contains("==") {
            let help = match source.text.split_once('=') {
                Some((lhs, rhs)) if !rhs.contains('=') && !lhs.ends_with(['<', '>', '!']) => {
                    format!("an equation is written with `==`: {} == {}", lhs.trim(), rhs.trim())
                }
                _ => help.to_string(),
            };
            return Err(source.wrong(0..source.text.len(), "a claim is an equation", "no `==` in it").help(help));
        }
        let sides = notation::located_conditions(source.text, &source.origin)?;
        let [read] = &sides[..] else {
            return Err(source.wrong(sides[1].at.clone(), "one claim at a time", "a second one").help(help));
        };
        if !matches!(read.expr, Expr::Apply(Op::Eq, _)) {
            return Err(source.wrong(read.at.clone(), "a claim is an equation", "this is no `==`").help(help));
        }
        self.used.extend(read.expr.symbols());
        for side in &read.operands {
            self.checked(side, &source)?;
            self.derivatives(side, &source)?;
        }
        Ok(Claim { name, lhs: read.operands[0].expr.clone(), rhs: read.operands[1].expr.clone() })
    }

    /// Names allowed, nothing undefined everywhere, bounded when written out; gives the range.
    fn checked(&mut self, read: &Located, source: &Source<'a>) -> Result<Option<Interval>, Message> {
        for (name, at) in read.names() {
            if let Some(why) = names::allowed(name) {
                return Err(source.wrong(at.clone(), format!("`{name}` cannot be a name"), why));
            }
            self.met.entry(Arc::from(name)).or_insert((*source, at.clone()));
        }
        self.used.extend(read.expr.symbols());
        self.formulas.push((read.clone(), *source));
        let (size, height) = self.extent(&read.expr);
        if size > LONGEST || height > TALLEST {
            let text = format!("written out it has more than {LONGEST} parts, or {TALLEST} within one another");
            return Err(source.wrong(read.at.clone(), text, "this formula").help("audit a part of it at a time"));
        }
        facts::range(read, &source.origin, &self.ranges)
    }

    fn extent(&self, expr: &Expr) -> (u64, u64) {
        match expr {
            Expr::Symbol(name) => self.extents.get(name).copied().unwrap_or((1, 1)),
            _ => expr
                .operands()
                .iter()
                .map(|operand| self.extent(operand))
                .fold((1, 1), |(size, height), (s, h)| (s.saturating_add(size), height.max(h.saturating_add(1)))),
        }
    }

    /// A derivative is one in a name that what is differentiated depends on.
    fn derivatives(&self, read: &Located, source: &Source<'a>) -> Result<(), Message> {
        for part in read.parts().filter(|part| matches!(part.expr, Expr::Apply(Op::D, _))) {
            let [of, by] = &part.operands[..] else { continue };
            let Some(name) = variable(&by.expr) else {
                let text = format!("`{}` is no name to differentiate in", by.expr);
                return Err(source.wrong(by.at.clone(), text, "write `d(e, x)` with a name as x"));
            };
            if order(&part.expr) > HIGHEST_ORDER {
                let text = format!("a derivative of order {}", order(&part.expr));
                return Err(source.wrong(part.at.clone(), text, "claims go up to the second derivative"));
            }
            let single = |lies: &Lies| matches!(lies.domain, Domain::Set(_));
            if self.problem.lies.get(name).is_some_and(single) {
                return Err(source
                    .wrong(by.at.clone(), format!("no derivative in `{name}`"), "it takes single numbers")
                    .help("give it an interval, or differentiate in another name"));
            }
            if !names::depends(&self.problem, &of.expr, name) {
                let near = of.expr.symbols();
                let near = closest(name, near.iter().map(|name| &**name)).map(|near| format!("did you mean `{near}`?"));
                let text = format!("`{}` does not depend on `{name}`", of.expr);
                return Err(source
                    .wrong(by.at.clone(), text, near.unwrap_or("the derivative is 0".to_string()))
                    .help("differentiate in a name that occurs in it, or in a name that its names are defined by"));
            }
        }
        Ok(())
    }

    /// Every definition and condition must be about something.
    fn finished(self, claims: Vec<Claim>) -> Result<(Problem, Vec<Claim>), Message> {
        for (name, (source, at)) in &self.defined {
            if !self.used.contains(name) {
                return Err(self.unused(name, source, at, "no claim uses it"));
            }
        }
        for (name, (source, at)) in &self.conditioned {
            if !self.used.contains(name) {
                return Err(self.unused(name, source, at, "no claim is about it"));
            }
        }
        classes::check(&self.formulas, &self.defined.keys().cloned().collect())?;
        let lists = classes::lists(&self.formulas);
        let mut problem = self.problem;
        if !lists.is_empty() {
            for (name, (source, at)) in self.defined.iter().chain(&self.conditioned) {
                if classes::is_class(name) {
                    let help = "where names have an index, `t` is the true class and `i` any other one";
                    return Err(source.wrong(at.clone(), format!("`{name}` is a class"), "no number").help(help));
                }
            }
        }
        for name in self.used.into_iter().filter(|name| !self.defined.contains_key(name)) {
            if lists.is_empty() || !classes::is_class(&name) {
                problem.lies.entry(name).or_insert_with(Lies::anywhere);
            }
        }
        problem.lists = lists;
        Ok((problem, claims))
    }

    fn unused(&self, name: &str, source: &Source, at: &Range<usize>, beside: &str) -> Message {
        let free = self
            .used
            .iter()
            .map(|name| &**name)
            .filter(|other| !self.defined.contains_key(*other) && !self.conditioned.contains_key(*other));
        let near = closest(name, free).map(|near| format!("did you mean `{near}`?"));
        source
            .wrong(at.clone(), format!("`{name}` is used nowhere"), near.as_deref().unwrap_or(beside))
            .help("take it away, or use it in a claim or definition")
    }
}

/// The name that a derivative is taken in, of a list its own.
fn variable(by: &Expr) -> Option<&Arc<str>> {
    match (by, by.operands()) {
        (Expr::Symbol(name), _) | (Expr::Apply(Op::Index, _), [Expr::Symbol(name), _]) => Some(name),
        _ => None,
    }
}

/// Derivatives within one another.
fn order(expr: &Expr) -> usize {
    let inner = expr.operands().iter().map(order).max().unwrap_or(0);
    inner + usize::from(matches!(expr, Expr::Apply(Op::D, _)))
}
