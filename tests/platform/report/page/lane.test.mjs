import assert from 'node:assert/strict';
import { test } from 'node:test';

import { byDepth, Lane, tickStep } from '../../../../platform/report/html/src/model/lane.js';

/** What a lane draws: wide intervals by index, narrow ones as [pixel, share]. */
function drawn(lane, from, to, pixels) {
  const one = [],
    many = [];
  lane.draw(
    from,
    to,
    pixels,
    (index) => one.push(index),
    (pixel, share) => many.push([pixel, share]),
  );
  return { one, many };
}

test('draws only what is in view', () => {
  const lane = new Lane('', [0, 100, 200, 300], [50, 50, 50, 50]);
  assert.deepEqual(drawn(lane, 120, 260, 140), { one: [1, 2], many: [] });
  assert.deepEqual(drawn(lane, 150, 200, 50), { one: [], many: [] });
});

// 100,000 intervals of one cycle, one every two cycles, on 100 pixels: each pixel stands for 2,000 cycles, half covered.
test('many narrow intervals become one item per pixel with their share', () => {
  const begin = Array.from({ length: 100000 }, (_, index) => 2 * index);
  const { one, many } = drawn(
    new Lane(
      '',
      begin,
      begin.map(() => 1),
    ),
    0,
    200000,
    100,
  );
  assert.equal(one.length, 0);
  assert.ok(many.length <= 101, `${many.length} items`);
  for (const [, share] of many.slice(0, 99)) assert.ok(Math.abs(share - 0.5) < 0.01, `share ${share}`);
});

test('the number of items does not grow with the number of intervals', () => {
  const begin = Array.from({ length: 1000000 }, (_, index) => 3 * index);
  const { one, many } = drawn(
    new Lane(
      '',
      begin,
      begin.map(() => 2),
    ),
    0,
    3000000,
    1000,
  );
  assert.ok(one.length + many.length <= 1001);
});

test('finds the interval under the pointer, and the nearest within reach', () => {
  const lane = new Lane('', [10, 20], [5, 5]);
  assert.equal(lane.at(12), 0);
  assert.equal(lane.at(16), -1);
  assert.equal(lane.at(19, 2), 1);
  assert.equal(lane.at(30, 2), -1);
});

test('nested calls become a lane per depth', () => {
  const lanes = byDepth('core', { begin: [0, 1, 5], cycles: [10, 2, 2], depth: [0, 1, 1], function: [0, 1, 2] });
  assert.equal(lanes.length, 2);
  assert.deepEqual([...lanes[1].begin], [1, 5]);
  assert.deepEqual(lanes[1].details.function, [1, 2]);
});

test('ticks are 1, 2 or 5 times a power of ten and whole cycles', () => {
  assert.equal(tickStep(100000, 1000, 100), 10000);
  assert.equal(tickStep(130000, 1000, 100), 20000);
  assert.equal(tickStep(8, 1000, 100), 1);
});
