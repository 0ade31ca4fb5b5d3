import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { CalendarItem, GroupSession } from '../api/types';
import { withSessions } from './groups';

const start = '2026-11-23T09:00:00Z';
const session = { id: 's1', service_id: 'yoga', service_name: 'Yoga', provider_id: 'p1', start, end: '2026-11-23T10:00:00Z', seats: 8, taken: 2, cancelled_at: null } as GroupSession;
const item = (id: string, changes: Partial<CalendarItem> = {}) => ({ id, service_id: 'yoga', provider_id: 'p1', start, status: 'scheduled', resource_ids: ['room'], ...changes }) as CalendarItem;

test('seats stand in one card, with the room of the first; others stay', () => {
  const shown = withSessions([item('a'), item('b'), item('c', { provider_id: 'p2' }), item('d', { status: 'cancelled' })], [session]);
  assert.deepEqual(shown.map((one) => one.id), ['c', 'd', 'session-s1']);
  assert.deepEqual([shown[2]?.session, shown[2]?.resource_ids], [{ id: 's1', taken: 2, seats: 8 }, ['room']]);
});

test('a cancelled session is not shown', () => {
  assert.deepEqual(withSessions([item('a')], [{ ...session, cancelled_at: start }]).map((one) => one.id), ['a']);
});

test('a session without anybody stands in the columns of its rooms all the same', () => {
  const parts = [{ subject_id: 'room2', kind: 'resource' as const, start, end: session.end }, { subject_id: 'p9', kind: 'provider' as const, start, end: session.end }];
  const [shown] = withSessions([], [{ ...session, taken: 0, parts }]);
  assert.deepEqual([shown?.resource_ids, shown?.parts], [['room2'], parts]);
});
