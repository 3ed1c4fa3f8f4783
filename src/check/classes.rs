//! A loss over classes × the scalar losses that it is said to fall into → accepted, or what is wrong.
//!
//! The checker reads the formula over classes by itself: it asks of every scalar formula whether it is that formula in
//! the case, member by member, and never unfolds one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Proof, Refusal};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::spec;

/// What a scalar name is said to stand for.
pub type Meaning = (Arc<str>, Expr);

/// One case: the classes that it names, what its names stand for, and its proof.
#[derive(Clone, Debug)]
pub struct Part {
    /// The case in words.
    pub name: String,
    /// The classes that it names, the target first.
    pub named: Vec<Arc<str>>,
    /// What its names stand for.
    pub meanings: Vec<Meaning>,
    /// Its derivatives and claims.
    pub proof: Proof,
    /// Claims over classes that a claim of the proof is said to be, by its name.
    pub claims: Vec<(String, Expr, Expr)>,
}

/// A loss over classes as the checker takes it.
#[derive(Clone, Debug)]
pub struct Classes {
    /// The list that is differentiated.
    pub list: Arc<str>,
    /// The target.
    pub target: Arc<str>,
    /// Inputs and parameters with their domains.
    pub names: Vec<(Arc<str>, Domain)>,
    /// The formula over classes.
    pub formula: Vec<(Arc<str>, Expr)>,
    /// The cases.
    pub parts: Vec<Part>,
    /// The loss of the margin, where there is one.
    pub reduced: Option<Proof>,
}

/// What is wrong with the cases; their proofs are replayed elsewhere.
pub fn judge(classes: &Classes) -> Vec<Refusal> {
    let wrong = |part: &Part| Reading { classes, part }.whole().err().map(|why| refusal(part, why));
    let mut refusals: Vec<Refusal> = classes.parts.iter().filter_map(wrong).collect();
    if let (Some(reduced), Some(own)) = (&classes.reduced, classes.parts.first())
        && let Err(why) = (Reading { classes, part: own }).reduced(reduced)
    {
        refusals.push(Refusal { chain: "the loss of the margin".to_string(), ..refusal(own, why) });
    }
    refusals
}

fn refusal(part: &Part, why: String) -> Refusal {
    Refusal {
        chain: format!("case {}", part.name),
        case: None,
        step: None,
        rule: Arc::from("members"),
        at: Vec::new(),
        parts: None,
        why,
    }
}

struct Reading<'a> {
    classes: &'a Classes,
    part: &'a Part,
}

