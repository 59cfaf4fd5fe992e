//! Imported recordings, played: the selectors mean the elements that their recorder meant.

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use rehearsal::flow::Flow;
use rehearsal::flow::import::{Format, import};
use url::Url;

use super::harness::{Player, Setup};

/// The flow of a recording, on this player's site.
fn imported(player: &Player, name: &str, text: &str) -> Flow {
    let format = Format::detect(name, text).unwrap();
    let mut flow = import(format, name, text).unwrap().remove(0).flow;
    flow.rebase(&Url::parse(&player.site.url("/")).unwrap());
    flow
}

async fn play(player: &mut Player, flow: &Flow) {
    let value = flow.to_value();
    for step in value["steps"].as_array().unwrap() {
        player.pass(step.clone()).await;
    }
}

fn read(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join("fixtures").join(path)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_recorded_by_playwright_orders_in_both_of_its_forms() {
    let page = || async { Html(read("pages/guest-checkout.html")) };
    let setup = Setup {
        routes: Router::new().route("/catalogue/", get(page)),
        ..Setup::default()
    };
    let mut player = Player::start_as(setup).await;
    for name in ["oscar.jsonl", "oscar.spec.js"] {
        let flow = imported(&player, name, &read(&format!("recordings/{name}")));
        play(&mut player, &flow).await;
        player
            .hits(&[concat!(
                r#"order {"email":"guest@example.com","who":"guest","first":"Ann","last":"Lee","#,
                r#""line":"1 Road","city":"Town","zip":"N12 9ET","country":"GB"}"#
            )])
            .await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_locator_of_a_script_hits_what_it_means() {
    let mut player = Player::start().await;
    for (locator, hit) in [
        (
            "getByRole('link', { name: 'quiet river', description: 'Quiet River 7' })",
            "a#river7",
        ),
        (
            "getByRole('link', { name: 'Quiet River…', description: 'Quiet River 0', exact: true })",
            "a#river0",
        ),
        (
            "getByRole('button', { name: 'Add to cart' })",
            "button#cart3",
        ),
        (
            "getByRole('button', { name: /^Add to wish/ })",
            "button#wish",
        ),
        (
            "getByRole('button', { name: 'Buy' }).nth(1)",
            "button#coffee",
        ),
        ("getByRole('button', { name: 'Buy' }).first()", "button#tea"),
        ("locator('.buy').last()", "button#pot"),
        (
            "getByRole('listitem').filter({ hasText: 'made of iron' }).getByRole('button')",
            "button#pot",
        ),
        (
            "getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Coffee' }) }).locator('.buy')",
            "button#coffee",
        ),
        (
            "locator('li', { hasText: 'Tea' }).filter({ hasNotText: 'iron' }).getByRole('button')",
            "button#tea",
        ),
        (
            "locator('li:has-text(\"coast\") >> button')",
            "button#coffee",
        ),
        (
            "getByRole('button').and(page.locator('#wish'))",
            "button#wish",
        ),
        ("getByText('Save', { exact: true })", "span#exact"),
        ("getByText(/^Save as…$/)", "span#longer"),
        ("getByPlaceholder('search the')", "input#search"),
        ("getByLabel('city')", "input#city"),
        ("getByAltText('logo')", "img#logo"),
        ("getByTestId('place order')", "button#order"),
        ("getByTitle('Deep inside')", "button#deep"),
        (
            "locator('xpath=//ul').locator('xpath=//button[@id=\"pot\"]')",
            "button#pot",
        ),
        (
            "getByRole('button', { name: 'Place order' }).or(page.getByText('Nowhere'))",
            "button#order",
        ),
    ] {
        let url = player.site.url("/import.html");
        let script = format!(
            "test('t', async ({{ page }}) => {{\n  await page.goto('{url}');\n  await page.{locator}.click();\n}});"
        );
        let flow = imported(&player, "locators.spec.ts", &script);
        play(&mut player, &flow).await;
        player
            .expect(
                &format!("hits().length === 1 && hits()[0] === 'click {hit}'"),
                &format!("{locator:?} + ' hit ' + hits().join()"),
            )
            .await;
        player
            .expect("localStorage.clear() === undefined", "''")
            .await;
    }
    player.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_found_by_their_labels_and_take_their_values() {
    let mut player = Player::start().await;
    let url = player.site.url("/import.html");
    let script = format!(
        "def test_fields(page: Page) -> None:\n    page.goto(\"{url}\")\n    \
         page.get_by_label(\"Country\").select_option(\"GB\")\n    \
         page.get_by_label(\"City *\", exact=True).fill(\"Town\")\n    \
         page.get_by_role(\"checkbox\", name=\"Send me\").check()\n    \
         page.get_by_label(\"I am a guest\").check()\n    \
         page.get_by_role(\"checkbox\", name=\"Send me news\").uncheck()\n"
    );
    let flow = imported(&player, "test_fields.py", &script);
    play(&mut player, &flow).await;
    player
        .expect(
            "country.value === 'GB' && city.value === 'Town' && !news.checked && guest.checked",
            "[country.value, city.value, news.checked, guest.checked].join()",
        )
        .await;
    player.leave().await;
}
