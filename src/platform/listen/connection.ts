/** One connection of a client, and the room that it holds at the moment. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Placed } from './places.ts';

/** One request of a connection, which is served when its turn comes. */
export interface Turn {
  readonly req: { readonly complete: boolean };
  readonly res: {
    readonly writableEnded: boolean;
    shouldKeepAlive: boolean;
    once(event: 'close', listener: () => void): unknown;
  };
  /** Bytes of its head, as far as they were not counted for another request. */
  readonly bytes: number;
  readonly serve: () => void;
}

export interface Served {
  /** Whether the request has come completely. */
  readonly isWhole: () => boolean;
  /** Whether the whole answer is written, though it may not have been sent yet. */
  readonly isAnswered: () => boolean;
}

export class Connection implements Placed {
  /** The accepted socket. Destroying it ends the sockets above it. */
  readonly raw: Socket;
  /** The socket from which requests are read; under TLS, undefined before the end of the handshake. */
  socket: Socket | undefined;
  /** Requests that came before the one under way was answered. */
  readonly waiting: Turn[] = [];
  state: 'open' | 'serving' | 'tunnel' | 'leaving' | 'gone' = 'open';
  lastRequest: IncomingMessage | undefined;
  /** The request being served, or all streams of HTTP/2. */
  served: Served | undefined;
  /** Its age is reached, so its client is to be asked to make another connection. */
  isDue = false;
  /** Asks the client, if a header of the next response does not suffice. */
  onMove: (() => void) | undefined;
  /** Bytes received since the last complete head. */
  unfinishedHead = 0;
  /** Bytes of further requests, received while one is under way. */
  waitingBytes = 0;
  /** Bytes of the heads of the request under way and of those that wait. */
  servedHeads = 0;
  /** Counts received bytes while they may belong to a head. */
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

  /** A connection has one deadline at a time: for its head, its answer or its end. */
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