impl Reading<'_> {
    fn whole(&self) -> Result<(), String> {
        let (classes, statement) = (self.classes, &self.part.proof.statement);
        self.names()?;
        if statement.formula.len() != classes.formula.len() {
            return Err(format!("the loss has {} lines", classes.formula.len()));
        }
        for ((name, value), (of, form)) in classes.formula.iter().zip(&statement.formula) {
            if name != of {
                return Err(format!("the line `{of}` stands where `{name}` does in the loss"));
            }
            self.is(value, form).map_err(|why| format!("`{of} = {form}` is not `{value}` here: {why}"))?;
        }
        for (name, lhs, rhs) in &self.part.claims {
            let Some(claim) = self.part.proof.claims.iter().find(|claim| claim.name == *name) else { continue };
            for (side, form) in [(lhs, &claim.lhs), (rhs, &claim.rhs)] {
                self.is(side, form).map_err(|why| format!("claim {name}: `{form}` is not `{side}` here: {why}"))?;
            }
        }
        Ok(())
    }

    /// Each line of the loss of the margin is that of the loss, or is proved to be with the margin put in.
    fn reduced(&self, reduced: &Proof) -> Result<(), String> {
        let target = Expr::Symbol(self.classes.target.clone());
        let others = Expr::over(Op::Logsumexp, "k", &[target], Expr::index(&self.classes.list, "k"));
        let margin = Expr::index(&self.classes.list, &self.classes.target) - others;
        if reduced.statement.formula.len() != self.classes.formula.len() {
            return Err(format!("the loss has {} lines", self.classes.formula.len()));
        }
        for ((name, value), (of, form)) in self.classes.formula.iter().zip(&reduced.statement.formula) {
            let with_margin = form.substitute(&|name| (name == spec::Classes::MARGIN).then(|| margin.clone()));
            let (lhs, proof) = (Expr::Symbol(name.clone()), &self.part.proof);
            let mut stated = self.part.claims.iter().filter(|(_, left, right)| *left == lhs && *right == with_margin);
            let proved = stated.any(|(claim, _, _)| proof.claims.iter().any(|known| known.name == *claim));
            if name != of || !(proved || (!form.mentions(spec::Classes::MARGIN) && self.is(value, form).is_ok())) {
                return Err(format!("that `{name}` is `{form}` at the margin is not proved"));
            }
        }
        Ok(())
    }

    /// Every name is one of the loss, or means a member or a rest, and lies where that does.
    fn names(&self) -> Result<(), String> {
        let mut known = BTreeSet::new();
        for (name, is) in &self.part.meanings {
            let of_loss = self.classes.formula.iter().map(|(of, _)| of);
            if !known.insert(name) || of_loss.into_iter().any(|of| of == name) {
                return Err(format!("`{name}` stands for two things"));
            }
            match (is, is.operands()) {
                (Expr::Apply(Op::Index, _), [Expr::Symbol(_), Expr::Symbol(class)])
                    if self.part.named.contains(class) => {}
                (Expr::Apply(Op::Sum, _), _) => self.rest(name, is)?,
                _ => return Err(format!("`{name}` stands for `{is}`, which is no member and no rest of this case")),
            }
        }
        for (name, domain) in &self.part.proof.statement.names {
            let Some((_, is)) = self.part.meanings.iter().find(|(of, _)| of == name) else {
                if self.classes.names.contains(&(name.clone(), domain.clone())) {
                    continue;
                }
                return Err(format!("`{name}` in {domain} is no name of the loss, and stands for nothing"));
            };
            let (whole, given) = (self.range(is).unwrap_or_else(Interval::whole), Interval::of_domain(domain));
            if whole.intersect(&given) != Some(whole) {
                return Err(format!("`{name}` is said to lie in {domain}, and `{is}` may lie elsewhere"));
            }
        }
        Ok(())
    }

    /// A rest is over the classes that the case does not name, all of them, and changes with none of their logits.
    fn rest(&self, name: &str, is: &Expr) -> Result<(), String> {
        let (Some(bound), Some(member)) = (is.bound(), is.operands().get(1)) else {
            return Err(format!("`{name}` stands for no sum"));
        };
        let left_out: BTreeSet<String> = is.left_out().iter().map(|class| class.to_string()).collect();
        let named: BTreeSet<String> = self.part.named.iter().map(|class| class.to_string()).collect();
        if left_out != named {
            let missing: Vec<String> = named.difference(&left_out).map(|class| format!("`{class}`")).collect();
            return Err(match missing.is_empty() {
                true => format!("`{name}` leaves out a class that the case does not name"),
                false => format!("`{name}` is over {} as well, whose member the case names", missing.join(", ")),
            });
        }
        match self.moves(member, bound) {
            Some(what) => Err(format!("`{name}` changes with `{what}`: it is no rest")),
            None => Ok(()),
        }
    }

    /// What a member changes with besides the logit of its own class.
    fn moves(&self, member: &Expr, bound: &str) -> Option<String> {
        match (member, member.operands()) {
            (Expr::Symbol(name), _) => {
                let value = self.classes.formula.iter().find(|(of, _)| of == name).map(|(_, value)| value)?;
                value.mentions(&self.classes.list).then(|| name.to_string()).or_else(|| self.moves(value, bound))
            }
            (Expr::Apply(Op::Index, _), [list, class]) => {
                let own = *class == Expr::symbol(bound);
                (*list == Expr::Symbol(self.classes.list.clone()) && !own).then(|| member.to_string())
            }
            (Expr::Apply(op, _), _) if op.binds() => Some(member.to_string()),
            (_, operands) => operands.iter().find_map(|operand| self.moves(operand, bound)),
        }
    }

    fn range(&self, expr: &Expr) -> Option<Interval> {
        Interval::of_expr(expr, &|name| {
            if let Some((_, value)) = self.classes.formula.iter().find(|(of, _)| **of == *name) {
                return self.range(value);
            }
            let found = self.classes.names.iter().find(|(of, _)| **of == *name);
            found.map(|(_, domain)| Interval::of_domain(domain))
        })
    }

    fn meaning(&self, form: &Expr) -> Option<&Expr> {
        let Expr::Symbol(name) = form else { return None };
        self.part.meanings.iter().find(|(of, _)| of == name).map(|(_, is)| is)
    }

    /// Is the scalar formula that over classes, in this case?
    fn is(&self, value: &Expr, form: &Expr) -> Result<(), String> {
        match (value, value.operands()) {
            (Expr::Apply(Op::Index, _), _) if self.meaning(form) == Some(value) => Ok(()),
            (Expr::Apply(Op::Index, _), _) => Err(format!("`{form}` does not stand for `{value}`")),
            (Expr::Apply(Op::Sum, _), [_, member]) => self.sum(value, member, form),
            (Expr::Apply(Op::Logsumexp, _), [_, member]) => match (form, form.operands()) {
                (Expr::Apply(Op::Log, _), [sum]) => self.sum(value, &member.clone().exp(), sum),
                _ => Err(format!("`{form}` is no logarithm")),
            },
            (Expr::Apply(op, left), right) => match form {
                Expr::Apply(same, operands) if same == op && operands.len() == left.len() => {
                    right.iter().zip(operands.iter()).try_for_each(|(value, form)| self.is(value, form))
                }
                _ => Err(format!("`{form}` stands for `{value}`")),
            },
            _ if value == form && self.meaning(form).is_none() => Ok(()),
            _ => Err(format!("`{form}` stands for `{value}`")),
        }
    }

    /// Every class is counted once: those that the case names by their members, the others by their rest.
    fn sum(&self, sum: &Expr, member: &Expr, form: &Expr) -> Result<(), String> {
        let bound = sum.bound().cloned().ok_or("no class is bound")?;
        let mut terms = Vec::new();
        let mut open = vec![form];
        while let Some(term) = open.pop() {
            match (term, term.operands()) {
                (Expr::Apply(Op::Add, _), [a, b]) => open.extend([b, a]),
                _ => terms.push(term),
            }
        }
        let left_out: BTreeSet<String> = sum.left_out().iter().map(|class| class.to_string()).collect();
        for class in self.part.named.iter().filter(|class| !left_out.contains(&class.to_string())) {
            let of = member.substitute(&|name| (*name == *bound).then(|| Expr::Symbol(class.clone())));
            let place = terms.iter().position(|term| self.is(&of, term).is_ok());
            let place = place.ok_or_else(|| format!("the member of `{class}` is missing in `{form}`"))?;
            terms.remove(place);
        }
        let others = |term: &&Expr| {
            let Some(is) = self.meaning(term).filter(|is| matches!(is, Expr::Apply(Op::Sum, _))) else { return false };
            let same = |name: &str| is.bound().filter(|of| ***of == *name).map(|_| Expr::Symbol(bound.clone()));
            is.operands().get(1).is_some_and(|of| of.substitute(&same) == *member)
        };
        match &terms[..] {
            [rest] if others(rest) => Ok(()),
            [] => Err(format!("the rest is missing in `{form}`")),
            [one] => Err(format!("`{one}` is not the rest of `{sum}`")),
            _ => Err(format!("`{form}` has more than the members and the rest of `{sum}`")),
        }
    }
}
