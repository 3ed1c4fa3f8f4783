//! The whole line as a value: `Spec` × `RuleBook` → `Derivation`.

mod arithmetic;
pub mod classes;
pub(crate) mod engine;
pub(crate) mod law;
pub(crate) mod line;
pub(crate) mod names;
mod path;
pub(crate) mod prove;
mod show;
pub mod shown;
pub(crate) mod story;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::digest;
use crate::expr::Expr;
use crate::message::Message;
use crate::normal::Known;
use crate::rule::RuleBook;
use crate::spec::{Definition, Spec};
pub use arithmetic::exercised;
pub(crate) use arithmetic::{Arithmetic, reason};
pub use classes::ByClass;
use engine::Engine;
pub(crate) use line::{replaced, shared};
use names::Names;
use shown::Shown;
use story::Story;

/// One elementary step: one position of a formula changes, by one rule.
#[derive(Clone, Debug)]
pub struct Step {
    /// The whole formula before.
    pub before: Expr,
    /// The whole formula after.
    pub after: Expr,
    /// The rule's name: of the book, of the table of derivatives (`d-…`), `definition`, `derived` (a form that was
    /// derived before), `ring` (arithmetic of polynomials), `field` (of their quotients), `cases` (one number in every
    /// case) or `case` (what a name is in this case).
    pub rule: Arc<str>,
    /// The reason in words.
    pub why: String,
    /// The position: operand numbers from the root.
    pub at: Vec<usize>,
}

/// How far a claim came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Both sides are equal wherever they are defined.
    Proved,
    /// Not proved; says which limit was hit.
    Unsettled(String),
}

/// A claim of the spec and what became of it.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Its name.
    pub name: String,
    /// Left side as stated.
    pub lhs: Expr,
    /// Right side as stated.
    pub rhs: Expr,
    /// Where it is stated.
    pub source: String,
    /// How far it came.
    pub status: Status,
    /// From `lhs` to `rhs`; where the proof is by cases, from `lhs` to where the cases part.
    pub steps: Vec<Step>,
    /// The same steps in the lines that a reader is shown.
    pub shown: Vec<Shown>,
    /// The cases by name (`y = 0`), each with the steps from where they part to `rhs`; empty where there are none.
    pub cases: Vec<(String, Vec<Step>)>,
    /// The steps of each case in the lines that a reader is shown.
    pub shown_cases: Vec<Vec<Shown>>,
}

/// A derivative that the engine found.
#[derive(Clone, Debug)]
pub struct Derived {
    /// `d_z`, `d2_z` …: the derivative in the name that the formula's later names depend on the input through; `d_x`,
    /// `d2_x` in the input, which may have another name.
    pub name: String,
    /// What is differentiated, as stated: `d(loss, x)`.
    pub of: Expr,
    /// The shortest form found, in the names of the formula.
    pub form: Expr,
    /// From `of` to `form`.
    pub steps: Vec<Step>,
    /// The same steps in the lines that a reader is shown.
    pub shown: Vec<Shown>,
}

impl Derived {
    fn found(name: String, of: &Expr, form: Expr) -> Derived {
        Derived { name, of: of.clone(), form, steps: Vec::new(), shown: Vec::new() }
    }
}

/// What is known about one loss.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// The loss.
    pub spec: Spec,
    /// The name that the loss depends on the first input through, where there is one: `z`.
    pub inner: Option<Arc<str>>,
    /// The derivatives found.
    pub derived: Vec<Derived>,
    /// What was not found, and why.
    pub notes: Vec<String>,
    /// The claims, judged.
    pub claims: Vec<Judged>,
    /// The rules of the book that fired.
    pub fired: BTreeSet<Arc<str>>,
    /// Digest of the rule book (first 16 hex digits of SHA-256).
    pub rules_digest: String,
    /// Of a loss over classes: the scalar losses that it falls into. It has no derivatives of its own then, and its
    /// claims are proved in them.
    pub classes: Option<Box<ByClass>>,
}

impl Derivation {
    /// A form with the names of the formula that merely stand for another name, `alpha_t` for `alpha` where `alpha_t = alpha`:
    /// what `none` of a parameter replaces is such a name.
    pub fn in_names(&self, form: &Expr) -> Expr {
        form.substitute(&|symbol| {
            let stands = |line: &&Definition| line.value == Expr::symbol(symbol);
            self.spec.formula.iter().find(stands).map(|line| Expr::Symbol(line.name.clone()))
        })
    }

    /// What kernels of one element are made of: of a loss over classes that stand apart, the loss of the target.
    ///
    /// Its kernel is `term(p, alpha, gamma) → (loss, gradient, Hessian)` in the probability p of one class, without a label
    /// (`X` is p). A row calls it once for an integer target, whose other derivatives are 0, and for every class where labels
    /// are one-hot or soft: then the kernel has a weight, which is the class's label.
    pub fn of_elements(&self) -> &Derivation {
        self.classes.as_ref().filter(|by_class| by_class.apart).map_or(self, |by_class| &by_class.own.derivation)
    }
}

