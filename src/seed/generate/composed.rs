//! Values made of other cells: templates, and sums over a row's children.

use super::Scratch;
use crate::seed::program::{Piece, Program};
use crate::seed::value::{Value, write_plain};

impl Program {
    pub(super) fn template(
        &self,
        pieces: &[Piece],
        table: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        for piece in pieces {
            let start = out.len();
            let width = match piece {
                Piece::Literal(text) => {
                    out.push_str(text);
                    continue;
                }
                Piece::Row { width } => {
                    let place = self.place_of(table, row) as i64 + 1;
                    write_plain(Value::Integer(place), out);
                    *width
                }
                Piece::Column { path, width } => {
                    let value = self.follow(path, row, out, scratch);
                    write_plain(value, out);
                    *width
                }
            };
            for _ in out.len() - start..width {
                out.insert(start, '0');
            }
        }
        Value::Text
    }

    pub(super) fn sum(
        &self,
        child: usize,
        columns: &[usize],
        scale: u8,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        let fan_out = self.tables[child].fan_out.as_ref();
        let children = fan_out.map_or(0..0, |fan_out| fan_out.children(row));
        let start = out.len();
        let total = children
            .map(|child_row| {
                let product = columns.iter().try_fold(1_i64, |product, &column| {
                    let factor = match self.cell(child, column, child_row, out, scratch) {
                        Value::Integer(number) => number,
                        Value::Decimal { unscaled, .. } => unscaled,
                        _ => return None,
                    };
                    Some(product.saturating_mul(factor))
                });
                product.unwrap_or(0)
            })
            .fold(0_i64, i64::saturating_add);
        out.truncate(start);
        if scale == 0 {
            Value::Integer(total)
        } else {
            Value::Decimal {
                unscaled: total,
                scale,
            }
        }
    }
}
