//! The command line: arguments → library calls → exit code.
