//! passive
