/**
 * Every metric of the program: name, help, labels. Event counts live in an EventTally and are read only when somebody
 * scrapes, all in one step, so that received = forwarded + swallowed + would_swallow holds in each scrape (R28).
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { NODES } from '../../core/resource/node.ts';
import { nameOf } from '../../core/resource/resource.ts';
import { VERDICTS } from '../../core/sieve/verdict.ts';
import { EVENT_TYPES } from '../../core/codec/watch-event.ts';
import { ConnectionMetrics, SERVE_LISTENERS } from '../../platform/listen/connection-metrics.ts';
import { type EndCause } from './end-cause.ts';
import { EventTally } from './event-tally.ts';
import { VerificationMetrics } from './verification-metrics.ts';

/** What is sieved is one resource, whose events are counted together. */
const RESOURCE = nameOf(NODES);
/** 50 µs to 1 s, in seconds. */
const LATENCY_BUCKETS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];
/** prom-client samples the event loop's delay this often (ms); its default of 10 ms wakes an idle process too often. */
const EVENT_LOOP_PRECISION_MS = 1000;

/**
 * What a stream's baseline begins with: the snapshot of another stream (`snapshot`) or of a LIST (`list`), its own
 * initial events to come (`initial`), or nothing (`cold`).
 */
export const BASELINE_SOURCES = ['snapshot', 'list', 'initial', 'cold'] as const;
export type BaselineSource = (typeof BASELINE_SOURCES)[number];

/**
 * What a LIST of Nodes left behind: a `snapshot`; nothing, because it was one `page` of several, `not_understood` (such
 * as the table that kubectl asks for), or `unread` for its encoding.
 */
export const LIST_RESULTS = ['snapshot', 'page', 'not_understood', 'unread'] as const;
export type ListResult = (typeof LIST_RESULTS)[number];

/** What is refused over its limit (R27). */
export const REFUSING_LIMITS = ['connections', 'streams', 'upgrades', 'requests', 'memory'] as const;
export type RefusingLimit = (typeof REFUSING_LIMITS)[number];

/** What became of a changed config file. */
export const CONFIG_RELOADS = ['applied', 'unchanged', 'invalid'] as const;
export type ConfigReload = (typeof CONFIG_RELOADS)[number];

/** What is counted elsewhere and only read here. */
export interface MetricSources {
  /** Whether /readyz says 200. */
  readonly isReady: () => boolean;
  readonly openStreams: () => number;
  /** Those of the open streams that are passed on unread. */
  readonly verbatimStreams: () => number;
  readonly endCauses: readonly EndCause[];
  readonly endedBy: (cause: EndCause) => number;
  /** Seconds. */
  readonly progressLag: () => number;
  /** Bytes written to filtered watches that have not left for their clients. */
  readonly queuedBytes: () => number;
  /** What is kept to tell in which parts an object changed, and the most that ever is. */
  readonly forms: { readonly bytes: number; readonly maxBytes: number };
  readonly memos: { readonly bytes: number; readonly maxBytes: number };
  /** What is kept on behalf of others, and the most that ever is. */
  readonly budget: { readonly held: number; readonly limit: number };
  /** Seconds since 1970. */
  readonly certificateExpiry: () => number;
  /** As it is now: preset and mode may change while running. */
  readonly build: () => { readonly version: string; readonly preset: string; readonly mode: string };
}

export class Metrics {
  readonly registry = new Registry();
  readonly events = new EventTally();
  readonly verifications: VerificationMetrics;
  readonly connections: ConnectionMetrics<(typeof SERVE_LISTENERS)[number]>;
  readonly #upstreamRequests: Counter<'code'>;
  readonly #upstreamConnections: Gauge;
  readonly #addedLatency: Histogram;
  readonly #bookmarks: Counter;
  readonly #heldFrames: Counter;
  #heldFramesReleased = 0;
  readonly #baselines: Counter<'source'>;
  readonly #lists: Counter<'result'>;
  readonly #refused: Counter<'limit'>;
  readonly #configReloads: Counter<'result'>;
  readonly #configFileValid: Gauge;

