/* What the desk does all day takes no more clicks and keys than was promised; the numbers are the budget of each task. */
import { apiData, expect, signIn, test } from './lib/fixtures.mjs';
import { appoint, appointment, card, openDay, quietDay, toast } from './lib/desk.mjs';
import { choose, countEffort, within } from './lib/effort.mjs';

test.use({ viewport: { width: 1280, height: 1300 } });

const MINUTE = 60_000;
const minutesOf = (instant) => {
  const [hour, minute] = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Bucharest', hour: '2-digit', minute: '2-digit' }).format(Date.parse(instant)).split(':').map(Number);
  return hour * 60 + minute;
};

/** Where a wall time stands in the column of a provider. */
async function pointAt(page, name, minute) {
  const column = page.locator('.cal-col', { has: page.getByRole('list', { name: new RegExp(`^${name}, `) }) });
  await column.scrollIntoViewIfNeeded();
  return column.evaluate((element, at) => {
    const first = Number(document.querySelector('.cal-hour').textContent.slice(0, 2)) * 60;
    const box = element.getBoundingClientRect();
    const scroller = element.closest('.cal-scroll');
    const y = () => element.getBoundingClientRect().top + (at - first) * 1.6 + 4;
    scroller.scrollTop += y() - scroller.getBoundingClientRect().top - 300;
    return { x: box.x + box.width / 2, y: y() };
  }, minute);
}

async function prepared(page, request, names) {
  await countEffort(page);
  const day = await quietDay(request);
  const providers = await apiData(request, 'GET', 'providers');
  for (const name of names) await apiData(request, 'POST', 'clients', { name, email: `${name.toLowerCase().replace(' ', '.')}@example.org`, phone: '+40 722 555 199' });
  return { ...day, who: providers.find((one) => one.id === day.provider).name };
}

const free = (day, hours) => day.starts.find((one) => Date.parse(one) - Date.parse(day.starts[0]) >= hours * 60 * MINUTE);

test('by mouse: today, booking, moving, arriving, cancelling, blocking, repeating', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await prepared(page, request, ['Ines Known', 'Sixtus Weekly']);
  await signIn(page);
  await page.goto('/app');
  await within(page, 'today, all providers', {}, async () => {
    await expect(page.locator('.cal-head')).toHaveCount((await apiData(request, 'GET', 'providers')).length);
  });
  await openDay(page, day.date);
  const dialog = page.getByRole('dialog', { name: 'New appointment' });

  await within(page, 'a known client', { clicks: 3 }, async () => {
    const { x, y } = await pointAt(page, day.who, minutesOf(day.starts[0]));
    await page.mouse.click(x, y);
    await page.keyboard.type('Ine');
    await page.getByRole('option', { name: /^Ines Known/ }).click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(card(page, 'Ines Known')).toBeVisible();
  });
  await within(page, 'a new client', { clicks: 4, keys: 0 }, async () => {
    const { x, y } = await pointAt(page, day.who, minutesOf(free(day, 2)));
    await page.mouse.click(x, y);
    await page.keyboard.type('Nuria Fresh');
    await page.getByRole('option', { name: /Create/ }).click();
    await page.keyboard.type('0722 555 321');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(card(page, 'Nuria Fresh')).toBeVisible();
  });
  await within(page, 'undo', { clicks: 1 }, async () => {
    await page.locator('.toasts').getByRole('button', { name: 'Undo' }).last().click();
    await expect(card(page, 'Nuria Fresh')).toHaveCount(0);
  });
  await within(page, 'arrived, from the card', { clicks: 1 }, async () => {
    await page.getByRole('button', { name: /^Ines Known.*Arrived/ }).and(page.locator('.appt-status')).click();
    await expect(card(page, 'Ines Known')).toHaveAccessibleName(/Arrived/);
  });
  await within(page, 'in the chair, from the detail', { clicks: 2 }, async () => {
    await card(page, 'Ines Known').click();
    await page.getByRole('dialog', { name: 'Ines Known' }).getByRole('button', { name: 'In chair' }).click();
    await expect(card(page, 'Ines Known')).toHaveAccessibleName(/In chair/);
  });
  await page.keyboard.press('Escape');

  await within(page, 'every six weeks, five times', { clicks: 5 }, async () => {
    const { x, y } = await pointAt(page, day.who, minutesOf(free(day, 3)));
    await page.mouse.click(x, y);
    await page.keyboard.type('Six');
    await page.getByRole('option', { name: /^Sixtus Weekly/ }).click();
    await choose(page, dialog.getByLabel('Repeat'), 'Every 6 weeks');
    await expect(dialog.locator('.repeat-list li')).toHaveCount(5);
    await dialog.getByRole('button', { name: /^Book \d$/ }).click();
    await expect(card(page, 'Sixtus Weekly')).toBeVisible();
  });
});

