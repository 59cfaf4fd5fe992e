//! Locators of Playwright and what they become, in its own selector language.

use super::super::playwright_selector::parse;
use super::*;

fn located(selector: &str) -> Located {
    parse(selector).locate().unwrap()
}

/// The alternatives, chains joined by ` | `.
fn check(selector: &str, expected: &[&str]) {
    let found = located(selector);
    let chains: Vec<String> = found
        .selectors
        .0
        .iter()
        .map(|one| one.chain.join(" | "))
        .collect();
    assert_eq!(chains, expected, "{selector}");
}

#[test]
fn roles_and_names() {
    check(
        r#"internal:role=button[name="Say \"hi\""i]"#,
        &[
            r#"aria/[name="Say \"hi\""][role="button"]"#,
            r#"aria/[name*="Say \"hi\""][role="button"]"#,
        ],
    );
    check(
        r#"internal:role=link[name="Buy"s]"#,
        &[r#"aria/Buy[role="link"]"#],
    );
    check("internal:role=textbox", &[r#"aria/[role="textbox"]"#]);
    check(
        r#"internal:role=link[name="A"s][description="B"s]"#,
        &[r#"aria/[name="A"][description="B"][role="link"]"#],
    );
    check(
        "internal:role=link[name=/^Buy now$/]",
        &[r#"aria/Buy now[role="link"]"#],
    );
    check(
        "internal:role=link[name=/buy/i]",
        &[
            r#"aria/buy[role="link"]"#,
            r#"aria/[name*="buy"][role="link"]"#,
        ],
    );
}

#[test]
fn texts_attributes_and_css() {
    check(r#"internal:text="Add to cart"i"#, &["text/Add to cart"]);
    check("text=Don't go", &["text/Don't go"]);
    let exact = located(r#"internal:text="Save"s"#);
    assert!(exact.selectors.0[0].chain[0].contains("normalize-space(.)=\"Save\""));
    check(
        r#"internal:testid=[data-testid="go \"on\""s]"#,
        &[
            r#"[data-testid="go \"on\""]"#,
            r#"pierce/[data-testid="go \"on\""]"#,
        ],
    );
    check(
        r#"internal:attr=[placeholder="Search"i]"#,
        &[
            r#"[placeholder*="Search" i]"#,
            r#"pierce/[placeholder*="Search" i]"#,
        ],
    );
    check("#id > div", &["#id > div", "pierce/#id > div"]);
    check("//div[@id='a']", &["xpath///div[@id='a']"]);
    check("xpath=//ul >> xpath=//li", &["xpath///ul | xpath/.//li"]);
    check(
        r#"article:has-text("Tea"):visible >> css=> b"#,
        &[
            r#"article | only/[text*="Tea"] | only/[visible="true"] | :scope > b"#,
            r#"pierce/article | only/[text*="Tea"] | only/[visible="true"] | pierce/:scope > b"#,
        ],
    );
}

#[test]
fn what_is_counted_is_counted_among_the_same() {
    // The exact name would count other elements.
    check(
        r#"internal:role=button[name="Buy"i] >> nth=-1"#,
        &[r#"aria/[name*="Buy"][role="button"] | only/[nth="-1"]"#],
    );
    check(
        "div >> internal:has-text=/^Hello$/ >> nth=1",
        &[
            r#"div | only/[text="Hello"] | only/[nth="1"]"#,
            r#"pierce/div | only/[text="Hello"] | only/[nth="1"]"#,
        ],
    );
    let label = located(r#"internal:label="Size"i >> nth=1"#);
    assert_eq!(label.selectors.0.len(), 1, "{label:?}");
    assert!(label.selectors.0[0].chain[0].starts_with("xpath/.//*"));
}

#[test]
fn filters_hold_locators() {
    check(
        r#"internal:role=listitem >> internal:has="internal:role=heading[name=\"Tea\"s]" >> internal:role=button"#,
        &[
            r#"aria/[role="listitem"] | only/[has="aria/Tea[role=\"heading\"]"] | aria/[role="button"]"#,
        ],
    );
    check(
        r#"internal:role=button[name="Buy"s] >> internal:or="internal:role=link[name=\"Buy\"s]" >> nth=0"#,
        &[
            r#"aria/Buy[role="button"] | only/[nth="0"]"#,
            r#"aria/Buy[role="link"] | only/[nth="0"]"#,
        ],
    );
}

#[test]
fn places_among_two_locators_are_told_only_where_each_side_has_the_same() {
    let either = r##"#a >> internal:or="#b""##;
    assert!(located(either).notes.is_empty());
    let first = located(&format!("{either} >> nth=0"));
    assert_eq!(first.notes[0].0, Severity::Changed, "{first:?}");
    // The second of both may be the first `#b`.
    assert!(parse(&format!("{either} >> nth=1")).locate().is_none());
    let before = located(r##"#a >> nth=1 >> internal:or="#b""##);
    assert!(before.notes.is_empty(), "{before:?}");
}

#[test]
fn frames_are_told_apart() {
    let inside = located(
        r#"iframe[name="pay"] >> internal:control=enter-frame >> internal:role=textbox[name="Card"s]"#,
    );
    assert_eq!(inside.frames.len(), 1);
    assert_eq!(inside.frames[0].0[0].chain, [r#"iframe[name="pay"]"#]);
    assert_eq!(
        inside.selectors.0[0].chain,
        [r#"aria/Card[role="textbox"]"#]
    );
    assert!(
        parse("iframe >> internal:control=enter-frame")
            .locate()
            .is_none()
    );
}

#[test]
fn what_cannot_be_said_is_noted() {
    let unknown = located("#a >> left-of=\"#b\"");
    assert_eq!(unknown.notes[0].0, Severity::Lost);
    assert!(unknown.notes[0].1.contains("left-of"), "{unknown:?}");
    let state = located("internal:role=checkbox[checked=true]");
    assert_eq!(state.notes[0].0, Severity::Changed);
    let pattern = located(r"internal:role=link[name=/Order \d+ paid in full/]");
    assert!(pattern.notes[0].1.contains("paid in full"), "{pattern:?}");
    let middle = located("div:has-text(\"a\") b");
    assert!(middle.notes[0].1.contains(":has-text"), "{middle:?}");
}

#[test]
fn labels_with_quotes_are_paths_all_the_same() {
    for label in [r#"Say "hi""#, "It's", r#"Both ' and ""#] {
        let body = serde_json::to_string(label).unwrap();
        let found = located(&format!("internal:label={body}i"));
        assert_eq!(found.selectors.0.len(), 2, "{found:?}");
    }
}

#[test]
fn any_selector_ends() {
    let long = "a >> ".repeat(20_000);
    assert!(parse(&long).locate().is_none());
    for text in [
        "",
        ">>",
        "[",
        "internal:role=",
        "internal:role=[",
        "internal:has=\"",
        "nth=x",
        "text=/",
        "\"",
        "'é",
        "a[b='é",
        ":has-text(",
        "x:has-text(\"",
        "\\",
        "é\\",
    ] {
        let _located = parse(text).locate();
    }
    let mut nested = String::from("a");
    for _ in 0..12 {
        nested = format!(
            "a >> internal:has={}",
            serde_json::to_string(&nested).unwrap()
        );
    }
    let _located = parse(&nested).locate();
}
