/** The system under test: the program's own parts, put together by its own code, without sockets and with fake time. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pino } from 'pino';
import { LiveFilter } from '../../src/serve/watch/live-filter.ts';
import { createOpenWatch } from '../../src/serve/watch/open-watch.ts';
import type { SwallowRecord } from '../../src/serve/watch/swallow-record.ts';
import { Viewers } from '../../src/serve/watch/viewer.ts';
import { createTapList } from '../../src/serve/watch/tap-list.ts';
import { forgetHistory } from '../../src/serve/watch-hooks.ts';
import type { OpenWatch, TapList, WatchHandler } from '../../src/serve/proxy/watch-hook.ts';
import type { Resource } from '../../src/core/resource/resource.ts';
import { Memos } from '../../src/core/sieve/memo.ts';
import { Snapshots } from '../../src/core/sieve/snapshots.ts';
import { suppression } from '../../src/core/sieve/suppression.ts';
import type { Mode } from '../../src/core/projection/filter.ts';
import { ENCODERS, type Encoding } from '../../src/lab/simulator/encoding.ts';
import { StreamRegistry } from '../../src/serve/watch/stream-registry.ts';
import { MetricRegistry } from '../../src/platform/metric-registry.ts';
import { WatchMetrics } from '../../src/serve/watch/watch-metrics.ts';
import type { Exchange } from '../../src/platform/upstream/exchange.ts';
import { FakeTime } from '../support/fake-time.ts';
import { MAX_FRAME_BYTES, type ModelScope, type Seen, type Subject } from './model-object.ts';
import type { ModelResponse } from './model-response.ts';
import type { WatchRequest } from './model-server.ts';

export const BOOKMARK_INTERVAL_MS = 10_000;
export const HELD_FRAME_AGE_MS = 20_000;
/** Room for some of the Nodes only, one of them kept whole, so that the model sees each way to a verdict. */
const MEMO_BYTES = 1500;
const WHOLE_BYTES = 1000;
/** What clients ask for, in seconds; the sidecar gives the server half a minute more. */
const TIMEOUT_SECONDS = 300;

export interface SidecarOptions {
  readonly subject: Subject;
  readonly preset: Seen;
  readonly mode: Mode;
  /** 0: none. */
  readonly maxSuppressionMs: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Outlives the sidecar, as the state directory does. */
  readonly record: SwallowRecord;
}

type ListScope = Pick<ModelScope, 'namespace' | 'labelSelector' | 'fieldSelector'>;

const log = pino({ level: 'silent' });
/** One for all sidecars of a resource: nothing but the count of what was swallowed is read. */
const METRICS = new Map<Resource, WatchMetrics>();

function metricsOf(resource: Resource): WatchMetrics {
  let metrics = METRICS.get(resource);
  if (metrics === undefined)
    METRICS.set(
      resource,
      (metrics = new WatchMetrics(new MetricRegistry(), new StreamRegistry(), [resource])),
    );
  return metrics;
}

export class ModelSidecar {
  readonly time = new FakeTime();
  readonly streams = new StreamRegistry();
  readonly snapshots: Snapshots;
  readonly filter: LiveFilter;
  readonly #subject: Subject;
  readonly #openWatch: OpenWatch;
  readonly #tapList: TapList;

