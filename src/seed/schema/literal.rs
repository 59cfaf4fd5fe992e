//! Values of types that generators do not know, in the form in which PostgreSQL reads them. Pure.

/// Some values of a type by its name, with any length or precision; none when it is not known.
pub(in crate::seed) fn samples(type_name: &str) -> Option<Vec<String>> {
    if let Some(item) = type_name.strip_suffix("[]") {
        let items = samples(item).unwrap_or_else(|| plain(item));
        let quoted: Vec<String> = items
            .iter()
            .map(|item| format!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")))
            .collect();
        let mut arrays = vec!["{}".to_owned()];
        arrays.extend(quoted.first().map(|one| format!("{{{one}}}")));
        if quoted.len() > 2 {
            arrays.push(format!("{{{},{}}}", quoted[1], quoted[2]));
        }
        return Some(arrays);
    }
    let (bare, inside) = type_name.split_once('(').unwrap_or((type_name, ""));
    let count: Option<usize> = inside
        .split_once(')')
        .and_then(|(digits, _)| digits.parse().ok());
    let fixed: &[&str] = match bare.trim() {
        "inet" => &["192.0.2.10", "198.51.100.23", "203.0.113.99", "2001:db8::1"],
        "cidr" => &["192.0.2.0/24", "198.51.100.0/25", "2001:db8::/32"],
        "macaddr" => &[
            "00:00:5e:00:53:01",
            "00:00:5e:00:53:2f",
            "00:00:5e:00:53:a0",
        ],
        "macaddr8" => &["00:00:5e:ef:10:00:00:01", "00:00:5e:ef:10:00:00:2f"],
        "interval" => &["15 minutes", "2 hours", "1 day", "30 days"],
        "money" => &["4.99", "19.90", "250.00"],
        "xml" => &["<note>one</note>", "<note>two</note>"],
        "tsvector" => &["'quick':1 'brown':2", "'lazy':1 'dog':2"],
        "tsquery" => &["'quick' & 'brown'", "'dog'"],
        "int4range" | "int8range" | "numrange" => &["[1,10)", "[10,50)", "[50,100)"],
        "int4multirange" | "int8multirange" | "nummultirange" => &["{[1,10),[20,30)}"],
        "daterange" => &["[2024-01-01,2024-07-01)", "[2024-07-01,2025-01-01)"],
        "datemultirange" => &["{[2024-01-01,2024-07-01)}"],
        "tsrange" | "tstzrange" => &[
            "[2024-01-01 08:00,2024-01-01 12:00)",
            "[2024-06-01 08:00,2024-06-02 08:00)",
        ],
        "tsmultirange" | "tstzmultirange" => &["{[2024-01-01 08:00,2024-01-01 12:00)}"],
        "timetz" | "time with time zone" => &["08:30:00+00", "17:45:00+00"],
        "mysql inet4" => &["192.0.2.10", "198.51.100.23", "203.0.113.99"],
        "mysql inet6" => &["2001:db8::1", "2001:db8:0:1::2f", "2001:db8:ff::a"],
        "mysql geometry" => &["POINT(13.4 52.5)", "POINT(-0.1 51.5)", "POINT(2.4 48.9)"],
        "point" => &["(1,2)", "(52.5,13.4)"],
        "line" => &["{1,2,3}"],
        "lseg" => &["[(0,0),(1,1)]"],
        "box" => &["(1,1),(0,0)"],
        "path" => &["[(0,0),(1,1),(2,0)]"],
        "polygon" => &["((0,0),(1,1),(2,0))"],
        "circle" => &["<(0,0),1>"],
        "hstore" => &["a=>1", "a=>1,b=>2"],
        "ltree" => &["top", "top.middle", "top.middle.leaf"],
        "\"char\"" | "char" => &["a", "b"],
        "oid" => &["1"],
        "pg_lsn" => &["0/16B3748"],
        "jsonpath" => &["$.a"],
        "bit" => {
            let zeros = "0".repeat(count.unwrap_or(1));
            let ones = "1".repeat(count.unwrap_or(1));
            return Some(vec![zeros, ones]);
        }
        "bit varying" => {
            let length = count.unwrap_or(8).min(8);
            return Some(vec!["1".repeat(length), "10".repeat(length / 2)]);
        }
        _ => return None,
    };
    Some(fixed.iter().map(|value| (*value).to_owned()).collect())
}

/// Items of arrays of ordinary types.
fn plain(item: &str) -> Vec<String> {
    let bare = item.split('(').next().unwrap_or(item).trim();
    let items: &[&str] = match bare {
        "smallint" | "integer" | "bigint" | "numeric" | "real" | "double precision" => {
            &["1", "2", "3"]
        }
        "boolean" => &["t", "f", "t"],
        "date" => &["2024-01-01", "2024-06-01", "2025-01-01"],
        "timestamp without time zone" | "timestamp with time zone" => &["2024-01-01 08:00:00"],
        "time without time zone" => &["08:00:00", "17:30:00"],
        "uuid" => &["00000000-0000-4000-8000-000000000001"],
        "json" | "jsonb" => &["{}"],
        "text" | "character varying" | "citext" | "name" => &["new", "sale", "blue"],
        "character" => &["a", "b", "c"],
        _ => &[],
    };
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// A template of a range that overlaps with that of no other row, for a type of ranges.
pub(in crate::seed) fn disjoint(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "int4range" | "int8range" | "numrange" => "[{row}0,{row}5)",
        // A year each, of which there are enough.
        "daterange" | "tsrange" | "tstzrange" => "[{row:04}-01-01,{row:04}-12-31)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::samples;

    #[test]
    fn arrays_hold_what_their_items_are() {
        let arrays = samples("text[]").expect("known");
        assert_eq!(arrays, ["{}", "{\"new\"}", "{\"sale\",\"blue\"}"]);
        assert_eq!(samples("tsrange[]").expect("known").len(), 2);
        assert_eq!(samples("mood[]").expect("known"), ["{}"]);
        assert_eq!(samples("bit(3)").expect("known"), ["000", "111"]);
        assert_eq!(samples("geometry"), None);
    }
}
