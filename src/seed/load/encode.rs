//! From values to what a column of a type holds: PostgreSQL's binary COPY format, and SQLite's
//! storage. Pure.

use super::super::schema::ColumnType;
use super::super::value::{DAY, Value, bytes_of, write_date, write_moment, write_plain};

/// First bytes of a binary COPY: signature, flags, length of the header's extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Last bytes of a binary COPY.
pub(super) const TRAILER: &[u8] = &(-1_i16).to_be_bytes();

/// Seconds from 1970-01-01 to 2000-01-01, PostgreSQL's epoch.
const POSTGRES_EPOCH: i64 = 946_684_800;

/// Appends a field with its length. `text` holds the value's text, if it is text.
pub(super) fn field(value: Value, text: &mut String, kind: &ColumnType, out: &mut Vec<u8>) {
    if value == Value::Null {
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        return;
    }
    match (kind, value) {
        (ColumnType::SmallInt, Value::Integer(n)) => fixed(&(n as i16).to_be_bytes(), out),
        (ColumnType::Integer, Value::Integer(n) | Value::Timestamp(n)) => {
            fixed(&(n as i32).to_be_bytes(), out);
        }
        (ColumnType::BigInt, Value::Integer(n) | Value::Timestamp(n)) => {
            fixed(&n.to_be_bytes(), out);
        }
        (ColumnType::Float4, _) => fixed(&(float(value) as f32).to_be_bytes(), out),
        (ColumnType::Float8, _) => fixed(&float(value).to_be_bytes(), out),
        (ColumnType::Numeric, Value::Integer(n)) => numeric(n, 0, out),
        (ColumnType::Numeric, Value::Decimal { unscaled, scale }) => numeric(unscaled, scale, out),
        (ColumnType::Boolean, Value::Boolean(yes)) => fixed(&[u8::from(yes)], out),
        (ColumnType::TimestampTz | ColumnType::Timestamp, Value::Timestamp(seconds)) => {
            fixed(&((seconds - POSTGRES_EPOCH) * 1_000_000).to_be_bytes(), out);
        }
        (ColumnType::Date, Value::Timestamp(seconds)) => {
            let days = (seconds - POSTGRES_EPOCH).div_euclid(DAY) as i32;
            fixed(&days.to_be_bytes(), out);
        }
        (ColumnType::Time, Value::Timestamp(seconds)) => {
            fixed(&(seconds.rem_euclid(DAY) * 1_000_000).to_be_bytes(), out);
        }
        (ColumnType::Uuid, Value::Uuid(bytes)) => fixed(&bytes, out),
        (ColumnType::Bytes, Value::Bytes) => {
            let length = text.chars().count() as i32;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend(bytes_of(text));
        }
        (ColumnType::JsonBinary, _) => {
            out.extend_from_slice(&(text.len() as i32 + 1).to_be_bytes());
            out.push(1);
            out.extend_from_slice(text.as_bytes());
        }
        (kind, value) => {
            write_plain(value, text);
            cut(text, kind);
            fixed(text.as_bytes(), out);
        }
    }
}

fn fixed(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn float(value: Value) -> f64 {
    match value {
        Value::Integer(number) => number as f64,
        Value::Decimal { unscaled, scale } => unscaled as f64 / 10_f64.powi(i32::from(scale)),
        _ => f64::NAN,
    }
}

/// Which of COPY's formats a table is sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::seed) enum Format {
    /// The server has nothing to parse.
    Binary,
    /// Any type that the server can read, as it reads it.
    Text,
}

impl Format {
    /// Binary, unless a column's type has a form that is not written here.
    pub(in crate::seed) fn of<'a>(kinds: impl IntoIterator<Item = &'a ColumnType>) -> Self {
        let textual = |kind: &ColumnType| matches!(kind, ColumnType::AsText(_) | ColumnType::Other);
        if kinds.into_iter().any(textual) {
            Self::Text
        } else {
            Self::Binary
        }
    }

    /// As `COPY … WITH (FORMAT …)` names it.
    pub(in crate::seed) const fn word(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Text => "text",
        }
    }

    /// What stands before all rows.
    pub(in crate::seed) const fn header(self) -> &'static [u8] {
        match self {
            Self::Binary => HEADER,
            Self::Text => b"",
        }
    }

    /// What stands behind all rows.
    pub(in crate::seed) const fn trailer(self) -> &'static [u8] {
        match self {
            Self::Binary => TRAILER,
            Self::Text => b"",
        }
    }
}

