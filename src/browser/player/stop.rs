//! Why an attempt at a step ended without its deed being done.

use crate::browser::cdp::CdpError;
use crate::browser::frame::EvaluateError;
use crate::sample::{Cause, Failure};

/// An attempt that ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// The document went away or something is not there yet: worth another attempt.
    /// Says what is missing, for the failure at the deadline.
    Again(Failure),
    /// Nothing more can be done.
    Failed(Failure),
}

impl Stop {
    pub(super) fn failed(cause: Cause, message: impl Into<String>) -> Self {
        Self::Failed(Failure {
            cause,
            message: message.into(),
        })
    }

    pub(super) fn again(cause: Cause, message: impl Into<String>) -> Self {
        Self::Again(Failure {
            cause,
            message: message.into(),
        })
    }

    /// Our own script answered what our own code cannot read.
    pub(super) fn broken(error: &serde_json::Error) -> Self {
        Self::failed(
            Cause::Protocol,
            format!("the page's answer cannot be read: {error}"),
        )
    }

    pub(super) fn into_failure(self) -> Failure {
        match self {
            Self::Again(failure) | Self::Failed(failure) => failure,
        }
    }
}

impl From<EvaluateError> for Stop {
    fn from(error: EvaluateError) -> Self {
        match error {
            EvaluateError::Navigated => {
                Self::again(Cause::Timeout, "the page kept loading other documents")
            }
            EvaluateError::Exception { .. } => Self::failed(Cause::Protocol, error.to_string()),
            EvaluateError::Cdp(error) => error.into(),
        }
    }
}

impl From<CdpError> for Stop {
    fn from(error: CdpError) -> Self {
        match error {
            // The frame or page went; the attempt after this one looks for it anew.
            CdpError::Detached { .. } => Self::Again(error.into()),
            other => Self::Failed(other.into()),
        }
    }
}
