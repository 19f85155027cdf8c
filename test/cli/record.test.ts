/** `watchsieve record` and `watchsieve replay`, one after the other. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test, type TestContext } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'undici';
import { run } from '../../src/cli/run.ts';
import { FORMAT, frameBytes, headBytes, readRecording } from '../../src/lab/recording/format.ts';
import { connect, fetchAll, simulate, watch, CA_PEM } from '../lab/simulator/harness.ts';
import { startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { fixture, jsonFrames } from '../support/fixtures.ts';
import { listAt, parseJson, textAt } from '../support/json-value.ts';
import { writeUpstreamKubeconfig } from '../serve/harness.ts';
import { fakeIo } from './fake-io.ts';

const folder = mkdtempSync(join(tmpdir(), 'watchsieve-record-'));
after(() => rmSync(folder, { recursive: true }));

const INITIAL = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
const BEATS = 12;

/** Records some heartbeats and a change. @returns what another client of the same API server was sent meanwhile */
async function recorded(
  t: TestContext,
  file: string,
  ...flags: readonly string[]
): Promise<readonly Buffer[]> {
  const simulator = await simulate(t);
  const home = mkdtempSync(join(folder, 'home-'));
  const KUBECONFIG = await writeUpstreamKubeconfig(home, {
    url: simulator.url,
    caPem: CA_PEM,
    token: 'a-token',
  });
  const client = connect(t, simulator);
  const direct = await watch(client, INITIAL);
  const initial = await direct.take(4);
  const io = fakeIo({ KUBECONFIG });
  const ended = run(['record', file, '--duration', '1h', ...flags], io);
  while (!io.err().includes('Recording for')) await new Promise(setImmediate);
  for (let beat = 0; beat < BEATS; beat++) simulator.cluster.heartbeat(`node-000${beat % 3}`);
  simulator.cluster.setLabel('node-0001', 'zone', 'b');
  const later = await direct.take(BEATS + 1);
  direct.abort();
  // The last event has come there too; what is read is written by the end.
  setTimeout(() => io.signals.emit('SIGINT'), 200);
  assert.equal(await ended, 0, io.err());
  assert.match(io.out(), new RegExp(`^${4 + BEATS + 1} events in `));
  return [...initial, ...later];
}

/** Serves a recording until the end of the test. */
async function replaying(t: TestContext, file: string, ...flags: readonly string[]): Promise<Client> {
  const io = fakeIo();
  const ended = run(['replay', file, ...flags], io);
  await io.wrote(/KUBECONFIG=/);
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(io.out())?.[1] ?? '';
  const text = readFileSync(kubeconfig, 'utf8');
  const ca = readFileSync(/certificate-authority: (\S+)/.exec(text)?.[1] ?? '', 'utf8');
  const client = new Client(/server: (\S+)/.exec(text)?.[1] ?? '', { connect: { ca }, allowH2: true });
  t.after(async () => {
    await client.destroy();
    io.signals.emit('SIGINT');
    assert.equal(await ended, 0, io.err());
    assert.equal(statSync(kubeconfig, { throwIfNoEntry: false }), undefined);
  });
  return client;
}

async function readAll(client: Client, query: string, count: number): Promise<Buffer[]> {
  const stream = await watch(client, query);
  const frames = await stream.take(count);
  stream.abort();
  return frames;
}

