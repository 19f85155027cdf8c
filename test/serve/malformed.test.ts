/** An upstream that does not do what it should: it passes byte for byte, is counted with a reason, and breaks nothing (I1, R8, R9). */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startApiServer, type ApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { jsonFrame, protobufFrame } from '../support/encode.ts';
import { fixture } from '../support/fixtures.ts';
import { runReady, type Running } from './harness.ts';

const WATCH = '/api/v1/nodes?watch=1&resourceVersion=1';
const JSON_TYPE = 'application/json';
const PROTOBUF_TYPE = 'application/vnd.kubernetes.protobuf;stream=watch';

const NODE = {
  kind: 'Node',
  apiVersion: 'v1',
  metadata: { name: 'node-1', uid: 'u', resourceVersion: '7', labels: { zone: 'a' } },
};
const event = (type: string) => jsonFrame(type, NODE);
const event2 = (type: string) => protobufFrame(type, NODE);
const text = (value: string) => Buffer.from(value);

interface Answer {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: readonly Buffer[];
  /** After the body the stream is reset. */
  readonly reset?: boolean;
}

interface Case {
  readonly answer: Answer;
  /** What the client gets, where that is not every byte. */
  readonly received?: Buffer;
  /** `type verdict reason count` of all that was counted. */
  readonly counted: readonly string[];
  readonly cause?: string;
}

const LIST = text('{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[]}\n');
const STATUS = text('{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","code":500}\n');
const GONE = jsonFrame('ERROR', {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message: 'too old resource version: 1 (1000)',
  reason: 'Expired',
  code: 410,
});

const CASES: Readonly<Record<string, Case>> = {
  'garbage lines between events': {
    answer: { body: [event('ADDED'), text('no JSON at all\n'), event('MODIFIED'), event('MODIFIED')] },
    counted: ['ADDED forwarded added 1', 'other forwarded verbatim 1'],
  },
  'binary garbage': {
    answer: { body: [Buffer.from([0, 255, 10, 10, 13, 128, 0]), event('MODIFIED')] },
    counted: ['other forwarded verbatim 1'],
  },
  'an object spread over lines': {
    answer: { body: [text(JSON.stringify({ type: 'MODIFIED', object: NODE }, undefined, 2))] },
    counted: ['other forwarded verbatim 1'],
  },
  'half a frame at the end': {
    answer: { body: [event('ADDED'), event('MODIFIED').subarray(0, 60)] },
    received: event('ADDED'),
    counted: ['ADDED forwarded added 1'],
    cause: 'upstream_error',
  },
  'half a frame, then a reset': {
    answer: { body: [event('ADDED'), event('MODIFIED').subarray(0, 60)], reset: true },
    received: event('ADDED'),
    counted: ['ADDED forwarded added 1'],
    cause: 'upstream_error',
  },
  'a last event without its line feed': {
    answer: { body: [event('ADDED'), jsonFrame('DELETED', NODE).subarray(0, -1)] },
    counted: ['ADDED forwarded added 1', 'DELETED forwarded deleted 1'],
  },
  'half a protobuf frame at the end': {
    answer: {
      headers: { 'content-type': PROTOBUF_TYPE },
      body: [event2('ADDED'), event2('MODIFIED').subarray(0, 30)],
    },
    received: event2('ADDED'),
    counted: ['ADDED forwarded added 1'],
    cause: 'upstream_error',
  },
  'a protobuf frame of garbage': {
    answer: {
      headers: { 'content-type': PROTOBUF_TYPE },
      body: [Buffer.from([0, 0, 0, 4, 255, 255, 255, 255]), event2('MODIFIED')],
    },
    counted: ['MODIFIED forwarded first_seen 1', 'other forwarded undecodable 1'],
  },
  'a LIST in the place of a watch, with its length': {
    answer: { headers: { 'content-length': String(LIST.length) }, body: [LIST] },
    counted: ['other forwarded verbatim 1'],
  },
  'a Status with code 200': { answer: { body: [STATUS] }, counted: ['other forwarded verbatim 1'] },
  'an empty body': { answer: { body: [] }, counted: [] },
  'an unknown event type and a foreign kind': {
    answer: {
      body: [
        event('ADDED'),
        event('REPLACED'),
        jsonFrame('MODIFIED', { ...NODE, kind: 'Pod' }),
        event('MODIFIED'),
      ],
    },
    counted: [
      'ADDED forwarded added 1',
      'MODIFIED forwarded first_seen 1',
      'MODIFIED forwarded foreign_kind 1',
      'other forwarded unknown_type 1',
    ],
  },
  'an event larger than --max-frame-bytes': {
    answer: {
      body: [
        event('ADDED'),
        jsonFrame('MODIFIED', { ...NODE, spec: { podCIDR: 'x'.repeat(5000) } }),
        event('MODIFIED'),
      ],
    },
    counted: ['ADDED forwarded added 1', 'MODIFIED forwarded first_seen 1', 'other forwarded oversize 1'],
  },
  'an ERROR event 410, as a real server sends it': {
    answer: { body: [event('ADDED'), event('MODIFIED'), GONE] },
    received: Buffer.concat([event('ADDED'), GONE]),
    counted: ['ADDED forwarded added 1', 'ERROR forwarded error 1', 'MODIFIED swallowed unchanged 1'],
  },
  'a recorded 410': { answer: { body: [fixture('watch-410.json')] }, counted: ['ERROR forwarded error 1'] },
  'a recorded 410 in protobuf': {
    answer: { headers: { 'content-type': PROTOBUF_TYPE }, body: [fixture('watch-410.pb')] },
    counted: ['ERROR forwarded error 1'],
  },
  'a compression other than gzip, in spite of identity': {
    answer: {
      headers: { 'content-encoding': 'br' },
      body: [brotliCompressSync(event('ADDED'))],
    },
    counted: ['other forwarded verbatim 1'],
  },
  'two compressions, one on the other': {
    answer: {
      headers: { 'content-encoding': 'gzip, gzip' },
      body: [gzipSync(gzipSync(event('ADDED')))],
    },
    counted: ['other forwarded verbatim 1'],
  },
  'a compressed media type without a scanner': {
    answer: {
      headers: { 'content-type': 'application/cbor-seq', 'content-encoding': 'gzip' },
      body: [gzipSync(fixture('watch.cbor'))],
    },
    counted: ['other forwarded verbatim 1'],
  },
  'a media type without a scanner': {
    answer: { headers: { 'content-type': 'application/cbor-seq' }, body: [fixture('watch.cbor')] },
    counted: ['other forwarded verbatim 1'],
  },
};

