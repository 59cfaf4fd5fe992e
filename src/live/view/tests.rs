use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::clock::Micros;
use crate::measure::{ErrorLine, GeneratorNow, Iterations, Progress, SlowStep};

fn snapshot() -> Snapshot {
    let quantiles = |p50_ms, p95_ms| Quantiles { p50_ms, p95_ms };
    Snapshot {
        progress: Progress {
            run: "shop".into(),
            stage: "hold for 1 min".into(),
            users_target: 12,
            total: Micros(90_000_000),
            done: false,
        },
        now: Micros(42_000_000),
        users: 11,
        iterations: Iterations {
            started: 38,
            passed: 34,
            failed: 4,
            ..Iterations::default()
        },
        steps: 200,
        steps_failed: 4,
        requests: 2_400,
        requests_failed: 3,
        steps_per_s: 6.1,
        requests_per_s: 56.0,
        bytes_per_s: 1_240_000.0,
        recent_error_share: Some(0.033),
        recent: Some(quantiles(312.0, 812.0)),
        overall: Some(quantiles(299.0, 1_240.0)),
        slowest: vec![SlowStep {
            flow: "Log in and check out".into(),
            name: "Click “Pay”".into(),
            count: 15,
            duration: quantiles(1_100.0, 3_200.0),
        }],
        errors: vec![ErrorLine {
            count: 4,
            step: "Click “Pay”".to_owned(),
            cause: "condition not met".to_owned(),
            message: "`#order-17` did not appear\u{1b}[31m in 10000 ms".to_owned(),
        }],
        generator: Some(GeneratorNow {
            cpu_share: 0.45,
            loop_lag_ms: 2.0,
            rss_bytes: 910_000_000,
            tainted: 0,
        }),
        users_history: vec![0, 2, 4, 6, 8, 10, 11, 11],
        p95_history_ms: vec![300, 500, 400, 812],
    }
}

fn drawn(width: u16, height: u16, view: &View, snapshot: &Snapshot) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| view.draw(frame, snapshot)).unwrap();
    let buffer = terminal.backend().buffer();
    (0..height)
        .map(|y| {
            let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
            line.trim_end().to_owned()
        })
        .collect()
}

#[test]
fn a_wide_terminal_shows_everything() {
    let lines = drawn(100, 20, &View::new(true), &snapshot());
    // The view keeps a column free on the left.
    let lines: Vec<_> = lines
        .iter()
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    Rehearsal · shop                                                      hold for 1 min · 0:42 / 1:30
    ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━────────────────────────────────────────────────────

    Users       11 of 12       ▁▂▄▅▇██
    Step p95    812 ms        ▂▄▃█
    Iterations  34 passed     4 failed
    Steps       6.1/s         3.3 % failed
      last 10 s p50 312 ms    p95 812 ms
      all       p50 299 ms    p95 1.24 s
    Requests    56/s          3 failed      1.2 MB/s
    Generator   CPU 45 %      lag 2.0 ms    910 MB

    Slowest steps                                                            count       p50       p95
    Click “Pay” · Log in and check out                                          15    1.10 s    3.20 s

    Failures
    4 × Click “Pay”: condition not met: `#order-17` did not appear [31m in 10000 ms


    Ctrl-C: finish and report · twice: stop at once
    ");
}

#[test]
fn sixty_columns_are_enough() {
    let lines = drawn(60, 20, &View::new(false), &snapshot());
    let text = lines.join("\n");
    for expected in [
        "11 of 12",
        "34 passed",
        "p95",
        "3.20 s",
        "CPU 45 %",
        "Ctrl-C",
    ] {
        assert!(text.contains(expected), "`{expected}` is not in\n{text}");
    }
}

#[test]
fn any_size_is_drawn_and_the_hint_stays() {
    for width in (1..130).step_by(8) {
        for height in (1..30).step_by(3) {
            let lines = drawn(width, height, &View::new(true), &snapshot());
            if width > 60 {
                let last = lines.last().unwrap();
                assert!(last.contains("Ctrl-C"), "{width} × {height}: {lines:?}");
            }
        }
    }
}

#[test]
fn an_empty_run_is_drawn_and_the_hint_follows_the_keys() {
    let mut view = View::new(true);
    view.interrupted = 1;
    let lines = drawn(80, 20, &view, &Snapshot::default()).join("\n");
    assert!(lines.contains("finishing"), "{lines}");
}

#[test]
fn without_colour_nothing_is_coloured() {
    let mut terminal = Terminal::new(TestBackend::new(80, 22)).unwrap();
    let view = View::new(false);
    terminal
        .draw(|frame| view.draw(frame, &snapshot()))
        .unwrap();
    for cell in terminal.backend().buffer().content() {
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
    }
}
