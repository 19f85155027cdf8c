import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENCODERS } from '../../../src/lab/simulator/encoding.ts';
import type { NodeObject } from '../../../src/lab/simulator/node-object.ts';
import type { SimulatorRequest } from '../../../src/lab/simulator/start-simulator.ts';
import { lastingPort } from '../../support/lasting-port.ts';
import { ACCEPT, connect, fetchAll, simulate, watch } from './harness.ts';

test('LIST and GET answer in the encoding asked for', async (t) => {
  const simulator = await simulate(t);
  const { cluster } = simulator;
  const client = connect(t, simulator);
  for (const encoding of ['json', 'protobuf'] as const) {
    const encoder = ENCODERS[encoding];
    const headers = { accept: ACCEPT[encoding] };
    const list = await fetchAll(client, '/api/v1/nodes?limit=500&resourceVersion=0', { headers });
    assert.equal(list.headers['content-type'], encoder.contentType);
    assert.ok(list.body.equals(encoder.list('1003', cluster.nodes())));
    const node = cluster.node('node-0001');
    assert.ok(node);
    // `watch` means nothing for a single Node.
    const one = await fetchAll(client, '/api/v1/nodes/node-0001?watch=1', { headers });
    assert.ok(one.body.equals(encoder.object(node)));
  }
});

test('the first encoding of Accept that is served wins, conversions are passed over, nothing left is 406', async (t) => {
  const client = connect(t, await simulate(t));
  const typeFor = async (accept: string): Promise<unknown> => {
    const { status, headers } = await fetchAll(client, '/api/v1/nodes', { headers: { accept } });
    return status === 200 ? headers['content-type'] : status;
  };
  assert.equal(await typeFor('*/*'), 'application/json');
  assert.equal(
    await typeFor('application/vnd.kubernetes.protobuf,application/json'),
    'application/vnd.kubernetes.protobuf',
  );
  assert.equal(
    await typeFor('application/json;as=Table;v=v1;g=meta.k8s.io,application/json'),
    'application/json',
  );
  assert.equal(await typeFor('application/cbor'), 406);
});

test('version, health and discovery are served', async (t) => {
  const client = connect(t, await simulate(t));
  assert.equal((await fetchAll(client, '/readyz')).body.toString(), 'ok');
  for (const [path, text] of [
    ['/version', '"gitVersion":"v1.37.2"'],
    ['/api', '"versions":["v1"]'],
    ['/api/v1/', '"name":"nodes"'],
    ['/apis', '"kind":"APIGroupList"'],
  ] as const) {
    const { status, body } = await fetchAll(client, path);
    assert.equal(status, 200);
    assert.ok(body.toString().includes(text), path);
  }
});

test('what is not there is a Status 404, another method 405', async (t) => {
  const client = connect(t, await simulate(t));
  const { status, body } = await fetchAll(client, '/api/v1/nodes/nobody');
  assert.equal(status, 404);
  assert.deepEqual(JSON.parse(body.toString()), {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'nodes "nobody" not found',
    reason: 'NotFound',
    details: { name: 'nobody', kind: 'nodes' },
    code: 404,
  });
  for (const path of ['/api/v1/pods', '/apis/apps/v1', '/', '/api/v1/nodes/node-0000/status', '/metrics']) {
    assert.equal((await fetchAll(client, path)).status, 404, path);
  }
  assert.equal((await fetchAll(client, '/api/v1/nodes', { method: 'DELETE' })).status, 405);
});

test('where a token is expected, nothing but version and health is served without it', async (t) => {
  const simulator = await simulate(t, { token: 'sesame' });
  const client = connect(t, simulator);
  for (const authorization of [undefined, 'Bearer other', 'Basic sesame']) {
    const headers = authorization === undefined ? {} : { authorization };
    const { status, body } = await fetchAll(client, '/api/v1/nodes?watch=1', { headers });
    assert.equal(status, 401);
    assert.match(body.toString(), /"reason":"Unauthorized"/);
  }
  assert.equal((await fetchAll(client, '/version')).status, 200);
  assert.equal((await fetchAll(client, '/livez')).status, 200);
  const headers = { authorization: 'Bearer sesame' };
  assert.equal((await fetchAll(client, '/api/v1/nodes', { headers })).status, 200);
});

test('PATCH changes labels, annotations and unschedulable, and watchers see it', async (t) => {
  const simulator = await simulate(t);
  const client = connect(t, simulator);
  const nodes = await watch(client, 'resourceVersion=1003');
  const patch = (body: string, type = 'application/merge-patch+json'): ReturnType<typeof fetchAll> =>
    fetchAll(client, '/api/v1/nodes/node-0001', {
      method: 'PATCH',
      headers: { 'content-type': type },
      body,
    });
  const { status, body } = await patch(
    '{"metadata":{"labels":{"a":"1","rack":null},"annotations":{"b":"2"}},"spec":{"unschedulable":true}}',
  );
  assert.equal(status, 200);
  const node = JSON.parse(body.toString()) as NodeObject;
  assert.equal(node.metadata.labels?.['a'], '1');
  assert.equal(node.metadata.labels['rack'], undefined);
  assert.equal(node.metadata.annotations?.['b'], '2');
  assert.equal(node.spec.unschedulable, true);
  assert.deepEqual(await nodes.takeNames(1), ['MODIFIED node-0001 1004']);
  assert.equal((await patch('{', 'application/strategic-merge-patch+json')).status, 400);
  assert.equal((await patch('{"status":{}}')).status, 422);
  assert.equal((await patch('[]', 'application/json-patch+json')).status, 415);
});

test('counts connections and requests, and shows each request as it arrived', async (t) => {
  const seen: SimulatorRequest[] = [];
  const simulator = await simulate(t, { onRequest: (request) => seen.push(request) });
  const client = connect(t, simulator);
  await fetchAll(client, '/api/v1/nodes');
  await watch(client);
  await watch(client, 'resourceVersion=1003');
  await fetchAll(client, '/version', { headers: { 'x-test': 'yes' } });
  assert.deepEqual(Object.fromEntries(simulator.counters.requests), {
    'LIST /api/v1/nodes': 1,
    'WATCH /api/v1/nodes': 2,
    'GET /version': 1,
  });
  assert.equal(simulator.counters.connections, 1);
  assert.equal(simulator.counters.openConnections, 1);
  const last = seen.at(-1);
  assert.equal(last?.target, '/version');
  assert.equal(last.headers['x-test'], 'yes');
  assert.equal(last.httpVersion, '2.0');
});

test('close ends running watches and frees the port', async (t) => {
  const port = await lastingPort();
  const simulator = await simulate(t, { port });
  const nodes = await watch(connect(t, simulator));
  await nodes.take(3);
  const end = assert.rejects(nodes.takeAll());
  await simulator.close();
  await end;
  const again = await simulate(t, { port });
  assert.equal(again.address.port, port);
});
