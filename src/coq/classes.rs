//! A loss over classes → modules of the losses of numbers that it falls into, and theorems about rows.
//!
//! A theorem about rows is that about numbers, put to the members that its case names and to the finite sum over the
//! others: both sides are shown to be the same, part by part, for every number of classes.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::over::{COUNT, Over, lists};
use super::term::{Scope, definition, plain, variable};
use super::{Certificate, Line, fact, scalar};
use crate::check::classes::Part;
use crate::check::{Classes, Proof, World};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::op::Op;
use crate::rule::RuleBook;
use crate::spec;

/// The lemmas on rows and sums.
const CLASSES: &str = include_str!("classes.v");
/// The module of the case of the target.
const OWN: &str = "Own";
/// The module of the case of another class.
const OTHER: &str = "Other";
/// The module of the loss of the margin.
const MARGIN: &str = "Margin";

/// Writes everything.
pub fn written(classes: &Classes, book: &RuleBook, to: &mut Certificate) {
    to.text += CLASSES;
    let mut parts = Vec::new();
    for part in &classes.parts {
        let module = if part.named.len() == 1 { OWN } else { OTHER };
        let lines = in_module(module, &part.proof, book, to, |_| Ok(String::new()));
        parts.push(Case { classes, part, module, lines });
    }
    if let Some(reduced) = &classes.reduced {
        in_module(MARGIN, reduced, book, to, whole_lines);
    }
    if let Err(why) = rows(classes, &parts, to) {
        to.left_out.push(format!("the formula over classes: {why}"));
    }
}

/// A loss of numbers in a module of its own, with what is added to its end.
fn in_module<'a>(
    module: &str,
    proof: &'a Proof,
    book: &RuleBook,
    to: &mut Certificate,
    end: impl Fn(&Proof) -> Result<String, String>,
) -> Vec<Line<'a>> {
    to.text += &format!("\nModule {module}.\n");
    let before = to.theorems.len();
    let lines = scalar(proof, book, &format!("{module}: "), to);
    match end(proof) {
        Ok(text) => to.text += &text,
        Err(why) => to.left_out.push(format!("{module}: the formula: {why}")),
    }
    to.text += &format!("End {module}.\n");
    to.theorems[before..].iter_mut().for_each(|theorem| *theorem = format!("{module}.{theorem}"));
    lines
}

/// Each line of the loss of the margin as a function of its inputs and parameters.
fn whole_lines(reduced: &Proof) -> Result<String, String> {
    let world = World::new(&reduced.statement, Default::default());
    let names: Vec<String> = reduced.statement.names.iter().map(|(name, _)| variable(name)).collect();
    let one = |(name, _): &(Arc<str>, Expr)| {
        let term = Scope::World(&world).term(&Expr::Symbol(name.clone()))?;
        Ok(format!("Definition {} ({} : R) : R := {term}.\n", whole_line(name), names.join(" ")))
    };
    reduced.statement.formula.iter().map(one).collect()
}

fn whole_line(name: &str) -> String {
    format!("line_{}", plain(name))
}

/// What is proved of rows: the tactics, every chain of the cases, and the lines at the margin.
fn rows(classes: &Classes, parts: &[Case], to: &mut Certificate) -> Result<(), String> {
    let over = Over::new(classes);
    let scalar = parts.iter().flat_map(|case| {
        case.part.proof.statement.formula.iter().map(move |(name, _)| format!("{}.{}", case.module, definition(name)))
    });
    let names: Vec<String> = scalar.chain(classes.formula.iter().map(|(name, _)| definition(name))).collect();
    to.text +=
        &format!("\n(* The loss of a row. *)\n{}{}\n", over.definitions()?, TACTICS.replace("NAMES", &names.join(" ")));
    let mut known = BTreeSet::new();
    for case in parts {
        for line in &case.lines {
            if !case.is_of_row(line) || !known.insert(line.exported.name.clone()) {
                continue;
            }
            match case.theorem(line, &over) {
                Ok((text, mut named)) => {
                    to.text += &text;
                    to.theorems.append(&mut named);
                }
                Err(why) => to.left_out.push(format!("{} of rows: {why}", line.exported.name)),
            }
        }
    }
    if let (Some(reduced), Some(own)) = (&classes.reduced, parts.first()) {
        let (text, mut named) = own.at_margin(reduced, &over)?;
        to.text += &text;
        to.theorems.append(&mut named);
    }
    Ok(())
}

