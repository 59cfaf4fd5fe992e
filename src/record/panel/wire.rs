//! What goes over the websocket, both ways. Pictures are binary ([`picture`]), the rest is JSON.

use axum::extract::ws::Utf8Bytes;
use bytes::{BufMut, Bytes, BytesMut};
use serde::{Deserialize, Serialize};

use crate::browser::capture::{RemoteInput, Shown};
use crate::record::{Command, View};

/// What a page is told.
#[derive(Debug, Serialize)]
#[serde(
    tag = "type",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(super) enum Telling<'a> {
    /// First of all.
    Hello {
        /// There is a live browser to show.
        remote: bool,
        /// Size at which its page stays.
        window: Option<(u32, u32)>,
        /// Largest file that can be uploaded, bytes.
        file_limit: u64,
    },
    /// The recording as it is.
    View { view: &'a View },
    /// What the browser shows, pictures apart.
    Screen { shown: &'a Shown },
    /// Something went wrong.
    Error { message: &'a str },
    /// The recording is over; nothing follows.
    Over { message: &'a str },
    /// Nothing happened, but the line is there.
    Beat,
}

impl Telling<'_> {
    /// As JSON.
    pub(super) fn text(&self) -> Utf8Bytes {
        // Strings and numbers only: writing them cannot fail.
        serde_json::to_string(self).unwrap_or_default().into()
    }
}

/// What a page tells.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Told {
    /// For the recorder.
    Command(Command),
    /// For the browser.
    Remote(RemoteInput),
    /// Answer to a chooser: numbers of uploaded files; none closes it.
    Files(Vec<u32>),
    /// This picture is drawn.
    Seen(u32),
}

/// A picture as a binary message: its number (u32), width and height of the page that it shows
/// (f32, CSS px), all big-endian, then the JPEG.
pub(super) fn picture(number: u32, width: f64, height: f64, jpeg: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(12 + jpeg.len());
    message.put_u32(number);
    message.put_f32(width as f32);
    message.put_f32(height as f32);
    message.put_slice(jpeg);
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Purpose;

    #[test]
    fn wishes_are_read() {
        let told = serde_json::from_str(r#"{"command":{"type":"pick","purpose":"visible"}}"#);
        let Ok(Told::Command(command)) = told else {
            panic!("a command");
        };
        let purpose = Purpose::Visible;
        assert_eq!(command, Command::Pick { purpose });
        assert!(matches!(
            serde_json::from_str(r#"{"seen":7}"#),
            Ok(Told::Seen(7))
        ));
    }

    #[test]
    fn a_picture_says_which_and_how_large() {
        let message = picture(7, 1280.0, 800.5, b"jpeg");
        assert_eq!(message[..4], [0, 0, 0, 7]);
        assert_eq!(message[4..8], 1280_f32.to_be_bytes());
        assert_eq!(message[8..12], 800.5_f32.to_be_bytes());
        assert_eq!(&message[12..], b"jpeg");
    }
}
