/** The metrics of `watchsieve webhook`, in a registry of its own: what became of each review, and of the upkeep. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { ConnectionMetrics, WEBHOOK_LISTENERS } from '../../platform/listen/connection-metrics.ts';

/** What became of one call of the API server. Every one is answered; only `injected` changes a Pod. */
export const REVIEW_RESULTS = [
  'injected',
  /** The Pod has the sidecar already, from its template or from the call before. */
  'unchanged',
  /** No annotation asks for it, or one is against it, and it is neither selected nor a known client. */
  'not_chosen',
  /** Another kind, operation or subresource: the rules of the configuration are too wide. */
  'not_a_new_pod',
  /** Chosen, and something in it stands in the way. */
  'refused_conflict',
  /** Chosen, and it runs on Windows. */
  'refused_windows',
  /** Chosen, and it mirrors a Pod that a kubelet runs from a file. */
  'refused_mirror',
  /** Chosen, and with the sidecar a LimitRange of its namespace would keep it out. */
  'refused_limit_range',
  /** Chosen, and with the sidecar a ResourceQuota of its namespace would keep it out. */
  'refused_quota',
  /** Chosen, and what it has as a whole (`spec.resources`) leaves nothing for the sidecar. */
  'refused_resources',
  /** Chosen, and LimitRanges and ResourceQuotas of its namespace cannot be read, or not in time. */
  'refused_unread',
  /** It does not have the shape of a Pod. */
  'refused_not_understood',
  /** Answered 400: no AdmissionReview of admission.k8s.io/v1. */
  'malformed',
  /** Answered 413. */
  'too_large',
  /** Answered 503: too much is being sent at the same time. */
  'overloaded',
  /** Answered 415: not JSON. */
  'unsupported_media_type',
  /** A mistake of ours: the Pod is let through as it is. */
  'failed',
] as const;
export type ReviewResult = (typeof REVIEW_RESULTS)[number];

/** What became of an attempt to put the authority into the webhook configuration. */
export const BUNDLE_WRITE_RESULTS = ['written', 'conflict', 'failed'] as const;
export type BundleWriteResult = (typeof BUNDLE_WRITE_RESULTS)[number];

/** Of one look at Secret, configuration and certificate. */
export const UPKEEP_RESULTS = ['fine', 'failed'] as const;
export type UpkeepResult = (typeof UPKEEP_RESULTS)[number];

export interface WebhookMetricSources {
  readonly isReady: () => boolean;
  /** Seconds since 1970; 0 while there is none. */
  readonly certificateExpiry: () => number;
  /** Seconds since 1970; 0 while there is none. */
  readonly authorityExpiry: () => number;
}

/** Seconds: a review is a matter of about a millisecond, and the API server waits for 3 s. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];
/** prom-client samples the event loop's delay this often (ms). */
const EVENT_LOOP_PRECISION_MS = 1000;

export class WebhookMetrics {
  readonly registry = new Registry();
  readonly connections: ConnectionMetrics<(typeof WEBHOOK_LISTENERS)[number]>;
  readonly #reviews: Counter<'result'>;
  readonly #duration: Histogram;
  readonly #writes: Counter<'result'>;
  readonly #upkeep: Counter<'result'>;

  constructor(sources: WebhookMetricSources) {
    const registers = [this.registry];
    this.#reviews = new Counter({
      name: 'watchsieve_webhook_reviews_total',
      help: 'Calls of the API server by what became of them.',
      labelNames: ['result'],
      registers,
    });
    for (const result of REVIEW_RESULTS) this.#reviews.inc({ result }, 0);
    this.#duration = new Histogram({
      name: 'watchsieve_webhook_review_duration_seconds',
      help: 'Time from a complete call to its answer.',
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#writes = new Counter({
      name: 'watchsieve_webhook_ca_bundle_writes_total',
      help: 'Writes of caBundle into the MutatingWebhookConfiguration; conflict: somebody else wrote at the same moment.',
      labelNames: ['result'],
      registers,
    });
    for (const result of BUNDLE_WRITE_RESULTS) this.#writes.inc({ result }, 0);
    this.#upkeep = new Counter({
      name: 'watchsieve_webhook_upkeep_total',
      help: 'Looks at Secret, MutatingWebhookConfiguration and certificate, about every 30 seconds.',
      labelNames: ['result'],
      registers,
    });
    for (const result of UPKEEP_RESULTS) this.#upkeep.inc({ result }, 0);
    this.connections = new ConnectionMetrics(registers, WEBHOOK_LISTENERS);
    registerGauges(registers, sources);
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
  }

  review(result: ReviewResult): void {
    this.#reviews.inc({ result });
  }

  /** @param seconds of a call that was understood */
  reviewTook(seconds: number): void {
    this.#duration.observe(seconds);
  }

  bundleWrite(result: BundleWriteResult): void {
    this.#writes.inc({ result });
  }

  upkeep(result: UpkeepResult): void {
    this.#upkeep.inc({ result });
  }
}

function registerGauges(registers: Registry[], sources: WebhookMetricSources): void {
  new Gauge({
    name: 'watchsieve_webhook_ready',
    help: 'Whether /readyz says 200.',
    registers,
    collect() {
      this.set(sources.isReady() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'watchsieve_webhook_serving_certificate_expiry_timestamp_seconds',
    help: 'When the certificate that is served ends, in seconds since 1970; 0: there is none.',
    registers,
    collect() {
      this.set(sources.certificateExpiry());
    },
  });
  new Gauge({
    name: 'watchsieve_webhook_ca_expiry_timestamp_seconds',
    help: 'When the certificate authority that the replicas share ends, in seconds since 1970; 0: not read yet.',
    registers,
    collect() {
      this.set(sources.authorityExpiry());
    },
  });
}
