//! Moves a flow to another site: recorded on one origin, played on another.

use url::Url;

use super::{Action, Flow, Step};

impl Flow {
    /// Origin of the first page that the flow opens.
    pub fn origin(&self) -> Option<Url> {
        self.steps.iter().find_map(|step| match &step.action {
            Action::Navigate { url } => {
                let mut url = Url::parse(url).ok().filter(Url::has_host)?;
                url.set_path("/");
                url.set_query(None);
                url.set_fragment(None);
                Some(url)
            }
            _ => None,
        })
    }

    /// Moves every URL on the flow's own origin (of its first `navigate`) to `target`: opened and
    /// asserted URLs, popups, templates and patterns of URLs. A path in front of the target (`/shop/`) is put
    /// in front of paths that do not have it. URLs on other origins stay.
    pub fn rebase(&mut self, target: &Url) {
        let Some(origin) = self.origin() else {
            return;
        };
        let moved = Rebase::new(&origin, target);
        for step in &mut self.steps {
            if let Action::Navigate { url } = &mut step.action {
                moved.apply(url);
                step.extension
                    .value
                    .iter_mut()
                    .for_each(|url| moved.apply(url));
            }
            let asserted = step.asserted_events.iter_mut();
            let asserted = asserted.filter_map(|event| event.url.as_mut());
            let urls = asserted.chain(step.target.as_mut());
            urls.for_each(|url| moved.apply(url));
            patterns(step).for_each(|url| moved.apply(url));
        }
    }
}

/// Patterns of URLs in what is known and expected of a step. Those of paths stay as they are.
fn patterns(step: &mut Step) -> impl Iterator<Item = &mut String> {
    let extension = &mut step.extension;
    let effect = extension.effect.iter_mut().flat_map(|effect| {
        let responses = effect.responses.iter_mut();
        let responses = responses.map(|response| &mut response.url);
        effect.navigation.iter_mut().chain(responses)
    });
    let expect = extension.expect.iter_mut().flat_map(|expected| {
        let response = expected.response.as_mut();
        let response = response.map(|response| &mut response.url);
        expected.url.iter_mut().chain(response)
    });
    effect.chain(expect)
}

struct Rebase {
    from: String,
    /// The same without a scheme's default port written out, as some recorders do.
    from_explicit: Option<String>,
    to: String,
    prefix: String,
}

impl Rebase {
    fn new(from: &Url, to: &Url) -> Self {
        let explicit = from.port().is_none().then(|| from.port_or_known_default());
        let with_port = |port| {
            let host = from.host_str().unwrap_or_default();
            format!("{}://{host}:{port}", from.scheme())
        };
        Self {
            from: from.origin().ascii_serialization(),
            from_explicit: explicit.flatten().map(with_port),
            to: to.origin().ascii_serialization(),
            prefix: to.path().trim_end_matches('/').to_owned(),
        }
    }

    /// Works on text, since a template is no URL yet.
    fn apply(&self, url: &mut String) {
        let explicit = self.from_explicit.as_deref();
        let Some(rest) = explicit
            .and_then(|from| after_origin(url, from))
            .or_else(|| after_origin(url, &self.from))
        else {
            return;
        };
        let has_prefix = rest
            .strip_prefix(self.prefix.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
        let prefix = if has_prefix { "" } else { &self.prefix };
        *url = format!("{}{prefix}{rest}", self.to);
    }
}

/// What follows `origin` in `url`, if `url` is on it.
fn after_origin<'a>(url: &'a str, origin: &str) -> Option<&'a str> {
    let start = url.get(..origin.len())?;
    let rest = &url[origin.len()..];
    let ends = rest.is_empty() || rest.starts_with(['/', '?', '#']);
    (start.eq_ignore_ascii_case(origin) && ends).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Step;

    fn check(from: &str, url: &str, target: &str, expect: &str) {
        let open = |url: &str| {
            Step::new(Action::Navigate {
                url: url.to_owned(),
            })
        };
        let mut flow = Flow {
            title: String::new(),
            timeout_ms: None,
            selector_attribute: None,
            steps: vec![open(from), open(url)],
            extension: crate::flow::FlowExtension::default(),
            other: serde_json::Map::new(),
        };
        flow.rebase(&Url::parse(target).unwrap());
        let Action::Navigate { url } = &flow.steps[1].action else {
            panic!("a navigate step stays one");
        };
        assert_eq!(url, expect);
    }

    #[test]
    fn own_urls_move_and_others_stay() {
        let to = "http://127.0.0.1:8000";
        check(
            "http://shop.test/",
            "http://shop.test/cart?a=1#b",
            to,
            "http://127.0.0.1:8000/cart?a=1#b",
        );
        check(
            "http://shop.test/",
            "http://shop.test",
            to,
            "http://127.0.0.1:8000",
        );
        check(
            "http://shop.test/",
            "http://shop.test:80/x",
            to,
            "http://127.0.0.1:8000/x",
        );
        check(
            "http://shop.test/",
            "http://shop.test.evil/x",
            to,
            "http://shop.test.evil/x",
        );
        check(
            "http://shop.test/",
            "https://shop.test/x",
            to,
            "https://shop.test/x",
        );
        check(
            "http://shop.test:81/",
            "http://shop.test:8100/x",
            to,
            "http://shop.test:8100/x",
        );
    }

    #[test]
    fn a_path_of_the_target_is_put_in_front_once() {
        let to = "https://stage.test/shop/";
        check(
            "http://a.test/",
            "http://a.test/cart",
            to,
            "https://stage.test/shop/cart",
        );
        check(
            "http://a.test/",
            "http://a.test/shop/cart",
            to,
            "https://stage.test/shop/cart",
        );
        check(
            "http://a.test/",
            "http://a.test/shopping",
            to,
            "https://stage.test/shop/shopping",
        );
    }

    #[test]
    fn templates_of_urls_move_and_events_and_popups_too() {
        let text = r#"{"title":"t","steps":[
            {"type":"navigate","url":"http://a.test/","assertedEvents":[{"type":"navigation","url":"http://a.test/b"}],
             "x-rehearsal":{"value":"http://a.test/{{products.slug}}",
              "effect":{"navigation":"http://a.test/*","responses":[{"url":"/api"}]}}},
            {"type":"close","target":"http://a.test/popup"},{"type":"close","target":"main"}]}"#;
        let mut flow = Flow::parse("t", text).unwrap();
        flow.rebase(&Url::parse("http://b.test:1/").unwrap());
        let step = &flow.steps[0];
        assert_eq!(
            step.extension.value.as_deref(),
            Some("http://b.test:1/{{products.slug}}")
        );
        assert_eq!(
            step.asserted_events[0].url.as_deref(),
            Some("http://b.test:1/b")
        );
        let effect = step.extension.effect.as_ref().unwrap();
        assert_eq!(effect.navigation.as_deref(), Some("http://b.test:1/*"));
        assert_eq!(effect.responses[0].url, "/api");
        assert_eq!(
            flow.steps[1].target.as_deref(),
            Some("http://b.test:1/popup")
        );
        assert_eq!(flow.steps[2].target.as_deref(), Some("main"));
    }
}
