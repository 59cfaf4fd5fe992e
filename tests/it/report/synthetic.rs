//! A made-up run of a shop, the same every time: what `browser` and `crowd` would have sent.

use std::sync::Arc;

use rehearsal::clock::Micros;
use rehearsal::sample::{
    Cause, Failure, GeneratorSample, IterationSample, Origin, Outcome, Sample, Span, StepSample,
    UserEvent, UserSample,
};

mod traffic;

/// What happens to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Story {
    /// It holds.
    Healthy,
    /// Its checkout breaks under load.
    Broken,
    /// The machine that makes the load is too small.
    Starved,
}

pub(crate) const WARMUP: Micros = Micros(15_000_000);
const USERS: u32 = 12;
const SECONDS: u64 = 90;

struct Flow {
    title: &'static str,
    /// Name, page it leads to, typical milliseconds.
    steps: &'static [(&'static str, &'static str, f64)],
}

const FLOWS: [Flow; 3] = [
    Flow {
        title: "Browse the catalogue",
        steps: &[
            ("Open the shop", "/", 310.0),
            ("Click “Kitchen”", "/category/:slug", 260.0),
            ("Click page 2", "/category/:slug?page", 240.0),
            ("Click a product", "/product/:id", 420.0),
        ],
    },
    Flow {
        title: "Search",
        steps: &[
            ("Open the shop", "/", 305.0),
            ("Type “lamp” into Search", "/", 90.0),
            ("Press Enter", "/search?q", 560.0),
            ("Click a product", "/product/:id", 430.0),
        ],
    },
    Flow {
        title: "Log in and check out",
        steps: &[
            ("Open the sign-in page", "/login", 180.0),
            ("Click “Sign in”", "/account", 690.0),
            ("Click “Add to cart”", "/product/:id", 130.0),
            ("Open the cart", "/cart", 240.0),
            ("Click “Check out”", "/checkout/address", 270.0),
            ("Click “Continue”", "/checkout/payment", 350.0),
            ("Click “Pay”", "/checkout/done", 880.0),
        ],
    },
];

/// All samples of the run in the order of their ends.
pub(crate) fn samples(story: Story) -> Vec<Sample> {
    let mut run = Run {
        story,
        random: 88_172_645_463_325_252,
        iterations: 0,
        samples: Vec::new(),
    };
    for user in 0..USERS {
        run.user(user);
    }
    for second in 1..=SECONDS {
        run.generator(second);
    }
    run.samples.sort_by_key(ended);
    run.samples
}

struct Run {
    story: Story,
    random: u64,
    iterations: u64,
    samples: Vec<Sample>,
}

impl Run {
    /// Evenly in 0 to 1 (xorshift).
    fn chance(&mut self) -> f64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Around `typical`, with a tail to the right.
    fn time(&mut self, typical: f64) -> f64 {
        let normal = (0..6).map(|_| self.chance()).sum::<f64>() - 3.0;
        typical * (normal * 0.55).exp()
    }

    fn user(&mut self, user: u32) {
        let persona: Arc<str> = if user % 3 == 2 { "buyer" } else { "visitor" }.into();
        let mut at = f64::from(user) * 2_000.0 + 300.0;
        let event = |at: f64, event| {
            Sample::User(UserSample {
                user,
                persona: persona.clone(),
                at: micros(at),
                event,
            })
        };
        self.samples.push(event(at, UserEvent::Started));
        self.poll(user, &persona, at);
        let end = SECONDS as f64 * 1_000.0 - 1_500.0;
        let mut first = true;
        while at < end {
            let flow = match &*persona {
                "buyer" => &FLOWS[2],
                _ if self.chance() < 0.6 => &FLOWS[0],
                _ => &FLOWS[1],
            };
            at = self.iteration(user, &persona, flow, at, end, first);
            first = false;
        }
        self.samples
            .push(event(at.min(end + 1_400.0), UserEvent::Stopped));
    }

