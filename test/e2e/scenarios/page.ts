/**
 * The status page in a real browser (R29), before a simulated cluster of some hundred Nodes: its figures are right and
 * move, a keyboard reaches everything, axe-core finds nothing wrong in light and dark, it works without JavaScript and
 * on a narrow screen, and it asks nobody else for anything. With UPDATE_SCREENSHOTS=1 it makes those of docs/.
 */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import type { BrowserContext, Page } from 'playwright-core';

import { numberAt, textAt } from '../../support/json-value.ts';
import { missingBrowser, withBrowser } from '../browser.ts';
import { judgeStates } from './page-states.ts';
import { accessibilityProblems, reachableByKeyboard } from '../page-audit.ts';
import { watchAs } from '../named-clients.ts';
import type { Proxy } from '../proxy.ts';
import { SimulatedCluster } from '../simulated-cluster.ts';
import { takeScreenshots } from '../screenshots.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const NODES = Array.from({ length: 300 }, (_, i) => `node-${String(i).padStart(4, '0')}`);
/** What a client may call itself. */
const HOSTILE = `<script>document.title='x'</script>"'><img src=//example.invalid/x onerror=alert(1)>`;
const CLIENTS = [
  { agent: 'speaker/v0.14.5 (linux/amd64) kubernetes/$Format', encoding: 'protobuf' },
  { agent: HOSTILE, encoding: 'json' },
] as const;
const MOST_ANSWERS = 8;
const SCHEMES = ['light', 'dark'] as const;

export const pageScenario: Scenario = {
  title: 'the status page in Chromium',
  run: async (rig) => {
    const missing = await missingBrowser((text) => {
      rig.report.note(text);
    });
    if (missing !== undefined) {
      rig.report.fail('a browser is there', new Error(missing));
      return;
    }
    await judgeStates(rig.report);
    if (process.env['UPDATE_SCREENSHOTS'] === '1') await takeScreenshots(rig);
    const cluster = await SimulatedCluster.start(NODES);
    try {
      await withProxy(rig, (proxy) => run(rig, proxy, cluster), { cluster });
    } finally {
      await cluster.stop();
    }
  },
};

async function run(rig: Rig, proxy: Proxy, cluster: SimulatedCluster): Promise<void> {
  const { report } = rig;
  const url = `http://${proxy.admin}/`;
  await audit(rig, url, 'without a watch');
  const watches = await watchAs(proxy, CLIENTS);
  cluster.beat({
    perSecond: HEARTBEATS_PER_SECOND,
    noisy: NODES.slice(0, 3),
    changesEveryMs: 1000,
    changes: [
      (round) => cluster.simulator.cluster.setLabel(NODES[round % NODES.length] ?? '', 'zone', String(round)),
    ],
  });
  try {
    await proxy.until('something was swallowed', (scrape) => scrape.sum('watchsieve_events_total') > 800);
    await audit(rig, url, 'with watches');
    await withBrowser({}, (context) => live(rig, proxy, context, cluster));
    await withBrowser({ javaScriptEnabled: false }, (context) => withoutScript(rig, url, context));
    await withBrowser({ viewport: { width: 320, height: 640 } }, async (context) => {
      const page = await context.newPage();
      await page.goto(url);
      await report.check('320 pixels are wide enough: the page does not scroll sideways', async () => {
        const [content, screen] = await Promise.all(
          ['document.documentElement.scrollWidth', 'innerWidth'].map((of) => page.evaluate(of)),
        );
        assert.ok(Number(content) <= Number(screen), `${String(content)} in ${String(screen)}`);
      });
    });
    cluster.rest();
  } finally {
    await Promise.all(watches.map((watch) => watch.close()));
  }
}

/** In the browser: both areas are there, and what was forwarded is the lower one. */
const AREAS_ARE_RIGHT = `(() => {
  const [swallowed, forwarded] = ['swallowed', 'forwarded'].map((name) =>
    document.querySelector('path.area.' + name)?.getBoundingClientRect());
  return swallowed?.height > 50 && swallowed.width > 5 && forwarded?.height > 0 &&
    forwarded.top > swallowed.top && forwarded.bottom <= swallowed.bottom + 1;
})()`;

/** What is wrong with the page for whoever cannot see it well, in each scheme. */
async function audit({ report }: Rig, url: string, when: string): Promise<void> {
  for (const colorScheme of SCHEMES)
    await withBrowser({ colorScheme }, async (context) => {
      const page = await context.newPage();
      await page.goto(url);
      // With everything unfolded.
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      await report.check(`axe-core finds no violation: ${colorScheme}, ${when}`, async () => {
        assert.deepEqual(await accessibilityProblems(page), []);
      });
    });
}

