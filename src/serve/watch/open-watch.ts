/**
 * Turns a filtered watch into a stream once upstream has answered: chooses encoding, projection, initial phase and
 * baseline, and keeps the snapshot that the stream leaves.
 */
import type { Settings } from '../../config/settings.ts';
import type { ByteBudget } from '../../core/limits/byte-budget.ts';
import { forwardedValuesOf, valuesOf } from '../proxy/headers.ts';
import type { OpenWatch, WatchHandler, WatchOpening } from '../proxy/watch-hook.ts';
import type { Projection } from '../../core/projection/filter.ts';
import type { Forms } from '../../core/sieve/forms.ts';
import type { Memos } from '../../core/sieve/memo.ts';
import { initialPhaseOf, type InitialPhase } from '../../core/sieve/initial-phase.ts';
import type { Snapshot, Snapshots } from '../../core/sieve/snapshots.ts';
import { askedResource } from './asked-resource.ts';
import { describeStream } from './describe.ts';
import { GunzippedSource } from './gunzipped-source.ts';
import type { StreamRegistry } from './stream-registry.ts';
import type { StartTimer } from '../../platform/timer.ts';
import { WatchStream } from './watch-stream.ts';
import type { EndCause } from '../telemetry/end-cause.ts';
import type { Logger } from '../../platform/logger.ts';
import type { BaselineSource, WatchMetrics } from './watch-metrics.ts';
import { objectKey } from '../../core/codec/object-key.ts';
import { nameOf, type Resource } from '../../core/resource/resource.ts';
import { askedBy } from '../../core/codec/accept.ts';
import { watchCodingOf, type WatchCoding } from '../../core/codec/codecs.ts';
import { type MessageForm, messageFormOf } from '../../core/codec/websocket/message-splitter.ts';
import { type ListRequest, listRequestOf } from './list-request.ts';
import type { FilterOf } from './filters.ts';
import { scopeKey } from './snapshot-scope.ts';
import type { Viewers } from './viewer.ts';

/** Checks the baselines of open streams against a LIST of what they watch. */
export interface StreamFollower {
  follow(stream: WatchStream, request: ListRequest): void;
  forget(stream: WatchStream): void;
}

export interface OpenWatchOptions {
  readonly settings: Pick<
    Settings,
    'maxFrameBytes' | 'bookmarkIntervalMs' | 'heldFrameAgeMs' | 'slowClientTimeoutMs'
  >;
  readonly filterOf: FilterOf;
  readonly streams: StreamRegistry;
  readonly snapshots: Snapshots;
  readonly viewers: Viewers;
  readonly metrics: WatchMetrics;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly startTimer: StartTimer;
  /** See {@link SieveOptions.passAt}. */
  readonly passAt: (now: number) => number;
  /** Undefined if baselines are not checked (R22). */
  readonly verifier?: StreamFollower | undefined;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
  readonly memos?: Memos | undefined;
  /** See {@link SieveOptions.budget}. */
  readonly budget?: ByteBudget | undefined;
}

/** How long after its timeout a watch is ended here, if the API server has not ended it (milliseconds; R12). */
export const DEADLINE_GRACE_MS = 30_000;
/** The longest duration of a watch without timeoutSeconds (seconds): as long as the API server allows. */
const LONGEST_WATCH_SECONDS = 3600;

/**
 * The bytes that may wait for a client in addition to one event of the longest allowed length. One chunk from upstream
 * and Node's own buffer are far smaller, so this limit is reached only if back-pressure fails.
 */
const QUEUE_MARGIN_BYTES = 1024 * 1024;

/** Only answers with status 200 and accepted WebSockets are streams. All other answers pass through unchanged. */
export function createOpenWatch(options: OpenWatchOptions): OpenWatch {
  return (opening) => {
    if (opening.head.statusCode === 200 || opening.isWebSocket) return openStream(options, opening);
    // 410 Gone: upstream no longer has the history of the snapshots.
    if (opening.head.statusCode === 410) options.snapshots.clear();
    return undefined;
  };
}

interface HowItComes extends WatchCoding {
  /** See {@link WatchStreamOptions.messages}. */
  readonly messages?: MessageForm;
}

/** A response head names the encoding. That of a WebSocket does not, so the encoding follows from the request. */
function howItComes({ isWebSocket, head, rawRequestHeaders }: WatchOpening, resource: Resource): HowItComes {
  if (!isWebSocket)
    return watchCodingOf(
      valuesOf(head.headers, 'content-type')[0],
      valuesOf(head.headers, 'content-encoding').join(),
      resource,
    );
  const { codec } = askedBy(forwardedValuesOf(rawRequestHeaders, 'accept').join());
  return codec?.reads(resource) !== true
    ? { codec: undefined, isGzipped: false }
    : { codec, isGzipped: false, messages: messageFormOf(codec.name) };
}

