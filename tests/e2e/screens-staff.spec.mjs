import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

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

/* One glance each, on a small dark screen: what is looked at closely elsewhere has its own specs. */
const SMALL = [{ name: '320 px, dark', colorScheme: 'dark', width: 320, height: 640 }];

test('staff: every other screen', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page, OWNER);
  const titles = new Set();
  for (const path of ['flow', 'requests', 'links', 'groups', 'waitlist', 'orders', 'orders/open', 'orders/payments', 'orders/refunds', 'orders/new', 'ledger', 'ledger/accounts', 'till', 'invoices', 'wallets',
    'wallets/claims', 'wallets/corrections', ...['locations', 'resources', 'travel', 'closures', 'reminders', 'waitlist', 'terms', 'visits', 'calendars', 'products', 'taxes', 'invoices', 'cards', 'stripe', 'team'].map((one) => `settings/${one}`)]) {
    await page.goto(`/app/${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    titles.add(await page.title());
    await inspect(page, path, SMALL);
  }
  expect.soft(titles.size, [...titles].join('\n')).toBeGreaterThanOrEqual(30); /* invoices and the waitlist have a screen and settings of that name */
});

/** Opens what a button opens; nothing to find in it, Escape closes it, and the focus is where it was. */
async function opened(page, button, what) {
  await button.click();
  const dialog = page.getByRole('dialog').last();
  await expect(dialog).toBeVisible();
  await expect(dialog.locator('[aria-busy="true"]')).toHaveCount(0);
  await inspect(page, what, SMALL);
  await page.keyboard.press('Escape');
  if (await dialog.isVisible()) await page.keyboard.press('Escape'); /* the first one closed a list in it */
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect.soft(button, `the focus after ${what}`).toBeFocused();
}

test('staff: every dialog of money', async ({ page, request }) => {
  test.setTimeout(600_000);
  const [location] = await apiData(request, 'GET', 'locations', undefined, OWNER);
  const client = await apiData(request, 'POST', 'clients', { name: 'Dorothea von und zu Dialogen-Waldenburg-Schillingen' });
  const lines = [{ kind: 'other', description: 'A visit', unit_minor: 5000 }];
  const sold = await apiData(request, 'POST', 'orders', { location_id: location.id, client_id: client.id, lines }, OWNER);
  await apiData(request, 'POST', `orders/${sold.id}/payments`, { method: 'terminal', amount_minor: 2000 }, OWNER);
  const invoice = await apiData(request, 'POST', `orders/${sold.id}/invoice`, {}, OWNER);
  const [policy] = await apiData(request, 'GET', 'benefit-policies', undefined, OWNER);
  await apiData(request, 'POST', 'wallets', { client_id: client.id }, OWNER);
  await signIn(page, OWNER);
  for (const [path, names] of [[`orders/${sold.id}`, ['Take payment', 'Give back']], [`invoices/${invoice.id}`, [/credit note/i]], ['till', ['New till']],
    [`wallets/of/${client.id}`, ['Top up', 'Sell a package', 'Give a gift', 'Correct']], ['wallets', ['New sponsor', 'New plan', 'Categories of services']], [`wallets/plans/${policy.id}`, ['Change the plan', 'Enrol a client']],
    ['wallets/claims', ['New claim']], ['wallets/corrections', ['Rules of wallets']], ['settings/taxes', ['Add tax rate']]]) {
    await page.goto(`/app/${path}`);
    for (const name of names) await opened(page, page.getByRole('main').getByRole('button', { name }).first(), `${path}: ${name}`);
  }
});

test('staff: forced colours, and what opens from the frame', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page, OWNER);
  await page.goto('/app/orders');
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await expect(page.getByRole('table')).toBeVisible();
  await inspect(page, 'the orders in forced colours', GLANCES);
  await page.emulateMedia({ forcedColors: 'none' });
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'the shortcuts', GLANCES);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
});
