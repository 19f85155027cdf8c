/** One connection of a client, and what it holds at the moment. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

/** One request of it: serves it when its turn comes. */
export interface Turn {
  readonly req: { readonly complete: boolean };
  readonly res: { once(event: 'close', listener: () => void): unknown };
  /** Of its head, as far as they were not counted for another. */
  readonly bytes: number;
  readonly serve: () => void;
}

export class Connection {
  /** What was accepted; destroying it ends the rest. */
  readonly raw: Socket;
  /** What requests come from: under TLS not before the handshake is over. */
  socket: Socket | undefined;
  /** Requests that came before the one under way was answered. */
  readonly waiting: Turn[] = [];
  state: 'open' | 'serving' | 'tunnel' | 'leaving' | 'gone' = 'open';
  lastRequest: IncomingMessage | undefined;
  /** The one that is served. */
  served: Turn['req'] | undefined;
  /** Bytes that have come since the last head was whole. */
  unfinishedHead = 0;
  /** Bytes that have come since one of its requests is under way, and are of others. */
  waitingBytes = 0;
  /** Bytes of the heads of the request under way and of those that wait. */
  servedHeads = 0;
  /** Counts the bytes that come, while they may be those of a head. */
  onData: ((chunk: Buffer) => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(raw: Socket) {
    this.raw = raw;
  }

  get hasDeadline(): boolean {
    return this.#deadline !== undefined;
  }

  /** Whether a request that has wholly come is to be answered. */
  get isAsking(): boolean {
    return this.state === 'serving' && this.served?.complete === true;
  }

  /** A connection has one deadline at a time: for its head, its answer, or its leave. */
  setDeadline(ms: number, passed: () => void): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => {
      this.#deadline = undefined;
      passed();
    }, ms);
  }

  clearDeadline(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}
