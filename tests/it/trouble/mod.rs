//! Pages that trouble replays, one for each complaint about recorders: what is really hit.

mod matrix;
mod replay;
mod site;

use std::time::Duration;

use futures::StreamExt;
use rehearsal::browser::Replay;

use self::replay::{Recording, Replayed, Stand, Variant, Verdict};

/// Deadline of steps: far more than they need on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// Users at a time in the test that is always run.
const TOGETHER: usize = 6;

/// Replays these, so many at a time, in any order.
async fn replay_all(
    stand: &Stand,
    together: usize,
    work: impl IntoIterator<Item = (Recording, Variant)>,
) -> Vec<(Recording, Variant, Replayed)> {
    let replays = work.into_iter().map(|(recording, variant)| async move {
        let replayed = stand.replay(&recording, variant).await;
        (recording, variant, replayed)
    });
    futures::stream::iter(replays)
        .buffer_unordered(together)
        .collect()
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_flow_does_what_was_recorded_and_nothing_else() {
    let stand = Stand::start(Replay::default(), Duration::ZERO, PATIENCE).await;
    let work = Recording::all()
        .into_iter()
        .map(|recording| (recording, Variant::Now));
    let replays = replay_all(&stand, TOGETHER, work).await;
    stand.end().await;
    let bad: Vec<String> = replays
        .iter()
        .filter(|(_, _, replayed)| replayed.verdict != Verdict::Passed)
        .map(|(recording, _, replayed)| {
            format!(
                "{}: {:?}, {}",
                recording.name, replayed.verdict, replayed.story
            )
        })
        .collect();
    assert!(
        bad.is_empty(),
        "{} of {} flows:\n{}",
        bad.len(),
        replays.len(),
        bad.join("\n")
    );
}
