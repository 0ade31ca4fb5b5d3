import { expect, test } from './lib/fixtures.mjs';
import { bookOne, openTimes, pickTime, services } from './lib/booking.mjs';
import { inspect } from './lib/looks.mjs';

test('booking: every step', async ({ page }) => {
  test.setTimeout(600_000);
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
  test.setTimeout(600_000);
  await bookOne(page, { name: 'Sven Olsen', email: 'sven.olsen@example.org' }, { day: 1, time: 1 });
  await inspect(page, 'the confirmation');
  await page.getByRole('link', { name: 'View, move or cancel' }).click();
  await expect(page.getByText('Booked', { exact: true })).toBeVisible();
  await inspect(page, 'the managed booking');
  await page.getByRole('button', { name: 'Cancel appointment' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await inspect(page, 'the question before cancelling');
});
