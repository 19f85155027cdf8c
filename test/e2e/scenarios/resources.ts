/**
 * Pods, EndpointSlices, Leases, a custom resource and Nodes, each sieved by a projection of its own: directly and through
 * the proxy, as list and watch and as a watch-list, in JSON and protobuf, under noise and changes (R14, R16, I2, I3, I5).
 * What must arrive is told by an oracle of the tests' own, over the direct watch in JSON.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import type { Encoding } from '../informer.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import {
  collectionOf,
  CONFIG,
  createAll,
  namespacesOf,
  NODE,
  patch,
  remove,
  removeAll,
  SUBJECTS,
} from '../sieved-resources.ts';
import type { Subject } from '../sieved-resources.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const ROUNDS = 24;
/** Every so many rounds there is a change besides the noise. */
const CHANGES_EVERY = 6;
const WAYS = ['list and watch', 'watch-list'] as const;
type Way = (typeof WAYS)[number];
const WATCH_LIST = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan';
const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

export const resourcesScenario: Scenario = {
  title: 'resources that settings name',
  run: async (rig) => {
    const { admin, folder } = rig.cluster;
    const config = join(folder, 'resources.yaml');
    await writeFile(config, CONFIG);
    await createAll(admin, until);
    try {
      await withProxy(rig, (proxy) => run(rig, proxy), { args: [`--config=${config}`] });
    } finally {
      await removeAll(admin);
    }
  },
};

interface Pair {
  readonly subject: Subject;
  readonly way: Way;
  readonly encoding: Encoding;
  readonly direct: RawWatch;
  readonly proxied: RawWatch;
  /** What the client had before the watch, by the API server; empty where the watch itself brings it. */
  readonly listed: readonly unknown[];
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const pairs: Pair[] = [];
  try {
    for (const subject of SUBJECTS) pairs.push(...(await openPairs(rig, proxy, subject)));
    await load(rig.cluster.admin);
    for (const { subject, direct, proxied } of pairs)
      await Promise.all([direct.reached(lastOf(subject)), proxied.reached(lastOf(subject))]);
    for (const subject of SUBJECTS)
      for (const way of WAYS)
        await judge(
          rig,
          pairs.filter((pair) => pair.subject === subject && pair.way === way),
        );
    await judgeCounts(rig, proxy);
  } finally {
    await Promise.all(pairs.flatMap(({ direct, proxied }) => [direct.close(), proxied.close()]));
  }
}

async function openPairs({ cluster }: Rig, proxy: Proxy, subject: Subject): Promise<readonly Pair[]> {
  const at = collectionOf(subject);
  const list = await cluster.admin.getJson(at);
  const from = textAt(list, 'metadata', 'resourceVersion');
  const lister = new ApiClient(proxy.endpoint('admin'));
  const pairs: Pair[] = [];
  for (const encoding of subject.hasProtobuf ? (['json', 'protobuf'] as const) : (['json'] as const)) {
    // What the client holds: a snapshot is of one encoding.
    const exact = `${at}?resourceVersion=${from}&resourceVersionMatch=Exact&limit=500`;
    assert.equal((await lister.get(exact, { accept: ACCEPT[encoding] })).status, 200);
    for (const way of WAYS) {
      const begin = way === 'watch-list' ? WATCH_LIST : `resourceVersion=${from}`;
      const path = `${at}?watch=true&allowWatchBookmarks=true&${begin}`;
      const [direct, proxied] = await Promise.all(
        [cluster, proxy].map((side) => RawWatch.open({ endpoint: side.endpoint('admin'), encoding, path })),
      );
      assert.ok(direct !== undefined && proxied !== undefined);
      const listed = way === 'watch-list' ? [] : listAt(list, 'items');
      pairs.push({ subject, way, encoding, direct, proxied, listed });
      if (way === 'watch-list')
        for (const side of [direct, proxied]) await side.reached('k8s.io/initial-events-end');
    }
  }
  await lister.close();
  return pairs;
}

/** Noise in each round, a change now and then; of two objects one goes, and the other has the last word. */
async function load(admin: ApiClient): Promise<void> {
  await Promise.all(
    SUBJECTS.map(async (subject) => {
      const [first = '', ...others] = namespacesOf(subject);
      for (let round = 0; round < ROUNDS; round++)
        for (const namespace of [first, ...others]) {
          await patch(admin, subject, namespace, subject.noise(round));
          const change = Math.floor(round / CHANGES_EVERY);
          if (round % CHANGES_EVERY === CHANGES_EVERY - 1)
            await patch(admin, subject, namespace, subject.news(change, `news-${change}`));
        }
      for (const namespace of others) await remove(admin, subject, namespace);
      await patch(admin, subject, first, subject.news(0, lastOf(subject)));
    }),
  );
}

