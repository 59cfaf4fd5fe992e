//! Behaviour through the public interface: the binary, real Chromium, real databases.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing has failed")]

mod browser;
mod crowd;
mod crowd_chromium;
mod crowd_fake;
mod crowd_groups;
mod crowd_personas;
mod docs;
mod errors;
mod flow;
mod flow_round_trip;
mod import_playwright;
mod interop;
mod player;
mod readme;
mod report;
mod rooms;
mod run;
mod seed;
mod support;
mod workload;
mod workload_errors;
mod workload_schema;
mod workload_sources;
