//! A rule of the book → a lemma of Coq. The statement is made from the rule; the proofs stand in a table by name.

use super::term::{Scope, plain};
use crate::rule::{Rule, RuleBook};

/// The proof of a rule that arithmetic or a choice of cases does not prove.
const PROOFS: &[(&str, &str)] = &[
    ("power-half", "replace (1 / 2) with (/ 2) by field; apply Rpower_sqrt; assumption"),
    ("power-next", "unfold Rpower; rewrite <- (exp_ln a) at 3 by assumption; rewrite <- exp_plus; f_equal; ring"),
    ("power-double", "unfold Rpower; rewrite <- exp_plus; f_equal; field"),
    (
        "power-less-one",
        "unfold Rpower, Rdiv; rewrite <- (exp_ln a) at 3 by assumption; rewrite <- exp_Ropp, <- exp_plus; f_equal; ring",
    ),
    ("power-next-one", "unfold Rpower; rewrite <- (exp_ln a) at 3 by assumption; rewrite <- exp_plus; f_equal; ring"),
    ("power-sum", "apply Rpower_plus"),
    ("power-difference", "unfold Rpower, Rdiv; rewrite <- exp_Ropp, <- exp_plus; f_equal; ring"),
    ("power-negative", "unfold Rdiv; rewrite Rmult_1_l; apply Rpower_Ropp"),
    ("power-times", "symmetry; apply Rpower_mult"),
    ("power-times-left", "rewrite Rpower_mult; f_equal; ring"),
    ("power-of-product", "symmetry; apply Rpower_mult_distr; assumption"),
    (
        "power-of-quotient",
        "unfold Rpower, Rdiv; rewrite ln_mult, ln_Rinv by (auto using Rinv_0_lt_compat); \
         rewrite <- exp_Ropp, <- exp_plus; f_equal; ring",
    ),
    ("power-of-root", "simpl; rewrite Rmult_1_r; apply sqrt_sqrt; assumption"),
    ("root-power", "replace (1 / 2) with (/ 2) by field; symmetry; apply Rpower_sqrt; assumption"),
    ("exp-sum", "apply exp_plus"),
    ("exp-difference", "unfold Rminus, Rdiv; rewrite exp_plus, exp_Ropp; reflexivity"),
    ("exp-negative", "rewrite exp_Ropp; field; pos"),
    ("exp-times", "unfold Rpower; rewrite ln_exp; f_equal; ring"),
    ("exp-times-left", "unfold Rpower; rewrite ln_exp; f_equal; ring"),
    ("log-product", "apply ln_mult; assumption"),
    ("log-quotient", "unfold Rdiv; rewrite ln_mult, ln_Rinv by (auto using Rinv_0_lt_compat); ring"),
    ("log-power", "unfold Rpower; apply ln_exp"),
    ("log-exp", "apply ln_exp"),
    ("log-one", "apply ln_1"),
    ("log1p-log", "reflexivity"),
    ("softplus-log", "reflexivity"),
    ("exp-log", "apply exp_ln; assumption"),
    ("exp-times-log", "reflexivity"),
    ("expm1-exp", "reflexivity"),
    (
        "sigmoid-less",
        "rewrite sigmoid_flip; unfold sigmoid; rewrite !Ropp_involutive, exp_Ropp; pose proof (exp_pos (Rabs a)); \
         field; pos",
    ),
    ("quotient-product", "unfold Rdiv; ring"),
    ("sigmoid-flip", "apply sigmoid_flip"),
    ("sigmoid-less-one", "rewrite <- sigmoid_flip; ring"),
    ("log-sigmoid", "unfold sigmoid, softplus; rewrite ln_Rinv by apply one_exp_pos; reflexivity"),
    ("sigmoid-power", "unfold Rpower, sigmoid, softplus; rewrite ln_Rinv by apply one_exp_pos; f_equal; ring"),
    ("sigmoid-recip", "unfold sigmoid; field; pos"),
    ("sigmoid-exp", "unfold sigmoid; rewrite Ropp_involutive, exp_Ropp; pose proof (exp_pos a); field; pos"),
    (
        "softplus-shift",
        "unfold softplus; rewrite <- (ln_exp a) at 2; rewrite <- ln_mult by (first [ apply exp_pos | apply one_exp_pos ]); \
         f_equal; rewrite exp_Ropp; pose proof (exp_pos a); field; lra",
    ),
    ("exp-halve", "rewrite <- exp_plus; f_equal; field"),
    (
        "softmax-sigmoid",
        "unfold sigmoid; rewrite Ropp_minus_distr; unfold Rminus; rewrite exp_plus, exp_Ropp, exp_ln by assumption; \
         pose proof (exp_pos a); field; pos",
    ),
    ("exp-less-log", "unfold Rminus, Rdiv; rewrite exp_plus, exp_Ropp, exp_ln by assumption; reflexivity"),
    ("abs-above", "apply Rabs_pos_eq; assumption"),
    ("abs-below", "apply Rabs_left1; assumption"),
];

/// The lemma's name.
pub fn name(rule: &str) -> String {
    format!("r_{}", plain(rule))
}

/// The names of the rule, in the order of the lemma's arguments.
pub fn arguments(rule: &Rule) -> Vec<String> {
    let mut names = rule.lhs.symbols();
    names.extend(rule.rhs.symbols());
    names.extend(rule.when.iter().flat_map(|condition| condition.symbols()));
    names.iter().map(|name| name.to_string()).collect()
}

/// Every rule as a lemma; those that have no form in Coq by name, with the reason.
pub fn lemmas(book: &RuleBook) -> (String, Vec<(String, String)>) {
    let (mut text, mut without) = (String::new(), Vec::new());
    for rule in &book.rules {
        match lemma(rule) {
            Ok(lemma) => text += &lemma,
            Err(why) => without.push((rule.name.to_string(), why)),
        }
    }
    (text, without)
}

fn lemma(rule: &Rule) -> Result<String, String> {
    let names: Vec<String> = arguments(rule).iter().map(|name| plain(name)).collect();
    let scope = Scope::Rule;
    let mut conditions = String::new();
    for condition in &rule.when {
        conditions += &format!("{} -> ", scope.proposition(condition)?);
    }
    let (lhs, rhs) = (scope.term(&rule.lhs)?, scope.term(&rule.rhs)?);
    let proof = PROOFS.iter().find(|(of, _)| *of == &*rule.name).map(|(_, proof)| format!("intros; {proof}"));
    let binder = if names.is_empty() { String::new() } else { format!("({} : R) ", names.join(" ")) };
    Ok(format!(
        "Lemma {} {binder}: {conditions}{lhs} = {rhs}.\nProof. {}. Qed.\n",
        name(&rule.name),
        proof.unwrap_or_else(|| "rule".to_string()),
    ))
}
