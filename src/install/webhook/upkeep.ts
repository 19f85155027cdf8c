/**
 * Maintains what the API server needs to call this webhook: the shared authority, a certificate under it, and the
 * bundle in the configuration. It checks every half minute, because a Helm upgrade can clear the bundle without notice.
 * A watch would need wider rights than reading and writing these two objects by name.
 */
import { X509Certificate } from 'node:crypto';
import type { CertificateAndKey } from '../../platform/identity/certificates.ts';
import type { StartTimer, StopTimer } from '../../platform/timer.ts';
import type { Logger } from '../../platform/logger.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import { ApiProblem } from '../../platform/upstream/api-problem.ts';
import type { Authority, SharedAuthority } from '../../platform/authority/shared-authority.ts';
import { type CaBundle, hasBundle, type ReadConfiguration } from './ca-bundle.ts';
import type { Readiness } from './readiness.ts';
import { messageOf } from '../../platform/text/failure.ts';

/** Results of writing the authority into the webhook configuration. */
export const BUNDLE_WRITE_RESULTS = ['written', 'conflict', 'failed'] as const;
type BundleWriteResult = (typeof BUNDLE_WRITE_RESULTS)[number];

/** Results of one check of Secret, configuration and certificate. */
export const UPKEEP_RESULTS = ['fine', 'failed'] as const;
type UpkeepResult = (typeof UPKEEP_RESULTS)[number];

export interface UpkeepOptions {
  readonly authority: Pick<SharedAuthority, 'read'>;
  readonly bundle: Pick<CaBundle, 'read' | 'write'>;
  /** Names and addresses under which the API server calls. */
  readonly hosts: readonly string[];
  /** Validity of a serving certificate in milliseconds. It is renewed when a third of that is left. */
  readonly certificateLifetimeMs: number;
  /** Serves this certificate from the next handshake on; the first one starts the listener. */
  readonly serve: (certificate: CertificateAndKey) => Promise<void>;
  readonly readiness: Readiness;
  readonly metrics: Pick<MetricRegistry, 'closedCounter' | 'read'>;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly startTimer: StartTimer;
  /** Returns 0 up to 1; the jitter keeps replicas from checking at the same moment. */
  readonly random: () => number;
}

export const LOOK_INTERVAL_MS = 30_000;
/** Intervals vary by this fraction in both directions. */
const JITTER = 0.2;
const FIRST_RETRY_MS = 1000;
const MAX_WRITES = 5;
const DAY_MS = 86_400_000;

interface Served {
  readonly issuerPem: string;
  readonly validTo: number;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #wrote: (result: BundleWriteResult) => void;
  readonly #looked: (result: UpkeepResult) => void;
  #stopTimer: StopTimer | undefined;
  #isStopped = false;
  #served: Served | undefined;
  #authorityValidTo = 0;
  /** The bundle that the configuration had after the last check. */
  #registered: string | undefined;
  /** Consecutive checks that failed. */
  #failures = 0;
  /** The failure that was logged last, so that one that lasts is logged once. */
  #told = '';

