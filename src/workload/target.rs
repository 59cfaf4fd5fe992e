//! The run's name and `[target]`.

use std::path::Path;

use url::Url;

use super::document::Placed;
use super::error::Problem;
use super::mask;
use super::model::Target;
use super::overrides::Overrides;
use super::raw::RawTarget;

/// The file's `name`, else its folder's; it becomes a part of the run folder's name.
pub(super) fn name(path: &Path, typed: Option<&Placed<String>>) -> Result<String, Problem> {
    let Some(typed) = typed else {
        let folder = path.parent().and_then(Path::file_name);
        let folder = folder.map(|name| name.to_string_lossy().into_owned());
        return Ok(folder.unwrap_or_else(|| "rehearsal".to_owned()));
    };
    let fits = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    if typed.value.chars().all(fits) && !typed.value.starts_with('.') {
        Ok(typed.value.clone())
    } else {
        Err(typed
            .problem("does not fit the name of a folder", "this name")
            .help("letters, digits, spaces, `-`, `_` and `.`"))
    }
}

/// The site: `--url`, else the file's.
pub(super) fn target(raw: &RawTarget, overrides: &Overrides) -> Result<Target, Problem> {
    let url = match &overrides.url {
        Some(url) => url.clone(),
        None => target_url(&raw.url)?,
    };
    for host in &raw.allow {
        if host.value.contains("://") || host.value.contains('/') {
            return Err(host
                .problem(
                    format!("`{}` is a URL, expected a host", host.value),
                    "a host alone",
                )
                .help("write `cdn.example.com`, `*.example.com` or `localhost:9000`"));
        }
    }
    Ok(Target {
        url,
        allow: raw.allow.iter().map(|host| host.value.clone()).collect(),
        mark: raw.mark,
        heal: raw.heal && !overrides.no_heal,
    })
}

fn target_url(typed: &Placed<String>) -> Result<Url, Problem> {
    let wrong = |what: String| {
        typed
            .problem(what, "this URL")
            .help("write a whole URL, such as `http://127.0.0.1:8000`")
    };
    let shown = mask::passwords(&typed.value);
    let url =
        Url::parse(&typed.value).map_err(|error| wrong(format!("`{shown}` is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong(format!(
            "expected an `http` or `https` URL with a host, found `{shown}`"
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(typed
            .problem(
                "a user name and password in the URL are not supported yet",
                "with a user name",
            )
            .help("let the flow log in, or let the site answer without HTTP authentication"));
    }
    Ok(url)
}
