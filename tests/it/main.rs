//! Behaviour through the public interface: the binary, real Chromium, real databases.

mod seed;
mod support;
