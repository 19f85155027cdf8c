/** When streams are verified, and what follows from each outcome (R22): time and upstream are told what to do. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { CODECS } from '../../../src/core/codec/codecs.ts';
import { NODES as RESOURCE } from '../../../src/core/resource/node.ts';
import type { ListRequest } from '../../../src/serve/watch/list-request.ts';
import { VerificationMetrics } from '../../../src/serve/verify/verification-metrics.ts';
import { Verifier, type VerifiedStream } from '../../../src/serve/verify/verifier.ts';
import type { Position } from '../../../src/core/sieve/comparison.ts';
import { ListTap } from '../../../src/core/sieve/list-tap.ts';
import { planOf, projectionOf } from '../../../src/core/projection/presets.ts';
import { Snapshots } from '../../../src/core/sieve/snapshots.ts';
import { ENCODERS, type Encoding } from '../../../src/lab/simulator/encoding.ts';
import { createNode } from '../../../src/lab/simulator/node-factory.ts';
import { withLabels } from '../../../src/lab/simulator/node-changes.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import type { ResponseHandler, UpstreamRequest } from '../../../src/platform/upstream/exchange.ts';
import { UpstreamError } from '../../../src/platform/upstream/upstream-error.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { parseScrape } from '../harness.ts';

const INTERVAL_MS = 60_000;
const VERSION = '9007199254740993007';
const NODES = ['node-a', 'node-b', 'node-c'].map((name, index) =>
  createNode({ name, index, images: 1, seed: name, resourceVersion: 7, time: '2026-01-01T00:00:00Z' }),
);

/** One LIST that was asked for, to be answered as one likes. */
interface Asked {
  readonly request: UpstreamRequest;
  readonly handler: ResponseHandler;
  aborted: boolean;
}

/** A stream whose client holds these Nodes at VERSION. */
class FakeStream implements VerifiedStream {
  readonly scope: VerifiedStream['scope'];
  readonly projection = projectionOf('metallb');
  mistrusted = 0;
  isStanding = true;
  hasPosition = true;
  readonly #held: Position['held'];

  constructor(id: number, encoding: Encoding, nodes = NODES) {
    const text = { client: 'speaker', address: '', object: '', labelSelector: '', fieldSelector: '' };
    this.scope = { id, resource: 'nodes', namespace: '', resourceVersion: '1', ...text };
    const tap = new ListTap(
      {
        codec: CODECS[encoding],
        resource: RESOURCE,
        plan: planOf('metallb'),
      },
      { passAt: () => Infinity },
    );
    tap.push(ENCODERS[encoding].list(VERSION, nodes), 0);
    this.#held = tap.finish()?.snapshot.held ?? assert.fail('not understood');
  }

