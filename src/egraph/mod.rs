//! The e-graph: rules, facts, limits, explanations. The only room that names egg.
