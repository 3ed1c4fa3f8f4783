//! A chain of steps → lemmas of Coq, one line a step; the definitions of the loss.

use std::sync::Arc;

use super::step::{Means, definitions as names};
use super::term::{Scope, definition, number, plain, variable};
use super::{Exported, fact};
use crate::check::{Case, Chain, World};
use crate::derivation::Step;
use crate::expr::Expr;
use crate::op::Op;

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
    let tactics = match &*names(world) {
        "" => TACTICS.replace(" delta [NAMES]", ""),
        names => TACTICS.replace("NAMES", names),
    };
    Ok(text + &tactics + "\n")
}

const TACTICS: &str = "\
Ltac names := cbv beta delta [NAMES].
Ltac known := names; simpl in *; first [ pos | choices; pos ].
Ltac bounds := names; simpl; first [ exact I | pos ].
Ltac smooth := names; lazymatch goal with |- ex_derive _ _ => first [ exd | choices; exd ] | _ => first [ pos | choices; pos ] end.
Ltac whole := rewrite INR_IZR_INZ; reflexivity.
Ltac ring_step := first [ ring | field; known | names; ring | names; field; pos ].
Ltac field_step := first [ ring | field; known | names; field; pos ].
Ltac power_step := names; first [ powers | choices; powers ].
Ltac negative := rewrite INR_IZR_INZ; simpl; ring.
Ltac branch_step := names; simpl in *; unfold clamp, Rabs, Rmin, Rmax; choices;
  repeat match goal with |- context [match ?c with _ => _ end] => destruct c end;
  first [ reflexivity | exfalso; lra | lra | exfalso; pos | ring ].
Ltac case_step := first [ assumption | symmetry; assumption ].
Ltac cases_step := names;
  repeat match goal with H : _ = _ \\/ _ |- _ => destruct H as [H | H] end; subst;
  choices; try congruence; try lra; field; pos.
";

/// The lemma's text, the theorems in it, and what others may use of it.
type Written = (String, Vec<String>, Exported);

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
    let mut head = head;
    if !chain.cases.is_empty() {
        head.facts.extend(excepted(chain, world)?);
        let parted = chain.steps.last().map_or(&chain.lhs, |step| &step.after);
        let (cases, choice) = by_cases(chain, parted, &name, &head, means, world)?;
        text += &cases;
        proof += &choice;
    } else {
        proof += "  reflexivity.\n";
    }
    text += &format!("Lemma {name}{} :\n  {statement}.\nProof.\n{proof}Qed.\n", head.text());
    let mut theorems = vec![name.clone()];
    let mut exported = Exported {
        derives: false,
        name: name.clone(),
        lhs: chain.lhs.clone(),
        rhs: chain.rhs.clone(),
        names: head.names.clone(),
        facts: head.facts.len(),
    };
    if let Some(theorem) = derivative(chain, &exported, &head, means, &inner)? {
        text += &theorem;
        theorems.push(format!("{name}_is_derive"));
        exported.derives = true;
    }
    Ok((text + "\n", theorems, exported))
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
        let facts: String = self.facts.iter().map(|fact| format!(" {fact}")).collect();
        self.variables() + &facts
    }

    fn variables(&self) -> String {
        let names: Vec<String> = self.names.iter().map(|name| variable(name)).collect();
        format!(" ({} : R)", names.join(" "))
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

/// A lemma for each case, and the end of the proof that puts them together: every subject of a case is below, at or above
/// each number that it is compared with, and in each of these cells a lemma applies, or nothing is said of it.
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
    let (mut text, mut solvers, mut splits) = (String::new(), Vec::new(), Vec::new());
    let excepted = head.facts.len() - chain.except.len();
    let own: String = head.facts[..excepted].iter().map(|fact| format!(" {fact}")).collect();
    for (place, (case, lines)) in chain.cases.iter().enumerate() {
        let read = Case::read(case, world.statement)?;
        let conditions = conditions(&read, world)?;
        let facts: String =
            conditions.iter().enumerate().map(|(number, fact)| format!(" (Is_{number} : {fact})")).collect();
        let here = World::new(world.statement, read.clone());
        let proof = steps(lines, means, &here).map_err(|why| format!("case {case}, {why}"))?;
        let lemma = format!("{name}_case_{}", place + 1);
        text += &format!(
            "(* case {case} *)\nLemma {lemma}{}{own}{facts} :\n  {statement}.\nProof.\n{proof}  reflexivity.\nQed.\n",
            head.variables()
        );
        solvers.push(format!("solve [ apply ({lemma}{}); first [ assumption | lra ] ]", head.applied()));
        splits.extend(split(&read, world)?);
    }
    for except in &chain.except {
        splits.extend(split(&Case::read(except, world.statement)?, world)?);
    }
    // a name with finitely many values is what it is everywhere before others are compared
    let mut once = Vec::new();
    for split in splits {
        if !once.contains(&split) {
            once.push(split);
        }
    }
    once.sort_by_key(|split| !split.starts_with("  pose proof In_"));
    let left_out = (0..chain.except.len())
        .map(|number| format!("solve [ exfalso; apply Apart_{number}; repeat split; first [ assumption | lra ] ]"));
    let ends: Vec<String> = solvers.into_iter().chain(left_out).chain(["solve [ exfalso; lra ]".to_string()]).collect();
    let proof: String = once.concat() + &format!("  first [ {} ].\n", ends.join("\n  | "));
    Ok((text, proof))
}

