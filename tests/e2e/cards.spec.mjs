/* Card payments: the owner sets them up, somebody pays on the stand-in's page, a refund made in Stripe shows as a difference and is booked by one click. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { toast } from './lib/desk.mjs';
import { inspect } from './lib/looks.mjs';

const SECRET = 'whsec_of_the_browser_tests';
const owner = (request, method, path, data) => apiData(request, method, path, data, OWNER);
const steer = async (what, body = {}) => (await fetch(`${process.env.E2E_STRIPE}/_/${what}`, { method: 'POST', body: JSON.stringify(body) })).json();

test('set up, paid, and a difference repaired', async ({ page, request }, info) => {
  test.setTimeout(600_000);
  await signIn(page, OWNER);
  await page.goto('/app/settings/cards');
  await expect(page.getByText('Not set up')).toBeVisible();
  await page.getByLabel('Secret key').fill('sk_test_of_the_browser_tests');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(toast(page, 'Card payments saved')).toBeVisible();
  await expect(page.getByText('Test mode')).toBeVisible();
  await page.getByLabel('Signing secret').fill(SECRET);
  await page.getByRole('button', { name: 'Add secret' }).click();
  await expect(page.getByText('Ends in ests')).toBeVisible();
  await inspect(page, 'the card settings');
  for (const [name, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 390, 'light']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`cards-${name}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });

  const settings = await owner(request, 'GET', 'cards/settings');
  await steer('webhook', { url: settings.webhook_url, secrets: [SECRET] });
  const [location] = await owner(request, 'GET', 'locations');
  const order = await owner(request, 'POST', 'orders', { location_id: location.id, lines: [{ kind: 'other', description: 'Visit', unit_minor: 5000 }] });
  const begun = await owner(request, 'POST', `orders/${order.id}/checkout`, {});
  await expect.poll(async () => (await owner(request, 'GET', `payments/${begun.payment_id}/page`)).url).not.toBeNull();
  const shown = await owner(request, 'GET', `payments/${begun.payment_id}/page`);
  await page.goto(shown.url);
  await page.getByRole('button', { name: 'Declined card' }).click();
  await expect(page.getByRole('alert')).toHaveText('Your card was declined.');
  await page.getByRole('button', { name: 'Pay' }).click();
  await expect.poll(async () => (await owner(request, 'GET', `payments/${begun.payment_id}/page`)).state).toBe('succeeded');
  const there = (await steer('state')).sessions.find((s) => s.client_reference_id === begun.payment_id);
  await steer('refund', { payment_intent: there.payment_intent, amount: 700 });

  /* The desk gives the client a link; who opens it pays what is open. */
  const next = await owner(request, 'POST', 'orders', { location_id: location.id, lines: [{ kind: 'other', description: 'Bandage', unit_minor: 2300 }] });
  await page.goto(`/app/orders/${next.id}`);
  await page.getByRole('button', { name: 'Take payment' }).click();
  await page.getByRole('button', { name: 'Link to pay by card' }).click();
  await expect(page.getByLabel('Where the client pays by card')).toHaveValue(/\/p\/[\w-]+$/);
  await expect(page.getByLabel('Where the client pays by card')).toBeFocused();
  const link = await page.getByLabel('Where the client pays by card').inputValue();
  await inspect(page, 'a link to pay by card');
  const client = await page.context().newPage();
  await client.goto(link);
  await client.getByRole('button', { name: /^Pay / }).click();
  await client.getByRole('button', { name: 'Pay', exact: true }).click();
  await expect(page.getByText('Nothing is open: this is paid.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Link to pay by card' })).toHaveCount(0);
  await client.close();

  await page.goto('/app/settings/stripe');
  await page.getByRole('button', { name: 'Compare now' }).click();
  await expect(page.getByText('Refund made in Stripe')).toBeVisible({ timeout: 60_000 });
  await inspect(page, 'the differences');
  for (const [name, width, colorScheme] of [['light', 1280, 'light'], ['dark', 1280, 'dark'], ['phone', 390, 'light']]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: info.outputPath(`check-${name}.png`), fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.getByRole('button', { name: /^Repair: Refund made in Stripe/ }).click();
  await expect(page.getByText('Repaired', { exact: true })).toBeVisible({ timeout: 60_000 });
  expect((await owner(request, 'GET', `orders/${order.id}`)).refunded_minor).toBe(700);
});