describe('record and replay (R50)', { concurrency: true }, () => {
  test('a client of the replay is sent byte for byte what the API server sent', async (t) => {
    const file = join(folder, 'whole.rec');
    const sent = await recorded(t, file, '--show-values');
    const client = await replaying(t, file, '--speed', 'max');
    assert.deepEqual(await readAll(client, INITIAL, sent.length), sent);
    // As informers do: a list, and a watch from there.
    const list = parseJson((await fetchAll(client, '/api/v1/nodes')).body.toString());
    const version = textAt(list, 'metadata', 'resourceVersion');
    assert.deepEqual(
      listAt(list, 'items').map((item) => textAt(item, 'metadata', 'name')),
      ['node-0000', 'node-0001', 'node-0002'],
    );
    assert.deepEqual(await readAll(client, `resourceVersion=${version}`, BEATS + 1), sent.slice(4));
    // And one that resumes.
    const resumed = textAt(parseJson(String(sent[9])), 'object', 'metadata', 'resourceVersion');
    assert.deepEqual(await readAll(client, `resourceVersion=${resumed}`, sent.length - 10), sent.slice(10));
    const [gone] = await readAll(client, 'resourceVersion=1', 1);
    assert.match(String(gone), /"type":"ERROR".*"code":410/);
  });

  test('without --show-values nothing of the cluster is in the file, and sizes are the same', async (t) => {
    const file = join(folder, 'redacted.rec');
    const sent = await recorded(t, file);
    const { head, frames } = readRecording(readFileSync(file));
    assert.equal(head.isRedacted, true);
    assert.deepEqual(
      frames.map(({ bytes }) => bytes.length),
      sent.map(({ length }) => length),
    );
    assert.doesNotMatch(gunzipSync(readFileSync(file)).toString(), /node-0\d|registry\.eu-west|zone":"b"/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  test('what a real API server sent is replayed byte for byte', async (t) => {
    const file = join(folder, 'real.rec');
    const sent = jsonFrames(fixture('watchlist.json'));
    const head = {
      format: FORMAT,
      madeBy: 'test',
      at: '',
      path: '/api/v1/nodes',
      isRedacted: false,
    } as const;
    writeFileSync(
      file,
      gzipSync(Buffer.concat([headBytes(head), ...sent.map((bytes, at) => frameBytes(at, bytes))])),
    );
    const client = await replaying(t, file, '--speed', 'max');
    assert.ok(sent.length > 50);
    assert.deepEqual(await readAll(client, INITIAL, sent.length), sent);
  });

  test('a replay keeps the pace, or is so much faster', async (t) => {
    const file = join(folder, 'pace.rec');
    const frame = (type: string, version: number) =>
      Buffer.from(
        `{"type":"${type}","object":{"kind":"Node","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"${version}"}}}\n`,
      );
    const head = {
      format: FORMAT,
      madeBy: 'test',
      at: '',
      path: '/api/v1/nodes',
      isRedacted: false,
    } as const;
    const frames = [
      frameBytes(5000, frame('ADDED', 1)),
      frameBytes(6000, frame('MODIFIED', 2)),
      frameBytes(10_000, frame('MODIFIED', 3)),
    ];
    writeFileSync(file, gzipSync(Buffer.concat([headBytes(head), ...frames])));
    const client = await replaying(t, file, '--speed', '10');
    const startedAt = performance.now();
    await readAll(client, '', 3);
    const took = performance.now() - startedAt;
    assert.ok(took >= 390, `${took}`);
  });

  test('a file that is none, is cut off or is there already is told of', async (t) => {
    const file = join(folder, 'broken.rec');
    const head = '{"format":"watchsieve.recording/1","path":"/api/v1/nodes"}\n';
    for (const [content, why] of [
      [Buffer.from('hello'), /not a complete recording of watchsieve/],
      [gzipSync('{"format":"other/1"}\n'), /its format is not watchsieve\.recording\/1/],
      [gzipSync('{"format":"watchsieve.recording/1","path":"/../x"}\n'), /names no collection/],
      [gzipSync(`${head}\0\0\0\0\x7f\xff\xff\xffx`), /ends within an event/],
      [gzipSync(head).subarray(0, 40), /not a complete recording/],
    ] as const) {
      writeFileSync(file, content);
      const io = fakeIo();
      assert.equal(await run(['replay', file], io), 2);
      assert.match(io.err(), why);
    }
    const { url } = await simulate(t);
    const io = fakeIo({
      KUBECONFIG: await writeUpstreamKubeconfig(folder, { url, caPem: CA_PEM, token: 'a' }),
    });
    assert.equal(await run(['record', file, '--duration=1s'], io), 1);
    assert.match(io.err(), /EEXIST/);
  });

  test('where it may not watch, one line says what, and as whom; no file is left that is in the way', async (t) => {
    const message = 'nodes is forbidden: User "jane" cannot watch resource "nodes" in API group ""';
    const server = await startApiServer({
      handler: (_, res) => {
        res.writeHead(403);
        res.end(JSON.stringify({ message }));
      },
    });
    t.after(() => server[Symbol.asyncDispose]());
    const [home, file] = [mkdtempSync(join(folder, 'home-')), join(folder, 'refused.rec')];
    const url = `https://127.0.0.1:${server.port}`;
    const KUBECONFIG = await writeUpstreamKubeconfig(home, { url, caPem: LOOPBACK.ca, token: 'a' });
    for (let time = 0; time < 2; time++) {
      const io = fakeIo({ KUBECONFIG });
      assert.equal(await run(['record', file], io), 1);
      assert.match(
        io.err(),
        /^watchsieve record: user "jane" may not watch nodes in the whole cluster: .*\n$/,
      );
      assert.equal(existsSync(file), false);
    }
  });

  test('Secrets are not recorded, and wrong flags are exit code 2', async (t) => {
    const { url } = await simulate(t);
    const io = fakeIo({
      KUBECONFIG: await writeUpstreamKubeconfig(mkdtempSync(join(folder, 'h-')), {
        url,
        caPem: CA_PEM,
        token: 'a',
      }),
    });
    assert.equal(await run(['record', join(folder, 's.rec'), '--resource', 'secrets'], io), 2);
    for (const argv of [
      ['record'],
      ['record', 'a', 'b'],
      ['record', 'a', '--duration=x'],
      ['replay'],
      ['replay', 'a', '--speed=0'],
      ['replay', 'a', '--port=x'],
    ])
      assert.equal(await run(argv, fakeIo()), 2, argv.join(' '));
  });
});
