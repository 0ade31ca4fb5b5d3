/* Outside calendars: a provider's Google calendar connected and disconnected, and feeds made, replaced and revoked. Google is
 * tests/lib/google_standin.py, where the person at the consent page always allows. */
import { apiData, expect, signIn, test } from './lib/fixtures.mjs';
import { clinicDay } from './lib/desk.mjs';
import { inspect } from './lib/looks.mjs';

const steer = (request, what, data) => request.post(`${process.env.E2E_GOOGLE}/_/${what}`, { data });
const panel = (page, name) => page.locator('section.panel', { has: page.getByRole('heading', { name }) });

async function asOwner(page) {
  const email = process.env.E2E_EMAIL;
  process.env.E2E_EMAIL = 'owner@demo.test';
  try {
    await signIn(page);
  } finally {
    process.env.E2E_EMAIL = email;
  }
}

test('Google Calendar, by mouse: connect, see what is wrong, disconnect', async ({ page, request }) => {
  test.setTimeout(600_000);
  const account = 'amari.with.a.rather.long.address.for.a.calendar@clinic.example.org';
  await steer(request, 'account', { account });
  await asOwner(page);
  await page.goto('/app/settings/calendars');
  await expect(page.getByRole('heading', { level: 1, name: 'Outside calendars' })).toBeVisible();
  await page.locator('.row-link').first().click();
  const google = panel(page, 'Google Calendar');
  await expect(google.getByRole('button', { name: 'Connect Google Calendar' })).toBeVisible();
  await inspect(page, 'a provider’s calendars, not connected');
  await google.getByLabel('What Google is told of an appointment').selectOption('busy');
  await google.getByRole('button', { name: 'Connect Google Calendar' }).click();
  await expect(page).toHaveURL(/\/app\/settings\/calendars\?google=connected/);
  await expect(page.getByText('Google allowed the access.')).toBeVisible();
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
  await inspect(page, 'outside calendars');
  await page.locator('.row-link').first().click();
  await expect(google.getByText(account)).toBeVisible({ timeout: 60_000 });

  /* Something at the time of an appointment: it is shown, and leads to the appointment, which says it too. */
  const provider = page.url().split('/').pop();
  const from = clinicDay(1), to = clinicDay(14);
  const { appointments } = await apiData(request, 'GET', `calendar?from=${from}&to=${to}&provider_id=${provider}`);
  const one = appointments.find((a) => a.status === 'scheduled' || a.status === 'confirmed');
  await steer(request, 'event', { account, event: { id: 'overlapping', status: 'confirmed', start: { dateTime: one.start }, end: { dateTime: one.end } } });
  await google.getByRole('button', { name: 'Look now' }).click();
  await expect(google.getByText('Something in Google is at the same time').first()).toBeVisible({ timeout: 60_000 });
  await inspect(page, 'a provider’s calendars, connected');
  await google.getByRole('button', { name: /^Appointment on/ }).first().click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Google has something at this time too')).toBeVisible();
  await expect(dialog.getByText('In Google Calendar', { exact: true })).toBeVisible({ timeout: 60_000 });
  await dialog.getByRole('button', { name: 'Close', exact: true }).click();

  await steer(request, 'revoke', {});
  await google.getByRole('button', { name: 'Look now' }).click();
  await expect(google.getByText(/withdrawn or has expired/)).toBeVisible({ timeout: 60_000 });
  await inspect(page, 'a provider’s calendars, to be connected again');
  await google.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
  await expect(google.getByRole('button', { name: 'Connect Google Calendar' })).toBeVisible();
});

test('feeds, by keyboard: make, read, replace, revoke', async ({ page, request }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto('/app/settings/calendars');
  await page.locator('.row-link').nth(1).focus();
  await page.keyboard.press('Enter');
  const feeds = panel(page, 'Calendar feeds');
  await expect(feeds.getByText('There is no feed yet.')).toBeVisible();
  await feeds.getByLabel('What it says of an appointment').focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  const url = await dialog.getByLabel('The address of the feed').inputValue();
  expect(url).toMatch(/\/api\/v1\/feeds\/[A-Za-z0-9_-]{64}\.ics$/);
  await inspect(page, 'the address of a feed');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  const answer = await request.get(url);
  expect(answer.headers()['content-type']).toContain('text/calendar');
  expect(await answer.text()).toContain('BEGIN:VEVENT');
  await inspect(page, 'feeds');

  await feeds.getByRole('button', { name: /^New address/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'New address' }).focus();
  await page.keyboard.press('Enter');
  const fresh = await page.getByRole('dialog').getByLabel('The address of the feed').inputValue();
  await page.keyboard.press('Escape');
  expect(fresh).not.toBe(url);
  expect((await request.get(url)).status()).toBe(404);
  expect((await request.get(fresh)).status()).toBe(200);

  await feeds.getByRole('button', { name: /^Revoke/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(feeds.getByText('There is no feed yet.')).toBeVisible();
  expect((await request.get(fresh)).status()).toBe(404);
});

test('a client’s feed', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto('/app/clients');
  await page.getByRole('main').locator('a[href^="/app/clients/"]:not([href$="/new"])').first().click();
  await page.getByRole('link', { name: 'Calendar feed' }).click();
  await expect(panel(page, 'Calendar feeds').getByText('There is no feed yet.')).toBeVisible();
  await inspect(page, 'a client’s feed');
});
