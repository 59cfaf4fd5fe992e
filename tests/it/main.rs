//! Behaviour through the public interface: the binary, real Chromium, real databases.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing has failed")]

mod browser;
mod flow;
mod player;
mod support;
