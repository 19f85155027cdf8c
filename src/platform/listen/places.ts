/**
 * The places that a listener has for connections, and who leaves when the last one is wanted: never one with a request
 * under way, and of the others the one that has been without the longest. So whoever connects and asks gets through,
 * however many connect and wait. Pure.
 */
export class Places<C> {
  readonly #max: number;
  readonly #all = new Set<C>();
  /** Those without a request, in the order in which they came to be so. */
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

  /** Who is to make room; undefined where all have a request under way. */
  get dispensable(): C | undefined {
    for (const connection of this.#leaving) return connection;
    for (const connection of this.#idle) return connection;
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
