//! A person buys something in the shop.

use std::path::Path;

use rehearsal::feed::Feed;
use rehearsal::seed::{self, Options, Plan};

use super::hand::Pace;
use super::recording::{Recording, replay, story};
use super::{Display, Person, SCREEN, free_port, plain_browser};
use crate::support::program::{Shop, rehearsal, said};

/// A small catalogue is enough.
const SCALE: f64 = 0.4;

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whom the shop knows.
pub(crate) struct Customer {
    /// Their row in the feed.
    pub(crate) row: usize,
    pub(super) email: String,
    pub(super) password: String,
    name: String,
    street: String,
    postcode: String,
    city: String,
}

/// The shop on SQLite in a folder, with goods and customers, and the feeds of its plan.
pub(crate) fn open_shop(folder: &Path) -> (Shop, Vec<Feed>) {
    let shop = Shop::start(folder, &[]);
    let plan = root().join("fixtures/shop.toml");
    let seeded = rehearsal(folder)
        .args(["seed", "run"])
        .arg(&plan)
        .args(["--database", &shop.database, "--scale", &SCALE.to_string()])
        .output()
        .unwrap();
    assert!(seeded.status.success(), "{}", said(&seeded));
    let plan = Plan::parse(&std::fs::read_to_string(plan).unwrap(), "shop.toml").unwrap();
    let options = Options {
        scale: SCALE,
        ..Options::default()
    };
    (shop, seed::feeds(&plan, &options).unwrap())
}

/// The first customer whose data an American keyboard can type.
pub(crate) fn customer(feeds: &[Feed]) -> Customer {
    let feed = feeds.iter().find(|feed| &*feed.name == "customers");
    let feed = feed.expect("the plan's customers");
    let value = |row: usize, column: &str| feed.rows[row][feed.column(column).unwrap()].to_string();
    let plain = |row: &usize| feed.rows[*row].iter().all(|value| value.is_ascii());
    let row = (0..feed.rows.len()).find(plain).expect("a plain customer");
    let (first, last) = (value(row, "first_name"), value(row, "last_name"));
    Customer {
        row,
        email: value(row, "email"),
        password: value(row, "password"),
        name: format!("{first} {last}"),
        street: value(row, "street"),
        postcode: value(row, "postcode"),
        city: value(row, "city"),
    }
}

