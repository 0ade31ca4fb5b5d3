/* The calendar's other views, the sheet on paper, and resizing. */
import { expect, signIn, test } from './lib/fixtures.mjs';
import { appoint, appointment, card, openDay, quietDay, toast } from './lib/desk.mjs';
import { inspect } from './lib/looks.mjs';

test.use({ viewport: { width: 1280, height: 1300 } });

test('the month names its days, walks by arrows and leads to a day', async ({ page, request }) => {
  test.setTimeout(600_000);
  const day = await quietDay(request);
  for (let i = 0; i < 5; i++) await appoint(request, day, `Month Guest ${'ABCDE'[i]}`, day.starts[i * 2] ?? day.starts[i]);
  await signIn(page);
  await page.goto(`/app/calendar?view=month&date=${day.date}`);
  const cell = page.locator(`[data-date="${day.date}"]`);
  await expect(cell).toHaveAccessibleName(/5 appointments/);
  const more = page.getByRole('button', { name: /^\+2 more/ }).and(page.locator('td', { has: cell }).locator('button'));
  await more.click();
  const panel = page.getByRole('dialog');
  await expect(panel.getByRole('button', { name: /Month Guest E/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(panel).toBeHidden();
  await expect(more).toBeFocused();
  await inspect(page, 'the calendar, month');
  await cell.focus();
  await page.keyboard.press('ArrowRight');
  await expect(cell).not.toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(cell).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`view=day&date=${day.date}|date=${day.date}&view=day`));
  await expect(card(page, 'Month Guest A')).toBeVisible();
});

test('the keys D, W, O, E, T, J, K change what is shown', async ({ page }) => {
  await signIn(page);
  await page.goto('/app/calendar?view=day&date=2026-11-25');
  await expect(page.locator('.cal-scroll')).toBeVisible();
  for (const [key, want] of [['w', /view=week/], ['o', /view=month/], ['j', /date=2026-12-01/], ['k', /date=2026-11-01/], ['e', /view=agenda/], ['d', /view=day/], ['t', /^(?!.*date=)/]]) {
    await page.keyboard.press(key);
    await expect(page).toHaveURL(want);
  }
});

test('pulling the lower edge makes an appointment longer', async ({ page, request }) => {
  const day = await quietDay(request);
  const made = await appoint(request, day, 'Longer Lisbet', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  const handle = card(page, 'Longer Lisbet');
  await handle.scrollIntoViewIfNeeded();
  await handle.hover();
  await handle.hover({ trial: true });
  const box = await handle.boundingBox();
  const length = (Date.parse(made.end) - Date.parse(made.start)) / 60_000;
  const x = box.x + box.width / 2;
  await page.mouse.move(x, box.y + box.height - 3);
  await page.mouse.down();
  await page.mouse.move(x, box.y + box.height + 8);
  await page.mouse.move(x, box.y + box.height - 3 + (box.height / length) * 30, { steps: 8 });
  await page.mouse.up();
  await expect(toast(page, /^Longer Lisbet/)).toBeVisible();
  const after = await appointment(request, made.id);
  expect([after.start, (Date.parse(after.end) - Date.parse(made.end)) / 60_000]).toEqual([made.start, 30]);
});

test('the day is printed as a page for each provider', async ({ page, request }) => {
  const day = await quietDay(request);
  await appoint(request, day, 'Paper Paula', day.starts[0]);
  await signIn(page);
  await openDay(page, day.date);
  await expect(card(page, 'Paper Paula')).toBeVisible();
  const printed = [];
  await page.exposeFunction('e2ePrinted', (text) => { printed.push(text); });
  await page.evaluate(() => { window.print = () => { window.dispatchEvent(new Event('beforeprint')); window.e2ePrinted(document.querySelector('.print-sheet')?.innerText ?? ''); window.dispatchEvent(new Event('afterprint')); }; });
  for (let n = 1; !/Paper Paula/.test(printed.at(-1) ?? ''); n++) {
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('button', { name: 'Print the day sheet' }).click();
    await expect.poll(() => printed.length).toBe(n); /* one that came late would take the sheet away that is looked at next */
  }
  await page.emulateMedia({ media: 'print' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  await expect.poll(async () => await page.locator('.print-page').count() - await page.locator('.cal-head').count()).toBe(0);
  await expect(page.locator('#root')).toBeHidden();
});

test('columns change their order, and the address keeps it', async ({ page }) => {
  await signIn(page);
  await openDay(page, '2026-11-24');
  const heads = page.locator('.cal-head-name');
  const before = await heads.allInnerTexts();
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('button', { name: /^Columns and their order/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Columns' });
  await dialog.getByRole('button', { name: `Move ${before[1]} up` }).click();
  await dialog.getByRole('checkbox', { name: before[2] }).uncheck();
  await dialog.getByRole('button', { name: 'Done' }).click();
  /* Another spec may add somebody meanwhile, who then stands behind. */
  const order = async () => (await heads.allInnerTexts()).filter((name) => before.includes(name));
  await expect.poll(order).toEqual([before[1], before[0], ...before.slice(3)]);
  await page.reload();
  await expect.poll(order).toEqual([before[1], before[0], ...before.slice(3)]);
});
