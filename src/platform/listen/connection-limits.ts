/** What clients may take of one listener by their connections (R27), and what is told of those that took more. */
export interface ConnectionLimits {
  /** Open connections, upgraded ones and those in their handshake included. */
  readonly maxConnections: number;
  /** A request's head must be whole by then, or the connection is not kept (milliseconds). */
  readonly headTimeoutMs: number;
  /** An answer must be taken by then, from its request's head on; undefined where answers last for hours (milliseconds). */
  readonly requestTimeoutMs?: number | undefined;
  /**
   * Whether a request has to be whole to keep its connection: an answer that comes before is the last one, with the rest
   * not read, and until then whoever wants its place may have it.
   */
  readonly endsUnread?: boolean | undefined;
  /**
   * How old a connection grows before its client is asked to make another one, give or take a quarter; undefined where
   * there is no other server to find (milliseconds).
   */
  readonly moveAfterMs?: number | undefined;
}

/**
 * The limit for which a connection was ended, or not let in. `connections`: not let in, all others had a request under
 * way. `idle`: made room for another. `pipelined`: too many requests before the first was answered. `head_bytes`: its
 * head was the longest when there was no room for all. `head_time`: its head was not whole in time. `request_time`: the
 * answer was not taken in time. `flood`: HTTP/2 frames that ask for nothing.
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
