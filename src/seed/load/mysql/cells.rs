//! Rows as MySQL takes them: lines for `LOAD DATA`, literals for `INSERT`. Pure.

use std::ops::Range;

use bytes::Bytes;

use crate::seed::fit::{Field, Layout};
use crate::seed::password::hex;
use crate::seed::program::Program;
use crate::seed::schema::ColumnType;
use crate::seed::schema::mysql::{arguments, backticked};
use crate::seed::value::{Value, bytes_of, write_date, write_moment, write_plain};

/// How values stand in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As people read them.
    Plain,
    /// At most so many characters.
    Characters(usize),
    /// At most so many bytes, as hexadecimal digits.
    Bytes(usize),
    /// 0 or 1 for booleans, seconds for moments.
    Number,
    /// A number for a column of bits, which takes no text.
    Bits,
    /// Rounded to so many digits, as other databases do by themselves.
    Decimal(u8),
    /// Moments without zone; the session's is UTC.
    Moment,
    Date,
    Time,
    /// A UUID as sixteen bytes.
    Binary,
    /// A place, as text.
    Geometry,
    /// A UUID without dashes, as Django keeps it.
    Hex,
}

/// A writer for the columns of a layout.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    forms: Vec<Form>,
}

impl Cells {
    pub(super) fn of(layout: &Layout) -> Self {
        Self {
            forms: layout.fields.iter().map(form).collect(),
        }
    }

    /// Columns of a `LOAD DATA`, and what makes values of them that text cannot be.
    pub(super) fn targets(&self, layout: &Layout) -> String {
        let mut targets = Vec::new();
        let mut made = Vec::new();
        let makes = |form: &Form| {
            matches!(
                form,
                Form::Binary | Form::Bytes(_) | Form::Bits | Form::Geometry
            )
        };
        let any_made = self.forms.iter().any(makes);
        for (index, (field, form)) in layout.fields.iter().zip(&self.forms).enumerate() {
            let name = backticked(&field.name);
            let wrapped = match form {
                Form::Binary | Form::Bytes(_) => format!("{name} = UNHEX(@v{index})"),
                Form::Geometry => format!("{name} = ST_GeomFromText(@v{index})"),
                Form::Bits => format!("{name} = CAST(@v{index} AS UNSIGNED)"),
                // With a `SET`, MariaDB takes a zero that it did not set for "the next number".
                Form::Number if any_made => format!("{name} = @v{index}"),
                _ => {
                    targets.push(name);
                    continue;
                }
            };
            targets.push(format!("@v{index}"));
            made.push(wrapped);
        }
        let set = if made.is_empty() { "" } else { " SET " };
        format!("({}){set}{}", targets.join(", "), made.join(", "))
    }

    /// Lines for `LOAD DATA`: fields end with a tab, lines with a newline, escapes begin with a
    /// backslash.
    pub(super) fn lines(&self, program: &Program, layout: &Layout, places: Range<u64>) -> Bytes {
        let mut out = Vec::with_capacity(256 * 1024);
        self.each(program, layout, places, |cell| match cell {
            Cell::Begin => {}
            Cell::Value { first, text, .. } => {
                if !first {
                    out.push(b'\t');
                }
                match text {
                    Some(text) => escape(text, &mut out),
                    None => out.extend_from_slice(b"\\N"),
                }
            }
            Cell::End => out.push(b'\n'),
        });
        Bytes::from(out)
    }

    /// Statements that insert the rows, none much longer than `limit` bytes.
    pub(super) fn inserts(
        &self,
        program: &Program,
        layout: &Layout,
        places: Range<u64>,
        limit: usize,
    ) -> Vec<Vec<u8>> {
        let names: Vec<_> = layout
            .fields
            .iter()
            .map(|field| backticked(&field.name))
            .collect();
        let head = format!(
            "INSERT INTO {} ({}) VALUES ",
            layout.sql_name,
            names.join(", ")
        );
        let mut statements: Vec<Vec<u8>> = Vec::new();
        self.each(program, layout, places, |cell| {
            if matches!(cell, Cell::Begin) {
                match statements.last_mut() {
                    Some(statement) if statement.len() < limit => {
                        statement.extend_from_slice(b",(");
                    }
                    _ => statements.push(format!("{head}(").into_bytes()),
                }
            }
            let Some(out) = statements.last_mut() else {
                return;
            };
            match cell {
                Cell::Begin => {}
                Cell::Value { first, form, text } => {
                    if !first {
                        out.push(b',');
                    }
                    literal(form, text, out);
                }
                Cell::End => out.push(b')'),
            }
        });
        statements
    }

