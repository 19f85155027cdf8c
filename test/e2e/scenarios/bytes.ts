/**
 * Byte identity (I2, I3, I5): what a watch through the proxy delivers is an in-order subsequence of what
 * a parallel direct watch from the same resourceVersion delivers, byte for byte, and all that is missing
 * are MODIFIED events that change nothing for this client. JSON is the oracle of protobuf: without
 * bookmarks both encodings carry the same events in the same order.
 */

import assert from 'node:assert/strict';

import { projectionOf } from '../informer.ts';
import type { Encoding } from '../informer.ts';
import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { nodeName, nodeObject } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const HEARTBEATS_PER_SECOND = 50;
const SECONDS = 8;
/** JSON first: it is the oracle. */
const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];
/** Long enough for load and checks; the server sends a bookmark about 2 s before the end of a watch. */
const BOOKMARKED_WATCH_SECONDS = 12;

export const bytesScenario: Scenario = {
  title: 'byte identity of frames',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

interface Pair {
  readonly what: string;
  readonly direct: RawWatch;
  readonly proxied: RawWatch;
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const list = await rig.cluster.admin.getJson('/api/v1/nodes');
  const from = textAt(list, 'metadata', 'resourceVersion');
  const path = `/api/v1/nodes?watch=true&resourceVersion=${from}`;
  const opened: RawWatch[] = [];
  const open = async (endpoint: 'direct' | 'proxied', encoding: Encoding, query = '') => {
    const source = endpoint === 'direct' ? rig.cluster : proxy;
    const watch = await RawWatch.open({ endpoint: source.endpoint('watcher'), encoding, path: path + query });
    opened.push(watch);
    return watch;
  };
  const openPair = async (what: string, encoding: Encoding): Promise<Pair> => ({
    what: `${what}, ${encoding}`,
    direct: await open('direct', encoding),
    proxied: await open('proxied', encoding),
  });
  try {
    const pairs: Pair[] = [];
    for (const encoding of ENCODINGS) pairs.push(await openPair('live', encoding));
    const query = `&allowWatchBookmarks=true&timeoutSeconds=${BOOKMARKED_WATCH_SECONDS}`;
    const bookmarked = await open('proxied', 'json', query);
    await rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
    await addAndDelete(rig);
    const mark = await rig.nodes.mark();
    // The same history once more, now in one burst: many frames in each read, and back-pressure.
    for (const encoding of ENCODINGS) pairs.push(await openPair('catching up', encoding));
    await Promise.all(
      pairs.flatMap(({ direct, proxied }) => [direct.reached(mark.text), proxied.reached(mark.text)]),
    );
    await judge(rig, pairs, initialState(list));
    await judgeBookmarks(rig, bookmarked);
  } finally {
    await Promise.all(opened.map((watch) => watch.close()));
  }
}

/** A Node that comes and goes: ADDED and DELETED among the rest, and ADDED once more. */
async function addAndDelete(rig: Rig): Promise<void> {
  const { admin } = rig.cluster;
  const path = '/api/v1/nodes';
  const index = rig.nodes.count + 1;
  for (const last of [false, true]) {
    await admin.send('POST', path, nodeObject(index));
    const labels = { 'e2e.watchsieve.dev/label': String(last) };
    await admin.send('PATCH', `${path}/${nodeName(index)}`, { metadata: { labels } });
    await admin.send('DELETE', `${path}/${nodeName(index)}`, {});
  }
}

/** A client that names the list's resourceVersion holds the state at it (I2). */
function initialState(list: unknown): Map<string, string> {
  return new Map(listAt(list, 'items').map((node) => [textAt(node, 'metadata', 'name'), projectionOf(node)]));
}

async function judge(rig: Rig, pairs: readonly Pair[], initial: ReadonlyMap<string, string>): Promise<void> {
  const { report } = rig;
  const oracle = pairs[0]?.direct.frames ?? [];
  for (const { what, direct, proxied } of pairs) {
    const frames = direct.frames.length;
    report.note(`${what}: ${frames} frames direct, ${proxied.frames.length} through the proxy`);
    await report.check(`${what}: same Content-Type as direct`, () => {
      assert.equal(proxied.contentType, direct.contentType);
    });
    await report.check(`${what}: the direct frames carry the events of the JSON oracle`, () => {
      assert.equal(frames, oracle.length);
      oracle.forEach((event, i) =>
        assert.ok(direct.frames[i]?.includes(resourceVersionOf(event)), `frame ${i}`),
      );
    });
    await report.check(
      `${what}: frames are a byte-identical subsequence of the direct ones, in order (I3)`,
      () => {
        assert.ok(proxied.frames.length > 0);
        deliveredFlags(direct.frames, proxied.frames);
      },
    );
    await report.check(
      `${what}: only MODIFIED whose projection the client holds are missing (I2, I5)`,
      () => {
        assertOnlyNoise(oracle, deliveredFlags(direct.frames, proxied.frames), initial);
        assert.ok(proxied.frames.length < frames / 2, 'hardly anything was swallowed');
      },
    );
  }
}

/** Which of the direct frames were delivered. Frames hold a resourceVersion, so each occurs once. */
function deliveredFlags(direct: readonly Buffer[], proxied: readonly Buffer[]): readonly boolean[] {
  let next = 0;
  const flags = direct.map((frame) => {
    const candidate = proxied[next];
    if (candidate?.equals(frame) !== true) return false;
    next += 1;
    return true;
  });
  assert.equal(
    next,
    proxied.length,
    `frame ${next} through the proxy is none of the direct frames that are left`,
  );
  return flags;
}

function assertOnlyNoise(
  oracle: readonly Buffer[],
  delivered: readonly boolean[],
  initial: ReadonlyMap<string, string>,
): void {
  const held = new Map(initial);
  oracle.forEach((frame, i) => {
    const event = parseJson(frame.toString());
    const type = textAt(event, 'type');
    const object = valueAt(event, 'object');
    const name = textAt(object, 'metadata', 'name');
    const projection = projectionOf(object);
    if (delivered[i] === true) {
      if (type === 'DELETED') held.delete(name);
      else held.set(name, projection);
      return;
    }
    assert.equal(type, 'MODIFIED', `event ${i} of ${name} is missing`);
    assert.equal(projection, held.get(name), `event ${i} of ${name} changes something and is missing`);
  });
}

function resourceVersionOf(frame: Buffer): string {
  return textAt(parseJson(frame.toString()), 'object', 'metadata', 'resourceVersion');
}

async function judgeBookmarks(rig: Rig, watch: RawWatch): Promise<void> {
  await rig.report.check(
    "the server's bookmark passes, and the watch ends cleanly at its deadline (R9, R12)",
    async () => {
      await watch.ended;
      const bookmark = watch.frames.find((frame) => frame.includes('"type":"BOOKMARK"'));
      assert.ok(bookmark, `no bookmark among ${watch.frames.length} frames`);
      assert.equal(valueAt(parseJson(bookmark.toString()), 'object', 'kind'), 'Node');
    },
  );
}
