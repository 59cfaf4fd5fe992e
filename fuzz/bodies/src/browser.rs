//! What a watched browser tells: the types alone.

#[path = "../../../src/browser/capture/happening.rs"]
pub mod capture;
