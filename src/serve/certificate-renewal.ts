/**
 * Renews the serving certificate in time, while it serves. Looks at the clock every minute rather than sleeping for
 * months: clocks jump, in either direction.
 */
import { type Settings } from '../config/settings.ts';
import { servingHosts } from '../platform/identity/hosts.ts';
import { ensureIdentity, type Identity, isRenewalDue } from '../platform/identity/state-dir.ts';
import { type StartTimer, type StopTimer } from '../platform/timer.ts';
import { type Logger } from '../platform/logger.ts';
import { type MetricRegistry } from '../platform/metric-registry.ts';

export interface CertificateRenewalOptions {
  readonly settings: Pick<Settings, 'stateDir' | 'listen'>;
  /** What is served now. */
  readonly identity: Identity;
  /** Serves another certificate from the next handshake on. */
  readonly serve: (identity: Identity) => void;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly startTimer: StartTimer;
  readonly log: Logger;
  readonly metrics: MetricRegistry;
}

const INTERVAL_MS = 60_000;

export class CertificateRenewal {
  readonly #options: CertificateRenewalOptions;
  #identity: Identity;
  /** What failed when it was last tried: said once, tried every minute. */
  #failure = '';
  #stopTimer: StopTimer | undefined;
  #isStopped = false;

  constructor(options: CertificateRenewalOptions) {
    this.#options = options;
    this.#identity = options.identity;
    options.metrics.read(
      'watchsieve_serving_certificate_expiry_timestamp_seconds',
      'When the certificate that clients are served ends, in seconds since 1970; it is renewed 30 days before.',
      () => this.#identity.validTo.getTime() / 1000,
    );
  }

  start(): void {
    this.#stopTimer = this.#options.startTimer(INTERVAL_MS, () => void this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
  }

  async #look(): Promise<void> {
    const now = new Date(this.#options.wallNow());
    if (isRenewalDue(this.#identity, now)) await this.#renew(now);
    if (!this.#isStopped) this.start();
  }

  async #renew(now: Date): Promise<void> {
    const { settings, serve, log } = this.#options;
    try {
      const { caPem: knownCaPem } = this.#identity;
      const hosts = servingHosts(settings.listen.host);
      const identity = await ensureIdentity({ stateDir: settings.stateDir, hosts, now, knownCaPem });
      if (this.#isStopped) return;
      serve(identity);
      this.#identity = identity;
      this.#failure = '';
      log.info({ created: identity.created, reason: identity.reason }, 'certificates');
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      if (failure !== this.#failure)
        log.error({ err: error }, 'renewing the serving certificate failed, retrying');
      this.#failure = failure;
    }
  }
}
