/* A service with approval and questions, from the owner who makes it to the desk that answers; and a private link that books once. */
import { apiData, expect, mailsWith, signIn, test } from './lib/fixtures.mjs';
import { confirm, fillDetails, freeDays, pickTime, tabTo, times } from './lib/booking.mjs';
import { clinicDay, toast } from './lib/desk.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const OWNER = 'owner@demo.test';
const NAME = 'Second opinion on a long and difficult orthodontic treatment';

/** The owner makes the service in the browser: approval, and two questions of which one must be answered. */
async function makeService(page) {
  await signIn(page, OWNER);
  await page.goto('/app/settings/services/new');
  await page.getByLabel('Name').fill(NAME);
  await page.getByLabel(/^Price/).fill('60');
  for (const box of await page.getByRole('group', { name: 'Offered by' }).getByRole('checkbox').all()) await box.check();
  await page.getByLabel(/^Bookings on line are requests first/).check();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByRole('link', { name: NAME }).click();
  const add = page.getByRole('button', { name: 'Add a question' });
  await add.click();
  await expect(page.getByLabel('Question', { exact: true })).toBeFocused();
  await page.keyboard.type('Which tooth hurts?');
  await page.getByLabel('Must be answered').check();
  await add.click();
  await page.getByLabel('Question', { exact: true }).nth(1).fill('Have you had an X-ray this year?');
  await page.getByLabel('Answer', { exact: true }).nth(1).selectOption('Yes or no');
  await page.getByRole('button', { name: 'Save questions' }).click();
  await expect(toast(page, 'Questions saved')).toBeVisible();
  await inspect(page, 'a service with approval and questions', GLANCES);
}

/** Another request for the service, without the browser. */
async function ask(request, service, name, email) {
  const questions = (await (await request.get(`/api/v1/public/demo/questions?service_id=${service.id}`)).json()).data;
  const slots = (await (await request.get(`/api/v1/public/demo/slots?service_id=${service.id}&from=${clinicDay(40)}&to=${clinicDay(46)}`)).json()).data;
  const answer = await request.post('/api/v1/public/demo/bookings', {
    data: { service_id: service.id, start: slots[4].start, client: { name, email }, answers: [{ question_id: questions[0].id, value: 'All of them' }] },
  });
  expect(answer.status(), await answer.text()).toBe(201);
}

/** By keyboard from the days to the sent request; the question that must be answered is named. */
async function visit(page, service) {
  await page.goto(`/book/demo?service=${service.id}`);
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  await page.getByRole('grid').locator('button[tabindex="0"]').focus();
  await page.keyboard.press('PageDown');
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
  await page.keyboard.type('Wilhelmina Ask');
  await tabTo(page, page.getByLabel('E-mail address'));
  await page.keyboard.type('wilhelmina.ask@example.org');
  await page.keyboard.press('Enter');
  const wrong = page.getByRole('link', { name: 'Which tooth hurts? This is needed.' });
  await expect(page.getByText('Please check one field')).toBeVisible();
  await inspect(page, 'a question without its answer', GLANCES);
  await tabTo(page, wrong);
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('Which tooth hurts?')).toBeFocused();
  await page.keyboard.type('The upper left one');
  await tabTo(page, page.getByLabel(/^Have you had an X-ray/));
  await page.keyboard.press('ArrowDown');
  await tabTo(page, page.getByRole('button', { name: 'Send the request' }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your request is sent' })).toBeFocused();
}

test('a service with approval and questions: made, asked for by keyboard, approved and declined by keyboard', async ({ page, context, request }) => {
  test.setTimeout(600_000);
  await makeService(page);
  const service = (await apiData(request, 'GET', 'services?limit=200')).find((one) => one.name === NAME);
  await visit(page, service);
  await ask(request, service, 'Balthasar Late', 'balthasar.late@example.org');

  await context.clearCookies();
  await signIn(page);
  await expect(page.getByRole('link', { name: /^Requests/ })).toContainText('2');
  await page.goto('/app/requests');
  const row = (name) => page.getByRole('listitem', { name: new RegExp(name) });
  await expect(row('Wilhelmina Ask').getByText('The upper left one')).toBeVisible();
  await expect(row('Wilhelmina Ask').getByText('Yes', { exact: true })).toBeVisible();
  await inspect(page, 'the requests', GLANCES);
  await row('Wilhelmina Ask').focus();
  await page.keyboard.press('a');
  await expect(toast(page, 'Wilhelmina Ask approved')).toBeVisible();
  await expect(row('Balthasar Late')).toBeFocused();

  /* The first attempt meets a refusal: the dialog stays with what was written, and says why. */
  const reason = 'Please ask your own dentist first';
  await page.route('**/decline', (route) => route.fulfill({ status: 409, json: { success: false, error: 'Somebody was here first.', code: 'CONFLICT' } }), { times: 1 });
  await page.keyboard.press('d');
  const dialog = page.getByRole('dialog', { name: /^Decline Balthasar Late/ });
  await tabTo(page, dialog.getByLabel(/^Reason/));
  await page.keyboard.type(reason);
  await page.keyboard.press('Control+Enter');
  await expect(dialog.getByText(/Somebody was here first/)).toBeVisible();
  await expect(dialog.getByLabel(/^Reason/)).toHaveValue(reason);
  await inspect(page, 'a refused answer', GLANCES);
  await dialog.getByLabel(/^Reason/).focus();
  await page.keyboard.press('Control+Enter');
  await expect(page.getByText('Nothing waits')).toBeVisible();
  for (const [who, status] of [['balthasar.late', 'declined'], ['wilhelmina.ask', 'scheduled']]) {
    const [client] = await apiData(request, 'GET', `clients?q=${who}@example.org`);
    expect((await apiData(request, 'GET', `appointments?client_id=${client.id}`)).map((one) => one.status)).toEqual([status]);
  }
  await expect.poll(() => mailsWith('balthasar.late@example.org', reason).length, { timeout: 60_000 }).toBe(1);
});

test('a private link books once and then says that it is used', async ({ page }) => {
  test.setTimeout(600_000);
  await signIn(page);
  await page.goto('/app/links');
  await expect(page.getByText('No links yet')).toBeVisible();
  await page.getByRole('button', { name: 'New link' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  await expect(dialog.getByText('Choose at least one service.')).toBeVisible();
  await inspect(page, 'a new link', GLANCES);
  await dialog.getByRole('checkbox', { name: 'Vaccination' }).check();
  await dialog.getByRole('button', { name: 'Make the link' }).click();
  const url = await dialog.getByLabel('Address', { exact: true }).inputValue();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();

  await page.goto(url);
  await expect.poll(() => freeDays(page).count()).toBeGreaterThan(0);
  await pickTime(page, 1, 1);
  await fillDetails(page, { name: 'Linus Link', email: 'linus.link@example.org' });
  await confirm(page);
  await page.goto(url);
  await expect(page.getByRole('heading', { name: 'This link can no longer be used' })).toBeVisible();
  await inspect(page, 'a used link', GLANCES);
  await page.goto('/app/links');
  await expect(page.getByText('Used', { exact: true })).toBeVisible();
  await inspect(page, 'the links', GLANCES);
});