    /// Walks over the cells of rows.
    fn each(
        &self,
        program: &Program,
        layout: &Layout,
        places: Range<u64>,
        mut take: impl FnMut(Cell<'_>),
    ) {
        let mut text = String::new();
        let mut scratch = program.scratch();
        for place in places {
            let row = program.row_at(layout.table, place);
            take(Cell::Begin);
            for (index, (field, form)) in layout.fields.iter().zip(&self.forms).enumerate() {
                text.clear();
                let value = program.cell(layout.table, field.column, row, &mut text, &mut scratch);
                write(value, *form, &mut text);
                take(Cell::Value {
                    first: index == 0,
                    form: *form,
                    text: (value != Value::Null).then_some(&text),
                });
            }
            take(Cell::End);
        }
    }
}

enum Cell<'a> {
    Begin,
    Value {
        first: bool,
        form: Form,
        text: Option<&'a str>,
    },
    End,
}

fn form(field: &Field) -> Form {
    let first = arguments(&field.declared)
        .first()
        .map(|length| *length as usize);
    match &field.kind {
        _ if field.declared.starts_with("bit(") => Form::Bits,
        _ if matches!(&*field.declared, "point" | "geometry") => Form::Geometry,
        ColumnType::Boolean | ColumnType::SmallInt | ColumnType::Integer | ColumnType::BigInt => {
            Form::Number
        }
        ColumnType::Numeric => {
            let scale = arguments(&field.declared).get(1).copied();
            Form::Decimal(
                scale
                    .and_then(|scale| u8::try_from(scale).ok())
                    .unwrap_or(0),
            )
        }
        ColumnType::Timestamp | ColumnType::TimestampTz => Form::Moment,
        ColumnType::Date => Form::Date,
        ColumnType::Time => Form::Time,
        ColumnType::Uuid if field.declared.starts_with("binary") => Form::Binary,
        ColumnType::Text(Some(32)) if field.declared.starts_with("char") => Form::Hex,
        ColumnType::Text(Some(limit)) => Form::Characters(*limit as usize),
        ColumnType::Bytes => Form::Bytes(first.unwrap_or(usize::MAX)),
        _ => Form::Plain,
    }
}

/// Writes a value into the buffer that holds it already if it is text.
fn write(value: Value, form: Form, text: &mut String) {
    if let Form::Bytes(limit) = form {
        return write_bytes(value, limit, text);
    }
    match (form, value) {
        (Form::Number | Form::Bits, Value::Boolean(yes)) => text.push(if yes { '1' } else { '0' }),
        (Form::Number | Form::Bits, Value::Timestamp(seconds)) => {
            write_plain(Value::Integer(seconds), text);
        }
        (Form::Decimal(digits), Value::Decimal { unscaled, scale }) if scale > digits => {
            let unit = 10_i64.pow(u32::from(scale - digits));
            let half = unit / 2 * unscaled.signum();
            let unscaled = unscaled.saturating_add(half) / unit;
            let rounded = Value::Decimal {
                unscaled,
                scale: digits,
            };
            write_plain(rounded, text);
        }
        (Form::Moment, Value::Timestamp(seconds)) => write_moment(seconds, ' ', "", text),
        (Form::Date, Value::Timestamp(seconds)) => write_date(seconds, text),
        (Form::Time, Value::Timestamp(seconds)) => {
            let mut moment = String::new();
            write_moment(seconds, ' ', "", &mut moment);
            text.push_str(&moment[11..]);
        }
        (Form::Binary | Form::Hex, Value::Uuid(bytes)) => text.push_str(&hex(&bytes)),
        _ => write_plain(value, text),
    }
    match form {
        Form::Hex => cut_characters(text, 32),
        Form::Characters(limit) => cut_characters(text, limit),
        _ => {}
    }
}

