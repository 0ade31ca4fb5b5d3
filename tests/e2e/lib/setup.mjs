/* Starts build/clinicd on a folder of its own with a demo clinic, and stops that very process afterwards. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const PROGRAM = process.env.CLINICD_TEST_PROGRAM ?? join(ROOT, 'build', 'clinicd');
const PASSWORD = 'correct horse battery staple';

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer();
  server.on('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

async function ready(url, child) {
  for (let i = 0; i < 150; i++) {
    if (child.exitCode !== null) return false;
    try {
      if ((await fetch(`${url}/ready`)).ok) return true;
    } catch { /* not listening yet */ }
    await sleep(100);
  }
  return false;
}

async function standIn(name, command, script, envOf) {
  const child = spawn(command, [join(ROOT, 'tests', 'lib', ...script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const line = await new Promise((resolve, reject) => {
    child.stdout.once('data', (data) => resolve(String(data)));
    child.once('exit', () => reject(new Error(`the stand-in for ${name} did not start`)));
  });
  const url = `http://127.0.0.1:${line.trim()}`;
  const stop = () => { child.stdin.end(); child.kill('SIGTERM'); };
  return { stop, url, env: envOf(url) };
}

/** Google, as far as a calendar needs it, and Stripe, as far as payments need it. */
const google = () => standIn('Google', '/usr/bin/python3', ['google_standin.py'], (url) => ({
  CLINICD_GOOGLE_CLIENT_ID: 'clinic-client', CLINICD_GOOGLE_CLIENT_SECRET: 'clinic-secret', CLINICD_GOOGLE_AUTH_URL: `${url}/auth`,
  CLINICD_GOOGLE_TOKEN_URL: `${url}/token`, CLINICD_GOOGLE_REVOKE_URL: `${url}/revoke`, CLINICD_GOOGLE_API_URL: `${url}/api`,
}));
const stripe = () => standIn('Stripe', process.execPath, ['stripe', 'standin.mjs'], (url) => ({ CLINICD_STRIPE_API_URL: url }));

export default async function setup() {
  if (process.env.E2E_URL) return undefined; // against a server that runs already, while writing specs
  const data = mkdtempSync(join(tmpdir(), 'clinicd-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const others = [await google(), await stripe()];
  const env = {
    ...process.env, ...others[0].env, ...others[1].env, CLINICD_LISTEN: `127.0.0.1:${port}`, CLINICD_BASE_URL: url,
    // Everything here comes from one address: the limits have tests of their own.
    CLINICD_RATE_BOOKING_PER_MINUTE: '1000', CLINICD_RATE_PUBLIC_PER_MINUTE: '100000', CLINICD_RATE_LOGIN_PER_MINUTE: '1000',
  };
  execFileSync(PROGRAM, ['init', '--data', data], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(PROGRAM, ['demo', '--data', data, '--password', PASSWORD], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const log = openSync(join(data, 'server.log'), 'w');
  const child = spawn(PROGRAM, ['serve', '--data', data], { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const gone = new Promise((resolve) => child.on('exit', resolve));
  if (!(await ready(url, child))) {
    console.log(readFileSync(join(data, 'server.log'), 'utf8').slice(-4000));
    child.kill('SIGKILL');
    throw new Error(`${PROGRAM} did not come up`);
  }
  Object.assign(process.env, { E2E_URL: url, E2E_DATA: data, E2E_EMAIL: 'desk@demo.test', E2E_PASSWORD: PASSWORD, E2E_GOOGLE: others[0].url, E2E_STRIPE: others[1].url });

  return async () => {
    child.kill('SIGTERM');
    const stopped = await Promise.race([gone.then((code) => ({ code })), sleep(15_000, null)]);
    if (!stopped) child.kill('SIGKILL');
    for (const other of others) other.stop();
    const text = readFileSync(join(data, 'server.log'), 'utf8');
    rmSync(data, { recursive: true, force: true });
    if (!stopped || stopped.code !== 0) {
      console.log(text.slice(-4000));
      throw new Error(stopped ? `the server ended with code ${stopped.code}` : 'the server did not stop within 15 s');
    }
  };
}
