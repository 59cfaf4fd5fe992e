//! Reading values from the page for later steps: waits until they are there.

use regex::Regex;

use crate::flow::{Extraction, Source};
use crate::sample::Cause;

use super::attempt::Attempt;
use super::expect::clipped;
use super::look;
use super::reason::seconds;
use super::stop::Stop;

/// Reads a value, as soon as it is there and looks as it should.
pub(super) async fn read(
    attempt: &Attempt<'_>,
    name: &str,
    extraction: &Extraction,
) -> Result<String, Stop> {
    let pattern = extraction.pattern.as_deref().map(Regex::new).transpose();
    let pattern = pattern.map_err(|error| {
        // The flow was refused when it was read.
        Stop::failed(
            Cause::Flow,
            format!("`pattern` is no regular expression: {error}"),
        )
    })?;
    loop {
        let why = match look(attempt, extraction, pattern.as_ref()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(why)) => why,
            Err(Stop::Again(failure)) => failure.message,
            Err(stop) => return Err(stop),
        };
        if attempt.left().is_zero() {
            let after = seconds(attempt.waited());
            let message = format!("`{name}` could not be read within {after}: {why}");
            return Err(Stop::failed(Cause::Condition, message));
        }
        tokio::time::sleep(look::AGAIN.min(attempt.left())).await;
    }
}

/// The value, or why there is none yet.
async fn look(
    attempt: &Attempt<'_>,
    extraction: &Extraction,
    pattern: Option<&Regex>,
) -> Result<Result<String, String>, Stop> {
    let mut shown = true;
    let found = match (extraction.from, &extraction.attribute) {
        (Some(Source::Url), _) => attempt.page.url(),
        (Some(Source::Title), _) => look::title(attempt).await?,
        (from, attribute) => {
            let selectors = extraction.selectors.as_ref();
            let facts = look::facts(attempt, selectors, attribute.as_deref()).await?;
            let name = look::named(attempt, selectors);
            let Some(element) = facts.element else {
                return Ok(Err(match facts.present {
                    0 => format!("nothing matches {name}"),
                    many => format!("{many} elements match {name}, and none of them alone"),
                }));
            };
            shown = !facts.secret;
            let found = match (from, attribute) {
                (_, Some(_)) => facts.attribute,
                (Some(Source::Value), None) => facts.value,
                _ => facts.text,
            };
            match found {
                Some(found) if !found.is_empty() => found,
                _ => {
                    let what = match (from, attribute) {
                        (_, Some(attribute)) => format!("attribute `{attribute}`"),
                        (Some(Source::Value), None) => "value".to_owned(),
                        _ => "text".to_owned(),
                    };
                    return Ok(Err(format!("`{element}` has no {what}")));
                }
            }
        }
    };
    Ok(cut(&found, pattern).ok_or_else(|| {
        let pattern = pattern.map_or("", Regex::as_str);
        if shown {
            format!("`{}` does not match `{pattern}`", clipped(&found))
        } else {
            format!("what is there does not match `{pattern}`")
        }
    }))
}

/// The first group of the pattern, or the whole match when it has none.
fn cut(found: &str, pattern: Option<&Regex>) -> Option<String> {
    let Some(pattern) = pattern else {
        return Some(found.to_owned());
    };
    let groups = pattern.captures(found)?;
    let group = groups.get(1).or_else(|| groups.get(0))?;
    Some(group.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_group_is_the_value() {
        let cut = |pattern: &str| cut("Order No. 1017 of May", Some(&Regex::new(pattern).unwrap()));
        assert_eq!(cut(r"No\. (\d+)").as_deref(), Some("1017"));
        assert_eq!(cut(r"\d+").as_deref(), Some("1017"));
        assert_eq!(cut(r"No\. (\d{9})"), None);
    }
}
