/**
 * Counts the bytes of request heads that a listener holds: of incomplete ones, and of those being
 * served. A head of ordinary size is free, so that senders of larger ones cannot lock others out. Pure.
 */
import type { ByteBudget } from '../../core/limits/byte-budget.ts';

/** The free bytes of each connection: several times what client-go sends, token included. */
export const FREE_HEAD_BYTES = 8 * 1024;

export class HeadBytes<C> {
  readonly #budgets: readonly ByteBudget[];
  /** The drawn bytes of each connection that has drawn any. */
  readonly #drawn = new Map<C, number>();

  /** @param budgets - all of which must have room */
  constructor(...budgets: readonly ByteBudget[]) {
    this.#budgets = budgets;
  }

  /** Sets the bytes that the connection holds. @returns false, without drawing more, if there is no room */
  hold(connection: C, bytes: number): boolean {
    const before = this.#drawn.get(connection) ?? 0;
    const drawn = Math.max(0, bytes - FREE_HEAD_BYTES);
    if (drawn > before && !this.#take(drawn - before)) return false;
    if (drawn < before) for (const budget of this.#budgets) budget.give(before - drawn);
    if (drawn === 0) this.#drawn.delete(connection);
    else this.#drawn.set(connection, drawn);
    return true;
  }

  /** The connection with the most drawn bytes, among those that `may` be ended. */
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
