//! What each new session is told before its target runs: what to report, and what to be like.
//!
//! A server and a page must see what a person's desktop Chromium would show them, where the
//! headless shell differs: user agent with its client hints, languages, plugins, `window.chrome`.
//! Pointer and hover are set by a flag. It is no disguise: `navigator.webdriver` stays true.

use serde_json::{Value, json};

use super::Profile;
use super::cdp::{CdpError, Session};
use super::user::Stage;
use super::vitals;
use crate::flow::Viewport;

/// What a desktop Chromium of this version and on this machine says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Desktop {
    /// `156.0.8078.79`.
    version: String,
    /// User agent without "Headless", and with the major version only, as a desktop sends it.
    user_agent: String,
}

/// What one user's browser says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Identity {
    /// Parameters of `Emulation.setUserAgentOverride`.
    user_agent: Value,
    locale: String,
    timezone: Option<String>,
    mark: Option<(String, String)>,
}

impl Desktop {
    /// From what the browser says of itself (`HeadlessChrome/156.0.8078.79`, and its user agent).
    pub(super) fn new(product: &str, user_agent: &str) -> Self {
        let version = product.rsplit('/').next().unwrap_or_default();
        let major = version.split('.').next().unwrap_or_default();
        Self {
            version: version.to_owned(),
            user_agent: user_agent
                .replace("HeadlessChrome", "Chrome")
                .replace(version, &format!("{major}.0.0.0")),
        }
    }

    /// What a user of this profile says.
    pub(super) fn identity(&self, profile: &Profile) -> Identity {
        let agent = profile.user_agent.as_ref().unwrap_or(&self.user_agent);
        let mut parameters = json!({
            "userAgent": agent,
            "acceptLanguage": languages(&profile.locale),
        });
        if profile.user_agent.is_none() {
            parameters["platform"] = json!(navigator_platform());
            parameters["userAgentMetadata"] = self.metadata();
        } else if agent.contains("Chrome/") {
            parameters["userAgentMetadata"] = self.device_metadata(agent);
        }
        Identity {
            user_agent: parameters,
            locale: profile.locale.clone(),
            timezone: profile.timezone.clone(),
            mark: profile.mark.clone(),
        }
    }

    /// What an ordinary desktop of this machine says.
    pub(super) fn plain_identity(&self) -> Identity {
        const LOCALE: &str = "en-US";
        Identity {
            user_agent: json!({
                "userAgent": self.user_agent,
                "acceptLanguage": languages(LOCALE),
                "platform": navigator_platform(),
                "userAgentMetadata": self.metadata(),
            }),
            locale: LOCALE.to_owned(),
            timezone: None,
            mark: None,
        }
    }

    fn metadata(&self) -> Value {
        let (architecture, bitness) = match std::env::consts::ARCH {
            "x86_64" => ("x86", "64"),
            "aarch64" => ("arm", "64"),
            _ => ("", ""),
        };
        json!({
            "brands": brands(&self.version, false),
            "fullVersionList": brands(&self.version, true),
            "fullVersion": self.version,
            "platform": if cfg!(target_os = "macos") { "macOS" } else { "Linux" },
            "platformVersion": "",
            "architecture": architecture,
            "bitness": bitness,
            "model": "",
            "mobile": false,
            "wow64": false,
            "formFactors": ["Desktop"],
        })
    }

    /// Client hints of an emulated device with a Chromium of its own.
    fn device_metadata(&self, agent: &str) -> Value {
        let version = agent
            .split("Chrome/")
            .nth(1)
            .and_then(|rest| rest.split([' ', ';']).next())
            .unwrap_or(&self.version);
        let mobile = agent.contains("Mobile");
        let android = agent.split("Android ").nth(1);
        let (platform_version, model) = android
            .and_then(|rest| rest.split(')').next())
            .and_then(|rest| rest.split_once("; "))
            .unwrap_or_default();
        json!({
            "brands": brands(version, false),
            "fullVersionList": brands(version, true),
            "fullVersion": version,
            "platform": if android.is_some() { "Android" } else { "Linux" },
            "platformVersion": platform_version,
            "architecture": "",
            "bitness": "",
            "model": model,
            "mobile": mobile,
            "wow64": false,
            "formFactors": [if mobile { "Mobile" } else { "Desktop" }],
        })
    }
}

