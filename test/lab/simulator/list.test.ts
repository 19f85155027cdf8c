/** LISTs of one resourceVersion, by pages, and a watch that loses a change: what consistency checks are made of. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Client } from 'undici';
import { connect, fetchAll, simulate, watch } from './harness.ts';

interface List {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels?: Record<string, string> };
  }[];
}

async function list(client: Client, query: string): Promise<List> {
  const { status, body } = await fetchAll(client, `/api/v1/nodes?${query}`);
  assert.equal(status, 200, body.toString());
  return JSON.parse(body.toString()) as List;
}

const names = ({ items }: List): string[] => items.map(({ metadata }) => metadata.name);

describe('resourceVersionMatch=Exact', () => {
  test('answers the state as it was: changes, arrivals and departures undone', async (t) => {
    const simulator = await simulate(t);
    const { cluster } = simulator;
    const client = connect(t, simulator);
    const before = cluster.resourceVersion;
    cluster.setLabel('node-0000', 'zone', 'a');
    const between = cluster.resourceVersion;
    cluster.deleteNode('node-0001');
    cluster.addNode('node-0001');
    cluster.setLabel('node-0001', 'zone', 'b');
    cluster.addNode('node-new');
    cluster.deleteNode('node-0002');
    const then = await list(client, `resourceVersion=${between}&resourceVersionMatch=Exact`);
    assert.equal(then.metadata.resourceVersion, String(between));
    assert.deepEqual(names(then), ['node-0000', 'node-0001', 'node-0002']);
    assert.deepEqual(
      then.items.map(({ metadata }) => metadata.labels?.['zone']),
      ['a', undefined, undefined],
    );
    const first = await list(client, `resourceVersion=${before}&resourceVersionMatch=Exact`);
    assert.equal(first.items[0]?.metadata.labels?.['zone'], undefined);
    assert.deepEqual(names(await list(client, '')), ['node-0000', 'node-0001', 'node-new']);
  });

  test('410 for what was forgotten, 504 for what is yet to come, 422 for what contradicts itself', async (t) => {
    const simulator = await simulate(t, { historyEvents: 1 });
    const client = connect(t, simulator);
    const { cluster } = simulator;
    cluster.heartbeat('node-0000');
    cluster.heartbeat('node-0000');
    const statusOf = async (query: string) => (await fetchAll(client, `/api/v1/nodes?${query}`)).status;
    const version = cluster.resourceVersion;
    assert.equal(await statusOf(`resourceVersion=${version - 2}&resourceVersionMatch=Exact`), 410);
    assert.equal(await statusOf(`resourceVersion=${version - 1}&resourceVersionMatch=Exact`), 200);
    assert.equal(await statusOf(`resourceVersion=${version + 1}&resourceVersionMatch=Exact`), 504);
    assert.equal(await statusOf('resourceVersionMatch=Exact'), 422);
    assert.equal(await statusOf('continue=nonsense'), 422);
  });

  test('comes in pages of one resourceVersion, whatever happens between them', async (t) => {
    const simulator = await simulate(t, { nodes: 5 });
    const { cluster } = simulator;
    const client = connect(t, simulator);
    const version = cluster.resourceVersion;
    let page = await list(client, `limit=2&resourceVersion=${version}&resourceVersionMatch=Exact`);
    const pages = [names(page)];
    while (page.metadata.continue !== undefined) {
      cluster.deleteNode(names(page)[0] ?? '');
      page = await list(client, `limit=2&continue=${page.metadata.continue}`);
      assert.equal(page.metadata.resourceVersion, String(version));
      pages.push(names(page));
    }
    assert.deepEqual(pages, [['node-0000', 'node-0001'], ['node-0002', 'node-0003'], ['node-0004']]);
  });
});

test('a watch loses exactly the change it was told to lose', async (t) => {
  const simulator = await simulate(t);
  const { cluster } = simulator;
  const client = connect(t, simulator);
  const version = cluster.resourceVersion;
  const running = await watch(client, `resourceVersion=${version}`);
  cluster.heartbeat('node-0000');
  simulator.watches()[0]?.loseNext();
  cluster.setLabel('node-0001', 'zone', 'a');
  cluster.heartbeat('node-0002');
  assert.deepEqual(await running.takeNames(2), [
    `MODIFIED node-0000 ${version + 1}`,
    `MODIFIED node-0002 ${version + 3}`,
  ]);
});
