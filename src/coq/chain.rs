//! A chain of steps → lemmas of Coq, one line a step; the definitions of the loss.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::step::{Means, definitions as names};
use super::term::{Scope, definition, number, plain, variable};
use super::{Exported, fact};
use crate::check::{Chain, World};
use crate::derivation::Step;
use crate::expr::Expr;
use crate::notation::{self, Origin};
use crate::op::Op;
use crate::rational::Rational;

/// The definitions of the formula, and the tactics that look into them.
pub fn definitions(world: &World) -> Result<String, String> {
    let mut text = "(* The loss. *)\n".to_string();
    for (name, value) in &world.statement.formula {
        // in its own definition every name stands for itself
        let inner = value.symbols().iter().fold(world.clone(), |inner, symbol| inner.under(symbol));
        let arguments: Vec<String> = value.symbols().iter().map(|symbol| variable(symbol)).collect();
        let arguments = match arguments.is_empty() {
            true => String::new(),
            false => format!(" ({} : R)", arguments.join(" ")),
        };
        text += &format!("Definition {}{arguments} : R := {}.\n", definition(name), Scope::World(&inner).term(value)?);
    }
    Ok(text + &TACTICS.replace("NAMES", &names(world)) + "\n")
}

const TACTICS: &str = "\
Ltac names := cbv beta delta [NAMES].
Ltac known := names; simpl in *; pos.
Ltac bounds := names; simpl; first [ exact I | pos ].
Ltac smooth := names; lazymatch goal with |- ex_derive _ _ => exd | _ => pos end.
Ltac whole := rewrite INR_IZR_INZ; reflexivity.
Ltac ring_step := first [ ring | field; known | names; ring | names; field; pos ].
Ltac field_step := first [ ring | field; known | names; field; pos ].
Ltac power_step := names; powers.
Ltac negative := rewrite INR_IZR_INZ; simpl; ring.
Ltac case_step := first [ assumption | symmetry; assumption ].
Ltac cases_step := names;
  repeat match goal with H : _ = _ \\/ _ |- _ => destruct H as [H | H] end; subst;
  choices; try congruence; try lra; field; pos.
";

/// The lemma's text, the theorems in it, and what others may use of it.
type Written = (String, Vec<String>, Option<Exported>);

/// Writes the chain.
///
/// # Errors
/// What has no form in Coq, with the step.
pub fn written(chain: &Chain, label: &str, is_lemma: bool, means: &Means, world: &World) -> Result<Written, String> {
    let name = plain(&label.replace(' ', "_"));
    let free = if is_lemma { free_variable(chain, world) } else { None };
    let inner = free.as_ref().map_or_else(|| world.clone(), |name| world.under(name));
    let head = Head::of(&inner, free.as_ref());
    let scope = Scope::World(&inner);
    let statement = format!("{} = {}", scope.term(&chain.lhs)?, scope.term(&chain.rhs)?);
    let mut text = format!("(* {label} *)\n");
    let mut proof = steps(&chain.steps, means, &inner)?;
    if !chain.cases.is_empty() {
        let parted = chain.steps.last().map_or(&chain.lhs, |step| &step.after);
        let (cases, choice) = by_cases(chain, parted, &name, &head, means, world)?;
        text += &cases;
        proof += &choice;
    } else {
        proof += "  reflexivity.\n";
    }
    text += &format!("Lemma {name}{} :\n  {statement}.\nProof.\n{proof}Qed.\n", head.text());
    let mut theorems = vec![name.clone()];
    let exported = Exported {
        name: name.clone(),
        lhs: chain.lhs.clone(),
        rhs: chain.rhs.clone(),
        names: head.names.clone(),
        facts: head.facts.len(),
    };
    if let Some(theorem) = derivative(chain, &exported, &head, means, &inner)? {
        text += &theorem;
        theorems.push(format!("{name}_is_derive"));
    }
    Ok((text + "\n", theorems, Some(exported)))
}

/// What a lemma is about: variables and hypotheses.
struct Head {
    names: Vec<Arc<str>>,
    facts: Vec<String>,
}

impl Head {
    fn of(world: &World, free: Option<&Arc<str>>) -> Head {
        let stated = &world.statement.names;
        let mut names: Vec<Arc<str>> = stated.iter().map(|(name, _)| name.clone()).collect();
        let mut facts: Vec<String> = stated.iter().flat_map(|(name, domain)| fact::of_domain(name, domain)).collect();
        if let Some(free) = free.filter(|free| !names.contains(free)) {
            names.push(free.clone());
            facts.extend(fact::of_variable(world, free));
        }
        Head { names, facts }
    }

    fn text(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| variable(name)).collect();
        let facts: String = self.facts.iter().map(|fact| format!(" {fact}")).collect();
        format!(" ({} : R){facts}", names.join(" "))
    }

    /// The lemma applied to its own variables.
    fn applied(&self) -> String {
        self.names.iter().map(|name| format!(" {}", variable(name))).collect()
    }
}

