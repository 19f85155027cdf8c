/**
 * The metrics of filtered watches and of the LISTs before them. Events are counted in one EventTally for each resource.
 * A scrape reads all tallies in one step, so that received = forwarded + swallowed + would_swallow holds in it (R28).
 */
import { EVENT_TYPES } from '../../core/codec/watch-event.ts';
import { type Collection, nameOf } from '../../core/resource/resource.ts';
import { SIEVED_BY_DEFAULT } from '../../core/resource/node.ts';
import { VERDICTS } from '../../core/sieve/verdict.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import { END_CAUSES } from '../telemetry/end-cause.ts';
import { EventTallies } from '../telemetry/event-tally.ts';
import type { StreamRegistry } from './stream-registry.ts';

/** From 50 µs to 1 s, in seconds. */
const LATENCY_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

/**
 * The first content of a stream's baseline: the snapshot of another stream (`snapshot`) or of a LIST (`list`), the
 * stream's own initial events (`initial`), or nothing (`cold`).
 */
export const BASELINE_SOURCES = ['snapshot', 'list', 'initial', 'cold'] as const;
export type BaselineSource = (typeof BASELINE_SOURCES)[number];

/**
 * The result of a LIST of a sieved resource: a `snapshot`, or nothing because it was one `page` of several,
 * `not_understood` (such as the table that kubectl requests), or `unread` because of its encoding.
 */
export const LIST_RESULTS = ['snapshot', 'page', 'not_understood', 'unread'] as const;
export type ListResult = (typeof LIST_RESULTS)[number];

export class WatchMetrics {
  readonly events: EventTallies;
  readonly baselineFrom: (source: BaselineSource) => void;
  /** Counts a LIST of a sieved resource that has passed through completely. */
  readonly listPassed: (result: ListResult) => void;
  readonly #latency: (seconds: number) => void;
  readonly #bookmark: () => void;
  readonly #heldFrame: () => void;
  #heldFramesReleased = 0;

  /** @param sieved all resources that a stream may have */
  constructor(
    metrics: MetricRegistry,
    streams: StreamRegistry,
    sieved: readonly Collection[] = SIEVED_BY_DEFAULT,
  ) {
    this.events = new EventTallies(sieved.map(nameOf));
    readEvents(metrics, this.events);
    readStreams(metrics, streams, this.events.resources);
    this.#latency = metrics.histogram(
      'watchsieve_added_latency_seconds',
      'Time from reading bytes of a filtered watch to having sent them to the client, per write.',
      LATENCY_BUCKETS,
    );
    this.#bookmark = metrics.counter(
      'watchsieve_bookmarks_synthesized_total',
      'Bookmarks added, after events were swallowed, for clients that asked for bookmarks.',
    );
    this.#heldFrame = metrics.counter(
      'watchsieve_held_frames_released_total',
      'Swallowed events that were sent later, for their resourceVersion, to clients that did not ask for bookmarks.',
    );
    this.baselineFrom = metrics.closedCounter(
      'watchsieve_baselines_adopted_total',
      'Streams by the beginning of their baseline: a snapshot of another stream or of a LIST, their initial events, or nothing (cold).',
      { label: 'source', words: BASELINE_SOURCES },
    );
    this.listPassed = metrics.closedCounter(
      'watchsieve_lists_total',
      'Complete LISTs of watched resources by result: snapshot (kept for later watches), or no snapshot: page (one of several), not_understood (for example a table for kubectl), unread (an encoding such as CBOR).',
      { label: 'result', words: LIST_RESULTS },
    );
  }

  released(kind: 'bookmark' | 'held_frame'): void {
    if (kind === 'bookmark') this.#bookmark();
    else {
      this.#heldFrame();
      this.#heldFramesReleased++;
    }
  }

  /** The number of swallowed events that were sent later as held frames; each of them woke its client. */
  get heldFramesReleased(): number {
    return this.#heldFramesReleased;
  }

  observeLatency(ms: number): void {
    this.#latency(ms / 1000);
  }
}

function readEvents(metrics: MetricRegistry, events: EventTallies): void {
  const { resources } = events;
  metrics.readCounters(
    'watchsieve_events_received_total',
    'Events read from filtered watches, by type.',
    ['resource', 'type'],
    () =>
      resources.flatMap((resource) =>
        EVENT_TYPES.map((type) => [{ resource, type }, events.of(resource).receivedOf(type)] as const),
      ),
  );
  metrics.readCounters(
    'watchsieve_events_total',
    'Events of filtered watches by verdict and reason; each received event has exactly one verdict.',
    ['resource', 'type', 'verdict', 'reason'],
    function* () {
      for (const resource of resources) {
        // This series exists from the start, so that a rate over it is meaningful.
        yield [{ resource, type: 'MODIFIED', verdict: 'swallowed', reason: 'unchanged' }, 0];
        for (const { count, ...labels } of events.of(resource).counts())
          yield [{ resource, ...labels }, count];
      }
    },
  );
  metrics.readCounters(
    'watchsieve_event_bytes_received_total',
    'Bytes of events read from filtered watches.',
    ['resource'],
    () => resources.map((resource) => [{ resource }, events.of(resource).bytesReceived]),
  );
  metrics.readCounters(
    'watchsieve_event_bytes_total',
    'Bytes of events of filtered watches by verdict.',
    ['resource', 'verdict'],
    () =>
      resources.flatMap((resource) =>
        VERDICTS.map((verdict) => [{ resource, verdict }, events.of(resource).bytesOf(verdict)] as const),
      ),
  );
}

function readStreams(metrics: MetricRegistry, streams: StreamRegistry, resources: readonly string[]): void {
  metrics.readGauges('watchsieve_streams', 'Open filtered watches.', ['resource'], () =>
    resources.map((resource) => [{ resource }, streams.openOf(resource)]),
  );
  metrics.readGauges(
    'watchsieve_streams_verbatim',
    'Open filtered watches that are passed on unread, because their form is unknown or some bytes were not understood.',
    ['resource'],
    () => resources.map((resource) => [{ resource }, streams.verbatimOf(resource)]),
  );
  metrics.read(
    'watchsieve_progress_lag_seconds',
    'The longest time for which a client has not known the resourceVersion of an event swallowed on its stream.',
    () => streams.longestLagMs / 1000,
  );
  metrics.read(
    'watchsieve_stream_queue_bytes',
    'Bytes that wait for the clients of filtered watches, including watches that have ended.',
    () => streams.queuedBytes,
  );
  metrics.readCounters(
    'watchsieve_streams_ended_total',
    'Ended filtered watches by cause.',
    ['resource', 'cause'],
    () =>
      resources.flatMap((resource) =>
        END_CAUSES.map((cause) => [{ resource, cause }, streams.endedBy(resource, cause)] as const),
      ),
  );
}