test('by mouse: moving, cancelling, blocking, finding a time, printing', async ({ page, request }) => {
  const day = await prepared(page, request, []);
  const made = await appoint(request, day, 'Mira Mover', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  await expect(card(page, 'Mira Mover')).toBeVisible();

  await within(page, 'another time, by form', { clicks: 3 }, async () => {
    await card(page, 'Mira Mover').click();
    const dialog = page.getByRole('dialog', { name: 'Mira Mover' });
    const to = minutesOf(free(day, 1));
    await dialog.getByLabel('Time', { exact: true }).click();
    await dialog.getByLabel('Time', { exact: true }).fill(`${String(Math.floor(to / 60)).padStart(2, '0')}:${String(to % 60).padStart(2, '0')}`);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(toast(page, /^Mira Mover moved to/)).toBeVisible();
  });
  expect((await appointment(request, made.id)).start).not.toBe(made.start);
  await within(page, 'another time, by drag', { clicks: 1 }, async () => {
    await card(page, 'Mira Mover').hover({ trial: true });
    const box = await card(page, 'Mira Mover').boundingBox();
    await page.mouse.move(box.x + 30, box.y + 8);
    await page.mouse.down();
    await page.mouse.move(box.x + 30, box.y + 30);
    await page.mouse.move(box.x + 30, box.y + 8 + 120 * 1.6, { steps: 6 });
    await page.mouse.up();
    await expect(toast(page, /^Mira Mover moved to/)).toHaveCount(2);
  });
  await within(page, 'cancelling with a reason', { clicks: 3 }, async () => {
    await card(page, 'Mira Mover').click();
    await page.getByRole('button', { name: 'Cancel appointment…' }).click();
    await page.keyboard.type('has a cold');
    await page.getByRole('button', { name: 'Cancel appointment', exact: true }).click();
    await expect(card(page, 'Mira Mover')).toHaveCount(0);
  });
  await expect.poll(async () => (await appointment(request, made.id)).cancel_reason).toBe('has a cold');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await within(page, 'blocking', { clicks: 2 }, async () => {
    const { x, y } = await pointAt(page, day.who, minutesOf(free(day, 4)));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x, y + 30);
    await page.mouse.move(x, y + 60 * 1.6 - 6, { steps: 6 });
    await page.mouse.up();
    await page.getByRole('dialog', { name: 'New appointment' }).getByRole('button', { name: 'Block' }).click();
    await expect(page.locator('.cal-blocked')).toHaveCount(1);
  });
  await within(page, 'the next free time', { clicks: 2 }, async () => {
    await page.getByRole('button', { name: 'Find time' }).click();
    await page.getByRole('dialog').locator('.slot').first().click();
    await expect(page.getByRole('dialog', { name: 'New appointment' })).toBeVisible();
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.evaluate(() => { window.print = () => { window.e2ePrinted = true; }; });
  await within(page, 'the day on paper', { clicks: 2 }, async () => {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('button', { name: 'Print the day sheet' }).click();
    await expect.poll(() => page.evaluate(() => window.e2ePrinted)).toBe(true);
  });
});

test('by keyboard alone: booking, moving, arriving, cancelling, undo, finding a caller', async ({ page, request }) => {
  const day = await prepared(page, request, ['Kasimir Keys']);
  const made = await appoint(request, day, 'Rosa Rows', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  await expect(card(page, 'Rosa Rows')).toBeVisible();
  await card(page, 'Rosa Rows').focus();

  await within(page, 'moving', { keys: 6 }, async () => {
    await page.keyboard.press('m');
    for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(toast(page, /^Rosa Rows moved to/)).toBeVisible();
  });
  expect((await appointment(request, made.id)).start).not.toBe(made.start);
  await within(page, 'arrived', { keys: 1 }, async () => {
    await page.keyboard.press('a');
    await expect(card(page, 'Rosa Rows')).toHaveAccessibleName(/Arrived/);
  });
  await within(page, 'undo', { keys: 1 }, async () => {
    await page.keyboard.press('Control+z');
    await expect(card(page, 'Rosa Rows')).toHaveAccessibleName(/Scheduled/);
  });
  await within(page, 'cancelling with a reason', { keys: 2 }, async () => {
    await card(page, 'Rosa Rows').focus();
    await page.keyboard.press('x');
    await expect(page.getByRole('dialog', { name: 'Cancel Rosa Rows?' })).toBeVisible();
    await page.keyboard.type('is ill');
    await page.keyboard.press('Enter');
    await expect(card(page, 'Rosa Rows')).toHaveCount(0);
  });
  await expect.poll(async () => (await appointment(request, made.id)).cancel_reason).toBe('is ill');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await within(page, 'a known client in the row of the cursor', { keys: 5 }, async () => {
    await page.locator('.cal-cursor').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'New appointment' })).toBeVisible();
    await page.keyboard.type('Kas');
    await expect(page.getByRole('option', { name: /^Kasimir Keys/, selected: true })).toBeVisible();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+Enter');
    await expect(card(page, 'Kasimir Keys')).toBeVisible();
  });
  await within(page, 'who calls, by four digits', { keys: 2 }, async () => {
    await page.keyboard.press('Control+k');
    await page.keyboard.type('5199');
    await expect(page.getByRole('option', { name: /Kasimir Keys/ })).toBeVisible();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(/\/app\/clients\//);
  });
  await within(page, 'find, block, new: one key each', { keys: 4 }, async () => {
    await page.goBack();
    await expect(page.locator('.cal-scroll')).toHaveAttribute('aria-busy', 'false');
    for (const [key, name] of [['f', 'Find the next free time'], ['b', 'Block time']]) {
      await page.keyboard.press(key);
      await expect(page.getByRole('dialog', { name })).toBeVisible();
      await page.keyboard.press('Escape');
    }
  });
});

test('filling a gap from the waitlist, and taking a payment: by mouse and by keyboard', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await prepared(page, request, []);
  const paying = await appoint(request, day, 'Paula Payer', free(day, 3));
  const waits = async (name) => {
    const client = await apiData(request, 'POST', 'clients', { name, email: `${name.split(' ')[0].toLowerCase()}@gaps.example` });
    return apiData(request, 'POST', 'waitlist', { client_id: client.id, service_id: day.service.id, provider_id: day.provider, not_before: day.date, not_after: day.date });
  };
  const wants = [];
  for (const name of ['Wanda Waiting', 'Wilma Waiting', 'Wera Waiting']) wants.push(await waits(name));
  const status = async (want) => (await apiData(request, 'GET', `waitlist/${want.id}`)).status;
  const gap = page.getByRole('dialog', { name: 'Fill this gap' });
  await signIn(page);
  await openDay(page, day.date);
  await expect(card(page, 'Paula Payer')).toBeVisible();

  await within(page, 'filling a gap, by key', { keys: 5 }, async () => {
    await page.locator('.cal-cursor').focus();
    await page.keyboard.press('l');
    await expect(gap.getByRole('button', { name: /^Offer .* to Wanda/ })).toBeVisible();
    await gap.getByRole('button', { name: /^Offer .* to Wanda/ }).press('Enter');
    await expect(gap.getByRole('heading', { name: 'Offered now' })).toBeVisible();
  });
  expect(await status(wants[0])).toBe('offered');
  await page.keyboard.press('Escape');
  await within(page, 'taking a payment, by key', { keys: 2 }, async () => {
    await card(page, 'Paula Payer').focus();
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'Card terminal' }).press('Enter');
    await expect(toast(page, /taken$/)).toBeVisible();
  });
  expect((await appointment(request, paying.id)).order_state).toBe('paid');
  await within(page, 'its receipt, to print or to mail', { clicks: 1 }, async () => {
    await page.locator('.toasts').getByRole('button', { name: 'Receipt' }).click();
    await expect(page).toHaveURL(/\/app\/invoices\/[0-9a-f-]{36}/);
    await expect(page.getByRole('heading', { level: 1, name: /^Receipt/ })).toBeVisible();
  });
  await openDay(page, day.date);
  await within(page, 'filling a gap, from a free time of the calendar', { clicks: 2 }, async () => {
    const { x, y } = await pointAt(page, day.who, minutesOf(free(day, 4)));
    await page.mouse.click(x, y);
    await page.getByRole('option', { name: /^Offer .* to Wera Waiting/ }).click();
    await expect(toast(page, /offered to Wera Waiting$/)).toBeVisible();
  });
  expect(await status(wants[2])).toBe('offered');
  await page.goto('/app/waitlist');
  await within(page, 'filling a gap, from the list', { clicks: 2 }, async () => {
    await page.getByRole('button', { name: 'Offer a time to Wilma Waiting' }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^Offer.*: / }).first().click();
    await expect.poll(() => status(wants[1])).toBe('offered');
  });
});