/// Orders with an id above this one: who ordered, and where it goes.
pub(crate) fn orders(folder: &Path, after: i64) -> Vec<(i64, String)> {
    let database = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    let mut query = database
        .prepare(
            "select customer_id, ship_name || ', ' || ship_street || ', ' || ship_postcode || ' ' \
             || ship_city || ', ' || ship_country from orders where id > ?1 order by id",
        )
        .unwrap();
    let rows = query.query_map([after], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.unwrap().map(Result::unwrap).collect()
}

/// Id of the newest order.
pub(crate) fn newest_order(folder: &Path) -> i64 {
    let database = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    let query = "select max(id) from orders";
    database.query_row(query, [], |row| row.get(0)).unwrap()
}

/// What a person does to buy something: from the home page to the list of their orders.
pub(super) fn buy(person: &mut Person, customer: &Customer) {
    person.click("header a:text('Log in')");
    person.see_address("/login");
    person.type_into(":label('E-mail')", &customer.email);
    person.type_into(":label('Password')", &customer.password);
    person.click("main button:text('Log in')");
    person.see("Hello, ");
    person.click("nav.categories a");
    person.see_address("/category/");
    person.click("li.card a");
    person.see_address("/product/");
    person.click("button.more");
    person.click("button:text('Add to cart')");
    person.see("Added to your cart.");
    person.click("a.cart-link");
    person.click("a:text('Check out')");
    person.type_into(":label('Full name')", &customer.name);
    person.type_into(":label('Street')", &customer.street);
    person.type_into(":label('Postcode')", &customer.postcode);
    person.type_into(":label('City')", &customer.city);
    person.choose(":label('Country')", "Germany");
    person.click("button:text('Continue to payment')");
    person.type_into(":label('Card number')", CARD[0].1);
    person.type_into(":label('Expiry date')", CARD[1].1);
    person.type_into(":label('Security code')", CARD[2].1);
    person.click("button:text('Continue to review')");
    person.click("label:text('I accept the terms of sale')");
    person.click("button:text('Place order')");
    person.see_address("/orders/");
    person.click("a:text('Your orders')");
    person.see_address("/orders");
    person.click("button:text('Log out')");
    person.see("Log in");
}

/// How the order of a customer is written in the shop's database.
pub(crate) fn address(customer: &Customer) -> String {
    let Customer {
        name,
        street,
        postcode,
        city,
        ..
    } = customer;
    format!("{name}, {street}, {postcode} {city}, DE")
}

/// The card that the person pays with, by the names of its secrets.
pub(crate) const CARD: [(&str, &str); 3] = [
    ("CARD_NUMBER", "5555555555554444"),
    ("CARD_EXPIRY", "1230"),
    ("CVC", "737"),
];

/// What the recorded flow must say.
const STORY: &str = "\
setViewport
navigate /
click link “Log in” → /login
change textbox “E-mail” = {{customers.email}}
change textbox “Password” = {{customers.password}}
click button “Log in” → /
click link “Bath” → /category/*
click link “Woven Rattan Basket” → /product/*
click button “Increase quantity”
click button “Add to cart” → POST /api/cart
click link “Cart” → /cart
click link “Check out” → /checkout/address
change textbox “Full name” = {{customers.first_name}} {{customers.last_name}}
change textbox “Street” = {{customers.street}}
change textbox “Postcode” = {{customers.postcode}}
change textbox “City” = {{customers.city}}
change combobox “Country” = DE
click button “Continue to payment” → /checkout/payment
change in frame [0] textbox “Card number” = {{secret.CARD_NUMBER}}
change in frame [0] textbox “Expiry date” = {{secret.CARD_EXPIRY}}
change in frame [0] textbox “Security code” = {{secret.CVC}}
click button “Continue to review” → /checkout/review → POST /payment/tokens
click checkbox “I accept the terms of sale”
click button “Place order” → /orders/*/confirmation
click link “Your orders” → /orders
click button “Log out” → /";

/// What is left of a recording: all that was written is in the folder.
pub(crate) struct Recorded {
    pub(crate) folder: tempfile::TempDir,
    _shop: Shop,
    pub(crate) recording: Recording,
    pub(crate) customer: Customer,
    pub(crate) feeds: Vec<Feed>,
}

fn arguments(port: u16) -> Vec<String> {
    let plan = root().join("fixtures/shop.toml");
    vec![
        "--window".to_owned(),
        "1280x800".to_owned(),
        format!("--debugging-port={port}"),
        format!("--plan={}", plan.display()),
        format!("--scale={SCALE}"),
    ]
}

/// The person buys something; the order is in the shop, and the password nowhere.
fn shop_once(
    person: &mut Person,
    folder: &tempfile::TempDir,
    recording: &Recording,
    customer: &Customer,
) {
    let before = newest_order(folder.path());
    buy(person, customer);
    let ordered = orders(folder.path(), before);
    assert_eq!(ordered.len(), 1, "{ordered:?}");
    assert_eq!(ordered[0].1, address(customer));
    // Also not while it goes on, in the browser's profile.
    assert_eq!(recording.files_with(&[&customer.password]), []);
}

/// A person buys something in the browser's own window while it is recorded.
pub(crate) fn recorded(pace: Pace) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let (shop, feeds) = open_shop(folder.path());
    let customer = customer(&feeds);
    let display = Display::start(SCREEN.0, SCREEN.1);
    let port = free_port();
    let arguments = arguments(port);
    let mut recording = Recording::start(&display, folder.path(), &shop.url, &arguments, &CARD);
    let mut person = Person::sit_down(&display, port, pace);
    shop_once(&mut person, &folder, &recording, &customer);
    person.press("ctrl+shift+w");
    let code = recording.wait();
    assert_eq!(code, Some(0), "{}", recording.told());
    Recorded {
        folder,
        _shop: shop,
        recording,
        customer,
        feeds,
    }
}

