//! What must hold between the parts of a flow, beyond the form of each: values are read before
//! they are used, groups exist, patterns can be read.

use std::collections::BTreeMap;

use regex::Regex;

use super::error::{Document, FlowError, Place, Problem};
use super::locate::Key;
use super::suggest::did_you_mean;
use super::template::{self, Template};
use super::{EXTENSION_KEY, EXTRACTED, Flow, Repeat, ResponsePattern, Step, UrlPattern};

/// Checks a flow that was read from this text.
pub(super) fn check(flow: &Flow, document: Document<'_>) -> Result<(), FlowError> {
    let checker = Checker { flow, document };
    checker.groups()?;
    checker.hosts()?;
    let mut read: Vec<&str> = Vec::new();
    for (index, step) in flow.steps.iter().enumerate() {
        let at = At {
            checker: &checker,
            index,
            step,
        };
        at.templates(&read)?;
        at.expectations()?;
        at.effect()?;
        at.extractions()?;
        read.extend(step.extension.extract.keys().map(String::as_str));
    }
    Ok(())
}

struct Checker<'a> {
    flow: &'a Flow,
    document: Document<'a>,
}

impl Checker<'_> {
    /// Hosts that are allowed are hosts, not URLs.
    fn hosts(&self) -> Result<(), FlowError> {
        for (number, host) in self.flow.extension.allow.iter().enumerate() {
            let strange = |letter: char| letter.is_whitespace() || "/?#@;,<>".contains(letter);
            if host.is_empty() || host.contains(strange) {
                let path = [EXTENSION_KEY.into(), "allow".into(), number.into()];
                let problem = Problem::Mistyped {
                    field: format!("{EXTENSION_KEY}.allow[{number}]"),
                    message: format!(
                        "`{host}` is no host: write `cdn.example.com`, `*.example.com` or \
                         `localhost:9000`"
                    ),
                };
                return Err(self.document.error(Place::Flow, &path, problem));
            }
        }
        Ok(())
    }

    /// Groups are walked by neighbours that name them.
    fn groups(&self) -> Result<(), FlowError> {
        let mut first: BTreeMap<&str, &Step> = BTreeMap::new();
        for step in &self.flow.steps {
            if let Some(group) = &step.extension.group {
                first.entry(group).or_insert(step);
            }
        }
        for (name, group) in &self.flow.extension.groups {
            let wrong = |key: &str, message: String| {
                let mut path: Vec<Key> = vec![EXTENSION_KEY.into(), "groups".into()];
                path.push(name.as_str().into());
                let mut field = format!("{EXTENSION_KEY}.groups.{name}");
                if !key.is_empty() {
                    path.push(key.into());
                    field.extend([".", key]);
                }
                let problem = Problem::Mistyped { field, message };
                self.document.error(Place::Flow, &path, problem)
            };
            let Some(step) = first.get(name.as_str()) else {
                let hint = did_you_mean(name, first.keys().copied());
                return Err(wrong("", format!("no step is in this group{hint}")));
            };
            if group.optional && step.action.selectors().is_none() {
                let message = format!(
                    "the group's first step (`{}`) has no element whose absence could be seen",
                    step.action.name()
                );
                return Err(wrong("optional", message));
            }
            match &group.repeat {
                Some(Repeat::Between([least, most])) if least > most => {
                    let message = format!("[{least}, {most}] ends before it begins");
                    return Err(wrong("repeat", message));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A step being checked.
struct At<'a> {
    checker: &'a Checker<'a>,
    index: usize,
    step: &'a Step,
}

impl At<'_> {
    /// A mistake in the value at this path below `x-rehearsal`.
    fn wrong(&self, path: &[Key], message: impl Into<String>) -> FlowError {
        let problem = Problem::Mistyped {
            field: shown(path),
            message: message.into(),
        };
        self.error(path, problem)
    }

    fn error(&self, path: &[Key], problem: Problem) -> FlowError {
        let inside: [Key; 3] = ["steps".into(), self.index.into(), EXTENSION_KEY.into()];
        let path: Vec<Key> = inside.iter().chain(path).cloned().collect();
        let place = Place::Step(self.index);
        self.checker.document.error(place, &path, problem)
    }

    fn templates(&self, read: &[&str]) -> Result<(), FlowError> {
        let extension = &self.step.extension;
        if let Some(Ok(template)) = extension.value.as_deref().map(Template::parse) {
            self.read_before(&["value".into()], &template, read)?;
        }
        // What a step reads of the page may be compared with what it expects only in later steps.
        let mut extension = extension.clone();
        for (path, text) in template::inner(&mut extension) {
            let template =
                Template::parse(text).map_err(|error| self.wrong(&path, error.to_string()))?;
            self.read_before(&path, &template, read)?;
        }
        Ok(())
    }

    fn read_before(
        &self,
        path: &[Key],
        template: &Template,
        read: &[&str],
    ) -> Result<(), FlowError> {
        for name in template.extracted() {
            if !read.contains(&name) {
                let later = self.checker.flow.steps.iter().skip(self.index);
                let later = later.flat_map(|step| step.extension.extract.keys());
                let hint = if later.clone().any(|known| known == name) {
                    "; a later one does".to_owned()
                } else {
                    did_you_mean(name, read.iter().copied())
                };
                let message = format!(
                    "`{{{{{EXTRACTED}.{name}}}}}`: no earlier step extracts `{name}`{hint}"
                );
                return Err(self.wrong(path, message));
            }
        }
        Ok(())
    }

    fn expectations(&self) -> Result<(), FlowError> {
        for (number, expected) in self.step.extension.expect.iter().enumerate() {
            let at = |key: &str| -> [Key; 3] { ["expect".into(), number.into(), key.into()] };
            let of_element = [
                ("visible", expected.visible.is_some()),
                ("text", expected.text.is_some()),
                ("contains", expected.contains.is_some()),
                ("matches", expected.matches.is_some()),
                ("value", expected.value.is_some()),
                ("checked", expected.checked.is_some()),
                ("enabled", expected.enabled.is_some()),
                ("count", expected.count.is_some()),
            ];
            let of_page =
                expected.url.is_some() || expected.title.is_some() || expected.response.is_some();
            let looks_at_element = of_element.iter().find(|(_, there)| *there);
            if looks_at_element.is_none() && !of_page {
                let path: [Key; 2] = ["expect".into(), number.into()];
                let names = of_element.map(|(name, _)| format!("`{name}`")).join(", ");
                let message =
                    format!("expects nothing: name {names}, `url`, `title` or `response`");
                return Err(self.wrong(&path, message));
            }
            if let Some((key, _)) = looks_at_element
                && expected.selectors.is_none()
                && self.step.action.selectors().is_none()
            {
                let message = "the step has no element of its own: add `selectors`";
                return Err(self.wrong(&at(key), message));
            }
            if let Some(pattern) = &expected.matches {
                self.regex(&at("matches"), pattern)?;
            }
            if let Some(url) = &expected.url {
                self.url(&at("url"), url)?;
            }
            if let Some(response) = &expected.response {
                self.response(&at("response"), response)?;
            }
        }
        Ok(())
    }

    fn effect(&self) -> Result<(), FlowError> {
        let Some(effect) = &self.step.extension.effect else {
            return Ok(());
        };
        if let Some(url) = &effect.navigation {
            self.url(&["effect".into(), "navigation".into()], url)?;
        }
        for (number, response) in effect.responses.iter().enumerate() {
            let path: [Key; 3] = ["effect".into(), "responses".into(), number.into()];
            self.response(&path, response)?;
        }
        if effect.state.is_some() && self.step.action.selectors().is_none() {
            let path: [Key; 2] = ["effect".into(), "state".into()];
            return Err(self.wrong(&path, "the step has no element of its own"));
        }
        Ok(())
    }

    fn extractions(&self) -> Result<(), FlowError> {
        for (name, extraction) in &self.step.extension.extract {
            let path: [Key; 2] = ["extract".into(), name.as_str().into()];
            let usable = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
            if name.is_empty() || !name.chars().all(usable) {
                let message = "no name for a template: expected letters, digits, `_` and `-`";
                return Err(self.wrong(&path, message));
            }
            let of_page = matches!(
                extraction.from,
                Some(super::Source::Url | super::Source::Title)
            );
            if extraction.attribute.is_some() && extraction.from.is_some() {
                return Err(self.wrong(&path, "either `from` or `attribute`, not both"));
            }
            if !of_page && extraction.selectors.is_none() && self.step.action.selectors().is_none()
            {
                let message = "the step has no element of its own: add `selectors`";
                return Err(self.wrong(&path, message));
            }
            if let Some(pattern) = &extraction.pattern {
                let path: [Key; 3] = ["extract".into(), name.as_str().into(), "pattern".into()];
                self.regex(&path, pattern)?;
            }
        }
        Ok(())
    }

    fn regex(&self, path: &[Key], pattern: &str) -> Result<(), FlowError> {
        let Err(error) = Regex::new(pattern) else {
            return Ok(());
        };
        let text = error.to_string();
        let reason = text.lines().last().unwrap_or_default();
        let reason = reason.trim_start_matches("error: ");
        Err(self.wrong(
            path,
            format!("`{pattern}` is no regular expression: {reason}"),
        ))
    }

    fn response(&self, path: &[Key], response: &ResponsePattern) -> Result<(), FlowError> {
        let path: Vec<Key> = path.iter().cloned().chain(["url".into()]).collect();
        self.url(&path, &response.url)
    }

    fn url(&self, path: &[Key], pattern: &str) -> Result<(), FlowError> {
        if UrlPattern::is_plausible(pattern) || pattern.starts_with("{{") {
            return Ok(());
        }
        let message = format!(
            "`{pattern}` fits no address: expected a path (`/cart`), an address or `**` first"
        );
        Err(self.wrong(path, message))
    }
}

/// `x-rehearsal.expect[0].url`.
fn shown(path: &[Key]) -> String {
    let mut field = EXTENSION_KEY.to_owned();
    for key in path {
        match key {
            Key::Name(name) => field.extend([".", name]),
            Key::Index(index) => field.extend(["[", &index.to_string(), "]"]),
        }
    }
    field
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
