import { test } from 'node:test';
import assert from 'node:assert/strict';
import { verdict } from './model';

test('a count is exact, short or over', () => {
  assert.deepEqual(verdict(100, 100), { kind: 'exact', by: 0 });
  assert.deepEqual(verdict(95, 100), { kind: 'short', by: 5 });
  assert.deepEqual(verdict(101, 100), { kind: 'over', by: 1 });
});
