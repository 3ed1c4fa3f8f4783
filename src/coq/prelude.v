Set Warnings "-ambiguous-paths".
From Coq Require Import Reals Lra.
From Coquelicot Require Import Coquelicot.
Open Scope R_scope.

(* Functions of the notation that the library has not. a^b is Rpower a b, for a > 0, or a natural power. *)
Definition sigmoid (a : R) : R := / (1 + exp (- a)).
Definition softplus (a : R) : R := ln (1 + exp a).
Definition log1p (a : R) : R := ln (1 + a).
Definition expm1 (a : R) : R := exp a - 1.
Definition clamp (a lo hi : R) : R := Rmin (Rmax a lo) hi.
Definition where_eq (a b c d : R) : R := if Req_EM_T a b then c else d.
Definition where_lt (a b c d : R) : R := if Rlt_dec a b then c else d.
Definition where_le (a b c d : R) : R := if Rle_dec a b then c else d.

(* Where they lie. *)
Lemma one_exp_pos (a : R) : 0 < 1 + exp a.
Proof. pose proof (exp_pos a); lra. Qed.
Lemma sigmoid_pos (a : R) : 0 < sigmoid a.
Proof. unfold sigmoid; apply Rinv_0_lt_compat, one_exp_pos. Qed.
Lemma sigmoid_flip (a : R) : 1 - sigmoid a = sigmoid (- a).
Proof. unfold sigmoid; rewrite Ropp_involutive, exp_Ropp; pose proof (exp_pos a); field; lra. Qed.
Lemma sigmoid_below_one (a : R) : sigmoid a < 1.
Proof. pose proof (sigmoid_pos (- a)); pose proof (sigmoid_flip a); lra. Qed.
Lemma softplus_pos (a : R) : 0 < softplus a.
Proof. unfold softplus; rewrite <- ln_1; apply ln_increasing; pose proof (exp_pos a); lra. Qed.
Lemma share_below_one (a b : R) : 0 < a -> a < b -> a / b < 1.
Proof. intros Ha Hb; apply (Rmult_lt_reg_r b); [ lra | ]; unfold Rdiv; rewrite Rmult_assoc, Rinv_l; lra. Qed.
Lemma Rpower_pos (a b : R) : 0 < Rpower a b.
Proof. apply exp_pos. Qed.

(* Conditions, by the shape of what they are about; the last resort is linear arithmetic with what is known of atoms. *)
Ltac atoms :=
  repeat match goal with
  | |- context [sigmoid ?a] =>
      lazymatch goal with
      | _ : 0 < sigmoid a |- _ => fail
      | _ => pose proof (sigmoid_pos a); pose proof (sigmoid_below_one a)
      end
  | |- context [softplus ?a] =>
      lazymatch goal with _ : 0 < softplus a |- _ => fail | _ => pose proof (softplus_pos a) end
  | |- context [exp ?a] =>
      lazymatch goal with _ : 0 < exp a |- _ => fail | _ => pose proof (exp_pos a) end
  | |- context [Rpower ?a ?b] =>
      lazymatch goal with _ : 0 < Rpower a b |- _ => fail | _ => pose proof (Rpower_pos a b) end
  end.
Ltac finish := solve [ assumption | lra | atoms; lra | atoms; nra
  | match goal with H : _ \/ _ |- _ => destruct H as [H | H]; rewrite H in *; finish end
  | shares; lra ]
(* A part of a whole lies between 0 and 1. *)
with shares := progress repeat match goal with
  | |- context [?a / ?b] =>
      lazymatch goal with
      | _ : a / b < 1 |- _ => fail
      | _ =>
          assert (0 < a / b) by (apply Rdiv_lt_0_compat; pos);
          assert (a / b < 1) by (apply share_below_one; pos)
      end
  end
