import assert from 'node:assert/strict';
import { test } from 'node:test';

import { predicate } from '../../../../platform/report/html/src/model/predicate.js';

const kept = (wish, values) => values.filter(predicate(wish));

test('bounds, ranges and equality of numbers', () => {
  assert.deepEqual(kept('<=4', [1, 4, 5]), [1, 4]);
  assert.deepEqual(kept('> 4', [1, 4, 5, null]), [5]);
  assert.deepEqual(kept('2..4', [1, 2, 4, 5]), [2, 4]);
  assert.deepEqual(kept('=4', [4, 40]), [4]);
  assert.deepEqual(kept('-1e3..0', [-1001, -1000, 0, 1]), [-1000, 0]);
});

test('anything else is looked for within the text, whatever its case', () => {
  assert.deepEqual(kept('Conv', ['block.conv1', 'pool']), ['block.conv1']);
  assert.deepEqual(kept('', ['a', null]), ['a', null]);
});
