/* A day at the till by keyboard alone: opened with a count, money put in, closed with something missing, and the difference is in the history. The screens of
 * the till and of invoices in their looks, with long names. */
import { apiData, expect, OWNER, signIn, test } from './lib/fixtures.mjs';
import { GLANCES, inspect } from './lib/looks.mjs';

const LONG = 'Drawer by the fish tank, Wolfeschlegelsteinhausenbergerdorff';
async function newTill(request, name) {
  const [place] = await apiData(request, 'GET', 'locations', undefined, OWNER);
  return apiData(request, 'POST', 'tills', { name, location_id: place.id }, OWNER);
}
const drawer = (page, name) => page.getByRole('region', { name, exact: true });

test('the till by keyboard: open, put in, close with something missing', async ({ page, request }) => {
  const name = `Front ${Date.now() % 100000}`;
  await newTill(request, name);
  await signIn(page);
  await page.goto('/app/till');
  await drawer(page, name).getByRole('button', { name: `Open ${name}` }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel(/What is in the drawer now/)).toBeFocused();
  await page.keyboard.type('100');
  await page.keyboard.press('Enter');
  await expect(drawer(page, name).getByRole('button', { name: `Close ${name}` })).toBeVisible();
  await drawer(page, name).getByRole('button', { name: 'Put in' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type('25.50');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Change from the bank');
  await page.keyboard.press('Enter');
  await expect(drawer(page, name).locator('.facts')).toContainText('125.50');
  await drawer(page, name).getByRole('button', { name: `Close ${name}` }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).not.toContainText('125.50');
  await page.keyboard.type('125.00');
  await expect(dialog).toContainText('0.50 are missing');
  await page.keyboard.press('Enter');
  await expect(drawer(page, name)).toContainText('125.00 were left in it');
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('-€0.50');
});

test('till and invoices look right', async ({ page, request }) => {
  test.setTimeout(600_000);
  const till = await newTill(request, LONG);
  await apiData(request, 'POST', `tills/${till.id}/open`, { counted_minor: 123456789 }, OWNER);
  const rate = await apiData(request, 'POST', 'tax-rates', { name: `VAT ${Date.now() % 100000} %`, ppm: 81000 }, OWNER);
  await apiData(request, 'POST', 'products', { name: `${LONG} ${rate.name}`, price_minor: 99999, tax_rate_id: rate.id }, OWNER);
  await signIn(page, OWNER);
  for (const [path, heading] of [['till', 'Till'], ['invoices', 'Invoices'], ['settings/invoices', 'Invoices']]) {
    await page.goto(`/app/${path}`);
    await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
    await expect(page.locator('.loading')).toHaveCount(0);
    await inspect(page, path, GLANCES);
  }
});
