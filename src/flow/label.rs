//! Names of steps for reports. The same for every user and iteration, and never a secret.

use super::{Action, Direction, OwnStep, Step};

const MAX_CHARS: usize = 80;

impl Step {
    /// What the step does, in a few words: its name in `x-rehearsal`, else the action and what it
    /// acts on ("click Add to cart", "open /cart").
    pub fn label(&self) -> String {
        if let Some(name) = &self.extension.name {
            return name.clone();
        }
        let on = |verb: &str| {
            let selectors = self.action.selectors();
            let target = selectors.map_or_else(String::new, super::Selectors::label);
            format!("{verb} {target}")
        };
        let label = match &self.action {
            Action::Navigate { url } => {
                // The template, not the row's value: names are bounded.
                let url = self.extension.value.as_deref().unwrap_or(url);
                format!("open {}", without_origin(url))
            }
            Action::SetViewport(viewport) => {
                format!("set viewport {}×{}", viewport.width, viewport.height)
            }
            Action::EmulateNetworkConditions { latency, .. } => {
                format!("emulate network with {latency} ms latency")
            }
            Action::Click(_) => on("click"),
            Action::DoubleClick(_) => on("double-click"),
            Action::Hover { .. } => on("hover"),
            Action::Change { .. } => on("change"),
            Action::KeyDown { key } => format!("press {key}"),
            Action::KeyUp { key } => format!("release {key}"),
            Action::Scroll {
                selectors: Some(_), ..
            } => on("scroll"),
            Action::Scroll { .. } => "scroll".to_owned(),
            Action::WaitForElement(_) => on("wait for"),
            Action::WaitForExpression { expression } => format!("wait until {expression}"),
            Action::Close => "close page".to_owned(),
            Action::Own(own) => match own {
                OwnStep::Upload(_) => on("upload to"),
                OwnStep::Drag(_) => on("drag"),
                OwnStep::Paste(_) => on("paste into"),
                OwnStep::Press(press) => format!("press {}", press.keys),
                OwnStep::History(history) => match history.go {
                    Direction::Back => "go back".to_owned(),
                    Direction::Forward => "go forward".to_owned(),
                    Direction::Reload => "reload".to_owned(),
                },
            },
            Action::CustomStep { name, .. } => format!("custom step {name}"),
        };
        shorten(&label)
    }
}

/// Path and query of a URL.
fn without_origin(url: &str) -> &str {
    let Some((_, rest)) = url.split_once("://") else {
        return url;
    };
    rest.find('/').map_or("/", |at| &rest[at..])
}

fn shorten(label: &str) -> String {
    let one_line = label.split_whitespace().collect::<Vec<_>>().join(" ");
    match one_line.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{}…", &one_line[..at]),
        None => one_line,
    }
}

#[cfg(test)]
mod tests {
    fn check(json: &str, expect: &str) {
        let flow = format!(r#"{{"title":"t","steps":[{json}]}}"#);
        let flow = crate::flow::Flow::parse("t.json", &flow).unwrap();
        assert_eq!(flow.steps[0].label(), expect);
    }

    #[test]
    fn labels_say_what_is_done() {
        check(
            r#"{"type":"navigate","url":"http://a.test/cart?x=1"}"#,
            "open /cart?x=1",
        );
        check(r#"{"type":"navigate","url":"http://a.test"}"#, "open /");
        check(
            r##"{"type":"click","selectors":["#b","text/Buy"],"offsetX":1,"offsetY":1}"##,
            "click Buy",
        );
        check(
            r##"{"type":"hover","selectors":["#b"],"x-rehearsal":{"name":"Open menu"}}"##,
            "Open menu",
        );
        check(r#"{"type":"keyDown","key":"Enter"}"#, "press Enter");
    }

    #[test]
    fn a_templated_page_has_one_name() {
        check(
            r#"{"type":"navigate","url":"http://a.test/p/1",
                "x-rehearsal":{"value":"http://a.test/p/{{products.id}}"}}"#,
            "open /p/{{products.id}}",
        );
    }

    #[test]
    fn long_names_are_cut_at_a_character() {
        let long = "ä".repeat(200);
        check(
            &format!(r#"{{"type":"waitForExpression","expression":"{long}"}}"#),
            &format!("wait until {}…", "ä".repeat(69)),
        );
    }
}