with pos :=
  lazymatch goal with
  | |- _ /\ _ => split; pos
  | |- True => exact I
  | |- _ > _ => apply Rlt_gt; pos
  | |- _ >= _ => apply Rle_ge; pos
  | |- 0 < exp _ => apply exp_pos
  | |- 0 < sigmoid _ => apply sigmoid_pos
  | |- 0 < softplus _ => apply softplus_pos
  | |- 0 < Rpower _ _ => apply Rpower_pos
  | |- 0 < sqrt _ => apply sqrt_lt_R0; pos
  | |- 0 < _ * _ => first [ solve [ apply Rmult_lt_0_compat; pos ] | finish ]
  | |- 0 < _ / _ => first [ solve [ apply Rdiv_lt_0_compat; pos ] | finish ]
  | |- 0 < / _ => first [ solve [ apply Rinv_0_lt_compat; pos ] | finish ]
  | |- 0 < _ ^ _ => first [ solve [ apply pow_lt; pos ] | finish ]
  | |- 0 < _ + _ => first [ finish | solve [ apply Rplus_lt_0_compat; pos ] ]
  | |- _ * _ <> 0 => first [ solve [ apply Rmult_integral_contrapositive_currified; pos ] | finish ]
  | |- _ / _ <> 0 => first [ solve [ unfold Rdiv; apply Rmult_integral_contrapositive_currified; pos ] | finish ]
  | |- / _ <> 0 => apply Rinv_neq_0_compat; pos
  | |- _ ^ _ <> 0 => apply pow_nonzero; pos
  | |- - _ <> 0 => apply Ropp_neq_0_compat; pos
  | |- _ <> 0 => first [ solve [ apply Rgt_not_eq, Rlt_gt; pos ] | finish ]
  | |- _ => finish
  end.

(* Choices. *)
Ltac choices := unfold where_eq, where_lt, where_le in *;
  repeat match goal with
  | |- context [Req_EM_T ?a ?b] => destruct (Req_EM_T a b)
  | |- context [Rlt_dec ?a ?b] => destruct (Rlt_dec a b)
  | |- context [Rle_dec ?a ?b] => destruct (Rle_dec a b)
  end.

(* Equal functions have equal derivatives: everywhere, or between two ends. *)
Lemma derive_within (lo hi : Rbar) (f g : R -> R) (t : R) :
  Rbar_lt lo t -> Rbar_lt t hi -> (forall s : R, Rbar_lt lo s -> Rbar_lt s hi -> f s = g s) ->
  Derive f t = Derive g t.
Proof.
  intros Hlo Hhi H; apply Derive_ext_loc.
  apply (locally_interval _ t lo hi Hlo Hhi); intros s Hs Ht; exact (H s Hs Ht).
Qed.

