//! `focal-derive`: a symbolic derivation and verification toolkit for loss functions, focal loss first.
//!
//! The line, in the order of the modules: a `spec.toml` is read into a [`spec::Spec`], differentiated
//! ([`diff`]), simplified and proved in an e-graph ([`egraph`]), brought into the forms with the least
//! rounding bound ([`mod@regime`]), lowered to straight-line code ([`lower`], [`kernel`]), written as Rust
//! ([`mod@emit`]) and doubted at each arrow ([`verify`]). `docs/architecture.md` draws it.

pub mod digest;
pub mod message;

pub mod arithmetic;
pub mod cost;
pub mod domain;
pub mod expr;
pub mod format;
pub mod op;
pub mod rational;

pub mod notation;
pub mod rule;
pub mod spec;

pub mod interval;

pub mod check;
pub mod coq;
pub mod derivation;
pub mod diff;
pub mod egraph;
pub mod normal;

pub mod elementary;
pub mod emit;
pub mod kernel;
pub mod lower;
pub mod regime;
pub mod setting;
pub mod terms;

pub mod oracle;
pub mod real;
pub mod verify;

pub mod audit;

pub mod render;

pub mod build;
pub mod cli;

#[cfg(feature = "kernels")]
pub mod kernels;

pub use derivation::{Derivation, derive};
pub use emit::{EmitOptions, emit};
pub use message::Message;
pub use rule::RuleBook;
pub use spec::Spec;
