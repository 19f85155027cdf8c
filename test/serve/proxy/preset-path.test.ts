/** A path in the client's server chooses a preset and is taken off; nothing else that begins so goes anywhere (R2, R3, I2). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Classified } from '../../../src/serve/proxy/classify.ts';
import { locationBehind, presetPathOf } from '../../../src/serve/proxy/preset-path.ts';
import { eventually } from '../../support/api-server.ts';
import { ask, rawConnection, rawExchange, startBoth } from '../../support/proxy.ts';

const PRESETS = {
  has: (name: string) => name === 'labels' || name === 'metallb',
  nearest: (unknown: string) => (unknown === 'label' ? 'labels' : undefined),
};

test('the preset is taken off, and the rest is asked for as it stands', () => {
  const of = (target: string) => presetPathOf(target, PRESETS);
  for (const [target, rest] of [
    ['/for/labels/api/v1/nodes?watch=1', '/api/v1/nodes?watch=1'],
    ['/for/labels', '/'],
    ['/for/labels/', '/'],
    ['/for/labels?a=/for/x/', '/?a=/for/x/'],
    ['/for/labels//api', '//api'],
    ['/for/labels/api/..a/.b', '/api/..a/.b'],
    ['/for/labels/%66or/labels', '/%66or/labels'],
    ['/for/labels/api?x=/../', '/api?x=/../'],
  ] as const)
    assert.deepEqual(of(target), { preset: 'labels', target: rest }, target);
  for (const target of [
    '/',
    '/for',
    '/for?x',
    '/forx/labels',
    '/FOR/labels',
    '//for/labels',
    '/api/for/labels',
    '/%66or/labels/api',
    '/for%2Flabels/api',
  ])
    assert.deepEqual(of(target), { preset: '', target }, target);
});

const NOWHERE = [
  '/for/',
  '/for//api',
  '/for/?x',
  '/for/label/api/v1/nodes',
  '/for/Labels/api',
  '/for/l%61bels/api',
  '/for/labels%2Fapi',
  '/for/labels;a=b/api',
  '/for/__proto__/api',
  '/for/constructor',
  '/for/../api',
  '/for/labels/../api',
  '/for/labels/..',
  '/for/labels/.',
  '/for/labels/%2e%2e/for/metallb/api',
  '/for/labels/a%2f..%2fx',
  '/for/labels/a\\..\\x',
  '/for/labels/for/metallb/api',
  '/for/labels/for/',
];

for (const http1Only of [false, true])
  test(`what begins so and is no preset gets 404 and reaches no upstream, upgrades too, HTTP/${http1Only ? '1.1' : '2'} (R5)`, async () => {
    const seen: string[] = [];
    await using both = await startBoth(
      {
        http1Only,
        handler: (req, res) => {
          seen.push(req.url);
          res.end();
        },
      },
      { presets: PRESETS },
    );
    const told = async (target: string, more = ''): Promise<string> =>
      rawExchange(both.port, `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`);
    for (const target of NOWHERE)
      for (const more of ['Connection: close\r\n', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'])
        assert.match(
          await told(target, more),
          /^HTTP\/1\.1 404 [^]*"kind":"Status"[^]*"reason":"NotFound"/,
          target,
        );
    assert.match(
      await told('/for/label/api', 'Connection: close\r\n'),
      /no preset \\"label\\" .*did you mean labels\?/,
    );
    const long = await told(`/for/${'x'.repeat(9000)}`, 'Connection: close\r\n');
    assert.ok(long.length < 700, 'a name of any length is not given back');
    assert.deepEqual(seen, []);
    assert.match(await told('/for/labels/api?x=1', 'Connection: close\r\n'), /^HTTP\/1\.1 200 /);
    assert.deepEqual(seen, ['/api?x=1']);
  });

test('a watch and a list are known by what is behind the preset, which they carry', async () => {
  const opened: Classified[] = [];
  await using both = await startBoth(
    {
      handler: (_, res) => {
        res.writeHead(200, { 'content-type': 'application/json' }).end('{}\n');
      },
    },
    {
      presets: PRESETS,
      openWatch: ({ classified }) => {
        opened.push(classified);
        return undefined;
      },
      tapList: ({ classified }) => {
        opened.push(classified);
        return undefined;
      },
    },
  );
  for (const path of [
    '/for/labels/api/v1/nodes?watch=1',
    '/for/metallb/api/v1/nodes',
    '/api/v1/nodes?watch=1',
  ])
    await ask(both.port, { path });
  assert.deepEqual(
    opened.map((one) => ('preset' in one ? `${one.kind} ${one.preset}` : one.kind)),
    ['filtered-watch labels', 'filtered-list metallb', 'filtered-watch '],
  );
});

test('exec goes to upstream without the preset, and its refusal and redirects come back with it (R3)', async () => {
  const seen: (string | undefined)[] = [];
  await using both = await startBoth(
    {
      handler: (req, res) => {
        res.writeHead(307, { location: req.url.includes('out') ? 'https://other/x' : '/api/v1/x/' }).end();
      },
      upgrade: (req, socket) => {
        seen.push(req.url);
        if (req.url?.includes('moved') === true)
          socket.end('HTTP/1.1 301 Moved\r\nLocation: /api/moved/\r\nContent-Length: 0\r\n\r\n');
        else socket.write('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello');
      },
    },
    { presets: PRESETS },
  );
  const upgrade = (target: string): string =>
    `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
  const socket = await rawConnection(both.port);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(upgrade('/for/labels/api/v1/namespaces/a/pods/b/exec?command=x'));
  await eventually(() => text.includes('hello'), 'it is switched');
  socket.destroy();
  assert.match(
    await rawExchange(both.port, upgrade('/for/labels/api/moved')),
    /^HTTP\/1\.1 301 [^]*\r\nLocation: \/for\/labels\/api\/moved\/\r\n/i,
  );
  assert.deepEqual(seen, ['/api/v1/namespaces/a/pods/b/exec?command=x', '/api/moved']);
  for (const [path, location] of [
    ['/for/labels/api/v1/x', '/for/labels/api/v1/x/'],
    ['/api/v1/x', '/api/v1/x/'],
    ['/for/labels/api/out', 'https://other/x'],
  ] as const)
    assert.equal((await ask(both.port, { path })).res.headers.location, location);
});

test('an exec that may have been carried out is not answered as if it could be repeated (R5)', async () => {
  await using both = await startBoth(
    { http1Only: true, handler: (req) => req.socket.destroy() },
    { presets: PRESETS },
  );
  const exec = '/api/v1/namespaces/a/pods/b/exec?command=x';
  const told = (target: string) =>
    rawExchange(both.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.equal(await told(exec), '');
  assert.equal(await told(`/for/labels${exec}`), '');
  assert.match(await told('/for/labels/api/v1/pods'), /^HTTP\/1\.1 503 /);
});

test('only a path of upstream is a place behind the preset', () => {
  for (const [location, expected] of [
    ['/a', '/for/labels/a'],
    ['//other/a', '//other/a'],
    ['https://other/a', 'https://other/a'],
    ['a', 'a'],
    ['', ''],
  ] as const)
    assert.equal(locationBehind('labels', location), expected);
  assert.equal(locationBehind('', '/a'), '/a');
});
