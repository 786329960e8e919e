// The report of trained networks, with a frontier and without.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { emptyCharts, open, overlaps, settle, tooWide, Workspace } from './browser.mjs';
import { sweepOf } from './points.mjs';

const workspace = new Workspace();
let browser, networks, frontier;

/** Accuracies that are known: 80 + seed tenths, less 2 for blocks; 1:M falls by a point from 12.5 % to 6.25 %. */
function network(pattern, density, seed, accuracy) {
  return {
    hash: `${pattern}${density}${seed}`,
    network: 'resnet8',
    pattern,
    density,
    value_bits: 8,
    criterion: 'magnitude',
    schedule: 'one_shot',
    seed,
    accuracy,
    validation: accuracy,
    recalibrated_accuracy: accuracy - 10,
    weight_error: 0.3,
    bits_per_weight: 3,
    cpu_seconds: 100,
  };
}

before(async () => {
  const folder = workspace.file('run');
  workspace.terse(
    'run',
    'scenarios/fashion.yaml',
    '--set',
    'dataset.images=1',
    '--set',
    'run.baselines=none',
    '-o',
    folder,
  );
  networks = [1, 2, 3].flatMap((seed) => [
    network('1:16', 0.0625, seed, 80 + seed / 10),
    network('1:8', 0.125, seed, 81 + seed / 10),
    network('block_4x4', 0.0625, seed, 78 + seed / 10),
    network('dense', 1, seed, 82),
    network('ternary', 0, seed, 77),
  ]);
  frontier = sweepOf(200, JSON.parse(readFileSync(`${folder}/result.json`, 'utf8'))).sweep;
  browser = await workspace.browser();
});
after(async () => {
  await browser?.close();
  workspace.remove();
});

const report = (more) => workspace.page('explore.html', { kind: 'exploration', name: 'grid', networks, ...more });

test('draws without errors, requests or overlaps, in both themes', async () => {
  const file = report({ sweep: frontier });
  for (const scheme of ['light', 'dark']) {
    const themed = await workspace.browser(scheme);
    const { page, errors, requests } = await open(themed, file);
    assert.deepEqual(await emptyCharts(page), []);
    assert.deepEqual(await overlaps(page), []);
    assert.deepEqual(await tooWide(page), []);
    assert.deepEqual([errors, requests], [[], []]);
    await themed.close();
  }
});

test('says means and spreads over seeds', async () => {
  const { page } = await open(browser, report({}));
  const facts = await page.locator('h1 + .meta').innerText();
  assert.match(facts, /15 trained networks, 9 of them mixed/);
  assert.match(facts, /int8 82\.00 ± 0\.00 %; ternary 77\.00 ± 0\.00 %/);
  assert.match(facts, /best mixed: 1:M at 12\.5 %, 81\.20 ± 0\.10 %/);
  assert.match(await page.locator('#accuracy .chart').innerText(), /1:M[\s\S]*block_4x4/);
  await page.close();
});

test('another figure moves the axis', async () => {
  const { page } = await open(browser, report({}));
  const text = () => page.locator('#accuracy .chart').innerText();
  assert.match(await text(), /int8 82\.0 %/);
  await page.locator('#accuracy select').selectOption('recalibrated_accuracy');
  await settle(page);
  assert.match(await text(), /int8 72\.0 %/);
  await page.close();
});

test('filters of the networks narrow the table, and the frontier has its own', async () => {
  const { page } = await open(browser, report({ sweep: frontier }));
  await page.locator('#networks').getByRole('searchbox', { name: 'filter Pattern' }).fill('block');
  await settle(page);
  assert.equal(await page.locator('#networks tbody tr').count(), 3);
  assert.match(await page.locator('#pareto .tools').innerText(), /of 200 points are on the front/);
  await page.close();
});
