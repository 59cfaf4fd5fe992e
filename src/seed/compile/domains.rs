//! How many different values a column has: enough for `unique`, few for `variety`, and of countries
//! that have such.

use super::{Compiled, Compiler};
use crate::seed::data::Locale;
use crate::seed::fakers::{Faker, Make};
use crate::seed::plan::{ColumnPlan, Person, Place, Simple};
use crate::seed::program::{Column, Operation, Program};
use crate::seed::value::Kind;

impl Compiler<'_> {
    /// Accounts are asked for of countries that have such.
    pub(super) fn check_country(
        &self,
        program: &Program,
        table: usize,
        simple: Simple,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let Simple::Iban(given) = simple else {
            return Ok(());
        };
        let of_rows = program.locales_of(table).locales.iter();
        let mut countries = given.into_iter().chain(
            of_rows
                .filter(|_| given.is_none())
                .map(|locale| locale.country_code()),
        );
        match countries.find(|country| crate::seed::generate::iban_values(country).is_none()) {
            None => Ok(()),
            Some(country) => Err(self.error(
                at,
                format!("accounts of {country} have no IBAN"),
                "write { gen = \"iban\", country = \"DE\" }, or set the table's `locales`",
            )),
        }
    }

    pub(super) fn check_unique(
        &self,
        program: &Program,
        table: usize,
        index: usize,
        column: &Column,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let label = self.label(table, index);
        let rows = program.tables[table].rows;
        let domain = match &column.operation {
            Operation::OneOf { values, .. } => values.len() as u64,
            Operation::Integer { steps, .. } => *steps,
            Operation::Constant(_) => 1,
            Operation::Boolean { .. } | Operation::Person(Person::Gender) => 2,
            Operation::Pattern(pattern) => pattern.size(),
            Operation::Existing { source, .. } if self.keys.is_some() => {
                program.sources[*source].keys.rows.len() as u64
            }
            Operation::Moment(moment) if moment.apart.is_some() => u64::MAX,
            Operation::Moment(_)
            | Operation::Decimal { .. }
            | Operation::Sum { .. }
            | Operation::By { .. }
            | Operation::Json(_)
            | Operation::Fake(Faker {
                make: Make::Code(_) | Make::Number(_),
                ..
            })
            | Operation::Simple(
                Simple::UserAgent
                | Simple::Semver
                | Simple::FileSize
                | Simple::Picture { .. }
                | Simple::Bytes { .. },
            )
            | Operation::Place(
                Place::CountryCode
                | Place::RegionCode
                | Place::TimeZone
                | Place::Locale
                | Place::Currency,
            ) => {
                let message = format!("`{label}` cannot be made unique");
                return Err(self.error(
                    at,
                    message,
                    "use `sequence`, `uuid`, `template` or `integer`",
                ));
            }
            Operation::Simple(simple) => program.simple_values(table, *simple),
            Operation::Person(Person::Phone) => {
                let region = |locale: &Locale| locale.region().unique_phone.size();
                let locales = &program.locales_of(table).locales;
                locales.iter().map(region).min().unwrap_or(0)
            }
            Operation::Place(_) | Operation::Lookup { .. } if column.kind != Kind::Text => {
                let message = format!("`{label}` cannot be made unique");
                return Err(self.error(
                    at,
                    message,
                    "use `sequence`, `uuid`, `template` or `integer`",
                ));
            }
            _ => u64::MAX,
        };
        if domain < rows {
            let message = format!("`{label}` has {domain} different values for {rows} rows");
            let help = "widen the range or list, lower `rows`, or leave `unique` out";
            return Err(self.error(at, message, help));
        }
        Ok(())
    }

    /// Few different values are made by taking the values of few rows: only generators that look
    /// at nothing else can do that.
    pub(super) fn check_variety(
        &self,
        label: &str,
        column: &Column,
        at: &ColumnPlan,
    ) -> Compiled<()> {
        let alone = match &column.operation {
            // Its combinations with other columns are those of rows.
            _ if column.mixed.is_some() => false,
            Operation::Moment(moment) => moment.after.is_none() && !moment.rising,
            Operation::Integer { .. }
            | Operation::Decimal { .. }
            | Operation::Uuid
            | Operation::Token { .. }
            | Operation::Company
            | Operation::ProductName
            | Operation::Words { .. }
            | Operation::Sentence
            | Operation::Text { .. }
            | Operation::Color
            | Operation::Fake(_)
            | Operation::Pattern(_) => true,
            // Those of a row's file belong together, and accounts to its country.
            Operation::Simple(simple) => !matches!(
                simple,
                Simple::FileName
                    | Simple::MimeType
                    | Simple::FileSize
                    | Simple::Iban(None)
                    | Simple::VatNumber(None)
            ),
            _ => false,
        };
        if column.variety.is_none() || alone {
            return Ok(());
        }
        let message = format!("`{label}` cannot have a `variety`");
        let help = "it goes with numbers, moments (without `after` and `rising`) and texts that \
                    look at no other column";
        Err(self.error(at, message, help))
    }
}
