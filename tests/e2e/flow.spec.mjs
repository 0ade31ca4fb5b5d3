/* The waiting room: a day by mouse, a person by keyboard, the same board on another screen, and how it looks. The page that
 * stops reminders; the settings of reminders, desk and video. */
import { api, apiData, expect, expectAccessible, expectNoSideways, mailsWith, signIn, test } from './lib/fixtures.mjs';
import { appoint, appointment, quietDay } from './lib/desk.mjs';

/** The settings are the owner's. */
const signInAsOwner = async (page) => {
  await page.goto('/app');
  await page.getByLabel(/e-?mail/i).fill('owner@demo.test');
  await page.getByLabel(/password/i).first().fill(process.env.E2E_PASSWORD);
  await page.getByRole('button', { name: /sign in/i }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
};
const lane = (page, name) => page.getByRole('region', { name: new RegExp(`^${name}`) });
const cardIn = (page, where, name) => lane(page, where).getByRole('article', { name: new RegExp(`^${name}`) });
const openBoard = async (page, day) => {
  await page.goto(`/app/flow?date=${day.date}`);
  await expect(page.getByRole('heading', { name: 'Waiting room' })).toBeVisible();
};

test('a visit goes through the board by mouse, and another screen follows', async ({ page, request, browser }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Wanda Waiting', day.starts[0]);
  await signIn(page);
  await openBoard(page, day);
  const other = await browser.newPage();
  await signIn(other);
  await openBoard(other, day);
  await cardIn(page, 'Expected', 'Wanda Waiting').getByRole('button', { name: /^Arrived/ }).click();
  await expect(cardIn(page, 'Waiting', 'Wanda Waiting')).toContainText('waiting 0 min');
  await expect(cardIn(other, 'Waiting', 'Wanda Waiting')).toBeVisible();
  await cardIn(page, 'Waiting', 'Wanda Waiting').getByRole('button', { name: /^In chair/ }).click();
  await cardIn(page, 'In the room', 'Wanda Waiting').getByRole('button', { name: /^Done/ }).click();
  await expect(cardIn(other, 'Done', 'Wanda Waiting')).toBeVisible();
  const after = await appointment(request, made.id);
  expect(after.status).toBe('completed');
  expect(after.steps.map((step) => step.status)).toEqual(['completed', 'in_progress', 'checked_in']);
  await other.close();
});

test('by keyboard: a step on, a step back, the focus stays with the person', async ({ page, request }) => {
  const day = await quietDay(request);
  await appoint(request, day, 'Kim Keyboard', day.starts[0]);
  await appoint(request, day, 'Lou Later', day.starts[4]);
  await signIn(page);
  await openBoard(page, day);
  await cardIn(page, 'Expected', 'Kim Keyboard').focus();
  await page.keyboard.press('a');
  await expect(cardIn(page, 'Waiting', 'Kim Keyboard')).toBeFocused();
  await page.keyboard.press('u');
  await expect(cardIn(page, 'Expected', 'Kim Keyboard')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(cardIn(page, 'Expected', 'Lou Later')).toBeFocused();
});

test('the board looks right: light, dark, phone, wall', async ({ page, request }) => {
  const day = await quietDay(request);
  const names = ['Ana-Maria Constantinescu-Wolfeschlegelsteinhausen the Younger', 'Bo Li', 'Cy Young', 'Di Old'];
  for (const [i, name] of names.entries()) {
    const made = await appoint(request, day, name, day.starts[2 * i]);
    for (const status of ['checked_in', 'in_progress', 'completed'].slice(0, i)) await apiData(request, 'POST', `appointments/${made.id}/state`, { status });
  }
  await signInAsOwner(page);
  await openBoard(page, day);
  await expect(cardIn(page, 'Waiting', 'Bo Li')).toBeVisible();
  for (const [scheme, width] of [['light', 1280], ['dark', 1280], ['light', 390], ['dark', 390]]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 844 });
    await expectAccessible(page, `the board, ${scheme}, ${width}`);
    await expectNoSideways(page, `the board at ${width}`);
    if (process.env.E2E_LOOKS) await page.screenshot({ path: `${process.env.E2E_LOOKS}/flow-${scheme}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 844 });
  await page.getByRole('button', { name: 'Large display' }).click();
  await expectAccessible(page, 'the board, large');
  if (process.env.E2E_LOOKS) await page.screenshot({ path: `${process.env.E2E_LOOKS}/flow-large.png` });
});

test('the settings of reminders, desk and video look right', async ({ page }) => {
  await signInAsOwner(page);
  for (const section of ['reminders', 'visits']) {
    await page.goto(`/app/settings/${section}`);
    await expect(page.getByRole('button', { name: 'Save' }).first()).toBeVisible();
    await expectAccessible(page, `settings, ${section}`);
    if (process.env.E2E_LOOKS) await page.screenshot({ path: `${process.env.E2E_LOOKS}/settings-${section}.png`, fullPage: true });
  }
});

test('video visits: set up, marked, and a countdown for the client', async ({ page, request }) => {
  const day = await quietDay(request);
  await signInAsOwner(page);
  await page.goto('/app/settings/visits');
  await page.getByLabel('Address of a room').fill('https://meet.example.org/{room}');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(page.getByText('Saved')).toBeVisible();
  const made = await appoint(request, day, 'Vera Video', day.starts[0]);
  await apiData(request, 'PATCH', `appointments/${made.id}`, { telehealth: true });
  expect((await api(request, 'GET', `appointments/${made.id}/join`)).status()).toBe(409);
  await expect.poll(() => mailsWith('Vera Video').length).toBeGreaterThan(0);
  const link = /http[^\s"<>]+\/b\/[\w-]+/.exec(mailsWith('Vera Video')[0])[0];
  await page.goto(new URL(link).pathname);
  await expect(page.getByText('You can join from here from')).toBeVisible();
  await expectAccessible(page, 'a booking by video');
});
