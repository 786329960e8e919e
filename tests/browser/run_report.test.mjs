// The report of a run, in both themes.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { after, before, test } from 'node:test';

import { coloursOf, emptyCharts, open, overlaps, settle, tooWide, Workspace } from './browser.mjs';

const workspace = new Workspace();
let light, report;
before(async () => {
  report = workspace.file('run.html');
  workspace.terse(
    'run',
    'scenarios/fashion.yaml',
    '--set',
    'run.timing=cycle',
    '--set',
    'dataset.images=2',
    '--report',
    report,
  );
  light = await workspace.browser();
});
after(async () => {
  await light?.close();
  workspace.remove();
});

for (const scheme of ['light', 'dark']) {
  test(`every chart draws, nothing overlaps, no error, no request (${scheme})`, async (t) => {
    const browser = await workspace.browser(scheme);
    t.after(() => browser.close());
    const { page, errors, requests } = await open(browser, report);
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), scheme);
    assert.deepEqual(await emptyCharts(page), []);
    assert.ok((await page.locator('.chart').count()) >= 10);
    assert.ok((await coloursOf(page, '.timeline canvas.rows')) > 20);
    assert.deepEqual(await overlaps(page), []);
    assert.deepEqual(await tooWide(page), []);
    assert.deepEqual(errors, []);
    assert.deepEqual(requests, []);
  });
}

test('headline figures have thousands separators and units', async () => {
  const { page } = await open(light, report);
  const tile = await page.locator('.tile', { hasText: 'Cycles per inference' }).innerText();
  assert.match(tile, /\d{2,3},\d{3} cycles/);
  assert.match(await page.locator('.tile', { hasText: 'Energy per inference' }).innerText(), /± [\d.]+.µJ/);
  assert.match(await page.locator('h1 + .meta').innerText(), /verified/);
  await page.close();
});

test('the timeline zooms to single cycles by keyboard and back', async () => {
  const { page, errors } = await open(light, report);
  const rows = page.locator('.timeline canvas.rows');
  await rows.focus();
  for (let press = 0; press < 40; ++press) await page.keyboard.press('+');
  await settle(page);
  assert.match(await page.locator('#timeline .tools').innerText(), /: 8 cycles/);
  await page.keyboard.press('Home');
  await settle(page);
  const cycles = await page.evaluate(
    () => JSON.parse(document.getElementById('report-data').textContent).result.cycles,
  );
  assert.match(
    await page.locator('#timeline .tools').innerText(),
    new RegExp(`cycles 0 – ${cycles.toLocaleString('en-US')}`),
  );
  assert.deepEqual(errors, []);
  await page.close();
});

test('the timeline says what is under the pointer', async () => {
  const { page } = await open(light, report);
  const rows = page.locator('.timeline canvas.rows');
  await rows.scrollIntoViewIfNeeded();
  const box = await rows.boundingBox();
  await page.mouse.move(box.x + 0.2 * box.width, box.y + 35);
  await settle(page);
  assert.match(
    await page.locator('.timeline .floating').innerText(),
    /inference 0[\s\S]*from cycle[\s\S]*cycles = [\d.,]+ µs/,
  );
  await page.close();
});

test('stalls by layer follow the chosen unit', async () => {
  const { page } = await open(light, report);
  const chart = page.locator('#stalls .pair figure').nth(1);
  assert.match(await chart.locator('.chart').getAttribute('aria-label'), /tmac/);
  await chart.locator('select').selectOption('cpu');
  await settle(page);
  assert.match(await chart.locator('.chart').innerText(), /execute/);
  await page.close();
});

test('tables sort and filter', async () => {
  const { page } = await open(light, report);
  await page.locator('#layers th button', { hasText: 'Cycles' }).click();
  const cycles = (await page.locator('#layers tbody tr td:nth-child(3)').allInnerTexts()).map((text) =>
    Number(text.replaceAll(',', '')),
  );
  assert.deepEqual(
    cycles,
    [...cycles].sort((a, b) => b - a),
  );
  await page.locator('#configuration summary').click();
  await page.locator('#configuration .filters input').first().fill('spu.lanes');
  await settle(page);
  assert.deepEqual(await page.locator('#configuration tbody tr').allInnerTexts(), ['platform.spu.lanes\t16']);
  await page.close();
});

test('the button switches the theme and every chart follows', async () => {
  const { page, errors } = await open(light, report);
  const before = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole('button', { name: 'light or dark' }).click();
  await settle(page);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), before);
  assert.deepEqual(await emptyCharts(page), []);
  assert.deepEqual(errors, []);
  await page.close();
});

test('prints', async () => {
  const { page, errors } = await open(light, report);
  await page.pdf({ path: workspace.file('run.pdf'), preferCSSPageSize: true, printBackground: true });
  assert.ok(statSync(workspace.file('run.pdf')).size > 50_000);
  assert.deepEqual(errors, []);
  await page.close();
});

test('says why banks and timeline are absent', async () => {
  workspace.terse(
    'run',
    'scenarios/fashion.yaml',
    '--set',
    'dataset.images=1',
    '--set',
    'run.baselines=none',
    '-o',
    workspace.file('plain'),
  );
  workspace.terse('report', workspace.file('plain'), '-o', workspace.file('plain.html'));
  const { page, errors } = await open(light, workspace.file('plain.html'));
  assert.match(await page.locator('#banks .absent').innerText(), /run\.timing=cycle/);
  assert.match(await page.locator('#timeline .absent').innerText(), /--timeline/);
  assert.match(await page.locator('#baselines .absent').innerText(), /No baselines/);
  assert.deepEqual(errors, []);
  await page.close();
});
