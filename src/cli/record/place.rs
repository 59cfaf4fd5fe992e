//! Where a recording begins and where it is kept: the address, the file, the title, the display.
//! All of it can refuse before anything is started.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use miette::miette;
use url::{Host, Url};

use super::Args;

/// Folder of flows that nobody named.
const FLOWS: &str = "flows";

/// Longest side of a window, px.
const LARGEST: u32 = 16_384;

/// The file of a flow, and its title.
pub(super) struct Place {
    pub(super) file: PathBuf,
    pub(super) title: String,
}

impl Place {
    /// As asked for, else named after the host.
    pub(super) fn of(args: &Args, url: &Url) -> miette::Result<Self> {
        let file = match &args.output {
            Some(file) => given(file)?,
            None => free(
                Path::new(FLOWS),
                &args
                    .title
                    .as_deref()
                    .map_or_else(|| slug(url.host_str().unwrap_or_default()), slug),
                args.force,
            ),
        };
        if file.exists() && !args.force {
            return Err(miette!(
                help = "give another name by `-o`, or `--force`",
                "there is a file `{}` already",
                file.display()
            ));
        }
        check_writable(&file)?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let title = args.title.clone();
        let title = title.unwrap_or_else(|| stem.replace(['_', '-'], " "));
        if title.trim().is_empty() {
            return Err(miette!("the title is empty"));
        }
        Ok(Self { file, title })
    }
}

/// Whether a file can be made there, or in the nearest folder that is there.
fn check_writable(file: &Path) -> miette::Result<()> {
    let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folders = whole.ancestors().skip(1);
    let Some(folder) = folders.into_iter().find(|folder| folder.exists()) else {
        return Ok(());
    };
    tempfile::tempfile_in(folder).map(drop).map_err(|error| {
        miette!(
            help = "name a file in another folder by `-o`",
            "`{}` cannot be written: nothing can be made in `{}`: {error}",
            file.display(),
            folder.display()
        )
    })
}

fn given(file: &Path) -> miette::Result<PathBuf> {
    if file.is_dir() {
        return Err(miette!(
            help = format!(
                "name a file in it, such as `{}`",
                file.join("checkout.json").display()
            ),
            "`{}` is a folder",
            file.display()
        ));
    }
    Ok(file.to_owned())
}

/// The first name that is not taken: `shop.json`, `shop-2.json`.
fn free(folder: &Path, name: &str, force: bool) -> PathBuf {
    let first = folder.join(format!("{name}.json"));
    if force {
        return first;
    }
    let numbered = (2..).map(|number| folder.join(format!("{name}-{number}.json")));
    let mut all = std::iter::once(first.clone()).chain(numbered);
    all.find(|path| !path.exists()).unwrap_or(first)
}

/// Letters, digits and dashes.
fn slug(text: &str) -> String {
    let text = text.strip_prefix("www.").unwrap_or(text).to_lowercase();
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        "flow".to_owned()
    } else {
        words.join("-")
    }
}

/// A web address as people type it: `shop.example` is `https://shop.example/`, an address of this
/// machine `http://`.
pub(super) fn parse_url(typed: &str) -> miette::Result<Url> {
    let typed = typed.trim();
    let whole = if typed.contains("://") {
        typed.to_owned()
    } else {
        let guess = Url::parse(&format!("http://{typed}"));
        let near = guess.is_ok_and(|url| is_near(&url));
        format!("{}://{typed}", if near { "http" } else { "https" })
    };
    let expected = "give an address such as `https://shop.example` or `http://127.0.0.1:8000`";
    let url = Url::parse(&whole)
        .map_err(|error| miette!(help = expected, "`{typed}` is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        let hint = near_scheme(url.scheme());
        return Err(miette!(
            help = format!("{hint}{expected}"),
            "expected an `http` or `https` address, found `{}://`",
            url.scheme()
        ));
    }
    if url.host_str().unwrap_or_default().is_empty() {
        return Err(miette!(help = expected, "`{typed}` names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        // The address is not repeated: it holds a password.
        return Err(miette!(
            help = "let the recording log in by the site's own page",
            "a user name and password in the address are not supported: they would stand in the flow"
        ));
    }
    Ok(url)
}

fn near_scheme(scheme: &str) -> &'static str {
    if scheme.starts_with('h') {
        "did you mean `http://` or `https://`? "
    } else {
        ""
    }
}

/// On this machine or in its network, where `https` is rare.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        Some(Host::Domain(name)) => {
            name == "localhost" || name.ends_with(".localhost") || !name.contains('.')
        }
        None => false,
    }
}

