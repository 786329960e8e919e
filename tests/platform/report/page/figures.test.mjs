// Arithmetic on results: stalls, rooflines, accuracy, differences.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { histogram, interval } from '../../../../platform/report/html/src/model/accuracy.js';
import {
  explain,
  headline,
  pairLayers,
  unitsByBusyness,
} from '../../../../platform/report/html/src/model/comparison.js';
import { differences, flatten } from '../../../../platform/report/html/src/model/flatten.js';
import { extent, levels, roof } from '../../../../platform/report/html/src/model/roofline.js';
import { busy, present, shares } from '../../../../platform/report/html/src/model/stalls.js';

const near = (value, expected, tolerance = 1e-9) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected}`);

test('shares of a unit sum to one', () => {
  const result = shares({ compute: 30, driver: 60, idle: 10 });
  near(
    Object.values(result).reduce((sum, share) => sum + share),
    1,
  );
  near(result.driver, 0.6);
  assert.deepEqual(shares({ compute: 0 }), {});
});

test('causes without cycles are not shown, unknown ones come last', () => {
  assert.deepEqual(present([{ causes: { new_cause: 1, idle: 2, fifo: 0 } }, { causes: { compute: 1 } }]), [
    'compute',
    'idle',
    'new_cause',
  ]);
  assert.equal(busy({ compute: 5, bank_conflict: 2, dma_wait: 9, driver: 9, idle: 9 }), 7);
});

const pass = (cycles, operations, bytes) => ({
  cycles,
  operations,
  bytes_read: bytes,
  bytes_written: 0,
  utilisation: 0,
});
const layer = (name, cycles, stalls) => ({
  name,
  cycles,
  macs: 1000,
  bytes: 100,
  stalls,
  passes: { dense: pass(10, 1000, 50), sparse: pass(0, 0, 0), merge: pass(0, 0, 0), dma: pass(0, 0, 0) },
});

// 1,000 MACs in 10 cycles over 50 bytes: intensity 20, rate 100; below min(8 byte/cycle x 20 = 160, 256).
test('roofline: point, roof and extent', () => {
  const [scratchpad, dma] = levels({
    layers: [layer('a', 40, {})],
    peaks_per_cycle: { dense: 256, sparse: 16, merge: 16, dma: 4, scratchpad: 8, memories: { dram: 2 } },
  });
  assert.deepEqual(scratchpad.series[0].points, [{ layer: 'a', intensity: 20, rate: 100 }]);
  assert.deepEqual(scratchpad.series[1].points, []);
  assert.equal(roof(scratchpad, 20).rate, 160);
  assert.equal(roof(scratchpad, 1000).name, 'tmac');
  assert.deepEqual(dma.series[0].points, [{ layer: 'a', intensity: 10, rate: 25 }]);
  assert.deepEqual(
    dma.slopes.map((slope) => slope.bytes),
    [4, 2],
  );
  const { x, y } = extent(scratchpad);
  assert.ok(x[0] <= 20 && x[1] >= 256 / 8 && y[0] <= 16 && y[1] >= 256);
});

// Wilson, 58 of 64 at 95 %: 0.810 to 0.956.
test('accuracy has an interval', () => {
  const [low, high] = interval(58, 64);
  near(low, 0.8102, 5e-4);
  near(high, 0.9563, 5e-4);
  assert.deepEqual(histogram([0, 2, 2]), [1, 0, 2]);
});

test('configurations differ by leaf', () => {
  assert.deepEqual(flatten({ a: { b: 1 }, c: [] }), [
    ['a.b', 1],
    ['c', []],
  ]);
  assert.deepEqual(differences({ a: { b: 1, d: 2 } }, { a: { b: 3, d: 2 }, e: 'x' }), [
    { key: 'a.b', a: 1, b: 3 },
    { key: 'e', a: undefined, b: 'x' },
  ]);
});

const result = (cycles, layers) => ({
  cycles_per_inference: cycles,
  layers,
  stalls: layers[0].stalls,
  inferences: 1,
  instructions: 10,
  image_bytes: 5,
  energy_pj: null,
  area_um2: null,
  accuracy: null,
});
const before = result(110, [
  layer('a', 100, { tmac: { compute: 60, bank_conflict: 10, driver: 30 }, cpu: { execute: 100 } }),
]);
const after = result(135, [
  layer('a', 120, { tmac: { compute: 60, bank_conflict: 40, driver: 20 }, cpu: { execute: 120 } }),
]);

// 25 cycles more: bank conflicts +30, driver -10, and 5 outside the layers.
test('the parts of a difference sum to it', () => {
  const { total, parts } = explain(before, after, 'tmac');
  assert.equal(total, 25);
  near(
    parts.reduce((sum, part) => sum + part.cycles, 0),
    25,
  );
  assert.deepEqual(
    parts.map((part) => [part.cause, part.cycles]),
    [
      ['bank_conflict', 30],
      ['driver', -10],
      ['between layers', 5],
    ],
  );
});

test('the unit that works most explains first, the core last', () => {
  assert.deepEqual(unitsByBusyness(before, after), ['tmac', 'cpu']);
  near(headline(before, after)[0].ratio, 25 / 110);
  assert.deepEqual(pairLayers(before, result(1, [layer('b', 1, {})])), { pairs: [], onlyA: ['a'], onlyB: ['b'] });
});
