//! Samples for tests: a value of each kind to change with `..`.

use std::sync::Arc;

use crate::clock::Micros;
use crate::sample::{
    Cause, Delivery, Failure, GeneratorSample, IterationSample, Origin, Outcome, PageSample,
    RequestClass, RequestSample, Sample, Span, StepSample, UserEvent, UserSample,
};

pub(crate) fn ms(value: u64) -> Micros {
    Micros(value * 1_000)
}

pub(crate) fn origin(step: Option<u32>) -> Origin {
    Origin {
        user: 0,
        persona: "shopper".into(),
        flow: "buy".into(),
        iteration: 1,
        step,
    }
}

/// From `at` for `duration` milliseconds.
pub(crate) fn span(at: u64, duration: u64) -> Span {
    Span {
        intended: ms(at),
        started: ms(at),
        ended: ms(at + duration),
    }
}

pub(crate) fn failed(message: &str) -> Outcome {
    Outcome::Failed(Failure {
        cause: Cause::NotFound,
        message: message.to_owned(),
    })
}

pub(crate) fn step(index: u32, name: &str, at: u64, duration: u64) -> StepSample {
    StepSample {
        origin: origin(Some(index)),
        name: Arc::from(name),
        span: span(at, duration),
        engine_ms: 0.0,
        outcome: Outcome::Passed,
        tainted: false,
        repeated: false,
        healed: None,
    }
}

pub(crate) fn iteration(at: u64, duration: u64, outcome: Outcome) -> Sample {
    let step = matches!(outcome, Outcome::Failed(_)).then_some(0);
    Sample::Iteration(IterationSample {
        origin: origin(step),
        span: span(at, duration),
        outcome,
        warmup: false,
    })
}

pub(crate) fn request(class: RequestClass, url: &str, at: u64, duration: u64) -> RequestSample {
    RequestSample {
        origin: origin(None),
        span: span(at, duration),
        method: "GET".into(),
        url: url.into(),
        class,
        status: Some(200),
        bytes: 1_000,
        delivery: Delivery::Network,
        error: None,
        timing: None,
    }
}

pub(crate) fn page(url: &str, at: u64) -> PageSample {
    PageSample {
        origin: origin(None),
        url: url.into(),
        span: span(at, 3_000),
        ttfb_ms: None,
        dom_ms: None,
        load_ms: None,
        fcp_ms: None,
        lcp_ms: None,
        inp_ms: None,
        cls: None,
    }
}

pub(crate) fn user(number: u32, at: u64, event: UserEvent) -> Sample {
    Sample::User(UserSample {
        user: number,
        persona: "shopper".into(),
        at: ms(at),
        event,
    })
}

pub(crate) fn generator(at: u64, cpu_share: f64, loop_lag_ms: f64) -> Sample {
    Sample::Generator(GeneratorSample {
        at: ms(at),
        cpu_share,
        rss_bytes: 700_000_000,
        driver_cpu_s: ms(at).seconds() * 0.02,
        browser_cpu_s: ms(at).seconds() * 0.7,
        loop_lag_ms,
        browser_restarts: 0,
    })
}
