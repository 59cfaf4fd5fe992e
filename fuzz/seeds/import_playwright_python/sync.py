import re
from playwright.sync_api import Playwright, sync_playwright, expect


def run(playwright: Playwright) -> None:
    browser = playwright.chromium.launch(headless=False)
    context = browser.new_context()
    page = context.new_page()
    page.goto("http://127.0.0.1:8402/catalogue/?q=a&b=%20")
    page.get_by_role("link", name="Quiet River", exact=True).click(modifiers=["ControlOrMeta"])
    page.get_by_placeholder("Search").fill("oak \"lamp\"\n\u00e4")
    page.get_by_label("Country").select_option(["DE", "FR"])
    page.locator("#id_guest").get_by_text(re.compile(r"^A\\d+", re.IGNORECASE)).nth(1).dblclick()
    page.get_by_test_id("terms").check()
    page.locator("iframe[name=\"pay\"]").content_frame.get_by_label("Card").press("Enter")
    with page.expect_popup() as page1_info:
        page.get_by_role("button", name="Open").click(button="right")
    page1 = page1_info.value
    page1.get_by_title("x").filter(has_text="Row").first.hover()
    expect(page1.get_by_text("Thank you")).to_be_visible()
    page1.close()
    page.locator("input[type=file]").set_input_files("a.pdf")

    # ---------------------
    context.close()
    browser.close()


with sync_playwright() as playwright:
    run(playwright)
