/**
 * Single requests and short watches, the same both ways: status, headers and bytes of the answers
 * (R1-R4). The cluster is quiet meanwhile, so that two answers can be equal.
 */

import assert from 'node:assert/strict';
import type { Dispatcher } from 'undici';

import { ApiClient } from '../api-client.ts';
import type { Answer, RequestOptions } from '../api-client.ts';
import type { User } from '../cluster.ts';
import { withoutAges } from '../kubectl.ts';
import { listAt, textAt } from '../../support/json-value.ts';
import { nodeName } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { requestUpgrade, watchByWebSocket } from '../upgrade.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

export const apiScenario: Scenario = {
  title: 'answers of the API server',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

interface Case extends RequestOptions {
  readonly what: string;
  /** Default GET. */
  readonly method?: Dispatcher.HttpMethod;
  readonly path: string;
  /** Default admin. */
  readonly user?: User | 'stranger';
  /** What the API server is known to answer: so that two equally wrong answers do not pass. */
  readonly status: number;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const JSON_BODY = { 'content-type': 'application/json' };

function readCases(resourceVersion: string): readonly Case[] {
  const nodes = '/api/v1/nodes';
  const node = `${nodes}/${nodeName(3)}`;
  const accept = (type: string) => ({ headers: { accept: type } });
  const from = `watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
  return [
    { what: 'LIST, JSON', path: nodes, status: 200 },
    { what: 'LIST, gzip', path: nodes, headers: { 'accept-encoding': 'gzip' }, status: 200 },
    { what: 'LIST, protobuf', path: nodes, ...accept(PROTOBUF), status: 200 },
    { what: 'LIST, Table', path: nodes, ...accept(TABLE), status: 200 },
    { what: 'LIST, one page', path: `${nodes}?limit=7`, status: 200 },
    { what: 'GET', path: node, status: 200 },
    { what: 'GET that says watch', path: `${node}?watch=true`, status: 200 },
    { what: 'HEAD', method: 'HEAD', path: nodes, status: 405 },
    { what: '404 of an object', path: `${nodes}/no-such-node`, status: 404 },
    { what: '404 of a group', path: '/apis/no.such.group/v1/things', status: 404 },
    { what: '401', path: nodes, user: 'stranger', status: 401 },
    { what: '401 on a watch', path: `${nodes}?${from}`, user: 'stranger', status: 401 },
    { what: '403', path: nodes, user: 'nobody', status: 403 },
    { what: '403 in protobuf', path: nodes, user: 'nobody', ...accept(PROTOBUF), status: 403 },
    { what: '403 on a watch', path: `${nodes}?${from}`, user: 'nobody', status: 403 },
    { what: '406 of CBOR', path: `${nodes}?${from}`, ...accept('application/cbor'), status: 406 },
    { what: '406 of a YAML watch', path: `${nodes}?${from}`, ...accept('application/yaml'), status: 406 },
    { what: '400 of a bad timeout', path: `${nodes}?watch=true&timeoutSeconds=abc`, status: 400 },
    { what: '422 of sendInitialEvents alone', path: `${nodes}?watch=1&sendInitialEvents=true`, status: 422 },
    { what: '410 as ERROR event of a watch', path: `${nodes}?watch=true&resourceVersion=1`, status: 200 },
    { what: 'an empty watch', path: `${nodes}?${from}`, status: 200 },
    { what: 'an empty watch, protobuf', path: `${nodes}?${from}`, ...accept(PROTOBUF), status: 200 },
    { what: 'watch=0 is a LIST', path: `${nodes}?watch=0&limit=1`, status: 200 },
    {
      what: 'the legacy watch path',
      path: `/api/v1/watch/nodes?timeoutSeconds=1&resourceVersion=${resourceVersion}`,
      status: 200,
    },
    { what: 'a trailing slash', path: `${nodes}/?limit=1`, status: 200 },
    { what: 'an encoded path', path: '/api/v1/%6eodes?limit=1', status: 200 },
    { what: 'a path with dots', path: '/api/v1/pods/../nodes', status: 404 },
    { what: 'the API server’s own health', path: '/readyz', status: 200 },
    { what: 'the API server’s own OpenAPI', path: '/openapi/v3', status: 200 },
  ];
}

function writeCases(): readonly Case[] {
  const path = '/api/v1/namespaces/default/configmaps';
  const dry = `${path}?dryRun=All`;
  const configMap = (bytes: number) =>
    JSON.stringify({ metadata: { name: 'e2e-large' }, data: { a: 'x'.repeat(bytes) } });
  const stale = { metadata: { name: nodeName(3), resourceVersion: '1' }, spec: { unschedulable: true } };
  const write = { method: 'POST', headers: JSON_BODY } as const;
  return [
    { what: 'POST of 1 MB', ...write, path: dry, body: configMap(1_000_000), status: 201 },
    {
      what: 'POST of 2 MB, more than a ConfigMap may hold',
      ...write,
      path: dry,
      body: configMap(2_000_000),
      status: 422,
    },
    {
      what: 'POST of 5 MB, more than the server reads',
      ...write,
      path: dry,
      body: configMap(5_000_000),
      status: 413,
    },
    { what: 'POST of no JSON', ...write, path: dry, body: '{"metadata":', status: 400 },
    {
      what: 'POST of an unknown type',
      ...write,
      path: dry,
      headers: { 'content-type': 'text/plain' },
      body: 'x',
      status: 415,
    },
    {
      what: 'PUT at a stale resourceVersion',
      method: 'PUT',
      path: `/api/v1/nodes/${nodeName(3)}`,
      headers: JSON_BODY,
      body: JSON.stringify(stale),
      status: 409,
    },
  ];
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const list = await rig.cluster.admin.getJson('/api/v1/nodes?limit=1');
  const resourceVersion = textAt(list, 'metadata', 'resourceVersion');
  for (const request of [...readCases(resourceVersion), ...writeCases()]) {
    await rig.report.check(`${request.what}: ${request.status}, same as direct (R3)`, async () => {
      const [expected, actual] = await Promise.all([ask(rig.cluster, request), ask(proxy, request)]);
      assert.equal(expected.status, request.status, `direct: ${expected.body.toString('utf8', 0, 300)}`);
      assert.deepEqual(comparable(actual), comparable(expected));
    });
  }
  await checkTableWatch(rig, proxy, resourceVersion);
  await checkUpgrades(rig, proxy);
}

/** Whatever has endpoints: the cluster or the proxy. */
interface Side {
  readonly endpoint: (user: User) => { readonly server: string; readonly ca: string; readonly token: string };
}

async function ask(side: Side, { method = 'GET', path, user = 'admin', ...options }: Case): Promise<Answer> {
  const endpoint =
    user === 'stranger' ? { ...side.endpoint('nobody'), token: 'no-such-token' } : side.endpoint(user);
  const client = new ApiClient(endpoint);
  try {
    return await client.request(method, path, options);
  } finally {
    await client.close();
  }
}

/** Of one moment, one request or one hop: not comparable. `content-length` is, where both have it. */
const OWN_HEADERS = new Set(['date', 'audit-id', 'connection', 'keep-alive', 'transfer-encoding']);

function comparable(answer: Answer): unknown {
  const headers = Object.entries(answer.headers).filter(([name]) => !OWN_HEADERS.has(name));
  const body = answer.headers['content-encoding'] === undefined ? timeless(answer.body) : answer.body;
  return { status: answer.status, headers: Object.fromEntries(headers.toSorted()), body };
}

/** Without the ages of Tables, and what the server makes up for an object it (dry-)creates. */
function timeless(body: Buffer): string {
  const text = body.toString('latin1');
  if (!text.includes('"name":"e2e-large"')) return withoutAges(text);
  return text.replaceAll(/"(uid|creationTimestamp|time)":"[^"]*"/g, '"$1":""');
}

async function checkTableWatch(rig: Rig, proxy: Proxy, resourceVersion: string): Promise<void> {
  await rig.report.check('a Table watch delivers the same events (I1)', async () => {
    const request: Case = {
      what: 'Table watch',
      path: `/api/v1/nodes?watch=true&timeoutSeconds=3&resourceVersion=${resourceVersion}`,
      headers: { accept: TABLE },
      status: 200,
    };
    // From an older resourceVersion: so it does not matter when the watches begin, and the small frames
    // come many at a time.
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: rig.nodes.count }, () => rig.nodes.heartbeat()));
    }
    await rig.nodes.mark();
    const [expected, actual] = await Promise.all([ask(rig.cluster, request), ask(proxy, request)]);
    assert.ok(expected.body.toString().split('\n').length > rig.nodes.count);
    assert.deepEqual(comparable(actual), comparable(expected));
  });
}

async function checkUpgrades(rig: Rig, proxy: Proxy): Promise<void> {
  const exec = '/api/v1/namespaces/default/pods/no-such-pod/exec?command=true&stdout=true';
  const watch = '/api/v1/nodes?watch=true';
  const refusals = [
    { protocol: 'SPDY/3.1', path: exec, status: 404 },
    { protocol: 'websocket', path: exec, status: 404 },
    // Without an Origin: a bare status line, no header and no body.
    { protocol: 'websocket', path: watch, status: 403 },
  ];
  for (const { protocol, path, status } of refusals) {
    await rig.report.check(
      `an upgrade to ${protocol} refused with ${status}: same status and body (R3)`,
      async () => {
        const sides = [rig.cluster, proxy].map((side) =>
          requestUpgrade(side.endpoint('admin'), path, protocol),
        );
        const [expected, actual] = await Promise.all(sides);
        assert.equal(expected?.status, status);
        assert.deepEqual(actual, expected);
      },
    );
  }
  await rig.report.check(
    'a watch by WebSocket of what is not sieved passes through an upgrade, every frame of it (R3, I1)',
    async () => {
      // They come in the order of their names; those of other scenarios are among them.
      const list = await rig.cluster.admin.getJson('/api/v1/namespaces');
      const names = listAt(list, 'items').map((item) => textAt(item, 'metadata', 'name'));
      const last = `"name":"${names.toSorted().at(-1)}"`;
      const sides = [rig.cluster, proxy].map((side) =>
        watchByWebSocket(side.endpoint('admin'), '/api/v1/namespaces?watch=true', last),
      );
      const [expected, actual] = await Promise.all(sides);
      assert.ok((expected?.length ?? 0) >= 4);
      assert.deepEqual(actual, expected);
    },
  );
}
