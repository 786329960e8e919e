// The report of a sweep with 5,000 points.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { emptyCharts, open, overlaps, settle, tooWide, Workspace } from './browser.mjs';
import { sweepOf } from './points.mjs';

const workspace = new Workspace();
let browser, report, data;
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
  data = sweepOf(5000, JSON.parse(readFileSync(`${folder}/result.json`, 'utf8')));
  report = workspace.page('sweep.html', data);
  browser = await workspace.browser();
});
after(async () => {
  await browser?.close();
  workspace.remove();
});

const statusOf = (page) => page.locator('#pareto .tools').innerText();
const filter = (page, title) => page.getByRole('searchbox', { name: `filter ${title}`, exact: true });

test('draws without errors, requests or overlaps', async () => {
  const { page, errors, requests } = await open(browser, report);
  assert.deepEqual(await emptyCharts(page), []);
  assert.deepEqual(await overlaps(page), []);
  assert.deepEqual(await tooWide(page), []);
  assert.match(await page.locator('h1 + .meta').innerText(), /5,000 of 5,001 points have a result, 1 failed/);
  assert.match(await page.locator('#failures').innerText(), /the guest hangs/);
  assert.deepEqual([errors, requests], [[], []]);
  await page.close();
});

// Only lanes and density matter in what points.mjs computes; lanes most.
test('sensitivity puts the parameter that matters first and follows the chosen figure', async () => {
  const { page } = await open(browser, report);
  const labels = () => page.locator('#sensitivity .chart').first().innerText();
  assert.ok((await labels()).indexOf('lanes') < (await labels()).indexOf('banks'));
  await page.locator('#sensitivity select').first().selectOption('energy_pj');
  await settle(page);
  assert.match(await labels(), /%\)\s+density[\s\S]*9\d\.\d/);
  await page.close();
});

test('filters of the table narrow every view', async () => {
  const { page } = await open(browser, report);
  assert.match(await statusOf(page), /of 5,000 points are on the front/);
  await filter(page, 'lanes').fill('>=16');
  await filter(page, 'pattern').fill('n_of');
  await settle(page);
  const { columns } = data.sweep;
  const expected = columns.position.filter(
    (point) => columns['platform.spu.lanes'][point] >= 16 && columns['decomposition.pattern'][point] === 'n_of_m',
  ).length;
  assert.match(await statusOf(page), new RegExp(`of ${expected.toLocaleString('en-US')} points`));
  await page.close();
});

test('the table draws only rows in view and sorts them all', async () => {
  const { page } = await open(browser, report);
  assert.ok((await page.locator('#points tbody tr').count()) < 60);
  await page.locator('#points th button', { hasText: 'cycles' }).click();
  await settle(page);
  const most = Math.max(...data.sweep.columns.cycles_per_inference);
  const first = await page.locator('#points tbody tr.open').first().innerText();
  assert.ok(first.includes(Math.round(most).toLocaleString('en-US')), first);
  await page.close();
});

test('dragging along an axis keeps the points in between', async () => {
  const { page } = await open(browser, report);
  const canvas = page.locator('#parallel canvas');
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + 60, box.y + 44 - 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 60, box.y + 60, { steps: 4 });
  await page.mouse.up();
  await settle(page);
  const kept = data.sweep.columns['platform.spu.lanes'].filter((lanes) => lanes === 32).length;
  assert.match(await statusOf(page), new RegExp(`of ${kept.toLocaleString('en-US')} points`));
  await page.getByRole('button', { name: 'drop all choices on the axes' }).click();
  await settle(page);
  assert.match(await statusOf(page), /of 5,000 points/);
  await page.close();
});

test('a point says who dominates it, and opens its run by keyboard', async () => {
  const { page, errors } = await open(browser, report);
  const row = page.locator('#points tbody tr.open', { hasText: 'by #' }).first();
  const point = (await row.locator('td').first().innerText()).trim();
  await row.focus();
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog .tile');
  const dialog = page.locator('dialog');
  assert.match(await dialog.innerText(), new RegExp(`Point #${point}`));
  assert.match(await dialog.innerText(), /Dominated by/);
  assert.match(await dialog.locator('h1').innerText(), new RegExp(`point ${point}$`));
  const cycles = Math.round(data.sweep.columns.cycles_per_inference[Number(point)]).toLocaleString('en-US');
  assert.ok((await dialog.locator('.tile').first().innerText()).includes(cycles));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  assert.deepEqual(errors, []);
  await page.close();
});

test('other axes have another front', async () => {
  const { page } = await open(browser, report);
  const before = await statusOf(page);
  await page.locator('#pareto select').nth(1).selectOption('accuracy');
  await settle(page);
  assert.notEqual(await statusOf(page), before);
  await page.locator('#pareto select').nth(2).selectOption('decomposition.density');
  await settle(page);
  assert.deepEqual(await emptyCharts(page), []);
  await page.close();
});
