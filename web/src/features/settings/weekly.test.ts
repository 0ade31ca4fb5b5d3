import { test } from 'node:test';
import assert from 'node:assert/strict';
import { checkExceptions, checkWeekly, copyDay, nextStretch, toServer } from './weekly';

const row = (weekday: number, start: string, end: string) => ({ location_id: 'l', weekday, start, end });

test('overlaps and turned times are found, a pause is not an overlap', () => {
  assert.equal(checkWeekly([row(1, '09:00', '12:00'), row(1, '13:00', '17:00'), row(2, '10:00', '11:00')]).size, 0);
  assert.deepEqual([...checkWeekly([row(1, '09:00', '12:00'), row(1, '11:00', '13:00')]).keys()], [1]);
  assert.deepEqual([...checkWeekly([row(1, '09:00', '08:00'), row(3, '', '09:00')]).keys()], [0, 1]);
  assert.equal(checkWeekly([row(1, '20:00', '00:00')]).size, 0);
});

test('midnight is sent as 24:00, and days are in order', () => {
  assert.deepEqual(toServer([row(2, '08:00', '09:00'), row(1, '20:00', '00:00')]).map((r) => [r.weekday, r.end]), [[1, '24:00'], [2, '09:00']]);
});

test('another stretch begins after a pause', () => {
  assert.deepEqual(nextStretch([], 1, 'l'), row(1, '09:00', '17:00'));
  assert.deepEqual(nextStretch([row(1, '08:00', '12:00')], 1, 'l'), row(1, '13:00', '17:00'));
  assert.deepEqual(nextStretch([row(1, '08:00', '23:00')], 1, 'l'), row(1, '23:00', '00:00'));
});

test('one day is copied to the working days, the weekend stays', () => {
  const copied = copyDay([row(1, '08:00', '12:00'), row(2, '10:00', '11:00'), row(6, '09:00', '13:00')], 1);
  assert.deepEqual(copied.map((r) => r.weekday).sort(), [1, 2, 3, 4, 5, 6]);
  assert.equal(copied.find((r) => r.weekday === 2)?.start, '08:00');
});

test('an exception is closed, or has hours', () => {
  const base = { date: '2026-12-24', location_id: null, note: null };
  assert.equal(checkExceptions([{ ...base, closed: true, start: null, end: null }]).size, 0);
  assert.equal(checkExceptions([{ ...base, closed: false, start: '09:00', end: null }]).size, 1);
  assert.equal(checkExceptions([{ ...base, date: '', closed: true, start: null, end: null }]).size, 1);
});
