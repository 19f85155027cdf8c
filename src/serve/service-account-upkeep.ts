/**
 * Keeps the files for clients that read the in-cluster configuration up to date while the proxy serves. The API
 * server's CAs may change, and a client reads the files when it starts, which may be at any time.
 */
import type { Settings } from '../config/settings.ts';
import type { Identity } from '../platform/identity/state-dir.ts';
import type { Logger } from '../platform/logger.ts';
import type { StartTimer, StopTimer } from '../platform/timer.ts';
import type { UpstreamTarget } from '../platform/upstream/target.ts';
import { messageOf } from '../platform/text/failure.ts';
import { NO_CLUSTER_CA, writeServiceAccountFiles } from './prepare-state.ts';

export interface ServiceAccountUpkeepOptions {
  readonly settings: Settings;
  readonly identity: Identity;
  readonly target: UpstreamTarget;
  readonly startTimer: StartTimer;
  readonly log: Logger;
}

const INTERVAL_MS = 60_000;

export class ServiceAccountUpkeep {
  readonly #options: ServiceAccountUpkeepOptions;
  /** The last failure: it is logged once, although the files are written every minute. */
  #failure = '';
  #stopTimer: StopTimer | undefined;
  #isStopped = false;

  constructor(options: ServiceAccountUpkeepOptions) {
    this.#options = options;
  }

  /** Resolves once the files exist; from then on they are kept up to date. @throws StateDirError */
  async start(): Promise<void> {
    const { settings } = this.#options;
    if (settings.inClusterTokenFile === undefined) return;
    await this.#write();
    this.#wait();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopTimer?.();
  }

  #wait(): void {
    if (!this.#isStopped) this.#stopTimer = this.#options.startTimer(INTERVAL_MS, () => void this.#again());
  }

  async #again(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#tell(messageOf(error), 'writing the files for in-cluster clients failed, retrying');
    }
    this.#wait();
  }

  async #write(): Promise<void> {
    const { settings, identity, target } = this.#options;
    this.#tell((await writeServiceAccountFiles(settings, identity, target)) ?? '', NO_CLUSTER_CA);
  }

  #tell(failure: string, what: string): void {
    if (failure !== '' && failure !== this.#failure) this.#options.log.warn({ cause: failure }, what);
    this.#failure = failure;
  }
}