  constructor(sources: MetricSources) {
    const registers = [this.registry];
    this.#registerEvents(registers);
    registerStreams(registers, sources);
    registerExplain(registers, sources.forms);
    registerMemos(registers, sources.memos);
    registerBudget(registers, sources.budget);
    this.verifications = new VerificationMetrics(registers);
    this.connections = new ConnectionMetrics(registers, SERVE_LISTENERS);
    this.#upstreamRequests = new Counter({
      name: 'watchsieve_upstream_requests_total',
      help: 'Requests to upstream by the status of the answer; error: there was none.',
      labelNames: ['code'],
      registers,
    });
    this.#upstreamConnections = new Gauge({
      name: 'watchsieve_upstream_connections',
      help: 'Open connections to upstream, those of upgrades included.',
      registers,
    });
    this.#addedLatency = new Histogram({
      name: 'watchsieve_added_latency_seconds',
      help: 'From reading bytes of a filtered watch from upstream to their having left for the client, per write.',
      buckets: LATENCY_BUCKETS,
      registers,
    });
    this.#bookmarks = new Counter({
      name: 'watchsieve_bookmarks_synthesized_total',
      help: 'Bookmarks added for clients that asked for them, after events were swallowed.',
      registers,
    });
    this.#heldFrames = new Counter({
      name: 'watchsieve_held_frames_released_total',
      help: 'Swallowed events sent after all, to clients that did not ask for bookmarks, to tell their resourceVersion.',
      registers,
    });
    this.#baselines = new Counter({
      name: 'watchsieve_baselines_adopted_total',
      help: 'Streams by what their baseline began with: a snapshot of another stream or of a LIST, their initial events, nothing (cold).',
      labelNames: ['source'],
      registers,
    });
    for (const source of BASELINE_SOURCES) this.#baselines.inc({ source }, 0);
    this.#lists = new Counter({
      name: 'watchsieve_lists_total',
      help: 'Whole LISTs of Nodes by what they left for the watches that follow: a snapshot; nothing: page (one of several), not_understood (such as a table for kubectl), unread (an encoding such as CBOR).',
      labelNames: ['result'],
      registers,
    });
    for (const result of LIST_RESULTS) this.#lists.inc({ result }, 0);
    this.#refused = new Counter({
      name: 'watchsieve_refused_total',
      help: 'Connections, requests, watches and upgrades that were refused, or ended for the sake of others, by the limit: --max-connections, --max-streams, --max-upgrades, --max-requests, --memory-budget (memory).',
      labelNames: ['limit'],
      registers,
    });
    for (const limit of REFUSING_LIMITS) this.#refused.inc({ limit }, 0);
    this.#configReloads = new Counter({
      name: 'watchsieve_config_reloads_total',
      help: 'Changes of the config file while running: applied (mode or preset changed), unchanged (nothing that takes effect before the next start), invalid (refused, the former values stay).',
      labelNames: ['result'],
      registers,
    });
    for (const result of CONFIG_RELOADS) this.#configReloads.inc({ result }, 0);
    this.#configFileValid = new Gauge({
      name: 'watchsieve_config_file_valid',
      help: '1 where the config file is valid, or absent; 0 where it was changed to an invalid one, whose values do not count.',
      registers,
    });
    // Or this process would not have started.
    this.#configFileValid.set(1);
    new Gauge({
      name: 'watchsieve_build_info',
      help: 'Always 1; version, and present preset and mode, of this process are its labels.',
      // Not `node`: the label that a scrape puts there is the Node of the cluster.
      labelNames: ['version', 'preset', 'mode', 'nodejs'],
      registers,
      collect() {
        this.reset();
        this.set({ ...sources.build(), nodejs: process.versions.node }, 1);
      },
    });
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }

  /** Upstream answered with this status, or (`error`) not at all. */
  upstreamAnswered(code: number | 'error'): void {
    this.#upstreamRequests.inc({ code: String(code) });
  }

  setUpstreamConnections(count: number): void {
    this.#upstreamConnections.set(count);
  }

  released(kind: 'bookmark' | 'held_frame'): void {
    (kind === 'bookmark' ? this.#bookmarks : this.#heldFrames).inc();
    if (kind === 'held_frame') this.#heldFramesReleased++;
  }

  /** Swallowed events that were sent after all: each woke its client up. */
  get heldFramesReleased(): number {
    return this.#heldFramesReleased;
  }

  /** A stream has begun; `initial` where its own initial events will be its baseline. */
  baselineFrom(source: BaselineSource): void {
    this.#baselines.inc({ source });
  }

  /** A LIST of Nodes has passed to its end. */
  listPassed(result: ListResult): void {
    this.#lists.inc({ result });
  }

  /** Something was refused that would have been over this limit. */
  refused(limit: RefusingLimit): void {
    this.#refused.inc({ limit });
  }

  /** The config file was found changed. */
  configReloaded(result: ConfigReload): void {
    this.#configReloads.inc({ result });
    this.#configFileValid.set(result === 'invalid' ? 0 : 1);
  }

  observeLatency(ms: number): void {
    this.#addedLatency.observe(ms / 1000);
  }

  /** The text of a scrape, and its Content-Type. */
  async text(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  #registerEvents(registers: Registry[]): void {
    const { events } = this;
    new Counter({
      name: 'watchsieve_events_received_total',
      help: 'Events read from filtered watches, by their type.',
      labelNames: ['resource', 'type'],
      registers,
      collect() {
        this.reset();
        for (const type of EVENT_TYPES) this.inc({ resource: RESOURCE, type }, events.receivedOf(type));
      },
    });
    new Counter({
      name: 'watchsieve_events_total',
      help: 'Events of filtered watches by what became of them and why; each received event has exactly one verdict.',
      labelNames: ['resource', 'type', 'verdict', 'reason'],
      registers,
      collect() {
        this.reset();
        // Present from the start, so that a rate over it means something.
        this.inc({ resource: RESOURCE, type: 'MODIFIED', verdict: 'swallowed', reason: 'unchanged' }, 0);
        for (const { count, ...labels } of events.counts())
          this.inc({ resource: RESOURCE, ...labels }, count);
      },
    });
    new Counter({
      name: 'watchsieve_event_bytes_received_total',
      help: 'Bytes of events read from filtered watches.',
      labelNames: ['resource'],
      registers,
      collect() {
        this.reset();
        this.inc({ resource: RESOURCE }, events.bytesReceived);
      },
    });
    new Counter({
      name: 'watchsieve_event_bytes_total',
      help: 'Bytes of events of filtered watches by what became of them.',
      labelNames: ['resource', 'verdict'],
      registers,
      collect() {
        this.reset();
        for (const verdict of VERDICTS) this.inc({ resource: RESOURCE, verdict }, events.bytesOf(verdict));
      },
    });
  }
}

