// tests/browser/run pictures: the pictures of docs/report.md.
import { copyFileSync, readFileSync } from 'node:fs';

import { open, settle, Workspace } from './browser.mjs';
import { sweepOf } from './points.mjs';

const workspace = new Workspace();
const browser = await workspace.browser();
const terse = (...words) => workspace.terse('run', 'scenarios/fashion.yaml', '--set', 'run.timing=cycle', ...words);

/** The part of a page from one element's top, as the window shows it. */
async function picture(page, selector, name, height) {
  await page.setViewportSize({ width: 1366, height });
  await page
    .locator(selector)
    .evaluate((element) => window.scrollTo(0, element.getBoundingClientRect().top + scrollY - 56));
  await settle(page);
  const file = workspace.file(`${name}.png`);
  await page.screenshot({ path: file });
  copyFileSync(file, `docs/pictures/${name}.png`);
}

terse('--set', 'dataset.images=2', '--report', workspace.file('run.html'), '-o', workspace.file('a'));
terse('--set', 'dataset.images=2', '--set', 'platform.spu.lanes=4', '-o', workspace.file('b'));
workspace.terse(
  'report',
  '--compare',
  workspace.file('a'),
  workspace.file('b'),
  '-o',
  workspace.file('difference.html'),
);

const run = await open(browser, workspace.file('run.html'));
await picture(run.page, 'h1', 'report_run', 700);
await picture(run.page, '#timeline', 'report_timeline', 660);
const difference = await open(browser, workspace.file('difference.html'));
await picture(difference.page, '#why', 'report_comparison', 760);
const result = JSON.parse(readFileSync(workspace.file('a/result.json'), 'utf8'));
const sweep = await open(browser, workspace.page('sweep.html', sweepOf(400, result)));
await picture(sweep.page, '#pareto', 'report_sweep', 620);
await browser.close();
workspace.remove();
