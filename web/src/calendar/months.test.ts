import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { CalendarMonth, MonthItem } from '../api/types';
import { mergeMonths } from './months';

const month = (starts: string[], requested = 0): CalendarMonth => ({ time_zone: 'UTC', days: [{ date: '2026-11-23', total: starts.length, requested, first: starts.slice(0, 3).map((start) => ({ id: start, start }) as MonthItem) }] });

test('days of several providers: numbers add up, the earliest come first', () => {
  const both = mergeMonths([month(['09', '11', '12', '13'], 1), month(['10'])]);
  assert.deepEqual(both.days.map((d) => [d.total, d.requested, d.first.map((i) => i.start)]), [[5, 1, ['09', '10', '11']]]);
});
