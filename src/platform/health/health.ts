/**
 * The readiness of this process (R29), in three states: `starting` → `ready` → `draining`. Once ready, the process
 * stays ready even if upstream fails; otherwise one short failure of the API server would take every Pod out of
 * service. Such failures show only in the checks. No clock, no I/O.
 */

/** One line of `?verbose`. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Why the check failed, or another remark. */
  readonly note: string | undefined;
}

type UpstreamState =
  | { readonly at: 'waiting'; readonly cause: string | undefined }
  | { readonly at: 'answering' }
  | { readonly at: 'failing'; readonly cause: string };

/** Writers report facts in any order; the admin listener reads them. */
export class Health {
  #listening = false;
  #filesWritten = false;
  #ending = false;
  #draining = false;
  #upstream: UpstreamState = { at: 'waiting', cause: undefined };

  /** Clients can connect. */
  markListening(): void {
    this.#listening = true;
  }

  /** Certificates and kubeconfig are in the state directory. */
  markFilesWritten(): void {
    this.#filesWritten = true;
  }

  /** Upstream sent a response. Any status shows that it is there. */
  markUpstreamAnswering(): void {
    this.#upstream = { at: 'answering' };
  }

  /** Upstream could not be reached. `cause` is shown to operators and must hold no secrets. */
  markUpstreamFailing(cause: string): void {
    this.#upstream = { at: this.#upstream.at === 'waiting' ? 'waiting' : 'failing', cause };
  }

  /** The process is ending and never becomes ready again. Connected clients are still served. */
  markEnding(): void {
    this.#ending = true;
  }

  /** From now on, no new requests are served. */
  markDraining(): void {
    this.#ending = true;
    this.#draining = true;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  get state(): 'starting' | 'ready' | 'draining' {
    if (this.#ending) return 'draining';
    return this.#listening && this.#filesWritten && this.#upstream.at !== 'waiting' ? 'ready' : 'starting';
  }

  /** All checks, for `?verbose`. A failing upstream is listed but does not affect readiness. */
  checks(): Check[] {
    return [
      { name: 'listener', ok: this.#listening, note: this.#listening ? undefined : 'not listening yet' },
      { name: 'files', ok: this.#filesWritten, note: this.#filesWritten ? undefined : 'not written yet' },
      this.#upstreamCheck(),
      { name: 'shutdown', ok: !this.#ending, note: this.#ending ? 'draining' : undefined },
    ];
  }

  #upstreamCheck(): Check {
    const upstream = this.#upstream;
    switch (upstream.at) {
      case 'answering':
        return { name: 'upstream', ok: true, note: undefined };
      case 'waiting':
        return { name: 'upstream', ok: false, note: upstream.cause ?? 'no answer yet' };
      case 'failing':
        return { name: 'upstream', ok: false, note: `${upstream.cause} (does not affect readiness)` };
    }
  }
}