function registerStreams(registers: Registry[], sources: MetricSources): void {
  new Gauge({
    name: 'watchsieve_ready',
    help: '1 while /readyz answers 200: clients can connect, and upstream has answered once.',
    registers,
    collect() {
      this.set(sources.isReady() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'watchsieve_streams',
    help: 'Filtered watches that are open now.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.set({ resource: RESOURCE }, sources.openStreams());
    },
  });
  new Gauge({
    name: 'watchsieve_streams_verbatim',
    help: 'Those of the open filtered watches that are passed on unread: in a form that is not known, or after bytes that were not understood.',
    labelNames: ['resource'],
    registers,
    collect() {
      this.set({ resource: RESOURCE }, sources.verbatimStreams());
    },
  });
  new Gauge({
    name: 'watchsieve_progress_lag_seconds',
    help: 'The longest time that a client has been behind what was swallowed on its stream.',
    registers,
    collect() {
      this.set(sources.progressLag());
    },
  });
  new Gauge({
    name: 'watchsieve_stream_queue_bytes',
    help: 'Bytes that wait for the clients of filtered watches, those of ended ones included.',
    registers,
    collect() {
      this.set(sources.queuedBytes());
    },
  });
  new Gauge({
    name: 'watchsieve_serving_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that clients are served ends, in seconds since 1970; it is renewed 30 days before.',
    registers,
    collect() {
      this.set(sources.certificateExpiry());
    },
  });
  new Counter({
    name: 'watchsieve_streams_ended_total',
    help: 'Filtered watches that have ended, by cause.',
    labelNames: ['resource', 'cause'],
    registers,
    collect() {
      this.reset();
      for (const cause of sources.endCauses) this.inc({ resource: RESOURCE, cause }, sources.endedBy(cause));
    },
  });
}

/** Use and bound beside each other (I6). */
function registerExplain(registers: Registry[], forms: MetricSources['forms']): void {
  new Gauge({
    name: 'watchsieve_explain_bytes',
    help: 'Bytes kept to tell in which parts an object changed; the least recently used go first, and no verdict depends on them.',
    registers,
    collect() {
      this.set(forms.bytes);
    },
  });
  new Gauge({
    name: 'watchsieve_explain_bytes_limit',
    help: 'The most that watchsieve_explain_bytes can be.',
    registers,
  }).set(forms.maxBytes);
}

function registerMemos(registers: Registry[], memos: MetricSources['memos']): void {
  new Gauge({
    name: 'watchsieve_memo_bytes',
    help: 'Bytes kept to recognise events that repeat what is known without scanning them; no verdict depends on them.',
    registers,
    collect() {
      this.set(memos.bytes);
    },
  });
  new Gauge({
    name: 'watchsieve_memo_bytes_limit',
    help: 'The most that watchsieve_memo_bytes can be.',
    registers,
  }).set(memos.maxBytes);
}

function registerBudget(registers: Registry[], budget: MetricSources['budget']): void {
  new Gauge({
    name: 'watchsieve_budget_bytes',
    help: 'Bytes of the memory budget that are taken: an upper estimate of what is kept on behalf of clients.',
    registers,
    collect() {
      this.set(budget.held);
    },
  });
  new Gauge({
    name: 'watchsieve_budget_bytes_limit',
    help: 'The most that watchsieve_budget_bytes can be: --memory-budget.',
    registers,
  }).set(budget.limit);
}
