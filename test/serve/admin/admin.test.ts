import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import {
  listenMetrics,
  type MetricsListenerOptions,
  type OperatorListener,
} from '../../../src/platform/health/metrics-listener.ts';
import { type Debug, listenAdmin as listen } from '../../../src/serve/admin/admin.ts';
import { Health } from '../../../src/platform/health/health.ts';
import { isLoopbackHost } from '../../../src/serve/admin/loopback-host.ts';
import { renderExplained } from '../../../src/serve/admin/page/explained.ts';
import { renderPage } from '../../../src/serve/admin/page/page.ts';
import { PAGE_HEADERS } from '../../../src/serve/admin/page/shell.ts';
import { sampleExplained, sampleStatus } from '../../support/sample-status.ts';

const LOOPBACK = { host: '127.0.0.1', port: 0 };

type AdminOptions = MetricsListenerOptions & { readonly debug: Debug };

function listenAdmin(at: typeof LOOPBACK, { debug, ...metrics }: AdminOptions): Promise<OperatorListener> {
  return listen(at, metrics, debug);
}

function options(health = new Health()): AdminOptions {
  return {
    health,
    metricsText: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    debug: {
      config: () => ({ mode: 'filter' }),
      streams: () => [],
      hub: () => ({}),
      explain: ({ object }) => sampleExplained({ object }),
      status: () => sampleStatus(),
    },
  };
}

function readyHealth(): Health {
  const health = new Health();
  health.markListening();
  health.markFilesWritten();
  health.markUpstreamAnswering();
  return health;
}

async function started(
  t: TestContext,
  listening: Promise<OperatorListener>,
): Promise<(path: string) => Promise<Answer>> {
  const listener = await listening;
  t.after(() => listener.close());
  return async (path) => {
    const response = await fetch(`http://${listener.host}:${listener.port}${path}`);
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
}

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: string;
}

