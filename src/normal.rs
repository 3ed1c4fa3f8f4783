//! The normal form of arithmetic: polynomials over atoms.
