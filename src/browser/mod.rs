//! Chromium: find, launch, supervise, pool; isolated users, their pages, actions on elements,
//! and what the network and the page tell. The only room that knows CDP. It knows nothing of
//! load, personas or feeds.
//!
//! Its face is a pair of traits, [`Driver`] and [`BrowserUser`], which `crowd` drives; Chromium
//! stands behind them in a run, a scripted fake in the tests of `crowd`.

pub mod capture;
mod cdp;
mod chromium;
mod dialogs;
mod downloads;
mod driver;
mod emulation;
mod evidence;
mod find;
mod flags;
mod frame;
mod hosts;
mod intercepts;
mod launch_error;
mod network;
mod observer;
mod page;
mod placement;
mod player;
mod process;
mod remedies;
mod slowness;
mod stage;
#[cfg(test)]
mod tests;
mod tree;
mod user;
mod vitals;

pub use chromium::{Chromium, Options};
pub use driver::*;
pub use evidence::{Budget, ConsoleMessage, Evidence, LastAction, Screenshot, Sight};
pub use find::{BROWSER_VARIABLE, find as locate};
pub use launch_error::LaunchError;
pub use slowness::Slowness;
