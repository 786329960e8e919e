// tests/browser/run bench: script time of what a reader does with a sweep of 5,000 points and with a long timeline.
import { readFileSync } from 'node:fs';

import { open, settle, Workspace } from './browser.mjs';
import { sweepOf } from './points.mjs';

const workspace = new Workspace();
const browser = await workspace.browser();
const results = [];

/** Milliseconds of script that the browser's main thread spends on `act`, the median of `times`. */
async function measure(page, what, act, times = 5) {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const script = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * metrics.find((metric) => metric.name === 'ScriptDuration').value;
  };
  const spent = [];
  for (let time = 0; time < times; ++time) {
    const before = await script();
    await act(time);
    await settle(page);
    spent.push((await script()) - before);
  }
  results.push([what, spent.sort((a, b) => a - b)[Math.floor(times / 2)]]);
}

const folder = workspace.file('run');
workspace.terse('run', 'scenarios/fashion.yaml', '--timeline', '-o', folder, '--report', workspace.file('run.html'));
const { timeline, ...result } = JSON.parse(readFileSync(`${folder}/result.json`, 'utf8'));
const { page } = await open(browser, workspace.page('sweep.html', sweepOf(5000, result)));
const select = (at) => page.locator('#pareto select').nth(at);
await measure(page, 'sweep: other axis', (time) =>
  select(1).selectOption(['accuracy', 'cycles_per_inference'][time % 2]),
);
await measure(page, 'sweep: colour', (time) => select(2).selectOption(['platform.spu.lanes', ''][time % 2]));
const lanes = page.getByRole('searchbox', { name: 'filter lanes', exact: true });
await measure(page, 'sweep: filter', (time) => lanes.fill(['>=4', ''][time % 2]));
const head = page.locator('#points th button', { hasText: 'cycles' });
await measure(page, 'sweep: sort', () => head.click());
await measure(page, 'sweep: scroll the table', (time) =>
  page.locator('#points .scroller').evaluate((box, at) => (box.scrollTop = at), 5000 * time),
);
await measure(page, 'sweep: theme', () => page.getByRole('button', { name: 'light or dark' }).click());
await measure(page, 'sweep: open a point', async () => {
  await page.evaluate(() => document.querySelector('#points tbody tr.open').click());
  await page.waitForSelector('dialog .tile');
  await settle(page);
  await page.keyboard.press('Escape');
});

const run = await open(browser, workspace.file('run.html'));
const intervals = timeline.calls.begin.length + timeline.units.reduce((sum, unit) => sum + unit.begin.length, 0);
await run.page.locator('.timeline canvas.rows').focus();
await run.page.keyboard.press('Home');
await measure(
  run.page,
  `timeline of ${intervals} jobs and calls: zoom`,
  (time) => run.page.keyboard.press(time % 2 ? '-' : '+'),
  9,
);
await measure(run.page, 'timeline: move', (time) => run.page.keyboard.press(time % 2 ? 'ArrowLeft' : 'ArrowRight'), 9);
await browser.close();
workspace.remove();
for (const [what, ms] of results) console.log(`${what.padEnd(48)} ${ms.toFixed(1).padStart(7)} ms`);
