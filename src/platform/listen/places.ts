/**
 * The places that a listener has for connections, and who leaves when the last one is wanted: never one with a request
 * to be answered, and of the others the one that has been without the longest. So whoever connects and asks gets through,
 * however many connect and wait. Linear in the number of requests that became whole, and only where all places are
 * taken. Pure.
 */
export class Places<C> {
  readonly #max: number;
  readonly #isAsking: (connection: C) => boolean;
  readonly #all = new Set<C>();
  /** Those without a request, or with one that may not be whole, in the order in which they came to be so. */
  readonly #idle = new Set<C>();
  /** Those that are to end anyhow, and only have an answer to take. */
  readonly #leaving = new Set<C>();

  /** @param isAsking - whether a request of one that is idle has become whole */
  constructor(max: number, isAsking: (connection: C) => boolean) {
    this.#max = max;
    this.#isAsking = isAsking;
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
    for (const connection of this.#idle) if (!this.#isAsking(connection)) return connection;
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
