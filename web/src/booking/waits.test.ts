import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowsOf } from './waits';

test('when a time would suit', () => {
  assert.deepEqual(windowsOf(new Set(), new Set()), []);
  assert.deepEqual(windowsOf(new Set([3, 1]), new Set()), [{ weekday: 1, start: '00:00', end: '24:00' }, { weekday: 3, start: '00:00', end: '24:00' }]);
  assert.deepEqual(windowsOf(new Set([2]), new Set(['afternoon', 'morning'])), [{ weekday: 2, start: '00:00', end: '17:00' }]);
  assert.deepEqual(windowsOf(new Set([2]), new Set(['evening', 'morning'])), [{ weekday: 2, start: '00:00', end: '12:00' }, { weekday: 2, start: '17:00', end: '24:00' }]);
  assert.equal(windowsOf(new Set(), new Set(['morning', 'evening'])).length, 14); /* the server takes 21 */
});
