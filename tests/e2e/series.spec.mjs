/* Appointments that repeat: booked by mouse in a few clicks with a date that is taken, changed for the following by keyboard, cancelled for
 * all; and how the dialogs look to axe. */
import { apiData, expect, expectAccessible, expectNoSideways, signIn, test } from './lib/fixtures.mjs';
import { appoint, card, openDay, quietDay, toast } from './lib/desk.mjs';

const WEEK_MS = 7 * 86_400_000;
const later = (instant, weeks) => new Date(Date.parse(instant) + weeks * WEEK_MS).toISOString();
const clockOf = (instant) => new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Bucharest', hour: '2-digit', minute: '2-digit' }).format(Date.parse(instant));

async function newDialog(page, day, name, start) {
  await openDay(page, day.date);
  await page.keyboard.press('c');
  const dialog = page.getByRole('dialog', { name: 'New appointment' });
  await dialog.getByRole('combobox', { name: 'Client' }).fill(name);
  await page.getByRole('option', { name: new RegExp(name) }).first().click();
  await dialog.getByLabel('Service').selectOption(day.service.id);
  await dialog.getByLabel('Provider').selectOption(day.provider);
  await dialog.getByLabel('Date', { exact: true }).fill(day.date);
  await dialog.getByLabel('Time', { exact: true }).fill(clockOf(start));
  return dialog;
}

test('every week, five times, one of them taken: moved to a free time', async ({ page, request }) => {
  const day = await quietDay(request, 1);
  const start = day.starts[2];
  await apiData(request, 'POST', 'clients', { name: 'Serena Repeat', email: 'serena.repeat@example.org' });
  await appoint(request, day, 'Bodo Inbetween', later(start, 1));
  await signIn(page);
  const dialog = await newDialog(page, day, 'Serena Repeat', start);
  await dialog.getByLabel('Repeat').selectOption('Every week');
  await expect(dialog.getByText(/of 5 dates cannot be taken/)).toBeVisible();
  await expect(dialog.locator('.repeat-list li')).toHaveCount(5);
  await expect(dialog.getByText('Provider is busy')).toBeVisible();
  await expectAccessible(page, 'the dates of a series');
  await expectNoSideways(page);
  const instead = dialog.getByLabel(/^Instead of/).first();
  await instead.selectOption({ index: 1 });
  await dialog.getByRole('button', { name: /^Book \d$/ }).click();
  await expect(toast(page, /appointments booked/)).toBeVisible();
  await expect(card(page, 'Serena Repeat')).toBeVisible();
  await expect(card(page, 'Serena Repeat')).toHaveAccessibleName(/one of a series/);
});

test('the following are moved by keyboard, and all are cancelled', async ({ page, request }) => {
  const day = await quietDay(request, 1);
  const client = await apiData(request, 'POST', 'clients', { name: 'Konrad Keys', email: 'konrad.keys@example.org' });
  const series = await apiData(request, 'POST', 'appointments/recurring', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, start: day.starts[1], rrule: 'FREQ=DAILY;COUNT=3', also_closed: true });
  await signIn(page);
  await openDay(page, day.date);
  await card(page, 'Konrad Keys').focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Konrad Keys' });
  await expect(dialog.getByText(/One of a series: Every day, 3 times/)).toBeVisible();
  await dialog.getByLabel('Notes').fill('for all of them');
  await page.keyboard.press('Control+Enter');
  const scope = page.getByRole('dialog', { name: 'This is one of a series' });
  await expect(scope).toBeVisible();
  await expectAccessible(page, 'the question which of a series');
  await scope.getByLabel('This one only').focus();
  await page.keyboard.press('ArrowDown');
  await scope.getByRole('button', { name: 'Save' }).focus();
  await page.keyboard.press('Enter');
  await expect(toast(page, 'The series was changed')).toBeVisible();
  const last = await apiData(request, 'GET', `appointments/${series.appointments[2].appointment_id}`);
  expect(last.notes).toBe('for all of them');
  await card(page, 'Konrad Keys').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel appointment…' }).click();
  await page.getByLabel('All that are to come').check();
  await page.getByRole('button', { name: 'Cancel appointment', exact: true }).click();
  await expect(toast(page, /of the series were cancelled/)).toBeVisible();
  const all = await apiData(request, 'GET', `appointments/${series.appointments[2].appointment_id}/recurring`);
  expect(all.appointments.map((one) => one.status)).toEqual(['cancelled', 'cancelled', 'cancelled']);
});
