//! The requests and page views of the made-up run.

use std::sync::Arc;

use rehearsal::sample::{Delivery, Origin, PageSample, RequestClass, RequestSample, Sample};

use super::{Run, SECONDS, Story, span};

impl Run {
    pub(super) fn page(&mut self, origin: &Origin, url: &str, at: f64, duration: f64, first: bool) {
        let server = duration * 0.45;
        let breaks = self.story == Story::Broken && url == "/checkout/done";
        let status = if breaks && self.chance() < 0.35 {
            500
        } else {
            200
        };
        self.request(
            origin,
            RequestClass::Document,
            url,
            at,
            server,
            status,
            Delivery::Network,
        );
        let assets = [
            (RequestClass::Stylesheet, "/static/shop.css"),
            (RequestClass::Script, "/static/shop.js"),
            (RequestClass::Script, "/static/chat.js"),
            (RequestClass::Font, "/static/inter.woff2"),
        ];
        for (class, asset) in assets {
            let delivery = if first {
                Delivery::Network
            } else {
                Delivery::Cache
            };
            self.request(origin, class, asset, at + server, 14.0, 200, delivery);
        }
        for _ in 0..6 {
            let (delivery, status) = match self.chance() {
                share if share < 0.4 => (Delivery::Network, 200),
                share if share < 0.6 => (Delivery::Revalidated, 304),
                _ => (Delivery::Cache, 200),
            };
            self.request(
                origin,
                RequestClass::Image,
                "/image/:id?size",
                at + server,
                22.0,
                status,
                delivery,
            );
        }
        if url == "/cart" {
            self.request(
                origin,
                RequestClass::Fetch,
                "/api/cart",
                at + server,
                60.0,
                200,
                Delivery::Network,
            );
        }
        self.request(
            origin,
            RequestClass::Script,
            "ads.example.net/tag.js?id",
            at,
            0.0,
            0,
            Delivery::Blocked,
        );
        let interaction = (self.chance() < 0.7).then(|| self.time(55.0));
        let heavy = if url.starts_with("/product") {
            2.2
        } else {
            1.0
        };
        let shift = if url.starts_with("/search") {
            0.17
        } else {
            0.012
        };
        let (paint, shift) = (self.time((server + 190.0) * heavy), self.time(shift));
        self.samples.push(Sample::Page(PageSample {
            origin: origin.clone(),
            url: url.into(),
            span: span(at, at + duration + 2_000.0),
            ttfb_ms: Some(server),
            dom_ms: Some(server + 60.0),
            load_ms: Some(duration * 1.1),
            fcp_ms: Some(server + 90.0),
            lcp_ms: Some(paint),
            inp_ms: interaction,
            cls: Some(shift),
        }));
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "a table of requests reads best so"
    )]
    fn request(
        &mut self,
        origin: &Origin,
        class: RequestClass,
        url: &str,
        at: f64,
        typical: f64,
        status: u16,
        delivery: Delivery,
    ) {
        let reached = matches!(delivery, Delivery::Network | Delivery::Revalidated);
        let duration = if reached {
            self.time(typical.max(1.0))
        } else {
            0.4
        };
        let bytes = match (class, delivery) {
            (_, Delivery::Cache | Delivery::Blocked) => 0,
            (_, Delivery::Revalidated) => 180,
            (RequestClass::Image, _) => 9_300,
            (RequestClass::Font, _) => 48_000,
            (RequestClass::Document, _) => 14_200,
            _ => 2_400,
        };
        self.samples.push(Sample::Request(RequestSample {
            origin: origin.clone(),
            span: span(at, at + duration),
            method: if url.ends_with("done") { "POST" } else { "GET" }.into(),
            url: url.into(),
            class,
            status: (status > 0).then_some(status),
            bytes,
            delivery,
            error: None,
            timing: None,
        }));
    }

    /// The stock poller, every two seconds, and the chat's socket.
    pub(super) fn poll(&mut self, user: u32, persona: &Arc<str>, from: f64) {
        let origin = Origin {
            user,
            persona: persona.clone(),
            flow: "".into(),
            iteration: 0,
            step: None,
        };
        let end = SECONDS as f64 * 1_000.0 - 1_000.0;
        let mut at = from + 2_000.0;
        while at < end {
            self.request(
                &origin,
                RequestClass::Poll,
                "/api/stock?ids",
                at,
                16.0,
                200,
                Delivery::Network,
            );
            at += 2_000.0;
        }
        self.samples.push(Sample::Request(RequestSample {
            origin,
            span: span(from, end),
            method: "GET".into(),
            url: "/chat".into(),
            class: RequestClass::Websocket,
            status: Some(101),
            bytes: 2_400,
            delivery: Delivery::Network,
            error: None,
            timing: None,
        }));
    }
}
