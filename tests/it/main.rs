//! Behaviour through the public interface: the binary, real Chromium, real databases.

mod browser;
mod flow;
mod player;
mod support;
