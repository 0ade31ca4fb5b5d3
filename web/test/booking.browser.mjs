/*
 * booking.browser.mjs - the public pages in a real browser against the mock server: keyboard only, holds, lost times, zones,
 * narrow windows, axe, and not one report of the content security policy.
 *
 *   npm run build
 *   BROWSER_TOOLS=/some/folder node test/booking.browser.mjs        (a folder with playwright-core and axe-core installed)
 *
 * CHROMIUM names the browser (default /usr/bin/chromium).
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { log, startMock } from './mock.mjs';

const require = createRequire(join(process.env.BROWSER_TOOLS ?? process.cwd(), 'package.json'));
const { chromium } = require('playwright-core');
const axeSource = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

let server;
let browser;
let base;
before(async () => {
  server = await startMock(0);
  base = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A page that notes every complaint of the browser; run() fails when there is one. */
async function run(path, options, steps) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 900 }, timezoneId: 'Europe/Berlin', locale: 'en-GB', reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(error.message));
  log.length = 0;
  try {
    await page.goto(base + path);
    await page.waitForSelector('h1');
    await steps(page, context);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}
const focused = (page) => page.evaluate(() => document.activeElement?.textContent ?? '');
const posts = (part) => log.filter((entry) => entry.method === 'POST' && entry.path.endsWith(part));
async function toTimes(page) {
  await page.click('.b-service >> nth=0');
  await page.waitForSelector('.b-slot');
}
async function toDetails(page) {
  await toTimes(page);
  await page.click('.b-slot >> nth=1');
  await page.waitForSelector('[name=email]');
}
async function fillIn(page) {
  await page.fill('[name=name]', 'Greta Lindqvist');
  await page.fill('[name=email]', 'greta@example.org');
}

async function axe(page, context) {
  const session = await context.newCDPSession(page);
  await session.send('Runtime.evaluate', { expression: `${axeSource};0` });
  const expression = "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then((r) => JSON.stringify(r.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)))";
  const { result } = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
  assert.deepEqual(JSON.parse(result.value), []);
}

test('a booking with the keyboard alone', () => run('/book/demo', {}, async (page) => {
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    }
    assert.fail(`Tab does not reach ${selector}`);
  };
  await tabTo('.b-service');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.b-slot');
  assert.equal(await focused(page), 'When suits you?');
  await tabTo('.b-day');
  const selected = await page.locator('[aria-selected=true] button').getAttribute('aria-label');
  assert.match(selected ?? '', /free time/);
  await page.keyboard.press('PageDown');
  await page.waitForFunction(() => document.querySelectorAll('.b-day.is-free').length > 3);
  for (let presses = 0; presses < 31; presses += 1) {
    if (await page.evaluate(() => document.activeElement?.classList.contains('is-free'))) break;
    await page.keyboard.press('ArrowRight');
  }
  const day = await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.activeElement?.id === 'b-times-title');
  assert.ok(day.startsWith(await focused(page)), `${day} / ${await focused(page)}`);
  assert.equal(await page.locator('.b-day[tabindex="0"]').count(), 1);
  await tabTo('.b-slot');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[name=name]');
  assert.equal(await focused(page), 'Your details');
  await tabTo('[name=name]');
  await page.keyboard.type('Greta Lindqvist');
  await page.keyboard.press('Tab');
  await page.keyboard.type('greta@example.org');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.b-done');
  assert.match(await page.title(), /You are booked in/);
}));

test('two taps make one booking, with one key', () => run('/book/demo', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.evaluate(() => { const button = document.querySelector('button[type=submit]'); button.click(); button.click(); });
  await page.waitForSelector('.b-done');
  assert.equal(posts('/bookings').length, 1);
  assert.match(posts('/bookings')[0].key, /^[0-9a-f]{32}$/);
}));

test('a lost answer: the second try carries the same key', () => run('/book/demo', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  const keys = [];
  await page.route('**/bookings', async (route) => {
    keys.push(route.request().headers()['idempotency-key']);
    if (keys.length === 1) await route.abort();
    else await route.continue();
  });
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice-danger');
  assert.equal(await page.inputValue('[name=name]'), 'Greta Lindqvist');
  await page.click('button[type=submit]');
  await page.waitForSelector('.b-done');
  assert.equal(keys[0], keys[1]);
}));

test('going back releases the hold and keeps what was written', () => run('/book/demo', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.goBack();
  await page.waitForSelector('.b-slot');
  await page.waitForTimeout(200);
  assert.equal(log.filter((entry) => /\/holds\/[^/]+\/release$/.test(entry.path)).length, 1);
  assert.equal(await page.locator('.b-slot[aria-pressed=true]').count(), 1);
  await page.click('.b-slot >> nth=2');
  await page.waitForSelector('[name=email]');
  assert.equal(await page.inputValue('[name=email]'), 'greta@example.org');
}));

