export interface Placed {
  /** Whether a request that has wholly come is to be answered. */
  readonly isAsking: boolean;
  /** Whether its last request has its whole answer, which may not have left yet. */
  readonly isAnswered: boolean;
}

/**
 * The places that a listener has for connections, and who leaves when the last one is wanted: never one with a request
 * to be answered, and of the others the one that has been without the longest. So whoever connects and asks gets through,
 * however many connect and wait. Where all others have a request, an answer that is written need not be taken: those of a
 * flood are refused faster than the refusals leave. Linear in the number of connections, and only where all places are
 * taken. Pure.
 */
export class Places<C extends Placed> {
  readonly #max: number;
  readonly #all = new Set<C>();
  /** Those without a request, or with one that may not be whole, in the order in which they came to be so. */
  readonly #idle = new Set<C>();
  /** Those that are to end anyhow, and only have an answer to take. */
  readonly #leaving = new Set<C>();

  constructor(max: number) {
    this.#max = max;
  }

  get all(): ReadonlySet<C> {
    return this.#all;
  }

  get isFull(): boolean {
    return this.#all.size >= this.#max;
  }

  /** Who is to make room; undefined where all have a request to be answered. */
  get dispensable(): C | undefined {
    for (const connection of this.#leaving) return connection;
    for (const connection of this.#idle) if (!connection.isAsking) return connection;
    for (const connection of this.#all) if (connection.isAnswered) return connection;
    return undefined;
  }

  enter(connection: C): void {
    this.#all.add(connection);
    this.#idle.add(connection);
  }

  busy(connection: C): void {
    this.#idle.delete(connection);
  }

  idle(connection: C): void {
    this.#idle.delete(connection);
    if (this.#all.has(connection) && !this.#leaving.has(connection)) this.#idle.add(connection);
  }

  leaving(connection: C): void {
    this.#idle.delete(connection);
    if (this.#all.has(connection)) this.#leaving.add(connection);
  }

  left(connection: C): void {
    this.#all.delete(connection);
    this.#idle.delete(connection);
    this.#leaving.delete(connection);
  }
}
