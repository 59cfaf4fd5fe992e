//! From samples to the files of a run's folder.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use std::path::Path;

use rehearsal::clock::Micros;
use rehearsal::live;
use rehearsal::measure::{
    Changes, Data, Ended, FinishInput, Progress, Snapshot, Summary, Tally, Verdict,
};
use rehearsal::report::{Host, PersonaInfo, RunFolder, RunInfo, SeedInfo, html, rebuild, text};
use rehearsal::sample::{Outcome, RequestClass, Sample};
use rehearsal::workload::{Comparison, Metric, Statistic, Threshold, Vital};
use synthetic::{Story, WARMUP, samples};

mod synthetic;

const END: Micros = Micros(90_000_000);

fn info() -> RunInfo {
    let rule = |rule: &str, metric, limit| Threshold {
        rule: rule.to_owned(),
        metric,
        comparison: Comparison::Less,
        limit,
    };
    let p95 = Statistic::Percentile(95.0);
    RunInfo {
        version: RunInfo::VERSION,
        name: "shop".to_owned(),
        started: "2026-03-01T10:20:30Z".parse().unwrap(),
        rehearsal: "0.1.0".to_owned(),
        browser: "Chromium 140.0".to_owned(),
        host: Host {
            os: "Linux (Debian 12)".to_owned(),
            architecture: "x86_64".to_owned(),
            cores: 2,
            memory_bytes: 8_000_000_000,
        },
        git_commit: Some("0f33a0812345".to_owned()),
        random_seed: 42,
        target: "http://127.0.0.1:8000/".to_owned(),
        allow: Vec::new(),
        personas: vec![PersonaInfo {
            name: "buyer".to_owned(),
            share: "weight 1".to_owned(),
            flows: vec![("Log in and check out".to_owned(), 1.0)],
            think: "as recorded".to_owned(),
            feed: Some("customers".to_owned()),
            browser: "1280 × 720, en-US, returning visitors".to_owned(),
        }],
        stages: vec![
            "ramp to 12 users over 24 s".to_owned(),
            "hold for 1 min 6 s".to_owned(),
        ],
        warmup_s: WARMUP.seconds(),
        thresholds: vec![
            rule(
                "step.duration.p95 < 3s",
                Metric::StepDuration(None, p95),
                3_000.0,
            ),
            rule(
                "step[Click “Pay”].duration.p95 < 4s",
                Metric::StepDuration(Some("Click “Pay”".to_owned()), p95),
                4_000.0,
            ),
            rule(
                "vitals.lcp.p75 < 2.5s",
                Metric::Vital(Vital::Lcp, None, Statistic::Percentile(75.0)),
                2_500.0,
            ),
            rule("errors.rate < 1%", Metric::ErrorRate, 0.01),
        ],
        seed: Some(SeedInfo {
            plan: "fixtures/shop.toml".to_owned(),
            database: "sqlite:shop.db".to_owned(),
            scale: 1.0,
        }),
        data: Data {
            fingerprint: "9f2c41d07be8".to_owned(),
            rows: [
                ("customers", 20_000),
                ("orders", 60_000),
                ("order_lines", 140_000),
            ]
            .map(|(table, rows)| (table.to_owned(), rows))
            .into_iter()
            .collect(),
            changes: None,
        },
    }
}

fn finish(samples: &[Sample], info: &RunInfo) -> Summary {
    let mut tally = Tally::new(WARMUP);
    for sample in samples {
        tally.fold(sample);
    }
    tally.finish(FinishInput {
        at: END,
        ended: Ended::Completed,
        thresholds: &info.thresholds,
        dropped: 0,
        data: info.data.clone(),
    })
}

