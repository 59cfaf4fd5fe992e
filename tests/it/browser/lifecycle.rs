//! Browsers that crash, are killed or left, and what remains of them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rehearsal::browser::{Chromium, Driver, LaunchError, Options};
use rehearsal::clock::Clock;
use rehearsal::flow::Action;
use rehearsal::sample::{Cause, Delivery};

use super::harness::{Visitor, chromium, chromium_with, profile, requests};
use crate::support::site::Site;

const BLANK: &str = r#"<!doctype html><title>x</title><link rel=icon href="data:,">"#;

fn routes() -> Router {
    Router::new()
        .route("/", get(|| async { Html(BLANK) }))
        .route(
            "/slow",
            get(|| async { std::future::pending::<()>().await }),
        )
}

/// The profile folder of a running browser, from its command line.
fn profile_folder(pid: u32) -> PathBuf {
    let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    let folder = line
        .split('\0')
        .find_map(|argument| argument.strip_prefix("--user-data-dir="));
    folder.unwrap().into()
}

/// Processes that have this profile in their command line.
fn processes_of(profile: &Path) -> usize {
    let profile = profile.to_str().unwrap();
    fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("cmdline")).ok())
        .filter(|line| line.contains(profile))
        .count()
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..1_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("never: {what}");
}

fn navigate(url: &str) -> Action {
    Action::Navigate {
        url: url.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_browser_fails_its_users_at_once_and_is_replaced() {
    let site = Site::start(routes()).await;
    let chromium = chromium().await;
    let profile = profile(site.host());
    let mut visitor = Visitor::open(&chromium, &profile).await;
    visitor.visit(&site.url("/")).await;
    let pid = chromium.vitals().pids[0];
    let folder = profile_folder(pid);
    let url = site.url("/slow");
    let waiting = async {
        let performed = visitor.try_step(navigate(&url)).await;
        performed.result.unwrap_err().cause
    };
    let killing = async {
        until("the request is under way", || site.count("/slow") == 1).await;
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
    };
    let quickly = tokio::time::timeout(Duration::from_secs(20), async {
        tokio::join!(waiting, killing)
    });
    let (cause, ()) = quickly.await.unwrap();
    assert_eq!(cause, Cause::BrowserLost);
    assert!(!visitor.user().is_alive());
    let again = visitor.try_step(navigate(&site.url("/"))).await;
    assert_eq!(again.result.unwrap_err().cause, Cause::BrowserLost);
    let samples = visitor.leave().await;
    let open = requests(&samples).into_iter().find(|r| &*r.url == "/slow");
    assert_eq!(open.unwrap().error.as_deref(), Some("net::ERR_ABORTED"));

    let mut next = Visitor::open(&chromium, &profile).await;
    next.visit(&site.url("/")).await;
    assert_eq!(chromium.vitals().restarts, 1);
    assert_ne!(chromium.vitals().pids, [pid]);
    assert!(!folder.exists(), "the dead browser's profile is gone");
    next.leave().await;
    chromium.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crashed_renderer_fails_its_user_only() {
    let site = Site::start(routes()).await;
    let chromium = chromium().await;
    let profile = profile(site.host());
    let mut victim = Visitor::open(&chromium, &profile).await;
    let mut other = Visitor::open(&chromium, &profile).await;
    victim.visit(&site.url("/")).await;
    other.visit(&site.url("/")).await;
    let crashed = tokio::time::timeout(
        Duration::from_secs(20),
        victim.try_step(navigate("chrome://crash")),
    );
    let failure = crashed.await.unwrap().result.unwrap_err();
    assert_eq!(failure.cause, Cause::RendererCrashed, "{failure:?}");
    assert!(!victim.user().is_alive());
    assert!(other.user().is_alive());
    other.visit(&site.url("/")).await;
    victim.leave().await;
    other.leave().await;
    assert_eq!(chromium.vitals().restarts, 0);
    chromium.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_spread_over_browsers_and_nothing_remains() {
    let site = Site::start(routes()).await;
    let chromium = chromium_with(|options| options.users_per_browser = 2).await;
    let profile = profile(site.host());
    let mut visitors = Vec::new();
    for _ in 0..3 {
        visitors.push(Visitor::open(&chromium, &profile).await);
    }
    let pids = chromium.vitals().pids;
    assert_eq!(pids.len(), 2);
    let folders: Vec<PathBuf> = pids.iter().map(|pid| profile_folder(*pid)).collect();
    assert!(folders.iter().all(|folder| folder.exists()));
    visitors.pop().unwrap().leave().await;
    drop(visitors);
    chromium.shutdown().await;
    let (sender, _samples) = tokio::sync::mpsc::unbounded_channel();
    assert!(chromium.open(&profile, sender).await.is_err());
    for folder in folders {
        assert!(!folder.exists());
        until("all its processes are gone", || processes_of(&folder) == 0).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_pool_ends_its_browsers() {
    let chromium = chromium().await;
    let folder = profile_folder(chromium.vitals().pids[0]);
    drop(chromium);
    until("its processes are gone", || processes_of(&folder) == 0).await;
    until("its profile is gone", || !folder.exists()).await;
}

/// Not a test: the process that the next one kills.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by a_killed_driver_leaves_nothing_behind"]
async fn hold_a_browser() {
    let chromium = chromium().await;
    println!("\nholding {}", chromium.vitals().pids[0]);
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_driver_leaves_nothing_behind() {
    let mut driver = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "browser::lifecycle::hold_a_browser"])
        .args(["--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(driver.stdout.take().unwrap());
    let pid: u32 = told
        .lines()
        .find_map(|line| line.unwrap().strip_prefix("holding ")?.parse().ok())
        .unwrap();
    let folder = profile_folder(pid);
    driver.kill().unwrap();
    driver.wait().unwrap();
    until("its browser is gone", || processes_of(&folder) == 0).await;
    until("its profile is gone", || !folder.exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_broken_browser_is_told_at_once() {
    let mut options = Options::new(Clock::start());
    options.path = Some("/nowhere/chromium".into());
    let missing = Chromium::launch(options.clone()).await.unwrap_err();
    assert!(matches!(missing, LaunchError::NotThere { .. }));
    // It ends at once and says nothing of DevTools.
    options.path = Some("/bin/true".into());
    let broken = Chromium::launch(options).await.unwrap_err();
    assert!(matches!(broken, LaunchError::Ended { .. }), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_page_is_a_failed_navigation() {
    let site = Site::start(routes()).await;
    let host = site.host();
    let url = site.url("/");
    drop(site);
    let chromium = chromium().await;
    let mut visitor = Visitor::open(&chromium, &profile(host)).await;
    // The port is free again once the server's task has ended.
    let failure = loop {
        match visitor.try_step(navigate(&url)).await.result {
            Err(failure) => break failure,
            Ok(()) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(failure.cause, Cause::Navigation);
    assert!(
        failure.message.contains("net::ERR_CONNECTION_REFUSED"),
        "{failure:?}"
    );
    let samples = visitor.leave().await;
    chromium.shutdown().await;
    let last = requests(&samples).pop().unwrap().clone();
    assert_eq!(last.error.as_deref(), Some("net::ERR_CONNECTION_REFUSED"));
    assert!(last.failed() && last.delivery == Delivery::Network);
}
