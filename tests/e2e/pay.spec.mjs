/* Paying in advance as visitors do it: pay and book, decline and try again, cancel inside and outside the terms. The page one pays on is the stand-in's. */
import { apiData, expect, mailsWith, OWNER, test } from './lib/fixtures.mjs';
import { fillDetails, freeDays, pickTime, services } from './lib/booking.mjs';
import { inspect } from './lib/looks.mjs';

const SECRET = 'whsec_of_those_who_pay';
const owner = (request, method, path, data) => apiData(request, method, path, data, OWNER);
const steer = async (what, body = {}) => (await fetch(`${process.env.E2E_STRIPE}/_/${what}`, { method: 'POST', body: JSON.stringify(body) })).json();
const NAME = 'Deep tissue massage with a rather long name, paid in advance';

async function setUp(request, terms) {
  const settings = await owner(request, 'GET', 'cards/settings');
  await owner(request, 'PUT', 'cards/settings', { enabled: true, ...(settings.key_hint ? {} : { secret_key: 'sk_test_of_the_browser_tests' }) });
  await owner(request, 'POST', 'cards/webhook-secrets', { secret: SECRET }).catch(() => undefined);
  await steer('webhook', { url: settings.webhook_url, secrets: [SECRET] });
  const all = await owner(request, 'GET', 'services');
  const providers = await owner(request, 'GET', 'providers');
  const body = { name: NAME, duration_min: 30, price_minor: 8001, pay: 'full', position: 9000, provider_ids: providers.map((one) => one.id) };
  const there = all.find((one) => one.name === NAME) ?? await owner(request, 'POST', 'services', body);
  await owner(request, 'PUT', `cancellation-terms?service_id=${there.id}`, { tiers: terms });
  return there;
}

async function bookUntilPaying(page, service, who, day, shots) {
  await page.goto(`/book/demo?service=${service.id}`);
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  if (await freeDays(page).count() < 8) {
    await page.getByRole('button', { name: 'Next month' }).click();
    await expect.poll(() => freeDays(page).count()).toBeGreaterThan(7);
  }
  await pickTime(page, day, 0);
  await expect(page.getByText('is paid now, by card.')).toBeVisible();
  await expect(page.getByText(/^Cancelling: /)).toBeVisible();
  await fillDetails(page, who);
  if (shots) await shots('details');
  await page.getByRole('button', { name: 'Book and pay' }).click();
  await page.waitForURL((url) => url.port === new URL(process.env.E2E_STRIPE).port, { timeout: 60_000 });
}

const linkOf = async (address) => {
  await expect.poll(() => mailsWith(address).length, { timeout: 60_000 }).toBeGreaterThan(0);
  return mailsWith(address)[0].match(/https?:\/\/[\w.:]+(\/b\/[\w-]+)/)[1];
};

