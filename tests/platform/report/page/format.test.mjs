import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  change,
  estimate,
  number,
  quantity,
  significant,
  squareMillimetres,
} from '../../../../platform/report/html/src/model/format.js';

test('thousands have separators, negative numbers a minus sign', () => {
  assert.equal(number(1234567), '1,234,567');
  assert.equal(number(-1234.5, 1), '−1,234.5');
  assert.equal(number(null), '–');
});

test('significant digits never hide whole numbers', () => {
  assert.equal(significant(95284, 3), '95,284');
  assert.equal(significant(0.0123456, 3), '0.0123');
  assert.equal(significant(0), '0');
});

test('quantities take the prefix that fits', () => {
  assert.equal(quantity(1.69e-5, 'J'), '16.9\u202fµJ');
  assert.equal(quantity(16576, 'B'), '16.6\u202fkB');
  assert.equal(quantity(0, 'J'), '0\u202fJ');
});

test('value and uncertainty share prefix and decimals', () => {
  assert.equal(estimate(16.863e-6, 7.4636e-6, 'J'), '16.9 ± 7.5\u202fµJ');
  assert.equal(squareMillimetres(1217291, 299205), '1.22 ± 0.30\u202fmm²');
});

test('changes have a sign unless they round to nothing', () => {
  assert.equal(change(0.123), '+12.3\u202f%');
  assert.equal(change(-0.5), '−50.0\u202f%');
  assert.equal(change(-0.0001), '0.0\u202f%');
});
