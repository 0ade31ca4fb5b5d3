import { test } from 'node:test';
import assert from 'node:assert/strict';
import { autoScrollSpeed, complement, dropStart, freeStretches, mergeIntervals, minuteAt, resizeEnd, selectionOf, snap, visibleRange } from './geometry';

const range = { first: 480, last: 1080 };

test('the visible hours hold everything and are at least eight', () => {
  assert.deepEqual(visibleRange([]), range);
  assert.deepEqual(visibleRange([{ start: 485, end: 1075 }]), { first: 480, last: 1080 });
  assert.deepEqual(visibleRange([{ start: 600, end: 660 }]), { first: 600, last: 1080 });
  assert.deepEqual(visibleRange([{ start: 1380, end: 1440 }]), { first: 960, last: 1440 });
  assert.deepEqual(visibleRange([{ start: -30, end: 1500 }]), { first: 0, last: 1440 });
});

test('pixels become minutes', () => {
  assert.equal(minuteAt(0, 600, range), 480);
  assert.equal(minuteAt(300, 600, range), 780);
  assert.equal(minuteAt(9999, 600, range), 1080);
  assert.equal(minuteAt(10, 0, range), 480);
});

test('a drop keeps the grabbed point under the pointer, snaps, and stays in the day', () => {
  assert.equal(dropStart(607, 7, 30, range), 600);
  assert.equal(dropStart(400, 0, 30, range), 480);
  assert.equal(dropStart(1200, 0, 45, range), 1035);
  assert.equal(snap(607), 600);
});

test('a resize never goes below one row', () => {
  assert.equal(resizeEnd(600, 500, range), 615);
  assert.equal(resizeEnd(600, 663, range), 660);
  assert.equal(resizeEnd(600, 2000, range), 1080);
});

test('a selection may go up or down', () => {
  assert.deepEqual(selectionOf(600, 640, range), { start: 600, end: 645 });
  assert.deepEqual(selectionOf(640, 600, range), { start: 600, end: 645 });
  assert.deepEqual(selectionOf(600, 600, range), { start: 600, end: 615 });
});

test('closed hours are what the open ones leave', () => {
  assert.deepEqual(complement([{ start: 540, end: 720 }, { start: 780, end: 1020 }], range), [{ start: 480, end: 540 }, { start: 720, end: 780 }, { start: 1020, end: 1080 }]);
  assert.deepEqual(complement([], range), [{ start: 480, end: 1080 }]);
  assert.deepEqual(complement([{ start: 0, end: 1440 }], range), []);
  assert.deepEqual(mergeIntervals([{ start: 5, end: 7 }, { start: 1, end: 5 }, { start: 9, end: 9 }]), [{ start: 1, end: 7 }]);
});

test('free is open without what is taken', () => {
  assert.deepEqual(freeStretches([{ start: 540, end: 720 }], [{ start: 600, end: 630 }], range), [{ start: 540, end: 600 }, { start: 630, end: 720 }]);
});

test('the scroller moves only near its edges', () => {
  assert.equal(autoScrollSpeed(300, 0, 600), 0);
  assert.ok(autoScrollSpeed(5, 0, 600) < 0);
  assert.ok(autoScrollSpeed(595, 0, 600) > 0);
  assert.equal(autoScrollSpeed(9999, 0, 600), 14);
});