test('the admin listener serves metrics, health and debug (R28, R29)', async (t) => {
  const get = await started(t, listenAdmin(LOOPBACK, options(readyHealth())));
  assert.deepEqual(await get('/metrics'), { status: 200, type: 'text/plain; version=0.0.4', body: 'up 1\n' });
  assert.deepEqual(await get('/livez'), { status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' });
  assert.deepEqual(await get('/readyz'), { status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' });
  assert.deepEqual(await get('/debug/config'), {
    status: 200,
    type: 'application/json; charset=utf-8',
    body: '{\n  "mode": "filter"\n}\n',
  });
  assert.equal((await get('/debug/streams')).body, '[]\n');
});

test('the listener for the outside has no debug routes, and 404 lists what there is (R29)', async (t) => {
  const get = await started(t, listenMetrics(LOOPBACK, options(readyHealth())));
  for (const path of ['/metrics', '/livez', '/readyz']) assert.equal((await get(path)).status, 200, path);
  for (const path of ['/debug/config', '/debug/streams', '/']) {
    assert.deepEqual(await get(path), {
      status: 404,
      type: 'text/plain; charset=utf-8',
      body: 'not found; there are:\n/metrics\n/livez\n/readyz\n',
    });
  }
});

test('readyz is 503 with its checks until ready, 200 through outages, 503 again when draining (R29, R31)', async (t) => {
  const health = new Health();
  const get = await started(t, listenAdmin(LOOPBACK, options(health)));
  health.markListening();
  assert.deepEqual(await get('/readyz'), {
    status: 503,
    type: 'text/plain; charset=utf-8',
    body:
      '[+]listener ok\n[-]files failed: not written yet\n[-]upstream failed: no answer yet\n[+]shutdown ok\n' +
      'readyz check failed: starting\n',
  });
  assert.equal((await get('/livez')).status, 200);

  health.markFilesWritten();
  health.markUpstreamAnswering();
  health.markUpstreamFailing('connection refused');
  assert.equal((await get('/readyz')).body, 'ok\n');
  for (const path of ['/readyz?verbose', '/readyz?verbose=true']) {
    assert.deepEqual(await get(path), {
      status: 200,
      type: 'text/plain; charset=utf-8',
      body:
        '[+]listener ok\n[+]files ok\n[-]upstream failed: connection refused (does not affect readiness)\n' +
        '[+]shutdown ok\nreadyz check passed\n',
    });
  }

  health.markDraining();
  assert.equal((await get('/readyz')).status, 503);
  assert.equal((await get('/livez')).status, 200);
});

test('metrics that cannot be collected are a 500 that says why', async (t) => {
  const failing = { ...options(), metricsText: () => Promise.reject(new Error('no numbers')) };
  const get = await started(t, listenAdmin(LOOPBACK, failing));
  assert.deepEqual(await get('/metrics'), {
    status: 500,
    type: 'text/plain; charset=utf-8',
    body: 'failed: no numbers\n',
  });
});

test('HEAD is answered as GET without its body; other methods find nothing', async (t) => {
  const { host, port, ...listener } = await listenAdmin(LOOPBACK, options(readyHealth()));
  t.after(() => listener.close());
  const url = `http://${host}:${port}/livez`;
  const head = await fetch(url, { method: 'HEAD' });
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '3', '']);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
    assert.equal((await fetch(url, { method })).status, 404, method);
});

test('close ends idle keep-alive connections too, so that a scraper cannot hold up the exit (R31)', async () => {
  const listener = await listenAdmin(LOOPBACK, options());
  const socket = connect(listener.port, listener.host);
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(socket, 'data');
  const closed = once(socket, 'close');
  await listener.close();
  await closed;
});

test('a port that is taken rejects with what node:net says of it', async (t) => {
  const first = await listenAdmin(LOOPBACK, options());
  t.after(() => first.close());
  await assert.rejects(listenMetrics(first, options()), {
    code: 'EADDRINUSE',
    syscall: 'listen',
    port: first.port,
  });
});

test('the status page is at /, with its policy, and what it shows at /debug/status (R29)', async (t) => {
  const listener = await listenAdmin(LOOPBACK, options(readyHealth()));
  t.after(() => listener.close());
  const url = `http://127.0.0.1:${listener.port}`;
  const page = await fetch(`${url}/?from=somewhere`);
  assert.equal(page.status, 200);
  assert.equal(await page.text(), renderPage(sampleStatus()));
  for (const [name, value] of Object.entries(PAGE_HEADERS)) assert.equal(page.headers.get(name), value, name);
  const data = await fetch(`${url}/debug/status`);
  assert.equal(data.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.deepEqual(await data.json(), JSON.parse(JSON.stringify(sampleStatus())));

  const head = await fetch(`${url}/`, { method: 'HEAD' });
  assert.deepEqual([head.status, await head.text()], [200, '']);
  for (const [method, path] of [
    ['POST', '/'],
    ['DELETE', '/debug/status'],
    ['GET', '/index.html'],
    ['GET', '//'],
  ] as const) {
    const { status } = await fetch(`${url}${path}`, { method });
    assert.equal(status, 404, `${method} ${path}`);
  }
});

test('the page about a Node is at /explain, with the same policy; the JSON stays where it was (R29)', async (t) => {
  const listener = await listenAdmin(LOOPBACK, options(readyHealth()));
  t.after(() => listener.close());
  const url = `http://127.0.0.1:${listener.port}`;
  const page = await fetch(`${url}/explain?object=a%26b`);
  assert.equal(page.status, 200);
  assert.equal(
    await page.text(),
    renderExplained(sampleExplained({ object: 'a&b' }), sampleStatus().version),
  );
  for (const [name, value] of Object.entries(PAGE_HEADERS)) assert.equal(page.headers.get(name), value, name);
  const data = await fetch(`${url}/debug/explain?object=a%26b`);
  assert.deepEqual(await data.json(), JSON.parse(JSON.stringify(sampleExplained({ object: 'a&b' }))));
  const nameless = await fetch(`${url}/explain?object=`);
  assert.equal(nameless.status, 400);
  assert.match(await nameless.text(), /Which object\?/);
});

/** What a browser is told that believes `host` to be here (DNS rebinding). */
function statusFor(port: number, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('page and debug are for who means this machine: another name in Host is refused; metrics and health are not', async (t) => {
  const { port, ...listener } = await listenAdmin(LOOPBACK, options(readyHealth()));
  t.after(() => listener.close());
  for (const path of [
    '/',
    '/?x',
    '/explain?object=x',
    '/debug/config',
    '/debug/status',
    '/debug/explain?object=x',
  ])
    assert.equal(await statusFor(port, path, 'evil.example'), 421, path);
  for (const path of ['/metrics', '/livez', '/readyz?verbose'])
    assert.equal(await statusFor(port, path, 'node-1.example:17481'), 200, path);
  for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, '127.8.9.1', '[::1]:17481'])
    assert.equal(await statusFor(port, '/', host), 200, host);
});

test('only names that browsers keep on this machine count as it', () => {
  for (const host of [
    undefined,
    'localhost',
    'LOCALHOST:1',
    'a.localhost',
    '127.0.0.1',
    '127.1.2.3:9',
    '[::1]',
  ])
    assert.ok(isLoopbackHost(host), host);
  for (const host of [
    '',
    'localhost.evil.example',
    'evillocalhost',
    '127.0.0.1.evil.example',
    '127.0.0.1@evil',
    '10.0.0.1',
    '[::2]',
    'localhost:x',
    '1',
  ])
    assert.ok(!isLoopbackHost(host), host);
});
