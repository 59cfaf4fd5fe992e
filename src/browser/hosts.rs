//! Which hosts get traffic.
//!
//! Each user's browser context has a proxy at which nobody listens, and the allowed hosts as
//! exceptions to it. So a request that may not pass ends in Chromium's network service before
//! any name is looked up or packet sent, whoever makes it (page, worker, service worker,
//! redirect, prefetch, `WebSocket`), and a request that may pass is not touched at all: no
//! interception, no header, caches as usual.

use url::{Host, Url};

use super::Hosts;

impl Hosts {
    /// Whether requests to this URL may pass.
    pub(super) fn allows(&self, url: &Url) -> bool {
        self.is_target(url) || self.allow.iter().any(|pattern| matches(pattern, url))
    }

    /// Whether the URL is of the target itself.
    pub(super) fn is_target(&self, url: &Url) -> bool {
        let (host, port) = split(&self.target);
        let default = matches!(url.port_or_known_default(), Some(80 | 443));
        host.eq_ignore_ascii_case(url.host_str().unwrap_or_default())
            && match port {
                Some(port) => url.port_or_known_default() == Some(port),
                None => default,
            }
    }

    /// The exceptions to the proxy, in the syntax of `proxyBypassList`. `<-loopback>` takes back
    /// the exception that Chromium makes for loopback by itself.
    pub(super) fn bypass_list(&self) -> String {
        let mut rules = vec!["<-loopback>".to_owned()];
        if split(&self.target).1.is_some() {
            rules.push(self.target.clone());
        } else if !self.target.is_empty() {
            rules.push(format!("{}:80", self.target));
            rules.push(format!("{}:443", self.target));
        }
        rules.extend(self.allow.iter().cloned());
        rules.join(";")
    }
}

fn matches(pattern: &str, url: &Url) -> bool {
    let (host, port) = split(pattern);
    if port.is_some() && port != url.port_or_known_default() {
        return false;
    }
    let actual = url.host_str().unwrap_or_default().to_ascii_lowercase();
    let host = host.to_ascii_lowercase();
    match host.strip_prefix('*') {
        Some(suffix) if matches!(url.host(), Some(Host::Domain(_))) => actual.ends_with(suffix),
        Some(_) => false,
        None => actual == host,
    }
}

/// Host (an IPv6 address keeps its brackets) and port.
fn split(host: &str) -> (&str, Option<u16>) {
    if let Some((name, port)) = host.rsplit_once(':')
        && !port.contains(']')
        && let Ok(port) = port.parse()
    {
        return (name, Some(port));
    }
    (host, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, allow: &[&str], url: &str) -> bool {
        Hosts {
            target: target.to_owned(),
            allow: allow.iter().map(|&host| host.to_owned()).collect(),
        }
        .allows(&Url::parse(url).unwrap())
    }

    #[test]
    fn the_target_is_its_host_and_port() {
        assert!(check("127.0.0.1:8000", &[], "http://127.0.0.1:8000/x"));
        assert!(check("127.0.0.1:8000", &[], "ws://127.0.0.1:8000/x"));
        assert!(!check("127.0.0.1:8000", &[], "http://127.0.0.1:8001/"));
        assert!(!check("127.0.0.1:8000", &[], "http://localhost:8000/"));
        assert!(check("shop.example", &[], "https://shop.example/"));
        assert!(check("shop.example", &[], "http://shop.example/"));
        assert!(!check("shop.example", &[], "http://shop.example:8080/"));
        assert!(!check("shop.example", &[], "https://www.shop.example/"));
        assert!(check("[::1]:8000", &[], "http://[::1]:8000/"));
        assert!(!check("[::1]", &[], "http://[::1]:8000/"));
    }

    #[test]
    fn further_hosts_may_be_patterns_and_have_any_port() {
        let allow = ["*.example.com", "api.test:8443"];
        assert!(check("a", &allow, "https://cdn.example.com/"));
        assert!(check("a", &allow, "https://cdn.example.com:9000/"));
        assert!(!check("a", &allow, "https://example.com.evil.test/"));
        assert!(!check("a", &allow, "https://notexample.com/"));
        assert!(check("a", &allow, "https://api.test:8443/"));
        assert!(!check("a", &allow, "https://api.test/"));
    }

    #[test]
    fn the_bypass_list_names_each_host_and_takes_loopback_back() {
        let hosts = Hosts {
            target: "shop.example".to_owned(),
            allow: vec!["*.cdn.example".to_owned()],
        };
        assert_eq!(
            hosts.bypass_list(),
            "<-loopback>;shop.example:80;shop.example:443;*.cdn.example"
        );
    }
}