function openStream(options: OpenWatchOptions, opening: WatchOpening): WatchHandler | undefined {
  const { settings, streams, snapshots, metrics, log, now, passAt, verifier } = options;
  const { classified, exchange, requestHeaders, rawRequestHeaders: rawHeaders, res, peer } = opening;
  const { query, name, namespace } = classified;
  const filter = options.filterOf(classified);
  if (filter === undefined) return undefined;
  const resource = askedResource(classified.resource, rawHeaders);
  const { codec: known, isGzipped, messages } = howItComes(opening, resource);
  // Messages do not name their encoding. A WebSocket that cannot be read is a tunnel like any other.
  if (opening.isWebSocket && messages === undefined) return undefined;
  const decoded = isGzipped ? GunzippedSource.within(options.budget, exchange) : undefined;
  // Without room for a decoder the compressed bytes are forwarded, as upstream has sent them.
  const codec = isGzipped && decoded === undefined ? undefined : known;
  const encoding = codec?.name ?? 'opaque';
  const phase = initialPhaseOf(query);
  const { mode, projection } = filter.current;
  const viewer = options.viewers.of(filter, classified.resource, rawHeaders);
  const keyOf = ({ key }: Projection): string =>
    scopeKey({ ...query, resource, namespace, name, encoding, viewer, projection: key });
  const snapshot =
    phase === 'past' && filter.mayAdopt ? snapshots.at(keyOf(projection), query.resourceVersion) : undefined;
  const source = baselineSource(phase, snapshot);
  const keep = (stream: WatchStream): void => {
    const left = stream.sieve.snapshot();
    if (left !== undefined) snapshots.keep(keyOf(stream.projection), left.resourceVersion, left.snapshot);
  };
  metrics.baselineFrom(source);
  const stream = new WatchStream({
    scope: {
      id: streams.nextId(),
      resource: nameOf(resource),
      namespace,
      client: requestHeaders['user-agent'] ?? '',
      address: `${peer?.remoteAddress ?? ''}:${peer?.remotePort ?? ''}`,
      object: objectKey(namespace, name),
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
      resourceVersion: query.resourceVersion,
    },
    reading: codec && { codec, resource, memos: options.memos },
    messages,
    filter: filter.current,
    client: {
      response: res,
      bookmarks: query.allowWatchBookmarks,
      known: {
        phase,
        resourceVersion: query.resourceVersion,
        snapshot,
        passAt,
        forms: options.forms,
        budget: options.budget,
      },
    },
    source: decoded ?? exchange,
    limits: {
      maxFrameBytes: settings.maxFrameBytes,
      maxLagMs: query.allowWatchBookmarks ? settings.bookmarkIntervalMs : settings.heldFrameAgeMs,
      slowClientMs: settings.slowClientTimeoutMs,
      maxQueuedBytes: settings.maxFrameBytes + QUEUE_MARGIN_BYTES,
      deadlineMs: (query.timeoutSeconds ?? LONGEST_WATCH_SECONDS) * 1000 + DEADLINE_GRACE_MS,
    },
    events: {
      onRelease: (kind) => metrics.released(kind),
      onLatency: (ms) => metrics.observeLatency(ms),
      onPastInitialEvents: keep,
      onEnd: (ended, cause) => {
        streams.remove(ended, cause);
        filter.forget(ended);
        verifier?.forget(ended);
        // An ERROR means that the history is gone or upstream is in trouble, so no snapshot is trusted.
        if (ended.tally.receivedOf('ERROR') > 0) snapshots.clear();
        else if (cause === 'slow_client') res.once('finish', () => keep(ended));
        else if (wasHandedOver(cause, res.writableLength)) keep(ended);
        log.info({ ...describeStream(ended), cause }, 'stream ended');
      },
    },
    tally: metrics.events.of(nameOf(resource)),
    now,
    startTimer: options.startTimer,
  });
  streams.add(stream);
  filter.follow(stream);
  if (codec !== undefined)
    verifier?.follow(stream, listRequestOf({ classified: { ...classified, resource }, rawHeaders, codec }));
  const { id, ...scope } = stream.scope;
  log.info(
    {
      stream: id,
      ...scope,
      encoding,
      transport: messages === undefined ? 'http' : 'websocket',
      preset: projection.name,
      mode,
      baseline: source,
    },
    'stream opened',
  );
  return decoded?.into(stream) ?? stream;
}

function baselineSource(phase: InitialPhase, snapshot: Snapshot | undefined): BaselineSource {
  if (phase !== 'past') return 'initial';
  if (snapshot === undefined) return 'cold';
  return snapshot.source === 'list' ? 'list' : 'snapshot';
}

/** A snapshot has only what the client really received (R16), not the bytes that a broken connection discarded. */
function wasHandedOver(cause: EndCause, unwrittenBytes: number): boolean {
  return cause !== 'client_gone' || unwrittenBytes === 0;
}
