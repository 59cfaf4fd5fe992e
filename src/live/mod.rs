//! Progress while a run goes on: the terminal view, and plain lines when there is no terminal.
//! Computes no statistics of its own: it shows what [`crate::measure`] gives it.
