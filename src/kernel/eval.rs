//! The kernel evaluator: the bits that the emitted text must give.