test('a time taken while writing: three nearest offered, nothing lost', () => run('/book/race', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice-warn');
  assert.equal(await page.evaluate(() => document.activeElement?.classList.contains('notice-warn')), true);
  assert.equal(await page.locator('.b-offers button').count(), 3);
  await page.click('.b-offers button >> nth=0');
  await page.waitForSelector('.b-hold');
  assert.equal(await page.inputValue('[name=name]'), 'Greta Lindqvist');
  await page.click('button[type=submit]');
  await page.waitForSelector('.b-done');
}));

test('an expired hold is tried without the hold', () => run('/book/expired', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.click('button[type=submit]');
  await page.waitForSelector('.b-done');
}));

test('another zone shows the same instant', () => run('/book/demo', {}, async (page) => {
  await toTimes(page);
  await page.click('.b-slot >> nth=0');
  await page.waitForSelector('[name=email]');
  const start = JSON.parse(posts('/holds')[0].body).start;
  await page.goBack();
  await page.waitForSelector('.b-slot[aria-pressed=true]');
  await page.click('.b-zone .link-btn');
  await page.selectOption('.b-zone select', 'Pacific/Auckland');
  await page.waitForFunction(() => document.querySelector('.b-slot[aria-pressed=true]'));
  const expected = new Intl.DateTimeFormat('en-GB', { hour: 'numeric', minute: '2-digit', timeZone: 'Pacific/Auckland' }).format(new Date(start));
  assert.equal((await page.locator('.b-slot[aria-pressed=true]').textContent())?.trim(), expected);
  assert.match(log.filter((entry) => entry.path.endsWith('/slots')).pop().query, /zone=Pacific%2FAuckland/);
}));

test('the message of the server stands at its field', () => run('/book/demo', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.fill('[name=email]', 'x@invalid.test');
  await page.click('button[type=submit]');
  await page.waitForSelector('.notice-danger');
  const described = await page.locator('[name=email]').getAttribute('aria-describedby');
  assert.match((await page.locator(`#${described}`).textContent()) ?? '', /Is not an address/);
  await page.click('.notice-danger a');
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('name')), 'email');
}));

test('nothing free this month: one press leads to the next free day', () => run('/book/later', {}, async (page) => {
  await page.click('.b-service >> nth=0');
  await page.click('.b-times .state .btn');
  await page.waitForSelector('.b-slot');
  await page.waitForFunction(() => document.activeElement?.id === 'b-times-title');
}));

test('opening the link of a booking changes nothing; buttons do', () => run('/book/demo', {}, async (page) => {
  await toDetails(page);
  await fillIn(page);
  await page.click('button[type=submit]');
  await page.click('.b-done a.btn-secondary');
  await page.waitForSelector('.b-card');
  assert.equal(log.filter((entry) => entry.method === 'POST' && /public\/bookings/.test(entry.path)).length, 0);
  await page.click('text=Yes, I will come');
  await page.waitForSelector('.badge-ok');
  await page.click('text=Move');
  await page.click('.b-slot >> nth=2');
  await page.click('text=Move appointment');
  await page.waitForSelector('.notice-ok');
  await page.click('text=Cancel appointment');
  await page.fill('dialog textarea', 'Ill');
  await page.click('dialog .btn-danger');
  await page.waitForSelector('.badge-danger');
  assert.equal(JSON.parse(log.filter((entry) => entry.method === 'POST').pop().body).reason, 'Ill');
  await page.click('text=Take it back');
  await page.waitForSelector('.badge-info');
}));

test('offline: said so, and loaded as soon as the network is back', () => run('/book/demo', {}, async (page, context) => {
  await context.setOffline(true);
  await page.click('.b-service >> nth=0');
  await page.waitForSelector('.state[role=alert]');
  assert.match((await page.locator('.state').textContent()) ?? '', /cannot be reached/);
  await context.setOffline(false);
  await page.waitForSelector('.b-slot');
}));

test('German for a German browser', () => run('/book/demo', { locale: 'de-AT' }, async (page) => {
  assert.equal(await page.locator('h1').textContent(), 'Was möchten Sie buchen?');
  assert.equal(await page.getAttribute('html', 'lang'), 'de');
}));

test('without JavaScript the page says what to do', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(`${base}/book/demo`);
  assert.match(await page.locator('body').innerText(), /phone the clinic/);
  await context.close();
});

for (const [name, options] of [
  ['light', {}], ['dark', { colorScheme: 'dark' }], ['390', { viewport: { width: 390, height: 844 } }],
  ['320 dark', { viewport: { width: 320, height: 640 }, colorScheme: 'dark' }], ['forced colours', { forcedColors: 'active' }],
]) {
  for (const slug of ['demo', 'long']) {
    test(`axe and no sideways scrolling: ${slug}, ${name}`, () => run(`/book/${slug}`, options, async (page, context) => {
      const look = async () => {
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), 0);
        await axe(page, context);
      };
      await look();
      await toTimes(page);
      await look();
      await page.click('.b-slot >> nth=1');
      await page.waitForSelector('[name=email]');
      await page.click('button[type=submit]');
      await page.waitForSelector('.notice-danger');
      await look();
      await fillIn(page);
      await page.click('button[type=submit]');
      await page.waitForSelector('.b-done');
      await look();
    }));
  }
}
