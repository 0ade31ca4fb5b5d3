/* test with a watch on the page: a report of the content security policy, an error in the console or an exception fails the
 * test, also when everything looked right. And what several specs do: sign in, run axe, read the mail. */
import AxeBuilder from '@axe-core/playwright';
import { expect, test as base } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/* The browser writes a console line for each refused request. Refusals are answers; anything else is not. And one for each request
 * that meets the network a test has just taken away (setOffline): what the page makes of that is the test's subject. */
const REFUSAL = /^Failed to load resource: (the server responded with a status of (401|409|412|422)|net::ERR_INTERNET_DISCONNECTED)/;

export const test = base.extend({
  baseURL: async ({}, use) => use(process.env.E2E_URL),

  context: async ({ context }, use) => {
    const problems = [];
    await context.exposeBinding('e2eReport', (_source, text) => { problems.push(text); });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        window.e2eReport(`CSP: ${event.violatedDirective} refused ${event.blockedURI || event.sample} (${event.sourceFile}:${event.lineNumber})`);
      });
    });
    context.on('console', (message) => {
      if (message.type() === 'error' && !REFUSAL.test(message.text())) problems.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => problems.push(`exception: ${error.error().stack ?? error.error()}`));
    await use(context);
    expect(problems, 'reports of the security policy, console errors and exceptions').toEqual([]);
  },
});

export { expect };

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Layouts that listen to the window have had their frame, and colours that fade have arrived. What lasts longer than a second (a message that goes by itself) is not waited for. */
export async function settled(page) {
  await page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime <= 1000);
    await Promise.all(ending.map((one) => one.finished.catch(() => undefined)));
  });
}

/** No violation on the page as it stands, when what moves has arrived. Soft, like the next: one run tells about all screens. */
export async function expectAccessible(page, what) {
  await settled(page);
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  const lines = violations.flatMap((one) => one.nodes.map((node) => `${one.id} (${one.impact}): ${node.target.join(' ')} · ${node.failureSummary?.split('\n')[1]?.trim()}`));
  expect.soft(lines, `axe on ${what}`).toEqual([]);
}

/** Nothing to scroll sideways: for narrow screens and large text. */
export async function expectNoSideways(page, what) {
  const [inner, content] = await page.evaluate(() => [document.documentElement.clientWidth, document.documentElement.scrollWidth]);
  expect.soft(content, `${what} is wider than the screen`).toBeLessThanOrEqual(inner);
}

/** Bearer tokens for what a test prepares or checks without the browser. Asked for once. */
const tokens = {};
export const OWNER = 'owner@demo.test';
export async function api(request, method, path, data, email = process.env.E2E_EMAIL) {
  const url = process.env.E2E_URL;
  if (!tokens[email]) {
    const answer = await request.post(`${url}/api/v1/auth/token`, { data: { email, password: process.env.E2E_PASSWORD } });
    expect(answer.status()).toBe(200);
    tokens[email] = (await answer.json()).data.token;
  }
  return request.fetch(`${url}/api/v1/${path}`, { method, data, headers: { authorization: `Bearer ${tokens[email]}` } });
}

export async function apiData(request, method, path, data, email) {
  const answer = await api(request, method, path, data, email);
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()).data;
}

/** Texts of the mails in the outgoing folder that hold all of these words; transfer encodings undone. */
export function mailsWith(...words) {
  const folder = join(process.env.E2E_DATA, 'mail');
  let names = [];
  try { names = readdirSync(folder).filter((name) => name.endsWith('.eml')); } catch { /* none sent yet */ }
  return names.map((name) => decoded(readFileSync(join(folder, name), 'latin1'))).filter((text) => words.every((word) => text.includes(word)));
}

/** Enough of MIME for our own mails: quoted-printable and base64 parts as text. */
function decoded(raw) {
  const unfolded = raw.replace(/\r\n/g, '\n');
  return unfolded.split(/\n--[^\n]+\n/).map((part) => {
    const [head, ...rest] = part.split('\n\n');
    const body = rest.join('\n\n');
    if (/content-transfer-encoding:\s*base64/i.test(head)) return `${head}\n\n${Buffer.from(body, 'base64').toString('utf8')}`;
    if (!/content-transfer-encoding:\s*quoted-printable/i.test(head)) return part;
    const bytes = body.replace(/=\n/g, '').replace(/=([0-9A-F]{2})/g, (_m, hex) => String.fromCharCode(parseInt(hex, 16)));
    return `${head}\n\n${Buffer.from(bytes, 'latin1').toString('utf8')}`;
  }).join('\n--part--\n');
}

/** Signs in through the page and waits until the frame around every page is there. */
export async function signIn(page, email = process.env.E2E_EMAIL) {
  await page.goto('/app');
  await page.getByLabel(/e-?mail/i).fill(email);
  await page.getByLabel(/password/i).first().fill(process.env.E2E_PASSWORD);
  await page.getByRole('button', { name: /sign in/i }).click();
  await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
}
