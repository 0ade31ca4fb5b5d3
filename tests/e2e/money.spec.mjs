/* Money at the desk: a payment in three clicks from the calendar, part of it given back, an order over the counter; no balance on the screen stays as it was. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { appoint, card, openDay, quietDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const NAME = 'Maximiliane von und zu Hohenlohe-Waldenburg-Schillingen';

test('three clicks take a payment, a part goes back, and every balance follows', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request);
  const made = await appoint(request, day, NAME, day.starts[0]);
  await signIn(page, OWNER);
  await openDay(page, day.date);
  await card(page, NAME).click();
  await page.getByRole('button', { name: 'Take payment' }).click();
  await expect(page.getByRole('button', { name: 'Card terminal' })).toBeVisible();
  await inspect(page, 'taking a payment', GLANCES);
  await page.getByRole('button', { name: 'Card terminal' }).click();
  await expect(toast(page, /taken$/)).toBeVisible();
  await expect(page.getByText(/^€?[\d.,]+.* paid$/)).toBeVisible();
  const order = (await apiData(request, 'GET', `appointments/${made.id}`)).order_id;

  await page.getByRole('link', { name: 'Order', exact: true }).click();
  await expect(page.getByText('Paid', { exact: true }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Give back' }).click();
  await page.getByLabel('Amount').fill('1000000');
  await page.getByRole('dialog').getByRole('button', { name: 'Give back' }).click();
  await expect(page.getByText('This is no amount, or more than is left.')).toBeVisible();
  await inspect(page, 'giving money back', GLANCES);
  await page.getByLabel('Amount').fill('5');
  await page.getByLabel('Why').fill('Came for half of it');
  await page.getByRole('dialog').getByRole('button', { name: 'Give back' }).click();
  await expect(toast(page, /given back$/)).toBeVisible();
  await expect(page.getByText('Part refunded')).toBeVisible();
  await inspect(page, 'an order', GLANCES);

  /* Somebody else gives back more: what is shown here follows without a reload. */
  await apiData(request, 'POST', `orders/${order}/refunds`, { amount_minor: 100, reason: 'another one' }, OWNER);
  await expect(page.getByText('another one')).toBeVisible();
});

test("a client's money, the refunds and the ledger are shown", async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request);
  const made = await appoint(request, day, NAME, day.starts[1]);
  const order = await apiData(request, 'POST', `appointments/${made.id}/order`, {}, OWNER);
  await apiData(request, 'POST', `orders/${order.id}/payments`, { method: 'terminal' }, OWNER);
  await apiData(request, 'POST', `orders/${order.id}/refunds`, { amount_minor: 100, reason: 'another one' }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/clients/${made.client_id}/money`);
  await expect(page.getByRole('cell', { name: 'Part refunded' })).toBeVisible();
  await inspect(page, "a client's money", GLANCES);
  await page.goto('/app/orders/refunds');
  await expect(page.getByText('another one').first()).toBeVisible();
  await inspect(page, 'the refunds', GLANCES);
  await page.goto('/app/ledger');
  await expect(page.getByText('EUR: debits and credits are equal')).toBeVisible();
  await inspect(page, 'the trial balance', GLANCES);
  await page.getByRole('link', { name: 'Accounts' }).click();
  await page.getByRole('link', { name: 'world:terminal' }).click();
  await expect(page.getByRole('cell', { name: 'refund', exact: true }).or(page.getByRole('cell', { name: 'payment', exact: true })).first()).toBeVisible();
  await inspect(page, 'a statement', GLANCES);
});

test('something is sold over the counter with a discount, changed and paid', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto('/app/orders');
  await page.getByRole('link', { name: 'New order' }).click();
  await page.getByLabel('Add from services and products').selectOption('other:');
  await page.getByLabel('What', { exact: true }).fill('Mouthguard');
  await page.getByLabel('Price').fill('no');
  await page.getByRole('button', { name: 'Make the order' }).click();
  await expect(page.getByText(/^Please look at the amounts/)).toBeVisible();
  await page.getByLabel('Price').fill('80');
  await page.getByLabel('Discount on the whole order').fill('5');
  await inspect(page, 'a new order', GLANCES);
  await page.getByRole('button', { name: 'Make the order' }).click();
  await expect(page.getByText('Unpaid')).toBeVisible();
  await page.getByRole('button', { name: 'Take payment' }).click();
  await page.getByLabel('Amount to take').fill('25');
  await page.getByRole('button', { name: 'Bank transfer' }).click();
  await expect(page.getByText('Part paid')).toBeVisible();
  await page.goto('/app/orders/open');
  await expect(page.getByRole('cell', { name: 'At the desk' }).first()).toBeVisible();
});

test('by keyboard alone: a payment from the order, part of it back', async ({ page, request }) => {
  const client = await apiData(request, 'POST', 'clients', { name: `Kay ${Date.now()}` });
  const [place] = await apiData(request, 'GET', 'locations', undefined, OWNER);
  const order = await apiData(request, 'POST', 'orders', { client_id: client.id, location_id: place.id, lines: [{ kind: 'other', description: 'Bandage', unit_minor: 2000 }] }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/orders/${order.id}`);
  await page.getByRole('button', { name: 'Take payment' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Card terminal' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Card terminal' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByText('Paid', { exact: true }).first()).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.getByRole('button', { name: 'Give back' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Why')).toBeFocused();
  await page.keyboard.type('The bandage was not used');
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByLabel('Amount')).toBeFocused();
  await page.keyboard.type('5'); // what is there is chosen, and typed over
  await page.keyboard.press('Enter');
  await expect(page.getByText('Part refunded')).toBeVisible();
  const after = await apiData(request, 'GET', `orders/${order.id}`, undefined, OWNER);
  expect(after.refunded_minor).toBe(500);
});

