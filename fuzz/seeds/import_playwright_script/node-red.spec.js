import { test, expect } from '@playwright/test';

test('test', async ({ page }) => {
  await page.goto('http://127.0.0.1:8405/');
  await page.getByRole('textbox', { name: 'Username:' }).click();
  await page.getByRole('textbox', { name: 'Username:' }).press('ControlOrMeta+a');
  await page.getByRole('textbox', { name: 'Username:' }).fill('ann');
  await page.getByRole('textbox', { name: 'Password:' }).click();
  await page.getByRole('textbox', { name: 'Password:' }).press('ControlOrMeta+a');
  await page.getByRole('textbox', { name: 'Password:' }).fill('-');
  await page.getByRole('button', { name: 'Login' }).click();
  await page.getByRole('link', { name: 'Deploy' }).click();
});