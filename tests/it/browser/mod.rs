//! Real Chromium through the traits that crowds use.

mod harness;
mod identity;
mod lifecycle;
mod polls;
mod traffic;
mod views;
