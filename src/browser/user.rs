//! A user in a browser context of its own, as crowds drive it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::cdp::CdpError;
use super::chromium::{Place, Shared};
use super::evidence::{self, Budget};
use super::observer::Observer;
use super::player;
pub(crate) use super::stage::Stage;
use super::{BrowserUser, Performed, Profile};
use crate::clock::Micros;
use crate::flow::Step;
use crate::sample::{Cause, Origin, SampleSender};

/// How long the first tab may take to appear.
const FIRST_TAB: Duration = Duration::from_secs(30);

/// How long what a user has just sent off may take to reach the server when it leaves.
const SENDING: Duration = Duration::from_secs(1);

/// What began longer ago is a poll or stuck.
const JUST_NOW: Micros = Micros(2_000_000);

/// How long leaving may take before the user is left to its browser.
const FAREWELL: Duration = Duration::from_secs(5);

/// A virtual user's browser: own cookies, storage and cache, which live until it is closed.
pub(super) struct ChromiumUser {
    stage: Arc<Stage>,
    context: Context,
    budget: Arc<Budget>,
    observer: Option<JoinHandle<()>>,
}

/// A browser context; disposed when dropped.
struct Context {
    place: Place,
    id: String,
    /// Where its downloads are.
    downloads: Option<PathBuf>,
}

impl ChromiumUser {
    /// Opens a context with one blank tab.
    pub(super) async fn open(
        place: Place,
        profile: &Profile,
        shared: &Shared,
        samples: SampleSender,
    ) -> Result<Self, CdpError> {
        let identity = shared.desktop.identity(profile);
        let stage = Arc::new(Stage::new(shared, profile, identity, samples));
        let context = Context::create(place, profile).await?;
        let (inbox, notices) = mpsc::unbounded_channel();
        stage.set_inbox(&inbox);
        context.place.wire().adopt(&context.id, inbox);
        let observer = tokio::spawn(Observer::new(stage.clone()).run(notices));
        let user = Self {
            stage,
            context,
            budget: shared.budget.clone(),
            observer: Some(observer),
        };
        user.open_tab().await?;
        Ok(user)
    }

    /// Where it acts.
    #[cfg(test)]
    pub(super) fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Lets what the last steps sent off reach the server: a context that is disposed takes its
    /// beacons with it.
    async fn sent(&self) {
        let network = self.stage.network();
        let since = Micros(self.stage.clock().now().0.saturating_sub(JUST_NOW.0));
        let mut changes = network.changes();
        let over = async {
            while self.is_alive() && network.is_sending(since) {
                changes.borrow_and_update();
                if network.is_sending(since) && changes.changed().await.is_err() {
                    return;
                }
            }
        };
        let _given_up = tokio::time::timeout(SENDING, over).await;
    }

    async fn open_tab(&self) -> Result<(), CdpError> {
        let mut changed = self.stage.pages_changed();
        let tab = json!({"url": "about:blank", "browserContextId": self.context.id});
        let method = "Target.createTarget";
        let browser = self.context.place.wire().browser();
        browser.call_raw(method, tab).await?;
        let there = changed.wait_for(|_| self.stage.page(None).is_some());
        let _there = tokio::time::timeout(FIRST_TAB, there).await.is_ok();
        let Some(page) = self.stage.page(None) else {
            return Err(CdpError::Late {
                method: method.to_owned(),
                after: FIRST_TAB,
            });
        };
        // The browser starts a navigation before a new renderer has worked off what it was told
        // at the start. An answer from the renderer says that it has.
        let renderer = page.session();
        renderer.call_raw("Page.getFrameTree", json!({})).await?;
        Ok(())
    }
}

#[async_trait]
impl BrowserUser for ChromiumUser {
    fn attribute(&mut self, origin: Origin) {
        self.stage.network().set_origin(|current| *current = origin);
        self.stage.forget_opened();
    }

    async fn perform(&mut self, index: u32, step: &Step, timeout: Duration) -> Performed {
        self.stage.begin_step(index, &step.action);
        self.stage.dialogs().begin(&step.extension.dialogs);
        self.stage.downloads().begin();
        let began = self.stage.clock().now();
        self.stage.witness().begin(step, began);
        let mut performed = player::perform(&self.stage, index, step, timeout).await;
        self.stage.end_step();
        if let Err(failure) = &mut performed.result {
            failure.message.push_str(&self.stage.dialogs().unasked());
            // The step may know before the observer does, or fail by what the end looks like.
            if matches!(failure.cause, Cause::BrowserLost | Cause::RendererCrashed) {
                self.stage.lost(failure.cause);
            }
            failure.cause = self.stage.fate().borrow().unwrap_or(failure.cause);
        }
        self.stage.dialogs().end();
        evidence::gather(&self.stage, &self.budget, (index, step), &mut performed).await;
        performed
    }

    fn is_alive(&self) -> bool {
        self.stage.fate().borrow().is_none() && !self.context.place.wire().is_closed()
    }

    async fn close(mut self: Box<Self>) {
        self.sent().await;
        self.context.dispose().await;
        if let Some(observer) = self.observer.take() {
            let _late = tokio::time::timeout(FAREWELL, observer).await;
        }
    }
}

impl Context {
    async fn create(place: Place, profile: &Profile) -> Result<Self, CdpError> {
        let browser = place.wire().browser();
        let parameters = json!({
            "disposeOnDetach": true,
            "proxyServer": super::flags::NOWHERE,
            "proxyBypassList": profile.hosts.bypass_list(),
        });
        let answer = browser
            .call_raw("Target.createBrowserContext", parameters)
            .await?;
        let id = answer["browserContextId"].as_str().unwrap_or_default();
        // As on a person's first visit: not yet asked, instead of denied.
        browser.send(
            "Browser.setPermission",
            json!({
                "permission": {"name": "notifications"},
                "setting": "prompt",
                "browserContextId": id,
            }),
        );
        // Named by Chromium, so that files of the same name do not meet.
        let downloads = place.downloads().map(|folder| folder.join(id));
        if let Some(folder) = &downloads {
            let allow = json!({
                "behavior": "allowAndName", "downloadPath": folder, "browserContextId": id,
                "eventsEnabled": true,
            });
            browser.send("Browser.setDownloadBehavior", allow);
        }
        Ok(Self {
            id: id.to_owned(),
            downloads,
            place,
        })
    }

    /// Closes its tabs and forgets its cookies, storage and cache.
    async fn dispose(&self) {
        let wire = self.place.wire();
        let context = json!({"browserContextId": self.id});
        let _gone = wire
            .browser()
            .call_within("Target.disposeBrowserContext", context, FAREWELL)
            .await;
        wire.forget(&self.id);
        if let Some(folder) = &self.downloads {
            // Absent when nothing was downloaded.
            let _absent = tokio::fs::remove_dir_all(folder).await;
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // A no-op after `dispose`; else the user was dropped without being closed.
        let wire = self.place.wire();
        let context = json!({"browserContextId": self.id});
        wire.browser().send("Target.disposeBrowserContext", context);
        wire.forget(&self.id);
    }
}
