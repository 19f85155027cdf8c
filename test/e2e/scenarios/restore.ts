/**
 * etcd is restored from a backup, and resourceVersions come again with other content (kubernetes #107457): a client that
 * lists at a resourceVersion of both histories and watches from there is sent every change, as it is directly (I2).
 */

import assert from 'node:assert/strict';

import { listAt, parseJson, textAt } from '../../support/json-value.ts';
import { ApiClient } from '../api-client.ts';
import type { Endpoint } from '../api-client.ts';
import { Cluster } from '../cluster.ts';
import type { Encoding } from '../informer.ts';
import { nodeName, nodeObject } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const NODES = 20;
/** One more, whose heartbeats move the resourceVersion. */
const BEATING = NODES + 1;
/** More than both starts of the API server and the changes in between write. */
const LISTS = 100;
const MOST_BEATS = 400;
const ENCODINGS: readonly Encoding[] = ['json', 'protobuf'];
const ACCEPT: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

/** Where an object's name stands in a frame: first in its metadata, in either encoding. */
const NAME = /(?:"metadata":\{"name":"|\n.)(node-\d{4})/;

export const restoreScenario: Scenario = {
  title: 'etcd restored from a backup',
  run: async (rig) => {
    // Its own: what is restored is lost to all that comes after.
    const cluster = await Cluster.start(rig.assets);
    try {
      await withProxy(rig, (proxy) => run(rig, cluster, proxy), { cluster });
    } finally {
      await cluster.stop();
    }
  },
};

async function run(rig: Rig, cluster: Cluster, proxy: Proxy): Promise<void> {
  for (let i = 1; i <= BEATING; i++) await cluster.admin.send('POST', '/api/v1/nodes', nodeObject(i));
  await setZone(cluster, 'a');
  await cluster.withEtcdStopped((etcd) => etcd.backUp());
  const endpoint = proxy.endpoint('watcher');
  const seen = new Set<string>();
  for (let i = 0; i < LISTS; i++) {
    const resourceVersion = await beat(cluster, i);
    for (const encoding of ENCODINGS) await list(endpoint, encoding, resourceVersion);
    seen.add(resourceVersion);
  }
  await cluster.withEtcdStopped((etcd) => etcd.restore());
  await setZone(cluster, 'b');
  const shared = await beatUntil(cluster, seen);
  rig.report.note(
    `listed at ${seen.size} resourceVersions; after the restore at ${shared}, which is one of them`,
  );
  const watches: { readonly what: string; readonly watch: RawWatch }[] = [];
  try {
    for (const encoding of ENCODINGS)
      for (const [what, at] of [
        ['direct', cluster.endpoint('watcher')],
        ['proxied', endpoint],
      ] as const) {
        await list(at, encoding, shared);
        const path = `/api/v1/nodes?watch=true&resourceVersion=${shared}`;
        watches.push({
          what: `${what}, ${encoding}`,
          watch: await RawWatch.open({ endpoint: at, encoding, path }),
        });
      }
    const mark = 'after-the-restore';
    await setZone(cluster, 'a');
    await patch(cluster, BEATING, { mark });
    for (const { what, watch } of watches) {
      await watch.reached(mark);
      await rig.report.check(`${what}: ${NODES} of ${NODES} changes arrive (I2)`, () => {
        const arrived = watch.frames.flatMap((frame) => NAME.exec(frame.toString('latin1'))?.[1] ?? []);
        assert.deepEqual(
          new Set(arrived),
          new Set(Array.from({ length: BEATING }, (_, i) => nodeName(i + 1))),
          `${arrived.length} arrived`,
        );
      });
    }
  } finally {
    await Promise.all(watches.map(({ watch }) => watch.close()));
  }
}

async function setZone(cluster: Cluster, zone: string): Promise<void> {
  for (let i = 1; i <= NODES; i++) await patch(cluster, i, { zone });
}

/** @returns the resourceVersion it has then */
async function patch(cluster: Cluster, index: number, labels: object): Promise<string> {
  const answer = await cluster.admin.send('PATCH', `/api/v1/nodes/${nodeName(index)}`, {
    metadata: { labels },
  });
  return textAt(answer, 'metadata', 'resourceVersion');
}

function beat(cluster: Cluster, count: number): Promise<string> {
  return patch(cluster, BEATING, { beat: `b${count}` });
}

/** Moves the resourceVersion until it is one of these again. */
async function beatUntil(cluster: Cluster, seen: ReadonlySet<string>): Promise<string> {
  for (let i = 0; i < MOST_BEATS; i++) {
    const resourceVersion = await beat(cluster, LISTS + i);
    if (seen.has(resourceVersion)) return resourceVersion;
  }
  throw new Error(`no resourceVersion came again in ${MOST_BEATS} writes`);
}

async function list(endpoint: Endpoint, encoding: Encoding, resourceVersion: string): Promise<void> {
  const client = new ApiClient(endpoint);
  try {
    const path = `/api/v1/nodes?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`;
    const answer = await client.get(path, { accept: ACCEPT[encoding] });
    assert.equal(answer.status, 200);
    if (encoding === 'json') assert.equal(listAt(parseJson(answer.body.toString()), 'items').length, BEATING);
  } finally {
    await client.close();
  }
}
