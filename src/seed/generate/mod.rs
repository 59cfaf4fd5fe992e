//! Column functions: any cell of any row, alone, from the row's number. Pure; text is appended
//! to the caller's buffer.

mod blob;
mod codes;
mod composed;
mod nested;
mod person;
mod place;
mod reference;
mod simple;
mod subject;
mod text;
mod time;

use super::distribution::Distribution;
use super::draw::{Draw, Key};
use super::fakers::{Bits, Make};
use super::plan::Constant;
use super::program::{Hop, Moment, Operation, Program, Way};
use super::value::{Value, write_plain};

pub(super) use codes::iban_values;
pub(super) use text::slug;

/// Workspace of one thread: what neighbouring cells would otherwise compute again.
#[derive(Debug)]
pub(super) struct Scratch {
    /// Per table: the row whose parent was asked for last, its parent and position.
    parents: Vec<Option<(u64, u64, u64)>>,
    /// Whom the row speaks of that was computed last.
    subject: Option<subject::Subject>,
    /// Buffers for text that is made of other text.
    spare: Vec<String>,
}

impl Scratch {
    pub(super) fn new(tables: usize) -> Self {
        Self {
            parents: vec![None; tables],
            subject: None,
            spare: Vec::new(),
        }
    }
}

impl Program {
    /// Computes a cell. Text is appended to `out`.
    pub(super) fn cell(
        &self,
        table: usize,
        column: usize,
        row: u64,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        if let Some(before) = self.before_row(table, row) {
            return before.cell(table, column, row, out, scratch);
        }
        let this = &self.tables[table].columns[column];
        if self.is_null(table, column, row) {
            return Value::Null;
        }
        let row = this.varied(row);
        let mut draw = this.key.row(row);
        let start = out.len();
        let value = self.operate(table, this, row, &mut draw, out, scratch);
        if this.unique && value == Value::Text && made_unique_by_suffix(&this.operation) {
            let separator = if matches!(this.operation, Operation::Slug { .. }) {
                '-'
            } else {
                ' '
            };
            if out.len() > start {
                out.push(separator);
            }
            write_plain(Value::Integer(row as i64 + 1), out);
        }
        if let Some(letters) = this.letters.as_ref().filter(|_| value == Value::Text) {
            letters.fold(out, start);
        }
        value
    }

    fn is_null(&self, table: usize, column: usize, row: u64) -> bool {
        let column = &self.tables[table].columns[column];
        if column.is_null(row) {
            return true;
        }
        // The first row of a tree has nothing before it.
        matches!(
            column.operation,
            Operation::Reference { hop: Hop { way: Way::Earlier(_), .. }, .. } if row == 0
        )
    }

    fn operate(
        &self,
        table: usize,
        column: &super::program::Column,
        row: u64,
        draw: &mut Draw,
        out: &mut String,
        scratch: &mut Scratch,
    ) -> Value {
        match &column.operation {
            Operation::Sequence { start } => {
                Value::Integer(start + self.place_of(table, row) as i64)
            }
            Operation::Constant(constant) => write_constant(constant, out),
            Operation::OneOf { values, mix } => {
                let index = match self.numbered(table, column, values.len() as u64, row, scratch) {
                    Some(index) => index as usize,
                    None => weighted(mix, draw.unit()),
                };
                write_constant(&values[index], out)
            }
            Operation::Null => Value::Null,
            Operation::List { values } => {
                let place = self.place_of(table, row) as usize;
                write_constant(&values[place.min(values.len() - 1)], out)
            }
            Operation::By {
                path,
                cases,
                otherwise,
            } => self.by(
                (path, cases, otherwise.as_deref()),
                table,
                row,
                out,
                scratch,
            ),
            Operation::Json(document) => self.json(document, table, row, out, scratch),
            Operation::Integer {
                min,
                step,
                steps,
                shape,
            } => {
                let index = self
                    .numbered(table, column, *steps, row, scratch)
                    .unwrap_or_else(|| shaped(shape, *min, *step, *steps, draw));
                Value::Integer(min + index as i64 * step)
            }
            Operation::Decimal {
                min,
                max,
                scale,
                shape,
            } => Value::Decimal {
                unscaled: min + shaped(shape, *min, 1, (max - min) as u64 + 1, draw) as i64,
                scale: *scale,
            },
            Operation::Boolean { share } => {
                Value::Boolean(match self.numbered(table, column, 2, row, scratch) {
                    Some(index) => index == 1,
                    None => draw.unit() < *share,
                })
            }
            Operation::Moment(Moment {
                apart: Some(apart),
                from,
                to,
                ..
            }) => {
                let steps = ((to - from) / apart).max(1) as u64;
                let index = self.numbered(table, column, steps, row, scratch);
                let index = index.unwrap_or_else(|| draw.below(steps));
                Value::Timestamp(from + index as i64 * apart + draw.below(*apart as u64) as i64)
            }
            Operation::Moment(moment) => self.moment(moment, table, row, draw, scratch),
            Operation::Pattern(pattern) => {
                let index = self.numbered(table, column, pattern.size(), row, scratch);
                let index = index.unwrap_or_else(|| draw.below(pattern.size()));
                pattern.write(index, out);
                Value::Text
            }
            Operation::Existing {
                source,
                column: place,
                row_of,
            } => self.existing(
                (*source, *place),
                *row_of,
                (table, column),
                row,
                scratch,
                out,
            ),
            Operation::Uuid => uuid(draw),
            Operation::Token { length } => text::token(*length, draw, out),
            Operation::Person(part) => {
                let unique = column.unique.then_some(column.key);
                self.person(*part, (table, row), unique, draw, out, scratch)
            }
            Operation::Place(part) => self.place(*part, table, row, out, scratch),
            Operation::Company => {
                let place = self.tables[table].keys.place.row(row);
                text::company(self.locale(table, row), place, draw, out)
            }
            Operation::ProductName => {
                text::product_name(self.locale(table, row).language(), column.key, row, out)
            }
            Operation::Words { min, max } => {
                text::words(self.locale(table, row).language(), *min, *max, draw, out)
            }
            Operation::Sentence => text::sentence(self.locale(table, row).language(), draw, out),
            Operation::Text { min, max, shape } => {
                let language = self.locale(table, row).language();
                match shape {
                    None => text::prose(language, *min, *max, draw, out),
                    Some(shape) => {
                        let steps = max - min + 1;
                        let length = min + shape.step(draw.unit(), *min as i64, 1, steps);
                        text::prose_of(language, length, draw, out)
                    }
                }
            }
            Operation::Color => text::color(draw, out),
            Operation::Fake(faker) => match faker.make {
                Make::Words(make) | Make::Code(make) => {
                    out.push_str(&make(&mut Bits(*draw)));
                    Value::Text
                }
                Make::Number(make) => Value::Integer(make(&mut Bits(*draw))),
            },
            Operation::Simple(simple) => self.simple(*simple, table, column, row, draw, out),
            Operation::Slug { of } => {
                let mut spare = scratch.spare.pop().unwrap_or_default();
                spare.clear();
                let value = self.follow(of, row, &mut spare, scratch);
                write_plain(value, &mut spare);
                slug(&spare, out);
                scratch.spare.push(spare);
                Value::Text
            }
            Operation::Template { pieces } => self.template(pieces, table, row, out, scratch),
            Operation::Reference { hop, column } => match self.hop(hop, row, scratch) {
                Some(target) => self.cell(hop.to, *column, target, out, scratch),
                None => Value::Null,
            },
            Operation::Lookup { path } => self.follow(path, row, out, scratch),
            Operation::Sum {
                child,
                columns,
                scale,
            } => self.sum(*child, columns, *scale, row, out, scratch),
            Operation::Position => {
                let position = match self.tables[table].fan_out {
                    Some(_) => self.locate(table, row, scratch).1,
                    None => self.place_of(table, row),
                };
                Value::Integer(position as i64 + 1)
            }
            Operation::Password { pool } => {
                out.push_str(self.pools[*pool].hash(row));
                Value::Text
            }
        }
    }

