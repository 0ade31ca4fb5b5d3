import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ruleOf, type Repetition } from './rule';

const base: Repetition = { every: '1', unit: 'weeks', days: new Set(), ends: 'after', times: '5', until: '' };

test('a repetition becomes a rule', () => {
  assert.equal(ruleOf({ ...base, every: '6' }, '2026-11-23'), 'FREQ=WEEKLY;INTERVAL=6;COUNT=5');
  assert.equal(ruleOf({ ...base, days: new Set(['FR', 'MO']) }, '2026-11-23'), 'FREQ=WEEKLY;BYDAY=MO,FR;COUNT=5');
  assert.equal(ruleOf({ ...base, unit: 'monthsDay', ends: 'until', until: '2027-06-30' }, '2026-11-23'), 'FREQ=MONTHLY;BYDAY=4MO;UNTIL=20270630');
  assert.equal(ruleOf({ ...base, unit: 'monthsDay' }, '2026-11-30'), 'FREQ=MONTHLY;BYDAY=-1MO;COUNT=5');
});

test('a repetition may go on without an end', () => {
  assert.equal(ruleOf({ ...base, ends: 'never', times: '' }, '2026-11-23'), 'FREQ=WEEKLY');
});

test('what is not filled in is no rule', () => {
  assert.equal(ruleOf({ ...base, every: '0' }, '2026-11-23'), null);
  assert.equal(ruleOf({ ...base, times: '' }, '2026-11-23'), null);
  assert.equal(ruleOf({ ...base, times: '400' }, '2026-11-23'), null);
  assert.equal(ruleOf({ ...base, ends: 'until' }, '2026-11-23'), null);
});
