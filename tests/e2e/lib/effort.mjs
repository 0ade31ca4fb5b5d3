/* What a task costs: presses of the pointer and strokes of keys, counted in the page by events the browser itself made. */
import { expect } from './fixtures.mjs';

/** Before the first page. A drag is one press; letters typed into a field are text, and are not counted as keys. */
export async function countEffort(page) {
  await page.addInitScript(() => {
    const counts = { clicks: 0, keys: 0 };
    window.e2eEffort = counts;
    window.addEventListener('pointerdown', (event) => { if (event.isTrusted) counts.clicks++; }, true);
    window.addEventListener('keydown', (event) => {
      const text = event.key.length === 1 && !event.ctrlKey && event.target.matches?.('input, textarea');
      if (event.isTrusted && !text && !['Control', 'Shift', 'Alt'].includes(event.key)) counts.keys++;
    }, true);
  });
}

const read = (page) => page.evaluate(() => ({ ...window.e2eEffort }));

/** Runs a task and holds it to its budget. What is not named must cost nothing. */
export async function within(page, what, { clicks = 0, keys = 0 }, task) {
  const before = await read(page);
  await task();
  const after = await read(page);
  expect.soft(after.clicks - before.clicks, `${what}: clicks`).toBeLessThanOrEqual(clicks);
  expect.soft(after.keys - before.keys, `${what}: keys`).toBeLessThanOrEqual(keys);
}

/** A list of the platform opens outside the page, where nothing can be counted: two presses, one to open and one to choose. */
export async function choose(page, select, option) {
  await select.selectOption(option);
  await page.evaluate(() => { window.e2eEffort.clicks += 2; });
}
