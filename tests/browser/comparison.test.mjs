// What changed between two runs, and why.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { emptyCharts, open, overlaps, settle, tooWide, Workspace } from './browser.mjs';

const workspace = new Workspace();
const report = workspace.file('comparison.html');
let browser;
before(async () => {
  const run = (name, ...settings) =>
    workspace.terse(
      'run',
      'scenarios/fashion.yaml',
      '--set',
      'run.timing=cycle',
      '--set',
      'dataset.images=1',
      '--set',
      'run.baselines=none',
      ...settings.flatMap((setting) => ['--set', setting]),
      '-o',
      workspace.file(name),
    );
  run('a');
  run('b', 'platform.spu.lanes=4', 'platform.scratchpad.banks=4');
  workspace.terse('report', '--compare', workspace.file('a'), workspace.file('b'), '-o', report);
  browser = await workspace.browser();
});
after(async () => {
  await browser?.close();
  workspace.remove();
});

test('draws without errors, requests or overlaps', async () => {
  const { page, errors, requests } = await open(browser, report);
  assert.deepEqual(await emptyCharts(page), []);
  assert.deepEqual(await overlaps(page), []);
  assert.deepEqual(await tooWide(page), []);
  assert.deepEqual([errors, requests], [[], []]);
  await page.close();
});

test('names what was changed and which cause the cycles went to', async () => {
  const { page } = await open(browser, report);
  assert.deepEqual(await page.locator('#changes tbody tr').allInnerTexts(), [
    'platform.scratchpad.banks\t16\t4',
    'platform.spu.lanes\t16\t4',
  ]);
  assert.match(
    await page.locator('#why').innerText(),
    /cycles per inference \(\+[\d.]+.%\), seen from spu: compute \+/,
  );
  await page.locator('#why select').selectOption('tmac');
  await settle(page);
  assert.match(await page.locator('#why').innerText(), /seen from tmac/);
  await page.close();
});
