/** Whether the API server can call this webhook: a certificate is served, and the configuration names its authority. No clock, no I/O. */
import type { Check } from '../../platform/health/health.ts';

export class Readiness {
  #isListening = false;
  #isRegistered = false;
  #isDraining = false;
  /** Why the last check of Secret and configuration failed. Operators see it, so it holds no secrets. */
  #failure: string | undefined = 'not looked yet';

  markListening(): void {
    this.#isListening = true;
  }

  /** The configuration has this webhook's bundle. */
  markRegistered(): void {
    this.#isRegistered = true;
    this.#failure = undefined;
  }

  /** The configuration lacks this webhook's bundle, is missing, or may not be read: the API server cannot verify the webhook. */
  markUnregistered(failure: string): void {
    this.#isRegistered = false;
    this.#failure = failure;
  }

  /** The check failed, which says nothing new about the configuration: the state stays as it was. */
  markFailed(failure: string): void {
    this.#failure = failure;
  }

  /** Final: it is never ready again. */
  markDraining(): void {
    this.#isDraining = true;
  }

  get state(): 'starting' | 'ready' | 'draining' {
    if (this.#isDraining) return 'draining';
    return this.#isListening && this.#isRegistered ? 'ready' : 'starting';
  }

  checks(): Check[] {
    return [
      {
        name: 'certificate',
        ok: this.#isListening,
        note: this.#isListening ? undefined : (this.#failure ?? 'none yet'),
      },
      { name: 'configuration', ok: this.#isRegistered, note: this.#failure },
      { name: 'shutdown', ok: !this.#isDraining, note: this.#isDraining ? 'draining' : undefined },
    ];
  }
}
