/** `watchsieve analyze` before a cluster, and before what is none. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { run } from '../../src/cli/run.ts';
import type { ApiServerOptions } from '../support/api-server.ts';
import { startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { listAt, numberAt, textAt } from '../support/json-value.ts';
import { REAL_TIMERS } from '../../src/lab/simulator/timers.ts';
import type { SimulatorOptions } from '../../src/lab/simulator/start-simulator.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchsieve-analyze-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function kubeconfig(server: string, user: object = { token: 'a-token' }, ca = CA_PEM): string {
  const file = join(folder, `kubeconfig-${++files}`);
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  const document = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
    clusters: [{ name: 'k', cluster }],
    users: [{ name: 'u', user }],
  };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

/** With which the state from before a watch is over. */
const END_OF_INITIAL =
  '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1","annotations":{"k8s.io/initial-events-end":"true"}}}}\n';

async function analyzed(env: Record<string, string>, ...argv: readonly string[]) {
  const io = fakeIo(env);
  const code = await run(['analyze', ...argv], io);
  return { code, out: io.out(), err: io.err() };
}

/** So many bytes are some hundred events of {@link beating}: an analysis ends there, whatever the machine does meanwhile. */
const HUNDRED = ['--duration', '1h', '--max-bytes', '512KiB'] as const;

/** A heartbeat every few milliseconds, each a second after the one before, and each fiftieth event another label. */
async function beating(t: TestContext, onRequest?: SimulatorOptions['onRequest']): Promise<string> {
  let beats = 0;
  const timers = { ...REAL_TIMERS, now: () => Date.UTC(2026, 0, 1) + 1000 * beats };
  const simulator = await simulate(t, { timers, ...(onRequest !== undefined && { onRequest }) });
  const timer = setInterval(() => {
    beats++;
    const name = `node-000${beats % 3}`;
    if (beats % 50 === 0) simulator.cluster.setLabel(name, 'beat', String(beats));
    else simulator.cluster.heartbeat(name);
  }, 5);
  t.after(() => clearInterval(timer));
  return kubeconfig(simulator.url);
}

/** An API server that answers everything in one way. */
async function answering(t: TestContext, handler: ApiServerOptions['handler']): Promise<string> {
  const server = await startApiServer({ handler });
  t.after(() => server[Symbol.asyncDispose]());
  return `https://127.0.0.1:${server.port}`;
}

