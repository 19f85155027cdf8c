/**
 * Pods and EndpointSlices that settings name, in front of the whole program: by their schemas in JSON and protobuf, from a
 * LIST and from a watch that begins with one (R14, R16, I2, I3).
 */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Encoding } from '../../src/lab/simulator/encoding.ts';
import { type ApiResponse, eventually, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame, jsonList, protobufFrame, protobufList } from '../support/encode.ts';
import { ACCEPT } from '../lab/simulator/harness.ts';
import { runReady, temporaryDirectory, type Running } from './harness.ts';

interface Case {
  readonly typed: { readonly kind: string; readonly apiVersion: string };
  readonly name: string;
  readonly path: string;
  readonly setting: string;
  readonly first: Fields;
  readonly noise: Fields;
  readonly news: Fields;
  /** What Go writes of an object that was never set. */
  readonly empty: object;
}

interface Fields {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly more: object;
}

const ready = (status: string, lastProbeTime: string): object => ({
  phase: 'Running',
  conditions: [
    { type: 'Ready', status, lastProbeTime },
    { type: 'Initialized', status: 'True' },
  ],
  podIP: '10.0.0.1',
});
const endpoint = (isReady: boolean): object => ({
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.0.0.1'], conditions: { ready: isReady }, nodeName: 'a' }],
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
});
const spec = { containers: [{ name: 'c', image: 'i' }], nodeName: 'a' };
const TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';

const CASES: readonly Case[] = [
  {
    typed: { kind: 'Pod', apiVersion: 'v1' },
    ...{ name: 'pods', path: '/api/v1' },
    setting: 'pods: { include: [spec.nodeName, status.podIP, "status.conditions[type=Ready].status"] }',
    first: { more: { spec, status: ready('False', '2026-01-01T00:00:00Z') } },
    noise: {
      annotations: { seen: '1' },
      more: { spec, status: { ...ready('False', '2026-01-01T00:00:09Z'), message: 'm' } },
    },
    news: { more: { spec, status: ready('True', '2026-01-01T00:00:09Z') } },
    empty: { spec: { containers: null }, status: {} },
  },
  {
    typed: { kind: 'EndpointSlice', apiVersion: 'discovery.k8s.io/v1' },
    ...{ name: 'endpointslices.discovery.k8s.io', path: '/apis/discovery.k8s.io/v1' },
    setting: `endpointslices.discovery.k8s.io/v1/EndpointSlice: { exclude: [metadata.managedFields, 'metadata.annotations["${TRIGGER}"]'] }`,
    first: { more: endpoint(true) },
    noise: { annotations: { [TRIGGER]: '2026-01-01T00:00:09Z' }, more: endpoint(true) },
    news: { more: endpoint(false) },
    empty: { addressType: '', endpoints: null, ports: null },
  },
];

const MEDIA: Readonly<Record<Encoding, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

const objectOf = ({ typed }: Case, { annotations, more }: Fields, resourceVersion: string) => ({
  ...typed,
  metadata: {
    ...{ name: 'a', namespace: 'red', uid: 'u', resourceVersion },
    ...(annotations === undefined ? {} : { annotations }),
  },
  ...more,
});
type Sent = ReturnType<typeof objectOf>;

const frameOf = (encoding: Encoding, type: string, object: Sent): Buffer =>
  encoding === 'json' ? jsonFrame(type, object) : protobufFrame(type, object);

interface Scene {
  readonly proxy: Running;
  /** Open upstream, by path. */
  readonly watches: Map<string, ApiResponse>;
}