test('declined, tried again, paid; cancelled in good time, all of it goes back', async ({ page, request }, info) => {
  test.setTimeout(600_000);
  const shots = async (what) => {
    for (const [name, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 390, 'light']]) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: info.outputPath(`${what}-${name}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  };
  const service = await setUp(request, [{ notice_min: 60, refund_percent: 100 }, { notice_min: 0, refund_percent: 50 }]);
  const email = 'paula.pays@example.org';
  await bookUntilPaying(page, service, { name: 'Paula Pays', email }, 5, shots);
  await page.getByRole('button', { name: 'Declined card' }).click();
  await expect(page.getByRole('alert')).toHaveText('Your card was declined.');

  await page.goto(await linkOf(email)); /* away from it, and back by the link in the mail */
  await expect(page.getByText('Waiting for payment', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: /^Pay / })).toBeVisible();
  await inspect(page, 'a booking that waits for its money');
  await shots('waiting');
  await page.getByRole('button', { name: /^Pay / }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByText('Thank you, your payment has arrived. The appointment is confirmed.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('Booked', { exact: true })).toBeVisible();
  await shots('paid');

  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('dialog').getByText(/^You get back all of it: .*80\.01/)).toBeVisible();
  await shots('cancel');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
  await expect(page.getByText('Goes back', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Take it back' })).toHaveCount(0);
  const [client] = await owner(request, 'GET', 'clients?q=pays');
  const [one] = await owner(request, 'GET', `appointments?client_id=${client.id}`);
  expect([one.status, one.order_state, one.order_paid_minor, one.order_refunded_minor]).toEqual(['cancelled', 'cancelled', 8001, 8001]);
});

test('cancelled too late for all of it, half goes back', async ({ page, request }) => {
  test.setTimeout(600_000);
  const service = await setUp(request, [{ notice_min: 525600, refund_percent: 100 }, { notice_min: 0, refund_percent: 50 }]);
  const email = 'henry.half@example.org';
  await bookUntilPaying(page, service, { name: 'Henry Half', email }, 6);
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByText('Thank you, your payment has arrived. The appointment is confirmed.')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('dialog').getByText(/^You get back .*40 of .*80\.01\./)).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
  const [client] = await owner(request, 'GET', 'clients?q=half');
  const [one] = await owner(request, 'GET', `appointments?client_id=${client.id}`);
  expect([one.order_state, one.order_refunded_minor]).toEqual(['cancelled', 4000]);
});

const PAYER = 'Wilhelmine-Charlotte von und zu Oberhinterwaldhausen-Waldenburg';
test('a visitor proves the address, the wallet pays its part and the card the rest', async ({ page, request }, info) => {
  test.setTimeout(600_000);
  const service = await setUp(request, [{ notice_min: 0, refund_percent: 100 }]);
  const email = 'family@wallet-visitors.example';
  const [payer, other] = await Promise.all([PAYER, 'Theodor Waldenburg'].map((name) => owner(request, 'POST', 'clients', { name, email })));
  await owner(request, 'POST', 'wallets', { client_id: other.id });
  const wallet = await owner(request, 'POST', 'wallets', { client_id: payer.id });
  await owner(request, 'POST', `wallets/${wallet.id}/promotions`, { name: 'A welcome gift of the works council of the Donaudampfschifffahrtsgesellschaft', amount_minor: 5000, expires_on: '2035-01-01', reason: 'new here' });
  await page.goto(`/book/demo?service=${service.id}`);
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  if (await freeDays(page).count() < 8) {
    await page.getByRole('button', { name: 'Next month' }).click();
    await expect.poll(() => freeDays(page).count()).toBeGreaterThan(7);
  }
  await pickTime(page, 4, 0);
  await page.getByRole('button', { name: 'Pay with a wallet or benefit plan' }).press('Enter');
  const part = page.getByRole('region', { name: 'Wallet or benefit plan' });
  await expect(part.getByRole('heading')).toBeFocused();
  await part.getByLabel('E-mail address').fill('no address');
  await part.getByRole('button', { name: 'Send me a code' }).click();
  await expect(part.getByText('Enter an e-mail address')).toBeVisible();
  await part.getByLabel('E-mail address').fill(email);
  await part.getByLabel('E-mail address').press('Enter');
  await expect(part.getByLabel('Code from the mail')).toBeFocused();
  await expect.poll(() => mailsWith(email, 'Your code').length, { timeout: 60_000 }).toBe(1);
  const code = mailsWith(email, 'Your code')[0].match(/Code:\s+(\d{6})/)[1];
  await part.getByLabel('Code from the mail').fill(String((Number(code) + 1) % 1_000_000).padStart(6, '0'));
  await part.getByLabel('Code from the mail').press('Enter');
  await expect(part.getByText('This is not the code in the mail.')).toBeVisible();
  await inspect(page, 'a wrong code');
  await page.screenshot({ path: info.outputPath('code.png'), fullPage: true });
  await part.getByLabel('Code from the mail').fill(code);
  await part.getByLabel('Code from the mail').press('Enter');
  await expect(part.getByRole('radio', { name: new RegExp(PAYER) })).toBeChecked();
  await expect(part.getByRole('radio', { name: /Theodor/ })).toBeDisabled();
  await expect(page.getByText(`You are booking as ${PAYER}.`)).toBeVisible();
  await expect(page.getByText(/30\.01 is paid now, by card\./)).toBeVisible();
  await inspect(page, 'what a wallet pays');
  for (const [name, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 375, 'light']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`split-${name}.png`), fullPage: true });
  }
  await page.getByRole('button', { name: 'Book and pay' }).click();
  await page.waitForURL((url) => url.port === new URL(process.env.E2E_STRIPE).port, { timeout: 60_000 });
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByText('Thank you, your payment has arrived. The appointment is confirmed.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/^From the wallet: .*50$/)).toBeVisible();
  await page.screenshot({ path: info.outputPath('paid.png'), fullPage: true });
  const [one] = await owner(request, 'GET', `appointments?client_id=${payer.id}`);
  expect([one.status, one.order_state, one.order_paid_minor]).toEqual(['scheduled', 'paid', 8001]);
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
  const back = await owner(request, 'GET', `clients/${payer.id}/wallet`);
  expect(back.buckets.map((bucket) => bucket.balance)).toEqual([5000]);
});

test('an order without an appointment: not paid, paid at the page it leads back to', async ({ page, request }) => {
  test.setTimeout(600_000);
  await setUp(request, [{ notice_min: 0, refund_percent: 0 }]);
  const [location] = await owner(request, 'GET', 'locations');
  const order = await owner(request, 'POST', 'orders', { location_id: location.id, lines: [{ kind: 'other', description: 'A bottle of oil', unit_minor: 4711 }] });
  const { payment_id } = await owner(request, 'POST', `orders/${order.id}/checkout`, {});
  let at;
  await expect.poll(async () => { at = (await owner(request, 'GET', `payments/${payment_id}/page`)).url; return at; }, { timeout: 60_000 }).toBeTruthy();
  await page.goto(at);
  await page.getByRole('link', { name: 'Back' }).click();
  await expect(page).toHaveURL(/\/p\//);
  await expect(page.getByText(/^A bottle of oil · .*47\.11/)).toBeVisible();
  await inspect(page, 'an order that is not paid yet');
  await page.getByRole('button', { name: /^Pay .*47\.11/ }).click();
  await page.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Thank you, your payment has arrived' })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('button', { name: /^Pay / })).toHaveCount(0);
});
