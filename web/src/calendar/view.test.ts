import { test } from 'node:test';
import assert from 'node:assert/strict';
import { datesOf, ordered, readView, stepDate, titleOf, usedDates } from './view';

const read = (text: string, narrow = false) => readView(new URLSearchParams(text), '2026-11-22', narrow);

test('the address says what is shown, and nonsense falls back', () => {
  assert.equal(read('').view, 'day');
  assert.equal(read('', true).view, 'agenda');
  assert.equal(read('view=month&date=2026-02-31').date, '2026-11-22');
  const full = read('view=week&date=2026-11-25&by=chair&hide=a,b&cancelled=1');
  assert.deepEqual([full.view, full.by, full.date, [...full.hidden], full.cancelled], ['week', 'resource', '2026-11-25', ['a', 'b'], true]);
});

test('a week begins where the clinic says, and steps go by what is shown', () => {
  const week = read('view=week&date=2026-11-25');
  assert.equal(datesOf(week, 1)[0], '2026-11-23');
  assert.equal(datesOf(week, 7)[0], '2026-11-22');
  assert.equal(stepDate(week, 1), '2026-12-02');
  assert.equal(stepDate(read('date=2026-11-30'), 1), '2026-12-01');
});

test('titles over the ends of months', () => {
  assert.match(titleOf(['2026-11-23', '2026-11-29']), /^23 – 29 /);
  assert.match(titleOf(['2026-11-30', '2026-12-06']), /2026$/);
});

test('weekends take room only when they are used', () => {
  const week = datesOf(read('view=week&date=2026-11-25'), 1);
  assert.equal(usedDates(week, new Set(), '2026-11-25').length, 5);
  assert.equal(usedDates(week, new Set(['2026-11-28']), '2026-11-25').length, 6);
});

test('a month shows whole weeks and steps by its first day', () => {
  const month = read('view=month&date=2026-01-31');
  const dates = datesOf(month, 1);
  assert.deepEqual([dates[0], dates[dates.length - 1], dates.length % 7], ['2025-12-29', '2026-02-01', 0]);
  assert.equal(datesOf(month, 7)[0], '2025-12-28');
  assert.equal(stepDate(month, 1), '2026-02-01');
});

test('columns take the wanted order, and new ones come last', () => {
  const list = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
  assert.deepEqual(ordered(list, ['c', 'gone', 'a']).map((one) => one.id), ['c', 'a', 'b']);
  assert.equal(ordered(list, []), list);
});
