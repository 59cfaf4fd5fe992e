//! The size of a tab's page, told when it is another one.

use std::sync::Arc;
use std::time::Duration;

use super::What;
use super::tab::Tab;
use super::watch::Watch;
use crate::flow::Viewport;

/// A person who pulls at a window makes many sizes; the last one counts.
const SETTLES: Duration = Duration::from_millis(250);

/// Measures a tab's page, at once when it was never measured, else when its size rests.
pub(super) fn measure_soon(watch: &Arc<Watch>, tab: &Arc<Tab>) {
    let mut state = tab.state();
    state.resized += 1;
    let (turn, is_first) = (state.resized, state.viewport.is_none());
    drop(state);
    let (tab, outbox) = (tab.clone(), watch.outbox.clone());
    if is_first {
        watch.outbox.tell_later(async move { measure(&tab).await });
        return;
    }
    tokio::spawn(async move {
        tokio::time::sleep(SETTLES).await;
        if tab.state().resized == turn
            && let Some(what) = measure(&tab).await
        {
            outbox.tell(what);
        }
    });
}

async fn measure(tab: &Tab) -> Option<What> {
    const SIZE: &str = "() => [innerWidth, innerHeight, devicePixelRatio]";
    let measured = tab.page.main_frame().evaluate(SIZE, &[]).await.ok()?;
    let [width, height, device_scale_factor]: [f64; 3] = serde_json::from_value(measured).ok()?;
    let viewport = Viewport {
        width: width as u32,
        height: height as u32,
        device_scale_factor,
        is_mobile: false,
        has_touch: false,
        is_landscape: width > height,
    };
    // A tab in the background has none yet.
    if viewport.width == 0 || viewport.height == 0 {
        return None;
    }
    let before = tab.state().viewport.replace(viewport);
    (before != Some(viewport)).then_some(What::Viewport {
        tab: tab.number,
        viewport,
    })
}
