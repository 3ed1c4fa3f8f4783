(* Classes are the natural numbers below C; a row gives each of them a number. `total C out f` is the sum of `f k` over
   the classes k that are not in the list `out`, and `put z i s` is the row z with s in the place of its number of class i. *)
From Coq Require Import List Arith Lia.
Import ListNotations.
Fixpoint total (C : nat) (out : list nat) (f : nat -> R) : R :=
  match C with
  | O => 0
  | S k => total k out f + (if in_dec Nat.eq_dec k out then 0 else f k)
  end.
Definition put (z : nat -> R) (i : nat) (s : R) : nat -> R := fun k => if Nat.eq_dec k i then s else z k.

Lemma put_same (z : nat -> R) (i : nat) (s : R) : put z i s i = s.
Proof. unfold put; destruct (Nat.eq_dec i i); congruence. Qed.
Lemma put_other (z : nat -> R) (i : nat) (s : R) (k : nat) : k <> i -> put z i s k = z k.
Proof. intro; unfold put; destruct (Nat.eq_dec k i); congruence. Qed.

Lemma total_equal (C : nat) (out : list nat) (f g : nat -> R) :
  (forall k, (k < C)%nat -> ~ In k out -> f k = g k) -> total C out f = total C out g.
Proof.
  induction C as [ | C IH ]; intro H; [ reflexivity | simpl ].
  rewrite IH by (intros; apply H; [ lia | assumption ]).
  destruct (in_dec Nat.eq_dec C out); [ reflexivity | rewrite H by (lia || assumption); reflexivity ].
Qed.
Lemma total_out (C : nat) (out other : list nat) (f : nat -> R) :
  (forall k, In k out <-> In k other) -> total C out f = total C other f.
Proof.
  intro H; induction C as [ | C IH ]; [ reflexivity | cbn [total]; rewrite IH ].
  destruct (in_dec Nat.eq_dec C out), (in_dec Nat.eq_dec C other); try reflexivity; exfalso; specialize (H C); tauto.
Qed.
Lemma total_beyond (a C : nat) (out : list nat) (f : nat -> R) : (C <= a)%nat -> total C (a :: out) f = total C out f.
Proof.
  induction C as [ | C IH ]; intro H; [ reflexivity | cbn [total] ].
  rewrite IH by lia; destruct (in_dec Nat.eq_dec C (a :: out)) as [ [ | ] | ], (in_dec Nat.eq_dec C out); try reflexivity;
    solve [ lia | contradiction | exfalso; simpl in *; tauto ].
Qed.

(* A sum is one of its members and the sum that leaves that out; the target t and another class i taken out. *)
Lemma total_take (a C : nat) (out : list nat) (f : nat -> R) : (a < C)%nat -> ~ In a out ->
  total C out f = f a + total C (a :: out) f.
Proof.
  induction C as [ | C IH ]; intros H Hout; [ lia | cbn [total] ].
  destruct (Nat.eq_dec a C) as [ <- | Hne ].
  - rewrite total_beyond by lia.
    destruct (in_dec Nat.eq_dec a out); [ contradiction | ].
    destruct (in_dec Nat.eq_dec a (a :: out)); [ ring | exfalso; simpl in *; tauto ].
  - rewrite IH by (lia || assumption).
    destruct (in_dec Nat.eq_dec C out) as [ Yes | ], (in_dec Nat.eq_dec C (a :: out)) as [ [ | ] | ]; try ring;
      solve [ lia | contradiction | exfalso; simpl in *; tauto ].
Qed.
Lemma total_target (C t : nat) (f : nat -> R) : (t < C)%nat -> total C [] f = f t + total C [t] f.
Proof. intro; apply total_take; [ assumption | simpl; tauto ]. Qed.
Lemma total_both (C t i : nat) (f : nat -> R) : (t < C)%nat -> (i < C)%nat -> i <> t ->
  total C [] f = f t + f i + total C [t; i] f.
Proof.
  intros; rewrite (total_take i), (total_take t C [i]) by (simpl; intuition congruence); ring.
Qed.
Lemma total_not_target (C t i : nat) (f : nat -> R) : (i < C)%nat -> i <> t ->
  total C [t] f = f i + total C [t; i] f.
