/** A namespaced resource, from the request to the verdict: whose list a watch may begin with (I2, R16). */
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { pino } from 'pino';
import { customProjection } from '../../../src/core/projection/custom-projection.ts';
import { LEASES } from '../../../src/core/resource/lease.ts';
import { RESOURCES } from '../../../src/core/resource/resources.ts';
import { Memos } from '../../../src/core/sieve/memo.ts';
import { Snapshots } from '../../../src/core/sieve/snapshots.ts';
import { classify } from '../../../src/serve/proxy/classify.ts';
import { MetricRegistry } from '../../../src/platform/metric-registry.ts';
import { WatchMetrics } from '../../../src/serve/watch/watch-metrics.ts';
import { LiveFilter } from '../../../src/serve/watch/live-filter.ts';
import { SwallowRecord } from '../../../src/serve/watch/swallow-record.ts';
import { createOpenWatch } from '../../../src/serve/watch/open-watch.ts';
import { StreamRegistry } from '../../../src/serve/watch/stream-registry.ts';
import { createTapList } from '../../../src/serve/watch/tap-list.ts';
import { Viewers } from '../../../src/serve/watch/viewer.ts';
import { parseJson, textAt } from '../../support/json-value.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { fixture } from '../../support/fixtures.ts';
import { BOTH, type TestEncoding } from '../../support/sieving.ts';
import { FakeResponse } from '../../support/streams.ts';

const GROUP = '/apis/coordination.k8s.io/v1';
const FILES = { json: 'json', protobuf: 'pb' } as const;
const TYPE = { json: 'application/json', protobuf: 'application/vnd.kubernetes.protobuf' } as const;

class Sidecar {
  readonly streams = new StreamRegistry();
  readonly #registry = new MetricRegistry();
  readonly #encoding: TestEncoding;
  readonly #tapList;
  readonly #openWatch;

  constructor(encoding: TestEncoding) {
    this.#encoding = encoding;
    const { streams } = this;
    const { now, startTimer } = new FakeTime();
    const made = customProjection(LEASES, 'holder', { by: 'include', paths: ['spec.holderIdentity'] });
    const { projection } = 'projection' in made ? made : assert.fail();
    const filter = new LiveFilter({
      isHub: false,
      ...{ initial: { mode: 'filter', projection }, swallowed: () => 0 },
      from: { resource: LEASES, preset: '' },
      record: new SwallowRecord([]),
    });
    const snapshots = new Snapshots({ maxObjects: 99, ttlMs: 9999, now, onReplaced: () => assert.fail() });
    const metrics = new WatchMetrics(this.#registry, streams, RESOURCES);
    const viewers = new Viewers(true);
    const shared = { filterOf: () => filter, snapshots, viewers, now, passAt: () => Infinity };
    this.#tapList = createTapList({ ...shared, onPassed: (result) => assert.equal(result, 'snapshot') });
    this.#openWatch = createOpenWatch({
      ...{ ...shared, streams, metrics, startTimer, log: pino({ level: 'silent' }), memos: new Memos(9999) },
      settings: {
        ...{
          maxFrameBytes: 2 ** 20,
          bookmarkIntervalMs: 9999,
          heldFrameAgeMs: 9999,
          slowClientTimeoutMs: 9999,
        },
      },
    });
  }

  /** The samples of these metrics, by their labels. */
  async counted(name: string): Promise<string[]> {
    const { body } = await this.#registry.text();
    return body.split('\n').filter((line) => line.startsWith(`${name}{`));
  }

  /** The body of this list passes to a client. */
  list(path: string, body: Buffer): void {
    const classified = classify('GET', GROUP + path, RESOURCES);
    if (classified.kind !== 'filtered-list') assert.fail(classified.kind);
    const head = { statusCode: 200, statusMessage: '', headers: ['content-type', TYPE[this.#encoding]] };
    const tapping = this.#tapList({ classified, head, rawRequestHeaders: [], caughtUp: () => undefined });
    tapping?.onData(body);
    tapping?.onEnd(() => undefined);
  }

  /** What a client is sent that watches from there. @returns the events, and what became of them */
  watch(path: string, from: string, body: Buffer): { readonly swallowed: number; readonly objects: number } {
    const classified = classify('GET', `${GROUP}${path}?watch=1&resourceVersion=${from}`, RESOURCES);
    if (classified.kind !== 'filtered-watch') assert.fail(classified.kind);
    const parameter = this.#encoding === 'json' ? '' : ';stream=watch';
    const handler = this.#openWatch({
      classified,
      head: {
        statusCode: 200,
        statusMessage: '',
        headers: ['content-type', TYPE[this.#encoding] + parameter],
      },
      exchange: { abort: () => undefined, resume: () => undefined },
      ...{ requestHeaders: {}, rawRequestHeaders: [] },
      res: new FakeResponse() as unknown as ServerResponse,
      ...{ peer: null, isWebSocket: false },
    });
    const stream = this.streams.open().at(-1) ?? assert.fail('no stream');
    const { objects } = stream.story().description;
    handler?.onData(body);
    assert.equal(stream.scope.resource, 'leases.coordination.k8s.io');
    return { objects, swallowed: stream.tally.eventsOf('swallowed') };
  }
}

for (const encoding of BOTH)
  describe(`watches of Leases, ${encoding}`, () => {
    const [list, all, red] = ['list', 'watch', 'watch-red'].map((name) =>
      fixture(`leases/${name}.${FILES[encoding]}`),
    ) as [Buffer, Buffer, Buffer];
    const from = textAt(parseJson(fixture('leases/list.json').toString()), 'metadata', 'resourceVersion');

    test('begin with the list of the same objects', () => {
      const sidecar = new Sidecar(encoding);
      sidecar.list('/leases', list);
      assert.deepEqual(sidecar.watch('/leases', from, all), { objects: 2, swallowed: 4 });
    });

    test('are counted as what they are, open and ended (R28)', async () => {
      const sidecar = new Sidecar(encoding);
      sidecar.watch('/leases', from, all);
      const received = await sidecar.counted('watchsieve_event_bytes_received_total');
      const open = await sidecar.counted('watchsieve_streams');
      await sidecar.streams.drain(0, () => Promise.resolve());
      const ended = await sidecar.counted('watchsieve_streams_ended_total');
      const ofLeases = 'resource="leases.coordination.k8s.io"';
      assert.deepEqual(received, [
        'watchsieve_event_bytes_received_total{resource="nodes"} 0',
        `watchsieve_event_bytes_received_total{${ofLeases}} ${all.length}`,
      ]);
      assert.deepEqual(open, ['watchsieve_streams{resource="nodes"} 0', `watchsieve_streams{${ofLeases}} 1`]);
      assert.deepEqual(
        ended.filter((line) => !line.endsWith(' 0')),
        [`watchsieve_streams_ended_total{${ofLeases},cause="drain"} 1`],
      );
    });

    test('of one namespace are no watch of all, nor of another: none begins with what is known of more or less', () => {
      const sidecar = new Sidecar(encoding);
      sidecar.list('/leases', list);
      // The first event of each passes, since nothing is known.
      assert.deepEqual(sidecar.watch('/namespaces/red/leases', from, red), { objects: 0, swallowed: 1 });
      assert.deepEqual(sidecar.watch('/namespaces/blue/leases', from, red), { objects: 0, swallowed: 1 });
      const other = new Sidecar(encoding);
      other.list('/namespaces/red/leases', list);
      assert.deepEqual(other.watch('/leases', from, all), { objects: 0, swallowed: 2 });
    });
  });
