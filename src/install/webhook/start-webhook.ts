/**
 * The composition root of `webhook`, which owns the order of start and stop.
 *
 * The webhook needs these rights in the cluster: get and update one Secret by name, create Secrets in that namespace,
 * get and patch one MutatingWebhookConfiguration by name, list LimitRanges and ResourceQuotas. It watches nothing.
 */
import { listenMetrics, type OperatorAddress } from '../../platform/health/metrics-listener.ts';
import { startTimer } from '../../platform/timer.ts';
import type { Logger } from '../../platform/logger.ts';
import { version } from '../../platform/version.ts';
import { MetricRegistry } from '../../platform/metric-registry.ts';
import { connectionsEnded, WEBHOOK_LISTENERS } from '../../platform/listen/connection-metrics.ts';
import type { Credentials } from '../../platform/upstream/credentials.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { ApiClient } from '../../platform/upstream/api-client.ts';
import { type ObjectName, SharedAuthority } from '../../platform/authority/shared-authority.ts';
import { CaBundle } from './ca-bundle.ts';
import { PolicyReader } from './policy/policy-reader.ts';
import { Readiness } from './readiness.ts';
import type { ReviewOptions } from './review.ts';
import { ReviewServer } from './review-server.ts';
import { Upkeep } from './upkeep.ts';

export interface WebhookOptions {
  readonly listen: OperatorAddress;
  readonly healthListen: OperatorAddress;
  /** Names and addresses under which the API server calls. */
  readonly hosts: readonly string[];
  readonly secret: ObjectName;
  readonly configuration: string;
  readonly certificateLifetimeMs: number;
  readonly review: ReviewOptions;
}

export interface WebhookContext {
  readonly target: UpstreamTarget;
  readonly credentials: Credentials;
  readonly log: Logger;
}

/** A running webhook. /readyz says whether the API server can call it yet. */
export interface RunningWebhook {
  readonly healthPort: number;
  /** Undefined until there is a certificate. */
  readonly port: number | undefined;
  /** Makes /readyz fail; calls are still answered. */
  drain(): void;
  /** Resolves when all calls under way have been answered. */
  close(): Promise<void>;
}

/** @throws the listen error of the health listener */
export async function startWebhook(
  options: WebhookOptions,
  context: WebhookContext,
): Promise<RunningWebhook> {
  const { target, credentials, log } = context;
  const api = new ApiClient({ target, credentials, userAgent: `watchsieve-webhook/${version}` });
  const readiness = new Readiness();
  const metrics = new MetricRegistry();
  const connectionEnded = connectionsEnded(metrics, WEBHOOK_LISTENERS);
  metrics.read('watchsieve_webhook_ready', '1 while /readyz answers 200.', () =>
    readiness.state === 'ready' ? 1 : 0,
  );
  const reviews = new ReviewServer({
    at: options.listen,
    review: options.review,
    policies: new PolicyReader({ api, startTimer }),
    metrics,
    onConnectionBound: (bound) => connectionEnded('webhook', bound),
    log,
    readiness,
  });
  const upkeep = new Upkeep({
    authority: new SharedAuthority({
      ...{ api, wallNow: Date.now, log, owner: 'watchsieve-webhook', keepsPreviousKey: false },
      secret: options.secret,
    }),
    bundle: new CaBundle(api, options.configuration),
    hosts: options.hosts,
    certificateLifetimeMs: options.certificateLifetimeMs,
    serve: (certificate) => reviews.serve(certificate),
    readiness,
    metrics,
    log,
    wallNow: Date.now,
    startTimer,
    random: Math.random,
  });
  metrics.addProcess();
  const health = await listenMetrics(options.healthListen, {
    health: readiness,
    metricsText: () => metrics.text(),
    onConnectionBound: (bound) => connectionEnded('health', bound),
  });
  log.info({ healthListen: { host: options.healthListen.host, port: health.port } }, 'started');
  upkeep.start();
  return {
    healthPort: health.port,
    get port() {
      return reviews.port;
    },
    drain() {
      readiness.markDraining();
      reviews.drain();
    },
    async close() {
      readiness.markDraining();
      upkeep.stop();
      await reviews.close();
      await Promise.all([health.close(), api.close()]);
    },
  };
}
