/** Whether the API server can call us: a certificate is served, and the configuration names its authority. No clock, no I/O. */
import type { Check } from '../../platform/health/health.ts';

export class Readiness {
  #isListening = false;
  #isRegistered = false;
  #isDraining = false;
  /** Why the last look at Secret and configuration came to nothing. Shown to operators: no secrets. */
  #failure: string | undefined = 'not looked yet';

  markListening(): void {
    this.#isListening = true;
  }

  /** The configuration has our bundle, or has it again. */
  markRegistered(): void {
    this.#isRegistered = true;
    this.#failure = undefined;
  }

  /** The configuration does not have our bundle, is gone, or may not be read: the API server cannot verify us. */
  markUnregistered(failure: string): void {
    this.#isRegistered = false;
    this.#failure = failure;
  }

  /** Nothing is known that was not known before: as it was, the configuration still is, as far as we know. */
  markFailed(failure: string): void {
    this.#failure = failure;
  }

  /** On its way out, and never ready again. */
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
