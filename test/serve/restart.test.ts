/** What a client may rely on over a restart of the proxy: address, CA and kubeconfig stay (R24). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { Agent } from 'undici';
import { parse } from 'yaml';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { lastingPort } from '../support/lasting-port.ts';
import { runReady } from './harness.ts';

test('a client that read kubeconfig and CA once goes on after a restart with --listen host:0 (R24)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const listen = `127.0.0.1:${await lastingPort()}`;
  const first = await runReady(t, backend, { argv: ['--token-file', '/token', '--listen', listen] });
  const { stateDir, app } = first;
  const kubeconfig = await readFile(app.kubeconfigPath, 'utf8');
  assert.equal(app.kubeconfigPath, join(stateDir, 'kubeconfig'));
  const { server, ...cluster } = (parse(kubeconfig) as Kubeconfig).clusters[0].cluster;
  assert.equal(server, first.url);
  assert.equal(cluster['certificate-authority'], join(stateDir, 'ca.crt'));

  const client = new Agent({ connect: { ca: first.caPem }, allowH2: false });
  t.after(() => client.destroy());
  const list = async (): Promise<number> => {
    const { statusCode, body } = await client.request({
      origin: server,
      path: '/api/v1/nodes',
      method: 'GET',
    });
    await body.dump();
    return statusCode;
  };
  assert.equal(await list(), 200);
  await app.close();
  await assert.rejects(list);

  const second = await runReady(t, backend, { stateDir, argv: ['--token-file', '/token'] });
  assert.equal(second.url, first.url);
  assert.equal(second.caPem, first.caPem);
  assert.equal(await readFile(app.kubeconfigPath, 'utf8'), kubeconfig);
  assert.equal(await list(), 200);
  assert.deepEqual(second.logged('certificates'), []);
});

test('where the port of the last run is taken, another one is chosen and written, with a warning (R24)', async (t) => {
  const simulator = await simulate(t);
  const backend = { url: simulator.url, caPem: CA_PEM };
  const port = await lastingPort();
  const first = await runReady(t, backend, { argv: ['--listen', `127.0.0.1:${port}`] });
  await first.app.close();
  const squatter = createServer().listen(port, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());

  const second = await runReady(t, backend, { stateDir: first.stateDir });
  assert.notEqual(second.app.proxyAddress.port, port);
  assert.match(await readFile(second.app.kubeconfigPath, 'utf8'), new RegExp(`server: ${second.url}\\n`));
  assert.equal((await second.fetch('/api/v1/nodes')).status, 200);
  assert.equal(second.logged('the port of the last run is in use, choosing another one').length, 1);
});

interface Kubeconfig {
  readonly clusters: readonly [
    { readonly cluster: { readonly server: string; readonly 'certificate-authority': string } },
  ];
}
