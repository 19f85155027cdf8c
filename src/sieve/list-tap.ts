/** Turns a LIST that passes by into the snapshot of its scope at its resourceVersion (R16). */
import { type Held } from './baseline.ts';
import { ListScan, type ListScanOptions } from './list-scan.ts';
import { type Snapshot } from './snapshots.ts';

export interface ListTapOptions extends Omit<ListScanOptions, 'onObject'> {
  /** See {@link SieveOptions.passAt}; a LIST delivers every object now. */
  readonly passAt: (now: number) => number;
}

export class ListTap {
  readonly #held = new Map<string, Held>();
  readonly #scan: ListScan;
  #now = 0;

  constructor({ passAt, ...options }: ListTapOptions) {
    this.#scan = new ListScan({
      ...options,
      onObject: (name, fingerprint) => {
        this.#held.set(name, { fingerprint, passAt: passAt(this.#now) });
      },
    });
  }

  /** Bytes of the body, borrowed; `now` in monotonic milliseconds. */
  push(chunk: Buffer, now: number): void {
    this.#now = now;
    this.#scan.push(chunk);
  }

  /** The snapshot, once the body is whole; undefined for a page of several, or what was not understood. */
  finish(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    const meta = this.#scan.finish();
    if (meta === undefined || meta.next !== '') return undefined;
    return { resourceVersion: meta.resourceVersion, snapshot: { source: 'list', held: this.#held } };
  }
}