/// Before the first document of a tab.
pub(super) fn prepare_tab(session: &Session, stage: &Stage) {
    prepare_frame(session, stage);
    vitals::watch(session);
    let locale = json!({"locale": stage.identity().locale});
    session.send("Emulation.setLocaleOverride", locale);
    let viewport = stage.viewport();
    session.send(METRICS, metrics(viewport));
    // Taking the touch screen away from who has none would take the mouse's hover away too.
    if viewport.has_touch {
        session.send(TOUCH, touch(viewport));
    }
}

/// Before the first document of a frame in a process of its own. Its size, locale and touch
/// screen are the tab's.
pub(super) fn prepare_frame(session: &Session, stage: &Stage) {
    session.send("Page.enable", json!({}));
    // Nobody sees a file chooser, and one with a window would wait for somebody.
    let intercept = json!({"enabled": true});
    session.send("Page.setInterceptFileChooserDialog", intercept);
    observe(session, stage);
    if let Some(timezone) = &stage.identity().timezone {
        let zone = json!({"timezoneId": timezone});
        session.send("Emulation.setTimezoneOverride", zone);
    }
    furnish(session);
    let listeners = json!({"source": super::player::LISTENERS, "includeCommandLineAPI": true,
        "runImmediately": true});
    session.send("Page.addScriptToEvaluateOnNewDocument", listeners);
    let guard = json!({"source": super::player::GUARD, "worldName": super::frame::WORLD});
    session.send("Page.addScriptToEvaluateOnNewDocument", guard);
}

/// Before the first line of a worker.
pub(super) fn prepare_worker(session: &Session, stage: &Stage) {
    observe(session, stage);
}

/// Gives a tab another size.
pub(super) async fn resize(
    session: &Session,
    before: Viewport,
    viewport: Viewport,
) -> Result<(), CdpError> {
    session.call_raw(METRICS, metrics(viewport)).await?;
    if before.has_touch != viewport.has_touch {
        session.call_raw(TOUCH, touch(viewport)).await?;
    }
    Ok(())
}

/// Reports requests, attaches to what the target starts, says who it is.
fn observe(session: &Session, stage: &Stage) {
    let identity = stage.identity();
    // Bodies are not read through the protocol, so Chromium need not keep them for it.
    let buffers =
        json!({"maxTotalBufferSize": 0, "maxResourceBufferSize": 0, "maxPostDataSize": 0});
    session.send("Network.enable", buffers);
    if let Some(conditions) = stage.conditions() {
        session.send(CONDITIONS, conditions);
    }
    session.send(
        "Target.setAutoAttach",
        json!({"autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true}),
    );
    introduce(session, identity);
    if let Some((name, value)) = &identity.mark {
        let headers = json!({"headers": {name: value}});
        session.send("Network.setExtraHTTPHeaders", headers);
    }
}

/// Says who it is.
pub(super) fn introduce(session: &Session, identity: &Identity) {
    session.send(
        "Emulation.setUserAgentOverride",
        identity.user_agent.clone(),
    );
}

/// Adds what the headless shell lacks to each document of a tab or frame.
pub(super) fn furnish(session: &Session) {
    let script = json!({"source": DESKTOP_SCRIPT, "runImmediately": true});
    session.send("Page.addScriptToEvaluateOnNewDocument", script);
}

pub(super) const CONDITIONS: &str = "Network.emulateNetworkConditions";
pub(super) const METRICS: &str = "Emulation.setDeviceMetricsOverride";
const TOUCH: &str = "Emulation.setTouchEmulationEnabled";

/// The screen of a desktop, where the page is not larger.
const SCREEN: (u32, u32) = (1920, 1080);

/// Parameters of [`METRICS`].
pub(super) fn metrics(viewport: Viewport) -> Value {
    let mut metrics = json!({
        "width": viewport.width,
        "height": viewport.height,
        "deviceScaleFactor": viewport.device_scale_factor,
        "mobile": viewport.is_mobile,
    });
    if viewport.is_mobile {
        metrics["screenWidth"] = json!(viewport.width);
        metrics["screenHeight"] = json!(viewport.height);
        metrics["screenOrientation"] = if viewport.is_landscape {
            json!({"type": "landscapePrimary", "angle": 90})
        } else {
            json!({"type": "portraitPrimary", "angle": 0})
        };
    } else {
        metrics["screenWidth"] = json!(viewport.width.max(SCREEN.0));
        metrics["screenHeight"] = json!(viewport.height.max(SCREEN.1));
    }
    metrics
}

/// Parameters of [`TOUCH`].
fn touch(viewport: Viewport) -> Value {
    json!({"enabled": viewport.has_touch, "maxTouchPoints": 5})
}

/// What the headless shell lacks and pages ask for: the PDF viewer's plugins, and `chrome`.
const DESKTOP_SCRIPT: &str = include_str!("desktop.js");

/// The languages of a person with this locale, in the order in which Chromium's own settings
/// have them: the locale, its language, then English.
fn languages(locale: &str) -> String {
    let mut list = vec![locale];
    if let Some((language, _)) = locale.split_once('-') {
        list.push(language);
    }
    for english in ["en-US", "en"] {
        if !list.contains(&english) {
            list.push(english);
        }
    }
    if let Some(("en", _)) = locale.split_once('-')
        && locale != "en-US"
    {
        // British Chromium: en-GB, en-US, en.
        list = vec![locale, "en-US", "en"];
    }
    list.join(",")
}

/// `navigator.platform` of a desktop on this machine.
fn navigator_platform() -> &'static str {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("macos", _) => "MacIntel",
        (_, "aarch64") => "Linux aarch64",
        _ => "Linux x86_64",
    }
}

