import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type ApiResponse, eventually } from '../../support/api-server.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { ask, begin, head, rawExchange, startBoth, startProxy, type Answer } from '../../support/proxy.ts';
import { loopbackTarget } from '../../support/upstream.ts';

interface Status {
  readonly kind: string;
  readonly apiVersion: string;
  readonly status: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

function statusOf({ res, body }: Answer): Status {
  assert.equal(res.headers['content-type'], 'application/json');
  const status = JSON.parse(String(body)) as Status;
  assert.equal(status.kind, 'Status');
  assert.equal(status.apiVersion, 'v1');
  assert.equal(status.status, 'Failure');
  assert.equal(status.code, res.statusCode);
  return status;
}

const REQUESTS = [
  ['/api/v1/nodes?watch=1', 429, 'TooManyRequests'],
  ['/api/v1/pods?watch=1', 429, 'TooManyRequests'],
  ['/apis/apps/v1/watch/deployments', 429, 'TooManyRequests'],
  ['/api/v1/nodes', 503, 'ServiceUnavailable'],
  ['/version', 503, 'ServiceUnavailable'],
] as const;

async function assertUnavailable(port: number, cause: RegExp): Promise<void> {
  for (const [path, code, reason] of REQUESTS) {
    const answer = await ask(port, { path });
    const status = statusOf(answer);
    assert.equal(status.code, code, path);
    assert.equal(status.reason, reason);
    assert.equal(answer.res.headers['retry-after'], '1');
    assert.match(status.message, cause);
  }
}

test('R5: an unreachable upstream is 429 for watches and 503 for the rest, with Retry-After and the cause', async () => {
  const refused = { ...loopbackTarget(1), description: 'the API server at x' };
  await using unreachable = await startProxy(refused);
  await assertUnavailable(unreachable.port, /no answer from the API server at x: connection refused/);
  await using unknown = await startProxy({ ...refused, hostname: 'nowhere.invalid' });
  await assertUnavailable(unknown.port, /its name cannot be resolved/);
});

test('R5, R25: a certificate of another authority, or for another name, is never accepted', async () => {
  const other = await makeCertificates(['127.0.0.1']);
  let reached = 0;
  await using both = await startBoth({ handler: () => (reached += 1), certificates: other });
  await assertUnavailable(both.port, /certificate or the TLS handshake/);
  await using wrongName = await startProxy({
    ...loopbackTarget(both.server.port, other.ca),
    servername: 'api.internal',
  });
  await assertUnavailable(wrongName.port, /certificate or the TLS handshake/);
  assert.equal(reached, 0);
});

test('R5: a large body for an upstream that cannot be reached is read, and its answer given', async () => {
  await using unreachable = await startProxy(loopbackTarget(1));
  const body = Buffer.alloc(5 * 1024 * 1024);
  for (let n = 0; n < 2; n++)
    assert.equal(statusOf(await ask(unreachable.port, { method: 'POST', path: '/x' }, body)).code, 503);
});

for (const http1Only of [false, true]) {
  const by = http1Only ? 'HTTP/1.1' : 'HTTP/2';

  test(`R5: an upstream on ${by} that hangs up before its answer is unavailable`, async () => {
    await using both = await startBoth({
      http1Only,
      handler: () => {
        for (const socket of both.server.sockets) socket.destroy();
      },
    });
    await assertUnavailable(both.port, /the connection broke/);
  });

  test(`R9: when an upstream on ${by} breaks off in the body, the client sees a broken response`, async () => {
    await using both = await startBoth({
      http1Only,
      handler: (_req, res) => {
        res.write('half');
        setImmediate(() => {
          for (const socket of both.server.sockets) socket.destroy();
        });
      },
    });
    await assert.rejects(ask(both.port, { path: '/' }), { code: 'ECONNRESET' });
  });

  test(`R10: a client that goes away ends the request to an upstream on ${by} in each phase`, async () => {
    const gone: string[] = [];
    const open: string[] = [];
    await using both = await startBoth({
      http1Only,
      handler: (req, res) => {
        const { url } = req;
        open.push(url);
        res.once('close', () => gone.push(url));
        if (url === '/body') res.write('x');
        if (url === '/blocked') res.write(Buffer.alloc(16 * 1024 * 1024));
      },
    });
    for (const path of ['/headers', '/body', '/blocked', '/upload']) {
      const req = begin(both.port, { method: path === '/upload' ? 'POST' : 'GET', path });
      req.on('error', () => undefined);
      if (path === '/upload') req.write('some');
      else req.end();
      if (path === '/body' || path === '/blocked') (await head(req)).on('error', () => undefined).pause();
      await eventually(() => open.includes(path), `${path} open`);
      req.destroy();
      await eventually(() => gone.includes(path), `${path} gone`);
    }
    assert.deepEqual(both.running.watched.failures, []);
  });
}

test('R31: while draining, watches get 429 and everything else 503; what runs goes on', async () => {
  let draining = false;
  const open: ApiResponse[] = [];
  await using both = await startBoth(
    {
      handler: (_req, res) => {
        res.write('first');
        open.push(res);
      },
    },
    { isDraining: () => draining },
  );
  const req = begin(both.port, { path: '/api/v1/nodes?watch=1' });
  req.end();
  const res = await head(req);
  assert.equal(String((await once(res, 'data'))[0]), 'first');
  draining = true;
  await assertUnavailable(both.port, /shutting down/);
  open[0]?.end('last');
  assert.equal(String((await once(res, 'data'))[0]), 'last');
});

test('R3: what cannot be forwarded is refused with a Status', async () => {
  await using both = await startBoth({ handler: (_req, res) => res.end('reached') });
  const end = 'Host: x\r\nConnection: close\r\n\r\n';
  const cases = [
    [`OPTIONS * HTTP/1.1\r\n${end}`, 400, /must begin with "\/"/],
    [`GET http://evil/ HTTP/1.1\r\n${end}`, 400, /must begin with "\/"/],
    [`CONNECT evil:443 HTTP/1.1\r\n${end}`, 400, /CONNECT is not supported/],
    ['nonsense\r\n\r\n', 400, /not well-formed/],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n`, 400, /not well-formed/],
    [`GET / HTTP/1.1\r\nHost: x\r\nExpect: x\r\nConnection: close\r\n\r\n`, 417, /100-continue/],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(128 * 1024)}\r\n\r\n`, 431, /too large/],
  ] as const;
  for (const [text, code, message] of cases) {
    const answer = await rawExchange(both.port, text);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${code} `), text.slice(0, 40));
    const status = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Status;
    assert.equal(status.kind, 'Status');
    assert.match(status.message, message);
  }
  assert.equal(String((await ask(both.port, { path: '/' })).body), 'reached');
});

test('R5: a header that HTTP/2 cannot carry is the client’s fault, not unavailability', async () => {
  await using both = await startBoth({ handler: (_req, res) => res.end() });
  const text =
    'GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\nConnection: close\r\n\r\n';
  const answer = await rawExchange(both.port, text);
  assert.match(answer, /^HTTP\/1.1 400 /);
  // R26: the value is not quoted.
  assert.doesNotMatch(answer, /"a"|: a,/);
});