async function scene(t: TestContext, of: Case, encoding: Encoding): Promise<Scene> {
  const watches = new Map<string, ApiResponse>();
  const items = [objectOf(of, of.first, '5')];
  const list = encoding === 'json' ? jsonList('7', items, of.typed) : protobufList('7', items, of.typed);
  const server = await startApiServer({
    handler: (req, res) => {
      const [path = ''] = req.url.split('?', 1);
      if (!path.startsWith(of.path)) res.writeHead(200).end();
      else if (req.url.includes('watch=')) {
        const type = `${MEDIA[encoding]}${encoding === 'protobuf' ? ';stream=watch' : ''}`;
        res.writeHead(200, { 'content-type': type }).write('');
        watches.set(path, res);
      } else res.writeHead(200, { 'content-type': MEDIA[encoding] }).end(list);
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const configFile = join(await temporaryDirectory(t), 'config.yaml');
  await writeFile(configFile, `resources:\n  ${of.setting}\n`);
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  return { proxy: await runReady(t, backend, { configFile }), watches };
}

const verdicts = async (proxy: Running, resource: string): Promise<readonly number[]> => {
  const scrape = await proxy.scrape();
  return ['swallowed', 'forwarded'].map((verdict) =>
    scrape.sum('watchsieve_events_total', { verdict, resource, type: 'MODIFIED' }),
  );
};

for (const of of CASES)
  for (const encoding of ['json', 'protobuf'] as const) {
    const plural = of.name.split('.', 1)[0] ?? '';
    const modified = (fields: Fields, resourceVersion: string): Buffer =>
      frameOf(encoding, 'MODIFIED', objectOf(of, fields, resourceVersion));

    for (const within of ['', '/namespaces/red'])
      test(`${of.name}${within === '' ? '' : ' of one namespace'}, ${encoding}: noise is swallowed from the LIST on, and a change is not (I2, I3)`, async (t) => {
        const { proxy, watches } = await scene(t, of, encoding);
        const at = `${of.path}${within}/${plural}`;
        await proxy.fetch(at, { headers: { accept: ACCEPT[encoding] } });
        const client = await proxy.watch(`${at}?watch=1&resourceVersion=7`, encoding);
        await eventually(() => watches.has(at), 'the watch is upstream');
        const upstream = watches.get(at);
        upstream?.write(modified(of.noise, '8'));
        upstream?.write(modified(of.news, '9'));
        assert.deepEqual(await client.take(1), [modified(of.news, '9')]);
        const gone = frameOf(encoding, 'DELETED', objectOf(of, of.news, '10'));
        upstream?.end(gone);
        assert.deepEqual(await client.takeAll(), [gone]);
        assert.deepEqual(await verdicts(proxy, of.name), [1, 1]);
        const [opened] = proxy.logged('stream opened');
        assert.deepEqual([opened?.['resource'], opened?.['baseline']], [of.name, 'list']);
      });

    test(`${of.name}, ${encoding}: noise is swallowed from the initial events on, and a bookmark tells how far (I2, I4)`, async (t) => {
      const { proxy, watches } = await scene(t, of, encoding);
      const at = `${of.path}/${plural}`;
      const query =
        'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
      const client = await proxy.watch(`${at}?${query}`, encoding);
      await eventually(() => watches.has(at), 'the watch is upstream');
      const upstream = watches.get(at);
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const bookmark = { ...of.typed, metadata: { resourceVersion: '7', annotations } };
      const initial = [
        frameOf(encoding, 'ADDED', objectOf(of, of.first, '5')),
        frameOf(encoding, 'BOOKMARK', bookmark as unknown as Sent),
      ];
      for (const frame of initial) upstream?.write(frame);
      assert.deepEqual(await client.take(2), initial);
      upstream?.write(modified(of.noise, '8'));
      upstream?.write(modified(of.news, '9'));
      assert.deepEqual(await client.take(1), [modified(of.news, '9')]);
      upstream?.end(modified(of.news, '10'));
      const [last] = await client.takeAll();
      assert.ok(last?.includes('BOOKMARK') === true && last.includes('10') && last.includes(of.typed.kind));
      if (encoding === 'json')
        assert.deepEqual(JSON.parse(String(last)), {
          type: 'BOOKMARK',
          object: { ...of.typed, metadata: { resourceVersion: '10' }, ...of.empty },
        });
      assert.deepEqual(await verdicts(proxy, of.name), [2, 1]);
    });
  }
