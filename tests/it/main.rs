//! Behaviour through the public interface: the binary, real Chromium, real databases.

#![allow(clippy::unwrap_used, reason = "a test that unwraps nothing has failed")]

mod browser;
mod capture;
mod crowd;
mod crowd_chromium;
mod crowd_fake;
mod crowd_feeds;
mod crowd_groups;
mod crowd_personas;
mod docs;
mod errors;
mod evidence;
mod export;
mod flow;
mod flow_cli;
mod flow_round_trip;
mod import_har;
mod import_playwright;
mod import_selenium;
mod interop;
mod panel;
mod person;
mod play_cli;
mod player;
mod readme;
mod record_cli;
mod report;
mod rooms;
mod run;
mod seed;
mod slowness;
mod support;
mod trace;
mod trouble;
mod workload;
mod workload_errors;
mod workload_schema;
mod workload_sources;