/// Appends a field of a text COPY, without what stands between fields. `text` holds the value's
/// text, if it is text.
pub(super) fn text_field(value: Value, text: &mut String, kind: &ColumnType, out: &mut Vec<u8>) {
    match (kind, value) {
        (_, Value::Null) => return out.extend_from_slice(b"\\N"),
        (ColumnType::Date, Value::Timestamp(seconds)) => write_date(seconds, text),
        (ColumnType::Time, Value::Timestamp(seconds)) => {
            let mut moment = String::new();
            write_moment(seconds, ' ', "", &mut moment);
            text.push_str(&moment[11..]);
        }
        (
            ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt,
            Value::Timestamp(seconds),
        ) => write_plain(Value::Integer(seconds), text),
        (ColumnType::Bytes, value) => {
            let bytes: Vec<u8> = if value == Value::Bytes {
                bytes_of(text).collect()
            } else {
                write_plain(value, text);
                text.as_bytes().to_vec()
            };
            out.extend_from_slice(b"\\\\x");
            out.extend_from_slice(super::super::password::hex(&bytes).as_bytes());
            return;
        }
        (kind, value) => {
            write_plain(value, text);
            cut(text, kind);
        }
    }
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            other => out.push(other),
        }
    }
}

/// Shortens text to the characters that its column takes.
fn cut(text: &mut String, kind: &ColumnType) {
    if let ColumnType::Text(Some(limit)) = kind
        && text.len() > *limit as usize
        && let Some((at, _)) = text.char_indices().nth(*limit as usize)
    {
        text.truncate(at);
    }
}

/// Appends a number in PostgreSQL's base of 10,000.
fn numeric(unscaled: i64, scale: u8, out: &mut Vec<u8>) {
    let groups = usize::from(scale).div_ceil(4);
    let mut rest = unscaled.unsigned_abs();
    let mut digits = [0_i16; 16];
    for group in (0..groups).rev() {
        // The last group is filled with zeros on the right.
        let missing = if group + 1 == groups {
            (groups * 4) as u32 - u32::from(scale)
        } else {
            0
        };
        let unit = 10_u64.pow(4 - missing);
        digits[8 + group] = (rest % unit * 10_u64.pow(missing)) as i16;
        rest /= unit;
    }
    let mut first = 8;
    while rest > 0 {
        first -= 1;
        digits[first] = (rest % 10_000) as i16;
        rest /= 10_000;
    }
    let integer_digits = 8 - first;
    let all = &digits[first..8 + groups];
    let leading = if integer_digits == 0 {
        all.iter().take_while(|digit| **digit == 0).count()
    } else {
        0
    };
    let trailing = all[leading..]
        .iter()
        .rev()
        .take_while(|digit| **digit == 0)
        .count();
    let shown = &all[leading..all.len() - trailing];
    let weight = if shown.is_empty() {
        0
    } else {
        integer_digits as i16 - 1 - leading as i16
    };
    let sign: i16 = if unscaled < 0 && !shown.is_empty() {
        0x4000
    } else {
        0
    };
    out.extend_from_slice(&(8 + 2 * shown.len() as i32).to_be_bytes());
    for word in [shown.len() as i16, weight, sign, i16::from(scale)] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    for digit in shown {
        out.extend_from_slice(&digit.to_be_bytes());
    }
}

/// A value as SQLite stores it; text stands in a chunk's buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stored {
    Null,
    Integer(i64),
    Real(f64),
    /// Start and end of the text in the buffer.
    Text(u32, u32),
    Blob([u8; 16]),
    /// Start and end in the buffer of what `bytes_of` reads.
    Bytes(u32, u32),
}

