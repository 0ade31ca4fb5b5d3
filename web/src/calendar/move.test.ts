import { test } from 'node:test';
import assert from 'node:assert/strict';
import { beginMove, stepMove, type MoveBounds, type Moving } from './move';

const bounds: MoveBounds = { columns: 3, range: { first: 480, last: 1080 } };
const start = beginMove('a', { column: 1, start: 600, end: 630 });

function press(state: Moving, ...keys: string[]): ReturnType<typeof stepMove> {
  let result: ReturnType<typeof stepMove> = { state, effect: { kind: 'none' }, handled: false };
  for (const key of keys) {
    assert.ok(result.state, `the move ended before ${key}`);
    result = stepMove(result.state, { key }, bounds);
  }
  return result;
}

test('arrows walk and Enter drops', () => {
  const result = press(start, 'ArrowDown', 'ArrowDown', 'ArrowRight', 'Enter');
  assert.equal(result.state, null);
  assert.deepEqual(result.effect, { kind: 'drop', id: 'a', from: start.from, to: { column: 2, start: 630, end: 660 } });
});

test('Escape puts back, and Enter where it began changes nothing', () => {
  assert.deepEqual(press(start, 'ArrowDown', 'Escape').effect, { kind: 'cancel', id: 'a' });
  assert.deepEqual(press(start, 'ArrowDown', 'ArrowUp', 'Enter').effect, { kind: 'cancel', id: 'a' });
});

test('the day and the columns have ends', () => {
  assert.equal(press(start, 'ArrowRight', 'ArrowRight').effect.kind, 'edge');
  assert.deepEqual(press(start, 'End').state?.draft, { column: 1, start: 1050, end: 1080 });
  assert.equal(press(start, 'End', 'ArrowDown').effect.kind, 'edge');
  assert.deepEqual(press(start, 'Home').state?.draft, { column: 1, start: 480, end: 510 });
});

test('brackets change the length, never below one row', () => {
  assert.equal(press(start, ']').state?.draft.end, 645);
  assert.equal(press(start, '[', '[', '[').state?.draft.end, 615);
});

test('an appointment off the rows comes onto them', () => {
  const odd = beginMove('b', { column: 0, start: 605, end: 635 });
  assert.equal(press(odd, 'ArrowDown').state?.draft.start, 615);
  assert.equal(press(odd, 'ArrowUp').state?.draft.start, 600);
});

test('letters are swallowed while moving, Tab leaves and puts back', () => {
  assert.equal(press(start, 'd').handled, true);
  const tab = press(start, 'ArrowDown', 'Tab');
  assert.equal(tab.state, null);
  assert.equal(tab.handled, false);
  assert.equal(tab.effect.kind, 'cancel');
});

test('property: no sequence of keys leaves the day or loses length by moving', () => {
  const keys = ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End'];
  let seed = 11;
  for (let run = 0; run < 200; run += 1) {
    let state: Moving = start;
    for (let i = 0; i < 60; i += 1) {
      seed = (seed * 48271) % 2147483647;
      const result = stepMove(state, { key: keys[seed % keys.length]!, shiftKey: seed % 7 === 0 }, bounds);
      state = result.state!;
      assert.ok(state.draft.start >= 480 && state.draft.end <= 1080 && state.draft.end - state.draft.start === 30);
      assert.ok(state.draft.column >= 0 && state.draft.column < 3);
    }
  }
});
