//! Ids and classes that a framework makes anew for each build or each page.

/// Beginnings that generated names have.
const PREFIXES: [&str; 17] = [
    "mui-",
    "css-",
    "sc-",
    "jss",
    "ember",
    "ext-gen",
    "ext-comp-",
    "radix-",
    "headlessui-",
    "react-aria",
    "__next",
    "svelte-",
    "ng-c",
    "yui_",
    "dijit_",
    "gwt-uid",
    "chakra-",
];

/// Whether an id or class looks generated. Errs on the side of "no": a finding must be worth
/// reading.
pub(super) fn is_volatile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if PREFIXES.iter().any(|prefix| lower.starts_with(prefix)) {
        return lower.bytes().any(|byte| byte.is_ascii_digit()) || is_random(tail(&lower));
    }
    // React's `useId`: `:r1:`, `«r1»`, `_r_1_`.
    let inner = name.trim_matches([':', '«', '»', '_']);
    let of_react = inner.len() < name.len()
        && inner.strip_prefix(['r', 'R']).is_some_and(|rest| {
            let rest = rest.trim_start_matches('_');
            !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    of_react || is_guid(&lower) || is_random(tail(name))
}

/// What stands behind the last separator: where build tools put a hash (`button_x3Fa9`).
fn tail(name: &str) -> &str {
    name.rsplit(['-', '_']).next().unwrap_or(name)
}

/// Eight hexadecimal digits or more in a row, with both letters and digits.
fn is_guid(name: &str) -> bool {
    name.split(|character: char| !character.is_ascii_hexdigit())
        .any(|run| {
            let digits = run.bytes().filter(u8::is_ascii_digit).count();
            run.len() >= 8 && digits >= 2 && digits < run.len()
        })
}

/// Letters and digits, or capitals and small letters, that change places often, as no word does.
fn is_random(part: &str) -> bool {
    #[derive(PartialEq, Clone, Copy)]
    enum Class {
        Digit,
        Upper,
        Lower,
    }
    let classes: Vec<Class> = part
        .bytes()
        .filter_map(|byte| match byte {
            b'0'..=b'9' => Some(Class::Digit),
            b'A'..=b'Z' => Some(Class::Upper),
            b'a'..=b'z' => Some(Class::Lower),
            _ => None,
        })
        .collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let digits = classes.contains(&Class::Digit);
    classes.len() >= 5 && digits && changes * 3 >= classes.len()
}

#[cfg(test)]
mod tests {
    use super::is_volatile;

    #[test]
    fn generated_names_are_told_from_given_ones() {
        for name in [
            "mui-106",
            ":r1:",
            "«r3»",
            "css-1x2y3z",
            "sc-a1b2c3",
            "ember123",
            "radix-:r4:",
            "headlessui-menu-button-7",
            "a3f9c2e1-77aa",
            "Button_x3F9a",
            "dijit_form_Button_15",
        ] {
            assert!(is_volatile(name), "{name}");
        }
        for name in [
            "buy",
            "log-in",
            "add-to-cart",
            "id_username",
            "step2",
            "h1",
            "col-md-6",
            "product_12",
            "btn-primary",
            "newsletter",
            "iPhone",
            "checkoutForm",
            "css-grid",
            "__next",
        ] {
            assert!(!is_volatile(name), "{name}");
        }
    }
}
