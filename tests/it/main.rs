//! Behaviour through the public interface: the binary, real Chromium, real databases.

mod flow;
mod rooms;
mod workload;
mod workload_sources;