/// The brands of `sec-ch-ua`: Chromium and a nonsense brand, whose spelling and place Chromium
/// draws from the major version so that nobody can rely on them.
fn brands(version: &str, full: bool) -> Value {
    const CHARACTERS: [&str; 11] = [" ", "(", ":", "-", ".", "/", ")", ";", "=", "?", "_"];
    const VERSIONS: [&str; 3] = ["8", "99", "24"];
    let major = version.split('.').next().unwrap_or_default();
    let seed: usize = major.parse().unwrap_or_default();
    let nonsense = format!(
        "Not{}A{}Brand",
        CHARACTERS[seed % CHARACTERS.len()],
        CHARACTERS[(seed + 1) % CHARACTERS.len()],
    );
    let nonsense_version = VERSIONS[seed % VERSIONS.len()];
    let nonsense = if full {
        json!({"brand": nonsense, "version": format!("{nonsense_version}.0.0.0")})
    } else {
        json!({"brand": nonsense, "version": nonsense_version})
    };
    let chromium = json!({"brand": "Chromium", "version": if full { version } else { major }});
    if seed.is_multiple_of(2) {
        json!([nonsense, chromium])
    } else {
        json!([chromium, nonsense])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_those_of_chromium_in_that_locale() {
        for (locale, expect) in [
            ("en-US", "en-US,en"),
            ("en-GB", "en-GB,en-US,en"),
            ("pt-BR", "pt-BR,pt,en-US,en"),
            ("fr", "fr,en-US,en"),
        ] {
            assert_eq!(languages(locale), expect);
        }
    }

    #[test]
    fn the_nonsense_brand_follows_the_major_version() {
        let brands = brands("156.0.8078.79", false);
        assert_eq!(
            brands,
            json!([
                {"brand": "Not:A-Brand", "version": "8"},
                {"brand": "Chromium", "version": "156"},
            ])
        );
    }

    #[test]
    fn an_emulated_phone_has_its_own_client_hints() {
        let desktop = Desktop::new(
            "HeadlessChrome/156.0.1.2",
            "Mozilla HeadlessChrome/156.0.0.0",
        );
        let agent = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 (KHTML, like \
                     Gecko) Chrome/150.0.0.0 Mobile Safari/537.36";
        let metadata = desktop.device_metadata(agent);
        assert_eq!(metadata["platform"], "Android");
        assert_eq!(metadata["model"], "Pixel 7");
        assert_eq!(metadata["platformVersion"], "14");
        assert_eq!(metadata["mobile"], true);
        assert_eq!(metadata["fullVersion"], "150.0.0.0");
    }
}
