//! What trials tell, and what becomes of the flow.

use super::*;

/// Opens a page, then does these steps.
fn flow(steps: &[&str]) -> Flow {
    let open = r#"{"type": "navigate", "url": "http://a.test/"}"#;
    let steps: Vec<&str> = std::iter::once(open).chain(steps.iter().copied()).collect();
    let text = format!(r#"{{"title": "t", "steps": [{}]}}"#, steps.join(","));
    Flow::parse("t.json", &text).unwrap()
}

fn click(selectors: &str, extension: &str) -> String {
    format!(
        r#"{{"type": "click", "selectors": {selectors}, "offsetX": 1, "offsetY": 1,
        "x-rehearsal": {{{extension}}}}}"#
    )
}

/// A trial in which step 0 passed and step 1 went so.
fn trial(slow: bool, step: TrialStep) -> Trial {
    Trial {
        slow,
        steps: vec![TrialStep::default(), TrialStep { index: 1, ..step }],
    }
}

fn disagreeing(disagreed: &[usize]) -> Trial {
    let disagreed = disagreed.to_vec();
    trial(
        false,
        TrialStep {
            disagreed,
            ..TrialStep::default()
        },
    )
}

fn missing(missing: &[EffectPart], stumble: Option<Stumble>, refused: &[&str]) -> Trial {
    let step = TrialStep {
        missing: missing.to_vec(),
        refused: refused.iter().map(|&text| text.to_owned()).collect(),
        stumble,
        ..TrialStep::default()
    };
    trial(false, step)
}

fn failing(slow: bool, stumble: Option<Stumble>) -> Trial {
    let step = TrialStep {
        stumble,
        ..TrialStep::default()
    };
    trial(slow, step)
}

fn listed(flow: &Flow) -> String {
    flow.steps[1].action.selectors().unwrap().listed()
}

#[test]
fn a_selector_that_never_holds_is_dropped_and_one_that_holds_at_times_goes_last() {
    let step = click(r##"[["#a1"], ["#b"], ["#c"]]"##, "");
    let mut one = flow(&[&step]);
    let changes = repair(&mut one, &[disagreeing(&[0]), disagreeing(&[0, 1])]);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].step, 1);
    assert!(changes[0].text.contains("dropped `#a1`"), "{changes:?}");
    assert!(changes[0].text.contains("put `#b` last"), "{changes:?}");
    assert_eq!(listed(&one), "`#c`, `#b`");

    // Two that always hold need no third.
    let step = click(r##"[["#a"], ["#b"], ["#c"]]"##, "");
    let mut two = flow(&[&step]);
    repair(&mut two, &[disagreeing(&[0]), disagreeing(&[])]);
    assert_eq!(listed(&two), "`#b`, `#c`");
}