(* Rows of the table of derivatives. *)
Lemma ex_add (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> ex_derive (fun s => f s + g s) t.
Proof. intros; apply (ex_derive_plus f g); assumption. Qed.
Lemma ex_sub (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> ex_derive (fun s => f s - g s) t.
Proof. intros; apply (ex_derive_minus f g); assumption. Qed.
Lemma ex_neg (f : R -> R) (t : R) : ex_derive f t -> ex_derive (fun s => - f s) t.
Proof. intros; apply (ex_derive_opp f); assumption. Qed.
Lemma ex_mul (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> ex_derive (fun s => f s * g s) t.
Proof. intros; apply ex_derive_mult; assumption. Qed.
Lemma ex_div (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> g t <> 0 -> ex_derive (fun s => f s / g s) t.
Proof. intros; apply ex_derive_div; assumption. Qed.
Lemma ex_inv (f : R -> R) (t : R) : ex_derive f t -> f t <> 0 -> ex_derive (fun s => / f s) t.
Proof. intros; apply ex_derive_inv; assumption. Qed.
Lemma ex_of (h h' f : R -> R) (t : R) :
  is_derive h (f t) (h' (f t)) -> ex_derive f t -> ex_derive (fun s => h (f s)) t.
Proof. intros; apply (ex_derive_comp h f); [ eexists; eassumption | assumption ]. Qed.
Lemma of_derive (h : R -> R) (l : R) (f : R -> R) (t : R) :
  is_derive h (f t) l -> ex_derive f t -> Derive (fun s => h (f s)) t = l * Derive f t.
Proof.
  intros H Hf; rewrite (Derive_comp h f); [ | eexists; eassumption | assumption ].
  rewrite (is_derive_unique _ _ _ H); ring.
Qed.

Lemma is_exp (a : R) : is_derive exp a (exp a).
Proof. apply is_derive_Reals, derivable_pt_lim_exp. Qed.
Lemma is_ln (a : R) : 0 < a -> is_derive ln a (/ a).
Proof. intro H; apply is_derive_Reals, derivable_pt_lim_ln, H. Qed.
Lemma is_log1p (a : R) : 0 < 1 + a -> is_derive log1p a (/ (1 + a)).
Proof. intro H; unfold log1p; auto_derive; [ exact H | field; lra ]. Qed.
Lemma is_expm1 (a : R) : is_derive expm1 a (exp a).
Proof. unfold expm1; auto_derive; [ exact I | ring ]. Qed.
Lemma is_sigmoid (a : R) : is_derive sigmoid a (sigmoid a * (1 - sigmoid a)).
Proof.
  unfold sigmoid; auto_derive; [ pose proof (exp_pos (- a)); lra | pose proof (exp_pos (- a)); field; lra ].
Qed.
Lemma is_softplus (a : R) : is_derive softplus a (sigmoid a).
Proof.
  unfold softplus, sigmoid; auto_derive; [ apply one_exp_pos | rewrite exp_Ropp; pose proof (exp_pos a); field; lra ].
Qed.
Lemma is_sqrt (a : R) : 0 < a -> is_derive sqrt a (/ (2 * sqrt a)).
Proof. intro H; apply is_derive_Reals, derivable_pt_lim_sqrt, H. Qed.
Lemma is_power (b a : R) : 0 < a -> is_derive (fun s => Rpower s b) a (b * Rpower a (b - 1)).
Proof. intro H; apply is_derive_Reals, derivable_pt_lim_power, H. Qed.
Lemma is_pow (n : nat) (a : R) : is_derive (fun s => s ^ n) a (INR n * a ^ (pred n)).
Proof. apply is_derive_Reals, derivable_pt_lim_pow. Qed.
Lemma ex_power_both (f g : R -> R) (t : R) : 0 < f t -> ex_derive f t -> ex_derive g t -> ex_derive (fun s => Rpower (f s) (g s)) t.
Proof.
  intros Hp Hf Hg; unfold Rpower.
  apply (ex_of exp exp); [ apply is_exp | ].
  apply ex_mul; [ assumption | ].
  apply (ex_of ln (fun a => / a)); [ apply is_ln, Hp | assumption ].
Qed.

Lemma d_variable (t : R) : Derive (fun s => s) t = 1.
Proof. apply Derive_id. Qed.
Lemma d_constant (c t : R) : Derive (fun _ => c) t = 0.
Proof. apply Derive_const. Qed.
Lemma d_chain (f g : R -> R) (t : R) :
  ex_derive f (g t) -> ex_derive g t -> Derive (fun s => f (g s)) t = Derive f (g t) * Derive g t.
Proof. intros; rewrite (Derive_comp f g) by assumption; ring. Qed.
Lemma d_sum (f g : R -> R) (t : R) :
  ex_derive f t -> ex_derive g t -> Derive (fun s => f s + g s) t = Derive f t + Derive g t.
Proof. intros; apply Derive_plus; assumption. Qed.
Lemma d_difference (f g : R -> R) (t : R) :
  ex_derive f t -> ex_derive g t -> Derive (fun s => f s - g s) t = Derive f t - Derive g t.
Proof. intros; apply Derive_minus; assumption. Qed.
Lemma d_negation (f : R -> R) (t : R) : Derive (fun s => - f s) t = - Derive f t.
Proof. apply Derive_opp. Qed.
Lemma d_factor_left (c : R) (f : R -> R) (t : R) : Derive (fun s => c * f s) t = c * Derive f t.
Proof. apply Derive_scal. Qed.
Lemma d_factor_right (f : R -> R) (c t : R) : Derive (fun s => f s * c) t = Derive f t * c.
Proof.
  rewrite (Derive_ext _ (fun s => c * f s)) by (intro; ring); rewrite Derive_scal; ring.
Qed.
Lemma d_product (f g : R -> R) (t : R) :
  ex_derive f t -> ex_derive g t -> Derive (fun s => f s * g s) t = Derive f t * g t + f t * Derive g t.
Proof. intros; apply Derive_mult; assumption. Qed.
Lemma d_divisor (f : R -> R) (c t : R) : Derive (fun s => f s / c) t = Derive f t / c.
Proof. apply d_factor_right. Qed.
Lemma d_quotient (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> g t <> 0 ->
  Derive (fun s => f s / g s) t = (Derive f t * g t - f t * Derive g t) / g t ^ 2.
Proof. intros; rewrite Derive_div by assumption; field; assumption. Qed.
Lemma d_power (f : R -> R) (c t : R) : ex_derive f t -> 0 < f t ->
  Derive (fun s => Rpower (f s) c) t = c * Rpower (f t) (c - 1) * Derive f t.
Proof. intros Hf Hp; apply (of_derive (fun a => Rpower a c)); [ apply is_power, Hp | assumption ]. Qed.
Lemma d_power_whole (f : R -> R) (n : nat) (c t : R) : c = INR n -> ex_derive f t ->
  Derive (fun s => f s ^ n) t = c * f t ^ (pred n) * Derive f t.
Proof. intros -> Hf; apply (of_derive (fun a => a ^ n)); [ apply is_pow | assumption ]. Qed.
Lemma d_power_negative (f : R -> R) (n : nat) (c t : R) : c = - INR n -> ex_derive f t -> f t <> 0 ->
  Derive (fun s => / (f s ^ n)) t = c * / (f t ^ (S n)) * Derive f t.
Proof.
  intros -> Hf Hn.
  assert (Hp : f t ^ n <> 0) by (apply pow_nonzero, Hn).
  rewrite (Derive_inv (fun s => f s ^ n)); [ | apply (ex_of (fun a => a ^ n) (fun a => INR n * a ^ (pred n)) f t);
    [ apply is_pow | exact Hf ] | exact Hp ].
  rewrite (d_power_whole f n (INR n) t) by (first [ reflexivity | exact Hf ]).
  destruct n as [ | n ]; [ simpl; field; exact Hn | ].
  simpl pred; simpl pow; field; split; [ apply pow_nonzero, Hn | exact Hn ].
Qed.
Lemma d_power_both (f g : R -> R) (t : R) : ex_derive f t -> ex_derive g t -> 0 < f t ->
  Derive (fun s => Rpower (f s) (g s)) t =
  Rpower (f t) (g t) * (Derive g t * ln (f t) + g t * (Derive f t / f t)).
Proof.
  intros Hf Hg Hp; unfold Rpower at 1.
  assert (El : ex_derive (fun s => ln (f s)) t) by (apply (ex_of ln (fun a => / a)); [ apply is_ln, Hp | assumption ]).
  rewrite (of_derive exp (exp (g t * ln (f t))) (fun s => g s * ln (f s))); [ | apply is_exp | apply ex_mul; assumption ].
  rewrite (Derive_mult g (fun s => ln (f s))) by assumption.
  rewrite (of_derive ln (/ f t) f); [ | apply is_ln, Hp | assumption ].
  unfold Rpower; field; lra.
Qed.
Lemma d_exponential (c : R) (f : R -> R) (t : R) : ex_derive f t ->
  Derive (fun s => Rpower c (f s)) t = Rpower c (f t) * ln c * Derive f t.
Proof.
  intro Hf; unfold Rpower at 1.
  rewrite (of_derive exp (exp (f t * ln c)) (fun s => f s * ln c));
    [ | apply is_exp | apply ex_mul; [ assumption | apply ex_derive_const ] ].
  rewrite (d_factor_right f); unfold Rpower; ring.
Qed.
Lemma d_exp (f : R -> R) (t : R) : ex_derive f t -> Derive (fun s => exp (f s)) t = exp (f t) * Derive f t.
Proof. intro; apply of_derive; [ apply is_exp | assumption ]. Qed.
Lemma d_log (f : R -> R) (t : R) : ex_derive f t -> 0 < f t -> Derive (fun s => ln (f s)) t = Derive f t / f t.
Proof. intros Hf Hp; rewrite (of_derive ln (/ f t)); [ field; lra | apply is_ln, Hp | assumption ]. Qed.
Lemma d_log1p (f : R -> R) (t : R) : ex_derive f t -> 0 < 1 + f t ->
  Derive (fun s => log1p (f s)) t = Derive f t / (1 + f t).
Proof. intros Hf Hp; rewrite (of_derive log1p (/ (1 + f t))); [ field; lra | apply is_log1p, Hp | assumption ]. Qed.
Lemma d_expm1 (f : R -> R) (t : R) : ex_derive f t -> Derive (fun s => expm1 (f s)) t = exp (f t) * Derive f t.
Proof. intro; apply of_derive; [ apply is_expm1 | assumption ]. Qed.
Lemma d_sigmoid (f : R -> R) (t : R) : ex_derive f t ->
  Derive (fun s => sigmoid (f s)) t = sigmoid (f t) * (1 - sigmoid (f t)) * Derive f t.
Proof. intro; apply of_derive; [ apply is_sigmoid | assumption ]. Qed.
Lemma d_softplus (f : R -> R) (t : R) : ex_derive f t -> Derive (fun s => softplus (f s)) t = sigmoid (f t) * Derive f t.
Proof. intro; apply of_derive; [ apply is_softplus | assumption ]. Qed.
Lemma d_sqrt (f : R -> R) (t : R) : ex_derive f t -> 0 < f t ->
  Derive (fun s => sqrt (f s)) t = Derive f t / (2 * sqrt (f t)).
Proof.
  intros Hf Hp; rewrite (of_derive sqrt (/ (2 * sqrt (f t)))); [ | apply is_sqrt, Hp | assumption ].
  pose proof (sqrt_lt_R0 _ Hp); field; lra.
Qed.

(* Is it differentiable? By its shape. *)
Ltac exd :=
  cbv beta;
  lazymatch goal with
  | |- ex_derive (fun _ => ?c) _ => apply ex_derive_const
  | |- ex_derive (fun s => s) _ => apply ex_derive_id
  | |- ex_derive (fun s => @?f s + @?g s) ?t => apply (ex_add f g t); exd
  | |- ex_derive (fun s => @?f s - @?g s) ?t => apply (ex_sub f g t); exd
  | |- ex_derive (fun s => - @?f s) ?t => apply (ex_neg f t); exd
  | |- ex_derive (fun s => @?f s * @?g s) ?t => apply (ex_mul f g t); exd
  | |- ex_derive (fun s => @?f s / @?g s) ?t => apply (ex_div f g t); [ exd | exd | cbv beta; pos ]
  | |- ex_derive (fun s => / @?f s) ?t => apply (ex_inv f t); [ exd | cbv beta; pos ]
  | |- ex_derive (fun s => exp (@?f s)) ?t => apply (ex_of exp exp f t); [ apply is_exp | exd ]
  | |- ex_derive (fun s => ln (@?f s)) ?t => apply (ex_of ln Rinv f t); [ cbv beta; apply is_ln; pos | exd ]
  | |- ex_derive (fun s => log1p (@?f s)) ?t =>
      apply (ex_of log1p (fun a => / (1 + a)) f t); [ cbv beta; apply is_log1p; pos | exd ]
  | |- ex_derive (fun s => expm1 (@?f s)) ?t => apply (ex_of expm1 exp f t); [ apply is_expm1 | exd ]
  | |- ex_derive (fun s => sigmoid (@?f s)) ?t =>
      apply (ex_of sigmoid (fun a => sigmoid a * (1 - sigmoid a)) f t); [ apply is_sigmoid | exd ]
  | |- ex_derive (fun s => softplus (@?f s)) ?t => apply (ex_of softplus sigmoid f t); [ apply is_softplus | exd ]
  | |- ex_derive (fun s => sqrt (@?f s)) ?t =>
      apply (ex_of sqrt (fun a => / (2 * sqrt a)) f t); [ cbv beta; apply is_sqrt; pos | exd ]
  | |- ex_derive (fun s => (@?f s) ^ ?n) ?t =>
      apply (ex_of (fun a => a ^ n) (fun a => INR n * a ^ (pred n)) f t); [ cbv beta; apply is_pow | exd ]
  | |- ex_derive (fun s => Rpower (@?f s) (@?g s)) ?t => apply (ex_power_both f g t); [ cbv beta; pos | exd | exd ]
  end.

(* A rule of the book that is arithmetic, or a choice. *)
Ltac rule := intros; first [ reflexivity | ring | solve [ field; pos ]
  | solve [ choices; first [ reflexivity | congruence | ring | solve [ field; pos ] | lra ] ] ].

(* Laws of powers with numbers for exponents: by the logarithm of both sides. *)
Lemma ln_Rpower (a b : R) : ln (Rpower a b) = b * ln a.
Proof. unfold Rpower; apply ln_exp. Qed.
Lemma ln_whole (a : R) (n : nat) : 0 < a -> ln (a ^ n) = INR n * ln a.
Proof. intro H; rewrite <- (Rpower_pow n a H); apply ln_Rpower. Qed.
Lemma ln_quotient (a b : R) : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof. intros; unfold Rdiv; rewrite ln_mult, ln_Rinv by (auto using Rinv_0_lt_compat); ring. Qed.
Ltac powers :=
  apply ln_inv; [ pos | pos |
    repeat first [ rewrite ln_Rpower | rewrite ln_exp | rewrite ln_1 | rewrite ln_whole by pos
      | rewrite ln_mult by pos | rewrite ln_quotient by pos | rewrite ln_Rinv by pos ];
    simpl INR; field; pos ].