/** Occurs nowhere before, in either encoding. */
function lastOf({ plural }: Subject): string {
  return `last-of-${plural}`;
}

/** @param pairs - one for each encoding, JSON first: it is the oracle of the other. */
async function judge({ report }: Rig, pairs: readonly Pair[]): Promise<void> {
  const [oracle] = pairs;
  assert.ok(oracle !== undefined);
  const must = indexesThatCount(oracle, eventsOf(oracle.direct));
  for (const { subject, way, encoding, direct, proxied } of pairs) {
    const what = `${subject.resource}, ${way}, ${encoding}`;
    const [all, kept] = [eventsOf(direct), eventsOf(proxied)];
    report.note(`${what}: ${all.length} events direct, ${kept.length} through the proxy`);
    await report.check(
      `${what}: what counts arrives byte for byte and in order, nothing else (I2, I3)`,
      () => {
        assert.equal(all.length, eventsOf(oracle.direct).length);
        assert.deepEqual(
          kept.map((frame) => all.findIndex((one) => one.equals(frame))),
          must,
        );
      },
    );
    await report.check(`${what}: the noise is gone (R16)`, () => {
      const [gone, least] = [all.length - kept.length, leastNoise(subject)];
      assert.ok(gone >= least, `${gone} of ${all.length}, at least ${least} were noise`);
    });
    if (encoding === 'json')
      await report.check(`${what}: both end in the same state (I5)`, () => {
        const truth = stateAfter(oracle, all);
        assert.ok(truth.size >= 1);
        assert.deepEqual(stateAfter(oracle, kept), truth);
      });
  }
}

/** Bookmarks are no news, and come when they come. */
function eventsOf({ frames }: RawWatch): readonly Buffer[] {
  return frames.filter((frame) => !frame.includes('BOOKMARK'));
}

/** Of these events in JSON, those that say of an object what its client does not hold. */
function indexesThatCount(pair: Pair, events: readonly Buffer[]): readonly number[] {
  const held = heldBefore(pair);
  return events.flatMap((frame, index) => {
    const { type, key, counted } = read(pair, frame);
    const isNews = type !== 'MODIFIED' || held.get(key) !== counted;
    if (type === 'DELETED') held.delete(key);
    else held.set(key, counted);
    return isNews ? [index] : [];
  });
}

function stateAfter(pair: Pair, events: readonly Buffer[]): ReadonlyMap<string, string> {
  const held = heldBefore(pair);
  for (const frame of events) {
    const { type, key, counted } = read(pair, frame);
    if (type === 'DELETED') held.delete(key);
    else held.set(key, counted);
  }
  return held;
}

function heldBefore({ subject, listed }: Pair): Map<string, string> {
  return new Map(listed.map((object) => [keyOf(object), JSON.stringify(subject.counted(object))]));
}

function read({ subject }: Pair, frame: Buffer): { type: string; key: string; counted: string } {
  const event = parseJson(frame.toString());
  const object = valueAt(event, 'object');
  const counted = JSON.stringify(subject.counted(object));
  return { type: textAt(event, 'type'), key: keyOf(object), counted };
}

function keyOf(object: unknown): string {
  return `${String(valueAt(object, 'metadata', 'namespace'))}/${textAt(object, 'metadata', 'name')}`;
}

/**
 * The first of a kind may be news. Of Nodes managedFields count, whose times are of whole seconds: a heartbeat in a new
 * second is news too.
 */
function leastNoise(subject: Subject): number {
  return subject === NODE ? ROUNDS / 2 : (ROUNDS - 1) * namespacesOf(subject).length;
}

async function judgeCounts({ report }: Rig, proxy: Proxy): Promise<void> {
  const scrape = await proxy.scrape();
  await report.check('each event has one verdict, by resource (R28)', () => scrape.assertSumRule());
  for (const { resource } of SUBJECTS)
    await report.check(`${resource}: is counted by itself, and understood`, () => {
      const sum = (labels: Readonly<Record<string, string>>): number =>
        scrape.sum('watchsieve_events_total', { resource, ...labels });
      assert.ok(sum({ verdict: 'swallowed' }) > 0);
      for (const reason of ['undecodable', 'foreign_kind', 'first_seen'])
        assert.equal(sum({ reason }), 0, reason);
    });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await holds()) return;
    await delay(50);
  }
  throw new Error('the server does not serve the custom resource');
}
