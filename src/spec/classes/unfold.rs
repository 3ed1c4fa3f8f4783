//! A formula over classes in one case: members that the case names, and the rest as a quantity of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Case, Meaning, Unfolded};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Claim, Classes, Definition, Edge, Input, Parameter, Spec};

/// The loss in the case.
pub fn case(spec: &Spec, classes: &Classes, case: Case) -> Result<Unfolded, Message> {
    let mut into = Unfolded { case, spec: scalar(spec), members: Vec::new(), rests: Vec::new() };
    // the logit that is differentiated comes first
    for class in case.named(&classes.target).iter().rev() {
        into.member(spec, classes, &classes.list, class)?;
    }
    for line in &spec.formula {
        let value = within(spec, &mut into, &line.value)?;
        into.spec.formula.push(Definition { name: line.name.clone(), value });
    }
    for claim in spec.claims.iter().filter(|claim| of(claim) == case) {
        let (lhs, rhs) = (within(spec, &mut into, &claim.lhs)?, within(spec, &mut into, &claim.rhs)?);
        into.spec.claims.push(Claim { lhs, rhs, ..claim.clone() });
    }
    into.listed(spec, classes);
    if case == Case::Own && super::apart(&spec.formula) {
        into.spec.edges = spec.edges.iter().map(|edge| of_member(edge, classes, &into.spec.inputs[0].name)).collect();
    }
    Ok(into)
}

/// An edge of the target's member of the list.
fn of_member(edge: &Edge, classes: &Classes, member: &Arc<str>) -> Edge {
    let mut edge = edge.clone();
    for condition in edge.conditions.iter_mut().filter(|condition| condition.name == classes.list) {
        condition.name = member.clone();
    }
    edge
}

/// The case that the claim is about.
pub fn of(claim: &Claim) -> Case {
    if Case::of(&claim.lhs) == Case::Other { Case::Other } else { Case::of(&claim.rhs) }
}

/// A loss with nothing in it yet.
fn scalar(spec: &Spec) -> Spec {
    Spec {
        inputs: Vec::new(),
        parameters: Vec::new(),
        classes: None,
        formula: Vec::new(),
        claims: Vec::new(),
        edges: Vec::new(),
        ..spec.clone()
    }
}

/// The formula in the names of the case.
pub fn within(spec: &Spec, into: &mut Unfolded, expr: &Expr) -> Result<Expr, Message> {
    let Some(classes) = &spec.classes else { return Ok(expr.clone()) };
    Unfolding { spec, classes, into }.expr(expr)
}

struct Unfolding<'a> {
    spec: &'a Spec,
    classes: &'a Classes,
    into: &'a mut Unfolded,
}

impl Unfolding<'_> {
    fn expr(&mut self, expr: &Expr) -> Result<Expr, Message> {
        match (expr, expr.operands()) {
            (Expr::Apply(Op::Index, _), [Expr::Symbol(list), class]) => {
                let name = self.into.member(self.spec, self.classes, list, class)?;
                Ok(Expr::Symbol(name))
            }
            (Expr::Apply(Op::Sum, _), [_, member]) => self.sum(expr, member),
            (Expr::Apply(Op::Logsumexp, _), [_, member]) => Ok(self.sum(expr, &member.clone().exp())?.log()),
            (Expr::Apply(op, _), operands) => {
                let operands: Vec<Expr> =
                    operands.iter().map(|operand| self.expr(operand)).collect::<Result<_, _>>()?;
                Ok(Expr::apply(*op, &operands))
            }
            _ => Ok(expr.clone()),
        }
    }

    /// The members that the case names, and the rest.
    fn sum(&mut self, sum: &Expr, member: &Expr) -> Result<Expr, Message> {
        let Some(bound) = sum.bound().cloned() else { return Ok(sum.clone()) };
        let named = self.into.case.named(&self.classes.target);
        let left_out: Vec<Expr> = sum.left_out().into_iter().cloned().collect();
        let mut terms = Vec::new();
        for class in named.iter().filter(|class| !left_out.contains(class)) {
            let of_class = member.substitute(&|name| (*name == *bound).then(|| class.clone()));
            terms.push(self.expr(&of_class)?);
        }
        self.stays(sum, member, &bound)?;
        terms.push(Expr::Symbol(self.rest(&bound, &named, member)));
        let all = terms.into_iter().reduce(|sum, term| sum + term);
        all.ok_or_else(|| Message::new(format!("`{sum}` has no members")))
    }

    /// A member must change with no logit but that of its own class: else the rest would change with the others.
    fn stays(&self, sum: &Expr, member: &Expr, bound: &str) -> Result<(), Message> {
        let fault = |what: String| {
            Message::new(format!("the members of `{sum}` change with {what}"))
                .help("each member may change with the logit of its own class alone: take the rest out of the sum")
        };
        if let Some(class) = indices(member).into_iter().find(|class| **class != *bound) {
            return Err(fault(format!("`{}[{class}]`", self.classes.list)));
        }
        let mut varying: BTreeSet<Arc<str>> = BTreeSet::from([self.classes.list.clone()]);
        for line in &self.spec.formula {
            if line.value.symbols().iter().any(|name| varying.contains(name)) {
                varying.insert(line.name.clone());
            }
        }
        varying.remove(&self.classes.list);
        match member.symbols().into_iter().find(|name| varying.contains(name)) {
            Some(name) => Err(fault(format!("`{name}`, which changes with every logit"))),
            None => Ok(()),
        }
    }

    /// The name of the sum over the classes that the case does not name.
    fn rest(&mut self, bound: &Arc<str>, named: &[Expr], member: &Expr) -> Arc<str> {
        let is = Expr::over(Op::Sum, bound, named, member.clone());
        let like = |known: &Expr| {
            let same =
                |name: &str| (*name == **bound).then(|| known.bound().map(|of| Expr::Symbol(of.clone()))).flatten();
            known.operands().get(1) == Some(&member.substitute(&same))
        };
        if let Some(known) = self.into.rests.iter().find(|known| like(&known.is)) {
            return known.name.clone();
        }
        let base = if self.into.case == Case::Own { "S" } else { "R" };
        let place = self.into.rests.len();
        let wanted = if place == 0 { base.to_string() } else { format!("{base}_{}", place + 1) };
        let name = self.into.fresh(self.spec, &wanted);
        let domain = self.domain(&is);
        self.into.rests.push(Meaning { name: name.clone(), is, domain });
        name
    }

    /// Where a rest lies: with a positive member above 0, where there is one for certain.
    fn domain(&self, is: &Expr) -> Domain {
        let range = Interval::of_expr(is, &|name| range(self.spec, name)).unwrap_or_else(Interval::whole);
        let above = |lo_open| Domain::Interval { lo: Some(Rational::ZERO), lo_open, hi: None, hi_open: true };
        if range.positive().is_yes() {
            above(true)
        } else if range.nonnegative().is_yes() {
            above(false)
        } else {
            Domain::Finite
        }
    }
}

