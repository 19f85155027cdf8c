/**
 * The bytes of request heads that a listener holds: of those that have not come whole, and of those that are being
 * served. A head of ordinary size is free, so that nobody who sends more can keep others from being heard. Pure.
 */
import type { ByteBudget } from '../../core/limits/byte-budget.ts';

/** What is free for each connection: some times what client-go sends, token included. */
export const FREE_HEAD_BYTES = 8 * 1024;

export class HeadBytes<C> {
  readonly #budgets: readonly ByteBudget[];
  /** What each has drawn; those that have drawn nothing are not here. */
  readonly #drawn = new Map<C, number>();

  /** @param budgets all of which have to have room */
  constructor(...budgets: readonly ByteBudget[]) {
    this.#budgets = budgets;
  }

  /** From now on the connection holds so many. @returns false, and draws nothing more, where there is no room for them */
  hold(connection: C, bytes: number): boolean {
    const before = this.#drawn.get(connection) ?? 0;
    const drawn = Math.max(0, bytes - FREE_HEAD_BYTES);
    if (drawn > before && !this.#take(drawn - before)) return false;
    if (drawn < before) for (const budget of this.#budgets) budget.give(before - drawn);
    if (drawn === 0) this.#drawn.delete(connection);
    else this.#drawn.set(connection, drawn);
    return true;
  }

  /** The one of those that `may` go which has drawn the most. */
  greediest(may: (connection: C) => boolean): C | undefined {
    let greediest: C | undefined;
    let most = 0;
    for (const [connection, drawn] of this.#drawn) {
      if (drawn <= most || !may(connection)) continue;
      greediest = connection;
      most = drawn;
    }
    return greediest;
  }

  #take(bytes: number): boolean {
    for (const [at, budget] of this.#budgets.entries()) {
      if (budget.take(bytes)) continue;
      for (const taken of this.#budgets.slice(0, at)) taken.give(bytes);
      return false;
    }
    return true;
  }
}