/// Turns a value into what a SQLite column of a declared type stores. Text stands in `text` from
/// `start` on.
pub(super) fn stored(
    value: Value,
    text: &mut String,
    start: usize,
    kind: &ColumnType,
    declared: &str,
) -> Stored {
    match (kind, value) {
        (_, Value::Null) => Stored::Null,
        (_, Value::Boolean(yes)) if !matches!(kind, ColumnType::Text(_)) => {
            Stored::Integer(i64::from(yes))
        }
        (ColumnType::Text(_), Value::Integer(_) | Value::Decimal { .. }) => {
            write_plain(value, text);
            Stored::Text(start as u32, text.len() as u32)
        }
        (ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt, Value::Timestamp(n))
        | (_, Value::Integer(n)) => Stored::Integer(n),
        (_, Value::Decimal { .. }) => Stored::Real(float(value)),
        (ColumnType::Timestamp | ColumnType::TimestampTz, Value::Timestamp(seconds)) => {
            write_moment(seconds, ' ', "", text);
            Stored::Text(start as u32, text.len() as u32)
        }
        (ColumnType::Date, Value::Timestamp(seconds)) => {
            write_date(seconds, text);
            Stored::Text(start as u32, text.len() as u32)
        }
        (ColumnType::Time, Value::Timestamp(seconds)) => {
            let mut moment = String::new();
            write_moment(seconds, ' ', "", &mut moment);
            text.push_str(&moment[11..]);
            Stored::Text(start as u32, text.len() as u32)
        }
        (ColumnType::Bytes, Value::Bytes) => Stored::Bytes(start as u32, text.len() as u32),
        (ColumnType::Bytes, Value::Uuid(bytes)) => Stored::Blob(bytes),
        // Django keeps UUIDs without dashes in char(32).
        (ColumnType::Text(Some(32)), Value::Uuid(bytes)) if declared.starts_with("char") => {
            text.push_str(&super::super::password::hex(&bytes));
            Stored::Text(start as u32, text.len() as u32)
        }
        (kind, value) => {
            write_plain(value, text);
            if let ColumnType::Text(Some(limit)) = kind
                && let Some((at, _)) = text[start..].char_indices().nth(*limit as usize)
            {
                text.truncate(start + at);
            }
            Stored::Text(start as u32, text.len() as u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a numeric field back, by the format's own definition.
    fn decode(bytes: &[u8]) -> (f64, i16) {
        let word = |at: usize| i16::from_be_bytes([bytes[at], bytes[at + 1]]);
        let (count, weight, sign, scale) = (word(4), word(6), word(8), word(10));
        let mut value = 0.0;
        for digit in 0..count {
            let power = f64::from(weight - digit);
            value += f64::from(word(12 + 2 * digit as usize)) * 10_000_f64.powf(power);
        }
        (if sign == 0x4000 { -value } else { value }, scale)
    }

    #[test]
    fn numerics_are_exact() {
        for (unscaled, scale) in [
            (0, 0),
            (0, 2),
            (1, 0),
            (9_999, 0),
            (10_000, 0),
            (1_990, 2),
            (-5, 2),
            (5, 9),
            (123_456_789_012, 4),
            (100_000_000, 2),
            (-10_001, 3),
            (i64::MAX, 0),
        ] {
            let mut out = Vec::new();
            numeric(unscaled, scale, &mut out);
            let length = i32::from_be_bytes([out[0], out[1], out[2], out[3]]);
            assert_eq!(length as usize, out.len() - 4);
            let (value, read_scale) = decode(&out);
            let expected = unscaled as f64 / 10_f64.powi(i32::from(scale));
            assert!(
                (value - expected).abs() <= expected.abs() * 1e-12,
                "{unscaled} {scale} {value}"
            );
            assert_eq!(read_scale, i16::from(scale));
        }
    }

    #[test]
    fn text_fields_are_escaped() {
        let field = |value, text: &str, kind: ColumnType| {
            let mut out = Vec::new();
            text_field(value, &mut text.to_owned(), &kind, &mut out);
            String::from_utf8(out).expect("text")
        };
        let free = ColumnType::Text(None);
        assert_eq!(
            field(Value::Text, "a\tb\\c\nd", free.clone()),
            "a\\tb\\\\c\\nd"
        );
        assert_eq!(field(Value::Null, "", free), "\\N");
        assert_eq!(field(Value::Text, "ab", ColumnType::Bytes), "\\\\x6162");
        let byte = field(Value::Bytes, "\u{1}\u{ff}", ColumnType::Bytes);
        assert_eq!(byte, "\\\\x01ff");
        assert_eq!(
            field(Value::Timestamp(86_399), "", ColumnType::Time),
            "23:59:59"
        );
        assert_eq!(
            field(Value::Timestamp(0), "", ColumnType::Date),
            "1970-01-01"
        );
    }

    #[test]
    fn text_is_cut_at_characters() {
        let mut text = "Grüße".to_owned();
        cut(&mut text, &ColumnType::Text(Some(3)));
        assert_eq!(text, "Grü");
    }
}
