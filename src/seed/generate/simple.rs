//! Generators that need nothing but the row: networks, files, versions. Codes with check digits
//! are in `codes`, pictures and bytes in `blob`.

use std::fmt::Write as _;
use std::sync::LazyLock;

use super::super::data::Pattern;
use super::super::draw::Draw;
use super::super::plan::Simple;
use super::super::program::{Column, Program};
use super::super::value::Value;
use super::{blob, codes, permuted, text};

/// Kinds of files: ending, media type, usual size in bytes, weight.
static FILES: [(&str, &str, f64, u64); 12] = [
    ("jpg", "image/jpeg", 420e3, 30),
    ("png", "image/png", 180e3, 18),
    ("pdf", "application/pdf", 240e3, 22),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        48e3,
        9,
    ),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        36e3,
        7,
    ),
    ("csv", "text/csv", 22e3, 5),
    ("txt", "text/plain", 4e3, 4),
    ("mp4", "video/mp4", 9e6, 4),
    ("mp3", "audio/mpeg", 3.6e6, 3),
    ("zip", "application/zip", 1.8e6, 4),
    ("svg", "image/svg+xml", 9e3, 2),
    ("json", "application/json", 7e3, 2),
];

/// Browsers as they name themselves, the frequent ones more than once.
static BROWSERS: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/1[34]#.0.0.0";
    const SAFARI: &str = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/1[78].[0-6]";
    let windows = format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Safari/537.36");
    let android = format!("Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Mobile Safari/537.36");
    let apple = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)";
    let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 1[78]_[0-6] like Mac OS X)";
    let texts = [
        windows.clone(),
        windows.clone(),
        windows.clone(),
        format!("{windows} Edg/1[34]#.0.0.0"),
        android.clone(),
        android.clone(),
        android,
        format!("{phone} {SAFARI} Mobile/15E148 Safari/604.1"),
        format!("{phone} {SAFARI} Mobile/15E148 Safari/604.1"),
        format!("{apple} {SAFARI} Safari/605.1.15"),
        format!("{apple} {WEBKIT} Safari/537.36"),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:1[34]#.0) Gecko/20100101 Firefox/1[34]#.0"
            .to_owned(),
        "Mozilla/5.0 (X11; Linux x86_64; rv:1[34]#.0) Gecko/20100101 Firefox/1[34]#.0".to_owned(),
        format!("Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Safari/537.36"),
    ];
    texts.iter().map(|text| Pattern::read(text)).collect()
});

impl Simple {
    /// Whether rows get different values as far as there are enough.
    pub(in crate::seed) const fn differs(self) -> bool {
        matches!(
            self,
            Self::Iban(_)
                | Self::VatNumber(_)
                | Self::Ean13
                | Self::Ean8
                | Self::Isbn
                | Self::Ipv6 { .. }
                | Self::Mac
        )
    }
}

impl Program {
    /// Number of different values that a generator can give a table's rows.
    pub(in crate::seed) fn simple_values(&self, table: usize, simple: Simple) -> u64 {
        let locales = || self.locales_of(table).locales.iter();
        let least = |given: Option<&str>, size: fn(&str) -> Option<u64>| match given {
            Some(country) => size(country).unwrap_or(0),
            None => locales()
                .map(|locale| size(locale.country_code()).unwrap_or(0))
                .min()
                .unwrap_or(0),
        };
        match simple {
            Simple::Iban(country) => least(country, codes::iban_values),
            Simple::VatNumber(country) => least(country, codes::vat_values),
            Simple::Card => codes::CARDS.len() as u64,
            Simple::Ean13 => 100_000_000_000,
            Simple::Ean8 => 1_000_000,
            Simple::Isbn => 100_000_000,
            Simple::Ipv4 { private: false } => 3 * 254,
            Simple::Ipv4 { private: true } => 1 << 24,
            Simple::Ipv6 { .. } | Simple::Mac => 1 << 40,
            Simple::Domain | Simple::Url | Simple::FileName | Simple::Title => u64::MAX,
            Simple::MimeType => FILES.len() as u64,
            // Drawn: any two rows may have the same.
            Simple::UserAgent
            | Simple::Semver
            | Simple::FileSize
            | Simple::Picture { .. }
            | Simple::Bytes { .. } => 1,
        }
    }