const TACTICS: &str = "\
Ltac names := cbv beta delta [NAMES].
Ltac agrees H :=
  lazymatch type of H with
  | ?l = ?r => transitivity l; [ names; members | transitivity r; [ exact H | symmetry; names; members ] ]
  end.
Ltac derives H :=
  lazymatch type of H with
  | is_derive ?f ?x ?l => apply (derive_as f _ x _ l); [ intro; names; members | names; members | names; members | exact H ]
  end.
Ltac alike known :=
  cbv beta;
  lazymatch goal with
  | |- ?a = ?a => reflexivity
  | |- ?f ?a = ?g ?b => first [ known | apply apply_equal; alike known ]
  end.
";

/// A case with what was proved in it.
struct Case<'a> {
    classes: &'a Classes,
    part: &'a Part,
    module: &'static str,
    lines: Vec<Line<'a>>,
}

impl Case<'_> {
    /// Is it about rows? A derivative by a name of the formula, for all values of it, is about numbers alone.
    fn is_of_row(&self, line: &Line) -> bool {
        line.exported.names.len() == self.part.proof.statement.names.len()
    }

    /// What the chain says of rows, with the theorems in it.
    fn theorem(&self, line: &Line, over: &Over) -> Result<(String, Vec<String>), String> {
        if !line.chain.except.is_empty() {
            return Err("it says nothing of some points".to_string());
        }
        let name = &line.exported.name;
        let stated = self.part.claims.iter().find(|(of, ..)| !line.is_lemma && *of == line.chain.name);
        let (lhs, rhs) = match stated {
            Some((_, lhs, rhs)) => (lhs.clone(), rhs.clone()),
            None => (self.meant(&line.chain.lhs), self.meant(&line.chain.rhs)),
        };
        let (scope, head, scalar) = (Scope::Classes(over), self.head(), format!("{}.{name}", self.module));
        let (left, right) = (scope.term(&lhs)?, scope.term(&rhs)?);
        let used = |of: &str| {
            Ok::<String, String>(format!("pose proof ({of}{}) as Scalar", self.applied(over, line.exported.facts)?))
        };
        let mut text = format!(
            "(* {}, of a row *)\nTheorem {name}{head} :\n  {left} = {right}.\nProof.\n  {}; agrees Scalar.\nQed.\n",
            line.chain.name,
            used(&scalar)?
        );
        let mut named = vec![name.clone()];
        if line.exported.derives
            && let (Expr::Apply(Op::D, _), [of, by]) = (&lhs, lhs.operands())
        {
            let (function, at) = match by {
                Expr::Symbol(by) => (scope.function(of, by)?, over.name(by)?),
                by => over.derived(of, by)?,
            };
            text += &format!(
                "Theorem {name}_is_derive{head} :\n  is_derive {function} {at} {right}.\nProof.\n  {}; derives Scalar.\nQed.\n",
                used(&format!("{scalar}_is_derive"))?
            );
            named.push(format!("{name}_is_derive"));
        }
        Ok((text + "\n", named))
    }

    /// A formula of numbers as one over classes.
    fn meant(&self, form: &Expr) -> Expr {
        let meaning = |name: &str| self.part.meanings.iter().find(|(of, _)| **of == *name).map(|(_, is)| is.clone());
        form.substitute(&meaning)
    }

    /// The arguments of a theorem of the case, with proofs that they lie where it asks.
    fn applied(&self, over: &Over, facts: usize) -> Result<String, String> {
        let mut text = String::new();
        for (name, _) in &self.part.proof.statement.names {
            text += &format!(" {}", Scope::Classes(over).term(&self.meant(&Expr::Symbol(name.clone())))?);
        }
        Ok(text + &" ltac:(lies)".repeat(facts))
    }

    /// Rows, classes and parameters, and where they lie.
    fn head(&self) -> String {
        let (classes, over) = (self.classes, Over::new(self.classes));
        let lists = lists(classes);
        let (mut names, mut facts) = (String::new(), Vec::new());
        for class in &self.part.named {
            facts.push(format!("(Below_{} : ({} < {COUNT})%nat)", plain(class), variable(class)));
        }
        match &self.part.named[..] {
            [_] => facts.push(format!("(Several : (1 < {COUNT})%nat)")),
            [first, others @ ..] => facts.extend(
                others
                    .iter()
                    .map(|other| format!("(Apart_{} : {} <> {})", plain(other), variable(other), variable(first))),
            ),
            [] => {}
        }
        for (name, domain) in classes.names.iter().filter(|(_, domain)| *domain != Domain::Class) {
            names += &format!(" ({} : {})", variable(name), over.kind(name));
            facts.extend(match lists.contains(name) {
                true => fact::of_list(name, domain, COUNT),
                false => fact::of_domain(name, domain),
            });
        }
        let named: Vec<String> = self.part.named.iter().map(|class| variable(class)).collect();
        format!(" ({COUNT} {} : nat){names} {}", named.join(" "), facts.join(" "))
    }

    /// A theorem of rows, applied to its own variables.
    fn itself(&self, theorem: &str) -> String {
        let names = self.classes.names.iter().filter(|(_, domain)| *domain != Domain::Class).map(|(name, _)| name);
        let all: Vec<String> = self.part.named.iter().chain(names).map(|name| variable(name)).collect();
        format!("apply ({theorem} {COUNT} {}); assumption", all.join(" "))
    }

    /// Each line of the loss is that of the loss of the margin, at the margin.
    fn at_margin(&self, reduced: &Proof, over: &Over) -> Result<(String, Vec<String>), String> {
        let (head, scope) = (self.head(), Scope::Classes(over));
        let target = Expr::Symbol(self.classes.target.clone());
        let others = Expr::over(Op::Logsumexp, "k", &[target], Expr::index(&self.classes.list, "k"));
        let margin = Expr::index(&self.classes.list, &self.classes.target) - others;
        let mut arguments = String::new();
        for (name, _) in &reduced.statement.names {
            let is =
                if **name == *spec::Classes::MARGIN { margin.clone() } else { self.meant(&Expr::Symbol(name.clone())) };
            arguments += &format!(" {}", scope.term(&is)?);
        }
        let lines = |module: &str| {
            let line = |(name, _): &(Arc<str>, Expr)| format!("{module}{}", definition(name));
            reduced.statement.formula.iter().map(line).collect::<Vec<String>>().join(" ")
        };
        let (mut text, mut named, mut known) = (String::new(), Vec::new(), Vec::new());
        for (name, form) in &reduced.statement.formula {
            let theorem = format!("margin_{}", plain(name));
            let claim = self.lines.iter().find(|line| line.chain.name == format!("margin-{name}"));
            if claim.is_none() && form.mentions(spec::Classes::MARGIN) {
                return Err(format!("that `{name}` is `{form}` at the margin has no form in Coq"));
            }
            let line = scope.term(&Expr::Symbol(name.clone()))?;
            let at = format!("{MARGIN}.{}", whole_line(name));
            let proof = match claim {
                Some(claim) => self.itself(&claim.exported.name),
                None => format!(
                    "cbv beta delta [{at} {} {}]; alike ltac:(first [ {} fail ])",
                    definition(name),
                    lines(&format!("{MARGIN}.")),
                    known.concat()
                ),
            };
            text += &format!("Theorem {theorem}{head} :\n  {line} = {at}{arguments}.\nProof.\n  {proof}.\nQed.\n");
            known.push(format!("solve [ {} ] | ", self.itself(&theorem)));
            named.push(theorem);
        }
        Ok((text, named))
    }
}