/// The conditions of a case as propositions.
fn conditions(case: &Case, world: &World) -> Result<Vec<String>, String> {
    let scope = Scope::World(world);
    let given = case.given.iter().map(|(name, value)| Ok(format!("{} = {}", variable(name), number(value))));
    let compared = |of: &Expr, op: Op, with: Expr| scope.proposition(&Expr::apply(op, &[of.clone(), with]));
    let ends =
        case.ends.iter().map(|(name, op, end)| compared(&Expr::Symbol(name.clone()), *op, Expr::Number(end.clone())));
    let signs = case.signs.iter().map(|(of, op)| compared(of, *op, Expr::integer(0)));
    given.chain(ends).chain(signs).collect()
}

/// The tactics that tell apart what the case is about.
fn split(case: &Case, world: &World) -> Result<Vec<String>, String> {
    let scope = Scope::World(world);
    let ordered = |a: String, b: String| format!("  destruct (Rtotal_order {a} {b}) as [? | [? | ?]];\n");
    let mut all = Vec::new();
    for (name, value) in &case.given {
        match world.values(name) {
            Some(values) => {
                let alternatives = (1..values.len()).fold("Is".to_string(), |rest, _| format!("[Is | {rest}]"));
                all.push(format!("  pose proof In_{} as Copy; destruct Copy as {alternatives};\n", plain(name)));
            }
            None => all.push(ordered(variable(name), number(value))),
        }
    }
    all.extend(case.ends.iter().map(|(name, _, end)| ordered(variable(name), number(end))));
    for (of, _) in &case.signs {
        all.push(ordered(scope.term(of)?, "0".to_string()));
    }
    Ok(all)
}

/// The hypotheses that a point is none of which nothing is said.
fn excepted(chain: &Chain, world: &World) -> Result<Vec<String>, String> {
    let one = |(number, except): (usize, &String)| {
        let conditions = conditions(&Case::read(except, world.statement)?, world)?;
        Ok(format!("(Apart_{number} : ~ ({}))", conditions.join(" /\\ ")))
    };
    chain.except.iter().enumerate().map(one).collect()
}

/// The derivative as `is_derive`, where the chain begins with one by a variable that lies everywhere, and is no proof in
/// pieces.
fn derivative(
    chain: &Chain,
    lemma: &Exported,
    head: &Head,
    means: &Means,
    world: &World,
) -> Result<Option<String>, String> {
    let (Expr::Apply(Op::D, _), [of, Expr::Symbol(by)]) = (&chain.lhs, chain.lhs.operands()) else { return Ok(None) };
    // in pieces: that there is a derivative does not follow from what it is made of
    let pieces = |(case, _): &(String, Vec<Step>)| {
        Case::read(case, world.statement).is_ok_and(|case| !(case.ends.is_empty() && case.signs.is_empty()))
    };
    if chain.cases.iter().any(pieces) {
        return Ok(None);
    }
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
        match fact::open_ends(&under, by) {
            (None, None) => format!(
                "  {used}; apply Derive_correct.\n  \
                 apply (ex_derive_ext {form}); [ exact (fun {name} : R => eq_sym ({equal})) | smooth ].\n"
            ),
            // the forms are equal between the ends, so near every point there
            (Some(lo), Some(hi)) => {
                let near = format!("{lo} < {name} /\\ {name} < {hi}");
                format!(
                    "  {used}; apply Derive_correct.\n  \
                     apply (ex_derive_ext_loc {form}); [ apply (filter_imp (fun {name} : R => {near})); \
                     [ exact (fun ({name} : R) (near : {near}) => match near with conj _ _ => eq_sym ({equal}) end) \
                     | apply filter_and; [ apply (open_gt {lo}); known | apply (open_lt {hi}); known ] ] | smooth ].\n"
                )
            }
            _ => return Ok(None),
        }
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
