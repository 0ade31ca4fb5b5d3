/* Wallets: a plan is made and somebody enrolled on the screen, a booking is paid from the wallet and the rest stays open, the statement says so, and a
 * claim is paid in part. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { appoint, card, clinicDay, openDay, quietDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const LONG = 'Wilhelmine-Charlotte von und zu Oberhinterwaldhausen-Unterföhring';

test('a plan pays its part of a booking, and of a claim', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request, 1);
  await apiData(request, 'PUT', 'benefit-services', { services: [{ service_id: day.service.id, category: 'consultation' }] }, OWNER);
  const client = await apiData(request, 'POST', 'clients', { name: LONG, email: 'wilhelmine@wallets.example' }, OWNER);
  await signIn(page, OWNER);
  await page.goto('/app/wallets');
  await page.getByRole('button', { name: 'New sponsor' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Donaudampfschifffahrtsgesellschaft Works Council');
  await page.getByRole('button', { name: 'Save' }).click();
  const sponsor = page.getByRole('region', { name: /Works Council/ });
  await sponsor.getByRole('button', { name: /New plan of/ }).click();
  await page.getByLabel('Name of the plan').fill('Gold');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Each category needs a yearly limit').first()).toBeVisible();
  await page.getByLabel('Yearly limit').fill('200');
  await page.getByLabel('Coverage in %').fill('50');
  await inspect(page, 'a new plan, wrong and long', GLANCES);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(sponsor.getByRole('link', { name: /Gold/ })).toBeVisible();
  /* A year that begins this month, so that the day of treatment lies in it in December too. */
  const today = clinicDay();
  const [payer] = (await apiData(request, 'GET', 'sponsors', undefined, OWNER)).filter((one) => one.name.endsWith('Works Council'));
  await apiData(request, 'POST', 'benefit-policies', { sponsor_id: payer.id, name: 'Silver', starts_on: `${today.slice(0, 7)}-01`, year_month: Number(today.slice(5, 7)), family_limit_minor: 90000,
    categories: [{ category: 'consultation', limit_minor: 20000, coverage_ppm: 500000 }] }, OWNER);
  await sponsor.getByRole('link', { name: /Silver/ }).click();
  await page.getByRole('button', { name: 'Enrol a client' }).first().click();
  await page.getByRole('combobox', { name: 'Client' }).fill('Wilhelmine-Charlotte');
  await page.getByRole('option', { name: LONG }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Enrol a client' }).click();
  await page.getByRole('link', { name: LONG }).click();
  await expect(page.getByRole('heading', { name: `Wallet of ${LONG}` })).toBeVisible();
  /* Half of it by the plan; the rest is open. */
  const booked = await apiData(request, 'POST', 'appointments', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, start: day.starts[1], payment: 'wallet' }, OWNER);
  expect(booked.order_state).toBe('open');
  expect(booked.order_paid_minor * 2).toBe(booked.order_total_minor);
  await expect(page.getByRole('table', { name: 'Statement' }).getByText('Payment')).toBeVisible();
  await inspect(page, 'a wallet with its statement', GLANCES);
  await page.getByRole('button', { name: 'Correct' }).click();
  await page.getByRole('textbox', { name: 'Amount' }).fill('150');
  await page.getByRole('textbox', { name: 'Reason' }).fill('counted wrong');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.goto('/app/wallets/corrections');
  await expect(page.getByText('Somebody else decides')).toBeVisible();
  await page.getByRole('link', { name: 'Claims' }).click();
  await apiData(request, 'POST', 'wallet-claims', { client_id: client.id, category: 'consultation', amount_minor: 5000, treated_on: today, description: 'Consultation, elsewhere' }, OWNER);
  await page.getByRole('button', { name: `Decide the claim of ${LONG}` }).click();
  await page.getByLabel('Pay into the wallet').fill('30');
  await page.getByRole('textbox', { name: 'Reason' }).fill('only the visit');
  await page.getByRole('dialog').getByRole('button', { name: 'Pay', exact: true }).click();
  await page.getByLabel('Which claims').selectOption('all');
  await expect(page.getByText('only the visit')).toBeVisible();
  await inspect(page, 'claims', GLANCES);
  const wallet = await apiData(request, 'GET', `clients/${client.id}/wallet`, undefined, OWNER);
  expect(wallet.buckets.find((b) => b.kind === 'cash').balance).toBe(3000);
});

