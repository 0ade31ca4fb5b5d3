import { expect, signIn, test } from './lib/fixtures.mjs';
import { confirm, fillDetails, openTimes, pickTime } from './lib/booking.mjs';
import { appoint, appointment, card, dragBy, openDay, quietDay, toast } from './lib/desk.mjs';

test.use({ viewport: { width: 1280, height: 1300 } });

const HOUR_MS = 3_600_000;

test('a booking made on the public page appears at the desk without a reload', async ({ page, browser }) => {
  await signIn(page);
  const visitor = await (await browser.newContext({ baseURL: process.env.E2E_URL })).newPage();
  await openTimes(visitor);
  await pickTime(visitor, 5, 4);
  await fillDetails(visitor, { name: 'Leticia Moraes', email: 'leticia.moraes@example.org' });
  const start = await visitor.locator('.b-summary time').getAttribute('datetime');
  await openDay(page, start.slice(0, 10));
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await expect(card(page, 'Leticia Moraes')).toHaveCount(0);

  let loads = 0;
  page.on('load', () => { loads++; });
  await confirm(visitor);
  await expect(card(page, 'Leticia Moraes')).toBeVisible({ timeout: 3_000 });
  expect(loads).toBe(0);
  await visitor.context().close();
});

test('dragging moves an appointment, and Undo takes it back', async ({ page, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Henrik Vasquez', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  const length = (Date.parse(made.end) - Date.parse(made.start)) / 60_000;
  await dragBy(page, 'Henrik Vasquez', 120, length);
  await expect(toast(page, /^Henrik Vasquez moved to/)).toBeVisible();
  const moved = await appointment(request, made.id);
  expect(Date.parse(moved.start) - Date.parse(made.start)).toBe(2 * HOUR_MS);
  expect(moved.provider_id).toBe(made.provider_id);
  await page.locator('.toasts').getByRole('button', { name: 'Undo' }).click();
  await expect.poll(async () => (await appointment(request, made.id)).start).toBe(made.start);
});

test('a drop on a taken time is refused, explained and put back', async ({ page, request }) => {
  const day = await quietDay(request);
  const first = await appoint(request, day, 'Ottilie Brandt', day.starts[0]);
  const length = (Date.parse(first.end) - Date.parse(first.start)) / 60_000;
  const later = day.starts.find((one) => Date.parse(one) - Date.parse(first.start) >= 2 * HOUR_MS);
  await appoint(request, day, 'Rashid Karim', later);
  await signIn(page);
  await openDay(page, day.date);
  await dragBy(page, 'Ottilie Brandt', (Date.parse(later) - Date.parse(first.start)) / 60_000 - 5, length);
  const dialog = page.getByRole('dialog', { name: /Ottilie Brandt cannot be moved there/ });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByText(/Appointment|Rashid Karim/).first()).toBeVisible(); /* who it is, when that is known */
  await expect(dialog.getByRole('heading', { name: 'Next free times' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Leave as it was' }).click();
  await expect(dialog).toBeHidden();
  expect((await appointment(request, first.id)).start).toBe(first.start);
  await expect(card(page, 'Ottilie Brandt')).toHaveCount(1);
});

test('cancelling can be undone', async ({ page, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Solveig Aas', day.starts[1]);
  await signIn(page);
  await openDay(page, day.date);
  await card(page, 'Solveig Aas').click();
  await page.getByRole('dialog', { name: 'Solveig Aas' }).getByRole('button', { name: 'Cancel appointment…' }).click();
  const ask = page.getByRole('dialog', { name: 'Cancel Solveig Aas?' });
  await ask.getByLabel(/^Reason/).fill('has a cold');
  await ask.getByRole('checkbox', { name: /Tell the client/ }).uncheck();
  await ask.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(toast(page, 'Solveig Aas cancelled')).toBeVisible();
  await expect(card(page, 'Solveig Aas')).toHaveCount(0);
  await expect.poll(async () => (await appointment(request, made.id)).cancel_reason).toBe('has a cold');
  await page.locator('.toasts').getByRole('button', { name: 'Undo' }).click();
  await expect(card(page, 'Solveig Aas')).toBeVisible();
  await expect.poll(async () => (await appointment(request, made.id)).status).toBe('scheduled');
});

test('an appointment is moved with the keyboard alone', async ({ page, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Nadia Petrova', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  await card(page, 'Nadia Petrova').focus();
  await page.keyboard.press('m');
  await expect(page.getByRole('group', { name: 'Moving an appointment' })).toBeVisible();
  for (let i = 0; i < 6; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(toast(page, /^Nadia Petrova moved to/)).toBeVisible();
  expect(Date.parse((await appointment(request, made.id)).start)).toBeGreaterThan(Date.parse(made.start));
});

test('two desks: what one changes, the other sees; what is stale is put back', async ({ page, browser, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Tomas Eklund', day.starts[2]);
  await signIn(page);
  await openDay(page, day.date);
  const other = await (await browser.newContext({ baseURL: process.env.E2E_URL, viewport: { width: 1280, height: 1300 } })).newPage();
  await signIn(other);
  await openDay(other, day.date);
  const length = (Date.parse(made.end) - Date.parse(made.start)) / 60_000;
  const before = await card(page, 'Tomas Eklund').getAttribute('aria-label');
  await dragBy(other, 'Tomas Eklund', 60, length);
  await expect(card(page, 'Tomas Eklund')).not.toHaveAttribute('aria-label', before);
  await other.context().close();
});

test('the screen says when the live connection is lost, and catches up', async ({ page, context, request }) => {
  const day = await quietDay(request);
  await signIn(page);
  await openDay(page, day.date);
  await expect(page.getByText('Live', { exact: true })).toBeVisible();
  await context.setOffline(true);
  await expect(page.getByText(/You are offline/)).toBeVisible();
  await appoint(request, day, 'Yara Haddad', day.starts[0]);
  await context.setOffline(false);
  await expect(card(page, 'Yara Haddad')).toBeVisible({ timeout: 60_000 });
});
