// A browser for tests: chromium with nothing of its own going on, every error noticed, every request refused but the page itself.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const build = process.env.TERSE_BUILD;
const { chromium } = createRequire(join(build, 'browser/package.json'))('playwright-core');

const quiet = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A folder of its own, for reports and the browser's profile. */
export class Workspace {
  path = mkdtempSync(join(tmpdir(), 'terse-browser-'));
  file(name) {
    return join(this.path, name);
  }
  remove() {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Runs the built program. */
  terse(...words) {
    return execFileSync(join(build, 'bin/terse'), words, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  }

  /** The bundled page with data that no program made. */
  page(name, data) {
    const bundled = readFileSync(join(build, 'platform/report/html/page.html'), 'utf8');
    const text = JSON.stringify(data).replaceAll('<', '\\u003c');
    writeFileSync(
      this.file(name),
      bundled.replace('@TERSE_REPORT_DATA@', () => text),
    );
    return this.file(name);
  }

  async browser(scheme = 'light') {
    return chromium.launchPersistentContext(mkdtempSync(join(this.path, 'profile-')), {
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: quiet,
      viewport: { width: 1366, height: 768 },
      colorScheme: scheme,
    });
  }
}

/** Opens a report: {page, errors, requests}. `errors`: of the console and of scripts; `requests`: of anything but the file. */
export async function open(browser, file) {
  const page = await browser.newPage();
  const errors = [],
    requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.stack));
  page.on('request', (request) => {
    if (request.url() !== `file://${file}` && !/^(blob|data):/.test(request.url())) requests.push(request.url());
  });
  await page.goto(`file://${file}`);
  await page.waitForSelector('main');
  await settle(page);
  return { page, errors, requests };
}

/** Until everything asked for is drawn. */
export const settle = (page) =>
  page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))),
  );

/** Names of charts in which nothing is drawn; every chart is scrolled into view first. */
export async function emptyCharts(page) {
  return page.evaluate(async () => {
    const empty = [];
    for (const chart of document.querySelectorAll('.chart')) {
      if (chart.offsetParent === null) continue;
      chart.scrollIntoView({ block: 'center' });
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
      const marks = chart.querySelectorAll('svg path, svg rect, svg text').length;
      const canvases = [...chart.querySelectorAll('canvas')].some((canvas) => {
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        return pixels.some((value) => value !== 0);
      });
      if (marks < 4 && !canvases) empty.push(chart.getAttribute('aria-label'));
    }
    return empty;
  });
}

/** How many colours a canvas has. */
export const coloursOf = (page, selector) =>
  page.evaluate((wanted) => {
    const canvas = document.querySelector(wanted);
    const pixels = new Uint32Array(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.buffer);
    return new Set(pixels).size;
  }, selector);

/** Pairs of texts of one chart that lie over each other. */
export const overlaps = (page) =>
  page.evaluate(() => {
    const found = [];
    for (const chart of document.querySelectorAll('.chart')) {
      const texts = [...chart.querySelectorAll('svg text')]
        .filter((text) => text.textContent.trim() !== '')
        .map((text) => [text.textContent, text.getBoundingClientRect()]);
      for (let i = 0; i < texts.length; ++i) {
        for (let j = i + 1; j < texts.length; ++j) {
          const [a, b] = [texts[i][1], texts[j][1]];
          const x = Math.min(a.right, b.right) - Math.max(a.left, b.left),
            y = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
          if (x > 2 && y > 4) found.push(`${chart.getAttribute('aria-label')}: '${texts[i][0]}' and '${texts[j][0]}'`);
        }
      }
    }
    return found;
  });

/** Elements that stick out of the page to the right. */
export const tooWide = (page) =>
  page.evaluate(() =>
    document.documentElement.scrollWidth > window.innerWidth
      ? [`${document.documentElement.scrollWidth} px`]
      : [...document.querySelectorAll('.tile .figure')]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
  );
