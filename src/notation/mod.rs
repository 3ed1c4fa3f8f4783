//! Text ⇄ `Expr`: one infix grammar for specs, rules, messages and snapshots.

pub mod printer;
