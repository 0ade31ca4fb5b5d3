import { expect, signIn, test } from './lib/fixtures.mjs';
import { inspect } from './lib/looks.mjs';

/** A working day with something in it: the demo clinic is closed on Sundays. */
function tuesday() {
  const day = new Date();
  day.setUTCDate(day.getUTCDate() + ((9 - day.getUTCDay()) % 7 || 7));
  return day.toISOString().slice(0, 10);
}

test('sign in', async ({ page }) => {
  await page.goto('/app');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await inspect(page, 'the sign-in');
  await page.getByLabel(/^Password/).first().fill('not the password');
  await page.getByLabel('E-mail address').fill('nobody@example.org');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('The e-mail address or the password is not right.')).toBeVisible();
  await inspect(page, 'a refused sign-in');
});

async function close(page) {
  await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

for (const view of ['day', 'week', 'agenda']) {
  test(`calendar: ${view}`, async ({ page }) => {
    test.setTimeout(600_000);
    await signIn(page);
    await page.goto(`/app/calendar?view=${view}&date=${tuesday()}`);
    await expect(page.locator('.appt-card, .agenda-day').first()).toBeVisible();
    await inspect(page, `the calendar, ${view}`);
  });
}

test('calendar: dialogs', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto(`/app/calendar?view=day&date=${tuesday()}`);
  await page.locator('.appt-card').first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.getByRole('dialog').getByLabel(/^Notes/)).toBeVisible();
  await inspect(page, 'an appointment');
  await close(page);
  await page.getByRole('button', { name: /^New/ }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'a new appointment');
  await close(page);
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'the palette');
});

for (const [path, title] of [['clients', 'Clients'], ['clients/new', null], ['settings', null], ['settings/services', null],
  ['settings/providers', null], ['settings/sessions', null], ['audit', null]]) {
  test(`staff: ${path}`, async ({ page }) => {
    test.setTimeout(600_000);
    await signIn(page);
    await page.goto(`/app/${path}`);
    await expect(page.getByRole('heading', { level: 1, ...(title ? { name: title } : {}) })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await inspect(page, path);
  });
}

test('staff: one client', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto('/app/clients');
  await page.getByRole('main').locator('a[href^="/app/clients/"]:not([href$="/new"])').first().click();
  await expect(page).toHaveURL(/\/app\/clients\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await inspect(page, 'a client');
});

test('the description of the API', async ({ page }) => {
  test.setTimeout(600_000);
  await page.goto('/docs');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await inspect(page, 'the documents');
});
