export interface Placed {
  /** Whether a complete request is to be answered. */
  readonly isAsking: boolean;
  /** Whether the last request's answer is written, though it may not have been sent yet. */
  readonly isAnswered: boolean;
}

/**
 * The places of a listener for connections. When the last one is taken, a connection makes room: never one with a
 * request to be answered, and of the others the one that has been without for longest. So a client with a request gets
 * through, however many connect and wait. If all others have a request, a written answer need not be taken: the
 * requests of a flood are refused faster than the refusals leave. Linear in the number of connections, and only where
 * all places are taken. Pure.
 */
export class Places<C extends Placed> {
  readonly #max: number;
  readonly #all = new Set<C>();
  /** Connections without a complete request, in the order in which that began. */
  readonly #idle = new Set<C>();
  /** Connections that will end anyway, once their answer is taken. */
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

  /** The connection that makes room; undefined if all have a request to be answered. */
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
