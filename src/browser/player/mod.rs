//! Performs one step.

use std::time::Duration;

use super::Performed;
use super::page::NavigationError;
use super::user::Stage;
use crate::flow::{Action, Step};
use crate::sample::{Cause, Failure};

/// Performs the step with this index.
pub(crate) async fn perform(
    stage: &Stage,
    _index: u32,
    step: &Step,
    timeout: Duration,
) -> Performed {
    let started = stage.clock().now();
    let result = match tokio::time::timeout(timeout, act(stage, step)).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Failure {
            cause: Cause::Timeout,
            message: format!("no effect within {timeout:?}"),
        }),
    };
    Performed {
        started,
        ended: stage.clock().now(),
        engine_ms: 0.0,
        result,
    }
}

async fn act(stage: &Stage, step: &Step) -> Result<(), Failure> {
    let cause = *stage.fate().borrow();
    let page = stage.page(step.target.as_deref()).ok_or_else(|| Failure {
        cause: cause.unwrap_or(Cause::NotFound),
        message: "the tab is gone".to_owned(),
    })?;
    match &step.action {
        Action::Navigate { url } => {
            page.navigate(url).await.map_err(|error| match error {
                NavigationError::Failed { .. } => Failure {
                    cause: Cause::Navigation,
                    message: error.to_string(),
                },
                NavigationError::Cdp(error) => error.into(),
            })?;
            let mut documents = page.documents();
            let _closed = documents
                .wait_for(|state| state.closed || state.loaded)
                .await;
            Ok(())
        }
        Action::WaitForExpression { expression } => loop {
            let function = format!("() => !!({expression})");
            match page.main_frame().evaluate_main(&function, &[]).await {
                Ok(value) if value == true => return Ok(()),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        },
        other => Err(Failure {
            cause: Cause::Flow,
            message: format!("cannot perform `{}`", other.name()),
        }),
    }
}
