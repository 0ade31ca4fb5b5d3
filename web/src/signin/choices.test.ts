import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currencyFor, slugOf } from './choices';

test('a slug keeps the letters of a name', () => {
  assert.equal(slugOf('Praxis Dr. Müller & Söhne'), 'praxis-dr-muller-sohne');
  assert.equal(slugOf('  Straße 5 — Łódź  '), 'strasse-5-odz');
  assert.equal(slugOf('日本'), '');
  assert.ok(slugOf('a'.repeat(200)).length <= 48);
});

test('the currency follows the zone in Europe and the language elsewhere', () => {
  assert.equal(currencyFor('en-GB', 'Europe/Berlin'), 'EUR');
  assert.equal(currencyFor('en-US', 'Europe/London'), 'GBP');
  assert.equal(currencyFor('en-AU', 'Australia/Sydney'), 'AUD');
  assert.equal(currencyFor('en', 'America/New_York'), 'USD');
});
