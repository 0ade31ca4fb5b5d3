/* The public booking page in the words a visitor reads, for the specs that walk through it. */
import { expect } from './fixtures.mjs';

export const services = (page) => page.getByRole('list', { name: 'Services' }).getByRole('button');
export const freeDays = (page) => page.getByRole('grid').getByRole('button', { name: /free times?$/ }).and(page.locator(':not([aria-disabled])'));
export const times = (page) => page.getByRole('group', { name: /Morning|Afternoon|Evening/ }).getByRole('button');

/** The second screen, with its times loaded; goes to the next month when this one has too few free days left. */
export async function openTimes(page, service = 0) {
  await page.goto('/book/demo');
  await services(page).nth(service).click();
  await expect(page.getByRole('heading', { name: 'When suits you?' })).toBeFocused();
  await expect(page.getByRole('grid')).toHaveAttribute('aria-busy', 'false');
  if (await freeDays(page).count() < 6) {
    await page.getByRole('button', { name: 'Next month' }).click();
    await expect.poll(() => freeDays(page).count()).toBeGreaterThan(5);
  }
}

/** Chooses the nth free day and its nth time; ends on the third screen. Returns the time's text. */
export async function pickTime(page, day, time) {
  await freeDays(page).nth(day).click();
  await expect(page.locator('#b-times-title')).toBeFocused();
  const slot = times(page).nth(time);
  const text = (await slot.innerText()).trim();
  await slot.click();
  await expect(page.getByRole('heading', { name: 'Your details' })).toBeFocused();
  return text;
}

export async function fillDetails(page, { name, email, phone = '' }) {
  await page.getByLabel('Full name').fill(name);
  await page.getByLabel('E-mail address').fill(email);
  if (phone) await page.getByLabel(/^Phone number/).fill(phone);
}

export async function confirm(page) {
  await page.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(page.getByRole('heading', { name: 'You are booked in' })).toBeFocused();
}

/** A whole booking. Returns the instant it begins. */
export async function bookOne(page, who, { day = 2, time = 0, service = 0 } = {}) {
  await openTimes(page, service);
  await pickTime(page, day, time);
  await fillDetails(page, who);
  await confirm(page);
  return page.getByRole('main').locator('time').first().getAttribute('datetime');
}

/** Presses Tab until the element has the focus, which must also be seen. */
export async function tabTo(page, target) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    if (await target.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not reach ${target}`);
}
