/* An owner confirms the e-mail address: the banner, another link, the page the link opens (signed in nowhere), and the banner goes by itself. */
import { expect, expectAccessible, expectNoSideways, mailsWith, test } from './lib/fixtures.mjs';

const EMAIL = 'olga.owner@verify.example';

/** Registers through the page and comes out in the calendar. */
async function register(page) {
  await page.goto('/register');
  await page.getByLabel('Name of the clinic').fill('Verify Dental');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('E-mail address').fill(EMAIL);
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery staple');
  await page.getByRole('button', { name: 'Create clinic' }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}

async function linkTo(address) {
  let link = null;
  await expect.poll(() => {
    link = mailsWith('/verify/', address).at(-1)?.match(/href="[^"]*(\/verify\/[\w-]{43})"/)?.[1] ?? null;
    return link;
  }).not.toBeNull();
  return link;
}

test('the link in the mail confirms the address, and only its button does', async ({ page, browser }) => {
  test.setTimeout(600_000);
  await register(page);
  const banner = page.getByRole('region', { name: 'Your e-mail address' });
  await expect(banner).toContainText(EMAIL);
  await expectAccessible(page, 'the banner');
  const link = await linkTo(EMAIL);
  // The server has a minute between two links; what the page does with its answer is seen without waiting for that.
  await page.route('**/auth/verify/send', (route) => route.fulfill({ status: 204 }));
  await banner.getByRole('button', { name: 'Send the link again' }).click();
  await expect(page.getByText(`The link is on its way to ${EMAIL}`)).toBeVisible();

  const elsewhere = await browser.newContext({ viewport: { width: 360, height: 740 }, baseURL: process.env.E2E_URL });
  const phone = await elsewhere.newPage();
  await phone.goto(link);
  await expect(phone.getByRole('heading', { name: 'Confirm your e-mail address' })).toBeFocused();
  await expectAccessible(phone, 'the page to confirm on');
  await expectNoSideways(phone, 'the page to confirm on');
  await phone.reload();
  await expect(banner).toBeVisible();
  await phone.getByRole('button', { name: 'Confirm this address' }).click();
  await expect(phone.getByRole('heading', { name: 'Your e-mail address is confirmed' })).toBeFocused();
  await expect(banner).toBeHidden();
  await page.reload();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
  await expect(banner).toBeHidden();

  // Once is enough, and part of a link is none.
  await phone.goto(link);
  await phone.getByRole('button', { name: 'Confirm this address' }).click();
  await expect(phone.getByRole('alert')).toContainText('used already');
  await expect(phone.getByRole('button', { name: 'Confirm this address' })).toBeHidden();
  await phone.goto(link.slice(0, -3));
  await phone.getByRole('button', { name: 'Confirm this address' }).click();
  await expect(phone.getByRole('alert')).toContainText('Part of the link is missing');
  await phone.getByRole('link', { name: 'Open the clinic' }).click();
  await expect(phone.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  await elsewhere.close();
});
