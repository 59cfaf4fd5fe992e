//! Answers of servers as they come, for a step that waits for some of them. What is listened to is
//! kept only as long as somebody listens.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::watch;

use super::exchange::Exchange;
use crate::clock::Micros;
use crate::flow::{ResponsePattern, UrlPattern};
use crate::sample::RequestClass;

/// So many answers are kept for one listener; a step that causes more is not waiting for one.
const MOST: usize = 10_000;

/// A server's answer, or that there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP method.
    pub(crate) method: Arc<str>,
    /// URL as sent.
    pub(crate) url: url::Url,
    /// HTTP status; absent when no response came.
    pub(crate) status: Option<u16>,
    /// What it was for.
    pub(crate) class: RequestClass,
    /// When the request began.
    pub(crate) started: Micros,
}

impl Answer {
    /// Whether it is one that the flow describes.
    pub(crate) fn fits(&self, pattern: &ResponsePattern) -> bool {
        let method = pattern.method.as_deref();
        let status = self.status.unwrap_or_default();
        method.is_none_or(|method| method.eq_ignore_ascii_case(&self.method))
            && match pattern.status {
                Some(wanted) => status == wanted,
                None => (1..400).contains(&status),
            }
            && UrlPattern::new(&pattern.url).matches(self.url.as_str())
    }

    /// A document or a call of a script to which the server said no.
    fn is_refusal(&self) -> bool {
        let matters = matches!(self.class, RequestClass::Document | RequestClass::Fetch);
        matters && self.status.is_some_and(|status| status >= 400)
    }
}

type Log = Mutex<Vec<Answer>>;

/// Answers to a user's requests from when it was made. Clones hear the same.
#[derive(Debug, Clone)]
pub(crate) struct Answers {
    log: Arc<Log>,
    changes: watch::Receiver<u64>,
}

impl Answers {
    /// Whether one like this came to a request that began at or after `since`.
    pub(crate) fn came(&self, pattern: &ResponsePattern, since: Micros) -> bool {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter()
            .any(|answer| answer.started >= since && answer.fits(pattern))
    }

    /// Waits until one like this comes.
    pub(crate) async fn wait(&self, pattern: &ResponsePattern, since: Micros) {
        let mut changes = self.changes.clone();
        while !self.came(pattern, since) {
            changes.borrow_and_update();
            if self.came(pattern, since) {
                return;
            }
            if changes.changed().await.is_err() {
                // The user is gone, and nothing comes any more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Whether any request that began at or after `since` was answered.
    pub(crate) fn any(&self, since: Micros) -> bool {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.iter().any(|answer| answer.started >= since)
    }

    /// The last document or call of a script to which the server said no, in words:
    /// `response 500 for POST /checkout`. Its query stays away, which may hold a secret.
    pub(crate) fn last_refusal(&self) -> Option<String> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        let refusal = log.iter().rev().find(|answer| answer.is_refusal())?;
        let status = refusal.status?;
        let path = refusal.url.path();
        Some(format!("response {status} for {} {path}", refusal.method))
    }
}

/// Those who listen.
#[derive(Debug, Default)]
pub(super) struct Listeners(Mutex<Vec<Weak<Log>>>);

impl Listeners {
    /// Another one.
    pub(super) fn listen(&self, changes: watch::Receiver<u64>) -> Answers {
        let log = Arc::new(Log::default());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|listener| listener.strong_count() > 0);
        all.push(Arc::downgrade(&log));
        Answers { log, changes }
    }

    /// Tells them of an answer. Says whether anybody listened.
    pub(super) fn tell(&self, exchange: &Exchange) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|listener| listener.strong_count() > 0);
        for log in all.iter().filter_map(Weak::upgrade) {
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            if log.len() < MOST {
                log.push(Answer {
                    method: exchange.method.clone(),
                    url: exchange.url.clone(),
                    status: exchange.response.status,
                    class: exchange.class,
                    started: exchange.started,
                });
            }
        }
        !all.is_empty()
    }
}
