import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inLane, lateBy, saidOf, type FlowItem } from './model';

const T = Date.parse('2026-11-23T10:00:00Z');
const item = (over: Partial<FlowItem>): FlowItem => ({ id: 'a', client_id: 'c', client_name: 'Ana', patient_name: 'Ana', patient_kind: 'self', service_name: 'S', color: '#000000', provider_id: 'p', provider_name: 'P', location_id: 'l', location_name: 'L', time_zone: 'UTC', start: '2026-11-23T10:00:00Z', end: '2026-11-23T10:30:00Z', status: 'scheduled', version: 1, notes: false, arrived_at: null, started_at: null, completed_at: null, transitions: [], ...over });

test('nobody is late unless the clinic says when', () => {
  assert.equal(lateBy(item({}), null, T + 60 * 60_000), null);
  assert.equal(lateBy(item({}), 10, T + 9 * 60_000), null);
  assert.equal(lateBy(item({}), 10, T + 10 * 60_000), 10);
  assert.equal(lateBy(item({}), 0, T), null);
  assert.equal(lateBy(item({ status: 'checked_in' }), 10, T + 60 * 60_000), null);
});

test('what is said of a row', () => {
  assert.deepEqual(saidOf(item({}), null, T - 5 * 60_000), { key: 'due', minutes: 5 });
  assert.deepEqual(saidOf(item({}), null, T - 90 * 60_000), { key: 'expected', minutes: 0 });
  assert.deepEqual(saidOf(item({ status: 'checked_in', arrived_at: '2026-11-23T09:50:00Z' }), null, T + 2 * 60_000), { key: 'waiting', minutes: 12 });
  assert.deepEqual(saidOf(item({ status: 'no_show' }), 5, T), { key: 'missed', minutes: 0 });
});

test('who waits longest comes first', () => {
  const rows = [item({ id: '1', status: 'checked_in', arrived_at: '2026-11-23T09:58:00Z' }), item({ id: '2', status: 'checked_in', arrived_at: '2026-11-23T09:40:00Z' }), item({ id: '3' })];
  assert.deepEqual(inLane(rows, 'waiting').map((row) => row.id), ['2', '1']);
  assert.deepEqual(inLane(rows, 'expected').map((row) => row.id), ['3']);
});
