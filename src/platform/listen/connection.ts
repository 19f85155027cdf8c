/** One connection of a client, and what it holds at the moment. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Placed } from './places.ts';

/** One request of it: serves it when its turn comes. */
export interface Turn {
  readonly req: { readonly complete: boolean };
  readonly res: {
    readonly writableEnded: boolean;
    shouldKeepAlive: boolean;
    once(event: 'close', listener: () => void): unknown;
  };
  /** Of its head, as far as they were not counted for another. */
  readonly bytes: number;
  readonly serve: () => void;
}

export interface Served {
  /** Whether nothing more of it has to come. */
  readonly isWhole: () => boolean;
  /** Whether all of the answer is written, which may not have left yet. */
  readonly isAnswered: () => boolean;
}

export class Connection implements Placed {
  /** What was accepted; destroying it ends the rest. */
  readonly raw: Socket;
  /** What requests come from: under TLS not before the handshake is over. */
  socket: Socket | undefined;
  /** Requests that came before the one under way was answered. */
  readonly waiting: Turn[] = [];
  state: 'open' | 'serving' | 'tunnel' | 'leaving' | 'gone' = 'open';
  lastRequest: IncomingMessage | undefined;
  /** What is served: one request, or those of all streams. */
  served: Served | undefined;
  /** Its time has passed, and its client is to be asked to make another one. */
  isDue = false;
  /** Asks so, where that takes more than a word in the next response. */
  onMove: (() => void) | undefined;
  /** Bytes that have come since the last head was whole. */
  unfinishedHead = 0;
  /** Bytes that have come since one of its requests is under way, and are of others. */
  waitingBytes = 0;
  /** Bytes of the heads of the request under way and of those that wait. */
  servedHeads = 0;
  /** Counts the bytes that come, while they may be those of a head. */
  onData: ((chunk: Buffer) => void) | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #age: NodeJS.Timeout | undefined;

  constructor(raw: Socket) {
    this.raw = raw;
  }

  get hasDeadline(): boolean {
    return this.#deadline !== undefined;
  }

  get isAsking(): boolean {
    return this.state === 'serving' && this.served?.isWhole() === true;
  }

  get isAnswered(): boolean {
    return this.state === 'serving' && this.waiting.length === 0 && this.served?.isAnswered() === true;
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

  /** It is to move on then. */
  moveAfter(ms: number): void {
    this.#age = setTimeout(() => {
      this.#age = undefined;
      this.moveOn();
    }, ms);
    this.#age.unref();
  }

  moveOn(): void {
    this.#stopAge();
    this.isDue = true;
    this.onMove?.();
  }

  gone(): void {
    this.clearDeadline();
    this.#stopAge();
    this.onMove = undefined;
  }

  #stopAge(): void {
    clearTimeout(this.#age);
    this.#age = undefined;
  }
}
