/** The limits of a listener's connections (R27), and the names of these limits. */
export interface ConnectionLimits {
  /** Open connections, upgraded ones and those in their handshake included. */
  readonly maxConnections: number;
  /** The longest time until a request's head is complete (milliseconds). */
  readonly headTimeoutMs: number;
  /** The longest time from a request's head until its answer is taken; undefined if answers last for hours (milliseconds). */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Whether only a complete request keeps its connection. An earlier answer is then the connection's last, the rest is
   * not read, and until the request is complete a new connection may take its place.
   */
  readonly endsUnread?: boolean | undefined;
  /**
   * The age at which a connection's client is asked to make another one, give or take a quarter; undefined if there is
   * no other server to find (milliseconds).
   */
  readonly moveAfterMs?: number | undefined;
}

/**
 * The limit at which a connection was ended or refused. `connections`: refused, since all others had a request under
 * way. `idle`: it made room for another. `pipelined`: too many requests before the first was answered. `head_bytes`:
 * its head was the longest when there was no room for all. `head_time`: its head was not complete in time.
 * `request_time`: the answer was not taken in time. `flood`: HTTP/2 frames that ask for nothing.
 */
export const CONNECTION_BOUNDS = [
  'connections',
  'idle',
  'pipelined',
  'head_bytes',
  'head_time',
  'request_time',
  'flood',
] as const;
export type ConnectionBound = (typeof CONNECTION_BOUNDS)[number];