/// Writes bytes, at most so many, as hexadecimal digits; text is cut between characters.
fn write_bytes(value: Value, limit: usize, text: &mut String) {
    let bytes: Vec<u8> = if value == Value::Bytes {
        bytes_of(text).take(limit).collect()
    } else {
        write_plain(value, text);
        let most = limit.min(text.len());
        let end = (0..=most).rev().find(|&at| text.is_char_boundary(at));
        text.as_bytes()[..end.unwrap_or(0)].to_vec()
    };
    *text = hex(&bytes);
}

fn cut_characters(text: &mut String, limit: usize) {
    if text.len() > limit
        && let Some((at, _)) = text.char_indices().nth(limit)
    {
        text.truncate(at);
    }
}

/// Appends text with its escapes.
fn escape(text: &str, out: &mut Vec<u8>) {
    let mut rest = text.as_bytes();
    let special = |byte: &u8| matches!(byte, b'\\' | b'\t' | b'\n' | 0);
    while let Some(at) = rest.iter().position(special) {
        out.extend_from_slice(&rest[..at]);
        out.push(b'\\');
        out.push(match rest[at] {
            b'\t' => b't',
            b'\n' => b'n',
            0 => b'0',
            backslash => backslash,
        });
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Appends a literal.
fn literal(form: Form, text: Option<&str>, out: &mut Vec<u8>) {
    let Some(text) = text else {
        out.extend_from_slice(b"NULL");
        return;
    };
    match form {
        Form::Bits => out.extend_from_slice(text.as_bytes()),
        Form::Binary | Form::Bytes(_) => {
            out.extend_from_slice(b"X'");
            out.extend_from_slice(text.as_bytes());
            out.push(b'\'');
        }
        _ => {
            if form == Form::Geometry {
                out.extend_from_slice(b"ST_GeomFromText(");
            }
            out.push(b'\'');
            for byte in text.bytes() {
                match byte {
                    0 => out.extend_from_slice(b"\\0"),
                    b'\\' | b'\'' => out.extend_from_slice(&[b'\\', byte]),
                    _ => out.push(byte),
                }
            }
            out.push(b'\'');
            if form == Form::Geometry {
                out.push(b')');
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_is_escaped() {
        let mut out = Vec::new();
        escape("a\tb\\N\nc\0'\u{1f980}", &mut out);
        assert_eq!(out, "a\\tb\\\\N\\nc\\0'\u{1f980}".as_bytes());
        let mut out = Vec::new();
        literal(Form::Plain, Some("it's \\ \0\n"), &mut out);
        literal(Form::Plain, None, &mut out);
        assert_eq!(out, b"'it\\'s \\\\ \\0\n'NULL");
    }

    #[test]
    fn values_take_the_form_of_their_column() {
        let written = |value, form| {
            let mut text = String::new();
            write(value, form, &mut text);
            text
        };
        let decimal = |unscaled| Value::Decimal { unscaled, scale: 3 };
        assert_eq!(written(decimal(1_995), Form::Decimal(2)), "2.00");
        assert_eq!(written(decimal(-1_994), Form::Decimal(2)), "-1.99");
        assert_eq!(written(decimal(1_500), Form::Decimal(0)), "2");
        assert_eq!(written(decimal(1_500), Form::Decimal(4)), "1.500");
        assert_eq!(written(Value::Boolean(true), Form::Number), "1");
        let moment = Value::Timestamp(1_740_821_400);
        assert_eq!(written(moment, Form::Moment), "2025-03-01 09:30:00");
        assert_eq!(written(moment, Form::Time), "09:30:00");
        let mut text = "Gr\u{fc}\u{df}e".to_owned();
        write(Value::Text, Form::Bytes(3), &mut text);
        assert_eq!(text, "4772", "cut between characters");
        let mut text = "\u{0}\u{ff}\u{9}".to_owned();
        write(Value::Bytes, Form::Bytes(2), &mut text);
        assert_eq!(text, "00ff");
    }
}
