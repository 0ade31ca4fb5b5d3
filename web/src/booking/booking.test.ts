import assert from 'node:assert/strict';
import { test } from 'node:test';
import de from '../locales/booking.de.json';
import first from '../locales/booking.en.json';
import more from '../locales/booking.more.en.json';

const en = { ...first, ...more };
import type { Slot } from '../api/types';
import { serverErrors } from '../ui/useForm';
import { ApiError } from '../lib/http';
import { Once } from './once';
import { byDay, byPart, clampDay, nearest, walkDays, windows, WINDOW_DAYS, withoutTwins } from './slots';

const slot = (start: string, provider = 'p1', location = 'l1'): Slot => ({ start, end: start, provider_id: provider, location_id: location });

test('one button for a time, unless the places differ', () => {
  const slots = [slot('2026-11-23T09:00:00Z'), slot('2026-11-23T09:00:00Z', 'p2'), slot('2026-11-23T09:00:00Z', 'p1', 'l2')];
  assert.equal(withoutTwins(slots, false).length, 1);
  assert.equal(withoutTwins(slots, true).length, 2);
});

test('days are days of the zone that is shown', () => {
  const slots = [slot('2026-11-23T23:30:00Z'), slot('2026-11-23T09:00:00Z')];
  assert.deepEqual([...byDay(slots, 'Europe/Berlin').keys()], ['2026-11-23', '2026-11-24']);
  assert.deepEqual([...byDay(slots, 'UTC').keys()], ['2026-11-23']);
  assert.deepEqual(byPart(slots, 'UTC').map((group) => group.part), ['morning', 'evening']);
});

test('the search for the next free day asks for whole windows without gaps', () => {
  const list = windows('2026-11-22', '2027-02-20');
  assert.equal(list[0]?.from, '2026-11-22');
  assert.equal(list[list.length - 1]?.to, '2027-02-20');
  for (const [index, range] of list.entries()) {
    const next = list[index + 1];
    if (next) assert.equal((Date.parse(next.from) - Date.parse(range.to)) / 86_400_000, 1);
    assert.ok((Date.parse(range.to) - Date.parse(range.from)) / 86_400_000 < WINDOW_DAYS);
  }
  assert.deepEqual(windows('2026-12-02', '2026-12-01'), []);
});

test('the nearest times, in the order of the clock', () => {
  const slots = ['07:30', '09:30', '10:30', '12:00', '16:00'].map((time) => slot(`2026-11-23T${time}:00Z`));
  assert.deepEqual(nearest(slots, '2026-11-23T10:00:00Z', 3).map((one) => one.start.slice(11, 16)), ['09:30', '10:30', '12:00']);
});

test('keys of the month grid', () => {
  assert.deepEqual(walkDays('ArrowRight', '2026-11-23', 1), { days: 1 });
  assert.deepEqual(walkDays('ArrowRight', '2026-11-23', 1, true), { days: -1 });
  assert.deepEqual(walkDays('Home', '2026-11-25', 1), { days: -2 });
  assert.deepEqual(walkDays('End', '2026-11-25', 7), { days: 3 });
  assert.deepEqual(walkDays('PageDown', '2026-11-25', 1), { months: 1 });
  assert.equal(walkDays('a', '2026-11-25', 1), null);
  assert.equal(clampDay('2026-11-01', '2026-11-22', '2027-01-01'), '2026-11-22');
  assert.equal(clampDay('2027-11-01', '2026-11-22', '2027-01-01'), '2027-01-01');
});

test('one key for one intention', () => {
  let made = 0;
  const once = new Once(() => `key${(made += 1)}`);
  const first = once.keyFor({ start: 'a', name: 'Ana' });
  assert.equal(once.keyFor({ start: 'a', name: 'Ana' }), first);
  assert.notEqual(once.keyFor({ start: 'a', name: 'Eva' }), first);
  once.forget();
  assert.notEqual(once.keyFor({ start: 'a', name: 'Eva' }), 'key2');
});

test('the messages of the server land at their fields', () => {
  const error = new ApiError(422, 'VALIDATION_ERROR', 'No.', { fields: { 'client.email': 'is not an address', start: 'is in the past' } });
  const found = serverErrors(error, ['name', 'email']);
  assert.deepEqual(found.fields, { email: 'Is not an address' });
  assert.deepEqual(found.rest, ['start: is in the past']);
});

test('the German texts are complete and have the same places', () => {
  const places = (text: unknown): string[] => [...new Set(JSON.stringify(text).match(/\{\w+\}/g) ?? [])].sort();
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) assert.deepEqual(places(de[key]), places(en[key]), key);
});