/// `1280x800`.
pub(super) fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once(['x', 'X', '×']);
    let side = |side: &str| {
        let side: u32 = side.trim().parse().ok()?;
        (100..=LARGEST).contains(&side).then_some(side)
    };
    let sides = sides.and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides.ok_or_else(|| format!("expected a size such as `1280x800`, from 100 to {LARGEST} px"))
}

/// Whether a window can be shown.
pub(super) fn check_display(remote: bool) -> miette::Result<()> {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if remote || has_display(set) {
        return Ok(());
    }
    Err(miette!(
        help = "add `--remote` to use the browser in a page that you open elsewhere; over SSH, \
                `ssh -X` lends your display; `xvfb-run rehearsal record …` has one that nobody sees",
        "there is no display for the browser's window: neither `DISPLAY` nor `WAYLAND_DISPLAY` is set"
    ))
}

/// Whether this machine shows windows to whoever runs this.
pub(in crate::cli) fn has_display(set: impl Fn(&str) -> bool) -> bool {
    cfg!(target_os = "macos") || ["DISPLAY", "WAYLAND_DISPLAY"].into_iter().any(set)
}

/// Whether a port on loopback is free.
pub(super) fn check_port(port: Option<u16>, option: &str) -> miette::Result<()> {
    let Some(port) = port.filter(|port| *port != 0) else {
        return Ok(());
    };
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .map(drop)
        .map_err(|error| {
            miette!(
                help = format!(
                    "give another port by `{option} N`, or leave it out to get one that is free"
                ),
                "cannot listen on 127.0.0.1:{port} (`{option}`): {error}"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_type_them() {
        for (typed, read) in [
            ("shop.example", "https://shop.example/"),
            ("shop.example/a?b=c#d", "https://shop.example/a?b=c#d"),
            ("localhost:3000", "http://localhost:3000/"),
            ("127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
            ("[::1]:8000", "http://[::1]:8000/"),
            ("web:8000", "http://web:8000/"),
            (" http://a.test ", "http://a.test/"),
        ] {
            assert_eq!(parse_url(typed).unwrap().as_str(), read, "{typed}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused_without_its_password() {
        for (typed, said) in [
            ("", "is no address"),
            ("htps://shop.example", "found `htps://`"),
            ("file:///etc/passwd", "found `file://`"),
            ("https://", "is no address"),
            ("https://ann:hunter2@shop.example", "not supported"),
        ] {
            let error = parse_url(typed).unwrap_err().to_string();
            assert!(error.contains(said), "{typed}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn sizes_are_two_sides() {
        assert_eq!(parse_size("1280x800"), Ok((1280, 800)));
        assert_eq!(parse_size("400×900"), Ok((400, 900)));
        for wrong in ["1280", "x", "0x800", "1280x99999", "12 80", "-5x5"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn files_are_named_after_the_host_and_never_twice() {
        let folder = tempfile::tempdir().unwrap();
        let named = |force| free(folder.path(), &slug("www.Shop.example"), force);
        let first = named(false);
        assert_eq!(first, folder.path().join("shop-example.json"));
        std::fs::write(&first, "").unwrap();
        assert_eq!(named(false), folder.path().join("shop-example-2.json"));
        assert_eq!(named(true), first);
        assert_eq!(slug("…"), "flow");
    }
}
