//! The command line of a browser.
//!
//! Two kinds of flags: those that keep a headless, automated browser from differing from a
//! person's, and those that silence what a browser does for its own sake (updates, reports),
//! which is no traffic of a user. Flags that save work but can be seen by a page or a server
//! (small windows, no JIT, low-end mode) are not here on purpose.

use std::path::Path;

/// A proxy at which nobody listens: where traffic goes that may not go anywhere. Hosts that may
/// are exceptions to it; see [`super::hosts`].
pub(super) const NOWHERE: &str = "http://127.0.0.1:1";

const ALWAYS: [&str; 30] = [
    "--remote-debugging-port=0",
    "--enable-automation",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-color-profile=srgb",
    "--mute-audio",
    "--lang=en-US",
    "--accept-lang=en-US,en",
    // Users in the background are users all the same.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // A flow that navigates fast is not an attack on the browser.
    "--disable-ipc-flooding-protection",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
    // A mouse: without these, responsive sites show their touch layout.
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4",
    // Else each document has a frame host of its own, and what the old one sends while it is
    // left (beacons) is not told to anybody.
    "--disable-features=RenderDocument",
    // The browser's own traffic.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-field-trial-config",
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--metrics-recording-only",
    // No route past the proxy for media.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
];

/// Set (to anything) where Chromium's sandbox cannot be had and nothing else tells.
const NO_SANDBOX_VARIABLE: &str = "REHEARSAL_NO_SANDBOX";

/// What the command line depends on.
#[derive(Debug, Clone)]
pub(super) struct Surroundings {
    /// Root, or a container: Chromium's own sandbox cannot be set up.
    pub(super) no_sandbox: bool,
    /// `/dev/shm` is absent or small, as Docker makes it.
    pub(super) small_shm: bool,
    /// Show windows.
    pub(super) headed: bool,
}

impl Surroundings {
    /// Looks at this machine.
    pub(super) fn of_this_machine(headed: bool) -> Self {
        const ENOUGH: u64 = 512 * 1024 * 1024;
        #[allow(clippy::useless_conversion, reason = "32 bits on macOS")]
        let shm = nix::sys::statvfs::statvfs("/dev/shm")
            .map(|fs| u64::from(fs.blocks()) * u64::from(fs.fragment_size()));
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let container = ["/.dockerenv", "/run/.containerenv"]
            .iter()
            .any(|mark| Path::new(mark).exists())
            || set("KUBERNETES_SERVICE_HOST")
            || set(NO_SANDBOX_VARIABLE);
        Self {
            no_sandbox: nix::unistd::geteuid().is_root() || container,
            small_shm: cfg!(target_os = "linux") && shm.unwrap_or(0) < ENOUGH,
            headed,
        }
    }
}

/// All arguments for a browser with this profile folder.
pub(super) fn arguments(
    profile: &Path,
    surroundings: &Surroundings,
    further: &[String],
) -> Vec<String> {
    let mut arguments: Vec<String> = ALWAYS.iter().map(|&flag| flag.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    // For requests that belong to no user; each user's context has its own setting.
    arguments.push(format!("--proxy-server={NOWHERE}"));
    arguments.push("--proxy-bypass-list=<-loopback>".to_owned());
    if !surroundings.headed {
        arguments.push("--headless".to_owned());
    }
    if surroundings.no_sandbox {
        arguments.push("--no-sandbox".to_owned());
    }
    if surroundings.small_shm {
        arguments.push("--disable-dev-shm-usage".to_owned());
    }
    arguments.extend(further.iter().cloned());
    arguments.push("about:blank".to_owned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sandbox_stays_on_where_it_can() {
        let profile = Path::new("/tmp/profile");
        let mut surroundings = Surroundings {
            no_sandbox: false,
            small_shm: false,
            headed: false,
        };
        let desktop = arguments(profile, &surroundings, &[]);
        assert!(!desktop.iter().any(|flag| flag == "--no-sandbox"));
        assert!(!desktop.iter().any(|flag| flag == "--disable-dev-shm-usage"));
        surroundings.no_sandbox = true;
        surroundings.small_shm = true;
        let container = arguments(profile, &surroundings, &["--site-per-process".to_owned()]);
        for flag in [
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--site-per-process",
            "--headless",
            "--user-data-dir=/tmp/profile",
        ] {
            assert!(container.iter().any(|other| other == flag), "{flag}");
        }
    }
}
