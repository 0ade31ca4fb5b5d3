import { test } from 'node:test';
import assert from 'node:assert/strict';
import { countdown, secondsLeft } from './countdown';
import { themeFrom } from './theme';

test('the earlier of the two ends counts', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  assert.equal(secondsLeft('2026-11-23T10:02:00Z', '2026-11-23T20:00:00Z', now), 120);
  assert.equal(secondsLeft('2026-11-23T11:00:00Z', '2026-11-23T10:00:30Z', now), 30);
  assert.equal(countdown(119), '1 min 59 s');
  assert.equal(countdown(20), '20 s');
});

test('the theme comes from the cookie, and only the two known ones', () => {
  assert.equal(themeFrom('a=1; theme=dark'), 'dark');
  assert.equal(themeFrom('theme=purple'), 'system');
  assert.equal(themeFrom('mytheme=dark'), 'system');
});
