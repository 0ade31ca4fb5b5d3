/* What is set up now and then: a service's own cancellation terms, rules of wallets and credit that goes on in a family, what is blocked by a rule, the period of a
 * statement, and the till that cash goes back out of. */
import { api, apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { clinicDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const LONG = 'Donaudampfschifffahrtskapitänsmützenabzeichen';

test('a service gets terms of its own, and goes back to those of the clinic', async ({ page, request }) => {
  test.setTimeout(600_000);
  const service = await apiData(request, 'POST', 'services', { name: `${LONG} fitting`, duration_min: 30, price_minor: 5000, public: false }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/settings/services/${service.id}`);
  const terms = page.getByRole('region', { name: 'Cancellation terms' });
  await expect(terms.getByText("These are the clinic's.")).toBeVisible();
  await terms.getByRole('button', { name: 'Give this service its own' }).click();
  await terms.getByLabel('Per cent back when nobody comes').fill('25');
  await inspect(page, 'a service with terms', GLANCES);
  await terms.getByRole('button', { name: 'Save the terms' }).click();
  await expect(terms.getByText('These are of this service alone.')).toBeVisible();
  const path = `cancellation-terms?service_id=${service.id}`;
  expect((await apiData(request, 'GET', path, undefined, OWNER)).terms.no_show_percent).toBe(25);
  await terms.getByRole('button', { name: "Use the clinic's again" }).click();
  await expect(terms.getByText("These are the clinic's.")).toBeVisible();
  expect((await apiData(request, 'GET', path, undefined, OWNER)).inherited).toBe(true);
  await api(request, 'DELETE', `services/${service.id}`, undefined, OWNER);
});

test('the rules of wallets are set, and credit goes on in the family', async ({ page, request }) => {
  test.setTimeout(600_000);
  const people = [];
  for (const name of ['Olga Oldest', 'Otto Younger']) people.push(await apiData(request, 'POST', 'clients', { name, email: `${name.split(' ')[0].toLowerCase()}@family.example` }, OWNER));
  const today = clinicDay();
  const sponsor = await apiData(request, 'POST', 'sponsors', { name: 'Family plans' }, OWNER);
  const plan = await apiData(request, 'POST', 'benefit-policies', { sponsor_id: sponsor.id, name: 'Home', starts_on: `${today.slice(0, 7)}-01`, year_month: Number(today.slice(5, 7)), family_limit_minor: 90000,
    categories: [{ category: 'vision', limit_minor: 1000, coverage_ppm: 500000 }] }, OWNER);
  const head = await apiData(request, 'POST', 'benefit-members', { policy_id: plan.id, client_id: people[0].id, starts_on: today }, OWNER);
  await apiData(request, 'POST', 'benefit-members', { policy_id: plan.id, client_id: people[1].id, head_id: head.id, starts_on: today }, OWNER);
  const sold = await apiData(request, 'POST', `wallets/${head.wallet_id}/top-ups`, { amount_minor: 4000 }, OWNER);
  await apiData(request, 'POST', `orders/${sold.order_id}/payments`, { method: 'terminal' }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/wallets/of/${people[0].id}`);
  await page.getByRole('button', { name: 'Give on' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'To' }).fill('Otto');
  await page.getByRole('option', { name: /Otto Younger/ }).click();
  await dialog.getByLabel('Amount').fill('15');
  await inspect(page, 'credit that goes on', GLANCES);
  await dialog.getByRole('button', { name: 'Give on' }).click();
  await expect(toast(page, /15\.00 went to Otto Younger/)).toBeVisible();
  expect((await apiData(request, 'GET', `clients/${people[1].id}/wallet`, undefined, OWNER)).buckets.find((b) => b.kind === 'bought').available).toBe(1500);

  const before = await apiData(request, 'GET', 'wallet-rules', undefined, OWNER);
  await page.goto('/app/wallets/corrections');
  await page.getByRole('button', { name: 'Rules of wallets' }).click();
  await expect(dialog.getByLabel('A second person approves corrections over')).not.toHaveValue('');
  await dialog.getByLabel('Top-ups of a client in one day, at most').fill('123456.78');
  await inspect(page, 'the rules of wallets', GLANCES);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  expect(await apiData(request, 'GET', 'wallet-rules', undefined, OWNER)).toMatchObject({ approval_over_minor: before.approval_over_minor, top_up_day_minor: 12345678 });
});

test('what is blocked by a rule stands once in the settings, and is changed there', async ({ page, request }) => {
  test.setTimeout(600_000);
  const place = await apiData(request, 'POST', 'locations', { name: 'Street of rules', time_zone: 'Europe/Bucharest' }, OWNER);
  const first = clinicDay(2);
  const made = await apiData(request, 'POST', 'blocked-times', { kind: 'location', subject_id: place.id, start: `${first}T04:00:00Z`, end: `${first}T04:30:00Z`, rrule: 'FREQ=WEEKLY;COUNT=5', reason: LONG }, OWNER);
  await signIn(page, OWNER);
  await page.goto('/app/settings/closures');
  const row = page.getByRole('listitem').filter({ hasText: LONG });
  await expect(row).toHaveCount(1);
  await expect(row).toContainText('5 times in these days');
  await inspect(page, 'closed days and blocked times', GLANCES);
  await row.getByRole('button', { name: /^Change/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Change', exact: true }).click();
  await dialog.getByText('All', { exact: false }).last().click();
  await dialog.getByLabel(/^Reason/).fill('Fire drill');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Fire drill' })).toContainText('5 times');
  await api(request, 'DELETE', `blocked-times/${made.id}?scope=all`, undefined, OWNER);
  await api(request, 'DELETE', `locations/${place.id}`, undefined, OWNER);
});

test('a statement has a period, with its days in words, and a statement of nothing says so', async ({ page, request }) => {
  test.setTimeout(600_000);
  const accounts = await apiData(request, 'GET', 'ledger/accounts?limit=200', undefined, OWNER);
  const account = accounts.find((one) => one.code === 'world:terminal');
  await signIn(page, OWNER);
  await page.goto(`/app/ledger/${account.id}`);
  await expect(page.getByRole('cell', { name: 'payment', exact: true }).first()).toBeVisible();
  await page.getByLabel('Until').fill('2020-02-29');
  await expect(page.getByText(/^Saturday,? 29 February 2020$/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Nothing moved in this time' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'As CSV' })).toHaveAttribute('href', /to=2020-02-29/);
  await inspect(page, 'a statement of nothing', GLANCES);
  await page.getByRole('link', { name: 'Show all of it' }).click();
  await expect(page.getByRole('cell', { name: 'payment', exact: true }).first()).toBeVisible();
});

test('cash goes back out of the till it came into, and says so', async ({ page, request }) => {
  test.setTimeout(600_000);
  const place = await apiData(request, 'POST', 'locations', { name: 'Till lane', time_zone: 'Europe/Bucharest' }, OWNER);
  const tills = [];
  for (const name of ['Left drawer', 'Right drawer']) {
    const till = await apiData(request, 'POST', 'tills', { name, location_id: place.id }, OWNER);
    tills.push(await apiData(request, 'POST', `tills/${till.id}/open`, { counted_minor: 5000 }, OWNER));
  }
  const order = await apiData(request, 'POST', 'orders', { location_id: place.id, lines: [{ kind: 'other', description: 'Mouthguard', unit_minor: 3000 }] }, OWNER);
  await apiData(request, 'POST', `orders/${order.id}/payments`, { method: 'cash', till_session_id: tills[1].id }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/orders/${order.id}`);
  await page.getByRole('button', { name: 'Give back' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Take it out of the till Right drawer')).toBeVisible();
  await dialog.getByLabel('Why').fill('Too small');
  await inspect(page, 'cash that goes back', GLANCES);
  await dialog.getByRole('button', { name: 'Give back' }).click();
  await expect(toast(page, /given back$/)).toBeVisible();
  const cash = async (session) => (await apiData(request, 'GET', `till-sessions/${session.id}`, undefined, OWNER)).expected_minor;
  for (const till of tills) {
    expect(await cash(till)).toBe(5000);
    await apiData(request, 'POST', `till-sessions/${till.id}/close`, { counted_minor: 5000 }, OWNER);
  }
  /* Closed: nothing can be given back, and the dialog says what to do. */
  const other = await apiData(request, 'POST', `tills/${tills[1].till_id}/open`, { counted_minor: 5000 }, OWNER);
  const second = await apiData(request, 'POST', 'orders', { location_id: place.id, lines: [{ kind: 'other', description: 'Mouthguard', unit_minor: 3000 }] }, OWNER);
  await apiData(request, 'POST', `orders/${second.id}/payments`, { method: 'cash', till_session_id: other.id }, OWNER);
  await apiData(request, 'POST', `till-sessions/${other.id}/close`, { counted_minor: 8000 }, OWNER);
  await page.goto(`/app/orders/${second.id}`);
  await page.getByRole('button', { name: 'Give back' }).click();
  await expect(dialog.getByText('Right drawer, which is closed')).toBeVisible();
});