Proof.
  intros; rewrite (total_take i), (total_out C [i; t] [t; i]) by (simpl; intuition congruence); reflexivity.
Qed.
Lemma total_not_other (C t i : nat) (f : nat -> R) : (t < C)%nat -> i <> t ->
  total C [i] f = f t + total C [t; i] f.
Proof. intros; apply total_take; [ assumption | simpl; intuition congruence ]. Qed.

(* Where a rest lies: above 0 where there is a class other than the target, as there is with two classes. *)
Lemma total_nonnegative (C : nat) (out : list nat) (f : nat -> R) :
  (forall k, (k < C)%nat -> 0 <= f k) -> 0 <= total C out f.
Proof.
  induction C as [ | C IH ]; intro H; [ simpl; lra | cbn [total] ].
  assert (0 <= f C) by (apply H; lia).
  assert (0 <= total C out f) by (apply IH; intros; apply H; lia).
  destruct (in_dec Nat.eq_dec C out); lra.
Qed.
Lemma total_positive (C t : nat) (f : nat -> R) : (1 < C)%nat ->
  (forall k, (k < C)%nat -> 0 < f k) -> 0 < total C [t] f.
Proof.
  intros H Hf.
  assert (exists b, (b < C)%nat /\ b <> t) as [ b [ Hb Hbt ] ] by (destruct t; [ exists 1%nat | exists 0%nat ]; lia).
  rewrite (total_take b) by (simpl; intuition lia).
  pose proof (Hf b Hb).
  pose proof (total_nonnegative C [b; t] f (fun k Hk => Rlt_le _ _ (Hf k Hk))); lra.
Qed.
Lemma derive_equal (f g : R -> R) (s t : R) : (forall u, f u = g u) -> s = t -> Derive f s = Derive g t.
Proof. intros H ->; apply Derive_ext, H. Qed.
Lemma derive_as (f g : R -> R) (x y l m : R) :
  (forall s, g s = f s) -> y = x -> m = l -> is_derive f x l -> is_derive g y m.
Proof. intros H -> -> Hf; apply (is_derive_ext f); [ intro; symmetry; apply H | exact Hf ]. Qed.
Lemma apply_equal (A B : Type) (f g : A -> B) (a b : A) : f = g -> a = b -> f a = g b.
Proof. congruence. Qed.

(* A formula over classes on the left, that of numbers on the right: they are equal part by part. *)
Ltac other_class := solve [ assumption | apply not_eq_sym; assumption | intro; subst; simpl in *; tauto ].
Ltac members :=
  cbv beta;
  lazymatch goal with
  | |- ?a = ?a => reflexivity
  | |- put ?z ?i ?s ?i = _ => rewrite (put_same z i s); members
  | |- put ?z ?i ?s ?k = _ => rewrite (put_other z i s k) by other_class; members
  | |- total ?C ?out ?f = total ?C ?out ?g => apply total_equal; intros ? ? ?; members
  | |- total ?C [] ?f = _ + total ?C [?t] _ => rewrite (total_target C t f) by assumption; members
  | |- total ?C [] ?f = _ + total ?C [?t; ?i] _ => rewrite (total_both C t i f) by assumption; members
  | |- total ?C [?t] ?f = _ + total ?C [?t; ?i] _ => rewrite (total_not_target C t i f) by assumption; members
  | |- total ?C [?i] ?f = _ + total ?C [?t; ?i] _ => rewrite (total_not_other C t i f) by assumption; members
  | |- total ?C ?out ?f = total ?C ?other ?g =>
      rewrite (total_out C out other f) by (intro; simpl; intuition congruence); members
  | |- Derive _ _ = Derive _ _ => apply derive_equal; [ intro; members | members ]
  | |- ?f ?a = ?g ?b => apply apply_equal; members
  end.
(* A domain of numbers, from that of rows. *)
Ltac lies :=
  let member := intros k Below; cbv beta;
    repeat match goal with H : forall k : nat, (k < _)%nat -> _ |- _ => specialize (H k Below) end; pos in
  lazymatch goal with
  | |- 0 < total _ _ _ => apply total_positive; [ assumption | member ]
  | |- 0 <= total _ _ _ => apply total_nonnegative; member
  | |- _ => first [ assumption | match goal with H : forall k : nat, (k < _)%nat -> _ |- _ => apply H; assumption end ]
  end.
