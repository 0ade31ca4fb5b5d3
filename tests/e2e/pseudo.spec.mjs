/* Every text 40 % longer and full of accents: nothing breaks out of a phone, and no word is left that did not come from a catalogue. */
import { expect, expectNoSideways, test } from './lib/fixtures.mjs';

test.use({ viewport: { width: 390, height: 844 } });

const SCREENS = ['calendar?view=day', 'calendar?view=week', 'calendar?view=month', 'calendar?view=agenda', 'flow', 'clients', 'clients/new', 'requests', 'links', 'groups', 'waitlist',
  'settings', 'settings/services', 'settings/services/new', 'settings/providers', 'settings/resources/new', 'settings/locations', 'audit'];

test('the main screens in long words, on a phone', async ({ page }) => {
  test.setTimeout(600_000);
  await page.addInitScript(() => localStorage.setItem('clinicd.language', 'pseudo'));
  await page.goto('/app');
  await page.locator('input[type=email]').fill('owner@demo.test');
  await page.locator('input[type=password]').fill(process.env.E2E_PASSWORD);
  await page.locator('button[type=submit]').click();
  await expect(page.locator('nav').first()).toBeVisible();
  for (const path of SCREENS) {
    await page.goto(`/app/${path}`);
    await expect(page.locator('h1')).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await expectNoSideways(page, `${path} in long words`);
    const plain = await page.locator('main button, main label, main th, main legend').evaluateAll((all) => all.filter((one) => one.checkVisibility() && !one.querySelector('time, .num')).map((one) => one.innerText.trim()).filter((text) => /^(Save|Cancel|Add|New|Remove|Name|Search|Today|Day|Week|Month|Close|Archive|From|Until|Time|Date)\b/.test(text)));
    expect.soft(plain, `plain words on ${path}`).toEqual([]);
  }
  await page.goto('/app/calendar?view=day');
  await page.locator('.cal-bar .btn-primary').click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectNoSideways(page, 'a new appointment in long words');
  const inside = await page.getByRole('dialog').evaluate((dialog) => [dialog.clientWidth, dialog.scrollWidth]);
  expect(inside[1], 'the dialog is as wide as its words').toBeLessThanOrEqual(inside[0]);
});
