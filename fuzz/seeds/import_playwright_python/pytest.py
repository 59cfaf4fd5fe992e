from playwright.sync_api import Page, expect


def test_example(page: Page) -> None:
    page.goto("http://a.test/")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("checkbox").uncheck()
    with page.expect_download() as download_info:
        page.get_by_text('it\'s').click()
    download = download_info.value
    expect(page.get_by_role("heading")).to_contain_text("Hi")
