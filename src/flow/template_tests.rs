use super::*;

fn customers() -> Feed {
    Feed {
        name: "customers".into(),
        columns: vec!["email".into(), "password".into()],
        secret: vec![false, true],
        rows: vec![
            vec!["ann@shop.test".into(), "hunter2".into()],
            vec!["bob@shop.test".into(), "swordfish".into()],
        ],
        weights: Vec::new(),
    }
}

fn change(template: &str) -> Step {
    let text = format!(
        r##"{{"title":"t","steps":[{{"type":"change","selectors":["#f"],"value":"sample",
            "x-rehearsal":{{"value":"{template}"}}}}]}}"##
    );
    Flow::parse("t.json", &text).unwrap().steps.remove(0)
}

fn filled(template: &str) -> Result<Step, RenderError> {
    let feed = customers();
    let secrets = Secrets::new([("API_KEY".to_owned(), "k-123".to_owned())]);
    let lookup = Lookup {
        rows: &[(&feed, 1)],
        secrets: &secrets,
        draw: 7,
        now: jiff::Zoned::default(),
    };
    render(&change(template), &lookup)
}

fn value(step: &Step) -> &str {
    match &step.action {
        Action::Change { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn places_are_filled_from_the_users_row() {
    let step = filled("<{{ customers.email }}>").unwrap();
    assert_eq!(value(&step), "<bob@shop.test>");
    assert_eq!(step.extension.rendered.draw, 7);
    assert!(!step.extension.rendered.secret);
    assert!(format!("{step:?}").contains("bob@shop.test"));
}

#[test]
fn secrets_are_filled_and_never_shown() {
    for template in ["{{customers.password}}", "{{secret.API_KEY}}"] {
        let step = filled(template).unwrap();
        let secret = value(&step).to_owned();
        assert!(["swordfish", "k-123"].contains(&secret.as_str()));
        assert!(!format!("{step:?}").contains(&secret), "{step:?}");
        assert!(!step.label().contains(&secret));
    }
    let secrets = Secrets::new([("A".to_owned(), "hidden".to_owned())]);
    assert_eq!(format!("{secrets:?}"), r#"{"A"}"#);
}

#[test]
fn what_is_typed_chosen_expected_and_answered_is_filled_too() {
    let text = r##"{"title":"t","steps":[{"type":"change","selectors":["#f"],"value":"sample","x-rehearsal":{
        "values":["{{customers.email}}"],"keys":[{"press":"A"},{"text":"to {{customers.email}}"}],
        "expect":[{"contains":"{{customers.email}}"}],
        "dialogs":[{"type":"prompt","text":"{{customers.password}}"}]}}]}"##;
    let flow = Flow::parse("t.json", text).unwrap();
    let mut needs = Needs::default();
    needs.add(&flow);
    assert_eq!(needs.feeds["customers"].len(), 2);
    let feed = customers();
    let lookup = Lookup {
        rows: &[(&feed, 0)],
        secrets: &Secrets::default(),
        draw: 0,
        now: jiff::Zoned::default(),
    };
    let step = render(&flow.steps[0], &lookup).unwrap();
    let extension = &step.extension;
    assert_eq!(extension.values.as_ref().unwrap()[0], "ann@shop.test");
    let typed = Stroke::Text {
        text: "to ann@shop.test".to_owned(),
    };
    assert_eq!(extension.keys.as_ref().unwrap()[1], typed);
    assert_eq!(extension.dialogs[0].text.as_deref(), Some("hunter2"));
    assert!(extension.rendered.secret);
    assert!(!format!("{step:?}").contains("hunter2"), "{step:?}");

    let later = text.replace("to {{customers.email}}", "{{flow.nothing}}");
    let error = Flow::parse("t.json", &later).unwrap_err().to_string();
    assert!(error.contains("`x-rehearsal.keys[1].text`"), "{error}");
}

#[test]
fn what_is_missing_is_named() {
    let message = |template| filled(template).unwrap_err().to_string();
    assert_eq!(
        message("{{custmers.email}}"),
        "there is no feed `custmers`; did you mean `customers`?"
    );
    assert_eq!(
        message("{{customers.e-mail}}"),
        "feed `customers` has no column `e-mail`; did you mean `email`?"
    );
    assert_eq!(
        message("{{secret.TOKEN}}"),
        "secret `TOKEN` is not set: export REHEARSAL_SECRET_TOKEN"
    );
}

#[test]
fn bad_templates_say_where() {
    let error = |text| Template::parse(text).unwrap_err();
    assert_eq!(error("äb{{customers.email").position, 3);
    assert!(error("{{email}}").problem.contains("`email` has no dot"));
    assert!(error("a {{x.y.z}}").problem.contains("is no reference"));
    assert_eq!(Template::parse("no } places {").unwrap().parts.len(), 1);
}

#[test]
fn needs_are_listed_and_checked_before_a_run() {
    let text = r##"{"title":"t","steps":[
        {"type":"change","selectors":["#f"],"value":"x","x-rehearsal":{"value":"{{customers.email}}"}},
        {"type":"change","selectors":["#f"],"value":"x","x-rehearsal":{"value":"{{secret.PIN}}"}}]}"##;
    let mut needs = Needs::default();
    needs.add(&Flow::parse("t", text).unwrap());
    assert!(needs.feeds["customers"].contains("email"));
    assert!(needs.secrets.contains("PIN"));
    let with_pin = Secrets::new([("PIN".to_owned(), "1".to_owned())]);
    assert_eq!(needs.check(&[customers()], &with_pin), Ok(()));
    assert!(matches!(
        needs.check(&[customers()], &Secrets::default()),
        Err(RenderError::MissingSecret { .. })
    ));
    assert!(matches!(
        needs.check(&[], &with_pin),
        Err(RenderError::UnknownFeed { .. })
    ));
}
