import { test } from 'node:test';
import assert from 'node:assert/strict';
import { setLocale } from '../lib/time';
import { buildColumns, buildGrid, clock, dayDistance, duration, minutesOn, NO_RESOURCE, type ToWall } from './model';

/** A zone without offset is enough here: the zone's arithmetic is tested where it lives. */
const toWall: ToWall = (instant) => ({ date: instant.slice(0, 10), minute: Number(instant.slice(11, 13)) * 60 + Number(instant.slice(14, 16)) });
const amari = { id: 'p1', name: 'Dr. Amari', color: '#2563eb', detail: null };
const brandt = { id: 'p2', name: 'Dr. Brandt', color: null, detail: null };
const day = '2026-11-23';
const item = (id: string, provider_id: string, from: string, to: string, resource_ids: string[] = []) => ({ id, provider_id, resource_ids, start: `${day}T${from}:00Z`, end: `${day}T${to}:00Z`, status: 'scheduled' });

test('items fall into the column of their provider, closed hours are what is not open', () => {
  const grid = buildGrid({
    columns: buildColumns([day], 'provider', [amari, brandt]),
    items: [item('a', 'p1', '09:00', '10:00'), item('b', 'p1', '09:30', '10:00'), item('x', 'hidden', '06:00', '07:00')],
    blocked: [{ id: 'k', kind: 'provider', subject_id: 'p2', start: `${day}T12:00:00Z`, end: `${day}T13:00:00Z` }],
    open: [{ provider_id: 'p1', location_id: 'l', start: `${day}T08:00:00Z`, end: `${day}T17:30:00Z` }],
    toWall,
  });
  assert.deepEqual(grid.range, { first: 480, last: 1080 });
  assert.deepEqual(grid.columns[0]!.items.map((i) => [i.item.id, i.lane.lane, i.lane.lanes]), [['a', 0, 2], ['b', 1, 2]]);
  assert.deepEqual(grid.columns[0]!.closed, [{ start: 1050, end: 1080 }]);
  assert.deepEqual(grid.columns[1]!.closed, [{ start: 480, end: 1080 }]);
  assert.equal(grid.columns[1]!.blocked[0]!.start, 720);
  assert.equal(grid.columns[0]!.openMinutes, 570);
});

test('chairs: an appointment in two chairs is in both, one without a chair has a column of its own', () => {
  const chairs = [{ ...amari, id: 'c1' }, { ...amari, id: 'c2' }, NO_RESOURCE];
  const grid = buildGrid({ columns: buildColumns([day], 'resource', chairs), items: [item('a', 'p1', '09:00', '10:00', ['c1', 'c2']), item('b', 'p1', '09:00', '10:00')], blocked: [], open: [], toWall });
  assert.deepEqual(grid.columns.map((c) => c.items.map((i) => i.item.id)), [['a'], ['a'], ['b']]);
});

test('helpers and resources have their own windows, the lead provider may leave earlier', () => {
  const whole = item('a', 'p1', '09:00', '10:00', ['c1']);
  const parts = [{ subject_id: 'p2', kind: 'provider' as const, start: `${day}T09:40:00Z`, end: `${day}T10:00:00Z` }, { subject_id: 'c1', kind: 'resource' as const, start: `${day}T09:00:00Z`, end: `${day}T10:00:00Z` }];
  const rest = { blocked: [], open: [], toWall };
  const people = buildGrid({ ...rest, columns: buildColumns([day], 'provider', [amari, brandt]), items: [{ ...whole, parts, lead_min: 45 }] });
  assert.deepEqual(people.columns.map((c) => c.items.map((p) => [p.start, p.end, p.share, p.whole.end])), [[[540, 585, 'lead', 600]], [[580, 600, 'part', 600]]]);
  const chairs = buildGrid({ ...rest, columns: buildColumns([day], 'resource', [{ ...amari, id: 'c1' }]), items: [{ ...whole, parts, lead_min: 45 }] });
  assert.deepEqual(chairs.columns[0]?.items.map((p) => [p.start, p.end, p.share]), [[540, 600, 'all']]);
});

test('what crosses midnight counts on, and the hour that a clock repeats is not turned round', () => {
  assert.deepEqual(minutesOn({ date: day, minute: 1410 }, { date: '2026-11-24', minute: 30 }), { start: 1410, end: 1470 });
  assert.deepEqual(minutesOn({ date: day, minute: 170 }, { date: day, minute: 130 }), { start: 170, end: 175 });
  assert.equal(dayDistance('2026-12-31', '2027-01-01'), 1);
});

test('a block over several days darkens each of them', () => {
  const grid = buildGrid({ columns: buildColumns(['2026-11-23', '2026-11-24', '2026-11-25'], 'provider', [amari]), items: [], blocked: [{ id: 'k', kind: 'provider', subject_id: 'p1', start: '2026-11-23T22:00:00Z', end: '2026-11-25T08:00:00Z' }], open: [], toWall });
  assert.deepEqual(grid.columns.map((c) => c.blocked.map((b) => [b.start, b.end])), [[[1320, 1440]], [[0, 1440]], [[0, 480]]]);
});

test('words for times', () => {
  setLocale('en-US');
  assert.match(clock(545), /^9:05.AM$/);
  setLocale('en-GB');
  assert.equal(clock(545), '09:05');
  assert.equal(clock(1470), '00:30');
  assert.equal(duration(45), '45 min');
  assert.equal(duration(90), '1 h 30 min');
  assert.equal(duration(120), '2 h');
});
