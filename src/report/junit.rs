//! `junit.xml`: thresholds as test cases, for CI systems that show those.

use std::fmt::Write as _;

use super::info::RunInfo;
use crate::measure::{Summary, Verdict, units};

/// A summary as `JUnit` XML: one case per threshold, one for the verdict as a whole.
pub fn junit(summary: &Summary, info: &RunInfo) -> String {
    let mut cases = String::new();
    let mut failures = 0;
    for threshold in &summary.thresholds {
        let observed = threshold.observed.map_or_else(
            || threshold.reason.clone().unwrap_or_default(),
            |value| format!("observed {}", units::value(value, threshold.unit)),
        );
        failures += u32::from(!threshold.ok);
        case(
            &mut cases,
            &threshold.rule,
            (!threshold.ok).then_some(&observed),
        );
    }
    let passed = summary.verdict == Verdict::Pass;
    failures += u32::from(!passed);
    let reasons = summary.reasons.join("\n");
    case(&mut cases, "verdict", (!passed).then_some(&reasons));
    let tests = summary.thresholds.len() + 1;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites>\n<testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" \
         errors=\"0\" time=\"{}\" timestamp=\"{}\">\n{cases}</testsuite>\n</testsuites>\n",
        xml(&info.name),
        summary.duration_s,
        info.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
}

fn case(cases: &mut String, name: &str, failure: Option<&String>) {
    let name = xml(name);
    let written = match failure {
        None => writeln!(cases, "<testcase classname=\"rehearsal\" name=\"{name}\"/>"),
        Some(message) => writeln!(
            cases,
            "<testcase classname=\"rehearsal\" name=\"{name}\">\
             <failure message=\"{0}\">{0}</failure></testcase>",
            xml(message)
        ),
    };
    written.expect("invariant: writing to a string succeeds");
}

/// Escaped, without the control characters that XML cannot hold.
fn xml(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .fold(String::with_capacity(text.len()), |mut out, c| {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\n' => out.push_str("&#10;"),
                c => out.push(c),
            }
            out
        })
}
