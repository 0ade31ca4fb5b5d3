import { test } from 'node:test';
import assert from 'node:assert/strict';
import { actionOf, clash, keyOf, parseSaved, pressed, saved, SHORTCUTS, showKey } from './shortcuts';

const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey, metaKey: false, altKey: false });

test('no two presets are the same', () => {
  const presets = SHORTCUTS.map((s) => s.preset);
  assert.equal(new Set(presets).size, presets.length);
});

test('no preset is the beginning of a sequence', () => {
  for (const s of SHORTCUTS) assert.ok(!SHORTCUTS.some((other) => other.preset.startsWith(`${s.preset} `)), s.id);
});

test('what is stored is checked', () => {
  assert.deepEqual(parseSaved('nonsense'), { on: true, keys: {} });
  assert.deepEqual(parseSaved('{"on":false,"keys":{"today":"y","evil":"z","next":5}}'), { on: false, keys: { today: 'y' } });
});

test('own keys replace presets, switched off means none', () => {
  saved.value = { on: true, keys: { move: 'v', advance: '' } };
  assert.equal(keyOf('move'), 'v');
  assert.equal(actionOf(key('v'), ['move', 'advance']), 'move');
  assert.equal(actionOf(key('m'), ['move', 'advance']), null);
  assert.equal(clash('today', 'v')?.id, 'move');
  saved.value = { on: false, keys: {} };
  assert.equal(actionOf(key('m'), ['move']), null);
  saved.value = { on: true, keys: {} };
});

test('keys with Ctrl belong to the browser', () => {
  assert.equal(pressed(key('d', true)), null);
  assert.equal(pressed(key('Enter')), null);
  assert.equal(pressed(key('D')), 'd');
  assert.equal(showKey('g c'), 'G C');
});
