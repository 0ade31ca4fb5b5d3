import { test } from 'node:test';
import assert from 'node:assert/strict';
import { byKey, drawnOf, fit, put, rangeOf } from './stretches';

const row = (weekday: number, start: string, end: string) => ({ location_id: 'l', weekday, start, end });
const days = [1, 2, 3, 4, 5, 6, 7];
const morning = { weekday: 1, start: 540, end: 720, location_id: 'l' };

test('rows are drawn in minutes, midnight is the end of the day, half-typed ones are left out', () => {
  assert.deepEqual(drawnOf([row(1, '09:00', '12:00'), row(2, '', '10:00'), row(3, '20:00', '00:00')]).map((d) => [d.index, d.start, d.end]), [[0, 540, 720], [2, 1200, 1440]]);
  assert.deepEqual(rangeOf([{ ...morning, start: 330 }]), { first: 300, last: 1200 });
});

test('a stretch goes where nothing is in the way, and nowhere else', () => {
  const rows = [row(1, '09:00', '12:00'), row(1, '13:00', '17:00')];
  assert.equal(put(rows, 0, { ...morning, end: 785 }), null);
  assert.deepEqual(put(rows, 0, { ...morning, end: 780 })?.[0], row(1, '09:00', '13:00'));
  assert.deepEqual(put(rows, null, { ...morning, weekday: 2, start: 1380, end: 1440 })?.[2], row(2, '23:00', '24:00'));
});

test('keys move, lengthen and shorten, within the day and the week', () => {
  const key = (name: string, more = {}) => byKey(morning, { key: name, shiftKey: false, altKey: false, ...more }, days);
  assert.deepEqual([key('ArrowDown')?.start, key('ArrowDown')?.end], [555, 735]);
  assert.deepEqual([key('ArrowDown', { shiftKey: true })?.start, key('ArrowDown', { shiftKey: true })?.end], [540, 735]);
  assert.deepEqual(key('ArrowUp', { altKey: true })?.start, 525);
  assert.deepEqual([key('ArrowRight')?.weekday, key('ArrowLeft'), key('x')], [2, null, null]);
  assert.deepEqual(byKey({ ...morning, start: 0, end: 60 }, { key: 'ArrowUp', shiftKey: false, altKey: false }, days)?.start, 0);
  assert.deepEqual(fit({ ...morning, start: 1438, end: 1500 }), { ...morning, start: 1425, end: 1440 });
});