/// Where a name of the spec lies, by its domain; a name of the formula by its value.
fn range(spec: &Spec, name: &str) -> Option<Interval> {
    if let Some(line) = spec.formula.iter().find(|line| *line.name == *name) {
        return Interval::of_expr(&line.value, &|name| range(spec, name));
    }
    stated(spec, name).map(Interval::of_domain)
}

/// Where an input or a parameter lies.
fn stated<'a>(spec: &'a Spec, name: &str) -> Option<&'a Domain> {
    let inputs = spec.inputs.iter().map(|input| (&input.name, &input.domain));
    let parameters = spec.parameters.iter().map(|parameter| (&parameter.name, &parameter.domain));
    inputs.chain(parameters).find(|(of, _)| ***of == *name).map(|(_, domain)| domain)
}

/// The classes that stand as indices in the formula.
fn indices(expr: &Expr) -> BTreeSet<Arc<str>> {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Index, _), [_, Expr::Symbol(class)]) => BTreeSet::from([class.clone()]),
        (_, operands) => operands.iter().flat_map(indices).collect(),
    }
}

impl Unfolded {
    /// The name of `list[class]`.
    fn member(&mut self, spec: &Spec, classes: &Classes, list: &Arc<str>, class: &Expr) -> Result<Arc<str>, Message> {
        let Expr::Symbol(of) = class else { return Err(Message::new(format!("`{class}` is no class"))) };
        let is = Expr::index(list, of);
        if let Some(known) = self.members.iter().find(|known| known.is == is) {
            return Ok(known.name.clone());
        }
        // a parameter is asked for at the target: there it keeps its name
        let parameter = classes.parameters.contains(list);
        let wanted = if parameter && *of == classes.target { list.to_string() } else { format!("{list}_{of}") };
        let name = if parameter && *wanted == **list { list.clone() } else { self.fresh(spec, &wanted) };
        let domain = stated(spec, list).cloned().unwrap_or(Domain::Finite);
        self.members.push(Meaning { name: name.clone(), is, domain });
        Ok(name)
    }

    /// The name, or one like it that nothing has.
    fn fresh(&self, spec: &Spec, wanted: &str) -> Arc<str> {
        let stated = spec.inputs.iter().map(|input| &input.name);
        let stated = stated.chain(spec.parameters.iter().map(|parameter| &parameter.name));
        let stated = stated.chain(spec.formula.iter().map(|line| &line.name));
        let own = self.members.iter().chain(&self.rests).map(|meaning| &meaning.name);
        let taken: BTreeSet<&Arc<str>> = stated.chain(own).collect();
        let mut name = wanted.to_string();
        while taken.iter().any(|other| ***other == *name) {
            name.push('_');
        }
        Arc::from(name)
    }

    /// Enters what was met as inputs and parameters, those of the spec in its order.
    pub(super) fn listed(&mut self, spec: &Spec, classes: &Classes) {
        let is_parameter = |meaning: &&Meaning| {
            let list = meaning.is.operands().first();
            classes.parameters.iter().any(|parameter| list == Some(&Expr::Symbol(parameter.clone())))
        };
        let of_list = |meaning: &&Meaning| !is_parameter(meaning);
        let unit = &spec.inputs[0].unit;
        let logits = self.members.iter().filter(of_list).map(|meaning| (meaning, unit.clone()));
        let rests = self.rests.iter().map(|meaning| (meaning, String::new()));
        let input = |(meaning, unit): (&Meaning, String)| Input {
            name: meaning.name.clone(),
            domain: meaning.domain.clone(),
            unit,
        };
        let mut inputs: Vec<Input> = logits.chain(rests).map(input).collect();
        let others = spec.inputs.iter().filter(|input| input.name != classes.list && input.name != classes.target);
        inputs.extend(others.cloned());
        let mut parameters: Vec<Parameter> = Vec::new();
        for parameter in &spec.parameters {
            if !classes.parameters.contains(&parameter.name) {
                parameters.push(parameter.clone());
                continue;
            }
            let list = Expr::Symbol(parameter.name.clone());
            let met = self.members.iter().filter(|meaning| meaning.is.operands().first() == Some(&list));
            parameters.extend(met.map(|meaning| Parameter { name: meaning.name.clone(), ..parameter.clone() }));
        }
        (self.spec.inputs, self.spec.parameters) = (inputs, parameters);
    }
}
