//! Starting a browser for a person.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::{Display, WatchedOptions};
use crate::browser::LaunchError;
use crate::browser::find::find;
use crate::browser::flags::{self, Person, Surroundings};
use crate::browser::process::Process;

/// No bubbles over the page that ask to keep passwords, addresses and cards. What a person answers
/// there is none of the page's, and this profile is thrown away.
const PREFERENCES: &str = r#"{
    "credentials_enable_service": false,
    "profile": {"password_manager_enabled": false, "password_manager_leak_detection": false},
    "autofill": {"profile_enabled": false, "credit_card_enabled": false},
    "translate": {"enabled": false}
}"#;

/// Finds a browser and starts it as asked.
pub(super) async fn start(options: &WatchedOptions) -> Result<(PathBuf, Process), LaunchError> {
    if let Some(port) = options.debugging_port {
        // Chromium itself would go on without it.
        TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .map_err(|_| LaunchError::PortTaken { port })?;
    }
    let headed = options.display == Display::Window;
    // The whole browser even without a display: it is the one that people have.
    let path = find(options.path.as_deref(), true).or_else(|error| match error {
        LaunchError::Missing if !headed => find(None, false),
        error => Err(error),
    })?;
    let surroundings = Surroundings::of_this_machine(headed);
    let person = Person {
        port: options.debugging_port,
        window: options.window,
        bypass: options.hosts.as_ref().map(|hosts| hosts.bypass_list()),
    };
    let started = Process::start_as(&path, |profile| {
        set_preferences(profile);
        flags::of_a_person(profile, &surroundings, &person)
    });
    match started.await {
        Ok(process) => Ok((path, process)),
        Err(LaunchError::Ended { said, .. }) if headed && has_no_display(&said) => {
            Err(LaunchError::NoDisplay { said: display() })
        }
        Err(error) => Err(error),
    }
}

fn set_preferences(profile: &Path) {
    let folder = profile.join("Default");
    let written = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("Preferences"), PREFERENCES));
    if let Err(error) = written {
        tracing::warn!(%error, "the browser may offer to keep passwords");
    }
}

/// Chromium's words for it.
fn has_no_display(said: &str) -> bool {
    [
        "Missing X server",
        "Unable to open X display",
        "Failed to connect to Wayland",
    ]
    .iter()
    .any(|words| said.contains(words))
}

fn display() -> String {
    match std::env::var("DISPLAY") {
        Ok(display) if !display.is_empty() => format!(": nobody answers at `DISPLAY={display}`"),
        _ => ": `DISPLAY` is not set".to_owned(),
    }
}
