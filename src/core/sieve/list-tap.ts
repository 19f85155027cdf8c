/** Turns a LIST that passes by into the snapshot of its scope at its resourceVersion (R16). */
import { type ByteBudget } from '../limits/byte-budget.ts';
import { type Held, OBJECT_BYTES } from './baseline.ts';
import { type Forms } from './forms.ts';
import { keptVersion } from './kept-version.ts';
import { ListScan, type ListScanOptions } from './list-scan.ts';
import { type Snapshot } from './snapshots.ts';

export interface ListTapOptions extends Omit<ListScanOptions, 'onObject' | 'onUnclear'> {
  /** See {@link SieveOptions.passAt}; a LIST delivers every object now. */
  readonly passAt: (now: number) => number;
  /** What objects are drawn from; a list for which nothing is left leaves no snapshot. */
  readonly budget?: ByteBudget | undefined;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
}

export class ListTap {
  readonly #held = new Map<string, Held>();
  readonly #scan: ListScan;
  readonly #budget: ByteBudget | undefined;
  #drawn = 0;
  #hasRoom = true;
  #now = 0;
  #isPage = false;

  constructor({ passAt, forms, budget, ...options }: ListTapOptions) {
    this.#budget = budget;
    this.#scan = new ListScan({
      ...options,
      onUnclear: (key) => this.#held.delete(key),
      onObject: (object, fingerprint) => {
        if (!this.#draw()) return;
        forms?.keep(fingerprint, object);
        this.#held.set(object.key, {
          fingerprint,
          passAt: passAt(this.#now),
          deliveredAt: Math.round(this.#now),
          resourceVersion: keptVersion(object.resourceVersion),
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
    const meta = this.#hasRoom ? this.#scan.finish() : undefined;
    this.#isPage = meta !== undefined && meta.next !== '';
    if (meta === undefined || this.#isPage) return undefined;
    return { resourceVersion: meta.resourceVersion, snapshot: { source: 'list', held: this.#held } };
  }

  /** It is over, and whoever wanted its snapshot has it: what was drawn is given back. */
  release(): void {
    this.#budget?.give(this.#drawn);
    this.#drawn = 0;
    this.#hasRoom = false;
  }

  #draw(): boolean {
    if (this.#hasRoom && this.#budget?.take(OBJECT_BYTES) === false) {
      this.release();
      this.#held.clear();
    }
    if (this.#hasRoom) this.#drawn += OBJECT_BYTES;
    return this.#hasRoom;
  }
}
