import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brandColors, contrast, parseHex } from './color';
import { fill, pickLanguage, translator } from './i18n';
import { editMoney, formatMoney, parseMoney } from './money';

test('money is shown and read without fractions', () => {
  assert.equal(formatMoney(4500, 'EUR', 'en'), '€45.00');
  assert.equal(formatMoney(4500, 'EUR', 'en', true), '€45');
  assert.equal(formatMoney(4550, 'EUR', 'en', true), '€45.50');
  assert.equal(formatMoney(4500, 'JPY', 'en'), '¥4,500');
  assert.equal(parseMoney('45,5', 'EUR'), 4550);
  assert.equal(parseMoney('1,000', 'EUR'), null); /* a thousand, or one? */
  assert.equal(parseMoney('1.000', 'JPY'), null);
  assert.equal(parseMoney('1.000', 'KWD'), 1000);
  assert.equal(parseMoney('45.555', 'EUR'), null);
  assert.equal(parseMoney('1200', 'JPY'), 1200);
  assert.equal(parseMoney('-3', 'EUR'), null);
  for (const minor of [0, 1, 99, 100, 101, 123_456_789]) assert.equal(parseMoney(editMoney(minor, 'EUR'), 'EUR'), minor);
});

test('texts: places, plurals, and another language over the first', () => {
  assert.equal(fill('{a} and {b}', { a: 1 }), '1 and {b}');
  const t = translator({ hello: 'Hello {name}', n: { one: 'one day', other: '{count} days' } }, 'en');
  assert.equal(t('hello', { name: 'Ana' }), 'Hello Ana');
  assert.equal(t('n', { count: 1 }), 'one day');
  assert.equal(t('n', { count: 5 }), '5 days');
  t.use({ n: { one: '{count} dzień', few: '{count} dni', many: '{count} dni', other: '{count} dnia' } }, 'pl');
  assert.equal(t('n', { count: 3 }), '3 dni');
  assert.equal(t('hello', { name: 'Ana' }), 'Hello Ana');
  assert.equal(pickLanguage(['fr-CA', 'de-AT'], ['en', 'de']), 'de');
  assert.equal(pickLanguage(['fr'], ['en', 'de']), null);
});

test('any brand colour gives readable text in both themes', () => {
  for (let step = 0; step < 4096; step += 7) {
    const hex = `#${[step >> 8, (step >> 4) & 15, step & 15].map((part) => (part * 17).toString(16).padStart(2, '0')).join('')}`;
    const colors = brandColors(hex);
    assert.ok(colors);
    const of = (text: string) => parseHex(text) as readonly [number, number, number];
    assert.ok(contrast(of(colors.light), [255, 255, 255]) >= 4.5, `${hex} on white`);
    assert.ok(contrast(of(colors.dark), [24, 29, 28]) >= 4.5, `${hex} in the dark`);
    assert.ok(contrast(of(colors.light), of(colors.onLight)) >= 4.5, `text on ${hex}`);
    assert.ok(contrast(of(colors.dark), of(colors.onDark)) >= 4.5, `text on ${hex} in the dark`);
  }
  assert.equal(brandColors('red'), null);
});
