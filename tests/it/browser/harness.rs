//! One user in a real browser, and what it told.

use std::sync::Arc;
use std::time::Duration;

use rehearsal::browser::{BrowserUser, Chromium, Driver, Hosts, Options, Performed, Profile};
use rehearsal::clock::Clock;
use rehearsal::flow::{Action, Step, StepExtension, Viewport};
use rehearsal::sample::{Origin, PageSample, RequestSample, Sample};
use tokio::sync::mpsc;

/// How long anything may take on a machine that does ten other things.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Starts the browser that the machine has.
pub(crate) async fn chromium() -> Chromium {
    chromium_with(|_| {}).await
}

/// The same, with other options.
pub(crate) async fn chromium_with(change: impl FnOnce(&mut Options)) -> Chromium {
    // `RUST_LOG=chromiumoxide=trace` shows every message.
    let _already = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_test_writer()
        .try_init();
    let mut options = Options::new(Clock::start());
    change(&mut options);
    Chromium::launch(options).await.unwrap()
}

/// A desktop user of a site.
pub(crate) fn profile(host: String) -> Profile {
    Profile {
        origin: Origin {
            user: 0,
            persona: "shopper".into(),
            flow: "".into(),
            iteration: 0,
            step: None,
        },
        viewport: Viewport {
            width: 1280,
            height: 800,
            device_scale_factor: 1.0,
            is_mobile: false,
            has_touch: false,
            is_landscape: true,
        },
        locale: "en-US".to_owned(),
        timezone: None,
        user_agent: None,
        hosts: Arc::new(Hosts {
            target: host,
            allow: Vec::new(),
        }),
        mark: None,
        replay: rehearsal::browser::Replay::default(),
    }
}

/// A user with the samples it sent.
pub(crate) struct Visitor {
    user: Box<dyn BrowserUser>,
    samples: mpsc::UnboundedReceiver<Sample>,
}

impl Visitor {
    pub(crate) async fn open(driver: &dyn Driver, profile: &Profile) -> Self {
        let (sender, samples) = mpsc::unbounded_channel();
        let user = driver.open(profile, sender).await.unwrap();
        Self { user, samples }
    }

    pub(crate) fn user(&mut self) -> &mut dyn BrowserUser {
        &mut *self.user
    }

    pub(crate) async fn try_step(&mut self, action: Action) -> Performed {
        self.user.perform(0, &step(action), PATIENCE).await
    }

    /// Performs a step that must pass.
    pub(crate) async fn step(&mut self, action: Action) {
        let performed = self.try_step(action).await;
        assert_eq!(performed.result, Ok(()));
    }

    pub(crate) async fn visit(&mut self, url: &str) {
        self.step(Action::Navigate {
            url: url.to_owned(),
        })
        .await;
    }

    /// Waits until an expression is true in the page.
    pub(crate) async fn until(&mut self, expression: &str) {
        self.step(Action::WaitForExpression {
            expression: expression.to_owned(),
        })
        .await;
    }

    /// Leaves, and tells all samples.
    pub(crate) async fn leave(self) -> Vec<Sample> {
        let Self { user, mut samples } = self;
        user.close().await;
        let mut all = Vec::new();
        while let Some(sample) = samples.recv().await {
            all.push(sample);
        }
        all
    }
}

pub(crate) fn step(action: Action) -> Step {
    Step {
        action,
        timeout_ms: None,
        asserted_events: Vec::new(),
        target: None,
        frame: Vec::new(),
        extension: StepExtension::default(),
        other: serde_json::Map::new(),
    }
}

/// The requests among the samples.
pub(crate) fn requests(samples: &[Sample]) -> Vec<&RequestSample> {
    let mut requests = Vec::new();
    for sample in samples {
        if let Sample::Request(request) = sample {
            requests.push(request);
        }
    }
    requests
}

/// The pages among the samples.
pub(crate) fn pages(samples: &[Sample]) -> Vec<&PageSample> {
    let mut pages = Vec::new();
    for sample in samples {
        if let Sample::Page(page) = sample {
            pages.push(page);
        }
    }
    pages
}