test('two at the desk: what one takes is on every screen of the other at once', async ({ page, context, request }) => {
  const client = await apiData(request, 'POST', 'clients', { name: `Theo ${Date.now()}` });
  const [place] = await apiData(request, 'GET', 'locations', undefined, OWNER);
  const lines = [{ kind: 'other', description: 'Bandage', unit_minor: 4321 }];
  const order = await apiData(request, 'POST', 'orders', { client_id: client.id, location_id: place.id, lines }, OWNER);
  const till = await apiData(request, 'POST', 'tills', { name: `Live ${Date.now() % 100000}`, location_id: place.id }, OWNER);
  const session = await apiData(request, 'POST', `tills/${till.id}/open`, { counted_minor: 10000 }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/orders/${order.id}`);
  const money = await context.newPage();
  await money.goto(`/app/clients/${client.id}/money`);
  const list = await context.newPage();
  await list.goto('/app/orders/open');
  const drawer = await context.newPage();
  await drawer.goto('/app/till');
  const invoices = await context.newPage();
  await invoices.goto('/app/invoices');
  await expect(page.getByText('Unpaid', { exact: true }).first()).toBeVisible();
  await expect(money.getByRole('cell', { name: 'Unpaid' })).toBeVisible();
  await expect(list.getByRole('link', { name: client.name })).toBeVisible();
  await expect(drawer.getByRole('region', { name: till.name, exact: true }).locator('.facts')).toContainText('100.00');
  await expect(invoices.getByRole('heading', { name: 'Invoices', level: 1 })).toBeVisible();

  const invoice = await apiData(request, 'POST', `orders/${order.id}/invoice`, {}, OWNER);
  await expect(page.getByText(invoice.number)).toBeVisible();
  await expect(invoices.getByText(invoice.number)).toBeVisible();
  await apiData(request, 'POST', `orders/${order.id}/payments`, { method: 'cash', amount_minor: 4321, till_session_id: session.session_id ?? session.id }, OWNER);
  await expect(page.getByText('Paid', { exact: true }).first()).toBeVisible();
  await expect(money.getByRole('cell', { name: 'Paid', exact: true })).toBeVisible();
  await expect(list.getByRole('link', { name: client.name })).toHaveCount(0);
  await expect(drawer.getByRole('region', { name: till.name, exact: true }).locator('.facts')).toContainText('143.21');
});
