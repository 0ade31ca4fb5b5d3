import { test } from 'node:test';
import assert from 'node:assert/strict';
import { layoutLanes, MIN_LAYOUT_MINUTES, type Span } from './layout';

/** A generator with a fixed seed: a failure can be run again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function randomSpans(random: () => number, count: number): Span[] {
  return Array.from({ length: count }, (_, i) => {
    const start = Math.floor(random() * 96) * 15;
    return { id: `s${i}`, start, end: start + Math.floor(random() * 12) * 15 };
  });
}

const lasts = (s: Span): number => Math.max(s.end, s.start + MIN_LAYOUT_MINUTES);
const overlap = (a: Span, b: Span): boolean => a.start < lasts(b) && b.start < lasts(a);

test('spans that do not overlap have the column for themselves', () => {
  const lanes = layoutLanes([{ id: 'a', start: 540, end: 570 }, { id: 'b', start: 570, end: 600 }]);
  assert.deepEqual(lanes.get('a'), { id: 'a', lane: 0, lanes: 1, width: 1 });
  assert.deepEqual(lanes.get('b'), { id: 'b', lane: 0, lanes: 1, width: 1 });
});

test('a span widens over lanes that are free beside it', () => {
  const lanes = layoutLanes([
    { id: 'long', start: 540, end: 660 },
    { id: 'b', start: 540, end: 570 },
    { id: 'c', start: 540, end: 570 },
    { id: 'late', start: 600, end: 630 },
  ]);
  assert.equal(lanes.get('late')?.lane, 1);
  assert.equal(lanes.get('late')?.lanes, 3);
  assert.equal(lanes.get('late')?.width, 2);
});

test('property: what overlaps in time never overlaps on the screen, and lanes are as few as possible', () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const random = generator(seed);
    const spans = randomSpans(random, 1 + Math.floor(random() * 40));
    const lanes = layoutLanes(spans);
    assert.equal(lanes.size, spans.length);
    for (const a of spans) {
      const la = lanes.get(a.id)!;
      assert.ok(la.lane >= 0 && la.width >= 1 && la.lane + la.width <= la.lanes, `seed ${seed}: ${a.id} leaves the column`);
      for (const b of spans) {
        if (a.id >= b.id || !overlap(a, b)) continue;
        const lb = lanes.get(b.id)!;
        assert.equal(la.lanes, lb.lanes, `seed ${seed}: one cluster, one number of lanes`);
        assert.ok(la.lane + la.width <= lb.lane || lb.lane + lb.width <= la.lane, `seed ${seed}: ${a.id} covers ${b.id}`);
      }
    }
    const most = Math.max(...spans.map((a) => spans.filter((b) => b.start <= a.start && a.start < lasts(b)).length));
    assert.equal(Math.max(...[...lanes.values()].map((l) => l.lanes)), most, `seed ${seed}: too many lanes`);
  }
});

test('property: the order in which appointments arrive does not matter', () => {
  for (let seed = 1; seed <= 50; seed += 1) {
    const random = generator(seed);
    const spans = randomSpans(random, 20);
    const shuffled = [...spans].sort(() => random() - 0.5);
    assert.deepEqual([...layoutLanes(spans)].sort(), [...layoutLanes(shuffled)].sort());
  }
});