async function serving(t: TestContext, answer: Answer): Promise<{ server: ApiServer; proxy: Running }> {
  const server = await startApiServer({
    handler: (req, res) => {
      if (!req.url.startsWith('/api/v1/nodes')) {
        res.writeHead(200).end();
        return;
      }
      const status = Number(/status=(\d+)/.exec(req.url)?.[1] ?? 200);
      res.writeHead(status, { 'content-type': JSON_TYPE, ...answer.headers });
      for (const bytes of answer.body) res.write(bytes);
      // Destroyed at once, what was written would not leave.
      if (answer.reset === true) res.write('', () => res.stream.close(2));
      else res.end();
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const backend = { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca };
  return { server, proxy: await runReady(t, backend, { argv: ['--max-frame-bytes', '2KiB'] }) };
}

describe('what upstream should not send (I1, R8, R9)', () => {
  for (const [name, { answer, received, counted, cause = 'upstream_end' }] of Object.entries(CASES))
    test(name, async (t) => {
      const { proxy } = await serving(t, answer);
      // Twice: the first must not have broken anything.
      for (let time = 1; time <= 2; time++) {
        const { status, headers, body } = await proxy.fetch(WATCH);
        assert.equal(status, 200);
        assert.equal(body.toString('latin1'), (received ?? Buffer.concat(answer.body)).toString('latin1'));
        for (const [header, value] of Object.entries(answer.headers ?? {}))
          // A stream that we may shorten has no length of its own any more.
          if (header !== 'content-length') assert.equal(headers[header], value);

        const scrape = await proxy.scrape();
        const counts = scrape
          .of('watchsieve_events_total')
          .filter(({ value }) => value > 0)
          .map(
            ({ labels: { type, verdict, reason }, value }) => `${type} ${verdict} ${reason} ${value / time}`,
          );
        assert.deepEqual(counts.sort(), counted);
        assert.equal(scrape.sum('watchsieve_streams_ended_total', { cause }), time);
        assert.equal(scrape.sum('watchsieve_streams_ended_total'), time);
        const forwarded = scrape.sum('watchsieve_event_bytes_total', { verdict: 'forwarded' });
        assert.equal(forwarded, time * body.length);
      }
    });
});

test('an answer to a watch other than 200 is no stream and passes whole, its headers included (R3, I1)', async (t) => {
  const length = String(STATUS.length);
  const { proxy } = await serving(t, {
    headers: { 'content-length': length, 'retry-after': '7' },
    body: [STATUS],
  });
  for (const code of [401, 403, 404, 406, 410, 422, 429, 500, 503]) {
    const { status, headers, body } = await proxy.fetch(`${WATCH}&status=${code}`);
    assert.deepEqual([status, headers['retry-after'], headers['content-length']], [code, '7', length]);
    assert.ok(body.equals(STATUS));
    assert.equal((await proxy.scrape()).sum('watchsieve_upstream_requests_total', { code: String(code) }), 1);
  }
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_streams_ended_total'), 0);
  assert.equal(scrape.sum('watchsieve_events_received_total'), 0);
  assert.deepEqual(proxy.logged('stream opened'), []);
});

test('a frame too large to hold that breaks off inside: the client sees a broken connection, not an end (R8, R9)', async (t) => {
  // JSON in the place of protobuf reads as an enormous length.
  const { proxy } = await serving(t, { headers: { 'content-type': PROTOBUF_TYPE }, body: [event('ADDED')] });
  await assert.rejects(proxy.fetch(WATCH), { code: 'UND_ERR_SOCKET' });
  const scrape = await proxy.scrape();
  assert.equal(scrape.sum('watchsieve_streams_ended_total', { cause: 'upstream_error' }), 1);
  assert.equal(scrape.sum('watchsieve_events_total', { type: 'other', reason: 'oversize' }), 1);
  assert.equal(
    scrape.sum('watchsieve_event_bytes_total', { verdict: 'forwarded' }),
    scrape.sum('watchsieve_event_bytes_received_total'),
  );
});

test('asked for identity on a filtered watch, whatever the client accepts, and for nothing new elsewhere (R13)', async (t) => {
  const asked: (string | string[] | undefined)[] = [];
  const server = await startApiServer({
    handler: (req, res) => {
      if (req.url !== '/version') asked.push(req.headers['accept-encoding']);
      res.writeHead(200, { 'content-type': JSON_TYPE }).end('{}');
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  const proxy = await runReady(t, { url: `https://127.0.0.1:${server.port}`, caPem: LOOPBACK.ca });
  const headers = { 'accept-encoding': 'gzip' };
  await proxy.fetch('/api/v1/nodes?watch=1', { headers });
  await proxy.fetch('/api/v1/nodes?watch=1');
  await proxy.fetch('/api/v1/nodes', { headers });
  await proxy.fetch('/api/v1/pods?watch=1', { headers });
  assert.deepEqual(asked, ['identity', 'identity', 'gzip', 'gzip']);
});
