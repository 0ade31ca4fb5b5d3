import { defineConfig } from '@playwright/test';

/* One server for all specs (lib/setup.mjs), each spec file in a clean browser. Times are the clinic's: the demo clinic
 * lives in Europe/Bucharest, the visitor here in another zone, so that a mix-up shows. */
export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.mjs',
  outputDir: 'test-results',
  globalSetup: './lib/setup.mjs',
  reporter: [['./lib/reporter.mjs']],
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 150_000, /* limits for what hangs; how fast something is is measured elsewhere, not on a machine that also builds */
  globalTimeout: 28 * 60_000,
  expect: { timeout: 20_000 },
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--disable-dev-shm-usage'] },
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Lisbon',
    screenshot: 'only-on-failure',
    trace: 'off',
  },
});
