import { test } from 'node:test';
import assert from 'node:assert/strict';
import { formatRate, parseRate } from './rate';

test('rates as people type them', () => {
  for (const [text, ppm] of [['19', 190_000], ['8.1', 81_000], ['8,125', 81_250], ['0', 0], ['100', 1_000_000], [' 7 % ', 70_000]] as const) assert.equal(parseRate(text), ppm);
  for (const text of ['', '-1', '101', '100.1', 'x', '1.23456']) assert.equal(parseRate(text), null);
  assert.equal(formatRate(81_250, 'en'), '8.125%');
});
