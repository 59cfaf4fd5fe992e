//! What goes over a panel's line, both ways.

use bytes::Bytes;
use rehearsal::browser::capture::{MouseAction, RemoteInput, Shown, TabShown, Typed};
use rehearsal::flow::DialogKind;
use rehearsal::record::panel::{FILE_LIMIT, PanelInput, PanelOptions};
use rehearsal::record::{Command, Purpose};
use reqwest::{Client, Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::{Position, Url};

use super::harness::{Desk, Line, Told, view};

fn picture(content: &'static [u8]) -> Shown {
    Shown::Picture {
        jpeg: Bytes::from_static(content),
        width: 1280.0,
        height: 800.0,
    }
}

#[tokio::test]
async fn a_page_that_comes_late_gets_everything() {
    let desk = Desk::start_with(PanelOptions {
        remote: true,
        window: Some((1280, 800)),
        ..PanelOptions::default()
    })
    .await;
    desk.panel.show(&view(1));
    desk.panel.show(&view(3));
    let tab = TabShown {
        tab: 0,
        title: "Shop".to_owned(),
        url: "https://shop.example/".to_owned(),
        front: true,
        loading: false,
    };
    desk.panel.screen(Shown::Tabs { tabs: vec![tab] });
    desk.panel.screen(Shown::Dialog {
        kind: DialogKind::Confirm,
        message: "Sure?".to_owned(),
        default: String::new(),
    });
    desk.panel.screen(picture(b"first"));
    desk.panel.screen(picture(b"second"));

    let cookie = desk.cookie().await;
    for _second_tab in 0..2 {
        let mut line = desk.line(&cookie).await;
        let hello = line.text("hello").await;
        assert_eq!(hello["remote"], true);
        assert_eq!(hello["window"], json!([1280, 800]));
        assert_eq!(hello["fileLimit"], FILE_LIMIT);
        let told = line.text("view").await;
        assert_eq!(told["view"]["steps"].as_array().unwrap().len(), 3);
        assert_eq!(
            line.text("screen").await["shown"]["tabs"][0]["title"],
            "Shop"
        );
        assert_eq!(line.text("screen").await["shown"]["message"], "Sure?");
        let Some(Told::Picture(bytes)) = line.next().await else {
            panic!("a picture");
        };
        assert!(bytes.ends_with(b"second"), "the newest only");
    }
}

#[tokio::test]
async fn every_page_hears_what_is_new() {
    let desk = Desk::start().await;
    let cookie = desk.cookie().await;
    let mut lines = [desk.line(&cookie).await, desk.line(&cookie).await];
    for line in &mut lines {
        line.text("hello").await;
    }
    desk.panel.opened().await;
    desk.panel.show(&view(2));
    desk.panel.say("There is no such feed.");
    for line in &mut lines {
        assert_eq!(line.text("view").await["view"]["steps"][1]["id"], 2);
        assert_eq!(
            line.text("error").await["message"],
            "There is no such feed."
        );
    }
}

/// A page that draws slowly gets fewer pictures, not older ones.
#[tokio::test]
async fn pictures_wait_for_those_before_them_to_be_drawn() {
    let desk = Desk::remote().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    line.text("hello").await;
    for expected in [1, 2] {
        desk.panel.screen(picture(b"a"));
        assert_eq!(line.picture().await, expected);
    }
    for _ in 3..=40 {
        desk.panel.screen(picture(b"b"));
    }
    // What comes now comes before any picture.
    desk.panel.say("still here");
    assert!(matches!(line.next().await, Some(Told::Text(_))));
    line.send(json!({"seen": 1})).await;
    assert_eq!(line.picture().await, 40);
}

#[tokio::test]
async fn wishes_and_input_come_out_in_their_order() {
    let mut desk = Desk::remote().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    line.send(json!({"command": {"type": "pick", "purpose": "text"}}))
        .await;
    line.send(json!({"remote": {"type": "mouse", "action": "down", "x": 10.5, "y": 20, "button": 0, "buttons": 1, "clicks": 2, "modifiers": 8}})).await;
    line.send(json!({"remote": {"type": "paste", "text": "hunter2", "html": null}}))
        .await;
    line.send(json!({"command": {"type": "unexpect", "step": 7, "index": 1}}))
        .await;

    let purpose = Purpose::Text;
    desk.expect(Command::Pick { purpose }).await;
    let mouse = RemoteInput::Mouse {
        action: MouseAction::Down,
        x: 10.5,
        y: 20.0,
        button: 0,
        buttons: 1,
        clicks: 2,
        modifiers: 8,
    };
    assert_eq!(desk.input().await, PanelInput::Remote(mouse));
    let paste = desk.input().await;
    assert!(!format!("{paste:?}").contains("hunter2"), "{paste:?}");
    let text = Typed("hunter2".to_owned());
    assert_eq!(
        paste,
        PanelInput::Remote(RemoteInput::Paste { text, html: None })
    );
    desk.expect(Command::Unexpect { step: 7, index: 1 }).await;
}

/// A toolbar without a browser cannot move one; what is not understood is not quoted.
#[tokio::test]
async fn what_is_not_understood_is_said_and_not_repeated() {
    let mut desk = Desk::start().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    for message in [
        json!({"remote": {"type": "text", "text": "hunter2"}}),
        json!({"command": {"type": "name", "step": "hunter2", "name": "x"}}),
        json!({"hunter2": 1}),
        json!({"files": [1]}),
    ] {
        line.send(message).await;
        let error = line.text("error").await;
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    line.send(json!({"command": {"type": "undo"}})).await;
    desk.expect(Command::Undo).await;
}

/// A key or button that is down when the line breaks would stay down in the page.
#[tokio::test]
async fn a_broken_line_lets_go_what_was_held() {
    let mut desk = Desk::remote().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    let shift = json!({"remote": {"type": "key", "down": true, "key": "Shift", "code": "ShiftLeft", "keyCode": 16, "location": 1, "modifiers": 8, "repeat": false}});
    let press = json!({"remote": {"type": "mouse", "action": "down", "x": 1, "y": 2, "button": 0, "buttons": 1, "clicks": 1, "modifiers": 8}});
    line.send(shift).await;
    line.send(press).await;
    for _ in 0..2 {
        desk.input().await;
    }
    drop(line);
    let PanelInput::Remote(RemoteInput::Key { down, code, .. }) = desk.input().await else {
        panic!("the key");
    };
    assert_eq!((down, &*code), (false, "ShiftLeft"));
    let PanelInput::Remote(RemoteInput::Mouse {
        action, x, buttons, ..
    }) = desk.input().await
    else {
        panic!("the button");
    };
    assert_eq!((action, x, buttons), (MouseAction::Up, 1.0, 0));
}

#[tokio::test]
async fn the_end_is_told_with_the_last_view() {
    let desk = Desk::start().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    line.text("hello").await;
    // One that never reads does not hold up the end.
    let _deaf = desk.line(&cookie).await;
    let Desk { panel, .. } = desk;
    let port = panel.port();
    panel.show(&view(5));
    panel.end("Saved flows/checkout.json.").await;
    let told = line.text("view").await;
    assert_eq!(told["view"]["steps"].as_array().unwrap().len(), 5);
    assert_eq!(
        line.text("over").await["message"],
        "Saved flows/checkout.json."
    );
    assert!(line.next().await.is_none());
    assert!(
        tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_err()
    );
}

async fn upload(desk: &Desk, cookie: &str, name: &str, body: &'static str) -> Response {
    let url = Url::parse_with_params(&desk.url("files"), [("name", name)]).unwrap();
    let request = Client::new().post(url).body(body);
    let origin = format!("http://{}", desk.host());
    let request = request.header("cookie", cookie).header("origin", origin);
    request.send().await.unwrap()
}

async fn files(desk: &mut Desk, line: &mut Line, numbers: &[u32]) -> Vec<std::path::PathBuf> {
    line.send(json!({"files": numbers})).await;
    match desk.input().await {
        PanelInput::Remote(RemoteInput::Files { files }) => files,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn files_come_to_this_machine_and_go_with_the_panel() {
    let mut desk = Desk::remote().await;
    let cookie = desk.cookie().await;
    let mut line = desk.line(&cookie).await;
    let mut numbers = Vec::new();
    for (name, content) in [("photo.jpg", "one"), ("../../photo.jpg", "two")] {
        let answer = upload(&desk, &cookie, name, content).await;
        assert_eq!(answer.status(), StatusCode::OK);
        numbers.push(answer.text().await.unwrap().parse().unwrap());
    }
    let found = files(&mut desk, &mut line, &numbers).await;
    let folder = desk.panel.files().unwrap().to_owned();
    for (file, content) in found.iter().zip(["one", "two"]) {
        assert!(file.starts_with(&folder), "{}", file.display());
        assert_eq!(file.file_name().unwrap(), "photo.jpg");
        assert_eq!(std::fs::read_to_string(file).unwrap(), content);
    }
    assert_eq!(found.len(), 2);
    // None closes the chooser; numbers of nobody are no files.
    assert!(files(&mut desk, &mut line, &[]).await.is_empty());
    assert!(files(&mut desk, &mut line, &[77]).await.is_empty());
    drop(line);
    drop(desk);
    let gone = async {
        while folder.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(super::harness::PATIENCE, gone)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_and_not_kept() {
    let desk = Desk::remote().await;
    let cookie = desk.cookie().await;
    let path = Url::parse(&desk.url("files?name=big")).unwrap();
    // A length that is said is refused at once; else the limit has to be found on the way.
    for length in [
        format!("content-length: {}", FILE_LIMIT + 1),
        "transfer-encoding: chunked".to_owned(),
    ] {
        let mut socket = TcpStream::connect(desk.host()).await.unwrap();
        let (path, host) = (&path[Position::BeforePath..], desk.host());
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: http://{host}\r\ncookie: {cookie}\r\n{length}\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        let (mut answer, mut request) = socket.split();
        let sending = async {
            if length.starts_with("content") {
                return;
            }
            let chunk = [b"100000\r\n", vec![7; 0x10_0000].as_slice(), b"\r\n"].concat();
            // It ends when nobody reads any more.
            while request.write_all(&chunk).await.is_ok() {}
        };
        let mut said = String::new();
        let reading = async {
            let mut buffer = [0; 4096];
            while !said.contains("100 MB") {
                let read = answer.read(&mut buffer).await.unwrap();
                assert_ne!(read, 0, "{said}");
                said.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        };
        tokio::pin!(sending);
        tokio::select! {
            () = reading => {}
            () = async { sending.await; std::future::pending().await } => {}
        }
        assert!(said.starts_with("HTTP/1.1 413"), "{said}");
    }
    let folder = desk.panel.files().unwrap();
    let kept = std::fs::read_dir(folder.join("1")).unwrap().count();
    assert_eq!(kept, 0);
}
