//! Who may use a panel.

use reqwest::{Client, Method, Response, StatusCode};

use super::harness::{Desk, view};

async fn get(url: &str, headers: &[(&str, &str)]) -> Response {
    ask(Method::GET, url, headers).await
}

async fn ask(method: Method, url: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Client::new().request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

/// It is refused, with this said.
async fn refused(answer: Response, why: &str) {
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.headers().get("set-cookie").is_none());
    let page = answer.text().await.unwrap();
    assert!(page.contains(why), "{page}");
}

#[tokio::test]
async fn the_link_works_once_in_the_browser_that_opens_it_first() {
    let desk = Desk::start().await;
    let url = desk.panel.url();
    let token = url.trim_end_matches('/').rsplit('/').next().unwrap();
    assert_eq!(token.len(), 32, "128 bits: {url}");

    // Nothing that a browser does by itself spends it.
    let head = ask(Method::HEAD, url, &[]).await;
    assert_eq!(head.status(), StatusCode::FORBIDDEN);
    refused(get(&desk.url("panel.js"), &[]).await, "This link was used").await;
    assert!(
        desk.try_line(None, Some(&format!("http://{}", desk.host())))
            .await
            .is_err()
    );

    let first = get(url, &[]).await;
    assert_eq!(first.status(), StatusCode::OK);
    let cookie = first.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in [&format!("Path=/{token}/"), "HttpOnly", "SameSite=Strict"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = cookie.split(';').next().unwrap();
    assert!(!cookie.contains(token), "it is another secret");

    // Another browser is told why not; the first one may come again.
    refused(get(url, &[]).await, "This link was used").await;
    refused(
        get(url, &[("cookie", "rehearsal=0")]).await,
        "This link was used",
    )
    .await;
    for part in ["", "panel.js", "panel.css"] {
        let answer = get(&desk.url(part), &[("cookie", cookie)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{part}");
    }
    assert!(
        desk.try_line(None, Some(&format!("http://{}", desk.host())))
            .await
            .is_err()
    );
    desk.line(cookie).await.text("hello").await;
}

#[tokio::test]
async fn another_token_opens_nothing() {
    let desk = Desk::start().await;
    let cookie = desk.cookie().await;
    let host = desk.host();
    for path in ["", "live", "panel.js", "0123456789abcdef0123456789abcdef/"] {
        let answer = get(&format!("http://{host}/{path}"), &[("cookie", &cookie)]).await;
        refused(answer, "Not with this link").await;
    }
}

#[tokio::test]
async fn other_hosts_and_other_sites_are_refused() {
    let desk = Desk::start().await;
    let url = desk.panel.url();
    // A name of somebody else that leads here, as DNS rebinding makes one: the token stays unspent.
    let rebound = get(url, &[("host", "shop.evil.example")]).await;
    refused(rebound, "Not at this address").await;
    let cookie = desk.cookie().await;

    // Through `ssh -L` it has another port.
    let forwarded = get(url, &[("host", "localhost:9000"), ("cookie", &cookie)]).await;
    assert_eq!(forwarded.status(), StatusCode::OK);

    let own = format!("http://{}", desk.host());
    let foreign = [
        None,
        Some("null"),
        Some("http://evil.example"),
        Some("http://127.0.0.1:1"),
        Some("https://127.0.0.1"),
    ];
    for origin in foreign {
        let line = desk.try_line(Some(&cookie), origin).await;
        assert!(line.is_err(), "{origin:?}");
        let mut headers = vec![("cookie", &*cookie)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let answer = ask(Method::POST, &desk.url("files?name=a"), &headers).await;
        refused(answer, "Not from another site").await;
    }
    assert!(desk.try_line(Some(&cookie), Some(&own)).await.is_ok());
}

#[tokio::test]
async fn its_pages_are_closed_to_others() {
    let desk = Desk::start().await;
    let answer = get(desk.panel.url(), &[]).await;
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    let policy = header("content-security-policy");
    for part in [
        "default-src 'none'",
        "script-src 'self';",
        "style-src 'self';",
        "frame-ancestors 'none'",
        "form-action 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(
        policy.contains(&format!("ws://{};", desk.host())),
        "{policy}"
    );
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("referrer-policy"), "no-referrer");
    assert_eq!(header("x-frame-options"), "DENY");

    // Other addresses of this machine do not answer.
    let elsewhere = tokio::net::TcpStream::connect(("127.0.0.2", desk.panel.port())).await;
    assert!(elsewhere.is_err());
}

#[tokio::test]
async fn a_taken_port_is_said_and_a_panel_ends_when_dropped() {
    let desk = Desk::start().await;
    let port = desk.panel.port();
    let options = rehearsal::record::panel::PanelOptions {
        port: Some(port),
        ..Default::default()
    };
    let error = rehearsal::record::panel::Panel::start(options)
        .await
        .unwrap_err();
    assert!(error.to_string().contains(&port.to_string()), "{error}");

    desk.panel.show(&view(1));
    drop(desk);
    let gone = async {
        while tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::harness::PATIENCE, gone)
        .await
        .unwrap();
}
