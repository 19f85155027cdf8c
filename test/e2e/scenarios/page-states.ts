/** The status page in each state, on screens from 320 to 1450 pixels, light and dark; pictures go to reports/page. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Explained } from '../../../src/serve/watch/explain.ts';
import { renderExplained } from '../../../src/serve/admin/page/explained.ts';
import { renderPage } from '../../../src/serve/admin/page/page.ts';
import { PAGE_HEADERS } from '../../../src/serve/admin/page/shell.ts';
import type { Status } from '../../../src/serve/admin/status.ts';
import { lastingPort } from '../../support/lasting-port.ts';
import { sampleAskedHubs, sampleExplained, sampleHub, sampleStatus } from '../../support/sample-status.ts';
import { withBrowser } from '../browser.ts';
import { accessibilityProblems } from '../page-audit.ts';
import type { Report } from '../report.ts';

const PICTURES = join(import.meta.dirname, '../../../reports/page');
const WIDTHS = [320, 375, 768, 1450];
const NOTHING = { received: 0, forwarded: 0, swallowed: 0, wouldSwallow: 0 };
const STATES: Readonly<Record<string, Status>> = {
  running: sampleStatus(),
  empty: sampleStatus({ events: NOTHING, streams: [], noisiest: null, changes: [] }),
  hub: sampleStatus({ hub: sampleHub() }),
  'hub-unused': sampleStatus({
    events: NOTHING,
    streams: [],
    hub: sampleHub({ feeds: [], requests: {}, readersEnded: {}, lastEnded: [] }),
  }),
  'hub-asked': sampleStatus({ askedHubs: sampleAskedHubs() }),
  'hub-untrusted': sampleStatus({ askedHubs: sampleAskedHubs({ last: 'tls', watches: 0 }) }),
  observing: sampleStatus({ mode: 'observe' }),
  failing: sampleStatus({
    state: 'starting',
    checks: [{ name: 'upstream', ok: false, note: 'connection refused' }],
  }),
};

/** Of the page about a Node. */
const EXPLAINED: Readonly<Record<string, Explained | undefined>> = {
  explained: sampleExplained(),
  'explained-nothing': sampleExplained({ streams: [] }),
  'explained-nobody': undefined,
};

export async function judgeStates(report: Report): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  let shown = renderPage(sampleStatus());
  const server = createServer((_request, response) => {
    response.writeHead(200, PAGE_HEADERS).end(shown);
  });
  const port = await lastingPort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${port}/`;
  try {
    for (const colorScheme of ['light', 'dark'] as const)
      await withBrowser({ colorScheme }, async (context) => {
        const page = await context.newPage();
        for (const [state, status] of Object.entries(STATES)) {
          shown = renderPage(status);
          await page.goto(url);
          await report.check(
            `${state}, ${colorScheme}: the page fits screens of ${WIDTHS.join(', ')} pixels`,
            () => fitsAll(page, `${state}-${colorScheme}`),
          );
          if (!state.startsWith('hub')) continue;
          await report.check(`${state}, ${colorScheme}: axe-core finds nothing`, async () => {
            await page.evaluate(
              "document.querySelectorAll('details').forEach((one) => { one.open = true; })",
            );
            assert.deepEqual(await accessibilityProblems(page), []);
          });
        }
        for (const [state, explained] of Object.entries(EXPLAINED)) {
          shown = renderExplained(explained, '0.1.0');
          await page.goto(url);
          await report.check(
            `${state}, ${colorScheme}: it fits the same screens, and axe-core finds nothing`,
            async () => {
              await fitsAll(page, `${state}-${colorScheme}`);
              assert.deepEqual(await accessibilityProblems(page), []);
            },
          );
        }
        shown = renderPage(sampleStatus());
        await page.goto(url);
        server.closeAllConnections();
        server.close();
        await report.check(
          `stopped, ${colorScheme}: nothing of the page looks as if it were now`,
          async () => {
            await page.locator('#facts .pill.bad', { hasText: 'no answer' }).waitFor();
            assert.notEqual(
              await page.evaluate("getComputedStyle(document.querySelector('main')).filter"),
              'none',
            );
            await fitsAll(page, `stopped-${colorScheme}`);
          },
        );
        server.listen(port, '127.0.0.1');
        await once(server, 'listening');
        await report.check(`back, ${colorScheme}: it is ready again, and current`, async () => {
          await page.locator('#facts .pill.good', { hasText: 'ready' }).waitFor();
          assert.equal(
            await page.evaluate("getComputedStyle(document.querySelector('main')).filter"),
            'none',
          );
        });
      });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** In the browser: what sticks out of the window, and cells too narrow for their words. */
const PROBLEMS = `(() => [
  ...(document.documentElement.scrollWidth > innerWidth ? ['scrolls sideways'] : []),
  ...[...document.querySelectorAll('.stacked .path')]
    .filter((path) => path.getBoundingClientRect().right > innerWidth)
    .map((path) => path.textContent + ': out of sight'),
  ...[...document.querySelectorAll('main td, main th')]
    .filter((cell) => cell.clientWidth > 1 && cell.clientWidth < 48 && cell.textContent.trim().length > 6)
    .map((cell) => cell.textContent.trim() + ': ' + cell.clientWidth + ' px'),
])()`;

async function fitsAll(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: join(PICTURES, `${name}-${width}.png`), fullPage: true });
    assert.deepEqual(await page.evaluate(PROBLEMS), [], `${width} px`);
  }
}
