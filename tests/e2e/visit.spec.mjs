/* The new appointment in full: several services in one visit, what the service asks, a seat in a session, a time that was taken meanwhile. */
import { api, apiData, expect, expectAccessible, expectNoSideways, OWNER, signIn, test } from './lib/fixtures.mjs';
import { appoint, card, openDay, quietDay, toast } from './lib/desk.mjs';

test.use({ viewport: { width: 1280, height: 1300 } });

const clock = (instant) => new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Bucharest', hour: '2-digit', minute: '2-digit' }).format(Date.parse(instant));

async function open(page, day, name, service, start) {
  await openDay(page, day.date);
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog', { name: 'New appointment' });
  await expect(dialog.getByRole('combobox', { name: 'Client' })).toBeFocused();
  await page.keyboard.type(name);
  await page.getByRole('option', { name: new RegExp(`^${name}`) }).click();
  await dialog.getByLabel('Service', { exact: true }).selectOption(service.id);
  await dialog.getByLabel('Provider').selectOption(day.provider);
  await dialog.getByLabel('Time', { exact: true }).fill(clock(start));
  return dialog;
}

test('two services in one visit, with answers to what one of them asks', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request);
  await apiData(request, 'POST', 'clients', { name: 'Vera Visit', email: 'vera.visit@example.org' });
  const make = (name) => apiData(request, 'POST', 'services', { name, duration_min: 30, price_minor: 5000, provider_ids: [day.provider], public: false }, OWNER);
  const [first, second] = [await make('X-ray look'), await make('Talk about it')];
  await apiData(request, 'PUT', `services/${first.id}/questions`, { questions: [{ kind: 'yes_no', text: 'Are you pregnant?', required: true }] }, OWNER);
  await signIn(page);
  const dialog = await open(page, day, 'Vera Visit', first, day.starts[0]);
  await dialog.getByLabel('Are you pregnant?').selectOption('no');
  await expectAccessible(page, 'a new appointment with questions');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await card(page, 'Vera Visit').click();
  await expect(page.getByRole('dialog', { name: 'Vera Visit' }).getByText('Are you pregnant?')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  const visit = await open(page, day, 'Vera Visit', first, day.starts[4]);
  await visit.getByRole('button', { name: 'Add another service' }).click();
  await expect(visit.getByLabel('Service 2', { exact: true })).toBeFocused();
  await visit.getByLabel('Service 2', { exact: true }).selectOption(second.id);
  await expect(visit.getByText('about 60 min')).toBeVisible();
  await expectAccessible(page, 'a visit of two services');
  await page.setViewportSize({ width: 390, height: 844 });
  await expectNoSideways(page, 'a visit of two services, phone');
  await page.setViewportSize({ width: 1280, height: 1300 });
  await visit.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, /^Vera Visit: 2 appointments/)).toBeVisible();
  await expect(card(page, 'Vera Visit')).toHaveCount(3);
});

test('a seat in a session: one card with its seats, taken in the dialog by one press', async ({ page, request }) => {
  const day = await quietDay(request);
  for (const name of ['Greta Group', 'Sean Second']) await apiData(request, 'POST', 'clients', { name, email: `${name.toLowerCase().replace(' ', '.')}@example.org` });
  const service = await apiData(request, 'POST', 'services', { name: 'Breathing class', duration_min: 30, price_minor: 1000, seats: 3, provider_ids: [day.provider], public: false }, OWNER);
  await apiData(request, 'POST', 'sessions', { service_id: service.id, provider_id: day.provider, start: day.starts[2] });
  await signIn(page);
  await openDay(page, day.date);
  const session = page.getByRole('button', { name: /^Breathing class, .*0 of 3 seats/ });
  await session.click();
  await expectAccessible(page, 'a session');
  await page.getByRole('dialog', { name: 'Breathing class' }).getByRole('button', { name: 'Give a seat' }).click();
  const dialog = page.getByRole('dialog', { name: 'New appointment' });
  await expect(dialog.getByText('Seat 1 of 3')).toBeVisible();
  await expect(dialog.getByRole('combobox', { name: 'Client' })).toBeFocused();
  await page.keyboard.type('Greta');
  await page.getByRole('option', { name: /^Greta Group/ }).click();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: /^Breathing class, .*1 of 3 seats/ })).toBeVisible();
  await expect(card(page, 'Greta Group')).toHaveCount(0);
});

test('a time that was taken meanwhile: who is in the way, and the next times book at one press', async ({ page, request }) => {
  const day = await quietDay(request);
  await apiData(request, 'POST', 'clients', { name: 'Tilda Toolate', email: 'tilda@example.org' });
  await signIn(page);
  const dialog = await open(page, day, 'Tilda Toolate', day.service, day.starts[1]);
  await expect(dialog.getByText('The time is free')).toBeVisible();
  await page.route('**/api/v1/calendar/conflicts*', (route) => route.fulfill({ status: 422, json: { success: false, error: 'not now', code: 'VALIDATION_ERROR', details: null } }));
  await appoint(request, day, 'Fritz Faster', day.starts[1]);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText(/Fritz Faster/)).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Book anyway' })).toBeVisible();
  await expectAccessible(page, 'a refused time');
  expect(await dialog.locator('.slot').count()).toBeGreaterThan(2);
  await dialog.locator('.slot').first().click();
  await expect(toast(page, /^Tilda Toolate booked for/)).toBeVisible();
  const answer = await api(request, 'GET', `appointments?client_id=${(await apiData(request, 'GET', 'clients?q=Tilda'))[0].id}`);
  expect((await answer.json()).data).toHaveLength(1);
});
