//! Behaviour through the public interface: the binary, real Chromium, real databases.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing has failed")]

mod browser;
mod crowd;
mod crowd_chromium;
mod crowd_fake;
mod crowd_personas;
mod docs;
mod errors;
mod evidence;
mod flow;
mod play_cli;
mod player;
mod readme;
mod report;
mod rooms;
mod run;
mod seed;
mod slowness;
mod support;
mod trace;
mod workload;
mod workload_errors;
mod workload_schema;
mod workload_sources;