/// The variable of a derivative that is a name of the formula, where the proof does not write it out: then the lemma
/// holds for every value of it, and may be used inside derivatives.
fn free_variable(chain: &Chain, world: &World) -> Option<Arc<str>> {
    let (Expr::Apply(Op::D, _), [_, Expr::Symbol(name)]) = (&chain.lhs, chain.lhs.operands()) else { return None };
    let part = |expr: &Expr, at: &[usize]| {
        at.iter().try_fold(expr.clone(), |expr, place| expr.operands().get(*place).cloned())
    };
    let opens = |step: &Step| {
        let symbol = Some(Expr::Symbol(name.clone()));
        &*step.rule == "definition" && (part(&step.before, &step.at) == symbol || part(&step.after, &step.at) == symbol)
    };
    (world.value(name).is_some() && !chain.steps.iter().any(opens)).then(|| name.clone())
}

/// One line a step.
fn steps(steps: &[Step], means: &Means, world: &World) -> Result<String, String> {
    let mut text = String::new();
    for (place, step) in steps.iter().enumerate() {
        let wrong = |why| format!("step {} by `{}`: {why}", place + 1, step.rule);
        let proof = means.proof(step, world).map_err(wrong)?;
        let after = Scope::World(world).term(&step.after).map_err(wrong)?;
        text += &format!("  transitivity {after}.\n  {{ exact {proof}. }} (* {} *)\n", step.rule);
    }
    Ok(text)
}

/// A lemma for each case, and the end of the proof that puts them together.
fn by_cases(
    chain: &Chain,
    parted: &Expr,
    name: &str,
    head: &Head,
    means: &Means,
    world: &World,
) -> Result<(String, String), String> {
    let scope = Scope::World(world);
    let statement = format!("{} = {}", scope.term(parted)?, scope.term(&chain.rhs)?);
    let (mut text, mut solvers, mut finite) = (String::new(), Vec::new(), BTreeMap::new());
    for (place, (case, lines)) in chain.cases.iter().enumerate() {
        let given = given(case)?;
        let facts: String = given
            .iter()
            .map(|(name, value)| format!(" (Is_{} : {} = {})", plain(name), variable(name), number(value)))
            .collect();
        let here = World::new(world.statement, given.clone());
        let proof = steps(lines, means, &here).map_err(|why| format!("case {case}, {why}"))?;
        let lemma = format!("{name}_case_{}", place + 1);
        text += &format!(
            "(* case {case} *)\nLemma {lemma}{}{facts} :\n  {statement}.\nProof.\n{proof}  reflexivity.\nQed.\n",
            head.text()
        );
        solvers.push(format!("solve [ apply ({lemma}{}); assumption ]", head.applied()));
        finite.extend(given);
    }
    let mut proof = String::new();
    for name in finite.keys() {
        let values = world.values(name).ok_or("a case of a name with infinitely many values")?;
        let alternatives = (1..values.len()).fold("Is".to_string(), |rest, _| format!("[Is | {rest}]"));
        proof += &format!("  pose proof In_{} as Copy; destruct Copy as {alternatives};\n", plain(name));
    }
    proof += &format!("  first [ {} ].\n", solvers.join("\n  | "));
    Ok((text, proof))
}

fn given(case: &str) -> Result<BTreeMap<Arc<str>, Rational>, String> {
    let conditions = notation::conditions(case, &Origin::alone("<case>", case)).map_err(|message| message.text)?;
    let one = |condition: Expr| match condition.operands() {
        [Expr::Symbol(name), Expr::Number(value)] => Ok((name.clone(), value.clone())),
        _ => Err(format!("`{condition}` is no case")),
    };
    conditions.into_iter().map(one).collect()
}

/// The derivative as `is_derive`, where the chain begins with one by a variable that lies everywhere.
fn derivative(
    chain: &Chain,
    lemma: &Exported,
    head: &Head,
    means: &Means,
    world: &World,
) -> Result<Option<String>, String> {
    let (Expr::Apply(Op::D, _), [of, Expr::Symbol(by)]) = (&chain.lhs, chain.lhs.operands()) else { return Ok(None) };
    let scope = Scope::World(world);
    let (function, at, form) =
        (scope.function(of, by)?, scope.term(&chain.lhs.operands()[1])?, scope.term(&chain.rhs)?);
    let used = format!("rewrite <- ({}{}{})", lemma.name, head.applied(), " ltac:(assumption)".repeat(lemma.facts));
    let proof = if !has_derivative(of) {
        format!("  {used}; apply Derive_correct; smooth.\n")
    } else {
        // of a derivative: through the form found for it
        let Some(inner) = means.lemmas.iter().find(|known| known.lhs == *of) else { return Ok(None) };
        let under = world.under(by);
        let mut equal = inner.name.clone();
        for name in &inner.names {
            equal += &format!(" {}", Scope::World(&under).term(&Expr::Symbol(name.clone()))?);
        }
        equal += &" ltac:(known)".repeat(inner.facts);
        let form = scope.function(&inner.rhs, by)?;
        let name = variable(by);
        format!(
            "  {used}; apply Derive_correct.\n  \
             apply (ex_derive_ext {form}); [ exact (fun {name} : R => eq_sym ({equal})) | smooth ].\n"
        )
    };
    Ok(Some(format!(
        "Theorem {}_is_derive{} :\n  is_derive {function} {at} {form}.\nProof.\n{proof}Qed.\n",
        lemma.name,
        head.text()
    )))
}

fn has_derivative(expr: &Expr) -> bool {
    matches!(expr, Expr::Apply(Op::D, _)) || expr.operands().iter().any(has_derivative)
}