  constructor({ subject, preset, mode, maxSuppressionMs, random, record }: SidecarOptions) {
    this.#subject = subject;
    const { now, startTimer } = this.time;
    const passAt = suppression(maxSuppressionMs, random);
    const { streams } = this;
    const metrics = metricsOf(subject.resource);
    this.snapshots = new Snapshots({
      ...{ maxObjects: 1000, ttlMs: 15 * 60_000, now },
      onReplaced: () => forgetHistory({ streams, log }),
    });
    const { snapshots } = this;
    this.filter = new LiveFilter({
      isHub: false,
      initial: { mode, projection: preset.projection },
      from: { resource: subject.resource, preset: '' },
      swallowed: () => metrics.events.total().eventsOf('swallowed'),
      record,
    });
    const viewers = new Viewers(true);
    const filterOf = () => this.filter;
    this.#tapList = createTapList({
      viewers,
      filterOf,
      snapshots,
      now,
      passAt,
      onPassed: (result) => metrics.listPassed(result),
    });
    this.#openWatch = createOpenWatch({
      viewers,
      settings: {
        maxFrameBytes: MAX_FRAME_BYTES,
        bookmarkIntervalMs: BOOKMARK_INTERVAL_MS,
        heldFrameAgeMs: HELD_FRAME_AGE_MS,
        slowClientTimeoutMs: 30_000,
      },
      filterOf,
      streams,
      snapshots,
      metrics,
      log,
      now,
      startTimer,
      passAt,
      memos: new Memos(MEMO_BYTES, WHOLE_BYTES),
    });
  }

  /** A LIST passes by, in chunks of this size. */
  list(scope: ListScope, encoding: Encoding, body: Buffer, how: { chunk: number; isWhole: boolean }): void {
    this.beginList(scope, encoding, body, how)();
  }

  /** The same; @returns what lets its end pass by */
  beginList(
    scope: ListScope,
    encoding: Encoding,
    body: Buffer,
    how = { chunk: body.length, isWhole: true },
  ): () => void {
    const { namespace, labelSelector, fieldSelector } = scope;
    const tapping = this.#tapList({
      classified: {
        kind: 'filtered-list',
        resource: this.#subject.resource,
        namespace,
        preset: '',
        query: { labelSelector, fieldSelector },
      },
      head: head(ENCODERS[encoding].contentType),
      rawRequestHeaders: acceptOf(this.#subject, ENCODERS[encoding].contentType, 'List'),
      caughtUp: () => undefined,
    });
    if (tapping === undefined) throw new Error('the list was not looked at');
    const end = how.isWhole ? body.length : Math.floor(body.length / 2);
    for (let at = 0; at < end; at += how.chunk) {
      const chunk = Buffer.from(body.subarray(at, Math.min(end, at + how.chunk)));
      tapping.onData(chunk);
      spoil(chunk);
    }
    return () => {
      if (how.isWhole) tapping.onEnd(() => undefined);
    };
  }

  watch(request: WatchRequest, exchange: Exchange, response: ModelResponse): WatchHandler {
    const { scope, encoding, bookmarks, resourceVersion, sendInitialEvents } = request;
    const handler = this.#openWatch({
      classified: {
        kind: 'filtered-watch',
        resource: this.#subject.resource,
        namespace: scope.namespace,
        name: '',
        preset: '',
        query: {
          allowWatchBookmarks: bookmarks,
          sendInitialEvents: sendInitialEvents ? true : undefined,
          resourceVersion,
          resourceVersionMatch: sendInitialEvents ? 'NotOlderThan' : '',
          timeoutSeconds: TIMEOUT_SECONDS,
          labelSelector: scope.labelSelector,
          fieldSelector: scope.fieldSelector,
        },
      },
      head: head(ENCODERS[encoding].watchContentType),
      exchange,
      requestHeaders: {} satisfies IncomingMessage['headers'],
      rawRequestHeaders: acceptOf(this.#subject, ENCODERS[encoding].contentType),
      // The parts of it that a stream uses.
      res: response as unknown as ServerResponse,
      ...{ peer: null, isWebSocket: false },
    });
    if (handler === undefined) throw new Error('the watch was not taken over');
    return handler;
  }

  /** Ends every stream, as SIGTERM does. */
  drain(): void {
    for (const stream of this.streams.open()) void stream.drain();
  }
}

function acceptOf({ asked }: Subject, contentType: string, list = ''): string[] {
  return asked === undefined ? [] : ['accept', `${contentType};as=${asked}${list};g=meta.k8s.io;v=v1`];
}

function head(contentType: string) {
  return { statusCode: 200, statusMessage: '', headers: ['content-type', contentType] };
}

/** Bytes are borrowed until the call returns: whoever keeps them keeps nonsense (I8). */
export function spoil(chunk: Buffer): void {
  chunk.fill(0x5a);
}
