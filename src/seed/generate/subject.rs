//! Whom a row speaks of: its locale, person and city. Several columns of a row ask for them, one
//! after the other, so each is drawn once a row.

use super::super::data::{City, Locale, Name, Region, Surname};
use super::super::program::{Program, TableKeys};
use super::{Scratch, weighted};

/// Whom a row speaks of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject {
    table: usize,
    row: u64,
    pub(super) locale: Locale,
    pub(super) region: &'static Region,
    pub(super) female: bool,
    first: Option<&'static Name>,
    last: Option<(&'static Surname, Option<&'static Surname>)>,
    city: Option<&'static City>,
}

impl Subject {
    pub(super) fn first(&mut self, keys: &TableKeys) -> &'static Name {
        let names = if self.female {
            &self.region.female
        } else {
            &self.region.male
        };
        let row = self.row;
        self.first
            .get_or_insert_with(|| names.pick(&mut keys.first_name.row(row)))
    }

    /// The last name, and the second one where people have two.
    pub(super) fn last(
        &mut self,
        keys: &TableKeys,
    ) -> (&'static Surname, Option<&'static Surname>) {
        let (region, row) = (self.region, self.row);
        *self.last.get_or_insert_with(|| {
            let mut draw = keys.last_name.row(row);
            let last = region.last.pick(&mut draw);
            let share = region.second_surname;
            let second = (share > 0.0 && draw.unit() < share).then(|| region.last.pick(&mut draw));
            (last, second)
        })
    }

    /// Appends the last name in the form for him or her.
    pub(super) fn write_last(&mut self, keys: &TableKeys, out: &mut String) {
        let (last, second) = self.last(keys);
        out.push_str(last.of(self.female).text);
        if let Some(second) = second {
            out.push_str(self.region.joint);
            out.push_str(second.of(self.female).text);
        }
    }

    pub(super) fn city(&mut self, keys: &TableKeys) -> &'static City {
        let (region, row) = (self.region, self.row);
        self.city
            .get_or_insert_with(|| region.cities.pick(&mut keys.place.row(row)))
    }
}

impl Program {
    /// The locale of a row's person, address and texts.
    pub(super) fn locale(&self, table: usize, row: u64) -> Locale {
        let mix = self.locales_of(table);
        if let [only] = mix.locales[..] {
            return only;
        }
        let unit = self.tables[table].keys.locale.row(row).unit();
        mix.locales[weighted(&mix.shares, unit)]
    }

    /// Whom a row speaks of.
    pub(super) fn subject<'a>(
        &self,
        table: usize,
        row: u64,
        scratch: &'a mut Scratch,
    ) -> &'a mut Subject {
        let known = scratch.subject.as_ref();
        if known.is_none_or(|subject| subject.table != table || subject.row != row) {
            let locale = self.locale(table, row);
            scratch.subject = Some(Subject {
                table,
                row,
                locale,
                region: locale.region(),
                female: self.tables[table].keys.gender.row(row).bits() & 1 == 1,
                first: None,
                last: None,
                city: None,
            });
        }
        scratch
            .subject
            .as_mut()
            .expect("invariant: it was put there just now")
    }
}
