//! What people do in applications that none of us wrote. `tools/test-record.sh` starts one, lets
//! the person do it once, and replays what was recorded; here is the person.

#![expect(clippy::print_stdout, reason = "a measurement prints its result")]

use std::time::Duration;

use rehearsal::clock::Clock;

use super::hand::Pace;
use super::recording::{Recording, story};
use super::{Display, Person, SCREEN, free_port};

/// An application that runs: where it is, and who logs in there.
struct Application {
    url: String,
    user: String,
    password: String,
}

impl Application {
    /// As the script tells it.
    fn told() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: make test-record"))
        };
        Self {
            url: variable("PERSON_APP_URL"),
            user: variable("PERSON_APP_USER"),
            password: variable("PERSON_APP_PASSWORD"),
        }
    }
}

/// A guest orders a product in the shop of django-oscar.
fn order(person: &mut Person, _: &Application) {
    person.click("article.product_pod h3 a");
    person.click("button:text('Add to cart')");
    person.click("a:text('View cart')");
    person.click("a:text('Proceed to checkout')");
    person.type_into("#id_username", "ann.lee@example.com");
    person.click("label:text('I am a new customer and want to checkout as a guest')");
    person.click("button:text('Continue')");
    person.type_into("#id_first_name", "Ann");
    person.press("Tab");
    person.type_text("Lee");
    person.type_into("#id_line1", "1 Mill Road");
    person.type_into("#id_line4", "Wells");
    person.type_into("#id_postcode", "N12 9ET");
    person.choose("#id_country", "United Kingdom");
    person.click("#new_shipping_address button:text('Continue')");
    person.click("#view_preview");
    person.click("#place-order");
    person.see("Your order has been placed");
}

/// An editor publishes a page in Wagtail.
fn publish(person: &mut Person, application: &Application) {
    person.type_into(":label('Username')", &application.user);
    person.type_into(":label('Password')", &application.password);
    person.press("Enter");
    person.click("nav button:text('Pages')");
    person.click("nav .c-page-explorer__item__action:last-child");
    person.click("nav a:text('Blog index')");
    person.click("a[aria-label='Add child page']");
    person.click("main a:text('Blog entry page')");
    // Wagtail takes a title once, since it makes the page's address of it.
    let moment = Clock::start().started_at().as_millisecond();
    person.type_into("#id_title", &format!("A rehearsed post {moment}"));
    person.type_into("#id_date", "2026-11-21");
    person.press("Escape");
    person.click("[contenteditable=true][role=textbox]");
    person.type_text("Written by a person who thinks twice.");
    person.linger(Duration::from_secs(3));
    person.click("footer button[aria-label='More actions'], .footer .w-dropdown__toggle");
    person.click("button:text('Publish')");
    person.see("published.");
}

/// A maker drags a node onto the canvas of Node-RED and deploys it.
fn deploy(person: &mut Person, application: &Application) {
    person.type_into("#node-dialog-login-username", &application.user);
    person.press("Tab");
    person.type_text(&application.password);
    person.click("#node-dialog-login-submit");
    person.drag(
        "[data-palette-type=inject]",
        "#red-ui-workspace-chart",
        (0.07, 0.06),
    );
    person.see("timestamp");
    person.click("#red-ui-header-button-deploy");
    person.see("Successfully deployed");
}

/// Ends the recording by closing the window.
fn close(person: &mut Person) {
    person.press("ctrl+shift+w");
}

/// Says in the toolbar that the page's title differs each time, since the address that Wagtail
/// makes of it can be taken once only; then ends the recording there.
fn vary_title(person: &mut Person) {
    person.turn_to_toolbar(true);
    person.click("button.head:text('A rehearsed post')");
    person.choose(":label('Value')", "iteration.unique");
    person.click("button:text('Stop')");
}

/// Lets a person do it while it is recorded, and leaves the flow where the script wants it.
fn record(doing: fn(&mut Person, &Application), end: fn(&mut Person)) {
    let application = Application::told();
    let display = Display::start(SCREEN.0, SCREEN.1);
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let arguments = [
        "--window=1280x800".to_owned(),
        format!("--debugging-port={port}"),
    ];
    let secrets = [("PASSWORD", application.password.as_str())];
    let url = &application.url;
    let mut recording = Recording::start(&display, folder.path(), url, &arguments, &secrets);
    let mut person = Person::sit_down(&display, port, Pace::HUMAN);
    doing(&mut person, &application);
    person.linger(Duration::from_secs(2));
    end(&mut person);
    let code = recording.wait();
    println!(
        "exit {code:?}\n{}\n{}",
        recording.told(),
        story(&recording.flow())
    );
    assert_eq!(recording.files_with(&[&application.password]), []);
    let kept = std::env::var("PERSON_FLOW").expect("PERSON_FLOW: make test-record");
    std::fs::copy(&recording.file, kept).expect("the flow is kept");
    assert_eq!(code, Some(0), "the trial replays pass");
}

#[test]
#[ignore = "needs django-oscar: make test-record"]
fn oscar() {
    record(order, close);
}

#[test]
#[ignore = "needs Wagtail: make test-record"]
fn wagtail() {
    record(publish, vary_title);
}

#[test]
#[ignore = "needs Node-RED: make test-record"]
fn node_red() {
    record(deploy, close);
}