/// Writes samples as a run does, a little behind their time.
fn run_into(folder: &RunFolder, samples: &[Sample]) {
    let mut writer = folder.sample_writer().unwrap();
    for (index, sample) in samples.iter().enumerate() {
        let now = Micros(END.0 * index as u64 / samples.len() as u64);
        writer.write(sample, now).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn a_rebuilt_summary_is_the_one_of_the_run() {
    let parent = tempfile::tempdir().unwrap();
    let info = info();
    let samples = samples(Story::Broken);
    let folder = RunFolder::create(parent.path(), &info.name, info.started).unwrap();
    folder.write_info(&info).unwrap();
    run_into(&folder, &samples);
    let mut summary = finish(&samples, &info);
    // No sample tells it: it is taken from the summary that was there.
    summary.data.changes = Some(Changes::default());
    folder.write_results(&summary, &info).unwrap();
    let report = std::fs::read(folder.report()).unwrap();

    for file in ["report.html", "junit.xml"] {
        std::fs::remove_file(folder.path().join(file)).unwrap();
    }
    let rebuilt = rebuild(folder.path()).unwrap();
    assert_eq!(rebuilt.summary, summary);
    assert_eq!(rebuilt.info, info);
    assert_eq!(rebuilt.read.samples, samples.len() as u64);
    assert_eq!(std::fs::read(folder.report()).unwrap(), report);
    assert_eq!(
        files(folder.path()),
        [
            "junit.xml",
            "report.html",
            "run.json",
            "samples.ndjson.zst",
            "summary.json"
        ]
    );
}

#[test]
fn a_killed_run_gets_its_report_afterwards() {
    let parent = tempfile::tempdir().unwrap();
    let info = info();
    let samples = samples(Story::Healthy);
    let folder = RunFolder::create(parent.path(), &info.name, info.started).unwrap();
    folder.write_info(&info).unwrap();
    let mut writer = folder.sample_writer().unwrap();
    for sample in &samples[..samples.len() / 2] {
        writer.write(sample, Micros(0)).unwrap();
    }
    writer.flush_if_due(Micros(2_000_000)).unwrap();
    writer.write(&samples[0], Micros(2_100_000)).unwrap();
    // No destructor runs in a killed process.
    std::mem::forget(writer);

    let rebuilt = rebuild(folder.path()).unwrap();
    assert!(rebuilt.read.truncated);
    assert_eq!(rebuilt.read.samples, samples.len() as u64 / 2);
    assert_eq!(rebuilt.summary.ended, Ended::Lost);
    let iterations = rebuilt.summary.iterations;
    assert!(iterations.passed > 0);
    assert_eq!(
        iterations.started,
        iterations.passed + iterations.failed + iterations.interrupted
    );
    assert!(
        std::fs::read_to_string(folder.report())
            .unwrap()
            .contains("ended before it could")
    );
}

#[test]
fn the_numbers_of_a_run_add_up() {
    let samples = samples(Story::Broken);
    let summary = finish(&samples, &info());
    let count = |of: fn(&Sample) -> bool| samples.iter().filter(|sample| of(sample)).count() as u64;
    let iterations = summary.iterations;
    assert_eq!(
        iterations.started,
        count(|s| matches!(s, Sample::Iteration(_)))
    );
    assert_eq!(
        iterations.failed,
        count(|s| matches!(s, Sample::Iteration(i) if matches!(i.outcome, Outcome::Failed(_))))
    );
    assert!(iterations.failed > 0 && iterations.interrupted > 0);
    let failures: u64 = summary.failures.iter().map(|row| row.count).sum();
    assert_eq!(failures, iterations.failed);
    assert_eq!(
        summary.failures.len(),
        2,
        "ids split a failure: {:?}",
        summary.failures
    );

    let requests = &summary.requests;
    let by_class: u64 = requests.by_class.values().map(|class| class.count).sum();
    let by_template: u64 = requests.by_template.iter().map(|row| row.count).sum();
    let over_time: u64 = summary
        .timeline
        .requests
        .iter()
        .flat_map(|s| &s.values)
        .sum();
    assert_eq!(
        (by_class, by_template, over_time),
        (requests.total, requests.total, requests.total)
    );
    assert_eq!(requests.blocked_hosts["ads.example.net"], requests.blocked);
    let polls = count(|s| matches!(s, Sample::Request(r) if r.class == RequestClass::Poll));
    assert_eq!(requests.by_class["poll"].count, polls);
    assert_eq!(summary.users.peak, 12);
    assert_eq!(summary.verdict, Verdict::Fail);
}

#[test]
fn the_report_asks_the_network_for_nothing() {
    for story in [Story::Healthy, Story::Broken, Story::Starved] {
        let info = info();
        let page = html(&finish(&samples(story), &info), &info);
        for forbidden in [
            "src=", "href=", "url(", "@import", "<link", "<iframe", "fetch(", "https://",
        ] {
            assert!(
                !page.contains(forbidden),
                "the report contains `{forbidden}`"
            );
        }
        assert!(page.contains("default-src 'none'"));
        let addresses = page.matches("http://").count();
        assert_eq!(addresses, page.matches("http://127.0.0.1:8000/").count());
    }
}

#[test]
fn healed_steps_are_told_and_still_pass() {
    let mut all = samples(Story::Healthy);
    let mut steps = all.iter_mut().filter_map(|sample| match sample {
        Sample::Step(step) if step.outcome == Outcome::Passed => Some(step),
        _ => None,
    });
    for number in 0..3 {
        let step = steps.next().unwrap();
        step.origin.step = Some(number);
        step.healed = Some(rehearsal::sample::Healing {
            from: "`#old<b>`".to_owned(),
            to: "`aria/Buy`".to_owned(),
            score: 0.91,
        });
    }
    let info = info();
    let summary = finish(&all, &info);
    assert_eq!(summary.healings.len(), 3);
    assert_eq!(summary.verdict, Verdict::Pass);
    let written = Summary::from_json(&summary.to_json()).unwrap();
    assert_eq!(written.healings, summary.healings);
    let shown = text(&summary, 100, false);
    let line =
        "3 elements were found by what they look like; `rehearsal play --fix` mends the flow";
    assert!(shown.contains(line), "{shown}");
    let page = html(&summary, &info);
    assert!(page.contains("Healed steps") && page.contains("#old&lt;b&gt;"));
    let calm = finish(&samples(Story::Healthy), &info);
    assert!(!html(&calm, &info).contains("Healed steps"));
    assert!(!text(&calm, 100, false).contains("look like"));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</script><img src=x onerror=alert(1)>\"'&\u{1b}[31m";
    let mut samples = samples(Story::Broken);
    for sample in &mut samples {
        match sample {
            Sample::Step(step) => {
                step.name = hostile.into();
                step.origin.flow = hostile.into();
            }
            Sample::Request(request) => {
                request.url = hostile.into();
                request.method = hostile.into();
            }
            Sample::Page(page) => page.url = hostile.into(),
            Sample::User(user) => user.persona = hostile.into(),
            Sample::Iteration(iteration) => {
                if let Outcome::Failed(failure) = &mut iteration.outcome {
                    failure.message = hostile.to_owned();
                }
            }
            Sample::Generator(_) => {}
        }
    }
    let mut info = info();
    info.name = hostile.to_owned();
    info.target = hostile.to_owned();
    info.thresholds[0].rule = hostile.to_owned();
    let summary = finish(&samples, &info);
    let page = html(&summary, &info);
    assert!(!page.contains("<img"));
    assert!(!page.contains('\u{1b}'));
    // The script, its data and nothing else ends a script element.
    assert_eq!(
        page.matches("<script").count(),
        page.matches("</script").count()
    );

    let terminal = text(&summary, 80, false);
    assert!(!terminal.contains('\u{1b}'), "{terminal}");
}

#[test]
fn a_run_without_samples_has_a_report() {
    let info = info();
    let summary = Tally::new(Micros(0)).finish(FinishInput {
        at: Micros(0),
        ended: Ended::Interrupted,
        thresholds: &info.thresholds,
        dropped: 0,
        data: Data::default(),
    });
    assert_eq!(summary.verdict, Verdict::Fail);
    let page = html(&summary, &info);
    assert!(page.contains("no iteration was started"));
    assert!(!page.contains("NaN") && !page.contains("inf%"));
    assert!(text(&summary, 80, false).starts_with("FAIL"));
}

#[test]
fn the_text_fits_its_terminal() {
    let summary = finish(&samples(Story::Broken), &info());
    for width in [60, 80, 120] {
        let text = text(&summary, width, false);
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
        assert!(text.starts_with("FAIL  12 users"), "{text}");
        assert!(text.contains("Click “Pay”"));
    }
    assert!(text(&summary, 80, true).contains("\x1b[1;31mFAIL\x1b[0m"));
}

#[test]
fn a_starved_generator_is_told_from_a_slow_site() {
    let summary = finish(&samples(Story::Starved), &info());
    assert_eq!(summary.verdict, Verdict::Invalid);
    assert!(summary.generator.tainted_samples > 0);
}

#[test]
#[ignore = "for the eye: writes reports into the folder that REHEARSAL_LOOK names"]
fn look_at_reports() {
    let folder = std::env::var("REHEARSAL_LOOK").expect("REHEARSAL_LOOK names a folder");
    for (name, story) in [
        ("healthy", Story::Healthy),
        ("broken", Story::Broken),
        ("starved", Story::Starved),
    ] {
        let info = info();
        let summary = finish(&samples(story), &info);
        let file = |extension| Path::new(&folder).join(format!("{name}.{extension}"));
        std::fs::write(file("html"), html(&summary, &info)).unwrap();
        std::fs::write(file("json"), summary.to_json()).unwrap();
        std::fs::write(file("txt"), text(&summary, 80, true)).unwrap();
    }
}

#[tokio::test]
#[ignore = "for the eye: draws the progress of a made-up run on the terminal"]
async fn look_at_progress() {
    let (sender, receiver) = tokio::sync::watch::channel(Snapshot::default());
    let (events, mut pressed) = tokio::sync::mpsc::unbounded_channel();
    let shown = tokio::spawn(live::show(receiver, live::Mode::detect(), events));
    let samples = samples(Story::Broken);
    let mut tally = Tally::new(WARMUP);
    let mut left = &samples[..];
    for tenth in 1..=900_u64 {
        let now = Micros(tenth * 100_000);
        let passed = left.partition_point(|sample| synthetic::ended(sample) <= now);
        left[..passed].iter().for_each(|sample| tally.fold(sample));
        left = &left[passed..];
        let progress = Progress {
            run: "shop".into(),
            stage: if tenth < 240 {
                "ramp to 12 users"
            } else {
                "hold"
            }
            .into(),
            users_target: 12.min(tenth as u32 / 20 + 1),
            total: END,
            done: tenth == 900,
        };
        sender.send_replace(tally.snapshot(now, progress));
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        if matches!(pressed.try_recv(), Ok(live::Event::Interrupt)) && pressed.is_empty() {
            tokio::time::sleep(std::time::Duration::from_secs(2)).await;
            if std::env::var_os("REHEARSAL_LOOK_PANIC").is_some() {
                tokio::spawn(async { panic!("a task panics") });
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
            break;
        }
    }
    drop(sender);
    shown.await.unwrap().unwrap();
    let summary = finish(&samples, &info());
    println!("{}", text(&summary, 80, true));
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
