import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { editMoney, formatMoney, parseMoney } from './money';

/** The server's own table: core/base/money.c. */
const source = readFileSync('../core/base/money.c', 'utf8');
const listed = (name: string): string[] => [...(new RegExp(`static const char ${name}\\[\\] =([^;]*);`).exec(source)?.[1] ?? '').matchAll(/[A-Z]{3}/g)].map((m) => m[0]);

test('an amount has as many digits here as on the server, in every currency', () => {
  let seen = 0;
  for (const [name, digits] of [['two', 2], ['none', 0], ['three', 3]] as const) {
    for (const currency of listed(name)) {
      assert.equal(parseMoney('7', currency), 7 * 10 ** digits, currency);
      assert.equal(editMoney(7 * 10 ** digits, currency), (7).toFixed(digits), currency);
      assert.match(formatMoney(7 * 10 ** digits, currency, 'en'), /(^|\D)7([.]0+)?$/, currency);
      if (digits) assert.match(formatMoney(1, currency, 'en'), new RegExp(`0[.]0{${digits - 1}}1$`), currency);
      seen++;
    }
  }
  assert.ok(seen > 150, String(seen));
});