  constructor(options: UpkeepOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#wrote = metrics.closedCounter(
      'watchsieve_webhook_ca_bundle_writes_total',
      'Writes of caBundle into the MutatingWebhookConfiguration; conflict: another client wrote at the same moment.',
      { label: 'result', words: BUNDLE_WRITE_RESULTS },
    );
    this.#looked = metrics.closedCounter(
      'watchsieve_webhook_upkeep_total',
      'Checks of Secret, MutatingWebhookConfiguration and certificate, about every 30 seconds.',
      { label: 'result', words: UPKEEP_RESULTS },
    );
    metrics.read(
      'watchsieve_webhook_serving_certificate_expiry_timestamp_seconds',
      'Expiry of the serving certificate, in seconds since 1970; 0: there is none.',
      () => this.certificateExpirySeconds,
    );
    metrics.read(
      'watchsieve_webhook_ca_expiry_timestamp_seconds',
      'Expiry of the certificate authority that the replicas share, in seconds since 1970; 0: not read yet.',
      () => this.authorityExpirySeconds,
    );
  }

  /** Seconds since 1970; 0 while there is none. */
  get certificateExpirySeconds(): number {
    return (this.#served?.validTo ?? 0) / 1000;
  }

  /** Seconds since 1970; 0 while there is none. */
  get authorityExpirySeconds(): number {
    return this.#authorityValidTo / 1000;
  }

  /** Checks at once and then repeatedly until {@link stop}. */
  start(): void {
    void this.#lookAndGoOn();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
  }

  async #lookAndGoOn(): Promise<void> {
    const { log, readiness } = this.#options;
    try {
      await this.#look();
      this.#looked('fine');
      this.#failures = 0;
      if (this.#told !== '') log.info('upkeep works again');
      this.#told = '';
    } catch (error) {
      // Stopping aborts the request under way, which is no failure.
      if (this.#isStopped) return;
      const failure = messageOf(error);
      this.#looked('failed');
      this.#failures += 1;
      readiness.markFailed(failure);
      if (failure !== this.#told) log.error({ err: error }, 'upkeep failed, retrying');
      this.#told = failure;
    }
    if (this.#isStopped) return;
    this.#stopTimer = this.#options.startTimer(this.#untilNextLook(), () => void this.#lookAndGoOn());
  }

  async #look(): Promise<void> {
    for (let attempt = 0; attempt < MAX_WRITES; attempt += 1) {
      // The configuration is read before the Secret. Another replica that replaces the authority writes them in the other
      // order, so the write below fails if that replica has written both since the Secret was read here.
      const configuration = await this.#readConfiguration();
      const authority = await this.#options.authority.read();
      this.#authorityValidTo = authority.validTo.getTime();
      await this.#certify(authority, configuration);
      if (this.#isStopped) return;
      if ('problem' in configuration) throw configuration.problem;
      if (await this.#register(configuration, authority.bundle)) return;
    }
    throw new ApiProblem('the webhook configuration is written by others again and again');
  }

  /** A missing configuration does not keep the webhook from having a certificate: it may be applied later. */
  async #readConfiguration(): Promise<ReadConfiguration | { readonly problem: ApiProblem }> {
    try {
      return await this.#options.bundle.read();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.isTransient) throw error;
      this.#options.readiness.markUnregistered(error.message);
      return { problem: error };
    }
  }

  /** @returns false if the configuration has changed since it was read. */
  async #register(configuration: ReadConfiguration, bundle: string): Promise<boolean> {
    const { log, readiness } = this.#options;
    if (!hasBundle(configuration, bundle)) {
      this.#registered = undefined;
      readiness.markUnregistered('its caBundle is not ours');
      let isWritten: boolean;
      try {
        isWritten = await this.#options.bundle.write(configuration, bundle);
      } catch (error) {
        this.#wrote('failed');
        throw error;
      }
      this.#wrote(isWritten ? 'written' : 'conflict');
      if (!isWritten) return false;
      log.info('caBundle written');
    }
    this.#registered = bundle;
    readiness.markRegistered();
    return true;
  }

  async #certify(
    { current, bundle }: Authority,
    configuration: ReadConfiguration | { readonly problem: ApiProblem },
  ): Promise<void> {
    const served = this.#served;
    const isSettled =
      this.#registered === bundle && !('problem' in configuration) && hasBundle(configuration, bundle);
    const isUnderCurrent = served?.issuerPem === current.certPem;
    // A certificate under a new authority is served once the API servers had time to learn of that authority, or at
    // once if the old authority is no longer in the bundle.
    const mayWait = served !== undefined && !isUnderCurrent && bundle.includes(served.issuerPem);
    if (mayWait ? !isSettled : isUnderCurrent && this.#untilRenewal() > 0) return;
    const { certificateLifetimeMs, hosts, wallNow, serve, log } = this.#options;
    const { issueServingCertificate } = await import('../../platform/identity/certificates.ts');
    const certificate = await issueServingCertificate(current, {
      hosts,
      now: new Date(wallNow()),
      validDays: certificateLifetimeMs / DAY_MS,
    });
    if (this.#isStopped) return;
    await serve(certificate);
    const { validTo, validToDate } = new X509Certificate(certificate.certPem);
    this.#served = { issuerPem: current.certPem, validTo: validToDate.getTime() };
    log.info({ validTo, hosts }, served === undefined ? 'certificate made' : 'certificate renewed');
  }

  #untilRenewal(): number {
    const { certificateLifetimeMs, wallNow } = this.#options;
    return (this.#served?.validTo ?? 0) - certificateLifetimeMs / 3 - wallNow();
  }

  #untilNextLook(): number {
    const around = (ms: number) => Math.round(ms * (1 - JITTER + 2 * JITTER * this.#options.random()));
    if (this.#failures > 0)
      return around(Math.min(LOOK_INTERVAL_MS, FIRST_RETRY_MS * 2 ** (this.#failures - 1)));
    return Math.max(FIRST_RETRY_MS, Math.min(around(LOOK_INTERVAL_MS), this.#untilRenewal()));
  }
}
