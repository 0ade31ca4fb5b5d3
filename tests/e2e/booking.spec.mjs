import { expect, apiData, mailsWith, test } from './lib/fixtures.mjs';
import { bookOne, confirm, fillDetails, freeDays, openTimes, pickTime, services, tabTo, times } from './lib/booking.mjs';

test('a visitor books with anyone free and gets a mail with the appointment in it', async ({ page, request }) => {
  await openTimes(page);
  await expect(page.getByRole('radio', { name: 'Anyone free' })).toBeChecked();
  await pickTime(page, 2, 1);
  await expect(page.getByText(/^Held for you for/)).toBeVisible();
  await fillDetails(page, { name: 'Ioana Ferencz', email: 'ioana.ferencz@example.org', phone: '+40 721 555 019' });
  await confirm(page);
  const start = await page.getByRole('main').locator('time').first().getAttribute('datetime');

  const clients = await apiData(request, 'GET', 'clients?q=ferencz');
  expect(clients.map((one) => one.email)).toEqual(['ioana.ferencz@example.org']);
  const booked = await apiData(request, 'GET', `appointments?client_id=${clients[0].id}`);
  expect(booked.map((one) => [one.start, one.status, one.source])).toEqual([[start, 'scheduled', 'public']]);

  await expect.poll(() => mailsWith('ioana.ferencz@example.org').length, { message: 'mails written', timeout: 60_000 }).toBe(1);
  const [mail] = mailsWith('ioana.ferencz@example.org');
  expect(mail).toContain('BEGIN:VCALENDAR');
  expect(mail).toContain('METHOD:REQUEST');
  expect(mail).toContain(`DTSTART:${start.replace(/[-:]/g, '')}`);
  expect(mail).toMatch(/\/b\/[\w-]{40,}/);
});

test('the link in the mail shows, confirms, moves, cancels and takes back', async ({ page }) => {
  await bookOne(page, { name: 'Pavel Horák', email: 'pavel.horak@example.org' }, { day: 3 });
  await expect.poll(() => mailsWith('pavel.horak@example.org').length, { timeout: 60_000 }).toBe(1);
  const link = mailsWith('pavel.horak@example.org')[0].match(/https?:\/\/[\w.:]+(\/b\/[\w-]+)/)[1];

  await page.goto(link);
  await expect(page.getByText('Booked', { exact: true })).toBeVisible();
  await page.reload(); // opening the link twice has changed nothing
  await expect(page.getByText('Booked', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Yes, I will come' }).click();
  await expect(page.getByText('Confirmed', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Choose a new time' })).toBeVisible();
  await expect.poll(() => freeDays(page).count()).toBeGreaterThan(0);
  await freeDays(page).last().click();
  await times(page).first().click();
  await page.getByRole('button', { name: 'Move appointment' }).click();
  await expect(page.getByText('Your appointment was moved.')).toBeVisible();

  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Take it back' }).click();
  await expect(page.getByText('Your appointment is back.')).toBeVisible();
});

test('a time that somebody else holds is answered with the nearest free ones', async ({ page, request }) => {
  await openTimes(page);
  await freeDays(page).nth(4).click();
  await expect(page.locator('#b-times-title')).toBeFocused();
  const slot = times(page).first();
  const clinic = await (await request.get('/api/v1/public/demo')).json();
  const { id } = clinic.data.services[0]; // openTimes takes the first

  /* Everybody who could treat at that time is taken while the page still shows it. */
  let start;
  await page.route('**/api/v1/public/demo/holds', async (route) => {
    start = route.request().postDataJSON().start;
    for (let i = 0; i < 12; i++) {
      const held = await request.post('/api/v1/public/demo/holds', { data: { service_id: id, start } });
      if (held.status() === 409) break;
      expect(held.status()).toBe(201);
    }
    await route.continue();
  }, { times: 1 });
  await slot.click();
  await expect(page.getByText('Somebody has just taken this time')).toBeVisible();
  const offer = page.getByRole('main').locator('.b-offers button').first();
  await offer.click();
  await expect(page.getByRole('heading', { name: 'Your details' })).toBeFocused();
  await fillDetails(page, { name: 'Marta Lindqvist', email: 'marta.lindqvist@example.org' });
  await confirm(page);
  expect(await page.getByRole('main').locator('time').first().getAttribute('datetime')).not.toBe(start);
});

test('mistakes in the details are named at once and lead to their fields', async ({ page }) => {
  await openTimes(page);
  await pickTime(page, 2, 2);
  await page.getByLabel('E-mail address').fill('no address');
  await page.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(page.getByText('Please check 2 fields')).toBeVisible();
  await expect(page.getByLabel('Full name')).toHaveAttribute('aria-invalid', 'true');
  await page.getByRole('link', { name: /Full name/ }).click();
  await expect(page.getByLabel('Full name')).toBeFocused();
});

test('the visitor sees their own zone, can change to the clinic’s, and the appointment stays the same instant', async ({ page }) => {
  await openTimes(page);
  await freeDays(page).nth(3).click();
  const own = (await times(page).first().innerText()).trim();
  await page.getByRole('button', { name: 'Change: Time zone' }).click();
  await page.getByLabel('Time zone').selectOption({ index: 0 });
  await expect.poll(async () => (await times(page).first().innerText()).trim()).not.toBe(own);
});

test('with the keyboard alone', async ({ page }) => {
  await page.goto('/book/demo');
  await expect(services(page).first()).toBeVisible();
  await tabTo(page, services(page).first());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'When suits you?' })).toBeFocused();
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  await tabTo(page, page.getByRole('grid').locator('button[tabindex="0"]'));
  await page.keyboard.press('PageDown'); // next month: arrow keys find a free day there
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  await expect.poll(() => freeDays(page).count()).toBeGreaterThan(0);
  for (let i = 0; i < 10; i++) {
    if (!(await page.evaluate(() => document.activeElement.getAttribute('aria-disabled')))) break;
    await page.keyboard.press('ArrowRight');
  }
  await page.keyboard.press('Enter');
  await expect(page.locator('#b-times-title')).toBeFocused();
  await tabTo(page, times(page).first());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your details' })).toBeFocused();
  await tabTo(page, page.getByLabel('Full name'));
  await page.keyboard.type('Dana Okafor');
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type('dana.okafor@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'You are booked in' })).toBeFocused();
});
