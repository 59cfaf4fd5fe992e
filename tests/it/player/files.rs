//! Files that go to the site, and files that come from it.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use rehearsal::flow::Flow;
use rehearsal::sample::Cause;
use serde_json::{Value, json};

use super::harness::{Player, Setup, click, extended, own, with};

/// Two small files, gone at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("rehearsal-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("a.txt"), "12345").unwrap();
        std::fs::write(folder.join("b.txt"), "123").unwrap();
        Self(folder)
    }

    fn upload(&self, selector: &str, files: &[&str]) -> Value {
        let files: Vec<PathBuf> = files.iter().map(|file| self.0.join(file)).collect();
        own("upload", json!({"selectors": [selector], "files": files}))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_given_to_fields_and_to_choosers() {
    let folder = Folder::new("upload");
    // A frame in another process has a chooser of its own.
    let framed = Router::new().route(
        "/framed",
        get(async || Html("<!doctype html><title>Framed</title><script src=/log.js></script><iframe width=900 height=300></iframe>
            <script>document.querySelector('iframe').src = `http://localhost:${location.port}/upload.html?foreign`</script>")),
    );
    let mut player = Player::start_as(Setup {
        arguments: &["--site-per-process"],
        routes: framed,
        ..Setup::default()
    })
    .await;
    player.open("/upload.html").await;
    // A field; one that is not to be seen; its label.
    player.pass(folder.upload("#one", &["a.txt"])).await;
    player
        .pass(folder.upload("#attached", &["a.txt", "b.txt"]))
        .await;
    player.pass(folder.upload("#label", &["b.txt"])).await;
    player
        .hits(&["files a.txt:5", "files a.txt:5,b.txt:3", "files b.txt:3"])
        .await;
    // Buttons that open a chooser: of a hidden field, and of one that is in no document.
    player.pass(folder.upload("#opener", &["b.txt"])).await;
    player.pass(folder.upload("#detached", &["a.txt"])).await;
    player
        .hits(&[
            "click button#opener",
            "untrusted click input#attached",
            "files b.txt:3",
            "click button#detached",
            "files a.txt:5",
        ])
        .await;
    player.open("/framed").await;
    let foreign = |step| with(step, json!({"frame": [0]}));
    player
        .pass(foreign(folder.upload("#opener", &["b.txt"])))
        .await;
    player
        .pass(foreign(folder.upload("#one", &["a.txt"])))
        .await;
    player
        .expect("hits().filter((hit) => hit.startsWith('files')).join(' ') === 'files b.txt:3 files a.txt:5'", "hits().join()")
        .await;
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_uploaded_is_said_before_anything_is_pressed() {
    let folder = Folder::new("no-upload");
    let mut player = Player::start().await;
    player.open("/upload.html").await;
    let absent = player.fail(folder.upload("#opener", &["c.txt"])).await;
    assert_eq!(absent.cause, Cause::Flow);
    assert!(
        absent.message.starts_with("there is no file `"),
        "{absent:?}"
    );
    let several = player
        .fail(folder.upload("#one", &["a.txt", "b.txt"]))
        .await;
    assert_eq!(
        several.message,
        "`input#one` takes one file, and the step has 2"
    );
    player.hits(&[]).await;
    let dead = player.fail(folder.upload("#dead", &["a.txt"])).await;
    assert!(
        dead.message.starts_with(
            "`button#dead` is no file field, and pressing it opened no file chooser within"
        ),
        "{dead:?}"
    );
    let modern = player.fail(folder.upload("#modern", &["a.txt"])).await;
    assert!(modern.message.contains("showOpenFilePicker"), "{modern:?}");
    player.leave().await;
}

#[test]
fn paths_of_files_are_relative_to_the_flow() {
    let step = own(
        "upload",
        json!({"selectors": ["#f"], "files": ["a.png", "/b.png"]}),
    );
    let text = json!({"title": "t", "steps": [step]}).to_string();
    let mut flow = Flow::parse("flows/t.json", &text).unwrap();
    let there = |path: &Path| path.ends_with("a.png").then(|| path.to_owned());
    let missing = flow.resolve_files(Path::new("/flows"), there);
    assert_eq!(missing, [(1, PathBuf::from("/b.png"))]);
    let written = flow.to_json();
    assert!(written.contains("/flows/a.png"), "{written}");
}

async fn attachment() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/pdf"),
        (CONTENT_DISPOSITION, "attachment; filename=invoice-17.pdf"),
    ];
    (headers, "hello")
}

async fn page() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Files</title><script src=/log.js></script>
        <a id=link href=/file>Invoice</a> <a id=named href=/file download>Save</a>
        <a id=tab href=/file target=_blank>In a tab</a> <button id=none>None</button>
        <button id=blob onclick=\"Object.assign(document.createElement('a'),
            {href: window.URL.createObjectURL(new Blob(['abc'])), download: 'made.txt'}).click()\">Blob</button>
        <iframe srcdoc='<a id=inner href=/file>Inner</a>'></iframe>",
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_waited_for_and_compared() {
    let routes = Router::new()
        .route("/file", get(attachment))
        .route("/files", get(page));
    let mut player = Player::start_as(Setup {
        routes,
        ..Setup::default()
    })
    .await;
    player.open("/files").await;
    let downloading = |step: Value, download: Value| extended(step, json!({"download": download}));
    for selector in ["#link", "#named", "#tab"] {
        let invoice = json!({"name": "invoice-*.pdf", "atLeastBytes": 5});
        player.pass(downloading(click(&[selector]), invoice)).await;
    }
    player
        .pass(downloading(click(&["#blob"]), json!({"name": "made.txt"})))
        .await;
    let inner = with(click(&["#inner"]), json!({"frame": [0]}));
    player.pass(downloading(inner, json!({}))).await;
    // An address that leads to a file is no failed navigation.
    let url = player.site.url("/file");
    player
        .pass(downloading(
            json!({"type": "navigate", "url": url}),
            json!({}),
        ))
        .await;

    let none = player.fail(downloading(click(&["#none"]), json!({}))).await;
    assert!(
        none.message
            .starts_with("expected a download, none started within"),
        "{none:?}"
    );
    let other = json!({"name": "*.csv"});
    let other = player.fail(downloading(click(&["#link"]), other)).await;
    assert!(
        other
            .message
            .starts_with("expected a download named `*.csv`, and `invoice-17.pdf` came within"),
        "{other:?}"
    );
    let small = json!({"atLeastBytes": 1000});
    let small = player.fail(downloading(click(&["#link"]), small)).await;
    assert!(
        small.message.contains("has 5 bytes, and at least 1000"),
        "{small:?}"
    );
    player.leave().await;
}