    pub(super) fn simple(
        &self,
        simple: Simple,
        table: usize,
        column: &Column,
        row: u64,
        draw: &mut Draw,
        out: &mut String,
    ) -> Value {
        let locale = self.locale(table, row);
        let key = column.key;
        // Different numbers for different rows, as far as there are such.
        let number = |size: u64| permuted(key, size, row % size);
        match simple {
            Simple::Iban(given) => {
                codes::iban(
                    given.unwrap_or_else(|| locale.country_code()),
                    key,
                    row,
                    out,
                );
            }
            Simple::VatNumber(given) => {
                codes::vat(
                    given.unwrap_or_else(|| locale.country_code()),
                    key,
                    row,
                    out,
                );
            }
            Simple::Card if column.unique => {
                out.push_str(codes::CARDS[number(codes::CARDS.len() as u64) as usize]);
            }
            Simple::Card => out.push_str(draw.word(&codes::CARDS)),
            // Numbers from 2 on are for use inside of a shop: no product has them.
            Simple::Ean13 => codes::ean(format_args!("2{:011}", number(100_000_000_000)), out),
            Simple::Ean8 => codes::ean(format_args!("2{:06}", number(1_000_000)), out),
            // Groups from 979-9 on are not given out.
            Simple::Isbn => codes::ean(format_args!("9799{:08}", number(100_000_000)), out),
            Simple::Ipv4 { private } => {
                let number = if column.unique {
                    number(if private { 1 << 24 } else { 3 * 254 })
                } else {
                    draw.below(if private { 1 << 24 } else { 3 * 254 })
                };
                ipv4(private, number, out);
            }
            Simple::Ipv6 { private } => {
                let (number, head) = (number(1 << 40), if private { "fd42" } else { "2001:db8" });
                let low = number & 0xffff;
                write_all(
                    out,
                    format_args!(
                        "{head}:{:x}::{:x}:{low:x}",
                        number >> 32,
                        number >> 16 & 0xffff
                    ),
                );
            }
            Simple::Mac => {
                // The second bit says that the number was given locally.
                let bytes = number(1 << 40).to_be_bytes();
                out.push_str("02");
                for byte in &bytes[3..] {
                    write_all(out, format_args!(":{byte:02x}"));
                }
            }
            Simple::UserAgent => draw.pick(&BROWSERS).write("", draw, out),
            Simple::Domain | Simple::Url => address(simple, column.unique, row, draw, out),
            Simple::Semver => semver(draw, out),
            Simple::FileName => {
                plain_words(2, draw, out);
                if column.unique {
                    write_all(out, format_args!("-{}", row + 1));
                }
                out.push('.');
                out.push_str(self.file(table, row).0);
            }
            Simple::MimeType if column.unique => {
                out.push_str(FILES[number(FILES.len() as u64) as usize].1);
            }
            Simple::MimeType => out.push_str(self.file(table, row).1),
            Simple::FileSize => {
                let size = self.file(table, row).2 * (1.1 * text::normal(draw)).exp();
                return Value::Integer(size as i64 + 64);
            }
            Simple::Title => {
                text::title(locale.language(), draw, out);
                if column.unique {
                    write_all(out, format_args!(" {}", row + 1));
                }
            }
            Simple::Picture { width, height } => {
                blob::picture(width, height, draw, out);
                return Value::Bytes;
            }
            Simple::Bytes { min, max } => {
                blob::bytes(text::log_normal(min, max, draw), draw, out);
                return Value::Bytes;
            }
        }
        Value::Text
    }

    /// The kind of a row's file.
    fn file(&self, table: usize, row: u64) -> &'static (&'static str, &'static str, f64, u64) {
        let total: u64 = FILES.iter().map(|file| file.3).sum();
        let mut at = self.tables[table].keys.file.row(row).below(total);
        FILES
            .iter()
            .find(|file| {
                let found = at < file.3;
                at = at.saturating_sub(file.3);
                found
            })
            .unwrap_or(&FILES[0])
    }
}

fn write_all(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("invariant: writing to a string");
}

/// Appends an address of the networks that RFC 5737 keeps for documentation, or of 10.0.0.0/8.
fn ipv4(private: bool, number: u64, out: &mut String) {
    const NETWORKS: [&str; 3] = ["192.0.2", "198.51.100", "203.0.113"];
    if private {
        let [.., a, b, c] = number.to_be_bytes();
        write_all(out, format_args!("10.{a}.{b}.{c}"));
    } else {
        let network = NETWORKS[(number / 254) as usize % 3];
        write_all(out, format_args!("{network}.{}", 1 + number % 254));
    }
}

/// Appends a host or page below the domains that RFC 2606 keeps for examples.
fn address(simple: Simple, unique: bool, row: u64, draw: &mut Draw, out: &mut String) {
    const SECTIONS: [&str; 5] = ["blog", "news", "products", "articles", "about"];
    let domain = draw.word(&["example.com", "example.net", "example.org"]);
    if simple == Simple::Domain {
        plain_words(2, draw, out);
        if unique {
            write_all(out, format_args!("-{}", row + 1));
        }
        out.push_str(".example");
        return;
    }
    write_all(
        out,
        format_args!("https://www.{domain}/{}/", draw.word(&SECTIONS)),
    );
    plain_words(3, draw, out);
    if unique {
        write_all(out, format_args!("-{}", row + 1));
    } else if draw.below(4) == 0 {
        write_all(out, format_args!("?page={}", 1 + draw.below(9)));
    }
}

/// Appends `quiet-river`.
fn plain_words(count: usize, draw: &mut Draw, out: &mut String) {
    let words = &super::super::data::Locale::EnUs.language().words;
    for index in 0..count {
        if index > 0 {
            out.push('-');
        }
        out.push_str(draw.word(words));
    }
}

/// Appends a version: majors are low, patches may be high, few are candidates.
fn semver(draw: &mut Draw, out: &mut String) {
    let low = |bound: f64, draw: &mut Draw| (bound.powf(draw.unit()) - 1.0) as u64;
    let (major, minor, patch) = (low(8.0, draw), low(30.0, draw), low(20.0, draw));
    write_all(out, format_args!("{major}.{minor}.{patch}"));
    if draw.below(20) == 0 {
        write_all(out, format_args!("-rc.{}", 1 + draw.below(4)));
    }
}
