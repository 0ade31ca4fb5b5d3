/* The hours of a provider, drawn: added by a pull, moved and lengthened by keys, taken out by Delete; what is saved is what was drawn. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

test.use({ viewport: { width: 1280, height: 1400 } });

test('hours by pulling and by keys', async ({ page, request }) => {
  const [location] = await apiData(request, 'GET', 'locations');
  const provider = await apiData(request, 'POST', 'providers', { name: 'Dr. Hora Drawn' }, OWNER);
  await signIn(page, OWNER);
  await page.goto(`/app/settings/providers/${provider.id}`);
  const monday = page.locator('.hg-day').first();
  await monday.hover({ trial: true }); /* waits until it stands still */
  const box = await page.locator('.hg-body').boundingBox();
  const minutes = (await page.locator('.hg-hours span').count()) * 60;
  const first = 7 * 60;
  const y = (minute) => box.y + ((minute - first) / minutes) * box.height;
  const x = box.x + box.width / 14;
  await page.mouse.move(x, y(9 * 60) + 2);
  await page.mouse.down();
  await page.mouse.move(x, y(10 * 60));
  await page.mouse.move(x, y(12 * 60), { steps: 5 });
  await page.mouse.up();
  const time = (name) => page.getByRole('button', { name });
  await expect(time('Monday, 09:00 to 12:00')).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(time('Monday, 09:15 to 12:15')).toBeFocused();
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Alt+ArrowUp');
  await expect(time('Monday, 09:00 to 12:30')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(time('Tuesday, 09:00 to 12:30')).toBeFocused();
  await page.getByRole('button', { name: 'Draw a time on Wednesday' }).press('Enter');
  await expect(time('Wednesday, 09:00 to 17:00')).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(time('Wednesday, 09:00 to 17:00')).toHaveCount(0);
  await inspect(page, 'the hours, drawn', GLANCES);
  await page.getByRole('button', { name: 'Save hours' }).click();
  await expect(page.locator('.toasts').getByText(/Hours of Dr. Hora Drawn saved/)).toBeVisible();
  const hours = await apiData(request, 'GET', `providers/${provider.id}/hours`);
  expect(hours.weekly).toEqual([{ location_id: location.id, weekday: 2, start: '09:00', end: '12:30' }]);
});
