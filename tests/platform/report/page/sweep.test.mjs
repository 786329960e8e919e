// Arithmetic on the points of a sweep.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { figures, parameters } from '../../../../platform/report/html/src/model/columns.js';
import { unflatten } from '../../../../platform/report/html/src/model/details.js';
import { dominators, front } from '../../../../platform/report/html/src/model/pareto.js';
import { effect, groups } from '../../../../platform/report/html/src/model/sensitivity.js';

const less = (values) => ({ values, better: 'less' });
const more = (values) => ({ values, better: 'more' });
const all = (count) => Array.from({ length: count }, (_, index) => index);

// Points (1,9) (2,5) (3,6) (4,2) (4,2) (5,3): the third loses to the second, the last to the fourth and its equal.
test('front and dominators, less is better', () => {
  const axes = [less([1, 2, 3, 4, 4, 5]), less([9, 5, 6, 2, 2, 3])];
  const members = front(axes, all(6));
  assert.deepEqual(members, [0, 1, 3, 4]);
  assert.deepEqual(dominators(axes, members, 2), [1]);
  assert.deepEqual(dominators(axes, members, 5), [3, 4]);
  assert.deepEqual(dominators(axes, members, 3), []);
});

test('directions differ, points without a value are none', () => {
  const axes = [less([1, 2, null, 3]), more([0.5, 0.9, 1, 0.8])];
  assert.deepEqual(front(axes, all(4)), [0, 1]);
  assert.deepEqual(front(axes, [0, 3]), [0, 3]);
});

test('the front agrees with its definition on random points', () => {
  let seed = 7;
  const random = () => (seed = (seed * 16807) % 2147483647) % 50;
  const axes = [less(all(300).map(random)), more(all(300).map(random))];
  const beaten = (point) =>
    all(300).some(
      (other) =>
        axes[0].values[other] <= axes[0].values[point] &&
        axes[1].values[other] >= axes[1].values[point] &&
        (axes[0].values[other] < axes[0].values[point] || axes[1].values[other] > axes[1].values[point]),
    );
  const expected = all(300).filter((point) => !beaten(point));
  assert.deepEqual(
    [...front(axes, all(300))].sort((a, b) => a - b),
    expected,
  );
});

// The figure is 10 * a exactly: a explains everything, b nothing.
test('sensitivity is the share of the variance between the values', () => {
  const a = [1, 1, 2, 2];
  const b = ['x', 'y', 'x', 'y'];
  const figure = [10, 10, 20, 20];
  const of = (parameter) => effect(parameter, figure, all(4));
  assert.equal(of(a).share, 1);
  assert.equal(of(a).span, 1);
  assert.equal(of(b).share, 0);
  assert.deepEqual(of(a).levels[1], { label: '2', mean: 20, least: 20, most: 20, count: 2 });
  assert.equal(effect([1, 1], [1, 2], all(2)), null);
  assert.equal(effect([1, 2], [5, 5], all(2)), null);
});

test('many different numbers are put into ranges of about equal size', () => {
  const made = groups(all(1000), all(1000));
  assert.equal(made.length, 10);
  for (const group of made) assert.equal(group.indices.length, 100);
  assert.equal(made[0].label, '0 … 99');
});

test('parameters have the shortest unique name, figures a unit', () => {
  const list = ['platform.spu.lanes', 'platform.dma.channels', 'platform.tmac.lanes'].map((name) => ({ name }));
  const made = parameters(list, { 'platform.spu.lanes': [1, 2] });
  assert.deepEqual(
    made.map((one) => one.title),
    ['spu.lanes', 'channels', 'tmac.lanes'],
  );
  assert.deepEqual(
    made.map((one) => one.varies),
    [true, false, false],
  );
  const [energy] = figures({ energy_pj: [2e6, null] });
  assert.deepEqual([energy.values, energy.unit], [[2, null], 'µJ per inference']);
});

test('packed results come back', () => {
  const entries = [
    ['/a/0', 1],
    ['/a/1/b', 2],
    ['/c/d~1e', 'x'],
    ['/f/dma[0]', 3],
  ];
  assert.deepEqual(unflatten(entries), { a: [1, { b: 2 }], c: { 'd/e': 'x' }, f: { 'dma[0]': 3 } });
});
