/**
 * Under which projections events may have been swallowed from clients that are still there. A client outlives this
 * process, and comes back with a resourceVersion at which it lacks what another projection did not count: so the record
 * outlives the process too, in the state directory, where the clients' kubeconfig is.
 */
import { createHash } from 'node:crypto';
import { type Projection } from '../../core/projection/filter.ts';

/** Most projections that are recorded: beyond them every client counts as unknown, whatever comes. */
const MAX_PROJECTIONS = 64;

export class SwallowRecord {
  readonly #digests: Set<string>;
  readonly #save: (digests: readonly string[]) => void;

  /** @param known what a former process saved */
  constructor(known: Iterable<string> = [], save: (digests: readonly string[]) => void = () => undefined) {
    this.#digests = new Set(known);
    this.#save = save;
  }

  hasOtherThan(projection: Projection): boolean {
    return this.#digests.size > (this.#digests.has(digestOf(projection)) ? 1 : 0);
  }

  /** From now on events may be swallowed under it; saved when this returns. @returns false: it was there already */
  add(projection: Projection): boolean {
    const digest = digestOf(projection);
    if (this.#digests.has(digest) || this.#digests.size >= MAX_PROJECTIONS) return false;
    this.#digests.add(digest);
    this.#save([...this.#digests]);
    return true;
  }

  /** Nothing was swallowed under it after all. */
  remove(projection: Projection): void {
    if (this.#digests.delete(digestOf(projection))) this.#save([...this.#digests]);
  }
}

/** The plan too: another release may mean something else by a name. */
function digestOf({ key, plan }: Projection): string {
  return createHash('sha256')
    .update(JSON.stringify([key, plan]))
    .digest('base64url');
}