    fn iteration(
        &mut self,
        user: u32,
        persona: &Arc<str>,
        flow: &Flow,
        began: f64,
        end: f64,
        first: bool,
    ) -> f64 {
        self.iterations += 1;
        let mut origin = Origin {
            user,
            persona: persona.clone(),
            flow: flow.title.into(),
            iteration: self.iterations,
            step: None,
        };
        let mut at = began;
        let mut outcome = Outcome::Passed;
        for (index, (name, page, typical)) in flow.steps.iter().enumerate() {
            origin.step = Some(index as u32);
            if at > end {
                outcome = Outcome::Interrupted;
                break;
            }
            let crowd = 1.0 + (at / 90_000.0).powi(2) * self.load();
            let duration = self.time(typical * crowd);
            if self.story == Story::Broken && *name == "Click “Pay”" && self.chance() < 0.3 {
                outcome = self.failed(index);
            }
            let tainted = self.story == Story::Starved && at > 20_000.0 && self.chance() < 0.5;
            let duration = match &outcome {
                Outcome::Failed(_) => 10_000.0,
                _ if tainted => duration * 4.0,
                _ => duration,
            };
            self.samples.push(Sample::Step(StepSample {
                origin: origin.clone(),
                name: (*name).into(),
                span: span(at, at + duration),
                engine_ms: duration * 0.02,
                outcome: outcome.clone(),
                tainted,
                repeated: false,
                healed: None,
            }));
            self.page(&origin, page, at, duration, first);
            at += duration;
            if outcome != Outcome::Passed {
                break;
            }
            at += self.time(1_300.0);
        }
        if outcome == Outcome::Passed {
            origin.step = None;
        }
        self.samples.push(Sample::Iteration(IterationSample {
            origin,
            span: span(began, at),
            outcome,
            warmup: micros(began) < WARMUP,
        }));
        at + 400.0
    }

    fn failed(&mut self, index: usize) -> Outcome {
        let (cause, message) = if self.chance() < 0.8 {
            let order = (self.chance() * 9_000.0) as u32;
            (
                Cause::Condition,
                format!(
                    "`#order-{order}` did not appear in 10000 ms; the page says “Something went wrong”"
                ),
            )
        } else {
            (
                Cause::Covered,
                format!("step {index} would have hit `div.chat-widget` instead of `button.pay`"),
            )
        };
        Outcome::Failed(Failure { cause, message })
    }

    fn load(&self) -> f64 {
        match self.story {
            Story::Healthy => 0.35,
            Story::Broken => 3.5,
            Story::Starved => 1.0,
        }
    }

    fn generator(&mut self, second: u64) {
        let busy = match self.story {
            Story::Starved => 0.97,
            _ => 0.2 + 0.5 * (second as f64 / SECONDS as f64),
        };
        let sample = GeneratorSample {
            at: Micros(second * 1_000_000),
            cpu_share: (busy + self.chance() * 0.08 - 0.04).clamp(0.0, 1.0),
            rss_bytes: 640_000_000 + second * 3_000_000,
            driver_cpu_s: second as f64 * 0.031,
            browser_cpu_s: second as f64 * 0.9,
            loop_lag_ms: if busy > 0.9 {
                self.time(400.0)
            } else {
                self.time(2.0)
            },
            browser_restarts: 0,
        };
        self.samples.push(Sample::Generator(sample));
    }
}

fn micros(ms: f64) -> Micros {
    Micros((ms * 1_000.0) as u64)
}

fn span(from: f64, to: f64) -> Span {
    Span {
        intended: micros(from),
        started: micros(from + 0.4),
        ended: micros(to),
    }
}

/// When what a sample tells was over.
pub(crate) fn ended(sample: &Sample) -> Micros {
    match sample {
        Sample::Request(request) => request.span.ended,
        Sample::Page(page) => page.span.ended,
        Sample::Step(step) => step.span.ended,
        Sample::Iteration(iteration) => iteration.span.ended,
        Sample::User(user) => user.at,
        Sample::Generator(generator) => generator.at,
    }
}