/// Derives the formulas of a loss and judges its claims.
///
/// # Errors
/// Where the formula cannot be differentiated.
pub fn derive(spec: &Spec, book: &RuleBook) -> Result<Derivation, Message> {
    if let Some(of) = &spec.classes {
        return classes::derivation(spec, of, book);
    }
    let names = checked(spec)?;
    let mut engine = Engine::new(&names, book);
    let (inner, mut derived, mut notes) = derivatives(spec, &mut engine)?;
    for place in 0..derived.len() {
        let lemmas = told(&derived[..place]);
        tell(&mut engine, &lemmas, &mut derived[place], &mut notes)?;
    }
    let lemmas = told(&derived);
    let judge = |claim| prove::judge(&mut engine, &lemmas, claim);
    let claims: Vec<Judged> = spec.claims.iter().map(judge).collect::<Result<_, _>>()?;
    let cases = claims.iter().flat_map(|claim| &claim.cases).flat_map(|(_, steps)| steps);
    let all = derived.iter().flat_map(|derived| &derived.steps).chain(claims.iter().flat_map(|claim| &claim.steps));
    let used: BTreeSet<Arc<str>> = all.chain(cases).map(|step| step.rule.clone()).collect();
    let named = book.rules.iter().map(|rule| rule.name.clone());
    engine.fired.extend(named.filter(|name| used.contains(name)));
    let rules_digest = digest::of(&book.text);
    let (spec, fired) = (spec.clone(), engine.fired);
    Ok(Derivation { spec, inner, derived, notes, claims, fired, rules_digest, classes: None })
}

/// The derivatives alone, without steps and claims: what `derive` finds, in a fraction of the time.
///
/// # Errors
/// As `derive`.
pub fn forms(spec: &Spec, book: &RuleBook) -> Result<Vec<Derived>, Message> {
    let names = checked(spec)?;
    derivatives(spec, &mut Engine::new(&names, book)).map(|(_, derived, _)| derived)
}

/// The derivatives that have steps: no proof may rest on the others.
fn told(derived: &[Derived]) -> Vec<Derived> {
    derived.iter().filter(|derived| !derived.steps.is_empty() || derived.of == derived.form).cloned().collect()
}

/// The steps of a derivative, by what was derived before; a note where they are out of reach.
fn tell(
    engine: &mut Engine,
    lemmas: &[Derived],
    derived: &mut Derived,
    notes: &mut Vec<String>,
) -> Result<(), Message> {
    match (Story { engine, lemmas }).derivative(&derived.of, &derived.form) {
        Ok(line) => {
            derived.shown = shown::lines(&line);
            derived.steps = line.steps;
        }
        Err(message) if engine.contradicted => return Err(message),
        Err(message) => notes.push(format!("no steps for `{}`: {}", derived.of, message.text)),
    }
    Ok(())
}

/// What the domains of a spec say of its names: arithmetic steps are judged by it.
pub fn known(spec: &Spec) -> Known {
    Names::of(spec).known
}

/// First and second derivatives in the inner name and in the first input; the second may be out of reach.
#[allow(clippy::type_complexity)]
fn derivatives(spec: &Spec, engine: &mut Engine) -> Result<(Option<Arc<str>>, Vec<Derived>, Vec<String>), Message> {
    let (Some(input), Some(loss)) = (spec.inputs.first(), spec.formula.last()) else {
        return Err(Message::new("a loss needs an input and a formula"));
    };
    let loss = Expr::Symbol(loss.name.clone());
    let inner = engine.names.between(&loss, &input.name);
    let (mut derived, mut notes) = (Vec::new(), Vec::new());
    for name in inner.iter().chain([&input.name]) {
        let variable = Expr::Symbol(name.clone());
        let of = engine::d(&loss, &variable);
        let first = engine.resolved(&of)?;
        derived.push(Derived::found(format!("d_{name}"), &of, first));
        let of = engine::d(&of, &variable);
        match engine.resolved(&of) {
            Ok(second) => derived.push(Derived::found(format!("d2_{name}"), &of, second)),
            Err(message) if engine.contradicted => return Err(message),
            Err(message) => notes.push(format!("no `{of}`: {}", message.text)),
        }
    }
    Ok((inner, derived, notes))
}

/// Deepest nesting of operators in a formula with its names written out.
const DEEPEST: usize = 400;

/// The names of the spec, once its formulas are known not to be too deep for what follows.
pub(crate) fn checked(spec: &Spec) -> Result<Names, Message> {
    for line in &spec.formula {
        if depth(&line.value) > DEEPEST {
            return Err(Message::new(format!("`{}` nests operators more than {DEEPEST} deep", line.name))
                .help("give parts of the formula names of their own"));
        }
    }
    Ok(Names::of(spec))
}

/// Levels of operators, counted without recursion: the formula may be deep.
fn depth(expr: &Expr) -> usize {
    let mut deepest = 0;
    let mut open = vec![(expr, 1)];
    while let Some((expr, level)) = open.pop() {
        deepest = deepest.max(level);
        open.extend(expr.operands().iter().map(|operand| (operand, level + 1)));
    }
    deepest
}
