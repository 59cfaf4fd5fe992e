import { test, expect, devices } from '@playwright/test';

test.use({ viewport: { width: 800, height: 600 } });

test('all calls', async ({ page }) => {
  await page.goto('http://a.test/?q=a');
  await page.getByRole('link', { name: 'Buy', exact: true }).click({ modifiers: ['Shift'], button: 'right' });
  await page.locator('#a').contentFrame().getByLabel('Card').fill('4242');
  await page.getByRole('row', { name: /^Invoice \d+/i }).getByRole('button').nth(2).dblclick();
  await page.getByPlaceholder('City').press('ControlOrMeta+a');
  await page.getByLabel('Size').selectOption(['s', 'l']);
  const page1Promise = page.waitForEvent('popup');
  await page.getByText("It's").click();
  const page1 = await page1Promise;
  await page1.getByTestId('x').filter({ hasText: 'Row' }).first().hover();
  page1.once('dialog', dialog => {
    console.log(`Dialog message: ${dialog.message()}`);
    dialog.dismiss().catch(() => {});
  });
  await page1.getByRole('checkbox').check();
  await expect(page1.getByRole('heading')).toContainText('Thanks');
  await page1.getByLabel('File').setInputFiles('a.pdf');
  await page1.close();
});
