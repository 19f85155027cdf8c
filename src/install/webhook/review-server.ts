/** Serves reviews with the current certificate, counts each, and logs those that an operator should see. */
import { performance } from 'node:perf_hooks';
import type { CertificateAndKey } from '../../platform/identity/certificates.ts';
import type { Logger } from '../../platform/logger.ts';
import type { ConnectionBound } from '../../platform/listen/connection-limits.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import { REVIEW_RESULTS, type ReviewResult } from './review-result.ts';
import { listenForReviews, type RefusedStatus, type WebhookListener } from './listener.ts';
import type { Readiness } from './readiness.ts';
import type { NextTurn } from './bodies.ts';
import type { PolicyReader } from './policy/policy-reader.ts';
import { review, type Reviewed, type ReviewOptions } from './review.ts';

export interface ReviewServerOptions {
  /** Port 0 lets the system choose. */
  readonly at: { readonly host: string; readonly port: number };
  readonly review: ReviewOptions;
  readonly policies: Pick<PolicyReader, 'read'>;
  readonly metrics: MetricRegistry;
  readonly onConnectionBound: (bound: ConnectionBound) => void;
  readonly readiness: Pick<Readiness, 'markListening'>;
  readonly log: Logger;
}

const REFUSALS: Readonly<Record<RefusedStatus, ReviewResult>> = {
  400: 'malformed',
  413: 'too_large',
  415: 'unsupported_media_type',
  503: 'overloaded',
};

/** Seconds. A review takes about a millisecond, and the API server waits for 3 s. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3];

export class ReviewServer {
  readonly #options: ReviewServerOptions;
  readonly #reviewed: (result: ReviewResult) => void;
  readonly #took: (seconds: number) => void;
  #listener: WebhookListener | undefined;

  constructor(options: ReviewServerOptions) {
    this.#options = options;
    this.#reviewed = options.metrics.closedCounter(
      'watchsieve_webhook_reviews_total',
      'Calls of the API server by result.',
      { label: 'result', words: REVIEW_RESULTS },
    );
    this.#took = options.metrics.histogram(
      'watchsieve_webhook_review_duration_seconds',
      'Time from the end of a call to its answer.',
      DURATION_BUCKETS,
    );
  }

  /** Undefined until there is a certificate. */
  get port(): number | undefined {
    return this.#listener?.port;
  }

  /** Starts to listen with the first certificate. @throws the listen error of node:net */
  async serve(certificate: CertificateAndKey): Promise<void> {
    if (this.#listener !== undefined) {
      this.#listener.setCertificate(certificate);
      return;
    }
    const { at, onConnectionBound, readiness, log } = this.#options;
    this.#listener = await listenForReviews({
      ...at,
      certificate,
      review: (read, nextTurn) => this.#review(read, nextTurn),
      refused: (status) => this.#reviewed(REFUSALS[status]),
      onConnectionBound,
    });
    readiness.markListening();
    log.info({ listen: { host: at.host, port: this.#listener.port } }, 'serving');
  }

  /** Calls are still answered, each on a connection that ends with its answer. */
  drain(): void {
    this.#listener?.drain();
  }

  /** Resolves when all calls under way have been answered. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  /** Parses the body twice: keeping the parsed object while policies are read would take memory, as many calls may wait. */
  async #review(read: () => unknown, nextTurn: NextTurn): Promise<unknown> {
    const { policies, review: options } = this.#options;
    const start = performance.now();
    let reviewed = review(read(), options);
    if ('namespace' in reviewed) {
      const answer = await policies.read(reviewed.namespace);
      await nextTurn();
      reviewed = review(read(), options, answer);
    }
    this.#took((performance.now() - start) / 1000);
    this.#reviewed(reviewed.result);
    this.#tell(reviewed);
    return reviewed.answer;
  }

  #tell({ result, object, problems, plan }: Reviewed): void {
    const { log } = this.#options;
    if (plan !== undefined) {
      const { container, variant, preset, ports } = plan;
      log.info({ object, container, variant, preset, port: ports?.proxy }, 'injected');
    } else if (problems.length > 0) log.warn({ object, result, problems }, 'not injected');
    else log.debug({ object, result }, 'let through unchanged');
  }
}
