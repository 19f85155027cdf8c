/** Turns a LIST that passes by into the snapshot of its scope at its resourceVersion (R16). */
import { type Held } from './baseline.ts';
import { type Forms } from './forms.ts';
import { keptVersion } from './kept-version.ts';
import { ListScan, type ListScanOptions } from './list-scan.ts';
import { type Snapshot } from './snapshots.ts';

export interface ListTapOptions extends Omit<ListScanOptions, 'onObject' | 'onUnclear'> {
  /** See {@link SieveOptions.passAt}; a LIST delivers every object now. */
  readonly passAt: (now: number) => number;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
}

export class ListTap {
  readonly #held = new Map<string, Held>();
  readonly #scan: ListScan;
  #now = 0;
  #isPage = false;

  constructor({ passAt, forms, ...options }: ListTapOptions) {
    this.#scan = new ListScan({
      ...options,
      onUnclear: (name) => this.#held.delete(name),
      onObject: ({ name, canonical, resourceVersion }, fingerprint) => {
        forms?.keep(fingerprint, canonical.view());
        this.#held.set(name, {
          fingerprint,
          passAt: passAt(this.#now),
          deliveredAt: Math.round(this.#now),
          resourceVersion: keptVersion(resourceVersion),
          reason: 'list',
        });
      },
    });
  }

  /** Bytes of the body, borrowed; `now` in monotonic milliseconds. */
  push(chunk: Buffer, now: number): void {
    this.#now = now;
    this.#scan.push(chunk);
  }

  /** Once finished: whether it was understood, and is one page of several. */
  get isPage(): boolean {
    return this.#isPage;
  }

  /** The snapshot, once the body is whole; undefined for a page of several, or what was not understood. */
  finish(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    const meta = this.#scan.finish();
    this.#isPage = meta !== undefined && meta.next !== '';
    if (meta === undefined || this.#isPage) return undefined;
    return { resourceVersion: meta.resourceVersion, snapshot: { source: 'list', held: this.#held } };
  }
}
