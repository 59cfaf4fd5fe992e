//! A pool of Chromium browsers as a [`Driver`]: some users in each, so that a crash takes few
//! along and memory is shared.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::json;

use super::cdp::{CdpError, Wire};
use super::emulation::Desktop;
use super::find::find;
use super::flags::Surroundings;
use super::network::Lore;
use super::process::Process;
use super::remedies::Remedies;
use super::user::ChromiumUser;
use super::{BrowserUser, Budget, Driver, DriverVitals, LaunchError, OpenError, Profile};
use crate::clock::Clock;
use crate::sample::SampleSender;

/// What a [`Chromium`] is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// The program; searched in the usual places when absent.
    pub path: Option<PathBuf>,
    /// Users per browser, at least 1. More share more memory; fewer lose less when one crashes.
    pub users_per_browser: usize,
    /// Shows windows (needs a whole browser and a display).
    pub headed: bool,
    /// Further command-line arguments.
    pub arguments: Vec<String>,
    /// The run's clock.
    pub clock: Clock,
    /// How many failures leave evidence, where a user's replay asks for it.
    pub budget: Arc<Budget>,
}

impl Options {
    /// The usual: headless, 8 users per browser.
    pub fn new(clock: Clock) -> Self {
        Self {
            path: None,
            users_per_browser: 8,
            headed: false,
            arguments: Vec::new(),
            clock,
            budget: Arc::new(Budget::unlimited()),
        }
    }
}

/// Chromium browsers. Ends them all when dropped.
#[derive(Debug)]
pub struct Chromium {
    path: PathBuf,
    options: Options,
    surroundings: Surroundings,
    version: String,
    shared: Shared,
    /// Held while a browser starts, so that users who come together share one.
    opening: tokio::sync::Mutex<()>,
    browsers: Mutex<Vec<Arc<Browser>>>,
    shut_down: AtomicBool,
    restarts: AtomicU64,
}

/// What all users of the pool have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) desktop: Desktop,
    pub(super) lore: Arc<Lore>,
    pub(super) remedies: Arc<Remedies>,
    /// Held by the user who uses the clipboard: all contexts of a browser share it, and all
    /// browsers with a window.
    pub(super) clipboard: Arc<tokio::sync::Mutex<()>>,
    pub(super) budget: Arc<Budget>,
}

/// A browser of the pool.
#[derive(Debug)]
pub(super) struct Browser {
    wire: Wire,
    process: Mutex<Option<Process>>,
    id: u32,
    downloads: Option<PathBuf>,
    users: AtomicUsize,
}

/// A user's place in a browser; given back when dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<Browser>);

impl Chromium {
    /// Finds Chromium and starts the first browser.
    ///
    /// # Errors
    /// [`LaunchError`] when there is none, or it does not start.
    pub async fn launch(options: Options) -> Result<Self, LaunchError> {
        let clock = options.clock;
        let path = find(options.path.as_deref(), options.headed)?;
        let surroundings = Surroundings::of_this_machine(options.headed);
        let process = Process::start(&path, &surroundings, &options.arguments).await?;
        let browser = Browser::connect(&path, process).await?;
        let (version, desktop) = browser.describe(&path).await?;
        let budget = options.budget.clone();
        Ok(Self {
            path,
            options,
            surroundings,
            version,
            shared: Shared {
                clock,
                desktop,
                lore: Arc::default(),
                remedies: Arc::default(),
                clipboard: Arc::default(),
                budget,
            },
            opening: tokio::sync::Mutex::default(),
            browsers: Mutex::new(vec![Arc::new(browser)]),
            shut_down: AtomicBool::new(false),
            restarts: AtomicU64::new(0),
        })
    }

    /// The browser's product and version, as it says (`HeadlessChrome/156.0.8078.79`).
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program that was started.
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Opens a user.
    pub(super) async fn user(
        &self,
        profile: &Profile,
        samples: SampleSender,
    ) -> Result<ChromiumUser, OpenError> {
        let place = self.place().await.map_err(|error| OpenError {
            message: error.to_string(),
            transient: matches!(
                error,
                LaunchError::NotReady { .. } | LaunchError::Ended { .. }
            ),
        })?;
        let user = ChromiumUser::open(place, profile, &self.shared, samples).await;
        user.map_err(|error| OpenError {
            transient: !matches!(error, CdpError::Refused { .. }),
            message: error.to_string(),
        })
    }