#[test]
fn selectors_stay_when_none_or_all_of_them_hold() {
    let step = click(r##"[["#a"], ["#b"]]"##, "");
    let mut flow = flow(&[&step]);
    let before = flow.clone();
    assert!(repair(&mut flow, &[disagreeing(&[]), disagreeing(&[])]).is_empty());
    assert!(repair(&mut flow, &[disagreeing(&[0]), disagreeing(&[1])]).is_empty());
    assert!(repair(&mut flow, &[]).is_empty());
    assert_eq!(flow, before);
}

#[test]
fn a_step_found_by_its_looks_gets_the_selectors_that_find_it() {
    let mut flow = flow(&[&click(r##"[["#old"]]"##, "")]);
    let healed: Selectors = serde_json::from_str(r##"[["#new"]]"##).unwrap();
    let step = TrialStep {
        healed: Some(healed),
        ..TrialStep::default()
    };
    let changes = repair(&mut flow, &[trial(false, step)]);
    assert!(changes[0].text.contains("`#new` instead of `#old`"));
    assert_eq!(listed(&flow), "`#new`");
}

#[test]
fn parts_that_did_not_come_again_go_and_the_others_stay() {
    let effect = r##""effect": {"navigation": "/next", "appears": [["#once"], ["#always"]]}"##;
    let effect = effect.replace(
        r##"[["#once"], ["#always"]]"##,
        r##"[[["#once"]], [["#always"]]]"##,
    );
    let mut flow = flow(&[&click(r##"[["#a"]]"##, &effect)]);
    let once = missing(&[EffectPart::Appears(0)], None, &[]);
    let changes = repair(&mut flow, &[once.clone(), once]);
    assert_eq!(changes.len(), 1);
    let effect = flow.steps[1].extension.effect.as_ref().unwrap();
    assert_eq!(effect.appears.len(), 1);
    assert_eq!(effect.appears[0].listed(), "`#always`");
    assert_eq!(effect.navigation.as_deref(), Some("/next"));
}

#[test]
fn what_showed_that_the_deed_was_done_is_never_given_up() {
    let effect = r#""effect": {"responses": [{"method": "POST", "url": "/save"}]}"#;
    let mut sent = flow(&[&click(r##"[["#a"]]"##, effect)]);
    let nothing = missing(&[EffectPart::Response(0)], Some(Stumble::NoEffect), &[]);
    assert!(repair(&mut sent, &[nothing.clone(), nothing]).is_empty());

    // The toast came, and says no.
    let effect = r##""effect": {"responses": [{"method": "POST", "url": "/save"}],
        "appears": [[["#toast"]]]}"##;
    let mut refused = flow(&[&click(r##"[["#a"]]"##, effect)]);
    let no = missing(&[EffectPart::Response(0)], None, &["POST /save (409)"]);
    assert!(repair(&mut refused, &[no.clone(), no]).is_empty());
}

#[test]
fn an_effect_of_looks_alone_goes_when_nothing_of_it_comes_again() {
    let effect = r##""effect": {"appears": [[["#once"]]]}"##;
    let mut flow = flow(&[&click(r##"[["#a"]]"##, effect)]);
    let nothing = missing(&[EffectPart::Appears(0)], Some(Stumble::NoEffect), &[]);
    let changes = repair(&mut flow, &[nothing]);
    assert!(
        changes[0].text.contains("nothing of what it caused"),
        "{changes:?}"
    );
    assert_eq!(flow.steps[1].extension.effect, None);
}

#[test]
fn a_notice_that_new_visitors_do_not_get_may_be_absent_and_nothing_else_may() {
    let absent = failing(false, Some(Stumble::Absent));
    let mut notice = flow(&[&click(r#"[["aria/Accept cookies"]]"#, "")]);
    assert_eq!(
        repair(&mut notice, &[absent.clone(), absent.clone()]).len(),
        1
    );
    assert!(notice.steps[1].extension.optional);

    let mut other = flow(&[&click(r#"[["aria/Pay now"]]"#, "")]);
    assert!(repair(&mut other, &[absent.clone(), absent.clone()]).is_empty());

    // It is there now and then: that is no notice for new visitors, but a page that moves.
    let there = failing(false, None);
    let mut notice = flow(&[&click(r#"[["aria/Accept cookies"]]"#, "")]);
    assert!(repair(&mut notice, &[absent, there]).is_empty());
}

#[test]
fn what_is_late_on_a_slow_machine_is_waited_for() {
    let first = click(
        r##"[["#a"]]"##,
        r##""effect": {"vanishes": [[["#spinner"]]]}"##,
    );
    let mut flow = flow(&[&first, &click(r##"[["#late"]]"##, "")]);
    let trial = |slow: bool, stumble| Trial {
        slow,
        steps: vec![
            TrialStep::default(),
            TrialStep {
                index: 1,
                ..TrialStep::default()
            },
            TrialStep {
                index: 2,
                stumble,
                ..TrialStep::default()
            },
        ],
    };
    let changes = repair(
        &mut flow,
        &[trial(false, None), trial(true, Some(Stumble::Absent))],
    );
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.iter().all(|change| change.slow && change.step == 2));
    let effect = flow.steps[1].extension.effect.as_ref().unwrap();
    assert_eq!(effect.appears[0].listed(), "`#late`");
    assert_eq!(flow.steps[2].timeout_ms, Some(30_000));

    // Absent on the fast one, too: no wait helps.
    let before = flow.clone();
    let absent = Some(Stumble::Absent);
    assert!(repair(&mut flow, &[trial(false, absent), trial(true, absent)]).is_empty());
    assert_eq!(flow, before);
}

#[test]
fn a_refused_value_is_hinted_at() {
    let typed = r#"{"type": "change", "selectors": [["aria/Slug"]], "value": "news"}"#;
    let save = click(r#"[["aria/Save"]]"#, "");
    let one = flow(&[typed, &save]);
    let hint = |refused| super::hint(&one, 2, refused);
    assert_eq!(hint(false), None);
    let told = hint(true).unwrap();
    assert!(told.contains("step 2 \"change Slug\""), "{told}");
    assert!(told.contains("{{iteration.unique}}"), "{told}");
}

#[test]
fn a_mended_flow_is_read_back_as_it_is() {
    let effect = r##""effect": {"navigation": "/n", "appears": [[["#once"]]]}"##;
    let mut flow = flow(&[&click(r##"[["#a"], ["#b"]]"##, effect)]);
    let step = TrialStep {
        disagreed: vec![0],
        missing: vec![EffectPart::Appears(0)],
        ..TrialStep::default()
    };
    assert_eq!(repair(&mut flow, &[trial(false, step)]).len(), 2);
    let text = flow.to_json();
    let again = Flow::parse("t.json", &text).unwrap();
    assert_eq!(again.to_json(), text);
}

#[test]
fn what_came_after_escape_by_itself_is_no_longer_waited_for() {
    // A draft saves itself a while after a field was filled, in the recording after the Escape.
    let effect =
        r#""effect": {"navigation": "/edit", "responses": [{"method": "POST", "url": "/add"}]}"#;
    let key = |key: &str| {
        format!(r#"{{"type": "keyDown", "key": "{key}", "x-rehearsal": {{{effect}}}}}"#)
    };
    let all = [EffectPart::Navigation, EffectPart::Response(0)];
    let trials = [missing(&all, Some(Stumble::NoEffect), &[])];

    let mut escape = flow(&[&key("Escape")]);
    assert_eq!(repair(&mut escape, &trials).len(), 1);
    assert!(escape.steps[1].extension.effect.is_none());

    // In one trial it came in time: the player does not insist on it.
    let came = [trials[0].clone(), missing(&[], None, &[])];
    let mut escape = flow(&[&key("Escape")]);
    assert_eq!(repair(&mut escape, &came), []);

    // It may come of the key's release.
    let up = r#"{"type": "keyUp", "key": "Escape"}"#;
    let mut pressed = flow(&[&key("Escape"), up]);
    assert_eq!(repair(&mut pressed, &trials).len(), 1);
    assert!(pressed.steps[1].extension.effect.is_none());
    assert!(pressed.steps[2].extension.effect.is_some());

    // Enter sends a form: that nothing came of it is a failure.
    let mut enter = flow(&[&key("Enter")]);
    assert_eq!(repair(&mut enter, &trials), []);
    assert!(enter.steps[1].extension.effect.is_some());
}

#[test]
fn a_draft_that_no_trial_saved_is_waited_for_all_the_same() {
    let field = r##"{"type": "change", "selectors": ["#body"], "value": "text", "x-rehearsal":
        {"effect": {"responses": [{"method": "POST", "url": "/save", "afterwards": true},
            {"method": "POST", "url": "/ping"}]}}}"##;
    let (save, ping) = (EffectPart::Response(0), EffectPart::Response(1));
    let mut filled = flow(&[field]);
    let trials = [missing(&[save, ping], None, &[])];
    assert_eq!(repair(&mut filled, &trials).len(), 1);
    let left = |flow: &Flow| flow.steps[1].extension.effect.clone().unwrap().responses;
    assert_eq!(left(&filled).len(), 1);
    assert_eq!(left(&filled)[0].url, "/save");

    // It came once, and is not what else would be left to wait for.
    let mut filled = flow(&[field]);
    let trials = [missing(&[save], None, &[]), missing(&[ping], None, &[])];
    assert_eq!(repair(&mut filled, &trials), []);
    let trials = [missing(&[save], None, &[])];
    assert_eq!(repair(&mut filled, &trials).len(), 1);
    assert_eq!(left(&filled)[0].url, "/ping");
}
