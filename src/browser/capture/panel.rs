//! A page of our own in a window of its own beside the person's.

use serde_json::{Value, json};

use super::tab::Tab;
use super::watch::Watch;
use crate::browser::cdp::Session;

/// The narrowest window that is left to the person where its size is ours to choose.
const LEFT: f64 = 1_000.0;

/// Where windows can be.
const SCREEN: &str =
    "() => [screen.availLeft, screen.availTop, screen.availWidth, screen.availHeight]";

/// Opens it, where there is room. `flexible`: the person's window may be made narrower for it.
/// `direct`: the browser's own way to hosts is barred for others.
pub(super) async fn open(
    watch: &Watch,
    tab: &Tab,
    url: &str,
    width: u32,
    flexible: bool,
    direct: bool,
) -> Option<()> {
    let browser = watch.wire.browser();
    let width = f64::from(width);
    let screen = tab.page.main_frame();
    let screen = screen.evaluate(SCREEN, &[]).await.ok()?;
    let screen: [f64; 4] = serde_json::from_value(screen).ok()?;
    let target = json!({"targetId": &**tab.page.target()});
    let window = browser.call_raw("Browser.getWindowForTarget", target);
    let window = window.await.ok()?;
    let [left, top, right, bottom] = edges(&window["bounds"])?;
    let place = match beside([left, right], screen, width) {
        Some(place) => place,
        None if flexible && screen[2] - width >= LEFT => {
            let narrower = json!({"windowState": "normal"});
            set_bounds(&browser, &window["windowId"], narrower).await;
            let narrower = json!({"left": screen[0], "top": top, "width": screen[2] - width,
                "height": bottom - top});
            set_bounds(&browser, &window["windowId"], narrower).await;
            screen[0] + screen[2] - width
        }
        None => return None,
    };
    let bounds = json!({"left": place, "top": top.max(screen[1]), "width": width,
        "height": (bottom - top).min(screen[3])});
    let shown = show(&browser, url, bounds, direct).await;
    // The person goes on in their own window.
    tab.page.session().send("Page.bringToFront", json!({}));
    shown
}

/// Left edge of a window of this width beside one with these edges, on this screen.
fn beside([left, right]: [f64; 2], screen: [f64; 4], width: f64) -> Option<f64> {
    if right + width <= screen[0] + screen[2] {
        Some(right)
    } else if left - width >= screen[0] {
        Some(left - width)
    } else {
        None
    }
}

async fn show(browser: &Session, url: &str, bounds: Value, direct: bool) -> Option<()> {
    let mut context = json!({"disposeOnDetach": true});
    if direct {
        context["proxyServer"] = json!("direct://");
    }
    let context = browser.call_raw("Target.createBrowserContext", context);
    let context = context.await.ok()?["browserContextId"].clone();
    let mut target = json!({"url": url, "browserContextId": context, "newWindow": true});
    for side in ["left", "top", "width", "height"] {
        target[side] = bounds[side].clone();
    }
    let target = browser.call_raw("Target.createTarget", target).await.ok()?;
    let target = json!({"targetId": target["targetId"]});
    let window = browser.call_raw("Browser.getWindowForTarget", target);
    let window = window.await.ok()?;
    set_bounds(browser, &window["windowId"], bounds).await;
    Some(())
}

async fn set_bounds(browser: &Session, window: &Value, bounds: Value) {
    let whole = |value: &Value| json!(value.as_f64().map(|value| value.round() as i64));
    let mut bounds = bounds;
    for side in ["left", "top", "width", "height"] {
        if bounds[side].is_number() {
            bounds[side] = whole(&bounds[side]);
        }
    }
    if let Some(bounds) = bounds.as_object_mut() {
        bounds.retain(|_, value| !value.is_null());
    }
    let set = json!({"windowId": window, "bounds": bounds});
    if let Err(error) = browser.call_raw("Browser.setWindowBounds", set).await {
        tracing::debug!(%error, "a window could not be placed");
    }
}

/// Left, top, right, bottom.
fn edges(bounds: &Value) -> Option<[f64; 4]> {
    let side = |name: &str| bounds[name].as_f64();
    let (left, top) = (side("left")?, side("top")?);
    Some([left, top, left + side("width")?, top + side("height")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_goes_where_it_covers_nothing() {
        let screen = [0.0, 0.0, 1700.0, 900.0];
        assert_eq!(beside([0.0, 1280.0], screen, 420.0), Some(1280.0));
        assert_eq!(beside([420.0, 1700.0], screen, 420.0), Some(0.0));
        assert_eq!(beside([200.0, 1480.0], screen, 420.0), None);
        assert_eq!(
            beside([0.0, 1280.0], [0.0, 0.0, 1280.0, 800.0], 420.0),
            None
        );
    }
}
