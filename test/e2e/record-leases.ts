/**
 * Records what a real kube-apiserver sends of Leases, into test/fixtures/leases: `node test/e2e/record-leases.ts`. A list
 * of two of one name in two namespaces, and the watches from there: renewals, changes of the holder, an end, a bookmark.
 */
import { mkdir, writeFile } from 'node:fs/promises';

import { textAt } from '../support/json-value.ts';
import { findAssets } from './assets.ts';
import { Cluster } from './cluster.ts';
import { RawWatch } from './raw-watch.ts';

const GROUP = '/apis/coordination.k8s.io/v1';
const FOLDER = new URL('../fixtures/leases/', import.meta.url);
/** Long enough for the server's bookmark, about 2 s before the end. */
const SECONDS = 8;

const cluster = await Cluster.start(await findAssets((text) => console.log(text)));
try {
  const { admin } = cluster;
  await mkdir(FOLDER, { recursive: true });
  for (const namespace of ['red', 'blue']) {
    await admin.send('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    await admin.send('POST', `${GROUP}/namespaces/${namespace}/leases`, lease(namespace, 0));
  }
  const selector = 'labelSelector=color';
  const accept = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' } as const;
  const ends = { json: 'json', protobuf: 'pb' } as const;
  const encodings = ['json', 'protobuf'] as const;
  let from = '';
  for (const encoding of encodings) {
    const list = await admin.get(`${GROUP}/leases?${selector}`, { accept: accept[encoding] });
    await writeFile(new URL(`list.${ends[encoding]}`, FOLDER), list.body);
    if (encoding === 'json') from = textAt(JSON.parse(list.body.toString()), 'metadata', 'resourceVersion');
  }
  const watches = await Promise.all(
    ['', '/namespaces/red'].flatMap((within) =>
      encodings.map(async (encoding) => {
        const query = `${selector}&watch=true&allowWatchBookmarks=true&timeoutSeconds=${SECONDS}&resourceVersion=${from}`;
        const path = `${GROUP}${within}/leases?${query}`;
        const watch = await RawWatch.open({ endpoint: cluster.endpoint('admin'), encoding, path });
        return { name: `watch${within === '' ? '' : '-red'}.${ends[encoding]}`, watch };
      }),
    ),
  );
  for (let second = 1; second <= 3; second++)
    for (const namespace of ['red', 'blue'])
      await admin.send('PATCH', `${GROUP}/namespaces/${namespace}/leases/leader`, lease(namespace, second));
  await admin.send('DELETE', `${GROUP}/namespaces/blue/leases/leader`, {});
  for (const { name, watch } of watches) {
    await watch.ended;
    await writeFile(new URL(name, FOLDER), Buffer.concat(watch.frames));
    await watch.close();
  }
} finally {
  await cluster.stop();
}

/** Renewed every second; the holder changes at the last. */
function lease(namespace: string, second: number): object {
  const time = (at: number): string => `2026-01-02T03:04:0${at}.123456Z`;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'leader',
      namespace,
      labels: { color: namespace },
      annotations: { note: 'a "quoted" one' },
    },
    spec: {
      holderIdentity: second < 3 ? `${namespace}-a` : `${namespace}-b`,
      leaseDurationSeconds: 15,
      acquireTime: time(0),
      renewTime: time(second),
      leaseTransitions: second < 3 ? 0 : 1,
    },
  };
}
