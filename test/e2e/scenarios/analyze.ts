/**
 * `watchsieve analyze` before a real API server (R50): it names the heartbeat, its share and its writer; what it predicts
 * of a preset is what a sidecar swallows in the same time; whoever may not watch is told so; and its page stands in
 * Chromium without a network, on a narrow screen, in light and dark.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { runToEnd } from '../../support/child.ts';
import { listAt, numberAt, parseJson, textAt } from '../../support/json-value.ts';
import { missingBrowser, withBrowser } from '../browser.ts';
import { watchAs } from '../named-clients.ts';
import { accessibilityProblems, reachableByKeyboard } from '../page-audit.ts';
import type { Proxy } from '../proxy.ts';
import type { Scrape } from '../metrics.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const SECONDS = 20;
/** The load begins before the watch, and ends after it. */
const LOAD_SECONDS = SECONDS + 12;
const HEARTBEATS_PER_SECOND = 25;
const NARROW = { width: 360, height: 740 };

export const analyzeScenario: Scenario = {
  title: 'analyze',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { report, cluster, nodes } = rig;
  const kubeconfig = await cluster.writeKubeconfig('analyze', 'watcher');
  const analyze = (...args: readonly string[]) =>
    runToEnd({
      name: 'watchsieve analyze',
      command: process.execPath,
      args: [rig.program, 'analyze', ...args],
      timeoutMs: 120_000,
    });
  const watches = await watchAs(proxy, [{ agent: 'speaker', encoding: 'json' }]);
  let before: Scrape | undefined;
  try {
    const load = nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: LOAD_SECONDS });
    // What the sidecar forwards as first seen is behind it.
    await proxy.until('each Node was heard of', (scrape) => swallowed(scrape) > 2 * nodes.count);
    before = await proxy.scrape();
    const output = join(cluster.folder, 'analysis');
    const [json, html] = await Promise.all([
      analyze('--kubeconfig', kubeconfig, '--duration', `${SECONDS}s`, '--output', 'json'),
      analyze('--kubeconfig', kubeconfig, '--duration', `${SECONDS}s`, '--output', 'html'),
    ]);
    const after = await proxy.scrape();
    await load;
    const [found] = listAt(parseJson(json.stdout), 'resources');
    await report.check('it names the heartbeat, its share and its writer (R50)', () => {
      assert.equal(json.code, 0, json.stderr);
      const [kind] = listAt(found, 'kinds');
      assert.equal(textAt(kind, 'name'), 'heartbeat');
      assert.deepEqual(listAt(kind, 'fields'), ['status.conditions[*].lastHeartbeatTime']);
      assert.deepEqual(listAt(kind, 'writers'), ['watchsieve-e2e (status)']);
      const share = numberAt(kind, 'events') / numberAt(found, 'events');
      assert.ok(share > 0.9 && share < 1, `${share}`);
    });
    await report.check(
      'its prediction for metallb is within 2 points of what the sidecar swallows (R50)',
      () => {
        const metallb = listAt(found, 'presets').find((preset) => textAt(preset, 'name') === 'metallb');
        const predicted = numberAt(metallb, 'events') / numberAt(found, 'byType', 'MODIFIED');
        const really =
          (swallowed(after) - swallowed(before ?? after)) / (modified(after) - modified(before ?? after));
        report.note(`predicted ${(100 * predicted).toFixed(2)} %, swallowed ${(100 * really).toFixed(2)} %`);
        assert.ok(Math.abs(predicted - really) < 0.02);
        assert.ok(really > 0.9);
      },
    );
    await report.check('no name of a Node is in it', () => {
      assert.doesNotMatch(json.stdout + html.stdout, /node-?\d{2}|e2e\.watchsieve\.dev/);
    });
    await writeFile(`${output}.html`, html.stdout);
    await judgePage(rig, pathToFileURL(`${output}.html`).href);
  } finally {
    await Promise.all(watches.map((watch) => watch.close()));
  }
  await report.check('whoever may not watch is told so in one line: verb, resource, user (R50)', async () => {
    const nobody = await cluster.writeKubeconfig('analyze-nobody', 'nobody');
    const { code, stdout, stderr } = await analyze('--kubeconfig', nobody);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(
      stderr,
      /analyze: user "[\w:@-]*nobody[\w:@-]*" may not watch nodes in the whole cluster: it takes the verb watch/,
    );
  });
  await report.check('a resource that does not exist is guessed at, by real discovery (R50)', async () => {
    const { code, stderr } = await analyze('--kubeconfig', kubeconfig, '--resource', 'leasse');
    assert.equal(code, 2);
    assert.match(stderr, /no resource leasse that can be watched \(did you mean leases?\?\)/);
  });
  await report.check('--all shows what may be watched, and names what may not (R50)', async () => {
    const { code, stdout, stderr } = await analyze('--kubeconfig', kubeconfig, '--all', '--duration', '1s');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^nodes: /m);
    assert.match(stdout, /^ {2}pods: user "[^"]+" may not watch pods/m);
    assert.doesNotMatch(stdout, /secrets/);
  });
}

const swallowed = (scrape: Scrape): number => scrape.sum('watchsieve_events_total', { verdict: 'swallowed' });
const modified = (scrape: Scrape): number =>
  scrape.sum('watchsieve_events_received_total', { type: 'MODIFIED' });

async function judgePage({ report }: Rig, url: string): Promise<void> {
  const missing = await missingBrowser((text) => report.note(text));
  if (missing !== undefined) {
    report.fail('a browser is there', new Error(missing));
    return;
  }
  for (const colorScheme of ['light', 'dark'] as const)
    await withBrowser({ colorScheme, viewport: NARROW, offline: true }, async (context) => {
      const page = await context.newPage();
      const told: string[] = [];
      page.on('console', (message) => told.push(message.text()));
      page.on('pageerror', (error) => told.push(error.message));
      page.on('request', (request) => {
        if (request.url() !== url) told.push(request.url());
      });
      await page.goto(url);
      await report.check(
        `the page opens offline, ${colorScheme}: nothing is asked for, axe-core finds nothing`,
        async () => {
          assert.match(await page.locator('body').innerText(), /heartbeat/);
          assert.deepEqual(told, []);
          // axe-core comes in as a debugger, and what it asks for is its own.
          assert.deepEqual(await accessibilityProblems(page), []);
        },
      );
      await report.check(`${NARROW.width} pixels are wide enough, ${colorScheme}`, async () => {
        const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(width <= NARROW.width, `${width}`);
        assert.deepEqual(await reachableByKeyboard(page), { missed: [], invisible: [] });
      });
      await report.check(`the ground is ${colorScheme}, and the plot has height`, async () => {
        const ground = String(
          await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
        );
        const [red = 0] = (/\d+/.exec(ground) ?? []).map(Number);
        assert.equal(red < 128, colorScheme === 'dark', ground);
        const box = await page.locator('.plot .all').boundingBox();
        assert.ok((box?.height ?? 0) > 50, JSON.stringify(box));
      });
    });
}
