//! A browser that a person uses while it is watched: real Chromium, input from outside the page.

mod arrivals;
mod happenings;
mod harness;
mod screens;
mod windows;
