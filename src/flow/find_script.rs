//! Expressions that other players evaluate, and how they find the element of a step: by those of
//! the step's selectors that a script can ask for, in their order.

use serde_json::{Value, json};

use super::{SelectorPart, Selectors};

/// Declares `find`: the first element with a size that an alternative of [`known`] finds; each is
/// a chain through shadow roots, or an `XPath`.
const FIND: &str = concat!(
    "const part = (root, s) => /^[/(]/.test(s) ? document.evaluate(s, document, null, 9).singleNodeValue ",
    ": (root.shadowRoot ?? root).querySelector(s); ",
    "const find = (all) => all.map((chain) => chain.reduce((root, s) => root && part(root, s), document)).find((e) => e?.getClientRects().length); ",
);

/// An expression that other players evaluate and await: what differs from step to step stands in
/// front by its name, so that a flow can be read and compared; then come [`FIND`] and `script`, a
/// body that returns whether it is done.
pub(super) fn expression(values: &[(&str, Value)], script: &str) -> String {
    let values = values
        .iter()
        .map(|(name, value)| format!("{name} = {value}"));
    let values: Vec<String> = values.collect();
    let values = values.join(", ");
    format!("(async () => {{ const {values}; {FIND}{script}}})()")
}

/// The alternatives that a script can look for (none for accessible names), in their order; none
/// when there are none.
pub(super) fn known(selectors: &Selectors) -> Option<Value> {
    let one = |parts: Vec<SelectorPart>| match parts.as_slice() {
        [SelectorPart::XPath { value }] => value.starts_with(['/', '(']).then(|| json!([value])),
        [SelectorPart::Text { value }] => by_text(value).map(|path| json!([path])),
        [] => None,
        parts => {
            let css = |part: &SelectorPart| match part {
                SelectorPart::Css { value } => Some(json!(value)),
                _ => None,
            };
            parts
                .iter()
                .map(css)
                .collect::<Option<Vec<_>>>()
                .map(Value::from)
        }
    };
    let all = selectors
        .0
        .iter()
        .filter_map(|selector| one(selector.parts()));
    let all: Vec<Value> = all.collect();
    (!all.is_empty()).then(|| all.into())
}

/// An `XPath` for the deepest elements that contain a text.
fn by_text(text: &str) -> Option<String> {
    let quote = ['"', '\'']
        .into_iter()
        .find(|quote| !text.contains(*quote))?;
    let says = format!("contains(normalize-space(), {quote}{}{quote})", text.trim());
    Some(format!(
        "//body//*[{says}][not(.//*[{says}])][not(self::script or self::style)]"
    ))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::flow::Selector;

    pub(in crate::flow) fn selectors(list: &[&[&str]]) -> Selectors {
        let one = |chain: &&[&str]| Selector {
            chain: chain.iter().map(|part| (*part).to_owned()).collect(),
            bare: false,
        };
        Selectors(list.iter().map(one).collect())
    }

    #[test]
    fn accessible_names_and_pierced_trees_are_left_to_our_player() {
        let all = selectors(&[&["aria/Body"], &["pierce/#a"], &["#b"]]);
        assert_eq!(known(&all), Some(json!([["#b"]])));
        assert_eq!(known(&selectors(&[&["aria/Body"]])), None);
    }
}
