//! Columns inside of columns: the case that another column decides, and JSON documents.

use super::super::program::{Column, Document, Path, Program};
use super::super::value::{Value, write_plain};
use super::Scratch;

impl Program {
    /// The value of the case that the value at the end of a path names.
    pub(super) fn by(
        &self,
        (path, cases, otherwise): (&Path, &[(String, Column)], Option<&Column>),
        table: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        let mut spare = scratch.spare.pop().unwrap_or_default();
        spare.clear();
        let value = self.follow(path, row, &mut spare, scratch);
        write_plain(value, &mut spare);
        let case = cases.iter().find(|(name, _)| *name == spare);
        let case = case.filter(|_| value != Value::Null);
        scratch.spare.push(spare);
        match case.map(|(_, column)| column).or(otherwise) {
            Some(column) => self.made(column, table, row, out, scratch),
            None => Value::Null,
        }
    }

    /// A document.
    pub(super) fn json(
        &self,
        document: &[Document],
        table: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        for part in document {
            let start = out.len();
            match part {
                Document::Literal(text) => out.push_str(text),
                Document::Row => {
                    write_plain(Value::Integer(self.place_of(table, row) as i64 + 1), out);
                }
                Document::Made(column) => {
                    let value = self.made(column, table, row, out, scratch);
                    encode(value, start, false, out);
                }
                Document::Path { path, inside } => {
                    let value = self.follow(path, row, out, scratch);
                    encode(value, start, *inside, out);
                }
            }
        }
        Value::Text
    }

    fn made(
        &self,
        column: &Column,
        table: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        if column.is_null(row) {
            return Value::Null;
        }
        let row = column.varied(row);
        self.operate(table, column, row, &mut column.key.row(row), out, scratch)
    }
}

/// Makes JSON of a value whose text stands in `out` from `start`.
fn encode(value: Value, start: usize, inside: bool, out: &mut String) {
    match value {
        Value::Null if inside => return,
        Value::Null => return out.push_str("null"),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal { .. } => {
            return write_plain(value, out);
        }
        _ => write_plain(value, out),
    }
    let plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if !out.bytes().skip(start).all(plain) {
        let quoted = serde_json::Value::from(&out[start..]).to_string();
        out.truncate(start);
        out.push_str(&quoted[1..quoted.len() - 1]);
    }
    if !inside {
        out.insert(start, '"');
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_json() {
        let encoded = |text: &str, value, inside| {
            let mut out = format!("x{text}");
            encode(value, 1, inside, &mut out);
            out.split_off(1)
        };
        assert_eq!(encoded("a \"b\"\n", Value::Text, false), r#""a \"b\"\n""#);
        assert_eq!(encoded("a \"b\"", Value::Text, true), r#"a \"b\""#);
        assert_eq!(encoded("", Value::Null, false), "null");
        assert_eq!(encoded("", Value::Integer(7), false), "7");
        assert_eq!(
            encoded("", Value::Timestamp(0), false),
            "\"1970-01-01T00:00:00Z\""
        );
    }
}
