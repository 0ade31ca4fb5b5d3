/* Every screen, light and dark, wide, on a phone and at 320 px (400 % zoom): axe finds nothing, nothing scrolls sideways. */
import { expect, expectAccessible, expectNoSideways, signIn, test } from './lib/fixtures.mjs';
import { bookOne, openTimes, pickTime, services } from './lib/booking.mjs';

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1280, height: 900 },
  { name: 'dark', colorScheme: 'dark', width: 1280, height: 900 },
  { name: 'phone', colorScheme: 'light', width: 390, height: 844 },
  { name: '320 px, dark', colorScheme: 'dark', width: 320, height: 640 },
];

/** Looks at the present screen in all looks and goes back to the first. */
async function inspect(page, what) {
  for (const look of LOOKS) {
    await page.setViewportSize({ width: look.width, height: look.height });
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
    await settled(page);
    await expectNoSideways(page, `${what}, ${look.name}`);
    await expectAccessible(page, `${what}, ${look.name}`);
  }
  await page.setViewportSize({ width: LOOKS[0].width, height: LOOKS[0].height });
  await page.emulateMedia({ colorScheme: LOOKS[0].colorScheme });
}

/** Layouts that listen to the window have had their frame, and colours that fade have arrived. */
async function settled(page) {
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime));
    await Promise.all(ending.map((one) => one.finished.catch(() => undefined)));
  });
}

/** A working day with something in it: the demo clinic is closed on Sundays. */
function tuesday() {
  const day = new Date();
  day.setUTCDate(day.getUTCDate() + ((9 - day.getUTCDay()) % 7 || 7));
  return day.toISOString().slice(0, 10);
}

test('booking: every step', async ({ page }) => {
  test.setTimeout(180_000);
  await page.goto('/book/demo');
  await expect(services(page).first()).toBeVisible();
  await inspect(page, 'the services');
  await openTimes(page);
  await inspect(page, 'the times');
  await pickTime(page, 1, 3);
  await inspect(page, 'the details');
  await page.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(page.getByText(/Please check/)).toBeVisible();
  await inspect(page, 'the details with mistakes');
});

test('booking: done, and the page behind the link', async ({ page }) => {
  test.setTimeout(180_000);
  await bookOne(page, { name: 'Sven Olsen', email: 'sven.olsen@example.org' }, { day: 1, time: 1 });
  await inspect(page, 'the confirmation');
  await page.getByRole('link', { name: 'View, move or cancel' }).click();
  await expect(page.getByText('Booked', { exact: true })).toBeVisible();
  await inspect(page, 'the managed booking');
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'the question before cancelling');
});

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

for (const view of ['day', 'week', 'agenda']) {
  test(`calendar: ${view}`, async ({ page }) => {
    test.setTimeout(180_000);
    await signIn(page);
    await page.goto(`/app/calendar?view=${view}&date=${tuesday()}`);
    await expect(page.locator('.appt-card, .agenda-day').first()).toBeVisible();
    await inspect(page, `the calendar, ${view}`);
  });
}

test('calendar: dialogs', async ({ page }) => {
  test.setTimeout(180_000);
  await signIn(page);
  await page.goto(`/app/calendar?view=day&date=${tuesday()}`);
  await page.locator('.appt-card').first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expect(page.getByRole('dialog').getByLabel(/^Notes/)).toBeVisible();
  await inspect(page, 'an appointment');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^New/ }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'a new appointment');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'the palette');
});

for (const [path, title] of [['clients', 'Clients'], ['clients/new', null], ['settings', null], ['settings/services', null],
  ['settings/providers', null], ['settings/sessions', null], ['audit', null]]) {
  test(`staff: ${path}`, async ({ page }) => {
    test.setTimeout(120_000);
    await signIn(page);
    await page.goto(`/app/${path}`);
    await expect(page.getByRole('heading', { level: 1, ...(title ? { name: title } : {}) })).toBeVisible();
    await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
    await inspect(page, path);
  });
}

test('staff: one client', async ({ page }) => {
  test.setTimeout(120_000);
  await signIn(page);
  await page.goto('/app/clients');
  await page.getByRole('main').locator('a[href^="/app/clients/"]:not([href$="/new"])').first().click();
  await expect(page).toHaveURL(/\/app\/clients\/[0-9a-f-]{36}/);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await inspect(page, 'a client');
});

test('the description of the API', async ({ page }) => {
  test.setTimeout(120_000);
  await page.goto('/docs');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await inspect(page, 'the documents');
});