/// The same through the remote view: a second browser, in which the person sees and uses pictures
/// of the first.
fn recorded_remotely(pace: Pace) -> Recorded {
    let folder = tempfile::tempdir().unwrap();
    let (shop, feeds) = open_shop(folder.path());
    let customer = customer(&feeds);
    let display = Display::start(SCREEN.0, SCREEN.1);
    let (port, viewer) = (free_port(), free_port());
    let mut arguments = arguments(port);
    arguments.push("--remote".to_owned());
    let mut recording = Recording::start(&display, folder.path(), &shop.url, &arguments, &CARD);
    let address = recording.address();
    let profile = folder.path().join("viewer");
    let _browser = plain_browser(&display, SCREEN, &profile, viewer, &address);
    let mut person = Person::sit_down(&display, port, pace);
    person.look_at_picture(viewer, "#picture");
    shop_once(&mut person, &folder, &recording, &customer);
    let mut person = Person::sit_down(&display, viewer, pace);
    person.turn_to_toolbar(true);
    person.click("button:text('Stop')");
    let code = recording.wait();
    assert_eq!(code, Some(0), "{}", recording.told());
    Recorded {
        folder,
        _shop: shop,
        recording,
        customer,
        feeds,
    }
}

/// Replays what was recorded with other customers; each must leave an order of their own.
fn replays(times: usize, recorded: Recorded) {
    let Recorded {
        folder,
        _shop,
        recording,
        customer,
        ..
    } = recorded;
    assert_eq!(story(&recording.flow()), STORY, "{}", recording.told());
    assert!(
        recording.told().contains("3 of 3 replays passed"),
        "{}",
        recording.told()
    );
    let secrets = [customer.password.as_str(), CARD[0].1];
    assert_eq!(recording.files_with(&secrets), []);

    let before = newest_order(folder.path());
    let plan = root().join("fixtures/shop.toml").display().to_string();
    let (times, users, row) = (times.to_string(), "4", (customer.row + 1).to_string());
    let arguments = [
        "--repeat", &times, "--users", users, "--row", &row, "--plan", &plan, "--scale",
    ];
    let scale = SCALE.to_string();
    let arguments: Vec<&str> = arguments.into_iter().chain([scale.as_str()]).collect();
    let (told, output) = replay(&recording.file, &arguments, &CARD);
    assert_eq!(told["passed"], told["plays"], "{told:#}\n{}", said(&output));
    let ordered = orders(folder.path(), before);
    assert_eq!(ordered.len().to_string(), times, "{ordered:?}");
    let customers: std::collections::BTreeSet<_> = ordered.iter().map(|order| order.0).collect();
    assert_eq!(customers.len().to_string(), users, "{customers:?}");
    assert!(ordered.iter().all(|order| order.1 != address(&customer)));
}

#[test]
fn what_a_person_does_in_the_shop_is_recorded_and_replays_with_other_customers() {
    replays(8, recorded(Pace::FAST));
}

#[test]
fn the_same_is_recorded_through_the_remote_view() {
    replays(8, recorded_remotely(Pace::FAST));
}

#[test]
#[ignore = "takes long: make test-record"]
fn what_a_person_does_in_the_shop_replays_100_of_100() {
    replays(100, recorded(Pace::HUMAN));
}

#[test]
#[ignore = "takes long: make test-record"]
fn what_a_person_does_through_the_remote_view_replays_100_of_100() {
    replays(100, recorded_remotely(Pace::HUMAN));
}
