/**
 * The bytes of heads as they come, before the parser has made requests of them: counted for their connection, within
 * what is there for all, and whole in time.
 */
import type { Connection } from './connection.ts';
import type { Endings } from './endings.ts';
import type { HeadBytes } from './head-bytes.ts';
import type { ParsedChunk } from './parsed-chunk.ts';

/** Bytes of heads, whole or not, behind the request under way: those of ordinary size, for which nobody reads larger ones. */
const MAX_WAITING_BYTES = 16 * 1024;

export interface ArrivingHeadsOptions {
  /** A head must be whole by then (milliseconds). */
  readonly headTimeoutMs: number;
  readonly heads: HeadBytes<Connection>;
  readonly parsed: ParsedChunk<Connection>;
  readonly endings: Endings;
}

export class ArrivingHeads {
  readonly #options: ArrivingHeadsOptions;

  constructor(options: ArrivingHeadsOptions) {
    this.#options = options;
  }

  /** To be called before the parser sees them. */
  came(connection: Connection, chunk: Buffer): void {
    const { parsed, endings } = this.#options;
    parsed.begin(connection, chunk);
    if (connection.state !== 'open' && connection.state !== 'serving') return;
    // Bytes of a body are for whoever reads it to bound.
    if (connection.lastRequest?.complete === false) return;
    connection.unfinishedHead += chunk.length;
    if (connection.state === 'serving') {
      connection.waitingBytes += chunk.length;
      if (connection.waitingBytes > MAX_WAITING_BYTES) {
        parsed.spoil(connection);
        endings.now(connection, 'pipelined');
        return;
      }
    }
    if (connection.state === 'open' && !connection.hasDeadline) this.awaitNext(connection);
    this.held(connection);
  }

  /** The next head of it has to be whole in time from now on. */
  awaitNext(connection: Connection): void {
    const { headTimeoutMs, endings } = this.#options;
    connection.setDeadline(headTimeoutMs, () => endings.late(connection));
  }

  /** It holds what it says of its heads; where there is no room, the greediest of those that wait makes it. */
  held(connection: Connection): void {
    const { heads, endings } = this.#options;
    while (!heads.hold(connection, connection.unfinishedHead + connection.servedHeads)) {
      const greediest = heads.greediest(({ state }) => state === 'open') ?? connection;
      endings.now(greediest, 'head_bytes');
      if (greediest === connection) return;
    }
  }
}
