//! The trait that one generic evaluator runs over.
