//! Which hosts get traffic while a person records, and which of them the flow needs again.
//!
//! The address's own host may, and what is below it (`*.shop.example`; for `www.shop.example`
//! below `shop.example`). All else is blocked and told, unless `--allow` names it.

use std::collections::BTreeSet;

use rehearsal::browser::Hosts;
use url::{Host, Url};

use super::super::replay::host_of;

/// Hosts of a recording.
pub(super) struct Guests {
    target: String,
    /// Patterns below the target's own name.
    family: Vec<String>,
    /// As `--allow` has them.
    allowed: Vec<String>,
    all: bool,
    /// Hosts that were asked for something.
    seen: BTreeSet<String>,
    /// Hosts that got no traffic.
    blocked: Vec<String>,
}

/// `cdn.example.net`, `*.example.net`, with or without a port.
pub(super) fn parse(text: &str) -> Result<String, String> {
    let strange = |letter: char| letter.is_whitespace() || "/?#@;,<>".contains(letter);
    if text.is_empty() || text.contains("://") || text.contains(strange) {
        return Err("expected a host such as `cdn.example.net` or `*.example.net`".to_owned());
    }
    Ok(text.to_lowercase())
}

impl Guests {
    pub(super) fn new(url: &Url, allow: &[String], all: bool) -> Self {
        let family = match url.host() {
            Some(Host::Domain(name)) if name.contains('.') => {
                let own = name.strip_prefix("www.").filter(|rest| rest.contains('.'));
                match own {
                    Some(rest) => vec![rest.to_owned(), format!("*.{rest}")],
                    None => vec![format!("*.{name}")],
                }
            }
            _ => Vec::new(),
        };
        Self {
            target: host_of(url).unwrap_or_default(),
            family,
            allowed: allow.to_vec(),
            all,
            seen: BTreeSet::new(),
            blocked: Vec::new(),
        }
    }

    /// For the browser; nothing when all may.
    pub(super) fn hosts(&self) -> Option<Hosts> {
        (!self.all).then(|| Hosts {
            target: self.target.clone(),
            allow: [self.family.as_slice(), &self.allowed].concat(),
        })
    }

    /// Notes that something was asked for at this address.
    pub(super) fn saw(&mut self, url: &str) {
        let url = Url::parse(url).ok();
        let web = url.filter(|url| matches!(url.scheme(), "http" | "https" | "ws" | "wss"));
        if let Some(host) = web.as_ref().and_then(host_of) {
            self.seen.insert(host.to_lowercase());
        }
    }

    /// Notes that this host got no traffic. Says whether that is new.
    pub(super) fn block(&mut self, host: &str) -> bool {
        let new = !self.blocked.iter().any(|known| known == host);
        if new {
            self.blocked.push(host.to_owned());
        }
        new
    }

    /// Hosts that got no traffic.
    pub(super) fn blocked(&self) -> &[String] {
        &self.blocked
    }

    /// What the flow needs beyond the host that it opens: the patterns that let a host through that
    /// was asked, so that replays may ask its siblings; without patterns the hosts themselves.
    pub(super) fn needed(&self) -> Vec<String> {
        let mut needed: Vec<String> = Vec::new();
        for host in &self.seen {
            if *host == self.target || self.blocked.contains(host) {
                continue;
            }
            let patterns = self.allowed.iter().chain(&self.family);
            let through = patterns.clone().find(|pattern| covers(pattern, host));
            let need = match through {
                Some(pattern) => pattern.clone(),
                None if self.all => host.clone(),
                None => continue,
            };
            if !needed.contains(&need) {
                needed.push(need);
            }
        }
        needed
    }
}

/// Whether the pattern lets this host through.
fn covers(pattern: &str, host: &str) -> bool {
    let name = |host: &str| match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|digit| digit.is_ascii_digit()) => name.to_owned(),
        _ => host.to_owned(),
    };
    let has_port = name(pattern) != pattern;
    let host = if has_port {
        host.to_owned()
    } else {
        name(host)
    };
    match pattern.strip_prefix('*') {
        Some(suffix) => host.ends_with(suffix),
        None => host == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guests(url: &str, allow: &[&str], all: bool) -> Guests {
        let allow: Vec<String> = allow.iter().map(|&host| host.to_owned()).collect();
        Guests::new(&Url::parse(url).unwrap(), &allow, all)
    }

    #[test]
    fn the_host_and_what_is_below_it_may() {
        let hosts = |url| guests(url, &["cdn.test"], false).hosts().unwrap();
        let shop = hosts("https://shop.example/a");
        assert_eq!(shop.target, "shop.example");
        assert_eq!(shop.allow, ["*.shop.example", "cdn.test"]);
        let www = hosts("https://www.shop.example:8443/");
        assert_eq!(www.target, "www.shop.example:8443");
        assert_eq!(www.allow, ["shop.example", "*.shop.example", "cdn.test"]);
        assert_eq!(hosts("http://127.0.0.1:8000").allow, ["cdn.test"]);
        assert_eq!(hosts("http://localhost:8000").allow, ["cdn.test"]);
        assert_eq!(guests("http://a.test", &[], true).hosts(), None);
    }

    #[test]
    fn the_flow_needs_what_was_asked_and_let_through() {
        let mut guests = guests(
            "https://www.shop.example",
            &["cdn.test", "never.test"],
            false,
        );
        for url in [
            "https://www.shop.example/",
            "https://img7.shop.example/a.png",
            "https://cdn.test:8443/x.js",
            "https://tracker.test/",
            "data:text/plain,x",
            "no address",
        ] {
            guests.saw(url);
        }
        assert!(guests.block("tracker.test"));
        assert!(!guests.block("tracker.test"));
        assert_eq!(guests.needed(), ["cdn.test", "*.shop.example"]);
    }

    #[test]
    fn without_a_rule_the_hosts_themselves_are_needed() {
        let mut guests = guests("http://127.0.0.1:8000", &[], true);
        guests.saw("http://127.0.0.1:8000/");
        guests.saw("http://127.0.0.1:9000/api");
        assert_eq!(guests.needed(), ["127.0.0.1:9000"]);
    }

    #[test]
    fn hosts_are_hosts() {
        assert_eq!(
            parse("CDN.example.net:8443"),
            Ok("cdn.example.net:8443".to_owned())
        );
        for wrong in ["", "https://a.test", "a.test/x", "a b", "a;b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