const GUEST = 'Maximilian von Oberhinterwaldhausen-Waldenburg';
test('at the desk the wallet pays its part, the rest by card, and a visit of a package settles the next one', async ({ page, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, GUEST, day.starts[0]);
  const wallet = await apiData(request, 'POST', 'wallets', { client_id: made.client_id }, OWNER);
  await apiData(request, 'POST', `wallets/${wallet.id}/promotions`, { name: 'Welcome gift', amount_minor: 1000, expires_on: '2035-01-01', reason: 'new here' }, OWNER);
  const sold = await apiData(request, 'POST', `wallets/${wallet.id}/packages`, { service_id: day.service.id, visits: 2, price_minor: 9000 }, OWNER);
  await apiData(request, 'POST', `orders/${sold.order_id}/payments`, { method: 'terminal' }, OWNER);
  const other = await apiData(request, 'POST', 'appointments', { client_id: made.client_id, service_id: day.service.id, provider_id: day.provider, start: day.starts[4] }, OWNER);
  await signIn(page, OWNER);
  await openDay(page, day.date);
  await card(page, GUEST).first().click();
  await page.getByRole('button', { name: 'Take payment' }).click();
  await expect(page.getByRole('button', { name: /from the wallet/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /Use a visit of .* \(2 left\)/ })).toBeVisible();
  await inspect(page, 'paying by wallet or package', GLANCES);
  await page.getByRole('button', { name: /from the wallet/ }).click();
  await expect(page.getByRole('button', { name: /from the wallet/ })).toBeHidden();
  await page.getByRole('button', { name: 'Card terminal' }).click();
  await expect.poll(async () => (await apiData(request, 'GET', `appointments/${made.id}`)).order_state).toBe('paid');
  await expect(page.getByRole('button', { name: 'Card terminal' })).toHaveCount(0); /* the browser has heard of it too: Escape is for the appointment */
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await card(page, GUEST).nth(1).click();
  await page.getByRole('button', { name: 'Take payment' }).click();
  await page.getByRole('button', { name: /Use a visit of/ }).click();
  await expect(toast(page, /visit of the package was used/)).toBeVisible();
  const used = await apiData(request, 'GET', `appointments/${other.id}/package-visit`, undefined, OWNER);
  expect(used).toMatchObject({ used: true, left: 1 });
});

test('what pays is set up and sold on the screens: a category, a gift, a package', async ({ page, request }) => {
  const client = await apiData(request, 'POST', 'clients', { name: 'Bruna Costa Oliveira', email: 'bruna@wallets.example' }, OWNER);
  await apiData(request, 'POST', 'wallets', { client_id: client.id }, OWNER);
  await signIn(page, OWNER);
  await page.goto('/app/wallets');
  await page.getByRole('button', { name: 'Categories of services' }).click();
  await page.getByRole('dialog').getByRole('combobox').last().selectOption('dental');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.goto(`/app/wallets/of/${client.id}`);
  await page.getByRole('button', { name: 'Give a gift' }).click();
  await page.getByLabel('What it is called').fill('Welcome');
  await page.getByLabel('Amount').fill('10');
  await page.getByLabel('Reason').fill('new');
  await page.getByRole('dialog').getByRole('button', { name: 'Give a gift' }).click();
  await expect(page.getByText('Welcome')).toBeVisible();
  await page.getByRole('button', { name: 'Sell a package' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Make the order' }).click();
  await expect(page.getByRole('link', { name: 'Service: Choose a service' })).toBeVisible();
  await page.getByLabel('Service').selectOption({ index: 1 });
  await page.getByLabel('Price of all').fill('90');
  await page.getByRole('dialog').getByRole('button', { name: 'Make the order' }).click();
  await expect(page.getByRole('button', { name: 'Take payment' })).toBeVisible();
});
