//! The table of pages with their Web Vitals, rated as web.dev does.

use super::write::{dash, number, put, template};
use crate::measure::{PageRow, Statistics, units};

/// Bounds of a vital: up to the first is good, above the second poor
/// (<https://web.dev/articles/vitals>).
struct Bounds {
    name: &'static str,
    title: &'static str,
    good: f64,
    poor: f64,
    write: fn(f64) -> String,
}

const TTFB: Bounds = Bounds {
    name: "TTFB",
    title: "time to first byte",
    good: 800.0,
    poor: 1_800.0,
    write: units::milliseconds,
};
const FCP: Bounds = Bounds {
    name: "FCP",
    title: "first contentful paint",
    good: 1_800.0,
    poor: 3_000.0,
    write: units::milliseconds,
};
const LCP: Bounds = Bounds {
    name: "LCP",
    title: "largest contentful paint",
    good: 2_500.0,
    poor: 4_000.0,
    write: units::milliseconds,
};
const INP: Bounds = Bounds {
    name: "INP",
    title: "interaction to next paint",
    good: 200.0,
    poor: 500.0,
    write: units::milliseconds,
};
const CLS: Bounds = Bounds {
    name: "CLS",
    title: "cumulative layout shift",
    good: 0.1,
    poor: 0.25,
    write: units::score,
};

/// Pages, most viewed first.
pub(super) fn pages(out: &mut String, pages: &[PageRow]) {
    put!(
        out,
        "<div class=scroll><table class=numbers><thead><tr><th class=wide>Page<th>views"
    );
    for bounds in [&TTFB, &FCP, &LCP, &INP, &CLS] {
        put!(
            out,
            "<th><abbr title=\"{}\">{}</abbr> p75",
            bounds.title,
            bounds.name
        );
    }
    put!(out, "<th>LCP p95<th>load p75<th>load p95</thead>");
    for page in pages {
        put!(
            out,
            "<tr><td class=\"name url\">{}<td>{}",
            template(&page.url),
            number(page.views)
        );
        for (bounds, statistics) in [
            (&TTFB, &page.ttfb_ms),
            (&FCP, &page.fcp_ms),
            (&LCP, &page.lcp_ms),
            (&INP, &page.inp_ms),
            (&CLS, &page.cls),
        ] {
            put!(out, "<td>{}", rated(statistics.as_ref(), bounds));
        }
        let time = |statistics: Option<&Statistics>, value: fn(&Statistics) -> f64| {
            statistics.map_or_else(dash, |all| units::milliseconds(value(all)))
        };
        put!(
            out,
            "<td>{}<td>{}<td>{}</tr>",
            time(page.lcp_ms.as_ref(), |s| s.p95),
            time(page.load_ms.as_ref(), |s| s.p75),
            time(page.load_ms.as_ref(), |s| s.p95)
        );
    }
    put!(
        out,
        "</table></div><p class=\"note ratings\"><span class=good>● good</span> \
         <span class=middling>▲ needs improvement</span> <span class=poor>■ poor</span>Rated by the \
         bounds of web.dev on the 75th percentile: "
    );
    for (index, bounds) in [TTFB, FCP, LCP, INP, CLS].iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        let (good, poor) = match bounds.name {
            "CLS" => (bounds.good.to_string(), bounds.poor.to_string()),
            _ => (short(bounds.good), short(bounds.poor)),
        };
        put!(out, "{separator}{} {good} and {poor}", bounds.name);
    }
    put!(
        out,
        ". Measured in this machine’s browsers, next to the site.</p>"
    );
}

fn rated(statistics: Option<&Statistics>, bounds: &Bounds) -> String {
    let Some(all) = statistics else {
        return dash();
    };
    let (class, mark, word) = match all.p75 {
        value if value <= bounds.good => ("good", '●', "good"),
        value if value <= bounds.poor => ("middling", '▲', "needs improvement"),
        _ => ("poor", '■', "poor"),
    };
    let value = (bounds.write)(all.p75);
    format!(
        "{value} <span class={class} role=img aria-label=\"{word}\" title=\"{word}\">{mark}</span>"
    )
}

fn short(value: f64) -> String {
    if value < 1_000.0 {
        return format!("{value} ms");
    }
    format!("{} s", value / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_follow_the_bounds() {
        for (value, expected) in [
            (2_500.0, "good"),
            (2_500.1, "needs improvement"),
            (4_000.0, "needs improvement"),
            (4_000.1, "poor"),
        ] {
            let statistics = Statistics {
                count: 1,
                mean: value,
                p50: value,
                p75: value,
                p90: value,
                p95: value,
                p99: value,
                max: value,
            };
            let html = rated(Some(&statistics), &LCP);
            assert!(
                html.contains(&format!("aria-label=\"{expected}\"")),
                "{html}"
            );
        }
    }
}