  readonly sieve = {
    position: (): Position | undefined => {
      if (!this.hasPosition) return undefined;
      return { resourceVersion: VERSION, held: this.#held, isStanding: () => this.isStanding };
    },
    mistrust: (): void => {
      this.mistrusted++;
    },
  };
}

function scene(random: () => number = () => 0.5) {
  const time = new FakeTime();
  const asked: Asked[] = [];
  const lines: string[] = [];
  const snapshots = new Snapshots({
    maxObjects: 100,
    ttlMs: 1e6,
    now: time.now,
    onReplaced: () => undefined,
  });
  snapshots.keep('scope', '1', {
    source: 'list',
    held: new FakeStream(0, 'json').sieve.position()?.held ?? new Map(),
  });
  const metrics = new MetricRegistry();
  const verifier = new Verifier({
    intervalMs: INTERVAL_MS,
    random,
    startTimer: time.startTimer,
    send: (request, handler) => {
      const one: Asked = { request, handler, aborted: false };
      asked.push(one);
      return { abort: () => void (one.aborted = true), resume: () => undefined };
    },
    snapshots,
    metrics: new VerificationMetrics(metrics),
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
  });
  const results = async (): Promise<Record<string, number>> => {
    const samples = parseScrape((await metrics.text()).body).of('watchsieve_verifications_total');
    return Object.fromEntries(
      samples.filter(({ value }) => value > 0).map(({ labels, value }) => [labels['result'] ?? '', value]),
    );
  };
  const objects = async (): Promise<readonly number[]> => {
    const scrape = parseScrape((await metrics.text()).body);
    return ['match', 'mismatch', 'not_held'].map((result) =>
      scrape.sum('watchsieve_verified_objects_total', { result }),
    );
  };
  return { time, asked, lines, snapshots, verifier, results, objects };
}

const requestIn = (encoding: Encoding): ListRequest => ({
  target: '/api/v1/nodes?labelSelector=a&',
  headers: ['Authorization', 'Bearer planted-secret'],
  resource: RESOURCE,
  codec: CODECS[encoding],
});

function head(handler: ResponseHandler, statusCode: number, contentType = 'application/json'): void {
  handler.onResponse({ statusCode, statusMessage: '', headers: ['Content-Type', contentType] });
}

/** Upstream lists these Nodes. */
function answer({ handler }: Asked, encoding: Encoding, nodes = NODES, version = VERSION, next = ''): void {
  head(handler, 200, ENCODERS[encoding].contentType);
  handler.onData(ENCODERS[encoding].list(version, nodes, next));
  handler.onEnd([]);
}

const only = (asked: readonly Asked[]): Asked => {
  assert.equal(asked.length, 1);
  return asked[0] ?? assert.fail();
};

for (const encoding of ['json', 'protobuf'] as const)
  describe(`a stream that is verified, ${encoding} (R22)`, () => {
    test('is listed at exactly the version read, with its own request, again and again while it matches', async () => {
      const { time, asked, verifier, results, objects, snapshots } = scene();
      const stream = new FakeStream(1, encoding);
      verifier.follow(stream, requestIn(encoding));
      time.pass(INTERVAL_MS - 1);
      assert.equal(asked.length, 0);
      time.pass(1);
      const { request } = only(asked);
      assert.equal(
        request.target,
        `/api/v1/nodes?labelSelector=a&limit=500&resourceVersion=${VERSION}&resourceVersionMatch=Exact`,
      );
      assert.equal(request.method, 'GET');
      assert.deepEqual(request.headers, ['Authorization', 'Bearer planted-secret']);
      answer(only(asked), encoding);
      assert.deepEqual(await results(), { match: 1 });
      assert.deepEqual(await objects(), [3, 0, 0]);
      time.pass(INTERVAL_MS);
      assert.equal(asked.length, 2);
      assert.equal(stream.mistrusted, 0);
      assert.ok(snapshots.size > 0);
    });

    test('a changed object is a mismatch: logged once by name, its stream mistrusted, snapshots cleared', async () => {
      const { time, asked, verifier, results, objects, snapshots, lines } = scene();
      const stream = new FakeStream(7, encoding);
      verifier.follow(stream, requestIn(encoding));
      time.pass(INTERVAL_MS);
      const changed = NODES.map((node, i) => (i === 1 ? withLabels(node, { planted: 'value' }) : node));
      answer(only(asked), encoding, changed);
      assert.deepEqual(await results(), { mismatch: 1 });
      assert.deepEqual(await objects(), [2, 1, 0]);
      assert.equal(stream.mistrusted, 1);
      assert.equal(snapshots.at('scope', '1'), undefined);
      const warnings = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.equal(warnings.length, 1);
      const { level, stream: id, resourceVersion, objects: names, mismatched, matched } = warnings[0] ?? {};
      assert.deepEqual(
        [level, id, resourceVersion, names, mismatched, matched],
        [40, 7, VERSION, ['node-b'], 1, 2],
      );
      assert.ok(!lines.join().includes('planted'), 'a label or a token is in the log (R26)');
      // And never again.
      time.pass(10 * INTERVAL_MS);
      assert.equal(asked.length, 1);
      assert.equal(time.running, 0);
    });

    test('an object that is held and not listed is a mismatch, one that is listed and not held is none', async () => {
      const { time, asked, verifier, results, objects } = scene();
      const [knowsAll, knowsTwo] = [new FakeStream(1, encoding), new FakeStream(2, encoding, NODES.slice(1))];
      verifier.follow(knowsTwo, requestIn(encoding));
      verifier.follow(knowsAll, requestIn(encoding));
      time.pass(INTERVAL_MS);
      answer(only(asked), encoding);
      assert.deepEqual(await objects(), [2, 0, 1]);
      answer(asked[1] ?? assert.fail(), encoding, NODES.slice(1));
      assert.deepEqual(await objects(), [4, 1, 1]);
      assert.deepEqual(await results(), { match: 1, mismatch: 1 });
      assert.deepEqual([knowsTwo.mistrusted, knowsAll.mistrusted], [0, 1]);
    });

    test('pages are compared as one list; each later one is asked for by its token alone', async () => {
      const { time, asked, verifier, results, objects } = scene();
      verifier.follow(new FakeStream(1, encoding), requestIn(encoding));
      time.pass(INTERVAL_MS);
      answer(only(asked), encoding, NODES.slice(0, 2), VERSION, 'to+ken=');
      assert.deepEqual(await results(), {});
      const second = asked[1] ?? assert.fail('no second page');
      assert.equal(second.request.target, '/api/v1/nodes?labelSelector=a&limit=500&continue=to%2Bken%3D');
      answer(second, encoding, NODES.slice(2));
      assert.deepEqual(await results(), { match: 1 });
      assert.deepEqual(await objects(), [3, 0, 0]);
    });
  });

describe('what is no verification is skipped, counted by its reason, and tried again (R22)', () => {
  const cases: Readonly<Record<string, (asked: Asked, stream: FakeStream, time: FakeTime) => void>> = {
    skipped_forbidden: ({ handler }) => head(handler, 403),
    skipped_gone: ({ handler }) => head(handler, 410),
    skipped_upstream: ({ handler }) => handler.onError(new UpstreamError('headers', 'reset')),
    skipped_timeout: (_asked, _stream, time) => time.pass(60_000),
    skipped_not_understood: ({ handler }) => {
      head(handler, 200);
      handler.onData(Buffer.from('{"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"7"'));
      handler.onEnd([]);
    },
    // It holds no Nodes at all, which at the right version would be a mismatch.
    skipped_other_version: (asked) => answer(asked, 'json', [], '8'),
    skipped_doubt: (asked, stream) => {
      stream.isStanding = false;
      answer(asked, 'json', []);
    },
  };
  for (const [reason, happen] of Object.entries(cases))
    test(reason, async () => {
      const { time, asked, verifier, results, objects, snapshots } = scene();
      const stream = new FakeStream(1, 'json');
      verifier.follow(stream, requestIn('json'));
      time.pass(INTERVAL_MS);
      happen(only(asked), stream, time);
      assert.deepEqual(await results(), { [reason]: 1 });
      assert.deepEqual(await objects(), [0, 0, 0]);
      assert.equal(stream.mistrusted, 0);
      assert.ok(snapshots.size > 0);
      // What comes late is not heard any more.
      only(asked).handler.onError(new UpstreamError('body', 'reset'));
      assert.deepEqual(await results(), { [reason]: 1 });
      time.pass(INTERVAL_MS);
      assert.equal(asked.length, 2);
    });

  test('also a 401, a 500, an answer that is compressed, one in another encoding, one cut off in its body', async () => {
    const { time, asked, verifier, results } = scene();
    verifier.follow(new FakeStream(1, 'json'), requestIn('json'));
    const next = (): ResponseHandler => {
      time.pass(INTERVAL_MS);
      return asked.at(-1)?.handler ?? assert.fail();
    };
    head(next(), 401);
    head(next(), 500);
    const compressed = ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'];
    next().onResponse({ statusCode: 200, statusMessage: '', headers: compressed });
    head(next(), 200, 'application/vnd.kubernetes.protobuf');
    const cut = next();
    head(cut, 200);
    cut.onData(ENCODERS.json.list(VERSION, []).subarray(0, 40));
    cut.onError(new UpstreamError('body', 'reset'));
    assert.deepEqual(await results(), {
      skipped_forbidden: 1,
      skipped_not_understood: 2,
      skipped_upstream: 2,
    });
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [true, true, true, true, false],
    );
  });

  test('skipped_no_baseline: upstream is not even asked', async () => {
    const { time, asked, verifier, results } = scene();
    const [early, empty] = [new FakeStream(1, 'json'), new FakeStream(2, 'json', [])];
    early.hasPosition = false;
    verifier.follow(early, requestIn('json'));
    verifier.follow(empty, requestIn('json'));
    time.pass(INTERVAL_MS);
    assert.equal(asked.length, 0);
    assert.deepEqual(await results(), { skipped_no_baseline: 2 });
    early.hasPosition = true;
    time.pass(INTERVAL_MS);
    assert.equal(asked.length, 1);
  });

  test('skipped_ended: the LIST of a stream that ends is aborted, and the next in the queue has its turn', async () => {
    const { time, asked, verifier, results } = scene();
    const [first, second, third] = [1, 2, 3].map((id) => new FakeStream(id, 'json'));
    assert.ok(first && second && third);
    for (const stream of [first, second, third]) verifier.follow(stream, requestIn('json'));
    time.pass(INTERVAL_MS);
    // One at a time in the whole sidecar.
    assert.equal(asked.length, 1);
    verifier.forget(second);
    verifier.forget(first);
    assert.deepEqual(
      asked.map(({ aborted }) => aborted),
      [true, false],
    );
    answer(asked[1] ?? assert.fail(), 'json');
    assert.deepEqual(await results(), { skipped_ended: 1, match: 1 });
    verifier.forget(third);
    assert.equal(time.running, 0);
  });
});

test('each check comes up to a tenth sooner or later than the interval, anew each time (R22)', () => {
  const draws = [0, 0.999];
  const { time, asked, verifier } = scene(() => draws.shift() ?? 0.5);
  verifier.follow(new FakeStream(1, 'json'), requestIn('json'));
  time.pass(0.9 * INTERVAL_MS - 1);
  assert.equal(asked.length, 0);
  time.pass(1);
  answer(only(asked), 'json');
  time.pass(1.09 * INTERVAL_MS);
  assert.equal(asked.length, 1);
  time.pass(0.01 * INTERVAL_MS);
  assert.equal(asked.length, 2);
});

test('when it is stopped, nothing is asked any more and no timer is left (R31)', async () => {
  const { time, asked, verifier, results } = scene();
  for (const id of [1, 2, 3]) verifier.follow(new FakeStream(id, 'json'), requestIn('json'));
  time.pass(INTERVAL_MS);
  verifier.stop();
  assert.ok(only(asked).aborted);
  assert.equal(time.running, 0);
  assert.deepEqual(await results(), { skipped_ended: 1 });
});
