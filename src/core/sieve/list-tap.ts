/** Reads a LIST response while it is passed on, and makes the snapshot of its scope at its resourceVersion (R16). */
import type { ByteBudget } from '../limits/byte-budget.ts';
import type { WatchEvent } from '../codec/watch-event.ts';
import { type Held, OBJECT_BYTES } from './baseline.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Forms } from './forms.ts';
import { keptVersion } from './kept-version.ts';
import { ListScan, type ListReading } from './list-scan.ts';
import type { Snapshot } from './snapshots.ts';

/** Settings for the objects of the snapshot. */
export interface ListHolding {
  /** See {@link SieveOptions.passAt}. `now` is the arrival of the bytes that end the object. */
  readonly passAt: (now: number) => number;
  /** The budget for the objects. If it is exhausted, the list leaves no snapshot. */
  readonly budget?: ByteBudget | undefined;
  /** See {@link SieveOptions.forms}. */
  readonly forms?: Forms | undefined;
}

/**
 * The share of the cache of forms that one list may fill. If a list filled the whole cache, its last forms would evict
 * its first ones. The next list would then evict each form just before it needs it, and make all forms again.
 */
const SHARE_OF_FORMS = 0.75;

export class ListTap {
  readonly #held = new Map<string, Held>();
  readonly #scan: ListScan;
  readonly #budget: ByteBudget | undefined;
  readonly #forms: Forms | undefined;
  #formBytes = 0;
  #drawn = 0;
  #hasRoom = true;
  #now = 0;
  #isPage = false;

  constructor(reading: ListReading, { passAt, forms, budget }: ListHolding) {
    this.#budget = budget;
    this.#forms = forms;
    this.#scan = new ListScan(reading, {
      onUnclear: (key) => this.#held.delete(key),
      onObject: (object, fingerprint) => {
        if (!this.#draw()) return;
        this.#keepForm(fingerprint, object);
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

  /**
   * @param chunk the next bytes of the body, borrowed
   * @param now monotonic milliseconds
   */
  push(chunk: Buffer, now: number): void {
    this.#now = now;
    this.#scan.push(chunk);
  }

  /** True if the finished list was understood and is one page of several. */
  get isPage(): boolean {
    return this.#isPage;
  }

  /**
   * The snapshot of the complete body; undefined for one page of several, for a list that was not understood or found
   * no room.
   */
  finish(): { readonly resourceVersion: string; readonly snapshot: Snapshot } | undefined {
    const meta = this.#hasRoom ? this.#scan.finish() : undefined;
    this.#isPage = meta !== undefined && meta.next !== '';
    if (meta === undefined || this.#isPage) return undefined;
    return { resourceVersion: meta.resourceVersion, snapshot: { source: 'list', held: this.#held } };
  }

  /** Gives the drawn bytes back to the budget. To be called once the list is over and its snapshot was taken. */
  release(): void {
    this.#budget?.give(this.#drawn);
    this.#drawn = 0;
    this.#hasRoom = false;
  }

  #keepForm(fingerprint: Fingerprint, object: WatchEvent): void {
    const forms = this.#forms;
    if (forms === undefined) return;
    // `#formBytes` counts a shared form once for each of its objects, so it can exceed what the cache really holds.
    const filled = Math.min(this.#formBytes, forms.bytes);
    if (filled < forms.maxBytes * SHARE_OF_FORMS) this.#formBytes += forms.keep(fingerprint, object);
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