/** The page with its script, while the figures move. */
async function live(
  { report }: Rig,
  proxy: Proxy,
  context: BrowserContext,
  cluster: SimulatedCluster,
): Promise<void> {
  const told: string[] = [];
  const asked = new Set<string>();
  let pages = 0;
  const page = await context.newPage();
  page.on('console', (message) => told.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => told.push(error.message));
  page.on('dialog', (dialog) => told.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    pages += 1;
    asked.add(new URL(request.url()).protocol === 'data:' ? 'data:' : new URL(request.url()).host);
  });
  await page.goto(`http://${proxy.admin}/`);
  const received = async (): Promise<number> =>
    Number((await page.locator('.big b').innerText()).replaceAll(',', ''));

  await report.check('the figures move by themselves', async () => {
    const before = await received();
    await beyond(page, received, before + 100);
    assert.equal(await page.locator('#live-state').innerText(), 'Live');
  });
  await report.check(
    'the chart has an area for what was forwarded, inside that of what was swallowed',
    async () => {
      // In one step, and again until it holds: the page draws itself anew all the time.
      await page.waitForFunction(AREAS_ARE_RIGHT);
      assert.match((await page.locator('.plot svg').getAttribute('aria-label')) ?? '', /\d received/);
    },
  );
  await report.check('the keyboard reaches whatever can be used, and one sees where one is', async () => {
    assert.deepEqual(await reachableByKeyboard(page), { missed: [], invisible: [] });
  });
  await report.check('what is unfolded and focused stays so while the figures move', async () => {
    await page.locator('#settings summary').click();
    await page.locator('#settings summary').focus();
    const before = await received();
    await beyond(page, received, before);
    assert.equal(await page.locator('#settings details').getAttribute('open'), '');
    assert.equal(await page.evaluate('document.activeElement.localName'), 'summary');
  });
  await report.check('a hostile name of a client is text', async () => {
    assert.match(await page.locator('#streams').innerText(), /<script>document\.title='x'<\/script>/);
    assert.equal(await page.title(), 'watchsieve');
    assert.equal(await page.locator('img').count(), 0);
  });
  await pauses(page, report, () => pages);
  await report.check('at rest its figures are those of /debug/status, and of /metrics', async () => {
    cluster.rest();
    // What was on its way has arrived, and the page has asked again.
    await delay(5000);
    const status: unknown = await (await fetch(`http://${proxy.admin}/debug/status`)).json();
    const scrape = await proxy.scrape();
    assert.equal(await received(), numberAt(status, 'events', 'received'));
    assert.equal(await received(), scrape.sum('watchsieve_events_received_total'));
    assert.equal(textAt(status, 'state'), 'ready');
  });
  await report.check('it asks nobody but the admin listener, and nothing is on the console', () => {
    assert.deepEqual(
      [...asked].filter((host) => host !== 'data:'),
      [proxy.admin],
    );
    assert.deepEqual(told, []);
  });
}

/** Waits for a figure to grow, for some answers to the page's questions. */
async function beyond(page: Page, figure: () => Promise<number>, value: number): Promise<void> {
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    if ((await figure()) > value) return;
    await page.waitForResponse('**/');
  }
  assert.fail(`after ${MOST_ANSWERS} answers it is ${await figure()}, not above ${value}`);
}

async function pauses(page: Page, report: Rig['report'], requests: () => number): Promise<void> {
  await report.check('Pause stops the questions, Resume takes them up again', async () => {
    await page.locator('#pause').click();
    assert.equal(await page.locator('#live-state').innerText(), 'Paused');
    await delay(500);
    const before = requests();
    await delay(4500);
    assert.equal(requests(), before);
    const next = page.waitForResponse('**/');
    await page.locator('#pause').click();
    await next;
    assert.equal(await page.locator('#live-state').innerText(), 'Live');
  });
}

async function withoutScript({ report }: Rig, url: string, context: BrowserContext): Promise<void> {
  const page = await context.newPage();
  await page.goto(url);
  await report.check('without JavaScript everything is there, and a link to look again', async () => {
    const text = await page.locator('body').innerText();
    for (const part of [
      /\d\d\.\d\s%/,
      /speaker\/v0\.14\.5/,
      /metadata\.labels\["zone"\]/,
      /Noisiest objects/,
      /Look again/,
    ])
      assert.match(text, part);
    assert.ok(!(await page.locator('#pause').isVisible()));
    assert.ok(await page.locator('path.area.swallowed').isVisible());
    await page.locator('#object').fill(NODES[0] ?? '');
    await page.getByRole('button', { name: 'Explain' }).click();
    assert.match(await page.locator('main').innerText(), /node-0000[^]*Watch #\d+/);
    await page.getByRole('link', { name: 'The same as JSON' }).click();
    assert.match(await page.locator('body').innerText(), /"object": "node-0000"/);
  });
}
