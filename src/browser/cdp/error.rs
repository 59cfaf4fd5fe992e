//! Why a command got no answer.

use std::time::Duration;

use crate::sample::{Cause, Failure};

/// A CDP command that was not answered as hoped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CdpError {
    /// The socket is closed: the browser was killed, crashed or shut down.
    #[error("the browser went away during `{method}`")]
    Lost {
        /// The command.
        method: String,
    },
    /// The renderer of the session's target crashed.
    #[error("the page's renderer crashed during `{method}`")]
    Crashed {
        /// The command.
        method: String,
    },
    /// The session's target is gone: tab closed, frame removed, worker ended.
    #[error("the page or frame was closed during `{method}`")]
    Detached {
        /// The command.
        method: String,
    },
    /// Chromium answered with an error.
    #[error("Chromium refused `{method}`: {message}")]
    Refused {
        /// The command.
        method: String,
        /// Chromium's words.
        message: String,
    },
    /// No answer within the deadline.
    #[error("no answer to `{method}` within {after:?}")]
    Late {
        /// The command.
        method: String,
        /// The deadline.
        after: Duration,
    },
    /// The answer is not what the protocol promises.
    #[error("cannot read the answer to `{method}`: {message}")]
    Malformed {
        /// The command.
        method: String,
        /// What does not fit.
        message: String,
    },
}

impl CdpError {
    /// The kind of failure a step has when this stops it.
    pub(crate) fn cause(&self) -> Cause {
        match self {
            Self::Lost { .. } => Cause::BrowserLost,
            Self::Crashed { .. } => Cause::RendererCrashed,
            Self::Late { .. } => Cause::Timeout,
            Self::Detached { .. } | Self::Refused { .. } | Self::Malformed { .. } => {
                Cause::Protocol
            }
        }
    }

    /// Whether the browser or renderer is gone, so that trying again cannot help.
    pub(crate) fn is_fatal(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Crashed { .. })
    }
}

impl From<CdpError> for Failure {
    fn from(error: CdpError) -> Self {
        Self {
            cause: error.cause(),
            message: error.to_string(),
        }
    }
}