    /// A place in a living browser; starts one when all are full.
    async fn place(&self) -> Result<Place, LaunchError> {
        let _turn = self.opening.lock().await;
        if self.shut_down.load(Ordering::Relaxed) {
            return Err(LaunchError::ShutDown);
        }
        self.bury().await;
        let free = self.browsers().iter().find_map(|browser| {
            let users = browser.users.load(Ordering::Relaxed);
            (users < self.options.users_per_browser.max(1)).then(|| Place::take(browser))
        });
        if let Some(place) = free {
            return Ok(place);
        }
        let process =
            Process::start(&self.path, &self.surroundings, &self.options.arguments).await?;
        let browser = Arc::new(Browser::connect(&self.path, process).await?);
        let place = Place::take(&browser);
        self.browsers().push(browser);
        Ok(place)
    }

    /// Takes browsers that died out of the pool and clears up after them.
    async fn bury(&self) {
        let dead: Vec<Arc<Browser>> = self
            .browsers()
            .extract_if(.., |browser| browser.wire.is_closed())
            .collect();
        for browser in dead {
            self.restarts.fetch_add(1, Ordering::Relaxed);
            if let Some(process) = browser.take_process() {
                tracing::warn!(pid = browser.id, "a browser went away{}", process.said());
                process.end().await;
            }
        }
    }

    fn browsers(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Browser>>> {
        self.browsers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Driver for Chromium {
    async fn open(
        &self,
        profile: &Profile,
        samples: SampleSender,
    ) -> Result<Box<dyn BrowserUser>, OpenError> {
        Ok(Box::new(self.user(profile, samples).await?))
    }

    fn vitals(&self) -> DriverVitals {
        DriverVitals {
            pids: self.browsers().iter().map(|browser| browser.id).collect(),
            restarts: self.restarts.load(Ordering::Relaxed),
        }
    }

    async fn shutdown(&self) {
        let _turn = self.opening.lock().await;
        self.shut_down.store(true, Ordering::Relaxed);
        let browsers = std::mem::take(&mut *self.browsers());
        for browser in browsers {
            if let Some(process) = browser.take_process() {
                process.end().await;
            }
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // Users who are still there keep their browser's books, not its process.
        for browser in self.browsers().drain(..) {
            drop(browser.take_process());
        }
    }
}

impl Browser {
    async fn connect(path: &std::path::Path, process: Process) -> Result<Self, LaunchError> {
        let ready = async {
            let wire = Wire::connect(process.socket()).await?;
            let attach = json!({
                "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true,
            });
            wire.browser()
                .call_raw("Target.setAutoAttach", attach)
                .await?;
            Ok::<_, CdpError>(wire)
        };
        match ready.await {
            Ok(wire) => Ok(Self {
                wire,
                id: process.id(),
                downloads: process.profile().map(|profile| profile.join("downloads")),
                process: Mutex::new(Some(process)),
                users: AtomicUsize::new(0),
            }),
            Err(error) => Err(LaunchError::Unusable {
                path: path.to_owned(),
                message: format!("{error}{}", process.said()),
            }),
        }
    }

    /// Product with version, and what a desktop of that version is like.
    async fn describe(&self, path: &std::path::Path) -> Result<(String, Desktop), LaunchError> {
        let answer = self
            .wire
            .browser()
            .call_raw("Browser.getVersion", json!({}))
            .await;
        let version = answer.map_err(|error| LaunchError::Unusable {
            path: path.to_owned(),
            message: error.to_string(),
        })?;
        let product = version["product"].as_str().unwrap_or_default();
        let agent = version["userAgent"].as_str().unwrap_or_default();
        Ok((product.to_owned(), Desktop::new(product, agent)))
    }

    fn take_process(&self) -> Option<Process> {
        self.process
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Place {
    fn take(browser: &Arc<Browser>) -> Self {
        browser.users.fetch_add(1, Ordering::Relaxed);
        Self(browser.clone())
    }

    /// The way to its browser.
    pub(super) fn wire(&self) -> &Wire {
        &self.0.wire
    }

    /// Folder for files that the user downloads.
    pub(super) fn downloads(&self) -> Option<&std::path::Path> {
        self.0.downloads.as_deref()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.users.fetch_sub(1, Ordering::Relaxed);
    }
}
