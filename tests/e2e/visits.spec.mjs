/* What a service needs, ways between sites, and group sessions: by mouse, by keyboard, and looked at. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { inspect } from './lib/looks.mjs';
import { clinicDay, toast } from './lib/desk.mjs';

/** The settings are the owner's. */
const owner = (request, method, path, data) => apiData(request, method, path, data, OWNER);

test.setTimeout(600_000);

test('a service gets a second provider for its last minutes, and seats', async ({ page, request }) => {
  const providers = await owner(request, 'GET', 'providers');
  const made = await owner(request, 'POST', 'services', { name: 'Split visit', duration_min: 50, provider_ids: providers.map((p) => p.id) });
  await signIn(page, OWNER);
  await page.goto(`/app/settings/services/${made.id}`);
  const needs = page.getByRole('region', { name: 'What else it needs' }).or(page.locator('section', { has: page.getByRole('heading', { name: 'What else it needs' }) })).first();
  await needs.getByRole('button', { name: 'Add a need' }).click();
  await expect(needs.getByLabel('What', { exact: true })).toBeFocused();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Choose at least one for each need.').first()).toBeVisible();
  await needs.getByText(providers[1].name, { exact: true }).click();
  await needs.getByLabel('From minute').fill('40');
  await needs.getByLabel('For minutes').fill('10');
  await needs.getByLabel('Seats').fill('4');
  await inspect(page, 'service editor with a need');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(toast(page, 'Split visit saved')).toBeVisible();
  const saved = await owner(request, 'GET', `services/${made.id}`);
  expect(saved.seats).toBe(4);
  expect(saved.parts).toEqual([{ kind: 'provider', resource_kind: null, resource_ids: [], provider_ids: [providers[1].id], quantity: 1, offset_min: 40, duration_min: 10 }]);
});

test('a session is made by keyboard, somebody joins, and it is cancelled', async ({ page, request }) => {
  const providers = await owner(request, 'GET', 'providers');
  const service = await owner(request, 'POST', 'services', { name: 'Evening group', duration_min: 30, seats: 3, provider_ids: [providers[0].id] });
  await signIn(page, OWNER);
  await page.goto('/app/groups');
  await page.getByRole('button', { name: 'New session' }).focus();
  await page.keyboard.press('Enter');
  await page.getByLabel('Service').selectOption({ label: 'Evening group' });
  const day = clinicDay(40);
  await page.getByLabel('Day').fill(day);
  await page.getByLabel('Begins at').fill('21:00');
  await inspect(page, 'new group session');
  await page.getByLabel('Begins at').press('Enter');
  await expect(toast(page, 'Session made')).toBeVisible();
  const [session] = (await owner(request, 'GET', `sessions?service_id=${service.id}&from=${day}`));
  const client = await owner(request, 'POST', 'clients', { name: 'Wilhelmina Featherstonehaugh-Cholmondeley of the Northern Islands', email: 'wilhelmina@example.org' });
  await owner(request, 'POST', 'appointments', { client_id: client.id, service_id: service.id, provider_id: providers[0].id, start: session.start });
  await page.goto('/app/groups');
  await expect(page.getByText('1 of 3 seats taken')).toBeVisible();
  await page.getByRole('link', { name: /Who comes to Evening group/ }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/Wilhelmina/)).toBeVisible();
  await inspect(page, 'a group session');
  await page.getByRole('button', { name: 'Cancel session…' }).click();
  await page.getByRole('button', { name: 'Cancel the session' }).click();
  await expect(toast(page, 'Evening group cancelled')).toBeVisible();
  await owner(request, 'DELETE', `services/${service.id}`).catch(() => undefined);
});

test('the way between two sites is set', async ({ page, request }) => {
  await signIn(page, OWNER);
  /* Other specs have sites of their own. */
  const locations = /\/api\/v1\/locations(\?|$)/;
  await page.route(locations, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ response: answer, json: { ...body, data: body.data.filter((one) => one.name === 'Riverside') } });
  });
  await page.goto('/app/settings/travel');
  await expect(page.getByText('There is only one site')).toBeVisible();
  await page.unroute(locations);
  const hill = await owner(request, 'POST', 'locations', { name: 'Hill', time_zone: 'Europe/Bucharest' });
  await page.reload();
  await page.getByLabel(/Riverside.*Hill|Hill.*Riverside/).fill('25');
  await inspect(page, 'ways between sites');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(toast(page, 'Ways saved')).toBeVisible();
  expect((await owner(request, 'GET', 'locations/travel')).pairs.map((p) => p.minutes)).toEqual([25]);
  await owner(request, 'PUT', 'locations/travel', { pairs: [] });
  await owner(request, 'DELETE', `locations/${hill.id}`).catch(() => undefined);
});
