/* The waitlist from all sides: a visitor joins and leaves by the mail's link; a time that is cancelled is offered, given back and taken, and the
 * "Fill this gap" panel follows by itself; the list and its settings. */
import { api, apiData, expect, expectAccessible, mailsWith, OWNER, signIn, test } from './lib/fixtures.mjs';
import { openTimes } from './lib/booking.mjs';
import { appoint, card, openDay, quietDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const LONG = 'Wilhelmine-Friederike von und zu Oberhinterwaldhausen-Unterföhring';

/** Offers go out at any hour: the suite runs at night too. */
test.beforeAll(async ({ playwright }) => {
  const request = await playwright.request.newContext();
  const { rules } = await apiData(request, 'GET', 'reminders/rules', undefined, OWNER);
  await apiData(request, 'PUT', 'reminders/rules', { rules, quiet_start: null, quiet_end: null }, OWNER);
  await request.dispose();
});

async function waits(request, day, name) {
  const client = await apiData(request, 'POST', 'clients', { name, email: `${name.split(' ')[0].toLowerCase()}@waiting.example` });
  return apiData(request, 'POST', 'waitlist', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, not_before: day.date, not_after: day.date });
}

/** The path of the link that starts like this in the newest mail with these words. */
async function linkIn(before, ...words) {
  let link = null;
  await expect.poll(() => {
    link = mailsWith(before, ...words).at(-1)?.match(new RegExp(`href="[^"]*(${before}[\\w-]+)`))?.[1] ?? null;
    return link;
  }).not.toBeNull();
  return link;
}

test('a visitor joins by the booking page and leaves by the mail', async ({ page }) => {
  test.setTimeout(600_000);
  await openTimes(page);
  await page.getByRole('button', { name: /Tell me when an earlier one is free/ }).click();
  await expect(page.getByRole('heading', { name: 'Tell me when an earlier time is free' })).toBeFocused();
  await page.getByLabel('Tuesday').check();
  await page.getByLabel('Morning, until 12').check();
  await page.getByRole('button', { name: 'Put me on the list' }).click();
  await expect(page.getByText(/Please check/)).toBeVisible();
  await inspect(page, 'the form of the waitlist', GLANCES);
  await page.getByLabel('Full name').fill(LONG);
  await page.getByLabel('E-mail address').fill('wilhelmine@waiting.example');
  await page.getByRole('button', { name: 'Put me on the list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the list' })).toBeFocused();
  await page.goto(await linkIn('/w/', 'wilhelmine@waiting.example', 'You are on the waitlist'));
  await expect(page.getByText('Tuesday until 12:00')).toBeVisible();
  await expectAccessible(page, 'the page where one leaves');
  await page.getByRole('button', { name: 'Leave the waitlist' }).click();
  await expect(page.getByText('You are not on the list any more.')).toBeVisible();
});

test('a cancelled time is offered, taken back, and taken by the next', async ({ page, context, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request, 1);
  await appoint(request, day, 'Carla Cancels', day.starts[2]);
  await waits(request, day, 'Adele Earlier');
  await waits(request, day, 'Berta Behind');
  await signIn(page);
  await openDay(page, day.date);
  await card(page, 'Carla Cancels').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel appointment…' }).click();
  await page.getByRole('button', { name: 'Cancel appointment', exact: true }).click();
  await expect(toast(page, /of the waitlist/)).toBeVisible();
  await page.getByRole('button', { name: 'Fill this gap' }).click();
  const panel = page.getByRole('dialog', { name: 'Fill this gap' });
  const offered = panel.getByRole('listitem').filter({ hasText: 'Offered' });
  await expect(offered).toContainText('Adele Earlier');
  await inspect(page, 'the gap and its offer', GLANCES);
  const first = await linkIn('/o/', 'adele@waiting.example', 'A time has become free');
  await panel.getByRole('button', { name: 'Take the offer to Adele Earlier back' }).click();
  await expect(offered).toContainText('Berta Behind'); // the next is asked by itself
  const visitor = await context.newPage();
  await visitor.goto(first);
  await expect(visitor.getByText('The clinic has taken this offer back.')).toBeVisible();
  await visitor.goto(await linkIn('/o/', 'berta@waiting.example', 'A time has become free'));
  await expect(visitor.getByRole('button', { name: 'Yes, book it' })).toBeVisible();
  await inspect(visitor, 'an offer', GLANCES);
  await visitor.getByRole('button', { name: 'Yes, book it' }).click();
  await expect(visitor.getByText('It is yours: the appointment is booked.')).toBeVisible();
  await expectAccessible(visitor, 'an accepted offer');
  await visitor.close();
  await expect(offered).toHaveCount(0); // said by the server, not asked for
  await panel.getByRole('button', { name: 'Close' }).click();
  await expect(card(page, 'Berta Behind')).toBeVisible();
});

test('the list, an offer by hand that is declined, and the settings', async ({ page, context, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request, 1);
  const want = await waits(request, day, `Dora ${LONG}`);
  await signIn(page, OWNER);
  await openDay(page, day.date);
  const providers = await apiData(request, 'GET', 'providers');
  const column = page.locator('.cal-col', { has: page.getByRole('list', { name: new RegExp(`^${providers.find((one) => one.id === day.provider).name}, `) }) });
  await column.click({ position: { x: 30, y: 500 } });
  await page.getByRole('dialog', { name: 'New appointment' }).getByRole('button', { name: 'Who of the waitlist would take it?' }).click();
  const panel = page.getByRole('dialog', { name: 'Fill this gap' });
  await panel.getByRole('button', { name: /^Offer .* to Dora/ }).click();
  await expect(panel.getByRole('heading', { name: 'Offered now' })).toBeVisible();
  const visitor = await context.newPage();
  await visitor.goto(await linkIn('/o/', 'dora@waiting.example', 'A time has become free'));
  await visitor.getByRole('button', { name: 'No, thank you' }).click();
  await expect(visitor.getByText('You said no to this time. You stay on the list.')).toBeVisible();
  await visitor.close();
  await expect(panel.getByText(/said no/)).toBeVisible();
  await page.goto('/app/waitlist');
  await expect(page.getByRole('row').filter({ hasText: 'Dora' })).toBeVisible();
  await inspect(page, 'the waitlist', GLANCES);
  await page.getByRole('button', { name: 'Add to waitlist' }).click();
  await expect(page.getByRole('dialog', { name: 'Add to waitlist' })).toBeVisible();
  await expectAccessible(page, 'somebody new on the waitlist');
  await page.goto('/app/waitlist?status=lapsed');
  await expect(page.getByText('Nobody in this state')).toBeVisible();
  await page.goto('/app/settings/waitlist');
  await expect(page.getByLabel('An offer stands for')).toHaveValue('120');
  await inspect(page, 'the settings of the waitlist', GLANCES);
  expect((await api(request, 'DELETE', `waitlist/${want.id}`)).status()).toBe(204);
});