    /// The number of a value among `size` when rows must differ: by themselves, or together with
    /// other columns. None when it may be drawn.
    fn numbered(
        &self,
        table: usize,
        column: &super::program::Column,
        size: u64,
        row: u64,
        scratch: &mut Scratch,
    ) -> Option<u64> {
        match &column.mixed {
            Some(mixed) => Some(self.digit(mixed, table, row, scratch)),
            None => column.unique.then(|| permuted(column.key, size, row)),
        }
    }
}

/// Text generators that cannot promise different texts get the row's number appended.
const fn made_unique_by_suffix(operation: &Operation) -> bool {
    use super::plan::Person;
    !matches!(
        operation,
        Operation::OneOf { .. }
            | Operation::Pattern(_)
            | Operation::Existing { .. }
            | Operation::Constant(_)
            | Operation::List { .. }
            | Operation::ProductName
            | Operation::Person(Person::Email | Person::Username | Person::Phone)
            | Operation::Simple(_)
            | Operation::Reference { .. }
    )
}

fn permuted(key: Key, size: u64, index: u64) -> u64 {
    super::draw::Permutation::new(key, size).apply(index)
}

/// Index of the share that a number in `[0, 1)` falls into.
fn weighted(shares: &[f64], unit: f64) -> usize {
    shares
        .partition_point(|share| *share <= unit)
        .min(shares.len() - 1)
}

fn shaped(shape: &Distribution, min: i64, step: i64, steps: u64, draw: &mut Draw) -> u64 {
    match shape {
        Distribution::Uniform => draw.below(steps),
        shape => shape.step(draw.unit(), min, step, steps),
    }
}

fn uuid(draw: &mut Draw) -> Value {
    let bits = (u128::from(draw.bits()) << 64) | u128::from(draw.bits());
    let mut bytes = bits.to_be_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    Value::Uuid(bytes)
}

fn write_constant(constant: &Constant, out: &mut String) -> Value {
    match constant {
        Constant::Boolean(yes) => Value::Boolean(*yes),
        Constant::Integer(number) => Value::Integer(*number),
        Constant::Decimal { unscaled, scale } => Value::Decimal {
            unscaled: *unscaled,
            scale: *scale,
        },
        Constant::Moment(seconds) => Value::Timestamp(*seconds),
        Constant::Uuid(bytes) => Value::Uuid(*bytes),
        Constant::Text(text) => {
            out.push_str(text);
            Value::Text
        }
    }
}

#[cfg(test)]
mod locale_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_shape_prefers_small_numbers() {
        let key = Key::of_seed(5);
        let below = (0..10_000)
            .filter(|&row| shaped(&Distribution::Log, 500, 1, 20_000, &mut key.row(row)) < 2_700)
            .count();
        assert!(
            (4_700..5_300).contains(&below),
            "half below the geometric middle: {below}"
        );
    }
}
