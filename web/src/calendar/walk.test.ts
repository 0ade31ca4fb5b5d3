import { test } from 'node:test';
import assert from 'node:assert/strict';
import { settle, stationAt, walk, type Station, type WalkGrid } from './walk';
import type { Span } from './layout';

const range = { first: 480, last: 1080 };
const grid: WalkGrid = {
  range,
  columns: [
    [{ id: 'a', start: 540, end: 600 }, { id: 'b', start: 600, end: 620 }, { id: 'c', start: 640, end: 660 }],
    [{ id: 'd', start: 540, end: 720 }, { id: 'e', start: 570, end: 600 }],
    [],
  ],
};
const slot = (column: number, minute: number): Station => ({ column, minute, id: null });

test('down visits rows and appointments in order', () => {
  let at = slot(0, 510);
  const seen: (string | number)[] = [];
  for (let i = 0; i < 6; i += 1) {
    at = walk(grid, at, 'ArrowDown');
    seen.push(at.id ?? at.minute);
  }
  assert.deepEqual(seen, [525, 'a', 'b', 'c', 660, 675]);
});

test('an appointment inside another is reached, and what they cover is no empty row', () => {
  const d = stationAt(grid, 1, 540);
  assert.equal(d.id, 'd');
  const e = walk(grid, d, 'ArrowDown');
  assert.equal(e.id, 'e');
  assert.deepEqual(walk(grid, e, 'ArrowDown'), slot(1, 720));
  assert.equal(walk(grid, e, 'ArrowUp').id, 'd');
});

test('left and right keep the time', () => {
  assert.equal(walk(grid, slot(2, 585), 'ArrowLeft').id, 'd');
  assert.deepEqual(walk(grid, stationAt(grid, 0, 600), 'ArrowRight').id, 'd');
  assert.deepEqual(walk(grid, slot(2, 585), 'ArrowRight'), slot(2, 585));
});

test('after a change the same appointment is found, else its row', () => {
  const moved: WalkGrid = { range, columns: [[], [], [{ id: 'a', start: 900, end: 960 }]] };
  assert.equal(settle(moved, { column: 0, minute: 540, id: 'a' }).column, 2);
  assert.deepEqual(settle(moved, { column: 0, minute: 540, id: 'gone' }), slot(0, 540));
});

test('property: down from the first row reaches every appointment and ends; up from the last does too', () => {
  let seed = 5;
  const next = (n: number): number => (seed = (seed * 48271) % 2147483647) % n;
  for (let run = 0; run < 200; run += 1) {
    const spans: Span[] = Array.from({ length: next(12) }, (_, i) => {
      const start = 480 + next(115) * 5;
      return { id: `s${i}`, start, end: Math.min(1080, start + 5 + next(20) * 5) };
    });
    for (const key of ['ArrowDown', 'ArrowUp'] as const) {
      const column: WalkGrid = { range, columns: [spans] };
      let at = stationAt(column, 0, key === 'ArrowDown' ? 480 : 1065);
      const seen = new Set<string>(at.id ? [at.id] : []);
      for (let i = 0; i < 200; i += 1) {
        const to = walk(column, at, key);
        if (to.id === at.id && to.minute === at.minute) break;
        assert.ok(i < 150, 'the walk does not end');
        at = to;
        if (at.id) seen.add(at.id);
      }
      if (key === 'ArrowDown') {
        const firstRow = spans.filter((s) => s.start < 495);
        const missed = spans.filter((s) => !seen.has(s.id) && !firstRow.includes(s));
        assert.deepEqual(missed, [], `run ${run}`);
      }
    }
  }
});
