import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupWindows } from './windows';

test('days of one time of day stand together', () => {
  assert.deepEqual(groupWindows([]), []);
  assert.deepEqual(groupWindows([{ weekday: 3, start: '09:00', end: '12:00' }, { weekday: 1, start: '17:00', end: '24:00' }, { weekday: 1, start: '09:00', end: '12:00' }, { weekday: 3, start: '09:00', end: '12:00' }]), [
    { days: [1, 3], start: '09:00', end: '12:00' }, { days: [1], start: '17:00', end: '24:00' },
  ]);
});