describe('watchsieve analyze (R50)', { concurrency: true }, () => {
  test('names the heartbeat, its share and its writer, and asks for nothing but a watch', async (t) => {
    const asked: string[] = [];
    const env = { KUBECONFIG: await beating(t, ({ method, target }) => asked.push(`${method} ${target}`)) };
    const { code, out, err } = await analyzed(env, ...HUNDRED);
    assert.equal(code, 0, err);
    assert.match(
      out,
      /^nodes: \d+ events in \d+ s: [\d.]+ a second, [\d.]+ [kM]B a second\n {2}at the start 3 objects, [\d.]+\s[kM]?B, in protobuf; ended early at --max-bytes\n/,
    );
    assert.match(out, / {2}9\d\.\d % of the events .* change nothing, or only a time\n/);
    assert.match(
      out,
      /\d % {2}heartbeat +by kubelet \(status\)\s+status\.conditions\[\*\]\.lastHeartbeatTime\n/,
    );
    assert.match(out, /by preset\n +9\d\.\d % {2}metallb /);
    assert.doesNotMatch(out, /node-000/);
    assert.equal(asked.length, 1);
    assert.match(asked[0] ?? '', /^GET \/api\/v1\/nodes\?watch=1&/);
  });

  test('--output json is JSON, --output html a page; --show-names shows them', async (t) => {
    const env = { KUBECONFIG: await beating(t) };
    const [json, html] = await Promise.all([
      analyzed(env, ...HUNDRED, '--output=json', '--show-names', '--consumer', 'frr-k8s'),
      analyzed(env, ...HUNDRED, '--output=html'),
    ]);
    const [resource] = listAt(JSON.parse(json.out), 'resources');
    assert.equal(textAt(resource, 'resource'), 'nodes');
    assert.equal(textAt(resource, 'fit', 'projection'), 'labels');
    assert.ok(numberAt(resource, 'events') > 50);
    assert.match(json.out, /"node-0001"/);
    assert.match(html.out, /^<!doctype html>[^]*<\/html>\n$/);
    assert.doesNotMatch(html.out, /node-000/);
  });

  test('Ctrl-C ends it early, with the report', async (t) => {
    const io = fakeIo({ KUBECONFIG: await beating(t) });
    const ended = run(['analyze', '--duration', '1h'], io);
    // As soon as it watches.
    while (!io.err().includes('Watching for')) await new Promise(setImmediate);
    setTimeout(() => io.signals.emit('SIGINT'), 300);
    assert.equal(await ended, 0);
    assert.match(io.out(), /ended early, as asked/);
    assert.equal(io.signals.listenerCount('SIGINT'), 0);
  });

  test('a watch that takes too many bytes ends there, and says so', async (t) => {
    const { code, out } = await analyzed({ KUBECONFIG: await beating(t) }, '--max-bytes', '64KiB');
    assert.equal(code, 0);
    assert.match(out, /--max-bytes/);
  });

  test('--all watches what discovery names, and never Secrets; an API that is away is passed over', async (t) => {
    const asked: string[] = [];
    const server = await answering(t, ({ url }, res) => {
      asked.push(url);
      const resources = ['nodes', 'secrets', 'pods', 'nodes/status'].map((name) => ({
        name,
        verbs: ['watch'],
        namespaced: name === 'pods',
      }));
      if (url === '/api/v1') res.end(JSON.stringify({ resources }));
      else if (url === '/apis')
        res.end(JSON.stringify({ groups: [{ name: 'away.example', preferredVersion: { version: 'v1' } }] }));
      else if (url.startsWith('/api/v1/pods')) {
        res.writeHead(403);
        res.end(JSON.stringify({ message: 'pods is forbidden: User "jane" cannot watch resource "pods"' }));
      } else if (url.includes('watch=1')) res.write(END_OF_INITIAL);
      else {
        res.writeHead(503);
        res.end();
      }
    });
    const { code, out } = await analyzed(
      { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
      '--all',
      '--duration=1s',
    );
    assert.equal(code, 0);
    assert.match(out, /^nodes: 0 events/);
    assert.match(out, /Not watched:\n {2}pods: user "jane" may not watch pods in the whole cluster/);
    assert.ok(asked.includes('/apis/away.example/v1'));
    assert.deepEqual(
      asked.filter((target) => target.includes('secrets')),
      [],
    );
  });

  test('a resource that only another version of its group has is watched there', async (t) => {
    const asked: string[] = [];
    const server = await answering(t, ({ url }, res) => {
      asked.push(url);
      const versions = ['v1beta2', 'v1beta1'].map((version) => ({ version }));
      const resources = (...names: readonly string[]) =>
        names.map((name) => ({ name, verbs: ['watch'], namespaced: true }));
      const answers: Record<string, unknown> = {
        '/api/v1': { resources: [] },
        '/apis': { groups: [{ name: 'm.example', versions, preferredVersion: { version: 'v1beta2' } }] },
        '/apis/m.example/v1beta2': { resources: resources('peers') },
        '/apis/m.example/v1beta1': { resources: resources('peers', 'pools') },
      };
      if (url in answers) res.end(JSON.stringify(answers[url]));
      else res.write(END_OF_INITIAL);
    });
    const { code, out } = await analyzed(
      { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
      '--all',
      '--duration=1s',
    );
    assert.equal(code, 0);
    assert.match(out, /^peers\.m\.example: /m);
    assert.match(out, /^pools\.m\.example: /m);
    const watched = asked.filter((url) => url.includes('watch=1')).map((url) => url.split('?')[0]);
    assert.deepEqual(watched.sort(), ['/apis/m.example/v1beta1/pools', '/apis/m.example/v1beta2/peers']);
  });

  test('several files in KUBECONFIG, a context by name, and a credential plugin', async (t) => {
    const tokens: unknown[] = [];
    const server = await answering(t, ({ headers }, res) => {
      tokens.push(headers.authorization);
      res.write(END_OF_INITIAL);
    });
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'from-the-plugin' },
    };
    const exec = {
      apiVersion: credential.apiVersion,
      command: 'echo',
      args: [JSON.stringify(credential)],
      interactiveMode: 'Never',
    };
    // The first file has another cluster, and the user of the second one's context.
    const first = kubeconfig('https://127.0.0.1:1');
    const [clusters, users] = [join(folder, 'clusters'), join(folder, 'users')];
    const cluster = { server, 'certificate-authority-data': Buffer.from(LOOPBACK.ca).toString('base64') };
    writeFileSync(
      clusters,
      JSON.stringify({
        contexts: [{ name: 'work', context: { cluster: 'w', user: 'me' } }],
        clusters: [{ name: 'w', cluster }],
      }),
    );
    writeFileSync(users, JSON.stringify({ users: [{ name: 'me', user: { exec } }] }));
    const env = { KUBECONFIG: [first, clusters, users].join(':'), PATH: process.env['PATH'] ?? '' };
    const { code, out, err } = await analyzed(env, '--context', 'work', '--duration=1s');
    assert.equal(code, 0, err);
    assert.match(out, /^nodes: 0 events/);
    assert.deepEqual(tokens, ['Bearer from-the-plugin']);
  });

  test('Secrets that are named are counted, and only their metadata is asked for', async (t) => {
    const accepted: unknown[] = [];
    const server = await answering(t, ({ url, headers }, res) => {
      if (url === '/api/v1')
        res.end('{"resources":[{"name":"secrets","verbs":["watch"],"namespaced":true}]}');
      else if (url === '/apis') res.end('{"groups":[]}');
      else {
        accepted.push(headers.accept);
        res.write(END_OF_INITIAL);
        res.write('{"type":"MODIFIED","object":{"metadata":{"name":"pass","resourceVersion":"2"}}}\n');
      }
    });
    const { code, out } = await analyzed(
      { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
      '--resource=secrets',
      '--duration=1s',
    );
    assert.equal(code, 0);
    assert.match(out, /^secrets: 1 events[^]*counted by their metadata, and not looked at/);
    assert.deepEqual(accepted, ['application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1']);
  });
});

describe('watchsieve analyze where it cannot be (R50)', { concurrency: true }, () => {
  const WATCH = '--resource=nodes';

  test('no right: one line with verb, resource and user, from the answer or by asking', async (t) => {
    const message =
      'nodes is forbidden: User "jane" cannot watch resource "nodes" in API group "" at the cluster scope';
    for (const told of [message, 'no']) {
      const server = await answering(t, ({ method, url }, res) => {
        const isReview = method === 'POST' && url === '/apis/authentication.k8s.io/v1/selfsubjectreviews';
        res.writeHead(isReview ? 201 : 403);
        res.end(
          JSON.stringify(isReview ? { status: { userInfo: { username: 'jane' } } } : { message: told }),
        );
      });
      const { code, out, err } = await analyzed(
        { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
        WATCH,
      );
      assert.deepEqual([code, out], [1, '']);
      assert.match(
        err,
        /\nwatchsieve analyze: user "jane" may not watch nodes in the whole cluster: it takes the verb watch on the resource nodes\n$/,
      );
    }
  });

  test('credentials that the API server does not know are asked for once more, and then told of', async (t) => {
    let asked = 0;
    const server = await answering(t, (_, res) => {
      asked++;
      res.writeHead(401);
      res.end();
    });
    const { code, err } = await analyzed({ KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) }, WATCH);
    assert.deepEqual([code, asked], [1, 2]);
    assert.match(err, /does not know who asks to watch nodes \(401\)/);
  });

  test('a server that is not there', async () => {
    const { code, err } = await analyzed({ KUBECONFIG: kubeconfig('https://127.0.0.1:1') }, WATCH);
    assert.equal(code, 1);
    assert.match(
      err,
      /\nwatchsieve analyze: cannot reach https:\/\/127\.0\.0\.1:1 \(context c of .*\): connection refused \(ECONNREFUSED\)\n$/,
    );
  });

  test('a plugin whose login has expired', async (t) => {
    const { url } = await simulate(t);
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: 'false',
      interactiveMode: 'Never',
    };
    const { code, err } = await analyzed({ KUBECONFIG: kubeconfig(url, { exec }) }, WATCH);
    assert.equal(code, 1);
    assert.match(
      err,
      /\nwatchsieve analyze: the credential plugin false failed with exit code 1: run it by hand to see more\n$/,
    );
  });

  test('a resource that does not exist is guessed at', async (t) => {
    const { url } = await simulate(t);
    const { code, err } = await analyzed({ KUBECONFIG: kubeconfig(url) }, '--resource', 'noeds');
    assert.equal(code, 2);
    assert.match(err, /no resource noeds that can be watched \(did you mean nodes\?\)/);
  });

  test('a server that only refuses is given up', async (t) => {
    const server = await answering(t, (_, res) => {
      res.writeHead(410);
      res.end('{"message":"too old"}');
    });
    const { code, err } = await analyzed({ KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) }, WATCH);
    assert.equal(code, 1);
    assert.match(err, /the watch of nodes is answered with 410 too old/);
  });

  test('an old server without watch-lists is asked in the old way', async (t) => {
    const asked: string[] = [];
    const server = await answering(t, ({ url }, res) => {
      asked.push(url);
      if (url.includes('sendInitialEvents')) {
        res.writeHead(422);
        res.end();
        return;
      }
      res.write('{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}\n');
      res.write('{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"2"}}}\n');
    });
    const { code, out } = await analyzed(
      { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
      WATCH,
      '--duration=1s',
    );
    assert.equal(code, 0);
    assert.match(out, /^nodes: 1 events[^]*at the start 1 objects/);
    assert.equal(asked.length, 2);
  });

  test('a stream that the server ends goes on where it was', async (t) => {
    const asked: string[] = [];
    const server = await answering(t, ({ url }, res) => {
      asked.push(url);
      if (asked.length > 1) {
        res.write('{"type":"MODIFIED","object":{"metadata":{"name":"a","resourceVersion":"3"}}}\n');
        return;
      }
      res.write('{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}\n');
      res.end(
        '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"2","annotations":{"k8s.io/initial-events-end":"true"}}}}\n',
      );
    });
    const { out } = await analyzed(
      { KUBECONFIG: kubeconfig(server, undefined, LOOPBACK.ca) },
      WATCH,
      '--duration=2s',
    );
    assert.match(out, /^nodes: 1 events/);
    assert.match(asked[1] ?? '', /resourceVersion=2$/);
  });

  test('wrong flags, and a kubeconfig that is none, are exit code 2', async () => {
    const wrong = await analyzed(
      {},
      '--duration=1',
      '--output=xml',
      '--consumer=metalb',
      '--all',
      WATCH,
      '--max-bytes=x',
    );
    assert.equal(wrong.code, 2);
    for (const part of [
      '--duration must be',
      '--output must be one of text, json, html',
      'did you mean metallb?',
      '--all and --resource',
      '--max-bytes',
    ])
      assert.ok(wrong.err.includes(part), part);
    assert.equal((await analyzed({ KUBECONFIG: join(folder, 'none') }, WATCH)).code, 2);
    assert.equal((await analyzed({}, '--resource=a/b')).code, 2);
    assert.equal((await analyzed({ HOME: '' }, WATCH)).code, 2);
  });
});
