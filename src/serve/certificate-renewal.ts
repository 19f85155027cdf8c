/**
 * Renews the serving certificate in time while the proxy serves. The clock is checked every minute instead of sleeping
 * for months, because clocks jump in both directions.
 */
import type { ServingCertificate } from '../platform/identity/serving-files.ts';
import type { StartTimer, StopTimer } from '../platform/timer.ts';
import type { Logger } from '../platform/logger.ts';
import type { MetricRegistry } from '../platform/metric-registry.ts';
import { messageOf } from '../platform/text/failure.ts';
import type { CertificateSource } from './certificate-source.ts';

export interface CertificateRenewalOptions {
  /** The source's first certificate is served already. */
  readonly source: CertificateSource;
  /** Serves another certificate from the next handshake on. */
  readonly serve: (certificate: ServingCertificate) => void;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly startTimer: StartTimer;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

const INTERVAL_MS = 60_000;

export class CertificateRenewal {
  readonly #options: CertificateRenewalOptions;
  #validTo: Date;
  /** The last failure: it is logged once, although the renewal is tried every minute. */
  #failure = '';
  #stopTimer: StopTimer | undefined;
  #isStopped = false;

  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
    this.#validTo = options.source.first.validTo;
    options.metrics.read(
      'watchsieve_serving_certificate_expiry_timestamp_seconds',
      'Expiry of the serving certificate, in seconds since 1970; it is renewed 30 days before its expiry, unless ' +
        'it is one of --tls-cert-file.',
      () => this.#validTo.getTime() / 1000,
    );
  }

  start(): void {
    this.#stopTimer = this.#options.startTimer(INTERVAL_MS, () => void this.#look());
  }

  /** Resolves after the last request of the source has ended. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    return this.#options.source.close();
  }

  async #look(): Promise<void> {
    await this.#renew(new Date(this.#options.wallNow()));
    if (!this.#isStopped) this.start();
  }

  async #renew(now: Date): Promise<void> {
    const { source, serve, log } = this.#options;
    try {
      const next = await source.next(now);
      this.#failure = '';
      if (next === undefined || this.#isStopped) return;
      serve(next.certificate);
      this.#validTo = next.certificate.validTo;
      log.info(next.why, 'certificates');
    } catch (error) {
      // Closing the source aborts its running request.
      if (this.#isStopped) return;
      const failure = messageOf(error);
      if (failure !== this.#failure)
        log.error({ err: error }, 'renewing the serving certificate failed, retrying');
      this.#failure = failure;
    }
  }
}
