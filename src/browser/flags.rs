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

/// Of every browser: no questions at the start, one language, and no traffic of its own.
const ALWAYS: [&str; 18] = [
    "--no-first-run",
    "--no-default-browser-check",
    "--no-service-autorun",
    "--password-store=basic",
    "--use-mock-keychain",
    "--lang=en-US",
    "--accept-lang=en-US,en",
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

/// Of a browser that is driven.
const DRIVEN: [&str; 10] = [
    "--remote-debugging-port=0",
    "--enable-automation",
    "--force-color-profile=srgb",
    "--mute-audio",
    // Users in the background are users all the same.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    // A flow that navigates fast is not an attack on the browser.
    "--disable-ipc-flooding-protection",
    "--disable-hang-monitor",
    "--disable-prompt-on-repost",
];

/// A mouse: without these, responsive sites show their touch layout where there is no display.
const MOUSE: &str = "--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4";

/// Else each document has a frame host of its own, and what the old one sends while it is left
/// (beacons) is not told to anybody.
const ONE_HOST: &str = "--disable-features=RenderDocument";

/// The same, and nothing that hangs over the page of a person: offers to translate it, to cast it.
const ONE_HOST_AND_NO_BUBBLES: &str =
    "--disable-features=RenderDocument,Translate,MediaRouter,AutofillServerCommunication";

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

    fn add_to(&self, arguments: &mut Vec<String>) {
        if !self.headed {
            arguments.push("--headless".to_owned());
        }
        if self.no_sandbox {
            arguments.push("--no-sandbox".to_owned());
        }
        if self.small_shm {
            arguments.push("--disable-dev-shm-usage".to_owned());
        }
    }
}

/// All arguments for a browser with this profile folder.
pub(super) fn arguments(
    profile: &Path,
    surroundings: &Surroundings,
    further: &[String],
) -> Vec<String> {
    let all = ALWAYS.iter().chain(&DRIVEN).chain([&MOUSE, &ONE_HOST]);
    let mut arguments: Vec<String> = all.map(|&flag| flag.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    // For requests that belong to no user; each user's context has its own setting.
    arguments.push(format!("--proxy-server={NOWHERE}"));
    arguments.push("--proxy-bypass-list=<-loopback>".to_owned());
    surroundings.add_to(&mut arguments);
    arguments.extend(further.iter().cloned());
    arguments.push("about:blank".to_owned());
    arguments
}

/// What differs for a browser that a person uses.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// Port of its DevTools on loopback; a free one when absent.
    pub(super) port: Option<u16>,
    /// Outer size of its window, px; its own choice when absent.
    pub(super) window: Option<(u32, u32)>,
    /// Exceptions to the proxy at which nobody listens; no proxy when absent.
    pub(super) bypass: Option<String>,
}

/// All arguments for a browser that a person uses: nothing that says it is driven, and traffic to
/// wherever the person goes unless that is limited.
pub(super) fn of_a_person(
    profile: &Path,
    surroundings: &Surroundings,
    person: &Person,
) -> Vec<String> {
    let mut arguments: Vec<String> = ALWAYS.iter().map(|&flag| flag.to_owned()).collect();
    arguments.push(ONE_HOST_AND_NO_BUBBLES.to_owned());
    let port = person.port.unwrap_or_default();
    arguments.push(format!("--remote-debugging-port={port}"));
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if let Some(bypass) = &person.bypass {
        arguments.push(format!("--proxy-server={NOWHERE}"));
        arguments.push(format!("--proxy-bypass-list={bypass}"));
    }
    if let Some((width, height)) = person.window {
        arguments.push(format!("--window-size={width},{height}"));
        arguments.push("--window-position=0,0".to_owned());
    }
    surroundings.add_to(&mut arguments);
    if !surroundings.headed {
        arguments.extend([MOUSE, "--mute-audio"].map(str::to_owned));
    } else if surroundings.no_sandbox {
        // Else a bar warns of it, and takes room from the page.
        arguments.push("--test-type".to_owned());
    }
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

    #[test]
    fn a_person_goes_anywhere_unless_hosts_are_named_and_is_not_driven() {
        let surroundings = Surroundings {
            no_sandbox: true,
            small_shm: false,
            headed: true,
        };
        let profile = Path::new("/tmp/profile");
        let free = of_a_person(profile, &surroundings, &Person::default());
        let has = |flags: &[String], start: &str| flags.iter().any(|flag| flag.starts_with(start));
        for absent in ["--enable-automation", "--proxy", "--headless", "--window"] {
            assert!(!has(&free, absent), "{absent}");
        }
        let limits = Person {
            port: Some(9333),
            window: Some((1280, 800)),
            bypass: Some("<-loopback>;shop.example:443".to_owned()),
        };
        let limited = of_a_person(profile, &surroundings, &limits);
        for flag in [
            "--remote-debugging-port=9333",
            "--window-size=1280,800",
            "--window-position=0,0",
            "--proxy-server=http://127.0.0.1:1",
            "--proxy-bypass-list=<-loopback>;shop.example:443",
            "--test-type",
        ] {
            assert!(limited.iter().any(|other| other == flag), "{flag}");
        }
    }
}
