import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { DocumentLine } from '../../api/types';
import { left, standing } from './model';

const line = (position: number, total_minor: number): DocumentLine => ({ position, description: '', quantity: 1, unit_minor: total_minor, discount_minor: 0, tax_name: null, tax_ppm: 0, tax_minor: 0, total_minor });

test('what is left of each line', () => {
  assert.deepEqual([...left([line(1, 100), line(2, 50)], [[line(1, 30)], [line(1, 70), line(2, 20)]])], [[1, 0], [2, 30]]);
});

test('how an invoice stands', () => {
  assert.equal(standing({ total_minor: 100, open_minor: 100, credited_minor: 0 }), 'open');
  assert.equal(standing({ total_minor: 100, open_minor: 10, credited_minor: 40 }), 'open');
  assert.equal(standing({ total_minor: 100, open_minor: 0, credited_minor: 0 }), 'paid');
  assert.equal(standing({ total_minor: 100, open_minor: 0, credited_minor: 1 }), 'partly');
  assert.equal(standing({ total_minor: 100, open_minor: 0, credited_minor: 100 }), 'credited');
});
