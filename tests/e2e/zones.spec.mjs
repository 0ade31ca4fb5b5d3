/* Clocks and series: a location that gets another zone asks what should stay and names what is in the way; one of a series that is dragged asks
 * for the others. */
import { apiData, expect, expectAccessible, OWNER, signIn, test } from './lib/fixtures.mjs';
import { appointment, card, dragBy, openDay, quietDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const owner = (request, method, path, data) => apiData(request, method, path, data, OWNER);
const HOUR_MS = 3_600_000;

test('another zone of a location: the question, what is in the way, and the answer', async ({ page, request }, info) => {
  const day = await quietDay(request);
  const start = day.starts[3];
  const site = await owner(request, 'POST', 'locations', { name: 'Harbour site', time_zone: 'Etc/UTC' });
  const client = await owner(request, 'POST', 'clients', { name: 'Zora Zoned', email: 'zora.zoned@example.org' });
  const other = await owner(request, 'POST', 'clients', { name: 'Ines Inway', email: 'ines.inway@example.org' });
  const made = await owner(request, 'POST', 'appointments', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, location_id: site.id, start });
  const way = await owner(request, 'POST', 'appointments', { client_id: other.id, service_id: day.service.id, provider_id: day.provider, start: new Date(Date.parse(start) - 2 * HOUR_MS).toISOString() });
  await signIn(page, OWNER);
  await page.goto(`/app/settings/locations/${site.id}`);
  await page.getByLabel('Time zone').selectOption('Africa/Harare');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'What should stay?' });
  await expect(dialog.getByText(/appointments 1, group sessions 0, blocked times 0/)).toBeVisible();
  await inspect(page, 'the zone question', GLANCES);
  await dialog.getByRole('button', { name: 'Keep the times on the clock' }).click();
  await expect(dialog.getByText(/Zora Zoned on .*Ines Inway/)).toBeVisible();
  await inspect(page, 'the zone question with what is in the way', GLANCES);
  await page.screenshot({ path: info.outputPath('zone-question.png') });
  await dialog.getByRole('button', { name: 'Keep the instants' }).focus();
  await page.keyboard.press('Enter');
  await expect(toast(page, 'Harbour site saved')).toBeVisible();
  const after = await appointment(request, made.id);
  expect([Date.parse(after.start), after.time_zone]).toEqual([Date.parse(made.start), 'Africa/Harare']);
  for (const id of [made.id, way.id]) await owner(request, 'POST', `appointments/${id}/cancel`, { notify: false });
});

test('one of a series is dragged: nothing moves until it is said, and then all do', async ({ page, request }, info) => {
  const day = await quietDay(request, 1);
  const client = await apiData(request, 'POST', 'clients', { name: 'Dorian Dragged', email: 'dorian.dragged@example.org' });
  const series = await apiData(request, 'POST', 'appointments/recurring', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, start: day.starts[1], rrule: 'FREQ=WEEKLY;COUNT=3', also_closed: true });
  const [first, , last] = series.appointments;
  await signIn(page);
  await openDay(page, day.date);
  const length = (Date.parse(first.end) - Date.parse(first.start)) / 60_000;
  await dragBy(page, 'Dorian Dragged', 30, length);
  const dialog = page.getByRole('dialog', { name: 'This is one of a series' });
  await expect(dialog.getByText(/Dorian Dragged goes to/)).toBeVisible();
  await expectAccessible(page, 'the question of a dragged series');
  await page.screenshot({ path: info.outputPath('series-question.png') });
  await dialog.getByRole('button', { name: 'Leave as it was' }).click();
  expect((await appointment(request, first.appointment_id)).start).toBe(first.start);
  await dragBy(page, 'Dorian Dragged', 30, length);
  await dialog.getByLabel('All that are to come').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(toast(page, 'The series was changed.')).toBeVisible();
  expect(Date.parse((await appointment(request, last.appointment_id)).start) - Date.parse(last.start)).toBe(HOUR_MS / 2);
  await expect(card(page, 'Dorian Dragged')).toBeVisible();
  await apiData(request, 'POST', `appointments/${first.appointment_id}/recurring/cancel?scope=all`, { notify: false });
});

/* New zone data cannot come while the suite runs: the server's side is in tests/api/test_zone_data.c, and its answers are given here. */
test('lines of the zone report are decided one by one, and what is in the way is said', async ({ page }) => {
  const line = (id, client) => ({
    id, kind: 'appointment', entity_id: id, outcome: 'open', wall: '2027-03-02T12:00', time_zone: 'Europe/Bucharest', old_start: '2027-03-02T09:00:00Z', new_start: '2027-03-02T10:00:00Z',
    old_version: '2026a', version: '2026b', at: '2026-11-22T10:00:00Z', conflicts: null, client_name: client, service_name: 'Cleaning', provider_name: 'Dr. Bo', location_name: 'Riverside',
  });
  const [first, second] = ['0190aaaa-bbbb-7ccc-8ddd-000000000001', '0190aaaa-bbbb-7ccc-8ddd-000000000002'];
  let open = [line(first, 'Tess Told'), line(second, 'Wim Waits')];
  const said = [];
  const meta = { timestamp: '2026-11-22T10:00:00Z', cached: false };
  await page.route('**/api/v1/calendar/zone-report?*', (route) => route.fulfill({ json: { success: true, data: open, meta } }));
  await page.route('**/api/v1/calendar/zone-report/*/decide', (route) => {
    const id = route.request().url().split('/').at(-2);
    const { keep } = route.request().postDataJSON();
    said.push([id, keep]);
    if (keep === 'wall_time' && id === second) return route.fulfill({ status: 409, json: { success: false, error: 'That time is already taken.', code: 'CONFLICT_DETECTED', details: { conflicts: [], next: [] }, request_id: 'x' } });
    open = open.filter((one) => one.id !== id);
    return route.fulfill({ json: { success: true, data: { ...line(id, ''), outcome: 'moved' }, meta } });
  });
  await signIn(page, OWNER);
  await page.goto('/app/settings/locations');
  const report = page.getByRole('region', { name: 'Times to decide' });
  await expect(report.getByText('Tess Told · Cleaning · Dr. Bo')).toBeVisible();
  await expect(report).toContainText('zone data 2026b');
  await inspect(page, 'the zone report', GLANCES);
  await report.getByRole('button', { name: 'Move to the agreed time: Wim Waits · Cleaning · Dr. Bo' }).click();
  await expect(report.getByRole('alert')).toContainText('That time is already taken.');
  await report.getByRole('button', { name: 'Move to the agreed time: Tess Told · Cleaning · Dr. Bo' }).click();
  await expect(report.getByText('Tess Told')).toBeHidden();
  await report.getByRole('button', { name: 'Leave as it is: Wim Waits · Cleaning · Dr. Bo' }).click();
  await expect(report).toBeHidden();
  expect(said).toEqual([[second, 'wall_time'], [first, 'wall_time'], [second, 'instant']]);
});
